"""What a group of ours takes in, passes on and lets its moderators do (FEP-1b12): each door shut, then open."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from sqlalchemy import update

from actors.lookup import ActorRow
from coopfed.db.models import Peer
from coopfed.db.tx import Tx, table
from coopfed.errors import Forbidden, InvalidInput
from coopfed.features.follows import actions as follows
from coopfed.features.follows.store import between, blocks
from coopfed.features.groups import actions, store
from coopfed.features.groups.actions import Ruling
from coopfed.features.moderation.actions import suspend
from coopfed.features.moderation.audit import COMMAND_LINE
from coopfed.features.posts import featured
from coopfed.features.posts import store as posts
from coopfed.features.posts.actions import create_post, delete_post
from coopfed.features.posts.rules import Draft
from coopfed.features.reactions import actions as reactions
from coopfed.vocab.audience import Visibility
from coopfed.vocab.terms import PUBLIC
from coopfed.web.profiles import profile_of
from coopfed.worker import JOBS
from tests.inbox.test_boosts import home, row_of
from tests.support.nodes import an_actor, process_arrivals
from tests.support.peers import CONTEXT, Document, RemoteActor, a_peer, send_due
from tests.support.peers import Peer as Host
from tests.support.scene import Scene

peer = table(Peer)
_WRAPS = update(peer).values(wraps=True)


@pytest.fixture
async def club(scene: Scene) -> ActorRow:
    """A group of ours that bob, on a server like Lemmy, follows."""
    group = await an_actor(scene.node, "club", "group")
    await scene.arrives(scene.alice.follow(group.uri))
    bob = scene.peer.actor("bob")
    await scene.arrives(bob.follow(group.uri), bob)
    await scene.node.db.write(_wraps, scene.peer.host)
    await send_due(scene.node)
    scene.peer.received.clear()
    return group


@pytest.fixture
async def plain(scene: Scene, club: ActorRow) -> AsyncIterator[Host]:
    """A server like Mastodon with a follower of the club."""
    async with a_peer() as host:
        zoe = host.actor("zoe")
        assert (await host.post(scene.node, zoe.follow(club.uri), zoe)).status == 202
        await process_arrivals(scene.node)
        await send_due(scene.node)
        host.received.clear()
        yield host


def _wraps(tx: Tx, host: str) -> None:
    tx.execute(_WRAPS.where(peer.c.host == host))


def to_the_club(author: RemoteActor, club: ActorRow, **more: Any) -> Document:
    """A post to the club, as Lemmy writes it."""
    return author.note(
        **{"type": "Page", "name": "Nets", "to": [club.uri, PUBLIC], "cc": [], "audience": club.uri} | more
    )


def passed_on(host: Host) -> list[Any]:
    """The objects of what groups announced there: an id, or the type of a whole activity."""
    found = [received.document for received in host.received if received.document["type"] in ("Announce", "Undo")]
    return [
        activity["object"]["type"] if isinstance(activity["object"], dict) else activity["object"] for activity in found
    ]


async def after(scene: Scene) -> None:
    """What is published arrives here and is sent."""
    await process_arrivals(scene.node)
    await send_due(scene.node)


# --- shut -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("rule", "outcome"), [("anyone", True), ("followers", False), ("moderators", False)], ids=str)
async def test_group_takes_posts_as_its_rule_says(
    scene: Scene, club: ActorRow, plain: Host, rule: str, outcome: bool
) -> None:
    """The post is stored all the same: it is its author's."""
    stranger = scene.peer.actor("stranger")
    await actions.set_posting(scene.node, club, rule)
    await send_due(scene.node)
    plain.received.clear()

    await scene.arrives(stranger.create(to_the_club(stranger, club)), stranger)
    await after(scene)

    assert bool(passed_on(plain)) is outcome


async def test_suspended_group_passes_nothing_on(scene: Scene, club: ActorRow, plain: Host) -> None:
    """docs/moderation.md, *suspend*: it says nothing any more, neither by what others say to it nor about what it said."""
    bob = scene.peer.actors["/users/bob"]
    page = to_the_club(bob, club)
    await scene.arrives(bob.create(page), bob)
    await after(scene)
    plain.received.clear()
    await suspend(scene.node, club, True, COMMAND_LINE)
    await after(scene)
    scene.peer.received.clear()

    await scene.arrives(bob.create(to_the_club(bob, club)), bob)
    await scene.arrives(scene.alice.says("Like", page["id"]))
    await after(scene)

    assert (passed_on(plain), passed_on(scene.peer)) == ([], [])


