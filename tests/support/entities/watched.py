"""An app around the node's own that holds every answer of the client API which leaves it against its entity.

Whoever asks, an app of others or a test, each answer that is JSON is looked at: of a route that nobody described, with a member too
much, too little or of another type, it is a fault. What streams tell is looked at too.
"""

from collections.abc import Awaitable, Callable
from functools import cache
from typing import Any, cast

import orjson
from jsonschema import Draft202012Validator
from werkzeug.exceptions import HTTPException

from coopfed.app import Application, create_quart
from coopfed.node import Node
from tests.support.entities.answers import ANSWERS, EVENTS, FILE, PLAIN_EVENTS
from tests.support.entities.house import Failure
from tests.support.entities.kinds import Schemas

Send = Callable[[dict[str, Any]], Awaitable[None]]
_MOST = 20
"""Faults that are kept: the first ones say what is wrong."""
STREAMS = "/api/v1/streaming"


class Watched:
    """The ASGI callable of a node under test. `faults` are sentences."""

    def __init__(self, node: Node) -> None:
        self._app = Application(node)
        self.faults: list[str] = []

    def check(self) -> None:
        """AssertionError with what was wrong with the answers, if anything was."""
        assert not self.faults, "\n".join(self.faults)

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Send) -> None:
        if scope["type"] == "websocket":
            await self._app(scope, receive, self._socket(send))
        elif scope["type"] == "http" and scope["path"].startswith(STREAMS):
            await self._app(scope, receive, self._feed(send))
        elif scope["type"] == "http":
            await self._app(scope, receive, self._answer(scope, send))
        else:
            await self._app(scope, receive, send)

    def _answer(self, scope: dict[str, Any], send: Send) -> Send:
        rule = rule_of(scope["method"], scope["path"])
        if rule is None:
            return send
        status, is_json, body = 0, False, b""

        async def sending(message: dict[str, Any]) -> None:
            nonlocal status, is_json, body
            if message["type"] == "http.response.start":
                status = message["status"]
                is_json = dict(message["headers"]).get(b"content-type", b"").startswith(b"application/json")
            elif message["type"] == "http.response.body":
                body += message.get("body", b"")
                if not message.get("more_body") and is_json and body:
                    self._keep(rule, fault_in(rule, status, body))
            await send(message)

        return sending

    def _socket(self, send: Send) -> Send:
        async def sending(message: dict[str, Any]) -> None:
            if message["type"] == "websocket.send":
                told = orjson.loads(message["text"])
                if "event" in told:
                    self._keep(told["event"], fault_in_event(told["event"], told.get("payload", "")))
            await send(message)

        return sending

    def _feed(self, send: Send) -> Send:
        async def sending(message: dict[str, Any]) -> None:
            body = message.get("body", b"").decode()
            if body.startswith("event: "):
                event, _, data = body.removeprefix("event: ").partition("\n")
                payload = data.strip().removeprefix("data: ")
                # As Mastodon's own streams say that there is none: Mastodon.py wants a line.
                self._keep(event, fault_in_event(event, "" if payload == "undefined" else payload))
            await send(message)

        return sending

    def _keep(self, where: str, fault: str | None) -> None:
        if fault is not None and len(self.faults) < _MOST:
            self.faults.append(f"{where}: {fault}")


@cache
def _addresses() -> Any:
    return create_quart(cast("Node", None)).url_map.bind("localhost")


def rule_of(method: str, path: str) -> str | None:
    """Method and path of the client API's route that is asked; None of pages and of what is not there."""
    method = "GET" if method == "HEAD" else method
    try:
        rule, _holes = _addresses().match(path, method=method, return_rule=True)
    except HTTPException:
        return None
    return f"{method} {rule.rule}" if rule.endpoint.startswith("api.") and method != "OPTIONS" else None


@cache
def validator(kind: Any) -> Draft202012Validator:
    """What holds a value against a type: nothing may be missing, nothing more may be there."""
    schemas = Schemas(closed=True)
    return Draft202012Validator({**schemas.of(kind), "components": {"schemas": schemas.entities}})


def fault_in(rule: str, status: int, body: bytes) -> str | None:
    """What is wrong with an answer of a route; None when nothing is."""
    kind = ANSWERS.get(rule)
    if kind is None:
        return "nobody described what it answers (tests/support/entities/answers.py)"
    if status < 400 and kind == FILE:
        return "it answers a file"
    return fault_of(orjson.loads(body), Failure if status >= 400 else kind)


def fault_in_event(event: str, payload: str) -> str | None:
    """What is wrong with what a stream tells; None when nothing is."""
    if event in PLAIN_EVENTS:
        return None if payload.isdigit() or not payload else f"{payload!r} is no number"
    if event not in EVENTS:
        return "nobody described this event"
    return fault_of(orjson.loads(payload), EVENTS[event])


def fault_of(value: Any, kind: Any) -> str | None:
    """The first thing that is wrong with a value of this type; None when nothing is."""
    error = next(iter(validator(kind).iter_errors(value)), None)
    while error is not None and error.context:
        error = max(error.context, key=lambda one: len(one.absolute_path))
    return None if error is None else f"{error.json_path}: {error.message[:300]}"
