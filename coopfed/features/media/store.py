"""Rows of uploaded files. Units of work."""

from dataclasses import dataclass

from sqlalchemy import bindparam, delete, exists, literal_column, or_, select, update

from actors.profile import profile
from coopfed import limits
from coopfed.clock import HOUR_MS
from coopfed.db import jobs
from coopfed.db.models import Media, RequestFile, ScheduledMedia
from coopfed.db.models.media import FAILED, READY, WAITING
from coopfed.db.tx import Tx, table
from coopfed.features.media.rules import EXTENSIONS, PREVIEW
from coopfed.ids import Urls
from coopfed.node import Stamp

SWEEP_MEDIA = "sweep_media"
PROCESS_MEDIA = "process_media"

media, scheduled_media, request_file = table(Media), table(ScheduledMedia), table(RequestFile)


@dataclass(frozen=True, slots=True)
class MediaRow:
    """An uploaded file; see `coopfed.db.models.media.Media`. `created_at` in milliseconds."""

    id: int
    actor_id: int
    account_id: int | None
    object_id: int | None
    state: int
    kind: str
    media_type: str
    name: str
    size: int
    width: int | None
    height: int | None
    preview_width: int | None
    preview_height: int | None
    blurhash: str | None
    description: str
    focus_x: float | None
    focus_y: float | None
    error: str | None
    created_at: int

    @property
    def ready(self) -> bool:
        """Whether it can be shown."""
        return self.state == READY

    def address(self, urls: Urls) -> str:
        """Where the file is served."""
        return f"{urls.base}/media/{self.id}/{self.name}.{EXTENSIONS[self.media_type]}"

    def preview(self, urls: Urls) -> str:
        """Where its smaller picture is served; that of the file itself where there is none."""
        return f"{urls.base}/media/{self.id}/{self.name}.{PREVIEW}" if self.preview_width else self.address(urls)


_FIELDS = tuple(MediaRow.__dataclass_fields__)
_COLUMNS = tuple(media.c[name] for name in _FIELDS)
_ADD = media.insert()
_BY_IDS = select(*_COLUMNS).where(media.c.id.in_(bindparam("ids", expanding=True)))
_OF_POSTS = select(*_COLUMNS).where(media.c.object_id.in_(bindparam("ids", expanding=True)))
_DONE = (
    update(media)
    .where(media.c.id == bindparam("which"), media.c.state == WAITING)
    .values(
        state=bindparam("new_state"),
        kind=bindparam("new_kind"),
        media_type=bindparam("new_type"),
        size=bindparam("new_size"),
        width=bindparam("new_width"),
        height=bindparam("new_height"),
        preview_width=bindparam("new_preview_width"),
        preview_height=bindparam("new_preview_height"),
        blurhash=bindparam("new_blurhash"),
        error=bindparam("new_error"),
    )
)
_DESCRIBE = (
    update(media)
    .where(media.c.id == bindparam("which"))
    .values(description=bindparam("text"), focus_x=bindparam("x"), focus_y=bindparam("y"))
)
_ATTACH = (
    update(media)
    .where(
        media.c.id.in_(bindparam("ids", expanding=True)),
        media.c.actor_id == bindparam("actor"),
        media.c.state == READY,
        media.c.object_id.is_(None),
    )
    .values(object_id=bindparam("post"))
)
_RELEASE = update(media).where(media.c.object_id == bindparam("post")).values(object_id=None, created_at=0)
_LET_GO = (
    update(media)
    .where(media.c.id.in_(bindparam("ids", expanding=True)), media.c.object_id.is_(None))
    .values(created_at=0)
)
_DETACH = _RELEASE.where(media.c.id.not_in(bindparam("kept", expanding=True)))
_KEEP = (
    update(media)
    .where(media.c.id.in_(bindparam("ids", expanding=True)), media.c.object_id.is_(None))
    .values(created_at=bindparam("as_of"))
)
_waits = or_(
    exists(select(literal_column("1")).where(scheduled_media.c.media_id == media.c.id)),
    exists(select(literal_column("1")).where(request_file.c.media_id == media.c.id)),
    exists(select(literal_column("1")).where(profile.c.avatar_id == media.c.id)),
    exists(select(literal_column("1")).where(profile.c.header_id == media.c.id)),
)
"""For a post that is to be written, or a request, or shown by its actor."""
_UNUSED = (
    select(media.c.id, media.c.name)
    .where(media.c.object_id.is_(None), media.c.created_at < bindparam("before"), ~_waits)
    .order_by(media.c.id)
    .limit(bindparam("count"))
)
_FORGET = delete(media).where(media.c.id == bindparam("which"), media.c.object_id.is_(None), ~_waits)


