"""Blocks over the client API."""

from actors.lookup import by_uri
from tests.coopfed.api.test_api import a_client
from tests.support.scene import Scene


async def test_reader_may_not_block(scene: Scene) -> None:
    """api.md 1: 403 insufficient_role for what changes whom the actor deals with; an unknown account is 404, oneself 422."""
    reader, editor = await a_client(scene, role="reader"), await a_client(scene)

    for verb in ("block", "unblock"):
        refused = await reader.post(f"/accounts/{scene.member.id}/{verb}")
        assert (refused.status, refused.json["reason"]) == (403, "insufficient_role")
        assert (await editor.post(f"/accounts/4711/{verb}")).status == 404
    assert (await editor.post(f"/accounts/{scene.member.id}/block")).status == 422


async def test_account_is_blocked_listed_and_unblocked(scene: Scene) -> None:
    """Mastodon API: the Relationship tells it, GET /blocks lists it by pages, unblock ends it."""
    client = await a_client(scene)
    others = [scene.peer.actor(name) for name in ("bob", "carol", "dan")]
    rows = []
    for other in (scene.alice, *others):
        await scene.arrives(other.follow(scene.member.uri), other)
        rows.append(await scene.node.db.read(by_uri, other.uri))
    numbers = [str(row.id) for row in rows if row]

    shown = [(await client.post(f"/accounts/{number}/block")).json for number in numbers]
    first = await client.get("/blocks?limit=3")
    second = await client.get(first.headers["Link"].partition("<")[2].partition(">")[0])
    ended = (await client.post(f"/accounts/{numbers[0]}/unblock")).json

    assert {(found["blocking"], found["followed_by"], found["blocked_by"]) for found in shown} == {(True, False, False)}
    assert [found["id"] for found in first.json] == numbers[:0:-1]
    assert [found["id"] for found in second.json] == numbers[:1]
    assert ended["blocking"] is False
    assert len((await client.get("/blocks")).json) == 3


async def test_relationship_tells_of_being_blocked(scene: Scene) -> None:
    """Mastodon API: blocked_by; following is refused then."""
    client = await a_client(scene)
    await scene.arrives(scene.alice.says("Block", scene.member.uri))
    alice = await scene.node.db.read(by_uri, scene.alice.uri)
    assert alice is not None

    assert (await client.post(f"/accounts/{alice.id}/unfollow")).json["blocked_by"] is True
    refused = await client.post(f"/accounts/{alice.id}/follow")
    assert (refused.status, refused.json["reason"]) == (403, "blocked")
