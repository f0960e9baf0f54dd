"""Likes and boosts over the client API: what apps read, and what leaves for other servers."""

from collections.abc import Sequence
from typing import Any

import pytest

from actors.lookup import ActorRow, by_uri
from coopfed.db.tx import Tx
from coopfed.features.follows import actions as follows
from coopfed.features.follows.store import block
from coopfed.features.posts import store as posts
from coopfed.features.posts.actions import create_post, delete_post
from coopfed.features.posts.rules import Draft
from coopfed.features.posts.store import PostRow
from coopfed.features.reactions.store import reaction
from coopfed.vocab.audience import Visibility
from tests.coopfed.api.test_api import a_client
from tests.support.nodes import an_actor, process_arrivals
from tests.support.peers import PUBLIC, Document, send_due
from tests.support.scene import Scene

VERBS = ("favourite", "unfavourite", "reblog", "unreblog")
LISTS = ("favourited_by", "reblogged_by")


async def said(scene: Scene, author: ActorRow | None = None, **more: Any) -> PostRow:
    """A post of the member (or another actor)."""
    return await create_post(scene.node, author or scene.member, Draft("Seeds for all", **more))


async def sent(scene: Scene, type: str) -> list[Document]:
    """The activities of this type that the peer got, after everything due was sent."""
    await send_due(scene.node)
    return [received.document for received in scene.peer.received if received.document["type"] == type]


async def a_note(scene: Scene, **more: Any) -> PostRow:
    """A note of alice that is known here."""
    note = scene.alice.mentioning(scene.member.uri, **more)
    await scene.arrives(scene.alice.create(note))
    found = await scene.node.db.read(posts.by_uri, note["id"])
    assert found is not None
    return found


async def rows(scene: Scene) -> list[Any]:
    """Every reaction that is stored."""
    return list(await scene.node.db.read(lambda tx: tx.execute(reaction.select().order_by(reaction.c.id)).all()))


def keys(statuses: Sequence[Document]) -> list[tuple[str, str | None]]:
    """Of each status its id, and that of what it boosts."""
    return [(status["id"], status["reblog"] and status["reblog"]["id"]) for status in statuses]


def blocks(tx: Tx, blocker: int, blocked: int) -> None:
    """One actor blocks another."""
    tx.execute(block.insert(), {"actor_id": blocker, "target_id": blocked, "created_at": 1})


# --- doors shut -------------------------------------------------------------------------------------------------


async def test_no_path_opens_without_a_token_that_may(scene: Scene) -> None:
    """RFC 6750 3.1: 401 without a token, 403 with one of another scope, 403 for a reader; nothing happens."""
    post = await said(scene)
    read, write = await a_client(scene, scopes="read"), await a_client(scene, scopes="write")
    reader = await a_client(scene, role="reader")
    for method, name, other in [("POST", verb, read) for verb in VERBS] + [("GET", name, write) for name in LISTS]:
        url = f"{scene.node.urls.base}/api/v1/statuses/{post.id}/{name}"

        assert (await scene.peer.send(method, url, {})).status == 401
        answer = await scene.peer.send(method, url, {"Authorization": f"Bearer {other.token}"})
        assert (answer.status, answer.json["reason"]) == (403, "insufficient_scope"), name
    for verb in VERBS:
        answer = await reader.post(f"/statuses/{post.id}/{verb}")
        assert (answer.status, answer.json["reason"]) == (403, "insufficient_role")
    assert await rows(scene) == []


async def test_what_the_actor_may_not_see_is_404(scene: Scene) -> None:
    """security 1.7: another's private post is the same 404 as none; a deleted one, one of somebody who blocks, nonsense."""
    other, blocker = await an_actor(scene.node, "other_member"), await an_actor(scene.node, "blocker")
    hidden = [await said(scene, visibility=kind) for kind in (Visibility.FOLLOWERS, Visibility.DIRECT)]
    hidden.append(await said(scene, blocker))
    await scene.node.db.write(blocks, blocker.id, other.id)
    gone = await said(scene)
    await delete_post(scene.node, scene.member, gone)
    stranger = await a_client(scene, other)

    nothing = await stranger.post(f"/statuses/{2**62}/favourite")
    for post in (*hidden, gone):
        for verb in VERBS:
            answer = await stranger.post(f"/statuses/{post.id}/{verb}")
            assert (answer.status, answer.body) == (404, nothing.body), (post.visibility, verb)
        for name in LISTS:
            assert (await stranger.get(f"/statuses/{post.id}/{name}")).status == 404
    for number in ("0", "-1", "9" * 40, "abc"):
        assert (await stranger.post(f"/statuses/{number}/reblog")).status in (404, 422)
        assert (await stranger.get(f"/statuses/{number}/reblogged_by")).status in (404, 422)
    assert await rows(scene) == []


