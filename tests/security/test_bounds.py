"""Every bound of the program is tested, at n and at n + 1: those that have no test beside their code are here.

What cannot be crossed by a message (sizes of pools, intervals of our own) is named below with the reason.
"""

import asyncio
import gzip
import re
from datetime import timedelta
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from actors.local import NewActor, checked
from actors.lookup import ActorRow, actor
from actors.synchronisation import followers_at
from coopfed import limits
from coopfed.db.tx import Tx
from coopfed.door import query_of
from coopfed.errors import BadMessage, FetchError, InvalidInput, Unauthenticated
from coopfed.features.announcements.rules import emoji
from coopfed.features.follows.actions import Wishes
from coopfed.features.follows.actions import checked as wished
from coopfed.features.follows.store import follow
from coopfed.features.groups import store as groups
from coopfed.features.moderation.rules import message
from coopfed.features.mutes.actions import mute
from coopfed.features.posts import groups as places
from coopfed.features.posts.actions import create_post
from coopfed.features.posts.rules import Draft
from coopfed.features.posts.rules import checked as drafted
from coopfed.net.inflate import Inflater
from coopfed.net.peers import ensure
from coopfed.signing import cavage, messages
from coopfed.signing.keys import load_multikey, load_public_pem
from coopfed.signing.request import Request
from coopfed.vocab.normalise import normalise
from outbox.publish import Foreign, forward
from tests.coopfed.vocab.test_spellings import ACTOR, spelt
from tests.inbox.test_door import reasons
from tests.support.deliveries import counts
from tests.support.jobs import run_jobs
from tests.support.nodes import an_actor
from tests.support.scene import Scene

TESTS = Path(__file__).resolve().parents[1]
TUNING = {
    "BUCKET_SECONDS": "how long our own bucket may take",
    "CERTIFICATES_AT_ONCE": "a pool: more wait for a place",
    "COPIES_AT_ONCE": "how many files of others are fetched at once: more wait for a place",
    "COPIES_UNPACKED_AT_ONCE": "a pool: more wait for a place",
    "COPY_USED_SECONDS": "how exactly we note a look",
    "CATCH_UP_SPACING_SECONDS": "how our own questions are spread",
    "CONNECTIONS": "a pool: more wait for a place",
    "DELIVERIES_PER_HOST": "two in flight: tests/outbox/test_deliver.py counts them at the peer",
    "DNS_SECONDS": "how long an answer is remembered; each dial is judged anew",
    "GRACEFUL_SECONDS": "the end of a stop; tests/processes stops real processes",
    "GROUP_SECONDS": "what a unit of work waits for company",
    "GROUP_UNITS": "how many share a transaction",
    "MAIL_SECONDS": "how long our own mail server may take",
    "KEEPALIVE_SECONDS": "how long our own connections are kept",
    "MATCH_NOTICES": "how many of our own are told; the others find it in their lists",
    "MATCH_OWN_REQUESTS": "how many of one's own are looked at, the newest",
    "MEMBERSHIP_FIELDS": "how many umbrellas our own profiles tell of; all are in the profile itself",
    "MEMBERSHIPS_RECHECKED": "how many of our own look-ups a night; the rest come an hour later",
    "PRINTED_AT_ONCE": "a pool: more wait for a place",
    "READ_ROWS": "rows of a look-up whose callers take the first",
    "REQUEST_COMMENTS": "rows of a look-up, the oldest first",
    "REQUEST_END_SECONDS": "when our own job looks; by the clock the end is there at once",
    "RESOLVER_THREADS": "a pool: more wait for a place",
    "SIGNING_THREADS": "a pool: more wait for a place",
    "SLOW_LANE_IN_FLIGHT": "how many failing hosts are tried at once",
    "STREAM_CHECK_SECONDS": "how often our own loop looks by itself; the end of a token wakes it",
    "STREAM_EVENTS_AT_ONCE": "how many rows are read in one go; the rest in the next",
    "STREAM_GRACE_SECONDS": "a moment for who is behind; tests/coopfed/api/test_streaming.py shows both outcomes",
    "IMPORT_TURN_SECONDS": "how long our own job works before it lets others go first",
    "TRANSLATIONS_AT_ONCE": "a pool: more wait for a place",
    "TREND_DAYS": "how long our own look back is",
    "TREND_DAYS_BEFORE": "with how long it is compared",
    "THREAD_SHOWN": "rows of a look-up, the oldest first",
    "KIB": "a unit",
    "MIB": "a unit",
}
"""Constants that no message can reach."""
BY_ANOTHER_NAME = {
    "API_BODY_BYTES": "coopfed/api/test_api.py",
    "IMAGE_PIXELS": "coopfed/api/test_media.py",
    "CONNECT_SECONDS": "coopfed/net/test_client.py",
    "READ_SECONDS": "coopfed/net/test_client.py",
    "TOTAL_SECONDS": "coopfed/net/test_client.py",
    "SIGNATURE_LIFE_SECONDS": "coopfed/signing/test_messages.py",
    "SIGNATURE_PAST_SECONDS": "inbox/test_door.py",
    "SIGNATURE_FUTURE_SECONDS": "inbox/test_door.py",
    "MISSING_SECONDS": "inbox/test_endings.py",
}
"""Tested by their value in hours or bytes, where a reader sees it, in these files."""


