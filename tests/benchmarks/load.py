"""A small load generator: ready requests over keep-alive connections, with the latency of each."""

import asyncio
import time
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field


@dataclass(slots=True)
class Load:
    """What came back: counts by status, seconds of each request sorted, and of all."""

    statuses: Counter[int] = field(default_factory=Counter)
    latencies: list[float] = field(default_factory=list)
    seconds: float = 0.0

    @property
    def per_second(self) -> float:
        """Answers per second."""
        return sum(self.statuses.values()) / self.seconds

    def percentile(self, share: float) -> float:
        """The latency, in milliseconds, that so large a share of the requests did not exceed."""
        ordered = sorted(self.latencies)
        return ordered[min(len(ordered) - 1, int(len(ordered) * share))] * 1000


async def run(port: int, requests: Iterable[bytes], connections: int = 16) -> Load:
    """Sends all requests over so many connections, each waiting for its answer before the next."""
    load, waiting = Load(), iter(requests)
    started = time.perf_counter()
    await asyncio.gather(*(_connection(port, waiting, load) for _ in range(connections)))
    load.seconds = time.perf_counter() - started
    return load


async def _connection(port: int, waiting: Iterable[bytes], load: Load) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for request in waiting:
        began = time.perf_counter()
        try:
            status = await _exchange(reader, writer, request)
        except (asyncio.IncompleteReadError, ConnectionError):
            # A server ends a connection after its share of requests (Hypercorn: 1,000); a client sends again on a new one.
            writer.close()
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            status = await _exchange(reader, writer, request)
        load.latencies.append(time.perf_counter() - began)
        load.statuses[status] += 1
    writer.close()


async def _exchange(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, request: bytes) -> int:
    """Sends one request, reads the whole answer: its status."""
    writer.write(request)
    head = await reader.readuntil(b"\r\n\r\n")
    lines = head.lower().split(b"\r\n")
    length = next((int(line[15:]) for line in lines if line.startswith(b"content-length:")), 0)
    if length:
        await reader.readexactly(length)
    return int(head[9:12])


@dataclass(slots=True)
class Line:
    """An open socket of an app."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter


async def a_stream(port: int, token: str) -> Line:
    """A WebSocket on which the home timeline of the token's actor is told."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(
        f"GET /api/v1/streaming?stream=user&access_token={token} HTTP/1.1\r\nHost: localhost:{port}\r\nUpgrade: websocket\r\n"
        "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n".encode()
    )
    head = await reader.readuntil(b"\r\n\r\n")
    assert b" 101 " in head, head
    return Line(reader, writer)


async def hears(line: Line) -> float:
    """The moment at which the first update came, whatever pings came before."""
    came = b""
    while b'"event":"update"' not in came:
        came += await line.reader.read(65_536)
    return time.perf_counter()
