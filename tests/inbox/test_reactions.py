"""Like, EmojiReact, Dislike and their Undo as they arrive: each door shut, then open."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from actors.lookup import ActorRow, by_uri
from actors.remote import PURGE_ACTOR
from coopfed import limits
from coopfed.db.tx import Tx
from coopfed.features import notifications
from coopfed.features.follows.store import block
from coopfed.features.posts import store as posts
from coopfed.features.posts.actions import create_post, delete_post
from coopfed.features.posts.rules import Draft
from coopfed.features.posts.store import PostRow
from coopfed.features.profiles.actions import delete_actor
from coopfed.features.reactions import actions, store
from coopfed.vocab.audience import Visibility
from coopfed.worker import JOBS
from inbox import queue
from inbox.process import process
from tests.support.nodes import an_actor, process_arrivals
from tests.support.peers import Document, RemoteActor, send_due
from tests.support.scene import Scene


async def a_post(scene: Scene, visibility: Visibility = Visibility.PUBLIC) -> PostRow:
    """A post of the member."""
    return await create_post(scene.node, scene.member, Draft("Seeds for all", visibility=visibility))


def likes(actor: RemoteActor, post: PostRow | str, type: str = "Like", **more: Any) -> Document:
    """A Like (or another reaction) as Mastodon and Misskey send it: to the author, or to nobody in particular."""
    return actor.says(type, post if isinstance(post, str) else post.uri, **({"to": None, "cc": None} | more))


async def row_of(scene: Scene, uri: str) -> ActorRow:
    """The actor with this id."""
    found = await scene.node.db.read(by_uri, uri)
    assert found is not None
    return found


async def known(scene: Scene, actor: RemoteActor) -> ActorRow:
    """A remote actor that was seen here."""
    await scene.arrives(likes(actor, "https://x.example/1"), actor)
    return await row_of(scene, actor.uri)


async def kinds(scene: Scene, post: PostRow) -> list[tuple[str, str]]:
    """Kind and emoji of every reaction to the post, by their numbers."""
    return await scene.node.db.read(_kinds, post.id)


def _kinds(tx: Tx, post: int) -> list[tuple[str, str]]:
    rows = tx.execute(store.reaction.select().where(store.reaction.c.object_id == post).order_by(store.reaction.c.id))
    return [(row.kind, row.content) for row in rows]


async def count(scene: Scene, post: PostRow) -> int:
    """How many likes the post shows."""
    found = await scene.node.db.read(posts.by_id, post.id)
    assert found is not None
    return found.likes_count


async def told(scene: Scene, actor: ActorRow | None = None) -> list[str]:
    """The types of what the member (or another actor) was notified of, the newest first."""
    reader = actor or scene.member
    return [found.type for found in await scene.node.db.read(notifications.recent, reader.id, 40)]


async def blocks(scene: Scene, blocker: ActorRow, blocked: ActorRow) -> None:
    """One actor blocks another."""
    await scene.node.db.write(_block, blocker.id, blocked.id)


def _block(tx: Tx, blocker: int, blocked: int) -> None:
    tx.execute(block.insert(), {"actor_id": blocker, "target_id": blocked, "created_at": 1})


# --- doors shut -------------------------------------------------------------------------------------------------

REACTIONS: tuple[tuple[str, Document], ...] = (
    ("Like", {}),
    ("Like", {"content": "🌱"}),
    ("EmojiReact", {"content": "🌱"}),
    ("Dislike", {}),
)


@pytest.mark.parametrize(("type", "more"), REACTIONS)
async def test_reaction_to_what_is_not_here_is_irrelevant(scene: Scene, type: str, more: Document) -> None:
    """s2s 2.22, step 8: an unknown post, of ours or elsewhere, is not fetched for a reaction."""
    for uri in (scene.node.urls.object(4711), f"{scene.peer.base}/notes/4711", scene.member.uri):
        assert await scene.arrives(likes(scene.alice, uri, type, **more)) == ["irrelevant"]

    assert "/notes/4711" not in scene.peer.gets


@pytest.mark.parametrize(("type", "more"), REACTIONS)
async def test_reaction_to_what_the_actor_may_not_see_is_refused(scene: Scene, type: str, more: Document) -> None:
    """security 1.7: who knows the id of a private post learns and changes nothing by reacting to it."""
    for visibility in (Visibility.FOLLOWERS, Visibility.DIRECT):
        post = await a_post(scene, visibility)

        assert await scene.arrives(likes(scene.alice, post, type, **more)) == ["refused_hidden"]
        assert await kinds(scene, post) == []
        assert await told(scene) == []


@pytest.mark.parametrize(("type", "more"), REACTIONS)
async def test_reaction_by_whom_the_author_blocks_is_refused(scene: Scene, type: str, more: Document) -> None:
    """s2s 2.22, step 9: blocks of the author."""
    post = await a_post(scene)
    await blocks(scene, scene.member, await known(scene, scene.alice))

    assert await scene.arrives(likes(scene.alice, post, type, **more)) == ["refused_blocked"]
    assert (await kinds(scene, post), await count(scene, post), await told(scene)) == ([], 0, [])


@pytest.mark.parametrize(("type", "more"), REACTIONS)
async def test_reaction_to_a_deleted_post_is_refused(scene: Scene, type: str, more: Document) -> None:
    """s2s 2.17: what was deleted does not come back."""
    post = await a_post(scene)
    await delete_post(scene.node, scene.member, post)

    assert await scene.arrives(likes(scene.alice, post, type, **more)) == ["refused_deleted"]
    assert await kinds(scene, post) == []


@pytest.mark.parametrize("more", [{}, {"content": " "}, {"content": ["🌱"] * 0}, {"content": "x" * 201}])
async def test_emoji_react_without_an_emoji_is_malformed(scene: Scene, more: Document) -> None:
    """LitePub's EmojiReact is nothing without `content`."""
    post = await a_post(scene)

    assert await scene.arrives(likes(scene.alice, post, "EmojiReact", **more)) == ["malformed"]


