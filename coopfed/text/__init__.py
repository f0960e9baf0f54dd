"""What people write: cleaned, rendered and translated. Pure functions on text; nothing here knows a database or a network."""
