"""Polls: looked at, voted in, and read from what a client sends with a status."""

from typing import Any

from quart import Blueprint, Response, request

from coopfed.api import assemble
from coopfed.api.asking import answer, anybody, number, parameters, publisher, several, viewer
from coopfed.errors import InvalidInput, NotFound
from coopfed.features.polls import actions
from coopfed.features.polls.refresh import look_again
from coopfed.features.posts.rules import PollDraft
from coopfed.node import Node

_YES = ("true", "1", "on")


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


async def asked_poll() -> PollDraft | None:
    """The poll that the request wants to ask, as JSON or `poll[options][]=…`; None when there is none. InvalidInput says what is wrong."""
    if request.mimetype == "application/json":
        given = (await parameters()).get("poll")
        if given is None:
            return None
        if not isinstance(given, dict) or not isinstance(given.get("options"), list):
            raise InvalidInput("poll must have options, a list")
        options, members = given["options"], given
    else:
        form = await request.form
        options = form.getlist("poll[options][]") or form.getlist("poll[options]")
        if not options:
            return None
        members = {name: form.get(f"poll[{name}]") for name in ("expires_in", "multiple", "hide_totals")}
    seconds = str(members.get("expires_in") or "")
    if not (seconds.isascii() and seconds.isdigit() and len(seconds) < 10):
        raise InvalidInput("poll[expires_in] must be a number of seconds")
    multiple, hidden = (str(members.get(name)).lower() in _YES for name in ("multiple", "hide_totals"))
    return PollDraft(tuple(map(str, options)), multiple, int(seconds), hidden)
