"""Arrivals as the operator looks at them: one by its number or id, and once more through its route. Units of work."""

from dataclasses import dataclass

from sqlalchemy import bindparam, literal, select, update

from actors.lookup import actor
from coopfed.db.tx import Tx
from inbox.admit import inbox_item, inbox_lane


@dataclass(frozen=True, slots=True)
class ArrivalRow:
    """A stored arrival with its signer's id. `raw` is empty, `key_id` and `signature_base` are None when they were not kept."""

    id: int
    activity_uri: str
    type: str
    signer: str
    scheme: str
    trust: str
    key_id: str | None
    signature_base: bytes | None
    raw: bytes
    body_hash: bytes
    received_at: int
    state: int
    attempts: int
    due_at: int
    outcome: str | None
    error: str | None


_COLUMNS = tuple(
    actor.c.uri.label("signer") if name == "signer" else inbox_item.c[name] for name in ArrivalRow.__dataclass_fields__
)
_BY_NUMBER = (
    select(*_COLUMNS).join(actor, actor.c.id == inbox_item.c.signer_id).where(inbox_item.c.id == bindparam("arrival"))
)
_BY_URI = select(inbox_item.c.id).where(inbox_item.c.activity_uri == bindparam("uri")).order_by(inbox_item.c.id.desc())
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


def arrival_row(tx: Tx, arrival: int) -> ArrivalRow | None:
    """The arrival with this number (`arrival` in the log)."""
    row = tx.execute(_BY_NUMBER, {"arrival": arrival}).one_or_none()
    return None if row is None else ArrivalRow(*row)


def arrivals_of(tx: Tx, activity_uri: str) -> list[int]:
    """The arrivals of the activity with this id, the newest first: each signer that sent it has one. A long read."""
    return list(tx.execute(_BY_URI, {"uri": activity_uri}).scalars())


def replay(tx: Tx, arrival: int, now: int) -> bool:
    """Puts the arrival back into its lane. Whether there is one whose body is kept. Wake `Topic.ARRIVALS`."""
    if tx.execute(_AGAIN, {"arrival": arrival}).rowcount != 1:
        return False
    tx.execute(_WAKE, {"arrival": arrival, "now": now})
    return True
