"""What the processes of a node counted together for their rate limits; see `coopfed.net.windows`. Units of work of the claim lane."""

from collections.abc import Mapping

from sqlalchemy import bindparam, delete
from sqlalchemy.dialects.postgresql import insert

from coopfed.clock import HOUR_MS
from coopfed.db.models import RateCount
from coopfed.db.tx import Tx, table

rate_count = table(RateCount)
_NEW = insert(rate_count)
_ADD = _NEW.on_conflict_do_update(
    index_elements=["name", "began_at"], set_={"count": rate_count.c.count + _NEW.excluded.count}
).returning(rate_count.c.count)
_FORGET = delete(rate_count).where(rate_count.c.began_at < bindparam("before"))
_KEPT_MS = HOUR_MS

Window = tuple[str, int]


def share(tx: Tx, counted: Mapping[Window, int], now: int) -> list[tuple[Window, int, int]]:
    """Adds what was counted here. For each window what was added, and what all together counted."""
    found = []
    # In one order in all processes, so that none waits for another that waits for it.
    for (name, began_at), added in sorted(counted.items()):
        row = {"name": name, "began_at": began_at, "count": added}
        found.append(((name, began_at), added, int(tx.execute(_ADD, row).scalar_one())))
    tx.execute(_FORGET, {"before": now - _KEPT_MS})
    return found
