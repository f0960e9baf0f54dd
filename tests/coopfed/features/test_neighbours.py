"""What actors of one node do with each other: the same effects as across the network, and nothing sent."""

from coopfed.db.tx import Tx
from coopfed.features import home_timeline
from coopfed.features.follows import actions as follows
from coopfed.features.posts import visible
from coopfed.features.posts.actions import create_post, delete_post
from coopfed.features.posts.rules import Draft
from coopfed.features.ranges import Range
from coopfed.vocab.audience import Visibility
from tests.support.nodes import an_actor, process_arrivals
from tests.support.peers import send_due
from tests.support.scene import Scene


async def home(scene: Scene, owner: int) -> list[str]:
    """Texts in a home timeline, the newest first."""
    return await scene.node.db.read(_home, owner)


def _home(tx: Tx, owner: int) -> list[str]:
    numbers = [entry.object_id for entry in home_timeline.read(tx, owner, Range(40))]
    found = visible.by_ids(tx, numbers, owner)
    return [found[number].source or "" for number in numbers if number in found]


async def test_new_follower_sees_the_last_posts_and_loses_them_with_the_follow(scene: Scene) -> None:
    """design 9, *Timelines*: the last 20 posts are placed; after an unfollow, or a removal, they leave."""
    other = await an_actor(scene.node, "other_member")
    for number in range(22):
        await create_post(scene.node, scene.member, Draft(f"{number}", visibility=Visibility.FOLLOWERS))

    await follows.follow(scene.node, other, scene.member)
    await process_arrivals(scene.node)
    placed = await home(scene, other.id)
    await follows.unfollow(scene.node, other, scene.member)
    await process_arrivals(scene.node)
    left = await home(scene, other.id)

    assert placed == [f"{number}" for number in range(21, 1, -1)]
    assert left == []

    await follows.follow(scene.node, other, scene.member)
    await process_arrivals(scene.node)
    await follows.turn_away(scene.node, scene.member, other.id)
    await process_arrivals(scene.node)
    assert await home(scene, other.id) == []
    assert await send_due(scene.node) == 0


async def test_author_reads_their_own_word_when_the_answer_arrives(scene: Scene) -> None:
    """design 7, *Read your own writes*: before any worker ran."""
    await create_post(scene.node, scene.member, Draft("Mine", visibility=Visibility.DIRECT))

    assert await home(scene, scene.member.id) == ["Mine"]


async def test_deleted_post_leaves_the_homes_of_neighbours(scene: Scene) -> None:
    """ActivityPub 6.4: at once, and a Create that was still waiting does not bring it back."""
    other = await an_actor(scene.node, "other_member")
    await follows.follow(scene.node, other, scene.member)
    await process_arrivals(scene.node)
    seen = await create_post(scene.node, scene.member, Draft("Seen"))
    await process_arrivals(scene.node)
    assert await home(scene, other.id) == ["Seen"]
    waiting = await create_post(scene.node, scene.member, Draft("Still waiting"))

    for post in (seen, waiting):
        await delete_post(scene.node, scene.member, post)
    await process_arrivals(scene.node)

    assert await home(scene, other.id) == []
