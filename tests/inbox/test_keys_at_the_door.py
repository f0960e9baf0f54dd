"""Keys that the inbox has to fetch: cross-checked, asked for once, remembered when they cannot be had, refetched when rotated."""

import asyncio
from dataclasses import replace

from structlog.testing import capture_logs

from coopfed import limits
from coopfed.signing.keys import public_pem
from tests.inbox.test_door import reasons, refused
from tests.support.nodes import process_arrivals
from tests.support.peers import RemoteActor, a_peer, an_rsa_key, send_due
from tests.support.scene import Scene

RSA_512 = """-----BEGIN PUBLIC KEY-----
MFwwDQYJKoZIhvcNAQEBBQADSwAwSAJBAKj34GkxFhD90vcNLYLInFEX6Ppy1tPf
9Cnzj4p4WGeKLs1Pt8QuKUpRKfFLfRYC9AIKjbJTWit+CqvjWYzvQwECAwEAAQ==
-----END PUBLIC KEY-----"""


async def test_key_server_down_is_503_once_then_401_while_it_is_remembered(scene: Scene) -> None:
    """design 9: 503 + Retry-After at the first try, 401 while the negative cache of ten minutes holds, and one fetch."""
    scene.peer.statuses["/users/alice"] = 503
    activity = scene.alice.follow(scene.member.uri)

    first, reason = await refused(scene, scene.peer.post(scene.node, activity))
    second, again = await refused(scene, scene.peer.post(scene.node, activity))

    assert (first.status, reason) == (503, "key_server_unreachable")
    assert int(first.headers["Retry-After"]) > 0
    assert (second.status, again) == (401, "key_unavailable")
    assert scene.peer.gets == ["/users/alice"]


async def test_key_is_asked_for_again_after_ten_minutes(scene: Scene) -> None:
    """design 9: the negative cache ends."""
    scene.peer.statuses["/users/alice"] = 503
    activity = scene.alice.follow(scene.member.uri)
    await scene.peer.post(scene.node, activity)
    del scene.peer.statuses["/users/alice"]

    scene.clock.pass_(limits.KEY_NEGATIVE_SECONDS - 1)
    before = await scene.peer.post(scene.node, activity)
    scene.clock.pass_(2)
    after = await scene.peer.post(scene.node, activity)

    assert (before.status, after.status) == (401, 202)


async def test_key_that_its_host_does_not_give_is_401(scene: Scene) -> None:
    """s2s 2.4: a fetch that fails for good makes the signer unauthenticated, never 500; it is asked for once."""
    for status in (401, 403, 404, 410):
        ghost = scene.peer.actor(f"ghost{status}")
        scene.peer.statuses[f"/users/ghost{status}"] = status
        scene.peer.gets.clear()

        answer, reason = await refused(scene, scene.peer.post(scene.node, ghost.follow(scene.member.uri)))
        await scene.peer.post(scene.node, ghost.follow(scene.member.uri))

        assert (answer.status, reason) == (401, "key_unavailable")
        assert len(scene.peer.gets) == (2 if status in (401, 403) else 1)  # the second knock


async def test_key_owned_by_somebody_elsewhere_is_401(scene: Scene) -> None:
    """security 1.1 (Discourse PR 325): a document binds only keys of its own host to an actor."""
    async with a_peer() as other:
        victim = other.actor("victim")
        scene.alice.changes["publicKey"] = {
            "id": scene.alice.key_id,
            "owner": victim.uri,
            "publicKeyPem": public_pem(scene.alice.rsa.public_key()),
        }

        answer, reason = await refused(scene, scene.peer.post(scene.node, victim.follow(scene.member.uri), scene.alice))

    assert (answer.status, reason) == (401, "key_owner")
    assert other.gets == []


