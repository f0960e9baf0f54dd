"""What waits: counting it costs nothing, however many arrivals are remembered, and who sends without end comes in turn."""

from sqlalchemy import text

from coopfed import limits
from coopfed.db.tx import Tx
from inbox import admit, queue
from inbox.process import process
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


async def test_who_sends_without_end_stands_in_line_behind_who_sends_once(scene: Scene) -> None:
    """Security 2.3 R9, R17: healthy peers are served within 5 s, whoever floods the inbox."""
    node, bob = scene.node, scene.peer.actor("bob")
    for number in range(limits.INBOX_LANE_ITEMS_IN_A_CROWD + 2):
        await scene.peer.post(node, scene.alice.says("Like", f"https://x.example/{number}"))
    scene.clock.pass_(1)
    await scene.peer.post(node, bob.says("Like", "https://x.example/1"), bob)
    now = node.clock.now()

    [crowd] = await node.db.claim(queue.claim, now, now + 1000, 1, limits.INBOX_LANE_ITEMS)
    for item in crowd.items:
        await process(node, item)
    await node.db.claim(queue.release, crowd, now + 1)
    [after] = await node.db.claim(queue.claim, now + 1, now + 1000, 1, limits.INBOX_LANE_ITEMS)

    assert len(crowd.items) == limits.INBOX_LANE_ITEMS_IN_A_CROWD
    assert after.signer_id != crowd.signer_id
    assert len(after.items) == 1
