"""What members type, as it is stored: texts without what no text holds, and codes of languages. Pure."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from coopfed.errors import Fault, InvalidInput

_LANGUAGE = re.compile(r"[a-z]{2,8}(?:-[a-z0-9]{1,8}){0,3}")
"""BCP 47, as far as posts and follows need it."""


def stored(text: str) -> str:
    """The text without NUL, which PostgreSQL takes in no text, with line ends of one kind, and without space around it."""
    return text.replace("\x00", "").replace("\r\n", "\n").strip()


def language_code(code: str) -> str:
    """The language code as it is stored: lower case, with hyphens. InvalidInput for what is none."""
    found = code.strip().lower().replace("_", "-")
    if not _LANGUAGE.fullmatch(found):
        raise InvalidInput(f"{code[:40]!r} is no language code; use one like tr, it or en")
    return found


@dataclass(slots=True)
class Asked:
    """The fields that were sent to be changed, and what is wrong with them."""

    fields: Mapping[str, Any]
    faults: dict[str, list[Fault]] = field(default_factory=dict)

    def wrong(self, name: str, fault: Fault) -> None:
        """Notes what is wrong with a field, once."""
        found = self.faults.setdefault(name, [])
        if fault not in found:
            found.append(fault)
