"""What we write is what every peer reads: the shapes of ActivityPub 6 and 7 and of peers' own rules, read back by us."""

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from coopfed.vocab import build, consent
from coopfed.vocab.audience import Visibility, addressing
from coopfed.vocab.document import read_activity, read_post
from coopfed.vocab.kinds import Kind, kind_of
from coopfed.vocab.normalise import normalise
from coopfed.vocab.origin import check_activity_origin, may_author
from coopfed.vocab.strict_json import parse
from coopfed.vocab.terms import AS_CONTEXT, PUBLIC

NODE = "https://coop.example"
MEMBER = f"{NODE}/ap/actors/7"
FOLLOWERS = f"{MEMBER}/followers"
NOTE = f"{NODE}/ap/objects/91"
THEIRS = "https://peer.example/notes/1"
BO = "https://peer.example/users/bo"
NOW = datetime(2026, 11, 24, 11, 0, 0, 123456, tzinfo=timezone(timedelta(hours=3)))
WRITTEN = "2026-11-24T08:00:00.123Z"


def note(**members: Any) -> build.Document:
    """A public note of the member that mentions Bo."""
    to, cc = addressing(Visibility.PUBLIC, FOLLOWERS, [BO])
    content = '<p><a href="https://peer.example/@bo" class="u-url mention">@<span>bo</span></a> Ciao</p>'
    return build.note(NOTE, MEMBER, content, **{"published": NOW, "to": to, "cc": cc, **members})


def full_note() -> build.Document:
    """A note with everything a note can have."""
    return note(
        url=f"{NODE}/@solar/91",
        language="it",
        summary="avviso",
        sensitive=True,
        in_reply_to="https://peer.example/notes/1",
        context=f"{NOTE}/context",
        tags=[build.mention(BO, "bo@peer.example"), build.hashtag(f"{NODE}/tags/coop", "Coop")],
        attachments=[
            build.attachment(
                f"{NODE}/media/1.jpg",
                "image/jpeg",
                description="il mare",
                width=12,
                height=8,
                blurhash="UBL_",
                focal_point=(0.0, 0.2),
            ),
            build.attachment(f"{NODE}/media/2.pdf", "application/pdf"),
        ],
        replies=f"{NOTE}/replies",
        updated=NOW,
        source=("@bo@peer.example Ciao", "text/plain"),
    )


