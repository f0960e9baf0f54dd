"""A stream as server-sent events, for programs: one stream each, no way to say anything. Source: WHATWG HTML 9.2; client_api research 7."""

from collections.abc import Iterable

from coopfed import limits
from coopfed.api.streaming.hub import Stream
from coopfed.api.streaming.reading import Message
from coopfed.asgi import Receive, Send

CONTENT_TYPE = "text/event-stream"


async def serve(stream: Stream, receive: Receive, send: Send, headers: Iterable[tuple[str, str]]) -> None:
    """Tells what happens until either end is over."""
    own = (
        ("Content-Type", CONTENT_TYPE),
        ("Cache-Control", "private, no-store"),
        # Some proxies would collect events until they have a page of them.
        ("X-Accel-Buffering", "no"),
    )
    raw = [(name.lower().encode(), value.encode()) for name, value in (*headers, *own)]
    await send({"type": "http.response.start", "status": 200, "headers": raw})
    # The head goes with the first bytes, and programs wait for it.
    await _say(send, b":)\n")
    await stream.while_open(_tell(stream, send), _left(receive))
    await send({"type": "http.response.body", "body": b"", "more_body": False})


async def _tell(stream: Stream, send: Send) -> None:
    while True:
        told = await stream.next(limits.STREAM_THUMP_SECONDS)
        if told is None and stream.ending is not None:
            return
        await _say(send, b":thump\n" if told is None else lines(told[1]))


def lines(message: Message) -> bytes:
    """An event as it stands on the line; JSON has no line breaks of its own."""
    # What has no payload has Mastodon's word for it: Mastodon.py ends the stream at an empty one, and at a missing one.
    return f"event: {message.event}\ndata: {message.payload or 'undefined'}\n\n".encode()


async def _left(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def _say(send: Send, body: bytes) -> None:
    await send({"type": "http.response.body", "body": body, "more_body": True})
