"""What a peer's group passes on whole (FEP-1b12): each door shut, then open."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from coopfed import limits
from coopfed.db.models import GroupModerator, GroupPost, Peer
from coopfed.db.tx import Tx, table
from coopfed.errors import InvalidInput
from coopfed.features.follows import actions as follows
from coopfed.features.posts import featured
from coopfed.features.posts import store as posts
from coopfed.features.posts.actions import create_post, delete_post, edit_post
from coopfed.features.posts.rules import Draft
from coopfed.features.reactions import actions as reactions
from coopfed.vocab.terms import PUBLIC
from tests.inbox.test_boosts import home, row_of, told
from tests.support.jobs import run_jobs
from tests.support.peers import CONTEXT, Document, RemoteActor, a_peer, send_due
from tests.support.peers import Peer as Host
from tests.support.polls import OPTIONS, asks, chooses, counts, question
from tests.support.scene import Scene

group_post, group_moderator, peer = table(GroupPost), table(GroupModerator), table(Peer)


@pytest.fixture
async def club(scene: Scene) -> RemoteActor:
    """A group of a peer that the member follows."""
    club = scene.peer.actor("club")
    club.changes |= {"type": "Group", "attributedTo": f"{club.uri}/moderators", "featured": f"{club.uri}/featured"}
    await scene.arrives(club.says("Like", "https://x.example/1"), club)
    await follows.follow(scene.node, scene.member, await row_of(scene, club.uri))
    pair = {"type": "Follow", "actor": scene.member.uri, "object": club.uri}
    assert await scene.arrives(club.says("Accept", pair), club) == ["accepted"]
    return club


@pytest.fixture
async def elsewhere() -> AsyncIterator[Host]:
    """Another host, where members of the club live."""
    async with a_peer() as host:
        yield host


def a_page(host: Host, author: RemoteActor, club: RemoteActor, number: int = 7, **more: Any) -> Document:
    """A post to the club, as Lemmy writes it, served by its host."""
    page: Document = {
        "id": f"{author.base}/post/{number}",
        "type": "Page",
        "attributedTo": author.uri,
        "to": [club.uri, PUBLIC],
        "cc": [],
        "audience": club.uri,
        "name": "Nets",
        "content": "<p>Who sells nets?</p>",
        "published": "2026-11-24T07:00:00Z",
        **more,
    }
    host.publish({"@context": CONTEXT, **page})
    return page


def a_comment(host: Host, author: RemoteActor, club: RemoteActor, parent: str, number: int = 70) -> Document:
    """A comment in the club, served by its host."""
    note: Document = {
        "id": f"{author.base}/comment/{number}",
        "type": "Note",
        "attributedTo": author.uri,
        "to": [PUBLIC],
        "cc": [club.uri],
        "audience": club.uri,
        "inReplyTo": parent,
        "content": "<p>I do</p>",
        "published": "2026-11-24T07:10:00Z",
    }
    host.publish({"@context": CONTEXT, **note})
    return note


async def stands(scene: Scene, uri: str) -> list[tuple[bool, bool]]:
    """Where the post stands: of each group whether it was taken out, and whether its thread is closed."""
    return await scene.node.db.read(_stands, uri)


def _stands(tx: Tx, uri: str) -> list[tuple[bool, bool]]:
    post = posts.by_uri(tx, uri)
    rows = tx.execute(group_post.select().where(group_post.c.object_id == (post.id if post else 0)))
    return [(row.removed_at is not None, row.locked_at is not None) for row in rows]


# --- shut -------------------------------------------------------------------------------------------------------


async def test_group_that_nobody_follows_is_not_heard(scene: Scene) -> None:
    """s2s 2.14: what only readers of other nodes would see is not fetched."""
    club = scene.peer.actor("club")
    club.changes |= {"type": "Group"}
    page = a_page(scene.peer, scene.alice, club)

    outcome = await scene.arrives(club.says("Announce", scene.alice.create(page)), club)

    assert outcome == ["irrelevant"]
    assert "/post/7" not in scene.peer.gets


async def test_only_groups_pass_activities_on(scene: Scene) -> None:
    """FEP-1b12 *Announce*: of a person it is nothing that anybody sends."""
    page = a_page(scene.peer, scene.alice, scene.alice)

    assert await scene.arrives(scene.alice.says("Announce", scene.alice.create(page))) == ["unsupported"]


async def test_what_a_group_embeds_is_not_believed(scene: Scene, club: RemoteActor, elsewhere: Host) -> None:
    """FEP-fe34: the group's signature says that it passed the post on, not that somebody wrote it."""
    bo = elsewhere.actor("bo")
    page = a_page(elsewhere, bo, club) | {"content": "<p>Bo is a thief</p>"}

    assert await scene.arrives(club.says("Announce", bo.create(page)), club) == ["accepted"]

    stored = await scene.node.db.read(posts.by_uri, page["id"])
    assert stored is not None
    assert "Who sells nets?" in stored.content
    assert "thief" not in stored.content


