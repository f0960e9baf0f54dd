"""Rows of imports: what came, how far it is, what could not be done. Units of work."""

from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import orjson
from sqlalchemy import bindparam, delete, func, literal_column, select, update
from sqlalchemy.dialects.postgresql import insert

from coopfed import limits
from coopfed.clock import DAY_MS
from coopfed.db import jobs
from coopfed.db.models import DataImport, DataImportRow
from coopfed.db.models.portability import DONE, FAILED, WAITING
from coopfed.db.tx import Tx, table
from coopfed.errors import InvalidInput, NotFound
from coopfed.features.portability.formats import Kind, Line, Mode
from coopfed.node import Stamp

RUN_IMPORT, IMPORT_MEMBERS = "run_import", "import_members"
MEMBERS = "members"
"""The kind of an import of members of an umbrella (`coopfed.features.memberships.importing`), with a job of its own."""

data_import, row = table(DataImport), table(DataImportRow)


@dataclass(frozen=True, slots=True)
class ImportRow:
    """An import: how many rows it has, how many were done and how many could not be. Moments in milliseconds."""

    id: int
    actor_id: int
    kind: str
    mode: str
    total: int
    done: int
    failed: int
    created_at: int
    finished_at: int | None

    @property
    def finished(self) -> bool:
        """Whether nothing of it waits any more."""
        return self.finished_at is not None

    @property
    def settled(self) -> int:
        """Rows of which it is known what became of them."""
        return self.done + self.failed


@dataclass(frozen=True, slots=True)
class Waiting:
    """A row that is to be done. `tries` before this one."""

    position: int
    line: Line
    tries: int


@dataclass(frozen=True, slots=True)
class Failure:
    """A row that could not be done, and why."""

    position: int
    line: Line
    reason: str


_COLUMNS = tuple(data_import.c[name] for name in ImportRow.__dataclass_fields__)
_BEGIN = insert(data_import).on_conflict_do_nothing(index_elements=["running_for"])
_ADD_ROWS = insert(row)
_ONE = select(*_COLUMNS).where(data_import.c.id == bindparam("which"))
_OF = (
    select(*_COLUMNS)
    .where(data_import.c.actor_id == bindparam("whose"), data_import.c.kind.in_(bindparam("kinds", expanding=True)))
    .order_by(data_import.c.id.desc())
    .limit(bindparam("count"))
)
_this = row.c.import_id == bindparam("which")
_waits = (_this, row.c.state == literal_column(str(WAITING)))
_DUE = (
    select(row.c.position, row.c.cells, row.c.tries)
    .where(*_waits, row.c.due_at <= bindparam("now"))
    .order_by(row.c.due_at, row.c.position)
    .limit(bindparam("count"))
)
_NEXT = select(func.min(row.c.due_at)).where(*_waits)
_SETTLE = (
    update(row)
    .where(*_waits, row.c.position == bindparam("where"))
    .values(state=bindparam("new_state"), target_id=bindparam("target"), reason=bindparam("why"))
)
_LATER = (
    update(row)
    .where(*_waits, row.c.position == bindparam("where"))
    .values(due_at=bindparam("due"), tries=bindparam("new_tries"))
)
_COUNT = (
    update(data_import)
    .where(data_import.c.id == bindparam("which"))
    .values(done=data_import.c.done + bindparam("well"), failed=data_import.c.failed + bindparam("badly"))
)
_FINISH = (
    update(data_import)
    .where(data_import.c.id == bindparam("which"), data_import.c.finished_at.is_(None))
    .values(finished_at=bindparam("now"), running_for=None)
)
_FAILURES = (
    select(row.c.position, row.c.cells, row.c.reason)
    .where(_this, row.c.state == literal_column(str(FAILED)), row.c.position > bindparam("after"))
    .order_by(row.c.position)
    .limit(bindparam("count"))
)
_HELD = (
    select(row.c.target_id)
    .where(_this, row.c.state == literal_column(str(DONE)), row.c.target_id.in_(bindparam("ids", expanding=True)))
    .distinct()
)
_NAMED = select(row.c.subject).where(_this, row.c.subject.in_(bindparam("names", expanding=True))).distinct()
_FORGET = delete(data_import).where(data_import.c.finished_at < bindparam("before"))
_PURGE = delete(data_import).where(data_import.c.actor_id == bindparam("gone"))
_ROWS = select(row.c.cells, row.c.target_id).where(_this)
_UNFINISHED = select(data_import.c.id, data_import.c.kind).where(data_import.c.finished_at.is_(None))


def begin(
    tx: Tx,
    actor_id: int,
    kind: str,
    mode: Mode,
    lines: Sequence[Line],
    stamp: Stamp,
    positions: Sequence[int] | None = None,
) -> ImportRow:
    """Keeps a file whose rows were read, each with its position (they are counted where none are given), and leaves the job. InvalidInput
    while another one of this actor runs."""
    number = stamp.mint(None)
    values = {"id": number, "actor_id": actor_id, "running_for": actor_id, "kind": str(kind), "mode": mode.value}
    if tx.execute(_BEGIN, {**values, "total": len(lines), "created_at": stamp.now}).rowcount != 1:
        raise InvalidInput("Another import runs. Wait until it is finished.", reason="import_runs")
    rows = [
        {"import_id": number, "position": position, "subject": named(line), "cells": _packed(line)}
        for position, line in zip(positions or range(1, len(lines) + 1), lines, strict=True)
    ]
    tx.execute(_ADD_ROWS, rows)
    jobs.enqueue(tx, stamp.mint(None), _job(kind), str(number), stamp.now)
    found = find(tx, number)
    assert found is not None
    return found


