"""Keeps the catalogues in step with the texts in code and templates: `./run messages`.

A message that is new is added to every language, in English as its own translation, in others empty: fill those in. One that is
used no longer is removed. tests/coopfed/text/test_i18n.py fails while a translation is missing.
"""

from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("coopfed", "actors", "webfinger", "outbox", "inbox")
CATALOGUES = ROOT / "coopfed" / "text" / "catalogues"
METHODS = [("**.py", "python"), ("**.html", "jinja2.ext:babel_extract")]
KEYWORDS = {"gettext": None, "ngettext": (1, 2), "_": None}

MessageId = str | tuple[str, ...]


def used() -> dict[MessageId, set[str]]:
    """The message ids in code and templates, each with the files that use it."""
    found: dict[MessageId, set[str]] = {}
    for package in PACKAGES:
        for file, _, message, _, _ in extract_from_dir(ROOT / package, METHODS, keywords=KEYWORDS):
            found.setdefault(message, set()).add(f"{package}/{file}")
    return found


def catalogue(path: Path) -> Catalog:
    """The catalogue of a language, which the name of its file tells."""
    with path.open("rb") as file:
        return read_po(file, locale=path.stem)


def main() -> None:
    """Bring every catalogue in step and say what is left to translate."""
    ids = used()
    for path in sorted(CATALOGUES.glob("*.po")):
        old, header = catalogue(path), path.read_text().split("\n\n")[0]
        new = Catalog(locale=path.stem)
        # The header's word counts: Babel's own table gives Turkish one plural form, gettext's two.
        new.mime_headers = [("Plural-Forms", old.plural_forms)]
        for message in sorted(ids, key=str):
            known = old.get(message)
            english = message if path.stem == "en" else ("" if isinstance(message, str) else ("", ""))
            new.add(message, known.string if known and known.string else english, locations=())
        with path.open("wb") as file:
            file.write(header.encode() + b"\n\n")
            write_po(file, new, omit_header=True, width=120)
        empty = [message.id for message in new if message.id and not all(_forms(message.string))]
        print(f"{path.name}: {len(ids)} messages, {len(empty)} to translate", *empty, sep="\n    ")


def _forms(string: str | tuple[str, ...] | list[str]) -> tuple[str, ...]:
    return (string,) if isinstance(string, str) else tuple(string)


if __name__ == "__main__":
    main()
