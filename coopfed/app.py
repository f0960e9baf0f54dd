"""The application: plain ASGI. Doors for machines first, Quart for people and their apps behind them. Wiring and errors only."""

import ipaddress
import random
import re
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from quart import Quart, request
from quart import Response as QuartResponse
from quart.routing import QuartRule
from werkzeug.exceptions import HTTPException

from coopfed import limits
from coopfed.api import create_api
from coopfed.api import failure as api_failure
from coopfed.api.streaming import door as streaming
from coopfed.api.uploads import UploadRequest
from coopfed.asgi import Receive, Scope, Send
from coopfed.bodies import AmbiguousLength, read_body, refuse_smuggling
from coopfed.door import Headers, Response, Route, error_response
from coopfed.doors import DOORS, ROUTES, Doors
from coopfed.errors import BadMessage, CoopFedError
from coopfed.node import Node
from coopfed.observe.logs import logger
from coopfed.observe.metrics import REFUSALS
from coopfed.signing.request import Request
from coopfed.web import create_pages
from coopfed.web.faults import failure as page_failure

log = logger("door")

API_PATHS = ("/api/", "/oauth/token", "/oauth/revoke", "/oauth/userinfo")
"""Where apps are answered, in JSON."""

_REQUEST_ID = re.compile(rb"[A-Za-z0-9_.-]{1,64}")
_CORS = ("Access-Control-Allow-Origin", "*")


