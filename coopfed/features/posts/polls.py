"""The poll of a post: its rows, and what becomes of them when its author says more. Units of work.

Who votes, and how that is counted and told, is `coopfed.features.polls`.
"""

import html
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import BindParameter, bindparam, delete, select, update
from sqlalchemy.dialects.postgresql import insert

from actors.lookup import actor
from coopfed import limits
from coopfed.clock import utc
from coopfed.db import jobs
from coopfed.db.models import Poll, PollOption, PollVote
from coopfed.db.tx import Tx, table
from coopfed.features import notifications
from coopfed.features.posts.rules import PollDraft
from coopfed.features.posts.store import PostRow
from coopfed.node import Stamp
from coopfed.text.sanitise import plain
from coopfed.vocab import polls as documents
from coopfed.vocab.build import Document
from coopfed.vocab.records import PollRecord

CLOSE_POLL, REFRESH_POLL = "close_poll", "refresh_poll"

poll, option, vote = table(Poll), table(PollOption), table(PollVote)
_ids: BindParameter[int] = bindparam("ids", expanding=True)


@dataclass(frozen=True, slots=True)
class OptionRow:
    """What can be chosen, as its author wrote it, and how often it was, as far as that is known."""

    title: str
    votes: int

    @property
    def shown(self) -> str:
        """The title for people: without what turns the direction of what follows."""
        return plain(html.escape(self.title))


@dataclass(frozen=True, slots=True)
class PollRow:
    """A poll as the rest of the program reads it; see `coopfed.db.models.polls`. Moments in milliseconds."""

    object_id: int
    multiple: bool
    hide_totals: bool
    ends_at: int | None
    closed_at: int | None = None
    voters_count: int | None = None
    tell_at: int | None = None
    refreshed_at: int | None = None
    options: tuple[OptionRow, ...] = ()

    @property
    def titles(self) -> tuple[str, ...]:
        """What can be chosen, in its author's order."""
        return tuple(option.title for option in self.options)

    @property
    def hidden(self) -> bool:
        """Whether the counts are nobody's business yet."""
        return self.hide_totals and self.closed_at is None

    def over(self, now: int) -> bool:
        """Whether it is too late to vote at that moment."""
        return self.closed_at is not None or (self.ends_at is not None and self.ends_at <= now)


_COLUMNS = tuple(poll.c[name] for name in PollRow.__dataclass_fields__ if name != "options")
_OF = select(*_COLUMNS).where(poll.c.object_id.in_(_ids))
_OPTIONS = (
    select(option.c.object_id, option.c.title, option.c.votes_count)
    .where(option.c.object_id.in_(_ids))
    .order_by(option.c.object_id, option.c.position)
)
# Writing nothing new, but writing: two votes at one moment must not both count from what was before (PostgreSQL 13.2.2).
_TAKE_HOLD = update(poll).where(poll.c.object_id == bindparam("post")).values(multiple=poll.c.multiple)
_INSERT = insert(poll).on_conflict_do_nothing()
_INSERT_OPTION = insert(option)
_CHANGE = (
    update(poll)
    .where(poll.c.object_id == bindparam("post"))
    .values(
        {
            name: bindparam(f"new_{name}")
            for name in PollRow.__dataclass_fields__
            if name not in ("object_id", "options")
        }
    )
)
_SET_TELL_AT = update(poll).where(poll.c.object_id == bindparam("post")).values(tell_at=bindparam("moment"))
_SET_REFRESHED_AT = update(poll).where(poll.c.object_id == bindparam("post")).values(refreshed_at=bindparam("moment"))
_COUNT = (
    update(option)
    .where(option.c.object_id == bindparam("post"), option.c.position == bindparam("place"))
    .values(votes_count=bindparam("votes"))
)
_NO_OPTIONS = delete(option).where(option.c.object_id == bindparam("post"))
_NO_VOTES = delete(vote).where(vote.c.object_id == bindparam("post"))
_DELETE = delete(poll).where(poll.c.object_id == bindparam("post"))
_VOTERS_HERE = (
    select(vote.c.actor_id)
    .join(actor, actor.c.id == vote.c.actor_id)
    .where(vote.c.object_id == bindparam("post"), actor.c.local, actor.c.gone_at.is_(None))
    .distinct()
)


