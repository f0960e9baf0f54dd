"""What a side attests, as it arrives or as it is fetched from its own host, with its proof verified by the keys that it lists now."""

from typing import Any

import orjson

from actors.attested import keys_of
from actors.lookup import ActorRow, by_uri
from actors.remote import fetch_actor
from coopfed import limits
from coopfed.errors import BadMessage, FetchError
from coopfed.features.memberships import rules, store
from coopfed.features.memberships.rules import Heard, Problem
from coopfed.features.memberships.store import Signed
from coopfed.net.fetch import Budget, fetch_document
from coopfed.node import Node
from coopfed.outcomes import Outcome, Refusal
from coopfed.vocab.arrival import Arrival
from coopfed.vocab.memberships import Attestation, read_attestation
from coopfed.vocab.normalise import normalise
from coopfed.vocab.origin import authority, lies_with, same_authority
from coopfed.vocab.strict_json import parse


async def fresh(node: Node, row: ActorRow, budget: Budget) -> ActorRow:
    """The actor with the keys that it lists now: fetched again unless that was done within five minutes. FetchError when its host does
    not answer, RemoteGone when it is gone."""
    age = node.clock.now() - (row.fetched_at or 0)
    if row.local or age < node.clock.span(limits.KEY_REFETCH_SECONDS):
        return row
    return await fetch_actor(node, row.uri, budget)


async def arrived(node: Node, arrival: Arrival, member: str) -> tuple[Attestation, bytes]:
    """What the arrival's actor signed, as its `object` or `result` (`member`) holds it, or names it by its id.

    Refusals: `malformed`, `refused_author` for another's word, `refused_origin` for an id elsewhere, `refused_proof`. FetchError when a
    host does not answer now. Source: domain research 9.1; FEP-8b32.
    """
    author = arrival.activity.actor
    raw: Any = parse(arrival.raw).get(member)
    if isinstance(raw, list) and len(raw) == 1:
        raw = raw[0]
    if isinstance(raw, str) and same_authority(raw, author) and not node.urls.is_ours(raw):
        raw = parse((await fetch_document(node.http, raw, signer=node.signer, budget=node.budget())).raw)
    if not isinstance(raw, dict):
        raise Refusal(Outcome.MALFORMED, f"no document in {member}")
    kept = orjson.dumps(raw)
    if len(kept) > limits.ATTESTATION_BYTES:
        raise Refusal(Outcome.MALFORMED, f"{len(kept)} bytes for one membership")
    said = read_attestation(normalise(raw, key_stub=True))
    if said.author != author:
        raise Refusal(Outcome.REFUSED_AUTHOR, f"attested by {said.author}")
    problem = await _proved(node, raw, said)
    if problem is Problem.WRONG_ORIGIN:
        raise Refusal(Outcome.REFUSED_ORIGIN, f"{said.id} is not an id of {author}")
    if problem is not None:
        raise Refusal(Outcome.REFUSED_PROOF, problem.value)
    return said, kept


async def _proved(node: Node, raw: dict[str, Any], said: Attestation) -> Problem | None:
    """Why it is not its author's word; asked again with the keys as they are now when those that are known do not do."""
    problem = rules.proved(raw, said, await node.db.read(keys_of, said.author))
    if problem not in (Problem.WRONG_KEY, Problem.PROOF_INVALID):
        return problem
    author = await node.db.read(by_uri, said.author)
    if author is None or author.local:
        return problem
    await fresh(node, author, node.budget())
    return rules.proved(raw, said, await node.db.read(keys_of, said.author))


async def fetched(node: Node, uri: str, author: ActorRow, known: Signed | None, budget: Budget) -> tuple[Heard, bytes]:
    """What its own host shows under this id, judged by the keys of `author`, and its bytes. An older version than is `known` does not
    count: the newer one does.

    A problem instead of errors, but FetchError when the host does not answer now. Source: domain research 7 rule 6, 9.1.
    """
    if not lies_with(uri, author.uri):
        return Heard(problem=Problem.WRONG_ORIGIN), b""
    try:
        raw = await _document(node, uri, budget)
        if len(raw) > limits.ATTESTATION_BYTES:
            raise BadMessage(f"{len(raw)} bytes for one membership", reason="too_large")
        document = parse(raw)
        said = read_attestation(normalise(document, key_stub=True))
    except BadMessage:
        return Heard(problem=Problem.FETCH_FAILED), b""
    except FetchError as error:
        if error.temporary:
            raise
        return Heard(problem=Problem.FETCH_FAILED), b""
    if said.id != uri:
        return Heard(problem=Problem.WRONG_ORIGIN), b""
    if known is not None and known.uri == uri and int(said.updated.timestamp() * 1000) < known.updated_at:
        raw, document = known.document, parse(known.document)
        said = read_attestation(normalise(document, key_stub=True))
    if said.author != author.uri:
        return Heard(problem=Problem.WRONG_KEY), b""
    problem = rules.proved(document, said, await node.db.read(keys_of, author.uri))
    return (Heard(said), raw) if problem is None else (Heard(problem=problem), b"")


async def _document(node: Node, uri: str, budget: Budget) -> bytes:
    """The bytes under this id: stored ones of ours, else those that its host answers with."""
    if not node.urls.is_ours(uri):
        await node.refuse_blocked(authority(uri))
        return (await fetch_document(node.http, uri, signer=node.signer, budget=budget)).raw
    found = await node.db.read(store.document_by_uri, uri)
    if found is None:
        raise BadMessage(f"nothing of ours is attested under {uri}")
    return found
