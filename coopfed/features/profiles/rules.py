"""What a profile may say, and how it is written. Pure."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from actors.lookup import ActorRow
from actors.profile import Field, ProfileRow
from coopfed import limits
from coopfed.errors import InvalidInput
from coopfed.features.media.store import MediaRow
from coopfed.text.render import MentionTarget, inline, render
from coopfed.text.sanitise import REL, line, sanitise

_LONE_LINK = re.compile(r"https?://[^\s<>\"]+", re.IGNORECASE)
_BOTS = {("Person", True): "Service", ("Service", False): "Person"}


@dataclass(frozen=True, slots=True)
class Portrait:
    """A change of avatar or header: the new file or none, and what it shows; what is None stays."""

    file: MediaRow | None = None
    remove: bool = False
    description: str | None = None


@dataclass(frozen=True, slots=True)
class Edit:
    """What is to change about a profile; what is None stays. Texts as they were typed; `fields` are names and values, `coded` those
    that are made of the codes of a cooperative."""

    name: str | None = None
    note: str | None = None
    fields: Sequence[tuple[str, str]] | None = None
    coded: tuple[Field, ...] | None = None
    locked: bool | None = None
    bot: bool | None = None
    discoverable: bool | None = None
    indexable: bool | None = None
    hide_collections: bool | None = None
    avatar: Portrait = Portrait()
    header: Portrait = Portrait()


def checked(edit: Edit, row: ActorRow) -> Edit:
    """The edit as it will be made of this actor's profile. InvalidInput says what to change."""
    name = None if edit.name is None else line(edit.name)
    if name is not None and len(name) > limits.NAME_LENGTH:
        raise InvalidInput(f"Validation failed: Display name is too long (maximum is {limits.NAME_LENGTH} characters)")
    note = None if edit.note is None else edit.note.replace("\x00", "").replace("\r\n", "\n").strip()
    if note is not None and len(note) > limits.PROFILE_NOTE_CHARACTERS:
        raise InvalidInput(
            f"Validation failed: Note is too long (maximum is {limits.PROFILE_NOTE_CHARACTERS} characters)"
        )
    if edit.bot and row.type not in ("Person", "Service"):
        raise InvalidInput(f"Validation failed: a {row.type.lower()} is no bot; only people's accounts can be one")
    fields = None if edit.fields is None else _checked_fields(edit.fields)
    # Without a name people would see an empty place: the handle stands there, as on Mastodon.
    return replace(edit, name=name if name is None else name or row.handle, note=note, fields=fields)


def _checked_fields(fields: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    found = [(line(name), line(value)) for name, value in fields]
    found = [(name, value) for name, value in found if name or value]
    if len(found) > limits.PROFILE_FIELDS:
        raise InvalidInput(f"Validation failed: at most {limits.PROFILE_FIELDS} fields are shown")
    for name, value in found:
        if not name:
            raise InvalidInput("Validation failed: a field has no name")
        if max(len(name), len(value)) > limits.PROFILE_FIELD_CHARACTERS:
            raise InvalidInput(
                f"Validation failed: a field is too long (maximum is {limits.PROFILE_FIELD_CHARACTERS} characters)"
            )
    return found


def kind(row: ActorRow, bot: bool | None) -> str:
    """The type of the actor when it is a bot, or is none; other types than people's stay."""
    return row.type if bot is None else _BOTS.get((row.type, bot), row.type)


def summary(note: str, mentions: Mapping[str, MentionTarget], tags: str) -> str:
    """The clean HTML of a note, made as that of posts. The arguments are those of `coopfed.text.render.render`."""
    return sanitise(render(note, mentions, tags))


def fields(typed: Sequence[tuple[str, str]], before: ProfileRow, tags: str) -> tuple[Field, ...]:
    """The fields as they are stored. One whose value stays the same stays verified."""
    known = {(field.name, field.value): field.verified_at for field in before.typed}
    return tuple(
        Field(name, with_me(sanitise(inline(value, {}, tags)), value), value, known.get((name, value)))
        for name, value in typed
    )


def lone_link(value: str) -> str | None:
    """The address that is all of a field's value: whoever owns it can say so there. None for other values."""
    return value if _LONE_LINK.fullmatch(value) else None


def with_me(html: str, value: str) -> str:
    """The clean HTML of a field, marked as leading to the actor itself where it does nothing else. Source: microformats, rel-me."""
    return html.replace(f'rel="{REL}"', f'rel="me {REL}"') if lone_link(value) else html


def verified(profile: ProfileRow, found: Sequence[str], now: int) -> ProfileRow:
    """The profile with these values verified now, as far as it still has them."""
    kept = tuple(
        replace(field, verified_at=now) if field.value in found and field.verified_at is None else field
        for field in profile.fields
    )
    return replace(profile, fields=kept)
