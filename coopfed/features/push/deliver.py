"""The job `push`: one notification to one subscription, through the guarded client. Source: RFC 8030 5, RFC 8292 3."""

import os
import random
from dataclasses import dataclass
from urllib.parse import urlsplit

from actors.lookup import ActorRow, by_id
from actors.profile import profile_of
from coopfed import limits
from coopfed.db.tx import Tx
from coopfed.errors import AddressRefused, FetchError, Unavailable
from coopfed.features import notifications
from coopfed.features import subscriptions as store
from coopfed.features.accounts import store as accounts
from coopfed.features.follows.store import between
from coopfed.features.media.rules import AVATAR
from coopfed.features.notifications import NotificationRow
from coopfed.features.posts import visible
from coopfed.features.posts.store import PostRow
from coopfed.features.push import rules
from coopfed.features.push.actions import Line, line
from coopfed.features.push.keys import Vapid, vapid
from coopfed.features.push.rules import Policy
from coopfed.features.subscriptions import SubscriptionRow
from coopfed.net.fetch import retry_after
from coopfed.node import Node
from coopfed.observe.logs import logger
from coopfed.signing import webpush
from coopfed.signing.webpush import Sealed
from coopfed.text.i18n import translator
from coopfed.text.sanitise import plain

_GONE = frozenset({404, 410})
_LATER = frozenset({408, 425, 429})
_WAIT_SECONDS = (1, 3)

log = logger("push")


@dataclass(frozen=True, slots=True)
class Told:
    """A notification that is to be told: to which subscription, who did it, and the post it is about."""

    to: SubscriptionRow
    row: NotificationRow
    by: ActorRow
    avatar: str | None
    """Of whoever did it."""
    post: PostRow | None


async def push(node: Node, key: str) -> None:
    """The job (key: the numbers of subscription and notification). What nobody is to be told any more is not; a subscription that its
    push service does not know any more goes. FetchError when it is to be tried again."""
    number, _, notification = key.partition(" ")
    told = await node.db.read(due, int(number), int(notification))
    if told is None or told.row.created_at < node.clock.now() - limits.PUSH_SECONDS * 1000:
        return
    if node.push_places.locked():
        raise Unavailable("other messages come first", retry_after=random.randint(*_WAIT_SECONDS))
    async with node.push_places:
        status = await _send(node, told)
    if status in _GONE:
        log.info("push_ended", subscription=told.to.id, status=status)
        await node.db.write(store.drop, told.to.id)


def due(tx: Tx, subscription_id: int, notification_id: int) -> Told | None:
    """What is to be told; None when it is not any more: withdrawn, muted, unsubscribed, or the account may not see it. A unit of work."""
    to = store.one(tx, subscription_id)
    if to is None or not _may_hear(tx, to):
        return None
    wish = notifications.Wish(notifications.told_to(tx, to.account_id))
    rows = notifications.recent(tx, to.actor_id, 1, notification_id + 1, notification_id - 1, wish)
    by = by_id(tx, rows[0].from_id) if rows else None
    if by is None or not _is_wanted(tx, to, rows[0]):
        return None
    about = rows[0].object_id
    post = visible.by_ids(tx, [about], to.actor_id).get(about) if about is not None else None
    if post is None and rows[0].type not in notifications.WITHOUT_POST:
        return None
    return Told(to, rows[0], by, profile_of(tx, by.id).avatar_url, post)


def _may_hear(tx: Tx, to: SubscriptionRow) -> bool:
    account, actor = accounts.by_id(tx, to.account_id), by_id(tx, to.actor_id)
    if account is None or not account.may_sign_in or actor is None or actor.gone_at is not None or actor.suspended:
        return False
    return to.actor_id in accounts.roles_at(tx, to.account_id)


def _is_wanted(tx: Tx, to: SubscriptionRow, row: NotificationRow) -> bool:
    if f" {row.type} " not in to.alerts:
        return False
    match to.policy:
        case Policy.FOLLOWED:
            follow = between(tx, to.actor_id, row.from_id)
        case Policy.FOLLOWER:
            follow = between(tx, row.from_id, to.actor_id)
        case _:
            return to.policy == Policy.ALL
    return follow is not None and follow.accepted


async def _send(node: Node, told: Told) -> int:
    """The status with which the push service answered. FetchError when it is to be tried again."""
    to, known = line(node.secret, told.to), await vapid(node)
    sealed = _sealed(node, told, to)
    headers = {
        "TTL": str(limits.PUSH_SECONDS),
        "Urgency": "normal",
        "Content-Type": "application/octet-stream",
        **dict(sealed.headers),
        **dict(_who_sends(node, known, to, standard=told.to.standard, headers=dict(sealed.headers))),
    }
    try:
        answer = await node.http.request("POST", to.endpoint, headers, sealed.body)
    except AddressRefused as error:
        # Its name leads to a private network by now: nobody is to try the doors there, today or later.
        log.warning("push_refused", subscription=told.to.id, reason=error.reason)
        return 410
    if answer.status in _LATER or answer.status >= 500:
        wait = retry_after(answer.headers.get("Retry-After"), node.utc())
        if wait:
            raise Unavailable(f"the push service answered {answer.status}", retry_after=wait)
        raise FetchError(f"the push service answered {answer.status}", status=answer.status)
    if not 200 <= answer.status < 300 and answer.status not in _GONE:
        log.warning("push_not_taken", subscription=told.to.id, status=answer.status)
    return answer.status


def _sealed(node: Node, told: Told, to: Line) -> Sealed:
    texts = translator(told.to.language)
    post = told.post
    said = rules.message(
        token=to.token,
        language=told.to.language,
        notification_id=told.row.id,
        type=told.row.type,
        icon=node.urls.portrait(AVATAR, told.avatar),
        title=rules.headline(texts, told.row.type, told.by.name or f"@{told.by.acct}"),
        body="" if post is None else post.summary or plain(post.content),
    )
    encrypt = webpush.encrypted if told.to.standard else webpush.encrypted_as_before
    return encrypt(said, to.keys, webpush.new_key(), os.urandom(webpush.SALT_BYTES))


def _who_sends(node: Node, known: Vapid, to: Line, *, standard: bool, headers: dict[str, str]) -> list[tuple[str, str]]:
    """The headers that say who sends. Source: RFC 8292 3; before it the draft's `WebPush` with the key beside."""
    address = urlsplit(to.endpoint)
    contact = f"mailto:{node.config.contact_email}" if node.config.contact_email else node.urls.base
    until = node.clock.now() // 1000 + limits.PUSH_TOKEN_SECONDS
    word = webpush.signed_word(known.key, f"{address.scheme}://{address.netloc}", contact, until)
    if standard:
        return [("Authorization", f"vapid t={word}, k={known.public}")]
    return [
        ("Authorization", f"WebPush {word}"),
        ("Crypto-Key", f"{headers['Crypto-Key']};p256ecdsa={known.public}"),
    ]
