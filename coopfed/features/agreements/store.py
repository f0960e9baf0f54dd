"""Rows of stories: what each side of an agreement would like to tell, and which of it counts. Units of work, but where they say Pure."""

from dataclasses import dataclass, replace

from sqlalchemy import bindparam, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from coopfed.db.models import Story
from coopfed.db.tx import Tx, table
from coopfed.features.requests.agreements import Held
from coopfed.features.requests.rules import Agreement

PROPOSED, PUBLISHED, REFUSED = "proposed", "published", "refused"

story = table(Story)


@dataclass(frozen=True, slots=True)
class StoryRow:
    """What one side would like to tell; see `coopfed.db.models.requests`."""

    id: int
    uri: str
    agreement_id: int
    actor_id: int
    account_id: int | None
    state: str
    content: str
    source: str
    language: str | None
    post_uri: str | None
    document: bytes
    written_at: int
    updated_at: int


_FIELDS = tuple(StoryRow.__dataclass_fields__)
_SELECT = select(*(story.c[name] for name in _FIELDS))
_BY_ID = _SELECT.where(story.c.id == bindparam("which"))
_BY_URI = _SELECT.where(story.c.uri == bindparam("uri"))
_OF = _SELECT.where(story.c.agreement_id.in_(bindparam("ids", expanding=True))).order_by(
    story.c.written_at, story.c.uri
)
_ADD = upsert(story).on_conflict_do_nothing(index_elements=["uri"])
_MOVE = (
    update(story)
    .where(story.c.id == bindparam("which"))
    .values(state=bindparam("new_state"), post_uri=bindparam("post"), updated_at=bindparam("now"))
)


def by_uri(tx: Tx, uri: str) -> StoryRow | None:
    """The story that was offered so (the id of the Offer)."""
    row = tx.execute(_BY_URI, {"uri": uri}).one_or_none()
    return None if row is None else StoryRow(*row)


def of_agreements(tx: Tx, ids: list[int]) -> dict[int, list[StoryRow]]:
    """All that was offered for these agreements, the first written first."""
    found: dict[int, list[StoryRow]] = {}
    for row in tx.execute(_OF, {"ids": ids}) if ids else ():
        found.setdefault(row.agreement_id, []).append(StoryRow(*row))
    return found


def current(rows: list[StoryRow]) -> StoryRow | None:
    """The one that counts: what was published, else the first that waits, else the last that was refused. Pure."""
    for state in (PUBLISHED, PROPOSED):
        if found := next((row for row in rows if row.state == state), None):
            return found
    return rows[-1] if rows else None


def allowed(one: Held, actor_id: int, now: StoryRow | None) -> tuple[str, ...]:
    """What this side may do about the story now. Pure."""
    if one.row.status != Agreement.FULFILLED:
        return ()
    if now is None or now.state == REFUSED:
        return ("story",)
    return ("story/accept", "story/reject") if now.state == PROPOSED and now.actor_id != actor_id else ()


def add(tx: Tx, row: StoryRow) -> bool:
    """Stores what is offered. Whether it is new here."""
    return bool(tx.execute(_ADD, {name: getattr(row, name) for name in _FIELDS}).rowcount == 1)


def get(tx: Tx, id: int) -> StoryRow | None:
    """The story with this number."""
    row = tx.execute(_BY_ID, {"which": id}).one_or_none()
    return None if row is None else StoryRow(*row)


def move(tx: Tx, row: StoryRow, state: str, post_uri: str | None, now: int) -> StoryRow:
    """It stands there now, posted under this id, if it is. The row as it is stored."""
    tx.execute(_MOVE, {"which": row.id, "new_state": state, "post": post_uri, "now": now})
    return replace(row, state=state, post_uri=post_uri, updated_at=now)


def now_of(tx: Tx, one: Held) -> StoryRow | None:
    """The story of an agreement that counts now."""
    return current(of_agreements(tx, [one.row.id]).get(one.row.id, []))
