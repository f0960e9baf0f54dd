"""`coopfed mute add|remove|list`."""

from typing import Any

import typer

from coopfed.cli.common import Json, moment, say, table, with_node


def register(app: typer.Typer) -> None:
    """Adds the commands."""
    mute = typer.Typer(help="Whom the actors of this node do not want to see.", no_args_is_help=True)
    mute.command("add")(add)
    mute.command("remove")(remove)
    mute.command("list")(list_muted)
    app.add_typer(mute, name="mute")


def add(
    handle: str,
    remote: str,
    seconds: int = typer.Option(0, help="For so long; 0: until it is taken back."),
    notify: bool = typer.Option(False, "--notify", help="What it does is still told."),
    as_json: Json = False,
) -> None:
    """Take another actor out of what an actor is shown. Nobody else learns of it. REMOTE is name@host or an address."""
    target, ends_at = with_node(lambda node: _add(node, handle, remote, seconds, notify), as_json=as_json)
    until = moment(ends_at)
    told = f"@{handle} does not see @{target.acct} any more{f' until {until}' if until else ''}"
    say(told, {"muted": target.uri, "notify": notify, "until": until}, as_json=as_json)


async def _add(node: Any, handle: str, remote: str, seconds: int, notify: bool) -> Any:
    from coopfed.features.mutes.actions import mute
    from coopfed.features.mutes.store import between
    from webfinger.resolve import find_actor

    row, target = await find_actor(node, handle), await find_actor(node, remote)
    await mute(node, row, target, notifications=not notify, seconds=seconds)
    made = await node.db.read(between, row.id, target.id)
    return target, made.ends_at if made is not None else None


def remove(handle: str, remote: str, as_json: Json = False) -> None:
    """End a mute (name@host or address)."""
    target = with_node(lambda node: _remove(node, handle, remote), as_json=as_json)
    say(f"@{handle} sees @{target.acct} again", {"muted": None, "seen": target.uri}, as_json=as_json)


async def _remove(node: Any, handle: str, remote: str) -> Any:
    from coopfed.features.mutes.actions import unmute
    from webfinger.resolve import find_actor

    row, target = await find_actor(node, handle), await find_actor(node, remote)
    await unmute(node, row, target)
    return target


def list_muted(
    handle: str,
    limit: int = typer.Option(40, min=1, max=1000, help="At most so many."),
    as_json: Json = False,
) -> None:
    """List whom an actor mutes."""
    found = with_node(lambda node: _muted(node, handle, limit), as_json=as_json)
    rows = [
        {
            "acct": row.acct,
            "name": row.name,
            "notify": not mute.notifications,
            "until": moment(mute.ends_at),
            "uri": row.uri,
        }
        for row, mute in found
    ]
    table(rows, ("acct", "name", "notify", "until", "uri"), as_json=as_json)


async def _muted(node: Any, handle: str, limit: int) -> list[Any]:
    from coopfed.features.mutes.actions import muted
    from coopfed.features.ranges import Range
    from webfinger.resolve import find_actor

    row = await find_actor(node, handle)
    found: list[Any] = await node.db.read_long(muted, row.id, Range(limit))
    return found
