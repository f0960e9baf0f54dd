"""The body of a request to a door: where it ends for certain, within its bounds and in time; or a refusal."""

import asyncio

from coopfed import limits
from coopfed.asgi import Receive
from coopfed.errors import BadMessage, TooLarge


class TooSlow(BadMessage):
    """408: the body drips in (RFC 9110 15.5.9); whoever holds sockets open holds memory."""

    status_code = 408
    safe = "The body did not arrive in time."
    reason = "body_timeout"


class AmbiguousLength(BadMessage):
    """400, and the end of the connection: where this request ends, and another begins, is not certain (RFC 9112 6.1, 6.3)."""

    reason = "ambiguous_length"


def refuse_smuggling(headers: list[tuple[bytes, bytes]]) -> None:
    """AmbiguousLength for Content-Length beside Transfer-Encoding, or twice: an attack on whoever reads the other one.

    Source: RFC 9112 6.1, 6.3.
    """
    names = [name for name, _value in headers]
    if names.count(b"content-length") > 1 or (b"content-length" in names and b"transfer-encoding" in names):
        raise AmbiguousLength("Content-Length beside another one, or beside Transfer-Encoding")


async def read_body(headers: list[tuple[bytes, bytes]], receive: Receive, limit: int) -> bytes:
    """The body, of at most `limit` bytes. TooLarge, TooSlow, BadMessage (`disconnected`).

    What is too large is read on and thrown away, up to a bound: a sender whose connection is closed while it writes never sees
    the 413, and sends again for days.
    """
    for name, value in headers:
        if name == b"content-length" and value.isdigit() and int(value) > limit + limits.LINGER_BYTES:
            raise TooLarge(f"{int(value)} bytes announced, {limit} allowed")
    try:
        async with asyncio.timeout(limits.BODY_SECONDS):
            return await _read_chunks(receive, limit)
    except TimeoutError as error:
        raise TooSlow(f"the body did not come within {limits.BODY_SECONDS} seconds") from error


async def _read_chunks(receive: Receive, limit: int) -> bytes:
    chunks, size, more = [], 0, True
    while more and size <= limit + limits.LINGER_BYTES:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise BadMessage("the sender went away", reason="disconnected")
        chunk: bytes = message.get("body", b"")
        size += len(chunk)
        if size <= limit:
            chunks.append(chunk)
        more = message.get("more_body", False)
    if size > limit:
        raise TooLarge(f"more than {limit} bytes")
    return b"".join(chunks)
