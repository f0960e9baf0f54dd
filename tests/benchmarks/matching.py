"""A node that knows fifty thousand profiles and twenty thousand open requests: what the matches of one request cost then."""

import random
import statistics
import time
from collections.abc import Iterator, Mapping
from typing import Any

import asyncpg
from sqlalchemy import bindparam, insert, select

from actors.lookup import actor
from actors.requests import membership, request
from coopfed.clock import DAY_MS
from coopfed.codes import tables
from coopfed.db.models import Cooperative, CooperativeCode, RequestCode
from coopfed.db.tx import Tx, table
from coopfed.features.matching import candidates, sides
from coopfed.features.matching.candidates import Wanted
from tests.benchmarks import load, peers
from tests.benchmarks.bench import Bench, benches
from tests.benchmarks.rows import Row

PROFILES, REQUESTS, UMBRELLAS, MEMBERS = 50_000, 20_000, 20, 10_000
GETS = 20
_BATCH = 5_000
_LANGUAGES = ("tr", "it", "en", "de", "fr", "es")

cooperative, cooperative_code, request_code = table(Cooperative), table(CooperativeCode), table(RequestCode)
_ADD_ACTORS, _ADD_COOPERATIVES, _ADD_CODES = insert(actor), insert(cooperative), insert(cooperative_code)
_ADD_REQUESTS, _ADD_REQUEST_CODES, _ADD_MEMBERS = insert(request), insert(request_code), insert(membership)
_ACTOR = select(actor).where(actor.c.id == bindparam("which"))


async def matches(engine: str) -> list[Row]:
    """The matches of one request, by statement and by HTTP."""
    async with benches(engine) as bench:
        began = time.perf_counter()
        own = await _fill(bench)
        rows = [
            Row("matches, 50,000 profiles and 20,000 open requests stored in s", f"{time.perf_counter() - began:.0f}")
        ]
        for what, find in (("20,000 open ones", candidates.requests), ("50,000 profiles", candidates.profiles)):
            seconds, count = [], 0
            for _ in range(GETS):
                started = time.perf_counter()
                count = len(await bench.node.db.read(_found, find, own, bench.member.id, bench.node.clock.now()))
                seconds.append(time.perf_counter() - started)
            rows.append(
                Row(f"matches of one request among {what}: found; ms median / worst", f"{count}; {_ms(seconds)}")
            )
        url = f"{bench.server.base}/api/coopfed/v1/matches?request_id={own}"
        asked = peers.get(url, f"Authorization: Bearer {bench.token}")
        await load.run(bench.server.port, [asked])
        result = await load.run(bench.server.port, [asked] * GETS, connections=1)
        assert result.statuses[200] == GETS, result.statuses
        rows.append(
            Row("GET matches of one request: ms p50 / p99", _both(result.percentile(0.5), result.percentile(0.99)))
        )
        return rows


def _found(tx: Tx, find: Any, own: int, viewer: int, now: int) -> Any:
    return find(tx, sides.of_requests(tx, [own])[own], viewer, now, Wanted(count=20))


def _ms(seconds: list[float]) -> str:
    return _both(statistics.median(seconds) * 1000, max(seconds) * 1000)


def _both(one: float, other: float) -> str:
    return f"{one:.0f} / {other:.0f}"


async def _fill(bench: Bench) -> int:
    """Stores it all. The number of the member's own request."""
    chance, node = random.Random(1), bench.node
    example = await peers.store(node, peers.remote_actor(bench.host(1), 999_999, bench.keys[0]))
    kept = await node.db.read(_whole_row, example.id)
    people = [node.minter.mint() for _ in range(PROFILES)]
    await _store(bench, _ADD_ACTORS, (_actor(kept, number, n) for n, number in enumerate(people)))
    await _store(bench, _ADD_COOPERATIVES, ({"actor_id": number} for number in [*people, bench.member.id]))
    await _store(bench, _ADD_CODES, (one for number in people for one in _profile(chance, number)))
    umbrellas = people[:UMBRELLAS]
    await _store(bench, _ADD_MEMBERS, (_member(bench, one, chance.choice(umbrellas)) for one in people[-MEMBERS:]))
    await _store(bench, _ADD_MEMBERS, iter([_member(bench, bench.member.id, umbrellas[0])]))
    now = node.clock.now()
    asked = [node.minter.mint(now - n * 60_000) for n in range(REQUESTS)]
    await _store(bench, _ADD_REQUESTS, (_request(chance, number, chance.choice(people), now) for number in asked))
    await _store(bench, _ADD_REQUEST_CODES, (one for number in asked for one in _codes(chance, number)))
    own = node.minter.mint()
    mine = {"status": "open", "purpose": "request", "category": "training"}
    await _store(bench, _ADD_REQUESTS, iter([{**_request(chance, own, bench.member.id, now), **mine}]))
    named = (("sector", "85"), ("sector", "10"), ("region", "ITF4"), ("language", "it"), ("language", "en"))
    rows = ({"request_id": own, "kind": kind, "code": code, "place": n} for n, (kind, code) in enumerate(named))
    await _store(bench, _ADD_REQUEST_CODES, rows)
    if node.config.on_postgres:
        # What autovacuum does on a real server; it is off in the clusters of tests.
        connection = await asyncpg.connect(node.config.database_url)
        await connection.execute("ANALYZE")
        await connection.close()
    return own