async def test_post_that_its_host_does_not_have_does_not_appear(
    scene: Scene, club: RemoteActor, elsewhere: Host
) -> None:
    """Invented posts of others come to nothing."""
    bo = elsewhere.actor("bo")
    page = a_page(elsewhere, bo, club)
    elsewhere.objects.clear()

    assert await scene.arrives(club.says("Announce", bo.create(page)), club) == ["unreachable"]
    assert await home(scene) == []


async def test_like_that_its_host_does_not_confirm_does_not_count(
    scene: Scene, club: RemoteActor, elsewhere: Host
) -> None:
    """FEP-fe34: a group could otherwise invent who likes what."""
    bo = elsewhere.actor("bo")
    post = await create_post(scene.node, scene.member, Draft("Seeds"))
    like, other = (bo.says("Like", post.uri) for _ in range(2))
    elsewhere.publish(other | {"id": like["id"], "object": "https://x.example/1"})

    assert await scene.arrives(club.says("Announce", like), club) == ["refused_relayed"]
    assert await told(scene) == []


async def test_delete_that_its_host_does_not_confirm_is_a_moderators(
    scene: Scene, club: RemoteActor, elsewhere: Host
) -> None:
    """The post leaves the group; it stays its author's, and with those who follow the author."""
    bo, mo = elsewhere.actor("bo"), scene.peer.actor("mo")
    page = a_page(elsewhere, bo, club)
    await scene.arrives(club.says("Announce", bo.create(page)), club)

    removal = mo.says("Delete", page["id"], audience=club.uri)
    assert await scene.arrives(club.says("Announce", removal), club) == ["accepted"]

    stored = await scene.node.db.read(posts.by_uri, page["id"])
    assert stored is not None
    assert stored.deleted_at is None
    assert (await home(scene), await stands(scene, page["id"])) == ([], [(True, False)])


async def test_author_who_did_not_delete_keeps_the_post(scene: Scene, club: RemoteActor, elsewhere: Host) -> None:
    """s2s 2.16: a Delete in the author's name is believed when the post is gone at its host."""
    bo = elsewhere.actor("bo")
    page = a_page(elsewhere, bo, club)
    await scene.arrives(club.says("Announce", bo.create(page)), club)

    assert await scene.arrives(club.says("Announce", bo.says("Delete", page["id"])), club) == ["refused_relayed"]
    assert await home(scene) == [(page["id"], club.uri)]


async def test_group_does_not_moderate_another(scene: Scene, club: RemoteActor, elsewhere: Host) -> None:
    """Only its own collections are the group's word."""
    bo = elsewhere.actor("bo")
    page = a_page(elsewhere, bo, club)
    await scene.arrives(club.says("Announce", bo.create(page)), club)
    pin = bo.says("Add", page["id"], target=f"{scene.peer.base}/users/other/featured")

    assert await scene.arrives(club.says("Announce", pin), club) == ["refused_relayed"]


