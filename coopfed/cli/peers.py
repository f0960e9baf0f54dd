"""`coopfed peer list|show|block|unblock`."""

from datetime import UTC, datetime
from typing import Any

import typer

from coopfed.cli.common import Json, say, table, with_node


def register(app: typer.Typer) -> None:
    """Adds the commands."""
    peer = typer.Typer(help="The hosts this node deals with.", no_args_is_help=True)
    peer.command("list")(list_peers)
    peer.command("show")(show)
    peer.command("block")(block)
    peer.command("unblock")(unblock)
    app.add_typer(peer, name="peer")


def list_peers(as_json: Json = False) -> None:
    """List all hosts with their state."""
    table(
        _all(as_json), ("host", "blocked", "scheme", "failures", "slow", "last_success", "last_error"), as_json=as_json
    )


def show(host: str, as_json: Json = False) -> None:
    """Show one host."""
    from coopfed.errors import NotFound

    found = [row for row in _all(as_json) if row["host"] == host.lower()]
    if not found:
        raise NotFound(f"{host} is not known here; see: coopfed peer list")
    say("\n".join(f"{name}: {value}" for name, value in found[0].items()), found[0], as_json=as_json)


def block(host: str, as_json: Json = False) -> None:
    """Refuse everything from a host and send it nothing."""
    with_node(lambda node: _set(node, host, True), as_json=as_json, signer=False)
    say(f"{host} is blocked", {"host": host, "blocked": True}, as_json=as_json)


def unblock(host: str, as_json: Json = False) -> None:
    """Deal with a host again."""
    with_node(lambda node: _set(node, host, False), as_json=as_json, signer=False)
    say(f"{host} is not blocked", {"host": host, "blocked": False}, as_json=as_json)


async def _set(node: Any, host: str, blocked: bool) -> None:
    from coopfed.db.signals import Topic
    from coopfed.net.peers import set_blocked
    from coopfed.vocab.origin import authority

    await node.db.write(set_blocked, authority(f"https://{host}"), blocked, wakes=(Topic.CACHES,))


def _all(as_json: bool) -> list[dict[str, Any]]:
    from coopfed.net.peers import all_peers

    rows = with_node(lambda node: node.db.read_long(all_peers), as_json=as_json, signer=False)
    return [
        {
            "host": row["host"],
            "blocked": bool(row["blocked"]),
            "scheme": row["scheme"],
            "failures": row["failures"],
            "slow": bool(row["slow"]),
            "open_until": _when(row["open_until"]),
            "last_success": _when(row["last_success_at"]),
            "last_heard": _when(row["last_heard_at"]),
            "last_error": row["last_error"],
        }
        for row in rows
    ]


def _when(milliseconds: Any) -> str | None:
    return datetime.fromtimestamp(milliseconds / 1000, UTC).isoformat(timespec="seconds") if milliseconds else None
