"""Reports over the client API: mistakes, then to the operator here, then to the other server without naming anybody."""

from actors.lookup import by_uri
from coopfed import limits
from coopfed.features.posts.store import by_uri as post_by_uri
from coopfed.features.reports import store
from tests.coopfed.api.test_api import a_client
from tests.support.nodes import an_actor
from tests.support.peers import send_due
from tests.support.scene import Scene


async def test_wrong_reports_are_refused(scene: Scene) -> None:
    """422 and 404 say what to change, and nothing is stored: nobody, oneself, somebody else's post, one that is not for the
    reporter, too long."""
    client = await a_client(scene)
    other = await an_actor(scene.node, "other_member")
    foreign = await a_client(scene, other)
    hidden = (await foreign.post("/statuses", status="Between us", visibility="direct")).json["id"]
    mine = (await client.post("/statuses", status="Mine")).json["id"]

    cases = (
        ({}, 422),
        ({"account_id": "4711"}, 404),
        ({"account_id": str(scene.member.id)}, 422),
        ({"account_id": str(other.id), "status_ids": [mine]}, 422),
        ({"account_id": str(other.id), "status_ids": [hidden]}, 422),
        ({"account_id": str(other.id), "status_ids": ["x"]}, 422),
        ({"account_id": str(other.id), "comment": "x" * (limits.REPORT_CHARACTERS + 1)}, 422),
    )
    for fields, status in cases:
        assert (await client.post("/reports", **fields)).status == status, fields
    assert await scene.node.db.read(store.listed, 10, True) == []


async def test_reader_may_report_to_the_operator_here(scene: Scene) -> None:
    """Mastodon API: the Report; nothing leaves unless it is asked for."""
    other = await an_actor(scene.node, "other_member")
    status = (await (await a_client(scene, other)).post("/statuses", status="Cheap watches")).json["id"]
    client = await a_client(scene, role="reader")

    shown = (
        await client.post("/reports", account_id=str(other.id), status_ids=[status], comment="Spam", forward=True)
    ).json

    assert (shown["comment"], shown["status_ids"], shown["forwarded"]) == ("Spam", [status], False)
    assert (shown["action_taken"], shown["target_account"]["id"]) == (False, str(other.id))
    [row] = await scene.node.db.read(store.listed, 10, False)
    assert (row["reporter"], row["target"], row["account_id"] is not None) == (scene.member.uri, other.uri, True)
    assert await send_due(scene.node) == 0


async def test_forwarded_report_is_the_nodes_and_goes_to_the_shared_inbox(scene: Scene) -> None:
    """s2s 2.12: by the instance actor, to the target's shared inbox; nothing in it says who reported."""
    note = scene.alice.mentioning(scene.member.uri)
    await scene.arrives(scene.alice.create(note))
    alice = await scene.node.db.read(by_uri, scene.alice.uri)
    post = await scene.node.db.read(post_by_uri, note["id"])
    assert alice is not None
    assert post is not None
    client = await a_client(scene)

    kept = await client.post("/reports", account_id=str(alice.id), status_ids=[str(post.id)], comment="Spam")
    await send_due(scene.node)
    assert scene.peer.received == []
    told = await client.post(
        "/reports", account_id=str(alice.id), status_ids=[str(post.id)], comment="Spam", forward=True
    )
    await send_due(scene.node)

    assert (kept.json["forwarded"], told.json["forwarded"]) == (False, True)
    [received] = scene.peer.received
    assert received.path == "/inbox"
    assert received.document["type"] == "Flag"
    assert received.document["actor"] == scene.node.urls.node_actor
    assert received.document["object"] == [scene.alice.uri, note["id"]]
    assert received.document["content"] == "Spam"
    assert f'keyId="{scene.node.urls.node_actor}#main-key"' in received.headers["Signature"]
    assert scene.member.uri.encode() not in received.body
    assert b"member" not in received.body
    assert (await scene.peer.get(scene.node, received.document["id"])).status == 404


async def test_fields_of_a_form_name_posts_too(scene: Scene) -> None:
    """Mastodon API: `status_ids[]` repeated, as apps send it."""
    other = await an_actor(scene.node, "other_member")
    foreign = await a_client(scene, other)
    numbers = [(await foreign.post("/statuses", status=text)).json["id"] for text in ("One", "Two")]
    client = await a_client(scene)

    body = "&".join([f"account_id={other.id}", *(f"status_ids[]={number}" for number in numbers)]).encode()
    headers = {
        "Authorization": f"Bearer {client.token}",
        "Content-Type": "application/x-www-form-urlencoded",
    }
    answer = await scene.peer.send("POST", f"{scene.node.urls.base}/api/v1/reports", headers, body)

    assert (answer.status, answer.json["status_ids"]) == (200, numbers)
