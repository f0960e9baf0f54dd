"""The scenarios: each gives rows (what, figure). Bounded in count; they load loopback only."""

import asyncio
import contextlib
import io
import sys
import time
from collections.abc import Awaitable, Callable

import aiohttp
from PIL import Image

from inbox.admit import waiting
from tests.benchmarks import load, peers
from tests.benchmarks.bench import HOSTS, Bench, benches
from tests.benchmarks.matching import matches
from tests.benchmarks.million import million
from tests.benchmarks.rows import Row

ARRIVALS = 2_000
KNOWN_ACTORS = 100
POSTS = 5
GETS = 3_000
QUEUED_POSTS = 500
STREAMS = 1_000
READERS = 50
UPLOADS = 7


async def inbox(engine: str) -> list[Row]:
    """Creates of known actors that mention and reach a member: accepted, processed, CPU for both phases together."""
    async with benches(engine) as bench:
        actors = await bench.followers(KNOWN_ACTORS)
        inbox_url = f"{bench.server.base}/inbox"
        await _arrive(bench, [_signed(bench, actor, inbox_url) for actor in actors])  # warm: keys cached, code run
        requests = [_signed(bench, actors[n % KNOWN_ACTORS], inbox_url) for n in range(ARRIVALS)]
        before, started = bench.cpu(), time.perf_counter()
        result = await load.run(bench.server.port, requests)
        settled = await _settled(bench, started)
        cpu = (bench.cpu() - before) / ARRIVALS * 1000
        return [
            Row("inbox, accepted per second", f"{result.per_second:.0f}"),
            Row("inbox, p50 / p99 ms", f"{result.percentile(0.5):.0f} / {result.percentile(0.99):.0f}"),
            Row("inbox, processed per second", f"{ARRIVALS / settled:.0f}"),
            Row("inbox, settled after the last POST, s", f"{settled - result.seconds:.2f}"),
            Row("inbox, CPU ms per arrival, both phases", f"{cpu:.2f}"),
            Row("inbox, answers other than 202", f"{ARRIVALS - result.statuses[202]}"),
            Row("inbox, RSS afterwards, MiB", f"{bench.rss():.0f}"),
        ]


def _signed(bench: Bench, actor: peers.RemoteActor, inbox_url: str) -> bytes:
    return peers.signed_post(actor, inbox_url, peers.create_note(actor, bench.member.uri))


async def _arrive(bench: Bench, requests: list[bytes]) -> None:
    started = time.perf_counter()
    await load.run(bench.server.port, requests)
    await _settled(bench, started)
    await bench.idle()


async def _settled(bench: Bench, started: float) -> float:
    while await bench.node.db.read_long(waiting):  # noqa: ASYNC110 - another process settles
        await asyncio.sleep(0.02)
    return time.perf_counter() - started


async def first_contact(engine: str) -> list[Row]:
    """Creates of actors never seen: a signed fetch of each over new TLS stands before the 202."""
    async with benches(engine, remote_documents=100) as bench:
        actors = [
            peers.remote_actor(uri.rpartition("/users/")[0], 10_000 + n, bench.keys[n % len(bench.keys)])
            for n, uri in enumerate(bench.documents)
        ]
        requests = [_signed(bench, actor, f"{bench.server.base}/inbox") for actor in actors]
        before = bench.cpu()
        result = await load.run(bench.server.port, requests)
        await bench.idle()
        cpu = (bench.cpu() - before) / len(actors) * 1000
        return [
            Row("first contact, 100 new actors, s", f"{result.seconds:.2f}"),
            Row("first contact, CPU ms each (with WebFinger)", f"{cpu:.1f}"),
            Row("first contact, answers other than 202", f"{len(actors) - result.statuses[202]}"),
        ]


async def delivery(engine: str) -> list[Row]:
    """One post to 200 hosts over TLS: with new connections, then with those kept alive."""
    async with benches(engine) as bench:
        await bench.followers(HOSTS)
        cold = await _fan_out(bench, 1)
        warm = await _fan_out(bench, POSTS)
        return [
            Row("delivery cold, 200 hosts: last, s", f"{cold[0]:.2f}"),
            Row("delivery cold, CPU ms each", f"{cold[1]:.2f}"),
            Row(f"delivery warm, {POSTS} posts: per second", f"{POSTS * HOSTS / warm[0]:.0f}"),
            Row("delivery warm, CPU ms each", f"{warm[1]:.2f}"),
            Row("delivery, not arrived", f"{cold[2] + warm[2]}"),
        ]


