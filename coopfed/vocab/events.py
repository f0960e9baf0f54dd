"""When and where an Event is: Mobilizon, Gancio and FEP-8a8e write it in several shapes.

In which zone people will meet is told by `timezone`, else by the offset of `startTime`, which a canonical document keeps.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from typing import Any
from zoneinfo import ZoneInfo

from coopfed import limits
from coopfed.vocab import values

_ADDRESS = ("streetAddress", "postalCode", "addressLocality", "addressRegion", "addressCountry")
_STATUS = ("eventStatus", "status", "ical:status")
_CANCELLED = frozenset({"cancelled", "canceled", "eventcancelled"})
_PLACES = 4


@dataclass(frozen=True, slots=True)
class EventRecord:
    """When an event begins and ends, in the zone of the place (else None), where it is in plain text (empty when nobody says), and
    whether it was cancelled."""

    starts: datetime | None
    ends: datetime | None
    places: tuple[str, ...]
    cancelled: bool


def read_event(document: dict[str, Any]) -> EventRecord | None:
    """The event in a document, as it came or canonical; None when it is no Event.

    Source: ActivityStreams *Event*; FEP-8a8e; s2s research 2.20.
    """
    if "Event" not in values.many(document.get("type")):
        return None
    zone = _zone(document.get("timezone")) or _offset(document.get("startTime"))
    places = (_place(item) for item in values.many(document.get("location"))[:_PLACES])
    return EventRecord(
        _when(document.get("startTime"), zone),
        _when(document.get("endTime"), zone),
        tuple(dict.fromkeys(place for place in places if place)),
        any(_is_cancelled(document.get(member)) for member in _STATUS),
    )


def _is_cancelled(value: Any) -> bool:
    text = values.text(value)
    return text is not None and text.rpartition("/")[2].rpartition(":")[2].lower() in _CANCELLED


def _zone(value: Any) -> tzinfo | None:
    name = values.text(value)
    # A name with dots or a slash in front is a path to a file.
    if (
        name is None
        or not name
        or len(name) > 64
        or not name.replace("/", "").replace("_", "").replace("-", "").isalnum()
    ):
        return None
    try:
        return ZoneInfo(name)
    except (KeyError, OSError, ValueError):
        return None


def _when(value: Any, zone: tzinfo) -> datetime | None:
    """The moment in the zone of the place."""
    moment = values.when(value)
    if moment is None:
        return None
    try:
        return moment.astimezone(zone)
    except (OverflowError, ValueError):
        return moment


def _offset(value: Any) -> timezone:
    """The offset that the beginning is written with; UTC when there is none."""
    text = values.unwrapped(value)
    try:
        return timezone(datetime.fromisoformat(text.strip().upper()).utcoffset() or timedelta())
    except (AttributeError, ValueError):
        return UTC


def _place(value: Any) -> str:
    """A place in one line: a text, or the name and the address of a Place or PostalAddress; of a meeting on the net its address."""
    if isinstance(value, str):
        return _cut(value)
    if not isinstance(value, dict):
        return ""
    address = value.get("address", value if value.get("type") == "PostalAddress" else None)
    written = [address.get(member) for member in _ADDRESS] if isinstance(address, dict) else [address]
    parts = [values.text(part) for part in written]
    if value.get("type") == "VirtualLocation":
        parts.append(values.text(value.get("url")))
    lines = [part.strip() for part in (values.text(value.get("name")), *parts) if part and part.strip()]
    return _cut(", ".join(dict.fromkeys(lines)))


def _cut(text: str) -> str:
    return " ".join(text.split())[: limits.NAME_LENGTH]
