"""A file that an actor brings: each row is done by the same act as from an app. The job `run_import`.

What a row does may be done twice, and is marked behind it: a process that is killed in the middle loses nothing, and the next one
goes on with the rows that wait. Whoever is not known here is asked for through the guarded client, a few at one host at a time.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable

from actors.lookup import ActorRow, by_id
from coopfed import limits
from coopfed.db.engine import Lane
from coopfed.db.tx import Tx
from coopfed.errors import (
    BadMessage,
    CoopFedError,
    FetchError,
    InvalidInput,
    NotFound,
    StorageError,
    Unavailable,
    Unstorable,
)
from coopfed.features import bookmarks, host_blocks, lookup
from coopfed.features.blocks import actions as blocks
from coopfed.features.follows import actions as follows
from coopfed.features.lists import store as lists
from coopfed.features.lists.store import Replies
from coopfed.features.lookup import Stored
from coopfed.features.mutes import actions as mutes
from coopfed.features.portability import store
from coopfed.features.portability.formats import HEADERS, IMPORTED, Kind, Line, Mode, cells_of, read, written
from coopfed.features.portability.overwrite import remove_others
from coopfed.features.portability.store import ImportRow, Waiting
from coopfed.features.posts import visible
from coopfed.net.windows import Allowance
from coopfed.node import Node, Stamp
from webfinger.resource import Handle, parse_resource

_ALLOWANCE = Allowance(20, 3600)
_AT_ONCE, _PAGE = 20, 500
_AGAIN_SECONDS = 60
_BUSY_SECONDS = 2
_SUSPENDED_SECONDS = 3600

Act = Callable[[Node, ActorRow, Line], Awaitable[int | None]]


async def begin(node: Node, actor: ActorRow, kind: str, mode: str, data: bytes) -> ImportRow:
    """Takes a file: it is read now, and worked off by a job. InvalidInput says what is wrong with it, or that another one runs;
    TooMany when the actor brings one after the other."""
    if kind not in IMPORTED:
        raise InvalidInput(f"type is one of: {', '.join(IMPORTED)}; followers follow by themselves, or by a move")
    node.allow("import", _ALLOWANCE, str(actor.id))
    if mode not in list(Mode):
        raise InvalidInput(f"mode is one of: {', '.join(Mode)}")
    # Twenty thousand rows take a while: not in the loop's thread.
    lines = await asyncio.to_thread(read, Kind(kind), data)
    return await node.db.write(store.begin, actor.id, Kind(kind), Mode(mode), lines, node.stamp())


async def run_import(node: Node, key: str) -> None:
    """The job `run_import` (key: the import's number): does rows for a while. Unavailable while others wait, or the actor is suspended;
    the job then comes again."""
    number = int(key)
    found, actor = await node.db.read(_begun, number)
    if found is None or actor is None or actor.gone_at is not None or found.finished:
        return
    if actor.suspended:
        raise Unavailable(
            f"the operators suspended {actor.uri}", reason="actor_suspended", retry_after=_SUSPENDED_SECONDS
        )
    until = node.clock.now() + node.clock.span(limits.IMPORT_TURN_SECONDS)
    while (now := node.clock.now()) < until and (rows := await node.db.read(store.due, number, now, _AT_ONCE)):
        for waiting in rows:
            await _try(node, actor, found, waiting)
    due_at = await node.db.read(store.next_due, number)
    if due_at is not None:
        seconds = max(0, -(-(due_at - node.clock.now()) // 1000))
        raise Unavailable(f"rows of the import {number} wait", reason="import_runs", retry_after=seconds)
    if found.mode == Mode.OVERWRITE:
        await remove_others(node, actor, number, Kind(found.kind))
    await node.db.write(store.finish, number, node.clock.now(), lane=Lane.BACK)


def _begun(tx: Tx, number: int) -> tuple[ImportRow | None, ActorRow | None]:
    found = store.find(tx, number)
    return found, by_id(tx, found.actor_id) if found is not None else None


async def _try(node: Node, actor: ActorRow, found: ImportRow, waiting: Waiting) -> None:
    """Does a row, and keeps what became of it. StorageError when that is not to be had now."""
    try:
        target = await _ACTS[Kind(found.kind)](node, actor, waiting.line)
    except Unavailable as error:
        # No try: its host is asked for others just now.
        await _put_off(node, found, waiting, error.retry_after, waiting.tries)
    except CoopFedError as error:
        if isinstance(error, StorageError) and not isinstance(error, Unstorable):
            raise
        if isinstance(error, FetchError) and error.temporary and waiting.tries + 1 < limits.IMPORT_TRIES:
            await _put_off(node, found, waiting, _AGAIN_SECONDS * 5**waiting.tries, waiting.tries + 1)
        else:
            await node.db.write(store.settle, found.id, waiting.position, None, _told(error), lane=Lane.BACK)
    else:
        await node.db.write(store.settle, found.id, waiting.position, target, lane=Lane.BACK)


async def _put_off(node: Node, found: ImportRow, waiting: Waiting, seconds: int, tries: int) -> None:
    due_at = node.clock.now() + node.clock.span(seconds)
    await node.db.write(store.put_off, found.id, waiting.position, due_at, tries, lane=Lane.BACK)


def _told(error: CoopFedError) -> str:
    """What the member is told: what is wrong with the row in full, of everything else the safe sentence."""
    return str(error) if isinstance(error, InvalidInput | BadMessage) else f"{error.safe} ({error.reason})"


async def failures(node: Node, found: ImportRow) -> AsyncIterator[str]:
    """The rows that could not be done, as they came, each with the reason behind it, as CSV: mended, the file can be brought again."""
    kind, after = Kind(found.kind), 0
    if kind in HEADERS:
        yield written([(*HEADERS[kind], "Reason")])
    while rows := await node.db.read_long(store.failures, found.id, after, _PAGE):
        yield written((*cells_of(kind, one.line), one.reason) for one in rows)
        after = rows[-1].position


# --- who and what is meant --------------------------------------------------------------------------------------


async def _meant(node: Node, subject: str) -> Stored:
    """The account or post that a row names. Raises why there is none; Unavailable when its host was asked for many just now."""
    host = _host(subject)
    found = await lookup.find(node, subject, ask=False)
    if found is not None:
        return found
    if not node.import_fetches.allows(host, node.clock.now()):
        raise Unavailable(f"{host} is asked for others", reason="import_host", retry_after=_BUSY_SECONDS)
    looked = await lookup.look_up(node, subject)
    if looked.stored is None:
        raise looked.refused or NotFound(f"nothing is at {subject}")
    return looked.stored


def _host(subject: str) -> str:
    if "@" not in subject and "://" not in subject:
        raise InvalidInput("This is no full address. Write name@host.")
    asked = parse_resource(subject)
    return asked.host if isinstance(asked, Handle) else asked.url.split("/")[2]


async def account_of(node: Node, subject: str) -> ActorRow:
    """The account that a row names. Raises why there is none; Unavailable when its host was asked for many just now."""
    found = await _meant(node, subject)
    if found.post is not None:
        raise InvalidInput("This is a post, not an account.")
    return found.actor


# --- the acts ---------------------------------------------------------------------------------------------------


async def _follow(node: Node, actor: ActorRow, line: Line) -> int:
    target = await account_of(node, line.subject)
    await follows.follow(node, actor, target, follows.Wishes(line.boosts, line.notify, line.languages))
    return target.id


async def _block(node: Node, actor: ActorRow, line: Line) -> int:
    target = await account_of(node, line.subject)
    await blocks.block(node, actor, target)
    return target.id


async def _mute(node: Node, actor: ActorRow, line: Line) -> int:
    target = await account_of(node, line.subject)
    await mutes.mute(node, actor, target, notifications=line.notifications is not False)
    return target.id


async def _put_in_list(node: Node, actor: ActorRow, line: Line) -> int:
    """Only those stand in lists whom the owner follows, so it follows them: as Mastodon imports lists."""
    target = await account_of(node, line.subject)
    await follows.follow(node, actor, target)
    await node.db.write(_list_member, actor.id, line.title, target.id, node.stamp(), lane=Lane.BACK)
    return target.id


def _list_member(tx: Tx, owner_id: int, title: str, target_id: int, stamp: Stamp) -> None:
    found = next((one for one in lists.of_actor(tx, owner_id) if one.title == title), None)
    if found is None:
        found = lists.create(tx, owner_id, *lists.checked(title, Replies.LIST.value, exclusive=False), stamp)
    lists.add_members(tx, owner_id, found.id, [target_id])


async def _shut_out(node: Node, actor: ActorRow, line: Line) -> None:
    await host_blocks.shut_out(node, actor, line.subject)


async def _bookmark(node: Node, actor: ActorRow, line: Line) -> int:
    found = await _meant(node, line.subject)
    if found.post is None:
        raise InvalidInput("This is no post.")
    await node.db.write(_mark, actor.id, found.post.id, node.stamp(), lane=Lane.BACK)
    return found.post.id


def _mark(tx: Tx, actor_id: int, post_id: int, stamp: Stamp) -> None:
    if not visible.by_ids(tx, [post_id], actor_id):
        raise NotFound(f"the post {post_id} is not for this reader")
    bookmarks.add(tx, stamp.mint(None), actor_id, post_id)


_ACTS: dict[Kind, Act] = {
    Kind.FOLLOWING: _follow,
    Kind.BLOCKS: _block,
    Kind.MUTES: _mute,
    Kind.LISTS: _put_in_list,
    Kind.HOST_BLOCKS: _shut_out,
    Kind.BOOKMARKS: _bookmark,
}
assert set(_ACTS) == set(IMPORTED)
