"""`coopfed actor create|list|edit|lock|defaults|rotate-keys|alias|move|delete`."""

from typing import Any

import typer

from coopfed.cli import profiles
from coopfed.cli.common import Json, in_words, say, table, with_node


def register(app: typer.Typer) -> None:
    """Adds the commands."""
    actor = typer.Typer(help="The actors of this node.", no_args_is_help=True)
    actor.command("create")(create)
    actor.command("list")(list_actors)
    actor.command("edit")(profiles.edit)
    actor.command("lock")(lock)
    actor.command("defaults")(defaults)
    actor.command("rotate-keys")(rotate_keys)
    actor.command("alias")(alias)
    actor.command("move")(move)
    actor.command("delete")(delete)
    app.add_typer(actor, name="actor")


def create(
    handle: str,
    type: str = typer.Option(..., help="organization, group, person, service or application."),
    name: str = typer.Option(..., help="Name for people."),
    summary: str = typer.Option("", help="A few words about the actor."),
    locked: bool = typer.Option(False, "--locked", help="Followers must be let in."),
    as_json: Json = False,
) -> None:
    """Make an actor that can be followed at once."""
    row = with_node(lambda node: _create(node, handle, type, name, summary, locked), as_json=as_json)
    say(
        f"@{row.acct} is {row.uri}", {"id": row.id, "uri": row.uri, "acct": row.acct, "type": row.type}, as_json=as_json
    )


async def _create(node: Any, handle: str, type: str, name: str, summary: str, locked: bool) -> Any:
    from actors.local import NewActor, create_actor

    return await create_actor(node, NewActor(handle, type, name, summary, locked))


def list_actors(as_json: Json = False) -> None:
    """List the actors of this node."""
    from actors.lookup import local_actors

    found = with_node(lambda node: node.db.read_long(local_actors), as_json=as_json, signer=False)
    rows = [
        {
            "handle": row.handle,
            "type": row.type,
            "name": row.name,
            "followers": row.followers_count,
            "posts": row.posts_count,
            "deleted": row.gone_at is not None,
            "uri": row.uri,
        }
        for row in found
    ]
    table(rows, ("handle", "type", "name", "followers", "posts", "deleted", "uri"), as_json=as_json)


def lock(
    handle: str,
    undo: bool = typer.Option(False, "--undo", help="Everybody may follow; who waits goes on waiting."),
    as_json: Json = False,
) -> None:
    """Have an actor's followers let in by hand from now on."""
    row = with_node(lambda node: _lock(node, handle, not undo), as_json=as_json)
    told = "lets followers in by hand" if row.locked else "can be followed by everybody"
    say(f"@{row.handle} {told}", {"uri": row.uri, "locked": row.locked}, as_json=as_json)


async def _lock(node: Any, handle: str, locked: bool) -> Any:
    from coopfed.features.profiles.actions import set_locked
    from webfinger.resolve import find_actor

    return await set_locked(node, await find_actor(node, handle), locked)


def defaults(
    handle: str,
    visibility: str = typer.Option("", help="public, unlisted or followers."),
    language: str = typer.Option("", help="Language of its posts, like tr, it or en; none for no language."),
    markdown: bool | None = typer.Option(None, "--markdown/--plain", help="Whether its posts are Markdown."),
    sensitive: bool | None = typer.Option(None, "--sensitive/--harmless", help="Whether readers are asked first."),
    quotes: str = typer.Option("", help="Who may quote them: public, followers or nobody; none: by their visibility."),
    approval: bool | None = typer.Option(
        None, "--approval/--no-approval", help="Whether what its authors write waits for an editor."
    ),
    as_json: Json = False,
) -> None:
    """Say what posts of an actor are by default, or show it. It holds where nothing else is said with a post."""
    wanted = {"visibility": visibility, "language": language, "quotes": quotes}
    flags = {"markdown": markdown, "sensitive": sensitive}
    found, needed = with_node(lambda node: _defaults(node, handle, wanted, flags, approval), as_json=as_json)
    told = {
        "visibility": found.visibility,
        "language": found.language,
        "markdown": found.markdown,
        "sensitive": found.sensitive,
        "quotes": found.quote_policy,
        "approval": needed,
    }
    said = ", ".join(f"{name} {in_words(value)}" for name, value in told.items())
    say(f"@{handle} posts with: {said}", told, as_json=as_json)


