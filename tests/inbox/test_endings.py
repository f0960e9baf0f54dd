"""Actors of other nodes that end: deleted, gone, missing, suspended. What is kept, hidden and purged, and when."""

from typing import Any

from sqlalchemy import func, select

from actors.lookup import ActorRow, by_uri
from actors.remote import REFRESH_ACTOR
from coopfed import limits
from coopfed.db import jobs
from coopfed.db.models import Block, Follow, Notification, Object, Reaction, Report, TimelineEntry
from coopfed.db.tx import Tx, table
from coopfed.features import home_timeline, notifications
from coopfed.features.blocks.actions import block
from coopfed.features.follows import actions as follows
from coopfed.features.posts import visible
from coopfed.features.posts.actions import create_post
from coopfed.features.posts.rules import Draft
from coopfed.features.posts.store import by_id as post_by_id
from coopfed.features.ranges import Range
from tests.support.jobs import run_jobs
from tests.support.nodes import an_actor
from tests.support.peers import send_due
from tests.support.scene import Scene

DAY = 24 * 3600


async def row(scene: Scene, uri: str) -> ActorRow:
    """The actor with this id."""
    found = await scene.node.db.read(by_uri, uri)
    assert found is not None
    return found


async def a_life(scene: Scene) -> ActorRow:
    """Alice and the member follow each other; she wrote, mentioned, liked, blocked, was blocked and reported."""
    other = await an_actor(scene.node, "other_member")
    post = await create_post(scene.node, scene.member, Draft("Seeds"))
    await scene.arrives(scene.alice.follow(scene.member.uri))
    alice = await row(scene, scene.alice.uri)
    await follows.follow(scene.node, scene.member, alice)
    await send_due(scene.node)
    asked = next(got.document for got in scene.peer.received if got.document["type"] == "Follow")
    await scene.arrives(scene.alice.says("Accept", asked))
    await scene.arrives(scene.alice.create(scene.alice.mentioning(scene.member.uri)))
    await scene.arrives(scene.alice.says("Like", post.uri))
    await scene.arrives(scene.alice.says("Flag", other.uri, content="Spam"))
    await scene.arrives(scene.alice.says("Block", other.uri))
    await block(scene.node, other, alice)
    await run_jobs(scene.node)
    scene.peer.received.clear()
    return alice


def traces(tx: Tx, actor: int) -> dict[str, int]:
    """How many rows of each kind the actor has a part in; posts without those that are tombstones."""
    parts = {
        "posts": (table(Object), lambda t: (t.c.actor_id == actor) & t.c.deleted_at.is_(None)),
        "follows": (table(Follow), lambda t: (t.c.follower_id == actor) | (t.c.followed_id == actor)),
        "reactions": (table(Reaction), lambda t: t.c.actor_id == actor),
        "notifications": (table(Notification), lambda t: (t.c.from_id == actor) | (t.c.recipient_id == actor)),
        "blocks": (table(Block), lambda t: (t.c.actor_id == actor) | (t.c.target_id == actor)),
        "home": (table(TimelineEntry), lambda t: t.c.owner_id == actor),
        "reports": (table(Report), lambda t: t.c.reporter_id == actor),
    }
    return {
        name: tx.execute(select(func.count()).select_from(found).where(clause(found))).scalar_one()
        for name, (found, clause) in parts.items()
    }


NOTHING = {"posts": 0, "follows": 0, "reactions": 0, "notifications": 0, "blocks": 0, "home": 0, "reports": 1}


def shown(tx: Tx, member: int, alice: int) -> tuple[int, int, int]:
    """What the member sees of alice: on her profile, at home, among the notifications."""
    posts = len(visible.by_actor(tx, alice, member, 40, None))
    return posts, len(home_timeline.read(tx, member, Range(40))), len(notifications.recent(tx, member, 40))


async def seen(scene: Scene, alice: ActorRow) -> tuple[int, int, int]:
    """The same, now."""
    return await scene.node.db.read(shown, scene.member.id, alice.id)


# --- deleted ----------------------------------------------------------------------------------------------------


async def test_nobody_ends_another_actor(scene: Scene) -> None:
    """FEP-fe34: only the actor itself; a neighbour's Delete of it has no effect."""
    alice = await a_life(scene)
    before = await scene.node.db.read(traces, alice.id)
    neighbour = scene.peer.actor("neighbour")

    await scene.arrives(neighbour.says("Delete", scene.alice.uri), neighbour)
    await run_jobs(scene.node)

    assert (await row(scene, scene.alice.uri)).gone_at is None
    assert await scene.node.db.read(traces, alice.id) == before


async def test_deletion_purges_everything_but_reports(scene: Scene) -> None:
    """s2s 2.10, 2.19: posts, likes with their counts, follows, notifications, blocks; the row stays, empty, with its key."""
    alice = await a_life(scene)
    before = await scene.node.db.read(traces, alice.id)

    outcome = await scene.arrives(scene.alice.says("Delete", scene.alice.uri))
    at_once = await seen(scene, alice)
    await run_jobs(scene.node)

    assert min(before[name] for name in before if name != "home") > 0
    assert outcome == ["accepted"]
    assert at_once == (0, 1, 0)
    assert await scene.node.db.read(traces, alice.id) == NOTHING
    gone = await row(scene, scene.alice.uri)
    assert (gone.name, gone.summary, gone.gone_at) == ("", "", scene.clock.now())
    likes = await scene.node.db.read(_likes, scene.member.id)
    assert likes == [0]
    member = await row(scene, scene.member.uri)
    assert (member.followers_count, member.following_count) == (0, 0)
    assert await scene.arrives(scene.alice.follow(scene.member.uri)) == ["irrelevant"]


