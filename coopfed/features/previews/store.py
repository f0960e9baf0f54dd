"""Rows of previews: which page a post shows one of, who asks for it when, and what it says. Units of work."""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    bindparam,
    case,
    exists,
    func,
    literal_column,
    or_,
    select,
    union_all,
    update,
)
from sqlalchemy.dialects.postgresql import insert

from actors.lookup import actor
from actors.visibility import object_
from coopfed import limits
from coopfed.db import jobs
from coopfed.db.models import PostPreview, Preview
from coopfed.db.models.previews import FAILED, FOUND, WAITING
from coopfed.db.tx import Tx, table
from coopfed.features.previews.rules import Target
from coopfed.node import Stamp

FETCH_PREVIEW = "fetch_preview"

preview, post_preview = table(Preview), table(PostPreview)
_others = preview.alias("others")
_addresses: BindParameter[str] = bindparam("addresses", expanding=True)


@dataclass(frozen=True, slots=True)
class PreviewRow:
    """What a post shows of a page: the link as the post has it, and what the page says, in plain text. `published_at` in milliseconds;
    `image_url` is where its picture lies, of which readers get a copy."""

    url: str
    title: str = ""
    description: str = ""
    provider: str = ""
    author: str = ""
    author_url: str = ""
    language: str | None = None
    published_at: int | None = None
    image_url: str | None = None
    image_width: int | None = None
    image_height: int | None = None
    image_description: str = ""

    @property
    def host(self) -> str:
        """Where the link leads; never what the page calls itself."""
        return urlsplit(self.url).netloc.rpartition("@")[2]


@dataclass(frozen=True, slots=True)
class Said:
    """What came of asking a page: the state, and what it says of itself when that is `FOUND`; in plain text, addresses whole ones."""

    state: str
    title: str = ""
    description: str = ""
    provider: str = ""
    author: str = ""
    author_url: str = ""
    language: str | None = None
    published_at: int | None = None
    image_url: str | None = None
    image_width: int | None = None
    image_height: int | None = None
    image_description: str = ""


@dataclass(frozen=True, slots=True)
class Asked:
    """A page that is to be fetched, and since when."""

    url: str
    asked_at: int


_SHOWN = tuple(preview.c[name] for name in PreviewRow.__dataclass_fields__ if name != "url")
_SAID = tuple(Said.__dataclass_fields__)
_in_index: ColumnElement[int] = literal_column("500")
"""Longer addresses of pages are in no index; see `coopfed.db.models`."""
_KNOWN = union_all(
    *(select(kind.c.uri).where(kind.c.uri.in_(_addresses)) for kind in (object_, actor)),
    *(
        select(kind.c.url).where(
            kind.c.url.in_(_addresses), kind.c.url != kind.c.uri, func.length(kind.c.url) < _in_index
        )
        for kind in (object_, actor)
    ),
)
_ADD = (
    insert(preview)
    .values(
        id=bindparam("id"),
        url=bindparam("url"),
        state=literal_column(f"'{WAITING}'"),
        created_at=bindparam("now"),
    )
    .on_conflict_do_nothing(index_elements=["url"])
    .returning(preview.c.id)
)
_BY_URL = select(preview.c.id, preview.c.asked_at).where(preview.c.url == bindparam("url"))
_SHOW = insert(post_preview)
_SHOW = _SHOW.on_conflict_do_update(
    index_elements=["object_id"], set_={"preview_id": _SHOW.excluded.preview_id, "url": _SHOW.excluded.url}
)
_NOT_ASKED_LATELY = or_(preview.c.asked_at.is_(None), preview.c.asked_at <= bindparam("before"))
_UNASKED = (
    select(preview.c.id)
    .join(post_preview, post_preview.c.preview_id == preview.c.id)
    .where(post_preview.c.object_id == bindparam("post"), _NOT_ASKED_LATELY)
)
_asked_by_them: ColumnElement[int] = (
    select(func.count())
    .where(_others.c.asked_by == bindparam("who"), _others.c.asked_at > bindparam("since"))
    .scalar_subquery()
)
_ASK = (
    update(preview)
    .where(preview.c.id == bindparam("which"), _NOT_ASKED_LATELY, _asked_by_them < bindparam("most"))
    .values(asked_at=bindparam("now"), asked_by=bindparam("who"))
)
_ASKED = select(preview.c.url, preview.c.asked_at).where(
    preview.c.id == bindparam("which"),
    preview.c.asked_at.is_not(None),
    or_(preview.c.fetched_at.is_(None), preview.c.fetched_at < preview.c.asked_at),
    exists(select(literal_column("1")).where(post_preview.c.preview_id == preview.c.id)),
)
_GIVE_BACK = update(preview).where(preview.c.id == bindparam("which")).values(asked_at=preview.c.fetched_at)
_SETTLE = (
    update(preview)
    .where(preview.c.id == bindparam("which"))
    .values({name: bindparam(f"new_{name}") for name in _SAID} | {"fetched_at": bindparam("now")})
)
_MISS = (
    update(preview)
    .where(preview.c.id == bindparam("which"))
    .values(
        state=case((preview.c.state == literal_column(f"'{WAITING}'"), FAILED), else_=preview.c.state),
        fetched_at=bindparam("now"),
    )
)
_OF_POSTS = (
    select(post_preview.c.object_id, post_preview.c.url, *_SHOWN)
    .join(preview, preview.c.id == post_preview.c.preview_id)
    .where(
        post_preview.c.object_id.in_(bindparam("ids", expanding=True)), preview.c.state == literal_column(f"'{FOUND}'")
    )
)


