"""What an answer answers: fetched upwards within a budget, stored from the top down, and found again when it came late."""

import asyncio

import pytest

from coopfed import limits
from coopfed.db import jobs
from coopfed.errors import FetchError
from coopfed.features.posts.ancestors import FETCH_ANCESTORS, fetch_ancestors
from coopfed.features.posts.remote import adopt_answers
from inbox import queue
from inbox.process import process
from tests.inbox.test_edits import stored
from tests.inbox.test_posts import following, post
from tests.support.peers import CONTEXT, Document, a_peer
from tests.support.scene import Scene


def a_thread(scene: Scene, length: int) -> list[Document]:
    """Notes of alice, each answering the one before, the last one mentioning the member; published at the peer."""
    notes: list[Document] = []
    for number in range(length):
        parent = {"inReplyTo": notes[-1]["id"]} if notes else {}
        mention = scene.alice.mentioning(scene.member.uri) if number == length - 1 else scene.alice.note()
        notes.append(scene.peer.publish({**mention, **parent, "@context": CONTEXT}))
    return notes


async def works_off(scene: Scene) -> int:
    """Does the waiting climbs until none is left. How many there were."""
    done = 0
    while True:
        now = scene.node.clock.now()
        found = await scene.node.db.claim(jobs.claim, now, now + 1000, 10)
        climbs = [job for job in found if job.kind == FETCH_ANCESTORS]
        for job in climbs:
            await fetch_ancestors(scene.node, job.key)
            await scene.node.db.write(jobs.finish, job)
        if not climbs:
            return done
        done += len(climbs)


async def test_thread_is_fetched_to_its_beginning(scene: Scene) -> None:
    """s2s 2.15: an answer is read with what it answers."""
    notes = a_thread(scene, 5)

    assert await scene.arrives(scene.alice.create(notes[-1])) == ["accepted"]

    rows = [await stored(scene, note["id"]) for note in notes]
    assert [row.in_reply_to_id for row in rows] == [None, *(row.id for row in rows[:-1])]
    assert [row.replies_count for row in rows] == [1, 1, 1, 1, 0]


async def test_long_thread_costs_one_arrival_its_budget_and_jobs_the_rest(scene: Scene) -> None:
    """s2s 2.1: 20 fetches for each arriving activity; the other ancestors come in the background, 64 in all."""
    notes = a_thread(scene, limits.ANCESTORS + 10)
    await scene.arrives(scene.alice.says("Like", notes[0]["id"]))
    before = len(scene.peer.gets)

    assert await scene.arrives(scene.alice.create(notes[-1])) == ["accepted"]
    at_once = len(scene.peer.gets) - before
    climbs = await works_off(scene)

    assert at_once == limits.FETCHES_PER_ACTIVITY
    assert climbs == 3
    assert len(scene.peer.gets) - before == limits.ANCESTORS
    first_kept = notes[-1 - limits.ANCESTORS]
    assert await post(scene, first_kept["id"]) is not None
    assert await post(scene, notes[-2 - limits.ANCESTORS]["id"]) is None


async def test_circle_of_answers_ends(scene: Scene) -> None:
    """security 1.4 (PeerTube CVE-2025-32947): two posts that answer each other are two posts."""
    first, second = scene.alice.note(), scene.alice.note()
    scene.peer.publish({**first, "inReplyTo": second["id"], "@context": CONTEXT})
    scene.peer.publish({**second, "inReplyTo": first["id"], "@context": CONTEXT})

    outcome = await scene.arrives(scene.alice.create(scene.alice.mentioning(scene.member.uri, inReplyTo=first["id"])))

    assert outcome == ["accepted"]
    assert await works_off(scene) == 0
    assert await post(scene, first["id"]) is not None
    assert await post(scene, second["id"]) is not None


async def test_answer_that_came_first_finds_its_parent(scene: Scene) -> None:
    """s2s 2.17: order of arrival does not matter to a thread, nor to its counts."""
    await following(scene, scene.alice)
    parent = scene.alice.note()
    answer = scene.alice.mentioning(scene.member.uri, inReplyTo=parent["id"])
    await scene.arrives(scene.alice.create(answer))
    assert (await stored(scene, answer["id"])).in_reply_to_id is None

    await scene.arrives(scene.alice.create(parent))

    above, below = await stored(scene, parent["id"]), await stored(scene, answer["id"])
    assert (below.in_reply_to_id, above.replies_count) == (above.id, 1)


async def test_parent_on_a_host_that_is_away_is_asked_for_later(scene: Scene) -> None:
    """s2s 2.15: a parent that does not answer now is a job, which comes again."""
    async with a_peer() as other:
        parent = other.publish({**other.actor("bob").note(), "@context": CONTEXT})
        other.statuses[parent["id"].removeprefix(other.base)] = 503
        answer = scene.alice.mentioning(scene.member.uri, inReplyTo=parent["id"])
        assert await scene.arrives(scene.alice.create(answer)) == ["accepted"]
        with pytest.raises(FetchError):
            await fetch_ancestors(scene.node, f"0 {parent['id']}")

        other.statuses.clear()
        await works_off(scene)

    assert (await stored(scene, answer["id"])).in_reply_to_id == (await stored(scene, parent["id"])).id


async def test_answer_and_its_parent_at_one_moment_find_each_other(scene: Scene) -> None:
    """Design 9: whichever of the two is stored first, also when neither could see the other."""
    await following(scene, scene.alice)
    parent, bob = scene.alice.note(), scene.peer.actor("bob")
    answers = [
        bob.mentioning(scene.member.uri, inReplyTo=parent["id"], published=f"2026-11-24T07:{minute:02}:00Z")
        for minute in range(12)
    ]
    for activity, actor in [(scene.alice.create(parent), scene.alice), *((bob.create(note), bob) for note in answers)]:
        assert (await scene.peer.post(scene.node, activity, actor)).status == 202

    now = scene.node.clock.now()
    lanes = await scene.node.db.claim(queue.claim, now, now + 60_000, 32, 16)
    await asyncio.gather(*(process(scene.node, item) for lane in lanes for item in lane.items))
    scene.clock.pass_(60)
    await adopt_answers(scene.node, parent["id"])

    above = await stored(scene, parent["id"])
    assert {(await stored(scene, note["id"])).in_reply_to_id for note in answers} == {above.id}
    assert above.replies_count == 12
