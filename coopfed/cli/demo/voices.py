"""What an actor of the demo says and reads by the API: over HTTP at its own node, with its own token, as an app would."""

from typing import Any
from urllib.parse import quote, urlencode

import orjson

from coopfed.cli.demo.processes import Server
from coopfed.cli.demo.seed import Seeded
from coopfed.cli.demo.world import World
from coopfed.errors import NotFound, Unavailable
from coopfed.net.client import HttpClient

API = "/api/coopfed/v1"
_JSON = "application/json"


class Voices:
    """Every actor of the demo at its own node."""

    def __init__(self, world: World, seeded: Seeded, servers: list[Server], http: HttpClient) -> None:
        self._world = world
        self._seeded = seeded
        self._bases = {server.node.id: server.base for server in servers}
        self._http = http

    async def get(self, actor: str, path: str) -> Any:
        """What stands at a path. NotFound; Unavailable for any other answer than 200."""
        return await self._ask(actor, "GET", path)

    async def post(self, actor: str, path: str, body: dict[str, Any] | None = None, *, once: str = "") -> Any:
        """The answer to a POST there; `once` names what happens only one time, however often it is sent."""
        return await self._ask(actor, "POST", path, body or {}, once)

    async def put(self, actor: str, path: str, body: dict[str, Any]) -> Any:
        """The answer to a PUT there."""
        return await self._ask(actor, "PUT", path, body)

    async def press(self, url: str, **fields: str) -> int:
        """The status after the button of a page that somebody was sent a link to: without an account, as a program would."""
        headers = {"Content-Type": _JSON, "Accept": _JSON}
        return (await self._http.request("POST", url, headers, orjson.dumps(fields), whole=True)).status

    async def request(self, actor: str, uri: str) -> dict[str, Any]:
        """A request as the actor's node knows it. NotFound."""
        found: dict[str, Any] = await self.get(actor, f"{API}/requests/lookup?uri={quote(uri, safe='')}")
        return found

    async def verified(self, node: str, url: str) -> dict[str, Any]:
        """What a node finds out about an agreement whose page stands at this address elsewhere: asked by nobody in particular."""
        headers = {"Content-Type": "application/x-www-form-urlencoded", "Accept": _JSON}
        body = urlencode({"code": url}).encode()
        answer = await self._http.request("POST", f"{self._bases[node]}/verify", headers, body, whole=True)
        found: dict[str, Any] = orjson.loads(answer.body) if answer.status == 200 else {}
        return found

    def somebody(self, node: str) -> str:
        """An actor of this node."""
        return next(actor.id for actor in self._world.actors.values() if actor.node == node)

    async def _ask(self, actor: str, method: str, path: str, body: dict[str, Any] | None = None, once: str = "") -> Any:
        url = f"{self._bases[self._world.actors[actor].node]}{path}"
        headers = {"Authorization": f"Bearer {self._seeded.tokens[actor]}", "Accept": _JSON}
        if body is not None:
            headers["Content-Type"] = _JSON
        if once:
            headers["Idempotency-Key"] = once
        answer = await self._http.request(
            method, url, headers, orjson.dumps(body) if body is not None else None, whole=True
        )
        if answer.status == 404:
            raise NotFound(f"@{actor} finds nothing at {path}")
        if answer.status not in (200, 202):
            said = answer.body.decode(errors="replace")[:300]
            raise Unavailable(f"@{actor}, {method} {path}: {answer.status} {said}")
        return orjson.loads(answer.body)
