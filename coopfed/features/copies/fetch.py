"""Copies of others' files: had when somebody first looks, kept while somebody does, and taken away in time.

One GET without signature, cookie, referrer or anything of the reader. What comes back is judged by its bytes; pictures are unpacked in a
process of their own and written anew, films and sounds are served as they are, in a sandbox. An origin that fails is left alone for a
while. Source: design 9, *Sanitising*; security research 1.1, 1.3, 1.4.
"""

import asyncio
import contextlib
from pathlib import Path

from actors.emojis import STILL
from coopfed import limits
from coopfed.clock import DAY_MS
from coopfed.db.engine import Lane
from coopfed.db.models.profiles import HAD
from coopfed.db.tx import Tx
from coopfed.errors import AddressRefused, CoopFedError, FetchError, InvalidInput, NotFound, PeerBlocked, Unavailable
from coopfed.features.copies import store
from coopfed.features.copies.store import CopyRow
from coopfed.features.media import files
from coopfed.features.media.actions import made_fit, new_name
from coopfed.features.media.rules import BEGINNING, EMOJI, EXTENSIONS, FILE, IMAGE, PREVIEW, Kind, kind_of
from coopfed.net.fetch import Budget, fetch_file
from coopfed.node import Node
from coopfed.observe.logs import logger
from coopfed.vocab.origin import authority

_AT_ONCE = 100

log = logger("copies")


def small(shape: str) -> str:
    """How the smaller picture of a copy is called; of an emoji it is the one that does not move."""
    return STILL if shape == EMOJI else PREVIEW


async def copy_of(node: Node, shape: str, url: str) -> CopyRow:
    """The copy of the file at this address, which is fetched now when it is not here. NotFound when it cannot be had, or is a file
    that no post has any more: an address that was seen once ends with the post. Unavailable when it is not here yet."""
    name = files.COPIES + node.urls.seal(shape, url)
    if await node.is_blocked(authority(url)):
        raise NotFound(f"{url} lies on a blocked host")
    row, now = await node.db.read(_known, name, shape, url), node.clock.now()
    if row is not None and row.had and await node.storage.size(files.key(name, EXTENSIONS[row.media_type])):
        if row.used_at < now - limits.COPY_USED_SECONDS * 1000:
            await node.db.write(store.touch, name, now, lane=Lane.BACK)
        if row.again_at <= now and shape != FILE:
            with contextlib.suppress(Unavailable):
                _begin(node, name, shape, url, row)
        return row
    if row is not None and row.tries and row.again_at > now:
        raise NotFound(f"{url} could not be had lately")
    work = _begin(node, name, shape, url, row)
    done, _waiting = await asyncio.wait([work], timeout=limits.COPY_WAIT_SECONDS)
    if not done:
        raise Unavailable(f"{url} is not here yet", reason="copy_waits", retry_after=5)
    return work.result()


def _known(tx: Tx, name: str, shape: str, url: str) -> CopyRow | None:
    if shape == FILE and not store.is_shown(tx, url):
        raise NotFound(f"no post has {url} (any more)")
    return store.find(tx, name)


def _begin(node: Node, name: str, shape: str, url: str, known: CopyRow | None) -> "asyncio.Task[CopyRow]":
    """The work on a copy, one for all who look at it at one moment. Unavailable when too many wait, or the disk is full."""
    work = node.memory.copies.get(name)
    if work is None:
        if len(node.memory.copies) >= limits.COPIES_WAITING or node.disk_low:
            raise Unavailable("other files come first", reason="copies_busy", retry_after=10)
        work = node.memory.copies[name] = asyncio.create_task(_copied(node, name, shape, url, known))
        work.add_done_callback(lambda done: _landed(node, name, done))
    return work


def _landed(node: Node, name: str, work: "asyncio.Task[CopyRow]") -> None:
    node.memory.copies.pop(name, None)
    if not work.cancelled():
        work.exception()  # whoever waited has it; nobody may have


