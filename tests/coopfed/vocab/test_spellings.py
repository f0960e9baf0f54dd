"""Whatever legal spelling a peer chooses, the record is the same: each row of the normaliser's table, alone and in pairs.

A spelling is a change of members of a document whose record stays as it was; None takes a member away.
"""

import copy
from collections.abc import Iterator
from itertools import combinations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coopfed.errors import BadMessage
from coopfed.vocab.document import Activity, read_activity, read_actor, read_keys, read_post
from coopfed.vocab.normalise import normalise
from coopfed.vocab.terms import AS_CONTEXT, PUBLIC
from tests.coopfed.vocab.test_strict_json import VALUES

Document = dict[str, Any]
Rows = dict[str, list[Document]]

PEER = "https://peer.example"
BO = f"{PEER}/users/bo"
NOTE = f"{PEER}/notes/1"
PARENT = "https://coop.example/ap/objects/5"
THREAD = f"{PEER}/threads/1"
PICTURE = f"{PEER}/files/1.png"
CONTENT = "<p>Merhaba İzmir</p>"


def link(href: str, **members: Any) -> Document:
    """A Link."""
    return {"type": "Link", "href": href, **members}


POST: Document = {
    "@context": [AS_CONTEXT, {"Hashtag": "as:Hashtag"}],
    "id": NOTE,
    "type": "Note",
    "attributedTo": BO,
    "to": [PUBLIC],
    "cc": [f"{BO}/followers"],
    "audience": [f"{PEER}/groups/1"],
    "content": CONTENT,
    "contentMap": {"tr": CONTENT},
    "summary": "uyarı",
    "name": "başlık",
    "published": "2026-11-24T08:00:00Z",
    "updated": "2026-11-24T09:30:00.500Z",
    "inReplyTo": PARENT,
    "context": THREAD,
    "url": f"{PEER}/@bo/1",
    "replies": f"{NOTE}/replies",
    "tag": [{"type": "Hashtag", "name": "#İzmir", "href": f"{PEER}/tags/izmir"}],
    "attachment": [
        {"type": "Image", "mediaType": "image/png", "url": PICTURE, "name": "deniz", "width": 4, "height": 3}
    ],
    "source": {"content": "Merhaba İzmir", "mediaType": "text/plain"},
    "sensitive": True,
    "quote": f"{PEER}/notes/0",
    "quoteAuthorization": f"{PEER}/stamps/1",
    "approvedBy": f"{PEER}/stamps/2",
    "interactionPolicy": {
        "canQuote": {"automaticApproval": [PUBLIC]},
        "canReply": {"automaticApproval": [BO], "manualApproval": [PUBLIC]},
    },
}
POST_ROWS: Rows = {
    "to": [
        {"to": PUBLIC},
        {"to": "as:Public"},
        {"to": ["Public"]},
        {"to": {"id": PUBLIC}},
        {"to": [{"id": "as:Public", "type": "Collection"}, None]},
        {"to": ["http://www.w3.org/ns/activitystreams#Public", PUBLIC]},
        {"to": [PUBLIC, "acct:bo@peer.example", "bear:?u=x", 5, ["as:Public"], "javascript:alert(1)"]},
    ],
    "cc": [
        {"cc": f"{BO}/followers"},
        {"cc": [{"id": f"{BO}/followers"}]},
        {"cc": "HTTPS://PEER.example:443/users/bo/followers"},
    ],
    "audience": [{"audience": f"{PEER}/groups/1"}, {"audience": {"type": "Group", "id": f"{PEER}/groups/1"}}],
    "bto": [{"bto": BO, "bcc": ["https://coop.example/ap/actors/1"]}],
    "attributedTo": [
        {"attributedTo": [BO]},
        {"attributedTo": {"id": BO}},
        {"attributedTo": [{"type": "Person", "id": BO}]},
        {"attributedTo": {"@type": "Person", "@id": BO}},
        {"attributedTo": [None, BO, BO]},
    ],
    "type": [
        {"type": ["Note"]},
        {"type": "as:Note"},
        {"type": "https://www.w3.org/ns/activitystreams#Note"},
        {"type": ["http://custom.example/Memo", "Note", "Article"]},
        {"type": None, "@type": "Note"},
    ],
    "id": [{"id": None, "@id": NOTE}, {"id": "HTTPS://Peer.EXAMPLE:443/notes/1"}],
    "tag": [
        {"tag": {"type": "Hashtag", "name": "#İzmir"}},
        {"tag": [{"type": "as:Hashtag", "name": "#izmir", "href": "/tags/izmir"}]},
        {"tag": [None, {"type": ["Hashtag"], "name": "İZMİR", "id": None}, {"type": "Edition"}, {"name": "#x"}]},
    ],
    "attachment": [
        {"attachment": POST["attachment"][0]},
        {"attachment": [None, *POST["attachment"], {"type": "PropertyValue", "name": "a", "value": "b"}]},
        {
            "attachment": {
                "type": "Image",
                "url": [link(PICTURE, mediaType="image/png", width=4, height=3)],
                "summary": "deniz",
            }
        },
        {
            "attachment": {
                "type": "Image",
                "url": link(PICTURE, mediaType="image/png", width="4", height=3.0),
                "name": "deniz",
            }
        },
        {
            "attachment": {
                "type": "as:Image",
                "id": None,
                "mediaType": "IMAGE/PNG; x=y",
                "url": [PICTURE],
                "content": "deniz",
                "width": "4",
                "height": 3,
            }
        },
    ],
    "url": [
        {"url": [f"{PEER}/@bo/1"]},
        {"url": link(f"{PEER}/@bo/1")},
        {"url": [link(f"{PEER}/file.mp4", mediaType="video/mp4"), link(f"{PEER}/@bo/1", mediaType="text/html")]},
        {"url": [link(f"{PEER}/file.mp4", mimeType="video/mp4"), link(f"{PEER}/@bo/1")]},
        {"url": ["javascript:alert(1)", "magnet:?xt=urn:btih:0", link("wss://peer.example/"), f"{PEER}/@bo/1"]},
    ],
    "content": [
        {"content": {"@value": CONTENT}},
        {"content": [CONTENT]},
        {"content": None},
        {"content": CONTENT, "contentMap": {"en": "<p>Hello</p>", "tr": CONTENT}},
        {"content": CONTENT, "contentMap": {"tr": {"@value": CONTENT}}},
        {"content": CONTENT, "contentMap": {"TR": CONTENT}},
        {"content": CONTENT, "contentMap": None, "language": {"identifier": "tr", "name": "Türkçe"}},
        {"content": CONTENT, "contentMap": {"en": "<p>Hello</p>"}, "language": ["tr"]},
    ],
    "summary": [{"summary": {"@value": "uyarı"}}, {"summary": None, "summaryMap": {"tr": "uyarı"}}],
    "name": [{"name": ["başlık"]}, {"name": None, "nameMap": {"tr": "başlık", "en": "title"}}],
    "published": [
        {"published": "2026-11-24T08:00:00+00:00"},
        {"published": "2026-11-24T11:00:00+03:00"},
        {"published": "2026-11-24T08:00:00.000000000Z"},
        {"published": "2026-11-24t08:00:00z"},
        {"published": "2026-11-24 08:00:00"},
        {"published": "2026-11-24T08:00:00"},
        {"published": "20261124T080000Z"},
        {"published": {"@value": "2026-11-24T08:00:00Z", "@type": "xsd:dateTime"}},
        {"published": ["2026-11-24T08:00Z"]},
    ],
    "updated": [{"updated": "2026-11-24T09:30:00.500123456Z"[:23] + "Z"}, {"updated": "2026-11-24T12:30:00.5+0300"}],
    "inReplyTo": [
        {"inReplyTo": [PARENT]},
        {"inReplyTo": {"id": PARENT, "type": "Note", "content": "x"}},
        {"inReplyTo": link(PARENT)},
        {"inReplyTo": [None, PARENT, f"{PARENT}0"]},
    ],
    "context": [
        {"context": [THREAD]},
        {"context": {"id": THREAD, "type": "Collection"}},
        {"context": None, "conversation": THREAD},
        {"conversation": "tag:peer.example,2026:thread"},
    ],
    "replies": [
        {"replies": {"id": f"{NOTE}/replies", "type": "Collection", "totalItems": "3"}},
        {"replies": [f"{NOTE}/replies"]},
        {"replies": {"id": f"{NOTE}/replies", "first": {"type": "CollectionPage", "items": [None, "x"]}}},
    ],
    "source": [{"source": {"content": "Merhaba İzmir", "mediaType": "TEXT/plain; charset=utf-8"}}],
    "sensitive": [
        {"sensitive": "true"},
        {"sensitive": 1},
        {"sensitive": {"@value": "True", "@type": "xsd:boolean"}},
        {"sensitive": None, "as:sensitive": True},
    ],
    "quote": [
        {"quote": [f"{PEER}/notes/0"], "_misskey_quote": f"{PEER}/notes/9"},
        {"quote": {"id": f"{PEER}/notes/0"}, "quoteUri": f"{PEER}/notes/9"},
    ],
    "quoteAuthorization": [
        {"quoteAuthorization": {"id": f"{PEER}/stamps/1", "type": "QuoteAuthorization"}},
        {"quoteAuthorization": [f"{PEER}/stamps/1", None]},
    ],
    "approvedBy": [
        {"approvedBy": [f"{PEER}/stamps/2"]},
        {"approvedBy": None, "replyAuthorization": f"{PEER}/stamps/2"},
    ],
    "interactionPolicy": [
        {
            "interactionPolicy": {
                "canQuote": {"always": "as:Public"},
                "canReply": {"always": [BO], "approvalRequired": PUBLIC},
            }
        },
        {
            "interactionPolicy": [
                {
                    "canQuote": {"automaticApproval": PUBLIC, "manualApproval": []},
                    "canReply": {"automaticApproval": BO, "manualApproval": [{"id": "as:Public"}], "x": 1},
                    "canLike": {},
                    "canAnnounce": {"automaticApproval": [], "manualApproval": None},
                    "canFeature": {"automaticApproval": [BO]},
                }
            ]
        },
    ],
}

