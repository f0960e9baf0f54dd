"""What happens, as rows that whoever listens reads in order: written in the transaction that does it. Units of work.

A row holds numbers, never what is said: what each reader gets is looked up, as they may see it, when it is told
(`coopfed.api.streaming`). Only the last rows are kept; who was away for longer reads the timelines.

| kind | `entry_id` | `object_id` | `actor_id` | `owner_id` |
|---|---|---|---|---|
| posted | post, or boost | post | author, or booster | in whose home alone it is new; None: in that of everybody who has it |
| placed | post, or boost | post | author, or booster, who had it before | |
| edited | post | post | author | |
| deleted | what is gone: post, or boost | post | author, or booster | |
| told | notification | | | recipient |
| filtered | | | | whose filters changed; `account_id` besides |
| merged | | | | whose notifications were held back and are told now |
| announced, retracted | announcement | | | |
| reacted | announcement | | | ; `gone` is the emoji |
"""

import itertools
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

import orjson
from sqlalchemy import bindparam, delete, func, insert, select

from coopfed import limits
from coopfed.db.models import Hashtag, StreamEvent, TimelineEntry
from coopfed.db.signals import Topic
from coopfed.db.tx import Tx, table

stream_event, timeline_entry, hashtag = table(StreamEvent), table(TimelineEntry), table(Hashtag)
_NAMES = ("kind", "actor_id", "owner_id", "account_id", "object_id", "entry_id", "gone")
_ADD = insert(stream_event).values({name: bindparam(name) for name in _NAMES})
_FORGET = delete(stream_event).where(stream_event.c.id <= bindparam("old"))
_FORGET_EVERY = 256
"""With the first event that a process adds, and each time after so many, the old ones go."""
_added = itertools.count()
_NOTHING: dict[str, Any] = dict.fromkeys(_NAMES)
_NEWEST = select(func.coalesce(func.max(stream_event.c.id), 0))
_AFTER = (
    select(stream_event.c.id, *(stream_event.c[name] for name in _NAMES))
    .where(stream_event.c.id > bindparam("since"))
    .order_by(stream_event.c.id)
    .limit(bindparam("count"))
)
_HOMES = select(timeline_entry.c.entry_id, timeline_entry.c.owner_id).where(
    timeline_entry.c.object_id == bindparam("object")
)
_TAGS = select(hashtag.c.folded).where(hashtag.c.object_id == bindparam("object"), hashtag.c.folded.is_not(None))


class Kind(StrEnum):
    """What happened."""

    POSTED = "posted"
    PLACED = "placed"
    EDITED = "edited"
    DELETED = "deleted"
    TOLD = "told"
    FILTERED = "filtered"
    MERGED = "merged"
    ANNOUNCED = "announced"
    REACTED = "reacted"
    RETRACTED = "retracted"


@dataclass(frozen=True, slots=True)
class Gone:
    """Where something stood that is gone: whose homes, which hashtags (folded), in lists, in public timelines, those of this node."""

    homes: frozenset[int] = frozenset()
    tags: frozenset[str] = frozenset()
    listed: bool = False
    public: bool = False
    local: bool = False


@dataclass(frozen=True, slots=True)
class Event:
    """A row; see this file's table. A number that a kind does not name is 0; `emoji` is with what somebody reacted."""

    id: int
    kind: Kind
    actor_id: int
    owner_id: int
    account_id: int
    object_id: int
    entry_id: int
    gone: Gone
    emoji: str = ""


def posted(
    tx: Tx, entry_id: int, object_id: int, actor_id: int, published_at: int, now: int, *, owner_id: int | None = None
) -> None:
    """Somebody said or boosted something. Nothing is told of what is old: it comes late, or was looked up."""
    if published_at > now - limits.STREAM_FRESH_SECONDS * 1000:
        _add(tx, Kind.POSTED, entry_id=entry_id, object_id=object_id, actor_id=actor_id, owner_id=owner_id)


def placed(tx: Tx, entry_id: int, object_id: int, actor_id: int, published_at: int, now: int) -> None:
    """What an actor of ours said or boosted came into the homes of others. Of what is old, as `posted`."""
    if published_at > now - limits.STREAM_FRESH_SECONDS * 1000:
        _add(tx, Kind.PLACED, entry_id=entry_id, object_id=object_id, actor_id=actor_id)


