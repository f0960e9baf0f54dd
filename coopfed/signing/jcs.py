"""RFC 8785, the one form of a JSON document in which it is signed."""

import hashlib
from typing import Any

import rfc8785

from coopfed.errors import BadMessage


def canonical(value: Any) -> bytes:
    """The canonical bytes of a JSON value.

    Raises BadMessage for what has no canonical form: integers of 2^53 and more, NaN, lone surrogates, nesting without end.
    """
    try:
        return rfc8785.dumps(value)
    except (rfc8785.CanonicalizationError, UnicodeError, RecursionError) as error:
        raise BadMessage(f"not canonical JSON: {error}", reason="not_canonical") from error


def sha256(value: Any) -> bytes:
    """The SHA-256 of the canonical bytes. Raises as `canonical`."""
    return hashlib.sha256(canonical(value)).digest()
