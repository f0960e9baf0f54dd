"""`coopfed relay add|list|remove`: the relays this node is subscribed to."""

from typing import Any

import typer

from coopfed.cli.common import Json, say, table, with_node


def register(app: typer.Typer) -> None:
    """Adds the commands."""
    relay = typer.Typer(help="Relays that spread public posts between many servers.", no_args_is_help=True)
    relay.command("add")(add)
    relay.command("list")(list_relays)
    relay.command("remove")(remove)
    app.add_typer(relay, name="relay")


def add(
    url: str,
    style: str = typer.Option(
        "mastodon", help="mastodon (the address of the relay's inbox) or litepub (its actor's id)."
    ),
    as_json: Json = False,
) -> None:
    """Subscribe to a relay. Public posts of this node go there, and those of others come from it."""
    row = with_node(lambda node: _add(node, url, style), as_json=as_json)
    say(f"asked {row.inbox}; see: coopfed relay list", {"inbox": row.inbox, "style": row.style}, as_json=as_json)


async def _add(node: Any, url: str, style: str) -> Any:
    from coopfed.features.relays.actions import subscribe

    return await subscribe(node, url, style)


def list_relays(as_json: Json = False) -> None:
    """List the relays, and whether they answered."""
    from outbox.relays import relays

    found = with_node(lambda node: node.db.read_long(relays), as_json=as_json, signer=False)
    rows = [{"inbox": row.inbox, "style": row.style, "state": row.state} for row in found]
    table(rows, ("inbox", "style", "state"), as_json=as_json)


def remove(url: str, as_json: Json = False) -> None:
    """Leave a relay, by the address of its inbox or its actor's id."""
    row = with_node(lambda node: _remove(node, url), as_json=as_json)
    say(f"left {row.inbox}", {"inbox": row.inbox}, as_json=as_json)


async def _remove(node: Any, url: str) -> Any:
    from coopfed.features.relays.actions import leave

    return await leave(node, url)