def test_every_bound_is_tested_or_says_why_not() -> None:
    """security 0, rule 6: each bound has a test at n and n + 1. A new one fails here until it has."""
    bounds = set(re.findall(r"^([A-Z_]+): Final", (TESTS.parent / "coopfed" / "limits.py").read_text(), re.MULTILINE))
    tests = "\n".join(path.read_text() for path in TESTS.rglob("*.py"))

    untested = {name for name in bounds if not re.search(rf"limits\.{name}\b|limits, \"{name}\"", tests)}

    assert untested <= set(TUNING) | set(BY_ANOTHER_NAME), untested - set(TUNING) - set(BY_ANOTHER_NAME)
    assert set(TUNING) | set(BY_ANOTHER_NAME) <= bounds
    assert not [file for file in BY_ANOTHER_NAME.values() if not (TESTS / file).is_file()]


def test_query_has_a_bounded_number_of_fields() -> None:
    """security 1.4, *HTTP parser CPU*."""

    def asked(count: int) -> Request:
        query = "&".join(f"f{number}=" for number in range(count))
        return Request("GET", "coop.example", "https", f"/x?{query}", (), b"")

    assert len(query_of(asked(limits.QUERY_FIELDS))) == limits.QUERY_FIELDS
    with pytest.raises(BadMessage):
        query_of(asked(limits.QUERY_FIELDS + 1))


def test_handle_has_a_bounded_length() -> None:
    """What our own actors may be called."""
    assert checked(NewActor("h" * limits.HANDLE_LENGTH, "person", "H")).handle
    with pytest.raises(InvalidInput):
        checked(NewActor("h" * (limits.HANDLE_LENGTH + 1), "person", "H"))


def test_compressed_answer_grows_a_bounded_number_of_times() -> None:
    """security 1.4: a ratio of 100, counted while it opens."""

    def opened(plain: bytes) -> int:
        packed = gzip.compress(plain)
        inflater = Inflater("gzip", 10 * limits.MIB, 200)
        assert len(inflater.feed(packed)) + len(inflater.close()) == len(plain)
        return len(plain) // len(packed)

    noise = bytes(range(256)) * 8
    assert 1 <= opened(noise) <= limits.FETCH_RATIO
    with pytest.raises(FetchError) as caught:
        opened(b"\0" * limits.MIB)
    assert caught.value.reason == "bomb"


def test_compressed_answer_has_a_bounded_size() -> None:
    """security 1.4: decoded at most so many bytes, however well it was packed."""
    plain = bytes(range(256)) * 4
    packed = gzip.compress(plain)

    assert Inflater("gzip", len(plain), 200).feed(packed) == plain
    with pytest.raises(FetchError) as caught:
        Inflater("gzip", len(plain) - 1, 200).feed(packed)
    assert caught.value.reason == "too_large"


