"""Records read from canonical documents: what must be there, what is believed, what is left out."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from coopfed import limits
from coopfed.errors import BadMessage
from coopfed.vocab.document import (
    KeyRecord,
    clamp_published,
    read_activity,
    read_actor,
    read_keys,
    read_post,
)
from coopfed.vocab.normalise import normalise
from coopfed.vocab.tags import hashtag
from coopfed.vocab.terms import ACTOR_TYPES
from coopfed.vocab.texts import text_of
from coopfed.vocab.values import when
from tests.coopfed.vocab.test_spellings import ACTOR, BO, FOLLOW, PEER, PICTURE, POST, spelt

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("read", "document", "members", "reason"),
    [
        (read_activity, FOLLOW, {"type": None}, "no_type"),
        (read_activity, FOLLOW, {"type": []}, "no_type"),
        (read_activity, FOLLOW, {"actor": None}, "no_actor"),
        (read_activity, FOLLOW, {"actor": {"type": "Person"}}, "no_actor"),
        (read_activity, FOLLOW, {"type": "Note"}, "not_an_activity"),
        (read_activity, FOLLOW, {"type": "Person"}, "not_an_activity"),
        (read_activity, FOLLOW, {"type": "Tombstone"}, "not_an_activity"),
        (read_activity, FOLLOW, {"type": "Question"}, "not_an_activity"),
        (read_actor, ACTOR, {"id": None}, "no_id"),
        (read_actor, ACTOR, {"type": None}, "not_an_actor"),
        (read_actor, ACTOR, {"type": "Note"}, "not_an_actor"),
        (read_actor, ACTOR, {"type": "evil:Person"}, "not_an_actor"),
        (read_actor, ACTOR, {"inbox": None}, "no_inbox"),
        (read_actor, ACTOR, {"inbox": "mailto:bo@peer.example"}, "no_inbox"),
        (read_actor, ACTOR, {"preferredUsername": None}, "no_username"),
        (read_actor, ACTOR, {"preferredUsername": "", "webfinger": "bo"}, "no_username"),
        (read_post, POST, {"id": None}, "no_id"),
        (read_post, POST, {"attributedTo": None}, "no_author"),
        (read_post, POST, {"attributedTo": []}, "no_author"),
        (read_post, POST, {"type": None}, "not_a_post"),
        (read_post, POST, {"type": "Person"}, "not_a_post"),
        (read_post, POST, {"type": "Create"}, "not_a_post"),
        (read_post, POST, {"type": "Tombstone"}, "not_a_post"),
        (read_post, POST, {"type": "OrderedCollection"}, "not_a_post"),
        (read_keys, ACTOR, {"publicKey": None}, "no_key"),
        (read_keys, ACTOR, {"publicKey": {"id": f"{BO}#main-key", "publicKeyPem": "pem"}}, "no_key"),
        (read_keys, ACTOR, {"publicKey": {"owner": BO, "publicKeyPem": "pem"}}, "no_key"),
        (read_keys, ACTOR, {"publicKey": {"id": f"{BO}#main-key", "owner": BO}}, "no_key"),
        (read_keys, ACTOR, {"publicKey": f"{BO}#main-key"}, "no_key"),
    ],
)
def test_what_is_needed_and_missing_is_named(read: Any, document: Any, members: dict[str, Any], reason: str) -> None:
    """ActivityPub 3, 4.1: a document without it cannot be acted upon."""
    with pytest.raises(BadMessage) as caught:
        read(normalise(spelt(document, members)))

    assert caught.value.reason == reason


def test_an_unknown_activity_type_is_read() -> None:
    """ActivityStreams 3: it gets an outcome (unsupported) instead of an error."""
    activity = read_activity(normalise(spelt(FOLLOW, {"type": "http://custom.example/Wave"})))

    assert activity.type == "http://custom.example/Wave"
    assert activity.object is not None
    assert activity.document["object"] == [activity.object.id]


@pytest.mark.parametrize("name", sorted(ACTOR_TYPES))
def test_the_five_actor_types_are_actors(name: str) -> None:
    """ActivityStreams *Actor types*."""
    assert read_actor(normalise(spelt(ACTOR, {"type": name}))).type == name


@pytest.mark.parametrize(
    ("shared", "expected"),
    [
        (f"{PEER}/inbox", f"{PEER}/inbox"),
        ("https://victim.example/inbox", None),
        (f"{PEER}:8443/inbox", None),
        ("https://www.peer.example/inbox", None),
        ("javascript:alert(1)", None),
    ],
)
def test_a_shared_inbox_counts_only_beside_the_inbox(shared: str, expected: str | None) -> None:
    """Security, fan-out amplification: thousands of actors could name a victim's inbox as theirs."""
    for members in ({"endpoints": {"sharedInbox": shared}}, {"endpoints": None, "sharedInbox": shared}):
        assert read_actor(normalise(spelt(ACTOR, members))).shared_inbox == expected


