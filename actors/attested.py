"""Whether a document carries its actor's proof (FEP-8b32): for what is kept as it came, with whoever signed it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from sqlalchemy import bindparam, literal_column, select

from actors.keys import find_key
from actors.lookup import actor
from actors.remote import actor_key
from coopfed.clock import utc
from coopfed.db.tx import Tx
from coopfed.errors import BadMessage, CoopFedError, FetchError, Unauthenticated
from coopfed.node import Node
from coopfed.signing import proofs
from coopfed.signing.keys import load_multikey
from coopfed.vocab import values
from coopfed.vocab.origin import authority, same_authority
from coopfed.vocab.strict_json import parse

_KEYS = (
    select(actor_key.c.uri, actor_key.c.public, actor_key.c.retired_at)
    .join(actor, actor.c.id == actor_key.c.actor_id)
    .where(actor.c.uri == bindparam("owner"), actor_key.c.kind == literal_column("'ed25519'"))
)


class Proof(Enum):
    """What became of looking at a proof."""

    NONE = "none"
    VALID = "valid"
    INVALID = "invalid"
    """Of another key, or the document was changed."""


class Flaw(Enum):
    """Why a document is not its author's word."""

    PROOF_MISSING = "proof_missing"
    PROOF_INVALID = "proof_invalid"
    WRONG_KEY = "wrong_key"
    """Its author does not list the key, or had retired it by then."""


@dataclass(frozen=True, slots=True)
class Key:
    """An Ed25519 key that its owner lists, and until when it signs (aware UTC); None for one that is in use."""

    public: Ed25519PublicKey
    until: datetime | None = None


def keys_of(tx: Tx, owner: str) -> Mapping[str, Key]:
    """The Ed25519 keys that this actor lists, as they are stored here, retired ones with their end. A unit of work."""
    found: dict[str, Key] = {}
    for row in tx.execute(_KEYS, {"owner": owner}):
        public = load_multikey(row.public)
        if isinstance(public, Ed25519PublicKey):
            found[row.uri] = Key(public, utc(row.retired_at) if row.retired_at is not None else None)
    return found


def flaw_of(document: dict[str, Any], written: datetime | None, keys: Mapping[str, Key]) -> Flaw | None:
    """Why a document, as parsed from the wire, is not the word of whoever has these keys (by their ids); None when it is. Pure.

    A key that was retired vouches for what it signed before, as long as its owner lists it: both what the proof says of when it was made
    and the moment that the document itself bears (`written`) have to be before its end; a proof that does not say is not believed of it.
    Source: FEP-8b32 *Verification*; FEP-521a.
    """
    try:
        claim = proofs.claim(document)
        if claim is None:
            return Flaw.PROOF_MISSING
        key = keys.get(claim.verification_method)
        if key is None:
            return Flaw.WRONG_KEY
        if key.until is not None and (
            claim.created is None or max(claim.created, written or claim.created) > key.until
        ):
            return Flaw.WRONG_KEY
        proofs.verify(document, key.public)
    except (Unauthenticated, BadMessage):
        return Flaw.PROOF_INVALID
    return None


async def proof_of(node: Node, raw: bytes, actor_uri: str) -> Proof:
    """Whether the bytes of a document carry a proof by a key of this actor, judged as of its making: one that was retired since, while the
    document was on its way, holds for it. FetchError when the key cannot be had now. Source: FEP-8b32 *Proof verification*."""
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
        keys = await node.db.read(keys_of, actor_uri)
        if claim.verification_method not in keys:
            await _fetched(node, claim.verification_method)
            keys = await node.db.read(keys_of, actor_uri)
    except (Unauthenticated, BadMessage):
        return Proof.INVALID
    except CoopFedError as error:
        raise FetchError(str(error), reason=error.reason) from error
    written = values.when(document.get("published"))
    return Proof.VALID if flaw_of(document, written, keys) is None else Proof.INVALID


async def _fetched(node: Node, key_id: str) -> None:
    try:
        await find_key(node, key_id, authority(key_id))
    except Unauthenticated:
        # Fetched with its actor all the same, where it is listed as retired.
        return
