"""From addressing to audience, and what never travels. Pure."""

from typing import Any

import orjson
from hypothesis import given
from hypothesis import strategies as st

from coopfed import limits
from coopfed.vocab.terms import PUBLIC
from outbox.addressing import audience, without_blind
from outbox.publish import serialised

AUTHOR, FOLLOWERS = "https://coop.example/ap/actors/7", "https://coop.example/ap/actors/7/followers"
ids = st.sampled_from([f"https://peer.example/{number}" for number in range(6)] + [PUBLIC, FOLLOWERS, AUTHOR])
lists = st.lists(ids, max_size=4)
notes = st.fixed_dictionaries({}, optional=dict.fromkeys(("to", "cc", "bto", "bcc", "audience"), lists))


def activity(**members: Any) -> dict[str, Any]:
    """An activity of the author."""
    return {"id": "https://coop.example/ap/activities/1", "type": "Create", "actor": AUTHOR} | members


@given(notes, notes)
def test_bto_and_bcc_are_never_on_the_wire_but_reach_their_people(outer: dict[str, Any], inner: dict[str, Any]) -> None:
    """ActivityPub 6: bto and bcc are recipients, and are stripped from the activity and its object."""
    document = activity(object={"type": "Note", **inner}, **outer)

    found, sent = audience(document, FOLLOWERS), without_blind(document)

    named = {uri for part in (outer, inner) for uris in part.values() for uri in uris}
    assert set(found.actors) == named - {PUBLIC, FOLLOWERS, AUTHOR}
    assert len(found.actors) == len(set(found.actors))
    assert (found.public, found.followers) == (PUBLIC in named, FOLLOWERS in named)
    assert b'"bto"' not in orjson.dumps(sent)
    assert b'"bcc"' not in orjson.dumps(sent)
    assert all(sent[name] == document[name] for name in ("id", "type", "actor"))


def test_recipients_stand_in_order_of_mention() -> None:
    """ActivityPub 7.1: each once."""
    document = activity(
        to=["https://a.example/1", PUBLIC], cc=["https://b.example/2", "https://a.example/1"], object="x"
    )

    assert audience(document, FOLLOWERS).actors == ("https://a.example/1", "https://b.example/2")


def test_single_recipient_may_be_a_string() -> None:
    """ActivityStreams 2: a list of one."""
    assert audience(activity(to="https://a.example/1"), FOLLOWERS).actors == ("https://a.example/1",)


def test_collection_of_somebody_else_is_not_our_followers() -> None:
    """ActivityPub 7.1: only the author's own collection is expanded."""
    other = "https://coop.example/ap/actors/8/followers"

    assert not audience(activity(to=[other]), FOLLOWERS).followers


def sized(size: int, **more: Any) -> dict[str, Any]:
    """A Create of exactly so many bytes."""
    note = {"id": "https://coop.example/ap/objects/2", "type": "Note", "content": ""}
    empty = len(orjson.dumps(activity(object=note, **more)))
    return activity(object=note | {"content": "x" * (size - empty)}, **more)


def test_body_over_sixty_kib_travels_as_an_id() -> None:
    """design 9: Misskey refuses bodies over 64 KiB."""
    whole, cut = sized(limits.OUTGOING_BODY_BYTES), sized(limits.OUTGOING_BODY_BYTES + 1)

    assert orjson.loads(serialised(whole)) == whole
    assert orjson.loads(serialised(cut)) == cut | {"object": "https://coop.example/ap/objects/2"}


def test_text_with_a_proof_is_never_cut() -> None:
    """design 9: it is kept whole, or its proof would be one of another text."""
    proven = sized(2 * limits.OUTGOING_BODY_BYTES, proof={"type": "DataIntegrityProof"})

    assert orjson.loads(serialised(proven)) == proven
