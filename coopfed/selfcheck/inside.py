"""What the node finds in its own database, on its own disk: no network is asked."""

import asyncio
import shutil
from typing import Final

from sqlalchemy import text

from coopfed import limits
from coopfed.db.schema import revision
from coopfed.db.tx import Tx
from coopfed.errors import StorageError
from coopfed.features import retention
from coopfed.features.figures import Figures, Queue, figures
from coopfed.features.media.files import upload
from coopfed.net.storage import folder_of
from coopfed.node import Node
from coopfed.selfcheck.verdict import Check, beside, fine, wrong

LATE_SECONDS: Final = 300
"""Work that has been due for so long means that nobody does it."""
_FEW_PEERS: Final = 5
_QUICK_CHECK: Final = text("PRAGMA quick_check(3)")


async def inside(node: Node) -> list[Check]:
    """Database, schema, disk, files, queues, peers, retention."""
    now = node.clock.now()
    checks = [await _schema(node), await _database(node), await _disk(node), await _files(node)]
    try:
        found = await node.db.read_long(figures, now)
        due = await node.db.read_long(retention.due, node.config, now)
    except StorageError as error:
        return [*checks, wrong("queues", f"cannot be read: {error}")]
    queues = [_queue(queue, found) for queue in found.queues]
    return [*checks, *queues, _peers(found), _retention(due, found)]


async def _schema(node: Node) -> Check:
    # Which it must be was asked when the node was opened.
    return fine("schema", f"{await node.db.read(revision)}")


async def _database(node: Node) -> Check:
    if node.config.on_postgres:
        return beside("database", "PostgreSQL watches over its own files")
    try:
        found = await node.db.read_long(_faults)
    except StorageError as error:
        found = [str(error)]
    if found:
        return wrong(
            "database",
            f"damaged: {'; '.join(found)[:300]}. Stop the server, keep a copy of the file, and restore the last backup "
            "into a new folder: coopfed restore FILE",
        )
    return fine("database", "whole (SQLite quick_check)")


def _faults(tx: Tx) -> list[str]:
    return [found for found in tx.execute(_QUICK_CHECK).scalars() if found != "ok"]


async def _disk(node: Node) -> Check:
    free = (await asyncio.to_thread(shutil.disk_usage, node.config.data_dir)).free
    told = f"{free // limits.MIB} MiB free in {node.config.data_dir.resolve()}"
    if free < limits.DISK_FREE_BYTES:
        return wrong(
            "disk", f"{told}; below {limits.DISK_FREE_BYTES // limits.MIB} MiB nothing is taken any more: make room"
        )
    return fine("disk", told)


async def _files(node: Node) -> Check:
    """Where uploads lie, and whether a bucket takes and gives them: one small file is put there and taken away."""
    if not node.config.media_url:
        return fine(
            "files",
            f"they lie in {(folder_of(node.config)).resolve()}; coopfed backup leaves them out: save the folder too",
        )
    key, made = f"doctor/{node.minter.mint()}.txt", upload(node.config, "doctor")
    await asyncio.to_thread(made.write_bytes, b"coopfed doctor")
    try:
        await node.storage.put(key, made, "text/plain")
        found = await node.storage.size(key)
        await node.storage.delete([key])
    except StorageError as error:
        return wrong("files", f"{error}: look at MEDIA_URL and the S3 settings, and what the key may do")
    finally:
        made.unlink(missing_ok=True)
    if found is None:
        return wrong("files", f"{node.config.media_url} forgets what is put there")
    return fine("files", f"they lie in {node.config.media_url}")


def _queue(queue: Queue, found: Figures) -> Check:
    told = f"{queue.waiting} wait"
    if queue.waiting:
        told += f", the oldest for {_span(queue.oldest)}"
    if queue.name == "deliveries":
        told += f"; {found.deliveries['given_up']} were given up, {found.deliveries['done']} are done"
    if queue.late >= LATE_SECONDS * 1000:
        return wrong(
            queue.name, f"{told}; due for {_span(queue.late)} and nobody takes them: start coopfed serve or worker"
        )
    if queue.name == "arrivals" and queue.waiting >= limits.INBOX_BACKLOG:
        return wrong(queue.name, f"{told}; the inbox refuses more: give the machine a faster disk or processor")
    return fine(queue.name, told)


def _peers(found: Figures) -> Check:
    told = ", ".join(f"{count} {circuit}" for circuit, count in found.peers.items())
    down, up = found.peers["open"], found.peers["closed"]
    if down > max(up, _FEW_PEERS):
        return wrong("peers", f"{told}; most do not answer: may this machine open connections to port 443?")
    return fine("peers", told)


def _retention(due: dict[str, int], found: Figures) -> Check:
    size = f"the database has {found.database_bytes / limits.MIB:.1f} MiB"
    kinds = ", ".join(f"{count} {kind.replace('_', ' ')}" for kind, count in due.items())
    return fine(
        "retention", f"{size}; the next night takes {kinds}" if due else f"{size}; everything is kept (RETENTION_*)"
    )


def _span(milliseconds: int) -> str:
    seconds = milliseconds // 1000
    for size, name in ((86_400, "d"), (3_600, "h"), (60, "min")):
        if seconds >= 2 * size:
            return f"{seconds // size} {name}"
    return f"{seconds} s"
