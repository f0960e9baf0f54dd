"""Rows of announcements, who put them away, and what people think of them. Units of work."""

from dataclasses import dataclass

from sqlalchemy import bindparam, delete, func, insert, or_, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from actors import emojis
from coopfed import limits
from coopfed.db.models import Announcement, AnnouncementReaction, AnnouncementRead
from coopfed.db.tx import Tx, table
from coopfed.errors import InvalidInput, NotFound
from coopfed.features.announcements.rules import Said, emoji, is_emoji
from coopfed.features.moderation import audit
from coopfed.features.moderation.audit import Operator
from coopfed.features.streams import store as streams
from coopfed.node import Stamp

announcement, read, reaction = table(Announcement), table(AnnouncementRead), table(AnnouncementReaction)
_COLUMNS = tuple(announcement.c)
_ALL = select(*_COLUMNS).order_by(announcement.c.id.desc())
_CURRENT = (
    select(*_COLUMNS)
    .where(or_(announcement.c.ends_at.is_(None), announcement.c.ends_at > bindparam("now")))
    .order_by(announcement.c.id)
)
_ONE = select(*_COLUMNS).where(announcement.c.id == bindparam("which"))
_ADD = insert(announcement)
_CHANGE = (
    update(announcement)
    .where(announcement.c.id == bindparam("which"))
    .values(
        text=bindparam("said"),
        starts_at=bindparam("starts"),
        ends_at=bindparam("ends"),
        all_day=bindparam("whole_days"),
        updated_at=bindparam("now"),
    )
)
_REMOVE = delete(announcement).where(announcement.c.id == bindparam("which"))
_READ = upsert(read).on_conflict_do_nothing()
_READ_BY = select(read.c.announcement_id).where(read.c.account_id == bindparam("who"))
_REACTIONS = (
    select(reaction.c.announcement_id, reaction.c.name, func.count().label("people"), func.min(reaction.c.created_at))
    .group_by(reaction.c.announcement_id, reaction.c.name)
    .order_by(reaction.c.announcement_id, func.min(reaction.c.created_at), reaction.c.name)
)
_MINE = select(reaction.c.announcement_id, reaction.c.name).where(reaction.c.account_id == bindparam("who"))
_REACT = upsert(reaction).on_conflict_do_nothing()
_NAMES = select(func.distinct(reaction.c.name)).where(reaction.c.announcement_id == bindparam("which"))
_PEOPLE = (
    select(func.count())
    .select_from(reaction)
    .where(reaction.c.announcement_id == bindparam("which"), reaction.c.name == bindparam("emoji"))
)
_UNREACT = delete(reaction).where(
    reaction.c.announcement_id == bindparam("which"),
    reaction.c.name == bindparam("emoji"),
    reaction.c.account_id == bindparam("who"),
)


@dataclass(frozen=True, slots=True)
class AnnouncementRow:
    """An announcement; moments in milliseconds."""

    id: int
    text: str
    starts_at: int | None
    ends_at: int | None
    all_day: bool
    published_at: int
    updated_at: int


@dataclass(frozen=True, slots=True)
class Reacted:
    """How many reacted with an emoji, and whether the reader is one of them."""

    name: str
    people: int
    mine: bool


@dataclass(frozen=True, slots=True)
class Told:
    """An announcement as a person sees it: whether they put it away, and what people think of it, the first reaction first."""

    row: AnnouncementRow
    read: bool = False
    reactions: tuple[Reacted, ...] = ()


def everything(tx: Tx) -> list[AnnouncementRow]:
    """All announcements, the newest first."""
    return [AnnouncementRow(*row) for row in tx.execute(_ALL)]


def told(tx: Tx, account_id: int, now: int) -> list[Told]:
    """What is announced to a person, the oldest first: whatever is not over."""
    rows = [AnnouncementRow(*row) for row in tx.execute(_CURRENT, {"now": now})]
    put_away = set(tx.execute(_READ_BY, {"who": account_id}).scalars())
    mine = {(row.announcement_id, row.name) for row in tx.execute(_MINE, {"who": account_id})}
    found: dict[int, list[Reacted]] = {}
    for number, name, people, _first in tx.execute(_REACTIONS):
        found.setdefault(number, []).append(Reacted(name, people, (number, name) in mine))
    return [Told(row, row.id in put_away, tuple(found.get(row.id, ()))) for row in rows]


def known(tx: Tx, number: int) -> AnnouncementRow:
    """The announcement with this number. NotFound when there is none."""
    row = tx.execute(_ONE, {"which": number}).one_or_none()
    if row is None:
        raise NotFound(f"no announcement {number}")
    return AnnouncementRow(*row)


def add(tx: Tx, said: Said, by: Operator, stamp: Stamp) -> AnnouncementRow:
    """Announces something (checked) to everybody."""
    number = stamp.mint(None)
    row = AnnouncementRow(number, said.text, said.starts_at, said.ends_at, said.all_day, stamp.now, stamp.now)
    tx.execute(_ADD, {name: getattr(row, name) for name in AnnouncementRow.__dataclass_fields__})
    audit.record(tx, by, "announce", str(number), stamp, said.text[:100])
    streams.announced(tx, number)
    return row


def change(tx: Tx, number: int, said: Said, by: Operator, stamp: Stamp) -> AnnouncementRow:
    """Says it differently. Raises as `known`."""
    known(tx, number)
    values = {"said": said.text, "starts": said.starts_at, "ends": said.ends_at, "whole_days": said.all_day}
    tx.execute(_CHANGE, {"which": number, "now": stamp.now, **values})
    audit.record(tx, by, "announcement_change", str(number), stamp, said.text[:100])
    streams.announced(tx, number)
    return known(tx, number)


def remove(tx: Tx, number: int, by: Operator, stamp: Stamp) -> AnnouncementRow:
    """Announces it no more. Raises as `known`."""
    row = known(tx, number)
    tx.execute(_REMOVE, {"which": number})
    audit.record(tx, by, "announcement_remove", str(number), stamp, row.text[:100])
    streams.retracted(tx, number)
    return row


def put_away(tx: Tx, account_id: int, number: int) -> None:
    """A person has read it. Raises as `known`."""
    known(tx, number)
    tx.execute(_READ, {"account_id": account_id, "announcement_id": number})


def react(tx: Tx, account_id: int, number: int, name: str, now: int) -> None:
    """A person reacts with an emoji of Unicode or (by its shortcode) of this node, once. Raises as `known`; InvalidInput for what is none,
    and where there are too many different ones."""
    known(tx, number)
    if not is_emoji(name) and not emojis.named(tx, [name[: limits.EMOJI_LENGTH]]):
        emoji(name)
    names = set(tx.execute(_NAMES, {"which": number}).scalars())
    if name not in names and len(names) >= limits.ANNOUNCEMENT_REACTIONS:
        raise InvalidInput(f"Validation failed: {limits.ANNOUNCEMENT_REACTIONS} different reactions are there already")
    told = {"announcement_id": number, "name": name, "account_id": account_id, "created_at": now}
    if tx.execute(_REACT, told).rowcount:
        streams.reacted(tx, number, name)


def unreact(tx: Tx, account_id: int, number: int, name: str) -> None:
    """Takes a reaction back, if there is one. Raises as `known`."""
    known(tx, number)
    if tx.execute(_UNREACT, {"which": number, "emoji": name, "who": account_id}).rowcount:
        streams.reacted(tx, number, name)


def people(tx: Tx, number: int, name: str) -> int:
    """How many react to an announcement with this emoji."""
    return int(tx.execute(_PEOPLE, {"which": number, "emoji": name}).scalar_one())
