"""RFC 8785: one document, one form."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coopfed.errors import BadMessage
from coopfed.signing.jcs import canonical


@pytest.mark.parametrize(
    "value",
    [2**53, -(2**53), float("nan"), float("inf"), "\ud800", {"\udfff": 1}, {1: "a"}, b"bytes", object()],
    ids=lambda value: "an object" if type(value) is object else repr(value),
)
def test_what_has_no_canonical_form_is_malformed(value: object) -> None:
    """RFC 8785 3.2.2.2, 3.2.2.3: 400, never 500."""
    with pytest.raises(BadMessage):
        canonical([value])


def test_endless_nesting_is_malformed() -> None:
    """The parser bounds the depth; this holds where something else built the document."""
    value: object = []
    for _ in range(100_000):
        value = [value]

    with pytest.raises(BadMessage):
        canonical(value)


@pytest.mark.clause("RFC 8785 3.2.2", "MUST")
@pytest.mark.parametrize(
    ("value", "text"),
    [
        (333333333.33333329, "333333333.3333333"),
        (1e30, "1e+30"),
        (4.50, "4.5"),
        (2e-3, "0.002"),
        (1e-27, "1e-27"),
        (1.0, "1"),
        (-0.0, "0"),
        (1e21, "1e+21"),
        (1e-7, "1e-7"),
        (-71.184902, "-71.184902"),
        (2**53 - 1, "9007199254740991"),
        ('\u20ac$\u000f\nA\'B"\\\\"/', '"\u20ac$\\u000f\\nA\'B\\"\\\\\\\\\\"/"'),
    ],
)
def test_the_published_values_are_written_as_published(value: object, text: str) -> None:
    """RFC 8785 3.2.2 and Appendix B: numbers as ECMAScript prints them."""
    assert canonical([value]).decode() == f"[{text}]"


@pytest.mark.clause("RFC 8785 3.2.3", "MUST")
def test_keys_are_sorted_by_utf16() -> None:
    """RFC 8785 3.2.3: a character beyond the basic plane comes before U+FB33."""
    document = {"\u20ac": 1, "\r": 2, "\ufb33": 3, "1": 4, "\U0001f600": 5, "\u0080": 6, "\u00f6": 7}

    keys = canonical(document).decode()

    assert keys == '{"\\r":2,"1":4,"\u0080":6,"\u00f6":7,"\u20ac":1,"\U0001f600":5,"\ufb33":3}'


@given(
    st.dictionaries(
        st.text("abc\u20ac\U0001f600", max_size=3), st.integers(-100, 100) | st.text("ab\n\u20ac", max_size=3)
    )
)
def test_the_order_of_members_does_not_matter(document: dict[str, object]) -> None:
    """That is the point of it."""
    assert canonical(document) == canonical(dict(reversed(document.items())))
