"""The job `purge_actor`, for its part: what stood between an actor that is gone and others, some at a time.

With its requests and answers goes what was agreed on by them. Reports stay: what was complained about may have to be answered
for. The actor's row and its keys stay too.
"""

from typing import Any

from sqlalchemy import Delete, bindparam, delete, literal, literal_column, select, tuple_, update

from coopfed.db.engine import Lane
from coopfed.db.models import (
    Activity,
    ActorNote,
    Bookmark,
    ConversationMark,
    Delivery,
    Endorsement,
    FeaturedTag,
    FollowedTag,
    HostBlock,
    ListMember,
    MutedThread,
    Notification,
    NotificationPermission,
    NotificationPolicy,
    ProposalReader,
    ReadingList,
    Request,
    Response,
    ScheduledStatus,
    SuggestionDismissal,
    TimelineEntry,
)
from coopfed.db.tx import Tx, table
from coopfed.features.blocks.store import remove_all
from coopfed.features.follows import synchronise
from coopfed.features.mutes import store as mutes
from coopfed.features.posts import defaults
from coopfed.node import Node

_AT_ONCE = 500

notification, timeline_entry = table(Notification), table(TimelineEntry)
activity, delivery = table(Activity), table(Delivery)


def _some(column: Any, whose: Any) -> Delete:
    found = select(column).where(whose == bindparam("gone")).limit(_AT_ONCE)
    return delete(column.table).where(column.in_(found.scalar_subquery()))


_NOTIFICATIONS = (
    _some(notification.c.id, notification.c.from_id),
    _some(notification.c.id, notification.c.recipient_id),
)
_key = (timeline_entry.c.owner_id, timeline_entry.c.entry_id)
_HOME = delete(timeline_entry).where(
    tuple_(*_key).in_(select(*_key).where(timeline_entry.c.owner_id == bindparam("gone")).limit(_AT_ONCE))
)
_STATEMENTS = (*_NOTIFICATIONS, _HOME)
_PERSONAL = tuple(
    delete(column.table).where(column == bindparam("gone"))
    for column in (
        *(
            table(kind).c.actor_id
            for kind in (
                Bookmark,
                ReadingList,
                FollowedTag,
                FeaturedTag,
                HostBlock,
                MutedThread,
                ConversationMark,
                ScheduledStatus,
                NotificationPolicy,
                ProposalReader,
                Request,
                Response,
            )
        ),
        *(table(NotificationPermission).c[name] for name in ("actor_id", "from_id")),
        *(
            table(kind).c[name]
            for kind in (ActorNote, Endorsement, SuggestionDismissal)
            for name in ("actor_id", "target_id")
        ),
        table(ListMember).c.actor_id,
    )
)
_OTHERS = (activity.c.actor_id == bindparam("gone"), activity.c.type != literal_column("'Delete'"))
_UNSEND = delete(delivery).where(
    delivery.c.activity_id.in_(select(activity.c.id).where(*_OTHERS)), delivery.c.state == literal_column("0")
)
_UNSAY = update(activity).where(*_OTHERS, activity.c.body != literal(b"")).values(body=b"", public=False)


async def purge_traces(node: Node, actor_number: str) -> None:
    """Removes notifications about and for the actor, its home timeline, its blocks and mutes, what it kept for
    itself, and what it said besides posts."""
    number = int(actor_number)
    for statement in _STATEMENTS:
        while await node.db.write(_delete_some, statement, number, lane=Lane.BACK):
            pass
    await node.db.write(_forget, number, lane=Lane.BACK)


def _delete_some(tx: Tx, statement: Delete, number: int) -> int:
    return int(tx.execute(statement, {"gone": number}).rowcount)


def _forget(tx: Tx, number: int) -> None:
    remove_all(tx, number)
    mutes.remove_all(tx, number)
    synchronise.forget(tx, number)
    defaults.forget(tx, number)
    for statement in _PERSONAL:
        tx.execute(statement, {"gone": number})
    # Its Update holds the name, its Follow whom it dealt with; only the Delete is still to be heard.
    tx.execute(_UNSEND, {"gone": number})
    tx.execute(_UNSAY, {"gone": number})
