"""Deliveries as tests look at them."""

from sqlalchemy import func, select

from coopfed.db.tx import Tx
from outbox.publish import delivery

_COUNTS = select(delivery.c.state, func.count()).group_by(delivery.c.state)


def counts(tx: Tx) -> dict[str, int]:
    """How many deliveries wait, are done, were given up."""
    found = {row[0]: row[1] for row in tx.execute(_COUNTS)}
    return {"waiting": found.get(0, 0), "done": found.get(1, 0), "given_up": found.get(2, 0)}
