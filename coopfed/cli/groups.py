"""`coopfed group posting|moderators|remove|restore|feature|unfeature|lock|unlock|ban|unban`."""

from typing import Annotated, Any

import typer

from coopfed.cli.common import Json, say, table, with_node

As = Annotated[str, typer.Option("--as", help="The moderator of this node who does it.")]


def register(app: typer.Typer) -> None:
    """Adds the commands."""
    group = typer.Typer(help="Groups: who may post, and moderation.", no_args_is_help=True)
    for command in (posting, moderators, remove, restore, feature, unfeature, lock, unlock, ban, unban):
        group.command(command.__name__)(command)
    app.add_typer(group, name="group")


def posting(handle: str, who: str, as_json: Json = False) -> None:
    """Say who may post to a group of this node. Anyone, followers or moderators."""
    with_node(lambda node: _posting(node, handle, who), as_json=as_json)
    say(f"@{handle} takes posts of: {who}", {"group": handle, "posting": who}, as_json=as_json)


async def _posting(node: Any, handle: str, who: str) -> None:
    from coopfed.features.groups.actions import set_posting
    from webfinger.resolve import find_actor

    await set_posting(node, await find_actor(node, f"@{handle}", node.budget()), who)


def moderators(
    handle: str,
    add: str = typer.Option("", help="An actor to appoint."),
    remove: str = typer.Option("", help="An actor to dismiss."),
    as_json: Json = False,
) -> None:
    """List, appoint or dismiss who looks after a group. The group is of this node."""
    rows = with_node(lambda node: _moderators(node, handle, add, remove), as_json=as_json)
    table(rows, ("actor", "uri"), as_json=as_json)


async def _moderators(node: Any, handle: str, add: str, remove: str) -> list[dict[str, str]]:
    from coopfed.features.groups import actions, store
    from webfinger.resolve import find_actor

    budget = node.budget()
    group = await find_actor(node, f"@{handle}", budget)
    if add:
        await actions.appoint(node, group, await find_actor(node, _named(add), budget))
    if remove:
        await actions.dismiss(node, group, await find_actor(node, _named(remove), budget))
    return [{"actor": f"@{row.acct}", "uri": row.uri} for row in await node.db.read(store.moderators, group.id)]


def _named(actor: str) -> str:
    return actor if actor.startswith(("@", "https://", "http://")) else f"@{actor}"


def remove(group: str, post: str, moderator: As, as_json: Json = False) -> None:
    """Take a post (its URL) out of a group; it stays its author's."""
    _rule("Delete", group, post, moderator, as_json)


def restore(group: str, post: str, moderator: As, as_json: Json = False) -> None:
    """Let a post into a group again."""
    _rule("Delete", group, post, moderator, as_json, undo=True)


def lock(group: str, post: str, moderator: As, as_json: Json = False) -> None:
    """Close the thread of a post in a group."""
    _rule("Lock", group, post, moderator, as_json)


def unlock(group: str, post: str, moderator: As, as_json: Json = False) -> None:
    """Open the thread of a post in a group again."""
    _rule("Lock", group, post, moderator, as_json, undo=True)


def feature(group: str, post: str, moderator: As, as_json: Json = False) -> None:
    """Show a post on top of a group."""
    _rule("Add", group, post, moderator, as_json)


def unfeature(group: str, post: str, moderator: As, as_json: Json = False) -> None:
    """Show a post on top of a group no more."""
    _rule("Remove", group, post, moderator, as_json)


def ban(group: str, actor: str, moderator: As, as_json: Json = False) -> None:
    """Ban an actor from a group. It follows no more, and nothing of it is passed on."""
    _rule("Block", group, actor, moderator, as_json)


def unban(group: str, actor: str, moderator: As, as_json: Json = False) -> None:
    """Let an actor into a group again."""
    _rule("Block", group, actor, moderator, as_json, undo=True)


def _rule(type: str, group: str, about: str, moderator: str, as_json: bool, *, undo: bool = False) -> None:
    uri = with_node(lambda node: _ruled(node, type, group, about, moderator, undo), as_json=as_json)
    say(f"@{moderator} told @{group}: {uri}", {"id": uri, "group": group, "object": about}, as_json=as_json)


async def _ruled(node: Any, type: str, group_name: str, about: str, moderator_name: str, undo: bool) -> str:
    from coopfed.features.groups import actions
    from coopfed.features.groups.actions import Ruling
    from webfinger.resolve import find_actor

    budget = node.budget()
    group = await find_actor(node, _named(group_name), budget)
    moderator = await find_actor(node, _named(moderator_name), budget)
    uri = await _subject(node, type, about, budget)
    if type in ("Add", "Remove"):
        return await actions.rule(node, group, moderator, actions.to_featured(group, uri, remove=type == "Remove"))
    return await actions.rule(node, group, moderator, Ruling(type, uri, undo))


async def _subject(node: Any, type: str, about: str, budget: Any) -> str:
    """The id of the post or actor that is meant."""
    from coopfed.features.posts.remote import known_post
    from webfinger.resolve import find_actor

    if type == "Block":
        return str((await find_actor(node, _named(about), budget)).uri)
    return str((await known_post(node, about, budget)).uri)
