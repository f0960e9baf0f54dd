"""What an actor of ours should know: who mentioned, followed or asked to follow. Types are Mastodon's words.

What operators alone should know (ADMIN) stands among the notifications of each actor as which one of them may act, and is shown to
accounts that run the node, to nobody else who acts as it.
"""

from dataclasses import dataclass

from sqlalchemy import (
    BigInteger,
    Boolean,
    ColumnElement,
    String,
    and_,
    bindparam,
    cast,
    delete,
    exists,
    func,
    literal_column,
    or_,
    select,
)
from sqlalchemy.dialects.postgresql import insert

from actors.lookup import actor
from actors.visibility import shut_out
from coopfed import limits
from coopfed.db.clauses import lacks
from coopfed.db.models import Account, Block, Follow, Mute, MutedThread, Notification, Object, Peer, Role, TimelineEntry
from coopfed.db.tx import Tx, table
from coopfed.features import mail_wishes, subscriptions
from coopfed.features.notification_policy import WELCOME, Verdict, judged
from coopfed.features.streams import store as streams
from coopfed.node import Stamp

MENTION, FOLLOW, FOLLOW_REQUEST, UPDATE = "mention", "follow", "follow_request", "update"
FAVOURITE, REBLOG = "favourite", "reblog"
STATUS = "status"
POLL = "poll"
QUOTE, QUOTED_UPDATE = "quote", "quoted_update"
SIGN_UP, REPORTED = "admin.sign_up", "admin.report"
ADMIN = (SIGN_UP, REPORTED)
TYPES = (MENTION, STATUS, REBLOG, FOLLOW, FOLLOW_REQUEST, FAVOURITE, POLL, UPDATE, QUOTE, QUOTED_UPDATE)
EVERY_TYPE = (*TYPES, *ADMIN)
WITHOUT_POST = (FOLLOW, FOLLOW_REQUEST, *ADMIN)
ASKED_FOR = (STATUS, POLL, UPDATE, QUOTED_UPDATE, *ADMIN)
"""What the recipient chose to hear of, or has to: no stranger's doing."""

notification, block, peer = table(Notification), table(Block), table(Peer)
follow, mute, timeline_entry = table(Follow), table(Mute), table(TimelineEntry)
muted_thread, object_ = table(MutedThread), table(Object)
account, role = table(Account), table(Role)


def _parted(one: ColumnElement[int], other: ColumnElement[int]) -> ColumnElement[bool]:
    """Whether a row of `block` stands between the two, whoever of them blocks."""
    return or_(
        and_(block.c.actor_id == one, block.c.target_id == other),
        and_(block.c.actor_id == other, block.c.target_id == one),
    )


