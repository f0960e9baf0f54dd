"""Actors that go to live elsewhere, and their followers with them."""
