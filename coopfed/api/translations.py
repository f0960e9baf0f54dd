"""Statuses in another language, and between which languages this node translates."""

from typing import Any

from quart import Blueprint, Response

from coopfed.api import assemble
from coopfed.api.asking import answer, number, parameters, speaker, spoken
from coopfed.clock import HOUR_MS
from coopfed.errors import InvalidInput, NotFound
from coopfed.features.posts import visible
from coopfed.features.translation.actions import translated
from coopfed.features.translation.rules import Texts
from coopfed.features.translation.store import Translated
from coopfed.node import Node
from coopfed.vocab.values import language_tag

_LANGUAGES_MS = HOUR_MS


def register(api: Blueprint, node: Node) -> None:
    """Adds the routes."""

    @api.post("/api/v1/statuses/<id>/translate")
    async def translate(id: str) -> Response:
        # Nothing is said by it in public, and readers of a shared actor are its readers: the scope is that of reading.
        who, asked = await speaker(node, "read:statuses"), await parameters()
        wanted = _wanted(node, asked.get("lang"))
        found = await node.db.read(assemble.statuses, [number(id)], who.actor.id, node.urls)
        if not found:
            raise NotFound(f"no status {id} that the reader may see")
        status = found[0]["reblog"] or found[0]
        post = (await node.db.read(visible.by_ids, [int(status["id"])], who.actor.id))[int(status["id"])]
        made = await translated(node, post, f"@{status['account']['acct']}", _texts(status), wanted)
        return answer(_shape(status, made))

    @api.get("/api/v1/instance/translation_languages")
    async def translation_languages() -> Response:
        return answer(await _languages(node))


def _wanted(node: Node, given: object) -> str:
    """The language that is asked for, else that of the app, else the node's first one. InvalidInput for what is none."""
    if given not in (None, ""):
        found = language_tag(str(given))
        if found is None:
            raise InvalidInput("Validation failed: lang is no language code; use one like tr, it or en")
        return found
    return next(iter(spoken()), node.config.languages[0])


async def _languages(node: Node) -> dict[str, list[str]]:
    """From which language into which others; empty without a service. Asked once an hour."""
    if node.translator is None:
        return {}
    known: tuple[int, dict[str, list[str]]] | None = node.memory.documents.get("translation languages")
    if known is None or known[0] <= node.clock.now():
        known = node.clock.now() + _LANGUAGES_MS, await node.translator.languages()
        node.memory.documents.put("translation languages", known)
    return known[1]


def _texts(status: dict[str, Any]) -> Texts:
    options = (option["title"] for option in (status["poll"] or {}).get("options", ()))
    descriptions = (file["description"] or "" for file in status["media_attachments"])
    return Texts(status["content"], status["spoiler_text"], tuple(options), tuple(descriptions))


def _shape(status: dict[str, Any], made: Translated) -> dict[str, Any]:
    """A Translation."""
    poll, texts = status["poll"], made.texts
    files = zip(status["media_attachments"], texts.descriptions, strict=True)
    return {
        "content": texts.content,
        "spoiler_text": texts.warning,
        "language": made.language,
        "detected_source_language": made.source_language,
        "provider": made.provider,
        "poll": {"id": poll["id"], "options": [{"title": title} for title in texts.options]} if poll else None,
        "media_attachments": [{"id": file["id"], "description": text} for file, text in files],
    }
