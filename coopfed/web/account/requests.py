"""`/account/requests`: who asks for an account; for those who run the node."""

from quart import Blueprint, Response

from coopfed.errors import Forbidden
from coopfed.features.accounts import joining, store
from coopfed.node import Node
from coopfed.web import forms
from coopfed.web.asking import number
from coopfed.web.page import elsewhere
from coopfed.web.reader import reader

_SHOWN = 100


def register(pages: Blueprint, node: Node) -> None:
    """Adds the routes."""

    @pages.get("/account/requests")
    async def waiting() -> Response:
        await _operator(node)
        rows = await node.db.read(store.waiting, _SHOWN)
        return forms.private_page(
            node, "requests", reader(node).texts.gettext("Requests for an account"), {"rows": rows}
        )

    @pages.post("/account/requests/<id>/let-in")
    async def let_in(id: str) -> Response:
        await _operator(node)
        await forms.sent(node)
        await joining.let_in(node, number(id))
        return elsewhere("/account/requests")

    @pages.post("/account/requests/<id>/turn-away")
    async def turn_away(id: str) -> Response:
        await _operator(node)
        await forms.sent(node)
        await joining.turn_away(node, number(id))
        return elsewhere("/account/requests")


async def _operator(node: Node) -> None:
    account, _session = await forms.need_account(node)
    if not account.operator:
        raise Forbidden("only those who run the node decide", reason="insufficient_role")
