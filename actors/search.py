"""Actors by what somebody remembers of their names. Units of work."""

from functools import cache
from typing import Any

from sqlalchemy import Select, bindparam, case, delete, exists, literal_column, or_, select
from sqlalchemy.dialects.postgresql import insert

from actors.cooperative import cooperative_of, names_of
from actors.lookup import COLUMNS, ActorRow, actor
from actors.visibility import commended, follow, on_blocked_host, parted
from coopfed.db.models import ActorText
from coopfed.db.tx import Tx, table
from coopfed.text.fold import folded, pattern, sought

WORDS = 5

actor_text = table(ActorText)
_PUT = insert(actor_text)
_PUT = _PUT.on_conflict_do_update(index_elements=["actor_id"], set_={"folded": _PUT.excluded.folded})
_FORGET = delete(actor_text).where(actor_text.c.actor_id == bindparam("who"))
_followed = exists(
    select(literal_column("1")).where(
        follow.c.follower_id == bindparam("viewer"),
        follow.c.followed_id == actor.c.id,
        follow.c.state == literal_column("'accepted'"),
    )
)


@cache
def _search(words: int, only_followed: bool) -> Select[Any]:
    # Whoever types the whole handle asks for that very actor.
    named = actor.c.handle.concat(literal_column("'@'")).concat(actor.c.handle_host) == bindparam("written")
    wanted = [actor_text.c.folded.like(bindparam(f"word_{place}"), escape="\\") for place in range(words)]
    return (
        select(*COLUMNS)
        .join(actor_text, actor_text.c.actor_id == actor.c.id)
        .where(
            *wanted,
            actor.c.gone_at.is_(None),
            ~actor.c.suspended,
            actor.c.type != literal_column("'Application'"),
            ~parted(actor.c.id),
            ~on_blocked_host(actor),
            or_(commended(actor.c.id), named),
            *([_followed] if only_followed else []),
        )
        .order_by(
            case((actor.c.handle == bindparam("whole"), 0), else_=1),
            case((_followed, 0), else_=1),
            actor.c.followers_count.desc(),
            actor.c.id,
        )
        .limit(bindparam("count"))
        .offset(bindparam("skip"))
    )


def put(tx: Tx, row: ActorRow) -> None:
    """The actor is found by its handle and its names as they are now; a cooperative by those in every language, and the legal one."""
    names = dict.fromkeys((row.name, *names_of(cooperative_of(tx, row.id))))
    words = folded(f"{row.handle}@{row.handle_host} {' '.join(names)}")
    tx.execute(_PUT, {"actor_id": row.id, "folded": words})


def forget(tx: Tx, actor_id: int) -> None:
    """The actor is found no more."""
    tx.execute(_FORGET, {"who": actor_id})


def search(
    tx: Tx, written: str, viewer: int, count: int, skip: int = 0, *, only_followed: bool = False
) -> list[ActorRow]:
    """Actors in whose handle or names every word stands: the one with that very handle first, then those whom the viewer follows, the
    most followed first. None whom a block parts from the viewer, or whose host is blocked; whom the operators limited is found by its
    followers, and by its whole handle."""
    words = sought(written.lstrip("@"))[:WORDS]
    if not words:
        return []
    named = {f"word_{place}": pattern(word) for place, word in enumerate(words)}
    stretch = {
        "viewer": viewer,
        "whole": words[0],
        "written": written.lstrip("@").lower(),
        "count": count,
        "skip": skip,
    }
    return [ActorRow(*row) for row in tx.execute(_search(len(words), only_followed), {**named, **stretch})]
