"""What is thrown away every night, so that a small disk lasts: queues that are worked off, and what strangers said long ago.

Each kind has a setting RETENTION_* in days; 0 keeps it for ever. Kept whatever its age: everything of our own actors that others
may ask for, and every remote post that somebody here answered, voted in, liked, boosted, was mentioned in or told of, that a post
quotes, or that stands above one.
A deleted remote post leaves a tombstone of two columns, so that it does not come back.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Select,
    and_,
    bindparam,
    delete,
    exists,
    func,
    literal,
    literal_column,
    or_,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import insert

from actors.lookup import actor
from actors.visibility import mention, object_
from coopfed.config import Config
from coopfed.db import jobs
from coopfed.db.engine import Lane
from coopfed.db.models import (
    Activity,
    Delivery,
    Featured,
    InboxItem,
    Notification,
    PollVote,
    Quote,
    Reaction,
    Tombstone,
)
from coopfed.db.tx import Tx, table
from coopfed.ids import first_of
from coopfed.node import Node
from coopfed.observe.logs import logger

PRUNE = "prune"
_AT_ONCE = 500
_DAY_MS = 24 * 3600 * 1000
_HOUR_UTC = 3
"""When few read: the night of Turkey and Italy."""

log = logger("retention")
inbox_item, delivery, activity, tombstone = table(InboxItem), table(Delivery), table(Activity), table(Tombstone)
reaction, featured, notification, quote = table(Reaction), table(Featured), table(Notification), table(Quote)
vote = table(PollVote)
answer, reactor, reader = object_.alias("answer"), actor.alias("reactor"), actor.alias("reader")
_one: ColumnElement[int] = literal_column("1")
_zero: ColumnElement[int] = literal_column("0")

_worked_off = and_(inbox_item.c.id < bindparam("before"), inbox_item.c.state != _zero)
_with_body = and_(inbox_item.c.id < bindparam("before"), inbox_item.c.raw != literal(b""), inbox_item.c.state != _zero)
_delivered = and_(delivery.c.activity_id < bindparam("before"), delivery.c.state != _zero)
_passing = and_(
    activity.c.id < bindparam("before"),
    or_(
        activity.c.type.not_in([literal_column("'Create'"), literal_column("'Announce'")]),
        # What a member voted is known to the author of the poll, and is nobody else's business.
        activity.c.object_uri.like(literal_column("'%#vote'")),
    ),
    ~exists(select(_one).where(delivery.c.activity_id == activity.c.id)),
)
_unreferenced = and_(
    ~object_.c.local,
    object_.c.received_at < bindparam("moment"),
    ~exists(select(_one).where(answer.c.in_reply_to_id == object_.c.id)),
    ~exists(
        select(_one)
        .select_from(reaction.join(reactor, reactor.c.id == reaction.c.actor_id))
        .where(reaction.c.object_id == object_.c.id, reactor.c.local)
    ),
    ~exists(
        select(_one)
        .select_from(mention.join(reader, reader.c.id == mention.c.actor_id))
        .where(mention.c.object_id == object_.c.id, reader.c.local)
    ),
    ~exists(select(_one).where(notification.c.object_id == object_.c.id)),
    ~exists(select(_one).where(featured.c.object_id == object_.c.id)),
    ~exists(select(_one).where(vote.c.object_id == object_.c.id)),
    ~exists(select(_one).where(quote.c.quoted_id == object_.c.id)),
)


def _some(column: Any, which: ColumnElement[bool]) -> Select[Any]:
    return select(column).where(which).limit(_AT_ONCE)


_DROP_ARRIVALS = delete(inbox_item).where(inbox_item.c.id.in_(_some(inbox_item.c.id, _worked_off)))
_DROP_BODIES = (
    update(inbox_item)
    .where(inbox_item.c.id.in_(_some(inbox_item.c.id, _with_body)))
    .values(raw=literal(b""), key_id=None, signature_base=None)
)
_DELIVERED_ACTIVITIES = select(delivery.c.activity_id).where(_delivered).distinct().limit(_AT_ONCE // 10)
_DROP_DELIVERIES = delete(delivery).where(delivery.c.activity_id.in_(_DELIVERED_ACTIVITIES), delivery.c.state != _zero)
_DROP_PASSING = delete(activity).where(activity.c.id.in_(_some(activity.c.id, _passing)))
_UNREFERENCED = (
    select(object_.c.id).where(_unreferenced, object_.c.id > bindparam("after")).order_by(object_.c.id).limit(_AT_ONCE)
)
_chosen = (object_.c.id.in_(bindparam("ids", expanding=True)), _unreferenced)
_BURY = (
    insert(tombstone)
    .from_select(
        ["uri", "actor_id", "deleted_at"],
        select(object_.c.uri, object_.c.actor_id, object_.c.deleted_at).where(
            *_chosen, object_.c.deleted_at.is_not(None)
        ),
    )
    .on_conflict_do_nothing()
)
_DROP_POSTS = delete(object_).where(*_chosen)
_COUNTS = {
    "arrivals": select(func.count()).select_from(inbox_item).where(_worked_off),
    "bodies": select(func.count()).select_from(inbox_item).where(_with_body),
    "deliveries": select(func.count()).select_from(delivery).where(_delivered),
    "activities": select(func.count()).select_from(activity).where(_passing),
    "remote_posts": select(func.count()).select_from(object_).where(_unreferenced),
}


@dataclass(frozen=True, slots=True)
class _Rule:
    """What is dropped by one statement until nothing is left of it; `days` is its setting."""

    name: str
    days: Callable[[Config], int]
    drop: Any


_RULES = (
    _Rule("bodies", lambda config: config.retention_bodies, _DROP_BODIES),
    _Rule("arrivals", lambda config: config.retention_arrivals, _DROP_ARRIVALS),
    _Rule("deliveries", lambda config: config.retention_deliveries, _DROP_DELIVERIES),
    _Rule("activities", lambda config: config.retention_deliveries, _DROP_PASSING),
)


async def prune(node: Node, _key: str) -> None:
    """The job `prune` (key: its day): throws away what the settings name, some rows at a time, and leaves the job of the next night."""
    # First of all: a night that fails must not be the last one.
    await node.db.write(plan, node.minter.mint(), node.clock.now(), lane=Lane.BACK)
    dropped: dict[str, int] = {}
    for rule in _RULES:
        if days := rule.days(node.config):
            dropped[rule.name] = await _drop(node, rule.drop, first_of(_before(node, days)))
    if node.config.retention_remote_posts:
        dropped["remote_posts"] = await _drop_posts(node, _before(node, node.config.retention_remote_posts))
    log.info("pruned", **dropped)


def _before(node: Node, days: int) -> int:
    return node.clock.now() - days * _DAY_MS


async def _drop(node: Node, statement: Any, before: int) -> int:
    total = 0
    while found := await node.db.write(_drop_some, statement, before, lane=Lane.BACK):
        total += found
    return total


def _drop_some(tx: Tx, statement: Any, before: int) -> int:
    return int(tx.execute(statement, {"before": max(before, 0)}).rowcount)


async def _drop_posts(node: Node, moment: int) -> int:
    total, after = 0, 0
    while found := await node.db.read_long(_unreferenced_after, moment, after):
        total += await node.db.write(_drop_these, found, moment, lane=Lane.BACK)
        after = found[-1]
    return total


def _unreferenced_after(tx: Tx, moment: int, after: int) -> list[int]:
    return list(tx.execute(_UNREFERENCED, {"moment": moment, "after": after}).scalars())


def _drop_these(tx: Tx, ids: list[int], moment: int) -> int:
    # Asked again: somebody may have answered one of them meanwhile, and answers go with what they answer.
    chosen = {"ids": ids, "moment": moment}
    tx.execute(_BURY, chosen)
    return int(tx.execute(_DROP_POSTS, chosen).rowcount)


def plan(tx: Tx, number: int, now: int) -> None:
    """Leaves the job of the coming night, once. A unit of work."""
    moment = datetime.fromtimestamp(now / 1000, UTC)
    night = moment.replace(hour=_HOUR_UTC, minute=17, second=0, microsecond=0)
    if night <= moment:
        night += timedelta(days=1)
    jobs.enqueue(tx, number, PRUNE, night.date().isoformat(), int(night.timestamp() * 1000))


def due(tx: Tx, config: Config, now: int) -> dict[str, int]:
    """How many rows of each kind the next night takes; those that are kept for ever are left out. A unit of work for `read_long`."""
    found = {}
    for rule in _RULES:
        if days := rule.days(config):
            before = max(first_of(now - days * _DAY_MS), 0)
            found[rule.name] = int(tx.execute(_COUNTS[rule.name], {"before": before}).scalar_one())
    if days := config.retention_remote_posts:
        found["remote_posts"] = int(tx.execute(_COUNTS["remote_posts"], {"moment": now - days * _DAY_MS}).scalar_one())
    return found
