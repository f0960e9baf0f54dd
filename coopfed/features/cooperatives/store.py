"""Whose profile may be read, and what kind of body somebody is. Units of work."""

from collections.abc import Sequence

from sqlalchemy import bindparam, literal_column, or_, select

from actors.cooperative import Kind
from actors.lookup import COLUMNS, ActorRow, actor
from actors.visibility import on_blocked_host, parted
from coopfed.db.clauses import lacks
from coopfed.db.models import CooperativeCode
from coopfed.db.tx import Tx, table

cooperative_code = table(CooperativeCode)
_TYPES = select(cooperative_code.c.actor_id, cooperative_code.c.code).where(
    cooperative_code.c.actor_id.in_(bindparam("actors", expanding=True)),
    cooperative_code.c.kind == literal_column(f"'{Kind.TYPE.value}'"),
)
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


def level_of(tx: Tx, numbers: Sequence[int]) -> dict[int, str]:
    """The cooperative types of those of these actors who say one: what kind of body an umbrella is."""
    found = tx.execute(_TYPES, {"actors": [*dict.fromkeys(numbers)]}).all() if numbers else []
    return {row.actor_id: row.code for row in found}
