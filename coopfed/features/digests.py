"""Mails about notifications: what happened in the last quarter of an hour, in one mail, to whoever wants that.

What is for few is told without its words: mails lie on servers of others. Every mail says how to get no more, also without
signing in. Source: RFC 8058; security research 1.7.
"""

import hmac
from dataclasses import dataclass

from actors.lookup import ActorRow, by_id
from actors.roles import may_write
from coopfed import limits
from coopfed.db.tx import Tx
from coopfed.errors import NotFound
from coopfed.features import mail_wishes, markers, notifications
from coopfed.features.accounts import letters, store
from coopfed.features.accounts.letters import Text
from coopfed.features.accounts.secrets import hashed
from coopfed.features.accounts.store import AccountRow
from coopfed.features.notifications import NotificationRow
from coopfed.features.posts import visible
from coopfed.features.posts.store import PostRow
from coopfed.features.push.rules import cut, headline
from coopfed.node import Node, Stamp
from coopfed.text.i18n import Translator, translator
from coopfed.text.sanitise import line, plain
from coopfed.vocab.audience import OPEN

_PURPOSE = "mails"


@dataclass(frozen=True, slots=True)
class Item:
    """A notification in a mail: for which actor of the reader's, who did it, and the post, where words of it may be told."""

    row: NotificationRow
    to: ActorRow
    by: ActorRow
    post: PostRow | None


async def send_digest(node: Node, key: str) -> None:
    """The job `send_digest` (key: the account's number): leaves one mail about all that waits; none when it was read meanwhile."""
    await node.db.write(
        _leave, node.secret, node.config.handle_domain, node.config.languages[0], int(key), node.stamp()
    )


def _leave(tx: Tx, secret: bytes, host: str, language: str, number: int, stamp: Stamp) -> None:
    waiting = mail_wishes.waiting(tx, number)
    account = store.by_id(tx, number)
    mail_wishes.told(tx, number, [notification for notification, _recipient, _type in waiting])
    if account is None or not account.may_sign_in:
        return
    items = [item for one in waiting if (item := _item(tx, account, *one)) is not None]
    if items:
        texts = translator(account.language or language)
        stop = stopping(secret, account)
        text = digest(texts, host, stamp.urls.base, items, stop=f"{stamp.urls.base}/account/mails/{stop}")
        letters.post(tx, secret, account.email, text, stamp)


def _item(tx: Tx, account: AccountRow, number: int, recipient: int, type: str) -> Item | None:
    """What is to be told of a notification; None when it was read, withdrawn, or is nothing of the account's any more."""
    mine = may_write(store.roles_at(tx, account.id).get(recipient, frozenset()))
    if not mine or type not in mail_wishes.wanted(tx, account.id):
        return None
    marker = next(iter(markers.find(tx, account.id, recipient, ["notifications"])), None)
    rows = notifications.recent(tx, recipient, 1, number + 1, number - 1)
    if not rows or (marker is not None and marker.last_read_id >= number):
        return None
    to, by, about = by_id(tx, recipient), by_id(tx, rows[0].from_id), rows[0].object_id
    post = visible.by_ids(tx, [about], recipient).get(about) if about is not None else None
    if to is None or to.suspended or by is None or (post is None and type not in notifications.WITHOUT_POST):
        return None
    return Item(rows[0], to, by, post)


def digest(texts: Translator, host: str, base: str, items: list[Item], *, stop: str) -> Text:
    """The mail. Pure."""
    shown, left = items[: limits.DIGEST_ITEMS], len(items) - limits.DIGEST_ITEMS
    several = len({item.to.id for item in items}) > 1
    told = [_told(texts, base, item, named=several) for item in shown]
    if left > 0:
        told.append(texts.ngettext("%(count)s more", "%(count)s more", left))
    subject = (
        headline(texts, items[0].row.type, _name(items[0].by))
        if len(items) == 1
        else texts.ngettext("%(count)s notification", "%(count)s notifications", len(items))
    )
    return Text(
        subject=f"{line(subject)} ({host})",
        before="\n\n".join(told),
        after="\n".join(
            (
                texts.gettext("Choose of what you get mails: %(page)s", page=f"{base}/account#mails"),
                texts.gettext("No more such mails: %(page)s", page=stop),
            )
        ),
        unsubscribe=stop,
    )


def _told(texts: Translator, base: str, item: Item, *, named: bool) -> str:
    """A notification as some lines of plain text. A name must not look like lines of ours."""
    who = f"@{item.to.handle}: " if named else ""
    lines = [f"{who}{line(headline(texts, item.row.type, _name(item.by)))} (@{item.by.acct})"]
    if item.post is None:
        return "\n".join([*lines, item.by.url or (f"{base}/@{item.by.handle}" if item.by.local else item.by.uri)])
    if item.post.visibility in OPEN:
        words = item.post.summary or plain(item.post.content)
        lines.append(f"  {cut(words, limits.PUSH_TEXT)}")
        return "\n".join([*lines, item.post.url or item.post.uri])
    return "\n".join([*lines, f"  {texts.gettext('It is for few: read it in your app.')}"])


def _name(actor: ActorRow) -> str:
    return line(actor.name) or f"@{actor.acct}"


# --- no more ----------------------------------------------------------------------------------------------------


def stopping(secret: bytes, account: AccountRow) -> str:
    """What stands in an account's link for no more mails: its number and a sign that only this node can make, good for this address."""
    return f"{account.id}-{_sign(secret, account.id, account.email)}"


def _sign(secret: bytes, number: int, email: str) -> str:
    return hashed(secret, _PURPOSE, f"{number} {email}").hex()[:40]


def stop(tx: Tx, secret: bytes, written: str, *, really: bool) -> None:
    """No more mails about notifications to whose link this is; without `really` nothing is changed. NotFound when it is nobody's."""
    number, _, sign = written.partition("-")
    known = store.by_id(tx, int(number)) if number.isascii() and number.isdigit() and len(number) < 19 else None
    if known is None or not hmac.compare_digest(sign.encode(), _sign(secret, known.id, known.email).encode()):
        raise NotFound("no such link for no more mails")
    if really:
        mail_wishes.want(tx, known.id, ())
