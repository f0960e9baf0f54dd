"""What shows that an author of ours agreed to a quote, like, answer or boost, as it is served among our objects. A unit of work.

Ids only, and for whoever may see the post: a peer that has the quote or the answer looks here before it shows it.
"""

from dataclasses import dataclass

from sqlalchemy import bindparam, case, literal_column, or_, select

from actors.lookup import actor
from actors.visibility import object_, visible
from coopfed.clock import utc
from coopfed.db.models import Consent, Quote
from coopfed.db.tx import Tx, table
from coopfed.vocab import build, consent

quote, quoting, granted = table(Quote), object_.alias("quoting"), table(Consent)
_SHOWN = (
    select(
        actor.c.uri.label("author"),
        quoting.c.uri.label("quoting"),
        object_.c.uri.label("quoted"),
        quote.c.state,
        quote.c.checked_at,
        case((visible(), True), else_=False).label("visible"),
    )
    .select_from(quote)
    .join(quoting, quoting.c.id == quote.c.object_id)
    .join(object_, object_.c.id == quote.c.quoted_id)
    .join(actor, actor.c.id == object_.c.actor_id)
    .where(
        quote.c.authorization_uri == bindparam("uri"),
        quote.c.state.in_([literal_column("'accepted'"), literal_column("'revoked'")]),
        actor.c.local,
        # Given by us: in answer to a request, or to a post of this node. Whoever copies it has asked for nothing.
        or_(quoting.c.local, quote.c.request_uri.is_not(None)),
    )
    .limit(1)
)

_GRANTED = (
    select(
        actor.c.uri.label("author"),
        granted.c.kind,
        granted.c.interacting_uri.label("interacting"),
        object_.c.uri.label("target"),
    )
    .select_from(granted)
    .join(object_, object_.c.id == granted.c.object_id)
    .join(actor, actor.c.id == object_.c.actor_id)
    .where(granted.c.id == bindparam("number"), visible())
)


@dataclass(frozen=True, slots=True)
class Stamped:
    """An authorization, or the Tombstone of one that was taken back."""

    document: build.Document
    revoked: bool


def shown(tx: Tx, number: int, uri: str, viewer: int) -> Stamped | None:
    """The consent with this number and id; None when there is none that this viewer may know of. Source: FEP-044f; GoToSocial
    *Interaction Authorization Objects*."""
    row = tx.execute(_SHOWN, {"uri": uri, "viewer": viewer}).one_or_none()
    if row is None:
        return _granted(tx, number, uri, viewer)
    if not row.visible:
        return None
    if row.state == "revoked":
        moment = utc(row.checked_at or 0)
        return Stamped(build.tombstone(uri, "QuoteAuthorization", moment), revoked=True)
    return Stamped(consent.authorization(uri, row.author, row.quoting, row.quoted), revoked=False)


def _granted(tx: Tx, number: int, uri: str, viewer: int) -> Stamped | None:
    row = tx.execute(_GRANTED, {"number": number, "viewer": viewer}).one_or_none()
    if row is None:
        return None
    return Stamped(consent.authorization(uri, row.author, row.interacting, row.target, row.kind), revoked=False)
