"""The doctor behind proxies that do what careless ones do: each is found, with what to set. s2s research 2.24; issue 3, 7."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import orjson
import pytest
import trustme
from aiohttp import web

from coopfed.clock import Clock
from coopfed.node import Node
from coopfed.selfcheck.outside import outside
from coopfed.selfcheck.verdict import Check
from tests.support.nodes import a_node, a_served_node, an_actor, free_port
from tests.support.peers import send_due
from tests.support.proxy import Passing, Proxy, a_proxied_node
from tests.support.scene import a_scene

THROUGH_PUBLIC = ("WebFinger", "actor document", "served key", "signed GET", "signed POST")


async def examined(node: Node) -> dict[str, Check]:
    """The findings by name."""
    found = await outside(node)
    names = [check.name.partition(" of ")[0] for check in found]
    assert len(set(names)) == len(names)
    return dict(zip(names, found, strict=True))


def failed(checks: dict[str, Check]) -> set[str]:
    """The names of those that are not as they should be."""
    return {name for name, check in checks.items() if check.ok is False}


# --- a proxy in front that does something wrong --------------------------------------------------------------------


def decoded(passing: Passing) -> Passing:
    return replace(passing, target=unquote(passing.target).replace(" ", "%20"))


def without_query(passing: Passing) -> Passing:
    return replace(passing, target=passing.target.partition("?")[0])


def prefixed(passing: Passing) -> Passing:
    return replace(passing, target=f"/coopfed{passing.target}")


def small_bodies(passing: Passing) -> Passing | web.Response:
    return web.Response(status=413, text="too large") if len(passing.body) > 32 * 1024 else passing


def cut(passing: Passing) -> Passing:
    return replace(passing, body=passing.body[:32_768])


def reserialised(passing: Passing) -> Passing:
    return replace(passing, body=passing.body.replace(b'":', b'": '))


def own_date(passing: Passing) -> Passing:
    hour_ago = datetime.now(UTC) - timedelta(hours=1)
    return passing.with_header("Date", hour_ago.strftime("%a, %d %b %Y %H:%M:%S GMT"))


def moved(passing: Passing) -> Passing | web.Response:
    return web.Response(status=301, headers={"Location": f"https://www.coop.example{passing.target}"})


def header(name: str, value: str | None) -> Callable[[Passing], Passing]:
    return lambda passing: passing.with_header(name, value)


@pytest.mark.parametrize(
    ("change", "check", "named"),
    [
        (header("Host", "127.0.0.1:8080"), "signed GET", "pass it on"),
        (header("Host", "127.0.0.1:8080"), "signed POST", "proxy_set_header Host"),
        (decoded, "signed GET", "changes the address"),
        (without_query, "signed GET", "changes the address"),
        (prefixed, "signed POST", "changes the path"),
        (small_bodies, "signed POST", "client_max_body_size"),
        (cut, "signed POST", "changes the body"),
        (reserialised, "signed POST", "changes the body"),
        (own_date, "signed GET", "signed header"),
        (header("Digest", None), "signed POST", "signed header"),
        (header("Content-Digest", None), "signed POST", "signed header"),
        (header("Signature", None), "signed GET", "signed header"),
        (header("Signature-Input", None), "signed GET", "rfc9421"),
        (header("Content-Type", "text/plain"), "signed POST", "signed header"),
        (header("Coopfed-Selfcheck", None), "signed GET", "drops headers"),
    ],
)
async def test_what_a_proxy_changes_is_found_and_named(
    database_url: str, change: Callable[[Passing], Any], check: str, named: str
) -> None:
    """Catches proxies that rewrite path, host, digest or body, or limit its size: peers would only see 401."""
    proxy = Proxy()
    async with a_proxied_node(database_url, proxy) as node:
        # Health answers under every name, so that the address counts as reached.
        proxy.change = lambda passing: passing if passing.target == "/healthz" else change(passing)
        checks = await examined(node)

    assert checks[check].ok is False
    assert named in checks[check].detail
    assert checks["public address"].ok is True


async def test_a_content_type_that_is_not_exact_is_found(database_url: str) -> None:
    """s2s 2.24: content type bytes exact after the proxy; Lemmy and GoToSocial compare them."""

    def with_charset(headers: Any) -> None:
        if "activity+json" in headers.get("Content-Type", ""):
            headers["Content-Type"] += "; charset=utf-8"

    async with a_proxied_node(database_url, proxy := Proxy(answer=with_charset)) as node:
        checks = await examined(node)

    assert proxy.passed
    assert failed(checks) == {"actor document"}
    assert "must not change Content-Type" in checks["actor document"].detail


async def test_an_old_copy_of_the_actor_is_found(database_url: str) -> None:
    """Key pair matches the served actor: a proxy that keeps a copy shows peers a key that no longer signs."""

    def old_copy(passing: Passing) -> Passing | web.Response:
        if passing.target != "/ap/node":
            return passing
        base = f"http://localhost:{proxy.port}/ap/node"
        key = {"id": f"{base}#main-key", "owner": base, "publicKeyPem": "-----BEGIN PUBLIC KEY-----\nOLD"}
        document = orjson.dumps({"id": base, "publicKey": key})
        return web.Response(body=document, content_type="application/activity+json")

    proxy = Proxy(change=old_copy)
    async with a_proxied_node(database_url, proxy) as node:
        checks = await examined(node)

    assert failed(checks) == {"served key"}
    assert "another key" in checks["served key"].detail


async def test_a_proxy_that_does_not_reach_the_server_is_told_from_a_dead_server(database_url: str) -> None:
    """502 from the proxy while the server answers beside it."""
    proxy = Proxy(upstream=f"http://127.0.0.1:{free_port()}")
    async with a_proxied_node(database_url, proxy) as node:
        checks = await examined(node)

    assert failed(checks) == {"public address"}
    assert checks["server"].ok is True
    assert "proxy" in checks["public address"].detail
    assert all(checks[name].ok is None for name in THROUGH_PUBLIC)


async def test_a_redirect_to_another_address_is_told(database_url: str) -> None:
    """www. in front, or https behind: requests of peers to an inbox are not redirected by them."""
    proxy = Proxy()
    async with a_proxied_node(database_url, proxy) as node:
        proxy.change = lambda passing: passing if passing.target == "/healthz" else moved(passing)
        checks = await examined(node)

    assert "https://www.coop.example" in checks["signed POST"].detail
    assert "PUBLIC_URL" in checks["signed POST"].detail


async def test_another_node_at_our_address_is_told(database_url: str) -> None:
    """DNS or proxy lead to somebody else's server."""

    def other(passing: Passing) -> web.Response:
        return web.json_response({"status": "ok", "node": "https://other.example"})

    async with a_proxied_node(database_url, Proxy(change=other)) as node:
        checks = await examined(node)

    assert failed(checks) == {"public address"}
    assert "https://other.example" in checks["public address"].detail


