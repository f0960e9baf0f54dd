"""PostgreSQL through asyncpg: a few tasks that each hold a connection serve the waiting units in order.

SQLAlchemy's own pool does not serve its waiters in order, which costs a long tail; hence the queue here. Group commit does not
pay on PostgreSQL, batches do: `write_batched` makes one statement of what waits.
"""

import asyncio
import random
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any

from sqlalchemy.exc import DBAPIError

from coopfed import limits
from coopfed.db.engine import (
    NONE,
    Call,
    Database,
    Item,
    Lane,
    R,
    Ts,
    async_url,
    refuse_closed,
    storage_error,
    storage_errors,
)
from coopfed.db.prepared import Connection, Statements
from coopfed.db.signals import Signals, Topic
from coopfed.db.tx import Tx
from coopfed.errors import Busy
from coopfed.observe.logs import logger

_WRITERS = 6
_CLAIMERS = 2
_READERS = 4
_TRIES = 10
_RECONNECT_SECONDS = 0.5
_SERIALISATION = ("40001", "40P01")
_UNIQUE = "23505"
_CHANNEL = "coopfed"
_WRITE, _CLAIM, _READ = (
    f"BEGIN ISOLATION LEVEL {level}" for level in ("REPEATABLE READ", "READ COMMITTED", "REPEATABLE READ READ ONLY")
)

log = logger("db")


class _Lanes:
    """Two waiting lanes and the tasks that serve them, each on its own connection."""

    def __init__(self, opened: Callable[[], Awaitable[Connection]], begin: str, tasks: int) -> None:
        self._opened = opened
        self._begin = begin
        self._lanes: tuple[deque[Call], deque[Call]] = (deque(), deque())
        self._ready = asyncio.Semaphore(0)
        self._retrying = asyncio.Lock()
        self._tasks = [asyncio.create_task(self._serve(), name="coopfed-writer") for _ in range(tasks)]
        self._stopping = False
        self._connected = 0

    @property
    def healthy(self) -> bool:
        return self._connected > 0

    def submit(self, call: Call, lane: Lane) -> None:
        """Puts a unit into its lane. StorageError when the database is closed."""
        refuse_closed(self._stopping)
        self._lanes[lane].append(call)
        self._ready.release()

    async def stop(self) -> None:
        """Serves what waits, then ends the tasks."""
        self._stopping = True
        for _ in self._tasks:
            self._ready.release()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _waiting(self) -> bool:
        return any(not call.taken for lane in self._lanes for call in lane)

    def _take(self) -> Call | None:
        for lane in self._lanes:
            while lane:
                call = lane.popleft()
                if not call.taken:
                    call.take()
                    return call
        return None

    async def _serve(self) -> None:
        while not (self._stopping and not self._waiting()):
            try:
                connection = await self._opened()
                self._connected += 1
                try:
                    await self._serve_on(connection)
                finally:
                    self._connected -= 1
                    await connection.close()
            except Exception as error:
                log.error("database_unreachable", error=type(error).__name__)
                await asyncio.sleep(_RECONNECT_SECONDS)

    async def _serve_on(self, connection: Connection) -> None:
        while True:
            await self._ready.acquire()
            call = self._take()
            if call is None:
                if self._stopping:
                    return
                continue
            await self._run_call(connection, call)
            if connection.closed:
                return

    async def _run_call(self, connection: Connection, call: Call) -> None:
        try:
            if not await self._tried(connection, call, _UNIQUE):
                await self._retry(connection, call)
        except Exception as error:
            call.error = storage_error(error)
        call.answer()

    async def _retry(self, connection: Connection, call: Call) -> None:
        """Again, one unit at a time: those that all want the same row (a counter) would keep each other from it."""
        async with self._retrying:
            for attempt in range(_TRIES):
                if await self._tried(connection, call, *([] if attempt else [_UNIQUE])):
                    return
                await asyncio.sleep(random.uniform(0, 0.002 * 2**attempt))
        call.error = Busy("others kept changing the same rows")

    async def _tried(self, connection: Connection, call: Call, *forgiven: str) -> bool:
        """Runs the unit in a transaction. False when another transaction was in its way and it may be run again.

        `forgiven` are further error codes that count as that. A unit that looks before it inserts does not see what another
        process committed after its snapshot, but stumbles over it: run again, it finds the row. Source: PostgreSQL 13.5.
        """
        try:
            await connection.transaction(self._begin, call.perform, lambda: _notice(call))
        except DBAPIError as error:
            if getattr(error.orig, "sqlstate", None) in (*_SERIALISATION, *forgiven):
                return False
            raise
        return True


def _notice(call: Call) -> str:
    """The command that wakes the other processes, if the unit wakes anybody. Topics are words of ours."""
    return f"NOTIFY {_CHANNEL}, '{' '.join(sorted(call.woken))}'" if call.woken else ""


