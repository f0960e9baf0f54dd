"""Posts by the words in them. Units of work.

Not everybody's words are for everybody to search: one's own are, those that one had to do with (mentioned, liked, boosted, marked),
and what actors of this node who want to be found said in public.
"""

from functools import cache
from typing import Any

from sqlalchemy import Select, and_, bindparam, delete, exists, literal_column, or_, select
from sqlalchemy.dialects.postgresql import insert

from actors.lookup import actor
from actors.visibility import limited, mention, object_, unmuted, visible
from coopfed.db.models import Bookmark, ObjectText, Reaction
from coopfed.db.tx import Tx, table
from coopfed.text.fold import folded, pattern
from coopfed.text.sanitise import plain

WORDS = 5

object_text, bookmark, reaction = table(ObjectText), table(Bookmark), table(Reaction)
_PUT = insert(object_text)
_PUT = _PUT.on_conflict_do_update(index_elements=["object_id"], set_={"folded": _PUT.excluded.folded})
_FORGET = delete(object_text).where(object_text.c.object_id == bindparam("post"))
_dealt_with = or_(
    object_.c.actor_id == bindparam("viewer"),
    *(
        exists(
            select(literal_column("1")).where(kind.c.object_id == object_.c.id, kind.c.actor_id == bindparam("viewer"))
        )
        for kind in (mention, bookmark, reaction)
    ),
    and_(
        object_.c.visibility == literal_column("'public'"),
        object_.c.local,
        exists(select(literal_column("1")).where(actor.c.id == object_.c.actor_id, actor.c.discoverable)),
        ~limited(object_.c.actor_id),
    ),
)


@cache
def _search(words: int, of_one: bool) -> Select[Any]:
    wanted = [object_text.c.folded.like(bindparam(f"word_{place}"), escape="\\") for place in range(words)]
    author = [object_.c.actor_id == bindparam("author")] if of_one else []
    return (
        select(object_.c.id)
        .join(object_text, object_text.c.object_id == object_.c.id)
        .where(*wanted, *author, _dealt_with, visible(), unmuted(object_.c.actor_id))
        .order_by(object_.c.id.desc())
        .limit(bindparam("count"))
        .offset(bindparam("skip"))
    )


def put(tx: Tx, number: int, *parts: str) -> None:
    """The post is found by the words of these parts (clean HTML)."""
    tx.execute(_PUT, {"object_id": number, "folded": folded(" ".join(plain(part) for part in parts if part))})


def forget(tx: Tx, number: int) -> None:
    """The post is found no more."""
    tx.execute(_FORGET, {"post": number})


def search(tx: Tx, written: str, viewer: int, count: int, skip: int = 0, author: int | None = None) -> list[int]:
    """Numbers of the posts in which every word stands and that the viewer may find, the newest first; only those of `author`, if one is
    named."""
    words = folded(written).split()[:WORDS]
    if not words:
        return []
    named: dict[str, Any] = {f"word_{place}": pattern(word) for place, word in enumerate(words)}
    if author is not None:
        named["author"] = author
    statement = _search(len(words), author is not None)
    return list(tx.execute(statement, {**named, "viewer": viewer, "count": count, "skip": skip}).scalars())