def everything() -> dict[str, build.Document]:
    """One document of every maker."""
    follow = build.follow(f"{NODE}/ap/activities/1", MEMBER, BO)
    announce = build.announce(f"{NODE}/ap/activities/8", MEMBER, THEIRS, NOW, [PUBLIC], [FOLLOWERS, BO])
    quoting = consent.approved(consent.quoting(full_note(), THEIRS, f"{NODE}/ap/objects/5"), f"{BO}/stamps/1")
    shown = consent.authorization(f"{NODE}/ap/objects/5", MEMBER, THEIRS, NOTE)
    like = build.like(f"{NODE}/ap/activities/7", MEMBER, THEIRS, BO)
    asked = {"type": "QuoteRequest", "id": f"{BO}/asks/1", "actor": BO, "object": NOTE, "instrument": THEIRS}
    to_like = asked | {"type": "LikeRequest"}
    return {
        "quote": quoting | {"interactionPolicy": consent.policy([PUBLIC])},
        "create of a quote": build.create(quoting, f"{NODE}/ap/activities/10"),
        "update of a quote": build.update(quoting, f"{NODE}/ap/activities/11", NOW),
        "quote request": consent.quote_request(f"{NODE}/ap/activities/12", MEMBER, THEIRS, BO, quoting),
        "accept of a quote": consent.answer("Accept", f"{NODE}/ap/activities/13", MEMBER, asked, shown["id"]),
        "reject of a quote": consent.answer("Reject", f"{NODE}/ap/activities/14", MEMBER, asked),
        "authorization": shown,
        "revocation": consent.revocation(f"{NODE}/ap/activities/15", shown, [PUBLIC], [BO]),
        "approved like": consent.approved(like, f"{BO}/stamps/2", "like"),
        "approved boost": consent.approved(announce, f"{BO}/stamps/3", "announce"),
        "approved answer": consent.approved(full_note(), f"{BO}/stamps/4", "reply"),
        "like request": consent.interaction_request("like", f"{NODE}/ap/activities/16", THEIRS, BO, like),
        "reply request": consent.interaction_request("reply", f"{NODE}/ap/activities/17", THEIRS, BO, full_note()),
        "boost request": consent.interaction_request("announce", f"{NODE}/ap/activities/18", THEIRS, BO, announce),
        "accept of a like": consent.answer("Accept", f"{NODE}/ap/activities/19", MEMBER, to_like, shown["id"]),
        **{
            f"{what} authorization": consent.authorization(f"{NODE}/ap/objects/6", MEMBER, THEIRS, NOTE, what)
            for what in ("like", "reply", "announce")
        },
        "note": full_note(),
        "small note": note(),
        "create": build.create(full_note(), f"{NODE}/ap/activities/2"),
        "delete": build.delete(f"{NODE}/ap/activities/3", MEMBER, NOTE, "Note", [PUBLIC], [FOLLOWERS], NOW),
        "follow": follow,
        "accept": build.accept(f"{NODE}/ap/activities/4", MEMBER, f"{BO}#follows/1", BO),
        "reject": build.reject(f"{NODE}/ap/activities/5", MEMBER, None, BO),
        "like": build.like(f"{NODE}/ap/activities/7", MEMBER, THEIRS, BO),
        "announce": announce,
        "undo": build.undo(f"{NODE}/ap/activities/6", follow),
        "undo of a boost": build.undo(f"{NODE}/ap/activities/9", announce),
        "tombstone": build.tombstone(NOTE, "Note", NOW),
        "counted": build.ordered_collection(FOLLOWERS, 3),
        "paged": build.ordered_collection(f"{MEMBER}/outbox", 3, first=f"{MEMBER}/outbox?page=1"),
        "whole": build.ordered_collection(f"{MEMBER}/featured", 1, items=[note()], attributed_to=MEMBER),
        "page": build.collection_page(
            f"{MEMBER}/outbox?page=1",
            f"{MEMBER}/outbox",
            [build.create(note(), f"{NODE}/ap/activities/2"), NOTE],
            next=f"{MEMBER}/outbox?before=2",
            prev=f"{MEMBER}/outbox?after=2",
        ),
    }


DOCUMENTS = [pytest.param(document, id=name) for name, document in everything().items()]


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_document_has_the_shape_that_peers_need(document: build.Document) -> None:
    """Lemmy, Pixelfed, Mastodon, Misskey: context first, its address first, arrays, no nulls, the public address in full."""
    written = json.dumps(document)

    assert next(iter(document)) == "@context"
    assert document["@context"][0] == AS_CONTEXT
    assert written.count("@context") == 1
    assert "null" not in written
    assert "as:Public" not in written.replace(json.dumps(document["@context"]), "")
    for name, value in members(document):
        if name in ("to", "cc", "tag", "attachment", "orderedItems"):
            assert isinstance(value, list), name
        if name in ("id", "actor", "attributedTo", "inReplyTo", "url", "href"):
            assert isinstance(value, str), name
        if name in ("published", "updated", "deleted"):
            assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", value), name


@pytest.mark.parametrize("document", DOCUMENTS)
def test_we_read_what_we_write(document: build.Document) -> None:
    """ActivityPub 3: nodes of this program understand each other."""
    canonical = normalise(parse(json.dumps(document).encode()))

    assert canonical["id"] == document["id"]
    assert canonical["type"] == document["type"]


