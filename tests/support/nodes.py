"""Nodes for tests: opened in the test's own loop, served on loopback, or running as real processes.

    async with a_node(database_url) as node             a node of https://coop.example, signer loaded; no sockets open
    async with a_served_node(database_url) as node      the same on http://localhost:PORT, its doors open in this loop
    async with a_process(a_folder(database_url)) as p   `python -m coopfed serve`, ready for requests

`database_url` is what the fixture of that name gives. A FakeClock stands still until it is told to go on.
"""

import asyncio
import contextlib
import itertools
import os
import random
import signal
import socket
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import hypercorn.asyncio

import inbox.queue
from actors.local import KeyPair, NewActor, checked, create, load_signer, make_keys, make_node_actor
from actors.lookup import ActorRow
from coopfed import limits, listen
from coopfed import worker as work_loops
from coopfed.clock import Clock
from coopfed.config import Config, load
from coopfed.node import Node, open_node
from coopfed.outcomes import Outcome
from inbox.process import process
from tests.support.entities.watched import Watched

SECRET = "a secret of the tests, 32 bytes or more"
DOMAIN = "coop.example"
NOW = 1_795_507_200_000
"""2026-11-24 08:00 UTC in milliseconds: when a fake clock starts."""
START_SECONDS = 20.0
STOP_SECONDS = 30.0
_KEY_PAIRS = 8

_pair_numbers = itertools.count()


class FakeClock(Clock):
    """Stands still until `pass_`. Waiting times are those of the machine's clock without TIME_SCALE."""

    __slots__ = ("moment",)

    moment: int

    def __init__(self, moment: int = NOW) -> None:
        super().__init__()
        object.__setattr__(self, "moment", moment)

    def now(self) -> int:
        """The moment, in milliseconds."""
        return self.moment

    def pass_(self, seconds: float) -> None:
        """Lets so many seconds pass; a negative number steps the clock back."""
        object.__setattr__(self, "moment", self.moment + int(seconds * 1000))


def a_config(database_url: str, **settings: Any) -> Config:
    """The configuration of a development node on this database; `settings` by their lower-case names win."""
    values: dict[str, Any] = {"domain": DOMAIN, "development": True, "secret_key": SECRET}
    if database_url.startswith("postgresql://"):
        values |= {"database_url": database_url, "data_dir": Path(tempfile.gettempdir())}
    else:
        values |= {"data_dir": Path(database_url).parent}
    return Config.model_validate(values | settings)


@contextlib.asynccontextmanager
async def a_node(database_url: str, *, clock: Clock | None = None, **settings: Any) -> AsyncIterator[Node]:
    """An open node with its own actor and its signer; closed at the end."""
    node = await open_node(a_config(database_url, **settings), clock)
    try:
        await make_node_actor(node, a_key_pair(node.secret.decode()))
        await load_signer(node)
        yield node
    finally:
        await node.close()


@contextlib.asynccontextmanager
async def a_served_node(
    database_url: str,
    *,
    clock: Clock | None = None,
    work: bool = False,
    certificate: Path | None = None,
    **settings: Any,
) -> AsyncIterator[Node]:
    """An open node whose doors are served on http://localhost:PORT by this loop; with `work` its loops run too, with a
    `certificate` (chain and key in one file) on https. AssertionError at the end when an answer of the client API was not what it is said
    to be (`tests.support.entities`)."""
    port = free_port()
    scheme = "https" if certificate else "http"
    address = {"domain": "localhost", "public_url": f"{scheme}://localhost:{port}", "listen": f"127.0.0.1:{port}"}
    settings = address | settings
    async with a_node(database_url, clock=clock, **settings) as node:
        stop = asyncio.Event()
        listen.mend()
        bound = listen.settings(f"127.0.0.1:{port}")
        bound.certfile = bound.keyfile = str(certificate) if certificate else None
        bound.graceful_timeout = 1
        doors = Watched(node)
        tasks = [asyncio.create_task(hypercorn.asyncio.serve(doors, bound, shutdown_trigger=stop.wait))]  # type: ignore[arg-type]
        if work:
            tasks.append(asyncio.create_task(work_loops.run(node)))
        try:
            await _until_listening(port)
            yield node
        finally:
            node.stopping = True
            stop.set()
            node.db.signals.wake_all()
            await asyncio.gather(*tasks)
        doors.check()


async def an_actor(node: Node, handle: str = "member", type: str = "organization", **more: Any) -> ActorRow:
    """A new actor of this node. `more` is what NewActor takes: name, summary, locked."""
    new = checked(NewActor(handle, type, more.pop("name", handle.title()), **more))
    pair = a_key_pair(node.secret.decode())
    return await node.db.write(create, new, pair, node.stamp(), node.config.handle_domain)


def a_key_pair(secret: str = SECRET) -> KeyPair:
    """A pair of keys. There are eight, handed out in turn: making one costs a tenth of a second."""
    return _made_pair(secret, next(_pair_numbers) % _KEY_PAIRS)


@cache
def _made_pair(secret: str, _number: int) -> KeyPair:
    return make_keys(secret.encode())


async def process_arrivals(node: Node) -> list[Outcome | None]:
    """Processes every arrival that is due, as the worker does, until none is. Their outcomes, lane by lane."""
    outcomes: list[Outcome | None] = []
    now = node.clock.now()
    until = now + limits.LEASE_SECONDS * 1000
    while lanes := await node.db.claim(inbox.queue.claim, now, until, limits.INBOX_LANES, limits.INBOX_LANE_ITEMS):
        for lane in lanes:
            outcomes += [await process(node, item) for item in lane.items]
            await node.db.claim(inbox.queue.release, lane, now)
    return outcomes


