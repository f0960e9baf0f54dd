"""What a post may be, and what a received date means. Pure."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coopfed import limits
from coopfed.errors import InvalidInput
from coopfed.features.posts.rules import Draft, checked, clamped

NOW = 1_795_507_200_000
moments = st.datetimes(timezones=st.sampled_from([UTC, timezone(timedelta(hours=14)), timezone(timedelta(hours=-12))]))


def test_text_has_one_to_five_thousand_characters() -> None:
    """limits: n and n + 1; the content warning counts."""
    assert checked(Draft("x" * limits.POST_CHARACTERS)).text
    for draft in (
        Draft(""),
        Draft(" \n\x00 "),
        Draft("x" * (limits.POST_CHARACTERS + 1)),
        Draft("x" * 4999, summary="cw"),
    ):
        with pytest.raises(InvalidInput):
            checked(draft)


def test_text_is_cleaned_of_what_no_database_stores() -> None:
    """PostgreSQL stores no NUL; line ends are one character."""
    draft = checked(Draft(" a\x00b\r\nc ", summary=" cw\x00 "))

    assert (draft.text, draft.summary, draft.sensitive) == ("ab\nc", "cw", True)


@pytest.mark.parametrize(
    ("given_as", "stored"), [("IT", "it"), ("pt_BR", "pt-br"), (" tr ", "tr"), (None, None), ("", None)]
)
def test_language_codes_are_lower_case_with_hyphens(given_as: str | None, stored: str | None) -> None:
    """BCP 47, as peers compare it."""
    assert checked(Draft("x", language=given_as)).language == stored


@pytest.mark.parametrize("language", ["<b>", "../x", "it;", "a b"])
def test_what_is_no_language_code_is_refused(language: str) -> None:
    """It becomes a key of contentMap."""
    with pytest.raises(InvalidInput):
        checked(Draft("x", language=language))


@given(st.one_of(st.none(), moments))
def test_no_post_is_dated_more_than_twelve_hours_ahead(published: datetime | None) -> None:
    """design 9, *Dates*: whatever a peer writes, the result can be stored and sorted."""
    found = clamped(published, NOW)

    assert 0 <= found <= NOW + limits.POST_FUTURE_SECONDS * 1000


def test_bounds_of_dates() -> None:
    """design 9, *Dates*: at 12 h, and one second more."""
    edge = datetime.fromtimestamp(NOW / 1000, UTC) + timedelta(hours=12)

    assert clamped(edge, NOW) == NOW + 12 * 3_600_000
    assert clamped(edge + timedelta(seconds=1), NOW) == NOW
    assert clamped(datetime(1970, 1, 1, tzinfo=UTC), NOW) == 0
    assert clamped(datetime(1969, 12, 31, 23, 59, 59, tzinfo=UTC), NOW) == NOW
