"""Posts: written, received, deleted."""
