"""Leases of worker numbers, so that two processes never mint the same id.

A process takes the first free number when it opens the database, renews the lease while it lives and gives it back at the end.
After a kill the lease runs out; there are 64 numbers.
"""

from sqlalchemy import bindparam, delete, select, update
from sqlalchemy.dialects.postgresql import insert

from coopfed import limits
from coopfed.db.models import Worker
from coopfed.db.tx import Tx, table
from coopfed.errors import Unavailable

worker = table(Worker)
_HELD = select(worker.c.number).where(worker.c.lease_until > bindparam("now"))
_TAKE = insert(worker).values(
    number=bindparam("number"), token=bindparam("token"), lease_until=bindparam("lease_until")
)
_TAKE = _TAKE.on_conflict_do_update(
    index_elements=["number"],
    set_={"token": _TAKE.excluded.token, "lease_until": _TAKE.excluded.lease_until},
    where=worker.c.lease_until <= bindparam("now"),
)
_RENEW = (
    update(worker)
    .where(worker.c.number == bindparam("held"), worker.c.token == bindparam("by"))
    .values(lease_until=bindparam("lease_until"))
)
_RELEASE = delete(worker).where(worker.c.number == bindparam("held"), worker.c.token == bindparam("by"))


def lease(tx: Tx, token: str, now: int, until: int) -> int:
    """A free worker number (0 to 63), leased until then. Unavailable when 64 processes hold one."""
    held = {row.number for row in tx.execute(_HELD, {"now": now})}
    for number in range(limits.WORKERS):
        if number in held:
            continue
        taken = tx.execute(_TAKE, {"number": number, "token": token, "lease_until": until, "now": now})
        if taken.rowcount == 1:
            return number
    raise Unavailable(f"all {limits.WORKERS} worker numbers are leased; stop a process or wait for a lease to end")


def renew(tx: Tx, number: int, token: str, until: int) -> bool:
    """Whether the lease was still ours and now lasts until then."""
    return tx.execute(_RENEW, {"held": number, "by": token, "lease_until": until}).rowcount == 1


def release(tx: Tx, number: int, token: str) -> None:
    """Gives the number back."""
    tx.execute(_RELEASE, {"held": number, "by": token})
