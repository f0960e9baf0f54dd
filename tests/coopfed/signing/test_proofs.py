"""FEP-8b32: a document that proves who wrote it, wherever it is found."""

import copy
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coopfed.errors import BadMessage, Unauthenticated
from coopfed.signing import keys, multibase, proofs
from tests.coopfed.signing.builders import MEMBER_ED25519, NOW, OTHER_ED25519

METHOD = "https://peer.example/ap/actors/7#ed25519-key"
OWN_VECTORS = json.loads((Path(__file__).parent / "data" / "vectors.json").read_text(encoding="utf-8"))
VALID = [name for name, vector in OWN_VECTORS.items() if isinstance(vector, dict) and vector.get("valid") is True]

DOCUMENT: dict[str, Any] = {
    "@context": ["https://www.w3.org/ns/activitystreams", "https://w3id.org/security/data-integrity/v2"],
    "id": "https://peer.example/ap/objects/1",
    "type": "Note",
    "attributedTo": "https://peer.example/ap/actors/7",
    "content": "Merhaba",
}
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(1 - 2**53, 2**53 - 1) | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(codec="utf-8"), max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("abcd", max_size=4), inner, max_size=3),
    max_leaves=8,
)  # fmt: skip


def signed(**members: Any) -> dict[str, Any]:
    """A document with the member's proof."""
    return proofs.attach({**DOCUMENT, **members}, MEMBER_ED25519, METHOD, NOW)


def with_proof(document: dict[str, Any], **members: Any) -> dict[str, Any]:
    """The document with other members in its proof; None takes one away."""
    proof = {name: value for name, value in {**document["proof"], **members}.items() if value is not None}
    return {**document, "proof": proof}


def refusal(document: dict[str, Any], now: datetime | None = None) -> str:
    """The reason for which the document's proof by the member is refused."""
    with pytest.raises(Unauthenticated) as caught:
        proofs.verify(document, MEMBER_ED25519.public_key(), now)
    return caught.value.reason


def own_key(name: str) -> Any:
    """The public key of one of our own vectors."""
    controller = OWN_VECTORS[name]["document"]["proof"]["verificationMethod"].partition("#")[0]
    return keys.load_multikey(
        next(key["publicKeyMultibase"] for key in OWN_VECTORS["keys"].values() if key["controller"] == controller)
    )


# --- shut -------------------------------------------------------------------------------------------------------


def test_a_document_without_proof_is_refused() -> None:
    """Refuse by default."""
    assert refusal(DOCUMENT) == "proof_missing"
    assert proofs.claim(DOCUMENT) is None


@pytest.mark.parametrize(
    "change",
    [
        lambda d: d.update(content="Günaydın"),
        lambda d: d.update(summary="added"),
        lambda d: d.pop("attributedTo"),
        lambda d: d.update(id="https://evil.example/1"),
        lambda d: d["proof"].update(created="2026-11-24T08:00:01Z"),
        lambda d: d["proof"].update(verificationMethod="https://evil.example/#key"),
        lambda d: d["proof"].update(added="member"),
        lambda d: d["proof"].pop("@context"),
        lambda d: d["proof"].pop("created"),
        lambda d: d["@context"].append("https://evil.example/ns") or d["proof"].update({"@context": d["@context"]}),
    ],
    ids=[
        "changed",
        "added",
        "removed",
        "id",
        "created",
        "method",
        "option",
        "no context",
        "no created",
        "longer context",
    ],
)
def test_every_member_is_secured(change: Callable[[dict[str, Any]], object]) -> None:
    """FEP-8b32 *Proof verification*: document and options are both hashed."""
    document = copy.deepcopy(signed())

    change(document)

    assert refusal(document) == "proof_invalid"


def test_another_key_is_refused() -> None:
    """The heart of it."""
    document = proofs.attach(DOCUMENT, OTHER_ED25519, METHOD, NOW)

    assert refusal(document) == "proof_invalid"


