"""Lists: some of those whom an actor follows, read by themselves."""
