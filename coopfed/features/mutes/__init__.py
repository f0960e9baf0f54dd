"""Whom an actor does not want to see. Nobody else learns of it, and nothing of it leaves this node."""
