"""The same message again: replays, crowds, one id with two bodies. One effect, and always 202."""

import asyncio

from actors.lookup import by_id
from coopfed.features import notifications
from tests.support.nodes import process_arrivals
from tests.support.scene import Scene


async def followers(scene: Scene) -> int:
    """How many followers the member has."""
    row = await scene.node.db.read(by_id, scene.member.id)
    assert row is not None
    return row.followers_count


async def test_hundred_copies_at_once_have_one_effect(scene: Scene) -> None:
    """s2s 2.17: one row, many deliveries; shared and personal inbox, old and new signature."""
    follow = scene.alice.follow(scene.member.uri)
    inboxes = [scene.node.urls.shared_inbox, scene.member.inbox]

    answers = await asyncio.gather(
        *(scene.peer.post(scene.node, follow, inbox=inboxes[number % 2], seconds=-number) for number in range(100))
    )
    outcomes = await process_arrivals(scene.node)

    assert {answer.status for answer in answers} == {202}
    assert [str(outcome) for outcome in outcomes] == ["accepted"]
    assert await followers(scene) == 1
    assert len(await scene.node.db.read(notifications.recent, scene.member.id, 40)) == 1


async def test_replay_after_the_effect_is_202_and_nothing_happens(scene: Scene) -> None:
    """security 1.2, *Replay of exact bytes*: also after the follow was undone."""
    follow = scene.alice.follow(scene.member.uri)
    await scene.arrives(follow)
    await scene.arrives(scene.alice.says("Undo", follow))

    replayed = await scene.arrives(follow)

    assert replayed == []
    assert await followers(scene) == 0


async def test_undo_with_a_repeated_id_and_another_body_is_done_again(scene: Scene) -> None:
    """s2s 2.11 (misskey-dev/misskey#15464): Misskey repeats Undo ids; dedupe must not swallow the second Undo."""
    first, second = scene.alice.follow(scene.member.uri), scene.alice.follow(scene.member.uri)
    undo = scene.alice.says("Undo", first)
    await scene.arrives(first)
    await scene.arrives(undo)
    await scene.arrives(second)

    again = await scene.arrives(undo | {"object": second})

    assert again == ["accepted"]
    assert await followers(scene) == 0


async def test_follow_with_a_repeated_id_and_another_target_is_done_again(scene: Scene) -> None:
    """s2s 2.17: Follow, Accept and Undo with a known id and another body are processed: what they say now counts."""
    undone = scene.alice.follow(scene.node.urls.node_actor)
    assert await scene.arrives(undone) == ["unsupported"]

    again = await scene.arrives(undone | {"object": scene.member.uri})

    assert again == ["accepted"]
    assert await followers(scene) == 1


async def test_create_with_a_known_id_and_another_body_is_dropped(scene: Scene) -> None:
    """s2s 2.17: other types are what they were."""
    create = scene.alice.create(scene.alice.mentioning(scene.member.uri))
    await scene.arrives(create)

    again = await scene.arrives(create | {"object": scene.alice.mentioning(scene.member.uri)})

    assert again == []
    assert len(await scene.node.db.read(notifications.recent, scene.member.id, 40)) == 1


async def test_repeated_id_does_not_change_the_type(scene: Scene) -> None:
    """Door shut: the id of a Create cannot be run again as an Undo."""
    create = scene.alice.create(scene.alice.mentioning(scene.member.uri))
    await scene.arrives(create)

    again = await scene.arrives(scene.alice.says("Undo", "https://x.example/1", id=create["id"]))

    assert again == []


async def test_neighbour_cannot_use_up_an_id(scene: Scene) -> None:
    """security 1.1, *Id poisoning*: what is known is (signer, id); neighbours on one host are strangers."""
    create = scene.alice.create(scene.alice.mentioning(scene.member.uri))
    mallory = scene.peer.actor("mallory")
    squatted = mallory.says("Create", mallory.note(), id=create["id"])

    await scene.arrives(squatted)
    outcome = await scene.arrives(create)

    assert outcome == ["accepted"]
