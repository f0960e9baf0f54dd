"""Rows of copies. Units of work."""

from dataclasses import dataclass

from sqlalchemy import bindparam, delete, exists, func, literal_column, or_, select, update
from sqlalchemy.dialects.postgresql import insert

from actors.lookup import actor
from actors.visibility import object_
from coopfed.db.models import Attachment, PostPreview, Preview, RemoteFile
from coopfed.db.models.profiles import FAILED, HAD
from coopfed.db.tx import Tx, table

remote_file, attachment = table(RemoteFile), table(Attachment)
preview, post_preview = table(Preview), table(PostPreview)


@dataclass(frozen=True, slots=True)
class CopyRow:
    """A copy, or a file that could not be had; see `coopfed.db.models.profiles.RemoteFile`. Moments in milliseconds."""

    name: str
    url: str
    shape: str
    state: str
    media_type: str
    size: int
    tries: int
    used_at: int
    again_at: int

    @property
    def had(self) -> bool:
        """Whether it was copied."""
        return self.state == HAD


_FIELDS = tuple(CopyRow.__dataclass_fields__)
_COLUMNS = tuple(remote_file.c[name] for name in _FIELDS)
_FIND = select(*_COLUMNS).where(remote_file.c.name == bindparam("which"))
_SHOWN = select(
    or_(
        exists(
            select(literal_column("1"))
            .select_from(attachment)
            .join(object_, object_.c.id == attachment.c.object_id)
            .join(actor, actor.c.id == object_.c.actor_id)
            .where(attachment.c.url == bindparam("address"), ~actor.c.suspended, actor.c.gone_at.is_(None))
        ),
        exists(
            select(literal_column("1"))
            .select_from(preview)
            .join(post_preview, post_preview.c.preview_id == preview.c.id)
            .where(preview.c.image_url == bindparam("address"))
        ),
    )
)
_PUT = insert(remote_file)
_PUT = _PUT.on_conflict_do_update(
    index_elements=["name"], set_={name: _PUT.excluded[name] for name in _FIELDS if name != "name"}
)
_MISS = insert(remote_file)
# What was had before stays: an origin that is down takes no picture from anybody.
_MISS = _MISS.on_conflict_do_update(
    index_elements=["name"], set_={name: _MISS.excluded[name] for name in ("tries", "again_at")}
)
_TOUCH = (
    update(remote_file)
    .where(remote_file.c.name == bindparam("which"), remote_file.c.used_at < bindparam("now"))
    .values(used_at=bindparam("now"))
)
_TOTAL = select(func.coalesce(func.sum(remote_file.c.size), literal_column("0")))
_UNUSED = (
    select(remote_file.c.name)
    .where(remote_file.c.used_at < bindparam("before"))
    .order_by(remote_file.c.used_at)
    .limit(bindparam("count"))
)
_OLDEST_FIRST = (
    select(remote_file.c.name, remote_file.c.size)
    .where(remote_file.c.size > literal_column("0"))
    .order_by(remote_file.c.used_at, remote_file.c.name)
    .limit(bindparam("count"))
)
_FORGET = delete(remote_file).where(remote_file.c.name == bindparam("which"))


def find(tx: Tx, name: str) -> CopyRow | None:
    """The copy of this name."""
    row = tx.execute(_FIND, {"which": name}).one_or_none()
    return None if row is None else CopyRow(*row)


def is_shown(tx: Tx, url: str) -> bool:
    """Whether a post that is here, of an author who is, has the file at this address, or shows a page whose picture lies there. Taken
    off a post or with a deleted one it is shown no more."""
    return bool(tx.execute(_SHOWN, {"address": url}).scalar_one())


def put(tx: Tx, row: CopyRow) -> None:
    """The file is here."""
    tx.execute(_PUT, {name: getattr(row, name) for name in _FIELDS})


def miss(tx: Tx, name: str, url: str, shape: str, tries: int, now: int, again_at: int) -> None:
    """The file could not be had, for so many times in a row; until `again_at` nobody is asked for it."""
    row = CopyRow(name, url, shape, FAILED, "", 0, tries, now, again_at)
    tx.execute(_MISS, {name: getattr(row, name) for name in _FIELDS})


def touch(tx: Tx, name: str, now: int) -> None:
    """Somebody looked at it."""
    tx.execute(_TOUCH, {"which": name, "now": now})


def total(tx: Tx) -> int:
    """The bytes of all copies."""
    return int(tx.execute(_TOTAL).scalar_one())


def unused(tx: Tx, before: int, count: int) -> list[str]:
    """Names of copies, and of files that could not be had, which nobody looked at since then."""
    return list(tx.execute(_UNUSED, {"before": before, "count": count}).scalars())


def oldest(tx: Tx, bytes_: int, count: int) -> list[str]:
    """As many of the copies that nobody looked at for longest as make room for so many bytes, at most `count`."""
    found: list[str] = []
    for row in tx.execute(_OLDEST_FIRST, {"count": count}):
        if bytes_ <= 0:
            break
        found.append(row.name)
        bytes_ -= row.size
    return found


def forget(tx: Tx, name: str) -> None:
    """There is no such copy any more."""
    tx.execute(_FORGET, {"which": name})
