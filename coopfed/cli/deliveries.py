"""`coopfed delivery list|retry`: what is on its way to other servers, and once more."""

from enum import StrEnum
from typing import TYPE_CHECKING

import typer

from coopfed.cli.common import Json, say, table, with_node

if TYPE_CHECKING:
    from coopfed.node import Node
    from outbox.history import Which

_HOST = typer.Option("", "--host", help="Only those to this host.")
_ACTIVITY = typer.Option("", "--activity", help="Only those of this activity: its number or id.")


class State(StrEnum):
    """What can be asked for."""

    WAITING = "waiting"
    DONE = "done"
    GIVEN_UP = "given-up"


def register(app: typer.Typer) -> None:
    """Adds the commands."""
    delivery = typer.Typer(help="What leaves.", no_args_is_help=True)
    delivery.command("list")(list_deliveries)
    delivery.command("retry")(retry)
    app.add_typer(delivery, name="delivery")


def list_deliveries(
    limit: int = typer.Option(50, help="At most so many."),
    everything: bool = typer.Option(False, "--all", help="Also those that are done."),
    host: str = _HOST,
    state: State | None = typer.Option(None, "--state", help="Only those that are waiting, done or given-up."),
    activity: str = _ACTIVITY,
    as_json: Json = False,
) -> None:
    """List deliveries that wait or were given up, the newest first."""
    from outbox.history import STATES, UNDONE, listed

    numbers = {name.replace(" ", "-"): number for number, name in STATES.items()}
    states = (numbers[state],) if state else tuple(STATES) if everything else UNDONE
    rows = with_node(
        lambda node: node.db.read_long(listed, _which(node, activity, host, states), limit),
        as_json=as_json,
        signer=False,
    )
    columns = ("activity_id", "type", "inbox", "state", "attempts", "last_status", "last_error")
    table(rows, columns, as_json=as_json)


def retry(
    number: str = typer.Argument("", metavar="ACTIVITY", help="Number or id of the activity; none for all."),
    host: str = _HOST,
    as_json: Json = False,
) -> None:
    """Send again now what waits or was given up. Of one activity, to one host, or all; never to hosts that are blocked."""
    count = with_node(lambda node: _retry(node, number, host), as_json=as_json, signer=False)
    say(f"{count} deliveries are due now", {"due": count}, as_json=as_json)


def _which(node: "Node", activity: str, host: str, states: tuple[int, ...]) -> "Which":
    from coopfed.errors import InvalidInput
    from coopfed.net.hosts import written_host
    from outbox.history import Which

    number = int(activity) if activity.isascii() and activity.isdigit() else node.urls.activity_number(activity)
    if activity and number is None:
        raise InvalidInput(f"{activity!r} is neither a number nor the id of an activity of this node")
    return Which(number, written_host(host) if host else None, states)


async def _retry(node: "Node", activity: str, host: str) -> int:
    from coopfed.db.signals import Topic
    from outbox.history import UNDONE, retry

    which = _which(node, activity, host, UNDONE)
    count: int = await node.db.write(retry, which, node.clock.now(), wakes=(Topic.DELIVERIES,))
    return count
