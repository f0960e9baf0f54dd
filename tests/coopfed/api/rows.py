"""The table of the client API's routes (`docs/client-api.md`), and whether the tests that it names speak of them.

A test is read, not run: its source, and that of what it uses of its own file, names the method and the path, and does something before
it asserts.
"""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from coopfed.api.streaming.door import ROUTES as STREAMS
from tests.coopfed.api.observing import routes

ROOT = Path(__file__).resolve().parents[3]
PAGE = ROOT / "docs" / "client-api.md"
PAGES = {("GET", "/oauth/authorize")}
"""What apps open that is a page for people."""
TIERS = ("T1", "T2", "T3", "own")
_ROW = re.compile(r"^\| (T1|T2|T3|own) \| ([A-Z]+) \| `([^`]+)` \| (.+) \|$", re.MULTILINE)
_TEST = re.compile(r"`(tests/[\w/]+\.py)::(test_\w+)`")
_METHODS = ("get", "post", "put", "patch", "delete")
_HOLE = "\x00"
"""What an f-string has in place of a value."""


@dataclass(frozen=True)
class Row:
    """A route: its tier (`own`: CoopFed's), and the tests that change something and see the change by it."""

    tier: str
    method: str
    path: str
    tests: tuple[tuple[str, str], ...]


def section(name: str) -> str:
    """A section of the page."""
    return PAGE.read_text().split(f"## {name}\n")[1].split("\n## ")[0]


def rows() -> list[Row]:
    """The rows of the table."""
    found = _ROW.findall(section("Routes"))
    return [Row(tier, method, path, tuple(_TEST.findall(tests))) for tier, method, path, tests in found]


def every_route() -> set[tuple[str, str]]:
    """Method and path of all that apps ask: of the blueprint, streams, and the page on which they are let in."""
    return routes() | set(STREAMS) | PAGES


@dataclass
class Said:
    """What the source of a test says: the addresses in its texts, as (method, where it stands in a call that has one; address; version 2
    is meant), all its words, and whether it does something and asserts something."""

    addresses: list[tuple[str | None, str, bool]] = field(default_factory=list)
    words: set[str] = field(default_factory=set)
    methods: set[str] = field(default_factory=set)
    acts: bool = False
    asserts: bool = False

    def names(self, method: str, path: str) -> bool:
        """Whether a request by this method to this path is in it."""
        return any(
            (by == method or (by is None and method in self.methods)) and self._fits(path, address, v2)
            for by, address, v2 in self._whole()
        )

    def _whole(self) -> Iterator[tuple[str | None, str, bool]]:
        """The addresses, and those that are put together of a beginning and the rest."""
        rests = [(by, text.lstrip(_HOLE)) for by, text, _v2 in self.addresses if " " not in text and "/api" not in text]
        for by, address, v2 in self.addresses:
            yield by, address, v2
            begins = address.rstrip(_HOLE)
            if begins != address or "/api/" in address:
                yield by, begins, v2
                yield from ((rest_by or by, begins + rest, v2) for rest_by, rest in rests)

    def _fits(self, path: str, address: str, v2: bool) -> bool:
        given = address.partition("?")[0].rstrip("/").split("/")
        wanted = path.split("/")[1:]
        if wanted[0] == "api" and "api" not in given:
            # As `tests.coopfed.api.test_api.Client` is told them: without /api and version.
            if wanted[1] != ("v2" if v2 else "v1"):
                return False
            wanted = wanted[2:]
        given = given[-len(wanted) :]
        return len(given) == len(wanted) and all(map(self._part, wanted, given))

    def _part(self, wanted: str, given: str) -> bool:
        if wanted.startswith("<"):
            return bool(given)
        # A part that the test fills in itself is one of its words.
        return given == wanted or (_HOLE in given and any(given.replace(_HOLE, word) == wanted for word in self.words))


@cache
def said(file: str, test: str) -> Said | None:
    """What a test says, with what it uses of its own file; None when it is not there."""
    known = _definitions(file)
    if test not in known:
        return None
    found, open_names, seen = Said(), [test], set[str]()
    while open_names:
        name = open_names.pop()
        if name in seen or name not in known:
            continue
        seen.add(name)
        _read(known[name], found, known)
        open_names += [node.id for node in ast.walk(known[name]) if isinstance(node, ast.Name)]
        open_names += [argument.arg for argument in ast.walk(known[name]) if isinstance(argument, ast.arg)]
        open_names += [node.attr for node in ast.walk(known[name]) if isinstance(node, ast.Attribute)]
    return found


@cache
def _definitions(file: str) -> dict[str, ast.AST]:
    """What stands at the top of a file, and the methods of its classes, by name."""
    found: dict[str, ast.AST] = {}
    for node in ast.parse((ROOT / file).read_text()).body:
        match node:
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                found[node.name] = node
            case ast.ClassDef():
                found |= {
                    part.name: part for part in node.body if isinstance(part, ast.FunctionDef | ast.AsyncFunctionDef)
                }
            case ast.Assign(targets=[ast.Name(id=name)]) | ast.AnnAssign(target=ast.Name(id=name)):
                found[name] = node
    return found


def _read(source: ast.AST, found: Said, known: dict[str, ast.AST]) -> None:
    within: dict[int, tuple[str | None, bool]] = {}
    for node in ast.walk(source):
        if isinstance(node, ast.Call):
            v2 = any(one.arg == "v2" for one in node.keywords)
            by = _method(node)
            found.acts = found.acts or _acts(node)
            for argument in node.args:
                within |= {id(part): (by, v2) for part in ast.walk(argument) if id(part) not in within or by}
            if by is not None:
                found.methods.add(by)
        if isinstance(node, ast.Assert):
            found.asserts = True
    for node in ast.walk(source):
        text = _text(node, known)
        if text is not None:
            found.words |= {text, *text.split("/")}
            if text.upper() in {method.upper() for method in _METHODS} and text.isupper():
                found.methods.add(text)
            by, v2 = within.get(id(node), (None, False))
            found.addresses.append((by, text, v2))


def _method(call: ast.Call) -> str | None:
    """By which method a call asks: client.get("…"), send("GET", …)."""
    name = call.func.attr if isinstance(call.func, ast.Attribute) else ""
    if name in _METHODS:
        return name.upper()
    first = call.args[0] if call.args else None
    if isinstance(first, ast.Constant) and isinstance(first.value, str) and first.value.lower() in _METHODS:
        return first.value if first.value.isupper() else None
    return None


def _acts(call: ast.Call) -> bool:
    """Whether a call changes something: a request that is no GET, something that a peer sends or an operator writes, a feature that is
    called with the node."""
    if _method(call) not in (None, "GET"):
        return True
    name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
    if name in ("arrives", "write", "press", "setattr", "__setattr__", "write_text"):
        return True
    first = call.args[0] if call.args else None
    return isinstance(first, ast.Attribute) and first.attr == "node"


def _text(node: ast.AST | None, known: dict[str, ast.AST]) -> str | None:
    """A text, with the texts that the file keeps under names put in."""
    match node:
        case ast.Constant(value=str(text)):
            return text
        case ast.JoinedStr(values=parts):
            return "".join(_text(part, known) or _HOLE for part in parts)
        case ast.FormattedValue(value=ast.Name(id=name)):
            return _text(getattr(known.get(name), "value", None), known)
    return None
