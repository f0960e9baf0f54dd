"""What a cooperative may say of itself, how it is checked, and what of it stands in fields for those who read no codes. Pure."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from html import escape
from typing import Any

from actors.cooperative import TABLES, Cooperative, Description, Identifier, Kind
from actors.profile import Field
from coopfed import limits
from coopfed.codes import identifiers as registries
from coopfed.codes import tables
from coopfed.codes.identifiers import Doubt
from coopfed.errors import Fault, InvalidFields
from coopfed.features.match_wishes import Rhythm
from coopfed.text.i18n import mark as _
from coopfed.text.i18n import translator
from coopfed.text.parameters import listed, truth
from coopfed.text.sanitise import line, plain, sanitise
from coopfed.text.typed import Asked, stored
from coopfed.vocab.values import language_tag

MANY = {
    "sectors": (Kind.SECTOR, limits.PROFILE_SECTORS),
    "regions": (Kind.REGION, limits.PROFILE_REGIONS),
    "languages": (Kind.LANGUAGE, limits.PROFILE_LANGUAGES),
    "offers": (Kind.OFFERS, limits.CODES_READ),
    "needs": (Kind.NEEDS, limits.CODES_READ),
    "sdgs": (Kind.SDG, limits.CODES_READ),
    "ica_principles": (Kind.PRINCIPLE, limits.CODES_READ),
}
"""Fields with lists of codes: of which kind, and how many at most."""
ONE = {"cooperative_type": Kind.TYPE, "size_class": Kind.SIZE}
TEXTS = ("legal_name", "registry_category")
COUNTS = ("members_count", "workers_count")
SWITCHES = ("discoverable", "aggregation_consent")
_HTML = re.compile(r"\s*<(?:p|ul|ol|blockquote|h[1-6])[\s>]", re.IGNORECASE)
_SHOWN = ((Kind.TYPE, _("Kind of cooperative")), (Kind.SECTOR, _("Sector")), (Kind.REGION, _("Region")))


@dataclass(frozen=True, slots=True)
class Doubtful:
    """A field that was stored and may be mistyped: `identifiers[0]`; why: a `Doubt`, or that it may not be shown."""

    field: str
    code: str


INTERNAL = "internal"
"""Of a number that its registry keeps to itself: it is stored, and not shown."""
DOUBTS = {
    Doubt.FORMAT.value: _("This does not look like a number of this registry."),
    Doubt.CHECKSUM.value: _("The check digit does not fit: is it mistyped?"),
    INTERNAL: _("The registry keeps this number to itself: it is not shown."),
}
"""What people are told."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What is asked of the settings: whether what authors write is to be approved, how often matches are mailed, whether a program thanks
    whoever replies to a request. None where nothing is said."""

    needs_approval: bool | None = None
    digest: Rhythm | None = None
    acknowledges: bool | None = None


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the cooperative says after a change; `discoverable` is None where nothing was asked of it."""

    said: Cooperative
    discoverable: bool | None
    settings: Settings
    doubts: tuple[Doubtful, ...]


@dataclass(slots=True)
class _Asked(Asked):
    def bounded(self, name: str, text: str, longest: int) -> str:
        if len(text) > longest:
            self.wrong(name, Fault.TOO_LONG)
        return text

    def several(self, name: str) -> list[Any]:
        return [item for item in listed(self.fields[name]) or [] if item not in (None, "")]


def texts(fields: Mapping[str, Any]) -> list[str]:
    """The descriptions that were typed and have to be rendered; HTML is not."""
    given = fields.get("descriptions")
    written = given.values() if isinstance(given, dict) else ()
    return [stored(text) for text in written if isinstance(text, str) and text and not _HTML.match(text)]


def checked(fields: Mapping[str, Any], before: Cooperative, html: Mapping[str, str]) -> Wanted:
    """What the cooperative says when these fields of the API are changed; what they do not name stays, null and "" clear. `html` are the
    `texts` rendered. InvalidFields when one cannot be taken: then nothing is. Source: API contract 3."""
    asked = _Asked(fields)
    codes = {**before.codes, **_codes(asked)}
    changes: dict[str, Any] = {"codes": {kind: found for kind, found in codes.items() if found}}
    for name in TEXTS:
        if name in fields:
            changes[name] = asked.bounded(name, line(str(fields[name] or "")), limits.LEGAL_NAME_CHARACTERS)
    changes |= {name: _count(asked, name) for name in COUNTS if name in fields}
    if "names" in fields:
        changes["names"] = _by_language(asked, "names", limits.NAME_LENGTH, line)
    if "descriptions" in fields:
        found = _by_language(asked, "descriptions", limits.PROFILE_NOTE_CHARACTERS, stored)
        changes["descriptions"] = {tag: _description(tag, text, before, html) for tag, text in found.items()}
    doubts: list[Doubtful] = []
    if "identifiers" in fields:
        changes["identifiers"] = _identifiers(asked, doubts)
    switches = {name: truth(fields[name]) for name in SWITCHES if name in fields}
    if switches.get("aggregation_consent") is not None:
        changes["aggregation_consent"] = switches["aggregation_consent"]
    settings = _settings(asked)
    if asked.faults:
        raise InvalidFields(asked.faults)
    return Wanted(replace(before, **changes), switches.get("discoverable"), settings, tuple(doubts))


