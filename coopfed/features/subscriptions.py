"""Rows of subscriptions to Web Push, and which of them a notification is for; see `coopfed.features.push`. Units of work."""

from dataclasses import dataclass

from sqlalchemy import Exists, bindparam, delete, exists, insert, select, update

from coopfed.db import jobs
from coopfed.db.models import PushSubscription
from coopfed.db.tx import Tx, table
from coopfed.node import Stamp

PUSH = "push"

subscription = table(PushSubscription)


@dataclass(frozen=True, slots=True)
class SubscriptionRow:
    """A subscription; `alerts` are types between blanks, `sealed` see `coopfed.features.push.actions`."""

    id: int
    token_id: int
    account_id: int
    actor_id: int
    alerts: str
    policy: str
    standard: bool
    language: str
    sealed: bytes
    created_at: int


_COLUMNS = tuple(subscription.c[name] for name in SubscriptionRow.__dataclass_fields__)
_OF_TOKEN = select(*_COLUMNS).where(subscription.c.token_id == bindparam("token"))
_ONE = select(*_COLUMNS).where(subscription.c.id == bindparam("which"))
_ADD = insert(subscription)
_END = delete(subscription).where(subscription.c.token_id == bindparam("token"))
_DROP = delete(subscription).where(subscription.c.id == bindparam("which"))
_CHANGE = (
    update(subscription)
    .where(subscription.c.token_id == bindparam("token"))
    .values(alerts=bindparam("new_alerts"), policy=bindparam("new_policy"))
)
_CONCERNED = select(subscription.c.id).where(
    subscription.c.actor_id == bindparam("recipient"), subscription.c.alerts.like(bindparam("word"))
)
CONCERNS: Exists = exists(_CONCERNED)
"""Whether a notification (bind its `recipient`, and its type between blanks and signs of LIKE as `word`) is for somebody."""


def put(tx: Tx, values: dict[str, object]) -> SubscriptionRow:
    """Stores a subscription instead of what its token had."""
    token = values["token_id"]
    tx.execute(_END, {"token": token})
    tx.execute(_ADD, values)
    return SubscriptionRow(*tx.execute(_OF_TOKEN, {"token": token}).one())


def of_token(tx: Tx, token_id: int) -> SubscriptionRow | None:
    """The subscription of a token."""
    row = tx.execute(_OF_TOKEN, {"token": token_id}).one_or_none()
    return None if row is None else SubscriptionRow(*row)


def one(tx: Tx, number: int) -> SubscriptionRow | None:
    """A subscription by its number."""
    row = tx.execute(_ONE, {"which": number}).one_or_none()
    return None if row is None else SubscriptionRow(*row)


def change(tx: Tx, token_id: int, alerts: str, policy: str) -> SubscriptionRow | None:
    """What is told is this from now on. None when the token has no subscription."""
    tx.execute(_CHANGE, {"token": token_id, "new_alerts": alerts, "new_policy": policy})
    return of_token(tx, token_id)


def end(tx: Tx, token_id: int) -> None:
    """The token has no subscription any more."""
    tx.execute(_END, {"token": token_id})


def drop(tx: Tx, number: int) -> None:
    """The push service does not know this subscription any more."""
    tx.execute(_DROP, {"which": number})


def plan(tx: Tx, recipient_id: int, type: str, notification_id: int, stamp: Stamp) -> None:
    """There is a new notification: whoever asked for its type is told by a job each."""
    for number in tx.execute(_CONCERNED, {"recipient": recipient_id, "word": f"% {type} %"}).scalars():
        jobs.enqueue(tx, stamp.mint(None), PUSH, f"{number} {notification_id}", stamp.now)