async def test_key_that_the_owner_does_not_list_is_401(scene: Scene) -> None:
    """security 1.1: the actor's own document must list this very key id (a neighbour's page may not lend it one)."""
    stray = f"{scene.peer.base}/keys/stray"
    scene.peer.publish(
        {"id": stray, "type": "Key", "owner": scene.alice.uri, "publicKeyPem": public_pem(an_rsa_key().public_key())}
    )

    answer, reason = await refused(
        scene, scene.peer.post(scene.node, scene.alice.follow(scene.member.uri), key_id=stray)
    )

    assert (answer.status, reason) == (401, "key_unlisted")


async def test_fragment_that_is_in_no_document_is_401(scene: Scene) -> None:
    """s2s 2.4 a: the key with exactly this id."""
    answer, reason = await refused(
        scene, scene.peer.post(scene.node, scene.alice.follow(scene.member.uri), key_id=f"{scene.alice.uri}#other")
    )

    assert (answer.status, reason) == (401, "key_unlisted")


async def test_actor_named_in_place_of_its_only_key_is_verified_by_it(scene: Scene) -> None:
    """draft-cavage-12 2.1.1 leaves the form of `keyId` open: activitypub-express (Guppe) sends the actor's id, as Mastodon reads."""
    forged = await scene.peer.post(
        scene.node, scene.alice.follow(scene.member.uri), key=an_rsa_key(), key_id=scene.alice.uri
    )
    first, second = [
        await scene.peer.post(scene.node, scene.alice.follow(scene.member.uri), key_id=scene.alice.uri)
        for _ in range(2)
    ]

    assert (forged.status, first.status, second.status) == (401, 202, 202)
    assert scene.peer.gets == ["/users/alice"]


async def test_actor_named_in_place_of_one_of_several_keys_is_401(scene: Scene) -> None:
    """s2s 2.4: which one is meant is not for us to guess."""
    keys = [
        {"id": f"{scene.alice.uri}#{name}", "owner": scene.alice.uri, "publicKeyPem": public_pem(key.public_key())}
        for name, key in (("main-key", scene.alice.rsa), ("other", an_rsa_key()))
    ]
    scene.alice.changes["publicKey"] = keys

    answer, reason = await refused(
        scene, scene.peer.post(scene.node, scene.alice.follow(scene.member.uri), key_id=scene.alice.uri)
    )

    assert (answer.status, reason) == (401, "key_unlisted")


async def test_actor_named_in_place_of_its_key_follows_a_rotation(scene: Scene) -> None:
    """s2s 2.4: the old key is no key under this name either."""
    old = scene.alice.rsa
    await scene.peer.post(scene.node, scene.alice.follow(scene.member.uri), key_id=scene.alice.uri)
    scene.alice.rsa = an_rsa_key()
    await scene.peer.post(scene.node, scene.alice.says("Update", scene.alice.document()), key=old)
    await process_arrivals(scene.node)

    new, former = [
        await scene.peer.post(scene.node, scene.alice.follow(scene.member.uri), key=key, key_id=scene.alice.uri)
        for key in (scene.alice.rsa, old)
    ]

    assert (new.status, former.status) == (202, 401)


async def test_actor_of_another_host_than_its_key_is_not_the_signer(scene: Scene) -> None:
    """design 9, *Signer is not the actor*: taken as relayed, which proves nothing; the victim's name opens no door."""
    async with a_peer() as other:
        victim = other.actor("victim")

        outcome = await scene.arrives(victim.follow(scene.member.uri), scene.alice)

    assert outcome == ["refused_relayed"]


async def test_document_that_claims_a_foreign_actor_gives_no_key_to_it(scene: Scene) -> None:
    """security 1.1 (CVE-2024-23832): what counts is where a document was found, not the id it claims."""
    async with a_peer() as other:
        victim = other.actor("victim")
        scene.alice.changes["id"] = victim.uri
        scene.alice.changes["publicKey"] = {
            "id": scene.alice.key_id,
            "owner": victim.uri,
            "publicKeyPem": public_pem(scene.alice.rsa.public_key()),
        }

        answer, _reason = await refused(
            scene, scene.peer.post(scene.node, victim.follow(scene.member.uri), scene.alice)
        )

    assert answer.status == 401