_NOTIFY = (
    insert(notification)
    .from_select(
        ["recipient_id", "type", "subject", "from_id", "object_id", "created_at", "filtered"],
        select(
            cast(bindparam("recipient"), BigInteger),
            cast(bindparam("type"), String),
            cast(bindparam("subject"), String),
            cast(bindparam("from"), BigInteger),
            cast(bindparam("object"), BigInteger),
            cast(bindparam("now"), BigInteger),
            cast(bindparam("held"), Boolean),
        ).where(~exists(select(literal_column("1")).where(_parted(bindparam("recipient"), bindparam("from"))))),
    )
    .on_conflict_do_nothing()
    .returning(notification.c.id)
)
_TELL_FOLLOWERS = (
    insert(notification)
    .from_select(
        ["recipient_id", "type", "subject", "from_id", "object_id", "created_at"],
        select(
            follow.c.follower_id,
            literal_column("'status'"),
            cast(bindparam("subject"), String),
            follow.c.followed_id,
            timeline_entry.c.object_id,
            cast(bindparam("now"), BigInteger),
        )
        .join(
            timeline_entry,
            and_(
                timeline_entry.c.owner_id == follow.c.follower_id,
                timeline_entry.c.entry_id == bindparam("object"),
                timeline_entry.c.object_id == bindparam("object"),
            ),
        )
        .where(
            follow.c.followed_id == bindparam("author"),
            follow.c.state == literal_column("'accepted'"),
            follow.c.notify,
        ),
    )
    .on_conflict_do_nothing()
    .returning(notification.c.id, notification.c.recipient_id)
)
_OF_OBJECT = delete(notification).where(notification.c.object_id == bindparam("object"))
_BETWEEN = delete(notification).where(
    notification.c.recipient_id == bindparam("recipient"),
    notification.c.from_id == bindparam("from"),
    notification.c.type.in_([FOLLOW, FOLLOW_REQUEST]),
)
_FROM = delete(notification).where(
    notification.c.recipient_id == bindparam("recipient"), notification.c.from_id == bindparam("from")
)
_OF_REACTION = delete(notification).where(
    notification.c.object_id == bindparam("object"),
    notification.c.from_id == bindparam("from"),
    notification.c.type == bindparam("which"),
)
_thread_is_muted = exists(
    select(literal_column("1"))
    .select_from(muted_thread)
    .join(object_, muted_thread.c.object_id == func.coalesce(object_.c.thread_id, object_.c.id))
    .where(muted_thread.c.actor_id == notification.c.recipient_id, object_.c.id == notification.c.object_id)
)
SHOWN: tuple[ColumnElement[bool], ...] = (
    notification.c.recipient_id == bindparam("recipient"),
    notification.c.type.in_(bindparam("types", expanding=True)),
    lacks(exists(select(literal_column("1")).where(_parted(notification.c.recipient_id, notification.c.from_id)))),
    lacks(
        exists(
            select(literal_column("1")).where(
                mute.c.actor_id == notification.c.recipient_id,
                mute.c.target_id == notification.c.from_id,
                mute.c.notifications,
            )
        )
    ),
    lacks(shut_out(notification.c.recipient_id, notification.c.from_id)),
    lacks(_thread_is_muted),
    lacks(
        exists(
            select(literal_column("1"))
            .select_from(actor)
            .outerjoin(peer, and_(or_(peer.c.id == actor.c.host_id, peer.c.id == actor.c.peer_id), peer.c.blocked))
            .where(
                actor.c.id == notification.c.from_id,
                or_(actor.c.suspended, actor.c.gone_at.is_not(None), peer.c.id.is_not(None)),
            )
        )
    ),
)
"""What is shown of what is stored: asked when reading, so that the end of a block, mute or muted thread brings it back."""
TOLD: tuple[ColumnElement[bool], ...] = (*SHOWN, or_(~notification.c.filtered, bindparam("held", type_=Boolean)))
"""The same without what is held back, unless `held` says otherwise."""
COLUMNS = (
    notification.c.id,
    notification.c.type,
    notification.c.from_id,
    notification.c.object_id,
    notification.c.created_at,
    notification.c.subject,
)
_LIST = (
    select(*COLUMNS)
    .where(
        *TOLD,
        notification.c.id < bindparam("below"),
        notification.c.id > bindparam("above"),
        or_(
            cast(bindparam("by"), BigInteger) == literal_column("0"),
            notification.c.from_id == cast(bindparam("by"), BigInteger),
        ),
    )
    .limit(bindparam("count"))
)
_NEWEST, _OLDEST = _LIST.order_by(notification.c.id.desc()), _LIST.order_by(notification.c.id)
_CLEAR = delete(notification).where(
    notification.c.recipient_id == bindparam("recipient"), notification.c.type.in_(bindparam("types", expanding=True))
)
_DISMISS = _CLEAR.where(notification.c.id.in_(bindparam("ids", expanding=True)))
_OPERATORS = (
    select(role.c.actor_id)
    .join(account, account.c.id == role.c.account_id)
    .where(account.c.operator, account.c.disabled_at.is_(None))
    .distinct()
    .order_by(role.c.actor_id)
)
_RUNS = select(account.c.operator).where(account.c.id == bindparam("who"))


@dataclass(frozen=True, slots=True)
class NotificationRow:
    """A notification: who did it, and the post it is about (None for follows). `created_at` in milliseconds. `subject` is what it is
    told of once: an id, of REPORTED the number of the report."""

    id: int
    type: str
    from_id: int
    object_id: int | None
    created_at: int
    subject: str = ""


def notify(
    tx: Tx, recipient_id: int, type: str, from_id: int, subject: str, stamp: Stamp, object_id: int | None = None
) -> bool:
    """Adds a notification, once for each recipient, type and subject (an id), however often the cause arrives.

    Nobody is told of what somebody does whom they block, or who blocks them; what the recipient's policy says of strangers is heeded.

    Whether it is new, and was not dropped.
    """
    wanted = type in ASKED_FOR
    found = WELCOME if wanted else judged(tx, recipient_id, from_id, type, object_id, stamp.now)
    if found.verdict is Verdict.DROP:
        return False
    held = found.verdict is Verdict.FILTER
    added = tx.execute(
        _NOTIFY,
        {
            "recipient": recipient_id,
            "type": type,
            "subject": subject,
            "from": from_id,
            "object": object_id,
            "now": stamp.now,
            "held": held,
        },
    ).scalar_one_or_none()
    # What is held back waits for its recipient to look for it: nothing tells of it.
    if added is not None and not held:
        streams.told(tx, recipient_id, added)
        if found.pushed:
            subscriptions.plan(tx, recipient_id, type, added, stamp)
        if found.mailed:
            mail_wishes.plan(tx, recipient_id, type, added, stamp)
    return added is not None


