"""A stream as WebSocket: apps say on it to what they want to listen, as often as they like."""

from typing import Any

import orjson

from coopfed import limits
from coopfed.api.asking import told
from coopfed.api.streaming.channels import Channel, channel
from coopfed.api.streaming.hub import Ending, Hub, Stream
from coopfed.api.streaming.reading import Message
from coopfed.asgi import Receive, Send
from coopfed.errors import BadMessage, CoopFedError

_CODES = {Ending.STOPPING: 1001, Ending.REVOKED: 4001, Ending.SLOW: 1008, None: 1000}
"""How a socket is closed. Source: RFC 6455 7.4.1; 4000 and above are ours."""


async def serve(hub: Hub, stream: Stream, receive: Receive, send: Send) -> None:
    """Tells what happens and hears what the app says, until either end is over."""
    _told, left = await stream.while_open(_tell(stream, send), _hear(hub, stream, receive, send))
    if not left:
        await send({"type": "websocket.close", "code": _CODES[stream.ending]})


async def _tell(stream: Stream, send: Send) -> None:
    while (told := await stream.next()) is not None:
        await send({"type": "websocket.send", "text": frame(*told)})


def frame(of: Channel, message: Message) -> str:
    """An event as it stands on the line; the payload is text within the text. Source: client_api research 7."""
    named: dict[str, Any] = {"stream": of.label, "event": message.event}
    if message.payload is not None:
        named["payload"] = message.payload
    return orjson.dumps(named).decode()


async def _hear(hub: Hub, stream: Stream, receive: Receive, send: Send) -> None:
    """Does what the app says until it leaves. What is not understood is said, and the socket stays open."""
    while (said := await receive())["type"] != "websocket.disconnect":
        try:
            await _do(hub, stream, said.get("text") or said.get("bytes") or b"")
        except CoopFedError as error:
            body, _headers = told(error)
            await send({"type": "websocket.send", "text": orjson.dumps({**body, "status": error.status_code}).decode()})


async def _do(hub: Hub, stream: Stream, said: str | bytes) -> None:
    if len(said) > limits.STREAM_MESSAGE_BYTES:
        raise BadMessage("too long")
    try:
        asked = orjson.loads(said)
    except orjson.JSONDecodeError as error:
        raise BadMessage("what is said on a socket is JSON") from error
    if not isinstance(asked, dict):
        raise BadMessage("what is said on a socket is a JSON object")
    meant = channel(*(str(asked.get(name) or "") for name in ("stream", "tag", "list")))
    match asked.get("type"):
        case "subscribe":
            await hub.subscribe(stream, meant)
        case "unsubscribe":
            stream.channels.pop(meant, None)
        case _:
            raise BadMessage("the type is subscribe or unsubscribe")
