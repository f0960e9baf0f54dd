"""`coopfed block add|remove|list`: between actors; hosts are blocked by `coopfed peer block`."""

from typing import Any

import typer

from coopfed.cli.common import Json, say, table, with_node


def register(app: typer.Typer) -> None:
    """Adds the commands."""
    block = typer.Typer(help="With whom the actors of this node want nothing to do.", no_args_is_help=True)
    block.command("add")(add)
    block.command("remove")(remove)
    block.command("list")(list_blocked)
    app.add_typer(block, name="block")


def add(handle: str, remote: str, as_json: Json = False) -> None:
    """End every dealing of an actor with another one. No follow, nothing shown, nothing sent. REMOTE is name@host or an address."""
    target = with_node(lambda node: _add(node, handle, remote), as_json=as_json)
    say(f"@{handle} blocks @{target.acct}", {"blocked": target.uri, "in_force": True}, as_json=as_json)


async def _add(node: Any, handle: str, remote: str) -> Any:
    from coopfed.features.blocks.actions import block
    from webfinger.resolve import find_actor

    row, target = await find_actor(node, handle), await find_actor(node, remote)
    await block(node, row, target)
    return target


def remove(handle: str, remote: str, as_json: Json = False) -> None:
    """End a block (name@host or address); the follows do not come back."""
    target = with_node(lambda node: _remove(node, handle, remote), as_json=as_json)
    say(f"@{handle} does not block @{target.acct}", {"blocked": target.uri, "in_force": False}, as_json=as_json)


async def _remove(node: Any, handle: str, remote: str) -> Any:
    from coopfed.features.blocks.actions import unblock
    from webfinger.resolve import find_actor

    row, target = await find_actor(node, handle), await find_actor(node, remote)
    await unblock(node, row, target)
    return target


def list_blocked(
    handle: str,
    limit: int = typer.Option(40, min=1, max=1000, help="At most so many."),
    as_json: Json = False,
) -> None:
    """List whom an actor blocks."""
    found = with_node(lambda node: _blocked(node, handle, limit), as_json=as_json)
    rows = [{"acct": row.acct, "name": row.name, "uri": row.uri} for row in found]
    table(rows, ("acct", "name", "uri"), as_json=as_json)


async def _blocked(node: Any, handle: str, limit: int) -> list[Any]:
    from coopfed.features.blocks.actions import blocked
    from coopfed.features.ranges import Range
    from webfinger.resolve import find_actor

    row = await find_actor(node, handle)
    found: list[Any] = await node.db.read_long(blocked, row.id, Range(limit))
    return found
