"""Mutes, what is wanted of a follow, who may follow and who may not any more: over the client API, shut first."""

from typing import Any

import pytest

from actors.lookup import ActorRow, by_uri
from coopfed import limits
from coopfed.db.tx import Tx
from coopfed.features.blocks.actions import block
from coopfed.features.follows.store import follow
from coopfed.features.mutes.actions import END_MUTE
from coopfed.features.posts import store as posts
from coopfed.features.posts import visible
from coopfed.features.posts.actions import create_post
from coopfed.features.posts.rules import Draft
from coopfed.features.profiles.actions import delete_actor
from coopfed.features.profiles.edit import TELL_PROFILE
from coopfed.worker import purge_actor
from tests.coopfed.api.test_api import Client, a_client
from tests.support.jobs import run_jobs
from tests.support.nodes import an_actor, process_arrivals
from tests.support.peers import Document, RemoteActor, send_due
from tests.support.scene import Scene

DAY = 24 * 3600


async def row(scene: Scene, actor: RemoteActor) -> ActorRow:
    """A remote actor as it is known here, seen now if it was not."""
    await scene.arrives(actor.says("Like", "https://x.example/1"), actor)
    found = await scene.node.db.read(by_uri, actor.uri)
    assert found is not None
    return found


async def followed(scene: Scene, *actors: RemoteActor, by: Client | None = None) -> list[ActorRow]:
    """The member follows these, who accepted."""
    client = by or await a_client(scene)
    rows = [await row(scene, actor) for actor in actors]
    for number, actor in zip([found.id for found in rows], actors, strict=True):
        await client.post(f"/accounts/{number}/follow")
        await send_due(scene.node)
        await scene.arrives(actor.says("Accept", scene.peer.received[-1].document), actor)
    scene.peer.received.clear()
    return rows


async def home(client: Client) -> list[str]:
    """Ids of the posts at home, the newest first; of a boost that of what it boosts."""
    return [(shown["reblog"] or shown)["uri"] for shown in (await client.get("/timelines/home")).json]


async def told(client: Client) -> list[str]:
    """The types of notifications, sorted."""
    return sorted(found["type"] for found in (await client.get("/notifications")).json)


async def posted(scene: Scene, actor: RemoteActor, **more: Any) -> Document:
    """A new post of a remote actor that arrived."""
    note = actor.note(**more)
    await scene.arrives(actor.create(note), actor)
    return note


# --- shut -------------------------------------------------------------------------------------------------------


async def test_reader_changes_no_relation(scene: Scene) -> None:
    """api.md 1: 403 insufficient_role; an unknown account is 404, oneself 422; nothing without its scope."""
    reader, editor = await a_client(scene, role="reader"), await a_client(scene)
    narrow, push = await a_client(scene, scopes="follow"), await a_client(scene, scopes="push")

    for verb in ("mute", "unmute", "remove_from_followers"):
        refused = await reader.post(f"/accounts/{scene.member.id}/{verb}")
        assert (refused.status, refused.json["reason"]) == (403, "insufficient_role")
        assert (await editor.post(f"/accounts/4711/{verb}")).status == 404
    assert (await editor.post(f"/accounts/{scene.member.id}/mute")).status == 422
    assert (await push.post(f"/accounts/{scene.member.id}/mute")).json["reason"] == "insufficient_scope"
    assert (await push.get("/mutes")).json["reason"] == "insufficient_scope"
    assert (await narrow.get("/mutes")).status == 200
    for client in (reader, narrow):
        assert (await client.patch("/accounts/update_credentials", locked=True)).status == 403


@pytest.mark.parametrize("duration", [-1, "soon", 10**9, "1e3", "9" * 30])
async def test_time_that_is_none_mutes_nobody(scene: Scene, duration: object) -> None:
    """api.md: 422 says what to send."""
    client, other = await a_client(scene), await an_actor(scene.node, "other")

    assert (await client.post(f"/accounts/{other.id}/mute", duration=duration)).status == 422
    assert (await client.get("/mutes")).json == []


async def test_language_that_is_none_changes_no_follow(scene: Scene) -> None:
    """api.md: 422, and the follow is as it was."""
    client = await a_client(scene)
    alice = (await followed(scene, scene.alice))[0]

    for wrong in ([5], ["%"], ["tr,it"], ["a" * 20], [f"aa-{number}" for number in range(41)]):
        assert (await client.post(f"/accounts/{alice.id}/follow", languages=wrong)).status == 422
    assert (await client.get(f"/accounts/relationships?id={alice.id}")).json[0]["languages"] is None


