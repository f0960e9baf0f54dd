"""`coopfed moderation …`: what operators do to actors, and the record of what they did."""

from typing import Any

import typer

from coopfed.cli.common import Json, moment, say, table, with_node

Undo = typer.Option(False, "--undo", help="Take it back.")
_DEEDS = {
    "limit": ("limit", "is shown to its followers only", "is shown to everybody"),
    "sensitive": ("mark_sensitive", "has its files shown on demand only", "has its files shown as it says itself"),
    "suspend": ("suspend", "is suspended", "is let back in"),
    "disable": ("disable", "has its people shut out", "has its people let in"),
}


def register(app: typer.Typer) -> None:
    """Adds the commands."""
    moderation = typer.Typer(help="What is done about actors, and the record of it.", no_args_is_help=True)
    moderation.command("limit")(limit)
    moderation.command("sensitive")(sensitive)
    moderation.command("suspend")(suspend)
    moderation.command("disable")(disable)
    moderation.command("log")(log)
    app.add_typer(moderation, name="moderation")


def limit(handle: str, undo: bool = Undo, as_json: Json = False) -> None:
    """Show an actor, of here or elsewhere, to its followers only."""
    _do("limit", handle, undo, as_json)


def sensitive(handle: str, undo: bool = Undo, as_json: Json = False) -> None:
    """Have readers asked before they see the files of an actor."""
    _do("sensitive", handle, undo, as_json)


def suspend(handle: str, undo: bool = Undo, as_json: Json = False) -> None:
    """Hide an actor and all it said, and hear nothing more of it."""
    _do("suspend", handle, undo, as_json)


def disable(handle: str, undo: bool = Undo, as_json: Json = False) -> None:
    """Let nobody sign in who may act as an actor. It is one of this node; operators are excepted."""
    _do("disable", handle, undo, as_json)


def log(limit: int = typer.Option(50, help="At most so many."), as_json: Json = False) -> None:
    """List what operators did, the newest first."""
    from coopfed.features.moderation.audit import listed

    found = with_node(lambda node: node.db.read_long(listed, limit), as_json=as_json, signer=False)
    rows = [
        {
            "at": moment(row["created_at"]),
            "who": row["email"] or ("somebody who is gone" if row["account_id"] else "command line"),
            "action": row["action"],
            "target": row["target"],
            "detail": row["detail"],
        }
        for row in found
    ]
    table(rows, ("at", "who", "action", "target", "detail"), as_json=as_json)


def _do(name: str, handle: str, undo: bool, as_json: bool) -> None:
    deed, done, undone = _DEEDS[name]
    row = with_node(lambda node: _done(node, deed, handle, not undo), as_json=as_json)
    told = {"uri": row.uri, "action": name, "undone": undo}
    say(f"@{row.acct} {undone if undo else done}", told, as_json=as_json)


async def _done(node: Any, deed: str, handle: str, on: bool) -> Any:
    from coopfed.features.moderation import actions
    from coopfed.features.moderation.audit import COMMAND_LINE
    from coopfed.features.moderation.named import actor_named

    row = await actor_named(node, handle)
    await getattr(actions, deed)(node, row, on, COMMAND_LINE)
    return row
