"""A lane whose lease ended is taken by another worker while the first still works: one effect, whoever comes first."""

import asyncio

from sqlalchemy import text

import outbox.queue
from actors.lookup import by_id
from coopfed import limits
from coopfed.db.tx import Tx
from coopfed.net.peers import all_peers
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
    assert mine.items == theirs.items

    outcomes = await asyncio.gather(*(process(node, lane.items[0]) for lane in (mine, theirs, mine)))
    late = await process(node, mine.items[0])

    assert sorted(str(outcome) for outcome in outcomes) == ["accepted", "duplicate", "duplicate"]
    assert late == "duplicate"
    assert await node.db.read(accepts) == 1
    row = await node.db.read(by_id, scene.member.id)
    assert row is not None
    assert row.followers_count == 1


async def test_who_lost_a_lane_does_not_give_back_what_another_holds(scene: Scene) -> None:
    """Order between processes: the late one must not open the lane while the other works in it."""
    node = scene.node
    await scene.peer.post(node, scene.alice.follow(scene.member.uri))
    now = node.clock.now()
    [lost] = await node.db.claim(queue.claim, now, now + 1000, limits.INBOX_LANES, limits.INBOX_LANE_ITEMS)
    [held] = await node.db.claim(queue.claim, now + 1000, now + 9000, limits.INBOX_LANES, limits.INBOX_LANE_ITEMS)

    await node.db.claim(queue.release, lost, now + 2000)
    while_held = await node.db.claim(queue.claim, now + 2000, now + 3000, limits.INBOX_LANES, limits.INBOX_LANE_ITEMS)
    await node.db.claim(queue.release, held, now + 2000)
    after = await node.db.claim(queue.claim, now + 2000, now + 3000, limits.INBOX_LANES, limits.INBOX_LANE_ITEMS)

    assert while_held == []
    assert [lane.items for lane in after] == [held.items]


async def test_who_lost_a_host_does_not_give_back_what_another_holds(scene: Scene) -> None:
    """Two processes never send to one host at once, also when one of them was late."""
    node = scene.node
    await scene.arrives(scene.alice.follow(scene.member.uri))
    now = node.clock.now()
    [lost] = await node.db.claim(outbox.queue.claim, now, now + 1000, False, 8, 8)
    [held] = await node.db.claim(outbox.queue.claim, now + 1000, now + 9000, False, 8, 8)

    await node.db.claim(outbox.queue.release, lost, [], 0, 0, now + 2000)
    while_held = await node.db.claim(outbox.queue.claim, now + 2000, now + 3000, False, 8, 8)
    await node.db.claim(outbox.queue.release, held, [], 0, 0, now + 2000)
    after = await node.db.claim(outbox.queue.claim, now + 2000, now + 3000, False, 8, 8)

    assert while_held == []
    assert [work.due for work in after] == [held.due]


async def test_who_lost_a_host_does_not_count_its_failure(scene: Scene) -> None:
    """s2s 2.18: five failures in a row open the circuit; one outage that several late workers saw is one failure."""
    node = scene.node
    await scene.arrives(scene.alice.follow(scene.member.uri))
    now = node.clock.now()
    [lost] = await node.db.claim(outbox.queue.claim, now, now + 1000, False, 8, 8)
    [held] = await node.db.claim(outbox.queue.claim, now + 1000, now + 9000, False, 8, 8)

    await node.db.claim(outbox.queue.release, lost, [], 7, now + 99_000, now + 2000)
    [during] = [row for row in await node.db.read_long(all_peers) if row["host"] == scene.peer.host]
    await node.db.claim(outbox.queue.release, held, [], 1, 0, now + 3000)
    [after] = [row for row in await node.db.read_long(all_peers) if row["host"] == scene.peer.host]

    assert (during["failures"], during["open_until"]) == (0, 0)
    assert after["failures"] == 1
