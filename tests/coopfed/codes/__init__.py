"""Tables of codes, and registries' numbers."""
