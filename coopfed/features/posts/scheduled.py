"""Statuses for later: kept as drafts, and posted by a job when their time has come.

What may be said is asked again then: the draft was checked when it was written, its author's role and what it answers may be gone.
"""

from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from typing import Any

import orjson
from sqlalchemy import bindparam, delete, func, insert, select, update

from actors.lookup import by_id as actor_by_id
from actors.roles import may_publish
from coopfed import limits
from coopfed.db import jobs
from coopfed.db.models import ScheduledMedia, ScheduledStatus
from coopfed.db.tx import Tx, table
from coopfed.errors import CoopFedError, InvalidInput, NotFound, StorageError, Unavailable
from coopfed.features.accounts.store import roles_at
from coopfed.features.consent.rules import QuotePolicy
from coopfed.features.media import actions as files
from coopfed.features.media import store as media
from coopfed.features.media.store import MediaRow
from coopfed.features.posts.actions import create_post
from coopfed.features.posts.rules import Draft, PollDraft, checked
from coopfed.node import Node, Stamp
from coopfed.observe.logs import logger
from coopfed.vocab.audience import Visibility

POST_SCHEDULED = "post_scheduled"

log = logger("scheduled")
scheduled, scheduled_media = table(ScheduledStatus), table(ScheduledMedia)
_COLUMNS = (scheduled.c.id, scheduled.c.actor_id, scheduled.c.account_id, scheduled.c.draft, scheduled.c.due_at)
_mine = scheduled.c.actor_id == bindparam("owner")
_BY_ID = select(*_COLUMNS).where(scheduled.c.id == bindparam("which"))
_COUNT = select(func.count()).select_from(scheduled).where(_mine)
_LIST = (
    select(*_COLUMNS)
    .where(_mine, scheduled.c.id < bindparam("below"), scheduled.c.id > bindparam("above"))
    .order_by(scheduled.c.id.desc())
    .limit(bindparam("count"))
)
_ADD, _HOLD = insert(scheduled), insert(scheduled_media)
_HELD = select(scheduled_media.c.media_id).where(scheduled_media.c.media_id.in_(bindparam("ids", expanding=True)))
_MOVE = update(scheduled).where(_mine, scheduled.c.id == bindparam("which")).values(due_at=bindparam("due"))
_REMOVE = delete(scheduled).where(scheduled.c.id == bindparam("which"))


@dataclass(frozen=True, slots=True)
class ScheduledRow:
    """A status for later; `draft` is without its files' records. `due_at` in milliseconds."""

    id: int
    actor_id: int
    account_id: int
    draft: Draft
    due_at: int

    @property
    def media(self) -> tuple[int, ...]:
        """Numbers of its files."""
        return self.draft.media or ()


def frozen(draft: Draft) -> bytes:
    """The draft as it is stored: JSON of what an author said; the records of files are made anew. Pure."""
    return orjson.dumps(asdict(replace(draft, attachments=None, published=None, translations=dict(draft.translations))))


def thawed(stored: bytes) -> Draft:
    """The draft again. Pure."""
    given: dict[str, Any] = orjson.loads(stored)
    poll = given["poll"]
    asked = PollDraft(**{**poll, "options": tuple(poll["options"])}) if poll is not None else None
    policy = QuotePolicy(given["quote_policy"]) if given["quote_policy"] is not None else None
    named = tuple(given["media"]) if given["media"] is not None else None
    meant = {"visibility": Visibility(given["visibility"]), "quote_policy": policy, "poll": asked, "media": named}
    return Draft(**{**given, **meant})


def due(moment: int, now: int) -> int:
    """The moment (milliseconds), when it is far enough ahead. InvalidInput else. Pure."""
    if moment < now + limits.SCHEDULE_AHEAD_SECONDS * 1000:
        raise InvalidInput("Validation failed: Scheduled at The scheduled date must be in the future")
    return moment