async def test_weak_key_is_401(scene: Scene) -> None:
    """design 9: RSA of 2048 to 8192 bits."""
    scene.alice.changes["publicKey"] = {"id": scene.alice.key_id, "owner": scene.alice.uri, "publicKeyPem": RSA_512}

    answer, reason = await refused(scene, scene.peer.post(scene.node, scene.alice.follow(scene.member.uri)))

    assert (answer.status, reason) == (401, "weak_key")


async def test_stub_of_a_key_leads_to_its_actor(scene: Scene) -> None:
    """s2s 2.4 b: GoToSocial's `/users/x/main-key` answers with a stub of the actor, whose id is the actor's."""
    key_id = f"{scene.alice.uri}/main-key"
    key = {"id": key_id, "owner": scene.alice.uri, "publicKeyPem": public_pem(scene.alice.rsa.public_key())}
    scene.alice.changes["publicKey"] = key
    scene.peer.objects["/users/alice/main-key"] = {
        "@context": scene.alice.document()["@context"],
        "id": scene.alice.uri,
        "type": "Person",
        "preferredUsername": "alice",
        "publicKey": key,
    }

    answer = await scene.peer.post(scene.node, scene.alice.follow(scene.member.uri), key_id=key_id)

    assert answer.status == 202


async def test_new_actor_costs_one_fetch(scene: Scene) -> None:
    """security 1.4: the document under the key's address is the actor; nobody needs it twice."""
    await scene.peer.post(scene.node, scene.alice.follow(scene.member.uri))

    assert scene.peer.gets == ["/users/alice"]


async def test_fetches_of_keys_are_signed_by_the_node_actor(scene: Scene) -> None:
    """s2s 2.4: the instance actor signs, whose document needs no signature; else two secure nodes ask each other for ever."""
    await scene.peer.post(scene.node, scene.alice.follow(scene.member.uri))

    assert f'keyId="{scene.node.urls.node_actor}#main-key"' in scene.peer.fetched_by[0]["Signature"]


async def test_crowd_with_one_unknown_key_causes_one_fetch(scene: Scene) -> None:
    """security 1.4, *Unknown-keyId flood*: while a key is fetched everybody waits for the same fetch."""
    activities = [scene.alice.follow(scene.member.uri) for _ in range(40)]

    answers = await asyncio.gather(*(scene.peer.post(scene.node, activity) for activity in activities))

    assert {answer.status for answer in answers} == {202}
    assert scene.peer.gets == ["/users/alice"]


async def test_flood_of_unknown_keys_is_throttled(scene: Scene) -> None:
    """security 1.4: a token bucket for the key's host and for the client; what is over it is 503 and fetches nothing."""
    scene.node.key_fetches = type(scene.node.key_fetches)(scene.node.key_fetches._rate.__class__(3, 0.001))
    posts = [
        scene.peer.post(
            scene.node, scene.alice.follow(scene.member.uri), key_id=f"{scene.peer.base}/users/ghost{number}#k"
        )
        for number in range(8)
    ]

    with capture_logs() as logs:
        answers = [await post for post in posts]

    assert [answer.status for answer in answers] == [401] * 3 + [503] * 5
    assert reasons(logs)[3:] == ["key_fetch_throttled"] * 5
    assert len(scene.peer.gets) == 3


async def test_rotated_key_is_refetched_once_in_five_minutes(scene: Scene) -> None:
    """s2s 2.2, step 6: a peer may rotate silently; refetching at every bad signature would make us a weapon."""
    await scene.peer.post(scene.node, scene.alice.follow(scene.member.uri))
    scene.alice.rsa = an_rsa_key()
    activity = scene.alice.follow(scene.member.uri)

    too_soon = await scene.peer.post(scene.node, activity)
    scene.clock.pass_(limits.KEY_REFETCH_SECONDS + 1)
    scene.peer.gets.clear()
    later = await scene.peer.post(scene.node, activity)
    stale_key = an_rsa_key()
    forged = [await scene.peer.post(scene.node, scene.alice.follow(scene.member.uri), key=stale_key) for _ in range(5)]

    assert (too_soon.status, later.status) == (401, 202)
    assert {answer.status for answer in forged} == {401}
    assert scene.peer.gets == ["/users/alice"]