async def test_emoji_is_at_most_as_long_as_a_name_with_its_host(scene: Scene) -> None:
    """limits.REACTION_LENGTH at n and n + 1: a Like with a sentence is just a like."""
    post = await a_post(scene)
    bob = scene.peer.actor("bob")

    await scene.arrives(likes(scene.alice, post, content="x" * limits.REACTION_LENGTH))
    await scene.arrives(likes(bob, post, content="x" * (limits.REACTION_LENGTH + 1)), bob)

    assert await kinds(scene, post) == [("emoji", "x" * limits.REACTION_LENGTH), ("like", "")]


async def test_one_actor_sends_a_bounded_number_of_emoji(scene: Scene) -> None:
    """limits.REACTIONS_PER_POST at n and n + 1: nobody fills a post with emoji, nor its counter."""
    post = await a_post(scene)

    outcomes = [
        (await scene.arrives(likes(scene.alice, post, content=f":{number}:")))[0]
        for number in range(limits.REACTIONS_PER_POST + 1)
    ]

    assert outcomes == ["accepted"] * limits.REACTIONS_PER_POST + ["duplicate"]
    assert (len(await kinds(scene, post)), await count(scene, post)) == (limits.REACTIONS_PER_POST, 1)
    assert await told(scene) == ["favourite"]


# --- Like -------------------------------------------------------------------------------------------------------


async def test_like_is_stored_counted_and_told(scene: Scene) -> None:
    """ActivityPub 7.10."""
    post = await a_post(scene)

    assert await scene.arrives(likes(scene.alice, post)) == ["accepted"]
    assert (await kinds(scene, post), await count(scene, post), await told(scene)) == (
        [("like", "")],
        1,
        ["favourite"],
    )


async def test_like_with_the_post_embedded_counts_by_its_id(scene: Scene) -> None:
    """security 1.1: what an embedded copy says of the post is not believed."""
    post = await a_post(scene)
    copy = {"id": post.uri, "type": "Note", "content": "Something else", "attributedTo": scene.alice.uri}

    assert await scene.arrives(scene.alice.says("Like", copy)) == ["accepted"]
    found = await scene.node.db.read(posts.by_id, post.id)
    assert found is not None
    assert found.content == post.content


async def test_there_is_one_like_of_an_actor_for_a_post(scene: Scene) -> None:
    """s2s 2.12, 2.17: a second Like with a new id counts and is told for nothing."""
    post = await a_post(scene)
    await scene.arrives(likes(scene.alice, post))

    assert await scene.arrives(likes(scene.alice, post)) == ["duplicate"]
    assert (len(await kinds(scene, post)), await count(scene, post), await told(scene)) == (1, 1, ["favourite"])


async def test_follower_likes_a_private_post(scene: Scene) -> None:
    """The visibility clause, open: a follower may see what is for followers."""
    await scene.arrives(scene.alice.follow(scene.member.uri))
    post = await a_post(scene, Visibility.FOLLOWERS)

    assert await scene.arrives(likes(scene.alice, post)) == ["accepted"]
    assert await count(scene, post) == 1


