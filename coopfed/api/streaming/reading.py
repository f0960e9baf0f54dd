"""What each reader may see of what happened. Units of work.

A stream tells what its timeline would show at this moment: each entry is asked for in the very statement that reads the timeline, so that
there is no second opinion about visibility, blocks, mutes and lists.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from sqlalchemy import BindParameter, bindparam, func, select, union

from actors.visibility import mention, object_
from coopfed.api import assemble, shapes
from coopfed.api.conversations import shown as shown_conversations
from coopfed.api.filtered import in_context
from coopfed.api.languages import in_language
from coopfed.api.streaming.channels import Channel, Found, Post
from coopfed.db.tx import Tx
from coopfed.errors import NotFound
from coopfed.features import conversations, feeds, home_timeline, notifications
from coopfed.features.filters.rules import Context
from coopfed.features.home_timeline import Entry
from coopfed.features.lists import store as lists
from coopfed.features.lists import timeline
from coopfed.features.ranges import Range
from coopfed.features.streams.store import Event, Kind, hashtag, timeline_entry
from coopfed.ids import Urls

Shape = dict[str, Any]
_PADDED = 4
_objects: BindParameter[int] = bindparam("objects", expanding=True)
_HOMES = select(timeline_entry.c.object_id, timeline_entry.c.owner_id, timeline_entry.c.entry_id).where(
    timeline_entry.c.object_id.in_(_objects), timeline_entry.c.owner_id.in_(bindparam("owners", expanding=True))
)
_MEMBERS = select(lists.list_member.c.actor_id, lists.list_member.c.list_id).where(
    lists.list_member.c.actor_id.in_(bindparam("actors", expanding=True)),
    lists.list_member.c.list_id.in_(bindparam("lists", expanding=True)),
)
_POSTS = select(object_.c.id, object_.c.visibility, object_.c.local).where(object_.c.id.in_(_objects))
_TAGS = select(hashtag.c.object_id, hashtag.c.folded).where(hashtag.c.object_id.in_(_objects))
_PEOPLE = union(
    select(object_.c.id, object_.c.actor_id).where(object_.c.id.in_(_objects)),
    select(mention.c.object_id, mention.c.actor_id).where(
        mention.c.object_id.in_(_objects), mention.c.actor_id.is_not(None)
    ),
)
_TOP = select(func.coalesce(object_.c.thread_id, object_.c.id)).where(object_.c.id == bindparam("post"))


@dataclass(frozen=True, slots=True)
class Reader:
    """For whom events are read: the account, the actor it speaks as, and the languages it reads."""

    account_id: int
    actor_id: int
    languages: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Message:
    """What a stream tells: the name of the event, and its payload as text (None: it has none)."""

    event: str
    payload: str | None = None


Wanted = tuple[Event, Channel]


def found(tx: Tx, events: Sequence[Event], readers: Iterable[int], list_ids: Iterable[int]) -> Found:
    """What `channels.belongs` needs to know of these events; of homes and lists only what is somebody's who listens."""
    about = [event for event in events if event.kind in (Kind.POSTED, Kind.PLACED, Kind.EDITED)]
    objects = padded({event.object_id for event in about})
    owners, watched = padded(readers), padded(list_ids)
    homes: dict[int, dict[int, int]] = {}
    for post, owner, entry in tx.execute(_HOMES, {"objects": objects, "owners": owners}) if objects and owners else ():
        homes.setdefault(post, {})[owner] = entry
    members: dict[int, set[int]] = {}
    actors = padded({event.actor_id for event in events if event.actor_id})
    for actor, number in tx.execute(_MEMBERS, {"actors": actors, "lists": watched}) if actors and watched else ():
        members.setdefault(actor, set()).add(number)
    named = {actor: frozenset(numbers) for actor, numbers in members.items()}
    return Found(homes, named, _posts(tx, objects) if objects else {})


def _posts(tx: Tx, objects: list[int]) -> dict[int, Post]:
    tags: dict[int, set[str]] = {}
    for post, tag in tx.execute(_TAGS, {"objects": objects}):
        if tag is not None:
            tags.setdefault(post, set()).add(tag)
    rows = tx.execute(_POSTS, {"objects": objects}).all()
    direct = padded(row.id for row in rows if row.visibility == "direct")
    people: dict[int, set[int]] = {}
    for post, number in tx.execute(_PEOPLE, {"objects": direct}) if direct else ():
        people.setdefault(post, set()).add(number)
    return {
        row.id: Post(
            row.visibility, bool(row.local), frozenset(tags.get(row.id, ())), frozenset(people.get(row.id, ()))
        )
        for row in rows
    }


def padded(numbers: Iterable[int]) -> list[int]:
    """The numbers, the last one again and again up to a length that is a power of two: a statement with a list is kept once for each
    length of it (`coopfed.db.compiled`), and as many listen as like."""
    known = sorted(set(numbers))
    if not known:
        return known
    length = max(_PADDED, 1 << (len(known) - 1).bit_length())
    return known + known[-1:] * (length - len(known))


