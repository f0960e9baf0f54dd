"""How somebody without our software agrees: by a link in a direct post, good once. Weaker than a signed Offer, and shown as that.

Whoever looks at the link changes nothing: servers fetch the links of posts for previews. How they are sent: `proposing`. Source: domain
research 8.4; API contract 6, *Guest paths*.
"""

from collections.abc import Callable
from dataclasses import dataclass

import orjson

from actors.lookup import ActorRow, by_id
from coopfed.db.tx import Tx
from coopfed.errors import Conflict, Gone, NotFound
from coopfed.features.requests import agreements, answers, links, messages, notes, rules, store, talk, telling
from coopfed.features.requests.agreements import ReceiptRow
from coopfed.features.requests.answers import AgreementRow, ResponseRow
from coopfed.features.requests.links import LinkRow
from coopfed.features.requests.proposing import Asking, ask
from coopfed.features.requests.rules import Agreement, Confirmation, Ending, Response
from coopfed.features.requests.store import RequestRow
from coopfed.node import Node, SigningKey, Stamp
from coopfed.text.i18n import mark as _
from coopfed.text.sanitise import plain
from coopfed.vocab.values import text as value_text


@dataclass(frozen=True, slots=True)
class Asked:
    """What somebody is asked to agree to, with everybody and everything that belongs to it; `link` with the moment it was sent."""

    link: LinkRow
    agreement: AgreementRow
    response: ResponseRow
    row: RequestRow
    owner: ActorRow
    responder: ActorRow

    @property
    def done(self) -> bool:
        """Whether it is about what was agreed on before, and was done."""
        return self.agreement.status == Agreement.ACTIVE

    @property
    def word(self) -> str:
        """What the owner said with it (HTML, as it was stored)."""
        return value_text(orjson.loads(self.agreement.document).get("content")) or ""


def look(tx: Tx, key: bytes, secret: str, now: int) -> Asked:
    """What the link with this secret is about. Changes nothing. Gone when it was used, is too old, is void, or never was."""
    return _asked(tx, links.find(tx, key, secret, now))


def _asked(tx: Tx, link: LinkRow) -> Asked:
    agreement = agreements.get(tx, link.agreement_id)
    # While it is under way an open link asks whether it was done.
    open_ = agreement is not None and (
        agreement.status == Agreement.PROPOSED or (agreement.status == Agreement.ACTIVE and link.hash is not None)
    )
    if agreement is None or not open_:
        raise Gone("what it is about was decided", reason="link_used")
    response, row = answers.get(tx, agreement.response_id), store.get(tx, agreement.request_id)
    assert response is not None
    assert row is not None
    owner, responder = by_id(tx, row.actor_id), by_id(tx, response.actor_id)
    if owner is None or responder is None or owner.gone_at is not None:
        raise Gone("one of the two is gone", reason="link_used")
    return Asked(link, agreement, response, row, owner, responder)


def hindered(tx: Tx, asked: Asked, now: int) -> Conflict | None:
    """Why nobody can agree to it any more, None when they can: the request is over or says something else, or one blocks the other."""
    if asked.done:
        return None
    status = asked.row.at(now)
    if asked.row.deleted_at is not None or status in rules.ENDED:
        return Conflict("the request is over", details={"status": status.value, "allowed": []})
    if changed_since(asked.row, asked.link):
        return Conflict("the request says something else by now", reason="terms_changed")
    try:
        notes.refuse_parted(tx, asked.owner, asked.responder)
    except Conflict as error:
        return error
    return None


def changed_since(row: RequestRow, link: LinkRow) -> bool:
    """Whether the request's terms are others than when the link was sent."""
    return row.terms_at is not None and link.created_at <= row.terms_at


async def answer(node: Node, secret: str, *, agree: bool) -> Agreement:
    """What whoever has the link says: then the agreement is active, or closed, with its quantity free and the answer taken back; one that
    is active already is fulfilled, if the owner said so, or closed.

    Gone as `look`; Conflict as `hindered`, for those who agree.
    """
    seen = await node.db.read(look, node.secret, secret, node.clock.now())

    def find(tx: Tx, now: int) -> Asked:
        return look(tx, node.secret, secret, now)

    return await _answer(node, seen, find, agree=agree)


async def answer_as(node: Node, actor: ActorRow, number: int, *, agree: bool) -> Agreement:
    """The same of a responder of this node, signed in. NotFound for somebody else's answer; Gone when nothing waits for them."""

    def find(tx: Tx, _now: int) -> Asked:
        response = answers.get(tx, number)
        if response is None or response.actor_id != actor.id or not response.plain:
            raise NotFound(f"@{actor.handle} has no answer {number} to confirm")
        made = answers.agreed_on(tx, [number]).get(number)
        link = links.among(tx, [made.id]).get(made.id) if made is not None else None
        if link is None:
            raise Gone("nothing was proposed", reason="link_used")
        return _asked(tx, link)

    return await _answer(node, await node.db.read(find, node.clock.now()), find, agree=agree)


async def _answer(node: Node, seen: Asked, find: Callable[[Tx, int], Asked], *, agree: bool) -> Agreement:
    key = await telling.key_of(node, seen.owner)

    def unit(tx: Tx, stamp: Stamp) -> Agreement:
        store.hold(tx, seen.row.id)
        asked = find(tx, stamp.now)
        if asked.done:
            return _said_done(tx, asked, Ending.FULFILLED if agree else Ending.UNFULFILLED, stamp)
        if not agree:
            close(tx, asked.agreement, asked.response, Response.WITHDRAWN, stamp.now)
            tell_owner(tx, asked, stamp, agreed=False)
            return Agreement.CLOSED_UNFULFILLED
        if (why := hindered(tx, asked, stamp.now)) is not None:
            raise why
        activate(tx, asked, links.BY_LINK, key, stamp)
        tell_owner(tx, asked, stamp, agreed=True)
        return Agreement.ACTIVE

    return await node.db.claim(unit, node.stamp())


