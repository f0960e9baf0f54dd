"""Rows of reactions: likes, dislikes, emoji and boosts. Counters change only when a row does. Units of work."""

import random
from collections.abc import Sequence
from dataclasses import dataclass, replace

from sqlalchemy import (
    BigInteger,
    Boolean,
    String,
    bindparam,
    cast,
    delete,
    exists,
    func,
    literal_column,
    or_,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import insert

from actors.visibility import object_
from coopfed import limits
from coopfed.db.models import Activity, Reaction
from coopfed.db.tx import Tx, table
from coopfed.features import timelines
from coopfed.features.posts.store import FURTHER, NEAR
from coopfed.features.reactions.rules import BOOST, FAVOURS
from coopfed.features.streams import store as streams
from coopfed.vocab.audience import OPEN

reaction, activity = table(Reaction), table(Activity)


@dataclass(frozen=True, slots=True)
class ReactionRow:
    """A reaction. `content` is the emoji, empty for the other kinds; `uri` the id of the activity, when it had one; `account_id`
    who of ours did it. `created_at` in milliseconds: of a boost, when it says it was published. `pending`: one of ours that the author
    of the post has to agree to; it counts for nothing until then."""

    id: int
    kind: str
    actor_id: int
    object_id: int
    content: str
    visibility: str
    uri: str | None
    account_id: int | None
    created_at: int
    pending: bool = False


COLUMNS = tuple(reaction.c[name] for name in ReactionRow.__dataclass_fields__)
is_favour = reaction.c.kind.in_([literal_column("'like'"), literal_column("'emoji'")])
is_boost = reaction.c.kind == literal_column("'announce'")
_THIS = (
    reaction.c.actor_id == bindparam("reactor"),
    reaction.c.object_id == bindparam("object"),
    reaction.c.kind == bindparam("which"),
    reaction.c.content == bindparam("emoji"),
)
_FIND = select(*COLUMNS).where(*_THIS)
_BY_URI = select(*COLUMNS).where(reaction.c.uri == bindparam("uri")).limit(limits.READ_ROWS)
_BY_ACTOR = select(*COLUMNS).where(reaction.c.actor_id == bindparam("reactor")).limit(bindparam("count"))
_INSERT = (
    insert(reaction)
    .from_select(
        list(ReactionRow.__dataclass_fields__),
        # A post that was deleted at this very moment gets no reactions any more.
        select(
            cast(bindparam("number"), BigInteger),
            cast(bindparam("which"), String),
            cast(bindparam("reactor"), BigInteger),
            object_.c.id,
            cast(bindparam("emoji"), String),
            cast(bindparam("seen_by"), String),
            cast(bindparam("activity"), String),
            cast(bindparam("account"), BigInteger),
            cast(bindparam("now"), BigInteger),
            cast(bindparam("waits"), Boolean),
        ).where(object_.c.id == bindparam("object"), object_.c.deleted_at.is_(None)),
    )
    .on_conflict_do_nothing()
)
_SET_URI = update(reaction).where(*_THIS).values(uri=bindparam("activity"))
_DELETE = delete(reaction).where(reaction.c.id == bindparam("number"))
_GRANT = (
    update(reaction)
    .where(reaction.c.id == bindparam("number"), reaction.c.pending)
    .values(pending=literal_column("false"))
)
_UNLIST = update(activity).where(activity.c.uri == bindparam("boost")).values(public=False)
_FAVOURS = select(func.count()).where(
    reaction.c.actor_id == bindparam("reactor"),
    reaction.c.object_id == bindparam("object"),
    reaction.c.kind.in_([literal_column("'like'"), literal_column("'emoji'")]),
)
_TAKEN = select(
    or_(
        exists(select(literal_column("1")).where(reaction.c.id == bindparam("number"))),
        exists(select(literal_column("1")).where(object_.c.id == bindparam("number"))),
    )
)
_COUNT_LIKE = (
    update(object_)
    .where(object_.c.id == bindparam("object"))
    .values(likes_count=object_.c.likes_count + bindparam("step"))
)
_COUNT_BOOST = (
    update(object_)
    .where(object_.c.id == bindparam("object"))
    .values(shares_count=object_.c.shares_count + bindparam("step"))
)


def find(tx: Tx, actor_id: int, object_id: int, kind: str, content: str = "") -> ReactionRow | None:
    """This reaction of an actor to a post."""
    named = {"reactor": actor_id, "object": object_id, "which": kind, "emoji": content}
    row = tx.execute(_FIND, named).one_or_none()
    return None if row is None else ReactionRow(*row)


def by_uri(tx: Tx, uri: str, kinds: Sequence[str]) -> list[ReactionRow]:
    """The reactions of these kinds that this activity made; several where neighbours on one host use the same id."""
    return [row for found in tx.execute(_BY_URI, {"uri": uri}) if (row := ReactionRow(*found)).kind in kinds]


def some_of(tx: Tx, actor_id: int, count: int) -> list[ReactionRow]:
    """Some reactions of an actor."""
    return [ReactionRow(*row) for row in tx.execute(_BY_ACTOR, {"reactor": actor_id, "count": count})]


def favours(tx: Tx, actor_id: int, object_id: int) -> int:
    """How many likes and emoji of this actor a post has."""
    return int(tx.execute(_FAVOURS, {"reactor": actor_id, "object": object_id}).scalar_one())


def add(tx: Tx, row: ReactionRow) -> ReactionRow | None:
    """Stores a reaction; None when the actor reacted so before, or the post is deleted.

    A repeated one keeps its row and takes the newer id: it is the one that an Undo will name. A boost gets a number that no post
    has, since clients ask for boosts as they do for posts.
    """
    row = replace(row, id=_free(tx, row.id)) if row.kind == BOOST else row
    first = row.kind in FAVOURS and not favours(tx, row.actor_id, row.object_id)
    named = {"reactor": row.actor_id, "object": row.object_id, "which": row.kind, "emoji": row.content}
    values = {
        "number": row.id,
        "seen_by": row.visibility,
        "activity": row.uri,
        "account": row.account_id,
        "now": row.created_at,
        "waits": row.pending,
    }
    if tx.execute(_INSERT, named | values).rowcount != 1:
        if row.uri is not None:
            tx.execute(_SET_URI, {**named, "activity": row.uri})
        return None
    if not row.pending:
        _count(tx, row, first, 1)
    return row


def grant(tx: Tx, row: ReactionRow) -> bool:
    """The author of the post agreed to a reaction of ours. Whether it was still waiting for that."""
    if tx.execute(_GRANT, {"number": row.id}).rowcount != 1:
        return False
    _count(tx, row, row.kind in FAVOURS, 1)
    return True


def remove(tx: Tx, row: ReactionRow) -> bool:
    """Takes a reaction back, a boost also out of the timelines and, if ours, out of the outbox. Whether it was still there."""
    if tx.execute(_DELETE, {"number": row.id}).rowcount != 1:
        return False
    last = row.kind in FAVOURS and not favours(tx, row.actor_id, row.object_id)
    if not row.pending:
        _count(tx, row, last, -1)
    if row.kind == BOOST:
        streams.unboosted(tx, row.id, row.object_id, row.actor_id)
        timelines.remove_boost(tx, row.id, row.object_id)
        tx.execute(_UNLIST, {"boost": row.uri})
    return True


def _free(tx: Tx, wanted: int) -> int:
    number, distance = wanted, NEAR
    while tx.execute(_TAKEN, {"number": number}).scalar_one():
        # Not the next one: peers send thousands of boosts with one date, and the search would be long.
        number = max(1, wanted - random.randrange(1, distance))
        distance *= FURTHER
    return number


def _count(tx: Tx, row: ReactionRow, favour: bool, step: int) -> None:
    if favour:
        tx.execute(_COUNT_LIKE, {"object": row.object_id, "step": step})
    elif row.kind == BOOST and row.visibility in OPEN:
        # Counts are shown to everybody: they count what everybody may see.
        tx.execute(_COUNT_BOOST, {"object": row.object_id, "step": step})
