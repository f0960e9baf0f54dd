"""What an operator learns of a handle or an address: each step, and where it went wrong. Issue 3, 7: `lookup URL_OR_HANDLE`."""

import pytest

from actors.lookup import by_uri
from coopfed.errors import CoopFedError
from coopfed.features.lookup import look_up
from coopfed.features.posts.actions import create_post
from coopfed.features.posts.rules import Draft
from coopfed.net import peers
from tests.support.nodes import an_actor
from tests.support.peers import CONTEXT, a_peer
from tests.support.scene import Scene


async def reason(scene: Scene, written: str) -> str:
    """Why nothing at all was found."""
    with pytest.raises(CoopFedError) as refused:
        await look_up(scene.node, written)
    return refused.value.reason


# --- refused ------------------------------------------------------------------------------------------------------


async def test_a_blocked_host_is_not_asked(scene: Scene) -> None:
    """Blocks hold for operators too; what was stored before is shown."""
    await look_up(scene.node, scene.alice.uri)
    await scene.node.db.write(peers.set_blocked, scene.peer.host, True)
    scene.node.memory.forget()
    asked = len(scene.peer.gets)

    found = await look_up(scene.node, scene.alice.uri)
    stranger = await reason(scene, f"{scene.peer.base}/users/bob")
    by_handle = await reason(scene, f"bob@{scene.peer.host}")

    assert len(scene.peer.gets) == asked
    assert (found.refused and found.refused.reason, stranger, by_handle) == ("peer_blocked",) * 3
    assert found.known is not None
    assert found.fetched is None
    assert found.stored is not None


async def test_a_post_of_somebody_elsewhere_is_fetched_but_not_stored(scene: Scene) -> None:
    """The finding names the rule: an author on another host."""
    async with a_peer() as other:
        mallory = other.actor("mallory")
        note = scene.peer.publish(scene.alice.note(attributedTo=mallory.uri) | {"@context": CONTEXT})

        found = await look_up(scene.node, note["id"])

    assert found.fetched is not None
    assert found.fetched.document["type"] == "Note"
    assert (found.refused and found.refused.reason, found.stored) == ("author_origin", None)
    assert await scene.node.db.read(by_uri, mallory.uri) is None


async def test_a_document_that_claims_another_id_is_told(scene: Scene) -> None:
    """CVE-2024-23832: what a document is worth is decided by where it came from."""
    async with a_peer() as other:
        victim = other.actor("victim")
        scene.peer.objects["/users/fake"] = {**victim.document(), "name": "Not me"}

        found = await look_up(scene.node, f"{scene.peer.base}/users/fake")

    assert found.stored is not None
    assert (found.stored.uri, found.stored.actor.name) == (victim.uri, "Victim")


@pytest.mark.parametrize("written", ["nobody", "@nobody", "nobody@{here}", "{base}/@nobody", "{base}/ap/objects/17"])
async def test_nothing_here_is_not_found(scene: Scene, written: str) -> None:
    """What lies on this node is looked up here."""
    config = scene.node.config

    assert await reason(scene, written.format(here=config.handle_domain, base=config.base_url)) == "not_found"


@pytest.mark.parametrize("written", ["", "@", "http://", "x y@z", "a@b@c"])
async def test_what_is_neither_handle_nor_address_is_told(scene: Scene, written: str) -> None:
    """Bad input gets an error of ours."""
    assert await reason(scene, written) in ("bad_resource", "bad_id", "not_found", "id", "malformed")


async def test_a_host_that_does_not_answer_is_told(scene: Scene) -> None:
    """Known: what is stored, beside why it could not be asked. Unknown: why."""
    await look_up(scene.node, scene.alice.uri)
    scene.peer.statuses["/users/alice"] = 503

    found = await look_up(scene.node, scene.alice.uri)

    assert found.refused is not None
    assert "503" in str(found.refused)
    assert found.stored is not None
    assert await reason(scene, f"{scene.peer.base}/users/nobody") == "remote_gone"


# --- found --------------------------------------------------------------------------------------------------------


async def test_an_actor_is_fetched_now_also_when_it_is_known(scene: Scene) -> None:
    """Known before, and what its host says now."""
    first = await look_up(scene.node, f"@alice@{scene.peer.host}")
    scene.alice.changes["name"] = "Alice the second"
    second = await look_up(scene.node, f"alice@{scene.peer.host}")

    assert first.known is None
    assert first.stored is not None
    assert first.stored.actor.name == "Alice"
    assert second.known is not None
    assert second.known.actor.name == "Alice"
    assert second.stored is not None
    assert second.stored.actor.name == "Alice the second"


async def test_a_post_is_stored_with_its_author(scene: Scene) -> None:
    """By its id; a second time it is known."""
    note = scene.peer.publish(scene.alice.note("<p>Nets mended</p>") | {"@context": CONTEXT})

    first = await look_up(scene.node, note["id"])
    second = await look_up(scene.node, note["id"])

    assert first.known is None
    assert first.stored is not None
    assert first.stored.post is not None
    assert first.stored.post.content == "<p>Nets mended</p>"
    assert first.stored.actor.uri == scene.alice.uri
    assert second.known == second.stored == first.stored


async def test_what_lies_here_is_found_by_every_name(scene: Scene) -> None:
    """Handle, id, page; nothing is asked of the network."""
    node, member = scene.node, await an_actor(scene.node, "filiz")
    post = await create_post(node, member, Draft("hello"))
    names = ("filiz", "@filiz", f"filiz@{node.config.handle_domain}", f"acct:filiz@{node.config.handle_domain}")

    for written in (*names, member.uri, node.urls.profile("filiz")):
        found = await look_up(node, written)
        assert found.stored is not None
        assert (found.stored.uri, found.fetched) == (member.uri, None), written
    for written in (post.uri, node.urls.post_page("filiz", post.id)):
        found = await look_up(node, written)
        assert found.stored is not None
        assert found.stored.uri == post.uri, written
    assert scene.peer.gets == []