ACTOR: Document = {
    "@context": [AS_CONTEXT, "https://w3id.org/security/v1"],
    "id": BO,
    "type": "Organization",
    "preferredUsername": "bo",
    "name": "Bo",
    "summary": "<p>hi</p>",
    "url": f"{PEER}/@bo",
    "inbox": f"{BO}/inbox",
    "followers": f"{BO}/followers",
    "endpoints": {"sharedInbox": f"{PEER}/inbox"},
    "publicKey": {"id": f"{BO}#main-key", "owner": BO, "publicKeyPem": "pem"},
    "manuallyApprovesFollowers": False,
    "discoverable": True,
    "icon": {"type": "Image", "mediaType": "image/png", "url": PICTURE},
    "alsoKnownAs": ["https://old.example/bo"],
    "attachment": [{"type": "PropertyValue", "name": "web", "value": "x"}],
    "tag": [{"type": "Emoji", "name": ":wave:", "id": PICTURE, "icon": {"type": "Image", "url": PICTURE}}],
}
ACTOR_ROWS: Rows = {
    "publicKey": [
        {"publicKey": [ACTOR["publicKey"]]},
        {"publicKey": [f"{BO}#other-key", ACTOR["publicKey"], None]},
        {"publicKey": {"@id": f"{BO}#main-key", "type": [], "owner": {"id": BO}, "publicKeyPem": "pem"}},
        {"publicKey": {"id": f"{BO}#main-key", "controller": BO, "publicKeyPem": {"@value": "pem"}}},
    ],
    "endpoints": [
        {"endpoints": None, "sharedInbox": f"{PEER}/inbox"},
        {"endpoints": [{"sharedInbox": f"{PEER}/inbox", "proxyUrl": None}]},
        {"endpoints": f"{BO}#endpoints", "sharedInbox": {"id": f"{PEER}/inbox"}},
        {"sharedInbox": f"{PEER}/another-inbox"},
    ],
    "icon": [
        {"icon": [ACTOR["icon"]]},
        {"icon": [None, {"type": "Image", "url": "data:image/png;base64,AA=="}, ACTOR["icon"]]},
        {"icon": {"type": "Image", "url": link(PICTURE, mediaType="image/png")}},
        {"icon": link(PICTURE, mediaType="image/png") | {"url": PICTURE}},
    ],
    "booleans": [
        {"manuallyApprovesFollowers": {"@value": "False", "type": "xsd:boolean"}, "discoverable": "true"},
        {"manuallyApprovesFollowers": None, "as:manuallyApprovesFollowers": "false"},
        {"manuallyApprovesFollowers": "perhaps"},
    ],
    "alsoKnownAs": [{"alsoKnownAs": "https://old.example/bo"}, {"alsoKnownAs": {"id": "https://old.example/bo"}}],
    "attachment": [
        {"attachment": {"type": "PropertyValue", "name": "web", "value": "x"}},
        {"attachment": [{"type": "schema:PropertyValue", "name": "web", "value": {"@value": "x"}}, link(PICTURE)]},
    ],
    "tag": [
        {"tag": ACTOR["tag"][0]},
        {"tag": [{"type": "Emoji", "name": "wave", "id": None, "icon": {"type": "Image", "url": PICTURE}}]},
        {"tag": [{"type": "toot:Emoji", "name": ":wave:", "icon": PICTURE}]},
    ],
    "inbox": [{"inbox": {"id": f"{BO}/inbox", "type": "OrderedCollection"}}, {"followers": [f"{BO}/followers"]}],
    "type": [{"type": ["http://custom.example/Coop", "Organization"]}, {"type": "as:Organization"}],
    "url": [
        {"url": [link(f"{PEER}/@bo", mediaType="text/html"), f"{PEER}/feed"]},
        {"url": ["https://victim.example/@ada", f"{PEER}/@bo"]},
    ],
    "name": [{"name": None, "nameMap": {"en": "Bo"}}, {"summary": {"@value": "<p>hi</p>"}}],
    "username": [{"preferredUsername": {"@value": "bo"}}],
}

