"""JSON as it may come from a stranger: one object, in UTF-8, without what parsers read differently.

Two parsers that disagree about one document are an attack (one checks the actor, the other acts on it): so duplicate
keys are refused. The size in bytes is the caller's matter; depth and number of values are bounded here, before the
recursive parser of the standard library sees them.
"""

import json
import math
import re
from typing import Any

from coopfed import limits
from coopfed.errors import BadMessage

# Possessive quantifiers: an unterminated string with many escaped quotes must not cost quadratic time.
_STRINGS = re.compile(rb'"(?:[^"\\]++|\\.)*+"?', re.DOTALL)
_NOT_BRACKETS = bytes(byte for byte in range(256) if byte not in b"[]{}")
_SURROGATE_ESCAPE = re.compile(rb"\\u[dD][89a-fA-F]")
_INT_DIGITS = 19
_INT_MAX = 2**63 - 1


def parse(raw: bytes) -> dict[str, Any]:
    """The JSON object in these bytes. NUL characters are taken out of strings (PostgreSQL text cannot hold them).

    BadMessage with one of the reasons `not_utf8`, `not_json`, `not_object`, `duplicate_key`, `bad_number`, `bad_text`,
    `too_deep`, `too_many_values`; never RecursionError, never ValueError. Source: RFC 8259 4, 8.1; RFC 7493 2.
    """
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        raise BadMessage(f"not UTF-8: {error}", reason="not_utf8") from error
    _check_shape(raw)
    try:
        document = _DECODER.decode(text)
    except RecursionError as error:  # pragma: no cover - the depth was measured; only a nearly full stack comes here
        raise BadMessage("too deeply nested", reason="too_deep") from error
    except ValueError as error:
        raise BadMessage(f"not JSON: {error}", reason="not_json") from error
    if not isinstance(document, dict):
        raise BadMessage("a JSON value, but not an object", reason="not_object")
    if b"\\u0000" in raw or _SURROGATE_ESCAPE.search(raw):
        return _clean_object(document)
    return document


def _check_shape(raw: bytes) -> None:
    """Refuses documents that are too deep or hold too many values, without parsing them.

    Commas and brackets bound the number of values from above, so that nearly every message passes with three counts.
    """
    brackets = raw.count(b"{") + raw.count(b"[")
    if brackets <= limits.JSON_DEPTH and brackets + raw.count(b",") < limits.JSON_NODES:
        return
    bare = _STRINGS.sub(b'"', raw)
    _check_depth(bare.translate(None, _NOT_BRACKETS))
    if _values(bare) > limits.JSON_NODES:
        raise BadMessage(f"more than {limits.JSON_NODES} values", reason="too_many_values")


def _check_depth(brackets: bytes) -> None:
    depth = 0
    for byte in brackets:
        if byte in b"[{":
            depth += 1
            if depth > limits.JSON_DEPTH:
                raise BadMessage(f"nested deeper than {limits.JSON_DEPTH}", reason="too_deep")
        else:
            depth -= 1


def _values(bare: bytes) -> int:
    """Number of values in JSON whose strings were reduced to a quote: a container of n members has n - 1 commas."""
    squeezed = bare.translate(None, b" \t\r\n")
    empty = squeezed.count(b"[]") + squeezed.count(b"{}")
    return 1 + squeezed.count(b",") + squeezed.count(b"[") + squeezed.count(b"{") - empty


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result = dict(pairs)
    if len(result) != len(pairs):
        raise BadMessage("a key occurs twice in one object", reason="duplicate_key")
    return result


def _integer(text: str) -> int:
    # Python refuses to convert more than 4,300 digits with a plain ValueError, and both databases hold 64 bits.
    value = int(text) if len(text) <= _INT_DIGITS + 1 else _INT_MAX + 1
    if abs(value) > _INT_MAX:
        raise BadMessage("an integer beyond 64 bits", reason="bad_number")
    return value


def _float(text: str) -> float:
    value = float(text)
    if math.isinf(value):
        raise BadMessage("a number beyond a double", reason="bad_number")
    return value


def _constant(name: str) -> float:
    raise BadMessage(f"{name} is no JSON number", reason="bad_number")


def _clean(value: Any) -> Any:
    """The value with its strings checked; recursion is bounded by the depth that was measured before."""
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, list):
        return [_clean(item) for item in value]
    return _clean_object(value) if isinstance(value, dict) else value


def _clean_object(value: dict[str, Any]) -> dict[str, Any]:
    """Two keys may be one when NUL is gone, so they are counted again."""
    return _object([(_text(key), _clean(item)) for key, item in value.items()])


def _text(value: str) -> str:
    try:
        value.encode("utf-8")
    except UnicodeEncodeError as error:
        raise BadMessage("half of a surrogate pair in a string", reason="bad_text") from error
    return value.replace("\0", "")


_DECODER = json.JSONDecoder(
    object_pairs_hook=_object, parse_int=_integer, parse_float=_float, parse_constant=_constant, strict=True
)
