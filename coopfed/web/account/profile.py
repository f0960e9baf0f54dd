"""`/account/profile/<handle>`: what an actor says of itself as a cooperative, for its editors. Without a script: codes are typed as words
or chosen from the browser's own list, and whatever label somebody knows leads to the code.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from quart import Blueprint, Response, request

from actors.cooperative import TABLES, Cooperative, Kind, cooperative_of
from actors.lookup import ActorRow
from coopfed import limits
from coopfed.codes import identifiers as registries
from coopfed.codes import tables
from coopfed.errors import Fault, InvalidFields
from coopfed.features.cooperatives import actions
from coopfed.features.cooperatives.rules import COUNTS, DOUBTS, INTERNAL, MANY, ONE, SWITCHES, TEXTS
from coopfed.node import Node
from coopfed.text.fold import folded as fold
from coopfed.text.i18n import mark as _
from coopfed.text.parameters import folded
from coopfed.vocab.values import language_tag
from coopfed.web import forms
from coopfed.web.account.acting import editor_of, refuse_suspended
from coopfed.web.page import elsewhere
from coopfed.web.reader import name_of, reader

FAULTS = {
    Fault.BLANK: _("This must not be empty."),
    Fault.INVALID: _("This cannot be read."),
    Fault.TOO_LONG: _("This is too long, or too many."),
    Fault.UNKNOWN_CODE: _("Nothing of that name is in the list, or several are: choose one of it."),
}
_TYPED = ("sectors", "regions")
_TICKED = ("offers", "needs", "sdgs", "ica_principles")
_MORE_NUMBERS = 3
"""Empty rows for numbers of registries."""
_BETWEEN = re.compile(r"[\s,;]+")


@dataclass(frozen=True, slots=True)
class Option:
    """What can be chosen, in the reader's words."""

    code: str
    label: str


def register(pages: Blueprint, node: Node) -> None:
    """Adds the routes."""

    @pages.get("/account/profile/<handle>")
    async def own_profile(handle: str) -> Response:
        actor = (await editor_of(node, handle)).actor
        said = await node.db.read(cooperative_of, actor.id)
        return _shown(node, actor, stored(actor, said), saved="saved" in request.args)

    @pages.post("/account/profile/<handle>")
    async def change_own_profile(handle: str) -> Response:
        actor = (await editor_of(node, handle)).actor
        refuse_suspended(actor)
        await forms.sent(node)
        asked = typed(folded((await request.form).items(multi=True)))
        try:
            await actions.edit(node, actor, asked)
        except InvalidFields as error:
            return _shown(node, actor, asked, error)
        return elsewhere(reader(node).link(f"/account/profile/{actor.handle}", saved="yes"))


def stored(actor: ActorRow, said: Cooperative) -> dict[str, Any]:
    """What is stored, as the fields of the API. Pure."""
    return {
        "names": dict(said.names),
        "descriptions": {tag: one.text or one.html for tag, one in said.descriptions.items()},
        "legal_name": said.legal_name,
        "registry_category": said.registry_category,
        "cooperative_type": said.one(Kind.TYPE) or "",
        "size_class": said.one(Kind.SIZE) or "",
        **{name: list(said.of(kind)) for name, (kind, _most) in MANY.items()},
        "members_count": said.members_count,
        "workers_count": said.workers_count,
        "identifiers": [{"scheme": one.scheme, "value": one.value, "public": one.public} for one in said.identifiers],
        "discoverable": actor.discoverable,
        "aggregation_consent": said.aggregation_consent,
    }


def typed(form: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of the API that the form means: what is not ticked is not; a word that is no code stays, to be shown again. Pure."""
    asked: dict[str, Any] = {name: str(form.get(name) or "") for name in (*ONE, *TEXTS, *COUNTS)}
    for name in ("names", "descriptions"):
        texts = form.get(name)
        asked[name] = {tag: str(text) for tag, text in texts.items()} if isinstance(texts, dict) else {}
    for name in _TYPED:
        words = [str(text) for text in _listed(form.get(name)) if str(text).strip()]
        asked[name] = [tables.meant(TABLES[MANY[name][0]], word) or word for word in words]
    for name in _TICKED:
        asked[name] = _listed(form.get(name))
    asked["languages"] = [tag for tag in _BETWEEN.split(str(form.get("languages") or "")) if tag]
    asked |= {name: name in form for name in SWITCHES}
    numbers = [one for one in _listed(form.get("identifiers")) if isinstance(one, dict)]
    asked["identifiers"] = [
        {"scheme": str(one.get("scheme")), "value": str(one["value"]), "public": "public" in one}
        for one in numbers
        if str(one.get("value") or "").strip()
    ]
    return asked


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _shown(
    node: Node, actor: ActorRow, now: Mapping[str, Any], error: InvalidFields | None = None, *, saved: bool = False
) -> Response:
    who, faults = reader(node), error.faults if error is not None else {}
    language = who.language
    values = {
        "actor": actor,
        "now": now,
        "saved": saved,
        "faults": {name: FAULTS[found[0]] for name, found in faults.items()},
        "tongues": _tongues(who.languages, now),
        "types": _sorted(_options("cooperative_types", language)),
        "sizes": _options("size_class", language),
        "sectors": _options("nace_divisions", language),
        "regions": _options("regions", language),
        "categories": _sorted(_options("collaboration_categories", language)),
        "goals": _options("sdgs", language),
        "principles": _options("ica_principles", language),
        "schemes": _options("identifiers", language),
        "numbers": _numbers(now),
        "places": {name: _places(now[name], name, language) for name in _TYPED},
    }
    title = who.texts.gettext("Profile of @%(handle)s", handle=actor.handle)
    return forms.private_page(node, "profile", title, values, status=422 if faults else 200)


def _options(table: str, language: str) -> list[Option]:
    return [Option(row.code, row.label(language)) for row in tables.table(table).values()]


def _sorted(options: Iterable[Option]) -> list[Option]:
    return sorted(options, key=lambda one: fold(one.label))


def _tongues(languages: Iterable[str], now: Mapping[str, Any]) -> list[Option]:
    """The languages of this node, and those in which something is written already."""
    written = [tag for name in ("names", "descriptions") for tag in now[name]]
    known = [tag for tag in dict.fromkeys((*languages, *written)) if language_tag(tag)]
    return [Option(tag, name_of(tag)) for tag in known]


def _places(codes: list[str], name: str, language: str) -> list[str]:
    """What stands in the lines for sectors or regions, with empty ones behind."""
    table, most = TABLES[MANY[name][0]], min(MANY[name][1], limits.PROFILE_SECTORS)
    texts = [f"{code} – {tables.label(table, code, language)}" if tables.known(table, code) else code for code in codes]
    return texts + [""] * (most - len(texts))


def _numbers(now: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The lines for numbers of registries: each with what speaks against it; with empty ones behind."""
    found = []
    for one in now["identifiers"]:
        value = registries.normalised(one["scheme"], one["value"])
        doubt = registries.doubt(one["scheme"], value) or (None if registries.is_public(one["scheme"]) else INTERNAL)
        found.append({**one, "doubt": DOUBTS[doubt] if doubt is not None else None})
    empty = {"scheme": "", "value": "", "public": False, "doubt": None}
    return found + [empty] * min(_MORE_NUMBERS, limits.IDENTIFIERS - len(found))
