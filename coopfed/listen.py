"""How the server listens: HTTP/1.1 and nothing else, with bounds on what a connection may hold.

HTTP/2 is for the proxy in front. Hypercorn speaks it to whoever asks, also without TLS, and each of its known attacks (rapid
resets, endless CONTINUATION frames) would be ours to bound.
"""

import asyncio
from contextlib import suppress
from typing import Any

import hypercorn.config
from h11 import ERROR, LocalProtocolError, Response
from hypercorn.events import RawData
from hypercorn.protocol import h11
from hypercorn.protocol.h11 import H11Protocol, H11SendableEvent  # type: ignore[attr-defined]  # as below
from hypercorn.protocol.ws_stream import Ping, WSStream  # type: ignore[attr-defined]  # not in its __all__, having none

from coopfed import limits


def settings(bind: str) -> hypercorn.config.Config:
    """What Hypercorn is told for this address (`host:port`). Call `mend` too."""
    found = hypercorn.config.Config()
    found.bind = [bind]
    found.accesslog = None
    found.errorlog = None
    found.include_server_header = False
    # Longer than the 60 seconds of most proxies: who closes first must not be the one who is asked.
    found.keep_alive_timeout = limits.IDLE_SECONDS
    found.graceful_timeout = 5
    found.backlog = 1024
    found.h11_max_incomplete_size = limits.HEADER_BYTES
    found.alpn_protocols = ["http/1.1"]
    # Proxies close what is silent for a minute.
    found.websocket_ping_interval = limits.STREAM_PING_SECONDS
    found.websocket_max_message_size = limits.STREAM_MESSAGE_BYTES
    return found


async def _stay(_protocol: H11Protocol, _request: object) -> None:
    """In place of Hypercorn's look at `Upgrade: h2c` and `PRI * HTTP/2.0`: the request is one of HTTP/1.1, or refused as one."""


class Socket(WSStream):
    """Hypercorn's WebSocket, whose pings end with it. Its own sleep on for half a minute after the end: every socket that was ever
    open would hold its memory for so long, and the end of the process as well."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        self._over = asyncio.Event()
        super().__init__(*arguments, **named)

    @property
    def closed(self) -> bool:
        """Whether it is over."""
        return self._over.is_set()

    @closed.setter
    def closed(self, over: bool) -> None:
        if over:
            self._over.set()

    async def _send_pings(self) -> None:
        while not self.closed:
            await self._send_wsproto_event(Ping())
            with suppress(TimeoutError):
                async with asyncio.timeout(self.config.websocket_ping_interval):
                    await self._over.wait()


async def _send_together(protocol: H11Protocol, event: H11SendableEvent) -> None:
    """In place of Hypercorn's sending of each part as it comes: the head of an answer goes with the first of its body, as one call
    and one segment. What streams says something at once."""
    try:
        data = protocol.connection.send(event) or b""
    except LocalProtocolError:
        if protocol.connection.their_state != ERROR:
            raise
        return
    if isinstance(event, Response):
        protocol.held_head = data  # type: ignore[attr-defined]
        return
    head, protocol.held_head = getattr(protocol, "held_head", b""), b""  # type: ignore[attr-defined]
    await protocol.send(RawData(data=head + data))


def mend() -> None:
    """In this process Hypercorn speaks no HTTP/2 without TLS, sends small answers in one piece, and its WebSockets leave nothing
    behind; it has no settings for that."""
    H11Protocol._check_protocol = _stay  # type: ignore[assignment]
    H11Protocol._send_h11_event = _send_together  # type: ignore[assignment]
    h11.WSStream = Socket  # type: ignore[attr-defined]