async def test_like_of_a_remote_post_that_is_here_is_counted(scene: Scene) -> None:
    """A reaction to a known post of somebody else counts, and tells nobody here."""
    note = scene.alice.mentioning(scene.member.uri)
    await scene.arrives(scene.alice.create(note))
    bob = scene.peer.actor("bob")

    assert await scene.arrives(likes(bob, note["id"]), bob) == ["accepted"]
    post = await scene.node.db.read(posts.by_uri, note["id"])
    assert post is not None
    assert (post.likes_count, await told(scene)) == (1, ["mention"])


async def test_many_like_at_one_moment_and_all_are_counted(scene: Scene) -> None:
    """security 2: the counter of a popular post is written by many lanes at once; none is lost, none fails."""
    post = await a_post(scene)
    crowd = [scene.peer.actor(f"reader{number}") for number in range(40)]
    for actor in crowd:
        assert (await scene.peer.post(scene.node, likes(actor, post), actor)).status == 202
    now = scene.clock.now()
    lanes = await scene.node.db.claim(queue.claim, now, now + 60_000, len(crowd), 1)

    outcomes = await asyncio.gather(*(process(scene.node, lane.items[0]) for lane in lanes))

    assert outcomes == ["accepted"] * len(crowd)
    assert (await count(scene, post), len(await kinds(scene, post))) == (len(crowd), len(crowd))


# --- emoji and dislikes -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("type", "more"),
    [
        ("Like", {"content": "🌱"}),
        ("Like", {"_misskey_reaction": "🌱"}),
        ("Like", {"content": "🌱", "_misskey_reaction": "🌱"}),
        ("EmojiReact", {"content": "🌱"}),
        ("http://litepub.social/ns#EmojiReact", {"content": "🌱"}),
    ],
)
async def test_emoji_is_read_in_every_spelling(scene: Scene, type: str, more: Document) -> None:
    """FEP-c0e0; s2s 2.12: Misskey, Pleroma, and the full IRI."""
    post = await a_post(scene)

    assert await scene.arrives(likes(scene.alice, post, type, **more)) == ["accepted"]
    assert (await kinds(scene, post), await count(scene, post), await told(scene)) == (
        [("emoji", "🌱")],
        1,
        ["favourite"],
    )


async def test_several_emoji_of_one_actor_stand_and_count_once(scene: Scene) -> None:
    """s2s 2.12: several different reactions are allowed; Mastodon counts one favourite of an actor."""
    post = await a_post(scene)

    outcomes = [
        await scene.arrives(likes(scene.alice, post, content=emoji)) for emoji in ("🌱", "🍅", "🌱", ":pudding:")
    ]

    assert outcomes == [["accepted"], ["accepted"], ["duplicate"], ["accepted"]]
    assert [emoji for _kind, emoji in await kinds(scene, post)] == ["🌱", "🍅", ":pudding:"]
    assert (await count(scene, post), await told(scene)) == (1, ["favourite"])


async def test_dislike_is_kept_but_is_no_like(scene: Scene) -> None:
    """s2s 2.12: Lemmy and Friendica: stored, never counted as a like, told to nobody."""
    post = await a_post(scene)

    assert await scene.arrives(likes(scene.alice, post, "Dislike")) == ["accepted"]
    assert (await kinds(scene, post), await count(scene, post), await told(scene)) == ([("dislike", "")], 0, [])


async def test_vote_that_is_changed_replaces_the_first(scene: Scene) -> None:
    """Lemmy sends a Dislike after a Like without an Undo between."""
    post = await a_post(scene)
    await scene.arrives(likes(scene.alice, post))

    await scene.arrives(likes(scene.alice, post, "Dislike"))

    assert (await kinds(scene, post), await count(scene, post), await told(scene)) == ([("dislike", "")], 0, [])
    await scene.arrives(likes(scene.alice, post))
    assert (await kinds(scene, post), await count(scene, post)) == ([("like", "")], 1)


# --- Undo -------------------------------------------------------------------------------------------------------


def embedded(like: Document) -> Document:
    """As Mastodon sends it."""
    return {name: value for name, value in like.items() if name != "@context"}


FORMS: dict[str, Callable[[Document], Document | str]] = {
    "embedded": embedded,
    "without id": lambda like: {name: like[name] for name in like if name in ("type", "actor", "object", "content")},
    "without actor": lambda like: {name: like[name] for name in like if name in ("type", "object", "content")},
    "another id": lambda like: embedded(like) | {"id": like["id"] + "0000"},
    "id": lambda like: like["id"],
    "unknown type": lambda like: {"id": like["id"], "type": "Reacted"},
    "no type": lambda like: {"id": like["id"], "actor": like["actor"]},
}