async def test_what_is_not_for_everybody_is_not_boosted(scene: Scene) -> None:
    """s2s 2.12, the practice of Mastodon: neither a private post of somebody else nor anybody's direct one, nor directly."""
    other = await an_actor(scene.node, "other_member")
    await follows.follow(scene.node, other, scene.member)
    await process_arrivals(scene.node)
    private = await said(scene, visibility=Visibility.FOLLOWERS)
    direct = await create_post(scene.node, other, Draft("Only me", visibility=Visibility.DIRECT))
    open_ = await said(scene)
    client = await a_client(scene, other)

    assert (await client.post(f"/statuses/{private.id}/favourite")).status == 200
    for post in (private, direct):
        answer = await client.post(f"/statuses/{post.id}/reblog")
        assert (answer.status, answer.json["reason"]) == (403, "not_for_boosting")
    for visibility in ("direct", "everybody"):
        assert (await client.post(f"/statuses/{open_.id}/reblog", visibility=visibility)).status == 422
    assert [row.kind for row in await rows(scene)] == ["like"]


async def test_boost_of_somebody_else_is_not_deleted(scene: Scene) -> None:
    """DELETE of a boost takes back one's own only."""
    other = await an_actor(scene.node, "other_member")
    post = await said(scene)
    boost = (await (await a_client(scene, other)).post(f"/statuses/{post.id}/reblog")).json

    answer = await (await a_client(scene)).delete(f"/statuses/{boost['id']}")

    assert answer.status == 404
    assert len(await rows(scene)) == 1


async def test_private_boost_is_known_to_followers_only(scene: Scene) -> None:
    """security 1.7: neither by its number nor in the list; the post itself stays visible."""
    booster, stranger = await an_actor(scene.node, "booster"), await an_actor(scene.node, "stranger")
    friend = await an_actor(scene.node, "friend")
    await follows.follow(scene.node, friend, booster)
    await process_arrivals(scene.node)
    post = await said(scene)
    boost = (await (await a_client(scene, booster)).post(f"/statuses/{post.id}/reblog", visibility="private")).json

    async def seen_by(actor: ActorRow) -> tuple[int, int]:
        client = await a_client(scene, actor)
        listed = (await client.get(f"/statuses/{post.id}/reblogged_by")).json
        return (await client.get(f"/statuses/{boost['id']}")).status, len(listed)

    assert boost["visibility"] == "private"
    assert await seen_by(stranger) == (404, 0)
    assert await seen_by(friend) == (200, 1)
    assert await seen_by(booster) == (200, 1)
    status = (await (await a_client(scene, stranger)).get(f"/statuses/{post.id}")).json
    assert status["reblogs_count"] == 0


# --- likes ------------------------------------------------------------------------------------------------------


async def test_like_is_answered_with_the_status_and_sent_to_its_author(scene: Scene) -> None:
    """ActivityPub 6.8; s2s 2.12: id, actor, the object's id, `to` the author and nobody else; once however often it is asked."""
    post, client = await a_note(scene), await a_client(scene)

    before = (await client.get(f"/statuses/{post.id}")).json
    liked = (await client.post(f"/statuses/{post.id}/favourite")).json
    again = (await client.post(f"/statuses/{post.id}/favourite")).json

    assert [(status["favourited"], status["favourites_count"]) for status in (before, liked, again)] == [
        (False, 0),
        (True, 1),
        (True, 1),
    ]
    (like,) = await sent(scene, "Like")
    assert (like["actor"], like["object"], like["to"], like["cc"]) == (
        scene.member.uri,
        post.uri,
        [scene.alice.uri],
        [],
    )
    assert like["id"].startswith(f"{scene.node.urls.base}/ap/activities/")
    assert scene.peer.received[-1].path == "/users/alice/inbox"
    (row,) = await rows(scene)
    assert (row.uri, row.account_id is None) == (like["id"], False)


async def test_unlike_sends_the_undo_with_the_like_embedded(scene: Scene) -> None:
    """ActivityPub 6.10: the original with its id; a second time nothing."""
    post, client = await a_note(scene), await a_client(scene)
    await client.post(f"/statuses/{post.id}/favourite")
    (like,) = await sent(scene, "Like")

    for _ in range(2):
        status = (await client.post(f"/statuses/{post.id}/unfavourite")).json
        assert (status["favourited"], status["favourites_count"]) == (False, 0)

    (undo,) = await sent(scene, "Undo")
    assert undo["object"] == {name: value for name, value in like.items() if name != "@context"}
    assert (undo["actor"], undo["to"]) == (scene.member.uri, [scene.alice.uri])
    assert await rows(scene) == []