def _codes(asked: _Asked) -> dict[Kind, tuple[str, ...]]:
    found: dict[Kind, tuple[str, ...]] = {}
    for name, kind in ONE.items():
        if name in asked.fields:
            found[kind] = tuple(_known(asked, name, kind, [asked.fields[name]] if asked.fields[name] else []))
    for name, (kind, most) in MANY.items():
        if name in asked.fields:
            codes = tuple(dict.fromkeys(_known(asked, name, kind, asked.several(name))))
            found[kind] = codes
            if len(codes) > most:
                asked.wrong(name, Fault.TOO_LONG)
    return found


def _known(asked: _Asked, name: str, kind: Kind, codes: Sequence[Any]) -> list[str]:
    """The codes that the node has in its table; languages are tags of BCP 47, for which there is none."""
    found = []
    for written in codes:
        code = language_tag(written) if kind is Kind.LANGUAGE else str(written)
        if code is None or len(code) > limits.CODE_LENGTH:
            asked.wrong(name, Fault.INVALID)
        elif kind in TABLES and not tables.known(TABLES[kind], code):
            asked.wrong(name, Fault.UNKNOWN_CODE)
        else:
            found.append(code)
    return found


def _count(asked: _Asked, name: str) -> int | None:
    written = asked.fields[name]
    text = "" if written is None else str(written).strip()
    if not text:
        return None
    if isinstance(written, bool) or not (text.isascii() and text.isdigit() and len(text) <= 10):
        asked.wrong(name, Fault.INVALID)
        return None
    if int(text) > limits.PEOPLE_COUNT:
        asked.wrong(name, Fault.TOO_LONG)
    return int(text)


def _by_language(asked: _Asked, name: str, longest: int, read: Callable[[str], str]) -> dict[str, str]:
    given = asked.fields[name] or {}
    if not isinstance(given, dict):
        asked.wrong(name, Fault.INVALID)
        return {}
    found: dict[str, str] = {}
    for key, text in given.items():
        tag = language_tag(key)
        if tag is None or len(tag) > limits.CODE_LENGTH or not isinstance(text, str | None):
            asked.wrong(name, Fault.INVALID)
        elif clean := read(text or ""):
            found[tag] = asked.bounded(name, clean, longest)
    if len(found) > limits.TRANSLATIONS:
        asked.wrong(name, Fault.TOO_LONG)
    return found


def _description(tag: str, text: str, before: Cooperative, html: Mapping[str, str]) -> Description:
    """Plain text as notes are typed, or the HTML that was read here, as it was or changed."""
    known = before.descriptions.get(tag)
    if known is not None and text == known.html:
        return known
    return Description(sanitise(text), plain(text)) if _HTML.match(text) else Description(html.get(text, ""), text)


def _identifiers(asked: _Asked, doubts: list[Doubtful]) -> tuple[Identifier, ...]:
    found: list[Identifier] = []
    given = asked.several("identifiers")
    if len(given) > limits.IDENTIFIERS:
        asked.wrong("identifiers", Fault.TOO_LONG)
    for place, one in enumerate(given[: limits.IDENTIFIERS]):
        name = f"identifiers[{place}]"
        if not isinstance(one, dict):
            asked.wrong(name, Fault.INVALID)
            continue
        scheme, value = str(one.get("scheme") or ""), line(str(one.get("value") or ""))
        asked.bounded(name, value, limits.IDENTIFIER_CHARACTERS)
        if not value:
            asked.wrong(name, Fault.BLANK)
        elif not tables.known("identifiers", scheme):
            asked.wrong(name, Fault.UNKNOWN_CODE)
        else:
            found.append(_identifier(name, scheme, value, truth(one.get("public")) or False, doubts))
    return tuple(dict.fromkeys(found))


def _identifier(name: str, scheme: str, value: str, public: bool, doubts: list[Doubtful]) -> Identifier:
    value = registries.normalised(scheme, value)
    doubt: Doubt | None = registries.doubt(scheme, value)
    if doubt is not None:
        doubts.append(Doubtful(name, doubt.value))
    if public and not registries.is_public(scheme):
        doubts.append(Doubtful(name, INTERNAL))
        public = False
    return Identifier(scheme, value, public)


def _settings(asked: _Asked) -> Settings:
    given = asked.fields.get("settings") or {}
    if not isinstance(given, dict):
        asked.wrong("settings", Fault.INVALID)
        return Settings()
    rhythm = given.get("match_digest") or None
    if rhythm is not None and rhythm not in list(Rhythm):
        asked.wrong("settings[match_digest]", Fault.INVALID)
        rhythm = None
    return Settings(
        needs_approval=truth(given.get("requires_approval")),
        digest=Rhythm(rhythm) if rhythm is not None else None,
        acknowledges=truth(given.get("auto_acknowledge")),
    )


def main_language(before: Mapping[str, str], current: str, after: Mapping[str, str], preferred: Sequence[str]) -> str:
    """The language of the text that is shown where no languages are known: that of the one which is (`current`) as long as there is a
    text in it, else the first preferred one, else the first of `after`, which is not empty."""
    was = [tag for tag, text in before.items() if text == current]
    return next((tag for tag in (*was, *preferred) if tag in after), next(iter(after)))


def coded(said: Cooperative, language: str) -> tuple[Field, ...]:
    """The fields that tell people on other servers in words what the codes say. Source: domain research 7.1."""
    words = translator(language.partition("-")[0])
    return tuple(
        Field(
            words.gettext(name),
            escape("; ".join(tables.label(TABLES[kind], code, words.language) for code in codes)),
            coded=True,
        )
        for kind, name in _SHOWN
        if (codes := said.of(kind))
    )