@pytest.mark.parametrize(("type", "more"), REACTIONS)
async def test_somebody_else_does_not_undo_a_reaction(scene: Scene, type: str, more: Document) -> None:
    """FEP-fe34: only the actor undoes its own, by id or embedded; a neighbour is a stranger."""
    post = await a_post(scene)
    like = likes(scene.alice, post, type, **more)
    await scene.arrives(like)
    mallory = scene.peer.actor("mallory")

    outcomes = [await scene.arrives(mallory.says("Undo", form), mallory) for form in (embedded(like), like["id"])]

    assert outcomes == [["refused_owner"]] * 2
    assert len(await kinds(scene, post)) == 1


@pytest.mark.parametrize(("type", "more"), REACTIONS)
async def test_actor_undoes_its_reaction_in_every_shape(scene: Scene, type: str, more: Document) -> None:
    """s2s 2.11: embedded with type, embedded without id, plain id, type unknown."""
    post = await a_post(scene)
    for form, shape in FORMS.items():
        like = likes(scene.alice, post, type, **more)
        await scene.arrives(like)
        assert len(await kinds(scene, post)) == 1

        assert await scene.arrives(scene.alice.says("Undo", shape(like))) == ["accepted"], form
        assert (await kinds(scene, post), await count(scene, post), await told(scene)) == ([], 0, []), form


async def test_undo_of_one_emoji_leaves_the_others(scene: Scene) -> None:
    """FEP-c0e0: each reaction is undone by itself; the author is told while one is left."""
    post = await a_post(scene)
    first, second = (likes(scene.alice, post, content=emoji) for emoji in ("🌱", "🍅"))
    await scene.arrives(first)
    await scene.arrives(second)

    await scene.arrives(scene.alice.says("Undo", embedded(first)))

    assert (await kinds(scene, post), await count(scene, post), await told(scene)) == (
        [("emoji", "🍅")],
        1,
        ["favourite"],
    )


async def test_second_undo_is_a_duplicate(scene: Scene) -> None:
    """s2s 2.17: counters change only when a row does."""
    post = await a_post(scene)
    like = likes(scene.alice, post)
    await scene.arrives(like)
    await scene.arrives(scene.alice.says("Undo", like))

    assert await scene.arrives(scene.alice.says("Undo", like)) == ["duplicate"]
    assert await count(scene, post) == 0


async def test_like_again_after_an_undo_is_told_again(scene: Scene) -> None:
    """A new Like after an Undo is a new Like."""
    post = await a_post(scene)
    like = likes(scene.alice, post)
    await scene.arrives(like)
    await scene.arrives(scene.alice.says("Undo", like))

    assert await scene.arrives(likes(scene.alice, post)) == ["accepted"]
    assert (await count(scene, post), await told(scene)) == (1, ["favourite"])


async def test_undo_by_id_names_the_newest_of_repeated_likes(scene: Scene) -> None:
    """s2s 2.11: who lost track and liked again undoes by the id it knows."""
    post = await a_post(scene)
    await scene.arrives(likes(scene.alice, post))
    again = likes(scene.alice, post)
    await scene.arrives(again)

    assert await scene.arrives(scene.alice.says("Undo", again["id"])) == ["accepted"]
    assert await count(scene, post) == 0


@pytest.mark.parametrize(("type", "more"), REACTIONS)
async def test_undo_that_comes_first_is_remembered(scene: Scene, type: str, more: Document) -> None:
    """s2s 2.17: "arrived first" memory: the reaction that comes after its Undo has no effect, another one has."""
    post = await a_post(scene)
    for form in ("embedded", "id"):
        like = likes(scene.alice, post, type, **more)

        undone = await scene.arrives(scene.alice.says("Undo", FORMS[form](like)))
        late = await scene.arrives(like)

        assert (undone, late) == (["accepted"], ["refused_deleted"]), form
        assert (await kinds(scene, post), await count(scene, post), await told(scene)) == ([], 0, []), form
    assert await scene.arrives(likes(scene.alice, post, type, **more)) == ["accepted"]


async def test_undo_that_comes_first_binds_its_own_actor_only(scene: Scene) -> None:
    """Id poisoning: a neighbour that "undoes" an id beforehand does not stop the activity of that id."""
    post = await a_post(scene)
    like = likes(scene.alice, post)
    mallory = scene.peer.actor("mallory")

    await scene.arrives(mallory.says("Undo", like["id"]), mallory)

    assert await scene.arrives(like) == ["accepted"]


