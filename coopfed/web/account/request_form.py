"""The form of a request: what is stored and what was typed as fields of the API, and the page. Without a script."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from quart import Response, request

from actors.lookup import ActorRow, by_ids
from actors.requests import confirmed_counts
from actors.roles import may_approve, may_write
from coopfed import limits
from coopfed.clock import utc
from coopfed.db.tx import Tx
from coopfed.errors import CoopFedError, FetchError, InvalidFields, InvalidInput
from coopfed.features.memberships import store as memberships
from coopfed.features.requests.fields import is_draft
from coopfed.features.requests.rules import Audience, Purpose
from coopfed.features.requests.store import LANGUAGE, REGION, SDG, SECTOR, RequestRow
from coopfed.node import Node
from coopfed.text.i18n import mark as _
from coopfed.text.parameters import folded
from coopfed.web import forms
from coopfed.web.account.acting import Acting
from coopfed.web.account.choices import FAULTS, Option, by_label, lines, meant, options, several, tags, tongues
from coopfed.web.reader import reader
from webfinger.resolve import find_actor

_TYPED = {"sectors": "nace_divisions", "regions": "regions"}
_KEY_LENGTH = 100
_LINES = 3
"""In which sectors or regions are typed."""
_AUDIENCES = {
    Audience.PUBLIC: _("Everybody"),
    Audience.NETWORK: _("The members of an umbrella"),
    Audience.ACTORS: _("Only those named below"),
}
_EMPTY: dict[str, Any] = {
    **dict.fromkeys(("title", "content", "language", "category", "expires_at", "audience", "umbrella_id"), ""),
    **{name: [] for name in ("sectors", "regions", "languages", "sdgs", "recipients")},
    **{name: {} for name in ("quantity", "reciprocal")},
}
_PURPOSES = {Purpose.REQUEST: _("We need something"), Purpose.OFFER: _("We offer something")}


@dataclass(frozen=True, slots=True)
class Asked:
    """A form that was sent: fields of the API, translations by language (None: no more), whether to publish it, and the form's own name."""

    fields: dict[str, Any]
    named: list[str]
    """Whom it is for, as they were typed."""
    translations: dict[str, dict[str, str] | None]
    publish: bool
    key: str

    @property
    def again(self) -> dict[str, Any]:
        """The fields as they are shown again."""
        return {**self.fields, "recipients": self.named}


def blank(language: str) -> dict[str, Any]:
    """What stands in a new form."""
    return {"purpose": Purpose.REQUEST.value, "language": language, "audience": Audience.PUBLIC.value}


async def stored(node: Node, row: RequestRow) -> dict[str, Any]:
    """What is stored, as the fields of the API; whom it is for by their handles."""
    named = await node.db.read(by_ids, list(row.recipients))
    return {
        "purpose": row.purpose,
        "title": row.title,
        "content": row.source,
        "language": row.language or "",
        "category": row.category or "",
        "expires_at": utc(row.expires_at).date().isoformat() if row.expires_at is not None else "",
        "sectors": list(row.of(SECTOR)),
        "regions": list(row.of(REGION)),
        "languages": list(row.of(LANGUAGE)),
        "sdgs": list(row.of(SDG)),
        "quantity": {
            "unit": row.unit,
            "value": row.value or "",
            "minimum": row.minimum or "",
            "all_or_nothing": row.all_or_nothing,
        },
        "reciprocal": {"unit": row.reciprocal_unit or "", "value": row.reciprocal_value or ""},
        "audience": row.audience,
        "umbrella_id": str(row.umbrella_id or ""),
        "recipients": [f"@{one.acct}" for one in named.values()],
    }


async def asked(node: Node, actor: ActorRow, row: RequestRow | None = None) -> Asked:
    """The form that was sent for a new request or for `row`. Whom a handle means is looked for; who is not found stays, to be refused."""
    sent = await forms.sent(node)
    form = folded((await request.form).items(multi=True))
    fields, named = _typed(form), tags(form.get("recipients"))[: limits.REQUEST_RECIPIENTS + 1]
    if fields["audience"] == Audience.ACTORS:
        fields["recipients"] = [await _number_of(node, one) for one in named]
    if fields["audience"] != Audience.NETWORK:
        fields["umbrella_id"] = ""
    if row is not None and not is_draft(row):
        for fixed in ("purpose", "category", "audience", "umbrella_id", "recipients", "expires_at"):
            fields.pop(fixed, None)
    texts = form.get("translations")
    said = {tag: _translation(one) for tag, one in texts.items()} if isinstance(texts, dict) else {}
    said.pop(fields["language"], None)
    return Asked(fields, named, said, "publish" in sent, str(sent.get("once", ""))[:_KEY_LENGTH])


