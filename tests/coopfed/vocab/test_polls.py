"""Polls and votes as documents: every spelling that peers use, and ours."""

import time
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coopfed import limits
from coopfed.vocab.build import note
from coopfed.vocab.document import read_activity, read_post
from coopfed.vocab.kinds import Kind, kind_of
from coopfed.vocab.normalise import normalise
from coopfed.vocab.polls import cast, poll_of, question, vote_of
from coopfed.vocab.records import OptionRecord, PollRecord, VoteRecord
from coopfed.vocab.terms import AS_CONTEXT

ALICE, MEMBER = "https://peer.example/users/alice", "https://coop.example/ap/actors/7"
MOMENT = datetime(2026, 11, 24, 8, tzinfo=UTC)


def option(name: str, votes: Any = 0, **more: Any) -> dict[str, Any]:
    """An option as Mastodon writes it."""
    return {"type": "Note", "name": name, "replies": {"type": "Collection", "totalItems": votes}, **more}


def read(**members: Any) -> PollRecord | None:
    """The poll of a Question with these members."""
    document = {
        "@context": AS_CONTEXT,
        "id": "https://peer.example/notes/1",
        "type": "Question",
        "attributedTo": ALICE,
        "content": "<p>Which?</p>",
    }
    return read_post(normalise(document | members)).poll


A, B = OptionRecord("a", 2), OptionRecord("b", 0)


def test_option_with_a_number_without_end_harms_nothing() -> None:
    """security 1.4: Python refuses to read a number of more than 4300 digits; an option must not raise that."""
    poll = read(oneOf=[{"type": "Note", "content": f"&#{'9' * 5_000};"}, option("a", 2)])

    assert poll is not None
    assert poll.options[1] == A


