"""The clock of the machine is set forward or back: nothing is sent in a flood, nothing stands still, signatures hold again at once."""

import pytest

from coopfed import limits
from coopfed.db import jobs
from coopfed.db.steps import StepWatch
from coopfed.features.posts.actions import create_post
from coopfed.features.posts.rules import Draft
from coopfed.signing.request import Request
from coopfed.signing.verify import presented
from coopfed.worker import follow_clock
from inbox import queue
from outbox.publish import delivery
from tests.support.nodes import process_arrivals
from tests.support.peers import send_due
from tests.support.scene import Scene

HOUR = 3600.0
STEPS = [HOUR, -HOUR, 24 * HOUR, -24 * HOUR]


async def steps(scene: Scene, seconds: float) -> None:
    """The clock is set by so much, and the worker's watch notices."""
    watch = StepWatch(scene.clock.now(), 0)
    scene.clock.pass_(seconds)
    former = watch.set_back(scene.clock.now(), 1_000)
    assert (former is not None) == (seconds < 0)
    if former is not None:
        await follow_clock(scene.node, former)


async def waiting(scene: Scene) -> int:
    """How many deliveries wait."""
    rows = await scene.node.db.read(lambda tx: tx.execute(delivery.select().where(delivery.c.state == 0)).all())
    return len(rows)


@pytest.mark.parametrize("step", STEPS)
async def test_new_posts_leave_whatever_the_clock_did(scene: Scene, step: float) -> None:
    """R14: no stall: what is said after the step is delivered at once, also to a host that failed before it."""
    await scene.arrives(scene.alice.follow(scene.member.uri))
    await send_due(scene.node)
    scene.peer.answers = lambda _received: 503
    await create_post(scene.node, scene.member, Draft("before"))
    await send_due(scene.node)
    scene.peer.answers = lambda _received: 202
    scene.peer.received.clear()

    await steps(scene, step)
    await create_post(scene.node, scene.member, Draft("after"))
    await send_due(scene.node)

    texts = [received.document["object"]["content"] for received in scene.peer.received]
    assert "<p>after</p>" in texts


@pytest.mark.parametrize("step", STEPS)
async def test_step_sends_each_waiting_delivery_once(scene: Scene, step: float) -> None:
    """R14: no flood: after a step of a day each waiting delivery is tried once, not once for each try it missed."""
    await scene.arrives(scene.alice.follow(scene.member.uri))
    await send_due(scene.node)
    scene.peer.answers = lambda _received: 503
    for number in range(5):
        await create_post(scene.node, scene.member, Draft(f"post {number}"))
    await send_due(scene.node)
    tries = 0

    def counted(_received: object) -> int:
        nonlocal tries
        tries += 1
        return 503

    scene.peer.answers = counted
    await steps(scene, step)
    for _ in range(5):
        await send_due(scene.node)

    assert tries <= 5
    assert await waiting(scene) == 5


@pytest.mark.parametrize("step", STEPS)
async def test_arrivals_are_taken_and_take_effect_after_a_step(scene: Scene, step: float) -> None:
    """R14: lanes that were leased or postponed by the other clock are not closed for an hour."""
    await scene.arrives(scene.alice.follow(scene.member.uri))
    await scene.arrives(scene.alice.create(scene.alice.mentioning(scene.member.uri)))

    await steps(scene, step)
    answer = await scene.peer.post(scene.node, scene.alice.create(scene.alice.mentioning(scene.member.uri)))
    outcomes = await process_arrivals(scene.node)

    assert answer.status == 202
    assert [outcome and outcome.value for outcome in outcomes] == ["accepted"]


@pytest.mark.parametrize("step", STEPS)
async def test_signatures_carry_the_new_time_at_once(scene: Scene, step: float) -> None:
    """R14: what is sent after the step is signed with the clock as it is; waiting deliveries are signed anew."""
    await scene.arrives(scene.alice.follow(scene.member.uri))
    await steps(scene, step)

    await send_due(scene.node)

    [accept] = scene.peer.received
    headers = tuple((name.lower(), value) for name, value in accept.headers.items())
    request = Request.to("POST", scene.alice.inbox, tuple(pair for pair in headers if pair[0] != "host"), accept.body)
    assert presented(request, scene.node.utc()).key_id == f"{scene.member.uri}#main-key"


@pytest.mark.parametrize("step", STEPS)
async def test_numbers_go_on_after_a_step(scene: Scene, step: float) -> None:
    """Design 10: a number is never given twice, whatever the clock does."""
    before = [await create_post(scene.node, scene.member, Draft(f"{number}")) for number in range(3)]

    await steps(scene, step)
    after = [await create_post(scene.node, scene.member, Draft(f"{number}")) for number in range(3)]

    assert len({post.id for post in (*before, *after)}) == 6


async def test_lease_of_the_other_time_does_not_close_a_lane(scene: Scene) -> None:
    """R14: a worker died while it held a lane, then the clock was set back by a day: others take it within minutes, not tomorrow."""
    await scene.peer.post(scene.node, scene.alice.create(scene.alice.mentioning(scene.member.uri)))
    now = scene.clock.now()
    [held] = await scene.node.db.claim(queue.claim, now, now + 60_000, 32, 16)

    await steps(scene, -24 * HOUR)
    outcomes = await process_arrivals(scene.node)

    assert held.items
    assert [outcome and outcome.value for outcome in outcomes] == ["accepted"]


async def test_job_at_work_is_not_begun_again_after_a_step(scene: Scene) -> None:
    """R14: its lease belongs to the other time, but whoever holds it lives; when not, others take it within minutes."""
    await scene.node.db.write(jobs.enqueue, 1, "test", "key", scene.clock.now())
    [at_work] = await claimed(scene)
    await scene.node.db.write(jobs.enqueue, 2, "test", "key", scene.clock.now() + 1000)

    await steps(scene, -24 * HOUR)

    assert await claimed(scene) == []
    await scene.node.db.write(jobs.finish, at_work)
    [again] = await claimed(scene)
    scene.clock.pass_(limits.JOB_LEASE_SECONDS)
    assert [job.id for job in await claimed(scene)] == [again.id]


async def claimed(scene: Scene) -> list[jobs.Claimed]:
    """The jobs of these tests that are due."""
    now = scene.clock.now()
    found = await scene.node.db.claim(jobs.claim, now, now + limits.JOB_LEASE_SECONDS * 1000, 20)
    return [job for job in found if job.kind == "test"]


def test_slow_drift_and_a_long_pause_are_no_steps() -> None:
    """A clock that is corrected by seconds, or a machine that slept, needs no repair."""
    watch = StepWatch(1_000_000, 0)

    assert watch.set_back(1_000_000 + 9_000, 10_000) is None
    assert watch.set_back(1_000_000 + 8 * 3_600_000, 20_000) is None