def elsewhere(passing: Passing) -> web.Response:
    link = {"rel": "self", "type": "application/activity+json", "href": "https://other.example/actor"}
    return web.json_response({"subject": "acct:node@other.example", "links": [link]})


def nothing(_passing: Passing) -> web.Response:
    return web.Response(status=404)


@pytest.mark.parametrize(("answers", "named"), [(elsewhere, "https://other.example/actor"), (nothing, "404")])
async def test_a_webfinger_that_does_not_lead_back_is_found(
    database_url: str, answers: Callable[[Passing], web.Response], named: str
) -> None:
    """Own WebFinger through the public address leads back to the actor."""
    proxy = Proxy(change=lambda passing: answers(passing) if "/.well-known/" in passing.target else passing)
    async with a_proxied_node(database_url, proxy) as node:
        checks = await examined(node)

    assert failed(checks) == {"WebFinger"}
    assert named in checks["WebFinger"].detail


async def test_no_server_is_said_and_the_rest_is_not_guessed(database_url: str) -> None:
    """Works beside a live server, and says so when none answers."""
    port = free_port()
    address = {"domain": "localhost", "public_url": f"http://localhost:{port}", "listen": f"0.0.0.0:{port}"}
    async with a_node(database_url, **address) as node:
        checks = await examined(node)

    assert failed(checks) == {"server"}
    assert "start: coopfed serve" in checks["server"].detail
    assert f"127.0.0.1:{port}" in checks["server"].detail
    assert all(checks[name].ok is None for name in (*THROUGH_PUBLIC, "clock"))


