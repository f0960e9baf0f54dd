"""`coopfed follower list|accept|reject`."""

from typing import Any

import typer

from coopfed.cli.common import Json, say, table, with_node


def register(app: typer.Typer) -> None:
    """Adds the commands."""
    follower = typer.Typer(help="Who asks to follow the actors of this node.", no_args_is_help=True)
    follower.command("list")(list_waiting)
    follower.command("accept")(accept)
    follower.command("reject")(reject)
    app.add_typer(follower, name="follower")


def list_waiting(
    handle: str,
    limit: int = typer.Option(40, min=1, max=1000, help="At most so many."),
    as_json: Json = False,
) -> None:
    """List who waits to be let in, the newest first."""
    found = with_node(lambda node: _waiting(node, handle, limit), as_json=as_json)
    rows = [{"acct": row.acct, "name": row.name, "type": row.type, "uri": row.uri} for row in found]
    table(rows, ("acct", "name", "type", "uri"), as_json=as_json)


async def _waiting(node: Any, handle: str, limit: int) -> list[Any]:
    from actors.lookup import by_ids
    from coopfed.features.follows.store import pending_for
    from webfinger.resolve import find_actor

    row = await find_actor(node, handle)
    asked = await node.db.read_long(pending_for, row.id, limit)
    known = await node.db.read_long(by_ids, [one.follower_id for one in asked])
    return [known[one.follower_id] for one in asked if one.follower_id in known]


def accept(handle: str, remote: str, as_json: Json = False) -> None:
    """Let one in who waits (name@host or address)."""
    follower = with_node(lambda node: _accept(node, handle, remote), as_json=as_json)
    say(f"@{follower.acct} follows @{handle}", {"follower": follower.uri, "accepted": True}, as_json=as_json)


async def _accept(node: Any, handle: str, remote: str) -> Any:
    from coopfed.features.follows.actions import let_in
    from webfinger.resolve import find_actor

    row, other = await find_actor(node, handle), await find_actor(node, remote)
    return await let_in(node, row, other.id)


def reject(handle: str, remote: str, as_json: Json = False) -> None:
    """Turn one away who waits, or remove one who follows. REMOTE is name@host or an address."""
    follower = with_node(lambda node: _reject(node, handle, remote), as_json=as_json)
    say(f"@{follower.acct} does not follow @{handle}", {"follower": follower.uri, "accepted": False}, as_json=as_json)


async def _reject(node: Any, handle: str, remote: str) -> Any:
    from coopfed.features.follows.actions import turn_away
    from webfinger.resolve import find_actor

    row, other = await find_actor(node, handle), await find_actor(node, remote)
    return await turn_away(node, row, other.id)