async def test_undo_of_what_came_and_had_no_effect_is_not_remembered(scene: Scene) -> None:
    """Only what is still on its way is remembered: the table grows by nothing else."""
    like = likes(scene.alice, f"{scene.peer.base}/notes/1")
    await scene.arrives(like)

    outcomes = [
        await scene.arrives(scene.alice.says("Undo", like)),
        await scene.arrives(scene.alice.says("Undo", "https://elsewhere.example/likes/1")),
        await scene.arrives(scene.alice.says("Undo", FORMS["without id"](like))),
    ]

    assert outcomes == [["duplicate"]] * 3
    assert await scene.node.db.read(lambda tx: len(tx.execute(posts.tombstone.select()).all())) == 0


# --- posts and actors that go -----------------------------------------------------------------------------------


async def test_deleted_post_takes_its_reactions_along(scene: Scene) -> None:
    """s2s 2.10: nothing is left of a deleted post but its tombstone."""
    post = await a_post(scene)
    await scene.arrives(likes(scene.alice, post))

    await delete_post(scene.node, scene.member, post)

    assert (await kinds(scene, post), await count(scene, post), await told(scene)) == ([], 0, [])


async def test_deleted_actor_takes_its_reactions_along(scene: Scene) -> None:
    """s2s 2.19: the purge of an actor takes back what it did to the posts of others."""
    post = await a_post(scene)
    await scene.arrives(likes(scene.alice, post))
    await scene.arrives(likes(scene.alice, post, content="🌱"))
    alice = await row_of(scene, scene.alice.uri)

    await scene.arrives(scene.alice.says("Delete", scene.alice.uri))
    await JOBS[PURGE_ACTOR](scene.node, str(alice.id))

    assert (await kinds(scene, post), await count(scene, post), await told(scene)) == ([], 0, [])


# --- between neighbours of this node ----------------------------------------------------------------------------


async def test_like_between_actors_of_this_node_takes_the_same_road(scene: Scene) -> None:
    """design 3.8, 9: the row at once, what others hear by the local arrival; nothing is sent to ourselves."""
    other = await an_actor(scene.node, "other_member")
    post = await a_post(scene)

    await actions.like(scene.node, other, post.id)
    at_once = (await count(scene, post), await told(scene))
    await process_arrivals(scene.node)

    assert at_once == (1, [])
    assert (await count(scene, post), await told(scene)) == (1, ["favourite"])
    assert await send_due(scene.node) == 0

    await actions.unlike(scene.node, other, post.id)
    await process_arrivals(scene.node)

    assert (await count(scene, post), await told(scene)) == (0, [])


async def test_like_that_was_taken_back_before_it_arrived_is_not_told(scene: Scene) -> None:
    """design 9, *One road*: the local arrival looks whether the row is still there."""
    other = await an_actor(scene.node, "other_member")
    post = await a_post(scene)

    await actions.like(scene.node, other, post.id)
    await actions.unlike(scene.node, other, post.id)
    await process_arrivals(scene.node)

    assert (await count(scene, post), await told(scene)) == (0, [])
    assert ("Like", "duplicate") in [(type, outcome) for type, outcome, _error in await scene.outcomes()]


async def test_like_given_again_before_its_undo_arrived_stays(scene: Scene) -> None:
    """design 9, *One road*: what was taken back is not the same as what was given again, though actor and post are."""
    other = await an_actor(scene.node, "other_member")
    post = await a_post(scene)

    await actions.like(scene.node, other, post.id)
    await actions.unlike(scene.node, other, post.id)
    await actions.like(scene.node, other, post.id)
    await process_arrivals(scene.node)

    assert (await count(scene, post), await told(scene)) == (1, ["favourite"])
    assert [(type, outcome) for type, outcome, _error in await scene.outcomes()] == [
        ("Like", "duplicate"),
        ("Undo", "duplicate"),
        ("Like", "accepted"),
    ]


async def test_own_post_is_liked_without_telling_oneself(scene: Scene) -> None:
    """Nobody is told of what they do themselves."""
    post = await a_post(scene)

    await actions.like(scene.node, scene.member, post.id)
    await process_arrivals(scene.node)

    assert (await count(scene, post), await told(scene)) == (1, [])


async def test_deleted_actor_of_ours_is_told_of_nothing(scene: Scene) -> None:
    """A purge may not be over when a reaction comes."""
    post = await a_post(scene)
    await delete_actor(scene.node, scene.member)

    await scene.arrives(likes(scene.alice, post))

    assert await told(scene) == []