async def test_like_is_told_to_an_author_of_ours(scene: Scene) -> None:
    """Mastodon client API: `favourite` and `reblog` with the post they are about, withdrawn when it is taken back."""
    post, other = await said(scene), await an_actor(scene.node, "other_member")
    mine, theirs = await a_client(scene), await a_client(scene, other)
    for verb in ("favourite", "reblog"):
        await theirs.post(f"/statuses/{post.id}/{verb}")
    await process_arrivals(scene.node)

    told = (await mine.get("/notifications")).json

    assert [(note["type"], note["account"]["acct"], note["status"]["id"]) for note in told] == [
        ("reblog", "other_member", str(post.id)),
        ("favourite", "other_member", str(post.id)),
    ]
    assert told[0]["status"]["reblog"] is None
    for verb in ("unfavourite", "unreblog"):
        await theirs.post(f"/statuses/{post.id}/{verb}")
    await process_arrivals(scene.node)
    assert (await mine.get("/notifications")).json == []


# --- boosts -----------------------------------------------------------------------------------------------------

ADDRESSES: dict[str, tuple[list[str], list[str]]] = {
    "public": ([PUBLIC], ["followers", "author"]),
    "unlisted": (["followers"], [PUBLIC, "author"]),
    "private": (["followers"], ["author"]),
}


@pytest.mark.parametrize("visibility", ADDRESSES)
async def test_boost_is_sent_with_the_id_of_the_post(scene: Scene, visibility: str) -> None:
    """ActivityPub 7.11; s2s 2.12: the id, `published`, addressed by its visibility and to the author; its Undo to the same."""
    post, client = await a_note(scene), await a_client(scene)
    await scene.arrives(scene.alice.follow(scene.member.uri))

    boost = (await client.post(f"/statuses/{post.id}/reblog", visibility=visibility)).json
    (announce,) = await sent(scene, "Announce")
    await client.post(f"/statuses/{post.id}/unreblog")
    (undo,) = await sent(scene, "Undo")

    names = {"followers": scene.member.followers_uri, "author": scene.alice.uri}
    to, cc = ([names.get(name, name) for name in part] for part in ADDRESSES[visibility])
    assert (announce["object"], announce["to"], announce["cc"]) == (post.uri, to, cc)
    assert (announce["id"], announce["actor"], announce["published"]) == (
        boost["uri"],
        scene.member.uri,
        "2026-11-24T08:00:00.000Z",
    )
    assert (undo["to"], undo["cc"]) == (to, cc)
    assert undo["object"] == {name: value for name, value in announce.items() if name != "@context"}


async def test_boost_is_not_older_than_the_post(scene: Scene) -> None:
    """s2s 2.12: Misskey refuses one that is; the author's clock may be ahead of ours."""
    post, client = await a_note(scene, published="2026-11-24T09:30:00Z"), await a_client(scene)

    await client.post(f"/statuses/{post.id}/reblog")

    (announce,) = await sent(scene, "Announce")
    assert announce["published"] == "2026-11-24T09:30:00.000Z"


async def test_boost_is_a_status_that_wraps_the_post(scene: Scene) -> None:
    """client_api research: an id of its own, the booster's account, `reblog` whose own reblog is null; asked twice it is one."""
    post, client = await a_note(scene), await a_client(scene)

    boost = (await client.post(f"/statuses/{post.id}/reblog")).json
    again = (await client.post(f"/statuses/{post.id}/reblog")).json
    of_boost = (await client.post(f"/statuses/{boost['id']}/reblog")).json

    assert boost["id"] == again["id"] == of_boost["id"] != str(post.id)
    assert (boost["account"]["acct"], boost["visibility"]) == ("member", "public")
    inner = boost["reblog"]
    assert (inner["id"], inner["account"]["acct"], inner["reblog"]) == (
        str(post.id),
        f"alice@{scene.peer.host}",
        None,
    )
    assert (inner["reblogged"], inner["reblogs_count"], boost["content"]) == (True, 1, inner["content"])
    assert (await client.get(f"/statuses/{boost['id']}")).json == boost
    assert len(await rows(scene)) == 1


async def test_boost_stands_in_the_home_timelines_of_booster_and_followers(scene: Scene) -> None:
    """design 9: the booster's own entry at once; followers see the wrapped status; pages go by its number."""
    booster, reader = await an_actor(scene.node, "booster"), await an_actor(scene.node, "reader")
    await follows.follow(scene.node, reader, booster)
    old, new = await said(scene), await said(scene, booster)
    await process_arrivals(scene.node)
    boosting, reading = await a_client(scene, booster), await a_client(scene, reader)

    boost = (await boosting.post(f"/statuses/{old.id}/reblog")).json
    own = (await boosting.get("/timelines/home")).json
    await process_arrivals(scene.node)
    theirs = (await reading.get("/timelines/home")).json
    first = await reading.get("/timelines/home?limit=1")
    rest = await reading.get(f"/timelines/home?limit=1&max_id={boost['id']}")

    expected = [(boost["id"], str(old.id)), (str(new.id), None)]
    assert keys(own) == keys(theirs) == expected
    assert (theirs[0]["account"]["acct"], theirs[0]["reblog"]["reblogged"]) == ("booster", False)
    assert keys(first.json) + keys(rest.json) == expected
    assert f"max_id={boost['id']}" in first.headers["Link"]


