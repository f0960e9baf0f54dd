"""A translation service on loopback, which speaks LibreTranslate's API, and a memory of what it was asked.

async with a_translator() as service      `service.base` is its address; it puts the language before every text
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import orjson
from aiohttp import web


@dataclass
class Translator:
    """The service. `status` other than 200 is its answer to everything; `key` is asked for when it is set."""

    base: str
    status: int = 200
    key: str = ""
    asked: list[dict[str, Any]] = field(default_factory=list)
    answer: Any = None
    """Instead of a translation, when it is set."""

    async def respond(self, request: web.BaseRequest) -> web.StreamResponse:
        """The handler."""
        if self.status != 200:
            return _json({"error": "no such language"}, self.status)
        if request.path == "/languages":
            return _json([{"code": code, "name": code, "targets": ["en", "it", "tr"]} for code in ("en", "it", "tr")])
        asked = orjson.loads(await request.read())
        self.asked.append(asked)
        if self.key and asked.get("api_key") != self.key:
            return _json({"error": "Invalid API key"}, 403)
        if self.answer is not None:
            return _json(self.answer)
        texts = [
            text.replace(">", f">[{asked['target']}] ", 1) if ">" in text else f"[{asked['target']}] {text}"
            for text in asked["q"]
        ]
        return _json({"translatedText": texts, "detectedLanguage": [{"language": "it", "confidence": 90}] * len(texts)})


def _json(document: Any, status: int = 200) -> web.Response:
    return web.Response(body=orjson.dumps(document), status=status, content_type="application/json")


@asynccontextmanager
async def a_translator() -> AsyncIterator[Translator]:
    """A running service."""
    service = Translator("")
    runner = web.ServerRunner(web.Server(service.respond))
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    service.base = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield service
    finally:
        await runner.cleanup()