# --- mutes ------------------------------------------------------------------------------------------------------


async def test_muted_account_is_listed_until_it_is_not(scene: Scene) -> None:
    """Mastodon API: the Relationship tells it, GET /mutes lists it by pages with its end, unmute ends it; nobody is told."""
    client = await a_client(scene)
    others = [await an_actor(scene.node, name) for name in ("bakery", "farm", "mill")]
    alice = await row(scene, scene.alice)

    for number in (*[other.id for other in others], alice.id):
        shown = (await client.post(f"/accounts/{number}/mute")).json
        assert (shown["muting"], shown["muting_notifications"], shown["muting_expires_at"]) == (True, True, None)
    first = await client.get("/mutes?limit=3")
    second = await client.get(first.headers["Link"].partition("<")[2].partition(">")[0])
    again = (await client.post(f"/accounts/{alice.id}/mute", notifications=False, duration=3600)).json
    timed = (await client.get("/mutes?limit=1")).json[0]["mute_expires_at"]
    ended = (await client.post(f"/accounts/{others[0].id}/unmute")).json

    numbers = sorted((other.id for other in (*others, alice)), reverse=True)
    assert [int(found["id"]) for found in (*first.json, *second.json)] == numbers
    assert {found["mute_expires_at"] for found in first.json} == {None}
    assert (again["muting"], again["muting_notifications"]) == (True, False)
    assert again["muting_expires_at"] == timed == "2026-11-24T09:00:00.000Z"
    assert ended["muting"] is False
    await send_due(scene.node)
    assert scene.peer.received == []


async def test_muted_actor_is_not_shown_unasked(scene: Scene) -> None:
    """design 9, *Timelines*: home, what others boost of it, its own boosts, threads and hashtags; asked for, it is shown."""
    bob = scene.peer.actor("bob")
    client = await a_client(scene)
    alice, _bob = await followed(scene, scene.alice, bob)
    tag = {"type": "Hashtag", "name": "#harvest", "href": "https://x.example/tags/harvest"}
    mine = await create_post(scene.node, scene.member, Draft("Who comes?"))
    note = await posted(scene, scene.alice, tag=[tag])
    others = await posted(scene, bob)
    answer = await posted(scene, scene.alice, inReplyTo=mine.uri)
    await scene.arrives(bob.says("Announce", note["id"]), bob)
    await scene.arrives(scene.alice.says("Announce", others["id"]))

    async def seen() -> dict[str, list[str]]:
        node, viewer = scene.node, scene.member.id
        return {
            "home": await home(client),
            "thread": [one.uri for one in await node.db.read(visible.replies, mine.id, viewer, 9, 0)],
            "tag": [one.uri for one in await node.db.read(visible.public_by_hashtag, "harvest", viewer, 9, None)],
        }

    before = await seen()
    await client.post(f"/accounts/{alice.id}/mute", notifications=False)
    muted = await seen()
    stored = await scene.node.db.read(posts.by_uri, note["id"])
    assert stored is not None
    asked_for = await client.get(f"/statuses/{stored.id}")
    await client.post(f"/accounts/{alice.id}/unmute")

    assert {note["id"], answer["id"]} <= {*before["home"], *before["thread"], *before["tag"]}
    assert muted == {"home": [mine.uri, others["id"]], "thread": [], "tag": []}
    assert asked_for.status == 200
    assert await seen() == before


@pytest.mark.parametrize("too", [True, False])
async def test_mute_is_of_notifications_too_unless_they_are_wanted(scene: Scene, too: bool) -> None:
    """Mastodon API: `notifications`, true when left out."""
    client, alice = await a_client(scene), await row(scene, scene.alice)
    await posted(scene, scene.alice, **_mentioning(scene))

    await client.post(f"/accounts/{alice.id}/mute", **({} if too else {"notifications": "false"}))
    await scene.arrives(scene.alice.follow(scene.member.uri))

    assert await told(client) == ([] if too else ["follow", "mention"])


def _mentioning(scene: Scene) -> dict[str, Any]:
    note = scene.alice.mentioning(scene.member.uri)
    return {"tag": note["tag"], "cc": note["cc"]}