def free_port() -> int:
    """A port of loopback on which nobody listens, below those that systems give to outgoing connections: it stays free while
    a process is started again."""
    for _ in range(100):
        port = random.randrange(12_000, 30_000)
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(("127.0.0.1", port))
            return port
    raise RuntimeError("no free port found in a hundred tries")


async def _until_listening(port: int) -> None:
    async with asyncio.timeout(START_SECONDS):
        while True:
            with contextlib.suppress(OSError):
                _reader, writer = await asyncio.open_connection("127.0.0.1", port)
                writer.close()
                return
            await asyncio.sleep(0.01)


# --- real processes ---------------------------------------------------------------------------------------------


@dataclass(slots=True)
class ServerProcess:
    """A node that runs as a process of its own, or did. What it says goes to `node.log` in its folder."""

    folder: Path
    port: int
    config: Config
    arguments: tuple[str, ...] = ("serve",)
    process: asyncio.subprocess.Process | None = None
    starts: list[float] = field(default_factory=list)
    """Seconds from each start until /readyz was green."""

    @property
    def base(self) -> str:
        """Its address."""
        return f"http://localhost:{self.port}"

    async def start(self, *, ready: bool = True) -> None:
        """Starts it; returns when it is ready for requests. AssertionError with its last words when it is not."""
        began = time.monotonic()
        with (self.folder / "node.log").open("ab") as log:
            self.process = await asyncio.create_subprocess_exec(
                *command(self.folder, *self.arguments), env=environment(), stdout=log, stderr=log
            )
        if ready:
            await self._until_ready(began)
            self.starts.append(time.monotonic() - began)

    async def _until_ready(self, began: float) -> None:
        while not await is_ready(self.port):
            assert self.process is not None
            assert self.process.returncode is None, f"it ended with {self.process.returncode}:\n{self.log()[-2000:]}"
            assert time.monotonic() - began < START_SECONDS, f"not ready in time:\n{self.log()[-2000:]}"
            await asyncio.sleep(0.01)

    async def stop(self) -> int:
        """Sends SIGTERM and waits. Its exit status."""
        return await self.end(signal.SIGTERM)

    async def kill(self) -> int:
        """Sends SIGKILL and waits."""
        return await self.end(signal.SIGKILL)

    async def end(self, number: signal.Signals) -> int:
        """Sends a signal to this very process and waits until it is gone. Its exit status, minus the signal if that ended it."""
        assert self.process is not None
        if self.process.returncode is None:
            self.process.send_signal(number)
        async with asyncio.timeout(STOP_SECONDS):
            return await self.process.wait()

    @property
    def running(self) -> bool:
        """Whether the process lives."""
        return self.process is not None and self.process.returncode is None

    def log(self) -> str:
        """Everything it said, of all its starts."""
        return (self.folder / "node.log").read_text(encoding="utf-8", errors="replace")


def a_folder(database_url: str, folder: Path | None = None, **settings: Any) -> ServerProcess:
    """A data folder for a node on this database, with coopfed.toml and a port of its own; not started, node actor not made.

    `folder` is needed with PostgreSQL. `a_process` and `opened` make the node actor, as does `coopfed init`.
    """
    on_postgres = database_url.startswith("postgresql://")
    if folder is None:
        assert not on_postgres, "a node on PostgreSQL needs a folder"
        folder = Path(database_url).parent
    port = free_port()
    (folder / "secret.key").write_text(SECRET, encoding="ascii")
    values: dict[str, Any] = {
        "domain": "localhost",
        "public_url": f"http://localhost:{port}",
        "listen": f"127.0.0.1:{port}",
        "development": True,
        "secret_key_file": "secret.key",
        **({"database_url": database_url} if on_postgres else {}),
        **settings,
    }
    lines = [f"{name} = {_toml(value)}" for name, value in values.items()]
    (folder / "coopfed.toml").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return ServerProcess(folder, port, load({}, folder))


def _toml(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return str(value) if isinstance(value, int | float) else f'"{value}"'


@contextlib.asynccontextmanager
async def a_process(server: ServerProcess) -> AsyncIterator[ServerProcess]:
    """The server, its node actor made, started and ready; ended at the end however it ends."""
    async with opened(server):
        pass
    try:
        await server.start()
        yield server
    finally:
        if server.running:
            await server.kill()


@contextlib.asynccontextmanager
async def opened(server: ServerProcess) -> AsyncIterator[Node]:
    """The node of that folder opened in this loop besides, as a command does; its actor is made when it is missing."""
    node = await open_node(server.config)
    try:
        await make_node_actor(node, a_key_pair(node.secret.decode()))
        await load_signer(node)
        yield node
    finally:
        await node.close()


def command(folder: Path, *arguments: str) -> list[str]:
    """The command line `coopfed --data FOLDER …` as this interpreter runs it."""
    return [sys.executable, "-m", "coopfed", "--data", str(folder), *arguments]


def environment(**more: str) -> dict[str, str]:
    """The environment of this process without its COOPFED_* settings, and these variables."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("COOPFED_")}
    return kept | more


async def is_ready(port: int) -> bool:
    """Whether /readyz answers 200."""
    try:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        try:
            writer.write(b"GET /readyz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
            status = await reader.readline()
            return b" 200" in status
        finally:
            writer.close()
    except OSError:
        return False
