"""The end of an import that overwrites: what is not in the file goes. Every step may be done again.

What a row names that could not be done stays as it was: a friend whose server sleeps tonight is not left. And where no row at all
could be done, nothing goes: that was the wrong file.
"""

from collections.abc import Awaitable, Callable
from typing import Any

from sqlalchemy import ColumnElement, Select, bindparam, literal_column, select

from actors.lookup import ActorRow, by_ids
from actors.visibility import object_
from coopfed.db.tx import Tx
from coopfed.features import bookmarks, host_blocks
from coopfed.features.blocks import actions as blocks
from coopfed.features.follows import actions as follows
from coopfed.features.lists import store as lists
from coopfed.features.lists.store import ListRow
from coopfed.features.mutes import actions as mutes
from coopfed.features.portability import store
from coopfed.features.portability.exports import block, bookmark, follow, host_block, mute
from coopfed.features.portability.formats import Kind, Line
from coopfed.node import Node

_AT_ONCE = 50

End = Callable[[Node, ActorRow, ActorRow], Awaitable[None]]


def _behind(key: ColumnElement[int], *columns: ColumnElement[Any], where: ColumnElement[bool]) -> Select[Any]:
    limit: ColumnElement[int] = literal_column(str(_AT_ONCE))
    return select(key.label("cursor"), *columns).where(where, key > bindparam("after")).order_by(key).limit(limit)


_who = bindparam("who", type_=follow.c.follower_id.type)
_ACCOUNTS = {
    # Those that were asked for and have not answered, too.
    Kind.FOLLOWING: _behind(follow.c.id, follow.c.followed_id.label("target"), where=follow.c.follower_id == _who),
    Kind.BLOCKS: _behind(block.c.target_id, block.c.target_id.label("target"), where=block.c.actor_id == _who),
    Kind.MUTES: _behind(mute.c.target_id, mute.c.target_id.label("target"), where=mute.c.actor_id == _who),
}
_HOSTS = _behind(host_block.c.id, host_block.c.host, where=host_block.c.actor_id == _who)
_BOOKMARKS = _behind(
    bookmark.c.id,
    bookmark.c.object_id,
    object_.c.uri,
    object_.c.url,
    where=(bookmark.c.actor_id == _who) & (object_.c.id == bookmark.c.object_id),
)
_ENDS: dict[Kind, End] = {Kind.FOLLOWING: follows.unfollow, Kind.BLOCKS: blocks.unblock, Kind.MUTES: mutes.unmute}


async def remove_others(node: Node, actor: ActorRow, number: int, kind: Kind) -> None:
    """Ends what the actor has of this kind and the import does not name."""
    found = await node.db.read(store.find, number)
    if found is None or not found.done:
        return
    if kind is Kind.LISTS:
        await _remove_from_lists(node, actor, number)
    elif kind is Kind.HOST_BLOCKS:
        await _remove_hosts(node, actor, number)
    elif kind is Kind.BOOKMARKS:
        await _remove_bookmarks(node, actor, number)
    else:
        await _remove_accounts(node, actor, number, kind)


async def _remove_accounts(node: Node, actor: ActorRow, number: int, kind: Kind) -> None:
    after: int | None = 0
    while after is not None:
        others, after = await node.db.read(_other_accounts, kind, actor.id, number, after)
        for other in others:
            await _ENDS[kind](node, actor, other)


def _other_accounts(tx: Tx, kind: Kind, actor_id: int, number: int, after: int) -> tuple[list[ActorRow], int | None]:
    found = tx.execute(_ACCOUNTS[kind], {"who": actor_id, "after": after}).all()
    held = store.held(tx, number, [one.target for one in found])
    others = list(by_ids(tx, [one.target for one in found if one.target not in held]).values())
    named = store.named_among(tx, number, [name for other in others for name in _names(other)])
    return [other for other in others if named.isdisjoint(_names(other))], _next(found)


def _names(who: ActorRow) -> tuple[str, ...]:
    return (who.acct, who.uri, who.url or who.uri)


def _next(found: Any) -> int | None:
    return found[-1].cursor if found else None


async def _remove_hosts(node: Node, actor: ActorRow, number: int) -> None:
    after: int | None = 0
    while after is not None:
        others, after = await node.db.read(_other_hosts, actor.id, number, after)
        for host in others:
            await host_blocks.let_back(node, actor, host)


def _other_hosts(tx: Tx, actor_id: int, number: int, after: int) -> tuple[list[str], int | None]:
    found = tx.execute(_HOSTS, {"who": actor_id, "after": after}).all()
    named = store.named_among(tx, number, [one.host for one in found])
    return [one.host for one in found if one.host not in named], _next(found)


async def _remove_bookmarks(node: Node, actor: ActorRow, number: int) -> None:
    after: int | None = 0
    while after is not None:
        after = await node.db.write(_remove_other_bookmarks, actor.id, number, after)


def _remove_other_bookmarks(tx: Tx, actor_id: int, number: int, after: int) -> int | None:
    found = tx.execute(_BOOKMARKS, {"who": actor_id, "after": after}).all()
    held = store.held(tx, number, [one.object_id for one in found])
    named = store.named_among(tx, number, [name for one in found for name in (one.uri, one.url) if name])
    for one in found:
        if one.object_id not in held and named.isdisjoint((one.uri, one.url)):
            bookmarks.remove(tx, actor_id, one.object_id)
    return _next(found)


async def _remove_from_lists(node: Node, actor: ActorRow, number: int) -> None:
    rows = await node.db.read_long(store.rows, number)
    for found in await node.db.read(lists.of_actor, actor.id):
        wanted = [(line, target) for line, target in rows if line.title == found.title]
        await node.db.write(_keep_in_list, actor.id, found, wanted)


def _keep_in_list(tx: Tx, owner_id: int, found: ListRow, wanted: list[tuple[Line, int | None]]) -> None:
    if not wanted:
        lists.remove(tx, owner_id, found.id)
        return
    held, named = {target for _line, target in wanted}, {store.named(line) for line, _target in wanted}
    below: int | None = None
    while members := lists.members(tx, found.id, _AT_ONCE, below, 0):
        known = by_ids(tx, [member for member in members if member not in held])
        others = [id for id, who in known.items() if named.isdisjoint(_names(who))]
        lists.remove_members(tx, owner_id, found.id, others)
        below = members[-1]
