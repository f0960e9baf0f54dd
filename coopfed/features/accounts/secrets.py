"""Secrets that we hand out and recognise again: tokens, session cookies, links, codes. Only a keyed hash of each is stored."""

import hashlib
import hmac
import secrets


def new_secret() -> str:
    """Text that nobody can guess: 256 random bits, safe in URLs and cookies."""
    return secrets.token_urlsafe(32)


def hashed(key: bytes, purpose: str, secret: str) -> bytes:
    """What is stored of a secret: useless without SECRET_KEY to whoever reads the database, and good for one purpose only."""
    return hmac.new(key, f"{purpose}:{secret}".encode(), hashlib.sha256).digest()