def _job(kind: str) -> str:
    return IMPORT_MEMBERS if kind == MEMBERS else RUN_IMPORT


def named(line: Line) -> str:
    """Who or what a row names, as it is compared: handles and hosts do not depend on case."""
    return line.subject if "://" in line.subject else line.subject.lower()


def _packed(line: Line) -> str:
    return orjson.dumps({name: value for name, value in asdict(line).items() if value not in (None, "")}).decode()


def _unpacked(cells: str) -> Line:
    found: dict[str, Any] = orjson.loads(cells)
    for name in ("languages", "cells"):
        if name in found:
            found[name] = tuple(found[name])
    return Line(**found)


def find(tx: Tx, number: int) -> ImportRow | None:
    """The import with this number."""
    found = tx.execute(_ONE, {"which": number}).one_or_none()
    return None if found is None else ImportRow(*found)


def of_actor(tx: Tx, actor_id: int, number: int, kinds: Collection[str] = tuple(Kind)) -> ImportRow:
    """The import with this number, when it is the actor's and of one of these kinds. NotFound else."""
    found = find(tx, number)
    if found is None or found.actor_id != actor_id or found.kind not in kinds:
        raise NotFound(f"no import {number} of this actor")
    return found


def listed(tx: Tx, actor_id: int, kinds: Collection[str] = tuple(Kind)) -> list[ImportRow]:
    """The newest imports of these kinds of an actor."""
    values = {"whose": actor_id, "kinds": [str(kind) for kind in kinds], "count": limits.READ_ROWS}
    return [ImportRow(*found) for found in tx.execute(_OF, values)]


def due(tx: Tx, number: int, now: int, count: int) -> list[Waiting]:
    """Rows that may be done now."""
    found = tx.execute(_DUE, {"which": number, "now": now, "count": count}).all()
    return [Waiting(one.position, _unpacked(one.cells), one.tries) for one in found]


def next_due(tx: Tx, number: int) -> int | None:
    """When the next row may be done; None when none waits."""
    found: int | None = tx.execute(_NEXT, {"which": number}).scalar_one()
    return found


def settle(tx: Tx, number: int, position: int, target_id: int | None, reason: str = "") -> None:
    """A row was done, or with a `reason` it could not be. What was settled before, stays."""
    state = FAILED if reason else DONE
    values = {"which": number, "where": position, "new_state": state, "target": target_id, "why": reason}
    if tx.execute(_SETTLE, values).rowcount == 1:
        tx.execute(_COUNT, {"which": number, "well": int(not reason), "badly": int(bool(reason))})


def put_off(tx: Tx, number: int, position: int, due_at: int, tries: int) -> None:
    """A row is tried again then."""
    tx.execute(_LATER, {"which": number, "where": position, "due": due_at, "new_tries": tries})


def finish(tx: Tx, number: int, now: int) -> None:
    """Nothing of the import is left to do; the actor may begin another."""
    tx.execute(_FINISH, {"which": number, "now": now})


def failures(tx: Tx, number: int, after: int, count: int) -> list[Failure]:
    """Rows that could not be done, behind a position."""
    found = tx.execute(_FAILURES, {"which": number, "after": after, "count": count}).all()
    return [Failure(one.position, _unpacked(one.cells), one.reason) for one in found]


def held(tx: Tx, number: int, ids: list[int]) -> set[int]:
    """Those of the targets to which a row led."""
    return set(tx.execute(_HELD, {"which": number, "ids": ids}).scalars()) if ids else set()


def named_among(tx: Tx, number: int, names: list[str]) -> set[str]:
    """Those of the names that stand in the file, whatever became of their rows."""
    return set(tx.execute(_NAMED, {"which": number, "names": names}).scalars()) if names else set()


def rows(tx: Tx, number: int) -> list[tuple[Line, int | None]]:
    """All rows, with what each led to. A unit of work for `read_long`."""
    return [(_unpacked(one.cells), one.target_id) for one in tx.execute(_ROWS, {"which": number})]


def resume(tx: Tx, stamp: Stamp) -> None:
    """Leaves the job of every import that is not finished, should it have been given up."""
    for number, kind in tx.execute(_UNFINISHED).all():
        jobs.ensure(tx, stamp.mint(None), _job(kind), str(number), stamp.now)


def forget_old(tx: Tx, now: int) -> None:
    """Imports that were finished long ago go, with their rows."""
    tx.execute(_FORGET, {"before": now - limits.IMPORT_KEPT_DAYS * DAY_MS})


def purge(tx: Tx, actor_id: int) -> None:
    """The actor is gone, and with it what it brought."""
    tx.execute(_PURGE, {"gone": actor_id})
