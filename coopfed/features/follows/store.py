"""Rows of follows. Counters change only when a row does, so that redelivery counts nobody twice. Units of work."""

from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import (
    ColumnElement,
    FromClause,
    Select,
    and_,
    bindparam,
    delete,
    exists,
    func,
    literal_column,
    or_,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import insert

from actors.lookup import actor, peer
from actors.visibility import shut_out
from coopfed import limits
from coopfed.db.models import Block, Follow
from coopfed.db.models.follows import ACCEPTED, PENDING
from coopfed.db.tx import Tx, table
from coopfed.node import Stamp

follow, block = table(Follow), table(Block)
_NAMES = ("id", "follower_id", "followed_id", "uri", "state", "boosts", "notify", "languages", "joined")


def columns_of(rows: FromClause) -> tuple[ColumnElement[Any], ...]:
    """To select what makes a FollowRow, of the table or an alias of it."""
    return tuple(rows.c[name] for name in _NAMES)


_COLUMNS = columns_of(follow)
_BETWEEN = select(*_COLUMNS).where(
    follow.c.follower_id == bindparam("follower"), follow.c.followed_id == bindparam("followed")
)
_BY_URI = select(*_COLUMNS).where(follow.c.uri == bindparam("uri")).limit(limits.READ_ROWS)
_BY_ID = select(*_COLUMNS).where(follow.c.id == bindparam("id"))
_PENDING = (
    select(*_COLUMNS)
    .where(
        follow.c.followed_id == bindparam("followed"),
        follow.c.state == literal_column("'pending'"),
        follow.c.id < bindparam("below"),
        follow.c.id > bindparam("above"),
    )
    .order_by(follow.c.id.desc())
    .limit(bindparam("count"))
)
_WAITING = select(func.count()).where(
    follow.c.followed_id == bindparam("followed"), follow.c.state == literal_column("'pending'")
)
_INSERT = (
    insert(follow)
    .values(
        id=bindparam("id"),
        follower_id=bindparam("follower"),
        followed_id=bindparam("followed"),
        uri=bindparam("uri"),
        state=bindparam("state"),
        joined=bindparam("with_join"),
        created_at=bindparam("now"),
    )
    .on_conflict_do_nothing()
)
_SET_URI = (
    update(follow)
    .where(follow.c.id == bindparam("row"))
    .values(uri=bindparam("new_uri"), joined=bindparam("with_join"))
)
_ACCEPT = (
    update(follow)
    .where(follow.c.id == bindparam("row"), follow.c.state == literal_column("'pending'"))
    .values(state=ACCEPTED)
)
_WANT = (
    update(follow)
    .where(follow.c.id == bindparam("row"))
    .values(boosts=bindparam("with_boosts"), notify=bindparam("told"), languages=bindparam("codes"))
)
_DELETE = delete(follow).where(follow.c.id == bindparam("row"))
_COUNT_FOLLOWER = (
    update(actor)
    .where(actor.c.id == bindparam("who"))
    .values(followers_count=actor.c.followers_count + bindparam("step"))
)
_COUNT_FOLLOWING = (
    update(actor)
    .where(actor.c.id == bindparam("who"))
    .values(following_count=actor.c.following_count + bindparam("step"))
)
_BLOCKS = select(func.count()).where(
    block.c.actor_id == bindparam("blocker"), block.c.target_id == bindparam("blocked")
)
_SHUTS_OUT = select(shut_out(bindparam("who"), bindparam("other")))


def _people(one: ColumnElement[int], whose: ColumnElement[int]) -> Select[Any]:
    """One side of the granted follows whose other side is `whose`; nobody who is not there now, nor whom a block parts from the viewer."""
    block_between = exists(
        select(literal_column("1")).where(
            or_(
                and_(block.c.actor_id == bindparam("viewer"), block.c.target_id == one),
                and_(block.c.actor_id == one, block.c.target_id == bindparam("viewer")),
            )
        )
    )
    host_blocked = exists(
        select(literal_column("1")).where(
            or_(peer.c.id == actor.c.host_id, peer.c.id == actor.c.peer_id), peer.c.blocked
        )
    )
    return (
        select(follow.c.id, one)
        .join(actor, actor.c.id == one)
        .where(
            whose == bindparam("whose"),
            follow.c.state == literal_column("'accepted'"),
            follow.c.id < bindparam("below"),
            follow.c.id > bindparam("above"),
            actor.c.gone_at.is_(None),
            ~actor.c.suspended,
            ~host_blocked,
            ~block_between,
        )
        .order_by(follow.c.id.desc())
        .limit(bindparam("count"))
    )


_FOLLOWERS = _people(follow.c.follower_id, follow.c.followed_id)
_FOLLOWING = _people(follow.c.followed_id, follow.c.follower_id)
_mine = follow.alias("mine")
_FAMILIAR = _FOLLOWERS.join(
    _mine,
    and_(
        _mine.c.followed_id == follow.c.follower_id,
        _mine.c.follower_id == bindparam("viewer"),
        _mine.c.state == literal_column("'accepted'"),
    ),
)


@dataclass(frozen=True, slots=True)
class FollowRow:
    """A follow: `uri` is the id of the Follow activity, when it had one; of a Join when the follower `joined` a group."""

    id: int
    follower_id: int
    followed_id: int
    uri: str | None
    state: str
    boosts: bool = True
    notify: bool = False
    codes: str = ""
    """Languages as they are stored: between commas."""
    joined: bool = False

    @property
    def languages(self) -> tuple[str, ...]:
        """The languages that the follower wants to read; none: all."""
        return tuple(code for code in self.codes.split(",") if code)

    @property
    def accepted(self) -> bool:
        """Whether it was granted."""
        return self.state == ACCEPTED


def between(tx: Tx, follower_id: int, followed_id: int) -> FollowRow | None:
    """The follow of one actor by another."""
    row = tx.execute(_BETWEEN, {"follower": follower_id, "followed": followed_id}).one_or_none()
    return None if row is None else FollowRow(*row)


def by_uri(tx: Tx, uri: str) -> list[FollowRow]:
    """The follow that this Follow activity asked for; several where neighbours on one host use the same id."""
    return [FollowRow(*row) for row in tx.execute(_BY_URI, {"uri": uri})]


def by_id(tx: Tx, id: int) -> FollowRow | None:
    """The follow with this number."""
    row = tx.execute(_BY_ID, {"id": id}).one_or_none()
    return None if row is None else FollowRow(*row)


def pending_for(tx: Tx, followed_id: int, count: int, below: int | None = None, above: int = 0) -> list[FollowRow]:
    """Those who wait to be let in, the newest first, by numbers of follows below `below` and above `above`."""
    stretch = {"below": below or limits.NUMBER_MAX, "above": above, "count": count}
    return [FollowRow(*row) for row in tx.execute(_PENDING, {"followed": followed_id, **stretch})]


def waiting_count(tx: Tx, followed_id: int) -> int:
    """How many wait to be let in."""
    return int(tx.execute(_WAITING, {"followed": followed_id}).scalar_one())


def followers(tx: Tx, whose: int, viewer: int, count: int, below: int | None, above: int) -> list[tuple[int, int]]:
    """Who follows an actor, as far as it is known here, the newest first: (cursor, actor's number), with cursors below `below` and
    above `above`."""
    return _listed(tx, _FOLLOWERS, whose, viewer, count, below, above)


def following(tx: Tx, whose: int, viewer: int, count: int, below: int | None, above: int) -> list[tuple[int, int]]:
    """Whom an actor follows; as `followers`."""
    return _listed(tx, _FOLLOWING, whose, viewer, count, below, above)


def familiar(tx: Tx, whose: int, viewer: int, count: int) -> list[int]:
    """Those of an actor's followers whom the viewer follows."""
    return [number for _cursor, number in _listed(tx, _FAMILIAR, whose, viewer, count, None, 0)]


def _listed(
    tx: Tx, statement: Select[Any], whose: int, viewer: int, count: int, below: int | None, above: int
) -> list[tuple[int, int]]:
    stretch = {"below": below or limits.NUMBER_MAX, "above": above, "count": count}
    return [(row[0], row[1]) for row in tx.execute(statement, {"whose": whose, "viewer": viewer, **stretch})]


def ask(
    tx: Tx, follower_id: int, followed_id: int, uri: str | None, stamp: Stamp, *, joined: bool = False
) -> FollowRow:
    """The pending follow, made unless there is one; a newer id of the Follow (or Join) replaces the older."""
    existing = between(tx, follower_id, followed_id)
    if existing is None:
        number = stamp.mint(None)
        values = {"id": number, "follower": follower_id, "followed": followed_id, "uri": uri, "now": stamp.now}
        tx.execute(_INSERT, {**values, "state": PENDING, "with_join": joined})
        existing = between(tx, follower_id, followed_id)
        assert existing is not None
    elif uri is not None and existing.uri != uri:
        tx.execute(_SET_URI, {"row": existing.id, "new_uri": uri, "with_join": joined})
    return existing


def want(tx: Tx, row: FollowRow, boosts: bool, notify: bool, languages: tuple[str, ...]) -> FollowRow:
    """What the follower wants of the follow from now on. The row as it is then."""
    codes = f",{','.join(languages)}," if languages else ""
    tx.execute(_WANT, {"row": row.id, "with_boosts": boosts, "told": notify, "codes": codes})
    return replace(row, boosts=boosts, notify=notify, codes=codes)


def accept(tx: Tx, row: FollowRow) -> bool:
    """Grants the follow. Whether that changed anything."""
    if tx.execute(_ACCEPT, {"row": row.id}).rowcount != 1:
        return False
    _count(tx, row, 1)
    return True


def end(tx: Tx, row: FollowRow) -> None:
    """The follow is over, whoever ended it."""
    if tx.execute(_DELETE, {"row": row.id}).rowcount == 1 and row.accepted:
        _count(tx, row, -1)


def blocks(tx: Tx, blocker_id: int, blocked_id: int) -> bool:
    """Whether the first actor blocks the second."""
    return bool(tx.execute(_BLOCKS, {"blocker": blocker_id, "blocked": blocked_id}).scalar_one())


def shuts_out(tx: Tx, actor_id: int, other_id: int) -> bool:
    """Whether the first actor wants nothing of the second's host."""
    return bool(tx.execute(_SHUTS_OUT, {"who": actor_id, "other": other_id}).scalar_one())


def _count(tx: Tx, row: FollowRow, step: int) -> None:
    tx.execute(_COUNT_FOLLOWER, {"who": row.followed_id, "step": step})
    tx.execute(_COUNT_FOLLOWING, {"who": row.follower_id, "step": step})
