"""How answers leave the server."""

import asyncio

import pytest
from hypercorn.asyncio.tcp_server import TCPServer
from hypercorn.events import Event, RawData

from tests.support.scene import Scene

ASKED = b"GET /healthz HTTP/1.1\r\nHost: %b\r\n\r\n"


async def test_a_small_answer_goes_out_in_one_piece(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each piece is a call into the kernel and a segment on the line; the second answer on a connection is like the first."""
    pieces: list[bytes] = []
    real = TCPServer.protocol_send

    async def noted(server: TCPServer, event: Event) -> None:
        if isinstance(event, RawData) and event.data:
            pieces.append(event.data)
        await real(server, event)

    monkeypatch.setattr(TCPServer, "protocol_send", noted)
    authority = scene.node.config.authority
    reader, writer = await asyncio.open_connection("127.0.0.1", int(authority.partition(":")[2]))
    for _ in range(2):
        writer.write(ASKED % authority.encode())
        async with asyncio.timeout(20):
            head = await reader.readuntil(b"\r\n\r\n")
            length = next(int(line[15:]) for line in head.split(b"\r\n") if line.startswith(b"content-length:"))
            body = await reader.readexactly(length)
        assert body
        assert pieces == [head + body]
        pieces.clear()
    writer.close()
