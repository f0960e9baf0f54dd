"""Parameters as clients write them, and as one value."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coopfed import limits
from coopfed.errors import BadMessage
from coopfed.text.parameters import folded, listed, truth, unbracketed


@pytest.mark.parametrize(
    ("pairs", "meant"),
    [
        ([("a", "1"), ("a", "2")], {"a": "2"}),
        ([("a[]", "1"), ("a[]", "2")], {"a": ["1", "2"]}),
        ([("a[b]", "1"), ("a[c]", "2")], {"a": {"b": "1", "c": "2"}}),
        ([("a[b][]", "1"), ("a[b][]", "2")], {"a": {"b": ["1", "2"]}}),
        ([("a[1]", "second"), ("a[0]", "first")], {"a": ["first", "second"]}),
        ([("a[0][b]", "1"), ("a[0][c]", "2"), ("a[1][b]", "3")], {"a": [{"b": "1", "c": "2"}, {"b": "3"}]}),
        ([("a[][b]", "1"), ("a[][c]", "2"), ("a[][b]", "3")], {"a": [{"b": "1", "c": "2"}, {"b": "3"}]}),
        ([("subscription[keys][auth]", "x")], {"subscription": {"keys": {"auth": "x"}}}),
        ([("a[", "1"), ("]", "2"), ("[x]", "3")], {"a[": "1", "]": "2", "[x]": "3"}),
        ([("a", "1"), ("a[b]", "2")], {"a": {"b": "2"}}),
    ],
)
def test_names_with_brackets_are_folded(pairs: list[tuple[str, str]], meant: dict[str, Any]) -> None:
    """client_api 0.7: `a[b][]`, `a[][b]`, `a[0][b]`."""
    assert folded(pairs) == meant


def test_takahe_490_json_key_with_brackets_is_read() -> None:
    """client_api quirk 26: `{"media_ids[]": [...]}`."""
    assert unbracketed({"media_ids[]": ["1", "2"], "status": "x"}) == {"media_ids": ["1", "2"], "status": "x"}
    assert unbracketed({"poll": {"options": ["a", "b"]}}) == {"poll": {"options": ["a", "b"]}}


def test_too_many_and_too_deep_parameters_are_refused() -> None:
    """Bounds: at n and n + 1."""
    assert len(folded((f"p{n}", "1") for n in range(limits.FORM_FIELDS))) == limits.FORM_FIELDS
    with pytest.raises(BadMessage):
        folded((f"p{n}", "1") for n in range(limits.FORM_FIELDS + 1))
    folded([("a" + "[b]" * limits.FORM_DEPTH, "1")])
    with pytest.raises(BadMessage):
        folded([("a" + "[b]" * (limits.FORM_DEPTH + 1), "1")])


@given(st.lists(st.tuples(st.text("ab01[]", max_size=12), st.text(max_size=3)), max_size=20))
def test_no_names_make_the_parser_fail(pairs: list[tuple[str, str]]) -> None:
    """Foreign input: it is folded, or left as it is, and never an error of ours."""
    assert isinstance(folded(pairs), dict)


def test_yes_and_no_are_read_as_clients_write_them() -> None:
    """client_api 0.7; quirk 33: Mastodon.py sends `None` and `False` as words."""
    assert [truth(word) for word in (True, "true", "1", "on", "T", 1)] == [True] * 6
    assert [truth(word) for word in (False, "false", "0", "off", "f", "False", 0)] == [False] * 7
    assert [truth(word) for word in (None, "", "None", "null")] == [None] * 4


def test_one_or_several_are_a_list() -> None:
    """`key` and `key[]` alike."""
    assert (listed("a"), listed(["a"]), listed({"0": "a"}), listed(None)) == (["a"], ["a"], ["a"], None)
