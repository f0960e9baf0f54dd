"""Whom the operators of this node limited. Units of work; what it means is in docs/moderation.md."""

from sqlalchemy import bindparam, select

from actors.lookup import actor
from actors.visibility import limited
from coopfed.db.tx import Tx

_LIMITED = select(actor.c.id).where(actor.c.id.in_(bindparam("ids", expanding=True)), limited(actor.c.id))


def limited_among(tx: Tx, ids: list[int]) -> set[int]:
    """Those of the actors who are limited themselves, or whose host is."""
    return set(tx.execute(_LIMITED, {"ids": ids}).scalars()) if ids else set()
