"""Drafts of authors that wait for an editor: handed in, and given back. An editor publishes them as any other draft."""

from dataclasses import replace

from actors.lookup import ActorRow
from coopfed import limits
from coopfed.db.tx import Tx
from coopfed.errors import InvalidInput, NotFound
from coopfed.features.accounts import letters
from coopfed.features.accounts import store as accounts
from coopfed.features.requests import fields, store
from coopfed.features.requests.actions import own, refuse_unfit
from coopfed.features.requests.store import RequestRow
from coopfed.node import Node, Stamp
from coopfed.text.i18n import translator


async def hand_in(node: Node, actor: ActorRow, number: int) -> RequestRow:
    """An author's draft waits for an editor, who publishes it; editors get a mail when nothing waited before. NotFound, InvalidFields,
    Conflict as `publish`."""

    def unit(tx: Tx, stamp: Stamp) -> RequestRow:
        row = own(tx, actor, number)
        refuse_unfit(row, stamp.now)
        if row.waiting:
            return row
        if not store.waiting(tx, actor.id):
            _tell_editors(tx, node, actor, stamp)
        row = replace(row, waiting=True)
        store.put(tx, row)
        return row

    return await node.db.write(unit, node.stamp())


def _tell_editors(tx: Tx, node: Node, actor: ActorRow, stamp: Stamp) -> None:
    page = f"{stamp.urls.base}/account/approvals/{actor.handle}"
    for email, language in accounts.editors_of(tx, actor.id):
        text = letters.request_waits(translator(language or "en"), node.config.handle_domain, f"@{actor.handle}", page)
        letters.post(tx, node.secret, email, text, stamp)


async def give_back(node: Node, actor: ActorRow, account_id: int, number: int, reason: str) -> RequestRow:
    """An editor (the account) does not publish what waits: it is a draft of its author's again, who is told by a mail. NotFound when
    nothing waits under this number; InvalidInput for a reason that is too long."""
    if len(reason) > limits.REASON_LENGTH:
        raise InvalidInput(f"a reason has at most {limits.REASON_LENGTH} characters")

    def unit(tx: Tx, stamp: Stamp) -> RequestRow:
        row = own(tx, actor, number)
        if not row.waiting or not fields.is_draft(row):
            raise NotFound(f"{number} waits for nobody")
        row = replace(row, waiting=False)
        store.put(tx, row)
        author = accounts.by_id(tx, row.account_id) if row.account_id is not None else None
        if author is not None and author.id != account_id:
            texts = translator(author.language or "en")
            text = letters.request_given_back(texts, f"@{actor.handle}", row.title, reason.strip())
            letters.post(tx, node.secret, author.email, text, stamp)
        return row

    return await node.db.write(unit, node.stamp())
