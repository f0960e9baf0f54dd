"""What authors write for an actor that wants it so: kept until one of its editors agrees, or refuses.

Nothing of it is a post before: it has no activity, stands in no timeline and goes to nobody. Once approved it is a new post.
"""

from collections.abc import Callable
from dataclasses import replace

from actors.lookup import ActorRow
from actors.lookup import by_id as actor_by_id
from coopfed import limits
from coopfed.db.tx import Tx
from coopfed.errors import InvalidInput, NotFound, Overtaken
from coopfed.features.accounts import letters
from coopfed.features.accounts import store as accounts
from coopfed.features.posts import kept
from coopfed.features.posts.kept import KeptRow
from coopfed.features.posts.rules import Draft
from coopfed.features.posts.store import PostRow
from coopfed.node import Node, Stamp
from coopfed.observe.logs import logger
from coopfed.text.i18n import translator

log = logger("approval")


def submit(
    tx: Tx,
    actor: ActorRow,
    account_id: int,
    draft: Draft,
    due_at: int,
    secret: bytes,
    host: str,
    stamp: Stamp,
    also: Callable[[Tx, int], None] | None = None,
) -> KeptRow:
    """Keeps a draft until an editor agrees, and then until `due_at`. A unit of work; raises as `kept.keep`."""
    alone = kept.count_waiting(tx, actor.id) == 0
    row = kept.keep(tx, actor.id, account_id, draft, due_at, stamp, also, waiting=True)
    if alone:
        _tell_editors(tx, actor, secret, host, stamp)
    return row


def let_wait(tx: Tx, row: KeptRow, secret: bytes, host: str, stamp: Stamp) -> None:
    """A kept post whose time has come waits for an editor after all: its author's role is less by now. A unit of work."""
    alone, actor = kept.count_waiting(tx, row.actor_id) == 0, actor_by_id(tx, row.actor_id)
    if kept.let_wait(tx, row.id) and alone and actor is not None:
        _tell_editors(tx, actor, secret, host, stamp)


def _tell_editors(tx: Tx, actor: ActorRow, secret: bytes, host: str, stamp: Stamp) -> None:
    page = f"{stamp.urls.base}/account/approvals/{actor.handle}"
    for email, language in accounts.editors_of(tx, actor.id):
        text = letters.post_waits(translator(language or "en"), host, f"@{actor.handle}", page)
        letters.post(tx, secret, email, text, stamp)


async def approve(node: Node, actor: ActorRow, account_id: int, number: int, seen: str) -> PostRow | KeptRow:
    """An editor (the account) agrees to what they have `seen` (its `kept.version`): the post, or the kept one when its time is yet to come.

    NotFound when nothing with this number waits, InvalidInput when they do not say what they have seen, Overtaken when it says something
    else by now; what cannot be posted any more goes on waiting, and the error says why.
    """
    row = await node.db.read(_seen, actor.id, number, seen)
    if row.due_at <= node.clock.now():
        post = await kept.post(node, replace(row, approved_by=account_id))
        log.info("post_approved", actor=actor.uri, post=post.uri, account=account_id)
        return post

    def unit(tx: Tx, stamp: Stamp) -> KeptRow:
        _seen(tx, actor.id, row.id, seen)
        if not kept.approve(tx, row.id, account_id):
            raise Overtaken("somebody else decided at this moment")
        kept.plan(tx, row.id, row.due_at, stamp)
        return kept.one(tx, actor.id, row.id)

    approved = await node.db.write(unit, node.stamp())
    log.info("post_approved", actor=actor.uri, scheduled=row.id, account=account_id)
    return approved


def _seen(tx: Tx, actor_id: int, number: int, seen: str) -> KeptRow:
    row = waiting_one(tx, actor_id, number)
    if not seen:
        raise InvalidInput("version is missing: that of what waits as the editor has read it")
    if kept.version(row, kept.files_of(tx, row)) != seen:
        # Its author could write the harmless text first, and the other one when an editor has read it.
        raise Overtaken("it was changed after it was read")
    return row


async def refuse(node: Node, actor: ActorRow, account_id: int, number: int, reason: str) -> None:
    """An editor (the account) does not agree: the post is gone, and whoever wrote it is told, with the text. NotFound as `approve`;
    InvalidInput for a reason that is too long."""
    if len(reason) > limits.REASON_LENGTH:
        raise InvalidInput(f"a reason has at most {limits.REASON_LENGTH} characters")
    row = await node.db.read(waiting_one, actor.id, number)

    def unit(tx: Tx, stamp: Stamp) -> None:
        if not kept.take(tx, row.id):
            raise Overtaken("somebody else decided at this moment")
        author = accounts.by_id(tx, row.account_id)
        if author is not None and author.id != account_id:
            texts = translator(author.language or "en")
            text = letters.post_refused(texts, f"@{actor.handle}", reason.strip(), row.draft.text)
            letters.post(tx, node.secret, author.email, text, stamp)

    await node.db.write(unit, node.stamp())
    log.info("post_refused", actor=actor.uri, kept=row.id, account=account_id)


def waiting_one(tx: Tx, actor_id: int, number: int) -> KeptRow:
    """What waits under this number for an editor of the actor. A unit of work; NotFound when nothing does."""
    row = kept.one(tx, actor_id, number)
    if not row.waiting:
        raise NotFound(f"{number} waits for nobody")
    return row
