"""How much waits is asked every second by every process: it must cost nothing, however many arrivals are remembered."""

from sqlalchemy import text

from coopfed.db.tx import Tx
from inbox import admit
from tests.support.scene import Scene


async def test_counting_what_waits_reads_the_index_of_what_waits(scene: Scene) -> None:
    """Design 7: arrivals are remembered for weeks (RETENTION_ARRIVALS), those that wait are few."""
    plan = await scene.node.db.write(_plan, str(admit._WAITING))

    assert "ix_inbox_item_waiting" in plan
    assert await scene.node.db.read(admit.waiting) == 0


def _plan(tx: Tx, statement: str) -> str:
    if tx.on_postgres:
        # An empty table is read at once otherwise, whatever indexes there are.
        tx.execute(text("SET LOCAL enable_seqscan = off"))
    explain = "EXPLAIN" if tx.on_postgres else "EXPLAIN QUERY PLAN"
    return "\n".join(str(row) for row in tx.execute(text(f"{explain} {statement}")))
