"""What we sign, verified by an independent library (apsig), with nothing of ours: memberships, requests, answers, agreements, receipts."""

import copy
import json
from pathlib import Path
from typing import Any

import pytest
from apsig import ProofVerifier

from coopfed.features.memberships import actions as memberships
from coopfed.features.memberships import store as attested
from coopfed.features.memberships.actions import Wanted
from coopfed.signing.keys import generate_ed25519, multikey
from tests.coopfed.api.test_agreements import agreed
from tests.coopfed.api.test_api import a_client
from tests.coopfed.api.test_requests import document, own, say
from tests.coopfed.features.test_membership_rules import NOW
from tests.support.nodes import an_actor
from tests.support.peers import Document
from tests.support.scene import Scene

VECTORS = json.loads((Path(__file__).parents[1] / "signing" / "data" / "vectors.json").read_text("utf-8"))
SIGNED = [name for name, vector in VECTORS.items() if isinstance(vector, dict) and "valid" in vector]


def holds(signed: Document, key: str) -> bool:
    """Whether apsig takes the proof by this key (multibase). It takes the document apart, so it gets a copy."""
    return bool(ProofVerifier(key).verify_proof(copy.deepcopy(signed)))


@pytest.mark.parametrize("name", SIGNED)
def test_vectors_are_judged_alike(name: str) -> None:
    """domain.md 7: the published vectors; that ours judges them so is shown in tests/coopfed/signing/test_proofs.py."""
    vector = VECTORS[name]
    owner = vector["document"]["proof"]["verificationMethod"].partition("#")[0]
    key = next(one["publicKeyMultibase"] for one in VECTORS["keys"].values() if one["controller"] == owner)

    assert holds(vector["document"], key) is vector["valid"]


async def test_what_a_node_signs_is_verified_elsewhere(scene: Scene) -> None:
    """Issue 6, *What counts as shown*: as it is served and as both sides hold it, by keys in actors' documents; changed it fails."""
    client, other = await a_client(scene), await an_actor(scene.node, "other")
    one = await agreed(client, await a_client(scene, other))
    keys: dict[str, str] = {}
    for actor in (scene.member, other):
        [listed] = (await document(scene, actor.uri)).json["assertionMethod"]
        keys[listed["id"]] = listed["publicKeyMultibase"]
    await say(client, f"/agreements/{one['id']}/complete", outcome="fulfilled")
    page = (await scene.peer.send("GET", f"{one['verification_url']}.json", {})).json
    request = (await client.get(own(scene, f"/requests/{one['request_id']}"))).json
    row = await memberships.request(scene.node, scene.member, other, Wanted("member", NOW.date()))
    [attestation] = (await scene.node.db.read(attested.signed_of, [row.id]))[row.id].values()

    signed: dict[str, Any] = {
        "Proposal": (await document(scene, request["uri"])).json,
        "Offer": one["offer"],
        "Accept": one["accept"],
        "Create": page["documents"][2]["document"],
        "Relationship": json.loads(attestation.document),
    }
    for type, found in signed.items():
        key = keys[found["proof"]["verificationMethod"]]
        assert found["type"] == type
        assert holds(found, key), type
        assert not holds({**found, "published": "2020-01-01T00:00:00Z"}, key), type
        assert not holds(found, multikey(generate_ed25519().public_key())), type
