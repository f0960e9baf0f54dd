"""`coopfed emoji add|list|edit|remove`."""

from pathlib import Path
from typing import Any

import typer

from coopfed.cli.common import Json, confirmed, say, table, with_node


def register(app: typer.Typer) -> None:
    """Adds the commands."""
    emoji = typer.Typer(help="The custom emojis of this node.", no_args_is_help=True)
    emoji.command("add")(add)
    emoji.command("list")(list_emojis)
    emoji.command("edit")(edit)
    emoji.command("remove")(remove)
    app.add_typer(emoji, name="emoji")


def add(
    shortcode: str = typer.Argument(..., help="What stands for it in texts, like olive for :olive:."),
    picture: Path = typer.Argument(..., help="PNG, GIF, WebP or JPEG, square and small."),
    category: str = typer.Option("", help="Under which heading apps show it."),
    hidden: bool = typer.Option(False, "--hidden", help="Not shown in pickers; whoever knows it may write it."),
    as_json: Json = False,
) -> None:
    """Add an emoji, or give one another picture."""
    row = with_node(lambda node: _add(node, shortcode, picture, category, hidden), as_json=as_json, signer=False)
    say(f":{row.shortcode}: can be used in posts and names", _told(row), as_json=as_json)


async def _add(node: Any, shortcode: str, picture: Path, category: str, hidden: bool) -> Any:
    from coopfed.features.emojis.actions import add_emoji

    return await add_emoji(node, shortcode, picture, category, visible=not hidden)


def list_emojis(as_json: Json = False) -> None:
    """List the emojis of this node."""
    from actors.emojis import every

    found = with_node(lambda node: node.db.read_long(every), as_json=as_json, signer=False)
    table([_told(row) for row in found], ("shortcode", "category", "visible", "media_type"), as_json=as_json)


def edit(
    shortcode: str,
    category: str | None = typer.Option(None, help="Under which heading apps show it; empty for none."),
    hidden: bool | None = typer.Option(None, "--hidden/--shown", help="Whether pickers leave it out."),
    as_json: Json = False,
) -> None:
    """Change how apps show an emoji."""
    row = with_node(lambda node: _edit(node, shortcode, category, hidden), as_json=as_json, signer=False)
    shown = f"in {row.category or 'no category'}" if row.visible else "hidden from pickers"
    say(f":{row.shortcode}: is {shown}", _told(row), as_json=as_json)


async def _edit(node: Any, shortcode: str, category: str | None, hidden: bool | None) -> Any:
    from coopfed.features.emojis.actions import change_emoji

    return await change_emoji(node, shortcode, category, None if hidden is None else not hidden)


def remove(shortcode: str, yes: bool = typer.Option(False, "--yes", help="Do not ask."), as_json: Json = False) -> None:
    """Take an emoji away; posts that have it show its shortcode."""
    confirmed(f"Remove :{shortcode.strip(':')}: from this node?", yes=yes)
    row = with_node(lambda node: _remove(node, shortcode), as_json=as_json, signer=False)
    say(f":{row.shortcode}: is gone", _told(row) | {"removed": True}, as_json=as_json)


async def _remove(node: Any, shortcode: str) -> Any:
    from coopfed.features.emojis.actions import remove_emoji

    return await remove_emoji(node, shortcode)


def _told(row: Any) -> dict[str, Any]:
    return {
        "shortcode": row.shortcode,
        "category": row.category,
        "visible": row.visible,
        "media_type": row.media_type,
    }
