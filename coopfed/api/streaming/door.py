"""The door to streams, in plain ASGI: it stands before Quart, since an open stream should hold as little memory as it can."""

from collections.abc import Callable
from urllib.parse import parse_qsl

from coopfed import limits
from coopfed.api.asking import told
from coopfed.api.streaming import feeds, sockets
from coopfed.api.streaming.channels import PATHS, Channel, channel
from coopfed.api.streaming.hub import Hub, Stream
from coopfed.asgi import Receive, Scope, Send
from coopfed.door import Response, json_response
from coopfed.errors import BadMessage, CoopFedError, NotFound
from coopfed.node import Node
from coopfed.oauth.tokens import person
from coopfed.text.i18n import wanted
from coopfed.text.parameters import truth

SOCKET = "/api/v1/streaming"
HEALTH = f"{SOCKET}/health"
ROUTES = (("GET", SOCKET), ("GET", HEALTH), *(("GET", path) for path in PATHS))
"""`docs/routes.md` lists them."""
_CORS = (
    ("Access-Control-Allow-Origin", "*"),
    ("Access-Control-Allow-Headers", "Authorization, Content-Type"),
    ("Access-Control-Allow-Methods", "GET, OPTIONS"),
)


class WrongWay(BadMessage):
    """405: streams are read (RFC 9110 15.5.6)."""

    status_code = 405
    reason = "wrong_method"


class Streaming:
    """Sockets and feeds of one process. `client` gives the address that a request came from."""

    def __init__(self, node: Node, client: Callable[[Scope], str]) -> None:
        self._node = node
        self._hub = Hub(node)
        self._client = client

    def takes(self, path: str) -> bool:
        """Whether the path is one of streams."""
        return path == SOCKET or path.startswith(f"{SOCKET}/")

    async def socket(self, scope: Scope, receive: Receive, send: Send) -> int:
        """Answers one who asks for a WebSocket. The status of the answer to the handshake. Raises as `_open`, before anything was sent."""
        await receive()
        if scope["path"].rstrip("/") != SOCKET:
            raise NotFound(f"no stream at {scope['path'][:100]}")
        asked, offered = _query(scope), [str(name) for name in scope.get("subprotocols") or ()]
        first = _channel_in(asked) if asked.get("stream") else None
        stream = await self._open(scope, asked, first, offered[0] if offered else "")
        try:
            # Chrome drops a socket whose subprotocol is not echoed, also where the token came by another way (quirk 20).
            await send({"type": "websocket.accept", "subprotocol": offered[0] if offered else None})
            await sockets.serve(self._hub, stream, receive, send)
        finally:
            self._hub.close(stream)
        return 101

    async def feed(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers one who asks for server-sent events, or whether the door is there. Raises as `_open`, before anything was sent."""
        path = scope["path"].rstrip("/")
        if scope["method"] == "OPTIONS":
            return await _answer(send, Response(204, headers=_CORS))
        if scope["method"] not in ("GET", "HEAD"):
            raise WrongWay(f"{scope['method'][:20]} where streams are read")
        if path == HEALTH:
            return await _answer(send, Response(200, b"OK", "text/plain; charset=utf-8", _CORS))
        if path not in PATHS:
            raise NotFound(f"no stream at {path[:100]}")
        asked = _query(scope)
        stream = await self._open(scope, asked, _channel_in(asked, PATHS[path]), "")
        try:
            if scope["method"] == "HEAD":
                return await _answer(send, Response(200, b"", feeds.CONTENT_TYPE, _CORS))
            await feeds.serve(stream, receive, send, _CORS)
        finally:
            self._hub.close(stream)
        return None

    async def _open(self, scope: Scope, asked: dict[str, str], first: Channel | None, offered: str) -> Stream:
        """The stream of whoever asks. Unauthenticated without a token of a person; Forbidden when it lacks the scope; TooMany."""
        headers = {name: value.decode("latin-1") for name, value in scope["headers"]}
        given = asked.get("access_token") or offered
        authorization = headers.get(b"authorization") or (f"Bearer {given}" if given else None)
        who = await person(self._node, authorization)
        languages = tuple(wanted(headers.get(b"accept-language", "")))
        stream = await self._hub.open(who, languages, self._client(scope))
        try:
            if first is not None:
                await self._hub.subscribe(stream, first)
        except BaseException:
            self._hub.close(stream)
            raise
        return stream


def refusal(error: CoopFedError) -> Response:
    """The answer to who may not listen: JSON, readable by web apps of other origins."""
    body, headers = told(error)
    allow = (("Allow", "GET, HEAD, OPTIONS"),) if isinstance(error, WrongWay) else ()
    return json_response(body, status=error.status_code, headers=(*_CORS, *allow, *headers.items()))


async def refuse_socket(send: Send, error: CoopFedError) -> None:
    """Answers a handshake with the error's status: a closed socket would not say why."""
    response = refusal(error)
    headers = _raw(response)
    await send({"type": "websocket.http.response.start", "status": response.status, "headers": headers})
    await send({"type": "websocket.http.response.body", "body": response.body})


async def _answer(send: Send, response: Response) -> None:
    await send({"type": "http.response.start", "status": response.status, "headers": _raw(response)})
    await send({"type": "http.response.body", "body": response.body})


def _raw(response: Response) -> list[tuple[bytes, bytes]]:
    headers = [(name.lower().encode(), value.encode("latin-1")) for name, value in response.headers]
    if response.content_type:
        headers.append((b"content-type", response.content_type.encode()))
    return [*headers, (b"content-length", str(len(response.body)).encode()), (b"cache-control", b"no-store")]


def _query(scope: Scope) -> dict[str, str]:
    """The parameters. BadMessage when there are too many of them."""
    try:
        pairs = parse_qsl(scope["query_string"].decode("latin-1"), max_num_fields=limits.QUERY_FIELDS)
    except ValueError as error:
        raise BadMessage(f"more than {limits.QUERY_FIELDS} parameters in the query") from error
    return dict(pairs)


def _channel_in(asked: dict[str, str], name: str = "") -> Channel:
    media = bool(truth(asked.get("only_media")))
    return channel(name or asked["stream"], asked.get("tag", ""), asked.get("list", ""), only_media=media)
