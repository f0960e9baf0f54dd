"""Announce and its Undo as they arrive: each door shut, then open."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import update

from actors.lookup import ActorRow, by_uri
from actors.remote import PURGE_ACTOR
from coopfed.db.models import Actor, Object, Peer
from coopfed.db.tx import Tx, table
from coopfed.features import home_timeline, notifications
from coopfed.features.follows import actions as follows
from coopfed.features.follows.store import block
from coopfed.features.posts import store as posts
from coopfed.features.posts.actions import create_post, delete_post
from coopfed.features.posts.rules import Draft
from coopfed.features.posts.store import PostRow
from coopfed.features.ranges import Range
from coopfed.features.reactions import actions, store
from coopfed.ids import milliseconds_of
from coopfed.vocab.audience import Visibility
from coopfed.worker import JOBS
from tests.support.nodes import an_actor, process_arrivals
from tests.support.peers import CONTEXT, Document, RemoteActor, a_peer, send_due
from tests.support.scene import Scene


@pytest.fixture
async def bob(scene: Scene) -> RemoteActor:
    """A remote actor whom the member follows."""
    bob = scene.peer.actor("bob")
    await scene.arrives(bob.says("Like", "https://x.example/1"), bob)
    await follows.follow(scene.node, scene.member, await row_of(scene, bob.uri))
    pair = {"type": "Follow", "actor": scene.member.uri, "object": bob.uri}
    assert await scene.arrives(bob.says("Accept", pair), bob) == ["accepted"]
    return bob


async def row_of(scene: Scene, uri: str) -> ActorRow:
    """The actor with this id."""
    found = await scene.node.db.read(by_uri, uri)
    assert found is not None
    return found


async def home(scene: Scene, owner: ActorRow | None = None) -> list[tuple[str, str | None]]:
    """Post and booster of each entry of the home timeline of the member (or another actor), the newest first."""
    return await scene.node.db.read(_home, (owner or scene.member).id)


def _home(tx: Tx, owner: int) -> list[tuple[str, str | None]]:
    entries = home_timeline.read(tx, owner, Range(40))
    uris = {row.id: row.uri for row in tx.execute(table(Object).select())}
    names = {row.id: row.uri for row in tx.execute(table(Actor).select())}
    return [(uris[entry.object_id], names.get(entry.booster_id or 0)) for entry in entries]


async def boosters(scene: Scene, uri: str) -> list[int]:
    """The numbers of those who boosted the post."""
    return await scene.node.db.read(_boosters, uri)


def _boosters(tx: Tx, uri: str) -> list[int]:
    post = posts.by_uri(tx, uri)
    where = store.reaction.c.object_id == (post.id if post else 0), store.reaction.c.kind == "announce"
    return [row.actor_id for row in tx.execute(store.reaction.select().where(*where))]


async def shares(scene: Scene, uri: str) -> int | None:
    """How many boosts the post shows; None when it is not here."""
    found = await scene.node.db.read(posts.by_uri, uri)
    return None if found is None else found.shares_count


async def told(scene: Scene, actor: ActorRow | None = None) -> list[str]:
    """The types of what the member (or another actor) was notified of, the newest first."""
    reader = actor or scene.member
    return [found.type for found in await scene.node.db.read(notifications.recent, reader.id, 40)]


def served(scene: Scene, **more: Any) -> Document:
    """A note of alice that her server serves and that was never sent here."""
    return scene.peer.publish({"@context": CONTEXT, **scene.alice.note(**more)})


def blocks_host(tx: Tx, host: str) -> None:
    """The operator blocks a host."""
    peer = table(Peer)
    tx.execute(update(peer).where(peer.c.host == host).values(blocked=True))


def blocks(tx: Tx, blocker: int, blocked: int) -> None:
    """One actor blocks another."""
    tx.execute(block.insert(), {"actor_id": blocker, "target_id": blocked, "created_at": 1})


# --- doors shut -------------------------------------------------------------------------------------------------


async def test_boost_that_concerns_nobody_here_is_irrelevant_and_fetches_nothing(scene: Scene) -> None:
    """s2s 2.12: without a follower of the booster or an author of ours here nothing is fetched: no amplifier for strangers."""
    note = served(scene)
    known = scene.alice.mentioning(scene.member.uri)
    await scene.arrives(scene.alice.create(known))
    stranger = scene.peer.actor("stranger")

    assert await scene.arrives(scene.alice.says("Announce", note["id"])) == ["irrelevant"]
    assert await scene.arrives(stranger.says("Announce", known["id"]), stranger) == ["irrelevant"]
    assert await scene.arrives(scene.alice.says("Announce", scene.node.urls.object(4711))) == ["irrelevant"]
    assert note["id"].removeprefix(scene.peer.base) not in scene.peer.gets
    assert (await shares(scene, note["id"]), await shares(scene, known["id"])) == (None, 0)


async def test_embedded_copy_of_what_somebody_else_said_is_not_believed(scene: Scene, bob: RemoteActor) -> None:
    """security 1.1: only the id of the embedded object counts; the text is the one that its own host serves."""
    note = served(scene)
    forged = note | {"content": "<p>I sell my vote</p>"}

    assert await scene.arrives(bob.says("Announce", forged), bob) == ["accepted"]
    post = await scene.node.db.read(posts.by_uri, note["id"])
    assert post is not None
    assert post.content == note["content"]


async def test_embedded_post_that_its_host_does_not_serve_is_not_stored(scene: Scene, bob: RemoteActor) -> None:
    """security 1.1: refused when it is 404 there; nothing is kept of it."""
    invented = scene.alice.note("<p>I never said this</p>")

    assert await scene.arrives(bob.says("Announce", invented), bob) == ["unreachable"]
    assert await home(scene) == []
    assert await shares(scene, invented["id"]) is None


async def test_embedded_post_in_ones_own_name_by_somebody_else_is_refused(scene: Scene, bob: RemoteActor) -> None:
    """FEP-fe34: the booster's own words, but with an id on another host."""
    async with a_peer("127.0.0.1") as other:
        note = bob.note(id=f"{other.base}/notes/1")

        assert await scene.arrives(bob.says("Announce", note), bob) == ["refused_origin"]


