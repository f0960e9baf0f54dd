"""A node that has read a million posts, and an actor of it that follows a thousand: what its pages cost then."""

import random
import time
from collections.abc import Iterator, Mapping
from typing import Any

import asyncpg
from sqlalchemy import bindparam, insert, select

from actors.lookup import actor
from actors.visibility import follow, object_
from coopfed.api import assemble
from coopfed.db.models import Hashtag, ObjectText, TimelineEntry
from coopfed.db.tx import Tx, table
from coopfed.features.ranges import Range
from coopfed.ids import milliseconds_of
from coopfed.text.sanitise import POLICY_VERSION
from tests.benchmarks import load, peers
from tests.benchmarks.bench import Bench, benches
from tests.benchmarks.rows import Row

POSTS, AUTHORS, FOLLOWED, IN_HOME = 1_000_000, 2_000, 1_000, 100_000
GETS = 400
_BATCH = 5_000
_WORDS = ("deniz", "liman", "ağ", "kooperatif", "pesca", "barca", "mercato", "rete", "sole", "vento", "porto", "crew")

timeline_entry, object_text, hashtag = table(TimelineEntry), table(ObjectText), table(Hashtag)
_ADD_ACTORS, _ADD_POSTS, _ADD_FOLLOWS = insert(actor), insert(object_), insert(follow)
_ADD_ENTRIES, _ADD_TEXTS, _ADD_TAGS = insert(timeline_entry), insert(object_text), insert(hashtag)
_ACTOR = select(actor).where(actor.c.id == bindparam("which"))


async def million(engine: str) -> list[Row]:
    """Pages of a large node: CPU of each, how many a second, and how many statements a page of home takes."""
    async with benches(engine) as bench:
        began = time.perf_counter()
        newest = await _fill(bench)
        filled = time.perf_counter() - began
        base, token = f"{bench.server.base}/api", f"Authorization: Bearer {bench.token}"
        pages = {
            "home of 20": "/v1/timelines/home?limit=20",
            "home of 20, 2,000 entries down": f"/v1/timelines/home?limit=20&max_id={newest[2_000]}",
            "public timeline of 20": "/v1/timelines/public?limit=20",
            "hashtag of 20": "/v1/timelines/tag/deniz?limit=20",
            "statuses of an account": f"/v1/accounts/{bench.member.id}/statuses?limit=20",
            "search for a word": "/v2/search?q=mercato&type=statuses&limit=20",
        }
        rows = [Row("a million posts, stored in s", f"{filled:.0f}")]
        for name, path in pages.items():
            rows.append(
                Row(f"a million posts, {name}: per second; CPU ms", await _asked(bench, f"{base}{path}", token))
            )
        few, many = [await bench.node.db.read(_counted, bench, count) for count in (2, 20)]
        rows.append(Row("a million posts, statements for home of 2 / of 20", f"{few} / {many}"))
        return rows


async def _asked(bench: Bench, url: str, token: str) -> str:
    request = peers.get(url, token)
    await load.run(bench.server.port, [request] * 5)
    began = time.perf_counter()
    await load.run(bench.server.port, [request])
    count = GETS if time.perf_counter() - began < 0.1 else 20
    before = bench.cpu()
    result = await load.run(bench.server.port, [request] * count)
    assert result.statuses[200] == count, result.statuses
    return f"{result.per_second:.0f}; {(bench.cpu() - before) / count * 1000:.2f}"


def _counted(tx: Tx, bench: Bench, count: int) -> int:
    """How many statements a page of home takes."""
    statements = 0

    class Counting:
        on_postgres = tx.on_postgres

        def execute(self, statement: Any, parameters: Any = None) -> Any:
            nonlocal statements
            statements += 1
            return tx.execute(statement, parameters)

        def say(self, _sql: str) -> None:
            raise AssertionError("a page of home writes nothing")

    assemble.home(Tx(Counting()), bench.member.id, Range(count), bench.node.urls)
    return statements


