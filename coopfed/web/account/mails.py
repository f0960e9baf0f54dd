"""`/account/mails`: about what one gets mails, and the link in each of them for no more. Source: RFC 8058."""

from quart import Blueprint, Response

from coopfed.db.tx import Tx
from coopfed.features import digests, mail_wishes
from coopfed.node import Node
from coopfed.text.i18n import mark as _
from coopfed.web import forms
from coopfed.web.page import elsewhere
from coopfed.web.reader import reader

OFFERED = (
    ("mention", _("Somebody mentions or answers you, also in direct messages")),
    ("follow_request", _("Somebody asks to follow you, and waits for your answer")),
    ("follow", _("Somebody follows you")),
    ("quote", _("Somebody quotes a post of yours")),
    ("reblog", _("Somebody boosts a post of yours")),
    ("favourite", _("Somebody likes a post of yours")),
    ("match", _("Requests and offers that fit yours, as often as the actor’s editors chose")),
    ("membership", _("Somebody asks to be a member, invites you, or ends a membership, where you decide on these")),
)
"""The types on offer, with the sentence for each."""
assert tuple(type for type, _text in OFFERED) == mail_wishes.OFFERED


def register(pages: Blueprint, node: Node) -> None:
    """Adds the routes."""

    @pages.post("/account/mails")
    async def choose() -> Response:
        account, _session = await forms.need_account(node)
        fields = await forms.sent(node)
        await node.db.write(mail_wishes.want, account.id, tuple(fields))
        return elsewhere("/account")

    @pages.get("/account/mails/<secret>")
    async def ask(secret: str) -> Response:
        # Only asks: programs that look through mails follow their links.
        await _stop(node, secret, really=False)
        return forms.private_page(node, "no_mails", reader(node).texts.gettext("No more mails"))

    @pages.post("/account/mails/<secret>")
    async def stop(secret: str) -> Response:
        """Also for mail programs, which send `List-Unsubscribe=One-Click` and have no cookie: the address itself proves who asks."""
        await _stop(node, secret, really=True)
        text = _("You get no more mails about notifications. On the page of your account you can choose otherwise.")
        return forms.private_page(node, "told", reader(node).texts.gettext("No more mails"), {"text": text})


async def _stop(node: Node, secret: str, *, really: bool) -> None:
    def unit(tx: Tx) -> None:
        digests.stop(tx, node.secret, secret, really=really)

    await node.db.write(unit)
