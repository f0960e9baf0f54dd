"""Whom operators mean by a handle or an id: also whom nobody else sees any more."""

from actors.lookup import ActorRow, by_acct, by_uri, local_by_handle
from coopfed.db.tx import Tx
from coopfed.errors import NotFound
from coopfed.node import Node


async def actor_named(node: Node, written: str) -> ActorRow:
    """The actor that is known here by `name`, `name@host` or its id; nobody is asked. NotFound when there is none."""
    row = await node.db.read(_named, written.removeprefix("@"), (node.config.handle_domain, node.config.authority))
    if row is None or row.gone_at is not None:
        raise NotFound(f"{written[:100]} is not known here; give name, name@host or the id of an actor")
    return row


def _named(tx: Tx, written: str, ours: tuple[str, str]) -> ActorRow | None:
    if written.startswith(("https://", "http://")):
        return by_uri(tx, written)
    name, _, host = written.partition("@")
    return local_by_handle(tx, name) if not host or host.lower() in ours else by_acct(tx, name, host)