async def _copied(node: Node, name: str, shape: str, url: str, known: CopyRow | None) -> CopyRow:
    async with node.copying_places:
        # Another process may be at the same file.
        source = files.upload(node.config, new_name())
        try:
            kind = await _fetched(node, url, shape, source)
            media_type, size = await _kept(node, name, shape, kind, source)
        except PeerBlocked as error:
            raise NotFound(f"{url} lies on a blocked host") from error
        except (FetchError, AddressRefused, InvalidInput) as error:
            await _missed(node, name, shape, url, known, error)
            raise NotFound(f"{url} cannot be had: {error}") from error
        finally:
            source.unlink(missing_ok=True)
    now = node.clock.now()
    fresh = node.clock.span(limits.COPY_FRESH_SECONDS)
    row = CopyRow(name, url, shape, HAD, media_type, size, 0, now, now + fresh)
    await node.db.write(store.put, row)
    if known is not None and known.had and known.media_type != media_type:
        await node.storage.delete([files.key(name, EXTENSIONS[known.media_type])])
    await _make_room(node, name)
    return row


async def _fetched(node: Node, url: str, shape: str, target: Path) -> Kind:
    """What was written to `target`. FetchError when it did not come whole; InvalidInput when it is nothing that is served here."""
    most = limits.COPY_BYTES if shape == FILE else limits.IMAGE_BYTES
    with target.open("wb") as file:
        await fetch_file(node.http, url, file, max_bytes=most, budget=Budget(limits.FETCH_REDIRECTS + 1))
        size = file.tell()
    with target.open("rb") as file:
        kind = kind_of(file.read(BEGINNING))
    if kind.kind != IMAGE and shape != FILE:
        raise InvalidInput(f"a {kind.kind} is no {shape}")
    if size > kind.most:
        raise InvalidInput(f"more than {kind.most} bytes")
    return kind


async def _kept(node: Node, name: str, shape: str, kind: Kind, source: Path) -> tuple[str, int]:
    """The type and the bytes of the copy that is kept."""
    if kind.kind != IMAGE:
        return kind.media_type, await files.keep(node, name, EXTENSIONS[kind.media_type], source)
    async with node.copy_imaging_places:
        told = await made_fit(node, source, name, shape, small(shape))
    return told["media_type"], told["size"]


async def _missed(node: Node, name: str, shape: str, url: str, known: CopyRow | None, error: CoopFedError) -> None:
    """Notes that the file could not be had: the next try comes four times as late as the last one."""
    tries = (known.tries if known is not None else 0) + 1
    first, most = limits.COPY_AGAIN_SECONDS
    wait = node.clock.span(min(first * 4 ** min(tries - 1, 8), most))
    log.debug("copy_not_had", host=authority(url), reason=error.reason, tries=tries)
    now = node.clock.now()
    await node.db.write(store.miss, name, url, shape, tries, now, now + wait)


async def _make_room(node: Node, but: str) -> None:
    """Takes away what nobody looked at for longest, as long as the copies take more than COPIES_MIB."""
    over = await node.db.read(store.total) - node.config.copies_mib * limits.MIB
    if over > 0:
        names = await node.db.read(store.oldest, over, _AT_ONCE)
        await _drop(node, [name for name in names if name != but])


async def _drop(node: Node, names: list[str]) -> None:
    for name in names:
        row = await node.db.read(store.find, name)
        await node.db.write(store.forget, name, lane=Lane.BACK)
        await files.forget(node, name, small(row.shape if row is not None else FILE))


async def sweep_copies(node: Node) -> None:
    """Takes away what nobody looked at for RETENTION_COPIES days."""
    if not node.config.retention_copies:
        return
    before = node.clock.now() - node.config.retention_copies * DAY_MS
    while found := await node.db.read_long(store.unused, before, _AT_ONCE):
        await _drop(node, found)
