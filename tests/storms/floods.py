"""Floods at the inbox: deletes of unknown actors, one actor without measure, an endless thread, copies, unknown keys, bad signatures."""

import asyncio
import itertools
from collections.abc import Iterable
from datetime import UTC, datetime

import orjson
from sqlalchemy import func, select

from coopfed.db.tx import Tx
from coopfed.features.follows.store import follow
from coopfed.features.posts.store import object_
from coopfed.signing.digests import digest_header
from coopfed.vocab import build
from coopfed.vocab.terms import PUBLIC
from inbox.admit import inbox_item, waiting
from tests.benchmarks import load, peers
from tests.benchmarks.bench import Bench, benches
from tests.storms.storm import Storm, check
from tests.storms.witness import witnessed

_ITEMS = select(func.count()).select_from(inbox_item)
_POSTS = select(func.count()).select_from(object_).where(~object_.c.local)
_FOLLOWS = select(func.count()).select_from(follow)


def count(tx: Tx, what: object) -> int:
    """How many rows."""
    return int(tx.execute(what).scalar_one())  # type: ignore[call-overload]


async def deletes(engine: str, size: int) -> Storm:
    """R9: Deletes of actors that were never seen here, each of another one: answered, nothing stored, nobody asked."""
    async with benches(engine) as bench:
        before = await bench.node.db.read_long(count, _ITEMS)
        await bench.reset()
        requests = (_unsigned(bench, f"{bench.host(n % 150)}/users/gone{n}", "Delete") for n in range(size))
        async with witnessed(bench) as witness:
            result = await load.run(bench.server.port, requests)
        asked = await bench.received()
        rows = await bench.node.db.read_long(count, _ITEMS) - before - len(witness.waits)
        return check(
            Storm("deletes", witness, [("deletes: answered per second", f"{result.per_second:.0f}")]),
            ("every answer is 202", result.statuses[202] == size),
            ("nothing is stored", rows == 0),
            ("nobody is asked", asked["asked"] == 0),
            growth=60,
        )


def _unsigned(bench: Bench, actor: str, type: str, object: object = None) -> bytes:
    """A POST that claims to be signed by the actor; what stands in the signature is no signature."""
    activity = {
        "@context": "https://www.w3.org/ns/activitystreams",
        "id": f"{actor}#delete",
        "type": type,
        "actor": actor,
    }
    return _claimed(bench, actor, orjson.dumps(activity | {"object": object or actor, "to": [PUBLIC]}))


def _claimed(bench: Bench, actor: str, body: bytes) -> bytes:
    moment = datetime.now(UTC).strftime("%a, %d %b %Y %H:%M:%S GMT")
    signature = (
        f'keyId="{actor}#main-key",algorithm="rsa-sha256",headers="(request-target) host date digest",'
        f'signature="{"A" * 342}=="'
    )
    lines = [
        "POST /inbox HTTP/1.1",
        f"Host: localhost:{bench.server.port}",
        f"Date: {moment}",
        "Content-Type: application/activity+json",
        f"Digest: {digest_header(body)}",
        f"Signature: {signature}",
        f"Content-Length: {len(body)}",
        "",
        "",
    ]
    return "\r\n".join(lines).encode() + body


async def one_actor(engine: str, size: int) -> Storm:
    """One actor who posts a thousand times a minute, all at once: its lane is long, the others' are not."""
    async with benches(engine) as bench:
        [loud] = await bench.followers(1)
        inbox = f"{bench.server.base}/inbox"
        requests = [peers.signed_post(loud, inbox, peers.create_note(loud, bench.member.uri)) for _ in range(size)]
        async with witnessed(bench) as witness:
            result = await load.run(bench.server.port, requests)
            await _worked_off(bench)
        posts = await bench.node.db.read_long(count, _POSTS)
        return check(
            Storm("one actor", witness, [("one actor: taken per second", f"{result.per_second:.0f}")]),
            ("every post is taken", result.statuses[202] == size),
            ("every post is there", posts == size + len(witness.waits)),
            growth=60,
        )


