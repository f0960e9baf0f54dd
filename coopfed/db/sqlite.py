"""SQLite: one writer thread with group commit (`sqlite_writer`), reads in the loop's thread, long reads on aiosqlite."""

import asyncio
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import event
from sqlalchemy.ext.asyncio import create_async_engine

from coopfed import limits
from coopfed.db.compiled import Executor
from coopfed.db.engine import (
    NONE,
    Call,
    Database,
    Item,
    Lane,
    R,
    Ts,
    refuse_closed,
    storage_errors,
)
from coopfed.db.signals import Signals, Topic
from coopfed.db.sqlite_writer import Writer, close, connect, core_connection
from coopfed.db.tx import Tx, Usual
from coopfed.errors import Busy


class SqliteDatabase(Database):
    """The embedded default."""

    def __init__(self, path: Path, signals: Signals) -> None:
        super().__init__(signals)
        self._loop = asyncio.get_running_loop()
        self._writer = Writer(path, self._loop, signals)
        self._read_raw = connect(path, "PRAGMA query_only=ON")
        self._read_connection = core_connection(self._read_raw)
        self._read_tx = Tx(Executor(self._read_connection, self._read_raw))
        self._long = create_async_engine(
            f"sqlite+aiosqlite:///{path}", pool_size=2, max_overflow=0, connect_args={"isolation_level": None}
        )
        event.listen(self._long.sync_engine, "connect", _query_only)
        event.listen(self._long.sync_engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN"))
        self._reading: set[asyncio.Task[Any]] = set()
        self._closed = False
        self._writer.start()

    async def write(
        self,
        unit: Callable[[Tx, *Ts], R],
        *args: *Ts,
        lane: Lane = Lane.FRONT,
        wakes: tuple[Topic, ...] = NONE,
    ) -> R:
        call = Call(lambda tx: (unit(tx, *args),), wakes)
        future: asyncio.Future[R] = self._loop.create_future()
        call.futures.append(future)
        self._writer.submit(call, lane)
        return await self._bounded(call, future)

    async def claim(self, unit: Callable[[Tx, *Ts], R], *args: *Ts) -> R:
        call = Call(lambda tx: (unit(tx, *args),), NONE)
        future: asyncio.Future[R] = self._loop.create_future()
        call.futures.append(future)
        self._writer.submit(call, Lane.FRONT)
        return await self._bounded(call, future)

    def _join_batch(
        self, unit: Callable[[Tx, Sequence[Item]], Sequence[R]], item: Item, wakes: tuple[Topic, ...]
    ) -> "tuple[Call, asyncio.Future[R]]":
        future: asyncio.Future[R] = self._loop.create_future()
        call = self._writer.submit_item(unit, item, wakes)
        # No await since the item joined the batch; answers come through the loop, so the future is there in time.
        call.futures.append(future)
        return call, future

    async def _bounded(self, call: Call, future: "asyncio.Future[R]") -> R:
        timer = self._loop.call_later(limits.WRITE_WAIT_SECONDS, self._too_late, call)
        try:
            return await future
        finally:
            timer.cancel()

    def _too_late(self, call: Call) -> None:
        if self._writer.give_up(call):
            call.error = Busy(f"waited {limits.WRITE_WAIT_SECONDS} seconds for the write lock")
            call.answer()

    async def read(self, unit: Callable[[Tx, *Ts], R], *args: *Ts) -> R:
        refuse_closed(self._closed)
        with storage_errors():
            self._read_raw.execute("BEGIN")
            try:
                return unit(self._read_tx, *args)
            finally:
                if self._read_raw.in_transaction:
                    self._read_raw.execute("ROLLBACK")

    async def read_long(self, unit: Callable[[Tx, *Ts], R], *args: *Ts) -> R:
        refuse_closed(self._closed)
        # Read to its end also when nobody waits any more: a statement that is given up in the middle keeps its read lock until
        # Python clears it away, and so long the log cannot be emptied.
        reading = asyncio.create_task(self._read_long(unit, *args))
        self._reading.add(reading)
        reading.add_done_callback(self._reading.discard)
        return await asyncio.shield(reading)

    async def _read_long(self, unit: Callable[[Tx, *Ts], R], *args: *Ts) -> R:
        with storage_errors():
            async with self._long.connect() as connection:
                return await connection.run_sync(lambda sync: unit(Tx(Usual(sync)), *args))

    @property
    def healthy(self) -> bool:
        return self._writer.healthy and self._writer.is_alive()

    async def close(self) -> None:
        self._closed = True
        if self._reading:
            await asyncio.wait(self._reading, timeout=limits.WRITE_WAIT_SECONDS)
        self._writer.stop()
        await asyncio.get_running_loop().run_in_executor(None, self._writer.join)
        await self._long.dispose()
        close(self._read_connection)


def _query_only(connection: Any, _record: Any) -> None:
    cursor = connection.cursor()
    cursor.execute("PRAGMA query_only=ON")
    cursor.execute("PRAGMA busy_timeout=5000")
    cursor.close()
