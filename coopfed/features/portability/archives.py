"""Everything of an actor in one file: its document, what it said, likes, bookmarks, lists and uploads. The job `make_archive`.

Written to the disk as it is read, some rows at a time. The form is that of Mastodon's archives: `actor.json`, `outbox.json`, `likes.json`,
`bookmarks.json`, `media_attachments/`; beside them the CSV files of `exports`. Everything the actor's people may see is in it,
posts for few too: it is for the actor's admins alone, and lies where no door leads.
"""

import asyncio
import contextlib
import os
import zipfile
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass
from pathlib import Path

import orjson
from sqlalchemy import Select, bindparam, delete, literal_column, or_, select, update
from sqlalchemy.dialects.postgresql import insert

from actors.cooperative import cooperative_of
from actors.document import actor_document
from actors.local import public_keys
from actors.lookup import ActorRow, by_id
from actors.profile import profile_of
from actors.visibility import object_, visible
from coopfed import limits
from coopfed.clock import DAY_MS
from coopfed.config import Config
from coopfed.db import jobs
from coopfed.db.engine import Lane
from coopfed.db.models import Activity, DataArchive
from coopfed.db.models.media import READY
from coopfed.db.models.portability import DONE, FAILED, WAITING
from coopfed.db.tx import Tx, table
from coopfed.errors import NotFound, TooMany
from coopfed.features.accounts.secrets import new_secret
from coopfed.features.media import files
from coopfed.features.media.rules import EXTENSIONS
from coopfed.features.portability.exports import bookmark, export, media
from coopfed.features.portability.formats import FILE_NAMES, Kind
from coopfed.features.reactions.store import is_favour, reaction
from coopfed.node import Node, Stamp
from coopfed.observe.logs import logger
from coopfed.vocab import build

MAKE_ARCHIVE = "make_archive"
_AT_ONCE = 200

log = logger("archives")
archive, activity = table(DataArchive), table(Activity)


@dataclass(frozen=True, slots=True)
class ArchiveRow:
    """An archive; see `coopfed.db.models.portability.DataArchive`. `size` in bytes, moments in milliseconds."""

    id: int
    actor_id: int
    name: str
    state: int
    size: int
    created_at: int
    finished_at: int | None

    @property
    def ready(self) -> bool:
        """Whether it can be had."""
        return self.state == DONE

    @property
    def failed(self) -> bool:
        """Whether it could not be written; another may be asked for."""
        return self.state == FAILED

    @property
    def expires_at(self) -> int:
        """When it goes, in milliseconds."""
        return self.created_at + limits.ARCHIVE_DAYS * DAY_MS


_COLUMNS = tuple(archive.c[name] for name in ArchiveRow.__dataclass_fields__)
_ASK = insert(archive).on_conflict_do_nothing(index_elements=["actor_id", "day"])
_CLEAR = delete(archive).where(archive.c.actor_id == bindparam("whose"), archive.c.state == literal_column(str(FAILED)))
_ONE = select(*_COLUMNS).where(archive.c.id == bindparam("which"))
_OF = select(*_COLUMNS).where(archive.c.actor_id == bindparam("whose")).order_by(archive.c.id.desc())
_SETTLE = (
    update(archive)
    .where(archive.c.id == bindparam("which"), archive.c.state == literal_column(str(WAITING)))
    .values(state=bindparam("new_state"), size=bindparam("new_size"), finished_at=bindparam("now"))
)
_FORGET = delete(archive).where(archive.c.created_at <= bindparam("before"))
_PURGE = delete(archive).where(archive.c.actor_id == bindparam("gone"))
_NAMES = select(archive.c.name)
_SAID = (
    select(activity.c.id.label("cursor"), activity.c.type, activity.c.body, object_.c.document)
    .outerjoin(object_, object_.c.uri == activity.c.object_uri)
    .where(
        activity.c.actor_id == bindparam("whose"),
        activity.c.type.in_([literal_column("'Create'"), literal_column("'Announce'")]),
        activity.c.body != bindparam("nothing"),
        # Of a post that was deleted, and of a vote, nothing is taken along.
        or_(
            activity.c.type == literal_column("'Announce'"), object_.c.deleted_at.is_(None) & object_.c.id.is_not(None)
        ),
        activity.c.id > bindparam("after"),
    )
    .order_by(activity.c.id)
    .limit(literal_column(str(_AT_ONCE)))
)
_LIKED = (
    select(reaction.c.id.label("cursor"), object_.c.uri)
    .join(object_, object_.c.id == reaction.c.object_id)
    .where(reaction.c.actor_id == bindparam("viewer"), is_favour, visible(), reaction.c.id > bindparam("after"))
    .order_by(reaction.c.id)
    .limit(literal_column(str(_AT_ONCE)))
)
_MARKED = (
    select(bookmark.c.id.label("cursor"), object_.c.uri)
    .join(object_, object_.c.id == bookmark.c.object_id)
    .where(bookmark.c.actor_id == bindparam("viewer"), visible(), bookmark.c.id > bindparam("after"))
    .order_by(bookmark.c.id)
    .limit(literal_column(str(_AT_ONCE)))
)
_FILES = (
    select(media.c.id.label("cursor"), media.c.name, media.c.media_type)
    .where(
        media.c.actor_id == bindparam("whose"),
        media.c.state == literal_column(str(READY)),
        media.c.id > bindparam("after"),
    )
    .order_by(media.c.id)
    .limit(literal_column(str(_AT_ONCE)))
)


