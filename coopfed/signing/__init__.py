"""Signatures and keys: bytes in, verdict out. Nothing here waits, stores or knows who an actor is."""
