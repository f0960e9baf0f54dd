"""FEP-8b32 object integrity proofs with eddsa-jcs-2022: a signature that travels inside the document.

Only the suite that needs no JSON-LD is made and read. A proof says that the holder of a key wrote this document; that
the key is in its owner's `assertionMethod`, and that the owner may say so, is for the caller.
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from coopfed import limits
from coopfed.errors import BadMessage
from coopfed.signing import jcs, multibase
from coopfed.signing.faults import SignatureFault, refused
from coopfed.signing.keys import verifies

SUITE: Final = "eddsa-jcs-2022"
TYPE: Final = "DataIntegrityProof"
PURPOSE: Final = "assertionMethod"

_SIGNATURE_BYTES: Final = 64
_PROOF_VALUE_LENGTH: Final = 1 + 90
"""`z` and at most as many base58 digits as 64 bytes can need, with a little air."""

_SECURING: Final = frozenset({"proof", "signature"})
"""No part of the secured document. An LD signature is made after the proof (FEP-8b32, *Backward compatibility*)."""

_DATETIME_LENGTH: Final = 64
_XSD_DATETIME: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)")


@dataclass(frozen=True, slots=True)
class Claim:
    """What a proof says before it is verified: by which key, made when, good until when (aware UTC).

    `created` is None when the proof does not say, or says it unreadably: active-boxes 0.2.6 writes "+00:00Z".
    """

    verification_method: str
    created: datetime | None
    expires: datetime | None


def attach(
    document: dict[str, Any], key: Ed25519PrivateKey, verification_method: str, created: datetime
) -> dict[str, Any]:
    """A copy of the document with a proof by this key. `created` is aware and kept to the second.

    A former proof is replaced. The document must be what is sent, member by member: a proof covers every one of them.
    Raises BadMessage when the document has no canonical form. Source: FEP-8b32 *Proof generation*; vc-di-eddsa 3.3.1.
    """
    plain = {name: value for name, value in document.items() if name not in _SECURING}
    proof: dict[str, Any] = {"@context": plain["@context"]} if "@context" in plain else {}
    proof |= {
        "type": TYPE,
        "cryptosuite": SUITE,
        "verificationMethod": verification_method,
        "proofPurpose": PURPOSE,
        "created": created.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
    }
    signature = key.sign(hash_data(plain, proof))
    return {**plain, "proof": {**proof, "proofValue": multibase.encode(signature)}}


def claim(document: dict[str, Any]) -> Claim | None:
    """What the document's proof claims, so that the key can be had; None when it carries none of this suite.

    Raises Unauthenticated `proof_malformed` when there is one that cannot be meant seriously, or several.
    Source: FEP-8b32, vc-data-integrity 2.1.
    """
    proof = _proof(document)
    if proof is None:
        return None
    expires = _moment(proof.get("expires"))
    if expires is None and proof.get("expires") is not None:
        raise refused(SignatureFault.PROOF_MALFORMED, "expires is no date with a time zone")
    return Claim(proof["verificationMethod"], _moment(proof.get("created")), expires)


def verify(document: dict[str, Any], key: Ed25519PublicKey, now: datetime | None = None) -> None:
    """Passes when the document, as parsed from the wire, carries a valid proof by this key.

    With `now` an expired proof is refused too; without it a proof is judged as of its making: for kept attestations.
    Raises Unauthenticated `proof_missing`, `proof_malformed`, `proof_context`, `proof_invalid` or `expired`; BadMessage
    when the document has no canonical form. Source: FEP-8b32 *Proof verification*; vc-di-eddsa 3.3.2.
    """
    found = claim(document)
    proof = _proof(document)
    if found is None or proof is None:
        raise refused(SignatureFault.PROOF_MISSING, "no eddsa-jcs-2022 proof")
    if now is not None and found.expires is not None and found.expires < now:
        raise refused(SignatureFault.EXPIRED, f"at {found.expires.isoformat()}")
    plain = {name: value for name, value in document.items() if name not in _SECURING}
    if "@context" in proof:
        _check_context(plain.get("@context"), proof["@context"])
        # A peer may add contexts behind; what was signed are the first ones.
        plain["@context"] = proof["@context"]
    value = proof["proofValue"]
    options = {name: member for name, member in proof.items() if name != "proofValue"}
    if not verifies(key, _signature(value), hash_data(plain, options)):
        raise refused(SignatureFault.PROOF_INVALID, f"not by the key {found.verification_method[:200]}")


def hash_data(document: dict[str, Any], options: dict[str, Any]) -> bytes:
    """The 64 bytes that are signed: the hash of the proof's options, then that of the document without proof.

    Raises BadMessage when either has no canonical form. Source: vc-di-eddsa 3.3.4.
    """
    return jcs.sha256(options) + jcs.sha256(document)


def _proof(document: dict[str, Any]) -> dict[str, Any] | None:
    given = document.get("proof")
    entries = given if isinstance(given, list) else [given]
    found = [entry for entry in entries if isinstance(entry, dict) and entry.get("cryptosuite") == SUITE]
    if len(found) > 1:
        raise refused(SignatureFault.PROOF_MALFORMED, "several proofs of one suite")
    if not found:
        return None
    proof = found[0]
    method, value = proof.get("verificationMethod"), proof.get("proofValue")
    if proof.get("type") != TYPE or proof.get("proofPurpose") != PURPOSE:
        raise refused(SignatureFault.PROOF_MALFORMED, "another type or purpose")
    if not isinstance(method, str) or not isinstance(value, str) or len(method) > limits.ID_LENGTH:
        raise refused(SignatureFault.PROOF_MALFORMED, "no verificationMethod or no proofValue")
    return proof


def _check_context(document: Any, proof: Any) -> None:
    ours = document if isinstance(document, list) else [document]
    theirs = proof if isinstance(proof, list) else [proof]
    if ours[: len(theirs)] != theirs:
        raise refused(SignatureFault.PROOF_CONTEXT, "the document's context does not start with the proof's")


def _signature(value: str) -> bytes:
    try:
        signature = multibase.decode(value, _PROOF_VALUE_LENGTH)
    except BadMessage as error:
        raise refused(SignatureFault.PROOF_MALFORMED, str(error)) from error
    if len(signature) != _SIGNATURE_BYTES:
        raise refused(SignatureFault.PROOF_MALFORMED, f"a signature of {len(signature)} bytes")
    return signature


def _moment(text: Any) -> datetime | None:
    if not isinstance(text, str) or len(text) > _DATETIME_LENGTH or not _XSD_DATETIME.fullmatch(text):
        return None
    try:
        return datetime.fromisoformat(text).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