def edited(tx: Tx, post_id: int, author_id: int) -> None:
    """A post says something else now."""
    _add(tx, Kind.EDITED, entry_id=post_id, object_id=post_id, actor_id=author_id)


def deleted(tx: Tx, post_id: int, author_id: int, *, listed: bool, public: bool, local: bool) -> None:
    """A post is gone, and every boost of it. Call it while it still stands in timelines and has its hashtags."""
    homes: dict[int, set[int]] = {}
    for entry, owner in tx.execute(_HOMES, {"object": post_id}):
        homes.setdefault(entry, set()).add(owner)
    tags = frozenset(tx.execute(_TAGS, {"object": post_id}).scalars()) if public else frozenset()
    everybody = frozenset(owner for owners in homes.values() for owner in owners)
    _gone(tx, post_id, post_id, author_id, Gone(everybody, tags, listed, public, local))
    for entry, owners in homes.items():
        if entry != post_id:
            _gone(tx, entry, post_id, author_id, Gone(frozenset(owners)))


def unboosted(tx: Tx, boost_id: int, post_id: int, booster_id: int) -> None:
    """A boost was taken back. Call it while it still stands in timelines."""
    owners = frozenset(owner for entry, owner in tx.execute(_HOMES, {"object": post_id}) if entry == boost_id)
    _gone(tx, boost_id, post_id, booster_id, Gone(owners, listed=True))


def told(tx: Tx, recipient_id: int, notification_id: int) -> None:
    """There is a new notification."""
    _add(tx, Kind.TOLD, owner_id=recipient_id, entry_id=notification_id)


def filtered(tx: Tx, account_id: int, actor_id: int) -> None:
    """The filters changed that this account has as this actor."""
    _add(tx, Kind.FILTERED, owner_id=actor_id, account_id=account_id)


def merged(tx: Tx, actor_id: int) -> None:
    """Notifications of the actor that were held back stand among the others now."""
    _add(tx, Kind.MERGED, owner_id=actor_id)


def announced(tx: Tx, announcement_id: int) -> None:
    """Operators tell everybody something, or say it differently."""
    _add(tx, Kind.ANNOUNCED, entry_id=announcement_id)


def reacted(tx: Tx, announcement_id: int, emoji: str) -> None:
    """Somebody reacted to an announcement, or takes that back."""
    _add(tx, Kind.REACTED, entry_id=announcement_id, gone=emoji)


def retracted(tx: Tx, announcement_id: int) -> None:
    """An announcement is taken back."""
    _add(tx, Kind.RETRACTED, entry_id=announcement_id)


def newest(tx: Tx) -> int:
    """The number of the last event; 0 when there is none."""
    return int(tx.execute(_NEWEST).scalar_one())


def after(tx: Tx, since: int, count: int) -> list[Event]:
    """At most so many events with numbers above this one, in their order."""
    return [_event(row) for row in tx.execute(_AFTER, {"since": since, "count": count})]


def _gone(tx: Tx, entry_id: int, object_id: int, actor_id: int, where: Gone) -> None:
    if not (where.homes or where.tags or where.listed or where.public):
        return
    gone = orjson.dumps({**asdict(where), "homes": sorted(where.homes), "tags": sorted(where.tags)}).decode()
    _add(tx, Kind.DELETED, entry_id=entry_id, object_id=object_id, actor_id=actor_id, gone=gone)


def _add(tx: Tx, kind: Kind, **named: Any) -> None:
    tx.execute(_ADD, {**_NOTHING, **named, "kind": kind.value})
    if next(_added) % _FORGET_EVERY == 0:
        tx.execute(_FORGET, {"old": newest(tx) - limits.STREAM_EVENTS})
    tx.wake(Topic.STREAMS)


def _event(row: Any) -> Event:
    return Event(
        id=row.id,
        kind=Kind(row.kind),
        actor_id=row.actor_id or 0,
        owner_id=row.owner_id or 0,
        account_id=row.account_id or 0,
        object_id=row.object_id or 0,
        entry_id=row.entry_id or 0,
        gone=_where(orjson.loads(row.gone)) if row.kind == Kind.DELETED else Gone(),
        emoji=row.gone if row.kind == Kind.REACTED else "",
    )


def _where(known: dict[str, Any]) -> Gone:
    homes, tags = frozenset(known["homes"]), frozenset(known["tags"])
    return Gone(homes, tags, known["listed"], known["public"], known["local"])
