"""A lane whose lease ended is taken by another worker while the first still works: one effect, whoever comes first."""

import asyncio

from sqlalchemy import text

from actors.lookup import by_id
from coopfed import limits
from coopfed.db.tx import Tx
from inbox import queue
from inbox.process import process
from tests.support.scene import Scene

_ACCEPTS = text("SELECT count(*) FROM activity WHERE type = 'Accept'")


def accepts(tx: Tx) -> int:
    """How many Accepts were sent."""
    found: int = tx.execute(_ACCEPTS).scalar_one()
    return found


async def test_an_arrival_in_two_hands_takes_effect_once(scene: Scene) -> None:
    """Security 2.3 R2: double effects 0. A killed worker's lane, or one that fetched for longer than its lease."""
    node = scene.node
    await scene.peer.post(node, scene.alice.follow(scene.member.uri))
    now = node.clock.now()
    [mine] = await node.db.claim(queue.claim, now, now + 1000, limits.INBOX_LANES, limits.INBOX_LANE_ITEMS)
    [theirs] = await node.db.claim(queue.claim, now + 1000, now + 2000, limits.INBOX_LANES, limits.INBOX_LANE_ITEMS)
    assert mine == theirs

    outcomes = await asyncio.gather(*(process(node, lane.items[0]) for lane in (mine, theirs, mine)))
    late = await process(node, mine.items[0])

    assert sorted(str(outcome) for outcome in outcomes) == ["accepted", "duplicate", "duplicate"]
    assert late == "duplicate"
    assert await node.db.read(accepts) == 1
    row = await node.db.read(by_id, scene.member.id)
    assert row is not None
    assert row.followers_count == 1
