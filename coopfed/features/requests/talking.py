"""What a side of an answer does to talk with the other: a direct post, in the talk about it. Source: API contract 5, *messages*."""

from collections.abc import Callable, Mapping
from typing import Any

from actors.lookup import ActorRow, by_id
from coopfed import limits
from coopfed.db.tx import Tx
from coopfed.errors import Conflict, Fault, InvalidFields
from coopfed.features.posts import store as posts
from coopfed.features.posts.store import PostRow
from coopfed.features.requests import notes, responding, talk
from coopfed.features.requests.answers import ResponseRow
from coopfed.node import Node, Stamp
from coopfed.text.typed import stored
from coopfed.vocab.values import language_tag


async def say(
    node: Node,
    actor: ActorRow,
    account_id: int | None,
    number: int,
    given: Mapping[str, Any],
    also: Callable[[Tx, int], None] | None = None,
) -> PostRow:
    """Writes to the other side of an answer; `also` is done with the number of the post. NotFound for whoever is neither; InvalidFields;
    Conflict where one of the two is gone or blocks the other."""
    text = stored(str(given.get("content") or ""))
    written = given.get("language")
    language = language_tag(written) if written else None
    faults: dict[str, list[Fault]] = {}
    if not text:
        faults["content"] = [Fault.BLANK]
    elif len(text) > limits.REQUEST_CHARACTERS:
        faults["content"] = [Fault.TOO_LONG]
    if written and (language is None or len(language) > limits.CODE_LENGTH):
        faults["language"] = [Fault.INVALID]
    if faults:
        raise InvalidFields(faults)

    def unit(tx: Tx, stamp: Stamp) -> PostRow:
        response, row = responding.party(tx, actor, number)
        other = by_id(tx, response.actor_id if actor.id == row.actor_id else row.actor_id)
        if other is None or row.deleted_at is not None:
            raise Conflict("the other side, or the request, is gone")
        parent = _last(tx, response, actor)
        post = notes.write(tx, actor, other, text, row, stamp, parent=parent, language=language, account_id=account_id)
        talk.remember(tx, response.id, post.id)
        if also is not None:
            also(tx, post.id)
        return post

    return await node.db.write(unit, node.stamp())


def _last(tx: Tx, response: ResponseRow, actor: ActorRow) -> PostRow | None:
    """What the post hangs below: the last of the talk, else what the answer was made of; None for the post beside the request."""
    known = talk.numbers(tx, response, actor.id)
    number = known[-1] if known else response.post_id
    post = posts.by_id(tx, number) if number is not None else None
    return post if post is not None and post.deleted_at is None else None
