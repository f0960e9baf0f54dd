"""JSON from strangers: RFC 8259, RFC 7493, and the places where two parsers read one document differently."""

import contextlib
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coopfed import limits
from coopfed.errors import BadMessage
from coopfed.vocab.strict_json import parse

SCALARS = (
    st.none() | st.booleans() | st.integers(-(2**63) + 1, 2**63 - 1) | st.floats(allow_nan=False, allow_infinity=False)
)
TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))
VALUES = st.recursive(
    SCALARS | TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=30,
)
OBJECTS = st.dictionaries(TEXTS, VALUES, max_size=6)


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (b"", "not_json"),
        (b"{", "not_json"),
        (b'{"a":1,}', "not_json"),
        (b"{'a':1}", "not_json"),
        (b'{"a":1} {"a":1}', "not_json"),
        (b'{"a":"\x01"}', "not_json"),
        (b'{"a":01}', "not_json"),
        (b'\xef\xbb\xbf{"a":1}', "not_json"),
        (b"[]", "not_object"),
        (b'"text"', "not_object"),
        (b"null", "not_object"),
        (b'{"a":"\xff"}', "not_utf8"),
        (b'{"a":"\xed\xa0\x80"}', "not_utf8"),
        (b'{"a":"\xc0\xaf"}', "not_utf8"),
        ('{"a":1}'.encode("utf-16"), "not_utf8"),
        (b'{"id":"a","id":"b"}', "duplicate_key"),
        (b'{"id":"a","\\u0069d":"b"}', "duplicate_key"),
        (b'{"a":[{"actor":1,"actor":1}]}', "duplicate_key"),
        (b'{"id":"a","id\\u0000":"b"}', "duplicate_key"),
        (b'{"a":NaN}', "bad_number"),
        (b'{"a":Infinity}', "bad_number"),
        (b'{"a":[-Infinity]}', "bad_number"),
        (b'{"a":1e400}', "bad_number"),
        (b'{"a":-1e400}', "bad_number"),
        (b'{"a":%d}' % 2**63, "bad_number"),
        (b'{"a":-%d}' % 2**63, "bad_number"),
        (b'{"a":' + b"9" * 5000 + b"}", "bad_number"),
        (b'{"a":"\\ud83d"}', "bad_text"),
        (b'{"a":"\\ude00\\ud83d"}', "bad_text"),
        (b'{"\\udc00":1}', "bad_text"),
        (b'{"a":[["\\uD800x"]]}', "bad_text"),
    ],
)
def test_what_parsers_read_differently_is_refused(raw: bytes, reason: str) -> None:
    """RFC 7493 2: no duplicate names, no surrogates, no numbers beyond a double; UTF-8 only."""
    with pytest.raises(BadMessage) as caught:
        parse(raw)

    assert caught.value.reason == reason
    assert caught.value.status_code == 400


@pytest.mark.parametrize(
    ("raw", "document"),
    [
        (b'{"a":"x\\u0000y"}', {"a": "xy"}),
        (b'{"a\\u0000":["\\u0000"]}', {"a": [""]}),
        (b'{"a":"\\\\u0000"}', {"a": "\\u0000"}),
        (b'{"a":"\\ud83d\\ude00"}', {"a": "😀"}),
        ('{"a":"İzmir 😀"}'.encode(), {"a": "İzmir 😀"}),
        (b'{"a":%d,"b":-%d}' % (2**63 - 1, 2**63 - 1), {"a": 2**63 - 1, "b": -(2**63) + 1}),
        (b' {"a":\r\n\t[]} ', {"a": []}),
    ],
)
def test_nul_is_taken_out_and_the_rest_is_as_sent(raw: bytes, document: dict[str, Any]) -> None:
    """PostgreSQL text cannot hold U+0000; pairs of escapes are one character."""
    assert parse(raw) == document


def nested(depth: int, inner: str = "") -> bytes:
    """An object that nests this deep: one object around arrays."""
    return f'{{"a":{"[" * (depth - 1)}{inner}{"]" * (depth - 1)}}}'.encode()


def test_depth_is_bounded_before_the_parser_recurses() -> None:
    """Security: `limits.JSON_DEPTH`, at n and n + 1; brackets within strings do not count."""
    within_text = nested(limits.JSON_DEPTH, json.dumps("[{" * 100 + '\\"[['))

    assert parse(nested(limits.JSON_DEPTH))
    assert parse(within_text)
    for raw in (nested(limits.JSON_DEPTH + 1), b'{"a":' + b"[" * 500_000, b'{"a":' + b'{"a":' * 200_000):
        with pytest.raises(BadMessage) as caught:
            parse(raw)
        assert caught.value.reason == "too_deep"


def test_number_of_values_is_bounded() -> None:
    """Security: `limits.JSON_NODES`, at n and n + 1; the object itself and its member are two of them."""
    rows = limits.JSON_NODES - 2

    assert len(parse(json.dumps({"a": [0] * rows}).encode())["a"]) == rows
    items: list[Any] = [0, [], {}, ", [{"]
    for item in items:
        with pytest.raises(BadMessage) as caught:
            parse(json.dumps({"a": [item] * (rows + 1)}).encode())
        assert caught.value.reason == "too_many_values"


def test_a_text_full_of_commas_is_one_value() -> None:
    """The bound counts values, not characters that look like separators."""
    text = ",[{" * limits.JSON_NODES

    assert parse(json.dumps({"a": text}).encode()) == {"a": text}


@given(OBJECTS)
def test_a_json_object_is_read_as_it_was_written(document: dict[str, Any]) -> None:
    """RFC 8259: whatever is JSON within the bounds comes out equal, escaped or not."""
    assert parse(json.dumps(document).encode()) == document
    assert parse(json.dumps(document, ensure_ascii=False, indent=1).encode()) == document


@given(OBJECTS)
def test_bounds_count_exactly_what_the_document_holds(document: dict[str, Any]) -> None:
    """Depth and number of values, measured on the bytes, are those of the parsed document."""
    raw = json.dumps(document).encode()

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(limits, "JSON_DEPTH", depth(document))
        patch.setattr(limits, "JSON_NODES", values(document))
        assert parse(raw) == document
        patch.setattr(limits, "JSON_NODES", values(document) - 1)
        with pytest.raises(BadMessage, match="values"):
            parse(raw)
        patch.setattr(limits, "JSON_DEPTH", depth(document) - 1)
        with pytest.raises(BadMessage, match="deeper"):
            parse(raw)


@given(st.binary() | st.text().map(str.encode) | VALUES.map(lambda value: json.dumps(value).encode()[:-1]))
def test_no_bytes_raise_anything_but_bad_message(raw: bytes) -> None:
    """Security: neither RecursionError nor ValueError reaches the door."""
    with contextlib.suppress(BadMessage):
        assert isinstance(parse(raw), dict)


def test_unterminated_strings_cost_linear_time() -> None:
    """Security, denial of service: a megabyte of escaped quotes is scanned once, not once for each of them."""
    raw = b'{"a":[' + b"[" * 40 + b'"' + b'\\"' * 500_000

    with pytest.raises(BadMessage):
        parse(raw)


def depth(value: Any) -> int:
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else None
    return 0 if inner is None else 1 + max(map(depth, inner), default=0)


def values(value: Any) -> int:
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return 1 + sum(map(values, inner))