def test_an_actor_shows_only_a_page_of_its_own_host() -> None:
    """Mastodon ignores others too: nobody shows a victim's profile as their own."""
    assert read_actor(normalise(spelt(ACTOR, {"url": "https://victim.example/@ada"}))).url is None


def test_webfinger_names_an_actor_without_username() -> None:
    """FEP-2c59: the handle's local part."""
    actor = read_actor(normalise(spelt(ACTOR, {"preferredUsername": None, "webfinger": "acct:coop@peer.example"})))

    assert (actor.preferred_username, actor.webfinger) == ("coop", "coop@peer.example")


def test_keys_of_both_kinds_are_read() -> None:
    """FEP-521a: publicKey and assertionMethod side by side; each says who its owner is, even if that is a lie."""
    multikey = {"id": f"{BO}#ed25519-key", "type": "Multikey", "controller": BO, "publicKeyMultibase": "z6Mk"}
    foreign = {"id": f"{BO}#stolen", "owner": "https://victim.example/ada", "publicKeyPem": "pem"}
    document = spelt(ACTOR, {"publicKey": [ACTOR["publicKey"], foreign], "assertionMethod": multikey})

    keys = read_keys(normalise(document))

    assert keys == (
        KeyRecord(f"{BO}#main-key", BO, "pem", None),
        KeyRecord(f"{BO}#stolen", "https://victim.example/ada", "pem", None),
        KeyRecord(f"{BO}#ed25519-key", BO, None, "z6Mk"),
    )
    assert read_actor(normalise(document)).keys == keys


@pytest.mark.parametrize(
    "key",
    [
        {"id": f"{BO}/main-key", "type": "CryptographicKey", "owner": BO, "publicKeyPem": "pem"},
        {"id": f"{BO}/main-key", "type": "Key", "owner": {"id": BO}, "publicKeyPem": "pem"},
        {"id": f"{BO}/main-key", "type": "Multikey", "controller": BO, "publicKeyMultibase": "z6Mk"},
    ],
)
def test_a_bare_key_is_read_as_one(key: dict[str, Any]) -> None:
    """Some servers answer at the key's id with the key alone."""
    (record,) = read_keys(normalise({"@context": "https://w3id.org/security/v1", **key}, key_stub=True))

    assert (record.id, record.owner) == (f"{BO}/main-key", BO)


@pytest.mark.parametrize(
    "address",
    [
        "data:image/png;base64,AAAA",
        "javascript:alert(1)",
        "file:///etc/passwd",
        "//peer.example/1.png",
        "",
        5,
        None,
        {},
    ],
)
def test_an_unusable_address_costs_the_member_and_not_the_message(address: Any) -> None:
    """Security, stored XSS: every address is http(s), else the member is dropped and the post kept."""
    tags = [{"type": "Emoji", "name": ":x:", "icon": {"url": address}}, {"type": "Mention", "href": address}]
    members = {"url": address, "attachment": {"type": "Image", "url": address}, "tag": tags, "inReplyTo": address}

    post = read_post(normalise(spelt(POST, members)))
    actor = read_actor(normalise(spelt(ACTOR, {"icon": {"url": address}, "image": address, "url": address})))

    assert (post.url, post.attachments, post.emojis, post.mentions, post.in_reply_to) == (None, (), (), (), None)
    assert (actor.icon, actor.image, actor.url) == (None, None, None)


def test_a_mention_stands_once_and_the_first_spelling_counts() -> None:
    """fediverse-pasture: the same actor mentioned twice."""
    tags = [{"type": "Mention", "href": BO, "name": f"@bo{number}"} for number in range(3)]

    post = read_post(normalise(spelt(POST, {"tag": [*tags, {"type": "Mention", "href": PEER}]})))

    assert [(mention.href, mention.name) for mention in post.mentions] == [(BO, "@bo0"), (PEER, "")]


@pytest.mark.parametrize(
    ("written", "stored"),
    [
        ("#Coop", "coop"),
        ("coop", "coop"),
        (" #coop ", "coop"),
        ("#İZMİR", "izmir"),
        ("#I\u0307ZMI\u0307R", "izmir"),
        ("#IRMAK", "irmak"),
        ("#ırmak", "ırmak"),
        ("#ÇİĞDEM", "çiğdem"),
        ("#Società", "società"),
        ("#Societa\u0300", "società"),
        ("##x", "#x"),
        ("#", None),
        ("", None),
        ("#two words", None),
        ("#zero\u200bwidth", None),
        ("#\u202ecoop", None),
    ],
)
def test_hashtags_have_one_spelling_in_every_language(written: str, stored: str | None) -> None:
    """Turkish letters: İ and I both become i, ı stays; composed and decomposed letters are one."""
    assert hashtag(written) == stored