@pytest.mark.parametrize(
    "members",
    [
        {"type": "RsaSignature2017"},
        {"type": None},
        {"proofPurpose": "authentication"},
        {"proofPurpose": None},
        {"verificationMethod": None},
        {"verificationMethod": {"id": METHOD}},
        {"verificationMethod": "https://a/" + "a" * 2_048},
        {"proofValue": None},
        {"proofValue": 7},
        {"proofValue": ""},
        {"proofValue": "mAAAA"},
        {"proofValue": "z0"},
        {"proofValue": multibase.encode(b"a" * 63)},
        {"proofValue": "z" + "1" * 5_000},
        {"expires": "soon"},
        {"expires": "2026-11-24T08:00:00"},
        {"expires": "2026-13-24T08:00:00Z"},
        {"expires": 1795507200},
        {"expires": "9" * 5_000},
    ],
    ids=str,
)
def test_a_malformed_proof_is_refused(members: dict[str, Any]) -> None:
    """vc-data-integrity 2.1; never an exception without a name."""
    assert refusal(with_proof(signed(), **members)) == "proof_malformed"


@pytest.mark.parametrize("suite", ["eddsa-rdfc-2022", "mldsa44-jcs-2024", "ecdsa-jcs-2019", None])
def test_other_suites_are_not_read(suite: str | None) -> None:
    """What needs JSON-LD was broken several times (security 1.2); others count as no proof."""
    assert refusal(with_proof(signed(), cryptosuite=suite)) == "proof_missing"


def test_two_proofs_of_one_suite_are_refused() -> None:
    """Which one would speak for whom?"""
    proof = signed()["proof"]

    assert refusal({**DOCUMENT, "proof": [proof, proof]}) == "proof_malformed"


@pytest.mark.parametrize(
    "context",
    [
        "https://www.w3.org/ns/activitystreams",
        ["https://evil.example/ns", *DOCUMENT["@context"]],
        [],
        None,
        [DOCUMENT["@context"]],
    ],
)
def test_the_document_must_begin_with_the_context_of_the_proof(context: Any) -> None:
    """vc-di-eddsa 3.3.2, step 4: otherwise the signed words would mean something else."""
    assert refusal({**signed(), "@context": context}) == "proof_context"


def test_an_expired_proof_is_refused_when_it_is_asked_about_now() -> None:
    """vc-data-integrity 2.1, `expires`."""
    options = {**{n: v for n, v in signed()["proof"].items() if n != "proofValue"}, "expires": "2026-11-24T07:59:59Z"}
    value = multibase.encode(MEMBER_ED25519.sign(proofs.hash_data(DOCUMENT, options)))
    document = {**DOCUMENT, "proof": {**options, "proofValue": value}}

    assert refusal(document, NOW) == "expired"
    proofs.verify(document, MEMBER_ED25519.public_key(), NOW - timedelta(minutes=1))
    proofs.verify(document, MEMBER_ED25519.public_key())


def test_a_document_without_canonical_form_is_malformed() -> None:
    """RFC 8785: an integer beyond 2^53 is a 400."""
    with pytest.raises(BadMessage):
        proofs.verify({**signed(), "size": 2**60}, MEMBER_ED25519.public_key())


def test_our_tampered_vector_is_refused() -> None:
    """domain 9.1: an attestation whose text was changed."""
    vector = OWN_VECTORS["tampered_attestation"]

    with pytest.raises(Unauthenticated) as caught:
        proofs.verify(vector["document"], own_key("tampered_attestation"))

    assert caught.value.reason == "proof_invalid"


# --- open -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", VALID)
def test_our_vectors_are_verified(name: str) -> None:
    """Our own wire examples, signed by an independent program."""
    vector = OWN_VECTORS[name]
    document = vector["document"]
    options = {member: value for member, value in document["proof"].items() if member != "proofValue"}
    plain = {member: value for member, value in document.items() if member != "proof"}

    assert proofs.hash_data(plain, options).hex() == vector["hash_data_hex"]
    proofs.verify(document, own_key(name))


def test_there_are_vectors_to_verify() -> None:
    """An empty list would verify nothing."""
    assert len(VALID) >= 4


@pytest.mark.clause("FEP-8b32 Test vectors", "MUST")
def test_the_published_vector_is_made_and_verified(foreign_messages: Path) -> None:
    """FEP-8b32, *Test vectors*: signing and verifying."""
    steps = [
        step
        for step in json.loads((foreign_messages / "fep" / "integrity-proof-vectors.json").read_text(encoding="utf-8"))
        if step["fep"] == "8b32"
    ]
    document = next(step["document"] for step in steps if "proof" in step["document"])
    actor = next(step["document"] for step in steps if "assertionMethod" in step["document"])
    key = keys.load_multikey(actor["assertionMethod"][0]["publicKeyMultibase"])

    proofs.verify(document, key)  # type: ignore[arg-type]

    assert proofs.claim(document) == proofs.Claim(
        actor["assertionMethod"][0]["id"], datetime(2023, 2, 24, 23, 36, 38, tzinfo=UTC), None
    )


