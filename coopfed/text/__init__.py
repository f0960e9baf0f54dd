"""What people write: cleaned, rendered, translated. Pure functions on text."""