async def test_boost_is_taken_back_by_either_number(scene: Scene) -> None:
    """client_api research: `unreblog` takes the original id, DELETE that of the boost; both are idempotent or 404."""
    post, client = await a_note(scene), await a_client(scene)
    boost = (await client.post(f"/statuses/{post.id}/reblog")).json

    deleted = await client.delete(f"/statuses/{boost['id']}")

    assert (deleted.status, deleted.json["reblog"]["id"]) == (200, str(post.id))
    assert (await client.get(f"/statuses/{boost['id']}")).status == 404
    assert (await client.delete(f"/statuses/{boost['id']}")).status == 404
    assert (await client.get(f"/statuses/{post.id}")).status == 200
    assert (await client.post(f"/statuses/{post.id}/unreblog")).json["reblogged"] is False
    assert len(await sent(scene, "Undo")) == 1


async def test_own_private_post_is_boosted_for_followers(scene: Scene) -> None:
    """s2s 2.12: one's own may be boosted, as wide as it is and no wider."""
    post, client = await said(scene, visibility=Visibility.FOLLOWERS), await a_client(scene)
    await scene.arrives(scene.alice.follow(scene.member.uri))

    boost = (await client.post(f"/statuses/{post.id}/reblog", visibility="public")).json

    assert boost["visibility"] == "private"
    (announce,) = await sent(scene, "Announce")
    assert (announce["to"], announce["cc"]) == ([scene.member.followers_uri], [])


async def test_outbox_lists_public_boosts_until_they_are_taken_back(scene: Scene) -> None:
    """ActivityPub 5.1: what an actor said to everybody; not what it took back, nor boosts of what was deleted."""
    client, bob = await a_client(scene), scene.peer.actor("bob")
    post, doomed, hushed = [await a_note(scene) for _ in range(3)]
    outbox = f"{scene.member.uri}/outbox"
    boosts = [
        (await client.post(f"/statuses/{note.id}/reblog", visibility=visibility)).json
        for note, visibility in ((post, "public"), (doomed, "unlisted"), (hushed, "private"))
    ]

    async def listed() -> tuple[int, list[str]]:
        page = (await scene.peer.get(scene.node, f"{outbox}?page=true", bob)).json
        return (await scene.peer.get(scene.node, outbox, bob)).json["totalItems"], page["orderedItems"]

    assert await listed() == (2, [boosts[1]["uri"], boosts[0]["uri"]])
    assert (await scene.peer.get(scene.node, boosts[0]["uri"])).json["object"] == post.uri
    await scene.arrives(scene.alice.says("Delete", doomed.uri))
    await client.post(f"/statuses/{post.id}/unreblog")
    assert await listed() == (0, [])
    assert (await scene.peer.get(scene.node, boosts[0]["uri"])).status == 404


# --- who did it -------------------------------------------------------------------------------------------------


async def test_reactors_are_listed_once_each_and_paged_by_links(scene: Scene) -> None:
    """client_api research: accounts by a cursor that stands in the Link only; an actor with several emoji stands once."""
    post, client = await said(scene), await a_client(scene)
    actors = [scene.peer.actor(f"reader{number}") for number in range(5)]
    for actor in actors:
        for content in (None, "🌱", "🍅"):
            await scene.arrives(actor.says("Like", post.uri, content=content), actor)
        await scene.arrives(actor.says("Announce", post.uri), actor)

    for name in LISTS:
        seen, path = [], f"/statuses/{post.id}/{name}?limit=2"
        while (page := await client.get(path)).json:
            seen += [account["username"] for account in page.json]
            path = page.headers["Link"].partition(">")[0].removeprefix("<")

        assert seen == [actor.name for actor in reversed(actors)], name
        assert "Link" not in page.headers


async def test_whom_one_blocks_is_not_listed(scene: Scene) -> None:
    """s2s 2.22, step 9: hidden from who blocks them."""
    post, client = await said(scene), await a_client(scene)
    for type in ("Like", "Announce"):
        await scene.arrives(scene.alice.says(type, post.uri))
    alice = await scene.node.db.read(by_uri, scene.alice.uri)
    assert alice is not None

    lists = [(await client.get(f"/statuses/{post.id}/{name}")).json for name in LISTS]
    await scene.node.db.write(blocks, scene.member.id, alice.id)
    hidden = [(await client.get(f"/statuses/{post.id}/{name}")).json for name in LISTS]

    assert [len(found) for found in lists] == [1, 1]
    assert hidden == [[], []]
