"""Lists: made, filled with whom one follows, read by themselves; each row changes something and sees the change."""

from typing import Any

import pytest

from actors.lookup import by_uri
from coopfed import limits
from tests.coopfed.api.test_api import Client, a_client
from tests.inbox.test_posts import following
from tests.support.nodes import an_actor, process_arrivals
from tests.support.peers import RemoteActor
from tests.support.scene import Scene


async def a_list(client: Client, **fields: Any) -> str:
    """A list. Its id."""
    answer = await client.post("/lists", title=fields.pop("title", "Fishers"), **fields)
    assert answer.status == 200, answer.json
    return str(answer.json["id"])


async def known(scene: Scene, actor: RemoteActor) -> str:
    """The id of an account that the member follows."""
    await following(scene, actor)
    row = await scene.node.db.read(by_uri, actor.uri)
    assert row is not None
    return str(row.id)


async def texts(client: Client, path: str) -> list[str]:
    """What stands in a timeline."""
    return [(one["reblog"] or one)["content"] for one in (await client.get(path)).json]


# --- shut -------------------------------------------------------------------------------------------------------


async def test_lists_are_their_owners(scene: Scene) -> None:
    """security 1.6, ownership: of another actor there is no such list, for reading, changing and deleting."""
    mine, theirs = await a_client(scene), await a_client(scene, await an_actor(scene.node, "other_member"))
    number = await a_list(mine)
    for answer in (
        await theirs.get(f"/lists/{number}"),
        await theirs.get(f"/lists/{number}/accounts"),
        await theirs.get(f"/timelines/list/{number}"),
        await theirs.post(f"/lists/{number}/accounts", account_ids=[str(scene.member.id)]),
        await theirs.delete(f"/lists/{number}"),
    ):
        assert answer.status == 404
    assert (await theirs.get("/lists")).json == []
    assert [one["id"] for one in (await mine.get("/lists")).json] == [number]


@pytest.mark.parametrize(
    "fields", [{}, {"title": " "}, {"title": "x" * 201}, {"title": "x", "replies_policy": "everybody"}]
)
async def test_senseless_list_is_422(scene: Scene, fields: dict[str, str]) -> None:
    """Bad input: what is wrong is said."""
    answer = await (await a_client(scene)).post("/lists", **fields)
    assert (answer.status, answer.json["error"].startswith("Validation failed")) == (422, True)


async def test_lists_are_bounded(scene: Scene) -> None:
    """limits.LISTS: at n and n + 1."""
    client = await a_client(scene)
    for number in range(limits.LISTS):
        await a_list(client, title=str(number))
    assert (await client.post("/lists", title="one more")).status == 422


async def test_only_the_followed_stand_in_lists(scene: Scene) -> None:
    """Mastodon: 404, and nobody of the request is put in."""
    client, other = await a_client(scene), await an_actor(scene.node, "other_member")
    number, alice = await a_list(client), await known(scene, scene.alice)

    answer = await client.post(f"/lists/{number}/accounts", account_ids=[alice, str(other.id)])

    assert answer.status == 404
    assert (await client.get(f"/lists/{number}/accounts")).json == []


# --- open -------------------------------------------------------------------------------------------------------


async def test_list_is_made_changed_and_deleted(scene: Scene) -> None:
    """GET/POST /lists, GET/PUT/DELETE /lists/:id."""
    client = await a_client(scene)
    number = await a_list(client, replies_policy="none", exclusive=True)
    assert (await client.get(f"/lists/{number}")).json == {
        "id": number,
        "title": "Fishers",
        "replies_policy": "none",
        "exclusive": True,
    }

    changed = await client.put(f"/lists/{number}", title="Balıkçılar")

    assert (changed.json["title"], changed.json["replies_policy"], changed.json["exclusive"]) == (
        "Balıkçılar",
        "none",
        True,
    )
    assert (await client.delete(f"/lists/{number}")).json == {}
    assert (await client.get(f"/lists/{number}")).status == 404


