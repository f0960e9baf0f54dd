"""Whom an actor recommends on its profile: some of those whom it follows. Units of work."""

from sqlalchemy import bindparam, delete, func, select
from sqlalchemy.dialects.postgresql import insert

from coopfed import limits
from coopfed.db.models import Endorsement
from coopfed.db.tx import Tx, table
from coopfed.errors import InvalidInput
from coopfed.features.follows import store as follows
from coopfed.node import Stamp

endorsement = table(Endorsement)
_mine = endorsement.c.actor_id == bindparam("who")
_COUNT = select(func.count()).select_from(endorsement).where(_mine)
_ADD = insert(endorsement).on_conflict_do_nothing()
_REMOVE = delete(endorsement).where(_mine, endorsement.c.target_id == bindparam("other"))
_IS = select(endorsement.c.id).where(_mine, endorsement.c.target_id == bindparam("other"))
_LIST = (
    select(endorsement.c.id, endorsement.c.target_id)
    .where(_mine, endorsement.c.id < bindparam("below"), endorsement.c.id > bindparam("above"))
    .order_by(endorsement.c.id.desc())
    .limit(bindparam("count"))
)


def endorses(tx: Tx, actor_id: int, target_id: int) -> bool:
    """Whether the actor recommends another one."""
    return tx.execute(_IS, {"who": actor_id, "other": target_id}).first() is not None


def endorse(tx: Tx, actor_id: int, target_id: int, stamp: Stamp) -> None:
    """Recommends an actor, once. InvalidInput when it is not followed, or there are too many."""
    if endorses(tx, actor_id, target_id):
        return
    row = follows.between(tx, actor_id, target_id)
    if row is None or not row.accepted:
        raise InvalidInput("Validation failed: only those can be endorsed whom the actor follows")
    if int(tx.execute(_COUNT, {"who": actor_id}).scalar_one()) >= limits.ENDORSEMENTS:
        raise InvalidInput(f"Validation failed: {limits.ENDORSEMENTS} accounts are endorsed already")
    tx.execute(_ADD, {"id": stamp.mint(None), "actor_id": actor_id, "target_id": target_id})


def unendorse(tx: Tx, actor_id: int, target_id: int) -> None:
    """Takes the recommendation back, if there is one."""
    tx.execute(_REMOVE, {"who": actor_id, "other": target_id})


def listed(tx: Tx, actor_id: int, count: int, below: int | None, above: int) -> list[tuple[int, int]]:
    """Whom an actor recommends, the newest first: (cursor, actor's number), with cursors below `below` and above `above`."""
    stretch = {"below": below or limits.NUMBER_MAX, "above": above, "count": count}
    return [(row[0], row[1]) for row in tx.execute(_LIST, {"who": actor_id, **stretch})]
