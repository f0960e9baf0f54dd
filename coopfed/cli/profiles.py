"""`coopfed actor edit`: what an actor shows of itself, as apps change it."""

import asyncio
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from coopfed.cli.common import Json, say, with_node

if TYPE_CHECKING:
    from coopfed.features.profiles.rules import Edit, Portrait
    from coopfed.node import Node


def edit(
    handle: str,
    name: str | None = typer.Option(None, help="Name for people."),
    note: str | None = typer.Option(None, help="A few words about the actor."),
    field: list[str] | None = typer.Option(None, help="A row NAME=VALUE of its profile, up to four; replaces all."),
    no_fields: bool = typer.Option(False, "--no-fields", help="No rows any more."),
    avatar: Path | None = typer.Option(None, help="Its picture; empty: none."),
    avatar_description: str | None = typer.Option(None, help="What the picture shows."),
    header: Path | None = typer.Option(None, help="The picture above its page; empty: none."),
    header_description: str | None = typer.Option(None, help="What that picture shows."),
    bot: bool | None = typer.Option(None, "--bot/--no-bot", help="Whether a person's account is a program's."),
    discoverable: bool | None = typer.Option(None, "--discoverable/--unlisted", help="Whether it wants to be found."),
    indexable: bool | None = typer.Option(None, "--indexable/--not-indexable", help="Whether posts may be searched."),
    hide_follows: bool | None = typer.Option(
        None, "--hide-follows/--show-follows", help="Whether it keeps to itself who follows and is followed."
    ),
    as_json: Json = False,
) -> None:
    """Change what an actor shows of itself, or show it. Its followers' servers are told."""
    from coopfed.errors import InvalidInput
    from coopfed.features.profiles.rules import Edit

    fields = [tuple(row.partition("=")[::2]) for row in field] if field else ([] if no_fields else None)
    if any(not row[1] for row in fields or []):
        raise InvalidInput("a field is NAME=VALUE, like Website=https://coop.example")
    wanted = Edit(
        name=name,
        note=note,
        fields=fields,  # type: ignore[arg-type]  # pairs, by partition
        bot=bot,
        discoverable=discoverable,
        indexable=indexable,
        hide_collections=hide_follows,
    )
    pictures = {"avatar": (avatar, avatar_description), "header": (header, header_description)}
    found = with_node(lambda node: _edit(node, handle, wanted, pictures), as_json=as_json)
    said = ", ".join(f"{what} {value!r}" for what, value in found.items() if what != "acct")
    say(f"@{found['acct']} shows: {said}", found, as_json=as_json)


async def _edit(
    node: "Node", handle: str, wanted: "Edit", pictures: dict[str, tuple[Path | None, str | None]]
) -> dict[str, Any]:
    from dataclasses import replace

    from actors.profile import profile_of
    from coopfed.features.profiles.edit import edit
    from webfinger.resolve import find_actor

    row = await find_actor(node, handle)
    avatar = await _portrait(node, row, "avatar", *pictures["avatar"])
    header = await _portrait(node, row, "header", *pictures["header"])
    row = await edit(node, row, replace(wanted, avatar=avatar, header=header))
    profile = await node.db.read(profile_of, row.id)
    return {
        "acct": row.acct,
        "name": row.name,
        "note": profile.note,
        "fields": {field.name: field.value for field in profile.typed},
        "avatar": profile.avatar_url,
        "avatar_description": profile.avatar_description,
        "header": profile.header_url,
        "header_description": profile.header_description,
        "type": row.type,
        "discoverable": row.discoverable,
        "indexable": profile.indexable,
        "hide_follows": profile.hide_collections,
    }


async def _portrait(node: "Node", row: Any, shape: str, picture: Path | None, description: str | None) -> "Portrait":
    from coopfed.features.media import actions, files
    from coopfed.features.profiles.rules import Portrait

    if picture is None:
        return Portrait(description=description)
    # An empty argument is the present folder for Path.
    if picture == Path():
        return Portrait(remove=True)
    name = actions.new_name()
    await asyncio.to_thread(_copied, picture, files.upload(node.config, name))
    return Portrait(await actions.portrait(node, name, shape, row, None), description=description)


def _copied(picture: Path, target: Path) -> None:
    from coopfed import limits
    from coopfed.errors import InvalidInput

    try:
        if picture.stat().st_size > limits.IMAGE_BYTES:
            raise InvalidInput(f"{picture} has more than {limits.IMAGE_BYTES // limits.MIB} MiB")
        shutil.copyfile(picture, target)
    except OSError as error:
        raise InvalidInput(f"{picture} cannot be read: {error.strerror}") from error
