"""NodeInfo 2.0 and 2.1: what this node is, for statistics and for peers that treat software by name."""

from typing import Any

from sqlalchemy import func, literal_column, select

from actors.visibility import object_
from coopfed import __version__
from coopfed.db.models import Account
from coopfed.db.tx import Tx, table
from coopfed.door import Response, Route, json_response
from coopfed.node import Node
from coopfed.signing.request import Request
from webfinger.jrd import CONTENT_TYPE, nodeinfo_links

FEATURES = (
    "fep-67ff", "fep-8b32", "fep-521a", "fep-2c59", "fep-2677", "fep-fe34", "fep-f1d5", "fep-c0e0", "fep-7628", "fep-8fcf",
    "fep-1b12", "fep-ae0c", "fep-044f", "fep-e232", "fep-7888", "fep-f228", "fep-8a8e", "fep-0837",
    "fep-0ea0", "fep-844e",
)  # fmt: skip
"""The FEPs that are carried out; those whose messages are only recognised are not among them."""
_CACHE = (("Cache-Control", "public, max-age=1800"),)
_COUNTED_FOR_MS = 1_800_000
_ACCOUNTS = select(func.count()).select_from(table(Account))
_POSTS = select(func.count()).where(literal_column("local"), object_.c.deleted_at.is_(None))


async def get_links(node: Node, _request: Request, _client: str) -> Response:
    """Where the documents are, and the node actor (FEP-2677). Source: NodeInfo protocol, *Discovery*; FEP-f1d5."""
    documents = [(version, f"{node.urls.base}/nodeinfo/{version}") for version in ("2.0", "2.1")]
    return json_response(nodeinfo_links(documents, node.urls.node_actor), content_type=CONTENT_TYPE, headers=_CACHE)


async def get_nodeinfo_20(node: Node, _request: Request, _client: str) -> Response:
    """NodeInfo 2.0."""
    return await _document(node, "2.0")


async def get_nodeinfo_21(node: Node, _request: Request, _client: str) -> Response:
    """NodeInfo 2.1, which also names the software's home."""
    return await _document(node, "2.1")


async def _document(node: Node, version: str) -> Response:
    until, document = node.memory.documents.get(f"nodeinfo {version}") or (0, {})
    if node.clock.now() >= until:
        accounts, posts = await node.db.read_long(_counts)
        document, until = _nodeinfo(node, version, accounts, posts), node.clock.now() + _COUNTED_FOR_MS
        node.memory.documents.put(f"nodeinfo {version}", (until, document))
    profile = f'application/json; profile="http://nodeinfo.diaspora.software/ns/schema/{version}#"; charset=utf-8'
    return json_response(document, content_type=profile, headers=_CACHE)


def _nodeinfo(node: Node, version: str, accounts: int, posts: int) -> dict[str, Any]:
    software = {"name": "coopfed", "version": __version__}
    if version == "2.1":
        software["homepage"] = f"{node.urls.base}/"
    return {
        "version": version,
        "software": software,
        "protocols": ["activitypub"],
        "services": {"inbound": [], "outbound": []},
        "openRegistrations": node.config.registration != "closed",
        "usage": {"users": {"total": accounts}, "localPosts": posts},
        # Apps on megalodon know servers by their names, and ask those they do not know what API they speak (quirk 35).
        "metadata": {"features": list(FEATURES), "upstream": {"name": "mastodon"}},
    }


def _counts(tx: Tx) -> tuple[int, int]:
    return int(tx.execute(_ACCOUNTS).scalar_one()), int(tx.execute(_POSTS).scalar_one())


ROUTES = (
    Route("GET", "/.well-known/nodeinfo", get_links, cors=True),
    Route("GET", "/nodeinfo/2.0", get_nodeinfo_20, cors=True),
    Route("GET", "/nodeinfo/2.1", get_nodeinfo_21, cors=True),
)
