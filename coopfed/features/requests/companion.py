"""The post beside a Proposal, which everybody reads who knows no Proposals: what, who, where, until when and how to answer. Pure.

Its text is made from a template in each language that the request is written in; of languages without one the frame is English.
Source: domain research 7 (rule 5), 8.2; rule (f) of 8.1.
"""

import re
from datetime import UTC
from typing import Any

from babel import Locale
from babel.dates import format_date

from coopfed import limits
from coopfed.clock import utc
from coopfed.codes import tables
from coopfed.features.posts.rules import Draft
from coopfed.features.requests.rules import Purpose, Status
from coopfed.features.requests.store import LANGUAGE, REGION, RequestRow, Translated
from coopfed.text.i18n import mark as _
from coopfed.text.i18n import translator
from coopfed.text.sanitise import line
from coopfed.vocab.audience import Visibility
from coopfed.vocab.contexts import COMPANION
from coopfed.vocab.terms import LD_JSON

Document = dict[str, Any]

_FRAMES = ("tr", "it", "en")
_TAGS = {"tr": "#işbirliği", "it": "#collaborazione"}
_EVERYWHERE = "#coopfed"
_REL = ["payment", "https://w3id.org/valueflows/ont/vf#Proposal"]
_MARKS = re.compile(r"([\\`*_\[\]<>#~|])")
_CLOSED, _WHAT, _WHERE, _UNTIL, _LANGUAGES = _("Closed"), _("What"), _("Where"), _("Until"), _("Languages")
_OVER = (Status.WITHDRAWN, Status.EXPIRED)


def draft(row: RequestRow, status: Status, readers: tuple[str, ...] = ()) -> Draft:
    """What the post says now. `readers` (`name@host`) are those for whom it is alone; without any it is for everybody."""
    own = Translated(row.title, row.content, row.source)
    language = row.language or "en"
    texts = {tag: text(row, one, tag, status, readers) for tag, one in row.translations.items() if one.title}
    return Draft(
        text(row, own, language, status, readers),
        visibility=Visibility.DIRECT if readers else Visibility.PUBLIC,
        language=language,
        markdown=True,
        translations=texts,
    )


def text(row: RequestRow, said: Translated, language: str, status: Status, readers: tuple[str, ...] = ()) -> str:
    """The text in one language, as Markdown."""
    frame = language.partition("-")[0]
    frame = frame if frame in _FRAMES else "en"
    words = translator(frame)
    kind = words.gettext(_("Collaboration request") if row.purpose == Purpose.REQUEST else _("Offer to collaborate"))
    lines = [
        rf"\[{words.gettext(_CLOSED)}\]" if status in _OVER else "",
        " ".join(f"@{one}" for one in readers),
        f"**{kind}: {unmarked(said.title or row.title)}**",
        _shortened(said.source or row.source),
        " · ".join(_facts(row, frame)),
        words.gettext(_("To answer, reply to this post or write us a direct message.")),
        row.url or "",
        " ".join(dict.fromkeys(one for one in (_TAGS.get(frame), _EVERYWHERE) if one)),
    ]
    return "\n\n".join(one for one in lines if one)


def unmarked(title: str) -> str:
    """A title in Markdown, in one line, nothing of it a mark."""
    return _MARKS.sub(r"\\\1", line(title))


def _shortened(source: str) -> str:
    if len(source) <= limits.COMPANION_CHARACTERS:
        return source
    return f"{source[: limits.COMPANION_CHARACTERS].rpartition(' ')[0]}…"


def _facts(row: RequestRow, frame: str) -> list[str]:
    words, found = translator(frame), []
    if row.category:
        label = tables.label("collaboration_categories", row.category, frame)
        found.append(f"{words.gettext(_WHAT)}: {unmarked(label)}")
    if row.of(REGION):
        places = ", ".join(tables.label("regions", one, frame) for one in row.of(REGION))
        found.append(f"{words.gettext(_WHERE)}: {unmarked(places)}")
    if row.expires_at is not None:
        day = format_date(utc(row.expires_at).astimezone(UTC), "long", locale=Locale.parse(frame))
        found.append(f"{words.gettext(_UNTIL)}: {day}")
    if row.of(LANGUAGE):
        found.append(f"{words.gettext(_LANGUAGES)}: {', '.join(row.of(LANGUAGE))}")
    return found


def dressed(note: Document, uri: str) -> Document:
    """The post with the ways to its Proposal: `about`, a payment link (FEP-0ea0) and an object link (FEP-e232)."""
    link = {"type": "Link", "mediaType": LD_JSON, "href": uri}
    return note | {
        "@context": list(COMPANION),
        "about": uri,
        "attachment": [*note["attachment"], {**link, "name": uri, "rel": list(_REL)}],
        "tag": [*note["tag"], {**link, "name": uri}],
    }
