"""Rows of quotes: which post quotes which, and whether its author agrees. Units of work.

Nothing here knows what a post is beyond its number and id; asking, granting and verifying is `coopfed.features.quotes`.
"""

from dataclasses import dataclass

from sqlalchemy import bindparam, delete, func, literal_column, select, update
from sqlalchemy.dialects.postgresql import insert

from actors.lookup import actor
from actors.visibility import object_
from coopfed import limits
from coopfed.db import jobs
from coopfed.db.models import Quote
from coopfed.db.models.quotes import ACCEPTED, PENDING, UNVERIFIED
from coopfed.db.tx import Tx, table
from coopfed.features.consent.store import digest
from coopfed.node import Stamp
from coopfed.vocab.records import PostRecord

CHECK_QUOTE = "check_quote"
DEPTH = 2
"""Quotes within quotes that are followed; what lies deeper is a link (Mastodon's bound)."""

quote = table(Quote)


@dataclass(frozen=True, slots=True)
class QuoteRow:
    """The quote in a post. Moments in milliseconds."""

    object_id: int
    quoted_uri: str
    quoted_id: int | None
    state: str
    legacy: bool
    request_uri: str | None
    authorization_uri: str | None
    created_at: int
    checked_at: int | None


_COLUMNS = tuple(quote.c[name] for name in QuoteRow.__dataclass_fields__)
_INSERT = insert(quote).on_conflict_do_nothing()
_FIND = select(*_COLUMNS).where(quote.c.object_id == bindparam("post"))
_AMONG = select(*_COLUMNS).where(quote.c.object_id.in_(bindparam("ids", expanding=True)))
_BY_REQUEST = select(*_COLUMNS).where(quote.c.request_uri == bindparam("uri")).order_by(quote.c.object_id).limit(1)
_BY_AUTHORIZATION = select(*_COLUMNS).where(quote.c.authorization_uri == bindparam("uri")).order_by(quote.c.object_id)
_SET = (
    update(quote)
    .where(quote.c.object_id == bindparam("post"))
    .values(
        state=bindparam("new_state"),
        quoted_id=bindparam("new_quoted"),
        authorization_uri=bindparam("new_authorization"),
        request_uri=bindparam("new_request"),
        checked_at=bindparam("now"),
    )
)
_TOUCH = update(quote).where(quote.c.object_id == bindparam("post")).values(checked_at=bindparam("now"))
_FORGET = delete(quote).where(quote.c.object_id == bindparam("post"))
_ACCEPTED = quote.c.state == literal_column("'accepted'")
_QUOTING = (
    select(quote.c.object_id)
    .where(quote.c.quoted_id == bindparam("post"), _ACCEPTED, quote.c.object_id < bindparam("below"))
    .order_by(quote.c.object_id.desc())
    .limit(bindparam("count"))
)
_COUNTS = (
    select(quote.c.quoted_id, func.count())
    .join(object_, object_.c.id == quote.c.object_id)
    .where(
        quote.c.quoted_id.in_(bindparam("ids", expanding=True)),
        _ACCEPTED,
        object_.c.visibility.in_([literal_column("'public'"), literal_column("'unlisted'")]),
    )
    .group_by(quote.c.quoted_id)
)
_QUOTERS_HERE = (
    select(object_.c.actor_id)
    .select_from(quote)
    .join(object_, object_.c.id == quote.c.object_id)
    .join(actor, actor.c.id == object_.c.actor_id)
    .where(quote.c.quoted_id == bindparam("post"), _ACCEPTED, actor.c.local, actor.c.gone_at.is_(None))
    .distinct()
)
_STALE = (
    select(quote.c.object_id)
    .where(
        quote.c.checked_at < bindparam("before"),
        _ACCEPTED,
        quote.c.authorization_uri.is_not(None),
        quote.c.authorization_uri.not_like(bindparam("ours")),
    )
    .order_by(quote.c.checked_at)
    .limit(bindparam("count"))
)


def find(tx: Tx, post_id: int) -> QuoteRow | None:
    """The quote in this post."""
    row = tx.execute(_FIND, {"post": post_id}).one_or_none()
    return None if row is None else QuoteRow(*row)


def among(tx: Tx, ids: list[int]) -> dict[int, QuoteRow]:
    """The quotes in these posts."""
    return {row.object_id: QuoteRow(*row) for row in tx.execute(_AMONG, {"ids": ids})} if ids else {}


def by_request(tx: Tx, uri: str) -> QuoteRow | None:
    """The quote that this QuoteRequest asked for."""
    row = tx.execute(_BY_REQUEST, {"uri": uri}).one_or_none()
    return None if row is None else QuoteRow(*row)


