"""Flag as it arrives: what concerns nobody here, what is too much, then every shape that servers send."""

from typing import Any

import pytest

from coopfed import limits
from coopfed.features.posts.actions import create_post
from coopfed.features.posts.rules import Draft
from coopfed.features.reports import store
from coopfed.net import peers
from tests.support.nodes import an_actor
from tests.support.peers import RemoteActor, a_peer
from tests.support.scene import Scene


async def reports(scene: Scene, *, everything: bool = False) -> list[dict[str, Any]]:
    """The reports that wait, the newest first."""
    return await scene.node.db.read(store.listed, 100, everything)


@pytest.fixture
def server(scene: Scene) -> RemoteActor:
    """The peer's own actor, which reports for its members."""
    return scene.peer.actor("server", changes={"type": "Application"})


# --- shut -------------------------------------------------------------------------------------------------------


async def test_report_about_nobody_here_is_irrelevant(scene: Scene, server: RemoteActor) -> None:
    """s2s 2.22, step 8: about others, about an id of ours that is nothing, about a post that is elsewhere."""
    note = scene.alice.note()
    for about in (scene.alice.uri, scene.node.urls.actor(4711), scene.node.urls.object(4711), note, [note["id"]]):
        assert await scene.arrives(server.says("Flag", about, content="Spam"), server) == ["irrelevant"]
    assert await reports(scene) == []


async def test_report_from_a_blocked_host_is_not_taken(scene: Scene, server: RemoteActor) -> None:
    """s2s 2.12: accepted if the host is not blocked."""
    await scene.node.db.write(peers.set_blocked, scene.peer.host, True)

    assert (await scene.peer.post(scene.node, server.says("Flag", scene.member.uri), server)).status == 403
    assert await reports(scene) == []


async def test_flood_of_reports_ends_at_the_limit(scene: Scene, server: RemoteActor) -> None:
    """Bounded for each host and day, whoever of it signs; another host is heard; what was looked at makes room, and a new day."""
    for _ in range(limits.REPORTS_PER_HOST_A_DAY):
        assert await scene.arrives(server.says("Flag", scene.member.uri), server) == ["accepted"]
    too_much = [await scene.arrives(actor.says("Flag", scene.member.uri), actor) for actor in (server, scene.alice)]
    async with a_peer() as other:
        bob = other.actor("bob")
        heard = await scene.arrives(bob.says("Flag", scene.member.uri), bob)
    await scene.node.db.write(store.resolve, (await reports(scene))[-1]["id"], scene.clock.now())
    after = [await scene.arrives(server.says("Flag", scene.member.uri), server) for _ in range(2)]
    scene.clock.pass_(24 * 3600)

    assert too_much == [["refused_flood"], ["refused_flood"]]
    assert heard == ["accepted"]
    assert after == [["accepted"], ["refused_flood"]]
    assert await scene.arrives(server.says("Flag", scene.member.uri), server) == ["accepted"]


async def test_same_report_is_stored_once(scene: Scene, server: RemoteActor) -> None:
    """s2s 2.17: by reporter and id; one without an id by its body."""
    flag = server.says("Flag", scene.member.uri, content="Spam")
    nameless = server.says("Flag", scene.member.uri, content="Spam", id=None)

    for activity in (flag, flag, nameless, nameless):
        await scene.arrives(activity, server)

    assert len(await reports(scene)) == 2


# --- open -------------------------------------------------------------------------------------------------------


async def test_report_comes_in_every_shape(scene: Scene, server: RemoteActor) -> None:
    """s2s 2.12: string or array, ids or objects, actor and posts mixed, posts alone; foreign ids among them are left out."""
    post = await create_post(scene.node, scene.member, Draft("Cheap watches"))
    other = await an_actor(scene.node, "other_member")
    others = await create_post(scene.node, other, Draft("Something else"))
    actor = {"type": "Organization", "id": scene.member.uri}
    note = {"type": "Note", "id": post.uri, "content": "Cheap watches", "attributedTo": scene.member.uri}
    shapes: list[tuple[Any, str]] = [
        (scene.member.uri, ""),
        ([scene.member.uri], ""),
        ([scene.member.uri, post.uri, others.uri, "https://x.example/1"], post.uri),
        ([post.uri], post.uri),
        (post.uri, post.uri),
        ([actor, note], post.uri),
        (note, post.uri),
    ]
    for about, _posts in shapes:
        assert await scene.arrives(server.says("Flag", about, content="Spam"), server) == ["accepted"]

    found = (await reports(scene))[::-1]
    assert [row["object_uris"] for row in found] == [posts for _about, posts in shapes]
    assert {row["target"] for row in found} == {scene.member.uri}
    assert {row["reporter"] for row in found} == {server.uri}


async def test_comment_is_text_of_bounded_length(scene: Scene, server: RemoteActor) -> None:
    """It is shown in a terminal: control characters would write over what stands there."""
    long = "x" * (limits.REPORT_CHARACTERS + 1)
    await scene.arrives(server.says("Flag", scene.member.uri, content="a < b\n\x1b[31mred\u202e"), server)
    await scene.arrives(server.says("Flag", scene.member.uri, content=long), server)

    comments = [row["comment"] for row in await reports(scene)]
    assert comments == ["x" * limits.REPORT_CHARACTERS, "a < b\n[31mred"]