def show(tx: Tx, post_id: int, targets: Sequence[Target], stamp: Stamp) -> int | None:
    """The post shows a preview of the first of these pages that is not one of a post or an actor known here; of none when there is none.
    The preview's number, when nobody asked for the page lately: see `ask`."""
    known = _known(tx, targets)
    target = next((one for one in targets if known.isdisjoint(one.addresses)), None)
    if target is None:
        return None
    row = tx.execute(_ADD, {"id": stamp.mint(None), "url": target.url, "now": stamp.now}).first()
    number, asked_at = (row.id, None) if row is not None else tx.execute(_BY_URL, {"url": target.url}).one()
    tx.execute(_SHOW, {"object_id": post_id, "preview_id": number, "url": target.link})
    return number if asked_at is None or asked_at <= _stale(stamp) else None


def _known(tx: Tx, targets: Sequence[Target]) -> set[str]:
    addresses = sorted({address for target in targets for address in target.addresses})
    return set(tx.execute(_KNOWN, {"addresses": addresses}).scalars()) if addresses else set()


def unasked(tx: Tx, post_id: int, stamp: Stamp) -> int | None:
    """The number of the preview that the post shows, when nobody asked for the page lately (`limits.PREVIEW_FRESH_SECONDS`)."""
    number: int | None = tx.execute(_UNASKED, {"post": post_id, "before": _stale(stamp)}).scalar_one_or_none()
    return number


def ask(tx: Tx, number: int, actor_id: int, stamp: Stamp, *, spread: bool) -> None:
    """A job fetches the page of this preview, at once or (`spread`) somewhen in the next minute; unless it was asked for lately, or the
    actor who leads us there led us to too many in this hour."""
    asked = {"which": number, "who": actor_id, "now": stamp.now, "before": _stale(stamp)}
    bound = {"since": stamp.now - stamp.clock.span(3600), "most": limits.PREVIEWS_AN_HOUR}
    if tx.execute(_ASK, asked | bound).rowcount:
        wait = stamp.clock.span(random.uniform(0, limits.PREVIEW_SPREAD_SECONDS)) if spread else 0
        jobs.enqueue(tx, stamp.mint(None), FETCH_PREVIEW, str(number), stamp.now + wait)


def _stale(stamp: Stamp) -> int:
    return stamp.now - stamp.clock.span(limits.PREVIEW_FRESH_SECONDS)


def asked(tx: Tx, number: int) -> Asked | None:
    """The page that is to be fetched; None when it was by now, or no post shows it any more."""
    row = tx.execute(_ASKED, {"which": number}).one_or_none()
    return None if row is None else Asked(*row)


def give_back(tx: Tx, number: int) -> None:
    """Nobody asked the page after all; the next post that shows it may."""
    tx.execute(_GIVE_BACK, {"which": number})


def settle(tx: Tx, number: int, said: Said, now: int) -> None:
    """What the page says now, in place of what it said before."""
    values = {f"new_{name}": getattr(said, name) for name in _SAID}
    tx.execute(_SETTLE, {"which": number, "now": now, **values})


def miss(tx: Tx, number: int, now: int) -> None:
    """The page did not answer; what it said before stays."""
    tx.execute(_MISS, {"which": number, "now": now})


def of_posts(tx: Tx, ids: list[int]) -> dict[int, PreviewRow]:
    """For each of the posts that show one: what the page says."""
    if not ids:
        return {}
    return {row.object_id: PreviewRow(*row[1:]) for row in tx.execute(_OF_POSTS, {"ids": ids})}
