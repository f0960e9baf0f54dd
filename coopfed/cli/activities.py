"""`coopfed activity show|replay`: one activity laid open, theirs or ours, and handled once more."""

import json
from typing import TYPE_CHECKING, Any

import typer

from coopfed.cli.common import Json, say, with_node

if TYPE_CHECKING:
    from coopfed.node import Node

_WHICH = typer.Argument(..., metavar="ARRIVAL|ID", help="Number of an arrival (in the log), or an activity's id.")
_INDENT = "    "


def register(app: typer.Typer) -> None:
    """Adds the commands."""
    activity = typer.Typer(help="What arrived, and what was said here.", no_args_is_help=True)
    activity.command("show")(show)
    activity.command("replay")(replay)
    app.add_typer(activity, name="activity")


def show(which: str = _WHICH, as_json: Json = False) -> None:
    """Show what became of an activity. Of another server's the signed request, the decision and how it was read; of ours every delivery."""
    found = with_node(lambda node: _found(node, which), as_json=as_json, signer=False)
    say("\n".join(_told(found)), found, as_json=as_json)


def replay(which: str = _WHICH, as_json: Json = False) -> None:
    """Process an arrival once more. For when a fault was mended or a peer came back."""
    arrival = with_node(lambda node: _replayed(node, which), as_json=as_json, signer=False)
    text = f"arrival {arrival} is processed again by the server; see: coopfed activity show {arrival}"
    say(text, {"arrival": arrival}, as_json=as_json)


async def _found(node: "Node", which: str) -> dict[str, Any]:
    from coopfed.errors import NotFound
    from inbox.dossier import dossier
    from inbox.history import arrival_row

    arrivals, ours = await _named(node, which)
    for number in arrivals[:1]:
        row = await node.db.read(arrival_row, number)
        if row is not None:
            return {**dossier(row), "other_arrivals": arrivals[1:]}
    if ours is not None:
        found = await _said(node, ours)
        if found is not None:
            return found
    raise NotFound(
        f"no arrival {which}, and no activity of ours; numbers stand in the log, arrivals are kept for RETENTION_ARRIVALS days"
    )


async def _named(node: "Node", which: str) -> tuple[list[int], int | None]:
    """The arrivals that are meant, and the number of the activity of ours."""
    from coopfed import limits
    from inbox.history import arrivals_of

    if which.isascii() and which.isdigit():
        number = min(int(which), limits.NUMBER_MAX)
        return [number], number
    return await node.db.read_long(arrivals_of, which), node.urls.activity_number(which)


async def _said(node: "Node", number: int) -> dict[str, Any] | None:
    from inbox.dossier import moment
    from outbox.history import deliveries_of, said

    found = await node.db.read(said, number)
    if found is None:
        return None
    deliveries = await node.db.read_long(deliveries_of, number)
    now = node.clock.now()
    return {
        "activity": found.uri,
        "type": found.type,
        "actor": found.actor,
        "object": found.object_uri,
        "public": found.public,
        "created_at": moment(found.created_at),
        "deliveries": [
            {
                "inbox": row["inbox"],
                "state": row["state"],
                "tries": row["attempts"],
                "status": row["last_status"],
                "error": row["last_error"],
                "next_try_at": moment(max(row["due_at"], row["open_until"])) if row["state"] == "waiting" else None,
                "done_at": moment(row["done_at"]) if row["done_at"] is not None else None,
                "host": "blocked" if row["blocked"] else "left alone" if row["open_until"] > now else "answers",
            }
            for row in deliveries
        ],
        "body": found.body.decode("utf-8", "replace"),
    }


async def _replayed(node: "Node", which: str) -> int:
    from coopfed.db.signals import Topic
    from coopfed.errors import NotFound
    from inbox.history import replay

    arrivals, _ours = await _named(node, which)
    for number in arrivals:
        if await node.db.write(replay, number, node.clock.now(), wakes=(Topic.ARRIVALS,)):
            return number
    raise NotFound(
        f"no arrival {which} with its body; it is kept of those that failed or could not be reached, of all with KEEP_BODIES"
    )


def _told(found: dict[str, Any]) -> list[str]:
    """For people: single facts first, then each part under its name."""
    lines = []
    for name, value in found.items():
        title = name.replace("_", " ")
        if name == "body" and value:
            lines += [f"{title}:", *_indented(_pretty(value))]
        elif name == "deliveries":
            lines += [f"{title}: {_summary(value)}", *(_INDENT + _delivery(row) for row in value)]
        elif isinstance(value, dict) and name == "normalised":
            lines += [f"{title}:", *_indented(json.dumps(value, ensure_ascii=False, indent=2))]
        elif isinstance(value, dict):
            lines += [f"{title}:", *(line for part in _told(value) for line in _indented(part))]
        elif name == "signature_base":
            lines += [f"{title}:", *_indented(value)]
        elif isinstance(value, list):
            lines.append(f"{title}: {', '.join(map(str, value)) or '-'}")
        elif value is None and name in ("request", "body"):
            lines.append(f"{title}: not kept (KEEP_BODIES keeps them for a time of debugging)")
        else:
            lines.append(f"{title}: {'-' if value is None else value}")
    return lines


def _indented(text: str) -> list[str]:
    return [f"{_INDENT}{line}" for line in text.split("\n")]


def _pretty(body: str) -> str:
    try:
        return json.dumps(json.loads(body), ensure_ascii=False, indent=2)
    except ValueError:
        return body


def _summary(deliveries: list[dict[str, Any]]) -> str:
    states = [row["state"] for row in deliveries]
    counts = [f"{states.count(state)} {state}" for state in ("done", "waiting", "given up") if state in states]
    return ", ".join(counts) or "to nobody, or no longer remembered"


def _delivery(row: dict[str, Any]) -> str:
    facts = [row["inbox"], row["state"], f"{row['tries']} tries"]
    facts += [str(row[name]) for name in ("status", "error") if row[name] is not None]
    facts += [f"next {row['next_try_at']}"] if row["next_try_at"] else []
    facts += [f"host {row['host']}"] if row["host"] != "answers" else []
    return ", ".join(facts)
