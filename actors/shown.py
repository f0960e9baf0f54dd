"""Actors with what is shown of them wherever they stand: profile, last word, and whether the operators limited them. A unit of work.

One statement for everybody on a page. The same people stand on page after page, so that what was made of a row is kept, and given
again while the row is the same in everything that was asked for.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sqlalchemy import bindparam, literal_column, select

from actors.lookup import COLUMNS, ActorRow, actor
from actors.profile import COLUMNS as PROFILE_COLUMNS
from actors.profile import NONE, ProfileRow, made_of, profile
from actors.visibility import limited, object_
from coopfed.db.rows import plain
from coopfed.db.tx import Tx

_KEPT = 2_000


@dataclass(frozen=True, slots=True, eq=False)
class ShownActor:
    """An actor, its profile (an empty one where it has none), when it last said something that everybody may see (milliseconds), and
    whether the operators limited it or its host. Equal only to itself: what is made of it can be kept by it."""

    actor: ActorRow
    profile: ProfileRow = NONE
    last_at: int | None = None
    limited: bool = False


# For each by itself: the index of (actor, post) ends with the newest.
_last_at = (
    select(object_.c.published_at)
    .where(
        object_.c.actor_id == actor.c.id,
        object_.c.deleted_at.is_(None),
        object_.c.consent == literal_column("''"),
        object_.c.visibility.in_([literal_column("'public'"), literal_column("'unlisted'")]),
    )
    .order_by(object_.c.id.desc())
    .limit(literal_column("1"))
    .scalar_subquery()
)
_SHOWN = (
    select(*COLUMNS, *PROFILE_COLUMNS, _last_at.label("last_at"), limited(actor.c.id).label("is_limited"))
    .outerjoin(profile, profile.c.actor_id == actor.c.id)
    .where(actor.c.id.in_(bindparam("ids", expanding=True)))
)
_ACTOR, _PROFILE = len(COLUMNS), len(COLUMNS) + len(PROFILE_COLUMNS)


def shown_actors(tx: Tx, ids: list[int]) -> dict[int, ShownActor]:
    """The actors with these numbers, as they are shown."""
    return {row[0]: _shown(row) for row in plain(tx.execute(_SHOWN, {"ids": ids}))} if ids else {}


@lru_cache(_KEPT)
def _shown(row: tuple[Any, ...]) -> ShownActor:
    of_profile = row[_ACTOR:_PROFILE]
    shown = NONE if of_profile[0] is None else made_of(*of_profile)
    return ShownActor(ActorRow(*row[:_ACTOR]), shown, row[_PROFILE], bool(row[_PROFILE + 1]))