@pytest.mark.parametrize(
    ("members", "languages", "text", "language"),
    [
        ({"content": "a"}, (), "a", None),
        ({"content": "a", "contentMap": {"it": "b", "tr": "a"}}, (), "a", "tr"),
        ({"content": "a", "contentMap": {"it": "b"}}, ("it",), "a", None),
        ({"content": "a b", "contentMap": {"it": "a\nb "}}, (), "a b", "it"),
        ({"contentMap": {"it": "b"}}, ("tr",), "b", "it"),
        ({"contentMap": {"it": "b", "tr": "a"}}, (), "b", "it"),
        ({"contentMap": {"it": "b", "tr": "a"}}, ("en", "tr"), "a", "tr"),
        ({"contentMap": {"it": "b", "pt-BR": "a"}}, ("pt",), "a", "pt-BR"),
        ({"contentMap": {"it": "b", "EN": "a"}}, ("en",), "a", "en"),
        ({"contentMap": {"und": "b"}}, (), "b", None),
        ({"contentMap": {"not a tag": "b"}}, (), "b", None),
        ({"contentMap": {"": "b", "en": 5}}, (), "b", None),
        ({"contentMap": {}}, (), "", None),
        ({}, (), "", None),
    ],
)
def test_the_language_of_a_text(
    members: dict[str, Any], languages: tuple[str, ...], text: str, language: str | None
) -> None:
    """GoToSocial *Posts, Language*; ActivityStreams 4.7."""
    document = normalise(spelt(POST, {"content": None, "contentMap": None}, members))

    assert text_of(document, "content", languages) == (text, language)
    post = read_post(document, languages)
    assert (post.content, post.language) == (text, language)


@pytest.mark.parametrize(
    ("member", "expected"),
    [
        ("en", "en"),
        ({"identifier": "ko", "name": "한국어"}, "ko"),
        ([{"identifier": "fr"}, {"identifier": "de"}], "fr"),
        ({"identifier": "und"}, None),
        ({"name": "English"}, None),
        ("English, of course", None),
        (None, None),
    ],
)
def test_lemmys_language_counts_where_no_map_tells(member: Any, expected: str | None) -> None:
    """Lemmy and PeerTube send an object, WriteFreely a tag."""
    post = read_post(normalise(spelt(POST, {"contentMap": None, "language": member})))

    assert post.language == expected


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("2026-11-24T12:00:00Z", NOW),
        ("2026-11-24T12:00:00.123456789Z", NOW.replace(microsecond=123456)),
        ("2026-11-24T15:00:00+03:00", NOW),
        ("2026-11-24 12:00:00", NOW),
        ("2026-11-24", NOW.replace(hour=0)),
        ("2016-12-31T23:59:60Z", datetime(2016, 12, 31, 23, 59, 59, tzinfo=UTC)),
        ("1890-01-01T00:00:00Z", datetime(1890, 1, 1, tzinfo=UTC)),
        ("0001-01-01T00:00:00+12:00", None),
        ("9999-12-31T23:59:59-12:00", None),
        ("10000-01-01T00:00:00Z", None),
        ("2026-13-01T00:00:00Z", None),
        ("2026-02-30T00:00:00Z", None),
        ("yesterday", None),
        ("", None),
        ("2" * 65, None),
        (1764000000, None),
        (True, None),
        ({}, None),
        ([], None),
    ],
)
def test_times_are_read_tolerantly_and_never_raise(written: Any, expected: datetime | None) -> None:
    """RFC 3339 5.6, and what peers write instead (fedify #226, misskey #12554, mbin #622)."""
    assert when(written) == expected


def test_a_post_from_the_future_counts_from_now() -> None:
    """Hollo #466: `limits.POST_FUTURE_SECONDS` ahead at most, at n and n + 1; the past is believed."""
    furthest = NOW + timedelta(seconds=limits.POST_FUTURE_SECONDS)

    assert clamp_published(furthest, NOW) == furthest
    assert clamp_published(furthest + timedelta(seconds=1), NOW) == NOW
    assert clamp_published(datetime(1890, 1, 1, tzinfo=UTC), NOW) == datetime(1890, 1, 1, tzinfo=UTC)
    assert clamp_published(None, NOW) == NOW


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ([0.5, -0.25], (0.5, -0.25)),
        ([0, 1], (0.0, 1.0)),
        ([7, -7], (1.0, -1.0)),
        ([0.5], None),
        ([0.5, 0.5, 0.5], None),
        (["0", "0"], None),
        ([True, False], None),
        ("0,0", None),
    ],
)
def test_focal_points(written: Any, expected: tuple[float, float] | None) -> None:
    """toot:focalPoint: two numbers from -1 to 1."""
    file = {"type": "Image", "url": PICTURE, "focalPoint": written}

    assert read_post(normalise(spelt(POST, {"attachment": file}))).attachments[0].focal_point == expected


@pytest.mark.parametrize("size", [-1, 10**10, 1.5, "wide", True, None, [], {}])
def test_a_size_that_is_none_is_left_out(size: Any) -> None:
    """ActivityStreams, *width*: a non-negative integer."""
    file = {"type": "Image", "url": PICTURE, "width": size, "height": 3}

    attachment = read_post(normalise(spelt(POST, {"attachment": file}))).attachments[0]

    assert (attachment.width, attachment.height) == (None, 3)
