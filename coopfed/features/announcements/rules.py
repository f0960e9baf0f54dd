"""What an announcement may say, and with what it is reacted to. Pure."""

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

from coopfed import limits
from coopfed.errors import InvalidInput

_JOINER, _PICTURE, _KEYCAP = "\u200d", "\ufe0f", "\u20e3"
_FLAG = range(0x1F1E6, 0x1F200)
_SKIN = range(0x1F3FB, 0x1F400)
_TAGS = range(0xE0020, 0xE0080)


@dataclass(frozen=True, slots=True)
class Said:
    """What is announced: plain text, and the time that it is about (milliseconds), if there is one."""

    text: str
    starts_at: int | None = None
    ends_at: int | None = None
    all_day: bool = False


def checked(said: Said) -> Said:
    """The announcement as it is stored. InvalidInput says what to change."""
    text = said.text.strip()
    if not text:
        raise InvalidInput("Validation failed: an announcement says something")
    if len(text) > limits.ANNOUNCEMENT_CHARACTERS:
        raise InvalidInput(
            f"Validation failed: an announcement has at most {limits.ANNOUNCEMENT_CHARACTERS} characters"
        )
    if said.ends_at is not None and said.starts_at is not None and said.ends_at < said.starts_at:
        raise InvalidInput("Validation failed: it ends before it begins")
    if said.all_day and said.starts_at is None:
        raise InvalidInput("Validation failed: whole days need a beginning")
    return Said(text, said.starts_at, said.ends_at, said.all_day)


def emoji(name: str) -> str:
    """One emoji of Unicode, as somebody reacts with it. InvalidInput for anything else."""
    if not is_emoji(name):
        raise InvalidInput(f"Validation failed: {name[:20]!r} is not one emoji")
    return name


def is_emoji(name: str) -> bool:
    """Whether it is one emoji of Unicode."""
    if not 1 <= len(name) <= limits.EMOJI_LENGTH:
        return False
    if name[0] in "0123456789#*":
        return name[1:] in (_KEYCAP, _PICTURE + _KEYCAP)
    if all(ord(sign) in _FLAG for sign in name):
        return len(name) == 2
    parts = name.split(_JOINER)
    return all(_is_picture(part) for part in parts)


def _is_picture(part: str) -> bool:
    """One symbol, and what may follow it: its presentation, a colour of skin, the letters of a region."""
    if not part or unicodedata.category(part[0]) != "So" or ord(part[0]) in _FLAG:
        return False
    return all(_follows(part[1:]))


def _follows(rest: str) -> Iterator[bool]:
    for sign in rest:
        yield sign == _PICTURE or ord(sign) in _SKIN or ord(sign) in _TAGS