# --- rows -------------------------------------------------------------------------------------------------------


async def ask(node: Node, actor: ActorRow) -> ArchiveRow:
    """An archive that a job is to write. TooMany when there is one of today already."""
    return await node.db.write(_ask, actor.id, new_secret(), node.stamp())


def _ask(tx: Tx, actor_id: int, name: str, stamp: Stamp) -> ArchiveRow:
    tx.execute(_CLEAR, {"whose": actor_id})
    number, day = stamp.mint(None), stamp.now // DAY_MS
    values = {"id": number, "actor_id": actor_id, "day": day, "name": name, "created_at": stamp.now}
    if tx.execute(_ASK, values).rowcount != 1:
        raise TooMany("one archive a day", seconds=max(1, ((day + 1) * DAY_MS - stamp.now) // 1000))
    jobs.enqueue(tx, stamp.mint(None), MAKE_ARCHIVE, str(number), stamp.now)
    return ArchiveRow(number, actor_id, name, WAITING, 0, stamp.now, None)


def listed(tx: Tx, actor_id: int) -> list[ArchiveRow]:
    """The archives of an actor, the newest first. A unit of work."""
    return [ArchiveRow(*row) for row in tx.execute(_OF, {"whose": actor_id})]


def of_actor(tx: Tx, actor_id: int, number: int) -> ArchiveRow:
    """The archive with this number, when it is the actor's. NotFound else. A unit of work."""
    row = tx.execute(_ONE, {"which": number}).one_or_none()
    if row is None or row.actor_id != actor_id:
        raise NotFound(f"no archive {number} of this actor")
    return ArchiveRow(*row)


def _folder(config: Config) -> Path:
    return config.data_dir / "archives"


def path(config: Config, row: ArchiveRow) -> Path:
    """Where the file lies. NotFound while it is not ready, and when it is not there: a backup has no archives."""
    found = _folder(config) / f"{row.name}.zip"
    if not row.ready or not found.is_file():
        raise NotFound(f"the archive {row.id} is not there")
    return found


# --- the job ----------------------------------------------------------------------------------------------------


async def make_archive(node: Node, key: str) -> None:
    """The job `make_archive` (key: the archive's number). Begun anew when a process was killed in the middle. A disk that takes no more
    is told on the archive."""
    row, actor = await node.db.read(_waiting, int(key))
    if row is None or actor is None or actor.gone_at is not None:
        return
    folder = _folder(node.config)
    unfinished = folder / f"{row.name}.part"
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        await _write(node, actor, unfinished)
        size = await asyncio.to_thread(_keep, unfinished, folder / f"{row.name}.zip")
    except OSError as error:
        with contextlib.suppress(OSError):
            unfinished.unlink()
        log.error("archive_failed", archive=row.id, error=str(error))
        await node.db.write(_settle, row.id, FAILED, 0, node.clock.now(), lane=Lane.BACK)
        return
    await node.db.write(_settle, row.id, DONE, size, node.clock.now(), lane=Lane.BACK)


def _waiting(tx: Tx, number: int) -> tuple[ArchiveRow | None, ActorRow | None]:
    found = tx.execute(_ONE, {"which": number}).one_or_none()
    if found is None or found.state != WAITING:
        return None, None
    return ArchiveRow(*found), by_id(tx, found.actor_id)


def _settle(tx: Tx, number: int, state: int, size: int, now: int) -> None:
    tx.execute(_SETTLE, {"which": number, "new_state": state, "new_size": size, "now": now})


def _keep(made: Path, target: Path) -> int:
    with made.open("rb") as file:
        os.fsync(file.fileno())
    made.replace(target)
    return target.stat().st_size


async def _write(node: Node, actor: ActorRow, target: Path) -> None:
    opened = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(opened, "wb") as file, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as made:
        keys, said = await node.db.read(public_keys, actor.id), await node.db.read(cooperative_of, actor.id)
        shown = await node.db.read(profile_of, actor.id)
        document = actor_document(actor, keys, node.urls, shown, cooperative=said)
        await asyncio.to_thread(made.writestr, "actor.json", orjson.dumps(document))
        await _add(made, "outbox.json", _collection("outbox.json", _said(node, actor)))
        for name, statement in (("likes.json", _LIKED), ("bookmarks.json", _MARKED)):
            await _add(made, name, _collection(name, _uris(node, actor, statement)))
        for kind in Kind:
            await _add(made, FILE_NAMES[kind], (text.encode() async for text in export(node, actor, kind)))
        await _add_files(node, actor, made)


async def _add(made: zipfile.ZipFile, name: str, pieces: AsyncIterator[bytes]) -> None:
    with made.open(name, "w", force_zip64=True) as entry:
        async for piece in pieces:
            # Deflating some hundred posts takes a while: not in the loop's thread.
            await asyncio.to_thread(entry.write, piece)


async def _collection(name: str, pages: AsyncIterator[list[bytes]]) -> AsyncIterator[bytes]:
    """An OrderedCollection, the oldest first, whose count is known when its last item is written."""
    head = orjson.dumps(build.ordered_collection(name, 0))
    yield head.replace(b'"totalItems":0', b'"orderedItems":[').removesuffix(b"}")
    total = 0
    async for items in pages:
        if items:
            yield (b"," if total else b"") + b",".join(items)
            total += len(items)
    yield b'],"totalItems":%d}' % total


async def _said(node: Node, actor: ActorRow) -> AsyncIterator[list[bytes]]:
    after: int | None = 0
    while after is not None:
        items, after = await node.db.read_long(_said_page, actor.id, after)
        yield items


def _said_page(tx: Tx, actor_id: int, after: int) -> tuple[list[bytes], int | None]:
    rows = tx.execute(_SAID, {"whose": actor_id, "after": after, "nothing": b""}).all()
    items = [_as_it_is(row.type, bytes(row.body), row.document) for row in rows]
    return items, rows[-1].cursor if rows else None


def _as_it_is(type: str, body: bytes, document: bytes | None) -> bytes:
    """The activity; a Create with the post as it is now, after its edits."""
    if type != "Create" or not document:
        return body
    note = orjson.loads(bytes(document))
    note.pop("@context", None)
    return orjson.dumps({**orjson.loads(body), "object": note})


async def _uris(node: Node, actor: ActorRow, statement: Select[tuple[int, str]]) -> AsyncIterator[list[bytes]]:
    after: int | None = 0
    while after is not None:
        items, after = await node.db.read_long(_uris_page, statement, actor.id, after)
        yield items


def _uris_page(tx: Tx, statement: Select[tuple[int, str]], actor_id: int, after: int) -> tuple[list[bytes], int | None]:
    rows = tx.execute(statement, {"viewer": actor_id, "after": after}).all()
    return [orjson.dumps(row.uri) for row in rows], rows[-1].cursor if rows else None


async def _add_files(node: Node, actor: ActorRow, made: zipfile.ZipFile) -> None:
    after: int | None = 0
    while after is not None:
        found, after = await node.db.read_long(_files_page, actor.id, after)
        for name, extension in found:
            key = files.key(name, extension)
            size = await node.storage.size(key)
            if size is None:
                continue
            # Not compressed: pictures and videos are packed already.
            entry = zipfile.ZipInfo(f"media_attachments/{name}.{extension}")
            with made.open(entry, "w", force_zip64=True) as out:
                async for piece in node.storage.read(key, 0, size):
                    await asyncio.to_thread(out.write, piece)


def _files_page(tx: Tx, actor_id: int, after: int) -> tuple[list[tuple[str, str]], int | None]:
    rows = tx.execute(_FILES, {"whose": actor_id, "after": after}).all()
    return [(row.name, EXTENSIONS[row.media_type]) for row in rows], rows[-1].cursor if rows else None


# --- the end ----------------------------------------------------------------------------------------------------


async def sweep(node: Node) -> None:
    """Archives that are too old go, rows and files, and files of which no row is left (any more)."""
    kept = await node.db.write(_forget_old, node.clock.now(), lane=Lane.BACK)
    await asyncio.to_thread(_remove_others, _folder(node.config), kept)


def _forget_old(tx: Tx, now: int) -> set[str]:
    tx.execute(_FORGET, {"before": now - limits.ARCHIVE_DAYS * DAY_MS})
    return set(tx.execute(_NAMES).scalars())


def _remove_others(folder: Path, kept: Iterable[str]) -> None:
    names = set(kept)
    for file in folder.glob("*"):
        if file.name.partition(".")[0] not in names:
            file.unlink(missing_ok=True)


async def purge(node: Node, actor_id: int) -> None:
    """The actor is gone, and with it its archives."""
    await node.db.write(_purge, actor_id, lane=Lane.BACK)
    await sweep(node)


def _purge(tx: Tx, actor_id: int) -> None:
    tx.execute(_PURGE, {"gone": actor_id})
