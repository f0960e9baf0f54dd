"""Digests of bodies: what binds a body to the headers that a signature covers."""

import base64
import binascii
import hashlib
import hmac
from typing import Final

import http_sf

from coopfed.errors import Unauthenticated
from coopfed.signing.faults import SignatureFault, malformed, refused

_HASHES: Final = {"sha-256": hashlib.sha256, "sha-512": hashlib.sha512}
"""What is trusted. Others (MD5, SHA-1, CRC) may stand beside them and are passed over."""


def digest_header(body: bytes) -> str:
    """The value of `Digest`. One algorithm, in upper case: Lemmy compares every listed one with SHA-256. RFC 3230."""
    return "SHA-256=" + base64.b64encode(hashlib.sha256(body).digest()).decode("ascii")


def content_digest(body: bytes) -> str:
    """The value of `Content-Digest`. Source: RFC 9530."""
    return "sha-256=:" + base64.b64encode(hashlib.sha256(body).digest()).decode("ascii") + ":"


def check_digest(header: str | None, body: bytes) -> None:
    """Passes when `Digest` is that of the body; Unauthenticated `digest_*` else.

    SHA-256 or SHA-512 must be there, neither twice, and each one present must match.
    """
    claims: list[tuple[str, bytes]] = []
    for part in (header or "").split(","):
        name, separator, value = part.strip().partition("=")
        if separator and name.lower() in _HASHES:
            claims.append((name.lower(), _decoded(value)))
    _compare(claims, body)


def check_content_digest(header: str | None, body: bytes) -> None:
    """Passes when `Content-Digest` is that of the body; Unauthenticated `digest_*`, BadMessage if it cannot be parsed.

    The same rule as `check_digest`. Source: RFC 9530, RFC 9651.
    """
    if header is None:
        raise refused(SignatureFault.DIGEST_MISSING, "no Content-Digest")
    try:
        parsed = http_sf.parse(header.encode("utf-8"), tltype="dictionary", on_duplicate_key=_once)
    except (http_sf.StructuredFieldError, ValueError) as error:
        raise malformed(f"Content-Digest: {error}") from error
    claims: list[tuple[str, bytes]] = []
    for name, member in parsed.items() if isinstance(parsed, dict) else ():
        value = member[0] if isinstance(member, tuple) else member
        if name in _HASHES:
            claims.append((name, _bytes(value)))
    _compare(claims, body)


def _compare(claims: list[tuple[str, bytes]], body: bytes) -> None:
    names = [name for name, _ in claims]
    if not claims:
        raise refused(SignatureFault.DIGEST_MISSING, "neither SHA-256 nor SHA-512")
    if len(set(names)) != len(names):
        raise refused(SignatureFault.DIGEST_MALFORMED, "one algorithm twice")
    for name, value in claims:
        if not hmac.compare_digest(_HASHES[name](body).digest(), value):
            raise refused(SignatureFault.DIGEST_MISMATCH, f"{name} of another body")


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode(text.strip(), validate=True)
    except (binascii.Error, ValueError) as error:
        raise refused(SignatureFault.DIGEST_MALFORMED, str(error)) from error


def _bytes(value: object) -> bytes:
    if not isinstance(value, bytes):
        raise refused(SignatureFault.DIGEST_MALFORMED, "no byte sequence")
    return value


def _once(name: str, context: str) -> None:
    # RFC 9651 lets the last one win; a proxy that lets the first one win would then check another digest than we do.
    fault: Unauthenticated = refused(SignatureFault.DIGEST_MALFORMED, f"{name} twice ({context})")
    raise fault