@pytest.mark.parametrize("status", [404, 410, 403])
async def test_boost_of_what_cannot_be_had_is_unreachable(scene: Scene, bob: RemoteActor, status: int) -> None:
    """s2s 2.12: refused if the post cannot be had; tried once only when its host says so."""
    note = served(scene)
    scene.peer.statuses[note["id"].removeprefix(scene.peer.base)] = status

    assert await scene.arrives(bob.says("Announce", note["id"]), bob) == ["unreachable"]


async def test_boost_whose_host_does_not_answer_now_is_tried_again(scene: Scene, bob: RemoteActor) -> None:
    """A temporary failure to fetch is no refusal; an Undo that comes meanwhile is remembered."""
    note, path = served(scene), ""
    path = note["id"].removeprefix(scene.peer.base)
    scene.peer.statuses[path] = 503
    first, second = bob.says("Announce", note["id"]), bob.says("Announce", note["id"])
    assert await scene.arrives(first, bob) == [None]
    assert await scene.arrives(second, bob) == [None]
    assert await scene.arrives(bob.says("Undo", first["id"]), bob) == ["accepted"]

    del scene.peer.statuses[path]
    scene.clock.pass_(61)

    assert [outcome and outcome.value for outcome in await process_arrivals(scene.node)] == [
        "refused_deleted",
        "accepted",
    ]
    assert await home(scene) == [(note["id"], bob.uri)]


@pytest.mark.parametrize("addressed", [{"to": ["{followers}"], "cc": []}, {"to": ["{bob}"], "cc": []}])
async def test_boost_of_what_is_not_for_everybody_is_refused(
    scene: Scene, bob: RemoteActor, addressed: dict[str, list[str]]
) -> None:
    """s2s 2.12: only public and unlisted posts are passed on, whether they were here or not."""
    names = {"followers": scene.alice.followers, "bob": bob.uri}
    to = [uri.format(**names) for uri in addressed["to"]]
    note = served(scene, to=to, cc=[])

    assert await scene.arrives(bob.says("Announce", note["id"]), bob) == ["refused_hidden"]
    assert await shares(scene, note["id"]) is None
    private = await create_post(scene.node, scene.member, Draft("Among us", visibility=Visibility.FOLLOWERS))
    await scene.arrives(bob.follow(scene.member.uri), bob)
    assert await scene.arrives(bob.says("Announce", private.uri), bob) == ["refused_hidden"]
    assert (await shares(scene, private.uri), "reblog" in await told(scene)) == (0, False)


