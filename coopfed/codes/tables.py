"""The code tables: each read once, when it is first asked for.

A code is a stable key that travels; labels are for people, in three languages. Another node may have a newer table, so that a code
which is in none is shown as it is and never an error here. Source: domain research 7, rule 4; API contract 2.
"""

import csv
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import orjson

from coopfed.text.fold import folded

LANGUAGES = ("en", "it", "tr")
CHANGED_AT = 1_795_996_800_000
"""When the tables last changed, in milliseconds: 30 November 2026, their first version."""

_DIGITS = 9


@dataclass(frozen=True, slots=True)
class Code:
    """A row: labels by language; `parent` is a code of the same table, or of the one above it (a division's section); `data` what the
    table has besides. `words` are those by which it is found, folded."""

    code: str
    labels: Mapping[str, str]
    parent: str | None
    data: Mapping[str, str]
    words: str

    def label(self, language: str) -> str:
        """The label in this language; in English where it has none."""
        return self.labels.get(language) or self.labels["en"]


Rows = Iterable[dict[str, str]]


def _rows(name: str) -> Iterator[dict[str, str]]:
    text = files("coopfed.codes").joinpath("data", f"{name}.csv").read_text("utf-8")
    yield from csv.DictReader(text.splitlines())


def _code(row: Mapping[str, str], key: str, parent: str | None = None, named: str | None = None) -> Code:
    """A row of a file: `key` and `parent` are columns, `named` the one with a name that has no translation."""
    labels = {language: row.get(language) or row[named or LANGUAGES[0]] for language in LANGUAGES}
    spent = {key, parent, named, *LANGUAGES}
    data = {name: value for name, value in row.items() if name not in spent}
    found = (row[key], *labels.values(), data.get("full_name", ""))
    return Code(
        row[key],
        labels,
        (row[parent] or None) if parent else None,
        data,
        " ".join(dict.fromkeys(folded(" ".join(found)).split())),
    )


def _plain(
    name: str, key: str = "code", parent: str | None = None, named: str | None = None
) -> Callable[[], list[Code]]:
    return lambda: [_code(row, key, parent, named) for row in _rows(name)]


def _regions() -> list[Code]:
    """Countries, and of each the statistical regions as far as the files go: in Türkiye down to the provinces."""
    found = [_code(row, "code") for row in _rows("countries")]
    for name, key, parent, named in (
        ("it_nuts1", "nuts1", None, None),
        ("tr_nuts1", "nuts1", None, None),
        ("it_nuts2", "nuts2", "nuts1", None),
        ("tr_nuts2", "nuts2", "nuts1", "provinces_tr"),
        ("tr_provinces", "nuts3", "nuts2", "tr"),
    ):
        for row in _rows(name):
            above = row if parent else {**row, "country": row[key][:2]}
            found.append(_code(above, key, parent or "country", named))
    return found


_TABLES: dict[str, Callable[[], list[Code]]] = {
    "nace_sections": _plain("nace_sections"),
    "nace_divisions": _plain("nace_divisions", parent="section"),
    "regions": _regions,
    "cooperative_types": _plain("cooperative_types"),
    "collaboration_categories": _plain("collaboration_categories"),
    "units": _plain("units"),
    "currencies": _plain("currencies", key="iso4217"),
    "identifiers": _plain("identifiers", named="label"),
    "sdgs": _plain("sdgs", key="number"),
    "ica_principles": _plain("ica_principles", key="number"),
    "ica_values": _plain("ica_values"),
    "umbrella_bodies": _plain("umbrella_bodies", parent="parent", named="short_name"),
}


@cache
def _vocabulary() -> dict[str, Any]:
    found: dict[str, Any] = orjson.loads(files("coopfed.codes").joinpath("data", "vocab.json").read_bytes())
    return found


@cache
def names() -> tuple[str, ...]:
    """All tables: those of files, then the lists of states and roles."""
    return (*_TABLES, *_vocabulary())


@cache
def table(name: str) -> Mapping[str, Code]:
    """The rows by their codes, in the order of the file. KeyError for an unknown table."""
    if name in _TABLES:
        return {row.code: row for row in _TABLES[name]()}
    return {code: _code({"code": code, **labels}, "code") for code, labels in _vocabulary()[name].items()}


def known(name: str, code: str) -> bool:
    """Whether the table has the code."""
    return code in table(name)


def label(name: str, code: str, language: str) -> str:
    """What people read for the code; the code itself where the table has none."""
    row = table(name).get(code)
    return code if row is None else row.label(language)


def amount(value: str | None, unit: str | None, language: str) -> str:
    """So much of a unit, as people read it; where no unit is named things are counted. Nothing without a value."""
    return f"{value} {label('units', unit or 'one', language)}" if value else ""


def in_return(value: str | None, unit: str | None, language: str) -> str:
    """The same of what is given in return: nothing without a unit, the unit alone where nobody says how much."""
    return amount(value, unit, language) or label("units", unit, language) if unit else ""


def find(name: str, written: str = "", parent: str | None = None) -> list[Code]:
    """The rows in whose labels, of whatever language, every word stands; below `parent` if one is named. All of them for no words."""
    words = folded(written).split()
    return [
        row for row in table(name).values() if parent in (None, row.parent) and all(word in row.words for word in words)
    ]


def meant(name: str, written: str) -> str | None:
    """The code that somebody means who wrote it, its label in any language, or both as forms offer them (`03 – Fishing`); None when
    is none of them, or several."""
    code = written.partition("–")[0].strip().upper()
    for exact in (written.strip(), code, code.lower()):
        if known(name, exact):
            return exact
    if not (wanted := folded(written)):
        return None
    same = [row.code for row in table(name).values() if wanted in map(folded, row.labels.values())]
    found = same or [row.code for row in find(name, written)]
    # İzmir is a province that is all of its region: the widest of what lies within each other is meant.
    return found[0] if found and all(found[0] in above(name, code) for code in found) else None


def above(name: str, code: str) -> list[str]:
    """The code, what it lies in, what that lies in, and so on, within the table."""
    rows, found = table(name), [code]
    while (row := rows.get(found[-1])) is not None and row.parent in rows:
        found.append(str(row.parent))
    return found


def numbers(codes: Iterable[str]) -> list[int]:
    """Those of goals and principles, which have numbers here; what a peer sends besides is none, however many digits it has. Pure."""
    return [int(code) for code in codes if code.isascii() and code.isdecimal() and len(code) <= _DIGITS]
