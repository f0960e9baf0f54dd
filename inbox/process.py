"""One stored arrival through its route, in one write; the outcome named on the item.

A temporary failure to fetch something comes again later; a fault of ours keeps the item with its error, to be replayed.
"""

from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import bindparam, case, literal, update

from actors.lookup import by_id, by_uri
from coopfed.clock import utc
from coopfed.db.models.traffic import DEAD, DONE, WAITING
from coopfed.db.tx import Tx
from coopfed.errors import BadMessage, CoopFedError, FetchError, PeerBlocked, StorageError, Unstorable
from coopfed.node import Node, Stamp
from coopfed.observe.logs import logger
from coopfed.observe.metrics import ARRIVALS
from coopfed.outcomes import Outcome, Refusal
from coopfed.vocab.arrival import Arrival, Trust
from coopfed.vocab.document import read_activity, read_keys
from coopfed.vocab.kinds import Kind, kind_of
from coopfed.vocab.normalise import normalise
from coopfed.vocab.strict_json import parse
from inbox.admit import inbox_item
from inbox.announced import unwrapped
from inbox.moderated import moderated
from inbox.named import named
from inbox.relayed import confirmed, refuse_blocked_origin
from inbox.routing import ROUTES, Handler
from outbox.relays import is_relay

log = logger("inbox")

RETRIES = (60, 300, 900, 3600, 7200, 14400, 28800)
"""Seconds before the next try, when something had to be fetched and its host did not answer."""

_KEPT = frozenset({Outcome.FAILED.value, Outcome.UNREACHABLE.value})
"""Outcomes after which the body is kept, to be replayed. Of others it goes: what was deleted or concerned nobody is not stored.
With KEEP_BODIES all are kept, to be looked at."""

_ENDS = frozenset({"Delete", "Undo", "Block", "Reject"})

_FINISH = (
    update(inbox_item)
    .where(inbox_item.c.id == bindparam("item"), inbox_item.c.state == 0)
    .values(
        state=bindparam("new_state"),
        outcome=bindparam("named"),
        error=bindparam("why"),
        attempts=inbox_item.c.attempts + 1,
        due_at=bindparam("due"),
        raw=case((bindparam("keep"), inbox_item.c.raw), else_=literal(b"")),
        key_id=case((bindparam("keep"), inbox_item.c.key_id)),
        signature_base=case((bindparam("keep"), inbox_item.c.signature_base)),
    )
)


@dataclass(frozen=True, slots=True)
class Claimed:
    """An arrival in hand."""

    id: int
    signer_id: int
    raw: bytes
    scheme: str
    trust: str
    received_at: int
    attempts: int
    suspended: bool = False
    """Whether the operators here suspended the signer."""


async def process(node: Node, item: Claimed) -> Outcome | None:
    """What became of the arrival; None when it waits for another try. Raises only StorageError."""
    try:
        outcome, detail = await _take_effect(node, item), ""
    except Refusal as refusal:
        outcome, detail = refusal.outcome, refusal.detail
    except BadMessage as error:
        outcome, detail = Outcome.MALFORMED, str(error)
    except PeerBlocked as error:
        outcome, detail = Outcome.PEER_BLOCKED, str(error)
    except FetchError as error:
        if error.temporary and item.attempts < len(RETRIES):
            await _again(node, item, error)
            return None
        outcome, detail = Outcome.UNREACHABLE, str(error)
    except StorageError as error:
        if not isinstance(error, Unstorable):
            raise
        # Tried again it would fail again, and hold up whatever its sender says after it.
        log.error("inbox_unstorable", arrival=item.id, error=str(error))
        outcome, detail = Outcome.FAILED, str(error)
    except Exception as error:
        log.exception("inbox_failed", arrival=item.id)
        outcome, detail = Outcome.FAILED, f"{type(error).__name__}: {error}"
    if outcome is not Outcome.ACCEPTED or detail:
        await node.db.write(finish, item.id, outcome.value, detail, node.config.keep_bodies)
    node.meters.count(ARRIVALS, outcome.value)
    log.info("inbox_processed", arrival=item.id, outcome=outcome.value, detail=detail or None)
    return outcome


async def _take_effect(node: Node, item: Claimed) -> Outcome:
    told = await _arrival(node, item)
    await _refuse_suspended(node, item, told)
    arrival = await named(node, await moderated(node, await unwrapped(node, told)))
    kind = await _kind(node, arrival)
    handlers = ROUTES.get((arrival.activity.type, kind))
    if handlers is None:
        raise Refusal(Outcome.UNSUPPORTED, f"{arrival.activity.type} of {kind.value}")
    gathered = [await handler.gather(node, arrival) for handler in handlers]
    for handler, facts in zip(handlers, gathered, strict=True):
        handler.check(arrival, facts)
    keep = node.config.keep_bodies
    outcome = await node.db.write(_apply, item.id, arrival, handlers, gathered, node.stamp(), keep)
    _forget_its_keys(node, arrival)
    return outcome


