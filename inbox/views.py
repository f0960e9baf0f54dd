"""POST to an inbox: what is refused before anything is stored, and 202 after the commit.

Before the 202 only what needs no object store and no fetch but the signer's key (design 9): type, size, shape, signature, date,
digest, blocked hosts, local impersonation, authority of the activity's id. Everything after is a named outcome on the item.
"""

import hashlib
from collections.abc import Awaitable

from actors.authenticate import Authenticated, authenticate
from actors.lookup import ActorRow, by_id, by_uri, local_by_handle
from actors.remote import REFRESH_ACTOR
from coopfed import limits
from coopfed.db import jobs
from coopfed.db.signals import Topic
from coopfed.db.tx import Tx
from coopfed.door import Response, Route
from coopfed.errors import BadMessage, CoopFedError, Forbidden, Gone, NotFound, Unavailable, UnsupportedType
from coopfed.features.follows import synchronise
from coopfed.ids import NODE_HANDLE
from coopfed.net import peers
from coopfed.node import Node
from coopfed.observe.logs import logger
from coopfed.observe.metrics import ADMITTED
from coopfed.outcomes import Refusal
from coopfed.signing.request import Request
from coopfed.vocab.arrival import Trust
from coopfed.vocab.document import read_activity
from coopfed.vocab.kinds import Kind, kind_of
from coopfed.vocab.normalise import normalise
from coopfed.vocab.origin import authority, check_activity_origin
from coopfed.vocab.records import Activity
from coopfed.vocab.strict_json import parse
from coopfed.vocab.terms import is_activity_media_type
from inbox.admit import AGAIN, Item, admit

log = logger("inbox")

_ACCEPTED = Response(202)
_KEPT_BYTES = 16 * limits.KIB


async def post_shared_inbox(node: Node, request: Request, client: str) -> Response:
    """The inbox of the whole node. Source: ActivityPub 7.1.3."""
    return await _receive(node, request, client, _anybody())


async def post_node_inbox(node: Node, request: Request, client: str) -> Response:
    """The node actor's inbox: what arrives there takes the same road."""
    return await _receive(node, request, client, _node_actor(node))


async def post_inbox(node: Node, request: Request, client: str, number: str) -> Response:
    """The inbox of one of our actors. 404 for an unknown one, 410 for a deleted one. Source: ActivityPub 5.2, 7."""
    return await _receive(node, request, client, _actor(node, int(number)))


async def _anybody() -> None:
    """The shared inbox has no owner."""


async def _node_actor(node: Node) -> None:
    if await node.db.read(local_by_handle, NODE_HANDLE) is None:
        raise NotFound("the node actor is not made yet")


async def _actor(node: Node, number: int) -> None:
    row = await node.db.read(by_id, number)
    if row is None or not row.local:
        raise NotFound(f"no actor {number}")
    if row.gone_at is not None:
        raise Gone(f"actor {number} is deleted")


async def _receive(node: Node, request: Request, client: str, owner: Awaitable[None]) -> Response:
    """The answer; `owner` raises when the inbox has none. Each refusal writes one line."""
    arrival = node.minter.mint()
    activity: Activity | None = None
    try:
        await owner
        _refuse_what_cannot_be_stored(node)
        activity = _read(request)
        _refuse_impersonation(node, activity)
        if await _is_end_of_a_stranger(node, activity):
            return _ACCEPTED
        await node.refuse_blocked(authority(activity.actor))
        signer = await authenticate(node, request, client)
        await _note_life(node, signer)
        await _refresh_when_stale(node, signer)
        await synchronise.hear(node, request, signer)
        new = await node.db.write_batched(
            admit, _item(arrival, activity, signer, request, node.clock.now()), wakes=(Topic.ARRIVALS,)
        )
    except CoopFedError as error:
        _log_refusal(node, arrival, activity, request, client, error)
        raise
    if new and activity.type not in AGAIN and len(request.body) <= _KEPT_BYTES:
        # Not what runs again under its row's older number, and not what would fill the memory.
        node.memory.activities.put(arrival, activity)
    node.meters.count(ADMITTED, "yes" if new else "no")
    log.info("inbox_accepted", arrival=arrival, activity=activity.id, type=activity.type, actor=activity.actor, new=new)
    return _ACCEPTED