def of(tx: Tx, post_id: int) -> PollRow | None:
    """The poll of the post with this number."""
    return of_posts(tx, [post_id]).get(post_id)


def of_posts(tx: Tx, ids: Sequence[int]) -> dict[int, PollRow]:
    """The polls of those of the posts that have one."""
    found = [PollRow(*row) for row in tx.execute(_OF, {"ids": ids})] if ids else []
    if not found:
        return {}
    options: dict[int, list[OptionRow]] = {}
    for number, title, votes in tx.execute(_OPTIONS, {"ids": [row.object_id for row in found]}):
        options.setdefault(number, []).append(OptionRow(title, votes))
    return {row.object_id: replace(row, options=tuple(options.get(row.object_id, ()))) for row in found}


def held(tx: Tx, post_id: int) -> PollRow | None:
    """As `of`; whoever else changes this poll at the same moment waits, or begins anew."""
    return of(tx, post_id) if tx.execute(_TAKE_HOLD, {"post": post_id}).rowcount else None


def add(tx: Tx, row: PollRow, stamp: Stamp) -> None:
    """Stores the poll of a post that is stored, and sees to its end."""
    values = {name: getattr(row, name) for name in PollRow.__dataclass_fields__ if name != "options"}
    if tx.execute(_INSERT, values).rowcount:
        _add_options(tx, row)
        _close_then(tx, row, stamp)


def _add_options(tx: Tx, row: PollRow) -> None:
    tx.execute(
        _INSERT_OPTION,
        [
            {"object_id": row.object_id, "position": position, "title": option.title, "votes_count": option.votes}
            for position, option in enumerate(row.options)
        ],
    )


def _close_then(tx: Tx, row: PollRow, stamp: Stamp) -> None:
    if row.ends_at is not None and row.closed_at is None:
        jobs.enqueue(tx, stamp.mint(None), CLOSE_POLL, f"{row.object_id} {row.ends_at}", row.ends_at)


def change(tx: Tx, row: PollRow) -> None:
    """Stores what is changed of a poll, but for its options."""
    values = {
        f"new_{name}": getattr(row, name)
        for name in PollRow.__dataclass_fields__
        if name not in ("object_id", "options")
    }
    tx.execute(_CHANGE, {"post": row.object_id, **values})


def close(tx: Tx, row: PollRow) -> PollRow:
    """The poll is over at its end. The row as it is now."""
    over = replace(row, closed_at=row.ends_at, tell_at=None)
    change(tx, over)
    return over


def set_tell_at(tx: Tx, post_id: int, moment: int | None) -> None:
    """Notes when the results will be told; None: nothing is to be told."""
    tx.execute(_SET_TELL_AT, {"post": post_id, "moment": moment})


def set_refreshed_at(tx: Tx, post_id: int, moment: int) -> None:
    """Notes when the counts of a peer's poll were asked for."""
    tx.execute(_SET_REFRESHED_AT, {"post": post_id, "moment": moment})


def ask_anew(tx: Tx, row: PollRow, stamp: Stamp) -> None:
    """Replaces the poll by another one: no vote in the former one counts."""
    tx.execute(_NO_VOTES, {"post": row.object_id})
    tx.execute(_NO_OPTIONS, {"post": row.object_id})
    change(tx, row)
    _add_options(tx, row)
    _close_then(tx, row, stamp)


def prolong(tx: Tx, row: PollRow, stamp: Stamp) -> None:
    """Stores what is changed of a poll, and sees to its end, which may be another one."""
    change(tx, row)
    _close_then(tx, row, stamp)


def asked(draft: PollDraft, post_id: int, stamp: Stamp) -> PollRow:
    """A poll of ours as it begins."""
    return PollRow(
        object_id=post_id,
        multiple=draft.multiple,
        hide_totals=draft.hide_totals,
        ends_at=stamp.now + stamp.clock.span(draft.expires_in),
        voters_count=0,
        options=tuple(OptionRow(title, 0) for title in draft.options),
    )


