"""A node's database in one file, the same for both engines: what `coopfed backup` writes and `coopfed restore` reads.

The file is a gzipped tar: `manifest.json` first (versions, schema, counts and SHA-256 of each table), then one
`tables/NAME.ndjson` per table, a row a line in the order of its key, then `coopfed.toml`. All rows are of one moment: one read
transaction sees them while the server goes on writing. SECRET_KEY is not in it: keys and tokens in the file are sealed with it.

Tables are taken as the database describes them, not as the models do, so that an older file goes into a newer program.
Imported by the command line only.
"""

import base64
import hashlib
import io
import json
import tarfile
import tempfile
import time
import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, Any

import orjson
from sqlalchemy import (
    Column,
    Connection,
    LargeBinary,
    MetaData,
    String,
    Table,
    bindparam,
    func,
    inspect,
    select,
    text,
    update,
)

from coopfed import __version__
from coopfed.db import migrate
from coopfed.db.schema import HISTORY
from coopfed.errors import StorageError

FORMAT = 1
_BATCH = 500
_VERSION = "alembic_version"
_MANIFEST, _SETTINGS = "manifest.json", "coopfed.toml"
_GAP = 1_000_000
"""How far growing numbers jump after a restore: what was counted after the backup is never counted again."""

Told = Callable[[str, int], None]
"""`(table, rows so far)`, for a progress bar."""


@dataclass(frozen=True, slots=True)
class Contents:
    """What a table of the archive holds: its columns in order, how many rows, and the SHA-256 of its lines in hexadecimal."""

    columns: list[str]
    rows: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """What the archive is: of which node, written when (milliseconds) by which version from which schema, and each table."""

    format: int
    node: str
    version: str
    schema: str
    created_at: int
    tables: dict[str, Contents]

    @property
    def rows(self) -> int:
        """All rows together."""
        return sum(contents.rows for contents in self.tables.values())


class ArchiveFault(StorageError):
    """The file is no backup of ours, is damaged, or belongs to another node or a newer program; nothing was changed."""

    reason = "archive"


def write(
    target: str, file: Path, node: str, settings: Path | None, told: Told = lambda _table, _rows: None
) -> Manifest:
    """Writes the database at `target` (as `migrate` takes it) of the node at that address to a new file. What it holds.

    The file appears under its name only when it is whole. StorageError when the disk is full or the file is there already.
    """
    if file.exists():
        raise ArchiveFault(f"{file} is there already; choose another name")
    partial = file.with_name(f".{file.name}.partial")
    try:
        with tempfile.TemporaryDirectory(dir=file.parent, prefix=".coopfed-backup-") as folder:
            manifest = _dump(target, Path(folder), node, told)
            _pack(partial, Path(folder), manifest, settings)
        partial.rename(file)
    except OSError as error:
        raise ArchiveFault(f"{file} cannot be written: {error}") from error
    finally:
        partial.unlink(missing_ok=True)
    return manifest


def _dump(target: str, folder: Path, node: str, told: Told) -> Manifest:
    found: dict[str, Contents] = {}
    schema = ""

    def dump(connection: Connection) -> None:
        nonlocal schema
        schema = _revision(connection)
        for table in _tables(connection):
            found[table.name] = _dump_table(connection, table, folder / f"{table.name}.ndjson", told)

    migrate.read_snapshot(target, dump)
    return Manifest(FORMAT, node, __version__, schema, int(time.time() * 1000), found)


def _revision(connection: Connection) -> str:
    if not inspect(connection).has_table(_VERSION):
        raise ArchiveFault("the database is empty; run: coopfed init")
    return str(connection.execute(text(f"SELECT version_num FROM {_VERSION}")).scalar_one())


def _tables(connection: Connection) -> list[Table]:
    """Every table, those before that others refer to."""
    metadata = MetaData()
    metadata.reflect(connection)
    return [table for table in metadata.sorted_tables if table.name != _VERSION]


def _dump_table(connection: Connection, table: Table, file: Path, told: Told) -> Contents:
    digest, count = hashlib.sha256(), 0
    rows = connection.execution_options(yield_per=_BATCH).execute(
        select(table).order_by(*_in_key_order(connection, table))
    )
    with file.open("wb") as lines:
        for batch in rows.partitions():
            block = b"".join(_line(row) for row in batch)
            digest.update(block)
            lines.write(block)
            count += len(batch)
            told(table.name, count)
    return Contents([column.name for column in table.columns], count, digest.hexdigest())


