"""What an actor has, as CSV over the client API: who may, then each kind."""

import pytest

from tests.coopfed.api.test_api import Client, a_client
from tests.coopfed.api.test_lists import a_list, known
from tests.support.nodes import an_actor
from tests.support.scene import Scene

KINDS = ("following", "followers", "lists", "blocks", "mutes", "domain_blocks", "bookmarks")


async def exported(client: Client, kind: str) -> str:
    """The file, whose form is looked at."""
    answer = await client.get(f"/exports/{kind}.csv")
    assert (answer.status, answer.headers["Content-Type"]) == (200, "text/csv; charset=utf-8")
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert answer.headers["Cache-Control"] == "private, no-store"
    return answer.body.decode()


# --- shut -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", ["author", "reader", "moderator"])
async def test_only_editors_take_data_along(scene: Scene, role: str) -> None:
    """Whom the actor blocks and mutes is for its editors and admins."""
    client = await a_client(scene, role=role)
    for path in ("stats", *(f"{kind}.csv" for kind in KINDS)):
        answer = await client.get(f"/exports/{path}")
        assert (answer.status, answer.json["reason"]) == (403, "insufficient_role"), path


async def test_each_file_has_its_scope(scene: Scene) -> None:
    """A token that reads follows reads no blocks."""
    client = await a_client(scene, scopes="read:follows")

    assert (await client.get("/exports/following.csv")).status == 200
    for kind in ("lists", "blocks", "mutes", "domain_blocks", "bookmarks"):
        assert (await client.get(f"/exports/{kind}.csv")).status == 403, kind


async def test_nobody_gets_what_another_actor_has(scene: Scene) -> None:
    """A file is the acting actor's."""
    mine, other = await a_client(scene), await an_actor(scene.node, "other_member")
    theirs = await a_client(scene, other)
    alice = await known(scene, scene.alice)
    await mine.post(f"/accounts/{alice}/mute")

    assert (await exported(theirs, "mutes")).splitlines() == ["Account address,Hide notifications"]
    assert "alice" not in await exported(theirs, "following")


# --- open -------------------------------------------------------------------------------------------------------


async def test_each_kind_is_exported(scene: Scene) -> None:
    """GoToSocial *exports*; the forms are Mastodon's."""
    client, bob = await a_client(scene), scene.peer.actor("bob")
    alice = await known(scene, scene.alice)
    await client.post(f"/accounts/{alice}/follow", reblogs=False, notify=True, languages=["tr", "it"])
    await scene.arrives(scene.alice.follow(scene.member.uri))
    number = await a_list(client, title="=Fishers, and others")
    await client.post(f"/lists/{number}/accounts", account_ids=[alice])
    await client.post(f"/accounts/{alice}/mute", notifications=False)
    blocked = await known(scene, bob)
    await client.post(f"/accounts/{blocked}/block")
    await client.post("/domain_blocks", domain="bad.example")
    note = scene.alice.note()
    await scene.arrives(scene.alice.create(note))
    [post] = (await client.get(f"/accounts/{alice}/statuses")).json
    await client.post(f"/statuses/{post['id']}/bookmark")
    handle, host = f"alice@{scene.peer.host}", scene.peer.host

    assert await exported(client, "following") == (
        f'Account address,Show boosts,Notify on new posts,Languages\n{handle},false,true,"tr, it"\n'
    )
    assert await exported(client, "followers") == f"Account address\n{handle}\n"
    assert await exported(client, "lists") == f'"\'=Fishers, and others",{handle}\n'
    assert await exported(client, "mutes") == f"Account address,Hide notifications\n{handle},false\n"
    assert await exported(client, "blocks") == f"bob@{host}\n"
    assert await exported(client, "domain_blocks") == "bad.example\n"
    assert await exported(client, "bookmarks") == f"{note['id']}\n"
    assert (await client.get("/exports/stats")).json == {
        "media_storage": "0B",
        "followers_count": 1,
        "following_count": 1,
        "statuses_count": 0,
        "lists_count": 1,
        "blocks_count": 1,
        "mutes_count": 1,
    }


async def test_long_list_is_exported_whole(scene: Scene) -> None:
    """Rows come some hundred at a time; none is left out between two reads."""
    client = await a_client(scene)
    for number in range(501):
        await client.post("/domain_blocks", domain=f"bad{number}.example")

    assert (await exported(client, "domain_blocks")).splitlines() == [f"bad{number}.example" for number in range(501)]