class Application:
    """The ASGI callable of a node."""

    def __init__(self, node: Node) -> None:
        self._node = node
        self._doors = Doors(ROUTES)
        self._pages = create_quart(node)
        self._classes = {route.handler: name for name, routes in DOORS.items() for route in routes}
        self._host = node.config.authority.encode()
        self._proxies = [ipaddress.ip_network(network) for network in node.config.trusted_proxies]
        self._streaming = streaming.Streaming(node, self.client)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            scope["coopfed.request"] = self._request_id(scope)
            await self._websocket(scope, receive, send)
            return
        if scope["type"] != "http":
            await self._pages(scope, receive, send)  # type: ignore[arg-type]
            return
        began, status = time.perf_counter(), 500
        found = self._doors.find(scope["method"], scope["path"])
        door = self._class(scope["path"], found and found[0])

        scope["coopfed.request"] = named = self._request_id(scope)

        async def sending(message: dict[str, Any]) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message.get("headers", ()), (b"x-request-id", named.encode())]
            await send(message)

        try:
            await self._respond(scope, receive, sending, found, door)
        finally:
            self._node.meters.answered(door, status, time.perf_counter() - began)

    def _request_id(self, scope: Scope) -> str:
        """The name of a request, in its answer and in the log: that which a trusted proxy gave it, else a new one."""
        peer = scope.get("client")
        if peer and self._is_proxy(str(peer[0])):
            for name, value in scope["headers"]:
                if name == b"x-request-id" and _REQUEST_ID.fullmatch(value):
                    return str(value.decode())
        # Nobody's secret; the system's randomness would cost a call into the kernel.
        return f"{random.getrandbits(64):016x}"

    async def _websocket(self, scope: Scope, receive: Receive, send: Send) -> None:
        if not self._streaming.takes(scope["path"]):
            await self._refuse_websocket(scope, send)
            return
        began, status = time.perf_counter(), 500
        try:
            self._refuse_other_hosts(scope["headers"])
            status = await self._streaming.socket(scope, receive, send)
        except CoopFedError as error:
            self._log_refusal(scope, "streaming", error)
            status = error.status_code
            await streaming.refuse_socket(send, error)
        finally:
            self._node.meters.answered("streaming", status, time.perf_counter() - began)

    async def _refuse_websocket(self, scope: Scope, send: Send) -> None:
        """403: no door takes WebSockets, and Quart breaks on one for an address that it does not know."""
        self._node.meters.count(REFUSALS, self._class(scope["path"], None), "no_websocket")
        self._node.refusals.warning(
            log, "door_refused", reason="no_websocket", status=403, path=scope["path"], client=self.client(scope)
        )
        await send({"type": "websocket.close"})

    def _class(self, path: str, route: Route | None) -> str:
        if route is not None:
            return self._classes[route.handler]
        if self._streaming.takes(path):
            return "streaming"
        return "api" if path.startswith(("/api/", "/oauth/")) else "pages"

    async def _respond(
        self, scope: Scope, receive: Receive, send: Send, found: tuple[Route, tuple[str, ...]] | None, door: str
    ) -> None:
        try:
            body = await self._let_in(scope, receive, found and found[0])
        except CoopFedError as error:
            self._log_refusal(scope, door, error)
            await _send(send, _refusal(error), (), with_body=scope["method"] != "HEAD")
            return
        if found is None and self._streaming.takes(scope["path"]):
            await self._feed(scope, receive, send)
            return
        if found is None:
            scope["coopfed.client"] = self.client(scope)
            await self._pages(scope, receive, send)  # type: ignore[arg-type]
            return
        try:
            response = await self._answer(scope, body, *found)
        except CoopFedError as error:
            self._node.meters.count(REFUSALS, door, error.reason)
            response = error_response(error)
        except Exception:
            log.exception("door_failed", path=scope["path"], request=scope["coopfed.request"])
            response = error_response(CoopFedError("unexpected"))
        cors = (_CORS,) if found[0].cors else ()
        await _send(send, response, cors, with_body=scope["method"] != "HEAD")

    async def _feed(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await self._streaming.feed(scope, receive, send)
        except CoopFedError as error:
            self._log_refusal(scope, "streaming", error)
            response = streaming.refusal(error)
            await _send(send, response, (), with_body=scope["method"] != "HEAD")

    async def _let_in(self, scope: Scope, receive: Receive, route: Route | None) -> bytes:
        """The body of a request that may come in (empty where none is read); raises what is refused before a door is asked."""
        headers: list[tuple[bytes, bytes]] = scope["headers"]
        refuse_smuggling(headers)
        if route is None or not route.any_host:
            self._refuse_other_hosts(headers)
        if route is None:
            allowed = self._doors.methods(scope["path"])
            if allowed:
                raise WrongMethod(scope["method"], allowed)
        return await read_body(headers, receive, route.body_bytes) if route and route.body_bytes else b""

    def _log_refusal(self, scope: Scope, door: str, error: CoopFedError) -> None:
        self._node.meters.count(REFUSALS, door, error.reason)
        self._node.refusals.warning(
            log,
            "door_refused",
            reason=error.reason,
            detail=str(error),
            status=error.status_code,
            method=scope.get("method", "GET"),
            path=scope["path"],
            client=self.client(scope),
            request=scope["coopfed.request"],
        )

    async def _answer(self, scope: Scope, body: bytes, route: Route, parts: tuple[str, ...]) -> Response:
        raw_path: bytes = scope.get("raw_path") or scope["path"].encode()
        query: bytes = scope["query_string"]
        target = raw_path.partition(b"?")[0] + (b"?" + query if query else b"")
        config = self._node.config
        request = Request(
            method="GET" if scope["method"] == "HEAD" else scope["method"],
            authority=config.authority,
            scheme=config.base_url.partition("://")[0],
            target=target.decode("latin-1"),
            headers=tuple((name.decode("latin-1"), value.decode("latin-1")) for name, value in scope["headers"]),
            body=body,
        )
        answer: Response = await route.handler(self._node, request, self.client(scope), *parts)
        return answer

    def client(self, scope: Scope) -> str:
        """The address a request came from; what a trusted proxy says of it, the last untrusted one in its list."""
        peer = scope.get("client")
        address = str(peer[0]) if peer else ""
        if self._is_proxy(address):
            forwarded = [value for name, value in scope["headers"] if name == b"x-forwarded-for"]
            for hop in reversed(b",".join(forwarded).decode("latin-1").split(",")):
                if hop.strip():
                    address = hop.strip()
                    if not self._is_proxy(address):
                        break
        return address[:64]

    def _is_proxy(self, address: str) -> bool:
        try:
            ip = ipaddress.ip_address(address)
        except ValueError:
            return False
        return any(ip in network for network in self._proxies)

    def _refuse_other_hosts(self, headers: list[tuple[bytes, bytes]]) -> None:
        hosts = [value for name, value in headers if name == b"host"]
        if len(hosts) != 1 or hosts[0].lower().removesuffix(b":443") != self._host:
            # A wrong Host is a proxy that does not pass it on, or an attack on caches and links.
            raise WrongHost(f"Host is {hosts!r}, this node is {self._host.decode()}")


class WrongHost(BadMessage):
    """421: asked for another host than this node's (RFC 9110 15.5.20)."""

    status_code = 421
    safe = "This is not the host you asked for. A proxy in front must pass the Host header on."
    reason = "wrong_host"


class WrongMethod(BadMessage):
    """405: the path takes other methods, which `Allow` names (RFC 9110 15.5.6)."""

    status_code = 405
    safe = "This address does not take that method."
    reason = "wrong_method"

    def __init__(self, method: str, allowed: list[str]) -> None:
        super().__init__(f"{method[:20]} where {', '.join(allowed)} is taken")
        self.allow = ("Allow", ", ".join(allowed))


def _refusal(error: CoopFedError) -> Response:
    response = error_response(error)
    more: Headers = (error.allow,) if isinstance(error, WrongMethod) else ()
    if isinstance(error, AmbiguousLength):
        more = (("Connection", "close"),)
    return replace(response, headers=(*response.headers, *more))


async def _send(send: Send, response: Response, cors: tuple[tuple[str, str], ...], *, with_body: bool) -> None:
    headers = [(name.lower().encode(), value.encode("latin-1")) for name, value in (*response.headers, *cors)]
    if response.content_type:
        headers.append((b"content-type", response.content_type.encode()))
    headers.append((b"x-content-type-options", b"nosniff"))
    headers.append((b"content-length", str(len(response.body)).encode()))
    await send({"type": "http.response.start", "status": response.status, "headers": headers})
    await send({"type": "http.response.body", "body": response.body if with_body else b""})


class _Rule(QuartRule):
    """A route that is matched and never built from the name of its handler: `Urls` knows our addresses. Werkzeug compiles two functions
    for each route to build it, which were nine tenths of what an application costs to make."""

    def _compile_builder(self, append_unknown: bool = True) -> Callable[..., tuple[str, str]]:
        return _not_built


def _not_built(rule: QuartRule, **_values: object) -> tuple[str, str]:
    raise NotImplementedError(f"no address is built of {rule.rule}")


def create_quart(node: Node) -> Quart:
    """Pages for people and the client API."""
    app = Quart("coopfed", static_folder=None, template_folder=None)
    app.url_rule_class = _Rule
    app.request_class = UploadRequest
    app.config["MAX_CONTENT_LENGTH"] = limits.API_BODY_BYTES
    app.config["BODY_TIMEOUT"] = 30
    # Mastodon.py asks for /api/v1/instance/ with a slash at the end, as Rails takes it.
    app.url_map.strict_slashes = False
    app.register_blueprint(create_api(node))
    app.register_blueprint(create_pages(node))

    async def failed(error: Exception) -> QuartResponse:
        return api_failure(error) if request.path.startswith(API_PATHS) else page_failure(node, error)

    for kind in (CoopFedError, HTTPException, Exception):
        app.register_error_handler(kind, failed)
    return app
