"""Single values of foreign JSON in one form: times, numbers, texts, types, ids, links. What is not usable becomes None."""

import re
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta, timezone
from itertools import islice
from typing import Any

from coopfed import limits
from coopfed.errors import BadMessage
from coopfed.vocab.origin import normalise_id
from coopfed.vocab.terms import AS_NAMESPACE, KNOWN_TYPES, PUBLIC, PUBLIC_ALIASES, TYPE_IRIS

_TIME_LENGTH = 64
_LEAP_SECOND = re.compile(r"(T[0-9]{2}:?[0-9]{2}:?)60", re.ASCII)
_DIGITS = re.compile(r"[0-9]{1,10}", re.ASCII)
_OFFSET = re.compile(r"T.*([+-])([0-9]{2}):?([0-9]{2})$", re.ASCII | re.IGNORECASE)
_BOOLEANS = {"true": True, "1": True, "false": False, "0": False}
_LANGUAGE = re.compile(r"[A-Za-z]{2,8}(?:-[A-Za-z0-9]{1,8})*", re.ASCII)
_UNDETERMINED = frozenset({"und", "zxx", "mul"})


def many(value: Any) -> list[Any]:
    """The value as a list without nulls: an array as it is, one value alone, nothing for null."""
    return [item for item in (value if isinstance(value, list) else [value]) if item is not None]


def when(value: Any) -> datetime | None:
    """The time as aware UTC, or None. Reads RFC 3339 and what peers write instead: no zone (UTC is meant), a blank
    instead of T, any number of fraction digits, a bare date, a leap second.

    Source: RFC 3339 5.6; ActivityStreams 2.3.
    """
    text = unwrapped(value)
    if not isinstance(text, str) or not 0 < len(text) <= _TIME_LENGTH:
        return None
    try:
        parsed = datetime.fromisoformat(_LEAP_SECOND.sub(r"\g<1>59", text.strip().upper()))
        return (parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def timestamp(value: Any) -> str | None:
    """The time as this program writes it into canonical documents (UTC, `Z`, microseconds only when there are any)."""
    parsed = when(value)
    return None if parsed is None else parsed.isoformat().replace("+00:00", "Z")


def local_timestamp(value: Any) -> str | None:
    """As `timestamp`, with the offset that it was written with."""
    text, moment = unwrapped(value), when(value)
    if moment is None or not isinstance(text, str):
        return None
    written = _OFFSET.search(text.strip())
    if written is None:
        return timestamp(value)
    minutes = int(written[2]) * 60 + int(written[3])
    try:
        there = moment.astimezone(timezone(timedelta(minutes=-minutes if written[1] == "-" else minutes)))
    except (ValueError, OverflowError):
        return timestamp(value)
    return there.isoformat().replace("+00:00", "Z")


def time_or_flag(value: Any) -> str | bool | None:
    """What `closed` of a poll may be: a time, or just true or false."""
    return value if isinstance(value, bool) else timestamp(value)


def boolean(value: Any) -> bool | None:
    """True or false, also where it was written as a string or number (Kroeg: `{"@value": "False"}`)."""
    value = unwrapped(value)
    if isinstance(value, bool):
        return value
    return _BOOLEANS.get(str(value).lower()) if isinstance(value, str | int) else None


def count(value: Any) -> int | None:
    """A number from 0 to 9,999,999,999, also where it was written as a string or with a zero fraction."""
    value = unwrapped(value)
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, str | int):
        return None
    return int(value) if _DIGITS.fullmatch(str(value)) else None


def unwrapped(value: Any) -> Any:
    """The first usable of a list, and what a JSON-LD value object holds."""
    if isinstance(value, list):
        value = next(iter(many(value)), None)
    return value.get("@value") if isinstance(value, dict) and "@value" in value else value


def text(value: Any) -> str | None:
    """The string, or None; a value object and a list of one are unwrapped."""
    value = unwrapped(value)
    return value if isinstance(value, str) else None


def text_map(value: Any) -> dict[str, str] | None:
    """A language map with only what is text, in document order, at most `limits.LANGUAGES_READ`; None when nothing is left."""
    if not isinstance(value, dict):
        return None
    found = ((key, read) for key, item in value.items() if (read := text(item)) is not None)
    texts = dict(islice(found, limits.LANGUAGES_READ))
    return texts or None


def language_tag(value: Any) -> str | None:
    """A BCP 47 tag, its primary part in lower case; None for what is none and for "undetermined".

    Reads the tag, Lemmy's and PeerTube's `{"identifier": "en"}`, and the first of a list. Source: RFC 5646 2.1.
    """
    for entry in many(value):
        tag = entry.get("identifier") if isinstance(entry, dict) else entry
        if isinstance(tag, str) and _LANGUAGE.fullmatch(tag):
            primary, dash, rest = tag.partition("-")
            return None if primary.lower() in _UNDETERMINED else f"{primary.lower()}{dash}{rest}"
    return None


