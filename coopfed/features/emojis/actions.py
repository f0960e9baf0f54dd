"""What operators do to the node's emojis: add them, change picture or category, hide them, take them away."""

import asyncio
import re
import shutil
from dataclasses import replace
from pathlib import Path

from actors import emojis
from actors.emojis import EXTENSIONS, STILL, EmojiRow
from coopfed import limits
from coopfed.db.signals import Topic
from coopfed.db.tx import Tx
from coopfed.errors import InvalidInput, NotFound
from coopfed.features.media import files
from coopfed.features.media.actions import made_fit, new_name
from coopfed.features.media.rules import BEGINNING, EMOJI, IMAGE, kind_of
from coopfed.node import Node
from coopfed.text.sanitise import line

_SHORTCODE = re.compile(r"[A-Za-z0-9_]{2,64}")
_CATEGORY_CHARACTERS = 100


async def add_emoji(node: Node, shortcode: str, picture: Path, category: str = "", *, visible: bool = True) -> EmojiRow:
    """A new emoji of this node, or another picture for one that there is: posts that have it show the new one. InvalidInput says what
    cannot be. Source: toot:Emoji; Mastodon's bounds of shortcodes."""
    code = checked_shortcode(shortcode)
    before = await node.db.read(_one, code)
    if before is None and len(await node.db.read(emojis.every)) >= limits.EMOJIS:
        raise InvalidInput(
            f"there are {limits.EMOJIS} emojis already, which is as many as apps are given; remove one first"
        )
    name = new_name()
    source = files.upload(node.config, name)
    await asyncio.to_thread(_take, picture, source)
    try:
        told = await made_fit(node, source, name, EMOJI, STILL)
    finally:
        await asyncio.to_thread(source.unlink, missing_ok=True)
    stamp = node.stamp()
    row = EmojiRow(
        id=before.id if before is not None else stamp.mint(None),
        shortcode=code,
        category=checked_category(category) or (before.category if before is not None else ""),
        name=name,
        media_type=told["media_type"],
        visible=visible,
        created_at=before.created_at if before is not None else stamp.now,
        updated_at=stamp.now,
    )
    await node.db.write(emojis.put, row, wakes=(Topic.CACHES,))
    if before is not None:
        await _drop_picture(node, before)
    return row


def _take(picture: Path, target: Path) -> None:
    """A copy of the picture, for the process that reads it. InvalidInput when it is none, or too large."""
    try:
        if picture.stat().st_size > limits.EMOJI_BYTES:
            raise InvalidInput(f"{picture.name} has more than {limits.EMOJI_BYTES // limits.KIB} KiB; make it smaller")
        with picture.open("rb") as file:
            if kind_of(file.read(BEGINNING)).kind != IMAGE:
                raise InvalidInput(f"{picture.name} is no picture")
        shutil.copyfile(picture, target)
    except OSError as error:
        raise InvalidInput(f"{picture} cannot be read: {error.strerror}") from error


async def change_emoji(node: Node, shortcode: str, category: str | None, visible: bool | None) -> EmojiRow:
    """Puts an emoji into another category of pickers, hides it from them or shows it again; what is None stays. NotFound when there is
    no such emoji."""
    row = await _known(node, shortcode)
    changed = replace(
        row,
        category=row.category if category is None else checked_category(category),
        visible=row.visible if visible is None else visible,
        updated_at=node.clock.now(),
    )
    await node.db.write(emojis.put, changed)
    return changed


async def remove_emoji(node: Node, shortcode: str) -> EmojiRow:
    """Takes an emoji away: texts that have it show its shortcode from now on. NotFound when there is no such emoji."""
    row = await _known(node, shortcode)
    await node.db.write(emojis.remove, row.shortcode, wakes=(Topic.CACHES,))
    await _drop_picture(node, row)
    return row


async def _drop_picture(node: Node, row: EmojiRow) -> None:
    await node.storage.delete([files.key(row.name, ending) for ending in (EXTENSIONS[row.media_type], STILL)])


async def _known(node: Node, shortcode: str) -> EmojiRow:
    row = await node.db.read(_one, shortcode.strip(":"))
    if row is None:
        raise NotFound(f"there is no emoji :{shortcode.strip(':')}: here")
    return row


def _one(tx: Tx, shortcode: str) -> EmojiRow | None:
    return next(iter(emojis.named(tx, [shortcode])), None)


def checked_shortcode(shortcode: str) -> str:
    """The shortcode without colons. InvalidInput when it is none. Pure."""
    code = shortcode.strip(":")
    if not _SHORTCODE.fullmatch(code):
        raise InvalidInput(f"{shortcode!r} is no shortcode: use 2 to 64 of the letters a-z, digits and _")
    return code


def checked_category(category: str) -> str:
    """The category in one line. InvalidInput when it is too long. Pure."""
    found = line(category)
    if len(found) > _CATEGORY_CHARACTERS:
        raise InvalidInput(f"a category has at most {_CATEGORY_CHARACTERS} characters")
    return found
