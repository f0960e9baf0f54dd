"""`coopfed report list|show|resolve`: what people complain about."""

from typing import Any

import typer

from coopfed.cli.common import Json, moment, say, table, with_node


def register(app: typer.Typer) -> None:
    """Adds the commands."""
    report = typer.Typer(help="Complaints about actors and their posts.", no_args_is_help=True)
    report.command("list")(list_reports)
    report.command("show")(show)
    report.command("resolve")(resolve)
    app.add_typer(report, name="report")


def list_reports(
    limit: int = typer.Option(50, help="At most so many."),
    everything: bool = typer.Option(False, "--all", help="Also those that were looked at."),
    as_json: Json = False,
) -> None:
    """List the reports that wait to be looked at, the newest first."""
    from coopfed.features.reports.store import listed

    found = with_node(lambda node: node.db.read_long(listed, limit, everything), as_json=as_json, signer=False)
    table([_shown(row) for row in found], ("id", "created", "target", "posts", "comment", "resolved"), as_json=as_json)


def show(number: int, as_json: Json = False) -> None:
    """Show one report. Who complains about whom, which posts, and the comment."""
    from coopfed.errors import NotFound
    from coopfed.features.reports.store import facts

    row = with_node(lambda node: node.db.read(facts, number), as_json=as_json, signer=False)
    if row is None:
        raise NotFound(f"no report {number}; see: coopfed report list")
    found = {**_shown(row), "reporter": row["reporter"], "target": row["target"], "posts": row["object_uris"].split()}
    found |= {"comment": row["comment"], "forwarded": bool(row["forwarded"])}
    say("\n".join(f"{name}: {value}" for name, value in found.items()), found, as_json=as_json)


def resolve(number: int, as_json: Json = False) -> None:
    """Mark a report as looked at."""
    from coopfed.errors import NotFound

    if not with_node(lambda node: _resolve(node, number), as_json=as_json, signer=False):
        raise NotFound(f"no open report {number}; see: coopfed report list --all")
    say(f"report {number} is resolved", {"id": number, "resolved": True}, as_json=as_json)


async def _resolve(node: Any, number: int) -> bool:
    from coopfed.features.moderation.audit import COMMAND_LINE
    from coopfed.features.moderation.reports import resolve

    done: bool = await node.db.write(resolve, number, COMMAND_LINE, node.stamp())
    return done


def _shown(row: dict[str, Any]) -> dict[str, Any]:
    line = " ".join(row["comment"].split())
    return {
        "id": row["id"],
        "created": moment(row["created_at"]),
        "target": f"@{row['target_handle']}@{row['target_host']}",
        "posts": len(row["object_uris"].split()),
        "comment": line if len(line) <= 60 else f"{line[:59]}…",
        "resolved": moment(row["resolved_at"]),
    }
