"""`coopfed delivery list|retry`, `coopfed activity show|replay`: what is on its way, what came, and once more."""

from typing import Any

import typer

from coopfed.cli.common import Json, say, table, with_node


def register(app: typer.Typer) -> None:
    """Adds the commands."""
    delivery = typer.Typer(help="What leaves.", no_args_is_help=True)
    delivery.command("list")(list_deliveries)
    delivery.command("retry")(retry)
    app.add_typer(delivery, name="delivery")
    activity = typer.Typer(help="What arrived.", no_args_is_help=True)
    activity.command("show")(show)
    activity.command("replay")(replay)
    app.add_typer(activity, name="activity")


def list_deliveries(
    limit: int = typer.Option(50, help="At most so many."),
    everything: bool = typer.Option(False, "--all", help="Also those that are done."),
    as_json: Json = False,
) -> None:
    """List deliveries that wait or were given up, the newest first."""
    from outbox.queue import listed

    rows = with_node(lambda node: node.db.read_long(listed, limit, everything), as_json=as_json, signer=False)
    states = {0: "waiting", 1: "done", 2: "given up"}
    shown = [{**row, "state": states[row["state"]]} for row in rows]
    table(shown, ("activity_id", "type", "inbox", "state", "attempts", "last_status", "last_error"), as_json=as_json)


def retry(
    activity: int = typer.Argument(0, help="Number of the activity; none for all."),
    as_json: Json = False,
) -> None:
    """Send again now what waits or was given up."""
    count = with_node(lambda node: _retry(node, activity or None), as_json=as_json, signer=False)
    say(f"{count} deliveries are due now", {"due": count}, as_json=as_json)


async def _retry(node: Any, activity: int | None) -> int:
    from coopfed.db.signals import Topic
    from outbox.queue import retry

    count: int = await node.db.write(retry, activity, node.clock.now(), wakes=(Topic.DELIVERIES,))
    return count


def show(arrival: int, as_json: Json = False) -> None:
    """Show an arrival by its number (`arrival` in the log): what came, from whom, and what became of it."""
    from coopfed.errors import NotFound
    from inbox.history import arrival_facts

    facts = with_node(lambda node: node.db.read(arrival_facts, arrival), as_json=as_json, signer=False)
    if facts is None:
        raise NotFound(f"no arrival {arrival}; the numbers stand in the log")
    say("\n".join(f"{name}: {value}" for name, value in facts.items()), facts, as_json=as_json)


def replay(arrival: int, as_json: Json = False) -> None:
    """Process an arrival once more, after a fault was mended or a peer came back."""
    from coopfed.errors import NotFound

    if not with_node(lambda node: _replay(node, arrival), as_json=as_json, signer=False):
        raise NotFound(f"no arrival {arrival} with its body; it is kept of those that failed or could not be reached")
    say(f"arrival {arrival} is processed again", {"arrival": arrival}, as_json=as_json)


async def _replay(node: Any, arrival: int) -> bool:
    from coopfed.db.signals import Topic
    from inbox.history import replay

    done: bool = await node.db.write(replay, arrival, node.clock.now(), wakes=(Topic.ARRIVALS,))
    return done
