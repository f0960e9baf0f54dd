"""What the owner's people make of a post that they have read: an answer to their request. Nothing is guessed. Source: domain research 8.4;
API contract 5."""

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any

from actors.lookup import ActorRow
from coopfed.db.tx import Tx
from coopfed.errors import Conflict, Fault, Forbidden, InvalidFields, NotFound
from coopfed.features.posts import documents as kept
from coopfed.features.posts import visible
from coopfed.features.posts.store import PostRow
from coopfed.features.requests import answers, comments, responding, rules, store, telling
from coopfed.features.requests.answers import ResponseRow
from coopfed.features.requests.rules import Response
from coopfed.features.requests.store import RequestRow
from coopfed.node import Node, Stamp
from coopfed.text.sanitise import sanitise


async def take(
    node: Node, owner: ActorRow, account_id: int | None, number: int, post_id: int, given: Mapping[str, Any]
) -> ResponseRow:
    """Makes an answer of a reply, mention, quote or direct message; nothing is sent. Said again it is the same answer, with the text as
    it reads now.

    NotFound for a request or post that the actor may not see; Forbidden for another's request; InvalidFields for a post that is not for
    the owner, or of somebody who may not answer; Conflict where the request takes no answers, or its author gave one by an Offer.
    """
    amount = _amount(given)

    def unit(tx: Tx, stamp: Stamp) -> ResponseRow:
        row = own(tx, owner, number)
        post = visible.by_ids(tx, [post_id], owner.id).get(post_id)
        if post is None:
            raise NotFound(f"no post {post_id} for @{owner.handle}")
        known = answers.of_posts(tx, row.id, [post.id]).get(post.id)
        if known is not None:
            return _again(tx, known, post, row, stamp)
        kind = comments.kind_of(tx, post, row)
        if kind is None or post.actor_id == owner.id or answers.by_uri(tx, post.uri) is not None:
            raise InvalidFields({"status_id": [Fault.INVALID]})
        if not store.readable_among(tx, [row.id], post.actor_id):
            raise InvalidFields({"status_id": [Fault.INVALID]})
        earlier = answers.of_responder(tx, row.id, post.actor_id)
        if any(one.pending and not one.plain for one in earlier):
            # Their own word is not put aside for what somebody else reads in a post.
            raise Conflict("its author answered already", reason="already_exists")
        responding.refuse_answer(tx, row, amount, stamp.now)
        response = _made(tx, post, row, amount, earlier, account_id, comments.VIA[kind], stamp)
        answers.add(tx, response)
        responding.supersede(tx, row.id, post.actor_id, stamp)
        telling.retell_later(tx, row, stamp)
        return response

    return await node.db.claim(unit, node.stamp())


def own(tx: Tx, owner: ActorRow, number: int) -> RequestRow:
    """The published request of this actor, held. NotFound; Forbidden for one of somebody else that it may read."""
    row = store.get(tx, number)
    if row is None or row.deleted_at is not None or not store.readable_among(tx, [number], owner.id):
        raise NotFound(f"no request {number} for @{owner.handle}")
    if row.actor_id != owner.id:
        raise Forbidden("only the owner of the request does this", reason="not_a_party")
    held = store.hold(tx, number)
    if held is None or held.published_at is None:
        raise NotFound(f"@{owner.handle} has no published request {number}")
    return held


def _amount(given: Mapping[str, Any]) -> Decimal | None:
    members = given.get("quantity")
    written = members.get("value") if isinstance(members, dict) else None
    found = rules.quantity(written)
    if written not in (None, "") and found is None:
        raise InvalidFields({"quantity[value]": [Fault.INVALID]})
    return found


def version_of(post: PostRow) -> int:
    """By which a later text of a post is told from an earlier one."""
    return post.updated_at or post.published_at


def _made(
    tx: Tx,
    post: PostRow,
    row: RequestRow,
    amount: Decimal | None,
    earlier: list[ResponseRow],
    account_id: int | None,
    via: str,
    stamp: Stamp,
) -> ResponseRow:
    number = stamp.mint(None)
    return ResponseRow(
        id=number,
        # A name of ours: nobody who knows the post's id speaks of the answer by it.
        uri=f"{row.uri}#response-{number}",
        request_id=row.id,
        actor_id=post.actor_id,
        account_id=account_id,
        via=via,
        status=Response.RECEIVED,
        content=sanitise(post.content),
        language=post.language,
        value=rules.plain(amount) if amount is not None else None,
        reciprocal_value=None,
        reason=None,
        signed=False,
        superseded_by_uri=None,
        document=kept.document_of(tx, post.id),
        # Of several posts of one person that one counts which was taken last: somebody has chosen it.
        written_at=max([stamp.now, *(one.written_at + 1 for one in earlier)]),
        answers_at=row.updated_at,
        created_at=stamp.now,
        updated_at=stamp.now,
        post_id=post.id,
        post_at=version_of(post),
    )


def _again(tx: Tx, known: ResponseRow, post: PostRow, row: RequestRow, stamp: Stamp) -> ResponseRow:
    """The same answer, with the text as it reads now; one that another post of its author's took the place of waits again."""
    superseded = known.superseded_by_uri is not None and known.status == Response.WITHDRAWN
    if not known.pending and not superseded:
        return known
    if known.pending and known.post_at == version_of(post) and (known.answers_at or 0) >= (row.terms_at or 0):
        return known
    earlier = answers.of_responder(tx, row.id, post.actor_id)
    if superseded and any(one.pending and not one.plain for one in earlier):
        return known
    response = replace(
        known,
        status=Response.RECEIVED if superseded else known.status,
        superseded_by_uri=None,
        content=sanitise(post.content),
        language=post.language,
        document=kept.document_of(tx, post.id),
        written_at=max([stamp.now, *(one.written_at + 1 for one in earlier if one.id != known.id)]),
        answers_at=row.updated_at,
        post_at=version_of(post),
        updated_at=stamp.now,
    )
    answers.put(tx, response)
    responding.supersede(tx, row.id, post.actor_id, stamp)
    return response


async def measure(node: Node, owner: ActorRow, number: int, given: Mapping[str, Any]) -> ResponseRow:
    """The owner's people say for how much an answer is whose post names no amount. NotFound, Forbidden, InvalidFields; Conflict for an
    answer that came as an Offer, or is decided."""
    amount = _amount(given)
    if amount is None:
        raise InvalidFields({"quantity[value]": [Fault.BLANK]})

    def unit(tx: Tx, stamp: Stamp) -> ResponseRow:
        seen, asked = responding.party(tx, owner, number)
        row = own(tx, owner, asked.id) if asked.actor_id == owner.id else None
        if row is None:
            raise Forbidden("only the owner of the request says so", reason="not_a_party")
        response = answers.get(tx, seen.id)
        if response is None or not response.plain or not response.pending:
            raise Conflict("its amount is its responder's word", details={"status": seen.status, "allowed": []})
        responding.refuse_answer(tx, row, amount, stamp.now)
        response = replace(response, value=rules.plain(amount), updated_at=stamp.now)
        answers.put(tx, response)
        return response

    return await node.db.claim(unit, node.stamp())
