"""Rows of lists and who stands in them. Units of work."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import bindparam, delete, func, insert, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from actors.visibility import follow
from coopfed import limits
from coopfed.db.models import ListMember, ReadingList
from coopfed.db.tx import Tx, table
from coopfed.errors import InvalidInput, NotFound
from coopfed.node import Stamp

reading_list, list_member = table(ReadingList), table(ListMember)


class Replies(StrEnum):
    """Which answers of its members a list shows: to whomever the owner follows, to other members, or none. Mastodon's words."""

    FOLLOWED = "followed"
    LIST = "list"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class ListRow:
    """A list; `exclusive`: its members do not stand in home as well."""

    id: int
    actor_id: int
    title: str
    replies: str
    exclusive: bool


_COLUMNS = tuple(reading_list.c[name] for name in ListRow.__dataclass_fields__)
_OF = select(*_COLUMNS).where(reading_list.c.actor_id == bindparam("owner")).order_by(reading_list.c.id)
_ONE = select(*_COLUMNS).where(reading_list.c.actor_id == bindparam("owner"), reading_list.c.id == bindparam("which"))
_COUNT = select(func.count()).select_from(reading_list).where(reading_list.c.actor_id == bindparam("owner"))
_ADD = insert(reading_list)
_CHANGE = (
    update(reading_list)
    .where(reading_list.c.id == bindparam("which"))
    .values(title=bindparam("new_title"), replies=bindparam("new_replies"), exclusive=bindparam("new_exclusive"))
)
_DELETE = delete(reading_list).where(
    reading_list.c.actor_id == bindparam("owner"), reading_list.c.id == bindparam("which")
)
_WITH = (
    select(*_COLUMNS)
    .join(list_member, list_member.c.list_id == reading_list.c.id)
    .where(reading_list.c.actor_id == bindparam("owner"), list_member.c.actor_id == bindparam("member"))
    .order_by(reading_list.c.id)
)
_MEMBERS = (
    select(list_member.c.actor_id)
    .where(
        list_member.c.list_id == bindparam("which"),
        list_member.c.actor_id < bindparam("below"),
        list_member.c.actor_id > bindparam("above"),
    )
    .order_by(list_member.c.actor_id.desc())
    .limit(bindparam("count"))
)
_ADD_MEMBER = upsert(list_member).on_conflict_do_nothing()
_REMOVE_MEMBERS = delete(list_member).where(
    list_member.c.list_id == bindparam("which"), list_member.c.actor_id.in_(bindparam("ids", expanding=True))
)
_FOLLOWED_AMONG = select(follow.c.followed_id).where(
    follow.c.follower_id == bindparam("owner"), follow.c.followed_id.in_(bindparam("ids", expanding=True))
)


def of_actor(tx: Tx, owner_id: int) -> list[ListRow]:
    """All lists of an actor, in the order in which they were made."""
    return [ListRow(*row) for row in tx.execute(_OF, {"owner": owner_id})]


def one(tx: Tx, owner_id: int, number: int) -> ListRow:
    """A list of this actor. NotFound when it has none with this number."""
    row = tx.execute(_ONE, {"owner": owner_id, "which": number}).one_or_none()
    if row is None:
        raise NotFound(f"no list {number} of this actor")
    return ListRow(*row)


def checked(title: object, replies: object, exclusive: bool) -> tuple[str, str, bool]:
    """What a list may be. InvalidInput says what is wrong."""
    shown = str(title or "").strip()
    if not shown or len(shown) > limits.LIST_TITLE_CHARACTERS:
        raise InvalidInput(f"Validation failed: Title has 1 to {limits.LIST_TITLE_CHARACTERS} characters")
    if replies not in list(Replies):
        raise InvalidInput(f"Validation failed: replies_policy is one of: {', '.join(Replies)}")
    return shown, str(replies), exclusive


def create(tx: Tx, owner_id: int, title: str, replies: str, exclusive: bool, stamp: Stamp) -> ListRow:
    """A new list. InvalidInput when there are too many."""
    if int(tx.execute(_COUNT, {"owner": owner_id}).scalar_one()) >= limits.LISTS:
        raise InvalidInput(f"Validation failed: there are {limits.LISTS} lists already")
    row = ListRow(stamp.mint(None), owner_id, title, replies, exclusive)
    tx.execute(_ADD, {name: getattr(row, name) for name in ListRow.__dataclass_fields__})
    return row


def change(tx: Tx, owner_id: int, number: int, title: str, replies: str, exclusive: bool) -> ListRow:
    """The list as it is now. NotFound as `one`."""
    one(tx, owner_id, number)
    tx.execute(_CHANGE, {"which": number, "new_title": title, "new_replies": replies, "new_exclusive": exclusive})
    return one(tx, owner_id, number)


def remove(tx: Tx, owner_id: int, number: int) -> None:
    """Deletes a list. NotFound as `one`."""
    if tx.execute(_DELETE, {"owner": owner_id, "which": number}).rowcount != 1:
        raise NotFound(f"no list {number} of this actor")


def with_member(tx: Tx, owner_id: int, member_id: int) -> list[ListRow]:
    """The lists of an actor in which another one stands."""
    return [ListRow(*row) for row in tx.execute(_WITH, {"owner": owner_id, "member": member_id})]


def members(tx: Tx, number: int, count: int, below: int | None, above: int) -> list[int]:
    """Who stands in a list, with numbers below `below` and above `above`, the largest first. Whose it is was asked before."""
    stretch = {"below": below or limits.NUMBER_MAX, "above": above, "count": count}
    return list(tx.execute(_MEMBERS, {"which": number, **stretch}).scalars())


def add_members(tx: Tx, owner_id: int, number: int, ids: Sequence[int]) -> None:
    """Puts actors into a list. NotFound as `one`, and for whom the owner does not follow: lists show what home would."""
    one(tx, owner_id, number)
    wanted = set(ids) - {owner_id}
    followed = (
        set(tx.execute(_FOLLOWED_AMONG, {"owner": owner_id, "ids": sorted(wanted)}).scalars()) if wanted else set()
    )
    if wanted != followed:
        raise NotFound("only those can stand in a list whom its owner follows")
    if ids:
        tx.execute(_ADD_MEMBER, [{"list_id": number, "actor_id": id} for id in dict.fromkeys(ids)])


def remove_members(tx: Tx, owner_id: int, number: int, ids: Sequence[int]) -> None:
    """Takes actors out of a list. NotFound as `one`."""
    one(tx, owner_id, number)
    if ids:
        tx.execute(_REMOVE_MEMBERS, {"which": number, "ids": list(ids)})