async def test_mute_for_a_time_ends_by_itself(scene: Scene) -> None:
    """Mastodon API: `duration` in seconds; one that was made longer lasts as long, one that was made endless for good."""
    client = await a_client(scene)
    short, longer, endless = [await an_actor(scene.node, name) for name in ("bakery", "farm", "mill")]
    for other in (short, longer, endless):
        await client.post(f"/accounts/{other.id}/mute", duration=3600)
    await client.post(f"/accounts/{longer.id}/mute", duration=2 * 3600)
    await client.post(f"/accounts/{endless.id}/mute")

    async def muted(seconds: int) -> set[str]:
        scene.clock.pass_(seconds)
        await run_jobs(scene.node, END_MUTE)
        return {found["username"] for found in (await client.get("/mutes")).json}

    assert await muted(3599) == {"bakery", "farm", "mill"}
    assert await muted(1) == {"farm", "mill"}
    assert await muted(3600) == {"mill"}
    assert await muted(30 * DAY) == {"mill"}


async def test_mutes_of_who_is_gone_are_gone(scene: Scene) -> None:
    """s2s 2.10: a deleted actor leaves nothing behind."""
    client, other = await a_client(scene), await an_actor(scene.node, "other")
    await client.post(f"/accounts/{other.id}/mute")
    assert [one["username"] for one in (await client.get("/mutes")).json] == ["other"]

    await delete_actor(scene.node, other)
    await purge_actor(scene.node, str(other.id))

    assert (await client.get("/mutes")).json == []


# --- blocks -----------------------------------------------------------------------------------------------------


async def test_whom_one_blocks_stands_in_no_thread_or_hashtag(scene: Scene) -> None:
    """design 9: blocks are asked when reading, in both directions, by the one clause."""
    other = await an_actor(scene.node, "other")
    client, theirs = await a_client(scene), await a_client(scene, other)
    question = await create_post(scene.node, other, Draft("Who comes? #harvest"))
    said = await create_post(scene.node, scene.member, Draft("We do #harvest", in_reply_to=question.uri))
    await process_arrivals(scene.node)

    async def seen(viewer: ActorRow) -> set[str]:
        db = scene.node.db
        found = await db.read(visible.public_by_hashtag, "harvest", viewer.id, 9, None)
        return {one.uri for one in (*found, *await db.read(visible.replies, question.id, viewer.id, 9, 0))}

    before = [await seen(scene.member), await seen(other)]
    await block(scene.node, scene.member, other)

    assert before == [{question.uri, said.uri}] * 2
    assert await seen(scene.member) == {said.uri}
    assert await seen(other) == {question.uri}
    assert (await client.get(f"/statuses/{question.id}")).status == 404
    assert (await theirs.get(f"/statuses/{said.id}")).status == 404


# --- what is wanted of a follow ---------------------------------------------------------------------------------


async def test_follow_without_boosts(scene: Scene) -> None:
    """Mastodon API `reblogs`: theirs leave home and come no more; those of others stay; asked for again they come again."""
    bob, carol = scene.peer.actor("bob"), scene.peer.actor("carol")
    client = await a_client(scene)
    alice, *_others = await followed(scene, scene.alice, bob)
    notes = [await posted(scene, carol, to=[*_public(), scene.member.uri]) for _ in range(4)]
    own = await posted(scene, scene.alice)
    await scene.arrives(scene.alice.says("Announce", notes[0]["id"]))
    await scene.arrives(bob.says("Announce", notes[1]["id"]), bob)
    before = await home(client)

    shown = (await client.post(f"/accounts/{alice.id}/follow", reblogs=False)).json
    await scene.arrives(scene.alice.says("Announce", notes[2]["id"]))
    without = await home(client)
    undone = scene.alice.says("Announce", notes[1]["id"])
    await scene.arrives(undone)
    await scene.arrives(bob.says("Undo", bob.says("Announce", notes[1]["id"])), bob)
    again = (await client.post(f"/accounts/{alice.id}/follow", reblogs=True)).json
    await scene.arrives(scene.alice.says("Announce", notes[3]["id"]))

    assert set(before) == {own["id"], notes[0]["id"], notes[1]["id"]}
    assert (shown["following"], shown["showing_reblogs"]) == (True, False)
    assert set(without) == {own["id"], notes[1]["id"]}
    assert again["showing_reblogs"] is True
    assert set(await home(client)) == {own["id"], notes[3]["id"]}


