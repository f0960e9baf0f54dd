"""SQLite's writer: the one thread that writes, with group commit.

The writer takes the units that wait at the same moment (at most 64, at most 5 ms, front lane first) into one
BEGIN IMMEDIATE … COMMIT under synchronous=FULL, each but the first in a driver-level savepoint, and answers after the COMMIT. When
the transaction is lost (a full disk ends it by itself) or the COMMIT is refused, each unit of the group is done again, alone:
without that, units that were rolled back would be acknowledged.

A `flock` from BEGIN to COMMIT lets short commands write beside the live server without starving it (SQLite's busy handler
sleeps and tries again, so whoever is busy would keep the lock).
"""

import asyncio
import fcntl
import sqlite3
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, StaticPool, create_engine

from coopfed import limits
from coopfed.db.compiled import Executor
from coopfed.db.engine import (
    Call,
    Lane,
    refuse_closed,
    storage_error,
)
from coopfed.db.signals import Signals, Topic
from coopfed.db.tx import Tx
from coopfed.errors import StorageError
from coopfed.observe.logs import logger

_POLL_SECONDS = 0.5
_LOOK_SECONDS = 0.05
"""Between two looks at whether other processes wrote, when groups follow each other without a pause."""
_PRAGMAS = (
    "PRAGMA journal_mode=WAL",
    "PRAGMA synchronous=FULL",
    "PRAGMA foreign_keys=ON",
    "PRAGMA cache_size=-16000",
    # Savepoints copy pages into a statement journal, which is a file by default: half of all writes.
    "PRAGMA temp_store=MEMORY",
)

log = logger("db")


def connect(path: Path, *pragmas: str) -> sqlite3.Connection:
    """A connection to the file as this program uses it, with these pragmas besides."""
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False, cached_statements=512)
    busy = f"PRAGMA busy_timeout={int(limits.WRITE_WAIT_SECONDS * 1000)}"
    try:
        for pragma in (busy, *_PRAGMAS, *pragmas):
            connection.execute(pragma)
    except sqlite3.Error:
        connection.close()
        raise
    return connection


def core_connection(raw: sqlite3.Connection) -> Connection:
    """SQLAlchemy's connection over this one."""
    engine = create_engine("sqlite://", creator=lambda: raw, poolclass=StaticPool, isolation_level="AUTOCOMMIT")
    return engine.connect()


def close(connection: Connection) -> None:
    """Gives the connection back to its pool before the pool closes the file; the other way round it complains at exit."""
    connection.close()
    connection.engine.dispose()


