"""From a handle to an actor and back: a handle counts only when both directions agree."""

import pytest

from actors.lookup import by_uri
from coopfed.errors import CoopFedError, FetchError, NotFound
from tests.support.peers import ACTIVITY_JSON, Document, RemoteActor, a_peer
from tests.support.scene import Scene
from webfinger.resolve import confirm, find_actor


def jrd(subject: str, actor: str) -> Document:
    """A WebFinger answer."""
    return {"subject": subject, "links": [{"rel": "self", "type": ACTIVITY_JSON, "href": actor}]}


async def confirmed(scene: Scene, actor: RemoteActor) -> tuple[str, bool]:
    """How the actor is called here after the job that asks WebFinger, and whether that is confirmed."""
    await scene.arrives(actor.says("Like", "https://x.example/1"), actor)
    await confirm(scene.node, actor.uri)
    row = await scene.node.db.read(by_uri, actor.uri)
    assert row is not None
    return row.acct, row.handle_confirmed


async def test_handle_leads_to_an_actor_and_is_confirmed(scene: Scene) -> None:
    """RFC 7033: what a member writes, in any form."""
    for written in (
        f"alice@{scene.peer.host}",
        f"@Alice@{scene.peer.host}",
        f"acct:alice@{scene.peer.host}",
        scene.alice.uri,
    ):
        row = await find_actor(scene.node, written)

        assert row.uri == scene.alice.uri
    assert await confirmed(scene, scene.alice) == (f"alice@{scene.peer.host}", True)


async def test_own_actors_are_found_without_asking_anybody(scene: Scene) -> None:
    """s2s 2.18: own origin is never dialled."""
    for written in ("member", "@member", f"@member@{scene.node.config.authority}", scene.member.uri):
        assert (await find_actor(scene.node, written)).id == scene.member.id
    for written in ("@nobody", f"@nobody@{scene.node.config.authority}"):
        with pytest.raises(NotFound):
            await find_actor(scene.node, written)


async def test_host_that_hands_out_a_foreign_actor_does_not_rename_it(scene: Scene) -> None:
    """security 1.1, *WebFinger subject spoof* (Owncast #5025): the actor keeps its own name."""
    async with a_peer() as evil:
        evil.names[f"acct:boss@{evil.host}"] = jrd(f"acct:boss@{evil.host}", scene.alice.uri)

        row = await find_actor(scene.node, f"boss@{evil.host}")

    assert (row.uri, row.acct) == (scene.alice.uri, f"alice@{scene.peer.host}")


async def test_actor_that_claims_a_foreign_handle_does_not_get_it(scene: Scene) -> None:
    """security 1.1: a handle is valid only if WebFinger at the handle's host leads to the actor."""
    async with a_peer() as evil:
        mallory = evil.actor("mallory", changes={"webfinger": f"alice@{scene.peer.host}"})

        name, _sure = await confirmed(scene, mallory)

    assert name.endswith(f"@{evil.host}")
    assert (await find_actor(scene.node, f"alice@{scene.peer.host}")).uri == scene.alice.uri


async def test_actor_that_claims_our_handle_does_not_get_it(scene: Scene) -> None:
    """security 1.1, *Local impersonation*: our own host is not dialled, and the claim ends there; the actor keeps working."""
    for claimed in (f"member@{scene.node.config.authority}", "root@[::ffff:1"):
        mallory = scene.peer.actor(f"mallory{len(claimed)}", changes={"webfinger": claimed})

        name, _sure = await confirmed(scene, mallory)

        assert name.endswith(f"@{scene.peer.host}"), claimed


async def test_handle_of_another_domain_counts_when_both_agree(scene: Scene) -> None:
    """s2s 2.5: split domains: the subject is asked once more at its own host."""
    async with a_peer() as handles:
        subject = f"acct:alice@{handles.host}"
        scene.peer.names[f"acct:alice@{scene.peer.host}"] = jrd(subject, scene.alice.uri)
        handles.names[subject] = jrd(subject, scene.alice.uri)

        assert await confirmed(scene, scene.alice) == (f"alice@{handles.host}", True)


async def test_subject_that_leads_on_and_on_is_refused(scene: Scene) -> None:
    """s2s 2.5: more than one change is an error; no loop."""
    async with a_peer() as second:
        scene.peer.names[f"acct:alice@{scene.peer.host}"] = jrd(f"acct:alice@{second.host}", scene.alice.uri)
        second.names[f"acct:alice@{second.host}"] = jrd(f"acct:alice@{scene.peer.host}", scene.alice.uri)

        with pytest.raises(NotFound):
            await find_actor(scene.node, f"alice@{scene.peer.host}")


async def test_unconfirmed_actor_is_heard_under_its_own_host(scene: Scene) -> None:
    """s2s 2.5: WebFinger may fail: the actor keeps working, flagged."""
    scene.peer.statuses["/.well-known/webfinger"] = 404

    assert await confirmed(scene, scene.alice) == (f"alice@{scene.peer.host}", False)
    assert await scene.arrives(scene.alice.follow(scene.member.uri)) == ["accepted"]


async def test_dead_host_is_tried_again_and_no_answer_is_no(scene: Scene) -> None:
    """The job comes again while WebFinger does not answer; what answers no is not asked again."""
    await scene.arrives(scene.alice.says("Like", "https://x.example/1"))
    scene.peer.statuses["/.well-known/webfinger"] = 503

    with pytest.raises(FetchError) as failed:
        await confirm(scene.node, scene.alice.uri)

    assert failed.value.temporary


async def test_what_cannot_be_found_says_so(scene: Scene) -> None:
    """Errors are for members: NotFound or FetchError, never something unexpected."""
    for written in (
        f"nobody@{scene.peer.host}",
        "x@127.0.0.1:9",
        "x@",
        "@",
        "https://[::1",
        "a@b@c",
        f"{scene.peer.base}/users/none",
    ):
        with pytest.raises(CoopFedError):
            await find_actor(scene.node, written)