@pytest.mark.parametrize("visibility", ["unlisted", "followers", "direct"])
async def test_group_makes_nothing_known_that_is_not_public(
    scene: Scene, club: ActorRow, plain: Host, visibility: str
) -> None:
    """Domain research 9.2: never widened by being passed on."""
    bob = scene.peer.actors["/users/bob"]
    to, cc = {
        "unlisted": ([bob.followers, club.uri], [PUBLIC]),
        "followers": ([bob.followers, club.uri], []),
        "direct": ([club.uri], []),
    }[visibility]

    await scene.arrives(bob.create(to_the_club(bob, club, to=to, cc=cc)), bob)
    await after(scene)

    assert (passed_on(plain), passed_on(scene.peer)) == ([], [])


async def test_nothing_of_the_banned_is_passed_on(scene: Scene, club: ActorRow, plain: Host) -> None:
    """A ban: the group blocks the member, who follows it no more."""
    bob = scene.peer.actors["/users/bob"]
    await actions.appoint(scene.node, club, scene.member)
    await actions.rule(scene.node, club, scene.member, Ruling("Block", bob.uri))
    await after(scene)
    plain.received.clear()

    await scene.arrives(bob.create(to_the_club(bob, club)), bob)
    await after(scene)

    assert passed_on(plain) == []
    assert await scene.node.db.read(blocks, club.id, (await row_of(scene, bob.uri)).id)


async def test_nothing_that_the_banned_do_to_posts_is_passed_on(scene: Scene, club: ActorRow, plain: Host) -> None:
    """A ban covers likes and edits of what stands in the group already; what ends (an Undo, a Delete) is told all the same."""
    bob, carol = scene.peer.actors["/users/bob"], scene.peer.actor("carol")
    page, own = to_the_club(bob, club), to_the_club(carol, club)
    like = carol.says("Like", page["id"])
    for said in (bob.create(page), carol.create(own), like):
        assert await scene.arrives(said) == ["accepted"]
    await actions.appoint(scene.node, club, scene.member)
    await actions.rule(scene.node, club, scene.member, Ruling("Block", carol.uri))
    await after(scene)
    scene.peer.received.clear()

    edit = carol.says("Update", own | {"content": "<p>Anyway</p>", "updated": "2026-11-24T08:01:00Z"})
    for said in (edit, carol.says("Like", own["id"]), carol.says("Undo", like), carol.says("Delete", own["id"])):
        assert await scene.arrives(said) == ["accepted"]
    await after(scene)

    assert sorted(passed_on(scene.peer)) == ["Delete", "Undo"]


@pytest.mark.parametrize("to", ["followers", "nobody"])
async def test_edit_that_is_for_fewer_is_not_passed_on(scene: Scene, club: ActorRow, plain: Host, to: str) -> None:
    """Nothing is made known that is not public: a post that was, and is now for few, says what it says to those alone."""
    bob = scene.peer.actors["/users/bob"]
    page = to_the_club(bob, club)
    assert await scene.arrives(bob.create(page), bob) == ["accepted"]
    await after(scene)
    scene.peer.received.clear()
    plain.received.clear()
    private = {name: value for name, value in page.items() if name != "audience"}
    private |= {"to": [bob.followers] if to == "followers" else [], "content": "<p>canary</p>"}

    edit = bob.says("Update", private | {"updated": "2026-11-24T08:01:00Z"}, to=private["to"])
    assert await scene.arrives(edit, bob) == ["accepted"]
    await after(scene)

    assert not [received for host in (scene.peer, plain) for received in host.received if b"canary" in received.body]


async def test_who_blocks_a_group_is_no_moderator(scene: Scene, club: ActorRow) -> None:
    """Source: ActivityPub 6.9. A Block is addressed to the blocked by some (GoToSocial): it ends the follow of who wants no more of it."""
    assert await scene.arrives(scene.alice.says("Block", club.uri, to=[club.uri])) == ["accepted"]

    assert await scene.node.db.read(blocks, (await row_of(scene, scene.alice.uri)).id, club.id)
    assert await scene.node.db.read(between, (await row_of(scene, scene.alice.uri)).id, club.id) is None


async def test_moderators_act_on_what_is_there(scene: Scene, club: ActorRow) -> None:
    """Security 1.4: a named outcome for what makes no sense, and never `failed`."""
    bob = scene.peer.actors["/users/bob"]
    await scene.node.db.write(store.appoint, club.id, (await row_of(scene, bob.uri)).id, 0)
    senseless = (
        bob.says("Lock", bob.uri, to=[club.uri], target=f"{club.uri}/moderators"),
        bob.says("Block", f"{bob.uri}/nobody", to=[club.uri], target=club.uri),
        bob.says("Add", bob.uri, to=[club.uri], target=f"{club.uri}/featured"),
        bob.says("Undo", bob.says("Add", bob.uri, target=f"{club.uri}/moderators"), to=[club.uri]),
    )

    outcomes = [await scene.arrives(act, bob) for act in senseless]

    assert outcomes == [["irrelevant"], ["irrelevant"], ["irrelevant"], ["unsupported"]]