async def _fan_out(bench: Bench, posts: int, expected: int = HOSTS, seconds: float = 60.0) -> tuple[float, float, int]:
    """Seconds until the last arrived, CPU milliseconds for each, and how many did not."""
    await bench.idle()
    await bench.reset()
    body = b"status=Denizde+bugun+poyraz+var"
    header = f"Authorization: Bearer {bench.token}"
    head = f"POST /api/v1/statuses HTTP/1.1\r\nHost: localhost:{bench.server.port}\r\n{header}\r\n"
    form = f"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(body)}\r\n\r\n"
    before, started = bench.cpu(), time.time()
    result = await load.run(bench.server.port, [head.encode() + form.encode() + body] * posts, connections=1)
    assert result.statuses[200] == posts, result.statuses
    received = await bench.until_received(posts * expected, seconds)
    await asyncio.sleep(0.3)
    cpu = (bench.cpu() - before) / (posts * expected) * 1000
    return received["last"] - started, cpu, posts * expected - received["count"]


async def dead_hosts(engine: str) -> list[Row]:
    """5 % of the hosts refuse, 5 % take the connection and never answer: when do the other 180 have the post, and the next?"""
    async with benches(engine) as bench:
        await bench.followers(HOSTS - 20)
        for n in range(10):
            for base in (f"https://127.0.1.{n + 230}:1", f"https://127.0.1.{n + 230}:{bench.hanging_port}"):
                await bench.follow(peers.remote_actor(base, 20_000 + n, bench.keys[n]))
        first = await _fan_out(bench, 1, HOSTS - 20)
        second = await _fan_out(bench, 1, HOSTS - 20)
        return [
            Row("dead hosts, last of 180 good deliveries, s", f"{first[0]:.2f}"),
            Row("dead hosts, the next post, s", f"{second[0]:.2f}"),
            Row("dead hosts, good ones not arrived", f"{first[2] + second[2]}"),
        ]


async def reads(engine: str) -> list[Row]:
    """Small GETs and a home timeline of 20, over 16 connections."""
    async with benches(engine) as bench:
        actors = await bench.followers(20)
        await _arrive(bench, [_signed(bench, actor, f"{bench.server.base}/inbox") for actor in actors])
        base = bench.server.base
        accept = "Accept: application/activity+json"
        wanted = {
            "actor": peers.get(bench.member.uri, accept),
            "WebFinger": peers.get(f"{base}/.well-known/webfinger?resource=acct:member@localhost:{bench.server.port}"),
            "NodeInfo": peers.get(f"{base}/nodeinfo/2.1"),
            "home timeline, 20": peers.get(
                f"{base}/api/v1/timelines/home?limit=20", f"Authorization: Bearer {bench.token}"
            ),
        }
        rows = []
        for name, request in wanted.items():
            await load.run(bench.server.port, [request] * 200)
            before = bench.cpu()
            count = GETS // 4 if "home" in name else GETS
            result = await load.run(bench.server.port, [request] * count)
            cpu = (bench.cpu() - before) / count * 1000
            assert result.statuses[200] == count, result.statuses
            rows.append(Row(f"GET {name}: per second; CPU ms", f"{result.per_second:.0f}; {cpu:.2f}"))
        return rows


async def start(engine: str) -> list[Row]:
    """Cold start until ready, and memory when idle."""
    async with benches(engine) as bench:
        rss, pss = bench.rss(), float(bench.process.memory_full_info().pss) / 2**20
        for _ in range(4):
            await bench.server.stop()
            await bench.server.start()
        return [
            Row("cold start until ready, s (median of 5)", f"{sorted(bench.server.starts)[2]:.2f}"),
            Row("idle RSS / PSS, MiB", f"{rss:.0f} / {pss:.0f}"),
        ]


async def queue_memory(engine: str) -> list[Row]:
    """100,000 deliveries queued and sent: how far resident memory grows."""
    async with benches(engine) as bench:
        await bench.followers(HOSTS)
        await _fan_out(bench, POSTS)  # connections open, caches filled
        before, peak = bench.rss(), 0.0
        watching = True

        async def watch() -> None:
            nonlocal peak
            while watching:
                peak = max(peak, bench.rss())
                await asyncio.sleep(0.2)

        watcher = asyncio.create_task(watch())
        seconds, cpu, missing = await _fan_out(bench, QUEUED_POSTS, seconds=400.0)
        watching = False
        await watcher
        count = QUEUED_POSTS * HOSTS
        return [
            Row(f"queue, {count} deliveries: per second; CPU ms each", f"{count / seconds:.0f}; {cpu:.2f}"),
            Row("queue, RSS before / highest / growth, MiB", f"{before:.0f} / {peak:.0f} / {peak - before:.0f}"),
            Row("queue, not arrived", f"{missing}"),
        ]