async def test_group_closes_no_thread_that_was_not_said_to_it(scene: Scene, club: RemoteActor, elsewhere: Host) -> None:
    """Whoever makes a post known would else have a say in it: any group could keep members here from answering each other."""
    ours = await create_post(scene.node, scene.member, Draft("Seeds"))
    theirs = elsewhere.actor("bo").note() | {"@context": CONTEXT}
    elsewhere.publish(theirs)
    stranger = scene.peer.actor("stranger")
    stranger.changes["type"] = "Group"
    for group, post in ((stranger, ours.uri), (club, ours.uri), (club, theirs["id"])):
        assert await scene.arrives(group.says("Announce", post), group) == ["accepted"]

        lock = scene.alice.says("Lock", post, audience=group.uri)

        assert await scene.arrives(group.says("Announce", lock), group) == ["duplicate"]
        assert await create_post(scene.node, scene.member, Draft("@bo I do", in_reply_to=post))


# --- open -------------------------------------------------------------------------------------------------------


async def test_post_of_a_group_comes_once_however_it_is_made_known(
    scene: Scene, club: RemoteActor, elsewhere: Host
) -> None:
    """Lemmy sends the Create whole and the post's id besides; the reader sees one entry, by the group."""
    bo = elsewhere.actor("bo")
    page = a_page(elsewhere, bo, club)

    assert await scene.arrives(club.says("Announce", bo.create(page)), club) == ["accepted"]
    assert await scene.arrives(club.says("Announce", page["id"]), club) == ["duplicate"]
    assert await home(scene) == [(page["id"], club.uri)]
    assert await stands(scene, page["id"]) == [(False, False)]


async def test_comment_of_a_group_joins_its_thread_and_is_not_boosted(
    scene: Scene, club: RemoteActor, elsewhere: Host
) -> None:
    """LemmyNet/lemmy#2224: boosted comments stand without their thread in a home timeline."""
    bo = elsewhere.actor("bo")
    page = a_page(elsewhere, bo, club)
    await scene.arrives(club.says("Announce", bo.create(page)), club)
    comment = a_comment(elsewhere, bo, club, page["id"])

    assert await scene.arrives(club.says("Announce", bo.create(comment)), club) == ["accepted"]

    parent, stored = [await scene.node.db.read(posts.by_uri, found["id"]) for found in (page, comment)]
    assert parent is not None
    assert stored is not None
    assert stored.in_reply_to_id == parent.id
    assert await home(scene) == [(page["id"], club.uri)]


async def test_like_that_a_group_tells_counts_for_our_post(scene: Scene, club: RemoteActor, elsewhere: Host) -> None:
    """Lemmy's likes come by the group alone: asked for at their own host, and counted."""
    bo = elsewhere.actor("bo")
    post = await create_post(scene.node, scene.member, Draft("Seeds"))
    like = elsewhere.publish(bo.says("Like", post.uri))
    undo = elsewhere.publish(bo.says("Undo", {name: like[name] for name in ("id", "type", "actor", "object")}))

    assert await scene.arrives(club.says("Announce", like), club) == ["accepted"]
    stored = await scene.node.db.read(posts.by_id, post.id)
    assert stored is not None
    assert stored.likes_count == 1

    assert await scene.arrives(club.says("Announce", undo), club) == ["accepted"]
    stored = await scene.node.db.read(posts.by_id, post.id)
    assert stored is not None
    assert stored.likes_count == 0


async def test_edit_and_end_of_a_post_come_by_the_group(scene: Scene, club: RemoteActor, elsewhere: Host) -> None:
    """FEP-1b12: asked for at the author's host."""
    bo = elsewhere.actor("bo")
    page = a_page(elsewhere, bo, club)
    await scene.arrives(club.says("Announce", bo.create(page)), club)
    edited = a_page(elsewhere, bo, club, content="<p>Who sells big nets?</p>", updated="2026-11-24T07:30:00Z")

    assert await scene.arrives(club.says("Announce", bo.says("Update", edited)), club) == ["accepted"]
    stored = await scene.node.db.read(posts.by_uri, page["id"])
    assert stored is not None
    assert "big nets" in stored.content

    elsewhere.objects.clear()
    elsewhere.statuses["/post/7"] = 410
    assert await scene.arrives(club.says("Announce", bo.says("Delete", page["id"])), club) == ["accepted"]
    assert await home(scene) == []


