"""`coopfed peer list|show|block|limit|allow|unblock`."""

from typing import Any

import typer

from coopfed.cli.common import Json, moment, say, table, with_node

Comment = typer.Option("", help="Why, for everybody to read.")
Note = typer.Option("", help="Why, for operators only.")
Obfuscate = typer.Option(False, "--obfuscate", help="Show strangers no whole name of the host.")


def register(app: typer.Typer) -> None:
    """Adds the commands."""
    peer = typer.Typer(help="The hosts this node deals with.", no_args_is_help=True)
    peer.command("list")(list_peers)
    peer.command("show")(show)
    peer.command("block")(block)
    peer.command("limit")(limit)
    peer.command("allow")(allow)
    peer.command("unblock")(unblock)
    app.add_typer(peer, name="peer")


def list_peers(as_json: Json = False) -> None:
    """List all hosts with their state."""
    columns = (
        "host",
        "blocked",
        "blocked_by",
        "limited",
        "allowed",
        "scheme",
        "failures",
        "slow",
        "last_success",
        "last_error",
    )
    table(_all(as_json), columns, as_json=as_json)


def show(host: str, as_json: Json = False) -> None:
    """Show one host."""
    from coopfed.errors import NotFound
    from coopfed.net.hosts import written_host
    from coopfed.net.peers import blocked_by

    name = written_host(host)
    found = next((row for row in _all(as_json) if row["host"] == name), None)
    if found is None:
        whose = with_node(lambda node: node.db.read(blocked_by, name), as_json=as_json, signer=False)
        if whose is None:
            raise NotFound(f"{name} is not known here; see: coopfed peer list")
        found = {"host": name, "blocked": True, "blocked_by": whose}
    say("\n".join(f"{name}: {value}" for name, value in found.items()), found, as_json=as_json)


def block(
    host: str,
    comment: str = Comment,
    note: str = Note,
    obfuscate: bool = Obfuscate,
    as_json: Json = False,
) -> None:
    """Refuse everything from a host, and send it nothing. Its subdomains and ports are meant, too."""
    said = {"public_comment": comment, "private_comment": note, "obfuscate": obfuscate}
    name = with_node(lambda node: _judge(node, host, "suspend", said), as_json=as_json, signer=False)
    say(f"{name} is blocked, with all below it", {"host": name, "blocked": True, "blocked_by": name}, as_json=as_json)


def limit(
    host: str,
    comment: str = Comment,
    note: str = Note,
    obfuscate: bool = Obfuscate,
    reject_media: bool = typer.Option(False, "--reject-media", help="Take no files of its posts."),
    reject_reports: bool = typer.Option(False, "--reject-reports", help="Take none of its complaints."),
    as_json: Json = False,
) -> None:
    """Show the actors of a host to their followers only. Its subdomains and ports are meant, too."""
    said = {"public_comment": comment, "private_comment": note, "obfuscate": obfuscate}
    said |= {"reject_media": reject_media, "reject_reports": reject_reports}
    name = with_node(lambda node: _judge(node, host, "silence", said), as_json=as_json, signer=False)
    say(f"{name} is limited, with all below it", {"host": name, "limited": True, "limited_by": name}, as_json=as_json)


def allow(host: str, as_json: Json = False) -> None:
    """Deal with a host although others are blocked. All of them, or the domain above it."""
    name = with_node(lambda node: _allow(node, host), as_json=as_json, signer=False)
    say(f"{name} is allowed", {"host": name, "blocked": False, "allowed": True}, as_json=as_json)


def unblock(host: str, as_json: Json = False) -> None:
    """Take back the block or limit of a host. What was given up meanwhile is not sent again by itself."""
    name, whose = with_node(lambda node: _take_back(node, host), as_json=as_json, signer=False)
    left = f"{name} has no block of its own, but that of {whose} holds for it" if whose else f"{name} is not blocked"
    say(left, {"host": name, "blocked": whose is not None, "blocked_by": whose}, as_json=as_json)


async def _judge(node: Any, host: str, severity: str, said: dict[str, Any]) -> str:
    from coopfed.features.moderation.audit import COMMAND_LINE
    from coopfed.features.moderation.hosts import judge
    from coopfed.net.words import Severity, Word

    return (await judge(node, host, Word(Severity(severity), **said), COMMAND_LINE)).host


async def _take_back(node: Any, host: str) -> tuple[str, str | None]:
    from coopfed.features.moderation.audit import COMMAND_LINE
    from coopfed.features.moderation.hosts import take_back
    from coopfed.net.hosts import written_host

    return written_host(host), await take_back(node, host, COMMAND_LINE)


async def _allow(node: Any, host: str) -> str:
    from coopfed.features.moderation.audit import COMMAND_LINE
    from coopfed.features.moderation.hosts import allow

    return (await allow(node, host, COMMAND_LINE)).host


def _all(as_json: bool) -> list[dict[str, Any]]:
    from coopfed.net.peers import all_peers

    rows = with_node(lambda node: node.db.read_long(all_peers), as_json=as_json, signer=False)
    return [
        {
            "host": row["host"],
            "blocked": bool(row["blocked"]),
            "blocked_by": row["blocked_by"],
            "limited": bool(row["limited"]),
            "limited_by": row["limited_by"],
            "allowed": bool(row["allowed"]),
            "scheme": row["scheme"],
            "failures": row["failures"],
            "slow": bool(row["slow"]),
            "open_until": moment(row["open_until"]),
            "last_success": moment(row["last_success_at"]),
            "last_heard": moment(row["last_heard_at"]),
            "last_error": row["last_error"],
        }
        for row in rows
    ]
