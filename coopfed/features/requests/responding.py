"""What members do with answers: give one, take it back; and as owner shortlist, accept, reject. Source: API contract 5.

Whoever decides holds the request: of two acceptances at one moment one wins, and the other sees what is left. Roles are asked at the edge.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any

import orjson

from actors.lookup import ActorRow, by_id
from coopfed import limits
from coopfed.db.tx import Tx
from coopfed.errors import Conflict, Fault, Forbidden, InvalidFields, NotFound
from coopfed.features.accounts.secrets import new_secret
from coopfed.features.posts import store as posts
from coopfed.features.requests import (
    agreeing,
    agreements,
    answers,
    confirming,
    documents,
    fields,
    proposing,
    rules,
    store,
    telling,
)
from coopfed.features.requests.actions import invalid, refuse_silent
from coopfed.features.requests.answers import ResponseRow
from coopfed.features.requests.proposing import Asking
from coopfed.features.requests.rules import Reason, Response, Step, Verb
from coopfed.features.requests.store import RequestRow
from coopfed.node import Node, SigningKey, Stamp
from coopfed.text.typed import stored
from coopfed.vocab import build
from coopfed.vocab.values import language_tag
from outbox.publish import publish


async def answer(
    node: Node,
    actor: ActorRow,
    account_id: int | None,
    number: int,
    given: Mapping[str, Any],
    also: Callable[[Tx, int], None] | None = None,
) -> ResponseRow:
    """Answers a request that the actor may read: an Offer with a proof goes to its owner, in place of one that waits. `also` is done with
    its number.

    NotFound; Forbidden for the own one; InvalidFields; Conflict where the request takes no answers, or not this one; InvalidInput for an
    actor that moved away.
    """
    refuse_silent(actor)
    content, language, amount, back = _said(given, node.urls.tag_page(""))
    key = await telling.key_of(node, actor)

    def unit(tx: Tx, stamp: Stamp) -> ResponseRow:
        row = _readable(tx, number, actor)
        owner = by_id(tx, row.actor_id)
        assert owner is not None
        if owner.id == actor.id:
            raise Forbidden("nobody answers their own request", reason="not_a_party")
        refuse_answer(tx, row, amount, stamp.now)
        earlier = answers.of_responder(tx, row.id, actor.id)
        if len(earlier) >= limits.RESPONSES_OF_ONE:
            raise Conflict(f"{limits.RESPONSES_OF_ONE} answers to one request are enough")
        before = [one for one in earlier if one.pending]
        activity = stamp.mint(None)
        response = replace(
            _begun(stamp, activity, row, actor, account_id),
            content=content,
            language=language,
            value=rules.plain(amount) if amount is not None else None,
            reciprocal_value=rules.plain(back) if back is not None else None,
            # Two within one millisecond are two: the later one lives.
            written_at=max([stamp.now, *(one.written_at + 1 for one in earlier)]),
        )
        context = telling.context_of(tx, row)
        superseded = before[0].uri if before else None
        document = documents.offer(response.uri, actor, owner, row, response, context, superseded)
        document = telling.attested(document, key, stamp)
        response = replace(response, document=orjson.dumps(document))
        if len(response.document) > limits.RESPONSE_BYTES:
            raise InvalidFields({"content": [Fault.TOO_LONG]})
        answers.add(tx, response)
        supersede(tx, row.id, actor.id, stamp)
        publish(tx, stamp, actor, activity, document, row.id)
        if also is not None:
            also(tx, response.id)
        return response

    return await node.db.write(unit, node.stamp())


def _begun(stamp: Stamp, activity: int, row: RequestRow, actor: ActorRow, account_id: int | None) -> ResponseRow:
    """An answer to the request as it is now, which says nothing yet; its Offer has the number `activity`."""
    return ResponseRow(
        id=stamp.mint(None),
        uri=stamp.urls.activity(activity),
        request_id=row.id,
        actor_id=actor.id,
        account_id=account_id,
        via=answers.COOPFED,
        status=Response.RECEIVED,
        content="",
        language=None,
        value=None,
        reciprocal_value=None,
        reason=None,
        signed=True,
        superseded_by_uri=None,
        document=b"",
        written_at=stamp.now,
        answers_at=row.updated_at,
        created_at=stamp.now,
        updated_at=stamp.now,
    )


def _said(given: Mapping[str, Any], tags: str) -> tuple[str, str | None, Decimal | None, Decimal | None]:
    """Text (HTML), language, amount and what is given in return, as the API has them."""
    faults: dict[str, list[Fault]] = {}
    text = stored(str(given.get("content") or ""))
    if not text:
        faults["content"] = [Fault.BLANK]
    elif len(text) > limits.REQUEST_CHARACTERS:
        faults["content"] = [Fault.TOO_LONG]
    written = given.get("language")
    language = language_tag(written) if written else None
    if written and (language is None or len(language) > limits.CODE_LENGTH):
        faults["language"] = [Fault.INVALID]
    found: dict[str, Decimal | None] = {}
    for group in ("quantity", "reciprocal"):
        members = given.get(group)
        value = members.get("value") if isinstance(members, dict) else None
        found[group] = rules.quantity(value)
        if value not in (None, "") and found[group] is None:
            faults[f"{group}[value]"] = [Fault.INVALID]
    if faults:
        raise InvalidFields(faults)
    return fields.rendered(text, tags), language, found["quantity"], found["reciprocal"]


def _readable(tx: Tx, number: int, actor: ActorRow) -> RequestRow:
    row = store.hold(tx, number) if store.readable_among(tx, [number], actor.id) else None
    if row is None or row.published_at is None:
        raise NotFound(f"no request {number} for @{actor.handle}")
    return row


def refuse_answer(tx: Tx, row: RequestRow, amount: Decimal | None, now: int) -> None:
    """Conflict or InvalidFields where the request takes no answers, or not this one."""
    why = rules.refused(row.at(now), row.wanted, amount, answers.remaining(tx, row))
    if why in (Reason.CLOSED, Reason.EXPIRED):
        raise invalid(row.at(now))
    if why is Reason.QUANTITY_EXHAUSTED:
        raise Conflict("there is not that much left", reason="quantity_exhausted")
    if why is not None:
        raise InvalidFields({"quantity[value]": [Fault.INVALID]})


def supersede(tx: Tx, request_id: int, actor_id: int, stamp: Stamp) -> None:
    """Of the answers of one responder only the last written one waits; what was decided stays as it is (rule c).

    Each that another took the place of names the one that was written next: so all nodes say the same, in whatever order they heard of
    them, and also when the later one is over by now.
    """
    later: ResponseRow | None = None
    for one in answers.of_responder(tx, request_id, actor_id):
        if later is not None and (one.pending or one.superseded_by_uri not in (None, later.uri)):
            answers.move(tx, one, Response.WITHDRAWN, stamp.now, by=later.uri)
        later = one


def party(tx: Tx, actor: ActorRow, number: int) -> tuple[ResponseRow, RequestRow]:
    """The answer with this number and its request, for one of its two sides. NotFound for anybody else."""
    response = answers.get(tx, number)
    row = store.get(tx, response.request_id) if response is not None else None
    if response is None or row is None or actor.id not in (response.actor_id, row.actor_id):
        raise NotFound(f"no answer {number} of or to @{actor.handle}")
    return response, row


def shown_status(response: ResponseRow, row: RequestRow, now: int) -> Response:
    """Where it stands at a moment: what waits on a request that is over has lapsed, whether its owner said so or not."""
    if response.pending and (row.deleted_at is not None or row.at(now) in rules.ENDED):
        return Response.LAPSED
    return Response(response.status)


async def withdraw(node: Node, actor: ActorRow, number: int) -> ResponseRow:
    """The responder takes it back: an Undo goes to the owner, unless it was made of a post, which is no Offer. NotFound, Conflict;
    Forbidden for the owner."""

    def unit(tx: Tx, stamp: Stamp) -> ResponseRow:
        response, row = party(tx, actor, number)
        if response.actor_id != actor.id:
            raise Forbidden("only its responder takes it back", reason="not_a_party")
        if response.status == Response.WITHDRAWN:
            return response
        _next(response, row, Step.WITHDRAW, stamp.now)
        answers.move(tx, response, Response.WITHDRAWN, stamp.now)
        if not response.plain:
            undo = stamp.mint(None)
            taken_back = build.undo(stamp.urls.activity(undo), orjson.loads(response.document))
            publish(tx, stamp, actor, undo, taken_back, row.id)
        if row.local:
            telling.retell_later(tx, row, stamp)
        return replace(response, status=Response.WITHDRAWN)

    return await node.db.write(unit, node.stamp())


def _next(response: ResponseRow, row: RequestRow, step: Step, now: int) -> Response:
    """Where the step leads. Conflict when it is not possible."""
    status = shown_status(response, row, now)
    found = rules.RESPONSE.get((status, step))
    if found is None:
        possible = [one.value for one in Step if (status, one) in rules.RESPONSE and one is not Step.LAPSE]
        raise Conflict(
            f"an answer that is {status} is not decided so", details={"status": status.value, "allowed": possible}
        )
    return found


async def _decide(
    node: Node,
    owner: ActorRow,
    number: int,
    decide: Callable[[Tx, ResponseRow, RequestRow, SigningKey, Stamp], RequestRow | None],
) -> ResponseRow:
    """What the owner decides about an answer, the request held; what is told of the request after it, if anything."""
    key = await telling.key_of(node, owner)

    def unit(tx: Tx, stamp: Stamp) -> ResponseRow:
        _seen, row = party(tx, owner, number)
        if row.actor_id != owner.id:
            raise Forbidden("only the owner of the request decides", reason="not_a_party")
        held = store.hold(tx, row.id)
        response = answers.get(tx, number)
        assert held is not None
        assert response is not None
        after = decide(tx, response, held, key, stamp)
        if after is not None and after.status != held.status:
            telling.say(tx, after, owner, key, stamp)
        found = answers.get(tx, number)
        assert found is not None
        return found

    # As a claim: whoever decides at one moment waits at the request's row, instead of beginning anew again and again.
    return await node.db.claim(unit, node.stamp())


async def shortlist(node: Node, owner: ActorRow, number: int, *, on: bool) -> ResponseRow:
    """The owner looks at it more closely, or no more: the request is in negotiation while one is looked at. NotFound, Forbidden,
    Conflict."""
    step, reached = (Step.SHORTLIST, Response.SHORTLISTED) if on else (Step.UNSHORTLIST, Response.RECEIVED)

    def decide(tx: Tx, response: ResponseRow, row: RequestRow, _key: SigningKey, stamp: Stamp) -> RequestRow | None:
        if response.status == reached:
            return None
        answers.move(tx, response, _next(response, row, step, stamp.now), stamp.now)
        return telling.negotiated(tx, row)

    return await _decide(node, owner, number, decide)


async def reject(node: Node, owner: ActorRow, number: int, reason: object, content: str) -> ResponseRow:
    """The owner does not take it; `reason` is a code, `content` a word for people. NotFound, Forbidden, InvalidFields, Conflict."""
    if reason not in (None, "", *Reason):
        raise InvalidFields({"reason": [Fault.UNKNOWN_CODE]})
    why = Reason(str(reason)) if reason else Reason.OTHER
    html = fields.rendered(stored(content)[: limits.REQUEST_CHARACTERS], node.urls.tag_page(""))

    def decide(tx: Tx, response: ResponseRow, row: RequestRow, _key: SigningKey, stamp: Stamp) -> RequestRow | None:
        if response.status == telling.lapsed_or_declined(why):
            return None
        _next(response, row, Step.REJECT, stamp.now)
        telling.refuse(tx, row, owner, response, why, stamp, html)
        return telling.negotiated(tx, row)

    return await _decide(node, owner, number, decide)


async def accept(
    node: Node,
    owner: ActorRow,
    number: int,
    content: str,
    *,
    confirmed: bool,
    account_id: int | None = None,
) -> ResponseRow:
    """The owner takes it: an Accept with the Agreement and a proof goes to the responder, and the request is agreed when nothing remains.
    `confirmed`: although the terms changed since it was written. Whoever answered by a post is asked whether they agree (`confirming`).

    NotFound, Forbidden; Conflict `quantity_exhausted`, `terms_changed`, `invalid_state`; InvalidFields where nobody said yet for how much
    a post is. Source: API contract 5; rules (b), (d).
    """
    text = stored(content)[: limits.REQUEST_CHARACTERS]
    html = fields.rendered(text, node.urls.tag_page(""))
    asking = Asking(node.secret, text, new_secret(), account_id)

    def decide(tx: Tx, response: ResponseRow, row: RequestRow, key: SigningKey, stamp: Stamp) -> RequestRow | None:
        if response.status == Response.ACCEPTED:
            if response.plain and confirmed:
                confirming.insist(tx, response, asking, key, stamp)
            return None
        _next(response, row, Step.ACCEPT, stamp.now)
        left = answers.remaining(tx, row)
        asked = rules.quantity(response.value)
        why = rules.refused(row.at(stamp.now), row.wanted, asked, left)
        if why is Reason.QUANTITY_EXHAUSTED:
            raise Conflict("there is not that much left", reason="quantity_exhausted")
        if why in (Reason.CLOSED, Reason.EXPIRED):
            raise invalid(row.at(stamp.now))
        if not confirmed and (why is Reason.NOT_ELIGIBLE or terms_changed(tx, response, row)):
            raise Conflict("the terms changed since it was written", reason="terms_changed")
        if response.plain and asked is None and left is not None and not row.all_or_nothing:
            # An Offer without an amount takes all that remains; of what somebody wrote in a post nothing is guessed.
            raise InvalidFields({"quantity[value]": [Fault.BLANK]})
        taken = rules.meant_by(row.wanted, asked, left)
        made = agreeing.agree(tx, owner, response, row, taken, html, key, stamp)
        if response.plain:
            proposing.ask(tx, owner, response, row, made, asking, stamp)
            return telling.negotiated(tx, row)
        return telling.settled(tx, row)

    return await _decide(node, owner, number, decide)


def terms_changed(tx: Tx, response: ResponseRow, row: RequestRow) -> bool:
    """Whether the request's terms changed since the answer, or the post that it was made of was edited since somebody read it."""
    if rules.terms_changed(row.terms_at, response.answers_at, response.written_at):
        return True
    post = posts.by_id(tx, response.post_id) if response.plain and response.post_id is not None else None
    return post is not None and post.deleted_at is None and (post.updated_at or post.published_at) != response.post_at


async def retell(node: Node, key: str) -> None:
    """The job `retell_request` (key: the request's number): the request is in negotiation exactly while an answer is shortlisted, and
    completed when all that was agreed on is done; then what still waits is over. Source: API contract 4.3, 6."""
    row = await node.db.read(store.get, int(key))
    owner = await node.db.read(by_id, row.actor_id) if row is not None else None
    if row is None or owner is None or not row.local or owner.gone_at is not None:
        return
    signing = await telling.key_of(node, owner)

    def unit(tx: Tx, stamp: Stamp) -> None:
        held = store.hold(tx, int(key))
        if held is None or held.deleted_at is not None:
            return
        status = held.at(stamp.now)
        done = rules.completes(status, agreements.of_request(tx, held.id), answers.remaining(tx, held))
        if done:
            after = replace(held, status=rules.REQUEST[status, Verb.COMPLETE] or held.status)
        elif status in rules.ANSWERABLE:
            after = telling.negotiated(tx, held)
        else:
            return
        if after.status != held.status:
            telling.say(tx, after, owner, signing, stamp)
        if done:
            telling.refuse_all(tx, after, owner, Reason.CLOSED, stamp)

    await node.db.write(unit, node.stamp())
