"""Follower synchronisation as it arrives (FEP-8fcf): every way to end follows that are none of the sender's business first."""

from typing import Any

import pytest

from actors.lookup import ActorRow, by_uri
from actors.synchronisation import Claim, digest, written
from coopfed import limits
from coopfed.features import home_timeline
from coopfed.features.follows import actions as follows
from coopfed.features.follows import store
from coopfed.features.follows.synchronise import SYNCHRONISE
from coopfed.features.ranges import Range
from coopfed.signing.verify import Scheme
from tests.support.jobs import run_jobs
from tests.support.nodes import an_actor, process_arrivals
from tests.support.peers import CONTEXT, Document, RemoteActor, a_peer, send_due
from tests.support.scene import Scene

HEADER = "collection-synchronization"
LIST = "/users/alice/followers_synchronization"


async def row(scene: Scene, uri: str) -> ActorRow:
    """The actor with this id."""
    found = await scene.node.db.read(by_uri, uri)
    assert found is not None
    return found


async def follow_alice(scene: Scene, *followers: ActorRow, granted: bool = True) -> None:
    """These actors of ours follow alice, who accepts (or has not yet)."""
    await scene.arrives(scene.alice.says("Like", "https://x.example/1"))
    for follower in followers:
        await follows.follow(scene.node, follower, await row(scene, scene.alice.uri))
    await send_due(scene.node)
    for received in list(scene.peer.received):
        if granted:
            await scene.arrives(scene.alice.says("Accept", received.document))
    scene.peer.received.clear()


async def state(scene: Scene, follower: ActorRow) -> str | None:
    """How the follow of alice stands; None when there is none."""
    found = await scene.node.db.read(store.between, follower.id, (await row(scene, scene.alice.uri)).id)
    return found and found.state


def a_claim(scene: Scene, *uris: str, actor: RemoteActor | None = None, **changes: str) -> str:
    """What alice's server says of her followers here, when these are they."""
    alice = actor or scene.alice
    return written(
        Claim(**{"collection": alice.followers, "url": f"{alice.base}{LIST}", "digest": digest(set(uris))} | changes)
    )


def lists(scene: Scene, *uris: str, **more: Any) -> None:
    """What alice's server shows as her followers here."""
    whole: Document = {"@context": CONTEXT, "id": f"{scene.peer.base}{LIST}", "type": "OrderedCollection"}
    scene.peer.objects[LIST] = whole | {"orderedItems": list(uris)} | more


async def hears(scene: Scene, header: str, actor: RemoteActor | None = None, **how: Any) -> list[str]:
    """The paths that were asked for after alice's post for her followers came with this header and its job was done."""
    alice = actor or scene.alice
    scene.peer.gets.clear()
    note = alice.note(to=[alice.followers], cc=[])
    how = {"more": ((HEADER, header),)} | how
    answer = await scene.peer.post(scene.node, alice.create(note), **how)
    assert answer.status == 202
    assert [outcome and outcome.value for outcome in await process_arrivals(scene.node)][:1] != ["failed"]
    scene.clock.pass_(limits.SYNCHRONISE_SECONDS + 1)
    await run_jobs(scene.node, SYNCHRONISE)
    return scene.peer.gets


# --- shut -------------------------------------------------------------------------------------------------------


async def test_header_that_is_not_signed_ends_nothing(scene: Scene) -> None:
    """FEP-8fcf: a *signed* header: whoever kept a request could send it again with a list of their choice."""
    await follow_alice(scene, scene.member)
    lists(scene)

    for scheme in Scheme:
        asked = await hears(scene, "", more=(), changed={HEADER: a_claim(scene)}, scheme=scheme)

        assert asked == []
    assert await state(scene, scene.member) == "accepted"


async def test_followers_of_somebody_else_are_none_of_the_signers_business(scene: Scene) -> None:
    """FEP-8fcf: collectionId must be the sender's followers; a neighbour on the same host is a stranger."""
    await follow_alice(scene, scene.member)
    lists(scene)
    neighbour = scene.peer.actor("neighbour")
    claims = (
        a_claim(scene),
        a_claim(scene, actor=neighbour, collection=scene.alice.followers),
        a_claim(scene, actor=neighbour, collection=f"{neighbour.uri}/following"),
    )

    for header in claims:
        assert LIST not in await hears(scene, header, neighbour)
    assert await state(scene, scene.member) == "accepted"