async def test_direct_words_are_boosted_by_nobody(scene: Scene, bob: RemoteActor) -> None:
    """The practice of Mastodon: not even by their own author."""
    note = bob.note(to=[scene.member.uri], cc=[])

    assert await scene.arrives(bob.says("Announce", note), bob) == ["refused_hidden"]


async def test_post_of_a_blocked_host_does_not_come_by_boosts(scene: Scene, bob: RemoteActor) -> None:
    """Mastodon CVE-2026-23961: the block is asked where posts come in, known or not, and where they are read."""
    async with a_peer("127.0.0.1") as other:
        carol = other.actor("carol")
        await scene.arrives(carol.says("Like", "https://x.example/1"), carol)
        unknown, known, read = (other.publish({"@context": CONTEXT, **carol.note()}) for _ in range(3))
        assert await scene.arrives(bob.says("Announce", read["id"]), bob) == ["accepted"]
        await scene.arrives(carol.create(known | {"cc": [scene.member.uri]}), carol)
        await scene.node.db.write(blocks_host, other.host)
        scene.node.memory.forget()

        for note in (known, unknown):
            assert await scene.arrives(bob.says("Announce", note["id"]), bob) == ["peer_blocked"]
        assert await home(scene) == []
        assert unknown["id"].removeprefix(other.base) not in other.gets


async def test_boost_by_a_blocked_host_is_not_shown(scene: Scene, bob: RemoteActor) -> None:
    """The read clause asks for the booster too: the block came after the boost."""
    post = await create_post(scene.node, scene.member, Draft("Seeds"))
    follower = await an_actor(scene.node, "follower")
    await follows.follow(scene.node, follower, await row_of(scene, bob.uri))
    pair = {"type": "Follow", "actor": follower.uri, "object": bob.uri}
    await scene.arrives(bob.says("Accept", pair), bob)
    await scene.arrives(bob.says("Announce", post.uri), bob)
    assert await home(scene, follower) == [(post.uri, bob.uri)]

    await scene.node.db.write(blocks_host, scene.peer.host)

    assert await home(scene, follower) == []


async def test_boost_by_whom_the_author_blocks_is_refused(scene: Scene, bob: RemoteActor) -> None:
    """s2s 2.22, step 9: blocks of the author, of ours or of elsewhere, the post here or not."""
    post = await create_post(scene.node, scene.member, Draft("Seeds"))
    note = served(scene)
    await scene.arrives(scene.alice.says("Like", "https://x.example/1"))
    bob_row, alice = await row_of(scene, bob.uri), await row_of(scene, scene.alice.uri)
    await scene.node.db.write(blocks, alice.id, bob_row.id)
    await scene.node.db.write(blocks, scene.member.id, bob_row.id)

    for uri in (post.uri, note["id"]):
        assert await scene.arrives(bob.says("Announce", uri), bob) == ["refused_blocked"]


async def test_boost_of_a_deleted_post_is_refused(scene: Scene, bob: RemoteActor) -> None:
    """s2s 2.17: what was deleted does not come back by a boost, seen here or not."""
    post = await create_post(scene.node, scene.member, Draft("Seeds"))
    await delete_post(scene.node, scene.member, post)
    note = served(scene)
    await scene.arrives(scene.alice.says("Delete", note["id"]))

    for uri in (post.uri, note["id"]):
        assert await scene.arrives(bob.says("Announce", uri), bob) == ["refused_deleted"]
    assert await home(scene) == []


async def test_boost_of_an_activity_is_unsupported(scene: Scene, bob: RemoteActor) -> None:
    """FEP-1b12: what groups announce is not a boost; embedded or found behind the id."""
    create = scene.alice.create(served(scene))
    scene.peer.publish(create)

    assert await scene.arrives(bob.says("Announce", create), bob) == ["unsupported"]
    assert await scene.arrives(bob.says("Announce", create["id"]), bob) == ["unsupported"]


# --- open -------------------------------------------------------------------------------------------------------


