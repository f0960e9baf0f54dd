"""When and where an event is, for those who read of it. Read from the stored document, so that an edit is seen at once."""

import html
from collections.abc import Iterable
from datetime import datetime

from babel.dates import format_date
from sqlalchemy import bindparam, literal_column, select

from actors.visibility import object_
from coopfed.db.tx import Tx
from coopfed.errors import BadMessage
from coopfed.features.posts.store import PostRow
from coopfed.text.i18n import Translator
from coopfed.text.sanitise import plain
from coopfed.vocab import strict_json
from coopfed.vocab.events import EventRecord, read_event

_LOCALES = {"en": "en_GB"}
_DOCUMENTS = select(object_.c.id, object_.c.document).where(
    object_.c.id.in_(bindparam("ids", expanding=True)),
    object_.c.type == literal_column("'Event'"),
    object_.c.deleted_at.is_(None),
)


def of_posts(tx: Tx, posts: Iterable[PostRow]) -> dict[int, EventRecord]:
    """For the numbers of those that are events: when and where."""
    ids = [post.id for post in posts if post.type == "Event"]
    found = {}
    for row in tx.execute(_DOCUMENTS, {"ids": ids}) if ids else ():
        try:
            event = read_event(strict_json.parse(bytes(row.document)))
        except BadMessage:
            continue
        if event is not None:
            found[row.id] = event
    return found


def lines(event: EventRecord, texts: Translator) -> list[str]:
    """What a reader of this language is told, in plain text: cancelled, when with the zone, where."""
    told = [texts.gettext("Cancelled")] if event.cancelled else []
    if event.starts is not None:
        told.append(texts.gettext("When: %(when)s", when=_span(event.starts, event.ends, texts.language)))
    places = "; ".join(found for place in event.places if (found := plain(html.escape(place))))
    return [*told, texts.gettext("Where: %(where)s", where=places)] if places else told


def card(event: EventRecord, texts: Translator) -> str:
    """The same as HTML, to stand at the end of a post."""
    told = "<br>".join(html.escape(line) for line in lines(event, texts))
    return f"<p>{told}</p>" if told else ""


def _span(starts: datetime, ends: datetime | None, language: str) -> str:
    if ends is None or ends <= starts:
        return f"{_day(starts, language)}, {_time(starts)} {_zone(starts)}"
    if ends.date() == starts.date():
        return f"{_day(starts, language)}, {_time(starts)}–{_time(ends)} {_zone(starts)}"
    return f"{_day(starts, language)}, {_time(starts)} – {_day(ends, language)}, {_time(ends)} {_zone(starts)}"


def _day(moment: datetime, language: str) -> str:
    return format_date(moment, "long", locale=_LOCALES.get(language, language))


def _time(moment: datetime) -> str:
    return f"{moment:%H:%M}"


def _zone(moment: datetime) -> str:
    """The zone as written: its name, else its distance from UTC."""
    name = getattr(moment.tzinfo, "key", None)
    return f"({name})" if name else str(moment.tzname())