async def test_old_key_is_no_key_after_the_rotation(scene: Scene) -> None:
    """s2s 2.4: whoever lists keys is trusted to unlist them."""
    old = scene.alice.rsa
    await scene.peer.post(scene.node, scene.alice.follow(scene.member.uri))
    scene.alice.rsa, scene.alice.key_name = an_rsa_key(), "key-2"
    scene.clock.pass_(limits.KEY_REFETCH_SECONDS + 1)

    new = await scene.peer.post(scene.node, scene.alice.follow(scene.member.uri))
    former = await scene.peer.post(
        scene.node, scene.alice.follow(scene.member.uri), key=old, key_id=f"{scene.alice.uri}#main-key"
    )

    assert (new.status, former.status) == (202, 401)


async def test_update_signed_with_the_old_key_brings_the_new_one(scene: Scene) -> None:
    """s2s 2.4: how a rotation is announced; GoToSocial and Misskey accept nothing else. No fetch is needed."""
    await scene.peer.post(scene.node, scene.alice.follow(scene.member.uri))
    old = scene.alice.rsa
    scene.alice.rsa, scene.alice.key_name = an_rsa_key(), "key-2"
    scene.peer.gets.clear()

    answer = await scene.peer.post(
        scene.node,
        scene.alice.says("Update", scene.alice.document()),
        key=old,
        key_id=f"{scene.alice.uri}#main-key",
    )
    outcome = await scene.arrives(scene.alice.follow(scene.member.uri))

    assert answer.status == 202
    assert scene.peer.gets in ([], ["/users/alice"])
    assert outcome[-1] == "accepted"


async def test_update_signed_with_a_key_nobody_lists_changes_nothing(scene: Scene) -> None:
    """s2s 2.4: a new key cannot introduce itself."""
    await scene.peer.post(scene.node, scene.alice.follow(scene.member.uri))
    thief = an_rsa_key()
    document = scene.alice.document()
    document["publicKey"]["publicKeyPem"] = public_pem(thief.public_key())

    answer = await scene.peer.post(scene.node, scene.alice.says("Update", document), key=thief)

    assert answer.status == 401


async def test_delete_of_a_known_actor_is_verified_with_the_stored_key(scene: Scene) -> None:
    """s2s 2.10: the key of a deleted actor answers 410; the receiver needs the one it has."""
    await scene.arrives(scene.alice.follow(scene.member.uri))
    scene.peer.statuses["/users/alice"] = 410

    outcome = await scene.arrives(scene.alice.says("Delete", scene.alice.uri))

    assert outcome == ["accepted"]


async def test_bad_signature_of_a_deleted_actor_does_not_end_it(scene: Scene) -> None:
    """Door shut: a Delete of a known actor is no exception to signatures."""
    await scene.arrives(scene.alice.follow(scene.member.uri))
    rows = await scene.rows()

    answer = await scene.peer.post(scene.node, scene.alice.says("Delete", scene.alice.uri), key=an_rsa_key())

    assert answer.status == 401
    assert await scene.rows() == rows


async def test_key_that_its_owner_retired_signs_nothing_more(scene: Scene) -> None:
    """security 1.2: a retired Ed25519 key stays listed with `expires`, so that old proofs verify; who stole it signs no request."""
    retired = scene.alice.document()["assertionMethod"]
    retired[0]["expires"] = "2026-11-24T07:59:59Z"
    scene.alice.changes["assertionMethod"] = retired
    activity = scene.alice.follow(scene.member.uri)

    async def post() -> int:
        answer = await scene.peer.post(scene.node, activity, key=scene.alice.ed25519, key_id=scene.alice.ed25519_id)
        return answer.status

    with capture_logs() as logs:
        expired = await post()
    scene.clock.pass_(limits.KEY_NEGATIVE_SECONDS + 1)
    retired[0]["expires"] = "2026-11-25T08:00:00Z"
    still_good = await post()
    scene.clock.pass_(24 * 3600)
    too_old = await post()

    assert (expired, still_good, too_old) == (401, 202, 401)
    assert reasons(logs) == ["key_unlisted"]


