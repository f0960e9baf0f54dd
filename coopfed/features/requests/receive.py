"""Proposals and their deletion, as they arrive: gather, check, apply.

An older version changes nothing, whatever comes twice, late or out of order. Source: domain research 8; API contract 4.
"""

from dataclasses import dataclass

import orjson

from actors import proposal_readers, umbrellas
from actors.lookup import ActorRow, by_uri
from actors.remote import known_actor
from coopfed import limits
from coopfed.clock import DAY_MS
from coopfed.db.tx import Tx
from coopfed.errors import BadMessage
from coopfed.features.posts import store as posts
from coopfed.features.requests import remote, store, telling
from coopfed.features.requests.remote import Came
from coopfed.features.requests.store import RequestRow
from coopfed.net.fetch import fetch_document
from coopfed.node import Node, Stamp
from coopfed.outcomes import Outcome, Refusal
from coopfed.vocab.arrival import Arrival, Trust
from coopfed.vocab.origin import same_authority
from coopfed.vocab.proposals import read_proposal
from coopfed.vocab.strict_json import parse
from coopfed.vocab.terms import PUBLIC


@dataclass(frozen=True, slots=True)
class ProposalFacts:
    """A Proposal as it came; whether somebody here follows its author, is named in it, is a member of the umbrella whose members it is for,
    or has it already; whether its proof, if it has one, holds; and whether too many of its author's came today."""

    came: Came
    concerns_us: bool
    sound: bool
    flood: bool = False


async def gather_proposal(node: Node, arrival: Arrival) -> ProposalFacts:
    """The Proposal and what is known of it."""
    ref = arrival.activity.object
    if ref is None or ref.embedded is None or ref.id is None:
        raise BadMessage("no Proposal")
    if ref.type != "Proposal":
        raise Refusal(Outcome.UNSUPPORTED, f"{arrival.activity.type} of a {ref.type}")
    document, raw = await _as_served(node, arrival, ref.id, ref.embedded)
    record = read_proposal(document)
    try:
        remote.check(record, arrival.activity.actor, raw)
    except BadMessage as error:
        outcome = Outcome.REFUSED_AUTHOR if error.reason == "not_its_author" else Outcome.MALFORMED
        raise Refusal(outcome, str(error)) from error
    addressed = (*record.to, *record.cc)
    author, concerns_us, flood = await node.db.read(_proposal_facts, arrival, record.id, addressed, node)
    sound = await remote.proofless_or_valid(node, raw, record.author) if concerns_us and not flood else True
    return ProposalFacts(Came(record, author, document, raw), concerns_us, sound, flood)


async def _as_served(
    node: Node, arrival: Arrival, uri: str, embedded: remote.Document
) -> tuple[remote.Document, bytes]:
    """The Proposal with its bytes: as its author sent it, else as its own host serves it: of what a messenger says nothing holds, and of
    what came by its id alone the arrival has no bytes. Refusal `refused_origin`; FetchError."""
    raw = _object_of(arrival.raw)
    if raw and arrival.trust is not Trust.RELAYED:
        return embedded, raw
    if not same_authority(uri, arrival.activity.actor):
        raise Refusal(Outcome.REFUSED_ORIGIN, "the Proposal lies on another host than its actor")
    budget = node.budget()
    fetched = await fetch_document(node.http, uri, signer=node.signer, budget=budget)
    await known_actor(node, arrival.activity.actor, budget)
    return fetched.document, fetched.raw


def _object_of(raw: bytes) -> bytes:
    """The embedded object's own bytes: its proof is over all its members, also those that nobody here reads."""
    found = parse(raw).get("object")
    found = found[0] if isinstance(found, list) and found else found
    return orjson.dumps(found) if isinstance(found, dict) else b""


def _proposal_facts(
    tx: Tx, arrival: Arrival, uri: str, addressed: tuple[str, ...], node: Node
) -> tuple[ActorRow, bool, bool]:
    author = by_uri(tx, arrival.activity.actor)
    if author is None:
        raise Refusal(Outcome.IRRELEVANT, "the actor is not known here")
    ours = any(node.urls.actor_number(one) for one in addressed)
    # What a group passes on has readers here, else it would have been refused.
    ours = ours or arrival.group is not None
    if not ours and PUBLIC not in addressed:
        ours = umbrellas.of_members(tx, addressed) is not None
    if store.by_uri(tx, uri) is not None:
        return author, True, False
    since = node.clock.now() - node.clock.span(DAY_MS // 1000)
    flood = not author.local and store.come_since(tx, author.id, since) >= limits.REQUESTS_A_DAY
    return author, ours or posts.followed_here(tx, author.id), flood


def check_proposal(_arrival: Arrival, facts: ProposalFacts) -> None:
    """Of its author's own word, for somebody here."""
    if facts.came.author.gone_at is not None:
        raise Refusal(Outcome.IRRELEVANT, "the author is gone")
    if not facts.concerns_us:
        raise Refusal(Outcome.IRRELEVANT, "nobody here follows its author, is addressed or has it")
    if facts.flood:
        raise Refusal(Outcome.REFUSED_FLOOD, f"{limits.REQUESTS_A_DAY} requests of its author came since yesterday")
    if not facts.sound:
        raise Refusal(Outcome.REFUSED_AUTHOR, "its proof does not hold")


def apply_proposal(tx: Tx, arrival: Arrival, facts: ProposalFacts, stamp: Stamp) -> Outcome:
    """Stores it, when it is newer than what is here."""
    if arrival.trust is Trust.DIRECT:
        proposal_readers.spoke(tx, facts.came.author.id)
    if remote.stored(tx, facts.came, stamp) is not None:
        return Outcome.ACCEPTED
    known = store.by_uri(tx, facts.came.record.id)
    return Outcome.REFUSED_DELETED if known is None or known.deleted_at is not None else Outcome.DUPLICATE


# --- Delete, after the handler of posts, which remembers what was never seen -----------------------------------------


async def gather_delete(node: Node, arrival: Arrival) -> RequestRow | None:
    """The request that is deleted, when it is one."""
    ref = arrival.activity.object
    return await node.db.read(store.by_uri, ref.id) if ref is not None and ref.id is not None else None


def check_delete(arrival: Arrival, row: RequestRow | None) -> None:
    """Whose it is, is asked where it is deleted: this handler refuses nothing that another takes."""


def apply_delete(tx: Tx, arrival: Arrival, row: RequestRow | None, stamp: Stamp) -> Outcome:
    """The request of the deleting actor becomes a tombstone; neighbours on one host are strangers."""
    actor = by_uri(tx, arrival.activity.actor)
    if row is None or actor is None or row.actor_id != actor.id or row.local:
        return Outcome.IRRELEVANT
    if row.deleted_at is None:
        telling.wipe(tx, row, stamp.now)
    return Outcome.ACCEPTED
