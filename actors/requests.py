"""Who may read a request: one definition, as a clause for every read path. See `actors.visibility`, which is that of posts.

The owner reads it always, a draft nobody else. A public one everybody, one for named actors these, one for a network the confirmed
members of its umbrella; where neither blocks the other, and the owner is not shut out here.
"""

from sqlalchemy import BindParameter, ColumnElement, and_, bindparam, exists, literal_column, or_, select

from actors.lookup import actor
from actors.visibility import on_blocked_host, parted
from coopfed.db.clauses import lacks
from coopfed.db.models import Request, RequestRecipient
from coopfed.db.tx import table

request, recipient = table(Request), table(RequestRecipient)
owner = actor.alias("owner")


def confirmed_member(_umbrella: ColumnElement[int], _who: ColumnElement[int]) -> ColumnElement[bool]:
    """Whether an actor is a confirmed member of an umbrella (columns or parameters of their numbers). No membership is known to this
    node, so nobody is: what is for a network stays with its owner. Source: domain research 9.9."""
    return literal_column("1 = 0")


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
