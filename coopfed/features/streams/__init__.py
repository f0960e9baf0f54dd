"""What happens here, told to those who listen: rows of events, and which streams there are."""