class PostgresDatabase(Database):
    """The outgrown form: any number of processes on any number of machines."""

    def __init__(self, url: str, signals: Signals) -> None:
        super().__init__(signals)
        self._loop = asyncio.get_running_loop()
        address = async_url(url)
        statements = Statements()

        async def opened() -> Connection:
            return await Connection.open(address, statements)

        self._opened = opened
        self._writes = _Lanes(opened, _WRITE, _WRITERS)
        self._claims = _Lanes(opened, _CLAIM, _CLAIMERS)
        self._readers: list[Connection] = []
        self._read_turn = asyncio.Semaphore(_READERS)
        self._closed = False
        self._batches: dict[Any, tuple[Call, list[Any]]] = {}
        self._listener = asyncio.create_task(self._listen(), name="coopfed-listen")

    async def write(
        self,
        unit: Callable[[Tx, *Ts], R],
        *args: *Ts,
        lane: Lane = Lane.FRONT,
        wakes: tuple[Topic, ...] = NONE,
    ) -> R:
        call = Call(lambda tx: (unit(tx, *args),), wakes)
        return await self._through(self._writes, call, lane, self._loop.create_future())

    async def claim(self, unit: Callable[[Tx, *Ts], R], *args: *Ts) -> R:
        call = Call(lambda tx: (unit(tx, *args),), NONE)
        return await self._through(self._claims, call, Lane.FRONT, self._loop.create_future())

    def _join_batch(
        self, unit: Callable[[Tx, Sequence[Item]], Sequence[R]], item: Item, wakes: tuple[Topic, ...]
    ) -> "tuple[Call, asyncio.Future[R]]":
        future: asyncio.Future[R] = self._loop.create_future()
        waiting = self._batches.get(unit)
        if waiting is not None and not waiting[0].taken and len(waiting[1]) < limits.GROUP_UNITS:
            waiting[1].append(item)
            waiting[0].futures.append(future)
            return waiting[0], future
        items = [item]
        call = Call(lambda tx: unit(tx, items), wakes)
        call.futures.append(future)
        self._batches[unit] = (call, items)
        self._claims.submit(call, Lane.FRONT)
        return call, future

    async def _through(self, lanes: _Lanes, call: Call, lane: Lane, future: "asyncio.Future[R]") -> R:
        call.futures.append(future)
        lanes.submit(call, lane)
        return await self._bounded(call, future)

    async def _bounded(self, call: Call, future: "asyncio.Future[R]") -> R:
        timer = self._loop.call_later(limits.WRITE_WAIT_SECONDS, self._too_late, call)
        try:
            result = await future
        finally:
            timer.cancel()
        self.signals.wake(tuple(call.woken))
        return result

    def _too_late(self, call: Call) -> None:
        # The call stays in its lane; `_take` passes over what was given up.
        if not call.taken:
            call.taken = True
            call.error = Busy(f"waited {limits.WRITE_WAIT_SECONDS} seconds for a connection")
            call.answer()

    async def read(self, unit: Callable[[Tx, *Ts], R], *args: *Ts) -> R:
        refuse_closed(self._closed)
        with storage_errors():
            async with self._read_turn, self._reader() as connection:
                return await connection.transaction(_READ, lambda tx: unit(tx, *args))

    @asynccontextmanager
    async def _reader(self) -> AsyncIterator[Connection]:
        """A connection that nobody reads on, kept for the next reader unless it ended."""
        connection = self._readers.pop() if self._readers else await self._opened()
        if connection.closed:
            connection = await self._opened()
        try:
            yield connection
        finally:
            if not connection.closed:
                self._readers.append(connection)

    async def read_long(self, unit: Callable[[Tx, *Ts], R], *args: *Ts) -> R:
        return await self.read(unit, *args)

    @property
    def healthy(self) -> bool:
        return self._writes.healthy

    async def _listen(self) -> None:
        """Wakes this process when another one committed something."""
        while True:
            try:
                connection = await self._opened()
                try:
                    lost = asyncio.Event()
                    connection.raw.add_termination_listener(lambda _connection, lost=lost: lost.set())
                    await connection.raw.add_listener(_CHANNEL, self._on_notify)
                    # What was committed before listening began is found by looking once.
                    self.signals.wake_all()
                    await lost.wait()
                finally:
                    connection.raw.terminate()
            except Exception as error:
                log.error("listen_lost", error=type(error).__name__)
            await asyncio.sleep(1)

    def _on_notify(self, _connection: Any, _pid: int, _channel: str, payload: str) -> None:
        self.signals.wake(tuple(Topic(word) for word in payload.split() if word in Topic.__members__.values()))

    async def close(self) -> None:
        if self._closed:
            return
        self._closed = True
        self._listener.cancel()
        await asyncio.gather(self._listener, return_exceptions=True)
        await self._writes.stop()
        await self._claims.stop()
        # Those who read right now end first.
        for _ in range(_READERS):
            await self._read_turn.acquire()
        for connection in self._readers:
            await connection.close()
