"""How much hashtags are used, day by day. Units of work."""

from dataclasses import dataclass

from sqlalchemy import ColumnElement, bindparam, func, literal_column, select

from actors.lookup import actor
from actors.visibility import object_, present
from coopfed import limits
from coopfed.clock import DAY_MS
from coopfed.db.tx import Tx
from coopfed.features.posts.details import hashtag
from coopfed.features.tags.rules import Tag
from coopfed.ids import first_of
from coopfed.text.fold import literal
from coopfed.text.render import folded_hashtag

DAYS = 7
# The number of a post begins with its moment: the day is a division, the same on both engines.
_day: ColumnElement[int] = literal_column(f"object.id / {first_of(DAY_MS)}")
_USES = (
    select(hashtag.c.folded, _day.label("day"), func.count(), func.count(func.distinct(object_.c.actor_id)))
    .join(object_, object_.c.id == hashtag.c.object_id)
    .join(actor, actor.c.id == object_.c.actor_id)
    .where(
        hashtag.c.folded.in_(bindparam("forms", expanding=True)),
        hashtag.c.object_id >= bindparam("first"),
        object_.c.visibility == literal_column("'public'"),
        object_.c.deleted_at.is_(None),
        present(actor),
    )
    .group_by(hashtag.c.folded, _day)
)
_SEARCH = (
    select(func.min(hashtag.c.name).label("name"), hashtag.c.folded)
    .join(object_, object_.c.id == hashtag.c.object_id)
    .join(actor, actor.c.id == object_.c.actor_id)
    .where(
        hashtag.c.folded.like(bindparam("beginning"), escape="\\"),
        object_.c.visibility == literal_column("'public'"),
        object_.c.deleted_at.is_(None),
        present(actor),
    )
    .group_by(hashtag.c.folded)
    .order_by(func.count().desc(), hashtag.c.folded)
    .limit(bindparam("count"))
    .offset(bindparam("skip"))
)


@dataclass(frozen=True, slots=True)
class Day:
    """What was said with a hashtag on one day (UTC, in seconds since 1970): in how many public posts, by how many actors."""

    begins: int
    posts: int
    actors: int


def history(tx: Tx, folded: list[str], now: int) -> dict[str, list[Day]]:
    """For each tag (in the form by which it is found) the last seven days, today first. `now` in milliseconds."""
    today = now // DAY_MS
    days = range(today, today - DAYS, -1)
    found = tx.execute(_USES, {"forms": folded, "first": first_of(days[-1] * DAY_MS)}) if folded else ()
    uses = {(form, day): (posts, actors) for form, day, posts, actors in found}
    return {
        form: [Day(day * DAY_MS // 1000, *uses.get((form, day), (0, 0))) for day in days]
        for form in dict.fromkeys(folded)
    }


def search(tx: Tx, written: str, count: int, skip: int = 0) -> list[Tag]:
    """Hashtags of public posts that begin so, the most used first."""
    beginning = folded_hashtag(written.strip())[: limits.NAME_LENGTH].replace("\x00", "")
    if not beginning or beginning.startswith("@") or " " in beginning:
        return []
    found = tx.execute(_SEARCH, {"beginning": f"{literal(beginning)}%", "count": count, "skip": skip})
    return [Tag(row.name, row.folded) for row in found]