# --- certificates --------------------------------------------------------------------------------------------------


async def certified(database_url: str, tmp_path: Path, *, trusted: bool, days: float) -> dict[str, Check]:
    """The findings of a node that serves https itself, with a certificate that ends so many days from now."""
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    ends = datetime.now(UTC) + timedelta(days=days)
    made = authority.issue_cert("localhost", not_after=ends, not_before=datetime.now(UTC) - timedelta(days=60))
    made.private_key_and_cert_chain_pem.write_to_path(str(tmp_path / "server.pem"))
    trust = {"ca_bundle": tmp_path / "ca.pem"} if trusted else {}
    async with a_served_node(database_url, certificate=tmp_path / "server.pem", **trust) as node:
        return await examined(node)


async def test_a_certificate_that_nobody_trusts_is_found(database_url: str, tmp_path: Path) -> None:
    """TLS of the public URL, by the certificates that the system trusts."""
    checks = await certified(database_url, tmp_path, trusted=False, days=60)

    assert checks["certificate"].ok is False
    assert "peers will not trust it" in checks["certificate"].detail


@pytest.mark.parametrize(("days", "well"), [(60, True), (20, True), (5, False)])
async def test_a_certificate_that_was_not_renewed_is_found(
    database_url: str, tmp_path: Path, days: int, well: bool
) -> None:
    """Before it ends: renewal has failed for weeks when so little is left."""
    checks = await certified(database_url, tmp_path, trusted=True, days=days)

    assert checks["certificate"].ok is well
    assert failed(checks) == (set() if well else {"certificate"})


# --- clocks --------------------------------------------------------------------------------------------------------


class Ahead(Clock):
    """A clock that goes on, so many seconds ahead of the machine's."""

    seconds = 8

    def now(self) -> int:
        return super().now() + self.seconds * 1000


async def test_a_clock_that_differs_from_peers_is_found(database_url: str) -> None:
    """Clock offset against `Date` of peers < 5 s."""
    async with a_scene(database_url) as scene:
        await scene.arrives(scene.alice.follow(scene.member.uri))
        await send_due(scene.node)
        scene.node.clock = Ahead()
        ahead = (await examined(scene.node))["clock"]
        scene.node.clock = Clock()
        right = (await examined(scene.node))["clock"]

    assert ahead.ok is False
    assert "ahead of 1 peers" in ahead.detail
    assert "timedatectl" in ahead.detail
    assert right.ok is True


async def test_without_peers_the_own_server_is_asked(database_url: str) -> None:
    """A new node has nobody to ask; a proxy on another machine may still know better."""
    async with a_served_node(database_url) as node:
        node.clock = Ahead()
        checks = await examined(node)

    assert checks["clock"].ok is False
    assert "public address" in checks["clock"].detail


# --- all well ------------------------------------------------------------------------------------------------------


async def test_a_node_behind_a_good_proxy_is_well(database_url: str) -> None:
    """Everything through the public address, and only through it."""
    proxy = Proxy()
    async with a_proxied_node(database_url, proxy) as node:
        await an_actor(node)
        checks = await examined(node)

    assert {name: check.detail for name, check in checks.items() if not check.ok} == {
        "certificate": "the public address is http (development)"
    }
    assert {"server", "public address", "DNS", "certificate", "clock", *THROUGH_PUBLIC} == set(checks)
    posts = [len(passing.body) for passing in proxy.passed if passing.method == "POST"]
    assert posts == [60 * 1024, 60 * 1024]


async def test_looking_leaves_no_trace(database_url: str) -> None:
    """No arrival, no actor, no delivery: the doors that are tried take it without effect."""
    async with a_scene(database_url) as scene:
        scene.node.clock = Clock()
        await outside(scene.node)

        assert await scene.rows() == 0
        assert scene.peer.received == []
