"""Polls: looked at, voted in, and read from what a client sends with a status."""

from typing import Any

from quart import Blueprint, Response

from coopfed.api import assemble
from coopfed.api.asking import answer, anybody, number, publisher, several, viewer
from coopfed.errors import InvalidInput, NotFound
from coopfed.features.polls import actions
from coopfed.features.polls.refresh import look_again
from coopfed.features.posts.rules import PollDraft
from coopfed.node import Node
from coopfed.text.parameters import listed, truth


def register(api: Blueprint, node: Node) -> None:
    """Adds the routes. A poll has the number of its status."""

    @api.get("/api/v1/polls/<id>")
    async def get_poll(id: str) -> Response:
        who = await anybody(node, "read:statuses")
        poll = await _seen(node, number(id), viewer(who))
        if who is not None:
            await look_again(node, number(id))
        return answer(poll)

    @api.post("/api/v1/polls/<id>/votes")
    async def vote(id: str) -> Response:
        who = await publisher(node, "write:statuses")
        await _seen(node, number(id), who.actor.id)
        asked = [_place(choice) for choice in await several("choices") or ()]
        await actions.vote(node, who.actor, number(id), asked, who.account_id)
        return answer(await _seen(node, number(id), who.actor.id))


async def _seen(node: Node, id: int, reader: int) -> dict[str, Any]:
    found = await node.db.read(assemble.statuses, [id], reader, node.urls)
    poll: dict[str, Any] | None = found[0]["poll"] if found else None
    if poll is None or poll["id"] != str(id):
        raise NotFound(f"no poll {id} for this reader")
    return poll


def _place(choice: str) -> int:
    if not (choice.isascii() and choice.isdigit() and len(choice) < 4):
        raise InvalidInput(f"choices[]={choice[:20]!r} is no option of a poll")
    return int(choice)


def asked_poll(asked: dict[str, Any]) -> PollDraft | None:
    """The poll that the parameters want to ask, as JSON or `poll[options][]=…`; None when there is none. InvalidInput says what is
    wrong."""
    given = asked.get("poll")
    if given is None or given == {}:
        return None
    if not isinstance(given, dict):
        raise InvalidInput("poll must have options, a list")
    options = listed(given.get("options"))
    if options is None:
        raise InvalidInput("poll must have options, a list")
    seconds = str(given.get("expires_in") or "")
    if not (seconds.isascii() and seconds.isdigit() and len(seconds) < 10):
        raise InvalidInput("poll[expires_in] must be a number of seconds")
    multiple, hidden = (bool(truth(given.get(name))) for name in ("multiple", "hide_totals"))
    return PollDraft(tuple(map(str, options)), multiple, int(seconds), hidden)
