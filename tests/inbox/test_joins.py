"""Join and Leave of a group of ours: to us the same as to follow it and not to, answered in the sender's words (Smithereen, Fedify)."""

import pytest

from actors.lookup import ActorRow
from coopfed.features.blocks.actions import block
from coopfed.features.follows import actions as follows
from tests.inbox.test_boosts import row_of
from tests.inbox.test_follows import between
from tests.support.nodes import an_actor
from tests.support.peers import Document, send_due
from tests.support.scene import Scene


@pytest.fixture
async def club(scene: Scene) -> ActorRow:
    """A group of ours."""
    return await an_actor(scene.node, "club", "group")


def join(scene: Scene, group: str) -> Document:
    """Alice's Join."""
    return scene.alice.says("Join", group, to=[group], cc=None)


async def answers(scene: Scene) -> list[tuple[str, str, str]]:
    """What came back: the type, the type and the id of what it answers."""
    await send_due(scene.node)
    found = [received.document for received in scene.peer.received]
    return [(answer["type"], answer["object"]["type"], answer["object"]["id"]) for answer in found]


# --- shut -------------------------------------------------------------------------------------------------------


async def test_only_groups_are_joined_and_left(scene: Scene) -> None:
    """ActivityStreams, Join: of events and of people nobody here takes part in that way."""
    note = f"{scene.node.urls.base}/ap/objects/1"

    for type in ("Join", "Leave"):
        for target in (scene.member.uri, scene.node.urls.node_actor, note):
            assert await scene.arrives(scene.alice.says(type, target)) == ["unsupported"]

    assert await between(scene, scene.alice.uri, scene.member.uri) is None


async def test_whom_the_group_blocks_does_not_join(scene: Scene, club: ActorRow) -> None:
    """ActivityPub 6.9: refused in the words in which it asked."""
    await scene.arrives(scene.alice.says("Like", "https://x.example/1"))
    await block(scene.node, club, await row_of(scene, scene.alice.uri))
    asked = join(scene, club.uri)

    assert await scene.arrives(asked) == ["refused_blocked"]

    assert ("Reject", "Join", asked["id"]) in await answers(scene)
    assert await between(scene, scene.alice.uri, club.uri) is None


async def test_who_is_not_in_does_not_leave(scene: Scene, club: ActorRow) -> None:
    """Nothing ends that was not; nobody takes another out."""
    await scene.arrives(join(scene, club.uri))
    mallory = scene.peer.actor("mallory")

    assert await scene.arrives(mallory.says("Leave", club.uri), mallory) == ["duplicate"]

    assert await between(scene, scene.alice.uri, club.uri) == "accepted"


# --- open -------------------------------------------------------------------------------------------------------


async def test_who_joins_follows_and_is_answered_with_its_join(scene: Scene, club: ActorRow) -> None:
    """ActivityStreams, Join: the Accept embeds it, by its id; a repeated one is answered again."""
    asked, again = join(scene, club.uri), join(scene, club.uri)

    assert await scene.arrives(asked) == ["accepted"]
    assert await scene.arrives(again) == ["accepted"]

    assert await between(scene, scene.alice.uri, club.uri) == "accepted"
    assert await answers(scene) == [("Accept", "Join", asked["id"]), ("Accept", "Join", again["id"])]


async def test_locked_group_lets_in_later_who_asked_to_join(scene: Scene) -> None:
    """ActivityPub 6.6: what was asked is remembered until it is answered."""
    club = await an_actor(scene.node, "club", "group", locked=True)
    asked = join(scene, club.uri)
    assert await scene.arrives(asked) == ["accepted"]
    waits = await between(scene, scene.alice.uri, club.uri), await answers(scene)

    await follows.let_in(scene.node, club, (await row_of(scene, scene.alice.uri)).id)

    assert waits == ("pending", [])
    assert await between(scene, scene.alice.uri, club.uri) == "accepted"
    assert await answers(scene) == [("Accept", "Join", asked["id"])]


@pytest.mark.parametrize("asked_with", ["Join", "Follow"])
@pytest.mark.parametrize("left_with", ["Leave", "Undo"])
async def test_who_leaves_follows_no_more(scene: Scene, club: ActorRow, asked_with: str, left_with: str) -> None:
    """ActivityStreams, Leave; ActivityPub 6.10: either word ends what either word began, once."""
    asked = scene.alice.says(asked_with, club.uri, to=[club.uri], cc=None)
    await scene.arrives(asked)
    ended = {name: asked[name] for name in ("id", "type", "actor", "object")} if left_with == "Undo" else club.uri

    assert await scene.arrives(scene.alice.says(left_with, ended)) == ["accepted"]
    assert await scene.arrives(scene.alice.says(left_with, ended)) == ["duplicate"]

    assert await between(scene, scene.alice.uri, club.uri) is None


async def test_who_follows_after_a_join_is_answered_with_its_follow(scene: Scene, club: ActorRow) -> None:
    """s2s 2.11: the newer words count."""
    await scene.arrives(join(scene, club.uri))
    asked = scene.alice.follow(club.uri)

    await scene.arrives(asked)

    assert (await answers(scene))[-1] == ("Accept", "Follow", asked["id"])