def schedule(
    tx: Tx,
    actor_id: int,
    account_id: int,
    draft: Draft,
    due_at: int,
    stamp: Stamp,
    also: Callable[[Tx, int], None] | None = None,
) -> ScheduledRow:
    """Keeps the draft until then, with its files; `also` is done with its number. InvalidInput for what could not be posted, for files
    that wait for another one, and when too many wait."""
    checked(draft)
    if int(tx.execute(_COUNT, {"owner": actor_id}).scalar_one()) >= limits.SCHEDULED:
        raise InvalidInput(f"Validation failed: {limits.SCHEDULED} statuses are scheduled already")
    named = list(draft.media or ())
    if named and tx.execute(_HELD, {"ids": named}).first() is not None:
        raise InvalidInput("Validation failed: Cannot attach files of another scheduled status")
    number = stamp.mint(None)
    owner = {"id": number, "actor_id": actor_id, "account_id": account_id}
    tx.execute(_ADD, {**owner, "draft": frozen(draft), "due_at": due_at})
    if named:
        tx.execute(_HOLD, [{"media_id": media_id, "scheduled_id": number} for media_id in named])
    _plan(tx, number, due_at, stamp)
    if also is not None:
        also(tx, number)
    return one(tx, actor_id, number)


def _plan(tx: Tx, number: int, due_at: int, stamp: Stamp) -> None:
    # With its time: a job for a time that was changed finds nothing to do.
    jobs.enqueue(tx, stamp.mint(None), POST_SCHEDULED, f"{number} {due_at}", due_at)


def of_actor(tx: Tx, actor_id: int, count: int, below: int | None, above: int) -> list[ScheduledRow]:
    """What waits to be posted as this actor, with numbers below `below` and above `above`, the last written first."""
    stretch = {"below": below or limits.NUMBER_MAX, "above": above, "count": count}
    return [_row(row) for row in tx.execute(_LIST, {"owner": actor_id, **stretch})]


def one(tx: Tx, actor_id: int, number: int) -> ScheduledRow:
    """A status for later of this actor. NotFound when there is none with this number."""
    row = by_id(tx, number)
    if row is None or row.actor_id != actor_id:
        raise NotFound(f"no scheduled status {number} of this actor")
    return row


def by_id(tx: Tx, number: int) -> ScheduledRow | None:
    """The status for later with this number, whoever's it is."""
    row = tx.execute(_BY_ID, {"which": number}).one_or_none()
    return None if row is None else _row(row)


def move(tx: Tx, actor_id: int, number: int, due_at: int, stamp: Stamp) -> ScheduledRow:
    """It is posted then. NotFound as `one`."""
    one(tx, actor_id, number)
    tx.execute(_MOVE, {"owner": actor_id, "which": number, "due": due_at})
    _plan(tx, number, due_at, stamp)
    return one(tx, actor_id, number)


def cancel(tx: Tx, actor_id: int, number: int) -> None:
    """It is not posted. NotFound as `one`."""
    one(tx, actor_id, number)
    tx.execute(_REMOVE, {"which": number})


async def post_scheduled(node: Node, key: str) -> None:
    """The job `post_scheduled` (key: number and time): posts it, once; what may not be said by now is dropped."""
    number, _, when = key.partition(" ")
    row = await node.db.read(by_id, int(number))
    if row is None or row.due_at != int(when):
        return
    try:
        await _post(node, row)
    except (StorageError, Unavailable):
        raise
    except CoopFedError as error:
        if error.status_code >= 500:
            raise
        log.warning("scheduled_dropped", status=row.id, reason=error.reason, detail=str(error))
        await node.db.write(_take, row.id)


async def _post(node: Node, row: ScheduledRow) -> None:
    author = await node.db.read(actor_by_id, row.actor_id)
    roles = (await node.db.read(roles_at, row.account_id)).get(row.actor_id, frozenset())
    if author is None or author.gone_at is not None or author.suspended or not may_publish(roles):
        raise NotFound("whoever wrote it may not speak as this actor any more")
    kept = [one for one in await node.db.read(media.by_ids, list(row.media)) if one.ready and one.object_id is None]
    records = tuple(files.record(one, node.urls) for one in kept)
    draft = replace(row.draft, attachments=records or None, media=tuple(one.id for one in kept))

    def taken(tx: Tx, _number: int) -> None:
        if not _take(tx, row.id):
            raise NotFound("it was posted or taken back at this moment")

    await create_post(node, author, draft, row.account_id, also=taken)


def _take(tx: Tx, number: int) -> bool:
    return bool(tx.execute(_REMOVE, {"which": number}).rowcount)


def files_of(tx: Tx, row: ScheduledRow) -> list[MediaRow]:
    """The files that wait with it."""
    return media.by_ids(tx, list(row.media))


def _row(row: Any) -> ScheduledRow:
    return ScheduledRow(row.id, row.actor_id, row.account_id, thawed(row.draft), row.due_at)
