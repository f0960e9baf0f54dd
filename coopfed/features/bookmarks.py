"""Posts that an actor of ours wants to find again; nobody is told. Units of work."""

from sqlalchemy import bindparam, delete, select
from sqlalchemy.dialects.postgresql import insert

from actors.visibility import object_, visible
from coopfed import limits
from coopfed.db.models import Bookmark
from coopfed.db.tx import Tx, table

bookmark = table(Bookmark)
_ADD = insert(bookmark).on_conflict_do_nothing()
_REMOVE = delete(bookmark).where(bookmark.c.actor_id == bindparam("who"), bookmark.c.object_id == bindparam("post"))
_LIST = (
    select(bookmark.c.id, bookmark.c.object_id)
    .join(object_, object_.c.id == bookmark.c.object_id)
    .where(
        bookmark.c.actor_id == bindparam("viewer"),
        bookmark.c.id < bindparam("below"),
        bookmark.c.id > bindparam("above"),
        visible(),
    )
    .order_by(bookmark.c.id.desc())
    .limit(bindparam("count"))
)


def add(tx: Tx, number: int, actor_id: int, post_id: int) -> None:
    """Marks a post, once."""
    tx.execute(_ADD, {"id": number, "actor_id": actor_id, "object_id": post_id})


def remove(tx: Tx, actor_id: int, post_id: int) -> None:
    """Takes the mark away, if there is one."""
    tx.execute(_REMOVE, {"who": actor_id, "post": post_id})


def listed(tx: Tx, actor_id: int, count: int, below: int | None, above: int) -> list[tuple[int, int]]:
    """Marked posts that may still be seen, the last marked first: (cursor, post), with cursors below `below` and above `above`."""
    stretch = {"below": below or limits.NUMBER_MAX, "above": above, "count": count}
    return [(row.id, row.object_id) for row in tx.execute(_LIST, {"viewer": actor_id, **stretch})]
