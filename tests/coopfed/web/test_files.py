"""Static files, and what is answered where nothing is."""

from dataclasses import replace

from quart import Response

from actors.lookup import ActorRow
from actors.shown import ShownActor
from coopfed.api import people
from coopfed.app import create_quart
from coopfed.errors import Unavailable
from coopfed.node import Node
from coopfed.web.files import FILES, address
from tests.coopfed.web.looking import look


async def test_a_static_file_is_served_with_its_type(node: Node) -> None:
    """Design 4; with nosniff the type must be right."""
    kinds = {
        "coopfed.css": "text/css; charset=utf-8",
        "passkey.js": "text/javascript; charset=utf-8",
        "avatar.svg": "image/svg+xml",
        "header.svg": "image/svg+xml",
    }
    kinds |= {"avatar.png": "image/png", "header.png": "image/png"}

    assert set(FILES) == set(kinds)
    for name, kind in kinds.items():
        plain, versioned = [await look(node, path) for path in (f"/static/{name}", address(name))]
        assert plain.status == versioned.status == 200
        assert plain.header("content-type") == kind
        assert await plain.response.get_data() == FILES[name].body
        assert plain.header("cache-control") == "public, max-age=86400"
        assert versioned.header("cache-control") == "public, max-age=31536000"


async def test_a_file_that_the_browser_has_is_not_sent_again(node: Node) -> None:
    """RFC 9110 13.1.2."""
    first = await look(node, "/static/coopfed.css")

    again = await look(node, "/static/coopfed.css", if_none_match=first.header("etag"))

    assert (again.status, again.text) == (304, "")


async def test_nothing_else_can_be_had_as_a_file(node: Node) -> None:
    """security 1: path traversal."""
    for path in ("", "x.css", "../reader.py", "..%2Freader.py", "%2e%2e/__init__.py", "%2e%2e%5creader.py"):
        assert (await look(node, f"/static/{path}")).status == 404, path


async def test_the_pictures_of_the_client_api_are_there(node: Node, cooperative: ActorRow) -> None:
    """client_api: avatar and header are addresses, never null; no app draws SVG."""
    account = people.account(ShownActor(cooperative), node.urls)

    for member in ("avatar", "avatar_static", "header", "header_static"):
        picture = await look(node, account[member].removeprefix(node.urls.base))
        assert picture.status == 200
        assert picture.header("content-type") == "image/png"


async def test_an_unknown_path_of_the_client_api_is_json(node: Node) -> None:
    """client_api: every error is JSON with `error`, whatever Accept says."""
    for path in ("/api/v1/nothing", "/api/v9/statuses", "/api/", "/api/v1/accounts/lookup/x"):
        answer = await look(node, path)

        assert answer.status == 404, path
        assert answer.header("content-type") == "application/json; charset=utf-8"
        assert answer.text == '{"error":"Record not found","reason":"not_found"}'


async def test_a_wrong_method_names_the_right_ones(node: Node, cooperative: ActorRow) -> None:
    """RFC 9110 15.5.6: JSON under /api, a page elsewhere."""
    client = create_quart(node).test_client()

    api, page = await client.put("/api/v1/statuses"), await client.post("/@solar")

    assert api.status_code == page.status_code == 405
    assert "POST" in api.headers["Allow"]
    assert api.headers["Content-Type"].startswith("application/json")
    assert page.headers["Content-Type"].startswith("text/html")


async def test_a_fault_of_ours_is_told_without_its_details(node: Node) -> None:
    """style, *Errors*: a safe sentence for strangers, the true one for the log."""
    app = create_quart(node)

    @app.get("/broken")
    @app.get("/api/v1/broken")
    async def broken() -> Response:
        raise RuntimeError("the password is 1234")

    @app.get("/busy")
    async def busy() -> Response:
        raise Unavailable("pool of 1234 connections", retry_after=7)

    client = app.test_client()
    page, api = await client.get("/broken?lang=en"), await client.get("/api/v1/broken")
    waiting = await client.get("/busy?lang=en")
    texts = [await response.get_data(as_text=True) for response in (page, api, waiting)]

    assert [response.status_code for response in (page, api, waiting)] == [500, 500, 503]
    assert "Something went wrong" in texts[0]
    assert '"reason":"internal"' in texts[1]
    assert "Please try again a little later" in texts[2]
    assert waiting.headers["Retry-After"] == "7"
    assert not [text for text in texts if "1234" in text]


def test_the_version_of_a_file_follows_its_content() -> None:
    """What is kept for a year under its version must never change under it."""
    css = FILES["coopfed.css"]

    assert address("coopfed.css") == f"/static/coopfed.css?v={css.version}"
    assert len({file.version for file in FILES.values()}) == len(FILES)
    assert replace(css, version="x") != css
