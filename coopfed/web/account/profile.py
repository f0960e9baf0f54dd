"""`/account/profile/<handle>`: what an actor says of itself as a cooperative, for its editors. Without a script: codes are typed as words
or chosen from the browser's own list, and whatever label somebody knows leads to the code.
"""

from collections.abc import Mapping
from typing import Any

from quart import Blueprint, Response, request

from actors.cooperative import TABLES, Cooperative, Kind, cooperative_of
from actors.lookup import ActorRow
from coopfed import limits
from coopfed.codes import identifiers as registries
from coopfed.errors import InvalidFields
from coopfed.features.cooperatives import actions
from coopfed.features.cooperatives.rules import COUNTS, DOUBTS, INTERNAL, MANY, ONE, SWITCHES, TEXTS
from coopfed.node import Node
from coopfed.text.parameters import folded
from coopfed.web import forms
from coopfed.web.account.acting import editor_of, refuse_suspended
from coopfed.web.account.choices import FAULTS, by_label, lines, meant, options, several, tags, tongues
from coopfed.web.page import elsewhere
from coopfed.web.reader import reader

_TYPED = ("sectors", "regions")
_TICKED = ("offers", "needs", "sdgs", "ica_principles")
_MORE_NUMBERS = 3
"""Empty rows for numbers of registries."""


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
        asked[name] = meant(TABLES[MANY[name][0]], form.get(name))
    for name in _TICKED:
        asked[name] = several(form.get(name))
    asked["languages"] = tags(form.get("languages"))
    asked |= {name: name in form for name in SWITCHES}
    numbers = [one for one in several(form.get("identifiers")) if isinstance(one, dict)]
    asked["identifiers"] = [
        {"scheme": str(one.get("scheme")), "value": str(one["value"]), "public": "public" in one}
        for one in numbers
        if str(one.get("value") or "").strip()
    ]
    return asked


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
        "tongues": tongues((*who.languages, *now["names"], *now["descriptions"])),
        "types": by_label(options("cooperative_types", language)),
        "sizes": options("size_class", language),
        "sectors": options("nace_divisions", language),
        "regions": options("regions", language),
        "categories": by_label(options("collaboration_categories", language)),
        "goals": options("sdgs", language),
        "principles": options("ica_principles", language),
        "schemes": options("identifiers", language),
        "numbers": _numbers(now),
        "places": {
            name: lines(TABLES[MANY[name][0]], now[name], min(MANY[name][1], limits.PROFILE_SECTORS), language)
            for name in _TYPED
        },
    }
    title = who.texts.gettext("Profile of @%(handle)s", handle=actor.handle)
    return forms.private_page(node, "profile", title, values, status=422 if faults else 200)


def _numbers(now: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The lines for numbers of registries: each with what speaks against it; with empty ones behind."""
    found = []
    for one in now["identifiers"]:
        value = registries.normalised(one["scheme"], one["value"])
        doubt = registries.doubt(one["scheme"], value) or (None if registries.is_public(one["scheme"]) else INTERNAL)
        found.append({**one, "doubt": DOUBTS[doubt] if doubt is not None else None})
    empty = {"scheme": "", "value": "", "public": False, "doubt": None}
    return found + [empty] * min(_MORE_NUMBERS, limits.IDENTIFIERS - len(found))
