"""The three server processes: set up, started, asked for their health, stopped."""

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import orjson

from coopfed.cli.demo.world import DemoNode
from coopfed.config import Config, load
from coopfed.errors import ConfigError, FetchError
from coopfed.net.client import HttpClient
from coopfed.net.guard import DialRules

_START_SECONDS = 20.0


@dataclass(slots=True)
class Server:
    """A node of the demo: its folder, its address, its process."""

    node: DemoNode
    config: Config
    process: asyncio.subprocess.Process | None = None

    @property
    def base(self) -> str:
        """Its address."""
        return self.config.base_url


def client() -> HttpClient:
    """A client for loopback."""
    return HttpClient(DialRules(development=True), "CoopFed demo")


async def free_ports(count: int) -> list[int]:
    """Ports nobody listens on at this moment."""
    servers = [await asyncio.start_server(lambda _r, w: w.close(), "127.0.0.1", 0) for _ in range(count)]
    ports = [server.sockets[0].getsockname()[1] for server in servers]
    for server in servers:
        server.close()
        await server.wait_closed()
    return ports


async def set_up(folder: Path, nodes: Sequence[DemoNode], first_port: int) -> list[Server]:
    """The servers with their configuration; nodes that are there already keep their address, since ids hold it."""
    ports = [first_port + index for index in range(len(nodes))] if first_port else await free_ports(len(nodes))
    servers = []
    for node, port in zip(nodes, ports, strict=True):
        data = folder / node.id
        if not (data / "coopfed.toml").exists():
            data.mkdir(parents=True, exist_ok=True)
            _write_configuration(data, port)
        await _command(data, "init")
        servers.append(Server(node, load({}, data)))
    return servers


def _write_configuration(data: Path, port: int) -> None:
    secret = data / "secret.key"
    secret.touch(mode=0o600)
    secret.write_text(os.urandom(32).hex(), encoding="ascii")
    lines = [
        'domain = "localhost"',
        f'public_url = "http://localhost:{port}"',
        f'listen = "127.0.0.1:{port}"',
        "development = true",
        'secret_key_file = "secret.key"',
    ]
    (data / "coopfed.toml").write_text("\n".join(lines) + "\n", encoding="utf-8")


async def _command(data: Path, *arguments: str) -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "coopfed",
        "--data",
        str(data),
        *arguments,
        env=_environment(),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    _out, errors = await process.communicate()
    if process.returncode:
        raise ConfigError(errors.decode("utf-8", "replace").strip() or f"coopfed {' '.join(arguments)} failed")


def _environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith("COOPFED_")}


@contextlib.asynccontextmanager
async def running(servers: Sequence[Server]) -> AsyncIterator[None]:
    """All servers, started and healthy; stopped at the end however it ends."""
    try:
        for server in servers:
            await _start(server)
        async with contextlib.aclosing(_Closing(client())) as http:
            await asyncio.gather(*(_until_ready(http.client, server) for server in servers))
        yield
    finally:
        await asyncio.gather(*(stop(server) for server in servers))


class _Closing:
    def __init__(self, http: HttpClient) -> None:
        self.client = http

    async def aclose(self) -> None:
        await self.client.close()


async def _start(server: Server) -> None:
    log = (server.config.data_dir / "node.log").open("ab")
    server.process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "coopfed",
        "--data",
        str(server.config.data_dir),
        "serve",
        env=_environment(),
        stdout=log,
        stderr=log,
        start_new_session=True,  # Ctrl-C reaches the demo alone, which stops the servers in order.
    )
    log.close()


async def _until_ready(http: HttpClient, server: Server) -> None:
    deadline = asyncio.get_running_loop().time() + _START_SECONDS
    while True:
        if server.process is not None and server.process.returncode is not None:
            tail = (server.config.data_dir / "node.log").read_text(encoding="utf-8", errors="replace")[-600:]
            raise ConfigError(f"the node at {server.base} ended (is its port taken? try --port):\n{tail}")
        with contextlib.suppress(FetchError):
            answer = await http.request("GET", f"{server.base}/readyz", {})
            if answer.status == 200 and orjson.loads(answer.body)["status"] == "ready":
                return
        if asyncio.get_running_loop().time() > deadline:
            raise ConfigError(f"the node at {server.base} was not ready within {_START_SECONDS:.0f} seconds")
        await asyncio.sleep(0.05)


async def kill(server: Server) -> None:
    """Ends the process at once, as a power cut would."""
    assert server.process is not None
    server.process.kill()
    await server.process.wait()


async def revive(server: Server, http: HttpClient) -> float:
    """Starts the node again; the seconds until it serves."""
    began = asyncio.get_running_loop().time()
    await _start(server)
    await _until_ready(http, server)
    return asyncio.get_running_loop().time() - began


async def stop(server: Server) -> None:
    """Ends the process: kindly, then not."""
    process = server.process
    if process is None or process.returncode is not None:
        return
    process.send_signal(signal.SIGTERM)
    try:
        async with asyncio.timeout(10):
            await process.wait()
    except TimeoutError:
        process.kill()
        await process.wait()
