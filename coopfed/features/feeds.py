"""Timelines that are queries and have no rows of their own: what an actor said, what is public, what has a hashtag. Units of work.

Each mixture of wishes is one statement, built once.
"""

from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, bindparam, exists, literal_column, or_, select, union_all

from actors.visibility import commended, object_, unmuted, visible
from coopfed import limits
from coopfed.db.models import Attachment, PostPreview, Preview
from coopfed.db.tx import Tx, table
from coopfed.features.home_timeline import Entry
from coopfed.features.posts.details import hashtag
from coopfed.features.ranges import Range
from coopfed.features.timelines import reaction
from coopfed.text.render import folded_hashtag

_one: ColumnElement[int] = literal_column("1")
attachment, preview, post_preview = table(Attachment), table(Preview), table(PostPreview)
answered = object_.alias("answered_by_author")
_open = object_.c.visibility == literal_column("'public'")
_below_above = (object_.c.id < bindparam("below"), object_.c.id > bindparam("above"))
_with_file = exists(
    select(_one).where(
        attachment.c.object_id == object_.c.id,
        or_(*(attachment.c.media_type.like(f"{kind}/%") for kind in ("image", "video", "audio"))),
    )
)
_no_answer_to_others = or_(
    object_.c.in_reply_to.is_(None),
    exists(select(_one).where(answered.c.id == object_.c.in_reply_to_id, answered.c.actor_id == object_.c.actor_id)),
)


@dataclass(frozen=True, slots=True)
class Wish:
    """What a reader wants of a feed. `local`: posts of this node only (True), of others only (False), or all."""

    replies: bool = True
    boosts: bool = True
    only_media: bool = False
    local: bool | None = None
    tagged: bool = False
    upwards: bool = False


def _has(name: str) -> ColumnElement[bool]:
    return exists(select(_one).where(hashtag.c.object_id == object_.c.id, hashtag.c.folded == bindparam(name)))


def _is_among(name: str) -> ColumnElement[bool]:
    return exists(
        select(_one).where(hashtag.c.object_id == object_.c.id, hashtag.c.folded.in_(bindparam(name, expanding=True)))
    )


def _wished(wish: Wish) -> list[ColumnElement[bool]]:
    clauses: list[ColumnElement[bool]] = [] if wish.replies else [_no_answer_to_others]
    if wish.only_media:
        clauses.append(_with_file)
    if wish.local is not None:
        clauses.append(object_.c.local if wish.local else ~object_.c.local)
    return clauses


def _ordered(found: Any, wish: Wish) -> Select[Any]:
    order = found.c.entry_id if wish.upwards else found.c.entry_id.desc()
    columns = (found.c.entry_id, found.c.object_id, found.c.booster_id)
    return select(*columns).order_by(order).limit(bindparam("count"))


def _posts(*clauses: ColumnElement[bool]) -> Select[Any]:
    columns: tuple[Any, ...] = (
        object_.c.id.label("entry_id"),
        object_.c.id.label("object_id"),
        literal_column("0").label("booster_id"),
    )
    return select(*columns).where(*_below_above, visible(), *clauses)


@cache
def _of_actor(wish: Wish) -> Select[Any]:
    more = [*_wished(wish), *([_has("tag")] if wish.tagged else [])]
    posts = _posts(object_.c.actor_id == bindparam("author"), *more)
    if not wish.boosts or wish.only_media or wish.tagged:
        return _ordered(posts.subquery(), wish)
    boosts = (
        select(reaction.c.id, reaction.c.object_id, reaction.c.actor_id)
        .join(object_, object_.c.id == reaction.c.object_id)
        .where(
            reaction.c.actor_id == bindparam("author"),
            reaction.c.kind == literal_column("'announce'"),
            reaction.c.visibility.in_([literal_column("'public'"), literal_column("'unlisted'")]),
            reaction.c.id < bindparam("below"),
            reaction.c.id > bindparam("above"),
            visible(),
        )
    )
    return _ordered(union_all(posts, boosts).subquery(), wish)


@cache
def _public(wish: Wish) -> Select[Any]:
    author = object_.c.actor_id
    found = _posts(_open, object_.c.in_reply_to.is_(None), unmuted(author), commended(author), *_wished(wish))
    return _ordered(found.subquery(), wish)


@cache
def _tagged(wish: Wish, every: int, none: bool) -> Select[Any]:
    clauses = [_is_among("any"), *(_has(f"all_{place}") for place in range(every))]
    if none:
        clauses.append(~_is_among("none"))
    author = object_.c.actor_id
    found = _posts(_open, unmuted(author), commended(author), and_(*clauses), *_wished(wish))
    return _ordered(found.subquery(), wish)


@cache
def _linking(wish: Wish) -> Select[Any]:
    author = object_.c.actor_id
    shows = exists(
        select(_one)
        .select_from(post_preview)
        .join(preview, preview.c.id == post_preview.c.preview_id)
        .where(post_preview.c.object_id == object_.c.id, preview.c.url == bindparam("page"))
    )
    return _ordered(_posts(_open, unmuted(author), commended(author), shows, *_wished(wish)).subquery(), wish)


def of_actor(tx: Tx, actor_id: int, viewer: int, stretch: Range, wish: Wish, tag: str = "") -> list[Entry]:
    """What an actor said and boosted, as far as the viewer may see it, newest first."""
    named = {"author": actor_id, **({"tag": folded_hashtag(tag)} if tag else {})}
    return _read(tx, _of_actor(_asked(wish, stretch, tagged=bool(tag))), viewer, stretch, named)


def public(tx: Tx, viewer: int, stretch: Range, wish: Wish) -> list[Entry]:
    """Public posts that answer nothing, newest first."""
    return _read(tx, _public(_asked(wish, stretch)), viewer, stretch, {})


def tagged(
    tx: Tx, viewer: int, stretch: Range, wish: Wish, some: list[str], every: list[str], none: list[str]
) -> list[Entry]:
    """Public posts that have one of `some` hashtags, all of `every` and no one of `none`, newest first."""
    names: dict[str, Any] = {"any": [folded_hashtag(name) for name in some]}
    names |= {f"all_{place}": folded_hashtag(name) for place, name in enumerate(every)}
    if none:
        names["none"] = [folded_hashtag(name) for name in none]
    return _read(tx, _tagged(_asked(wish, stretch), len(every), bool(none)), viewer, stretch, names)


def linking(tx: Tx, viewer: int, stretch: Range, wish: Wish, page: str) -> list[Entry]:
    """Public posts that show a preview of a page (its address as it goes on the wire), newest first."""
    return _read(tx, _linking(_asked(wish, stretch)), viewer, stretch, {"page": page})


def _asked(wish: Wish, stretch: Range, *, tagged: bool = False) -> Wish:
    return Wish(wish.replies, wish.boosts, wish.only_media, wish.local, tagged, stretch.min_id is not None)


def _read(tx: Tx, statement: Select[Any], viewer: int, stretch: Range, named: dict[str, Any]) -> list[Entry]:
    edges = {
        "viewer": viewer,
        "below": stretch.max_id or limits.NUMBER_MAX,
        "above": stretch.above,
        "count": stretch.limit,
    }
    found = [Entry(entry, post, booster or None) for entry, post, booster in tx.execute(statement, {**edges, **named})]
    return found[::-1] if stretch.min_id is not None else found
