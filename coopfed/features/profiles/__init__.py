"""What actors say about themselves."""
