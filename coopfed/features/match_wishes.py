"""What is to be done about matches later: mails, as often as the people of an actor want them, and a look at who fits a request that is new
or has changed; see `coopfed.features.matching`. Units of work."""

from enum import StrEnum

from sqlalchemy import bindparam, delete, select
from sqlalchemy.dialects.postgresql import insert

from coopfed import limits
from coopfed.clock import DAY_MS
from coopfed.db import jobs
from coopfed.db.models import MatchDigest
from coopfed.db.tx import Tx, table
from coopfed.node import Stamp

SEND_MATCHES, TELL_MATCHES = "send_matches", "tell_matches"


class Rhythm(StrEnum):
    """How often. Source: API contract 3, `match_digest`."""

    NONE = "none"
    DAILY = "daily"
    WEEKLY = "weekly"

    @property
    def days(self) -> int:
        """From one mail to the next; 0 for none."""
        return _DAYS[self]


_DAYS = {Rhythm.NONE: 0, Rhythm.DAILY: 1, Rhythm.WEEKLY: 7}

digest = table(MatchDigest)
_OF = select(digest.c.rhythm).where(digest.c.actor_id == bindparam("whose"))
_DUE = select(digest.c.due_at).where(digest.c.actor_id == bindparam("whose"))
_PUT = insert(digest)
_PUT = _PUT.on_conflict_do_update(
    index_elements=["actor_id"], set_={"rhythm": _PUT.excluded.rhythm, "due_at": _PUT.excluded.due_at}
)
_END = delete(digest).where(digest.c.actor_id == bindparam("whose"))


def rhythm_of(tx: Tx, actor_id: int) -> Rhythm:
    """How often the actor's people are mailed. Nobody is who did not ask for it."""
    found = tx.execute(_OF, {"whose": actor_id}).scalar_one_or_none()
    return Rhythm(found) if found is not None else Rhythm.NONE


def due_at(tx: Tx, actor_id: int) -> int | None:
    """When the next mail is due (milliseconds); None when none is wanted."""
    found: int | None = tx.execute(_DUE, {"whose": actor_id}).scalar_one_or_none()
    return found


def want(tx: Tx, actor_id: int, rhythm: Rhythm, stamp: Stamp) -> None:
    """They are mailed so often from now on; the first mail comes after that time. What is so already stays as it is."""
    if rhythm is rhythm_of(tx, actor_id):
        return
    if rhythm is Rhythm.NONE:
        tx.execute(_END, {"whose": actor_id})
    else:
        plan(tx, actor_id, rhythm, stamp)


def plan(tx: Tx, actor_id: int, rhythm: Rhythm, stamp: Stamp) -> None:
    """Leaves the job of the next mail."""
    due = stamp.now + stamp.clock.span(rhythm.days * DAY_MS // 1000)
    tx.execute(_PUT, {"actor_id": actor_id, "rhythm": rhythm.value, "due_at": due})
    again(tx, actor_id, due, stamp)


def again(tx: Tx, actor_id: int, due: int, stamp: Stamp) -> None:
    """The job of the next mail comes then."""
    jobs.enqueue(tx, stamp.mint(None), SEND_MATCHES, str(actor_id), due)


def end(tx: Tx, actor_id: int) -> None:
    """The actor is gone: nobody is mailed any more."""
    tx.execute(_END, {"whose": actor_id})


def look_soon(tx: Tx, request_id: int, stamp: Stamp) -> None:
    """Leaves the job that tells who has a strong match in this request; the post beside it may be on its way yet."""
    due = stamp.now + stamp.clock.span(limits.MATCH_SOON_SECONDS)
    jobs.enqueue(tx, stamp.mint(None), TELL_MATCHES, str(request_id), due)
