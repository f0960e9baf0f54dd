"""`coopfed announcement add|list|change|remove`: what is told to everybody who signs in here."""

from typing import Any

import typer

from coopfed.cli.common import Json, moment, say, table, with_node

Starts = typer.Option("", help="When that begins which it is about, like 2026-12-24T18:00+03:00.")
Ends = typer.Option("", help="When that ends; afterwards it is shown no more.")
AllDay = typer.Option(False, "--all-day", help="It is about whole days.")


def register(app: typer.Typer) -> None:
    """Adds the commands."""
    announcement = typer.Typer(help="What is told to everybody who signs in here.", no_args_is_help=True)
    announcement.command("add")(add)
    announcement.command("list")(list_announcements)
    announcement.command("change")(change)
    announcement.command("remove")(remove)
    app.add_typer(announcement, name="announcement")


def add(text: str, starts: str = Starts, ends: str = Ends, all_day: bool = AllDay, as_json: Json = False) -> None:
    """Announce something; apps show it at once."""
    row = with_node(lambda node: _add(node, text, starts, ends, all_day), as_json=as_json, signer=False)
    say(f"announced as {row.id}", _shown(row), as_json=as_json)


async def _add(node: Any, text: str, starts: str, ends: str, all_day: bool) -> Any:
    from coopfed.features.announcements import store
    from coopfed.features.moderation.audit import COMMAND_LINE

    return await node.db.write(store.add, _said(text, starts, ends, all_day), COMMAND_LINE, node.stamp())


def _said(text: str, starts: str, ends: str, all_day: bool) -> Any:
    from coopfed.features.announcements.rules import Said, checked

    return checked(Said(text, _moment(starts), _moment(ends), all_day))


def _moment(written: str) -> int | None:
    from coopfed.clock import read_moment
    from coopfed.errors import InvalidInput

    try:
        return read_moment(written) if written else None
    except ValueError as error:
        raise InvalidInput(f"{written!r} is no moment; write it like 2026-12-24T18:00+03:00") from error


def list_announcements(as_json: Json = False) -> None:
    """List all announcements, the newest first. Also those that are over."""
    from coopfed.features.announcements.store import everything

    found = with_node(lambda node: node.db.read(everything), as_json=as_json, signer=False)
    table([_shown(row) for row in found], ("id", "published", "starts", "ends", "text"), as_json=as_json)


def change(
    number: int, text: str, starts: str = Starts, ends: str = Ends, all_day: bool = AllDay, as_json: Json = False
) -> None:
    """Say an announcement differently, with its times."""
    row = with_node(lambda node: _change(node, number, text, starts, ends, all_day), as_json=as_json, signer=False)
    say(f"announcement {row.id} is changed", _shown(row), as_json=as_json)


async def _change(node: Any, number: int, text: str, starts: str, ends: str, all_day: bool) -> Any:
    from coopfed.features.announcements import store
    from coopfed.features.moderation.audit import COMMAND_LINE

    said = _said(text, starts, ends, all_day)
    return await node.db.write(store.change, number, said, COMMAND_LINE, node.stamp())


def remove(number: int, as_json: Json = False) -> None:
    """Take an announcement back."""
    row = with_node(lambda node: _remove(node, number), as_json=as_json, signer=False)
    say(f"announcement {row.id} is taken back", {"id": row.id}, as_json=as_json)


async def _remove(node: Any, number: int) -> Any:
    from coopfed.features.announcements.store import remove
    from coopfed.features.moderation.audit import COMMAND_LINE

    return await node.db.write(remove, number, COMMAND_LINE, node.stamp())


def _shown(row: Any) -> dict[str, Any]:
    return {
        "id": row.id,
        "published": moment(row.published_at),
        "starts": moment(row.starts_at),
        "ends": moment(row.ends_at),
        "all_day": row.all_day,
        "text": row.text,
    }
