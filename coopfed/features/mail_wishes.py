"""Of which notifications people want mails, and which of them the next mail is to tell; see `coopfed.features.digests`. Units of work."""

from collections.abc import Iterable

from sqlalchemy import BigInteger, Exists, bindparam, cast, delete, exists, func, literal_column, select
from sqlalchemy.dialects.postgresql import insert

from actors.roles import Role as RoleName
from actors.roles import may_write
from coopfed import limits
from coopfed.db import jobs
from coopfed.db.models import Account, MailPending, MailWish, Notification, Role
from coopfed.db.tx import Tx, table
from coopfed.node import Stamp

SEND_DIGEST = "send_digest"
NOTIFIED = ("mention", "follow_request", "follow", "quote", "reblog", "favourite")
# Names of boxes in a form too: `matches` would hide a method of every form (DOM clobbering).
MATCHES, MEMBERSHIPS = "match", "membership"
OFFERED = (*NOTIFIED, MATCHES, MEMBERSHIPS)
"""Types of notifications, and what has mails of its own: for the former see `plan`, for the latter `addressees`."""
USUAL = ("follow_request", MATCHES, MEMBERSHIPS)
"""Without a word of the account's: somebody waits for an answer that only people can give; and matches, where the actor's editors asked
for mails of them. Everything else waits for its reader."""

account, role, wish = table(Account), table(Role), table(MailWish)
pending, notification = table(MailPending), table(Notification)
_ACTING = tuple(name.value for name in RoleName if may_write(frozenset({name})))
_CONCERNED = (
    select(account.c.id)
    .join(role, role.c.account_id == account.c.id)
    .outerjoin(wish, wish.c.account_id == account.c.id)
    .where(
        role.c.actor_id == bindparam("recipient"),
        role.c.role.in_([literal_column(f"'{name}'") for name in _ACTING]),
        account.c.confirmed_at.is_not(None),
        account.c.approved_at.is_not(None),
        account.c.disabled_at.is_(None),
        func.coalesce(wish.c.types, literal_column(f"' {' '.join(USUAL)} '")).contains(bindparam("word")),
    )
)
CONCERNS: Exists = exists(_CONCERNED)
"""Whether somebody wants a mail of a notification (bind its `recipient`, and its type between blanks and signs of LIKE as `word`)."""
_NOTE = (
    insert(pending)
    .from_select(
        ["account_id", "notification_id"],
        _CONCERNED.add_columns(cast(bindparam("notification"), BigInteger)).distinct(),
    )
    .on_conflict_do_nothing()
    .returning(pending.c.account_id)
)
_ADDRESSEES = (
    select(account.c.id)
    .join(role, role.c.account_id == account.c.id)
    .outerjoin(wish, wish.c.account_id == account.c.id)
    .where(
        role.c.actor_id == bindparam("recipient"),
        role.c.role.in_(bindparam("roles", expanding=True)),
        account.c.confirmed_at.is_not(None),
        account.c.approved_at.is_not(None),
        account.c.disabled_at.is_(None),
        func.coalesce(wish.c.types, literal_column(f"' {' '.join(USUAL)} '")).contains(bindparam("word")),
    )
    .distinct()
    .order_by(account.c.id)
)
_WAITING = (
    select(notification.c.id, notification.c.recipient_id, notification.c.type)
    .join(pending, pending.c.notification_id == notification.c.id)
    .where(pending.c.account_id == bindparam("who"))
    .order_by(notification.c.id)
)
_TOLD = delete(pending).where(pending.c.account_id == bindparam("who"), pending.c.notification_id == bindparam("which"))
_TYPES = select(wish.c.types).where(wish.c.account_id == bindparam("who"))
_PUT = insert(wish)
_WISH = _PUT.on_conflict_do_update(index_elements=["account_id"], set_={"types": _PUT.excluded.types})


def plan(tx: Tx, recipient_id: int, type: str, notification_id: int, stamp: Stamp) -> None:
    """There is a new notification: those who act as its recipient and want mails of its type are told by their next one.

    That waits a while, so that ten mentions are one mail.
    """
    if type not in NOTIFIED:
        return
    named = {"recipient": recipient_id, "word": f" {type} ", "notification": notification_id}
    due = stamp.now + stamp.clock.span(limits.DIGEST_SECONDS)
    for number in list(tx.execute(_NOTE, named).scalars()):
        jobs.enqueue(tx, stamp.mint(None), SEND_DIGEST, str(number), due)


def addressees(tx: Tx, actor_id: int, roles: Iterable[RoleName], type: str) -> list[int]:
    """The accounts in one of these roles at the actor that want mails of this type."""
    named = {"recipient": actor_id, "roles": [role.value for role in roles], "word": f" {type} "}
    return list(tx.execute(_ADDRESSEES, named).scalars())


def waiting(tx: Tx, account_id: int) -> list[tuple[int, int, str]]:
    """What the next mail of an account may tell, the oldest first: notification, recipient, type."""
    return [(row.id, row.recipient_id, row.type) for row in tx.execute(_WAITING, {"who": account_id})]


def told(tx: Tx, account_id: int, notification_ids: Iterable[int]) -> None:
    """These wait no more."""
    rows = [{"who": account_id, "which": number} for number in notification_ids]
    if rows:
        tx.execute(_TOLD, rows)


def wanted(tx: Tx, account_id: int) -> tuple[str, ...]:
    """The types of which an account wants mails."""
    found = tx.execute(_TYPES, {"who": account_id}).scalar_one_or_none()
    return USUAL if found is None else tuple(found.split())


def want(tx: Tx, account_id: int, types: Iterable[str]) -> None:
    """It wants mails of these types from now on; what is not offered is passed over."""
    chosen = [type for type in OFFERED if type in set(types)]
    tx.execute(_WISH, {"account_id": account_id, "types": f" {' '.join(chosen)} "})
