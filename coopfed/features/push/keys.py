"""The key by which push services know this node (VAPID): one, made when it is first asked for, kept sealed."""

from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from coopfed.db.models import VapidKey
from coopfed.db.tx import Tx, table
from coopfed.node import Node
from coopfed.signing import webpush
from coopfed.signing.keys import seal, unseal

_CONTEXT = "vapid key"
_REMEMBERED = "vapid"

vapid_key = table(VapidKey)
_ADD = insert(vapid_key).on_conflict_do_nothing()
_FIND = select(vapid_key.c.public, vapid_key.c.sealed)


@dataclass(frozen=True, slots=True)
class Vapid:
    """The key, and its public half as apps are told it (base64url, uncompressed)."""

    key: EllipticCurvePrivateKey
    public: str


async def vapid(node: Node) -> Vapid:
    """The node's key; a node that has none, being new or of an earlier version, gets one for good."""
    known: Vapid | None = node.memory.documents.get(_REMEMBERED)
    if known is None:
        found = await node.db.read(_find)
        public, sealed = found if found is not None else await _made(node)
        known = Vapid(webpush.load_private(unseal(node.secret, sealed, _CONTEXT)), public)
        node.memory.documents.put(_REMEMBERED, known)
    return known


async def _made(node: Node) -> tuple[str, bytes]:
    key = webpush.new_key()
    sealed = seal(node.secret, webpush.private_bytes(key), _CONTEXT)
    row = {"public": webpush.written(webpush.public_bytes(key)), "sealed": sealed}
    return await node.db.write(_add, {"id": 1, "created_at": node.clock.now(), **row})


def _find(tx: Tx) -> tuple[str, bytes] | None:
    row = tx.execute(_FIND).one_or_none()
    return None if row is None else (row.public, bytes(row.sealed))


def _add(tx: Tx, row: dict[str, object]) -> tuple[str, bytes]:
    """Another process may have been first: then its key is the node's."""
    tx.execute(_ADD, row)
    found = _find(tx)
    assert found is not None
    return found