def _whole_row(tx: Tx, number: int) -> dict[str, Any]:
    return dict(tx.execute(_ACTOR, {"which": number}).one()._asdict())


def _actor(example: Mapping[str, Any], number: int, n: int) -> dict[str, Any]:
    uri = f"https://peer{n % 300}.example/coops/{n}"
    own = {"uri": uri, "handle": f"coop{n}", "handle_host": f"peer{n % 300}.example", "name": f"Coop {n}", "url": uri}
    said = {"type": "Organization", "discoverable": True}
    return {**example, **own, **said, "id": number, "inbox": f"{uri}/inbox", "followers_uri": f"{uri}/followers"}


def _profile(chance: random.Random, number: int) -> Iterator[dict[str, Any]]:
    categories, divisions, regions = (
        [*tables.table(name)] for name in ("collaboration_categories", "nace_divisions", "regions")
    )
    for kind, codes in (
        ("offers", chance.sample(categories, 3)),
        ("needs", chance.sample(categories, 2)),
        ("sector", chance.sample(divisions, chance.randint(1, 3))),
        ("region", chance.sample(regions, chance.randint(1, 2))),
        ("language", chance.sample(_LANGUAGES, 2)),
    ):
        for place, code in enumerate(codes):
            yield {"actor_id": number, "kind": kind, "code": code, "place": place}


def _member(bench: Bench, member: int, umbrella: int) -> dict[str, Any]:
    said = {"kind": "member", "status": "active", "state": "confirmed", "started_on": "2026-01-01"}
    return {
        "id": bench.node.minter.mint(),
        "member_id": member,
        "umbrella_id": umbrella,
        "created_at": 1,
        "updated_at": 1,
    } | said


def _request(chance: random.Random, number: int, owner: int, now: int) -> dict[str, Any]:
    published = now - chance.randint(0, 90) * DAY_MS
    return {
        "id": number,
        "uri": f"https://peer.example/requests/{number}",
        "local": False,
        "actor_id": owner,
        "purpose": chance.choice(("request", "offer")),
        "status": "open",
        "title": "Eğitim için ortak",
        "content": "<p>On sekiz aylık eğitim projesi için iki kooperatif arıyoruz.</p>" * 20,
        "language": "tr",
        "category": chance.choice([*tables.table("collaboration_categories")]),
        "unit": "one",
        "document": b"{}" * 1_500,
        "created_at": published,
        "published_at": published,
        "updated_at": published,
        "expires_at": now + 60 * DAY_MS,
    }


def _codes(chance: random.Random, number: int) -> Iterator[dict[str, Any]]:
    divisions, regions = [*tables.table("nace_divisions")], [*tables.table("regions")]
    for kind, codes in (
        ("sector", chance.sample(divisions, chance.randint(0, 2))),
        ("region", chance.sample(regions, chance.randint(0, 2))),
        ("language", chance.sample(_LANGUAGES, 2)),
    ):
        for place, code in enumerate(codes):
            yield {"request_id": number, "kind": kind, "code": code, "place": place}


async def _store(bench: Bench, statement: Any, rows: Iterator[Mapping[str, Any]]) -> None:
    def unit(tx: Tx, some: list[Mapping[str, Any]]) -> None:
        tx.execute(statement, some)

    while some := [row for _n, row in zip(range(_BATCH), rows, strict=False)]:
        await bench.node.db.write(unit, some)