async def _worked_off(bench: Bench) -> None:
    while await bench.node.db.read_long(waiting):  # noqa: ASYNC110 - another process settles
        await asyncio.sleep(0.05)


async def thread(engine: str, size: int) -> Storm:
    """A thread of ten thousand answers, each to the one before, its last first: every post is there once, in its place."""
    async with benches(engine) as bench:
        writers = await bench.followers(20)
        inbox = f"{bench.server.base}/inbox"
        ids = [f"{writers[n % 20].uri}/thread/{n}" for n in range(size)]
        requests = [
            peers.signed_post(writers[n % 20], inbox, _answer(bench, writers[n % 20], ids, n))
            for n in reversed(range(size))
        ]
        async with witnessed(bench) as witness:
            result = await load.run(bench.server.port, requests)
            await _worked_off(bench)
        linked = await _linked(bench, size - 1)
        page = await load.run(bench.server.port, [peers.get(f"{bench.server.base}/")], 1)
        return check(
            Storm("thread", witness, [("thread: taken per second", f"{result.per_second:.0f}")]),
            ("every answer is taken", result.statuses[202] == size),
            ("every answer hangs on the one before", linked == size - 1),
            ("pages are served", page.statuses[200] == 1),
            growth=80,
        )


async def _linked(bench: Bench, wanted: int) -> int:
    """How many posts have found what they answer; on PostgreSQL a job looks once more after some seconds."""
    answers = select(func.count()).select_from(object_).where(object_.c.in_reply_to_id.is_not(None))
    for _ in range(60):
        found = await bench.node.db.read_long(count, answers)
        if found >= wanted:
            break
        await asyncio.sleep(0.5)
    return found


def _answer(bench: Bench, writer: peers.RemoteActor, ids: list[str], number: int) -> bytes:
    note = build.note(
        ids[number],
        writer.uri,
        f"<p>answer {number}</p>",
        published=datetime.now(UTC),
        to=[PUBLIC],
        cc=[f"{writer.uri}/followers", bench.member.uri],
        in_reply_to=ids[number - 1] if number else None,
        tags=[build.mention(bench.member.uri, "member@coop.example")],
    )
    return orjson.dumps(build.create(note, f"{ids[number]}/activity"))


async def copies(engine: str, size: int) -> Storm:
    """R10: one activity a thousand times at once, over both inboxes: one effect, never a 5xx."""
    async with benches(engine) as bench:
        [remote] = await bench.followers(1)
        body = peers.create_note(remote, bench.member.uri)
        inboxes = [f"{bench.server.base}/inbox", f"{bench.member.uri}/inbox"]
        requests = [peers.signed_post(remote, inboxes[n % 2], body) for n in range(size)]
        async with witnessed(bench) as witness:
            result = await load.run(bench.server.port, requests, connections=64)
            await _worked_off(bench)
        posts = await bench.node.db.read_long(count, _POSTS)
        return check(
            Storm("copies", witness, [("copies: answered per second", f"{result.per_second:.0f}")]),
            ("every answer is 202", result.statuses[202] == size),
            ("one effect", posts == 1 + len(witness.waits)),
            growth=40,
        )


async def unknown_keys(engine: str, size: int) -> Storm:
    """Signatures with keys that do not exist, on hosts that answer, refuse, or take the connection and never answer."""
    async with benches(engine) as bench:
        await bench.reset()
        hosts = [bench.host(n) for n in range(100)]
        dead = [f"https://127.0.1.{n + 230}:1" for n in range(10)]
        hanging = [f"https://127.0.1.{n + 230}:{bench.hanging_port}" for n in range(5)]
        places = itertools.cycle([*hosts, *dead, *hanging])
        names = (f"{next(places)}/users/nobody{n % (size // 4)}" for n in range(size))
        requests: Iterable[bytes] = (_unsigned(bench, name, "Like", bench.member.uri) for name in names)
        async with witnessed(bench) as witness:
            result = await load.run(bench.server.port, requests, connections=64)
        asked = await bench.received()
        refused = result.statuses[401] + result.statuses[503]
        return check(
            Storm(
                "unknown keys",
                witness,
                [
                    ("unknown keys: refused per second", f"{result.per_second:.0f}"),
                    ("unknown keys: documents asked for", str(asked["asked"])),
                ],
            ),
            ("each is refused with 401 or 503", refused == size),
            ("a key is asked for once", asked["most_asked"] <= 1),
            growth=80,
        )