def _in_key_order(connection: Connection, table: Table) -> list[Any]:
    """The key's columns as both engines sort them: texts by their bytes, whatever language the database speaks."""
    by_bytes = connection.dialect.name == "postgresql"
    return [
        column.collate("C") if by_bytes and isinstance(column.type, String) else column
        for column in table.primary_key.columns
    ]


def _line(row: Iterable[Any]) -> bytes:
    return orjson.dumps([_plain(value) for value in row]) + b"\n"


def _plain(value: Any) -> Any:
    return base64.b64encode(value).decode() if isinstance(value, bytes | memoryview) else value


def _pack(file: Path, folder: Path, manifest: Manifest, settings: Path | None) -> None:
    file.touch(mode=0o600)
    with tarfile.open(file, "w:gz", compresslevel=5) as archive:
        _add(archive, _MANIFEST, json.dumps(asdict(manifest), indent=1).encode())
        for name in manifest.tables:
            archive.add(folder / f"{name}.ndjson", f"tables/{name}.ndjson", filter=_without_owner)
        if settings is not None and settings.exists():
            _add(archive, _SETTINGS, settings.read_bytes())


def _add(archive: tarfile.TarFile, name: str, content: bytes) -> None:
    member = tarfile.TarInfo(name)
    member.size, member.mode, member.mtime = len(content), 0o600, int(time.time())
    archive.addfile(member, io.BytesIO(content))


def _without_owner(member: tarfile.TarInfo) -> tarfile.TarInfo:
    member.uid = member.gid = 0
    member.uname = member.gname = ""
    return member


def read_manifest(file: Path) -> Manifest:
    """What a file holds, as it says. ArchiveFault when it is no backup, or one of a newer program."""
    with _opened(file) as archive:
        first = archive.next()
        if first is None or first.name != _MANIFEST:
            raise ArchiveFault(f"{file} is no backup of a CoopFed node")
        content = archive.extractfile(first)
        try:
            found = json.loads(content.read() if content else b"")
            tables = {name: Contents(**contents) for name, contents in found.pop("tables").items()}
            manifest = Manifest(tables=tables, **found)
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            raise ArchiveFault(f"{file} is no backup of a CoopFed node: {error}") from error
    if manifest.format != FORMAT or manifest.schema not in HISTORY:
        raise ArchiveFault(
            f"{file} was written by CoopFed {manifest.version} (schema {manifest.schema}), which is newer than this one; "
            "install that version"
        )
    return manifest


def settings_of(file: Path) -> bytes | None:
    """The settings file that was packed with it, if any."""
    with _opened(file) as archive:
        for member in archive:
            if member.name == _SETTINGS:
                content = archive.extractfile(member)
                return content.read() if content else None
    return None


def verify(file: Path, manifest: Manifest) -> None:
    """Reads the whole file and compares it with its manifest. ArchiveFault names the table that is damaged or missing."""
    seen = {}
    with _opened(file) as archive:
        for name, lines in _members(archive):
            digest, count = hashlib.sha256(), 0
            for line in lines:
                digest.update(line)
                count += 1
            seen[name] = (count, digest.hexdigest())
    for name, contents in manifest.tables.items():
        if seen.get(name) != (contents.rows, contents.sha256):
            raise ArchiveFault(f"{file} is damaged: table {name} is not what was written; use another backup")


def restore(
    target: str,
    file: Path,
    manifest: Manifest,
    check: Callable[[Connection], None] = lambda _connection: None,
    told: Told = lambda _table, _rows: None,
) -> None:
    """Fills the empty database at `target` from the file, then brings it to this program's schema. Run `verify` before.

    `check` looks at what was filled in and raises to refuse it. ArchiveFault when the database is not empty. Whatever fails,
    nothing is stored.
    """

    def fill(connection: Connection) -> None:
        _fill(connection, file, manifest, told)
        check(connection)

    migrate.upgrade(target, manifest.schema)
    migrate.write_at_once(target, fill)
    migrate.upgrade(target)


