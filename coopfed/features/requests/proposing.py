"""What is proposed to somebody without our software: a direct post with two links, "I agree" and "I do not", that share one secret. What
becomes of them: `confirming`.

The secret stands in what is sent to the responder alone, so that the owner's own people cannot press for them. Source: domain research
8.4; API contract 6, *Guest paths*.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import orjson

from actors.lookup import ActorRow, by_id
from coopfed.codes import tables
from coopfed.db import jobs
from coopfed.db.tx import Tx
from coopfed.errors import Conflict
from coopfed.features.posts import store as posts
from coopfed.features.requests import links, messages, notes, talk
from coopfed.features.requests.agreements import Held
from coopfed.features.requests.answers import AgreementRow, ResponseRow
from coopfed.features.requests.companion import unmarked
from coopfed.features.requests.links import LinkRow
from coopfed.features.requests.store import RequestRow
from coopfed.node import Stamp
from coopfed.text.i18n import mark as _

LAPSE_LINK = "lapse_link"
_GOOD_ONCE = _("The links are for you alone. They are good once, for thirty days.")


@dataclass(frozen=True, slots=True)
class Asking:
    """What the owner's people send along: a word (Markdown), and for whom the account acts. `secret` is that of the links, `key` the
    node's."""

    key: bytes
    word: str
    secret: str
    account_id: int | None


def ask(
    tx: Tx,
    owner: ActorRow,
    response: ResponseRow,
    row: RequestRow,
    agreement: AgreementRow,
    asking: Asking,
    stamp: Stamp,
) -> None:
    """Sends the responder what was proposed, with the two links. An earlier link for the same agreement is void. Conflict as
    `notes.write`."""
    responder = by_id(tx, response.actor_id)
    assert responder is not None
    place = _place(stamp)
    ways: tuple[str, ...] = (f"{place}?answer=agree", f"{place}?answer=refuse")
    if responder.local:
        # They say so signed in: a link in a post that lies on this node could be read by more than them.
        ways = (f"{stamp.urls.base}/account/answers/{responder.handle}/{row.id}",)
    text = _text(row, agreement.value, asking.word, ways)
    # After the terms as they are now, also within one millisecond.
    sent = max(stamp.now, (row.terms_at or 0) + 1)
    link = _send(tx, owner, responder, response, row, agreement.id, text, asking, sent, stamp)
    jobs.enqueue(tx, stamp.mint(None), LAPSE_LINK, f"{agreement.id} {sent}", link.expires_at())


def ask_done(tx: Tx, one: Held, owner: ActorRow, responder: ActorRow, asking: Asking, stamp: Stamp) -> None:
    """The owner said that it was done: a responder without our software is asked for the same, by two links as before. Nothing is sent
    where one of the two blocks the other. Source: API contract 6."""
    place, words = _place(stamp), messages.texts_of(one.request)
    lines = (
        f"**{words.gettext(_('We say that this was done'))}: {unmarked(one.row.title)}**",
        words.gettext(_("It is completed when you say so too, on one of these pages.")),
        f"{words.gettext(_('It was done'))}: {place}?answer=agree",
        f"{words.gettext(_('It was not done'))}: {place}?answer=refuse",
        words.gettext(_GOOD_ONCE),
    )
    try:
        _send(
            tx,
            owner,
            responder,
            one.response,
            one.request,
            one.row.id,
            "\n\n".join(lines),
            asking,
            stamp.now,
            stamp,
        )
    except Conflict:
        return


def _place(stamp: Stamp) -> str:
    return f"{stamp.urls.base}/confirm"


def _send(
    tx: Tx,
    owner: ActorRow,
    responder: ActorRow,
    response: ResponseRow,
    row: RequestRow,
    agreement_id: int,
    text: str,
    asking: Asking,
    sent: int,
    stamp: Stamp,
) -> LinkRow:
    """The post, below what the answer was made of, and in the talk about it; the link counts as sent at this moment."""
    secret = None if responder.local else asking.secret
    note = notes.write(
        tx,
        owner,
        responder,
        text,
        row,
        stamp,
        parent=posts.by_id(tx, response.post_id) if response.post_id is not None else None,
        account_id=asking.account_id,
        enclose=None if secret is None else _enclosing(_place(stamp), secret),
    )
    talk.remember(tx, response.id, note.id)
    return links.put(tx, asking.key, agreement_id, note.id, secret, sent)


def _enclosing(place: str, secret: str) -> Callable[[dict[str, Any]], dict[str, Any]]:
    """The post as it leaves: with the secret in its links."""

    def enclose(note: dict[str, Any]) -> dict[str, Any]:
        whole = orjson.dumps(note).replace(f"{place}?".encode(), f"{place}/{secret}?".encode())
        found: dict[str, Any] = orjson.loads(whole)
        return found

    return enclose


def _text(row: RequestRow, value: str | None, word: str, ways: tuple[str, ...]) -> str:
    words, language = messages.texts_of(row), messages.language_of(row)
    amount = tables.amount(value, row.unit, language)
    head = words.gettext(_("We would like to agree with you on this"))
    lines = [
        f"**{head}: {unmarked(row.title)}**",
        f"{words.gettext(_('How much'))}: {amount}" if amount else "",
        word,
    ]
    if len(ways) == 1:
        lines += [words.gettext(_("Nothing is agreed on before you say so, signed in, on this page:")), ways[0]]
    else:
        lines += [
            words.gettext(_("Nothing is agreed on before you open one of these pages and press its button.")),
            f"{words.gettext(_('I agree'))}: {ways[0]}",
            f"{words.gettext(_('I do not agree'))}: {ways[1]}",
            words.gettext(_GOOD_ONCE),
        ]
    return "\n\n".join(one for one in lines if one)
