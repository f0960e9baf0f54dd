"""The texts of the house that lie in files: privacy policy and terms of service. Their operators write them in Markdown.

They are read anew each time: whoever changes a file restarts nothing.
"""

import asyncio
from dataclasses import dataclass
from pathlib import Path

from coopfed import limits
from coopfed.config import Config
from coopfed.errors import NotFound
from coopfed.node import Node
from coopfed.observe.logs import logger
from coopfed.text.markdown import render_markdown
from coopfed.text.sanitise import sanitise

PRIVACY_POLICY, TERMS_OF_SERVICE = "privacy_policy", "terms_of_service"

log = logger("house")


@dataclass(frozen=True, slots=True)
class HouseText:
    """A text of the house as clean HTML, and when its file was changed last (milliseconds)."""

    content: str
    changed_at: int


def file_of(config: Config, which: str) -> Path | None:
    """The file of PRIVACY_POLICY or TERMS_OF_SERVICE; None where none is configured. Pure."""
    found: Path | None = getattr(config, which)
    return config.data_dir / found if found is not None else None


async def text_of(node: Node, which: str) -> HouseText:
    """PRIVACY_POLICY or TERMS_OF_SERVICE. NotFound where none is configured, or its file cannot be read (which the log says)."""
    path = file_of(node.config, which)
    if path is None:
        raise NotFound(f"no {which.upper()} is configured")
    try:
        written, changed_at = await asyncio.to_thread(_read, path)
    except (OSError, UnicodeDecodeError) as error:
        log.error("house_text_unreadable", which=which, error=str(error))
        raise NotFound(f"{path} cannot be read") from error
    return HouseText(sanitise(render_markdown(written, {}, f"{node.urls.tag_page('')}")), changed_at)


def _read(path: Path) -> tuple[str, int]:
    with path.open("rb") as file:
        written = file.read(limits.HOUSE_TEXT_BYTES + 1)
    if len(written) > limits.HOUSE_TEXT_BYTES:
        raise OSError(f"{path} has more than {limits.HOUSE_TEXT_BYTES} bytes")
    return written.decode("utf-8"), int(path.stat().st_mtime * 1000)
