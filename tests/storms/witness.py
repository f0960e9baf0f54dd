"""What a healthy peer notices while a storm goes on: every message of it is taken and has its effect, and how soon."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

from sqlalchemy import bindparam, select

from coopfed.db.tx import Tx
from inbox.admit import inbox_item
from tests.benchmarks import load, peers
from tests.benchmarks.bench import Bench
from tests.benchmarks.peers import RemoteActor

PATIENCE = 5.0
"""Seconds within which a healthy peer is served, whatever else happens."""
_PAUSE = 0.25
_OUTCOME = select(inbox_item.c.outcome).where(inbox_item.c.signer_id == bindparam("signer")).order_by(inbox_item.c.id)


@dataclass(slots=True)
class Witness:
    """Seconds from each POST to its effect, answers that were not 202 (and were tried again), and the server's highest memory."""

    waits: list[float] = field(default_factory=list)
    refused: int = 0
    rss_before: float = 0.0
    rss_highest: float = 0.0
    unserved: int = 0

    @property
    def longest(self) -> float:
        """The longest wait."""
        return max(self.waits, default=0.0)

    @property
    def growth(self) -> float:
        """MiB by which the server's memory grew at most."""
        return max(self.rss_highest - self.rss_before, 0.0)

    def told(self, name: str) -> list[tuple[str, str]]:
        """Rows for a table."""
        return [
            (f"{name}: healthy peer served {len(self.waits)} times, longest wait, s", f"{self.longest:.2f}"),
            (f"{name}: its answers other than 202, tried again", str(self.refused)),
            (f"{name}: RSS before / growth, MiB", f"{self.rss_before:.0f} / {self.growth:.0f}"),
        ]


@contextlib.asynccontextmanager
async def witnessed(bench: Bench) -> AsyncIterator[Witness]:
    """A healthy follower that goes on writing to the member, a few times a second, until the block ends."""
    [remote] = await bench.followers(1, first=190)
    row = await peers.store(bench.node, remote)
    witness, ended = Witness(rss_before=bench.rss()), asyncio.Event()
    task = asyncio.create_task(_write(bench, remote, row.id, witness, ended))
    try:
        yield witness
    finally:
        ended.set()
        await task


async def _write(bench: Bench, remote: RemoteActor, signer: int, witness: Witness, ended: asyncio.Event) -> None:
    inbox = f"{bench.server.base}/inbox"
    while not ended.is_set() or not witness.waits:
        began = time.monotonic()
        body = peers.create_note(remote, bench.member.uri)
        while (await load.run(bench.server.port, [peers.signed_post(remote, inbox, body)], 1)).statuses[202] != 1:
            witness.refused += 1
            await asyncio.sleep(0.2)
        while not await _has_effect(bench, signer):
            if time.monotonic() - began > 10 * PATIENCE:
                witness.unserved += 1
                break
            await asyncio.sleep(0.02)
        witness.waits.append(time.monotonic() - began)
        witness.rss_highest = max(witness.rss_highest, bench.rss())
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(ended.wait(), _PAUSE)


async def _has_effect(bench: Bench, signer: int) -> bool:
    outcomes = await bench.node.db.read_long(_outcomes, signer)
    return bool(outcomes) and all(outcome == "accepted" for outcome in outcomes)


def _outcomes(tx: Tx, signer: int) -> list[str | None]:
    return list(tx.execute(_OUTCOME, {"signer": signer}).scalars())