def _log_refusal(
    node: Node, arrival: int, activity: Activity | None, request: Request, client: str, error: CoopFedError
) -> None:
    node.refusals.warning(
        log,
        "inbox_refused",
        arrival=arrival,
        reason=error.reason,
        detail=str(error),
        status=error.status_code,
        actor=activity.actor if activity else None,
        type=activity.type if activity else None,
        bytes=len(request.body),
        client=client,
    )


def _refuse_what_cannot_be_stored(node: Node) -> None:
    if node.stopping:
        raise Unavailable("the node is stopping", reason="stopping")
    if node.disk_low:
        raise Unavailable("the disk is nearly full", reason="disk_full", retry_after=300)
    if node.waiting_arrivals > limits.INBOX_BACKLOG:
        raise Unavailable("too many arrivals wait", reason="backlog", retry_after=60)


def _read(request: Request) -> Activity:
    content_type = request.header("content-type")
    bare = (content_type or "").partition(";")[0].strip().lower()
    if not is_activity_media_type(content_type) and bare != "application/json":
        raise UnsupportedType(f"content type {content_type!r}")
    if request.header("content-encoding") not in (None, "identity"):
        raise UnsupportedType("compressed bodies are not read", reason="content_encoding")
    return read_activity(normalise(parse(request.body)))


def _refuse_impersonation(node: Node, activity: Activity) -> None:
    """Nobody speaks as one of us from outside, and an id lies on its actor's host: the id is what duplicates are known by."""
    if authority(activity.actor) == node.config.authority or node.urls.is_ours(activity.actor):
        raise Forbidden(f"{activity.actor} is an actor of this node", reason="local_impersonation")
    if not activity.actor.startswith("https://") and not node.config.development:
        raise BadMessage("the actor's id is not https", reason="not_https")
    try:
        check_activity_origin(activity)
    except Refusal as refusal:
        raise Forbidden(str(refusal), reason="id_origin") from refusal


async def _is_end_of_a_stranger(node: Node, activity: Activity) -> bool:
    """A Delete of an actor by itself that was never seen here: nothing to do, and no key to fetch. Deletes of unknown actors
    are the bulk of what a small node receives."""
    if activity.type != "Delete" or kind_of(activity) is not Kind.ACTOR:
        return False
    row: ActorRow | None = await node.db.read(by_uri, activity.actor)
    return row is None


async def _note_life(node: Node, signer: Authenticated) -> None:
    peer = await node.peer(signer.host)
    if peer is not None and peer.slow:
        await node.db.write(_heard, signer.host, node.clock.now(), wakes=(Topic.DELIVERIES,))
        node.memory.peers.drop(signer.host)


async def _refresh_when_stale(node: Node, signer: Authenticated) -> None:
    """An actor whose document is older than a day is asked for again, in the background and once."""
    now = node.clock.now()
    if signer.fetched_at and now - signer.fetched_at > node.clock.span(limits.ACTOR_FRESH_SECONDS):
        await node.db.write(jobs.ensure, node.minter.mint(), REFRESH_ACTOR, signer.actor_uri, now)


def _heard(tx: Tx, host: str, now: int) -> None:
    peers.heard_from(tx, host, now)


def _item(arrival: int, activity: Activity, signer: Authenticated, request: Request, now: int) -> Item:
    body_hash = hashlib.sha256(request.body).digest()
    direct = signer.actor_uri == activity.actor
    return Item(
        id=arrival,
        signer_id=signer.actor_id,
        # An activity without an id is transient: it is known by its body.
        activity_uri=activity.id or f"{activity.actor}#{body_hash.hex()}",
        type=activity.type,
        raw=request.body,
        body_hash=body_hash,
        scheme=signer.scheme.value,
        key_id=signer.key_id,
        signature_base=signer.signature_base[: limits.SIGNATURE_HEADER_LENGTH],
        trust=(Trust.DIRECT if direct else Trust.RELAYED).value,
        received_at=now,
    )


ROUTES = (
    Route("POST", "/inbox", post_shared_inbox, body_bytes=limits.INBOX_BODY_BYTES),
    Route("POST", "/ap/node/inbox", post_node_inbox, body_bytes=limits.INBOX_BODY_BYTES),
    Route("POST", "/ap/actors/<id>/inbox", post_inbox, body_bytes=limits.INBOX_BODY_BYTES),
)