async def _kind(node: Node, arrival: Arrival) -> Kind:
    """What the activity is about: by the message, but for what only a look-up tells."""
    if arrival.moderation:
        return Kind.MODERATION
    kind = kind_of(arrival.activity)
    announces = arrival.activity.type == "Announce" and kind in (Kind.ID_ONLY, Kind.POST)
    if announces and arrival.group is None and await node.db.read(is_relay, arrival.activity.actor):
        return Kind.RELAYED
    return kind


def _apply(
    tx: Tx,
    item_id: int,
    arrival: Arrival,
    handlers: tuple[Handler, ...],
    gathered: list[Any],
    stamp: Stamp,
    keep: bool,
) -> Outcome:
    """The effects and the end of the item in one transaction: an effect is never without its outcome, nor twice."""
    outcomes = [handler.apply(tx, arrival, facts, stamp) for handler, facts in zip(handlers, gathered, strict=True)]
    if not finish(tx, item_id, outcomes[0].value, "", keep):
        # Our lease ended while we fetched, and somebody else worked it off: raising takes our effects back.
        raise Refusal(Outcome.DUPLICATE, "worked off already")
    return outcomes[0]


async def _arrival(node: Node, item: Claimed) -> Arrival:
    # What the door of this process read is not read again; after a restart, and in other processes, the bytes are.
    activity = node.memory.activities.pop(item.id) or read_activity(normalise(parse(item.raw)))
    received, trust = utc(item.received_at), Trust(item.trust)
    arrival = Arrival(activity, item.raw, activity.actor, item.scheme, trust, received)
    if trust is not Trust.LOCAL:
        await refuse_blocked_origin(node, arrival)
    if trust is not Trust.RELAYED:
        return arrival
    signer = await node.db.read(by_id, item.signer_id)
    return await confirmed(node, replace(arrival, signer=signer.uri if signer else None))


async def _refuse_suspended(node: Node, item: Claimed, arrival: Arrival) -> None:
    """Whom the operators suspended is not heard, except to take back what was said or asked before: that is in nobody's way."""
    suspended = item.suspended
    if not suspended and arrival.trust is Trust.RELAYED:
        actor = await node.db.read(by_uri, arrival.activity.actor)
        suspended = actor is not None and actor.suspended_at is not None
    if suspended and arrival.activity.type not in _ENDS:
        raise Refusal(Outcome.ACTOR_SUSPENDED, arrival.activity.actor)


def _forget_its_keys(node: Node, arrival: Arrival) -> None:
    """After an actor changed itself: this process asks the database again for its keys, also for one that was missing. What is known
    of others stays: nobody empties our memory by telling of themselves again and again. (Keys that the actor had and has no
    more are forgotten in all processes, see `actors.remote.upsert`.)"""
    ref = arrival.activity.object
    if arrival.activity.type != "Update" or ref is None or ref.id is None or ref.id != arrival.activity.actor:
        return
    for name in (ref.id, *(key.id for key in read_keys(ref.embedded or {}))):
        node.memory.keys.drop(name)
        node.memory.missing_keys.drop(name)


def finish(tx: Tx, item_id: int, outcome: str, detail: str, keep: bool) -> bool:
    """The arrival is done, with this outcome; with `keep` its body stays whatever the outcome. False when it was done already;
    nothing is changed then. A unit of work."""
    state = DEAD if outcome == Outcome.FAILED else DONE
    found = {
        "item": item_id,
        "new_state": state,
        "named": outcome,
        "why": detail[:500] or None,
        "due": 0,
        "keep": keep or outcome in _KEPT,
    }
    return tx.execute(_FINISH, found).rowcount == 1


async def _again(node: Node, item: Claimed, error: CoopFedError) -> None:
    due = node.clock.now() + node.clock.span(RETRIES[item.attempts])
    await node.db.write(_postpone, item.id, due, str(error))
    log.info("inbox_postponed", arrival=item.id, reason=error.reason, tries=item.attempts + 1)


def _postpone(tx: Tx, item_id: int, due: int, why: str) -> None:
    tx.execute(
        _FINISH, {"item": item_id, "new_state": WAITING, "named": None, "why": why[:500], "due": due, "keep": True}
    )
