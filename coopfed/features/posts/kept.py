"""Posts that are kept to be posted: at a time, or when an editor agrees (see `scheduled`, `approval`). Units of work, and the posting.

What may be said is asked again when it is posted: the draft was checked when it was written, its author's role and what it answers
may be gone.
"""

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, replace
from typing import Any

import orjson
from sqlalchemy import and_, bindparam, delete, func, insert, or_, select, update

from actors.lookup import ActorRow
from actors.lookup import by_id as actor_by_id
from actors.roles import may_publish, may_write
from coopfed import limits
from coopfed.db import jobs
from coopfed.db.models import ScheduledMedia, ScheduledStatus
from coopfed.db.tx import Tx, table
from coopfed.errors import InvalidInput, NotFound, Overtaken
from coopfed.features.accounts.store import roles_at
from coopfed.features.consent.rules import QuotePolicy
from coopfed.features.media import actions as files
from coopfed.features.media import store as media
from coopfed.features.media.store import MediaRow
from coopfed.features.posts.actions import create_post
from coopfed.features.posts.defaults import needs_approval
from coopfed.features.posts.rules import Draft, PollDraft, checked
from coopfed.features.posts.store import PostRow
from coopfed.node import Node, Stamp
from coopfed.vocab.audience import Visibility

POST_SCHEDULED = "post_scheduled"

scheduled, scheduled_media = table(ScheduledStatus), table(ScheduledMedia)
_FIELDS = ("id", "actor_id", "account_id", "draft", "due_at", "waiting", "approved_by")
_COLUMNS = tuple(scheduled.c[name] for name in _FIELDS)
_mine, _this = scheduled.c.actor_id == bindparam("owner"), scheduled.c.id == bindparam("which")
_stretch = and_(scheduled.c.id < bindparam("below"), scheduled.c.id > bindparam("above"))
_BY_ID = select(*_COLUMNS).where(_this)
_COUNT = select(func.count()).select_from(scheduled).where(_mine)
_COUNT_WAITING = _COUNT.where(scheduled.c.waiting)
_FOR_LATER = (
    select(*_COLUMNS)
    .where(_mine, _stretch, or_(~scheduled.c.waiting, scheduled.c.due_at > bindparam("now")))
    .order_by(scheduled.c.id.desc())
    .limit(bindparam("count"))
)
_WAITING = (
    select(*_COLUMNS)
    .where(_mine, _stretch, scheduled.c.waiting)
    .order_by(scheduled.c.id.desc())
    .limit(bindparam("count"))
)
_ADD, _HOLD = insert(scheduled), insert(scheduled_media)
_RELEASE = delete(scheduled_media).where(scheduled_media.c.scheduled_id == bindparam("which"))
_HELD = select(scheduled_media.c.media_id).where(
    scheduled_media.c.media_id.in_(bindparam("ids", expanding=True)), scheduled_media.c.scheduled_id != bindparam("by")
)
_MOVE = update(scheduled).where(_mine, _this).values(due_at=bindparam("due"))
_REWRITE = update(scheduled).where(_this, scheduled.c.approved_by.is_(None)).values(draft=bindparam("new_draft"))
_WAIT = update(scheduled).where(_this, scheduled.c.approved_by.is_(None)).values(waiting=True)
_APPROVE = update(scheduled).where(_this, scheduled.c.waiting).values(waiting=False, approved_by=bindparam("who"))
_REMOVE = delete(scheduled).where(_this)


@dataclass(frozen=True, slots=True)
class KeptRow:
    """A post that is kept; `draft` is without its files' records. `due_at` in milliseconds; `waiting` for an editor, or `approved_by`
    one (the account's number)."""

    id: int
    actor_id: int
    account_id: int
    draft: Draft
    due_at: int
    waiting: bool = False
    approved_by: int | None = None

    @property
    def media(self) -> tuple[int, ...]:
        """Numbers of its files."""
        return self.draft.media or ()