def _translation(said: Any) -> dict[str, str] | None:
    found = {name: str(said.get(name) or "") for name in ("title", "content")} if isinstance(said, dict) else {}
    return found if any(text.strip() for text in found.values()) else None


def _typed(form: Mapping[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {
        name: str(form.get(name) or "")
        for name in ("purpose", "title", "content", "language", "category", "expires_at", "audience", "umbrella_id")
    }
    found |= {name: meant(table, form.get(name)) for name, table in _TYPED.items()}
    found["languages"], found["sdgs"] = tags(form.get("languages")), several(form.get("sdgs"))
    amount, back = form.get("quantity"), form.get("reciprocal")
    amount = amount if isinstance(amount, dict) else {}
    back = back if isinstance(back, dict) else {}
    found["quantity"] = {name: str(amount.get(name) or "") for name in ("unit", "value", "minimum")}
    found["quantity"]["all_or_nothing"] = "all_or_nothing" in amount
    # A unit alone is nothing in return.
    given = str(back.get("value") or "")
    found["reciprocal"] = {"unit": str(back.get("unit") or "") if given else "", "value": given}
    found["recipients"] = []
    return found


async def _number_of(node: Node, written: str) -> str:
    """The number of the actor with this handle or address; the text itself where nobody is found, which is no number."""
    try:
        return str((await find_actor(node, written[: limits.ID_LENGTH])).id)
    except (CoopFedError, FetchError):
        return written


async def shown(
    node: Node,
    who: Acting,
    now: Mapping[str, Any],
    *,
    row: RequestRow | None = None,
    error: InvalidInput | None = None,
    translations: Mapping[str, dict[str, str] | None] | None = None,
    key: str = "",
) -> Response:
    """The page with these values, and with what is wrong with them."""
    reads, faults = reader(node), error.faults if isinstance(error, InvalidFields) else {}
    if translations is None:
        known = row.translations if row is not None else {}
        translations = {tag: {"title": one.title, "content": one.source} for tag, one in known.items()}
    said = {**_EMPTY, **(await stored(node, row) if row is not None else {}), **now}
    values = {
        "actor": who.actor,
        "row": row,
        "draft": row is None or is_draft(row),
        "now": {
            name: said.get(name, "") for name in {*said, "title", "content", "category", "expires_at", "umbrella_id"}
        },
        "faults": {name: FAULTS[found[0]] for name, found in faults.items()},
        "wrong": error is not None,
        "once": key,
        "edits": may_approve(who.roles),
        "writes": may_write(who.roles),
        "purposes": [Option(one.value, reads.texts.gettext(text)) for one, text in _PURPOSES.items()],
        "audiences": [Option(one.value, reads.texts.gettext(text)) for one, text in _AUDIENCES.items()],
        "networks": await node.db.read(_networks, who.actor.id),
        "categories": by_label(options("collaboration_categories", reads.language)),
        "units": by_label(options("units", reads.language)),
        "sectors": options("nace_divisions", reads.language),
        "regions": options("regions", reads.language),
        "goals": options("sdgs", reads.language),
        "tongues": tongues(one for one in (*reads.languages, said["language"], *translations) if one),
        "translations": {tag: one or {} for tag, one in translations.items()},
        "places": {
            name: lines(table, said[name], max(_LINES, len(said[name])), reads.language)
            for name, table in _TYPED.items()
        },
        "today": utc(node.clock.now()).date().isoformat(),
    }
    title = reads.texts.gettext(_("A request or an offer")) if row is None else row.title
    return forms.private_page(node, "request_form", title, values, status=422 if error is not None else 200)


def _networks(tx: Tx, actor_id: int) -> list[tuple[int, str, int]]:
    """The umbrellas of which the actor is a confirmed member: number, name, and how many cooperatives read what is for them."""
    umbrellas = by_ids(tx, memberships.confirmed_umbrellas(tx, [actor_id]))
    members = confirmed_counts(tx, list(umbrellas))
    return [(row.id, row.name, members.get(row.id, 0)) for row in umbrellas.values()]
