"""`coopfed match list`: who fits a cooperative's requests and profile."""

from typing import TYPE_CHECKING, Any

import typer

from coopfed.cli.common import Json, table, with_node

if TYPE_CHECKING:
    from coopfed.node import Node


def register(app: typer.Typer) -> None:
    """Adds the command."""
    match = typer.Typer(help="Who fits a cooperative's requests and profile.", no_args_is_help=True)
    match.command("list")(list_matches)
    app.add_typer(match, name="match")


def list_matches(
    handle: str,
    limit: int = typer.Option(20, help="How many, the best."),
    aside: bool = typer.Option(False, "--aside", help="Those that were set aside."),
    as_json: Json = False,
) -> None:
    """List what fits an actor of this node. Its open requests and its profile, with the reasons."""
    found = with_node(lambda node: _list(node, handle, limit, aside), as_json=as_json)
    table(found, ("score", "actor", "theirs", "ours", "reasons"), as_json=as_json)


async def _list(node: "Node", handle: str, limit: int, aside: bool) -> list[dict[str, Any]]:
    from coopfed.errors import InvalidInput
    from coopfed.features.matching import store
    from coopfed.features.matching.pairings import pairings
    from webfinger.resolve import find_actor

    actor = await find_actor(node, handle)
    if not actor.local:
        raise InvalidInput(f"@{actor.acct} is not an actor of this node")
    asked = store.Asked(dismissed=aside, limit=limit)
    found = await node.db.read_long(store.find, actor.id, asked, node.clock.now())
    return [
        {
            "score": one.match.score,
            "actor": f"@{one.owner.acct}",
            "theirs": one.theirs.title if one.theirs is not None else "(profile)",
            "ours": one.ours.title if one.ours is not None else "(profile)",
            "reasons": ", ".join(f"{reason.code} {reason.points}" for reason in one.match.reasons),
        }
        for one in await node.db.read(pairings, found)
    ]
