"""`coopfed serve` and `coopfed worker`: the long-running processes."""

import asyncio
import fcntl
import gc
import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import typer

from coopfed.cli.common import configured

if TYPE_CHECKING:
    from coopfed.config import Config
    from coopfed.node import Node


def register(app: typer.Typer) -> None:
    """Adds the commands."""
    app.command("serve")(serve)
    app.command("worker")(worker)


def serve(
    host: str = typer.Option("", help="Address to listen on instead of LISTEN's."),
    port: int = typer.Option(0, help="Port to listen on instead of LISTEN's."),
    no_worker: bool = typer.Option(
        False, "--no-worker", help="Only answer requests; needs PostgreSQL and a `coopfed worker`."
    ),
) -> None:
    """Serve the node. Doors, pages, client API, and (unless --no-worker) the work behind them."""
    config = _long_running(needs_postgres=no_worker, what="serve --no-worker")
    listen_host, _, listen_port = config.listen.rpartition(":")
    bind = f"{host or listen_host}:{port or listen_port}"
    with _only_process(config):
        _run(_process(config, bind, work=not no_worker))


def worker() -> None:
    """Do the work behind the doors in its own process. With PostgreSQL only."""
    config = _long_running(needs_postgres=True, what="worker")
    _run(_process(config, None, work=True))


def _long_running(*, needs_postgres: bool, what: str) -> "Config":
    from coopfed.errors import ConfigError
    from coopfed.observe import logs

    config = configured()
    logs.configure(config.log_level)
    if needs_postgres and not config.on_postgres:
        raise ConfigError(
            f"{what}: SQLite has one long-running process, `coopfed serve`; for more set DATABASE_URL=postgresql://…"
        )
    return config


@contextmanager
def _only_process(config: "Config") -> Iterator[None]:
    """On SQLite one long-running process, by a lock that ends with the process however it ends."""
    from coopfed.errors import ConfigError

    if config.on_postgres:
        yield
        return
    path = config.data_dir / "coopfed.serve.lock"
    with open(path, "a+", encoding="ascii") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            lock.seek(0)
            holder = lock.read().strip() or "unknown"
            raise ConfigError(
                f"`coopfed serve` runs already on {config.data_dir.resolve()} (process {holder})"
            ) from error
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        yield


def _run(main: "asyncio.Future[None] | object") -> None:
    try:
        import uvloop
    except ImportError:
        asyncio.run(main)  # type: ignore[arg-type]
    else:
        uvloop.run(main)  # type: ignore[arg-type]


async def _process(config: "Config", bind: str | None, *, work: bool) -> None:
    """Serves on `bind` (None: not at all) and works, until SIGTERM or SIGINT; a second signal ends the process at once."""
    from actors.local import load_signer
    from coopfed.node import open_node
    from coopfed.observe.logs import logger

    stop = asyncio.Event()
    # Before anything is held: a stop that comes while the node opens must still give back what it took.
    _on_signals(stop)
    node = await open_node(config)
    try:
        await load_signer(node)
        await _until_stopped(node, bind, stop, work=work)
    finally:
        # Also when it never began: a supervisor that tries every second would use up the worker numbers.
        await node.close()
    logger("serve").info("stopped")


async def _until_stopped(node: "Node", bind: str | None, stop: asyncio.Event, *, work: bool) -> None:
    from coopfed import __version__, limits
    from coopfed import worker as work_loops
    from coopfed.observe.logs import logger

    _spare_the_collector()
    tasks = []
    if bind is not None:
        tasks.append(asyncio.create_task(_http(node, bind, stop), name="coopfed-http"))
    if work:
        tasks.append(asyncio.create_task(work_loops.run(node), name="coopfed-work"))
    watch = asyncio.create_task(work_loops.watch(node), name="coopfed-watch")
    stopped = asyncio.create_task(stop.wait())
    logger("serve").info(
        "started",
        version=__version__,
        node=node.urls.base,
        listen=bind,
        work=work,
        development=bool(node.config.development),
    )
    await asyncio.wait({stopped, *tasks}, return_when=asyncio.FIRST_COMPLETED)
    failed = [task for task in tasks if task.done() and task.exception() is not None]
    node.stopping = True
    stop.set()
    node.db.signals.wake_all()
    await asyncio.wait(tasks, timeout=limits.GRACEFUL_SECONDS)
    for task in (*tasks, watch):
        task.cancel()
    await asyncio.gather(*tasks, watch, stopped, return_exceptions=True)
    for task in failed:
        await task


def _spare_the_collector() -> None:
    """What was loaded at the start lives for ever; short-lived objects of a request hold no cycles. Looking for garbage at
    every 700th new object took 4 % of the time under load."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 20, 50)


def _on_signals(stop: asyncio.Event) -> None:
    def on_signal() -> None:
        if stop.is_set():
            os._exit(1)
        stop.set()

    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, on_signal)


async def _http(node: "Node", bind: str, stop: asyncio.Event) -> None:
    import hypercorn.asyncio

    from coopfed import listen
    from coopfed.app import Application
    from coopfed.errors import ConfigError

    listen.mend()
    try:
        await hypercorn.asyncio.serve(Application(node), listen.settings(bind), shutdown_trigger=stop.wait)  # type: ignore[arg-type]
    except OSError as error:
        raise ConfigError(f"cannot listen on {bind}: {error.strerror}; choose another LISTEN or --port") from error