def test_options_of_brackets_cost_no_more_than_their_length() -> None:
    """security 1.4: a Question of the greatest size, whose options look like tags without end, is read in a moment."""
    started = time.process_time()

    poll = read(
        oneOf=[{"type": "Note", "content": "<" * 4 * limits.KIB} for _ in range(limits.MIB // (4 * limits.KIB))]
    )

    assert poll is not None
    assert time.process_time() - started < 1


@pytest.mark.parametrize(
    ("members", "expected"),
    [
        ({"oneOf": [option("a", 2), option("b")]}, ((A, B), False)),
        ({"anyOf": [option("a", 2), option("b")]}, ((A, B), True)),
        ({"oneOf": [], "anyOf": [option("a", 2), option("b")]}, ((A, B), True)),
        ({"oneOf": [option("a", 2), option("b")], "anyOf": []}, ((A, B), False)),
        ({"oneOf": option("a", "2")}, ((A,), False)),
        ({"oneOf": [{"type": "Note", "content": "<p>a</p>", "replies": {"totalItems": 2}}]}, ((A,), False)),
        ({"oneOf": [{"type": "Note", "nameMap": {"en": "a"}, "_misskey_votes": 2}]}, ((A,), False)),
        (
            {"oneOf": [{"type": "Note", "name": "a", "_misskey_votes": "2", "replies": {"type": "Collection"}}]},
            ((A,), False),
        ),
        ({"oneOf": [{"type": "Note", "name": "a"}]}, ((OptionRecord("a", None),), False)),
        (
            {"oneOf": [option("a", 2), option(""), option("b"), {"type": "Note"}, "https://x.example/1"]},
            ((A, B), False),
        ),
    ],
    ids=[
        "one",
        "several",
        "Pleroma, several",
        "Pleroma, one",
        "alone (compacted)",
        "content",
        "Misskey",
        "Misskey, words",
        "hidden",
        "nameless ones",
    ],
)
def test_options_are_read_in_every_spelling(members: dict[str, Any], expected: tuple[Any, bool]) -> None:
    """s2s 2.9: text from `name`, else `content`; counts from `replies.totalItems`, else Misskey's word."""
    found = read(**members)

    assert found is not None
    assert (found.options, found.multiple) == expected


@pytest.mark.parametrize(
    "members", [{}, {"oneOf": []}, {"oneOf": None}, {"oneOf": [{"type": "Note"}]}, {"type": "Note"}]
)
def test_question_without_options_is_a_post_without_a_poll(members: dict[str, Any]) -> None:
    """s2s 2.9: where nothing can be chosen there is no poll; an option list makes no poll of a Note."""
    assert read(**({"oneOf": [option("a")]} if "type" in members else {}) | members) is None


@pytest.mark.parametrize(
    ("members", "voters"),
    [
        ({"votersCount": 3}, 3),
        ({"toot:votersCount": 3}, 3),
        ({"http://joinmastodon.org/ns#votersCount": 3}, 3),
        ({"voters": [ALICE, MEMBER]}, 2),
        ({"voters": [ALICE], "votersCount": 5}, 5),
        ({}, None),
        ({"votersCount": -1}, None),
    ],
)
def test_voters_are_counted_in_every_spelling(members: dict[str, Any], voters: int | None) -> None:
    """s2s 2.9: Mastodon's term with and without its prefix; Pleroma lists them."""
    found = read(oneOf=[option("a")], **members)

    assert found is not None
    assert found.voters == voters


@pytest.mark.parametrize(
    ("members", "ends", "closed"),
    [
        ({"endTime": "2026-11-24T08:00:00Z"}, MOMENT, False),
        ({"endTime": "2026-11-24 08:00:00"}, MOMENT, False),
        ({"closed": True}, None, True),
        ({"closed": False, "endTime": "2026-11-24T08:00:00Z"}, MOMENT, False),
        ({"closed": "2026-11-24T08:00:00"}, MOMENT, MOMENT),
        ({"closed": "yes"}, None, False),
        ({"endTime": None}, None, False),
    ],
)
def test_end_is_read_in_every_spelling(members: dict[str, Any], ends: datetime | None, closed: Any) -> None:
    """s2s 2.9: `closed` is true or a time; endless polls exist."""
    found = read(oneOf=[option("a")], **members)

    assert found is not None
    assert (found.ends_at, found.closed) == (ends, closed)


def test_options_are_cut_at_the_bound() -> None:
    """Mastodon GHSA-gg8q-rcg7-p79g: at n all, at n + 1 the last is left out."""
    for number in (limits.POLL_OPTIONS_READ, limits.POLL_OPTIONS_READ + 1):
        found = read(oneOf=[option(str(place)) for place in range(number)])

        assert found is not None
        assert len(found.options) == limits.POLL_OPTIONS_READ


def a_vote(**members: Any) -> dict[str, Any]:
    """A vote as Mastodon sends it, canonical."""
    document = {
        "@context": AS_CONTEXT,
        "id": f"{ALICE}#votes/1",
        "type": "Note",
        "name": "a",
        "attributedTo": ALICE,
        "inReplyTo": "https://coop.example/ap/objects/1",
        "to": MEMBER,
    }
    return normalise(document | members)


@pytest.mark.parametrize(
    "members",
    [
        {"content": "<p>No vote</p>"},
        {"contentMap": {"en": "No vote"}},
        {"name": ""},
        {"inReplyTo": None},
        {"type": "Article"},
        {"attachment": [{"type": "Image", "url": "https://peer.example/1.png"}]},
    ],
)
def test_what_says_more_is_no_vote(members: dict[str, Any]) -> None:
    """s2s 2.9: a Note with a name and nothing else is a vote; with a text or a picture it is an answer."""
    assert vote_of(a_vote()) == VoteRecord("https://coop.example/ap/objects/1", "a", ALICE)
    assert vote_of(a_vote(**members)) is None


def test_only_a_create_votes() -> None:
    """Design 2: the kind is found from the message; who likes a vote does not vote."""
    for type, kind in (("Create", Kind.VOTE), ("Like", Kind.POST), ("Update", Kind.POST)):
        document = {"@context": AS_CONTEXT, "id": f"{ALICE}/1", "type": type, "actor": ALICE, "object": a_vote()}

        assert kind_of(read_activity(normalise(document))) is kind


TITLES = st.lists(
    st.text(st.characters(codec="utf-8", exclude_characters="\x00"), min_size=1, max_size=20)
    .map(str.strip)
    .filter(bool),
    min_size=1,
    max_size=5,
)


@given(TITLES, st.booleans(), st.integers(0, 9), st.none() | st.integers(0, 9))
def test_what_we_write_is_read_as_it_was_meant(
    titles: list[str], multiple: bool, votes: int, voters: int | None
) -> None:
    """s2s 2.9: our Question through our own reader; written again with other counts it has no trace of the first."""
    plain = note("https://coop.example/ap/objects/1", MEMBER, "", published=MOMENT, to=[], cc=[])
    options = [(title, votes if voters is not None else None) for title in titles]
    first = question(plain, [("x", 1)], multiple=not multiple, ends_at=None, closed=MOMENT, voters=7)

    again = question(first, options, multiple=multiple, ends_at=MOMENT, closed=None, voters=voters)

    assert poll_of(normalise(again)) == PollRecord(
        tuple(OptionRecord(title, number) for title, number in options), multiple, MOMENT, False, voters
    )


def test_our_vote_is_read_as_one() -> None:
    """s2s 2.9: and its id is a place in its Create."""
    create = cast("https://coop.example/ap/activities/5", MEMBER, "https://peer.example/notes/1", "a", ALICE, MOMENT)

    activity = read_activity(normalise(create))

    assert kind_of(activity) is Kind.VOTE
    assert (activity.to, activity.cc) == ((ALICE,), ())
    assert activity.object is not None
    assert activity.object.id == "https://coop.example/ap/activities/5#vote"
    assert vote_of(activity.object.embedded or {}) == VoteRecord("https://peer.example/notes/1", "a", MEMBER)