def revise(tx: Tx, post_id: int, draft: PollDraft | None, stamp: Stamp) -> tuple[PollRow | None, PollRow | None]:
    """The poll of a post of ours before and after its edit. Without a draft it stays.

    Other options or another mode are another poll, in which nobody has voted; with the same ones it may end at another time, but one
    that is over stays so. Source: Mastodon's rule; s2s research 2.9.
    """
    before = held(tx, post_id)
    if draft is None:
        return before, before
    after = asked(draft, post_id, stamp)
    if before is None:
        add(tx, after, stamp)
    elif (draft.options, draft.multiple) != (before.titles, before.multiple):
        ask_anew(tx, after, stamp)
    elif not before.over(stamp.now):
        after = replace(before, ends_at=after.ends_at, hide_totals=after.hide_totals)
        prolong(tx, after, stamp)
    else:
        after = before
    return before, after


def read(record: PollRecord, post_id: int, now: int) -> PollRow:
    """A peer's poll as it is stored. Who tells no counts hides them."""
    ends_at = _milliseconds(record.ends_at)
    if ends_at is not None and ends_at > now + limits.POLL_END_SECONDS * 1000:
        ends_at = None
    since = record.closed if isinstance(record.closed, datetime) else None
    closed_at = now if record.closed is True else _milliseconds(since)
    if closed_at is None or closed_at > now:
        closed_at = ends_at if ends_at is not None and ends_at <= now else None
    return PollRow(
        object_id=post_id,
        multiple=record.multiple,
        hide_totals=all(option.votes is None for option in record.options),
        ends_at=ends_at,
        closed_at=closed_at,
        voters_count=min(record.voters, _MOST) if record.voters is not None else None,
        refreshed_at=now,
        options=tuple(OptionRow(option.title, min(option.votes or 0, _MOST)) for option in record.options),
    )


_MOST = 2_000_000_000
"""Counts are 32 bits wide; votes of ours come on top of what a peer says."""


def _milliseconds(moment: datetime | None) -> int | None:
    return None if moment is None else max(0, int(moment.timestamp() * 1000))


def take(tx: Tx, post: PostRow, record: PollRecord | None, stamp: Stamp, *, edit: bool) -> bool:
    """Takes what a peer now says of the poll of its post. Whether anything changed.

    Other options or another mode are another poll, and come only with an edit; counts and the end come without one.
    Source: s2s research 2.9, as Mastodon does.
    """
    stored = held(tx, post.id)
    if record is None:
        return edit and stored is not None and bool(tx.execute(_DELETE, {"post": post.id}).rowcount)
    said = read(record, post.id, stamp.now)
    if stored is None:
        if edit or post.type == "Question":
            add(tx, said, stamp)
        return edit or post.type == "Question"
    if (said.titles, said.multiple) != (stored.titles, stored.multiple):
        if edit:
            ask_anew(tx, said, stamp)
        return edit
    if said.ends_at == stored.ends_at and stored.closed_at is not None:
        # What was sent before the end may come after it.
        said = replace(said, closed_at=stored.closed_at)
    prolong(tx, said, stamp)
    for position, option in enumerate(said.options):
        if option != stored.options[position]:
            tx.execute(_COUNT, {"post": post.id, "place": position, "votes": option.votes})
    if stored.closed_at is None and said.closed_at is not None:
        tell_end(tx, said, post, stamp)
    return replace(said, refreshed_at=None) != replace(stored, refreshed_at=None)


def tell_end(tx: Tx, row: PollRow, post: PostRow, stamp: Stamp) -> None:
    """Notifies those of ours who voted in a poll that is over, and its author, if of ours."""
    readers = list(tx.execute(_VOTERS_HERE, {"post": row.object_id}).scalars())
    subject = f"{post.uri}#{row.closed_at}"
    for reader in [*readers, *([post.actor_id] if post.local else [])]:
        notifications.notify(tx, reader, notifications.POLL, post.actor_id, subject, stamp, object_id=post.id)


def question(note: Document, row: PollRow) -> Document:
    """The document of a post of ours as it asks this poll, with its counts as far as they are to be seen."""
    return documents.question(
        note,
        [(option.title, None if row.hidden else option.votes) for option in row.options],
        multiple=row.multiple,
        ends_at=_utc(row.ends_at),
        closed=_utc(row.closed_at),
        voters=None if row.hidden else row.voters_count,
    )


def _utc(milliseconds: int | None) -> datetime | None:
    return None if milliseconds is None else utc(milliseconds)


def voters_here(tx: Tx, post_id: int) -> bool:
    """Whether one of ours voted."""
    return tx.execute(_VOTERS_HERE, {"post": post_id}).first() is not None