async def test_who_is_no_moderator_moderates_nothing(scene: Scene, club: ActorRow) -> None:
    """FEP-1b12 *Moderation*: from elsewhere, and from here."""
    bob = scene.peer.actors["/users/bob"]
    page = to_the_club(bob, club)
    await scene.arrives(bob.create(page), bob)
    acts = (
        scene.alice.says("Delete", page["id"], cc=[club.uri]),
        scene.alice.says("Lock", page["id"], cc=[club.uri]),
        scene.alice.says("Block", bob.uri, cc=[club.uri], target=club.uri),
        scene.alice.says("Add", page["id"], cc=[club.uri], target=f"{club.uri}/featured"),
        scene.alice.says("Add", scene.alice.uri, cc=[club.uri], target=f"{club.uri}/moderators"),
    )

    for act in acts:
        assert await scene.arrives(act) == ["refused_owner"]
    with pytest.raises(Forbidden, match="does not look after"):
        await actions.rule(scene.node, club, scene.member, Ruling("Delete", page["id"]))
    stored = await scene.node.db.read(posts.by_uri, page["id"])
    assert stored is not None
    assert await scene.node.db.read(featured.pinned, club.id) == []


async def test_rules_are_for_groups_of_ours(scene: Scene) -> None:
    """Bad input says what to do."""
    with pytest.raises(InvalidInput, match="no group of this node"):
        await actions.set_posting(scene.node, scene.member, "anyone")


# --- open -------------------------------------------------------------------------------------------------------


async def test_each_inbox_gets_one_form(scene: Scene, club: ActorRow, plain: Host) -> None:
    """Domain research 9.2: whole where it is read, a plain boost elsewhere and here; never both."""
    bob = scene.peer.actors["/users/bob"]
    await follows.follow(scene.node, scene.member, club)
    await after(scene)
    create = bob.create(to_the_club(bob, club))

    assert "accepted" in await scene.arrives(create, bob)
    await after(scene)

    page = create["object"]["id"]
    assert passed_on(plain) == [page]
    assert passed_on(scene.peer) == ["Create"]
    [whole] = [received.document for received in scene.peer.received if received.document["type"] == "Announce"]
    assert whole["object"] == create
    assert (whole["to"], whole["cc"]) == ([PUBLIC], [club.followers_uri])
    assert await home(scene) == [(page, club.uri)]


async def test_comment_is_passed_on_whole_and_never_boosted(scene: Scene, club: ActorRow, plain: Host) -> None:
    """LemmyNet/lemmy#2224; of a thread, also when the comment does not name the group."""
    bob = scene.peer.actors["/users/bob"]
    page = to_the_club(bob, club)
    await scene.arrives(bob.create(page), bob)
    await after(scene)
    plain.received.clear()
    scene.peer.received.clear()

    await scene.arrives(scene.alice.create(scene.alice.note(inReplyTo=page["id"])))
    await after(scene)

    assert (passed_on(plain), passed_on(scene.peer)) == ([], ["Create"])


async def test_what_becomes_of_a_post_is_passed_on(scene: Scene, club: ActorRow, plain: Host) -> None:
    """Edits, likes and their Undo whole; the end also as the end of the boost."""
    bob = scene.peer.actors["/users/bob"]
    page = to_the_club(bob, club)
    await scene.arrives(bob.create(page), bob)
    await after(scene)
    plain.received.clear()
    scene.peer.received.clear()
    like = scene.alice.says("Like", page["id"])
    undo = scene.alice.says("Undo", {name: like[name] for name in ("id", "type", "actor", "object")})
    edit = bob.says("Update", page | {"content": "<p>Big nets</p>", "updated": "2026-11-24T07:30:00Z"})

    for activity, actor in (
        (like, scene.alice),
        (undo, scene.alice),
        (edit, bob),
        (bob.says("Delete", page["id"]), bob),
    ):
        assert await scene.arrives(activity, actor) == ["accepted"]
        await after(scene)

    assert passed_on(scene.peer) == ["Like", "Undo", "Update", "Delete"]
    assert passed_on(plain) == ["Announce"]


async def test_post_of_ours_comes_to_our_group_by_a_mention(scene: Scene, club: ActorRow, plain: Host) -> None:
    """One road: a local post takes the same handlers."""
    post = await create_post(scene.node, scene.member, Draft("@club who sells nets?"))
    await after(scene)

    assert (passed_on(plain), passed_on(scene.peer)) == ([post.uri], ["Create"])

    await reactions.like(scene.node, scene.member, post.id)
    await after(scene)
    await delete_post(scene.node, scene.member, post)
    await after(scene)

    assert passed_on(scene.peer) == ["Create", "Like", "Delete"]
    assert passed_on(plain) == [post.uri, "Announce"]


