"""Which form of what a group passes on a server reads, by the software that its NodeInfo names."""

from typing import Any

from coopfed.features.groups import store
from coopfed.features.groups.rules import WRAPPING
from coopfed.net.fetch import fetch_json
from coopfed.node import Node
from coopfed.vocab.origin import authority, lies_with

_SCHEMAS = tuple(f"http://nodeinfo.diaspora.software/ns/schema/{version}" for version in ("2.1", "2.0"))
_NAME_LENGTH = 100


async def learn_software(node: Node, base: str) -> None:
    """The job `learn_software` (key: scheme and authority of a host): remembers what the host runs; nothing where it does not say.

    FetchError when it does not answer now. Source: NodeInfo 2.1; domain research 9.2.
    """
    host = authority(base)
    known, _ = await node.db.read(store.software, host)
    if known is not None:
        return
    await node.refuse_blocked(host)
    budget = node.budget()
    links = (await fetch_json(node.http, f"{base}/.well-known/nodeinfo", budget=budget)).document.get("links")
    place = _link(links, base)
    if place is None:
        return
    software = (await fetch_json(node.http, place, budget=budget)).document.get("software")
    name = software.get("name") if isinstance(software, dict) else None
    if isinstance(name, str) and name.isascii() and name.isprintable():
        name = name.lower()[:_NAME_LENGTH]
        await node.db.write(store.set_software, host, name, name in WRAPPING)


def _link(links: Any, base: str) -> str | None:
    """Where the document lies: on the host itself, the newer schema first. Some write one link without its list."""
    found = [link for link in (links if isinstance(links, list) else [links]) if isinstance(link, dict)]
    for schema in _SCHEMAS:
        for link in found:
            href = link.get("href")
            if link.get("rel") == schema and isinstance(href, str) and lies_with(href, base):
                return href
    return None
