"""Whether a document carries its actor's proof (FEP-8b32): for what is kept as it came, with whoever signed it."""

from enum import Enum

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from actors.keys import find_key
from coopfed.errors import BadMessage, CoopFedError, FetchError, Unauthenticated
from coopfed.node import Node
from coopfed.signing import proofs
from coopfed.vocab.origin import authority, same_authority
from coopfed.vocab.strict_json import parse


class Proof(Enum):
    """What became of looking at a proof."""

    NONE = "none"
    VALID = "valid"
    INVALID = "invalid"
    """Of another key, or the document was changed."""


async def proof_of(node: Node, raw: bytes, actor_uri: str) -> Proof:
    """Whether the bytes of a document carry a proof by a key of this actor, judged as of its making. FetchError when the key cannot be had
    now. Source: FEP-8b32 *Proof verification*."""
    document = parse(raw)
    if document.get("proof") is None:
        return Proof.NONE
    try:
        claim = proofs.claim(document)
        if claim is None:
            # Of another suite, which nobody here can tell.
            return Proof.NONE
        if not same_authority(claim.verification_method, actor_uri):
            return Proof.INVALID
        known = await find_key(node, claim.verification_method, authority(claim.verification_method))
        if known.actor_uri != actor_uri or not isinstance(known.key, Ed25519PublicKey):
            return Proof.INVALID
        proofs.verify(document, known.key)
    except (Unauthenticated, BadMessage):
        return Proof.INVALID
    except CoopFedError as error:
        raise FetchError(str(error), reason=error.reason) from error
    return Proof.VALID