def _public() -> list[str]:
    return ["https://www.w3.org/ns/activitystreams#Public"]


async def test_follow_with_a_notification_for_each_post(scene: Scene) -> None:
    """Mastodon API `notify`: type `status`, once; not for boosts, nor for what it answers to others, nor edits."""
    bob = scene.peer.actor("bob")
    client = await a_client(scene)
    alice, _bob = await followed(scene, scene.alice, bob)
    await posted(scene, scene.alice)
    assert await told(client) == []

    shown = (await client.post(f"/accounts/{alice.id}/follow", notify="true")).json
    note = await posted(scene, scene.alice)
    await scene.arrives(scene.alice.create(note))
    await posted(scene, scene.alice, inReplyTo=note["id"])
    theirs = await posted(scene, bob)
    await posted(scene, scene.alice, inReplyTo=theirs["id"])
    await scene.arrives(scene.alice.says("Announce", theirs["id"]))
    await scene.arrives(
        scene.alice.says("Update", note | {"content": "<p>Harvest on Sunday</p>", "updated": "2026-11-24T07:30:00Z"})
    )
    found = (await client.get("/notifications")).json

    assert shown["notifying"] is True
    assert [(one["type"], one["account"]["username"]) for one in found] == [("status", "alice")] * 2
    assert found[-1]["status"]["uri"] == note["id"]


async def test_follow_of_some_languages(scene: Scene) -> None:
    """Mastodon API `languages`: others are not placed, boosts neither; what nobody knows the language of is; none means all."""
    bob = scene.peer.actor("bob")
    client = await a_client(scene)
    alice, _bob = await followed(scene, scene.alice, bob)

    def in_language(code: str | None) -> dict[str, Any]:
        return {"contentMap": {code: "<p>Harvest on Saturday</p>"}} if code else {}

    shown = (await client.post(f"/accounts/{alice.id}/follow", languages=["TR", "pt_BR", "en", "tr"])).json
    wanted = [await posted(scene, scene.alice, **in_language(code)) for code in ("tr", "pt-BR", "en-GB", None)]
    other = [await posted(scene, scene.alice, **in_language(code)) for code in ("it", "pt", "eng", "de-TR")]
    theirs = [await posted(scene, bob, **in_language(code)) for code in ("it", "tr")]
    for note in (other[0], theirs[0]):
        await scene.arrives(scene.alice.says("Announce", note["id"]))
    kept = (await client.post(f"/accounts/{alice.id}/follow")).json
    chosen = await home(client)
    freed = (await client.post(f"/accounts/{alice.id}/follow", languages=[])).json
    later = await posted(scene, scene.alice, **in_language("it"))

    assert shown["languages"] == kept["languages"] == ["tr", "pt-br", "en"]
    assert set(chosen) == {note["id"] for note in (*wanted, *theirs)}
    assert freed["languages"] is None
    assert (await home(client))[0] == later["id"]


async def test_languages_count_for_what_a_new_follow_brings(scene: Scene) -> None:
    """design 9: home after a new follow: the last 20 posts, of those that are wanted."""
    client, alice = await a_client(scene), await row(scene, scene.alice)
    await followed(scene, scene.alice, by=await a_client(scene, await an_actor(scene.node, "other")))
    notes = [await posted(scene, scene.alice, contentMap={code: "<p>Harvest on Saturday</p>"}) for code in ("it", "tr")]

    await client.post(f"/accounts/{alice.id}/follow", languages=["tr"])
    await send_due(scene.node)
    await scene.arrives(scene.alice.says("Accept", scene.peer.received[-1].document))

    assert await home(client) == [notes[1]["id"]]


async def test_relationships_keep_the_order_and_drop_who_is_not_there(scene: Scene) -> None:
    """client_api *Relationship*: in the order asked for, unknown ids left out, `[]` without ids; both spellings of the list."""
    client, other = await a_client(scene), await an_actor(scene.node, "other")
    alice = (await followed(scene, scene.alice))[0]

    found = (await client.get(f"/accounts/relationships?id[]={other.id}&id[]=4711&id[]={alice.id}")).json

    assert [(one["id"], one["following"], one["showing_reblogs"]) for one in found] == [
        (str(other.id), False, False),
        (str(alice.id), True, True),
    ]
    assert [one["id"] for one in (await client.get(f"/accounts/relationships?id={alice.id}")).json] == [str(alice.id)]
    assert (await client.get("/accounts/relationships")).json == []