FOLLOW: Document = {
    "@context": AS_CONTEXT,
    "id": f"{BO}#follows/1",
    "type": "Follow",
    "actor": BO,
    "object": PARENT,
    "to": [PARENT],
    "target": f"{BO}/featured",
    "result": f"{PEER}/stamps/1",
    "instrument": NOTE,
    "published": "2026-11-24T08:00:00Z",
}
FOLLOW_ROWS: Rows = {
    "actor": [
        {"actor": {"id": BO, "type": "Person", "name": "Bo"}},
        {"actor": [BO]},
        {"actor": [{"type": "Group", "id": PARENT}, BO]},
    ],
    "object": [
        {"object": [PARENT]},
        {"object": {"id": PARENT}},
        {"object": link(PARENT)},
        {"object": [None, {"@id": PARENT}]},
    ],
    "embedded": [{"object": {"id": PARENT, "type": "Person"}}],
    "to": [{"to": PARENT}, {"to": [{"id": PARENT}]}],
    "target": [{"target": [f"{BO}/featured"]}, {"target": {"id": f"{BO}/featured", "type": "Collection"}}],
    "result": [{"result": {"id": f"{PEER}/stamps/1", "type": "QuoteAuthorization"}}],
    "instrument": [{"instrument": {"id": NOTE, "type": "Note", "content": "x"}}, {"instrument": [NOTE]}],
    "published": [{"published": "2026-11-24T08:00:00"}],
}