async def test_list_of_another_host_is_not_asked_for(scene: Scene) -> None:
    """FEP-8fcf: url lies on the sender's authority, with its port: else we would ask a third server for others' followers."""
    await follow_alice(scene, scene.member)
    async with a_peer() as other:
        for url in (f"{other.base}{LIST}", "https://coop.example/x", scene.node.urls.base, "nonsense", ""):
            assert await hears(scene, a_claim(scene, url=url)) == []

        assert other.gets == []
    assert await state(scene, scene.member) == "accepted"


@pytest.mark.parametrize(
    "header",
    [
        "nonsense",
        'collectionId="x"',
        'url="a", url="b"',
        "x" * 9_000,
        'collectionId="{followers}", url="{list}"',
        'collectionId="{followers}", url="{list}", digest="00"',
        'collectionId="{followers}", url="{list}", digest="' + "z" * 64 + '"',
    ],
)
async def test_header_that_cannot_be_read_costs_nobody_the_post(scene: Scene, header: str) -> None:
    """s2s 4.2: tolerant: the activity is taken, the header passed over."""
    await follow_alice(scene, scene.member)
    told = header.replace("{followers}", scene.alice.followers).replace("{list}", f"{scene.peer.base}{LIST}")

    assert await hears(scene, told) == []

    assert ("Create", "accepted", None) in await scene.outcomes()


async def test_list_that_does_not_have_the_digest_ends_nothing(scene: Scene) -> None:
    """s2s 2.18: only after the fetched list reproduces the digest: another list on the sender's host proves nothing."""
    await follow_alice(scene, scene.member)
    lists(scene, "https://elsewhere.example/1", scene.node.urls.actor(4711))

    assert await hears(scene, a_claim(scene)) == [LIST]

    assert await state(scene, scene.member) == "accepted"


async def test_list_that_leads_to_another_host_or_has_no_end_ends_nothing(scene: Scene) -> None:
    """security 1.4: pages stay on their collection's host, and are counted."""
    await follow_alice(scene, scene.member)
    async with a_peer() as other:
        for further in (f"{other.base}{LIST}", f"{scene.peer.base}{LIST}", "nonsense"):
            scene.clock.pass_(limits.SYNCHRONISE_REST_SECONDS)
            lists(scene, next=further)

            asked = await hears(scene, a_claim(scene))

            assert 1 <= len(asked) <= limits.SYNCHRONISE_PAGES
        assert other.gets == []
    assert await state(scene, scene.member) == "accepted"


async def test_one_look_in_an_hour(scene: Scene) -> None:
    """security 1.4: posts with ever other digests cause no flood of fetches."""
    await follow_alice(scene, scene.member)
    lists(scene, "https://elsewhere.example/1")

    looks = [await hears(scene, a_claim(scene, f"https://elsewhere.example/{number}")) == [LIST] for number in range(3)]
    scene.clock.pass_(limits.SYNCHRONISE_REST_SECONDS)
    later = await hears(scene, a_claim(scene)) == [LIST]

    assert looks == [True, False, False]
    assert later


async def test_server_that_does_not_answer_is_asked_again(scene: Scene) -> None:
    """s2s 2.19: temporary: nothing ends, the job comes again."""
    await follow_alice(scene, scene.member)
    lists(scene)
    scene.peer.statuses[LIST] = 503
    first = await hears(scene, a_claim(scene))
    before = await state(scene, scene.member)
    scene.peer.statuses.clear()

    scene.clock.pass_(3600)
    await run_jobs(scene.node, SYNCHRONISE)

    assert first == [LIST] * 2 or first == [LIST]
    assert before == "accepted"
    assert await state(scene, scene.member) is None


# --- open -------------------------------------------------------------------------------------------------------


