"""What a member may write of a request: fields of the API, checked, on what was there before. Pure.

A draft needs only a title; what is missing to publish it is asked then. Source: API contract 4.3.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from coopfed import limits
from coopfed.clock import DAY_MS
from coopfed.codes import tables
from coopfed.errors import Fault, InvalidFields
from coopfed.features.posts import writing
from coopfed.features.posts.rules import Draft
from coopfed.features.requests import rules
from coopfed.features.requests.rules import Audience, Purpose, Status
from coopfed.features.requests.store import LANGUAGE, REGION, SDG, SECTOR, RequestRow, Translated
from coopfed.text.parameters import listed, truth
from coopfed.text.sanitise import line
from coopfed.text.typed import Asked, stored
from coopfed.vocab.values import language_tag, lenient_id

_CODED = {
    "sectors": (SECTOR, "nace_divisions", limits.REQUEST_SECTORS),
    "regions": (REGION, "regions", limits.REQUEST_REGIONS),
    "languages": (LANGUAGE, "", limits.PROFILE_LANGUAGES),
    "sdgs": (SDG, "sdgs", limits.CODES_READ),
}
_FIXED = {"purpose": "purpose", "audience": "audience", "category": "category", "media_ids": "files"}
"""What nobody changes any more once it is published."""
_TERMS = (
    "unit",
    "value",
    "available",
    "minimum",
    "all_or_nothing",
    "reciprocal_unit",
    "reciprocal_value",
    "reciprocal_resource",
    "source",
)
"""What an answer is an answer to; see rule (d)."""


@dataclass(slots=True)
class _Asked(Asked):
    def text(self, name: str, longest: int, read: Callable[[str], str]) -> str:
        given = self.fields[name]
        if not isinstance(given, str | int | float | None):
            self.wrong(name, Fault.INVALID)
            return ""
        found = read(str("" if given is None else given))
        if len(found) > longest:
            self.wrong(name, Fault.TOO_LONG)
        return found

    def one_of(self, name: str, among: type[Purpose] | type[Audience], otherwise: str) -> str:
        given = str(self.fields[name] or otherwise)
        if given not in list(among):
            self.wrong(name, Fault.INVALID)
        return given

    def amount(self, group: str, name: str) -> str | None:
        given = self.members(group).get(name)
        if given in (None, ""):
            return None
        found = rules.quantity(given)
        if found is None:
            self.wrong(f"{group}[{name}]", Fault.INVALID)
            return None
        return rules.plain(found)

    def members(self, group: str) -> Mapping[str, Any]:
        given = self.fields.get(group)
        return given if isinstance(given, dict) else {}


def rendered(text: str, tags: str) -> str:
    """The clean HTML of a text, which is Markdown; `tags` is the beginning of a hashtag's page."""
    return writing.written(text, Draft(text, markdown=True), {}, tags) if text else ""


def changed(row: RequestRow, fields: Mapping[str, Any], now: int, tags: str) -> RequestRow:
    """The request when these fields of the API are changed; what they do not name stays, null and "" clear. InvalidFields when one cannot
    be taken. Of recipients, umbrella and files only numbers are read: whether there are such is not asked here."""
    asked = _Asked(fields)
    changes = _texts(asked, tags) | _quantities(asked) | _readers(asked)
    if "expires_at" in fields:
        changes["expires_at"] = end(asked.fields["expires_at"], now, asked.wrong)
    codes = dict(row.codes)
    for name, (kind, table, most) in _CODED.items():
        if name in fields:
            codes[kind] = _codes(asked, name, table, most)
    after = replace(row, **changes, codes={kind: found for kind, found in codes.items() if found})
    if after.category != row.category and after.category and not after.unit:
        after = replace(after, unit=_usual_unit(after.category))
    _keep_bounds(asked, row, after)
    if asked.faults:
        raise InvalidFields(asked.faults)
    return after