def add(tx: Tx, row: MediaRow, stamp: Stamp) -> None:
    """A file that came in; a job sees to it should this process die before it is done."""
    tx.execute(_ADD, {name: getattr(row, name) for name in _FIELDS})
    jobs.enqueue(tx, stamp.mint(None), PROCESS_MEDIA, str(row.id), stamp.now + stamp.clock.span(120))


def add_ready(tx: Tx, row: MediaRow) -> None:
    """A file that is made fit already, and that something else than a post has: its actor's profile."""
    tx.execute(_ADD, {name: getattr(row, name) for name in _FIELDS})


def by_id(tx: Tx, number: int) -> MediaRow | None:
    """The file with this number."""
    return next(iter(by_ids(tx, [number])), None)


def by_ids(tx: Tx, ids: list[int]) -> list[MediaRow]:
    """The files with these numbers, in the order asked for."""
    found = {row.id: MediaRow(*row) for row in tx.execute(_BY_IDS, {"ids": ids})} if ids else {}
    return [found[id] for id in ids if id in found]


def of_posts(tx: Tx, ids: list[int]) -> dict[str, MediaRow]:
    """The files of these posts, by the guessless part of their addresses."""
    return {row.name: MediaRow(*row) for row in tx.execute(_OF_POSTS, {"ids": ids})} if ids else {}


def done(tx: Tx, number: int, made: dict[str, object]) -> None:
    """The file is ready, with what is known of it now; or (`error`) it cannot be."""
    values = {f"new_{name}": made.get(name) for name in ("size", "width", "height", "blurhash", "error")}
    values |= {f"new_preview_{edge}": made.get(f"preview_{edge}") for edge in ("width", "height")}
    state = FAILED if made.get("error") else READY
    values |= {"new_size": made.get("size") or 0, "new_kind": made["kind"], "new_type": made["media_type"]}
    tx.execute(_DONE, {"which": number, "new_state": state, **values})


def describe(tx: Tx, number: int, description: str, focus: tuple[float, float] | None) -> None:
    """What it shows, and the point to keep in view."""
    x, y = focus or (None, None)
    tx.execute(_DESCRIBE, {"which": number, "text": description, "x": x, "y": y})


def attach(tx: Tx, actor_id: int, ids: list[int], post_id: int) -> int:
    """The post has these files of the actor's now. How many it got: of those that no other has, and that are ready."""
    return int(tx.execute(_ATTACH, {"ids": ids, "actor": actor_id, "post": post_id}).rowcount) if ids else 0


def release(tx: Tx, post_id: int) -> None:
    """The post is gone: no post has its files any more, and the next sweep takes them."""
    tx.execute(_RELEASE, {"post": post_id})


def let_go(tx: Tx, ids: list[int]) -> None:
    """Nobody shows these files any more: the next sweep takes them."""
    if ids:
        tx.execute(_LET_GO, {"ids": ids})


def sweep_soon(tx: Tx, stamp: Stamp) -> None:
    """What no post has any more goes now, and not only at night."""
    jobs.enqueue(tx, stamp.mint(None), SWEEP_MEDIA, "now", stamp.now)


def keep(tx: Tx, ids: list[int], stamp: Stamp) -> None:
    """Files of a post that is gone stay for `limits.REDRAFT_SECONDS`."""
    left = stamp.clock.span(limits.REDRAFT_SECONDS)
    tx.execute(_KEEP, {"ids": ids, "as_of": stamp.now + left - limits.UNUSED_MEDIA_HOURS * HOUR_MS})
    jobs.enqueue(tx, stamp.mint(None), SWEEP_MEDIA, "redrafts", stamp.now + left + 1)


def detach(tx: Tx, post_id: int, kept: list[int], stamp: Stamp) -> None:
    """An edit left only these files at the post: the others go."""
    if tx.execute(_DETACH, {"post": post_id, "kept": kept or [0]}).rowcount:
        sweep_soon(tx, stamp)


def unused(tx: Tx, before: int, count: int) -> list[tuple[int, str]]:
    """Files that no post has, from before a moment: number and name."""
    return [(row.id, row.name) for row in tx.execute(_UNUSED, {"before": before, "count": count})]


def forget(tx: Tx, number: int) -> bool:
    """Deletes the row of a file that no post has. Whether it is gone."""
    return bool(tx.execute(_FORGET, {"which": number}).rowcount == 1)