async def test_boost_brings_the_post_before_followers(scene: Scene, bob: RemoteActor) -> None:
    """ActivityPub 7.11: fetched by id, stored, counted, placed as a boost."""
    note = served(scene)

    assert await scene.arrives(bob.says("Announce", note["id"]), bob) == ["accepted"]
    assert await home(scene) == [(note["id"], bob.uri)]
    assert (await shares(scene, note["id"]), await told(scene)) == (1, [])


async def test_boost_of_our_post_is_counted_and_told(scene: Scene) -> None:
    """s2s 2.12: an author of ours is told, whether or not anybody here follows the booster."""
    post = await create_post(scene.node, scene.member, Draft("Seeds"))

    assert await scene.arrives(scene.alice.says("Announce", post.uri)) == ["accepted"]
    assert (await shares(scene, post.uri), await told(scene)) == (1, ["reblog"])
    assert await home(scene) == [(post.uri, None)]


async def test_there_is_one_boost_of_an_actor_for_a_post(scene: Scene, bob: RemoteActor) -> None:
    """s2s 2.12: dedupe by (actor, object), whatever the ids."""
    post = await create_post(scene.node, scene.member, Draft("Seeds"))
    await scene.arrives(bob.says("Announce", post.uri), bob)

    assert await scene.arrives(bob.says("Announce", post.uri), bob) == ["duplicate"]
    assert (await shares(scene, post.uri), await told(scene)) == (1, ["reblog"])


async def test_post_stands_once_in_a_timeline_however_many_boost_it(scene: Scene, bob: RemoteActor) -> None:
    """Timelines: the first boost brings it, the second counts."""
    note = served(scene)
    await scene.arrives(bob.says("Announce", note["id"]), bob)
    carol = scene.peer.actor("carol")
    await scene.arrives(carol.says("Like", "https://x.example/1"), carol)
    await follows.follow(scene.node, scene.member, await row_of(scene, carol.uri))
    pair = {"type": "Follow", "actor": scene.member.uri, "object": carol.uri}
    await scene.arrives(carol.says("Accept", pair), carol)

    again = carol.says("Announce", note["id"])
    assert await scene.arrives(again, carol) == ["accepted"]

    assert await home(scene) == [(note["id"], bob.uri)]
    assert await shares(scene, note["id"]) == 2


async def test_own_private_post_is_boosted_embedded(scene: Scene, bob: RemoteActor) -> None:
    """s2s 2.12: Mastodon embeds the post when its author boosts it for followers; counts that all may see do not count it."""
    note = bob.note(to=[bob.followers], cc=[])

    boost = bob.says("Announce", note, to=[bob.followers], cc=None)

    assert await scene.arrives(boost, bob) == ["accepted"]
    assert await home(scene) == [(note["id"], bob.uri)]
    assert (await boosters(scene, note["id"]), await shares(scene, note["id"])) == (
        [(await row_of(scene, bob.uri)).id],
        0,
    )


async def test_boost_that_was_long_on_its_way_stands_where_it_belongs(scene: Scene, bob: RemoteActor) -> None:
    """design 9, *Dates*: sorted by when it was published; one that is dated ahead counts as arrived."""
    notes = [served(scene) for _ in range(3)]
    for note, published in zip(notes, ("2026-11-24T07:30:00Z", None, "2027-11-24T07:30:00Z"), strict=True):
        await scene.arrives(bob.says("Announce", note["id"], published=published), bob)

    assert [uri for uri, _booster in await home(scene)] == [notes[2]["id"], notes[1]["id"], notes[0]["id"]]
    numbers = await scene.node.db.read(lambda tx: tx.execute(store.reaction.select()).all())
    # A number may lie two milliseconds ahead: one after the lease of its worker number, one when the counter begins anew.
    assert all(milliseconds_of(row.id) <= scene.clock.now() + 2 for row in numbers)