def by_authorization(tx: Tx, uri: str) -> list[QuoteRow]:
    """The quotes that name this as their consent: one, unless somebody copies another's."""
    return [QuoteRow(*row) for row in tx.execute(_BY_AUTHORIZATION, {"uri": uri})]


def insert_quote(tx: Tx, row: QuoteRow) -> None:
    """Stores the quote in a post, unless one is stored."""
    tx.execute(_INSERT, {name: getattr(row, name) for name in QuoteRow.__dataclass_fields__})


def settle(
    tx: Tx,
    row: QuoteRow,
    state: str,
    now: int,
    *,
    quoted_id: int | None = None,
    authorization: str | None = None,
    request: str | None = None,
) -> None:
    """The quote is in this state now; what is not given stays."""
    tx.execute(
        _SET,
        {
            "post": row.object_id,
            "new_state": state,
            "new_quoted": quoted_id or row.quoted_id,
            "new_authorization": authorization or row.authorization_uri,
            "new_request": request or row.request_uri,
            "now": now,
        },
    )


def touch(tx: Tx, post_id: int, now: int) -> None:
    """The consent to the quote in this post is looked up now."""
    tx.execute(_TOUCH, {"post": post_id, "now": now})


def forget(tx: Tx, post_id: int) -> None:
    """The post quotes nothing (any more)."""
    tx.execute(_FORGET, {"post": post_id})


def remember(tx: Tx, post_id: int, record: PostRecord, stamp: Stamp, depth: int = 0) -> None:
    """The quote in a remote post that is stored now, to be looked into by a job; beyond `DEPTH` it stays a link."""
    if record.quote is None:
        return
    insert_quote(
        tx,
        QuoteRow(
            post_id, record.quote, None, UNVERIFIED, record.legacy_quote, None, record.authorization, stamp.now, None
        ),
    )
    check_later(tx, post_id, record, stamp, depth)


def renew(tx: Tx, post_id: int, record: PostRecord, stamp: Stamp) -> bool:
    """What an Update of a remote post says of its quote. Whether that is new: another post, other consent, or no quote any more.

    What its author took back stays so: an Update that brings the old consent again changes nothing. Consent to quote a post of ours is
    what we answered; an Update that names another one would stand where that other is shown.
    """
    row = find(tx, post_id)
    if row is None or row.quoted_uri != record.quote:
        forget(tx, post_id)
        remember(tx, post_id, record, stamp)
        return row is not None or record.quote is not None
    if record.authorization in (None, row.authorization_uri) or stamp.urls.is_ours(row.quoted_uri):
        return False
    state = row.state if row.state in (ACCEPTED, PENDING) else UNVERIFIED
    settle(tx, row, state, stamp.now, authorization=record.authorization)
    check_later(tx, post_id, record, stamp, 0)
    return True


def check_later(tx: Tx, post_id: int, claim: PostRecord | QuoteRow, stamp: Stamp, depth: int) -> None:
    """A job looks into the quote of this post, which is so deep within quotes.

    What is claimed is part of the job's key: one that is at work on an older claim must not swallow that of a newer one.
    """
    if depth < DEPTH:
        quoted, shown = (
            (claim.quote, claim.authorization)
            if isinstance(claim, PostRecord)
            else (claim.quoted_uri, claim.authorization_uri)
        )
        jobs.enqueue(tx, stamp.mint(None), CHECK_QUOTE, f"{post_id} {depth} {digest(quoted, shown)}", stamp.now)


def quoting(tx: Tx, post_id: int, count: int, below: int | None = None) -> list[int]:
    """Numbers of the posts that quote this one with consent, the newest first. Whether they may be seen is asked after."""
    stretch = {"below": below or limits.NUMBER_MAX, "count": count}
    return list(tx.execute(_QUOTING, {"post": post_id, **stretch}).scalars())


def counts(tx: Tx, ids: list[int]) -> dict[int, int]:
    """How many posts that everybody may see quote each of these with consent."""
    return {row[0]: row[1] for row in tx.execute(_COUNTS, {"ids": ids})} if ids else {}


def quoters_here(tx: Tx, post_id: int) -> list[int]:
    """Our actors who quote this post."""
    return list(tx.execute(_QUOTERS_HERE, {"post": post_id}).scalars())


def stale(tx: Tx, before: int, ours: str, count: int) -> list[int]:
    """Numbers of posts whose quote was last looked at before this moment, the longest ago first; not those that this node vouches for."""
    return list(tx.execute(_STALE, {"before": before, "ours": f"{ours}/%", "count": count}).scalars())
