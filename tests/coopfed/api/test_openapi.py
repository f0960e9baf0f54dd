"""The document of the client API: it is what the node does, it is OpenAPI, and it is served."""

import os
import re
from pathlib import Path
from typing import Any

import orjson
from openapi_spec_validator import OpenAPIV31SpecValidator

from coopfed.api import described
from coopfed.api.described import Described
from coopfed.oauth.scopes import SCOPES
from tests.coopfed.api.observing import observed, routes
from tests.coopfed.api.test_api import a_client
from tests.support.entities.answers import ANSWERS, FILE
from tests.support.entities.kinds import Schemas
from tests.support.scene import Scene

ROOT = Path(__file__).resolve().parents[3]
TABLE = ROOT / "coopfed" / "api" / "described.json"
ENTITIES = ROOT / "coopfed" / "api" / "entities.json"
MARKS = re.compile(r"`([^`]*)`|\[([^\]]*)\]\([^)]*\)")


def summaries() -> dict[tuple[str, str], str]:
    """What the page of routes says of each, which another test holds complete."""
    rows = re.findall(r"^\| ([A-Z]+) \| `([^`]+)` \| (.*) \|$", (ROOT / "docs" / "routes.md").read_text(), re.MULTILINE)
    return {(method, path): MARKS.sub(lambda mark: mark[1] or mark[2], text) for method, path, text in rows}


def line(route: Described) -> bytes:
    """A route as the table has it: what goes without saying is not said."""
    usual = Described("", "", "")
    says = {name: getattr(route, name) for name in Described.__dataclass_fields__}
    return orjson.dumps({name: value for name, value in says.items() if value != getattr(usual, name)})


async def test_document_is_what_the_node_does(scene: Scene) -> None:
    """Every route, asked: its token, its scopes, its role, its pages. `./run openapi` writes the table anew."""
    found = sorted(await observed(scene, summaries()), key=lambda one: (one.path, one.method))
    written = b"[\n" + b",\n".join(map(line, found)) + b"\n]\n"
    if os.environ.get("SNAPSHOTS") == "write":
        TABLE.write_bytes(written)

    assert TABLE.read_bytes().splitlines() == written.splitlines()


def test_entities_of_the_document_are_those_that_every_answer_is_held_against() -> None:
    """What an app developer reads is what the tests ask of each answer (`tests.support.entities.watched`); in the document entities are
    open, since apps pass over what they do not know. `./run openapi` writes them anew."""
    schemas = Schemas(closed=False)
    answers = {route: None if kind == FILE else schemas.of(kind) for route, kind in sorted(ANSWERS.items())}
    parts = {"schemas": dict(sorted(schemas.entities.items())), "answers": answers}
    written = b"{\n" + b",\n".join(_part(name, part) for name, part in parts.items()) + b"\n}\n"
    if os.environ.get("SNAPSHOTS") == "write":
        ENTITIES.write_bytes(written)

    assert ENTITIES.read_bytes().splitlines() == written.splitlines()


def _part(name: str, part: dict[str, Any]) -> bytes:
    """A part of the table, a line for each of its members."""
    lines = b",\n".join(orjson.dumps(key) + b":" + orjson.dumps(value) for key, value in part.items())
    return orjson.dumps(name) + b":{\n" + lines + b"\n}"


def test_every_route_is_in_the_document() -> None:
    """And nothing else is."""
    document = described.document(described.routes(), "https://coop.example")

    named = {(method.upper(), path) for path, methods in document["paths"].items() for method in methods}
    assert named == {(method, re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", path)) for method, path in routes()}


def test_document_is_openapi() -> None:
    """OpenAPI 3.1, by its own schema: path parameters, references, operation ids."""
    document = described.document(described.routes(), "https://coop.example")

    assert [str(error) for error in OpenAPIV31SpecValidator(document).iter_errors()] == []
    asked = {scope for route in described.routes() for scope in route.scopes}
    assert asked <= set(SCOPES)


async def test_document_is_served_to_everybody(scene: Scene) -> None:
    """Public, kept by caches, not sent twice; with the node's own address."""
    url = f"{scene.node.urls.base}/api/coopfed/v1/openapi.json"

    answer = await scene.peer.send("GET", url, {})
    again = await scene.peer.send("GET", url, {"If-None-Match": answer.headers["ETag"]})

    assert (answer.status, answer.headers["Cache-Control"]) == (200, "public, max-age=3600")
    assert answer.json["servers"] == [{"url": scene.node.urls.base}]
    post = answer.json["paths"]["/api/v1/lists"]["post"]
    assert post["security"] == [{"oauth2": ["write:lists"]}]
    schema = post["responses"]["2XX"]["content"]["application/json"]["schema"]
    assert schema == {"$ref": "#/components/schemas/UserList"}
    assert "replies_policy" in answer.json["components"]["schemas"]["UserList"]["properties"]
    assert (again.status, again.body) == (304, b"")


async def test_app_is_told_which_scope_it_lacks(scene: Scene) -> None:
    """RFC 6750 3.1: `scope` in the challenge; one challenge for each that would do."""
    client = await a_client(scene, scopes="profile")

    one = await client.get("/lists")
    several = await client.post("/statuses/1/mute")

    assert one.headers["WWW-Authenticate"] == 'Bearer error="insufficient_scope", scope="read:lists"'
    assert several.headers["WWW-Authenticate"].count("Bearer error=") == several.headers["WWW-Authenticate"].count(
        "scope="
    )