def frozen(draft: Draft) -> bytes:
    """The draft as it is stored: JSON of what an author said; the records of files are made anew. Pure."""
    return orjson.dumps(asdict(replace(draft, attachments=None, published=None, translations=dict(draft.translations))))


def version(row: "KeptRow", files: Iterable[MediaRow]) -> str:
    """What stands for the kept post as somebody read it: another one when a word of it, of what its files show, or its time is
    changed. Pure."""
    read = (frozen(row.draft), row.due_at, [(one.id, one.description) for one in files])
    return hashlib.blake2b(repr(read).encode(), digest_size=16).hexdigest()


def thawed(stored: bytes) -> Draft:
    """The draft again. Pure."""
    given: dict[str, Any] = orjson.loads(stored)
    poll = given["poll"]
    asked = PollDraft(**{**poll, "options": tuple(poll["options"])}) if poll is not None else None
    policy = QuotePolicy(given["quote_policy"]) if given["quote_policy"] is not None else None
    named = tuple(given["media"]) if given["media"] is not None else None
    meant = {"visibility": Visibility(given["visibility"]), "quote_policy": policy, "poll": asked, "media": named}
    return Draft(**{**given, **meant})


def keep(
    tx: Tx,
    actor_id: int,
    account_id: int,
    draft: Draft,
    due_at: int,
    stamp: Stamp,
    also: Callable[[Tx, int], None] | None = None,
    *,
    waiting: bool = False,
) -> KeptRow:
    """Keeps the draft with its files; `also` is done with its number. InvalidInput for what could not be posted, for files that wait for
    another one, and when too many wait."""
    checked(draft)
    if int(tx.execute(_COUNT, {"owner": actor_id}).scalar_one()) >= limits.SCHEDULED:
        raise InvalidInput(f"Validation failed: {limits.SCHEDULED} statuses are scheduled already")
    number = stamp.mint(None)
    owner = {"id": number, "actor_id": actor_id, "account_id": account_id}
    tx.execute(_ADD, {**owner, "draft": frozen(draft), "due_at": due_at, "waiting": waiting, "approved_by": None})
    _hold(tx, number, draft)
    if also is not None:
        also(tx, number)
    return one(tx, actor_id, number)


def _hold(tx: Tx, number: int, draft: Draft) -> None:
    named = list(draft.media or ())
    if named and tx.execute(_HELD, {"ids": named, "by": number}).first() is not None:
        raise InvalidInput("Validation failed: Cannot attach files of another scheduled status")
    tx.execute(_RELEASE, {"which": number})
    if named:
        tx.execute(_HOLD, [{"media_id": media_id, "scheduled_id": number} for media_id in named])


def rewrite(tx: Tx, row: KeptRow, draft: Draft) -> KeptRow:
    """The kept post says this now. InvalidInput as `keep`; Overtaken when an editor agreed to what it said at this moment."""
    checked(draft)
    if tx.execute(_REWRITE, {"which": row.id, "new_draft": frozen(draft)}).rowcount != 1:
        raise Overtaken("an editor agreed at this moment")
    _hold(tx, row.id, draft)
    return one(tx, row.actor_id, row.id)


def plan(tx: Tx, number: int, due_at: int, stamp: Stamp) -> None:
    """A job posts it then."""
    # With its time: a job for a time that was changed finds nothing to do.
    jobs.enqueue(tx, stamp.mint(None), POST_SCHEDULED, f"{number} {due_at}", due_at)


def for_later(tx: Tx, actor_id: int, now: int, count: int, below: int | None, above: int) -> list[KeptRow]:
    """What is to be posted as this actor at a time, with numbers below `below` and above `above`, the last written first."""
    return _some(tx, _FOR_LATER, {"owner": actor_id, "now": now}, count, below, above)


def waiting(tx: Tx, actor_id: int, count: int, below: int | None, above: int) -> list[KeptRow]:
    """What waits for an editor of this actor, with numbers below `below` and above `above`, the last written first."""
    return _some(tx, _WAITING, {"owner": actor_id}, count, below, above)


