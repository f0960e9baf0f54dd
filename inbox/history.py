"""Arrivals as the operator looks at them: one by its number, and once more through its route. Units of work."""

from typing import Any

from sqlalchemy import bindparam, literal, select, update

from actors.lookup import actor
from coopfed.db.tx import Tx
from inbox.admit import inbox_item, inbox_lane

_STATES = {0: "waiting", 1: "done", 2: "failed"}
_FACTS = (
    select(
        inbox_item.c.id,
        inbox_item.c.activity_uri,
        inbox_item.c.type,
        actor.c.uri.label("signer"),
        inbox_item.c.scheme,
        inbox_item.c.trust,
        inbox_item.c.state,
        inbox_item.c.attempts,
        inbox_item.c.outcome,
        inbox_item.c.error,
        inbox_item.c.raw,
    )
    .join(actor, actor.c.id == inbox_item.c.signer_id)
    .where(inbox_item.c.id == bindparam("arrival"))
)
_AGAIN = (
    update(inbox_item)
    .where(inbox_item.c.id == bindparam("arrival"), inbox_item.c.raw != literal(b""))
    .values(state=0, attempts=0, due_at=0, outcome=None, error=None)
)
_WAKE = (
    update(inbox_lane)
    .where(
        inbox_lane.c.actor_id
        == select(inbox_item.c.signer_id).where(inbox_item.c.id == bindparam("arrival")).scalar_subquery()
    )
    .values(due_at=bindparam("now"))
)


def arrival_facts(tx: Tx, arrival: int) -> dict[str, Any] | None:
    """Everything the row says, the body as text."""
    facts = next(iter(tx.execute(_FACTS, {"arrival": arrival}).mappings()), None)
    if facts is None:
        return None
    return {**facts, "state": _STATES[facts["state"]], "raw": facts["raw"].decode("utf-8", "replace")}


def replay(tx: Tx, arrival: int, now: int) -> bool:
    """Puts the arrival back into its lane. Whether there is one whose body is kept. Wake `Topic.ARRIVALS`."""
    if tx.execute(_AGAIN, {"arrival": arrival}).rowcount != 1:
        return False
    tx.execute(_WAKE, {"arrival": arrival, "now": now})
    return True
