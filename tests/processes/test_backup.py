"""A backup beside a server that works, brought back in another folder: the node goes on from there, for its followers too."""

import asyncio
import shutil
import sys
from pathlib import Path

import orjson
import pytest
from sqlalchemy import func, select

from coopfed.db.tx import Tx
from coopfed.features.posts.store import object_
from inbox.admit import waiting
from tests.benchmarks import load, peers
from tests.benchmarks.bench import Bench, benches
from tests.support.nodes import ServerProcess, environment

pytestmark = pytest.mark.slow

_THEIRS = select(func.count()).select_from(object_).where(~object_.c.local)


async def coopfed(folder: Path, *arguments: str) -> dict[str, object]:
    """What the command printed as JSON; it runs in a process of its own beside whatever runs."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "coopfed", "--data", str(folder), *arguments, "--json"),
        env=environment(),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    said, wrong = await process.communicate()
    assert process.returncode == 0, wrong.decode()
    found: dict[str, object] = orjson.loads(said)
    return found


def theirs(tx: Tx) -> int:
    """How many remote posts there are."""
    return int(tx.execute(_THEIRS).scalar_one())


async def arrive(bench: Bench, remotes: list[peers.RemoteActor], count: int) -> int:
    """So many posts of followers. How many were taken."""
    inbox = f"{bench.server.base}/inbox"
    requests = [
        peers.signed_post(
            remotes[n % len(remotes)], inbox, peers.create_note(remotes[n % len(remotes)], bench.member.uri)
        )
        for n in range(count)
    ]
    return (await load.run(bench.server.port, requests, connections=4)).statuses[202]


async def arrive_until(bench: Bench, remotes: list[peers.RemoteActor], quiet: asyncio.Event) -> int:
    """Posts of followers without a pause, until then. How many were taken."""
    taken = 0
    while not quiet.is_set():
        taken += await arrive(bench, remotes, 10)
    return taken


async def settled(bench: Bench) -> None:
    """Everything that was taken has its effect."""
    while await bench.node.db.read_long(waiting):  # noqa: ASYNC110 - another process settles
        await asyncio.sleep(0.05)


async def test_backup_under_load_comes_back_and_goes_on(tmp_path: Path) -> None:
    """R15: what was there when the backup began is there after the restore; followers are heard, and hear."""
    async with benches("sqlite") as bench:
        remotes = await bench.followers(10)
        before = await arrive(bench, remotes, 100)
        await settled(bench)
        quiet = asyncio.Event()
        storm = asyncio.create_task(arrive_until(bench, remotes, quiet))
        saved = await coopfed(bench.server.folder, "backup", str(tmp_path / "node.tar.gz"))
        quiet.set()
        assert await storm > 0
        await bench.server.stop()
        old, new = bench.server.folder, tmp_path / "restored"
        new.mkdir()
        shutil.copy(old / "secret.key", new)

        restored = await coopfed(new, "restore", str(tmp_path / "node.tar.gz"))
        bench.server = ServerProcess(new, bench.server.port, bench.server.config)
        await bench.server.start()
        try:
            tables = saved["tables"]
            assert isinstance(tables, dict)
            assert restored["rows"] == sum(table["rows"] for table in tables.values())
            assert tables["object"]["rows"] >= before
            await bench.reset()
            assert await arrive(bench, remotes, 20) == 20
            posted = await _post(bench)
            heard = await bench.until_received(10, 20)
        finally:
            await bench.server.kill()

    assert posted == 200
    assert heard["count"] == 10


async def _post(bench: Bench) -> int:
    body = b"status=back+again"
    head = f"POST /api/v1/statuses HTTP/1.1\r\nHost: localhost:{bench.server.port}\r\nAuthorization: Bearer {bench.token}\r\n"
    form = f"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(body)}\r\n\r\n"
    result = await load.run(bench.server.port, [(head + form).encode() + body], 1)
    return next(iter(result.statuses))