async def command_line(_engine: str) -> list[Row]:
    """`coopfed --help`, which people type first."""
    seconds = []
    for _ in range(5):
        began = time.perf_counter()
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "coopfed", "--help"),
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
        )
        await process.wait()
        seconds.append(time.perf_counter() - began)
    return [Row("coopfed --help, s (median of 5)", f"{sorted(seconds)[2]:.2f}")]


async def streams(engine: str) -> list[Row]:
    """A thousand open sockets of fifty readers who follow the member: the memory of each, and when a post has reached all of them."""
    async with benches(engine) as bench:
        tokens = await bench.readers(READERS)
        await bench.idle()
        before = bench.rss()
        lines = [await load.a_stream(bench.server.port, tokens[n % READERS]) for n in range(STREAMS)]
        await bench.idle()
        opened, used = bench.rss(), bench.cpu()
        heard = [asyncio.create_task(load.hears(line)) for line in lines]
        started = time.perf_counter()
        await load.run(bench.server.port, [_said(bench)], connections=1)
        moments = sorted(await asyncio.gather(*heard))
        cpu = (bench.cpu() - used) / STREAMS * 1000
        for line in lines:
            line.writer.close()
        return [
            Row(f"streams, RSS before / with {STREAMS}, MiB", f"{before:.0f} / {opened:.0f}"),
            Row("streams, KiB each", f"{(opened - before) * 1024 / STREAMS:.0f}"),
            Row(
                f"streams, a post to {STREAMS}: first / last, ms",
                f"{_ms(moments[0], started)} / {_ms(moments[-1], started)}",
            ),
            Row("streams, CPU ms each", f"{cpu:.2f}"),
        ]


async def upload(engine: str) -> list[Row]:
    """A photograph of six million pixels, as telephones make them: from the first byte that is sent until a post may show it."""
    async with benches(engine) as bench:
        photograph, auth = _photograph(), {"Authorization": f"Bearer {bench.token}"}
        before = bench.rss_of_all()
        async with aiohttp.ClientSession(bench.server.base, headers=auth) as app:
            watcher = asyncio.create_task(_highest(bench))
            seconds = [await _uploaded(app, photograph) for _ in range(UPLOADS)]
            watcher.cancel()
            highest = await watcher
        return [
            Row(
                "upload of 6 MP until usable, s: first / median",
                f"{seconds[0]:.2f} / {sorted(seconds)[UPLOADS // 2]:.2f}",
            ),
            Row("upload, RSS of all processes before / highest, MiB", f"{before:.0f} / {highest:.0f}"),
        ]


async def _highest(bench: Bench) -> float:
    found = 0.0
    with contextlib.suppress(asyncio.CancelledError):
        while True:
            found = max(found, bench.rss_of_all())
            await asyncio.sleep(0.02)
    return found


async def _uploaded(app: aiohttp.ClientSession, photograph: bytes) -> float:
    """Seconds until it is usable."""
    began = time.perf_counter()
    form = aiohttp.FormData()
    form.add_field("file", photograph, filename="photograph.jpg", content_type="image/jpeg")
    async with app.post("/api/v2/media", data=form) as answer:
        number = (await answer.json())["id"]
    while (status := await _status_of(app, number)) == 206:  # noqa: ASYNC110 - another process works
        await asyncio.sleep(0.01)
    assert status == 200, status
    return time.perf_counter() - began


async def _status_of(app: aiohttp.ClientSession, number: str) -> int:
    async with app.get(f"/api/v1/media/{number}") as answer:
        return answer.status


def _photograph() -> bytes:
    """3,000 by 2,000 pixels with as much detail as a camera's: some 3 MB."""
    detail = Image.effect_noise((3000, 2000), 40)
    picture = Image.merge(
        "RGB", (detail, detail.transpose(Image.Transpose.ROTATE_180), Image.linear_gradient("L").resize((3000, 2000)))
    )
    written = io.BytesIO()
    picture.save(written, "JPEG", quality=85)
    return written.getvalue()


def _ms(moment: float, started: float) -> str:
    return f"{(moment - started) * 1000:.0f}"


def _said(bench: Bench) -> bytes:
    body = b"status=Denizde+bugun+poyraz+var"
    head = f"POST /api/v1/statuses HTTP/1.1\r\nHost: localhost:{bench.server.port}\r\nAuthorization: Bearer {bench.token}\r\n"
    form = f"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(body)}\r\n\r\n"
    return head.encode() + form.encode() + body


SCENARIOS: dict[str, Callable[[str], Awaitable[list[Row]]]] = {
    "start": start,
    "inbox": inbox,
    "first-contact": first_contact,
    "delivery": delivery,
    "dead-hosts": dead_hosts,
    "reads": reads,
    "streams": streams,
    "upload": upload,
    "queue-memory": queue_memory,
    "million": million,
    "matches": matches,
    "command-line": command_line,
}
