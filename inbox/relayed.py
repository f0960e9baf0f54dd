"""What somebody else signed: believed only with the actor's own proof, or when its origin says the same.

A forwarded or relayed activity is not refused (the signer may be a friendly forwarder), but nothing in its body holds: with a
valid FEP-8b32 proof of the actor it does, else the object is fetched by id from its own host, or found to be gone there.
"""

from dataclasses import replace
from datetime import datetime, timedelta

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from actors.keys import find_key
from coopfed import limits
from coopfed.db.tx import Tx
from coopfed.errors import BadMessage, CoopFedError, FetchError, RemoteGone, Unauthenticated
from coopfed.features.posts.store import by_uri
from coopfed.net.fetch import fetch_document
from coopfed.node import Node
from coopfed.outcomes import Outcome, Refusal
from coopfed.signing import proofs
from coopfed.vocab.arrival import Arrival, Trust
from coopfed.vocab.audience import OPEN
from coopfed.vocab.origin import authority, same_authority
from coopfed.vocab.records import ObjectRef
from coopfed.vocab.strict_json import parse
from inbox.admit import came_directly


async def confirmed(node: Node, arrival: Arrival) -> Arrival:
    """The arrival as far as it can be believed. Refusal `refused_relayed` when nothing confirms it.

    FetchError when the origin does not answer now. Source: FEP-8b32 *Verification*; s2s research 2.16.
    """
    if await has_proof(node, arrival):
        if await node.db.read(came_directly, arrival.activity.actor, arrival.activity.id):
            # Whoever kept it plays it again, perhaps after its end: what the actor sent itself needs no second messenger.
            raise Refusal(Outcome.DUPLICATE, "its actor sent it already")
        return replace(arrival, trust=Trust.DIRECT)
    ref = arrival.activity.object
    if ref is None or ref.id is None or not same_authority(ref.id, arrival.activity.actor):
        raise Refusal(Outcome.REFUSED_RELAYED, "no proof, and no object of the actor's own host")
    if arrival.activity.type in ("Create", "Update") and ref.id != arrival.activity.actor:
        # Without the embedded object the handler fetches it from its origin.
        return _with_object(arrival, ObjectRef(ref.id))
    if arrival.activity.type == "Delete" and await _is_gone(node, ref.id, arrival.activity.actor):
        return arrival
    raise Refusal(Outcome.REFUSED_RELAYED, f"{arrival.activity.type} without a proof")


def _with_object(arrival: Arrival, ref: ObjectRef) -> Arrival:
    return replace(arrival, activity=replace(arrival.activity, objects=(ref,)))


async def refuse_blocked_origin(node: Node, arrival: Arrival) -> None:
    """Refusal `peer_blocked` when the actor's host was blocked since the arrival was taken, or is spoken for by others."""
    if await node.is_blocked(authority(arrival.activity.actor)):
        raise Refusal(Outcome.PEER_BLOCKED, "the actor's host is blocked")


async def has_proof(node: Node, arrival: Arrival) -> bool:
    """Whether the arrival carries a proof of its actor that holds. FetchError when the key cannot be had now.

    Source: FEP-8b32 *Verification*.
    """
    try:
        document = parse(arrival.raw)
        claim = proofs.claim(document)
        if claim is None or not same_authority(claim.verification_method, arrival.activity.actor):
            # An actor's key lies on its host: what a stranger names elsewhere is not asked for.
            return False
        known = await find_key(node, claim.verification_method, authority(claim.verification_method))
        if known.actor_uri != arrival.activity.actor or not isinstance(known.key, Ed25519PublicKey):
            return False
        proofs.verify(document, known.key, node.utc())
        if arrival.activity.type != "Create" and not _is_fresh(claim.created, node.utc()):
            # A post may be shown long after; an old Undo, Follow or Update played again by anybody would undo what came since.
            return False
    except (Unauthenticated, BadMessage):
        return False
    except CoopFedError as error:
        raise FetchError(str(error), reason=error.reason) from error
    return True


def _is_fresh(created: datetime | None, now: datetime) -> bool:
    past, future = timedelta(seconds=limits.SIGNATURE_PAST_SECONDS), timedelta(seconds=limits.SIGNATURE_FUTURE_SECONDS)
    return created is not None and now - past <= created <= now + future


async def _is_gone(node: Node, uri: str, actor_uri: str) -> bool:
    """Whether the origin says that the object was deleted. 404 says so of what is known here and public; of other posts it is what
    everybody hears who may not see them, of an actor perhaps that we are blocked there, and of an id that is yet to be given that
    nothing was there: who can count could bury what will be said."""
    try:
        found = await fetch_document(node.http, uri, signer=node.signer, budget=node.budget())
    except RemoteGone as gone:
        return gone.status == 410 or (uri != actor_uri and await node.db.read(_is_open, uri))
    return found.document.get("type") == "Tombstone"


def _is_open(tx: Tx, uri: str) -> bool:
    post = by_uri(tx, uri)
    return post is not None and post.visibility in OPEN