async def bad_signatures(engine: str, size: int) -> Storm:
    """R7, R8: small bodies whose signature is no signature of the known key that they name: cheap to refuse."""
    async with benches(engine) as bench:
        known = await bench.followers(20)
        await load.run(bench.server.port, [_valid(bench, remote) for remote in known])
        await _worked_off(bench)
        requests = (
            _claimed(bench, known[n % 20].uri, _like(known[n % 20].uri, n, bench.member.uri)) for n in range(size)
        )
        before = bench.cpu()
        async with witnessed(bench) as witness:
            result = await load.run(bench.server.port, requests)
        cost = (bench.cpu() - before) / size * 1000
        return check(
            Storm(
                "bad signatures",
                witness,
                [
                    ("bad signatures: refused per second", f"{result.per_second:.0f}"),
                    ("bad signatures: CPU ms each, healthy peer included", f"{cost:.2f}"),
                ],
            ),
            ("each is refused with 401", result.statuses[401] == size),
            growth=60,
        )


def _valid(bench: Bench, remote: peers.RemoteActor) -> bytes:
    return peers.signed_post(remote, f"{bench.server.base}/inbox", peers.create_note(remote, bench.member.uri))


def _like(actor: str, number: int, target: str) -> bytes:
    like = {"id": f"{actor}/likes/{number}", "type": "Like", "actor": actor, "object": target}
    return orjson.dumps({"@context": "https://www.w3.org/ns/activitystreams", **like})


async def popular(engine: str, size: int) -> Storm:
    """R17: one post, liked by thousands within a minute: the count is exact, and the author's app goes on answering."""
    async with benches(engine) as bench:
        fans = await bench.followers(180)
        post = await _a_post(bench)
        inbox = f"{bench.server.base}/inbox"
        likes = [peers.signed_post(fans[n % 180], inbox, _reaction(fans[n % 180].uri, n, post)) for n in range(size)]
        async with witnessed(bench) as witness:
            result = await load.run(bench.server.port, likes)
            await _worked_off(bench)
        counted = await bench.node.db.read_long(count, select(object_.c.likes_count).where(object_.c.uri == post))
        return check(
            Storm("popular", witness, [("popular: likes taken per second", f"{result.per_second:.0f}")]),
            ("every like is taken", result.statuses[202] == size),
            ("each fan counts once", counted == min(size, 180)),
            growth=60,
        )


def _reaction(actor: str, number: int, post: str) -> bytes:
    like = {"id": f"{actor}/likes/{number}", "type": "Like", "actor": actor, "object": post}
    return orjson.dumps({"@context": "https://www.w3.org/ns/activitystreams", **like})


async def _a_post(bench: Bench) -> str:
    body = b"status=the+net+is+full"
    lines = [
        "POST /api/v1/statuses HTTP/1.1",
        f"Host: localhost:{bench.server.port}",
        f"Authorization: Bearer {bench.token}",
        "Content-Type: application/x-www-form-urlencoded",
        f"Content-Length: {len(body)}",
        "",
        "",
    ]
    result = await load.run(bench.server.port, ["\r\n".join(lines).encode() + body], 1)
    assert result.statuses[200] == 1, result.statuses
    uri = await bench.node.db.read_long(_newest_of_ours)
    assert uri is not None
    return uri


def _newest_of_ours(tx: Tx) -> str | None:
    newest = select(object_.c.uri).where(object_.c.local).order_by(object_.c.id.desc()).limit(1)
    uri: str | None = tx.execute(newest).scalar_one_or_none()
    return uri
