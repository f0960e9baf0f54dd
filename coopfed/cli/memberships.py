"""`coopfed membership list|ask|invite|accept|reject|end|suspend|resume|renew|check|import`: memberships in umbrellas, on either side."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from coopfed.cli.common import Json, confirmed, moment, say, table, with_node

if TYPE_CHECKING:
    from coopfed.features.memberships.store import MembershipRow
    from coopfed.node import Node

Kind = Annotated[str, typer.Option(help="Kind of membership; see: coopfed code list membership_kind.")]
Since = Annotated[str, typer.Option(help="Day since when, like 2026-01-31; today without one.")]
Yes = Annotated[bool, typer.Option("--yes", help="Do not ask.")]
_COLUMNS = ("number", "member", "umbrella", "kind", "status", "state", "since", "until")


def register(app: typer.Typer) -> None:
    """Adds the commands."""
    membership = typer.Typer(help="Memberships in umbrellas, signed by both sides.", no_args_is_help=True)
    membership.command("list")(list_memberships)
    membership.command("import")(import_members)
    for command in (ask, invite, accept, reject, end, suspend, resume, renew, check):
        membership.command(command.__name__)(command)
    app.add_typer(membership, name="membership")


def list_memberships(
    handle: str,
    side: str = typer.Option("", "--as", help="member or umbrella; both without one."),
    limit: int = typer.Option(100, help="How many, the newest."),
    as_json: Json = False,
) -> None:
    """List the memberships of an actor. In umbrellas, and of its members."""
    table(with_node(lambda node: _list(node, handle, side, limit), as_json=as_json), _COLUMNS, as_json=as_json)


def ask(handle: str, umbrella: str, kind: Kind = "", since: Since = "", as_json: Json = False) -> None:
    """Ask an umbrella to be its member. That is signed at once; a body without a server is declared, by its name or code."""
    _tell(with_node(lambda node: _ask(node, handle, umbrella, kind, since), as_json=as_json), as_json=as_json)


def invite(handle: str, member: str, kind: Kind = "", since: Since = "", as_json: Json = False) -> None:
    """Invite a cooperative to be a member of an umbrella of this node."""
    _tell(with_node(lambda node: _invite(node, handle, member, kind, since), as_json=as_json), as_json=as_json)


def accept(handle: str, number: int, as_json: Json = False) -> None:
    """Take in who asked, or say yes to an invitation."""
    _verb(handle, number, "accept", as_json=as_json)


def reject(handle: str, number: int, as_json: Json = False) -> None:
    """Say no to who asked, or to an invitation."""
    _verb(handle, number, "reject", as_json=as_json)


def end(
    handle: str,
    number: int,
    on: str = typer.Option("", help="Day that is past, like 2026-01-31; today without one."),
    yes: Yes = False,
    as_json: Json = False,
) -> None:
    """End a membership on the side of this actor. Or take back what it asked for."""
    confirmed(f"End the membership {number}?", yes=yes)
    _verb(handle, number, "end", on, as_json=as_json)


def suspend(handle: str, number: int, as_json: Json = False) -> None:
    """Attest a membership no more, for a while. For the umbrella; see `resume`."""
    _verb(handle, number, "suspend", as_json=as_json)


def resume(handle: str, number: int, as_json: Json = False) -> None:
    """Attest a suspended membership again."""
    _verb(handle, number, "resume", as_json=as_json)


def renew(handle: str, number: int, as_json: Json = False) -> None:
    """Sign the actor's document again, with its newest key."""
    _verb(handle, number, "renew", as_json=as_json)


def check(member: str, umbrella: str, as_json: Json = False) -> None:
    """Ask both servers what may be believed. Whether one is a member of the other, now."""
    _tell(with_node(lambda node: _check(node, member, umbrella), as_json=as_json), as_json=as_json)


def import_members(handle: str, file: Path, as_json: Json = False) -> None:
    """Invite all members of a CSV file. Its columns: name, email, handle, kind, started_on; a running server works it off."""
    from coopfed.errors import InvalidInput

    try:
        data = file.read_bytes()
    except OSError as error:
        raise InvalidInput(f"{file} cannot be read: {error.strerror}") from error
    found = with_node(lambda node: _import(node, handle, data), as_json=as_json)
    say(f"import {found['number']}: {found['rows']} rows; see the page of memberships", found, as_json=as_json)


