"""Who may read a request: one definition, as a clause for every read path. See `actors.visibility`, which is that of posts.

The owner reads it always, a draft nobody else. A public one everybody, one for named actors these, one for a network the confirmed
members of its umbrella; where neither blocks the other, and the owner is not shut out here.
"""

from sqlalchemy import BindParameter, ColumnElement, and_, bindparam, exists, func, literal_column, or_, select

from actors.lookup import actor
from actors.visibility import on_blocked_host, parted
from coopfed.db.clauses import lacks
from coopfed.db.models import Membership, Request, RequestRecipient
from coopfed.db.tx import Tx, table

request, recipient, membership = table(Request), table(RequestRecipient), table(Membership)
owner = actor.alias("owner")

CONFIRMED = (membership.c.status == literal_column("'active'"), membership.c.state == literal_column("'confirmed'"))
"""Clauses on `membership`: a stranger may believe it, and it lasts."""
_MEMBERS = select(membership.c.member_id).where(membership.c.umbrella_id == bindparam("umbrella"), *CONFIRMED)

_COUNTS = (
    select(membership.c.umbrella_id, func.count())
    .where(membership.c.umbrella_id.in_(bindparam("umbrellas", expanding=True)), *CONFIRMED)
    .group_by(membership.c.umbrella_id)
)


def confirmed_member(umbrella: ColumnElement[int], who: ColumnElement[int]) -> ColumnElement[bool]:
    """Whether an actor is a confirmed member of an umbrella (columns or parameters of their numbers), as far as this node knows. Source:
    domain research 9.9."""
    return exists(
        select(literal_column("1")).where(
            membership.c.umbrella_id == umbrella, membership.c.member_id == who, *CONFIRMED
        )
    )


def confirmed_members(tx: Tx, umbrella_id: int) -> list[int]:
    """The numbers of the confirmed members of an umbrella that this node knows. A unit of work."""
    return list(tx.execute(_MEMBERS, {"umbrella": umbrella_id}).scalars())


def confirmed_counts(tx: Tx, umbrellas: list[int]) -> dict[int, int]:
    """How many these are, of each of these umbrellas that has any. A unit of work."""
    return dict(map(tuple, tx.execute(_COUNTS, {"umbrellas": umbrellas}))) if umbrellas else {}


def readable() -> ColumnElement[bool]:
    """The clause on `request`; bind `viewer` to the number of the actor who looks, or NOBODY. Deleted ones are not left out."""
    viewer: BindParameter[int] = bindparam("viewer")
    named = exists(
        select(literal_column("1")).where(recipient.c.request_id == request.c.id, recipient.c.actor_id == viewer)
    )
    out = exists(
        select(literal_column("1")).where(
            owner.c.id == request.c.actor_id,
            or_(owner.c.suspended, owner.c.gone_at.is_not(None), on_blocked_host(owner)),
        )
    )
    return or_(
        request.c.actor_id == viewer,
        and_(
            request.c.published_at.is_not(None),
            lacks(parted(request.c.actor_id)),
            lacks(out),
            or_(
                request.c.audience == literal_column("'public'"),
                and_(request.c.audience == literal_column("'actors'"), named),
                and_(
                    request.c.audience == literal_column("'network'"),
                    confirmed_member(request.c.umbrella_id, viewer),
                ),
            ),
        ),
    )
