"""Collaboration requests and offers, and the answers to them."""
