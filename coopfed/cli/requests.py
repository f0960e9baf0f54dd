"""`coopfed request list|show|add|publish|withdraw|extend|settle|reopen|delete`: requests and offers."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from coopfed.cli.common import Json, confirmed, moment, say, table, with_node

if TYPE_CHECKING:
    from actors.lookup import ActorRow
    from coopfed.db.tx import Tx
    from coopfed.features.requests.answers import ResponseRow
    from coopfed.features.requests.store import RequestRow
    from coopfed.node import Node

_COLUMNS = ("number", "actor", "purpose", "status", "title", "until")


def register(app: typer.Typer) -> None:
    """Adds the commands."""
    request = typer.Typer(help="Requests and offers.", no_args_is_help=True)
    request.command("list")(list_requests)
    for command in (show, add, publish, withdraw, extend, settle, reopen, delete):
        request.command(command.__name__)(command)
    app.add_typer(request, name="request")


def list_requests(
    actor: str = typer.Option("", help="Only of this actor; of one of this node its drafts too."),
    status: list[str] | None = typer.Option(None, help="Only in this state; open ones without it."),
    words: str = typer.Option("", help="Only with these words."),
    limit: int = typer.Option(100, help="How many, the newest."),
    as_json: Json = False,
) -> None:
    """List requests and offers that are known here."""
    found = with_node(lambda node: _list(node, actor, status or [], words, limit), as_json=as_json)
    table(found, _COLUMNS, as_json=as_json)


def show(number: str, as_json: Json = False) -> None:
    """Show a request, by its number or address. With the answers to one of this node."""
    found = with_node(lambda node: _show(node, number), as_json=as_json)
    words = [f"{name}: {value}" for name, value in found.items() if value and name != "answers"]
    words += [f"answer {one['number']}: @{one['actor']}, {one['status']}" for one in found["answers"]]
    say("\n".join(words), found, as_json=as_json)


def add(
    handle: str,
    title: str,
    content: str = typer.Option(..., help="Text; Markdown."),
    category: str = typer.Option(..., help="Code or label; see: coopfed code list collaboration_categories."),
    until: str = typer.Option(..., help="Day or moment of its end."),
    purpose: str = typer.Option("request", help="request or offer."),
    language: str = typer.Option("", help="In which it is written; that of the actor's posts without one."),
    sector: list[str] | None = typer.Option(None, help="NACE division, up to five."),
    region: list[str] | None = typer.Option(None, help="Country or region, up to five."),
    draft: bool = typer.Option(False, "--draft", help="Do not publish it yet."),
    as_json: Json = False,
) -> None:
    """Write a request or offer for an actor, and publish it. It is of this node."""
    given = {"title": title, "content": content, "expires_at": until, "purpose": purpose, "language": language}
    found = with_node(
        lambda node: _add(node, handle, given, category, sector or [], region or [], draft), as_json=as_json
    )
    _tell(found, as_json=as_json)


def publish(number: int, as_json: Json = False) -> None:
    """Publish a draft."""
    _verb(number, "publish", as_json=as_json)


def withdraw(
    number: int,
    content: str = typer.Option("", help="A word to those who answered."),
    as_json: Json = False,
) -> None:
    """Take a request of this node back. It is shown as closed, and answers that wait are refused."""
    _verb(number, "withdraw", content, as_json=as_json)


def extend(number: int, until: str, as_json: Json = False) -> None:
    """Let a request end later; one that has expired is open again."""
    _verb(number, "extend", until, as_json=as_json)


def settle(number: int, as_json: Json = False) -> None:
    """Say that all that was wanted is agreed on."""
    _verb(number, "settle", as_json=as_json)


def reopen(number: int, as_json: Json = False) -> None:
    """Open a settled request again."""
    _verb(number, "reopen", as_json=as_json)


def delete(
    number: int, yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False, as_json: Json = False
) -> None:
    """Delete a draft, or a request that has ended. Here and elsewhere."""
    confirmed(f"Delete the request {number}?", yes=yes)
    _verb(number, "delete", as_json=as_json)


def _verb(number: int, verb: str, more: str = "", *, as_json: bool) -> None:
    _tell(with_node(lambda node: _act(node, number, verb, more), as_json=as_json), as_json=as_json)


def _tell(found: dict[str, Any], *, as_json: bool) -> None:
    say(f"{found['number']}: {found['status']}: {found['title']}", found, as_json=as_json)


async def _list(node: "Node", handle: str, statuses: list[str], words: str, limit: int) -> list[dict[str, Any]]:
    from actors.lookup import by_ids
    from actors.visibility import NOBODY
    from coopfed.errors import InvalidInput
    from coopfed.features.ranges import Range
    from coopfed.features.requests import board, store
    from coopfed.features.requests.rules import ANSWERABLE, Status
    from webfinger.resolve import find_actor

    if not set(statuses) <= set(Status):
        raise InvalidInput(f"--status is one of: {', '.join(Status)}")
    actor = await find_actor(node, handle) if handle else None
    wanted = board.Wanted(
        statuses=tuple(statuses) or tuple(one.value for one in ANSWERABLE),
        actor_id=actor.id if actor is not None else None,
        words=words,
    )
    viewer = actor.id if actor is not None and actor.local else NOBODY
    ids = await node.db.read(board.find, wanted, viewer, node.clock.now(), Range(limit))
    rows = (await node.db.read(store.by_ids, ids)).values()
    owners = await node.db.read(by_ids, list({row.actor_id for row in rows}))
    return [_told(row, owners.get(row.actor_id), node.clock.now()) for row in rows]


async def _shown(node: "Node", row: "RequestRow") -> dict[str, Any]:
    from actors.lookup import by_id

    return _told(row, await node.db.read(by_id, row.actor_id), node.clock.now())


def _told(row: "RequestRow", owner: "ActorRow | None", now: int) -> dict[str, Any]:
    return {
        "number": str(row.id),
        "uri": row.uri,
        "actor": f"@{owner.acct}" if owner is not None else "",
        "purpose": row.purpose,
        "status": row.at(now).value,
        "title": row.title,
        "category": row.category,
        "audience": row.audience,
        "until": moment(row.expires_at),
    }


async def _show(node: "Node", number: str) -> dict[str, Any]:
    from actors.lookup import by_ids
    from coopfed.errors import NotFound
    from coopfed.features.requests import remote, store

    is_number = number.isdigit() and len(number) < 20
    row = await node.db.read(store.get, int(number)) if is_number else await remote.look_up(node, number)
    if row is None:
        raise NotFound(f"no request {number}")
    found = await _shown(node, row)
    rows = await node.db.read(_answers, row) if row.local else []
    people = await node.db.read(by_ids, [one.actor_id for one in rows])
    told = [
        {"number": str(one.id), "actor": people[one.actor_id].acct, "status": one.status, "content": one.content}
        for one in rows
        if one.actor_id in people
    ]
    return {
        **found,
        "content": row.content,
        **{kind: list(codes) for kind, codes in row.codes.items()},
        "answers": told,
    }


def _answers(tx: "Tx", row: "RequestRow") -> "list[ResponseRow]":
    from coopfed import limits
    from coopfed.features.ranges import Range
    from coopfed.features.requests import answers

    return answers.listed(tx, row.actor_id, Range(limits.READ_ROWS), limits.NUMBER_MAX, request_id=row.id)


async def _add(
    node: "Node",
    handle: str,
    given: dict[str, Any],
    category: str,
    sectors: list[str],
    regions: list[str],
    draft: bool,
) -> dict[str, Any]:
    from coopfed.codes import tables
    from coopfed.features.posts.defaults import defaults_of
    from coopfed.features.requests import actions
    from webfinger.resolve import find_actor

    actor = await find_actor(node, handle)
    given["language"] = given["language"] or (await node.db.read(defaults_of, actor.id)).language or "en"
    given["category"] = tables.meant("collaboration_categories", category) or category
    given["sectors"] = [tables.meant("nace_divisions", one) or one for one in sectors]
    given["regions"] = [tables.meant("regions", one) or one for one in regions]
    row = await actions.draft(node, actor, None, given)
    return await _shown(node, row if draft else await actions.publish(node, actor, None, row.id))


async def _owner(node: "Node", number: int) -> "ActorRow":
    from actors.lookup import by_id
    from coopfed.errors import NotFound
    from coopfed.features.requests import store

    row = await node.db.read(store.get, number)
    actor = await node.db.read(by_id, row.actor_id) if row is not None and row.local else None
    if actor is None:
        raise NotFound(f"no request {number} of this node")
    return actor


async def _act(node: "Node", number: int, verb: str, more: str) -> dict[str, Any]:
    from coopfed.features.requests import actions

    owner = await _owner(node, number)
    match verb:
        case "publish":
            row = await actions.publish(node, owner, None, number)
        case "withdraw":
            row = await actions.withdraw(node, owner, None, number, more)
        case "extend":
            row = await actions.extend(node, owner, None, number, more)
        case "settle":
            row = await actions.settle(node, owner, None, number)
        case "reopen":
            row = await actions.reopen(node, owner, None, number)
        case _:
            row = await actions.delete(node, owner, number)
    return await _shown(node, row)