async def test_private_words_to_a_group_stay_private(scene: Scene, club: ActorRow, plain: Host) -> None:
    """A group that is addressed by a private post is a reader of it and no more."""
    await create_post(scene.node, scene.member, Draft("@club between us", visibility=Visibility.DIRECT))
    await after(scene)

    assert (passed_on(plain), passed_on(scene.peer)) == ([], [])


async def test_moderators_take_out_let_in_feature_and_close(scene: Scene, club: ActorRow, plain: Host) -> None:
    """FEP-1b12 *Moderation*: a moderator of another node; whole to those who read it, the boost ends for the others."""
    bob, alice = scene.peer.actors["/users/bob"], scene.alice
    page = to_the_club(bob, club)
    await scene.arrives(bob.create(page), bob)
    await actions.appoint(scene.node, club, await row_of(scene, alice.uri))
    await after(scene)
    plain.received.clear()
    scene.peer.received.clear()
    removal, lock = alice.says("Delete", page["id"], cc=[club.uri]), alice.says("Lock", page["id"], cc=[club.uri])

    assert await scene.arrives(removal) == ["accepted"]
    await after(scene)
    assert (passed_on(plain), passed_on(scene.peer)) == (["Announce"], ["Delete"])

    back = alice.says("Undo", {name: removal[name] for name in ("id", "type", "actor", "object")}, cc=[club.uri])
    assert await scene.arrives(back) == ["accepted"]
    assert await scene.arrives(alice.says("Add", page["id"], cc=[club.uri], target=f"{club.uri}/featured")) == [
        "accepted"
    ]
    assert await scene.arrives(lock) == ["accepted"]
    await after(scene)
    assert (passed_on(plain), passed_on(scene.peer)) == (["Announce", page["id"]], ["Delete", "Undo", "Add", "Lock"])
    answer = await scene.peer.get(scene.node, f"{club.uri}/featured")
    assert answer.json["orderedItems"] == [page["id"]]

    # The thread is closed: a comment is its author's, the group does not pass it on.
    await scene.arrives(bob.create(bob.note(inReplyTo=page["id"])), bob)
    await after(scene)
    assert passed_on(scene.peer) == ["Delete", "Undo", "Add", "Lock"]


async def test_group_shows_who_looks_after_it(scene: Scene, club: ActorRow) -> None:
    """FEP-1b12 *Group moderators*: the collection in `attributedTo`, whole; other actors have none."""
    await actions.appoint(scene.node, club, scene.member)
    await actions.set_posting(scene.node, club, "moderators")

    document = (await scene.peer.get(scene.node, club.uri)).json
    assert (document["attributedTo"], document["postingRestrictedToMods"]) == (f"{club.uri}/moderators", True)
    assert (await scene.peer.get(scene.node, document["attributedTo"])).json["orderedItems"] == [scene.member.uri]
    assert (await scene.peer.get(scene.node, f"{scene.member.uri}/moderators")).status == 404

    assert await actions.dismiss(scene.node, club, scene.member)
    assert (await scene.peer.get(scene.node, document["attributedTo"])).json["orderedItems"] == []


@pytest.mark.parametrize(("name", "wraps"), [("lemmy", True), ("mastodon", False)])
async def test_software_of_a_follower_says_in_which_form_it_reads(
    scene: Scene, club: ActorRow, plain: Host, name: str, wraps: bool
) -> None:
    """NodeInfo: Lemmy never passes anything on to us, and must get its form all the same."""
    place = f"{plain.base}/nodeinfo/2.1"
    schema = "http://nodeinfo.diaspora.software/ns/schema/2.1"
    plain.publish({"id": f"{plain.base}/.well-known/nodeinfo", "links": [{"rel": schema, "href": place}]})
    plain.publish({"id": place, "@context": CONTEXT, "software": {"name": name, "version": "1"}})

    await JOBS["learn_software"](scene.node, plain.base)

    assert await scene.node.db.read(store.software, plain.host) == (name, wraps)


async def test_page_of_a_group_shows_what_stands_there(scene: Scene, club: ActorRow, plain: Host) -> None:
    """A visitor reads what members said to the group; not the comments, and not what was taken out."""
    post = await create_post(scene.node, scene.member, Draft("@club who sells nets?"))
    other = await create_post(scene.node, scene.member, Draft("@club cheap pills"))
    await after(scene)
    await actions.appoint(scene.node, club, scene.member)
    await actions.rule(scene.node, club, scene.member, Ruling("Delete", other.uri))
    await after(scene)
    await create_post(scene.node, scene.member, Draft("I do", in_reply_to=post.uri))
    await after(scene)

    found = await scene.node.db.read(profile_of, "club", None)

    assert [shown.post.uri for shown in found.posts] == [post.uri]
