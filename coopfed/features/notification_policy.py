"""What becomes of a notification of a stranger: told, held back or dropped, by kind of stranger. Units of work, and one pure rule.

As on Mastodon 4.3, with another default: a private word of a stranger is told here, since that is how cooperatives find each
other; what limited actors do is held back. Nothing is asked of what somebody wanted to be told of: posts of whom they chose, ends of
polls, edits of what they shared.
"""

from dataclasses import astuple, dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, and_, bindparam, cast, exists, literal_column, select
from sqlalchemy.dialects.postgresql import insert

from actors.lookup import actor
from actors.visibility import follow, limited, object_
from coopfed import limits
from coopfed.db.models import NotificationPermission, NotificationPolicy
from coopfed.db.tx import Tx, table
from coopfed.errors import InvalidInput
from coopfed.features import mail_wishes, subscriptions


class Verdict(StrEnum):
    """What becomes of a notification, in the words of apps."""

    ACCEPT = "accept"
    FILTER = "filter"
    DROP = "drop"


@dataclass(frozen=True, slots=True)
class Policy:
    """What an actor wants of each kind of stranger."""

    for_not_following: Verdict = Verdict.ACCEPT
    for_not_followers: Verdict = Verdict.ACCEPT
    for_new_accounts: Verdict = Verdict.ACCEPT
    for_private_mentions: Verdict = Verdict.ACCEPT
    for_limited_accounts: Verdict = Verdict.FILTER
    for_bots: Verdict = Verdict.ACCEPT


KINDS = tuple(Policy.__dataclass_fields__)


@dataclass(frozen=True, slots=True)
class Stranger:
    """How whoever did something stands to whom it is told: does the recipient follow them, do they follow the recipient and since when
    (milliseconds), since when they are known here; whether it is a private word that answers nothing."""

    following: bool
    follower_since: int | None
    known_since: int
    private: bool
    limited: bool
    bot: bool


def verdict(policy: Policy, stranger: Stranger, now: int) -> Verdict:
    """The hardest of what the policy says of what the stranger is. Whom one follows is a stranger only in not following back. Pure.

    Source: Mastodon's NotificationPolicy; a follower counts as one after three days, an account is new for thirty.
    """
    unknown = not stranger.following
    young = now - limits.FOLLOWER_SETTLED_SECONDS * 1000
    said = (
        (policy.for_not_following, unknown),
        (policy.for_not_followers, stranger.follower_since is None or stranger.follower_since > young),
        (policy.for_new_accounts, unknown and stranger.known_since > now - limits.NEW_ACCOUNT_SECONDS * 1000),
        (policy.for_private_mentions, unknown and stranger.private),
        (policy.for_limited_accounts, unknown and stranger.limited),
        (policy.for_bots, unknown and stranger.bot),
    )
    hold = [what for what, applies in said if applies]
    return next((hard for hard in (Verdict.DROP, Verdict.FILTER) if hard in hold), Verdict.ACCEPT)


@dataclass(frozen=True, slots=True)
class Judged:
    """What becomes of a notification, and whether somebody may want to be told of it by Web Push or by mail: of most nobody does."""

    verdict: Verdict
    pushed: bool = True
    mailed: bool = True


WELCOME = Judged(Verdict.ACCEPT)
"""Nobody's policy speaks of it."""

notification_policy, permission = table(NotificationPolicy), table(NotificationPermission)
_one: ColumnElement[int] = literal_column("1")
_recipient, _object = cast(bindparam("recipient"), BigInteger), cast(bindparam("object"), BigInteger)
answered = object_.alias("answered_by_it")
_COLUMNS = tuple(notification_policy.c[name] for name in KINDS)
_OF = select(*_COLUMNS).where(notification_policy.c.actor_id == bindparam("who"))
_PUT = insert(notification_policy)
_PUT = _PUT.on_conflict_do_update(
    index_elements=["actor_id"], set_={name: getattr(_PUT.excluded, name) for name in KINDS}
)
_accepted = follow.c.state == literal_column("'accepted'")
_STRANGER = (
    select(
        *_COLUMNS,
        exists(
            select(_one).where(follow.c.follower_id == _recipient, follow.c.followed_id == actor.c.id, _accepted)
        ).label("following"),
        select(follow.c.created_at)
        .where(follow.c.follower_id == actor.c.id, follow.c.followed_id == _recipient, _accepted)
        .scalar_subquery()
        .label("follower_since"),
        actor.c.created_at.label("known_since"),
        exists(
            select(_one)
            .select_from(object_)
            .outerjoin(answered, and_(answered.c.id == object_.c.in_reply_to_id, answered.c.actor_id == _recipient))
            .where(
                object_.c.id == _object,
                object_.c.visibility == literal_column("'direct'"),
                object_.c.actor_id == actor.c.id,
                answered.c.id.is_(None),
            )
        ).label("private"),
        limited(actor.c.id).label("limited"),
        actor.c.type.in_([literal_column("'Service'"), literal_column("'Application'")]).label("bot"),
        exists(select(_one).where(permission.c.actor_id == _recipient, permission.c.from_id == actor.c.id)).label(
            "permitted"
        ),
        subscriptions.CONCERNS.label("pushed"),
        mail_wishes.CONCERNS.label("mailed"),
    )
    .select_from(actor)
    .outerjoin(notification_policy, notification_policy.c.actor_id == _recipient)
    .where(actor.c.id == bindparam("from"))
)
_PERMIT = insert(permission).on_conflict_do_nothing()


def of_actor(tx: Tx, actor_id: int) -> Policy:
    """What the actor wants, or what everybody gets who said nothing."""
    row = tx.execute(_OF, {"who": actor_id}).one_or_none()
    return Policy() if row is None else _policy(row)


def put(tx: Tx, actor_id: int, policy: Policy) -> None:
    """What the actor wants from now on; what is held back or told already stays so."""
    tx.execute(_PUT, {"actor_id": actor_id, **dict(zip(KINDS, astuple(policy), strict=True))})


def permit(tx: Tx, actor_id: int, from_ids: list[int], now: int) -> None:
    """The actor wants to hear of these, whatever its policy says."""
    for number in from_ids:
        tx.execute(_PERMIT, {"actor_id": actor_id, "from_id": number, "created_at": now})


def judged(tx: Tx, recipient_id: int, from_id: int, type: str, object_id: int | None, now: int) -> Judged:
    """What becomes of a notification of this type, of what that actor did, which is about the post."""
    named = {"recipient": recipient_id, "from": from_id, "object": object_id, "word": f"% {type} %"}
    row = tx.execute(_STRANGER, named).one_or_none()
    if row is None:
        return WELCOME
    if row.permitted:
        return Judged(Verdict.ACCEPT, bool(row.pushed), bool(row.mailed))
    policy = Policy() if row.for_bots is None else _policy(row)
    stranger = Stranger(
        bool(row.following), row.follower_since, row.known_since, bool(row.private), bool(row.limited), bool(row.bot)
    )
    return Judged(verdict(policy, stranger, now), bool(row.pushed), bool(row.mailed))


def read(given: object) -> Verdict:
    """The verdict that somebody asks for. InvalidInput for another word. Pure."""
    if given not in list(Verdict):
        raise InvalidInput(f"Validation failed: a policy is one of {', '.join(Verdict)}")
    return Verdict(str(given))


def _policy(row: Any) -> Policy:
    return Policy(*(Verdict(getattr(row, name)) for name in KINDS))