def _some(tx: Tx, statement: Any, which: dict[str, int], count: int, below: int | None, above: int) -> list[KeptRow]:
    stretch = {"below": below or limits.NUMBER_MAX, "above": above, "count": count}
    return [_row(row) for row in tx.execute(statement, {**which, **stretch})]


def count_waiting(tx: Tx, actor_id: int) -> int:
    """How many posts wait for an editor of this actor."""
    return int(tx.execute(_COUNT_WAITING, {"owner": actor_id}).scalar_one())


def one(tx: Tx, actor_id: int, number: int) -> KeptRow:
    """A kept post of this actor. NotFound when there is none with this number."""
    row = by_id(tx, number)
    if row is None or row.actor_id != actor_id:
        raise NotFound(f"no scheduled status {number} of this actor")
    return row


def by_id(tx: Tx, number: int) -> KeptRow | None:
    """The kept post with this number, whoever's it is."""
    row = tx.execute(_BY_ID, {"which": number}).one_or_none()
    return None if row is None else _row(row)


def move(tx: Tx, actor_id: int, number: int, due_at: int) -> KeptRow:
    """It is posted then. NotFound as `one`."""
    one(tx, actor_id, number)
    tx.execute(_MOVE, {"owner": actor_id, "which": number, "due": due_at})
    return one(tx, actor_id, number)


def cancel(tx: Tx, actor_id: int, number: int) -> None:
    """It is not posted. NotFound as `one`."""
    one(tx, actor_id, number)
    take(tx, number)


def take(tx: Tx, number: int) -> bool:
    """It is kept no more. Whether it was."""
    return bool(tx.execute(_REMOVE, {"which": number}).rowcount)


def let_wait(tx: Tx, number: int) -> bool:
    """It waits for an editor from now on. Whether it does: one may have agreed already."""
    return bool(tx.execute(_WAIT, {"which": number}).rowcount)


def approve(tx: Tx, number: int, account_id: int) -> bool:
    """An editor agrees. Whether it was still waiting for one."""
    return bool(tx.execute(_APPROVE, {"which": number, "who": account_id}).rowcount)


def files_of(tx: Tx, row: KeptRow) -> list[MediaRow]:
    """The files that wait with it."""
    return media.by_ids(tx, list(row.media))


async def post(node: Node, row: KeptRow) -> PostRow:
    """Posts it, once. NotFound when whoever wrote it may not speak as the actor any more, NeedsApproval when an editor has to agree first,
    Overtaken when it was posted or taken back at this moment; and whatever posting raises."""
    author = await node.db.read(_author, row)
    kept = [one for one in await node.db.read(media.by_ids, list(row.media)) if one.ready and one.object_id is None]
    records = tuple(files.record(one, node.urls) for one in kept)
    draft = replace(row.draft, attachments=records or None, media=tuple(one.id for one in kept))

    def taken(tx: Tx, _number: int) -> None:
        if not take(tx, row.id):
            raise Overtaken("it was posted or taken back at this moment")

    return await create_post(node, author, draft, row.account_id, also=taken)


class NeedsApproval(InvalidInput):
    """An editor has to agree first."""

    reason = "needs_approval"


def _author(tx: Tx, row: KeptRow) -> ActorRow:
    author, roles = actor_by_id(tx, row.actor_id), roles_at(tx, row.account_id).get(row.actor_id, frozenset())
    if author is None or author.gone_at is not None or author.suspended or not may_write(roles):
        raise NotFound("whoever wrote it may not speak as this actor any more")
    if row.approved_by is None and not may_publish(roles, needs_approval=needs_approval(tx, row.actor_id)):
        raise NeedsApproval("an editor of this actor has to agree first")
    return author


def _row(row: Any) -> KeptRow:
    return KeptRow(
        row.id, row.actor_id, row.account_id, thawed(row.draft), row.due_at, bool(row.waiting), row.approved_by
    )