async def _defaults(
    node: Any, handle: str, wanted: dict[str, str], flags: dict[str, bool | None], approval: bool | None
) -> tuple[Any, bool]:
    from dataclasses import replace

    from coopfed.errors import InvalidInput
    from coopfed.features.consent.rules import QuotePolicy
    from coopfed.features.posts.defaults import defaults_of, needs_approval, set_defaults, set_needs_approval
    from coopfed.vocab.audience import Visibility
    from webfinger.resolve import find_actor

    row = await find_actor(node, handle)
    changed: dict[str, Any] = {}
    if wanted["visibility"]:
        if wanted["visibility"] not in list(Visibility):
            raise InvalidInput("visibility must be one of: public, unlisted, followers")
        changed["visibility"] = Visibility(wanted["visibility"])
    if wanted["language"]:
        changed["language"] = None if wanted["language"] == "none" else wanted["language"]
    if wanted["quotes"]:
        if wanted["quotes"] not in (*QuotePolicy, "none"):
            raise InvalidInput(f"quotes must be one of: {', '.join(QuotePolicy)}, none")
        changed["quote_policy"] = None if wanted["quotes"] == "none" else QuotePolicy(wanted["quotes"])
    changed |= {name: value for name, value in flags.items() if value is not None}
    usual = await node.db.read(defaults_of, row.id)
    found = await set_defaults(node, row, replace(usual, **changed)) if changed or approval is not None else usual
    if approval is not None:
        await node.db.write(set_needs_approval, row.id, approval)
    return found, await node.db.read(needs_approval, row.id)


def rotate_keys(handle: str, as_json: Json = False) -> None:
    """Give an actor new keys. They are announced with the old ones first."""
    uri = with_node(lambda node: _rotate(node, handle), as_json=as_json)
    say(f"@{handle} signs with new keys", {"uri": uri, "rotated": True}, as_json=as_json)


async def _rotate(node: Any, handle: str) -> str:
    from coopfed.features.profiles.actions import rotate_keys
    from webfinger.resolve import find_actor

    row = await find_actor(node, handle)
    await rotate_keys(node, row)
    uri: str = row.uri
    return uri


def alias(
    handle: str,
    remote: str = typer.Argument("", help="name@host or address; left out: list what it calls its own."),
    remove: bool = typer.Option(False, "--remove", help="No longer."),
    as_json: Json = False,
) -> None:
    """Say that another actor is this one's own too, or list them. It can then move here."""
    aliases = with_node(lambda node: _alias(node, handle, remote, remove), as_json=as_json)
    say(f"@{handle} calls its own: {', '.join(aliases) or 'nothing else'}", {"aliases": aliases}, as_json=as_json)


async def _alias(node: Any, handle: str, remote: str, remove: bool) -> list[str]:
    from coopfed.features.moves.actions import drop_alias, set_alias
    from webfinger.resolve import find_actor

    row = await find_actor(node, handle)
    if not remote:
        return list(row.alias_uris)
    if remove and remote.startswith(("https://", "http://")):
        return list(await drop_alias(node, row, remote))
    return list(await set_alias(node, row, await find_actor(node, remote), own=not remove))


def move(
    handle: str,
    remote: str = typer.Argument("", help="Where it lives from now on: name@host or address."),
    undo: bool = typer.Option(False, "--undo", help="Take a move back: it lives here again."),
    yes: bool = typer.Option(False, "--yes", help="Do not ask."),
    as_json: Json = False,
) -> None:
    """Send an actor's followers to another actor. That one calls it its own already; it then posts nothing here any more."""
    if undo:
        with_node(lambda node: _come_back(node, handle), as_json=as_json)
        say(f"@{handle} lives here again; followers that left stay where they went", {"moved": None}, as_json=as_json)
        return
    if not yes:
        typer.confirm(
            f"Move @{handle} with all its followers to {remote}? It cannot move again for a week.", abort=True
        )
    target = with_node(lambda node: _move(node, handle, remote), as_json=as_json)
    say(f"@{handle} moves to @{target.acct}", {"moved": target.uri}, as_json=as_json)


async def _move(node: Any, handle: str, remote: str) -> Any:
    from coopfed.errors import InvalidInput
    from coopfed.features.moves.actions import move
    from webfinger.resolve import find_actor

    if not remote:
        raise InvalidInput("say where to: coopfed actor move HANDLE NAME@HOST")
    return await move(node, await find_actor(node, handle), await find_actor(node, remote))


async def _come_back(node: Any, handle: str) -> None:
    from coopfed.features.moves.actions import come_back
    from webfinger.resolve import find_actor

    await come_back(node, await find_actor(node, handle))


def delete(
    handle: str,
    yes: bool = typer.Option(False, "--yes", help="Do not ask."),
    as_json: Json = False,
) -> None:
    """Delete an actor for ever: its posts, its follows, its handle. Others are told."""
    if not yes:
        typer.confirm(f"Delete @{handle} with all its posts? Its handle can never be used again.", abort=True)
    uri = with_node(lambda node: _delete(node, handle), as_json=as_json)
    say(f"@{handle} is deleted", {"uri": uri, "deleted": True}, as_json=as_json)


async def _delete(node: Any, handle: str) -> str:
    from coopfed.features.profiles.actions import delete_actor
    from webfinger.resolve import find_actor

    row = await find_actor(node, handle)
    await delete_actor(node, row)
    uri: str = row.uri
    return uri
