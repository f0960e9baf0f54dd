"""A LibreTranslate service that the operator chose: texts out, texts in.

Its client dials that one address, which may lie in the own network, and follows no redirect; nothing that a stranger wrote chooses
where it goes. Source: LibreTranslate's API (`/translate`, `/languages`).
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson

from coopfed import limits
from coopfed.errors import FetchError, InvalidInput, Unavailable
from coopfed.net.client import Answer, HttpClient
from coopfed.net.guard import DialRules

_JSON = {"Content-Type": "application/json", "Accept": "application/json"}


@dataclass(frozen=True, slots=True)
class Translated:
    """Texts in another language, in the order in which they were given, and from which language they are."""

    texts: tuple[str, ...]
    source: str


@dataclass(slots=True)
class TranslationService:
    """The service at `base`; `key` where it wants one. A few texts at once: it is slow, and often the machine next door."""

    http: HttpClient
    base: str
    key: str = ""
    places: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(limits.TRANSLATIONS_AT_ONCE))

    async def translate(self, texts: Sequence[str], source: str | None, target: str) -> Translated:
        """The texts (HTML) in the language `target`; from `source`, or from what the service takes them for.

        InvalidInput when it does not know the languages, Unavailable when it does not answer, or nothing of use.
        """
        asked = {"q": list(texts), "source": source or "auto", "target": target, "format": "html"}
        body = orjson.dumps(asked | ({"api_key": self.key} if self.key else {}))
        async with self.places:
            answer = await self._ask("POST", "/translate", body)
        found = _document(answer)
        if answer.status == 400:
            raise InvalidInput(f"Validation failed: {str(found.get('error') or 'it cannot be translated')[:200]}")
        given = found.get("translatedText")
        if answer.status != 200 or not isinstance(given, list) or len(given) != len(texts):
            raise Unavailable(f"the translation service answered {answer.status}", reason="translation_failed")
        return Translated(tuple(str(text) for text in given), _detected(found) or source or "")

    async def languages(self) -> dict[str, list[str]]:
        """For each language into which others it translates. Unavailable as `translate`."""
        found = _parsed(await self._ask("GET", "/languages"))
        if not isinstance(found, list):
            raise Unavailable("the translation service names no languages", reason="translation_failed")
        rows = [one for one in found if isinstance(one, dict) and isinstance(one.get("code"), str)]
        every = [one["code"] for one in rows]
        return {one["code"]: _targets(one, every) for one in rows}

    async def close(self) -> None:
        """Closes its connections."""
        await self.http.close()

    async def _ask(self, method: str, path: str, body: bytes | None = None) -> Answer:
        try:
            return await self.http.request(method, f"{self.base.rstrip('/')}{path}", _JSON, body, whole=True)
        except FetchError as error:
            raise Unavailable(
                f"the translation service is not to be had: {error}", reason="translation_failed"
            ) from error


def service(base: str, key: str, user_agent: str, ca_bundle: Any = None) -> TranslationService:
    """The service at this address, not connected yet."""
    return TranslationService(HttpClient(DialRules(chosen=True), user_agent, ca_bundle=ca_bundle), base, key)


def _parsed(answer: Answer) -> Any:
    try:
        return orjson.loads(answer.body)
    except orjson.JSONDecodeError:
        return None


def _document(answer: Answer) -> dict[str, Any]:
    found = _parsed(answer)
    return found if isinstance(found, dict) else {}


def _detected(found: dict[str, Any]) -> str:
    """The language that the service took the first text for: one answer, or one for each text."""
    said = found.get("detectedLanguage")
    first = said[0] if isinstance(said, list) and said else said
    return str(first.get("language") or "") if isinstance(first, dict) else ""


def _targets(row: dict[str, Any], every: Sequence[str]) -> list[str]:
    named = row.get("targets")
    known = [str(code) for code in named] if isinstance(named, list) else list(every)
    return [code for code in known if code != row["code"]]