async def _fill(bench: Bench) -> list[int]:
    """Stores it all. The numbers of the posts in the member's home, the newest first."""
    chance, node = random.Random(1), bench.node
    example = await peers.store(node, peers.remote_actor(bench.host(1), 999_999, bench.keys[0]))
    kept = await node.db.read(_whole_row, example.id)
    authors = [node.minter.mint() for _ in range(AUTHORS)]
    await _store(bench, _ADD_ACTORS, (_author(kept, number, n) for n, number in enumerate(authors)))
    follows = ({"id": node.minter.mint(), **_follow(bench, number)} for number in authors[:FOLLOWED])
    await _store(bench, _ADD_FOLLOWS, follows)
    now = node.clock.now()
    numbers = [node.minter.mint(now - (POSTS - n) * 1000) for n in range(POSTS)]
    by = [chance.choice(authors) for _ in numbers]
    texts = [" ".join(chance.choices(_WORDS, k=12)) for _ in range(1_000)]
    await _store(
        bench, _ADD_POSTS, (_post(*both, texts[n % 1_000]) for n, both in enumerate(zip(numbers, by, strict=True)))
    )
    found = ({"object_id": number, "folded": texts[n % 1_000]} for n, number in enumerate(numbers))
    await _store(bench, _ADD_TEXTS, found)
    tagged = ({"object_id": number, "name": "deniz", "folded": "deniz"} for number in numbers[::10])
    await _store(bench, _ADD_TAGS, tagged)
    followed = {*authors[:FOLLOWED]}
    home = [number for number, author in zip(numbers, by, strict=True) if author in followed][-IN_HOME:]
    await _store(bench, _ADD_ENTRIES, ({"owner_id": bench.member.id, "entry_id": n, "object_id": n} for n in home))
    if node.config.on_postgres:
        # What autovacuum does on a real server; it is off in the clusters of tests.
        connection = await asyncpg.connect(node.config.database_url)
        await connection.execute("ANALYZE")
        await connection.close()
    return home[::-1]


def _whole_row(tx: Tx, number: int) -> dict[str, Any]:
    return dict(tx.execute(_ACTOR, {"which": number}).one()._asdict())


def _author(example: Mapping[str, Any], number: int, n: int) -> dict[str, Any]:
    uri = f"https://peer{n % 300}.example/users/{n}"
    own = {"uri": uri, "handle": f"user{n}", "handle_host": f"peer{n % 300}.example", "name": f"User {n}", "url": uri}
    return {**example, **own, "id": number, "inbox": f"{uri}/inbox", "followers_uri": f"{uri}/followers"}


def _follow(bench: Bench, number: int) -> dict[str, Any]:
    between = {"follower_id": bench.member.id, "followed_id": number, "state": "accepted"}
    return {**between, "boosts": True, "notify": False, "languages": "", "joined": False, "created_at": 0}


def _post(number: int, author: int, text: str) -> dict[str, Any]:
    uri, moment = f"https://peer.example/notes/{number}", milliseconds_of(number)
    return {
        "id": number,
        "uri": uri,
        "local": False,
        "type": "Note",
        "actor_id": author,
        "visibility": "public",
        "content": f"<p>{text}</p>",
        "language": "tr",
        "sensitive": False,
        "url": uri,
        "document": b"{}",
        "policy_version": POLICY_VERSION,
        "published_at": moment,
        "received_at": moment,
    }


async def _store(bench: Bench, statement: Any, rows: Iterator[Mapping[str, Any]]) -> None:
    def unit(tx: Tx, some: list[Mapping[str, Any]]) -> None:
        tx.execute(statement, some)

    for some in _some(rows):
        await bench.node.db.write(unit, some)


def _some(rows: Iterator[Mapping[str, Any]]) -> Iterator[list[Mapping[str, Any]]]:
    while some := [row for _n, row in zip(range(_BATCH), rows, strict=False)]:
        yield some