def test_key_has_a_bounded_length() -> None:
    """security 1.2: what is longer is no key and is not parsed."""
    for load in (load_public_pem, load_multikey):
        with pytest.raises(Unauthenticated) as at:
            load("z" * limits.KEY_TEXT_LENGTH)
        with pytest.raises(Unauthenticated) as beyond:
            load("z" * (limits.KEY_TEXT_LENGTH + 1))
        assert (at.value.reason, beyond.value.reason) == ("bad_key", "bad_key")


def test_signature_header_has_a_bounded_length_and_number_of_parts() -> None:
    """security 1.2: before anything is compared or computed."""

    def header(names: int, length: int) -> str:
        written = f'keyId="https://a.example/#k",signature="AAAA",headers="{" ".join(["date"] * names)}",x="'
        return written + "x" * (length - len(written) - 1) + '"'

    fits = header(limits.SIGNED_COMPONENTS, limits.SIGNATURE_HEADER_LENGTH)
    assert len(cavage.parse(fits).names) == limits.SIGNED_COMPONENTS
    for beyond in (
        header(limits.SIGNED_COMPONENTS + 1, limits.SIGNATURE_HEADER_LENGTH),
        header(limits.SIGNED_COMPONENTS, limits.SIGNATURE_HEADER_LENGTH + 1),
    ):
        with pytest.raises(BadMessage):
            cavage.parse(beyond)


def test_message_signature_has_a_bounded_number_of_components() -> None:
    """RFC 9421 2.5: the same for the other kind."""

    def signed(count: int) -> Request:
        names = " ".join(f'"x-{number}"' for number in range(count))
        headers = (
            ("signature-input", f'sig=({names});created=1795507200;keyid="https://a.example/#k"'),
            ("signature", "sig=:AAAA:"),
        )
        return Request("POST", "coop.example", "https", "/inbox", headers, b"")

    assert len(messages.parse(signed(limits.SIGNED_COMPONENTS), None).names) == limits.SIGNED_COMPONENTS
    with pytest.raises(BadMessage):
        messages.parse(signed(limits.SIGNED_COMPONENTS + 1), None)


def test_documents_stand_in_each_other_to_a_bounded_depth() -> None:
    """security 1.4: depth counts documents, beside the depth of JSON."""

    def nested(depth: int) -> object:
        inner: dict[str, object] = {"type": "Note"}
        for _ in range(depth - 1):
            inner = {"type": "Create", "object": inner}
        return normalise(spelt(ACTOR, {"object": inner}))

    assert nested(limits.EMBEDDED_DEPTH)
    with pytest.raises(BadMessage) as caught:
        nested(limits.EMBEDDED_DEPTH + 1)
    assert caught.value.reason == "too_deep"


async def test_body_that_is_far_too_large_is_not_read_to_its_end(scene: Scene) -> None:
    """security 1.4: a little more is read so that the sender sees the 413; who announces more is answered before a byte of it."""
    most = limits.INBOX_BODY_BYTES + limits.LINGER_BYTES
    host, _, port = scene.node.config.authority.partition(":")

    async def status(announced: int, sent: int) -> bytes:
        reader, writer = await asyncio.open_connection(host, int(port))
        try:
            writer.write(f"POST /inbox HTTP/1.1\r\nHost: {host}:{port}\r\nContent-Length: {announced}\r\n\r\n".encode())
            writer.write(b"x" * sent)
            async with asyncio.timeout(20):
                return (await reader.readline()).split(b" ")[1]
        finally:
            writer.close()

    with capture_logs() as logs:
        found = [await status(most, most), await status(most + 1, 0)]

    assert found == [b"413", b"413"]
    assert reasons(logs) == ["too_large"] * 2
    assert await scene.rows() == 0