async def test_who_knows_the_same_asks_nothing(scene: Scene) -> None:
    """FEP-8fcf: the digest of ours is the digest of theirs: no fetch, no job."""
    other = await an_actor(scene.node, "other")
    await follow_alice(scene, scene.member, other)

    assert await hears(scene, a_claim(scene, scene.member.uri, other.uri)) == []

    assert await state(scene, scene.member) == "accepted"


async def test_follower_who_is_none_there_is_none_here(scene: Scene) -> None:
    """FEP-8fcf: removed from our copy of the followers; what they would go on to see ends; nobody is told."""
    other = await an_actor(scene.node, "other")
    await follow_alice(scene, scene.member, other)
    await scene.arrives(scene.alice.create(scene.alice.note(to=[scene.alice.followers], cc=[])))
    lists(scene, other.uri)

    asked = await hears(scene, a_claim(scene, other.uri))

    assert asked == [LIST]
    assert [await state(scene, actor) for actor in (scene.member, other)] == [None, "accepted"]
    assert await scene.node.db.read(home_timeline.read, scene.member.id, Range(40)) == []
    assert len(await scene.node.db.read(home_timeline.read, other.id, Range(40))) == 2
    assert (await row(scene, scene.member.uri)).following_count == 0
    await send_due(scene.node)
    assert scene.peer.received == []


async def test_list_is_asked_for_with_the_node_actors_signature(scene: Scene) -> None:
    """FEP-8fcf: authenticating as the receiving instance."""
    await follow_alice(scene, scene.member)
    lists(scene)

    await hears(scene, a_claim(scene))

    assert f'keyId="{scene.node.urls.node_actor}#main-key"' in scene.peer.fetched_by[-1]["Signature"]
    assert digest(set()) == "0" * 64
    assert await state(scene, scene.member) is None


async def test_follower_whom_nobody_here_knows_is_taken_back(scene: Scene) -> None:
    """FEP-8fcf: Undo(Follow) for what is not known here: by the pair, without an invented id; nothing for who is not here."""
    other = await an_actor(scene.node, "other")
    await follow_alice(scene, scene.member)
    listed = (scene.member.uri, other.uri, scene.node.urls.actor(4711), scene.node.urls.node_actor)
    lists(scene, *listed)

    await hears(scene, a_claim(scene, *listed))
    await send_due(scene.node)

    undone = [received.document for received in scene.peer.received if received.document["actor"] == other.uri]
    assert [(undo["type"], undo["to"]) for undo in undone] == [("Undo", [scene.alice.uri])]
    assert undone[0]["object"] == {"type": "Follow", "actor": other.uri, "object": scene.alice.uri}
    assert await state(scene, scene.member) == "accepted"


async def test_request_that_is_granted_there_is_granted_here(scene: Scene) -> None:
    """FEP-8fcf: a pending follow on the list was accepted, and its Accept got lost."""
    await follow_alice(scene, scene.member, granted=False)
    lists(scene, scene.member.uri)

    await hears(scene, a_claim(scene, scene.member.uri))

    assert await state(scene, scene.member) == "accepted"
    assert (await row(scene, scene.member.uri)).following_count == 1


async def test_long_list_is_read_to_its_end(scene: Scene) -> None:
    """FEP-8fcf: hundreds of followers at one host, as objects, over pages, or one alone without brackets."""
    await follow_alice(scene, scene.member)
    others = [scene.node.urls.actor(number) for number in range(1, 2 * limits.COLLECTION_ITEMS)]
    second = {"@context": CONTEXT, "id": f"{scene.peer.base}/more", "type": "OrderedCollectionPage"}
    scene.peer.objects["/more"] = second | {"orderedItems": others[-1]}
    first = {"type": "OrderedCollectionPage", "orderedItems": [{"id": uri, "type": "Person"} for uri in others[:-1]]}
    lists(scene, first=first | {"next": f"{scene.peer.base}/more"}, orderedItems=None)

    assert await hears(scene, a_claim(scene, *others)) == [LIST, "/more"]

    assert await state(scene, scene.member) is None