def test_an_attached_proof_has_the_published_shape() -> None:
    """FEP-8b32 *Proof generation*; the context is repeated in the proof."""
    proof = signed()["proof"]

    assert proof.pop("proofValue").startswith("z")
    assert proof == {
        "@context": DOCUMENT["@context"],
        "type": "DataIntegrityProof",
        "cryptosuite": "eddsa-jcs-2022",
        "verificationMethod": METHOD,
        "proofPurpose": "assertionMethod",
        "created": "2026-11-24T08:00:00Z",
    }


def test_attaching_again_replaces_the_proof_and_leaves_the_argument_alone() -> None:
    """An edited document is signed anew."""
    first = signed()
    before = copy.deepcopy(first)

    second = proofs.attach({**first, "content": "Ciao"}, MEMBER_ED25519, METHOD, NOW)

    assert first == before
    proofs.verify(second, MEMBER_ED25519.public_key())


def test_contexts_added_behind_do_not_break_a_proof() -> None:
    """vc-di-eddsa 3.3.2, step 4: only the beginning was signed."""
    document = signed()
    document["@context"] = [*document["@context"], "https://litepub.example/ns"]

    proofs.verify(document, MEMBER_ED25519.public_key())


def test_a_linked_data_signature_beside_it_does_not_break_a_proof() -> None:
    """FEP-8b32 *Backward compatibility*: it is made after the proof and taken away before verifying."""
    document = {**signed(), "signature": {"type": "RsaSignature2017", "signatureValue": "x"}}

    proofs.verify(document, MEMBER_ED25519.public_key())


@pytest.mark.parametrize("created", ["2026-11-24T11:00:00+03:00", "2026-11-24T08:00:00.000Z"])
def test_times_of_other_zones_are_read(created: str) -> None:
    """xsd:dateTime."""
    claim = proofs.claim(with_proof(signed(), created=created))

    assert claim is not None
    assert claim.created == NOW


@pytest.mark.parametrize("created", [None, "yesterday", "2026-11-24T08:00:00+00:00Z", "2026-13-24T08:00:00Z", 7])
def test_an_unreadable_time_of_making_is_unknown(created: Any) -> None:
    """It is signed, and says nothing; what it decided would be the caller's matter."""
    options = {n: v for n, v in signed()["proof"].items() if n not in ("proofValue", "created")}
    options |= {} if created is None else {"created": created}
    value = multibase.encode(MEMBER_ED25519.sign(proofs.hash_data(DOCUMENT, options)))
    document = {**DOCUMENT, "proof": {**options, "proofValue": value}}

    proofs.verify(document, MEMBER_ED25519.public_key(), NOW)

    assert proofs.claim(document) == proofs.Claim(METHOD, None, None)


def test_a_proof_without_context_covers_the_documents_own() -> None:
    """active-boxes and older peers write none."""
    options = {n: v for n, v in signed()["proof"].items() if n not in ("proofValue", "@context")}
    value = multibase.encode(MEMBER_ED25519.sign(proofs.hash_data(DOCUMENT, options)))
    document = {**DOCUMENT, "proof": {**options, "proofValue": value}}

    proofs.verify(document, MEMBER_ED25519.public_key())
    assert refusal({**document, "@context": [*DOCUMENT["@context"], "https://evil.example/"]}) == "proof_invalid"


def test_one_proof_of_ours_among_others_is_found() -> None:
    """vc-data-integrity 2.1.1, proof sets."""
    document = signed()
    document["proof"] = [{**document["proof"], "cryptosuite": "mldsa44-jcs-2024"}, document["proof"]]

    proofs.verify(document, MEMBER_ED25519.public_key())


@given(st.dictionaries(st.text("abcdxyz", min_size=1, max_size=5), JSON, max_size=4))
def test_what_is_signed_is_verified_after_the_wire(members: dict[str, Any]) -> None:
    """Whatever the document, also after it was written and parsed again in another order."""
    document = proofs.attach({**DOCUMENT, **members}, MEMBER_ED25519, METHOD, NOW)

    received = json.loads(json.dumps(dict(reversed(document.items()))))

    proofs.verify(received, MEMBER_ED25519.public_key())