def type_name(value: Any) -> str | None:
    """The short name of a type: the first known one of an array, `as:` and full addresses resolved.

    An unknown type stays as written; another vocabulary's prefix is never cut off.
    """
    names = [_short_type(name) for name in many(value) if isinstance(name, str) and name]
    return next((name for name in names if name in KNOWN_TYPES), names[0] if names else None)


def _short_type(name: str) -> str:
    for prefix in (AS_NAMESPACE, "as:", "http://www.w3.org/ns/activitystreams#"):
        if name.startswith(prefix):
            return name[len(prefix) :]
    return TYPE_IRIS.get(name, name)


def reference(value: Any) -> str | None:
    """The id that a value names, unnormalised: the string itself, an object's id, a Link's address."""
    if isinstance(value, dict):
        value = value.get("id") or value.get("@id") or (value.get("href") if is_link(value) else None)
    return value if isinstance(value, str) and value else None


def own_id(value: Any) -> str | None:
    """The id that a document gives itself; None when it is empty, as for transient objects. BadMessage when it is none."""
    if value == "":
        return None
    if not isinstance(value, str):
        raise BadMessage("an id that is no string", reason="bad_id")
    return normalise_id(value)


def strict_id(value: Any) -> str | None:
    """The id that a value names; the public address in its full form. None when it names none.

    BadMessage when it names one that is no id (see `normalise_id`): for the members that carry authority.
    """
    named = reference(value)
    if named is None:
        return None
    return PUBLIC if named in PUBLIC_ALIASES else normalise_id(named)


def lenient_id(value: Any) -> str | None:
    """The id that a value names, or None also when it is not usable: for members that only decorate."""
    try:
        return strict_id(value)
    except BadMessage:
        return None


def first_id(value: Any) -> str | None:
    """The first usable id of one value or many."""
    return next(iter(id_list(value)), None)


def id_list(value: Any) -> list[str]:
    """Every usable id, once each, in order, of the first `limits.RECIPIENTS` values: each costs the reading of an address."""
    first = islice(many(value), limits.RECIPIENTS)
    return list(dict.fromkeys(found for item in first if (found := lenient_id(item)) is not None))


def links(value: Any) -> list[dict[str, Any]]:
    """Addresses as Link objects with `href` and, if given, `mediaType`, `width`, `height`, `rel`; only http(s) ones:
    PeerTube lists wss: and magnet:, attackers javascript:.

    Source: ActivityStreams 4.2 (`url`).
    """
    return [link for item in many(value) if (link := _link(item)) is not None]


def _link(value: Any) -> dict[str, Any] | None:
    node = value if isinstance(value, dict) else {"href": value}
    href = _address(node.get("href") or node.get("url") or node.get("id"))
    if href is None:
        return None
    # Funkwhale writes mimeType.
    members = {
        "mediaType": media_type(node.get("mediaType") or node.get("mimeType")),
        "width": count(node.get("width")),
        "height": count(node.get("height")),
    }
    return {"type": "Link", "href": href} | {name: item for name, item in members.items() if item is not None}


def _address(value: Any) -> str | None:
    try:
        return normalise_id(value) if isinstance(value, str) else None
    except BadMessage:
        return None


def media_type(value: Any) -> str | None:
    """A media type in lower case without parameters, or None."""
    found = text(value)
    if found is None:
        return None
    name = found.partition(";")[0].strip().lower()
    return name if re.fullmatch(r"[!-.0-~]{1,127}/[!-.0-~]{1,127}", name) else None


def page(found: Iterable[dict[str, Any]]) -> str | None:
    """The address to show to people: the first that is HTML, else the first whose type is not given, else the first."""
    listed = list(found)
    return _first(listed, ("text/html",)) or _first(listed, (None,)) or next((link["href"] for link in listed), None)


def _first(found: Iterable[dict[str, Any]], media_types: tuple[str | None, ...]) -> str | None:
    return next((link["href"] for link in found if link.get("mediaType") in media_types), None)


def nodes(value: Any) -> Iterator[dict[str, Any]]:
    """The dicts of one value or many."""
    yield from (item for item in many(value) if isinstance(item, dict))


def is_link(node: dict[str, Any]) -> bool:
    """Whether a node is a Link or Mention, which names its address in `href`."""
    return type_name(node.get("type") or node.get("@type")) in ("Link", "Mention")