async def test_members_are_put_in_and_taken_out(scene: Scene) -> None:
    """POST/DELETE /lists/:id/accounts, GET with limit=0, GET /accounts/:id/lists."""
    client = await a_client(scene)
    number, bob = await a_list(client), scene.peer.actor("bob")
    ids = [await known(scene, actor) for actor in (scene.alice, bob)]
    await client.post(f"/lists/{number}/accounts", account_ids=ids)

    every = (await client.get(f"/lists/{number}/accounts?limit=0")).json
    assert {one["id"] for one in every} == set(ids)
    first = await client.get(f"/lists/{number}/accounts?limit=1")
    assert (len(first.json), "max_id" in first.headers["Link"]) == (1, True)
    assert [one["id"] for one in (await client.get(f"/accounts/{ids[0]}/lists")).json] == [number]

    await client.delete(f"/lists/{number}/accounts?account_ids[]={ids[0]}")
    assert [one["id"] for one in (await client.get(f"/lists/{number}/accounts")).json] == [ids[1]]


async def test_list_shows_posts_and_boosts_of_its_members_only(scene: Scene) -> None:
    """GET /timelines/list/:id."""
    client, bob = await a_client(scene), scene.peer.actor("bob")
    number, alice = await a_list(client), await known(scene, scene.alice)
    await known(scene, bob)
    await client.post(f"/lists/{number}/accounts", account_ids=[alice])
    theirs = bob.note(content="<p>Of bob</p>")
    await scene.arrives(bob.create(theirs), bob)
    await scene.arrives(scene.alice.create(scene.alice.note(content="<p>Of alice</p>")))
    path = f"/timelines/list/{number}"
    assert await texts(client, path) == ["<p>Of alice</p>"]

    scene.clock.pass_(1)
    await scene.arrives(scene.alice.says("Announce", theirs["id"]))

    shown = await client.get(path)
    assert [(one["reblog"] or one)["content"] for one in shown.json] == ["<p>Of bob</p>", "<p>Of alice</p>"]
    older = await client.get(f"{path}?max_id={shown.json[0]['id']}")
    assert [one["content"] for one in older.json] == ["<p>Of alice</p>"]
    newer = await client.get(f"{path}?min_id={shown.json[1]['id']}")
    assert len(newer.json) == 1


@pytest.mark.parametrize(("policy", "seen"), [("none", 1), ("list", 2), ("followed", 3)])
async def test_answers_are_shown_as_the_list_wants(scene: Scene, policy: str, seen: int) -> None:
    """List `replies_policy`: to nobody, to members, to whom one follows."""
    client, bob, carol = await a_client(scene), scene.peer.actor("bob"), scene.peer.actor("carol")
    ids = [await known(scene, actor) for actor in (scene.alice, bob, carol)]
    number = await a_list(client, replies_policy=policy)
    await client.post(f"/lists/{number}/accounts", account_ids=ids[:2])
    of_bob, of_carol = bob.note(), carol.note()
    await scene.arrives(bob.create(of_bob), bob)
    await scene.arrives(carol.create(of_carol), carol)
    for parent in (of_bob, of_carol):
        await scene.arrives(scene.alice.create(scene.alice.note(inReplyTo=parent["id"])))

    assert len(await texts(client, f"/timelines/list/{number}")) == seen


async def test_members_of_an_exclusive_list_are_not_in_home(scene: Scene) -> None:
    """List `exclusive` (Mastodon 4.2)."""
    client = await a_client(scene)
    alice = await known(scene, scene.alice)
    await scene.arrives(scene.alice.create(scene.alice.note(content="<p>Of alice</p>")))
    number = await a_list(client)
    await client.post(f"/lists/{number}/accounts", account_ids=[alice])
    assert await texts(client, "/timelines/home") == ["<p>Of alice</p>"]

    await client.put(f"/lists/{number}", exclusive=True)

    assert await texts(client, "/timelines/home") == []
    assert await texts(client, f"/timelines/list/{number}") == ["<p>Of alice</p>"]


async def test_who_is_unfollowed_leaves_the_lists(scene: Scene) -> None:
    """Mastodon: lists hold only the followed."""
    client = await a_client(scene)
    number, alice = await a_list(client), await known(scene, scene.alice)
    await client.post(f"/lists/{number}/accounts", account_ids=[alice])
    assert [one["id"] for one in (await client.get(f"/lists/{number}/accounts")).json] == [str(alice)]

    await client.post(f"/accounts/{alice}/unfollow")
    await process_arrivals(scene.node)

    assert (await client.get(f"/lists/{number}/accounts")).json == []
