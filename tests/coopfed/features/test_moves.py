"""An actor of ours that moves: what must be there first, what it may not do afterwards, what is told, and back again."""

from typing import Any

import pytest

from actors.lookup import ActorRow, by_uri
from coopfed import limits
from coopfed.errors import InvalidInput
from coopfed.features.follows import actions as follows
from coopfed.features.follows import store as follow_store
from coopfed.features.moves.actions import come_back, drop_alias, move, set_alias
from coopfed.features.moves.store import call_own as _call_own
from coopfed.features.posts.actions import create_post
from coopfed.features.posts.rules import Draft
from tests.support.jobs import run_jobs
from tests.support.nodes import an_actor, process_arrivals
from tests.support.peers import RemoteActor, send_due
from tests.support.scene import Scene


async def row(scene: Scene, uri: str) -> ActorRow:
    """The actor with this id."""
    found = await scene.node.db.read(by_uri, uri)
    assert found is not None
    return found


async def sent(scene: Scene) -> list[dict[str, Any]]:
    """What the peer got since the last time, after everything due was sent."""
    await send_due(scene.node)
    found = [got.document for got in scene.peer.received]
    scene.peer.received.clear()
    return found


async def a_new_home(scene: Scene) -> tuple[RemoteActor, ActorRow]:
    """An actor of the peer that calls the member its own; alice follows the member."""
    home = scene.peer.actor("home", changes={"alsoKnownAs": [scene.member.uri]})
    await scene.arrives(home.create(home.mentioning(scene.member.uri)), home)
    await scene.arrives(scene.alice.follow(scene.member.uri))
    await sent(scene)
    return home, await row(scene, home.uri)


async def document(scene: Scene) -> dict[str, Any]:
    """The member's document, as peers read it."""
    answer = await scene.peer.get(scene.node, scene.member.uri)
    found: dict[str, Any] = answer.json
    return found


# --- shut -------------------------------------------------------------------------------------------------------


async def test_target_must_call_the_actor_its_own_now(scene: Scene) -> None:
    """FEP-7628: the target's document is fetched for the move; what was known of it before does not count."""
    home, target = await a_new_home(scene)
    home.changes.clear()

    with pytest.raises(InvalidInput, match="does not call"):
        await move(scene.node, scene.member, target)

    assert await sent(scene) == []
    assert "movedTo" not in await document(scene)


async def test_only_an_actor_of_ours_moves_or_has_aliases(scene: Scene) -> None:
    """Mistakes get clear errors."""
    _home, target = await a_new_home(scene)

    for call in (move(scene.node, target, scene.member), set_alias(scene.node, target, scene.member)):
        with pytest.raises(InvalidInput, match="not an actor of this node"):
            await call
    with pytest.raises(InvalidInput, match="no alias of itself"):
        await set_alias(scene.node, scene.member, scene.member)
    with pytest.raises(InvalidInput, match="itself"):
        await move(scene.node, scene.member, scene.member)
    with pytest.raises(InvalidInput, match="has not moved"):
        await come_back(scene.node, scene.member)


async def test_moved_actor_neither_posts_nor_is_followed_anew(scene: Scene) -> None:
    """s2s 2.12: a Follow gets a Reject; here and from afar it is told where to follow."""
    _home, target = await a_new_home(scene)
    other = await an_actor(scene.node, "other_member")
    await move(scene.node, scene.member, target)
    moved = await row(scene, scene.member.uri)
    await sent(scene)
    bob = scene.peer.actor("bob")

    with pytest.raises(InvalidInput, match="posts nothing here"):
        await create_post(scene.node, moved, Draft("Still here"))
    with pytest.raises(InvalidInput, match="has moved; follow"):
        await follows.follow(scene.node, other, moved)
    assert await scene.arrives(bob.follow(scene.member.uri), bob) == ["refused_moved"]
    assert [activity["type"] for activity in await sent(scene)] == ["Reject"]
    assert await scene.arrives(scene.alice.follow(scene.member.uri)) == ["accepted"]