async def test_results_of_a_poll_come_by_the_group(scene: Scene, club: RemoteActor, elsewhere: Host) -> None:
    """s2s 2.9, FEP-1b12: an Update of a Question that a group passes on brings its counts, as its host tells them, and is no edit."""
    bo = elsewhere.actor("bo")
    asked = question(bo, to=[club.uri, PUBLIC], cc=[], audience=club.uri)
    elsewhere.publish(asked)
    assert await scene.arrives(club.says("Announce", bo.create(asked)), club) == ["accepted"]
    told = elsewhere.publish(asked | {"oneOf": question(bo, dict(zip(OPTIONS, (2, 1, 4), strict=True)))["oneOf"]})
    forged = told | {"oneOf": question(bo, dict(zip(OPTIONS, (90, 0, 0), strict=True)))["oneOf"]}

    assert await scene.arrives(club.says("Announce", bo.says("Update", forged)), club) == ["accepted"]

    assert (await counts(scene.node, asked["id"]))[0] == dict(zip(OPTIONS, (2, 1, 4), strict=True))
    stored = await scene.node.db.read(posts.by_uri, asked["id"])
    assert stored is not None
    assert stored.updated_at is None


async def test_group_that_passes_our_own_poll_back_changes_nothing(scene: Scene, club: RemoteActor) -> None:
    """FEP-fe34: of what is ours nobody tells us anything, least of all the counts."""
    poll = await asks(scene.node, scene.member)
    await scene.arrives(chooses(scene.alice, poll.uri, "Wine"))
    answer = await scene.peer.get(scene.node, poll.uri)
    update = {"id": f"{scene.node.urls.base}/ap/activities/1", "type": "Update", "actor": scene.member.uri}
    forged = answer.json | {"oneOf": question(scene.alice, dict.fromkeys(OPTIONS, 90))["oneOf"]}

    assert await scene.arrives(club.says("Announce", update | {"object": forged}), club) == ["duplicate"]

    assert await counts(scene.node, poll.uri) == (dict.fromkeys(OPTIONS, 0) | {"Wine": 1}, 1)


async def test_results_of_our_poll_go_to_the_group_in_which_it_was_asked(scene: Scene, club: RemoteActor) -> None:
    """s2s 2.9: the group passes them on to those who read the poll there."""
    poll = await asks(scene.node, scene.member, text=f"@club@{scene.peer.host} what do we bring?")
    await scene.arrives(chooses(scene.alice, poll.uri, "Wine"))
    await send_due(scene.node)
    scene.peer.received.clear()

    scene.clock.pass_(limits.POLL_TELL_SECONDS)
    await run_jobs(scene.node, "tell_results")
    await send_due(scene.node)

    [update] = [received.document for received in scene.peer.received]
    assert (update["type"], update["object"]["type"], update["object"]["audience"]) == ("Update", "Question", club.uri)
    assert [option["replies"]["totalItems"] for option in update["object"]["oneOf"]] == [0, 0, 1]


