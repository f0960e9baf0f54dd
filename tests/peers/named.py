"""Nodes of ours under names of their own: a relay knows nodes by name, without a port, as on the public network.

async with a_named_node(database_url, authority, relay) as node     https://nodeN.peers.example, in a network with that relay

Names lead to ports of loopback, here and in the relay's process; all else is as everywhere: sockets, TLS, signatures.
"""

import itertools
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from aiohttp.abc import AbstractResolver, ResolveResult

from coopfed.net.client import HttpClient
from coopfed.node import Node, dial_rules, user_agent
from tests.peers.process import Authority, PeerProcess
from tests.support.nodes import a_served_node

_numbers = itertools.count(1)
_ports: dict[str, int] = {}
"""Where names lead. A name is used once: the relay remembers the keys of those it met for two days."""


class Names(AbstractResolver):
    """Names in this network; there are no others."""

    async def resolve(self, host: str, port: int = 0, family: Any = socket.AF_INET) -> list[ResolveResult]:
        """The one answer."""
        if host not in _ports:
            raise OSError(f"there is no {host} here")
        there, kind, number = _ports[host], socket.AF_INET, socket.AI_NUMERICHOST
        return [ResolveResult(hostname=host, host="127.0.0.1", port=there, family=kind, proto=0, flags=number)]

    async def close(self) -> None:
        """Nothing is open."""


@asynccontextmanager
async def a_named_node(database_url: str, authority: Authority, relay: PeerProcess) -> AsyncIterator[Node]:
    """A node of ours at work that meets the relay, and others of these nodes, by name."""
    name = f"node{next(_numbers)}.peers.example"
    settings: dict[str, Any] = {"domain": name, "public_url": f"https://{name}"}
    async with a_served_node(
        database_url, work=True, certificate=authority.certificate, ca_bundle=authority.bundle, **settings
    ) as node:
        _ports[name] = int(node.config.listen.rpartition(":")[2])
        _ports.update(await relay.order("names", names={name: _ports[name]}))
        former, rules = node.http, dial_rules(node.config)
        node.http = HttpClient(rules, user_agent(node.config), ca_bundle=authority.bundle, resolver=Names())
        node.http.gate = former.gate
        await former.close()
        yield node
