"""What is thrown away every night, so that a small disk lasts: queues that are worked off, and what strangers said long ago.

Each kind has a setting RETENTION_* in days; 0 keeps it for ever. What a linked page said of itself goes with the last post that shows
it. Kept whatever its age: everything of our own actors that others
may ask for, and every remote post that somebody here answered, voted in, liked, boosted, was mentioned in or told of, that a post
quotes, or that stands above one.
A deleted remote post leaves a tombstone of two columns, so that it does not come back. What was answered keeps its count of
answers: it tells how many there were, not how many are kept.
"""

from collections.abc import Callable
from datetime import timedelta

from sqlalchemy import (
    BindParameter,
    Column,
    ColumnElement,
    Executable,
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
from coopfed.clock import DAY_MS, utc
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
    PostPreview,
    Preview,
    Quote,
    Reaction,
    TimelineEntry,
    Tombstone,
)
from coopfed.db.tx import Tx, table
from coopfed.ids import first_of
from coopfed.node import Node
from coopfed.observe.logs import logger

PRUNE = "prune"
_AT_ONCE = 500
_HOUR_UTC = 3
"""When few read: the night of Turkey and Italy."""

log = logger("retention")
inbox_item, delivery, activity, tombstone = table(InboxItem), table(Delivery), table(Activity), table(Tombstone)
reaction, featured, notification, quote = table(Reaction), table(Featured), table(Notification), table(Quote)
vote, timeline_entry = table(PollVote), table(TimelineEntry)
preview, post_preview = table(Preview), table(PostPreview)
answer, reactor, reader = object_.alias("answer"), actor.alias("reactor"), actor.alias("reader")
_one: ColumnElement[int] = literal_column("1")
_zero: ColumnElement[int] = literal_column("0")

_before: BindParameter[int] = bindparam("before")

