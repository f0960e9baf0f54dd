"""A file of members that an umbrella brings: each row invites a cooperative by its handle, or by mail. The job `import_members`.

The rows are those of other imports, so that it is told how far the file is, and what could not be done is given back with the reason.
Source: API contract 8.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass

from actors.lookup import ActorRow, by_id
from coopfed import limits
from coopfed.clock import utc
from coopfed.db.engine import Lane
from coopfed.db.tx import Tx
from coopfed.errors import (
    AlreadyExists,
    CoopFedError,
    FetchError,
    InvalidFields,
    InvalidInput,
    MembershipLoop,
    NotFound,
    StorageError,
    Unavailable,
    Unstorable,
)
from coopfed.features.accounts.store import address
from coopfed.features.memberships import actions, invitations, rules
from coopfed.features.memberships.actions import Wanted
from coopfed.features.portability import store
from coopfed.features.portability.formats import Line, Mode, as_it_was, numbered, written
from coopfed.features.portability.imports import account_of
from coopfed.features.portability.store import MEMBERS, Failure, ImportRow, Waiting
from coopfed.net.windows import Allowance
from coopfed.node import Node
from coopfed.text.sanitise import line

COLUMNS = ("name", "email", "handle", "kind", "started_on")
_ALLOWANCE = Allowance(6, 24 * 3600)
"""Files of one umbrella a day: each may send a thousand mails."""
_AT_ONCE = 20
_AGAIN_SECONDS = 60
_SUSPENDED_SECONDS = 3600
_LONGEST = 320
"""Of a cell; an address of mail has at most so many characters."""


@dataclass(frozen=True, slots=True)
class Cells:
    """A row, as it came."""

    name: str = ""
    email: str = ""
    handle: str = ""
    kind: str = ""
    started_on: str = ""


def read(data: bytes) -> list[tuple[int, Cells]]:
    """The rows of a file with their places in it. InvalidInput says what is wrong with the file; what is wrong with a row is told when its
    turn comes. Pure."""
    rows = numbered(data)
    columns = _header(rows[0][1]) if rows else None
    rows = rows[1:] if columns is not None else rows
    if not rows:
        raise InvalidInput("The file has no rows.", reason="file_empty")
    if len(rows) > limits.MEMBERS_IMPORTED:
        text = f"The file has {len(rows)} rows; at most {limits.MEMBERS_IMPORTED} are taken at once."
        raise InvalidInput(text, reason="file_rows")
    names = columns or COLUMNS
    return [(place, _cells(names, row)) for place, row in rows]


def _header(row: Sequence[str]) -> tuple[str, ...] | None:
    """The names of the columns, when the row is a header: one that names handles or addresses."""
    found = tuple(cell.strip().lower().removeprefix("#") for cell in row)
    return found if {"handle", "email"} & set(found) else None


def _cells(names: Sequence[str], row: Sequence[str]) -> Cells:
    found = {name: as_it_was(cell)[:_LONGEST] for name, cell in zip(names, row, strict=False) if name in COLUMNS}
    return Cells(**found)


async def begin(node: Node, umbrella: ActorRow, data: bytes) -> ImportRow:
    """Takes a file: it is read now, and worked off by a job. InvalidInput says what is wrong with it, or that another one runs; TooMany
    when the umbrella brings one after the other."""
    actions.check_ours(umbrella)
    lines = await asyncio.to_thread(read, data)
    node.allow("import of members", _ALLOWANCE, str(umbrella.id))
    kept = [
        Line(cells.handle or cells.email or "-", cells=tuple(getattr(cells, name) for name in COLUMNS))
        for _, cells in lines
    ]
    places = [place for place, _cells in lines]
    return await node.db.write(store.begin, umbrella.id, MEMBERS, Mode.MERGE, kept, node.stamp(), places)


async def import_members(node: Node, key: str) -> None:
    """The job `import_members` (key: the import's number): does rows for a while. Unavailable while others wait; the job then comes
    again."""
    number = int(key)
    found, umbrella = await node.db.read(_begun, number)
    if found is None or umbrella is None or umbrella.gone_at is not None or found.finished:
        return
    if umbrella.suspended:
        raise Unavailable("the operators suspended it", reason="actor_suspended", retry_after=_SUSPENDED_SECONDS)
    until = node.clock.now() + node.clock.span(limits.IMPORT_TURN_SECONDS)
    while (now := node.clock.now()) < until and (rows := await node.db.read(store.due, number, now, _AT_ONCE)):
        for waiting in rows:
            await _try(node, umbrella, number, waiting)
    due_at = await node.db.read(store.next_due, number)
    if due_at is not None:
        seconds = max(0, -(-(due_at - node.clock.now()) // 1000))
        raise Unavailable(f"rows of the import {number} wait", reason="import_runs", retry_after=seconds)
    await node.db.write(store.finish, number, node.clock.now(), lane=Lane.BACK)


def _begun(tx: Tx, number: int) -> tuple[ImportRow | None, ActorRow | None]:
    found = store.find(tx, number)
    return found, by_id(tx, found.actor_id) if found is not None else None


async def _try(node: Node, umbrella: ActorRow, number: int, waiting: Waiting) -> None:
    """Does a row, and keeps what became of it. StorageError when that is not to be had now."""
    try:
        member = await _invite(node, umbrella, Cells(*(waiting.line.cells or ())))
    except Unavailable as error:
        await _put_off(node, number, waiting, error.retry_after, waiting.tries)
    except CoopFedError as error:
        if isinstance(error, StorageError) and not isinstance(error, Unstorable):
            raise
        if isinstance(error, FetchError) and error.temporary and waiting.tries + 1 < limits.IMPORT_TRIES:
            await _put_off(node, number, waiting, _AGAIN_SECONDS * 5**waiting.tries, waiting.tries + 1)
        else:
            await node.db.write(store.settle, number, waiting.position, None, reason(error), lane=Lane.BACK)
    else:
        await node.db.write(store.settle, number, waiting.position, member, lane=Lane.BACK)


async def _put_off(node: Node, number: int, waiting: Waiting, seconds: int, tries: int) -> None:
    due_at = node.clock.now() + node.clock.span(seconds)
    await node.db.write(store.put_off, number, waiting.position, due_at, tries, lane=Lane.BACK)


async def _invite(node: Node, umbrella: ActorRow, cells: Cells) -> int | None:
    """Invites whom a row names. The member's number, None for an address of mail."""
    today = utc(node.clock.now()).date()
    wanted = Wanted(rules.kind(cells.kind), rules.day("started_on", cells.started_on, today))
    if cells.handle:
        member = await account_of(node, cells.handle.removeprefix("@"))
        await actions.invite(node, umbrella, member, wanted)
        return member.id
    if not cells.email:
        raise InvalidInput("A row has a handle or an address of mail.")
    host, language = node.config.handle_domain, node.config.languages[0]
    to, name = address(cells.email), line(cells.name)
    await node.db.write(
        invitations.send, node.secret, host, language, umbrella, to, name, wanted, node.stamp(), lane=Lane.BACK
    )
    return None


def reason(error: CoopFedError) -> str:
    """What an officer is told of a row that could not be done. Pure."""
    match error:
        case InvalidFields():
            return f"This cannot be taken: {', '.join(error.faults)}."
        case AlreadyExists():
            return "There is a membership of these two already, or an invitation went out lately."
        case MembershipLoop():
            return "The umbrella is itself a member of this cooperative."
        case NotFound():
            return "Nobody was found there."
        case InvalidInput():
            return str(error)
        case _:
            return f"{error.safe} ({error.reason})"


def failed(tx: Tx, number: int) -> list[Failure]:
    """The rows of an import that could not be done, with their places and reasons."""
    return store.failures(tx, number, 0, limits.MEMBERS_IMPORTED)


async def failures(node: Node, found: ImportRow) -> AsyncIterator[str]:
    """The same as CSV, each row as it came with the reason behind it: mended, the file can be brought again."""
    yield written([(*COLUMNS, "reason")])
    rows = await node.db.read_long(failed, found.id)
    yield written((*(one.line.cells or ()), one.reason) for one in rows)