def _texts(asked: _Asked, tags: str) -> dict[str, Any]:
    fields, found = asked.fields, dict[str, Any]()
    if "purpose" in fields:
        found["purpose"] = asked.one_of("purpose", Purpose, Purpose.REQUEST)
    if "title" in fields:
        found["title"] = asked.text("title", limits.REQUEST_TITLE_CHARACTERS, line)
        if not found["title"]:
            asked.wrong("title", Fault.BLANK)
    if "content" in fields:
        found["source"] = asked.text("content", limits.REQUEST_CHARACTERS, stored)
        found["content"] = rendered(found["source"], tags) if "content" not in asked.faults else ""
    if "language" in fields:
        found["language"] = _language(asked, "language")
    if "category" in fields:
        found["category"] = str(fields["category"]) if fields["category"] else None
        if found["category"] and not tables.known("collaboration_categories", found["category"]):
            asked.wrong("category", Fault.UNKNOWN_CODE)
    return found


def _language(asked: _Asked, name: str) -> str | None:
    given = asked.fields[name]
    found = language_tag(given) if given else None
    if given and (found is None or len(found) > limits.CODE_LENGTH):
        asked.wrong(name, Fault.INVALID)
    return found


def _quantities(asked: _Asked) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if "quantity" in asked.fields:
        given = asked.members("quantity")
        if "unit" in given:
            found["unit"] = _unit(asked, "quantity", given["unit"])
        found |= {name: asked.amount("quantity", name) for name in ("value", "available", "minimum") if name in given}
        if "all_or_nothing" in given:
            found["all_or_nothing"] = truth(given["all_or_nothing"]) or False
    if "reciprocal" in asked.fields:
        given = asked.members("reciprocal")
        unit = _unit(asked, "reciprocal", given.get("unit"))
        found["reciprocal_unit"] = unit or ("one" if given.get("value") or given.get("resource") else None)
        found["reciprocal_value"] = asked.amount("reciprocal", "value")
        resource = given.get("resource") or None
        found["reciprocal_resource"] = lenient_id(resource) if resource else None
        if resource and found["reciprocal_resource"] is None:
            asked.wrong("reciprocal[resource]", Fault.INVALID)
    return found


def _unit(asked: _Asked, group: str, given: object) -> str:
    unit = str(given or "")
    if unit and not tables.known("units", unit):
        asked.wrong(f"{group}[unit]", Fault.UNKNOWN_CODE)
    return unit


def _usual_unit(category: str) -> str:
    row = tables.table("collaboration_categories").get(category)
    return row.data.get("default_unit", "one") if row is not None else "one"


def _readers(asked: _Asked) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if "audience" in asked.fields:
        found["audience"] = asked.one_of("audience", Audience, Audience.PUBLIC)
    if "umbrella_id" in asked.fields:
        found["umbrella_id"] = next(iter(_numbers(asked, "umbrella_id", 1)), None)
    if "recipients" in asked.fields:
        found["recipients"] = tuple(dict.fromkeys(_numbers(asked, "recipients", limits.REQUEST_RECIPIENTS)))
    if "media_ids" in asked.fields:
        found["files"] = tuple(dict.fromkeys(_numbers(asked, "media_ids", limits.REQUEST_FILES)))
    return found


def _numbers(asked: _Asked, name: str, most: int) -> list[int]:
    given = [str(one) for one in listed(asked.fields[name]) or [] if one not in (None, "")]
    if len(given) > most:
        asked.wrong(name, Fault.TOO_LONG)
    good = [one for one in given if one.isascii() and one.isdigit() and int(one[:20]) <= limits.NUMBER_MAX]
    if len(good) != len(given):
        asked.wrong(name, Fault.INVALID)
    return [int(one) for one in good]


def _codes(asked: _Asked, name: str, table: str, most: int) -> tuple[str, ...]:
    found: list[str] = []
    for written in listed(asked.fields[name]) or []:
        if written in (None, ""):
            continue
        code = str(written) if table else language_tag(written)
        if code is None or len(code) > limits.CODE_LENGTH:
            asked.wrong(name, Fault.INVALID)
        elif table and not tables.known(table, code):
            asked.wrong(name, Fault.UNKNOWN_CODE)
        else:
            found.append(code)
    unique = tuple(dict.fromkeys(found))
    if len(unique) > most:
        asked.wrong(name, Fault.TOO_LONG)
    return unique


