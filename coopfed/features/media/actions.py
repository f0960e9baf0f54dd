"""What becomes of a file that a member uploads: kept, made fit in a process of its own, described, given to a post, swept away."""

import asyncio
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import orjson

from actors.lookup import ActorRow
from coopfed import limits
from coopfed.clock import HOUR_MS
from coopfed.db.engine import Lane
from coopfed.db.models.media import READY, WAITING
from coopfed.errors import CoopFedError, InvalidInput, NotFound, Unavailable
from coopfed.features.accounts.secrets import new_secret
from coopfed.features.media import files, store
from coopfed.features.media.rules import AUDIO, EXTENSIONS, FILE, GIFV, IMAGE, PREVIEW, Kind
from coopfed.features.media.store import MediaRow
from coopfed.ids import Urls
from coopfed.node import Node
from coopfed.observe.logs import logger
from coopfed.vocab.records import AttachmentRecord

NO_PICTURE = 2
"""The status of the process that says in a sentence why there is no picture; see `coopfed.imaging`. Others come with what is nobody's to
read."""
_AT_ONCE = 100

log = logger("media")


def new_name() -> str:
    """The part of an address that nobody can guess: files of posts for few lie at it."""
    return new_secret().replace("-", "a").replace("_", "b")


async def take(
    node: Node,
    actor: ActorRow,
    account_id: int,
    name: str,
    kind: Kind,
    description: str,
    focus: tuple[float, float] | None,
) -> MediaRow:
    """A file that lies at `files.upload(name)` is the actor's now, and waits for `finish`. Unavailable when too many wait."""
    if node.waiting_media >= limits.UPLOADS_WAITING:
        raise Unavailable(f"{node.waiting_media} files wait", reason="media_busy")
    x, y = focus or (None, None)
    stamp = node.stamp()
    row = MediaRow(
        id=stamp.mint(None),
        actor_id=actor.id,
        account_id=account_id,
        object_id=None,
        state=WAITING,
        kind=kind.kind,
        media_type=kind.media_type,
        name=name,
        size=0,
        width=None,
        height=None,
        preview_width=None,
        preview_height=None,
        blurhash=None,
        description=description,
        focus_x=x,
        focus_y=y,
        error=None,
        created_at=stamp.now,
    )
    await node.db.write(store.add, row, stamp)
    return row


async def finish(node: Node, row: MediaRow) -> MediaRow:
    """The file as it is when the work is done, which waits for its turn."""
    node.waiting_media += 1
    try:
        async with node.imaging_places:
            await process(node, str(row.id))
    finally:
        node.waiting_media -= 1
    return await node.db.read(store.by_id, row.id) or row


async def process(node: Node, key: str) -> None:
    """The job `process_media` (key: the file's number): pictures are made fit, everything else is kept as it is. Unavailable on a
    machine that did not take the file, for as long as the one that did may come back."""
    row = await node.db.read(store.by_id, int(key))
    if row is None or row.state != WAITING:
        return
    source = files.upload(node.config, row.name)
    waited = node.clock.now() - row.created_at
    if node.config.media_url and not source.exists() and waited < node.clock.span(limits.UPLOAD_ELSEWHERE_SECONDS):
        raise Unavailable(f"{row.name} lies on the machine that took it", reason="media_elsewhere", retry_after=60)
    try:
        made = await _picture(node, row) if row.kind == IMAGE else await _as_it_is(node, row)
    except InvalidInput as error:
        made = {"kind": row.kind, "media_type": row.media_type, "error": str(error)}
        log.warning("media_refused", media=row.id, detail=str(error))
    source.unlink(missing_ok=True)
    await node.db.write(store.done, row.id, made)


async def _as_it_is(node: Node, row: MediaRow) -> dict[str, object]:
    source = files.upload(node.config, row.name)
    if not source.exists():
        raise InvalidInput("the file was lost before it was kept; upload it again")
    size = await files.keep(node, row.name, EXTENSIONS[row.media_type], source)
    return {"kind": row.kind, "media_type": row.media_type, "size": size}


async def _picture(node: Node, row: MediaRow) -> dict[str, Any]:
    told = await made_fit(node, files.upload(node.config, row.name), row.name, FILE, PREVIEW)
    animated = told.pop("animated")
    return {**told, "kind": GIFV if animated and told["media_type"] == "video/mp4" else IMAGE}


async def made_fit(node: Node, source: Path, name: str, shape: str, small: str) -> dict[str, Any]:
    """The picture at `source`, made fit for this shape and kept under this name with its smaller one, which is called `small`: what the
    process says of it, and its `size`. InvalidInput when it is no picture. The source stays."""
    target, preview = source.with_name(f"{source.name}.made"), source.with_name(f"{source.name}.{small}")
    try:
        told = await _imaging(str(source), str(target), str(preview), shape)
        size = await files.keep(node, name, EXTENSIONS[told["media_type"]], target)
        await files.keep(node, name, small, preview)
    finally:
        for left in (target, preview):
            left.unlink(missing_ok=True)
    return {**told, "size": size}