async def test_bounded_number_of_keys_is_fetched_at_once(scene: Scene) -> None:
    """security 1.4, *Unknown-keyId flood*: the connections of deliveries stay free; what is over it is 503 with Retry-After."""
    scene.node.key_fetch_places = asyncio.Semaphore(0)

    with capture_logs() as logs:
        shut = await scene.peer.post(scene.node, scene.alice.follow(scene.member.uri))
    scene.node.key_fetch_places = asyncio.Semaphore(1)
    open_ = await scene.peer.post(scene.node, scene.alice.follow(scene.member.uri))

    assert (shut.status, reasons(logs), open_.status) == (503, ["key_fetch_throttled"], 202)
    assert int(shut.headers["Retry-After"]) > 0
    assert limits.KEY_FETCHES_AT_ONCE < limits.CONNECTIONS


async def test_edit_of_what_never_came_counts_for_a_bounded_time(scene: Scene) -> None:
    """security 1.2, *Replay*: an Update stands for its Create for a day and no longer."""

    async def outcome(age: int) -> list[str | None]:
        published = (scene.node.utc() - timedelta(seconds=age)).isoformat()
        return await scene.arrives(
            scene.alice.says("Update", scene.alice.mentioning(scene.member.uri, published=published))
        )

    assert await outcome(limits.UNSEEN_EDIT_SECONDS) == ["accepted"]
    assert await outcome(limits.UNSEEN_EDIT_SECONDS + 1) == ["irrelevant"]


async def test_report_names_a_bounded_number_of_posts(scene: Scene) -> None:
    """security 1.4, *Arrays*: what a report names beyond is not looked up."""
    post = await create_post(scene.node, scene.member, Draft("For all"))
    beyond = [f"{scene.peer.base}/notes/{number}" for number in range(limits.REPORT_POSTS)]

    within = await scene.arrives(scene.alice.says("Flag", [*beyond, post.uri]))
    outside = await scene.arrives(scene.alice.says("Flag", [*beyond, f"{scene.peer.base}/notes/x", post.uri]))

    assert (within, outside) == (["accepted"], ["irrelevant"])


async def test_actor_is_asked_for_again_after_a_bounded_time(scene: Scene) -> None:
    """s2s 2.2: not at every message, and not never: once its document is older than a day."""
    await scene.arrives(scene.alice.follow(scene.member.uri))
    await run_jobs(scene.node)

    scene.clock.pass_(limits.ACTOR_FRESH_SECONDS)
    await scene.arrives(scene.alice.says("Like", "https://x.example/1"))
    within = await run_jobs(scene.node)
    scene.clock.pass_(1)
    await scene.arrives(scene.alice.says("Like", "https://x.example/2"))
    beyond = await run_jobs(scene.node)

    assert "refresh_actor" not in within
    assert "refresh_actor" in beyond


def test_follower_names_a_bounded_number_of_languages() -> None:
    """What a follow may be wished to bring."""
    codes = tuple(f"{first}{second}" for first in "abcdefg" for second in "abcdefg")

    assert len(wished(Wishes(languages=codes[: limits.FOLLOW_LANGUAGES])).languages or ()) == limits.FOLLOW_LANGUAGES
    with pytest.raises(InvalidInput, match="at most"):
        wished(Wishes(languages=codes[: limits.FOLLOW_LANGUAGES + 1]))


def test_moderator_writes_a_bounded_number_of_characters() -> None:
    """It travels by mail."""
    assert message("x" * limits.MODERATION_CHARACTERS)
    with pytest.raises(InvalidInput, match="at most"):
        message("x" * (limits.MODERATION_CHARACTERS + 1))


def test_emoji_has_a_bounded_number_of_code_points() -> None:
    """A symbol may be followed by what changes it, not for ever."""
    flag = "\N{WAVING BLACK FLAG}" + "\N{TAG LATIN SMALL LETTER A}" * limits.EMOJI_LENGTH

    assert emoji(flag[: limits.EMOJI_LENGTH])
    with pytest.raises(InvalidInput, match="not one emoji"):
        emoji(flag[: limits.EMOJI_LENGTH + 1])


