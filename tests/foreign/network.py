"""A network in which every host of the recorded messages exists: each name leads to one server on loopback, over TLS where the id
says https. What a message names is served as it was recorded; actors are served with a key that the test signs with."""

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import aiohttp
import orjson
import trustme
from aiohttp import web
from aiohttp.abc import AbstractResolver, ResolveResult

from coopfed.net.client import HttpClient
from coopfed.node import Node, dial_rules, user_agent
from coopfed.vocab.terms import ACTIVITY_JSON
from tests.support.peers import Document, RemoteActor


class ForeignActor(RemoteActor):
    """An actor under the id that a message gives it."""

    def __init__(self, uri: str, type: str = "Person") -> None:
        super().__init__(f"{urlsplit(uri).scheme}://{urlsplit(uri).netloc}", "foreign")
        self.changes["type"] = type
        self._uri = uri

    @property
    def uri(self) -> str:
        """Its id."""
        return self._uri

    @property
    def key_id(self) -> str:
        """The id of its RSA key."""
        return f"{self._uri.partition('#')[0]}#main-key"


@dataclass
class Network:
    """What is served, by id. `actors` are made when they are first asked for by the test."""

    secure_port: int = 0
    plain_port: int = 0
    actors: dict[str, ForeignActor] = field(default_factory=dict)
    documents: dict[str, Document] = field(default_factory=dict)
    session: aiohttp.ClientSession | None = None

    def actor(self, uri: str) -> ForeignActor:
        """The actor of this id."""
        return self.actors.setdefault(uri, ForeignActor(uri))

    def find(self, url: str) -> Document | None:
        """What is served at this address."""
        for uri, actor in self.actors.items():
            # A bare host is asked for with a slash.
            if uri.partition("#")[0].removesuffix("/") == url.removesuffix("/"):
                return actor.document()
        return self.documents.get(url)


class _Names(AbstractResolver):
    """Every name is this machine, at the port of the server that speaks the scheme."""

    def __init__(self, network: Network) -> None:
        self._network = network

    async def resolve(self, host: str, port: int = 0, family: Any = socket.AF_INET) -> list[ResolveResult]:
        """The one answer."""
        there = self._network.secure_port if port == 443 else self._network.plain_port
        return [
            ResolveResult(
                hostname=host, host="127.0.0.1", port=there, family=socket.AF_INET, proto=0, flags=socket.AI_NUMERICHOST
            )
        ]

    async def close(self) -> None:
        """Nothing is open."""


@asynccontextmanager
async def a_network(node: Node, hosts: Iterable[str], folder: Path) -> AsyncIterator[Network]:
    """The network of the node: all its requests go there, and nowhere else."""
    network = Network()
    authority = trustme.CA()
    bundle = folder / "foreign-ca.pem"
    authority.cert_pem.write_to_path(bundle)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert(
        *sorted({_certified(host) for host in hosts if "." in host or "_" not in host})
    ).configure_cert(context)
    runner = web.ServerRunner(web.Server(lambda request: _answer(network, request)), shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=context).start()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    network.secure_port, network.plain_port = (address[1] for address in runner.addresses)
    former = node.http
    node.http = HttpClient(dial_rules(node.config), user_agent(node.config), ca_bundle=bundle, resolver=_Names(network))
    node.http.gate = former.gate
    try:
        async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as network.session:
            yield network
    finally:
        await node.http.close()
        node.http = former
        await runner.cleanup()
        await asyncio.sleep(0)


def _certified(host: str) -> str:
    """The name in the certificate: no authority certifies an underscore, but the names below a domain."""
    return f"*.{host.partition('.')[2]}" if "_" in host else host


async def _answer(network: Network, request: web.BaseRequest) -> web.StreamResponse:
    secure = request.transport is not None and request.transport.get_extra_info("ssl_object") is not None
    document = network.find(f"{'https' if secure else 'http'}://{request.host}{request.path_qs}")
    if document is None:
        return web.Response(status=404)
    return web.Response(body=orjson.dumps(document), content_type=ACTIVITY_JSON)