CASES: list[tuple[str, Document, Rows, Any]] = [
    ("post", POST, POST_ROWS, read_post),
    ("actor", ACTOR, ACTOR_ROWS, read_actor),
    ("keys", ACTOR, {"publicKey": ACTOR_ROWS["publicKey"]}, read_keys),
    ("activity", FOLLOW, FOLLOW_ROWS, read_activity),
]


def spelt(document: Document, *changes: Document) -> Document:
    """The document with changes laid over it."""
    changed = copy.deepcopy(document)
    for change in changes:
        changed |= copy.deepcopy(change)
    return {name: value for name, value in changed.items() if value is not None}


def singly() -> Iterator[Any]:
    for name, document, rows, read in CASES:
        for row, changes in rows.items():
            for number, change in enumerate(changes):
                yield pytest.param(document, change, read, id=f"{name}-{row}-{number}")


@pytest.mark.parametrize(("document", "change", "read"), list(singly()))
def test_each_spelling_gives_the_same_record(document: Document, change: Document, read: Any) -> None:
    """ActivityStreams 2-5, JSON-LD 1.1: one value or many, ids or objects, strings or value objects."""
    written = spelt(document, change)
    untouched = copy.deepcopy(written)

    canonical = normalise(written)

    assert read(canonical) == read(normalise(document))
    assert normalise(canonical) == canonical
    assert written == untouched, "the argument is not changed"


