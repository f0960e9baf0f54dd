"""The groups that a post stands in: whoever answers or likes it tells them too. Units of work.

What a group may do and what it passes on is in `coopfed.features.groups`.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import bindparam, delete, literal_column, select, update
from sqlalchemy.dialects.postgresql import insert

from actors.lookup import COLUMNS as ACTOR
from actors.lookup import ActorRow, actor
from actors.visibility import object_
from coopfed import limits
from coopfed.db.models import GroupPost
from coopfed.db.tx import Tx, table
from coopfed.errors import InvalidInput
from coopfed.vocab import build
from coopfed.vocab.audience import OPEN, Visibility

group_post = table(GroupPost)


@dataclass(frozen=True, slots=True)
class Standing:
    """A group in which a post stands. `removed`: its moderators took the post out; `locked`: nobody comments any more."""

    group: ActorRow
    removed: bool
    locked: bool


_OF = (
    select(group_post.c.removed_at, group_post.c.locked_at, *ACTOR)
    .join(actor, actor.c.id == group_post.c.group_id)
    .where(group_post.c.object_id == bindparam("post"), actor.c.gone_at.is_(None))
    .order_by(group_post.c.created_at)
    .limit(literal_column(str(limits.GROUPS_PER_POST)))
)
_OF_URI = (
    select(*ACTOR)
    .join(group_post, group_post.c.group_id == actor.c.id)
    .join(object_, object_.c.id == group_post.c.object_id)
    .where(object_.c.uri == bindparam("uri"), group_post.c.removed_at.is_(None), actor.c.gone_at.is_(None))
    .limit(literal_column(str(limits.GROUPS_PER_POST)))
)
_STAND = insert(group_post).on_conflict_do_nothing()
_THIS = (group_post.c.object_id == bindparam("post"), group_post.c.group_id == bindparam("whose"))
_REMOVE = (
    update(group_post)
    .where(*_THIS, group_post.c.removed_at.is_(None))
    .values(removed_at=bindparam("now"), hidden=bindparam("from_thread"))
)
_GIVE_BACK = (
    update(group_post).where(*_THIS, group_post.c.removed_at.is_not(None)).values(removed_at=None, hidden=False)
)
_LOCK = update(group_post).where(*_THIS, group_post.c.locked_at.is_(None)).values(locked_at=bindparam("now"))
_UNLOCK = update(group_post).where(*_THIS, group_post.c.locked_at.is_not(None)).values(locked_at=None)
_FORGET = delete(group_post).where(group_post.c.object_id == bindparam("post"))


def standings(tx: Tx, post_id: int) -> list[Standing]:
    """The groups in which a post stands, the one it came to first in front; gone ones left out."""
    return [
        Standing(ActorRow(*row[2:]), row.removed_at is not None, row.locked_at is not None)
        for row in tx.execute(_OF, {"post": post_id})
    ]


def groups_of(tx: Tx, uri: str) -> list[ActorRow]:
    """The groups in which the post with this id stands and was not taken out."""
    return [ActorRow(*row) for row in tx.execute(_OF_URI, {"uri": uri})]


def destinations(
    tx: Tx, mentioned: Iterable[ActorRow], answered_id: int | None, visibility: Visibility
) -> list[ActorRow]:
    """The groups that a new post of ours is for: of a public one those that it mentions, of a comment those of its thread.

    InvalidInput when a group's moderators have closed the thread. Source: FEP-1b12.
    """
    if answered_id is None:
        return [row for row in mentioned if row.type == "Group"] if visibility is Visibility.PUBLIC else []
    if visibility not in OPEN:
        return []
    thread = [place for place in standings(tx, answered_id) if not place.removed]
    closed = next((place.group for place in thread if place.locked), None)
    if closed is not None:
        raise InvalidInput(f"the moderators of @{closed.acct} have closed the thread; nobody comments there any more")
    return [place.group for place in thread]


def standing_in(tx: Tx, post_id: int) -> list[ActorRow]:
    """The groups in which the post stands and was not taken out."""
    return [place.group for place in standings(tx, post_id) if not place.removed]


def for_groups(document: build.Document, groups: Iterable[ActorRow]) -> build.Document:
    """The note, or the reaction to one, addressed to these groups too. Pure.

    Lemmy looks for the group in `to` or `cc`, reads one `audience` and no list of them. Source: FEP-1b12; s2s research 2.14.
    """
    uris = [row.uri for row in groups]
    if not uris:
        return document
    cc = [*document["cc"], *(uri for uri in uris if uri not in (*document["to"], *document["cc"]))]
    return {**document, "cc": cc, "audience": uris[0] if len(uris) == 1 else uris}


def stand(tx: Tx, post_id: int, group_id: int, now: int) -> bool:
    """The post stands in the group from now on. Whether that is new."""
    row = {"object_id": post_id, "group_id": group_id, "created_at": now}
    return bool(tx.execute(_STAND, row).rowcount)


def remove(tx: Tx, post_id: int, group_id: int, now: int, *, from_thread: bool) -> bool:
    """The group's moderators took the post out, of the group and perhaps of its thread. Whether it stood there."""
    taken = {"post": post_id, "whose": group_id, "now": now, "from_thread": from_thread}
    return bool(tx.execute(_REMOVE, taken).rowcount)


def give_back(tx: Tx, post_id: int, group_id: int) -> bool:
    """The group's moderators let the post in again. Whether they had taken it out."""
    return bool(tx.execute(_GIVE_BACK, {"post": post_id, "whose": group_id}).rowcount)


def lock(tx: Tx, post_id: int, group_id: int, now: int) -> bool:
    """Nobody comments on the post in this group any more. Whether that is new."""
    return bool(tx.execute(_LOCK, {"post": post_id, "whose": group_id, "now": now}).rowcount)


def unlock(tx: Tx, post_id: int, group_id: int) -> bool:
    """It may be commented on again. Whether it was locked."""
    return bool(tx.execute(_UNLOCK, {"post": post_id, "whose": group_id}).rowcount)


def forget(tx: Tx, post_id: int) -> None:
    """The post was deleted: it stands nowhere."""
    tx.execute(_FORGET, {"post": post_id})
