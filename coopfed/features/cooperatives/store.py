"""Whose profile may be read. A unit of work."""

from sqlalchemy import bindparam, literal_column, or_, select

from actors.lookup import COLUMNS, ActorRow, actor
from actors.visibility import on_blocked_host, parted
from coopfed.db.clauses import lacks
from coopfed.db.tx import Tx

_READABLE = select(*COLUMNS).where(
    actor.c.id == bindparam("who"),
    actor.c.gone_at.is_(None),
    or_(
        actor.c.id == bindparam("viewer"),
        (
            actor.c.discoverable
            & ~actor.c.suspended
            & (actor.c.type != literal_column("'Application'"))
            & lacks(parted(actor.c.id))
            & lacks(on_blocked_host(actor))
        ),
    ),
)


def readable(tx: Tx, number: int, viewer: int) -> ActorRow | None:
    """The actor, when the viewer may read its profile: whoever wants to be found, is not shut out here, and from whom no block parts the
    viewer; and oneself. Source: API contract 3."""
    row = tx.execute(_READABLE, {"who": number, "viewer": viewer}).one_or_none()
    return None if row is None else ActorRow(*row)
