"""Statuses with what the reader's filters say of them: nothing is left out, the app hides it. Source: client_api research 5."""

from typing import Any

from coopfed.api.words import moment
from coopfed.db.tx import Tx
from coopfed.features.filters import store
from coopfed.features.filters.rules import Context, FilterRow, Match, matches
from coopfed.features.filters.store import Owner

Shape = dict[str, Any]


def in_context(tx: Tx, owner: Owner, shown: list[Shape], context: Context, now: int) -> list[Shape]:
    """The statuses, each with its `filtered`; one's own are filtered by nothing. A unit of work."""
    here = [row for row in store.active(tx, owner, now) if context in row.contexts]
    return [_judged(one, here, str(owner[1])) for one in shown] if here else shown


def _judged(status: Shape, filters: list[FilterRow], own: str) -> Shape:
    inner = status["reblog"] or status
    if inner["account"]["id"] == own:
        return status
    quote = (inner["quote"] or {}).get("quoted_status") or {}
    options = " ".join(option["title"] for option in (inner["poll"] or {}).get("options", ()))
    descriptions = " ".join(file["description"] or "" for file in inner["media_attachments"])
    text = f"{inner['spoiler_text']} {inner['content']} {options} {descriptions} {quote.get('content', '')}"
    numbers = [int(inner["id"]), *([int(quote["id"])] if quote else [])]
    found = [_result(match) for match in matches(filters, text, numbers)]
    again = {**status["reblog"], "filtered": found} if status["reblog"] else None
    return {**status, "filtered": found, "reblog": again}


def _result(match: Match) -> Shape:
    """A FilterResult."""
    return {
        "filter": head(match.filter),
        "keyword_matches": list(match.keywords) or None,
        "status_matches": [str(number) for number in match.statuses] or None,
    }


def head(row: FilterRow) -> Shape:
    """A Filter without what is in it, as it stands in results."""
    return {
        "id": str(row.id),
        "title": row.title,
        "context": list(row.contexts),
        "expires_at": moment(row.expires_at) if row.expires_at is not None else None,
        "filter_action": row.action,
    }