async def portrait(node: Node, name: str, shape: str, actor: ActorRow, account_id: int | None) -> MediaRow:
    """The upload of this name as the avatar or header of an actor: a row that is ready, for `store.add_ready`. InvalidInput when it
    is no picture; Unavailable when too many wait."""
    if node.waiting_media >= limits.UPLOADS_WAITING:
        raise Unavailable(f"{node.waiting_media} files wait", reason="media_busy")
    source = files.upload(node.config, name)
    node.waiting_media += 1
    try:
        async with node.imaging_places:
            told = await made_fit(node, source, name, shape, PREVIEW)
    finally:
        node.waiting_media -= 1
        source.unlink(missing_ok=True)
    stamp = node.stamp()
    return MediaRow(
        id=stamp.mint(None),
        actor_id=actor.id,
        account_id=account_id,
        object_id=None,
        state=READY,
        kind=IMAGE,
        media_type=told["media_type"],
        name=name,
        size=told["size"],
        width=told["width"],
        height=told["height"],
        preview_width=told["preview_width"],
        preview_height=told["preview_height"],
        blurhash=told["blurhash"],
        description="",
        focus_x=None,
        focus_y=None,
        error=None,
        created_at=stamp.now,
    )


async def _imaging(*arguments: str) -> dict[str, Any]:
    """What the process says of the picture. InvalidInput when it is none, or takes too long."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "coopfed.imaging", *arguments),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        said, complained = await asyncio.wait_for(process.communicate(), limits.IMAGING_SECONDS)
    except TimeoutError as error:
        process.kill()
        await process.wait()
        raise InvalidInput("the picture takes too long to be unpacked") from error
    if process.returncode == NO_PICTURE:
        raise InvalidInput(complained.decode(errors="replace").strip()[-300:])
    if process.returncode != 0:
        log.warning("imaging_failed", status=process.returncode, detail=complained.decode(errors="replace")[-500:])
        raise InvalidInput("the picture could not be read")
    found: dict[str, Any] = orjson.loads(said)
    return found


async def owned(node: Node, actor: ActorRow, number: int) -> MediaRow:
    """A file of this actor's. NotFound when it has none with this number."""
    row = await node.db.read(store.by_id, number)
    if row is None or row.actor_id != actor.id:
        raise NotFound(f"no file {number} of @{actor.handle}")
    return row


async def for_post(node: Node, actor: ActorRow, ids: list[int], *, post_id: int | None = None) -> list[MediaRow]:
    """The files that a post of the actor is to have. InvalidInput for too many, unready ones, and those that another post has; NotFound
    for those of others."""
    if len(ids) > limits.POST_FILES:
        raise InvalidInput(f"Validation failed: Cannot attach more than {limits.POST_FILES} files")
    rows = [await owned(node, actor, number) for number in dict.fromkeys(ids)]
    for row in rows:
        if not row.ready:
            raise InvalidInput(
                "Validation failed: Cannot attach files that have not finished processing. Try again in a moment!"
            )
        if row.object_id not in (None, post_id):
            raise InvalidInput("Validation failed: Cannot attach files of another post")
    if len(rows) > 1 and any(row.kind == AUDIO or row.kind.startswith("video") for row in rows):
        raise InvalidInput("Validation failed: Cannot attach a video to a post that already contains images")
    return rows


def record(row: MediaRow, urls: Urls) -> AttachmentRecord:
    """The file as a post carries it."""
    focus = (row.focus_x, row.focus_y) if row.focus_x is not None and row.focus_y is not None else None
    return AttachmentRecord(
        url=row.address(urls),
        media_type=row.media_type,
        description=row.description,
        width=row.width,
        height=row.height,
        blurhash=row.blurhash,
        focal_point=focus,
    )


async def describe(node: Node, row: MediaRow, description: str | None, focus: tuple[float, float] | None) -> MediaRow:
    """Changes what a file shows, or its focal point; what is None stays."""
    text = row.description if description is None else description
    known = (row.focus_x, row.focus_y) if row.focus_x is not None and row.focus_y is not None else None
    point = focus or known
    await node.db.write(store.describe, row.id, text, point)
    x, y = point or (None, None)
    return replace(row, description=text, focus_x=x, focus_y=y)


async def sweep(node: Node, _key: str) -> None:
    """The job `sweep_media`: files that no post has any more, or never got, leave the disk."""
    before = node.clock.now() - limits.UNUSED_MEDIA_HOURS * HOUR_MS
    while found := await node.db.read_long(store.unused, before, _AT_ONCE):
        for number, name in found:
            try:
                if await node.db.write(store.forget, number, lane=Lane.BACK):
                    await files.forget(node, name)
            except (OSError, CoopFedError) as error:
                log.error("media_not_swept", media=number, error=str(error))
                raise
