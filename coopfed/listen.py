"""How the server listens: HTTP/1.1 and nothing else, with bounds on what a connection may hold.

HTTP/2 is for the proxy in front. Hypercorn speaks it to whoever asks, also without TLS, and each of its known attacks (rapid
resets, endless CONTINUATION frames) would be ours to bound.
"""

import hypercorn.config
from hypercorn.protocol.h11 import H11Protocol

from coopfed import limits


def settings(bind: str) -> hypercorn.config.Config:
    """What Hypercorn is told for this address (`host:port`). Call `refuse_http2` too."""
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
    return found


async def _stay(_protocol: H11Protocol, _request: object) -> None:
    """In place of Hypercorn's look at `Upgrade: h2c` and `PRI * HTTP/2.0`: the request is one of HTTP/1.1, or refused as one."""


def refuse_http2() -> None:
    """Takes HTTP/2 without TLS from Hypercorn in this process; it has no setting for that."""
    H11Protocol._check_protocol = _stay  # type: ignore[assignment]