async def test_moderators_of_a_peers_group_feature_close_and_appoint(
    scene: Scene, club: RemoteActor, elsewhere: Host
) -> None:
    """FEP-1b12 *Moderation*: the group says so by passing it on."""
    bo, mo = elsewhere.actor("bo"), scene.peer.actor("mo")
    page = a_page(elsewhere, bo, club)
    await scene.arrives(club.says("Announce", bo.create(page)), club)
    bo_row, club_row = await row_of(scene, bo.uri), await row_of(scene, club.uri)
    acts = (
        mo.says("Add", page["id"], target=f"{club.uri}/featured"),
        mo.says("Lock", page["id"], audience=club.uri),
        mo.says("Add", bo.uri, target=f"{club.uri}/moderators"),
    )

    for act in acts:
        assert await scene.arrives(club.says("Announce", act), club) == ["accepted"]
        assert await scene.arrives(club.says("Announce", act), club) == ["duplicate"]

    stored = await scene.node.db.read(posts.by_uri, page["id"])
    assert stored is not None
    assert await scene.node.db.read(featured.pinned, club_row.id) == [stored.id]
    assert await stands(scene, page["id"]) == [(False, True)]
    assert await scene.node.db.read(_moderators) == [(club_row.id, bo_row.id)]
    with pytest.raises(InvalidInput, match="have closed the thread"):
        await create_post(scene.node, scene.member, Draft("@bo I do", in_reply_to=page["id"]))

    unlock = mo.says("Undo", {name: acts[1][name] for name in ("id", "type", "actor", "object", "audience")})
    assert await scene.arrives(club.says("Announce", unlock), club) == ["accepted"]
    assert await stands(scene, page["id"]) == [(False, False)]


def _moderators(tx: Tx) -> list[tuple[int, int]]:
    return [(row.group_id, row.actor_id) for row in tx.execute(group_moderator.select())]


async def test_whoever_wraps_reads_what_is_wrapped(scene: Scene, club: RemoteActor, elsewhere: Host) -> None:
    """Domain research 9.2: the form that a follower gets depends on what its server was seen to do."""
    bo = elsewhere.actor("bo")

    await scene.arrives(club.says("Announce", bo.create(a_page(elsewhere, bo, club))), club)

    assert await scene.node.db.read(_wrapping) == [scene.peer.host]


def _wrapping(tx: Tx) -> list[str]:
    return [row.host for row in tx.execute(peer.select().where(peer.c.wraps))]


async def test_our_post_to_a_group_is_one_that_lemmy_reads(scene: Scene, club: RemoteActor) -> None:
    """s2s 2.14: the group in `to` or `cc` and as `audience`, public, to the group's inbox; edits and the end too."""
    mention = f"@club@{scene.peer.host}"

    post = await create_post(scene.node, scene.member, Draft(f"{mention} who sells nets?"))
    await send_due(scene.node)
    await edit_post(scene.node, scene.member, post, Draft(f"{mention} who sells big nets?"))
    await send_due(scene.node)
    await delete_post(scene.node, scene.member, post)
    await send_due(scene.node)

    said = [received.document for received in scene.peer.received if received.document["type"] != "Follow"]
    assert [activity["type"] for activity in said] == ["Create", "Update", "Delete"]
    for activity in said[:2]:
        assert (activity["object"]["audience"], activity["to"]) == (club.uri, [PUBLIC])
        assert club.uri in activity["cc"]
        assert club.uri in activity["object"]["cc"]
    assert club.uri in said[2]["cc"]


async def test_our_answer_and_like_in_a_group_go_to_the_group_too(
    scene: Scene, club: RemoteActor, elsewhere: Host
) -> None:
    """Lemmy counts and shows only what comes to the community's inbox."""
    bo = elsewhere.actor("bo")
    page = a_page(elsewhere, bo, club)
    await scene.arrives(club.says("Announce", bo.create(page)), club)
    stored = await scene.node.db.read(posts.by_uri, page["id"])
    assert stored is not None

    await create_post(scene.node, scene.member, Draft("I do", in_reply_to=page["id"]))
    await reactions.like(scene.node, scene.member, stored.id)
    await reactions.unlike(scene.node, scene.member, stored.id)
    await send_due(scene.node)

    for host in (scene.peer, elsewhere):
        heard = [found.document for found in host.received if found.document["type"] != "Follow"]
        assert sorted(activity["type"] for activity in heard) == ["Create", "Like", "Undo"]
        assert all(club.uri in activity["cc"] for activity in heard)