def _verb(handle: str, number: int, verb: str, on: str = "", *, as_json: bool) -> None:
    _tell(with_node(lambda node: _act(node, handle, number, verb, on), as_json=as_json), as_json=as_json)


def _tell(found: dict[str, Any], *, as_json: bool) -> None:
    problems = f" ({found['problems']})" if found["problems"] else ""
    words = f"{found['number']}: {found['member']}, {found['kind']} of {found['umbrella']}"
    say(f"{words}: {found['status']}, {found['state']}{problems}", found, as_json=as_json)


async def _list(node: "Node", handle: str, side: str, limit: int) -> list[dict[str, Any]]:
    from coopfed.errors import InvalidInput
    from coopfed.features.memberships import store
    from coopfed.features.memberships.rules import Side
    from coopfed.features.ranges import Range
    from webfinger.resolve import find_actor

    if side not in ("", *Side):
        raise InvalidInput("--as is member or umbrella")
    row = await find_actor(node, handle)
    sides = (Side(side),) if side else tuple(Side)
    return [await _shown(node, one) for one in await node.db.read(store.listed, row.id, sides, Range(limit))]


async def _shown(node: "Node", row: "MembershipRow") -> dict[str, Any]:
    from actors.lookup import by_ids

    numbers = [one for one in (row.member_id, row.umbrella_id) if one is not None]
    actors = await node.db.read(by_ids, numbers)
    names = {number: f"@{actor.acct}" for number, actor in actors.items()}
    return {
        "number": str(row.id),
        "member": names.get(row.member_id, ""),
        "umbrella": names.get(row.umbrella_id, "") if row.umbrella_id is not None else row.umbrella_code,
        "kind": row.kind,
        "status": row.status,
        "state": row.state,
        "since": row.started_on,
        "until": row.ended_on,
        "problems": row.problems,
        "checked_at": moment(row.checked_at),
    }


def _wanted(node: "Node", kind: str, since: str) -> Any:
    from coopfed.clock import utc
    from coopfed.features.memberships import rules
    from coopfed.features.memberships.actions import Wanted

    return Wanted(rules.kind(kind), rules.day("since", since, utc(node.clock.now()).date()))


async def _ask(node: "Node", handle: str, umbrella: str, kind: str, since: str) -> dict[str, Any]:
    from coopfed.codes import tables
    from coopfed.features.memberships import actions
    from webfinger.resolve import find_actor

    member, wanted = await find_actor(node, handle), _wanted(node, kind, since)
    code = tables.meant("umbrella_bodies", umbrella) if "@" not in umbrella and "://" not in umbrella else None
    if code is not None:
        return await _shown(node, await actions.declare(node, member, code, wanted))
    return await _shown(node, await actions.request(node, member, await find_actor(node, umbrella), wanted))


async def _invite(node: "Node", handle: str, member: str, kind: str, since: str) -> dict[str, Any]:
    from coopfed.features.memberships import actions
    from webfinger.resolve import find_actor

    umbrella, wanted = await find_actor(node, handle), _wanted(node, kind, since)
    return await _shown(node, await actions.invite(node, umbrella, await find_actor(node, member), wanted))


async def _act(node: "Node", handle: str, number: int, verb: str, on: str) -> dict[str, Any]:
    from coopfed.clock import utc
    from coopfed.features.memberships import actions, rules
    from webfinger.resolve import find_actor

    day = rules.day("on", on, utc(node.clock.now()).date()) if on else None
    return await _shown(node, await actions.act(node, await find_actor(node, handle), number, verb, day))


async def _check(node: "Node", member: str, umbrella: str) -> dict[str, Any]:
    from coopfed.errors import NotFound
    from coopfed.features.memberships.check import checked
    from webfinger.resolve import find_actor

    row = await checked(node, await find_actor(node, member), await find_actor(node, umbrella))
    if row is None:
        raise NotFound("neither side claims it")
    return await _shown(node, row)


async def _import(node: "Node", handle: str, data: bytes) -> dict[str, Any]:
    from coopfed.features.memberships import importing
    from webfinger.resolve import find_actor

    found = await importing.begin(node, await find_actor(node, handle), data)
    return {"number": str(found.id), "rows": found.total}