async def test_boost_addressed_to_nobody_in_particular_is_placed_nowhere(scene: Scene, bob: RemoteActor) -> None:
    """What names only the author is for the author."""
    post = await create_post(scene.node, scene.member, Draft("Seeds"))
    reader = await an_actor(scene.node, "reader")
    await follows.follow(scene.node, reader, await row_of(scene, bob.uri))
    await scene.arrives(bob.says("Accept", {"type": "Follow", "actor": reader.uri, "object": bob.uri}), bob)

    await scene.arrives(bob.says("Announce", post.uri, to=[scene.member.uri], cc=None), bob)

    assert (await home(scene, reader), await told(scene), await shares(scene, post.uri)) == ([], ["reblog"], 0)


async def test_boost_of_a_page_address_is_of_the_post_behind_it(scene: Scene, bob: RemoteActor) -> None:
    """The fetched document says which post it is; one that is here already is not stored twice."""
    note = served(scene)
    scene.peer.objects["/@alice/1"] = note
    await scene.arrives(bob.says("Announce", note["id"]), bob)
    carol = scene.peer.actor("carol")
    await scene.arrives(carol.says("Like", "https://x.example/1"), carol)
    await follows.follow(scene.node, scene.member, await row_of(scene, carol.uri))
    pair = {"type": "Follow", "actor": scene.member.uri, "object": carol.uri}
    await scene.arrives(carol.says("Accept", pair), carol)

    await scene.arrives(carol.says("Announce", f"{scene.peer.base}/@alice/1"), carol)

    assert await shares(scene, note["id"]) == 2


# --- Undo -------------------------------------------------------------------------------------------------------

FORMS: dict[str, Callable[[Document], Document | str]] = {
    "embedded": lambda boost: {name: value for name, value in boost.items() if name != "@context"},
    "without id": lambda boost: {name: boost[name] for name in ("type", "actor", "object")},
    "id": lambda boost: boost["id"],
    "unknown type": lambda boost: {"id": boost["id"], "type": "Shared"},
}


async def test_somebody_else_does_not_undo_a_boost(scene: Scene, bob: RemoteActor) -> None:
    """FEP-fe34: neither a neighbour nor the author of the post."""
    note = served(scene)
    boost = bob.says("Announce", note["id"])
    await scene.arrives(boost, bob)

    outcomes = [await scene.arrives(scene.alice.says("Undo", shape(boost))) for shape in FORMS.values()]

    assert outcomes == [["refused_owner"]] * 4
    assert await home(scene) == [(note["id"], bob.uri)]


async def test_booster_undoes_the_boost_in_every_shape(scene: Scene, bob: RemoteActor) -> None:
    """s2s 2.11, 2.12: the entry, the count and what the author was told go; the fetched post stays known."""
    note, post = served(scene), await create_post(scene.node, scene.member, Draft("Seeds"))
    for form, shape in FORMS.items():
        for uri in (note["id"], post.uri):
            boost = bob.says("Announce", uri)
            await scene.arrives(boost, bob)
            assert await shares(scene, uri) == 1

            assert await scene.arrives(bob.says("Undo", shape(boost)), bob) == ["accepted"], form
            assert (await shares(scene, uri), await told(scene)) == (0, []), form
        assert await home(scene) == [(post.uri, None)], form


async def test_undo_that_comes_before_its_boost_is_remembered(scene: Scene, bob: RemoteActor) -> None:
    """s2s 2.17: "arrived first" memory; nothing is fetched for what was undone."""
    note = served(scene)
    boost = bob.says("Announce", note["id"])

    assert await scene.arrives(bob.says("Undo", boost["id"]), bob) == ["accepted"]
    assert await scene.arrives(boost, bob) == ["refused_deleted"]
    assert (await home(scene), await shares(scene, note["id"])) == ([], None)
    assert note["id"].removeprefix(scene.peer.base) not in scene.peer.gets


async def test_post_stays_for_those_who_have_it_by_somebody_else(scene: Scene, bob: RemoteActor) -> None:
    """Timelines: only what the boost alone brought leaves; a second booster keeps the post there."""
    note = served(scene)
    first = bob.says("Announce", note["id"])
    await scene.arrives(first, bob)
    carol = scene.peer.actor("carol")
    await scene.arrives(carol.says("Like", "https://x.example/1"), carol)
    await follows.follow(scene.node, scene.member, await row_of(scene, carol.uri))
    pair = {"type": "Follow", "actor": scene.member.uri, "object": carol.uri}
    await scene.arrives(carol.says("Accept", pair), carol)
    await scene.arrives(carol.says("Announce", note["id"]), carol)

    await scene.arrives(bob.says("Undo", first["id"]), bob)

    assert await home(scene) == [(note["id"], carol.uri)]


