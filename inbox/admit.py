"""The stored arrival: one row per (signer, activity id), written before the 202.

The arrivals that wait at the same moment are stored in one statement. The same id with another body: Undo, Follow, Accept and
Reject run again (their handlers are idempotent, and Misskey repeats Undo ids); others are what they were.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import and_, bindparam, exists, func, literal_column, select
from sqlalchemy.dialects.postgresql import insert

from actors.lookup import actor
from coopfed.db.models import InboxItem, InboxLane
from coopfed.db.tx import Tx, table

AGAIN = frozenset({"Undo", "Follow", "Accept", "Reject"})

inbox_item, inbox_lane = table(InboxItem), table(InboxLane)
_NEW = insert(inbox_item).values(
    id=bindparam("id"),
    signer_id=bindparam("signer_id"),
    activity_uri=bindparam("activity_uri"),
    type=bindparam("type"),
    raw=bindparam("raw"),
    body_hash=bindparam("body_hash"),
    scheme=bindparam("scheme"),
    key_id=bindparam("key_id"),
    signature_base=bindparam("signature_base"),
    trust=bindparam("trust"),
    received_at=bindparam("received_at"),
    state=0,
    attempts=0,
    due_at=0,
)
_STORE = _NEW.on_conflict_do_update(
    index_elements=["signer_id", "activity_uri"],
    set_={
        "raw": _NEW.excluded.raw,
        # What was proved about the first body says nothing about this one: its actor may be another.
        "scheme": _NEW.excluded.scheme,
        "key_id": _NEW.excluded.key_id,
        "signature_base": _NEW.excluded.signature_base,
        "trust": _NEW.excluded.trust,
        "body_hash": _NEW.excluded.body_hash,
        "received_at": _NEW.excluded.received_at,
        "state": 0,
        "attempts": 0,
        "due_at": 0,
    },
    where=and_(
        inbox_item.c.body_hash != _NEW.excluded.body_hash,
        inbox_item.c.type == _NEW.excluded.type,
        inbox_item.c.type.in_(sorted(AGAIN)),
        inbox_item.c.state != 0,
    ),
).returning(inbox_item.c.id)
_OPEN_LANE = insert(inbox_lane).values(actor_id=bindparam("actor"), due_at=bindparam("now"), lease_until=0)
_OPEN_LANE = _OPEN_LANE.on_conflict_do_update(
    index_elements=["actor_id"],
    set_={"due_at": _OPEN_LANE.excluded.due_at},
    where=inbox_lane.c.due_at > _OPEN_LANE.excluded.due_at,
)
_CAME_DIRECTLY = select(
    exists(
        select(literal_column("1"))
        .select_from(inbox_item.join(actor, actor.c.id == inbox_item.c.signer_id))
        .where(
            actor.c.uri == bindparam("who"),
            inbox_item.c.activity_uri == bindparam("what"),
            inbox_item.c.trust == literal_column("'direct'"),
        )
    )
)
# The state is written out: only so the partial index answers, and this is asked every second over weeks of arrivals.
_WAITING = select(func.count()).where(inbox_item.c.state == literal_column("0"))


@dataclass(frozen=True, slots=True)
class Item:
    """An arrival as its row will be. `id` is the number that follows it through the logs."""

    id: int
    signer_id: int
    activity_uri: str
    type: str
    raw: bytes
    body_hash: bytes
    scheme: str
    key_id: str
    signature_base: bytes
    trust: str
    received_at: int


def admit(tx: Tx, items: Sequence[Item]) -> list[bool]:
    """Stores the arrivals. For each whether it is new (or runs again). A batched unit of work; wake `Topic.ARRIVALS`."""
    stored = []
    for item in items:
        row = {name: getattr(item, name) for name in Item.__dataclass_fields__}
        stored.append(tx.execute(_STORE, row).first() is not None)
    now = max(item.received_at for item in items)
    for actor_id in sorted({item.signer_id for item, new in zip(items, stored, strict=True) if new}):
        tx.execute(_OPEN_LANE, {"actor": actor_id, "now": now})
    return stored


def came_directly(tx: Tx, actor_uri: str, activity_uri: str | None) -> bool:
    """Whether the actor sent this activity itself before. An activity without an id is known by nothing."""
    return activity_uri is not None and bool(
        tx.execute(_CAME_DIRECTLY, {"who": actor_uri, "what": activity_uri}).scalar_one()
    )


def waiting(tx: Tx) -> int:
    """How many arrivals wait to be processed. A long read."""
    return int(tx.execute(_WAITING).scalar_one())
