"""What an actor has, as CSV: read some rows at a time, so that a long list is held in memory by nobody."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, bindparam, func, literal_column, or_, select

from actors.lookup import ActorRow, actor, by_ids
from actors.visibility import object_, visible
from coopfed.db.models import Block, Bookmark, Follow, HostBlock, ListMember, Media, Mute, ReadingList
from coopfed.db.models.media import READY
from coopfed.db.tx import Tx, table
from coopfed.features.portability.formats import HEADERS, Kind, Line, cells_of, written
from coopfed.node import Node

_AT_ONCE = 500

follow, block, mute, host_block = table(Follow), table(Block), table(Mute), table(HostBlock)
bookmark, reading_list, list_member, media = table(Bookmark), table(ReadingList), table(ListMember), table(Media)
_granted = follow.c.state == literal_column("'accepted'")

_zero: ColumnElement[int] = literal_column("0")


def _listed(key: ColumnElement[int], *columns: ColumnElement[Any], where: Sequence[ColumnElement[bool]]) -> Select[Any]:
    """Rows behind `after`, in the order of the key: key, then columns."""
    return (
        select(key.label("cursor"), *columns)
        .where(*where, key > bindparam("after"))
        .order_by(key)
        .limit(literal_column(str(_AT_ONCE)))
    )


_there = actor.c.gone_at.is_(None)
_ACCOUNTS = {
    Kind.FOLLOWING: _listed(
        follow.c.id,
        actor.c.id.label("actor_id"),
        follow.c.boosts,
        follow.c.notify,
        follow.c.languages,
        where=(follow.c.follower_id == bindparam("who"), actor.c.id == follow.c.followed_id, _granted, _there),
    ),
    Kind.FOLLOWERS: _listed(
        follow.c.id,
        actor.c.id.label("actor_id"),
        where=(follow.c.followed_id == bindparam("who"), actor.c.id == follow.c.follower_id, _granted, _there),
    ),
    Kind.BLOCKS: _listed(
        block.c.target_id,
        actor.c.id.label("actor_id"),
        where=(block.c.actor_id == bindparam("who"), actor.c.id == block.c.target_id, _there),
    ),
    Kind.MUTES: _listed(
        mute.c.target_id,
        actor.c.id.label("actor_id"),
        mute.c.notifications,
        where=(mute.c.actor_id == bindparam("who"), actor.c.id == mute.c.target_id, _there),
    ),
}
_HOSTS = _listed(host_block.c.id, host_block.c.host, where=(host_block.c.actor_id == bindparam("who"),))
_BOOKMARKS = _listed(
    bookmark.c.id,
    object_.c.uri,
    where=(bookmark.c.actor_id == bindparam("viewer"), object_.c.id == bookmark.c.object_id, visible()),
)
_MEMBERS = (
    select(reading_list.c.id.label("list_id"), reading_list.c.title, actor.c.id.label("actor_id"))
    .join(list_member, list_member.c.list_id == reading_list.c.id)
    .join(actor, actor.c.id == list_member.c.actor_id)
    .where(
        reading_list.c.actor_id == bindparam("who"),
        _there,
        or_(
            reading_list.c.id > bindparam("after_list"),
            and_(reading_list.c.id == bindparam("after_list"), actor.c.id > bindparam("after")),
        ),
    )
    .order_by(reading_list.c.id, actor.c.id)
    .limit(literal_column(str(_AT_ONCE)))
)
_LISTS = select(func.count()).select_from(reading_list).where(reading_list.c.actor_id == bindparam("who"))
_BLOCKED = select(func.count()).select_from(block).where(block.c.actor_id == bindparam("who"))
_MUTED = select(func.count()).select_from(mute).where(mute.c.actor_id == bindparam("who"))
_STORED = select(func.coalesce(func.sum(media.c.size), _zero)).where(
    media.c.actor_id == bindparam("who"), media.c.state == literal_column(str(READY))
)

Cursor = tuple[int, int]
"""Behind which row the next ones begin: the list's number (else 0), and the key."""
START: Cursor = (0, 0)


@dataclass(frozen=True, slots=True)
class Figures:
    """How much an actor has; `bytes` of its files."""

    lists: int
    blocks: int
    mutes: int
    bytes: int


def figures(tx: Tx, actor_id: int) -> Figures:
    """See Figures. A unit of work."""
    return Figures(
        *(int(tx.execute(one, {"who": actor_id}).scalar_one()) for one in (_LISTS, _BLOCKED, _MUTED, _STORED))
    )


async def export(node: Node, whose: ActorRow, kind: Kind) -> AsyncIterator[str]:
    """What the actor has of this kind, as CSV, some hundred rows at a time."""
    if kind in HEADERS:
        yield written([HEADERS[kind]])
    cursor: Cursor | None = START
    while cursor is not None:
        lines, cursor = await node.db.read_long(page, kind, whose.id, cursor)
        yield written(cells_of(kind, line) for line in lines)


def page(tx: Tx, kind: Kind, actor_id: int, after: Cursor) -> tuple[list[Line], Cursor | None]:
    """Some rows behind a cursor, and the cursor of the next ones (None: these are the last). A unit of work for `read_long`."""
    if kind is Kind.LISTS:
        return _members(tx, actor_id, after)
    if kind is Kind.HOST_BLOCKS:
        rows = tx.execute(_HOSTS, {"who": actor_id, "after": after[1]}).all()
        return [Line(row.host) for row in rows], _next(rows)
    if kind is Kind.BOOKMARKS:
        rows = tx.execute(_BOOKMARKS, {"viewer": actor_id, "after": after[1]}).all()
        return [Line(row.uri) for row in rows], _next(rows)
    rows = tx.execute(_ACCOUNTS[kind], {"who": actor_id, "after": after[1]}).all()
    known = by_ids(tx, [row.actor_id for row in rows])
    return [_account(kind, row, known[row.actor_id]) for row in rows], _next(rows)


def _next(rows: Sequence[Any]) -> Cursor | None:
    return (0, rows[-1].cursor) if len(rows) == _AT_ONCE else None


def _account(kind: Kind, row: Any, who: ActorRow) -> Line:
    if kind is Kind.FOLLOWING:
        codes = tuple(code for code in row.languages.split(",") if code)
        return Line(who.acct, boosts=bool(row.boosts), notify=bool(row.notify), languages=codes)
    if kind is Kind.MUTES:
        return Line(who.acct, notifications=bool(row.notifications))
    return Line(who.acct)


def _members(tx: Tx, actor_id: int, after: Cursor) -> tuple[list[Line], Cursor | None]:
    rows = tx.execute(_MEMBERS, {"who": actor_id, "after_list": after[0], "after": after[1]}).all()
    known = by_ids(tx, [row.actor_id for row in rows])
    lines = [Line(known[row.actor_id].acct, title=row.title) for row in rows]
    return lines, (rows[-1].list_id, rows[-1].actor_id) if len(rows) == _AT_ONCE else None
