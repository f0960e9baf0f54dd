"""What an activity is about, as far as the message alone tells."""

from typing import Any

import pytest

from coopfed.vocab.document import read_activity
from coopfed.vocab.kinds import Kind, kind_of
from coopfed.vocab.normalise import normalise
from coopfed.vocab.terms import ACTIVITY_TYPES, ACTOR_TYPES, AS_CONTEXT, COLLECTION_TYPES, POST_TYPES, PUBLIC

ACTOR = "https://peer.example/users/bo"
THING = "https://peer.example/things/1"


def kind(value: Any) -> Kind:
    """The kind of an activity with this object."""
    document = {"@context": AS_CONTEXT, "type": "Create", "actor": ACTOR, "object": value}
    return kind_of(read_activity(normalise(document)))


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, Kind.NOTHING),
        ([], Kind.NOTHING),
        ({}, Kind.NOTHING),
        (THING, Kind.ID_ONLY),
        ({"id": THING}, Kind.ID_ONLY),
        ([THING, {"id": THING, "type": "Note"}], Kind.ID_ONLY),
        (ACTOR, Kind.ACTOR),
        ({"type": "Tombstone", "id": ACTOR}, Kind.ACTOR),
        ("as:Public", Kind.PUBLIC),
        (PUBLIC, Kind.PUBLIC),
        ({"type": "Tombstone", "id": THING}, Kind.TOMBSTONE),
        ({"type": "Relationship", "id": THING}, Kind.RELATIONSHIP),
        ({"type": "Hashtag", "name": "#coop"}, Kind.HASHTAG),
        ({"type": "Proposal", "id": THING}, Kind.MARKET),
        ({"type": "Lock", "id": THING}, Kind.LOCK),
        ({"type": "EmojiReact", "id": THING}, Kind.EMOJI_REACT),
        ({"type": "Recipe", "id": THING, "name": "Soup", "url": THING}, Kind.POST),
        ({"type": "Recipe", "id": THING, "contentMap": {"it": "Zuppa"}, "url": THING}, Kind.POST),
        ({"type": "Recipe", "id": THING, "name": "Soup"}, Kind.OTHER),
        ({"type": "Recipe", "id": THING, "url": THING}, Kind.OTHER),
        ({"id": THING, "name": "Soup", "url": THING}, Kind.OTHER),
        ({"type": "Link", "href": THING}, Kind.ID_ONLY),
    ],
)
def test_the_kind_of_the_first_object(value: Any, expected: Kind) -> None:
    """ActivityStreams 3: an embedded type tells, an id alone does not, the own actor always is one."""
    assert kind(value) is expected


@pytest.mark.parametrize("name", sorted(ACTOR_TYPES | POST_TYPES | COLLECTION_TYPES))
def test_known_types_have_their_kind(name: str) -> None:
    """Every type of the tables is routed as what it is."""
    families = {Kind.ACTOR: ACTOR_TYPES, Kind.POST: POST_TYPES, Kind.COLLECTION: COLLECTION_TYPES}

    found = kind({"type": name, "id": THING})

    assert name in families[found]


@pytest.mark.parametrize("name", sorted(ACTIVITY_TYPES))
def test_an_activity_within_an_activity_is_never_a_post(name: str) -> None:
    """FEP-1b12: Announce of an activity is no boost."""
    found = kind({"type": name, "id": THING, "actor": ACTOR, "content": "text", "url": THING})

    assert found.value.replace("_", "") in (name.lower(), "interactionrequest", "activity")
