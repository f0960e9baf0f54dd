"""What others tell us: the inbox door, admission, routing, processing."""
