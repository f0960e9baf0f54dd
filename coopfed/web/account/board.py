"""`/account/board/<handle>`: requests and offers of an actor, for those who write them and those who publish them. Five fields are enough,
the rest lies below. Source: domain research 8.2, 13; API contract 4.3."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from quart import Blueprint, Response, request

from actors.roles import may_approve, may_negotiate, may_write
from coopfed import limits
from coopfed.codes import tables
from coopfed.db.tx import Tx
from coopfed.errors import CoopFedError, Forbidden, InvalidFields, InvalidInput, Overtaken
from coopfed.features.accounts.secrets import new_secret
from coopfed.features.posts import once
from coopfed.features.posts.once import Key
from coopfed.features.ranges import Range
from coopfed.features.requests import actions, answers, approving, board, store
from coopfed.features.requests.board import Wanted
from coopfed.features.requests.fields import is_draft
from coopfed.features.requests.rules import Status, Verb, verbs
from coopfed.features.requests.store import RequestRow
from coopfed.node import Node
from coopfed.text.i18n import mark as _
from coopfed.web import forms
from coopfed.web.account import faults, request_form
from coopfed.web.account.acting import Acting, refuse_suspended, request_writer_of
from coopfed.web.asking import cursor, number
from coopfed.web.page import elsewhere
from coopfed.web.reader import reader

WORDS = {
    Verb.PUBLISH: _("Publish"),
    Verb.WITHDRAW: _("Withdraw"),
    Verb.SETTLE: _("Nothing more is wanted"),
    Verb.REOPEN: _("Open again"),
    Verb.EXTEND: _("Change its end"),
    Verb.DELETE: _("Delete"),
}
_TOLD = {
    "saved": _("Saved. Nobody sees it yet."),
    "published": _("Published."),
    "handed-in": _("Saved. An editor has to agree before it is published."),
    "changed": _("Changed."),
}


@dataclass(frozen=True, slots=True)
class Own:
    """A request in the list of its actor: how it stands, how many answers wait, and what whoever looks may do with it."""

    row: RequestRow
    status: Status
    answered: int
    verbs: tuple[Verb, ...]


def register(pages: Blueprint, node: Node) -> None:
    """Adds the routes."""
    _register_forms(pages, node)
    _register_verbs(pages, node)


def _register_forms(pages: Blueprint, node: Node) -> None:
    @pages.get("/account/board/<handle>")
    async def own_requests(handle: str) -> Response:
        return await _listed(node, await request_writer_of(node, handle))

    @pages.get("/account/board/<handle>/new")
    async def new_request(handle: str) -> Response:
        who = await request_writer_of(node, handle)
        blank = request_form.blank(reader(node).language)
        return await request_form.shown(node, who, blank, key=new_secret())

    @pages.post("/account/board/<handle>/new")
    async def write_request(handle: str) -> Response:
        who = await _writing(node, handle)
        form = await request_form.asked(node, who.actor)
        key = Key(who.account.id, who.actor.id, once.checked(f"board {form.key}"))
        made = await node.db.read(once.find, key, node.clock.now())
        if made is None:
            try:
                row = await actions.draft(node, who.actor, who.account.id, form.fields, _remember(node, key))
            except InvalidInput as error:
                return await request_form.shown(node, who, form.again, error=error, key=form.key)
            made = row.id
        return await _saved(node, who, made, form)

    @pages.get("/account/board/<handle>/<id>")
    async def own_request(handle: str, id: str) -> Response:
        who = await request_writer_of(node, handle)
        row = await node.db.read(actions.own, who.actor, number(id))
        return await request_form.shown(node, who, await request_form.stored(node, row), row=row)

    @pages.post("/account/board/<handle>/<id>")
    async def change_request(handle: str, id: str) -> Response:
        who = await _writing(node, handle)
        row = await node.db.read(actions.own, who.actor, number(id))
        if not is_draft(row) and not may_approve(who.roles):
            raise Forbidden("an editor changes what is published", reason="insufficient_role")
        form = await request_form.asked(node, who.actor, row)
        try:
            await actions.change(node, who.actor, who.account.id, row.id, form.fields, editor=may_approve(who.roles))
        except InvalidInput as error:
            return await request_form.shown(node, who, form.again, row=row, error=error)
        return await _saved(node, who, row.id, form)


def _register_verbs(pages: Blueprint, node: Node) -> None:
    @pages.post("/account/board/<handle>/<id>/<verb>")
    async def act_on_request(handle: str, id: str, verb: str) -> Response:
        who = await _writing(node, handle, writes=False)
        fields = await forms.sent(node)
        row = await node.db.read(actions.own, who.actor, number(id))
        act = _VERBS.get(verb)
        if act is None or Verb(verb) not in _may(row, who, node.clock.now()):
            return await _listed(node, who, faults.IMPOSSIBLE)
        try:
            await act(node, who, row, str(fields.get("value", "")))
        except InvalidFields:
            return await _listed(node, who, _("Its end has to be a day to come, within two years."))
        except Overtaken:
            return await _listed(node, who, faults.OVERTAKEN)
        except CoopFedError as error:
            if error.status_code >= 500:
                raise
            return await _listed(node, who, faults.IMPOSSIBLE)
        return elsewhere(reader(node).link(f"/account/board/{who.actor.handle}", done="changed"))


async def _writing(node: Node, handle: str, *, writes: bool = True) -> Acting:
    who = await request_writer_of(node, handle)
    refuse_suspended(who.actor)
    if writes and not may_write(who.roles):
        raise Forbidden(f"the account writes no requests of @{handle}", reason="insufficient_role")
    return who


def _remember(node: Node, key: Key) -> Callable[[Tx, int], None]:
    return lambda tx, made: once.remember(tx, key, made, node.clock.now())


async def _saved(node: Node, who: Acting, made: int, form: request_form.Asked) -> Response:
    """The translations go with what was saved; and it is published, or handed in, where that was pressed."""
    row = await node.db.read(actions.own, who.actor, made)
    try:
        for language, said in form.translations.items():
            if said is not None or language in row.translations:
                await actions.translate(node, who.actor, who.account.id, made, language, said)
        done = "saved" if is_draft(row) else "changed"
        if form.publish and is_draft(row):
            done = await _published(node, who, made)
    except InvalidInput as error:
        row = await node.db.read(actions.own, who.actor, made)
        return await request_form.shown(node, who, form.again, row=row, error=error, translations=form.translations)
    return elsewhere(reader(node).link(f"/account/board/{who.actor.handle}", done=done))


async def _published(node: Node, who: Acting, made: int) -> str:
    if may_approve(who.roles):
        await actions.publish(node, who.actor, who.account.id, made)
        return "published"
    await approving.hand_in(node, who.actor, made)
    return "handed-in"


def _may(row: RequestRow, who: Acting, now: int) -> tuple[Verb, ...]:
    """What whoever looks may do with it from the list."""
    editors, negotiators = may_approve(who.roles), may_negotiate(who.roles)
    allowed = {
        Verb.PUBLISH: editors,
        Verb.WITHDRAW: editors,
        Verb.EXTEND: editors,
        Verb.DELETE: editors,
        Verb.SETTLE: negotiators,
        Verb.REOPEN: negotiators,
    }
    return tuple(verb for verb in verbs(row.at(now)) if allowed.get(verb))


async def _publish(node: Node, who: Acting, row: RequestRow, seen: str) -> None:
    if not (seen.isascii() and seen.isdigit()):
        raise Overtaken("the page does not say what was read")
    await actions.publish(node, who.actor, who.account.id, row.id, int(seen[:20]))


async def _withdraw(node: Node, who: Acting, row: RequestRow, word: str) -> None:
    await actions.withdraw(node, who.actor, who.account.id, row.id, word)


async def _settle(node: Node, who: Acting, row: RequestRow, _value: str) -> None:
    await actions.settle(node, who.actor, who.account.id, row.id)


async def _reopen(node: Node, who: Acting, row: RequestRow, _value: str) -> None:
    await actions.reopen(node, who.actor, who.account.id, row.id)


async def _extend(node: Node, who: Acting, row: RequestRow, day: str) -> None:
    await actions.extend(node, who.actor, who.account.id, row.id, day or "none")


async def _delete(node: Node, who: Acting, row: RequestRow, _value: str) -> None:
    await actions.delete(node, who.actor, row.id)


_VERBS: dict[str, Callable[[Node, Acting, RequestRow, str], Awaitable[None]]] = {
    Verb.PUBLISH.value: _publish,
    Verb.WITHDRAW.value: _withdraw,
    Verb.SETTLE.value: _settle,
    Verb.REOPEN.value: _reopen,
    Verb.EXTEND.value: _extend,
    Verb.DELETE.value: _delete,
}


async def _listed(node: Node, who: Acting, fault: str = "") -> Response:
    here = reader(node)
    found, older = await node.db.read(_own, who, cursor("before"), node.clock.now())
    values = {
        "actor": who.actor,
        "found": found,
        "older": older,
        "states": {one: tables.label("request_status", one, here.language) for one in Status},
        "words": WORDS,
        "writes": may_write(who.roles),
        "negotiates": may_negotiate(who.roles),
        "fault": fault,
        "told": _TOLD.get(request.args.get("done", "")),
    }
    title = here.texts.gettext("Requests and offers of @%(handle)s", handle=who.actor.handle)
    return forms.private_page(node, "board", title, values, status=409 if fault else 200)


def _own(tx: Tx, who: Acting, before: int | None, now: int) -> tuple[list[Own], int | None]:
    wanted = Wanted(statuses=tuple(one.value for one in Status), actor_id=who.actor.id)
    ids = board.find(tx, wanted, who.actor.id, now, Range(limits.PAGE_ITEMS + 1, max_id=before))
    shown = ids[: limits.PAGE_ITEMS]
    rows, waiting = store.by_ids(tx, shown), answers.counts(tx, shown)
    found = [
        Own(rows[id], rows[id].at(now), waiting.get(id, 0), _may(rows[id], who, now)) for id in shown if id in rows
    ]
    return found, shown[-1] if len(ids) > limits.PAGE_ITEMS else None