def _fill(connection: Connection, file: Path, manifest: Manifest, told: Told) -> None:
    tables = {table.name: table for table in _tables(connection)}
    for table in tables.values():
        if connection.execute(select(func.count()).select_from(table)).scalar_one():
            raise ArchiveFault(
                f"the database is not empty (table {table.name}); restore into an empty folder or database"
            )
    with _opened(file) as archive:
        for name, lines in _members(archive):
            _load_table(connection, tables[name], manifest.tables[name].columns, lines, told)
    for table in tables.values():
        _jump(connection, table)
    if connection.dialect.name == "sqlite" and connection.execute(text("PRAGMA foreign_key_check")).first():
        raise ArchiveFault(f"{file} is damaged: rows refer to others that are not in it")


def _load_table(connection: Connection, table: Table, names: list[str], lines: Iterable[bytes], told: Told) -> None:
    columns, own = [table.columns[name] for name in names], _self_references(table)
    reading = [_reader(column) for column in columns]
    later: list[dict[str, Any]] = []
    batch: list[dict[str, Any]] = []
    count = 0
    for line in lines:
        values = (read(value) for read, value in zip(reading, orjson.loads(line), strict=True))
        row = dict(zip(names, values, strict=True))
        for name in own:
            if row[name] is not None:
                # What a row refers to in its own table may come after it; rules are not deferred on either engine.
                later.append({"row_id": row["id"], "refers_to": row[name], "column": name})
                row[name] = None
        batch.append(row)
        count += 1
        if len(batch) == _BATCH:
            connection.execute(table.insert(), batch)
            batch = []
            told(table.name, count)
    if batch:
        connection.execute(table.insert(), batch)
        told(table.name, count)
    for name in own:
        statement = update(table).where(table.c.id == bindparam("row_id")).values({name: bindparam("refers_to")})
        found = [{key: row[key] for key in ("row_id", "refers_to")} for row in later if row["column"] == name]
        for start in range(0, len(found), _BATCH):
            connection.execute(statement, found[start : start + _BATCH])


def _self_references(table: Table) -> list[str]:
    return [
        column.name for column in table.columns for key in column.foreign_keys if key.column.table.name == table.name
    ]


def _reader(column: Column[Any]) -> Callable[[Any], Any]:
    if isinstance(column.type, LargeBinary):
        return lambda value: None if value is None else base64.b64decode(value)
    if column.type.python_type is bool:
        return lambda value: None if value is None else bool(value)
    return lambda value: value


_COUNTED = frozenset({"notification", "peer", "push_subscription", "stream_event"})
"""Tables whose numbers the database gives."""


def _jump(connection: Connection, table: Table) -> None:
    """Lets numbers that the database counts go on far behind the last one that was given away before the restore."""
    key = list(table.primary_key.columns)
    counted = len(key) == 1 and key[0].name == "id" and table.name in _COUNTED
    last = connection.execute(select(func.max(key[0]))).scalar_one() if counted else None
    if last is None:
        return
    if connection.dialect.name == "postgresql":
        sequence = text("SELECT setval(pg_get_serial_sequence(:table, 'id'), :value)")
        connection.execute(sequence, {"table": table.name, "value": last + _GAP})
    elif table.name == "notification":
        # SQLite counts from the largest number that is there: the newest notification takes one far ahead.
        moved = update(table).where(key[0] == bindparam("newest")).values({key[0].name: bindparam("ahead")})
        connection.execute(moved, {"newest": last, "ahead": last + _GAP})


@contextmanager
def _opened(file: Path) -> Iterator[tarfile.TarFile]:
    try:
        with tarfile.open(file, "r:gz") as archive:
            yield archive
    except (OSError, EOFError, zlib.error, tarfile.TarError) as error:
        raise ArchiveFault(f"{file} cannot be read, it is damaged or no backup: {error}") from error


def _members(archive: tarfile.TarFile) -> Iterator[tuple[str, IO[bytes]]]:
    """Each table's name and lines, in the order of the file. Nothing is unpacked to disk: names in it are only names."""
    for member in archive:
        name = member.name.removeprefix("tables/").removesuffix(".ndjson")
        content = archive.extractfile(member) if member.name == f"tables/{name}.ndjson" else None
        if content is not None:
            yield name, content