# --- who may follow ---------------------------------------------------------------------------------------------


async def test_removed_follower_gets_a_reject_of_its_own_follow(scene: Scene) -> None:
    """s2s 2.11, bug misskey#9250: by the remote Follow's id, or without one, never an invented one."""
    client, bob = await a_client(scene), scene.peer.actor("bob")
    asked = scene.alice.follow(scene.member.uri)
    await scene.arrives(asked)
    await scene.arrives(bob.follow(scene.member.uri), bob)
    rows = [await row(scene, scene.alice), await row(scene, bob)]
    await scene.node.db.write(_forget_id, rows[1].id)
    await send_due(scene.node)
    scene.peer.received.clear()

    shown = [(await client.post(f"/accounts/{found.id}/remove_from_followers")).json for found in (*rows, rows[0])]
    await send_due(scene.node)

    assert {found["followed_by"] for found in shown} == {False}
    sent = {received.document["to"][0]: received.document for received in scene.peer.received}
    assert [document["type"] for document in sent.values()] == ["Reject", "Reject"]
    assert len(scene.peer.received) == 2
    follow_of = {"type": "Follow", "object": scene.member.uri}
    assert sent[scene.alice.uri]["object"] == follow_of | {"id": asked["id"], "actor": scene.alice.uri}
    assert sent[bob.uri]["object"] == follow_of | {"actor": bob.uri}
    itself = await scene.node.db.read(by_uri, scene.member.uri)
    assert itself is not None
    assert itself.followers_count == 0


def _forget_id(tx: Tx, follower: int) -> None:
    tx.execute(follow.update().where(follow.c.follower_id == follower).values(uri=None))


async def announced(scene: Scene) -> None:
    """Followers' servers know of the profile as it is now."""
    scene.clock.pass_(limits.PROFILE_TELL_SECONDS)
    await run_jobs(scene.node, TELL_PROFILE)


async def test_locked_actor_lets_nobody_in_unasked(scene: Scene) -> None:
    """s2s 2.11: `locked` is told to followers' servers by an Update, and holds for the next Follow; who waits when it is opened
    again goes on waiting."""
    client, bob, carol = await a_client(scene), scene.peer.actor("bob"), scene.peer.actor("carol")
    await scene.arrives(scene.alice.follow(scene.member.uri))
    await send_due(scene.node)
    scene.peer.received.clear()

    locked = (await client.patch("/accounts/update_credentials", locked="true")).json
    await announced(scene)
    same = (await client.patch("/accounts/update_credentials", locked=True)).json
    await announced(scene)
    await scene.arrives(bob.follow(scene.member.uri), bob)
    shown = (await client.get("/follow_requests")).json
    served = (await scene.peer.get(scene.node, scene.member.uri)).json["manuallyApprovesFollowers"]
    opened = (await client.patch("/accounts/update_credentials", locked=False)).json
    await announced(scene)
    await scene.arrives(carol.follow(scene.member.uri), carol)
    await send_due(scene.node)

    assert [answer["locked"] for answer in (locked, same, opened)] == [True, True, False]
    assert [found["username"] for found in shown] == ["bob"]
    assert served is True
    updates = [received.document for received in scene.peer.received if received.document["type"] == "Update"]
    assert [update["object"]["manuallyApprovesFollowers"] for update in updates] == [True, False]
    accepted = [received.document for received in scene.peer.received if received.document["type"] == "Accept"]
    assert [accept["to"] for accept in accepted] == [[carol.uri]]
    assert [found["username"] for found in (await client.get("/follow_requests")).json] == ["bob"]


async def test_requests_come_in_pages(scene: Scene) -> None:
    """client_api *Pagination*: a crowd of requests is read to its end."""
    locked = await an_actor(scene.node, "locked", locked=True)
    client = await a_client(scene, locked)
    for number in range(3):
        asker = scene.peer.actor(f"asker{number}")
        await scene.arrives(asker.follow(locked.uri), asker)

    first = await client.get("/follow_requests?limit=2")
    second = await client.get(first.headers["Link"].partition("<")[2].partition(">")[0])

    assert [found["username"] for found in (*first.json, *second.json)] == ["asker2", "asker1", "asker0"]
