"""How much waits and for how long, as rows have it."""

from coopfed.features.figures import Queue, database_bytes, figures, hosts_that_answered, queues
from coopfed.net import peers
from tests.support.peers import send_due
from tests.support.scene import Scene


async def test_a_delivery_to_a_dead_host_is_old_but_not_late(scene: Scene) -> None:
    """Late is what nobody took; what waits for its next try is only old."""
    await scene.arrives(scene.alice.follow(scene.member.uri))
    scene.peer.answers = lambda _received: 503
    scene.clock.pass_(5)
    published = {queue.name: queue for queue in await scene.node.db.read_long(queues, scene.clock.now())}
    await send_due(scene.node)
    scene.clock.pass_(1)
    tried = {queue.name: queue for queue in await scene.node.db.read_long(queues, scene.clock.now())}

    waited = published["deliveries"].late
    assert published["deliveries"] == Queue("deliveries", 1, waited, waited)
    assert 4_990 <= waited <= 5_000
    assert tried["deliveries"].waiting == 1
    assert tried["deliveries"].late == 0
    assert tried["deliveries"].oldest >= 5_990


async def test_peers_are_counted_by_circuit(scene: Scene) -> None:
    """Closed, slow, open, blocked; ALLOWLIST's `*` is no host."""
    node, clock = scene.node, scene.clock
    await scene.arrives(scene.alice.follow(scene.member.uri))
    await node.db.write(peers.set_blocked, "spam.example", True)
    await node.db.write(peers.set_blocked, "*", False)
    closed = (await node.db.read_long(figures, clock.now())).peers
    scene.peer.answers = lambda _received: 503
    await send_due(node)
    slow = (await node.db.read_long(figures, clock.now())).peers
    for _ in range(4):
        clock.pass_(2 * 3600)
        await send_due(node)
    opened = (await node.db.read_long(figures, clock.now())).peers

    assert (closed["blocked"], closed["slow"], closed["open"]) == (1, 0, 0)
    assert (slow["slow"], slow["closed"]) == (1, closed["closed"] - 1)
    assert (opened["open"], opened["slow"]) == (1, 0)
    assert sum(opened.values()) == sum(closed.values())


async def test_the_hosts_that_answered_last_are_known(scene: Scene) -> None:
    """Whose clocks the doctor asks."""
    await scene.arrives(scene.alice.follow(scene.member.uri))
    before = await scene.node.db.read_long(hosts_that_answered, 3)
    await send_due(scene.node)

    assert before == []
    assert await scene.node.db.read_long(hosts_that_answered, 3) == [scene.peer.host]


async def test_the_database_has_a_size(scene: Scene) -> None:
    """Both engines say it themselves."""
    assert await scene.node.db.read_long(database_bytes) > 100_000
