"""A node under load with its peers: the frame in which the scenarios run."""

import asyncio
import contextlib
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson
import psutil  # type: ignore[import-untyped]
import trustme
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

from actors.lookup import ActorRow
from coopfed.db import migrate
from coopfed.features.accounts.store import give_role
from coopfed.features.follows import store as follow_store
from coopfed.node import Node
from coopfed.oauth.tokens import issue_token
from tests.benchmarks import peers
from tests.benchmarks.peers import RemoteActor
from tests.support.nodes import ServerProcess, a_folder, a_process, an_actor, free_port, opened
from tests.support.postgres import Cluster

HOSTS = 200


@dataclass(slots=True)
class Bench:
    """The server process, its node opened beside it, one of its actors, and the ports of the peers."""

    server: ServerProcess
    node: Node
    member: ActorRow
    token: str
    keys: list[RSAPrivateKey]
    port: int
    hanging_port: int
    documents: dict[str, Any]
    documents_path: Path

    @property
    def process(self) -> psutil.Process:
        """The server process."""
        assert self.server.process is not None
        return psutil.Process(self.server.process.pid)

    def cpu(self) -> float:
        """CPU seconds that the server has used."""
        times = self.process.cpu_times()
        return float(times.user + times.system)

    def rss(self) -> float:
        """Resident memory of the server, in MiB."""
        return float(self.process.memory_info().rss) / 2**20

    def rss_of_all(self) -> float:
        """Resident memory of the server and of what works for it, in MiB; what they share counts for each."""
        found = 0.0
        for process in (self.process, *self.process.children(recursive=True)):
            with contextlib.suppress(psutil.NoSuchProcess):
                found += float(process.memory_info().rss) / 2**20
        return found

    def host(self, number: int) -> str:
        """Base address of the peer with this number, each on an address of its own."""
        return f"https://127.0.{1 + number // 250}.{1 + number % 250}:{self.port}"

    async def followers(self, count: int, *, first: int = 0) -> list[RemoteActor]:
        """Remote followers of the member, one on each host."""
        made = []
        for number in range(first, first + count):
            remote = peers.remote_actor(self.host(number), number, self.keys[number % len(self.keys)])
            await self.follow(remote)
            made.append(remote)
        return made

    async def readers(self, count: int) -> list[str]:
        """Actors of this node who follow the member, each with a token."""
        tokens = []
        for number in range(count):
            reader = await an_actor(self.node, f"reader{number}")
            asked = await self.node.db.write(follow_store.ask, reader.id, self.member.id, None, self.node.stamp())
            await self.node.db.write(follow_store.accept, asked)
            await give_role(self.node, f"reader{number}@coop.example", reader, "editor")
            tokens.append(await issue_token(self.node, f"reader{number}@coop.example", reader, "read"))
        return tokens

    async def follow(self, remote: RemoteActor) -> None:
        """Lets a remote actor follow the member, and the member follow it."""
        row = await peers.store(self.node, remote)
        for follower, followed in ((row.id, self.member.id), (self.member.id, row.id)):
            asked = await self.node.db.write(follow_store.ask, follower, followed, None, self.node.stamp())
            await self.node.db.write(follow_store.accept, asked)

    async def received(self) -> dict[str, Any]:
        """What the receiver got since the last reset."""
        return await _ask(self.port + 1, b"GET")

    async def reset(self) -> None:
        """Lets the receiver count anew."""
        await _ask(self.port + 1, b"POST")

    async def until_received(self, count: int, seconds: float) -> dict[str, Any]:
        """What the receiver got, when it is so many or time is over."""
        deadline = time.monotonic() + seconds
        while True:
            found = await self.received()
            if found["count"] >= count or time.monotonic() > deadline:
                return found
            await asyncio.sleep(0.02)

    async def idle(self) -> None:
        """Returns when the server has used next to no CPU for a moment."""
        while True:
            before = self.cpu()
            await asyncio.sleep(0.4)
            if self.cpu() - before < 0.03:
                return


async def _until_up(port: int) -> None:
    for _ in range(1000):
        with contextlib.suppress(OSError):
            await _ask(port, b"GET")
            return
        await asyncio.sleep(0.02)


async def _ask(port: int, method: bytes) -> dict[str, Any]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(method + b" / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 0\r\n\r\n")
    answer = await reader.read()
    writer.close()
    found: dict[str, Any] = orjson.loads(answer.partition(b"\r\n\r\n")[2])
    return found


@contextlib.asynccontextmanager
async def benches(engine: str, remote_documents: int = 0, **settings: Any) -> AsyncIterator[Bench]:
    """A fresh node on the engine, with these settings besides, and its peers' receiver; everything is ended and removed
    afterwards."""
    with tempfile.TemporaryDirectory(prefix="coopfed-bench-") as name, contextlib.ExitStack() as ends:
        folder = Path(name)
        authority = trustme.CA()
        authority.cert_pem.write_to_path(folder / "ca.pem")
        certificates = folder / "certificates"
        certificates.mkdir()
        for net, count in ((1, HOSTS), (2, remote_documents)):
            for host in range(1, count + 1):
                name = f"127.0.{net}.{host}"
                authority.issue_cert(name).private_key_and_cert_chain_pem.write_to_path(certificates / f"{name}.pem")
        port, hanging = free_port(), free_port()
        keys = peers.key_ring()
        documents = {
            remote.uri: remote.document
            for remote in (
                peers.remote_actor(f"https://127.0.2.{1 + n}:{port}", 10_000 + n, keys[n % len(keys)])
                for n in range(remote_documents)
            )
        }
        (folder / "documents.json").write_bytes(orjson.dumps(documents))
        # In a thread: migrations on PostgreSQL run a loop of their own.
        server = await asyncio.to_thread(_server, engine, folder, ends, settings)
        receiver = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "tests.benchmarks.receiver", str(port), str(hanging)),
            *(str(certificates), str(folder / "documents.json")),
        )
        try:
            await _until_up(port + 1)
            async with a_process(server), opened(server) as node:
                member = await an_actor(node)
                await give_role(node, "bench@coop.example", member, "editor")
                token = await issue_token(node, "bench@coop.example", member, "read write follow")
                documents_path = folder / "documents.json"
                bench = Bench(server, node, member, token, keys, port, hanging, documents, documents_path)
                await bench.idle()
                yield bench
        finally:
            receiver.kill()
            await receiver.wait()


def _server(engine: str, folder: Path, ends: contextlib.ExitStack, settings: dict[str, Any]) -> ServerProcess:
    data = folder / "node"
    data.mkdir()
    address = str(data / "coopfed.sqlite3")
    if engine == "postgresql":
        cluster = Cluster.start()
        ends.callback(cluster.stop)
        address = cluster.url(cluster.create())
    migrate.upgrade(address)
    return a_folder(address, data, ca_bundle=str(folder / "ca.pem"), **settings)
