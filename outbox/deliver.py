"""One delivery: signed at the moment of sending and POSTed through the guarded client.

Two knocks: the kind of signature the host took last, then the other one on 400 or 401, in the way that the refusal asked for. A
retry needs a new Date, so nothing is signed when it is queued.
"""

import asyncio
from dataclasses import dataclass
from functools import partial

import orjson

from actors.local import ED25519, signing_key
from actors.synchronisation import claim_for, written
from coopfed.errors import AddressRefused, CoopFedError, FetchError, PeerBlocked, StorageError
from coopfed.net.client import Answer as HttpAnswer
from coopfed.net.fetch import retry_after
from coopfed.node import Node, SigningKey
from coopfed.signing import cavage, messages
from coopfed.signing.keys import sign_bytes
from coopfed.signing.messages import Challenge
from coopfed.signing.request import SYNCHRONIZATION, Prepared, Request
from coopfed.signing.verify import Scheme
from coopfed.vocab.terms import ACTIVITY_JSON
from outbox.queue import Due, knows_key
from outbox.retry import Answer

_KNOCK_AGAIN = frozenset({400, 401})


@dataclass(frozen=True, slots=True)
class Delivered:
    """What one delivery gave, and the kind of signature the host took (None when it took none)."""

    answer: Answer
    scheme: str | None


async def deliver(node: Node, due: Due, scheme: str) -> Delivered:
    """Sends one activity to one inbox. Never raises for what the peer or the network does;
    StorageError when the key could not be read: nothing was sent. Source: ActivityPub 7."""
    try:
        request = await _request(node, due)
        first, *others = await _keys(node, due)
        delivered = await _knock(node, due, request, first, Scheme(scheme))
        for key in others:
            if delivered.answer.status != 401:
                break
            delivered = await _knock(node, due, request, key, Scheme(scheme))
        return delivered
    except (AddressRefused, PeerBlocked) as error:
        return Delivered(Answer(None, error.reason, final=True), None)
    except StorageError:
        raise
    except FetchError as error:
        return Delivered(Answer(error.status, error.reason, error.retry_after), None)
    except CoopFedError as error:
        # Our own fault (a key that cannot be opened): kept and tried again, the operator sees the reason.
        return Delivered(Answer(None, error.reason, ours=True), None)


async def _keys(node: Node, due: Due) -> list[SigningKey]:
    """The keys to sign with, the likelier first: one, but two while a rotation is under way. Who has the Update that announced
    the new key has dropped the old one; who has not may have pinned it (GoToSocial, Misskey)."""
    old = await signing_key(node, due.actor_id)
    new = await signing_key(node, due.actor_id, newest=True)
    if old.id == new.id:
        return [old]
    return [new, old] if await node.db.read(knows_key, due, new.id) else [old, new]


async def _request(node: Node, due: Due) -> Request:
    """The request to send. A post for followers tells their host which of them are known here. Source: FEP-8fcf *On the sender end*."""
    headers = [("content-type", ACTIVITY_JSON)]
    if due.private:
        document = orjson.loads(due.body)
        actor = document["actor"]
        if f"{actor}/followers" in (*document.get("to", ()), *document.get("cc", ())):
            claim = await node.db.read(claim_for, due.actor_id, actor, due.peer_id)
            headers += [(SYNCHRONIZATION.lower(), written(claim))] if claim is not None else []
    return Request.to("POST", due.inbox, tuple(headers), due.body)


async def _knock(node: Node, due: Due, request: Request, key: SigningKey, first: Scheme) -> Delivered:
    answer = await _post(node, due, request, key, first)
    if answer.status not in _KNOCK_AGAIN:
        return _judged(node, answer, first)
    if "?" in request.target and first is Scheme.CAVAGE:
        # Takahē, Friendica and Mobilizon check the path without the query.
        without = await _post(node, due, request, key, first, with_query=False)
        if without.status not in _KNOCK_AGAIN:
            return _judged(node, without, first)
    as_asked, key_asked = await _challenged(node, due, request, key, answer)
    if as_asked is not None and first is Scheme.RFC9421:
        answer = await _post(node, due, request, key_asked, first, wanted=as_asked)
        if answer.status not in _KNOCK_AGAIN:
            return _judged(node, answer, first)
    if first is Scheme.CAVAGE:
        second, other = Scheme.RFC9421, await _post(node, due, request, key_asked, Scheme.RFC9421, wanted=as_asked)
    else:
        second, other = Scheme.CAVAGE, await _post(node, due, request, key, Scheme.CAVAGE)
    if other.status >= 500:
        # activitypub-express breaks on a kind that it does not know; it had refused before, and is not in trouble.
        return _judged(node, answer, first)
    return _judged(node, other, second)


async def _challenged(
    node: Node, due: Due, request: Request, key: SigningKey, answer: HttpAnswer
) -> tuple[Challenge | None, SigningKey]:
    """How the answer asks to be signed to, and the key for it; None and the key at hand when it asks nothing that we can do.

    Source: RFC 9421 5.2.
    """
    header = answer.headers.get("Accept-Signature")
    if header is None:
        return None, key
    other = await signing_key(node, due.actor_id, ED25519)
    keys = {messages.RSA: key.id, messages.RSA_PSS: key.id, messages.ED25519: other.id}
    wanted = messages.challenge(header, request, keys)
    return wanted, other if wanted is not None and wanted.algorithm == messages.ED25519 else key


async def _post(
    node: Node,
    due: Due,
    request: Request,
    key: SigningKey,
    scheme: Scheme,
    *,
    with_query: bool = True,
    wanted: Challenge | None = None,
) -> HttpAnswer:
    now = node.utc()
    prepared: Prepared = (
        cavage.prepare(key.key, key.id, request, now, with_query=with_query)
        if scheme is Scheme.CAVAGE
        else messages.prepare(key.id, request, now, wanted)
    )
    pss = wanted is not None and wanted.algorithm == messages.RSA_PSS
    loop = asyncio.get_running_loop()
    # An RSA signature holds the loop for 250 µs, but releases the interpreter lock: two threads use the second core.
    signature = await loop.run_in_executor(node.signing_threads, partial(sign_bytes, key.key, prepared.base, pss=pss))
    return await node.http.request("POST", due.inbox, prepared.headers(signature), request.body)


def _judged(node: Node, answer: HttpAnswer, scheme: Scheme) -> Delivered:
    error = None if 200 <= answer.status < 300 else f"status_{answer.status}"
    judged = Answer(answer.status, error, retry_after(answer.headers.get("Retry-After"), node.utc()))
    return Delivered(judged, scheme.value if judged.delivered else None)