def messages(tx: Tx, reader: Reader, wanted: Sequence[Wanted], urls: Urls, now: int) -> list[tuple[Wanted, Message]]:
    """What the reader is told of these events, in their order; what they may not see is left out."""
    told = _Telling(tx, reader, urls, now)
    pairs = ((one, told.of(*one)) for one in wanted)
    return [(one, message) for one, message in pairs if message is not None]


class _Telling:
    """One reader's events in one transaction: what several of their streams tell is read once."""

    def __init__(self, tx: Tx, reader: Reader, urls: Urls, now: int) -> None:
        self._tx, self._reader, self._urls, self._now = tx, reader, urls, now
        self._known: dict[tuple[int, Context], Shape | None] = {}
        self._notifications: dict[int, Message | None] = {}

    def of(self, event: Event, channel: Channel) -> Message | None:
        """What this stream tells of the event; None when it is not for the reader."""
        match event.kind:
            case Kind.DELETED:
                return Message("delete", str(event.entry_id))
            case Kind.FILTERED:
                return Message("filters_changed")
            case Kind.TOLD:
                if event.entry_id not in self._notifications:
                    self._notifications[event.entry_id] = self._notification(event.entry_id)
                return self._notifications[event.entry_id]
        if channel.name == "direct":
            return self._conversation(event)
        return self._status(event, channel)

    def _status(self, event: Event, channel: Channel) -> Message | None:
        entry = self._entry(event, channel)
        if entry is None:
            return None
        context = Context.HOME if channel.name in ("user", "list") else Context.PUBLIC
        if (event.id, context) not in self._known:
            # An edit is told as the post that it is, also where a boost brought that.
            shown = Entry(entry.object_id, entry.object_id, None, entry.post) if event.kind is Kind.EDITED else entry
            self._known[event.id, context] = self._shape(shown, context)
        shape = self._known[event.id, context]
        name = "status.update" if event.kind is Kind.EDITED else "update"
        return None if shape is None else Message(name, _text(shape))

    def _entry(self, event: Event, channel: Channel) -> Entry | None:
        """The entry of the stream's own timeline, when the reader would see it there now."""
        tx, actor = self._tx, self._reader.actor_id
        if channel.name == "user":
            return next(iter(home_timeline.read(tx, actor, self._where(event))), None)
        if channel.name == "list":
            return self._listed(event, int(channel.argument))
        only = _only(event.entry_id)
        if channel.name.startswith("public"):
            return next(iter(feeds.public(tx, actor, only, channel.wish)), None)
        return next(iter(feeds.tagged(tx, actor, only, channel.wish, [channel.argument], [], [])), None)

    def _where(self, event: Event) -> Range:
        """The place in the reader's home: that of the boost, where one brought the post that was edited."""
        if event.kind is not Kind.EDITED:
            return _only(event.entry_id)
        brought = found(self._tx, [event], [self._reader.actor_id], [])
        return _only(brought.homes.get(event.object_id, {}).get(self._reader.actor_id, event.entry_id))

    def _listed(self, event: Event, number: int) -> Entry | None:
        try:
            row = lists.one(self._tx, self._reader.actor_id, number)
        except NotFound:
            return None
        return next(iter(timeline.read(self._tx, row, _only(event.entry_id))), None)

    def _shape(self, entry: Entry, context: Context) -> Shape | None:
        _ids, shown = assemble.shown(self._tx, [entry], self._reader.actor_id, self._urls)
        return self._meant(shown[0], context) if shown else None

    def _meant(self, shape: Shape, context: Context) -> Shape:
        """The status in the reader's language, with what their filters say of it."""
        shown = in_language(self._tx, [shape], self._reader.languages) if self._reader.languages else [shape]
        owner = (self._reader.account_id, self._reader.actor_id)
        return in_context(self._tx, owner, shown, context, self._now)[0]

    def _notification(self, number: int) -> Message | None:
        rows = notifications.recent(self._tx, self._reader.actor_id, 1, number + 1, number - 1)
        told = assemble.told(self._tx, rows, self._reader.actor_id, self._urls)
        for row, author, post in told:
            about = post and self._meant(post, Context.NOTIFICATIONS)
            return Message("notification", _text(shapes.notification(row, author, about)))
        return None

    def _conversation(self, event: Event) -> Message | None:
        actor = self._reader.actor_id
        try:
            top = self._tx.execute(_TOP, {"post": event.object_id}).scalar_one_or_none()
            found_one = conversations.one(self._tx, actor, top or 0)
        except NotFound:
            return None
        for shape in shown_conversations(self._tx, [found_one], actor, self._urls):
            last = self._meant(shape["last_status"], Context.NOTIFICATIONS)
            return Message("conversation", _text({**shape, "last_status": last}))
        return None


def _only(number: int) -> Range:
    return Range(1, max_id=number + 1, since_id=number - 1)


def _text(shape: Shape) -> str:
    return orjson.dumps(shape).decode()