@pytest.mark.parametrize(("document", "rows", "read"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_each_pair_of_spellings_gives_the_same_record(document: Document, rows: Rows, read: Any) -> None:
    """Peers combine their habits: every spelling of one row with every spelling of every other."""
    expected = read(normalise(document))

    for (_, first), (_, second) in combinations(rows.items(), 2):
        for one in first:
            for other in second:
                if one.keys() & other.keys():
                    continue
                assert read(normalise(spelt(document, one, other))) == expected, (one, other)


UNREAD = st.sampled_from(
    ["_misskey_content", "atomUri", "diaspora:guid", "nickname", "signature", "generator", "x", "ünknown", "proofs", ""]
)


@given(st.dictionaries(UNREAD, VALUES, max_size=4))
def test_members_that_nobody_reads_change_nothing(extra: Document) -> None:
    """ActivityStreams 2.2: unknown members are ignored, whatever they hold and wherever they stand."""
    for _, document, _, read in CASES:
        nested = {
            name: [item | extra if isinstance(item, dict) else item for item in value]
            if isinstance(value, list)
            else value
            for name, value in document.items()
            if name != "@context"
        }
        changed = extra | nested | {"@context": document["@context"]}

        canonical = normalise(changed)

        assert read(canonical) == read(normalise(document))
        assert {name: canonical[name] for name, value in extra.items() if value is not None} == {
            name: value for name, value in extra.items() if value is not None
        }, "kept as they came"


def test_blind_recipients_are_gone_everywhere() -> None:
    """ActivityPub 6: bto and bcc are stored nowhere, at no depth."""
    blind = {"bto": [BO], "bcc": BO}
    note = POST | blind
    document = {
        "@context": AS_CONTEXT,
        "type": "Undo",
        "actor": BO,
        "object": {"type": "Create", "object": note, **blind},
    }

    canonical = normalise(document | blind | {"result": note, "first": {"type": "CollectionPage", "items": [note]}})

    assert "bto" not in str(canonical)
    assert "bcc" not in str(canonical)


@pytest.mark.parametrize(
    ("members", "reason"),
    [
        ({"id": "notes/1"}, "bad_id"),
        ({"id": 5}, "bad_id"),
        ({"id": {"id": NOTE}}, "bad_id"),
        ({"id": "bear:?u=https://peer.example/notes/1"}, "capability_url"),
        ({"actor": "acct:bo@peer.example"}, "bad_id"),
        ({"attributedTo": [BO, "urn:bo"]}, "bad_id"),
        ({"object": "tag:peer.example,2026:1"}, "bad_id"),
        ({"object": {"type": "Note", "id": "bear:?u=x"}}, "capability_url"),
        ({"object": {"type": "Create", "object": {"type": "Note", "attributedTo": "x"}}}, "bad_id"),
    ],
)
def test_bad_ids_are_refused_where_they_carry_authority(members: Document, reason: str) -> None:
    """FEP-fe34 *Identifiers*; security, authority confusion: never guessed, never left out."""
    with pytest.raises(BadMessage) as caught:
        normalise({"@context": AS_CONTEXT, "type": "Create", "actor": BO, **members})

    assert caught.value.reason == reason


def test_an_empty_id_means_a_transient_activity() -> None:
    """ActivityPub 3.1: an id may be null for what is not kept."""
    assert read_activity(normalise(spelt(FOLLOW, {"id": ""}))).id is None
    assert read_activity(normalise(spelt(FOLLOW, {"id": None}))).id is None


def test_votes_in_one_create_are_all_read() -> None:
    """GoToSocial sends several votes as an array of Notes, whose ids may be missing."""
    votes = [{"type": "Note", "name": name, "attributedTo": BO} for name in ("a", "b")]

    activity: Activity = read_activity(normalise(spelt(FOLLOW, {"type": "Create", "object": votes})))

    assert [ref.id for ref in activity.objects] == [None, None]
    assert [ref.embedded and ref.embedded["name"] for ref in activity.objects] == ["a", "b"]


@pytest.mark.parametrize(
    ("closed", "expected"),
    [(True, True), (False, False), ("2026-11-24T08:00:00", "2026-11-24T08:00:00Z"), ("never", None), (None, None)],
)
def test_a_poll_is_closed_by_a_time_or_a_word(closed: Any, expected: Any) -> None:
    """ActivityStreams, *closed*: a time, an object or a boolean."""
    question = spelt(POST, {"type": "Question", "closed": closed, "oneOf": {"type": "Note", "name": "a"}})

    canonical = normalise(question)

    assert canonical.get("closed") == expected
    assert canonical["oneOf"] == [{"type": "Note", "name": "a"}]


def test_the_person_stands_before_the_channel_also_in_collections() -> None:
    """PeerTube attributes a video to a Group and a Person, in any order; the Person is the author."""
    channel = {"type": "Group", "id": f"{PEER}/channels/1"}
    video = {"type": "Video", "id": NOTE, "attributedTo": [channel, {"type": "Person", "id": BO}]}

    canonical = normalise({"@context": AS_CONTEXT, "type": "Create", "actor": BO, "object": video, "items": [video]})

    for found in (canonical["object"], canonical["items"]):
        assert found[0]["attributedTo"] == [BO, f"{PEER}/channels/1"]