# --- posts and actors that go -----------------------------------------------------------------------------------


async def test_deleted_post_leaves_with_its_boosts(scene: Scene, bob: RemoteActor) -> None:
    """ActivityPub 7.4: rows, entries and what was told."""
    note = served(scene)
    await scene.arrives(bob.says("Announce", note["id"]), bob)

    await scene.arrives(scene.alice.says("Delete", note["id"]))

    assert (await home(scene), await boosters(scene, note["id"]), await shares(scene, note["id"])) == ([], [], 0)


async def test_deleted_booster_leaves_with_its_boosts(scene: Scene, bob: RemoteActor) -> None:
    """s2s 2.19: the purge takes back what the actor did."""
    note = served(scene)
    await scene.arrives(bob.says("Announce", note["id"]), bob)
    number = (await row_of(scene, bob.uri)).id

    await scene.arrives(bob.says("Delete", bob.uri), bob)
    await JOBS[PURGE_ACTOR](scene.node, str(number))

    assert (await home(scene), await boosters(scene, note["id"]), await shares(scene, note["id"])) == ([], [], 0)


async def test_boosts_leave_with_the_follow(scene: Scene, bob: RemoteActor) -> None:
    """After an unfollow what the actor boosted is gone from the home timeline."""
    note = served(scene)
    await scene.arrives(bob.says("Announce", note["id"]), bob)

    await follows.unfollow(scene.node, scene.member, await row_of(scene, bob.uri))

    assert await home(scene) == []


# --- between neighbours of this node ----------------------------------------------------------------------------


async def two(scene: Scene) -> tuple[ActorRow, ActorRow, PostRow]:
    """A booster and a follower of the booster, both of this node, and a post of the member."""
    booster, reader = await an_actor(scene.node, "booster"), await an_actor(scene.node, "reader")
    await follows.follow(scene.node, reader, booster)
    post = await create_post(scene.node, scene.member, Draft("Seeds"))
    await process_arrivals(scene.node)
    return booster, reader, post


async def test_boost_between_actors_of_this_node_takes_the_same_road(scene: Scene) -> None:
    """design 3.8, 9: the booster's own rows at once; followers and author by the local arrival; nothing is sent to ourselves."""
    booster, reader, post = await two(scene)

    await actions.boost(scene.node, booster, post.id)

    assert (await home(scene, booster), await home(scene, reader), await told(scene)) == (
        [(post.uri, booster.uri)],
        [],
        [],
    )
    await process_arrivals(scene.node)
    assert (await home(scene, reader), await told(scene)) == ([(post.uri, booster.uri)], ["reblog"])

    await actions.unboost(scene.node, booster, post.id)
    await process_arrivals(scene.node)

    assert (await home(scene, booster), await home(scene, reader), await told(scene)) == ([], [], [])
    assert (await shares(scene, post.uri), await send_due(scene.node)) == (0, 0)


async def test_boost_that_was_taken_back_before_it_arrived_is_placed_nowhere(scene: Scene) -> None:
    """design 9, *One road*: the local arrival looks whether the row is still there."""
    booster, reader, post = await two(scene)

    await actions.boost(scene.node, booster, post.id)
    await actions.unboost(scene.node, booster, post.id)
    await process_arrivals(scene.node)

    assert (await home(scene, reader), await told(scene)) == ([], [])


async def test_own_boost_rises_above_the_post_and_falls_back(scene: Scene) -> None:
    """The booster's own timeline shows the boost, also where the post stood already; without it the post stands as before."""
    booster, _reader, post = await two(scene)
    await follows.follow(scene.node, booster, scene.member)
    await process_arrivals(scene.node)
    later = await create_post(scene.node, scene.member, Draft("Later"))
    await process_arrivals(scene.node)

    await actions.boost(scene.node, booster, post.id)
    risen = await home(scene, booster)
    await actions.unboost(scene.node, booster, post.id)

    assert risen == [(post.uri, booster.uri), (later.uri, None)]
    assert await home(scene, booster) == [(later.uri, None), (post.uri, None)]