_old_arrival = and_(inbox_item.c.id < _before, inbox_item.c.state != _zero)
_old_body = and_(inbox_item.c.id < _before, inbox_item.c.raw != literal(b""), inbox_item.c.state != _zero)
_old_delivery = and_(delivery.c.activity_id < _before, delivery.c.state != _zero)
_passing = and_(
    activity.c.id < _before,
    or_(
        activity.c.type.not_in([literal_column("'Create'"), literal_column("'Announce'")]),
        # What a member voted is known to the author of the poll, and is nobody else's business.
        activity.c.object_uri.like(literal_column("'%#vote'")),
    ),
    ~exists(select(_one).where(delivery.c.activity_id == activity.c.id)),
)
_old_entry = timeline_entry.c.entry_id < _before
_unshown = and_(preview.c.created_at < _before, ~exists(select(_one).where(post_preview.c.preview_id == preview.c.id)))
_old_notification = notification.c.created_at < _before
_unreferenced = and_(
    ~object_.c.local,
    object_.c.received_at < _before,
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


_chosen: BindParameter[int] = bindparam("ids", expanding=True)
_BURY = (
    insert(tombstone)
    .from_select(
        ["uri", "actor_id", "deleted_at"],
        select(object_.c.uri, object_.c.actor_id, object_.c.deleted_at).where(
            object_.c.id.in_(_chosen), _unreferenced, object_.c.deleted_at.is_not(None)
        ),
    )
    .on_conflict_do_nothing()
)


class _Rule:
    """Rows of one kind, by `key`, and when they are old: `which` compares with `before`, a number or (not `by_number`) a moment.

    Keys are found in their order and each is looked at once a night, as much may be old and stay. What happens to the chosen asks
    again whether they are old: somebody may have answered one of them meanwhile.
    """

    def __init__(
        self,
        name: str,
        days: Callable[[Config], int],
        key: Column[int],
        which: ColumnElement[bool],
        *steps: Executable,
        by_number: bool = True,
    ) -> None:
        self.name, self.days, self._by_number = name, days, by_number
        self.find = select(key).where(which, key > bindparam("after")).distinct().order_by(key).limit(_AT_ONCE)
        self.count = select(func.count()).select_from(key.table).where(which)
        self.steps = steps or (delete(key.table).where(key.in_(_chosen), which),)
        """One after the other; the last is the one that counts."""

    def before(self, config: Config, now: int) -> int:
        """What is old today; see the class."""
        moment = max(now - self.days(config) * DAY_MS, 0)
        return max(first_of(moment), 0) if self._by_number else moment


_DROP_BODIES = (
    update(inbox_item)
    .where(inbox_item.c.id.in_(_chosen), _old_body)
    .values(raw=literal(b""), key_id=None, signature_base=None)
)
_DROP_POSTS = delete(object_).where(object_.c.id.in_(_chosen), _unreferenced)
_RULES = (
    _Rule("bodies", lambda config: config.retention_bodies, inbox_item.c.id, _old_body, _DROP_BODIES),
    _Rule("arrivals", lambda config: config.retention_arrivals, inbox_item.c.id, _old_arrival),
    _Rule("deliveries", lambda config: config.retention_deliveries, delivery.c.activity_id, _old_delivery),
    _Rule("activities", lambda config: config.retention_deliveries, activity.c.id, _passing),
    _Rule("timelines", lambda config: config.retention_timelines, timeline_entry.c.object_id, _old_entry),
    _Rule(
        "notifications",
        lambda config: config.retention_notifications,
        notification.c.id,
        _old_notification,
        by_number=False,
    ),
    # Behind the notifications: what only one of them kept may go the same night.
    _Rule(
        "remote_posts",
        lambda config: config.retention_remote_posts,
        object_.c.id,
        _unreferenced,
        _BURY,
        _DROP_POSTS,
        by_number=False,
    ),
    # Behind the posts that showed them. One of today may be shown by a post that is being written.
    _Rule("previews", lambda config: min(config.retention_remote_posts, 1), preview.c.id, _unshown, by_number=False),
)


async def prune(node: Node, _key: str) -> None:
    """The job `prune` (key: its day): throws away what the settings name, some rows at a time, and leaves the job of the next night."""
    # First of all: a night that fails must not be the last one.
    await node.db.write(plan, node.minter.mint(), node.clock.now(), lane=Lane.BACK)
    log.info("pruned", **{rule.name: await _drop(node, rule) for rule in _RULES if rule.days(node.config)})


async def _drop(node: Node, rule: _Rule) -> int:
    before, total, after = rule.before(node.config, node.clock.now()), 0, 0
    while found := await node.db.read_long(_next, rule, before, after):
        total += await node.db.write(_drop_these, rule, found, before, lane=Lane.BACK)
        after = found[-1]
    return total


def _next(tx: Tx, rule: _Rule, before: int, after: int) -> list[int]:
    return list(tx.execute(rule.find, {"before": before, "after": after}).scalars())


def _drop_these(tx: Tx, rule: _Rule, ids: list[int], before: int) -> int:
    dropped = 0
    for step in rule.steps:
        dropped = int(tx.execute(step, {"ids": ids, "before": before}).rowcount)
    return dropped


def plan(tx: Tx, number: int, now: int) -> None:
    """Leaves the job of the coming night, once. A unit of work."""
    moment = utc(now)
    night = moment.replace(hour=_HOUR_UTC, minute=17, second=0, microsecond=0)
    if night <= moment:
        night += timedelta(days=1)
    jobs.enqueue(tx, number, PRUNE, night.date().isoformat(), int(night.timestamp() * 1000))


def due(tx: Tx, config: Config, now: int) -> dict[str, int]:
    """How many rows of each kind the next night takes; those that are kept for ever are left out. A unit of work for `read_long`."""
    return {
        rule.name: int(tx.execute(rule.count, {"before": rule.before(config, now)}).scalar_one())
        for rule in _RULES
        if rule.days(config)
    }