def tell_operators(tx: Tx, type: str, from_id: int, subject: str, stamp: Stamp) -> None:
    """Tells (of a type of ADMIN) every actor as which somebody may act who runs the node, but whoever did it."""
    for number in list(tx.execute(_OPERATORS).scalars()):
        if number != from_id:
            notify(tx, number, type, from_id, subject, stamp)


def told_to(tx: Tx, account_id: int) -> tuple[str, ...]:
    """The types that an account may be told of, as whomever it acts."""
    return EVERY_TYPE if tx.execute(_RUNS, {"who": account_id}).scalar_one_or_none() else TYPES


def tell_followers(tx: Tx, author_id: int, subject: str, object_id: int, stamp: Stamp) -> None:
    """Tells of a new post those of ours who asked for that when they followed its author, where it stands in their home timeline."""
    told = {"author": author_id, "subject": subject, "object": object_id, "now": stamp.now}
    for row in tx.execute(_TELL_FOLLOWERS, told).all():
        streams.told(tx, row.recipient_id, row.id)
        subscriptions.plan(tx, row.recipient_id, STATUS, row.id, stamp)
        mail_wishes.plan(tx, row.recipient_id, STATUS, row.id, stamp)


def withdraw_post(tx: Tx, object_id: int) -> None:
    """The post was deleted: nobody is told of it any more."""
    tx.execute(_OF_OBJECT, {"object": object_id})


def withdraw_follow(tx: Tx, recipient_id: int, from_id: int) -> None:
    """The follow was undone."""
    tx.execute(_BETWEEN, {"recipient": recipient_id, "from": from_id})


def withdraw(tx: Tx, type: str, from_id: int, object_id: int) -> None:
    """What this actor did to the post (FAVOURITE, REBLOG) was taken back."""
    tx.execute(_OF_REACTION, {"object": object_id, "from": from_id, "which": type})


def withdraw_from(tx: Tx, recipient_id: int, from_id: int) -> None:
    """Nothing that this actor did is told to the recipient any more."""
    tx.execute(_FROM, {"recipient": recipient_id, "from": from_id})


@dataclass(frozen=True, slots=True)
class Wish:
    """Which notifications are wanted: types, and only what this actor did; `upwards`: those just above, not the newest; `held`: also
    those that are held back."""

    types: tuple[str, ...] = TYPES
    by: int = 0
    upwards: bool = False
    held: bool = False


def recent(
    tx: Tx, recipient_id: int, count: int, below: int | None = None, above: int = 0, wish: Wish | None = None
) -> list[NotificationRow]:
    """Notifications with numbers below `below` and above `above`, the newest first."""
    wish = wish or Wish()
    if not wish.types:
        return []
    stretch = {
        "below": min(below or limits.SERIAL_MAX, limits.SERIAL_MAX),
        "above": min(above, limits.SERIAL_MAX),
        "count": count,
    }
    named = {"recipient": recipient_id, "types": list(wish.types), "by": wish.by, "held": wish.held}
    found = [NotificationRow(*row) for row in tx.execute(_OLDEST if wish.upwards else _NEWEST, {**named, **stretch})]
    return found[::-1] if wish.upwards else found


def clear(tx: Tx, recipient_id: int, types: tuple[str, ...] = TYPES) -> None:
    """Nothing of these types is told to this actor any more that was told until now."""
    tx.execute(_CLEAR, {"recipient": recipient_id, "types": list(types)})


def dismiss(tx: Tx, recipient_id: int, ids: list[int], types: tuple[str, ...] = TYPES) -> int:
    """These are told no more, as far as they are of these types. How many there were."""
    known = [id for id in ids if id <= limits.SERIAL_MAX]
    named = {"recipient": recipient_id, "ids": known, "types": list(types)}
    return int(tx.execute(_DISMISS, named).rowcount) if known else 0