async def test_actor_moves_once_in_seven_days(scene: Scene) -> None:
    """s2s 2.12, *cooldown*: also after it came back."""
    _home, target = await a_new_home(scene)
    await move(scene.node, scene.member, target)
    with pytest.raises(InvalidInput, match="--undo"):
        await move(scene.node, await row(scene, scene.member.uri), target)
    await come_back(scene.node, await row(scene, scene.member.uri))

    scene.clock.pass_(limits.MOVE_REST_SECONDS - 1)
    with pytest.raises(InvalidInput, match="seven days"):
        await move(scene.node, await row(scene, scene.member.uri), target)
    scene.clock.pass_(1)
    await move(scene.node, await row(scene, scene.member.uri), target)


# --- open -------------------------------------------------------------------------------------------------------


async def test_alias_of_an_actor_that_is_gone_can_be_taken_back(scene: Scene) -> None:
    """FEP-7628: an old home may be gone for good; its id is enough."""
    await scene.node.db.write(_call_own, scene.member.id, ("https://gone.example/users/old", "https://x.example/1"), 1)

    with pytest.raises(InvalidInput, match="does not call"):
        await drop_alias(scene.node, scene.member, "https://gone.example/users/other")
    aliases = await drop_alias(scene.node, scene.member, "https://gone.example/users/old")

    document = (await scene.peer.get(scene.node, scene.member.uri)).json
    assert aliases == ("https://x.example/1",)
    assert document["alsoKnownAs"] == ["https://x.example/1"]


async def test_alias_is_told_once_and_taken_back(scene: Scene) -> None:
    """FEP-7628: alsoKnownAs in the document, and an Update to the followers."""
    _home, target = await a_new_home(scene)

    for own in (True, True, False):
        aliases = await set_alias(scene.node, scene.member, target, own=own)
        assert aliases == ((target.uri,) if own else ())
        assert (await document(scene)).get("alsoKnownAs") == ([target.uri] if own else None)

    updates = await sent(scene)
    assert [activity["type"] for activity in updates] == ["Update", "Update"]
    assert [activity["object"].get("alsoKnownAs") for activity in updates] == [[target.uri], None]


async def test_move_is_told_to_followers_and_shown_in_the_document(scene: Scene) -> None:
    """FEP-7628 *Push mode*: Move to the followers, then the Update; the document says it by then."""
    home, target = await a_new_home(scene)

    await move(scene.node, scene.member, target)

    told = await sent(scene)
    assert [activity["type"] for activity in told] == ["Move", "Update"]
    assert (told[0]["actor"], told[0]["object"], told[0]["target"]) == (scene.member.uri, scene.member.uri, home.uri)
    assert told[0]["to"] == [scene.member.followers_uri]
    assert told[1]["object"]["movedTo"] == home.uri
    assert (await document(scene))["movedTo"] == home.uri


async def test_neighbours_follow_to_the_new_home(scene: Scene) -> None:
    """Design 3.8: our own followers take the same road as remote ones."""
    home, target = await a_new_home(scene)
    other = await an_actor(scene.node, "other_member")
    await follows.follow(scene.node, other, scene.member)
    await process_arrivals(scene.node)

    await move(scene.node, scene.member, target)
    await process_arrivals(scene.node)
    await run_jobs(scene.node)
    await process_arrivals(scene.node)

    asked = [activity for activity in await sent(scene) if activity["type"] == "Follow"]
    assert [(activity["actor"], activity["object"]) for activity in asked] == [(other.uri, home.uri)]
    assert await scene.node.db.read(follow_store.between, other.id, scene.member.id) is None


async def test_actor_that_came_back_is_at_home_again(scene: Scene) -> None:
    """The document says so, it posts and is followed; whoever had not followed yet stays."""
    _home, target = await a_new_home(scene)
    other = await an_actor(scene.node, "other_member")
    await follows.follow(scene.node, other, scene.member)
    await process_arrivals(scene.node)
    await move(scene.node, scene.member, target)
    await process_arrivals(scene.node)

    await come_back(scene.node, await row(scene, scene.member.uri))
    await run_jobs(scene.node)

    assert "movedTo" not in await document(scene)
    assert await scene.node.db.read(follow_store.between, other.id, scene.member.id) is not None
    await create_post(scene.node, await row(scene, scene.member.uri), Draft("Here I am"))
    await process_arrivals(scene.node)
    bob = scene.peer.actor("bob")
    assert await scene.arrives(bob.follow(scene.member.uri), bob) == ["accepted"]