async def test_neighbour_that_lists_a_victims_key_id_does_not_shut_the_victim_out(scene: Scene) -> None:
    """security 1.1, *Id poisoning*: the key ids below an actor's id are that actor's, whoever named them first."""
    mallory = scene.peer.actor("mallory")
    stolen = mallory.document()["publicKey"] | {"id": scene.alice.key_id}
    mallory.changes["publicKey"] = [mallory.document()["publicKey"], stolen]
    assert await scene.arrives(mallory.follow(scene.member.uri), mallory) == ["accepted"]

    forged = await scene.arrives(scene.alice.follow(scene.member.uri), _with_key(scene, mallory))
    scene.clock.pass_(limits.KEY_REFETCH_SECONDS + 1)
    own = await scene.arrives(scene.alice.follow(scene.member.uri))
    scene.clock.pass_(limits.KEY_REFETCH_SECONDS + 1)
    await scene.arrives(mallory.says("Update", mallory.document()), mallory)
    again = await scene.arrives(scene.alice.follow(scene.member.uri))

    assert (forged, own, again) == (["refused_relayed"], ["accepted"], ["accepted"])


def _with_key(scene: Scene, thief: RemoteActor) -> RemoteActor:
    """Alice's name and key id with the thief's key."""
    return replace(scene.alice, rsa=thief.rsa)


async def test_actor_that_tells_of_itself_empties_nobodys_memory(scene: Scene) -> None:
    """security 1.4: an Update a second, each with another key, must not make us load every key and every host again."""
    bob = scene.peer.actor("bob")
    for actor in (scene.alice, bob):
        await scene.arrives(actor.follow(scene.member.uri), actor)
    await send_due(scene.node)
    memory = scene.node.memory
    memory.documents.put("actor 1", b"{}")
    before = [len(cache) for cache in (memory.signing, memory.peers, memory.documents)]

    for changes in ({"name": "Robert"}, {"name": "Bob"}):
        bob.changes = changes
        assert await scene.arrives(bob.says("Update", bob.document()), bob) == ["accepted"]
        assert memory.keys.get(scene.alice.key_id) is not None
        assert memory.keys.get(bob.key_id) is None
        await scene.arrives(bob.says("Like", "https://x.example/1"), bob)
    bob.rsa, old = an_rsa_key(), bob.rsa
    await scene.peer.post(scene.node, bob.says("Update", bob.document()), key=old)
    await process_arrivals(scene.node)

    assert min(before) > 0
    assert [len(cache) for cache in (memory.signing, memory.peers, memory.documents)] == before
    assert (await scene.peer.post(scene.node, bob.says("Like", "https://x.example/2"), key=old)).status == 401
    assert (await scene.peer.post(scene.node, bob.says("Like", "https://x.example/3"))).status == 202


async def test_new_key_that_was_missing_a_moment_ago_is_taken_from_the_update(scene: Scene) -> None:
    """s2s 2.4: a peer signs with its new key before the announcement arrives; what we remember as missing is there now."""
    await scene.arrives(scene.alice.follow(scene.member.uri))
    old, old_id = scene.alice.rsa, scene.alice.key_id
    new = an_rsa_key()
    too_early = await scene.peer.post(
        scene.node, scene.alice.follow(scene.member.uri), key=new, key_id=f"{scene.alice.uri}#next"
    )
    scene.alice.rsa, scene.alice.key_name = new, "next"
    await scene.peer.post(scene.node, scene.alice.says("Update", scene.alice.document()), key=old, key_id=old_id)
    await process_arrivals(scene.node)

    after = await scene.peer.post(scene.node, scene.alice.follow(scene.member.uri))

    assert (too_early.status, after.status) == (401, 202)