class Writer(threading.Thread):
    """Owns the write connection. All state shared with the loop is behind `_condition`."""

    def __init__(self, path: Path, loop: asyncio.AbstractEventLoop, signals: Signals) -> None:
        super().__init__(name="coopfed-writer", daemon=True)
        self._path = path
        self._loop = loop
        self._signals = signals
        self._condition = threading.Condition()
        self._lanes: tuple[deque[Call], deque[Call]] = (deque(), deque())
        self._group: list[Call] = []
        self._open_batches: dict[Any, tuple[Call, list[Any]]] = {}
        self._stopping = False
        self.healthy = False
        self._raw = connect(path)
        self._connection = core_connection(self._raw)
        self._tx = Tx(Executor(self._connection, self._raw))
        self._lock_file = open(path.with_suffix(".lock"), "wb")  # noqa: SIM115 - held as long as the thread lives
        self._data_version = self._read_data_version()
        self._look_again = 0.0

    # --- called in the loop's thread ---

    def submit(self, call: Call, lane: Lane) -> None:
        """Puts a unit into its lane. StorageError when the database is closed."""
        with self._condition:
            refuse_closed(self._stopping)
            self._lanes[lane].append(call)
            self._condition.notify()

    def submit_item(
        self, unit: Callable[[Tx, Sequence[Any]], Sequence[Any]], item: Any, wakes: tuple[Topic, ...]
    ) -> Call:
        """Adds an item to the waiting batch of its unit, or opens one. The caller appends its future to the Call."""
        with self._condition:
            refuse_closed(self._stopping)
            open_batch = self._open_batches.get(unit)
            if open_batch is not None and not open_batch[0].taken and len(open_batch[1]) < limits.GROUP_UNITS:
                open_batch[1].append(item)
                return open_batch[0]
            items = [item]
            call = Call(lambda tx: unit(tx, items), wakes)
            self._open_batches[unit] = (call, items)
            self._lanes[Lane.FRONT].append(call)
            self._condition.notify()
            return call

    def give_up(self, call: Call) -> bool:
        """Takes a unit off the lanes if its turn has not come. Whether it was still waiting."""
        with self._condition:
            if call.taken:
                return False
            call.taken = True
            for lane in self._lanes:
                if call in lane:
                    lane.remove(call)
            return True

    def stop(self) -> None:
        """Refuses new units; the thread ends when the lanes are empty."""
        with self._condition:
            self._stopping = True
            self._condition.notify()

    # --- the thread ---

    def run(self) -> None:
        """Serves groups until stopped; whatever ends a round unexpectedly answers all who wait and goes on."""
        self.healthy = True
        while True:
            with self._condition:
                while not self._stopping and not self._waiting():
                    if not self._condition.wait(_POLL_SECONDS):
                        break
                if self._stopping and not self._waiting():
                    break
                work = self._waiting()
            try:
                if work:
                    self._serve_group()
                self._notice_other_processes()
            except BaseException as error:
                self.healthy = False
                self._fail(StorageError(f"the writer failed: {error}"))
                log.exception("writer_failed")
                time.sleep(0.1)
                self.healthy = True
        self.healthy = False
        self._raw.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        close(self._connection)
        self._lock_file.close()

    def _waiting(self) -> bool:
        return bool(self._lanes[0] or self._lanes[1])

    def _take(self) -> Call | None:
        with self._condition:
            for lane in self._lanes:
                if lane:
                    call = lane.popleft()
                    call.take()
                    self._group.append(call)
                    return call
        return None

    def _serve_group(self) -> None:
        fcntl.flock(self._lock_file, fcntl.LOCK_EX)
        try:
            try:
                self._raw.execute("BEGIN IMMEDIATE")
            except sqlite3.OperationalError as error:
                if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY:
                    self._fail(StorageError(f"no transaction can begin: {error}"))
                # Somebody keeps the lock. Nobody is taken: who has waited too long leaves by themselves (`_bounded`), all at
                # once, and who came a moment ago has time left.
                return
            lost = self._run_group()
            if not lost:
                try:
                    self._raw.execute("COMMIT")
                except sqlite3.Error:
                    lost = True
            if lost:
                self._redo_alone()
        finally:
            if self._raw.in_transaction:
                self._raw.execute("ROLLBACK")
            fcntl.flock(self._lock_file, fcntl.LOCK_UN)
        self._answer()

    def _run_group(self) -> bool:
        """Runs what waits. Whether the transaction was lost on the way."""
        started = time.monotonic()
        while not self._group or (
            len(self._group) < limits.GROUP_UNITS and time.monotonic() - started < limits.GROUP_SECONDS
        ):
            call = self._take()
            if call is None:
                break
            # Of the first there is nothing to keep when it is taken back: a savepoint would cost it two statements more.
            first = len(self._group) == 1
            if not first:
                self._raw.execute("SAVEPOINT u")
            try:
                self._run_unit(call)
            except Exception as error:
                call.error = error
                self._take_back(first)
            if not self._raw.in_transaction:
                return True
            if not first:
                self._raw.execute("RELEASE u")
        return False

    def _take_back(self, first: bool) -> None:
        """Undoes what the unit at hand did. Where that ends the transaction, the group is lost and each is done alone."""
        if not self._raw.in_transaction:
            return
        if not first:
            self._raw.execute("ROLLBACK TO u")
            return
        self._raw.execute("ROLLBACK")
        with suppress(sqlite3.OperationalError):
            self._raw.execute("BEGIN IMMEDIATE")

    def _run_unit(self, call: Call) -> None:
        self._tx.woken = set()
        call.perform(self._tx)

    def _redo_alone(self) -> None:
        if self._raw.in_transaction:
            self._raw.execute("ROLLBACK")
        for call in self._group:
            call.error, call.results = None, ()
            try:
                self._raw.execute("BEGIN IMMEDIATE")
                self._run_unit(call)
                self._raw.execute("COMMIT")
            except Exception as error:
                call.error = error
                if self._raw.in_transaction:
                    self._raw.execute("ROLLBACK")

    def _answer(self) -> None:
        """Hands everybody in the group what became of their unit."""
        group, self._group = self._group, []
        for call in group:
            if call.error is not None:
                call.error = storage_error(call.error)
        topics = tuple({topic for call in group if call.error is None for topic in call.woken})

        def deliver() -> None:
            for call in group:
                call.answer()
            self._signals.wake(topics)

        self._in_loop(deliver)

    def _fail(self, error: StorageError) -> None:
        """The same error for all: those whose units were in hand, and those who wait."""
        while self._take() is not None:
            pass
        for call in self._group:
            call.error = error
        self._answer()

    def _in_loop(self, function: Callable[[], None]) -> None:
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(function)

    def _read_data_version(self) -> int:
        return int(self._raw.execute("PRAGMA data_version").fetchone()[0])

    def _notice_other_processes(self) -> None:
        if time.monotonic() < self._look_again:
            return
        self._look_again = time.monotonic() + _LOOK_SECONDS
        # The version changes only by commits of *other* connections, and this one does all writing of this process.
        version = self._read_data_version()
        if version != self._data_version:
            self._data_version = version
            self._in_loop(self._signals.wake_all)