def test_a_note_comes_back_as_it_was_meant() -> None:
    """ActivityPub 6.2, 2.7 of peers' practice: every member of a note is read back."""
    post = read_post(normalise(full_note()))

    assert (post.id, post.author, post.language, post.summary) == (NOTE, MEMBER, "it", "avviso")
    assert (post.to, post.cc) == ((PUBLIC,), (FOLLOWERS, BO))
    assert post.published == NOW.astimezone(UTC).replace(microsecond=123000)
    assert [mention.name for mention in post.mentions] == ["@bo@peer.example"]
    assert post.hashtags == ("coop",)
    assert [(file.type, file.description) for file in post.attachments] == [("Image", "il mare"), ("Document", "")]
    assert post.attachments[0].focal_point == (0.0, 0.2)
    assert (post.in_reply_to, post.context, post.replies) == (
        "https://peer.example/notes/1",
        f"{NOTE}/context",
        f"{NOTE}/replies",
    )
    assert post.source is not None
    assert post.source.media_type == "text/plain"


def test_a_small_note_has_no_empty_members() -> None:
    """Peers read an empty summary as a content warning, and null as a value."""
    assert set(note(summary="")) == {
        *("@context", "id", "type", "attributedTo", "content", "sensitive"),
        *("published", "to", "cc", "tag", "attachment"),
    }


def test_a_create_is_addressed_as_its_note() -> None:
    """Lemmy and Pleroma drop a Create without `to` and `cc`; the note is the same alone and embedded."""
    alone = full_note()

    create = build.create(alone, f"{NODE}/ap/activities/2")

    assert (create["actor"], create["to"], create["cc"], create["published"]) == (
        MEMBER,
        alone["to"],
        alone["cc"],
        WRITTEN,
    )
    assert {"@context": alone["@context"], **create["object"]} == alone
    activity = read_activity(normalise(create))
    check_activity_origin(activity)
    assert activity.object is not None
    may_author(MEMBER, read_post(activity.object.embedded or {}))


def test_an_accept_embeds_the_follow_with_the_id_it_came_with() -> None:
    """Misskey, Mastodon, Lemmy, Guppe #55: a bare id or another id leaves the follow pending for ever."""
    accept = build.accept(f"{NODE}/ap/activities/4", MEMBER, f"{BO}#follows/1", BO)

    assert accept["object"] == {"id": f"{BO}#follows/1", "type": "Follow", "actor": BO, "object": MEMBER}
    assert accept["to"] == [BO]
    assert kind_of(read_activity(normalise(accept))) is Kind.FOLLOW


def test_a_reject_never_invents_an_id() -> None:
    """Misskey #9250: an unknown id is left out."""
    assert build.reject(f"{NODE}/ap/activities/5", MEMBER, None, BO)["object"] == {
        "type": "Follow",
        "actor": BO,
        "object": MEMBER,
    }


def test_an_undo_embeds_the_follow_it_takes_back() -> None:
    """Friendica #6419: with its original id, to whom it went."""
    follow = build.follow(f"{NODE}/ap/activities/1", MEMBER, BO)

    undo = build.undo(f"{NODE}/ap/activities/6", follow)

    assert undo["object"] == {name: value for name, value in follow.items() if name != "@context"}
    assert (undo["actor"], undo["to"]) == (MEMBER, [BO])


def test_a_delete_carries_a_tombstone() -> None:
    """ActivityPub 6.4: what it was and when it went."""
    document = build.delete(f"{NODE}/ap/activities/3", MEMBER, NOTE, "Note", [PUBLIC], [], NOW)

    assert document["object"] == {"id": NOTE, "type": "Tombstone", "formerType": "Note", "deleted": WRITTEN}
    assert kind_of(read_activity(normalise(document))) is Kind.TOMBSTONE


def test_hidden_members_are_only_counted() -> None:
    """ActivityPub 5.3: without pages for who may not see them."""
    counted = build.ordered_collection(FOLLOWERS, 3)

    assert (counted["totalItems"], "first" in counted, "orderedItems" in counted) == (3, False, False)


def test_an_empty_collection_says_so() -> None:
    """FEP and GoToSocial: an empty array, not nothing."""
    assert build.ordered_collection(f"{MEMBER}/featured", 0, items=[])["orderedItems"] == []


def members(value: Any) -> Iterator[tuple[str, Any]]:
    """Every member at every depth, contexts aside."""
    if isinstance(value, dict):
        for name, item in value.items():
            if name != "@context":
                yield name, item
                yield from members(item)
    elif isinstance(value, list):
        for item in value:
            yield from members(item)
