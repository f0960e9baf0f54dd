"""The door to the database: two units of work, `read` and `write`, the same on SQLite and PostgreSQL.

    await db.write(unit, *args)            after COMMIT; serialised on SQLite, REPEATABLE READ with bounded retry on PostgreSQL
    await db.claim(unit, *args)            a write that takes rows of a queue: READ COMMITTED, SKIP LOCKED on PostgreSQL
    await db.write_batched(unit, item)     many callers' items in one call of the unit: unit(tx, items) -> results, in order
    await db.read(unit, *args)             one snapshot, at most some 40 rows
    await db.read_long(unit, *args)        the same, off the loop: searches, exports, counts

Who waits for what a unit wrote is told by `tx.wake(…)` inside it, or by `wakes=` where the caller knows better; both only after COMMIT.

A rule over the sum of several rows holds when the unit writes their parent row first. Locking it is not enough: in REPEATABLE
READ whoever waited for the lock still reads a snapshot from before.

`args` are plain values. Never await the network between reading and writing: gather first, then write.
"""

import asyncio
import sqlite3
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from enum import IntEnum
from typing import Any, TypeVar, TypeVarTuple
from urllib.parse import urlsplit, urlunsplit

from sqlalchemy.exc import DataError, DBAPIError, IntegrityError

from coopfed.db.signals import Signals, Topic
from coopfed.db.tx import Tx
from coopfed.errors import Busy, StorageError, Unstorable

Ts = TypeVarTuple("Ts")
R = TypeVar("R")
Item = TypeVar("Item")

NONE: tuple[Topic, ...] = ()


def async_url(url: str) -> str:
    """A PostgreSQL address with SQLAlchemy's driver name, whatever spelling the operator wrote."""
    parts = urlsplit(url)
    return urlunsplit(("postgresql+asyncpg", *parts[1:]))


class Lane(IntEnum):
    """Who goes first when units wait: people and peers in front, bulk work behind."""

    FRONT = 0
    BACK = 1


class Database(ABC):
    """Units of work on one database. Opened and closed in a running loop."""

    def __init__(self, signals: Signals) -> None:
        self.signals = signals

    @abstractmethod
    async def write(
        self,
        unit: Callable[[Tx, *Ts], R],
        *args: *Ts,
        lane: Lane = Lane.FRONT,
        wakes: tuple[Topic, ...] = NONE,
    ) -> R:
        """The unit's result, after COMMIT. Raises what the unit raises (nothing stored then), or Busy."""

    @abstractmethod
    async def claim(self, unit: Callable[[Tx, *Ts], R], *args: *Ts) -> R:
        """As `write`, for units that take rows from a queue with SKIP LOCKED."""

    async def write_batched(
        self, unit: Callable[[Tx, Sequence[Item]], Sequence[R]], item: Item, *, wakes: tuple[Topic, ...] = NONE
    ) -> R:
        """The result for one item; the items that wait at the same moment share one call of the unit and one COMMIT.

        When a shared call fails, each item is done again alone: one bad row must not refuse its neighbours.
        """
        call, future = self._join_batch(unit, item, wakes)
        try:
            return await self._bounded(call, future)
        except Busy:
            # Not once more: whoever waited so long has waited enough.
            raise
        except (StorageError, IntegrityError) as error:
            if len(call.futures) == 1 or not call.started:
                raise error
        return await self.write(_alone, unit, item, wakes=wakes)

    @abstractmethod
    def _join_batch(
        self, unit: Callable[[Tx, Sequence[Item]], Sequence[R]], item: Item, wakes: tuple[Topic, ...]
    ) -> "tuple[Call, asyncio.Future[R]]":
        """Adds the item to the batch of its unit that still waits, or opens one."""

    @abstractmethod
    async def _bounded(self, call: "Call", future: "asyncio.Future[R]") -> R:
        """The future's result, or Busy when the call's turn does not come in time."""

    @abstractmethod
    async def read(self, unit: Callable[[Tx, *Ts], R], *args: *Ts) -> R:
        """The unit's result on one snapshot. On SQLite it runs in the loop's thread: keep it short."""

    @abstractmethod
    async def read_long(self, unit: Callable[[Tx, *Ts], R], *args: *Ts) -> R:
        """The unit's result on one snapshot, off the loop."""

    @property
    @abstractmethod
    def healthy(self) -> bool:
        """Whether units are taken right now."""

    @abstractmethod
    async def close(self) -> None:
        """Finishes what waits, then closes. Later units raise StorageError."""