def end(written: object, now: int, wrong: Callable[[str, Fault], None]) -> int | None:
    """The end of a request in milliseconds: to come, at most two years away; None when nothing is said."""
    if written in (None, ""):
        return None
    try:
        moment = datetime.fromisoformat(str(written)[:64])
    except ValueError:
        wrong("expires_at", Fault.INVALID)
        return None
    if moment.tzinfo is None:
        # A bare date means its end.
        moment = moment.replace(tzinfo=UTC)
        moment = moment.replace(hour=23, minute=59, second=59) if len(str(written)) == len("2026-01-01") else moment
    found = round(moment.timestamp() * 1000)
    if found <= now:
        wrong("expires_at", Fault.IN_PAST)
    elif found > now + limits.REQUEST_DAYS * DAY_MS:
        wrong("expires_at", Fault.TOO_LONG)
    return found


def _keep_bounds(asked: _Asked, before: RequestRow, after: RequestRow) -> None:
    """What does not fit together, and what nobody changes any more."""
    if before.published_at is not None:
        for name, field in _FIXED.items():
            if getattr(after, field) != getattr(before, field):
                asked.wrong(name, Fault.INVALID)
        for name in set(missing(after, 0)) & set(asked.fields):
            asked.wrong(name, Fault.BLANK)
    wanted = after.wanted
    if after.files and after.audience == Audience.NETWORK:
        # They stand with the post beside it, and it has none.
        asked.wrong("media_ids", Fault.INVALID)
    if wanted.all_or_nothing and wanted.value is None:
        asked.wrong("quantity[value]", Fault.BLANK)
    if wanted.minimum is not None and wanted.total is not None and wanted.minimum > wanted.total:
        asked.wrong("quantity[minimum]", Fault.INVALID)


def missing(row: RequestRow, now: int) -> dict[str, Sequence[Fault]]:
    """What a draft lacks to be published now."""
    faults: dict[str, Sequence[Fault]] = {
        name: [Fault.BLANK] for name in ("title", "source", "language", "category") if not getattr(row, name)
    }
    if "source" in faults:
        faults["content"] = faults.pop("source")
    if row.expires_at is None:
        faults["expires_at"] = [Fault.BLANK]
    elif row.expires_at <= now:
        faults["expires_at"] = [Fault.IN_PAST]
    if row.audience == Audience.ACTORS and not row.recipients:
        faults["recipients"] = [Fault.BLANK]
    if row.audience == Audience.NETWORK and row.umbrella_id is None:
        faults["umbrella_id"] = [Fault.BLANK]
    return faults


def terms_differ(before: RequestRow, after: RequestRow) -> bool:
    """Whether what an answer is an answer to was changed: quantity, what is given in return, or the original text. Title, codes,
    translations and the end are not."""
    return any(getattr(before, name) != getattr(after, name) for name in _TERMS)


def translated(row: RequestRow, language: str, fields: Mapping[str, Any], tags: str) -> RequestRow:
    """The request with title and text in another language. InvalidFields says what is wrong."""
    asked = _Asked({"language": language, "title": None, "content": None, **fields, **{"language": language}})
    tag = _language(asked, "language")
    title = asked.text("title", limits.REQUEST_TITLE_CHARACTERS, line)
    source = asked.text("content", limits.REQUEST_CHARACTERS, stored)
    for name, found in (("title", title), ("content", source)):
        if not found:
            asked.wrong(name, Fault.BLANK)
    if tag is None or tag == row.language:
        asked.wrong("language", Fault.INVALID)
    elif tag not in row.translations and len(row.translations) >= limits.TRANSLATIONS:
        asked.wrong("language", Fault.TOO_LONG)
    if asked.faults or tag is None:
        raise InvalidFields(asked.faults)
    one = Translated(title, rendered(source, tags), source)
    return replace(row, translations={**row.translations, tag: one})


def is_draft(row: RequestRow) -> bool:
    """Whether nobody has heard of it."""
    return row.status == Status.DRAFT