def _likes(tx: Tx, author: int) -> list[int]:
    posts = table(Object)
    return list(tx.execute(select(posts.c.likes_count).where(posts.c.actor_id == author)).scalars())


# --- 410 --------------------------------------------------------------------------------------------------------


async def asked_again(scene: Scene) -> list[str]:
    """The jobs done after a job asked for alice anew."""
    await scene.node.db.write(jobs.enqueue, scene.node.minter.mint(), REFRESH_ACTOR, scene.alice.uri, scene.clock.now())
    return await run_jobs(scene.node)


async def test_first_410_hides_and_a_second_purges(scene: Scene) -> None:
    """s2s 2.19: gone at once, purged when the host says so again an hour later."""
    alice = await a_life(scene)
    scene.peer.statuses["/users/alice"] = 410

    await asked_again(scene)
    hidden = await seen(scene, alice)
    kept = await scene.node.db.read(traces, alice.id)
    scene.clock.pass_(limits.GONE_AGAIN_SECONDS - 1)
    assert await run_jobs(scene.node) == []
    scene.clock.pass_(1)
    await run_jobs(scene.node)

    assert hidden == (0, 1, 0)
    assert (kept["posts"], kept["reactions"], kept["follows"]) == (1, 1, 0)
    assert await scene.node.db.read(traces, alice.id) == NOTHING


async def test_actor_that_is_back_within_the_hour_keeps_its_posts(scene: Scene) -> None:
    """s2s 2.19: a wrong 410 (a restored backup, a mistake in a proxy) costs the follows, not what was said."""
    alice = await a_life(scene)
    scene.peer.statuses["/users/alice"] = 410
    await asked_again(scene)
    del scene.peer.statuses["/users/alice"]

    scene.clock.pass_(limits.GONE_AGAIN_SECONDS)
    await run_jobs(scene.node)

    back = await row(scene, scene.alice.uri)
    assert (back.gone_at, back.name) == (None, "Alice")
    assert (await seen(scene, alice))[0] == 1


# --- 404 --------------------------------------------------------------------------------------------------------


async def test_missing_actor_is_purged_only_after_thirty_days_of_tries(scene: Scene) -> None:
    """s2s 2.19: 404 is perhaps a proxy: unavailable meanwhile, its posts stay; asked every ten days; gone after thirty."""
    alice = await a_life(scene)
    scene.peer.statuses["/users/alice"] = 404

    states: list[Any] = []
    await asked_again(scene)
    for _ in range(3):
        found = await row(scene, scene.alice.uri)
        states.append((found.gone_at, found.missing_at is not None, (await seen(scene, alice))[0]))
        scene.clock.pass_(limits.MISSING_AGAIN_SECONDS - 1)
        assert REFRESH_ACTOR not in await run_jobs(scene.node)
        scene.clock.pass_(1)
        await run_jobs(scene.node)

    assert states == [(None, True, 1)] * 3
    assert (await row(scene, scene.alice.uri)).gone_at is not None
    assert await scene.node.db.read(traces, alice.id) == NOTHING


async def test_many_tries_within_days_purge_nobody(scene: Scene) -> None:
    """s2s 2.19: at least thirty days, however often it was asked."""
    await a_life(scene)
    scene.peer.statuses["/users/alice"] = 404

    for _ in range(limits.MISSING_TRIES + 2):
        await scene.node.db.write(_refresh_now, scene)
        await run_jobs(scene.node)
        scene.clock.pass_(DAY)

    assert (await row(scene, scene.alice.uri)).gone_at is None


def _refresh_now(tx: Tx, scene: Scene) -> None:
    tx.execute(jobs.job.delete().where(jobs.job.c.kind == REFRESH_ACTOR))
    jobs.enqueue(tx, scene.node.minter.mint(), REFRESH_ACTOR, scene.alice.uri, scene.clock.now())


async def test_actor_that_is_found_again_is_not_missing(scene: Scene) -> None:
    """s2s 2.19: one answer ends it, and the count begins anew."""
    await a_life(scene)
    scene.peer.statuses["/users/alice"] = 404
    await asked_again(scene)
    del scene.peer.statuses["/users/alice"]

    scene.clock.pass_(limits.MISSING_AGAIN_SECONDS)
    await run_jobs(scene.node)

    assert (await row(scene, scene.alice.uri)).missing_at is None


# --- suspended --------------------------------------------------------------------------------------------------


async def test_suspended_actor_is_hidden_until_its_host_says_otherwise(scene: Scene) -> None:
    """s2s 2.19: `suspended: true` in its document: the actor and its posts; nothing is purged."""
    alice = await a_life(scene)
    before = await seen(scene, alice)
    scene.alice.changes["suspended"] = True

    await asked_again(scene)
    hidden = await seen(scene, alice)
    scene.alice.changes["suspended"] = False
    await scene.arrives(scene.alice.says("Update", scene.alice.document()))

    assert (before[0], hidden) == (1, (0, 1, 0))
    assert await seen(scene, alice) == before
    post = (await scene.node.db.read(visible.by_actor, alice.id, scene.member.id, 1, None))[0]
    assert (await scene.node.db.read(post_by_id, post.id)) is not None