def _said_done(tx: Tx, asked: Asked, ending: Ending, stamp: Stamp) -> Agreement:
    """The responder, who has no server that signs, says what became of it: a receipt without a document."""
    number = stamp.mint(None)
    receipt = ReceiptRow(
        id=number,
        uri=stamp.urls.object(number),
        agreement_uri=asked.agreement.uri,
        actor_id=asked.responder.id,
        outcome=ending.value,
        signed=False,
        document=b"",
        written_at=stamp.now,
        created_at=stamp.now,
    )
    agreements.add_receipt(tx, receipt)
    links.end(tx, asked.agreement.id, links.BY_LINK)
    after = agreements.settle(tx, agreements.held(tx, asked.agreement), stamp.now)
    telling.retell_later(tx, asked.row, stamp)
    sentence = _("Confirmed as done") if ending is Ending.FULFILLED else _("Said not to have been done")
    messages.tell_confirmed(tx, receipt.uri, asked.row, asked.responder, asked.owner, sentence, stamp)
    return Agreement(after.row.status)


def activate(tx: Tx, asked: Asked, how: str, key: SigningKey, stamp: Stamp) -> None:
    """Both agree: the agreement is active, and the request is agreed when nothing remains."""
    confirmed = Confirmation.LINK if how == links.BY_LINK else Confirmation.WORD
    agreements.move(tx, asked.agreement, Agreement.ACTIVE, confirmed.value, stamp.now)
    links.end(tx, asked.agreement.id, how)
    after = telling.settled(tx, asked.row)
    if after.status != asked.row.status and asked.row.at(stamp.now) in rules.ANSWERABLE:
        telling.say(tx, after, asked.owner, key, stamp)


def close(tx: Tx, agreement: AgreementRow, response: ResponseRow, status: Response, now: int) -> None:
    """What was proposed is over: its quantity is free, its link void, and the answer stands there now."""
    agreements.move(tx, agreement, Agreement.CLOSED_UNFULFILLED, None, now)
    links.end(tx, agreement.id, None)
    answers.move(tx, response, status, now)


def tell_owner(tx: Tx, asked: Asked, stamp: Stamp, *, agreed: bool) -> None:
    """The owner's people read of it, in any app."""
    sentence = _("Agreed, by the link that you sent") if agreed else _("Not agreed, by the link that you sent")
    uri = f"{asked.agreement.uri}#answer-{asked.link.created_at}"
    messages.tell_confirmed(tx, uri, asked.row, asked.responder, asked.owner, sentence, stamp)


def said_yes(tx: Tx, asked: Asked) -> bool:
    """Whether the last thing that the responder wrote about what was proposed is nothing but a word of assent. It is shown to people, who
    may take it for that; a program does not. Source: domain research 8.4."""
    last = talk.last_of(tx, asked.response.id, asked.responder.id, asked.link.created_at)
    return last is not None and rules.is_assent(plain(last))


def of_response(tx: Tx, response: ResponseRow) -> Asked | None:
    """What was proposed to whoever gave this answer and waits for their word."""
    made = answers.agreed_on(tx, [response.id]).get(response.id)
    link = links.among(tx, [made.id]).get(made.id) if made is not None else None
    if made is None or link is None or made.status != Agreement.PROPOSED:
        return None
    try:
        return _asked(tx, link)
    except Gone:
        return None


def insist(tx: Tx, response: ResponseRow, asking: Asking, key: SigningKey, stamp: Stamp) -> None:
    """The owner's people press once more: where the responder wrote nothing but a word of assent they take it for that, and where the
    request says something else by now its responder is asked anew. Else it changes nothing, and nothing is sent."""
    asked = of_response(tx, response)
    if asked is None:
        return
    why = hindered(tx, asked, stamp.now)
    if why is not None and why.reason == "terms_changed":
        ask(tx, asked.owner, response, asked.row, asked.agreement, asking, stamp)
    elif said_yes(tx, asked):
        if why is not None:
            raise why
        activate(tx, asked, links.BY_WORD, key, stamp)


async def lapse(node: Node, key: str) -> None:
    """The job `lapse_link` (key: the agreement's number, and when its link was sent): nobody said anything for thirty days."""
    number, sent = map(int, key.split())

    def unit(tx: Tx, now: int) -> None:
        agreement = agreements.get(tx, number)
        link = links.among(tx, [number]).get(number)
        if agreement is None or link is None or link.created_at != sent or link.expires_at() > now:
            return
        store.hold(tx, agreement.request_id)
        agreement = agreements.get(tx, number)
        response = answers.get(tx, agreement.response_id) if agreement is not None else None
        if agreement is not None and response is not None and agreement.status == Agreement.PROPOSED:
            close(tx, agreement, response, Response.LAPSED, now)

    await node.db.claim(unit, node.clock.now())


def end_all(tx: Tx, row: RequestRow, now: int) -> None:
    """The request is over: what was proposed, and nobody has said yes to, is over too."""
    for agreement in answers.proposed(tx, row.id):
        response = answers.get(tx, agreement.response_id)
        if response is not None:
            close(tx, agreement, response, Response.LAPSED, now)
