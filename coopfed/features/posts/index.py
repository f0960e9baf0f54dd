"""Posts by the words in them. Units of work.

Not everybody's words are for everybody to search: one's own are, those that one had to do with (mentioned, liked, boosted, marked),
and what actors of this node who want to be found said in public.
"""

from functools import cache
from typing import Any

from sqlalchemy import BindParameter, Select, bindparam, delete, literal_column, select, union
from sqlalchemy.dialects.postgresql import insert

from actors.lookup import actor
from actors.visibility import limited, mention, object_, unmuted, visible
from coopfed.db.models import Bookmark, ObjectText, Reaction
from coopfed.db.tx import Tx, table
from coopfed.text.fold import folded, pattern
from coopfed.text.sanitise import plain_of_clean

WORDS = 5

object_text, bookmark, reaction = table(ObjectText), table(Bookmark), table(Reaction)
_PUT = insert(object_text)
_PUT = _PUT.on_conflict_do_update(index_elements=["object_id"], set_={"folded": _PUT.excluded.folded})
_FORGET = delete(object_text).where(object_text.c.object_id == bindparam("post"))
said = object_.alias("said")
_viewer: BindParameter[int] = bindparam("viewer")
_here = select(actor.c.id).where(actor.c.local, actor.c.discoverable, ~limited(actor.c.id))
# The few that may be found at all come first, each by an index; their words are looked at after: of a node that has read a million
# posts, hardly one in a thousand is anybody's here.
_candidates = union(
    select(said.c.id).where(said.c.actor_id == _viewer),
    *(select(kind.c.object_id).where(kind.c.actor_id == _viewer) for kind in (mention, bookmark, reaction)),
    select(said.c.id).where(said.c.actor_id.in_(_here), said.c.visibility == literal_column("'public'")),
)


@cache
def _search(words: int, of_one: bool) -> Select[Any]:
    wanted = [object_text.c.folded.like(bindparam(f"word_{place}"), escape="\\") for place in range(words)]
    author = [object_.c.actor_id == bindparam("author")] if of_one else []
    return (
        select(object_.c.id)
        .join(object_text, object_text.c.object_id == object_.c.id)
        .where(object_.c.id.in_(_candidates), *wanted, *author, visible(), unmuted(object_.c.actor_id))
        .order_by(object_.c.id.desc())
        .limit(bindparam("count"))
        .offset(bindparam("skip"))
    )


def put(tx: Tx, number: int, *parts: str) -> None:
    """The post is found by the words of these parts (clean HTML)."""
    tx.execute(_PUT, {"object_id": number, "folded": folded(" ".join(plain_of_clean(part) for part in parts if part))})


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
