"""What is counted for trends, and the rows of those that are. Units of work.

Counted is what is public, of authors who want to be found, and whom nobody limited, suspended or blocked here.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Select,
    bindparam,
    cast,
    delete,
    func,
    insert,
    literal_column,
    select,
)

from actors.lookup import actor
from actors.visibility import commended, object_, present, unmuted, visible
from coopfed import limits
from coopfed.clock import DAY_MS, HOUR_MS
from coopfed.db.models import PostPreview, Preview, Reaction, Trend
from coopfed.db.models.previews import FOUND
from coopfed.db.tx import Tx, table
from coopfed.features.posts.details import hashtag
from coopfed.features.previews.store import PreviewRow
from coopfed.features.tags.figures import DAYS, Day
from coopfed.features.tags.rules import Tag
from coopfed.features.trends import rules
from coopfed.ids import first_of, milliseconds_of

TAG, STATUS, LINK = "tag", "status", "link"

trend, reaction, preview, post_preview = table(Trend), table(Reaction), table(Preview), table(PostPreview)
reactor = actor.alias("reactor")
_ONE: ColumnElement[int] = literal_column("1")


_COUNTED = (
    object_.c.visibility == literal_column("'public'"),
    object_.c.deleted_at.is_(None),
    object_.c.consent == literal_column("''"),
    actor.c.discoverable,
    present(actor),
    object_.c.id >= bindparam("first"),
)
_recent = object_.c.id >= cast(bindparam("recent"), BigInteger)
_TAGS = (
    select(
        hashtag.c.folded,
        func.min(hashtag.c.name),
        _recent.label("now"),
        actor.c.host_id,
        func.count(func.distinct(object_.c.actor_id)),
    )
    .join(object_, object_.c.id == hashtag.c.object_id)
    .join(actor, actor.c.id == object_.c.actor_id)
    .where(hashtag.c.folded.is_not(None), *_COUNTED)
    .group_by(hashtag.c.folded, literal_column("now"), actor.c.host_id)
)
_LINKS = (
    select(
        post_preview.c.preview_id,
        func.min(preview.c.title),
        _recent.label("now"),
        actor.c.host_id,
        func.count(func.distinct(object_.c.actor_id)),
    )
    .join(object_, object_.c.id == post_preview.c.object_id)
    .join(preview, preview.c.id == post_preview.c.preview_id)
    .join(actor, actor.c.id == object_.c.actor_id)
    .where(preview.c.state == literal_column(f"'{FOUND}'"), *_COUNTED)
    .group_by(post_preview.c.preview_id, literal_column("now"), actor.c.host_id)
)
_STATUSES = (
    select(object_.c.id, object_.c.actor_id, reactor.c.host_id, func.count(func.distinct(reaction.c.actor_id)))
    .join(actor, actor.c.id == object_.c.actor_id)
    .join(reaction, reaction.c.object_id == object_.c.id)
    .join(reactor, reactor.c.id == reaction.c.actor_id)
    .where(
        *_COUNTED,
        ~object_.c.sensitive,
        ~actor.c.sensitized,
        object_.c.in_reply_to.is_(None),
        reaction.c.kind.in_([literal_column("'like'"), literal_column("'announce'")]),
        ~reaction.c.pending,
        reaction.c.actor_id != object_.c.actor_id,
        present(reactor),
    )
    .group_by(object_.c.id, object_.c.actor_id, reactor.c.host_id)
)
_CLEAR, _ADD = delete(trend), insert(trend)


def _listed(kind: str) -> Select[Any]:
    return (
        select(trend.c.ref, trend.c.name)
        .where(trend.c.kind == literal_column(f"'{kind}'"))
        .order_by(trend.c.score.desc(), trend.c.ref)
    )


_TRENDING = {kind: _listed(kind) for kind in (TAG, STATUS, LINK)}
_READABLE = select(object_.c.id).where(
    object_.c.id.in_(bindparam("ids", expanding=True)),
    visible(),
    unmuted(object_.c.actor_id),
    commended(object_.c.actor_id),
)
_PREVIEWS = select(
    preview.c.id,
    preview.c.url,
    preview.c.title,
    preview.c.description,
    preview.c.provider,
    preview.c.author,
    preview.c.author_url,
    preview.c.language,
    preview.c.published_at,
).where(preview.c.id.in_(bindparam("ids", expanding=True)), preview.c.state == literal_column(f"'{FOUND}'"))
_day: ColumnElement[int] = literal_column(f"object.id / {first_of(DAY_MS)}")
_LINK_USES = (
    select(post_preview.c.preview_id, _day.label("day"), func.count(), func.count(func.distinct(object_.c.actor_id)))
    .join(object_, object_.c.id == post_preview.c.object_id)
    .join(actor, actor.c.id == object_.c.actor_id)
    .where(
        post_preview.c.preview_id.in_(bindparam("ids", expanding=True)),
        object_.c.id >= bindparam("first"),
        object_.c.visibility == literal_column("'public'"),
        object_.c.deleted_at.is_(None),
        present(actor),
    )
    .group_by(post_preview.c.preview_id, _day)
)
Found = list[tuple[str, str, int]]
"""Reference, name and score."""


@dataclass(frozen=True, slots=True)
class Trends:
    """What is a trend at a moment."""

    tags: Found
    statuses: Found
    links: Found


def computed(tx: Tx, now: int) -> Trends:
    """What is a trend now (milliseconds). A long read."""
    recent = first_of(now - limits.TREND_DAYS * DAY_MS)
    before = first_of(now - (limits.TREND_DAYS + limits.TREND_DAYS_BEFORE) * DAY_MS)
    edges = {"first": before, "recent": recent}
    return Trends(_used(tx, _TAGS, edges), _liked(tx, recent, now), _used(tx, _LINKS, edges))


def _used(tx: Tx, statement: Select[Any], edges: dict[str, int]) -> Found:
    now: dict[str, dict[int | None, int]] = defaultdict(dict)
    before: dict[str, dict[int | None, int]] = defaultdict(dict)
    names: dict[str, str] = {}
    for ref, name, is_now, host, actors in tx.execute(statement, edges):
        (now if is_now else before)[str(ref)][host] = actors
        names.setdefault(str(ref), name)
    return rules.best((ref, names[ref], rules.usage(crowd, before[ref])) for ref, crowd in now.items())


def _liked(tx: Tx, first: int, now: int) -> Found:
    crowds: dict[int, dict[int | None, int]] = defaultdict(dict)
    authors: dict[int, int] = {}
    for post, author, host, actors in tx.execute(_STATUSES, {"first": first}):
        crowds[post][host] = actors
        authors[post] = author
    return rules.one_each(
        (authors[post], (str(post), "", rules.liking(crowd, (now - milliseconds_of(post)) / HOUR_MS)))
        for post, crowd in crowds.items()
    )


def replace(tx: Tx, found: Trends, now: int) -> None:
    """These are the trends, instead of those before."""
    tx.execute(_CLEAR)
    for kind, rows in ((TAG, found.tags), (STATUS, found.statuses), (LINK, found.links)):
        for ref, name, score in rows:
            tx.execute(_ADD, {"kind": kind, "ref": ref, "name": name, "score": score, "computed_at": now})


def tags(tx: Tx, count: int, skip: int) -> list[Tag]:
    """Hashtags that are a trend, the highest first."""
    return [Tag(row.name, row.ref) for row in tx.execute(_TRENDING[TAG]).all()[skip : skip + count]]


def statuses(tx: Tx, viewer: int, count: int, skip: int) -> list[int]:
    """Numbers of posts that are a trend and that the viewer may see, and did not mute, the highest first."""
    ids = [int(row.ref) for row in tx.execute(_TRENDING[STATUS])]
    seen = set(tx.execute(_READABLE, {"ids": ids, "viewer": viewer}).scalars()) if ids else set()
    return [number for number in ids if number in seen][skip : skip + count]


def links(tx: Tx, count: int, skip: int) -> list[tuple[int, PreviewRow]]:
    """Pages that are a trend, with their numbers, the highest first."""
    ids = [int(row.ref) for row in tx.execute(_TRENDING[LINK])][skip : skip + count]
    known = {row.id: PreviewRow(*row[1:]) for row in tx.execute(_PREVIEWS, {"ids": ids})} if ids else {}
    return [(number, known[number]) for number in ids if number in known]


def link_history(tx: Tx, ids: Sequence[int], now: int) -> dict[int, list[Day]]:
    """For each page (a preview's number) in how many public posts it was linked to on each of the last seven days, today first."""
    today = now // DAY_MS
    days = range(today, today - DAYS, -1)
    named = {"ids": list(ids), "first": first_of(days[-1] * DAY_MS)}
    uses = {(page, day): (posts, actors) for page, day, posts, actors in tx.execute(_LINK_USES, named)} if ids else {}
    return {page: [Day(day * DAY_MS // 1000, *uses.get((page, day), (0, 0))) for day in days] for page in ids}
