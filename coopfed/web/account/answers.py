"""`/account/answers/<handle>`: answers to an actor's requests, and those that it gave, for its negotiators: given, made of posts, accepted,
refused, talked about, taken back, and agreed to."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from quart import Blueprint, Response

from actors.lookup import ActorRow, by_ids
from actors.roles import may_approve, may_negotiate
from coopfed import limits
from coopfed.db.tx import Tx
from coopfed.errors import Conflict, CoopFedError, Fault, Gone, InvalidFields, InvalidInput, NotFound
from coopfed.features.accounts.store import roles_at
from coopfed.features.agreements import actions as completing
from coopfed.features.posts.defaults import acknowledges, set_acknowledges
from coopfed.features.requests import confirming, responding, store, taking, talking
from coopfed.features.requests.answers import agreed_on
from coopfed.features.requests.rules import Ending
from coopfed.features.requests.store import LANGUAGE
from coopfed.node import Node
from coopfed.text.i18n import mark as _
from coopfed.web import answers, forms
from coopfed.web.account import faults
from coopfed.web.account.acting import Acting, editor_of, negotiator_of, refuse_suspended
from coopfed.web.answers import Answers
from coopfed.web.asking import number
from coopfed.web.page import elsewhere
from coopfed.web.reader import NAMES, name_of, reader, reading

REASONS = {
    "other": _("Another reason"),
    "not-eligible": _("It does not fit"),
    "quantity-exhausted": _("Nothing is left"),
    "terms-changed": _("The request has changed"),
}
_FAULTS = {
    "quantity_exhausted": _("There is not that much left."),
    "terms_changed": _("The terms changed since this answer. Please read both and confirm."),
    "already_exists": _("Its author answered by an Offer, which is below."),
    "not_a_party": _("Only the two sides may do this."),
}


def register(pages: Blueprint, node: Node) -> None:
    """Adds the routes."""
    _register_lists(pages, node)
    _register_verbs(pages, node)


def _register_lists(pages: Blueprint, node: Node) -> None:
    @pages.get("/account/answer/<id>")
    async def answer_as(id: str) -> Response:
        account, _session = await forms.need_account(node)
        found = await node.db.read(_able, account.id, number(id))
        if len(found) == 1:
            return elsewhere(reader(node).link(f"/account/answers/{found[0].handle}/{number(id)}"))
        title = reader(node).texts.gettext(_("Answer as"))
        return forms.private_page(node, "answer_as", title, {"actors": found, "number": number(id)})

    @pages.get("/account/answers/<handle>")
    async def answers_of(handle: str) -> Response:
        who = await negotiator_of(node, handle)
        found = await node.db.read(answers.overview, who.actor, reader(node), reading(), node.clock.now())
        thanks = await node.db.read(acknowledges, who.actor.id)
        title = reader(node).texts.gettext("Answers of @%(handle)s", handle=who.actor.handle)
        return forms.private_page(
            node,
            "answers",
            title,
            {"actor": who.actor, "found": found, "thanks": thanks, "edits": may_approve(who.roles)},
        )

    @pages.post("/account/answers/<handle>/acknowledge")
    async def choose_thanks(handle: str) -> Response:
        who = await editor_of(node, handle)
        wanted = (await forms.sent(node)).get("thanks") == "on"
        await node.db.write(set_acknowledges, who.actor.id, wanted)
        return elsewhere(reader(node).link(f"/account/answers/{who.actor.handle}"))

    @pages.get("/account/answers/<handle>/<id>")
    async def answers_to(handle: str, id: str) -> Response:
        return await _shown(node, (await negotiator_of(node, handle)).actor, number(id))


def _register_verbs(pages: Blueprint, node: Node) -> None:
    @pages.post("/account/answers/<handle>/<id>/give")
    async def give_answer(handle: str, id: str) -> Response:
        who, given = await _sent(node, handle)

        async def act() -> None:
            await responding.answer(node, who.actor, who.account.id, number(id), given)

        return await _done(node, who, number(id), act, {"give": str(given.get("content", ""))})

    @pages.post("/account/answers/<handle>/<id>/take")
    async def take_post(handle: str, id: str) -> Response:
        who, given = await _sent(node, handle)

        async def act() -> None:
            post = number(str(given.get("post", "")))
            await taking.take(node, who.actor, who.account.id, number(id), post, given)

        return await _done(node, who, number(id), act)

    @pages.post("/account/answers/<handle>/<id>/<response>/<verb>")
    async def act_on_answer(handle: str, id: str, response: str, verb: str) -> Response:
        who, given = await _sent(node, handle)
        one = number(response)
        if verb not in _VERBS:
            raise NotFound(f"answers have no verb {verb[:30]!r}")
        _row, asked = await node.db.read(responding.party, who.actor, one)
        if asked.id != number(id):
            raise NotFound(f"the answer {one} is to another request")

        async def act() -> None:
            await _VERBS[verb](node, who, one, given)

        return await _done(node, who, number(id), act, {f"{verb}-{one}": str(given.get("content", ""))})


async def _sent(node: Node, handle: str) -> tuple[Acting, dict[str, Any]]:
    """Who acts, and what they typed, nested as the API has it."""
    who = await negotiator_of(node, handle)
    refuse_suspended(who.actor)
    given = await forms.sent(node)
    amounts = {"quantity": {"value": given.get("value", "")}, "reciprocal": {"value": given.get("back", "")}}
    return who, {**given, **amounts}


async def _shortlist(node: Node, who: Acting, one: int, _given: Mapping[str, Any]) -> None:
    await responding.shortlist(node, who.actor, one, on=True)


async def _unshortlist(node: Node, who: Acting, one: int, _given: Mapping[str, Any]) -> None:
    await responding.shortlist(node, who.actor, one, on=False)


async def _accept(node: Node, who: Acting, one: int, given: Mapping[str, Any]) -> None:
    word, confirmed = str(given.get("content", "")), bool(given.get("confirmed"))
    await responding.accept(node, who.actor, one, word, confirmed=confirmed, account_id=who.account.id)


async def _reject(node: Node, who: Acting, one: int, given: Mapping[str, Any]) -> None:
    await responding.reject(node, who.actor, one, given.get("reason"), str(given.get("content", "")))


async def _withdraw(node: Node, who: Acting, one: int, _given: Mapping[str, Any]) -> None:
    await responding.withdraw(node, who.actor, one)


async def _write(node: Node, who: Acting, one: int, given: Mapping[str, Any]) -> None:
    await talking.say(node, who.actor, who.account.id, one, {"content": given.get("content")})


async def _measure(node: Node, who: Acting, one: int, given: Mapping[str, Any]) -> None:
    await taking.measure(node, who.actor, one, given)


async def _agree(node: Node, who: Acting, one: int, _given: Mapping[str, Any]) -> None:
    await confirming.answer_as(node, who.actor, one, agree=True)


async def _refuse(node: Node, who: Acting, one: int, _given: Mapping[str, Any]) -> None:
    await confirming.answer_as(node, who.actor, one, agree=False)


async def _fulfilled(node: Node, who: Acting, one: int, _given: Mapping[str, Any]) -> None:
    await _end(node, who, one, Ending.FULFILLED)


async def _unfulfilled(node: Node, who: Acting, one: int, _given: Mapping[str, Any]) -> None:
    await _end(node, who, one, Ending.UNFULFILLED)


async def _close(node: Node, who: Acting, one: int, _given: Mapping[str, Any]) -> None:
    await completing.close(node, who.actor, await _agreement(node, one))


async def _end(node: Node, who: Acting, one: int, ending: Ending) -> None:
    await completing.complete(node, who.actor, await _agreement(node, one), ending, who.account.id)


async def _agreement(node: Node, response: int) -> int:
    """The number of what was agreed on by this answer. NotFound when nothing was."""
    found = (await node.db.read(agreed_on, [response])).get(response)
    if found is None:
        raise NotFound(f"nothing was agreed on by the answer {response}")
    return found.id


_VERBS = {
    "shortlist": _shortlist,
    "unshortlist": _unshortlist,
    "accept": _accept,
    "reject": _reject,
    "withdraw": _withdraw,
    "write": _write,
    "measure": _measure,
    "agree": _agree,
    "refuse": _refuse,
    "fulfilled": _fulfilled,
    "unfulfilled": _unfulfilled,
    "close": _close,
}


async def _done(
    node: Node, who: Acting, asked: int, act: Callable[[], Awaitable[None]], typed: Mapping[str, str] | None = None
) -> Response:
    """The page again, after what was asked for, or with what forbids it and what was typed, by the box that it was typed into."""
    try:
        await act()
    except CoopFedError as error:
        if error.status_code not in (403, 409, 410, 422) and not isinstance(error, InvalidInput):
            raise
        return await _shown(node, who.actor, asked, _fault(error), typed)
    return elsewhere(reader(node).link(f"/account/answers/{who.actor.handle}/{asked}"))


def _fault(error: CoopFedError) -> str:
    if isinstance(error, InvalidFields):
        wanting = [name for name, found in error.faults.items() if Fault.BLANK in found]
        if any(name.startswith(("quantity", "reciprocal")) for name in error.faults):
            return _("Say for how much it is, as a number.") if wanting else _("That amount cannot be taken.")
        return _("Write a text, and not too long a one.")
    if isinstance(error, Gone):
        return _("This was decided already.")
    if isinstance(error, Conflict) and error.reason in _FAULTS:
        return _FAULTS[error.reason]
    return faults.IMPOSSIBLE


async def _shown(
    node: Node, actor: ActorRow, asked: int, fault: str = "", typed: Mapping[str, str] | None = None
) -> Response:
    who = reader(node)
    found = await node.db.read(answers.of_request, asked, actor, who, reading(), node.clock.now(), node.clock)
    values = {
        "actor": actor,
        "found": found,
        "fault": fault,
        "typed": typed or {},
        "reasons": REASONS,
        "languages": _languages(found, who.language),
        "at": f"/account/answers/{actor.handle}/{asked}",
        "longest": limits.REQUEST_CHARACTERS,
    }
    title = who.texts.gettext("Answers: %(title)s", title=found.request.title)
    return forms.private_page(node, "answers_to", title, values, status=422 if fault else 200)


def _languages(found: Answers, first: str) -> list[tuple[str, str]]:
    """In which languages one may answer: the reader's, those that the owner accepts, and those that the pages speak."""
    codes = dict.fromkeys((first, *found.request.row.of(LANGUAGE), *NAMES))
    return [(code, name_of(code)) for code in codes]


def _able(tx: Tx, account_id: int, wanted: int) -> list[ActorRow]:
    """The actors as which the account may answer the request, or decide about its answers."""
    roles = roles_at(tx, account_id)
    people = by_ids(tx, [id for id, held in roles.items() if may_negotiate(held)])
    return [one for one in people.values() if one.gone_at is None and store.readable_among(tx, [wanted], one.id)]