def _alone(tx: Tx, unit: Callable[[Tx, Sequence[Item]], Sequence[R]], item: Item) -> R:
    return unit(tx, [item])[0]


def storage_error(error: BaseException) -> BaseException:
    """What callers see of an error: StorageError for a driver's, Unstorable where the value is at fault, but IntegrityError as it is
    (callers tell it apart).

    Drivers' errors come wrapped by SQLAlchemy, bare from the statements that the writer itself gives, and bare from asyncpg
    while it connects.
    """
    if isinstance(error, IntegrityError):
        return error
    if isinstance(error, DBAPIError):
        kind = Unstorable if isinstance(error, DataError) or _sql_class(error) in _OF_THE_VALUE else StorageError
        return kind(f"{type(error.orig).__name__}: {error.orig}")
    # asyncpg by its name: it is imported only where it is used.
    if isinstance(error, OSError | sqlite3.Error) or type(error).__module__.startswith("asyncpg."):
        return StorageError(f"{type(error).__name__}: {error}")
    return error


_OF_THE_VALUE = frozenset({"22", "54"})
"""Classes of error codes: data exception, program limit exceeded (an index row). Source: PostgreSQL, appendix A."""


def _sql_class(error: DBAPIError) -> str:
    return str(getattr(error.orig, "sqlstate", None) or "")[:2]


@contextmanager
def storage_errors() -> Iterator[None]:
    """Lets callers see `storage_error` of what is raised inside."""
    try:
        yield
    except Exception as error:
        shown = storage_error(error)
        if shown is error:
            raise
        raise shown from error


def refuse_closed(closed: bool) -> None:
    """StorageError when the database is closed."""
    if closed:
        raise StorageError("the database is closed", reason="closed")


class Call:
    """A unit that waits for its turn. `run` gives one result per waiting future, in order."""

    __slots__ = ("error", "futures", "results", "run", "started", "taken", "wakes", "woken")

    def __init__(self, run: Callable[[Tx], Sequence[Any]], wakes: tuple[Topic, ...]) -> None:
        self.run = run
        self.wakes = wakes
        self.woken: set[Topic] = set()
        self.futures: list[Any] = []
        self.results: Sequence[Any] = ()
        self.error: BaseException | None = None
        self.taken = False
        self.started = False

    def perform(self, tx: Tx) -> None:
        """Runs the unit and keeps what it gave; raises what it raises, but nothing that would end a thread or a task."""
        tx.wake(*self.wakes)
        try:
            self.results = self.run(tx)
        except (StopIteration, SystemExit, KeyboardInterrupt) as error:
            raise RuntimeError(f"a unit of work raised {type(error).__name__}") from error
        self.woken = tx.woken

    def take(self) -> None:
        """Its turn has come: nobody joins it any more, nobody gives it up."""
        self.taken = self.started = True

    def answer(self) -> None:
        """Hands results or the error to those who wait; whoever was cancelled is skipped. In the loop's thread."""
        for index, future in enumerate(self.futures):
            if future.done():
                continue
            if self.error is not None:
                future.set_exception(self.error)
            elif index < len(self.results):
                future.set_result(self.results[index])
            else:
                future.set_exception(RuntimeError(f"a unit gave {len(self.results)} results for more items"))