async def test_mute_has_a_longest_time(scene: Scene) -> None:
    """Beyond it is for ever, which is said by 0."""
    other = await an_actor(scene.node, "other")

    await mute(scene.node, scene.member, other, seconds=limits.MUTE_SECONDS)
    with pytest.raises(InvalidInput, match="duration"):
        await mute(scene.node, scene.member, other, seconds=limits.MUTE_SECONDS + 1)


async def test_post_stands_in_a_bounded_number_of_groups(scene: Scene) -> None:
    """Each group is a recipient of every answer and like."""
    post = await create_post(scene.node, scene.member, Draft("Seeds"))
    for number in range(limits.GROUPS_PER_POST + 1):
        group = await an_actor(scene.node, f"group{number}", "group")
        await scene.node.db.write(places.stand, post.id, group.id, number)

    assert len(await scene.node.db.read(places.standings, post.id)) == limits.GROUPS_PER_POST


async def test_group_shows_a_bounded_number_of_moderators(scene: Scene) -> None:
    """The collection has no pages: Lemmy reads none."""
    group = await an_actor(scene.node, "club", "group")
    await scene.node.db.write(_appoint_many, group.id, scene.member, limits.GROUP_MODERATORS + 1)

    assert len(await scene.node.db.read(groups.moderators, group.id)) == limits.GROUP_MODERATORS


def _appoint_many(tx: Tx, group_id: int, like: ActorRow, count: int) -> None:
    for number in range(1, count + 1):
        values = {name: getattr(like, name) for name in ActorRow._fields}
        uri = f"https://peer.example/users/{number}"
        tx.execute(actor.insert().values(**values | {"id": number, "uri": uri, "local": False, "handle": f"m{number}"}))
        groups.appoint(tx, group_id, number, number)


async def test_followers_at_one_host_are_compared_up_to_a_bound(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """FEP-8fcf: a list that would be cut says nothing, since those cut off would be taken for gone."""
    monkeypatch.setattr(limits, "SYNCHRONISED_FOLLOWERS", 1)
    await scene.arrives(scene.alice.follow(scene.member.uri))
    assert await scene.node.db.read(followers_at, scene.member.id, scene.peer.host) == [scene.alice.uri]

    bob = scene.peer.actor("bob")
    await scene.arrives(bob.follow(scene.member.uri), bob)

    assert await scene.node.db.read(followers_at, scene.member.id, scene.peer.host) is None


def test_text_has_a_bounded_number_of_translations() -> None:
    """Each is a text of its own that travels with the post."""
    codes = [f"{first}{second}" for first in "abcdefg" for second in "abcdefg"]

    def translated(count: int) -> Draft:
        return Draft("Seeds", language="zz", translations=dict.fromkeys(codes[:count], "Semi"))

    assert len(drafted(translated(limits.TRANSLATIONS)).translations) == limits.TRANSLATIONS
    with pytest.raises(InvalidInput, match="at most"):
        drafted(translated(limits.TRANSLATIONS + 1))


async def test_answer_is_forwarded_to_a_bounded_number_of_inboxes(scene: Scene) -> None:
    """What strangers say must not cost more than what members say."""
    await scene.node.db.write(_follow_many, scene.member, limits.FORWARDED_INBOXES + 1)

    said = Foreign("https://x.example/1", b"{}", None)
    await scene.node.db.write(forward, scene.node.stamp(), scene.member, said, 1, None)

    assert (await scene.node.db.read_long(counts))["waiting"] == limits.FORWARDED_INBOXES


def _follow_many(tx: Tx, followed: ActorRow, count: int) -> None:
    there = ensure(tx, "peer.example").id
    for number in range(1, count + 1):
        values = {name: getattr(followed, name) for name in ActorRow._fields}
        uri = f"https://peer.example/users/{number}"
        own = {"id": number, "uri": uri, "local": False, "handle": f"m{number}", "shared_inbox": f"{uri}/inbox"}
        tx.execute(actor.insert().values(**values | own | {"peer_id": there, "host_id": there}))
        pair = {"follower_id": number, "followed_id": followed.id, "state": "accepted", "created_at": 1}
        tx.execute(follow.insert().values(id=number, **pair))
