"""What a group's moderators took out is in no thread of the group either, wherever that is shown (FEP-1b12): each door shut, then open."""

from typing import Any

from actors.lookup import ActorRow
from coopfed.features.groups import actions
from coopfed.features.groups.actions import Ruling
from coopfed.features.posts import store as posts
from coopfed.features.posts.actions import create_post
from coopfed.features.posts.rules import Draft
from coopfed.features.posts.store import PostRow
from coopfed.web.posts import thread_of
from coopfed.web.profiles import profile_of
from tests.coopfed.api.test_api import a_client
from tests.inbox.test_groups_of_ours import after, club
from tests.inbox.test_groups_of_peers import a_comment, a_page, elsewhere
from tests.inbox.test_groups_of_peers import club as peers_club
from tests.support.nodes import an_actor
from tests.support.peers import Document, RemoteActor
from tests.support.peers import Peer as Host
from tests.support.scene import Scene

__all__ = ["club", "elsewhere", "peers_club"]


async def stored(scene: Scene, uri: str) -> PostRow:
    """The post with this id."""
    found = await scene.node.db.read(posts.by_uri, uri)
    assert found is not None
    return found


async def around(scene: Scene, post: PostRow, reader: ActorRow | None = None) -> tuple[list[str], list[str]]:
    """The ids of what an app shows above and below a post."""
    context = (await (await a_client(scene, reader)).get(f"/statuses/{post.id}/context")).json
    return [one["uri"] for one in context["ancestors"]], [one["uri"] for one in context["descendants"]]


async def items(scene: Scene, url: str) -> list[Any]:
    """What a page of a collection of ours lists."""
    found: Document = (await scene.peer.get(scene.node, url)).json
    return list(found.get("orderedItems") or found.get("items") or [])


async def ruled(scene: Scene, group: ActorRow, uri: str, *, undo: bool = False) -> None:
    """The member, who looks after the group, takes a post out or lets it in again."""
    await actions.rule(scene.node, group, scene.member, Ruling("Delete", uri, undo=undo))
    await after(scene)


# --- shut -------------------------------------------------------------------------------------------------------


async def test_moderators_have_no_say_in_threads_elsewhere(
    scene: Scene, peers_club: RemoteActor, elsewhere: Host
) -> None:
    """FEP-fe34: a group takes out what stands in it; a thread that it did not pass on is none of its own."""
    bo, mo = elsewhere.actor("bo"), scene.peer.actor("mo")
    post = await create_post(scene.node, scene.member, Draft("Who comes?"))
    comment = a_comment(elsewhere, bo, peers_club, post.uri) | {"cc": [scene.member.uri]}
    await elsewhere.post(scene.node, bo.create(comment), bo)
    await after(scene)

    assert await scene.arrives(peers_club.says("Announce", mo.says("Delete", comment["id"])), peers_club) == [
        "duplicate"
    ]

    assert await around(scene, post) == ([], [comment["id"]])


async def test_group_that_boosts_a_post_does_not_rule_its_thread(
    scene: Scene, peers_club: RemoteActor, elsewhere: Host
) -> None:
    """Whoever runs a group could else pass everything on, and then take out whom they dislike."""
    bo, mo = elsewhere.actor("bo"), scene.peer.actor("mo")
    post = await create_post(scene.node, scene.member, Draft("Who comes?"))
    comment = a_comment(elsewhere, bo, peers_club, post.uri)
    await scene.arrives(peers_club.says("Announce", post.uri), peers_club)
    assert await scene.arrives(peers_club.says("Announce", bo.create(comment)), peers_club) == ["accepted"]

    removal = peers_club.says("Announce", mo.says("Delete", comment["id"]))
    assert await scene.arrives(removal, peers_club) == ["accepted"]

    assert await around(scene, post) == ([], [comment["id"]])


# --- open -------------------------------------------------------------------------------------------------------


async def test_comment_that_was_taken_out_is_in_no_thread_of_the_group(scene: Scene, club: ActorRow) -> None:
    """Apps, pages and what other servers are given; its author's own page has it, and what answers it stays. Undo brings it back."""
    other = await an_actor(scene.node, "other")
    await actions.appoint(scene.node, club, scene.member)
    post = await create_post(scene.node, scene.member, Draft("@club who sells nets?"))
    await after(scene)
    spam = await create_post(scene.node, other, Draft("cheap pills", in_reply_to=post.uri))
    await after(scene)
    answer = await create_post(scene.node, scene.member, Draft("Go away", in_reply_to=spam.uri))
    await after(scene)

    async def seen() -> list[Any]:
        page = await scene.node.db.read(thread_of, "member", post.id, None)
        return [
            (await around(scene, post))[1],
            (await around(scene, answer, other))[0],
            [shown.post.uri for shown in page.replies],
            await items(scene, f"{post.uri}/replies?page=others"),
            await items(scene, f"{post.uri}/context?page=true"),
        ]

    shown = [[spam.uri, answer.uri], [post.uri, spam.uri], [spam.uri], [spam.uri], [post.uri, spam.uri, answer.uri]]
    assert await seen() == shown

    await ruled(scene, club, spam.uri)

    assert await seen() == [[answer.uri], [post.uri], [], [], [post.uri, answer.uri]]
    assert (await scene.peer.get(scene.node, f"{post.uri}/replies")).json["totalItems"] == 0
    assert (await scene.peer.get(scene.node, f"{post.uri}/context")).json["totalItems"] == 2
    assert [shown.post.uri for shown in (await scene.node.db.read(profile_of, "other", None)).posts] == [spam.uri]
    own = await scene.node.db.read(thread_of, "other", spam.id, None)
    assert (own.post.post.uri, [shown.post.uri for shown in own.replies]) == (spam.uri, [answer.uri])
    assert (await (await a_client(scene)).get(f"/statuses/{spam.id}")).status == 200

    await ruled(scene, club, spam.uri, undo=True)

    assert await seen() == shown


async def test_comment_that_came_beside_the_group_is_taken_out_of_its_thread(
    scene: Scene, peers_club: RemoteActor, elsewhere: Host
) -> None:
    """Its author's server sent it here, and the group passed on nothing but its end: it stands in the group by its thread."""
    bo, mo = elsewhere.actor("bo"), scene.peer.actor("mo")
    page = a_page(elsewhere, bo, peers_club)
    await scene.arrives(peers_club.says("Announce", bo.create(page)), peers_club)
    comment = a_comment(elsewhere, bo, peers_club, page["id"]) | {"cc": [peers_club.uri, scene.member.uri]}
    await elsewhere.post(scene.node, bo.create(comment), bo)
    await after(scene)
    post = await stored(scene, page["id"])
    assert await around(scene, post) == ([], [comment["id"]])
    removal = mo.says("Delete", comment["id"], audience=peers_club.uri)
    back = mo.says("Undo", {name: removal[name] for name in ("id", "type", "actor", "object")}, audience=peers_club.uri)

    assert await scene.arrives(peers_club.says("Announce", removal), peers_club) == ["accepted"]
    assert await around(scene, post) == ([], [])

    assert await scene.arrives(peers_club.says("Announce", back), peers_club) == ["accepted"]
    assert await around(scene, post) == ([], [comment["id"]])
