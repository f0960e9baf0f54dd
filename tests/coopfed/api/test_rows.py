"""Each route of the client API has a test that changes something and sees the change. See `rows`."""

import ast
import re

from tests.coopfed.api import rows
from tests.coopfed.api.rows import ROOT, Row, every_route, said, section

_OWN = "/api/coopfed/v1"
FIXED = {("GET", f"{_OWN}/{name}") for name in ("openapi.json", "codes", "codes/<name>")}
"""What is the same whatever anybody does."""


def test_every_route_has_a_row() -> None:
    """And every row a route; none has two."""
    named = [(row.method, row.path) for row in rows.rows()]

    assert set(named) == every_route()
    assert len(named) == len(set(named))


def test_every_row_has_a_test_that_asks_by_its_route() -> None:
    """The test is there, names method and path, does something and asserts something."""
    assert [f"{row.method} {row.path}: {wrong}" for row in rows.rows() for wrong in faults(row)] == []


def faults(row: Row) -> list[str]:
    """What is wrong with a row."""
    if not row.tests:
        return ["names no test"]
    found = []
    for file, name in row.tests:
        known = said(file, name) if (ROOT / file).is_file() else None
        if known is None:
            found.append(f"{file}::{name} is not there")
        elif not known.names(row.method, row.path):
            found.append(f"{name} does not ask by it")
        elif not known.asserts or not (known.acts or (row.method, row.path) in FIXED):
            found.append(f"{name} changes nothing, or sees nothing")
    return found


def test_rows_are_read_strictly() -> None:
    """A test that asks by another method, at another path, or of the other version, is none of the row's."""
    wrong = (
        Row("T1", "PUT", "/api/v1/markers", (("tests/coopfed/api/test_markers.py", "test_markers_move"),)),
        Row("T1", "GET", "/api/v1/lists", (("tests/coopfed/api/test_api.py", "test_limits_are_bounded"),)),
        Row("T1", "GET", "/api/v1/timelines/home", (("tests/coopfed/api/test_api.py", "test_gone"),)),
        Row("T1", "GET", "/api/v1/timelines/home", ()),
    )
    home = said("tests/coopfed/api/test_api.py", "test_limits_are_bounded")

    assert [len(faults(row)) for row in wrong] == [1] * len(wrong)
    assert home is not None
    assert home.names("GET", "/api/v1/timelines/home")
    assert not home.names("POST", "/api/v1/timelines/home")
    assert not home.names("GET", "/api/v2/timelines/home")
    assert not home.names("GET", "/api/v1/timelines/public")


def test_what_is_left_out_is_not_there_and_says_why() -> None:
    """A row of Mastodon's that is left out is no route; of T1 none is."""
    left = re.findall(r"^\| (T\d) \| ([A-Z]+) \| `([^`]+)` \| (.+) \|$", section("Left out"), re.MULTILINE)

    assert {(method, path) for _tier, method, path, _why in left} & every_route() == set()
    assert {tier for tier, *_rest in left} <= {"T2", "T3"}
    assert all(len(why) > 20 for *_rest, why in left)


def test_every_list_that_is_always_empty_has_its_reason() -> None:
    """Design 9: a list that is always empty is allowed only where the docs print why."""
    written = {
        (str(path.relative_to(ROOT)), key.value)
        for path in (ROOT / "coopfed" / "api").rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Dict) and path.name != "described.py"
        for key, value in zip(node.keys, node.values, strict=True)
        if isinstance(key, ast.Constant) and _is_empty(value)
    }
    told = re.findall(r"^\| `(coopfed/\S+\.py)` \| ([^|]+) \| [^|]{20,} \|$", section("Empty lists"), re.MULTILINE)

    assert {(file, name) for file, names in told for name in re.findall(r"`(\w+)`", names)} == written


def _is_empty(value: ast.expr) -> bool:
    return (isinstance(value, ast.List) and not value.elts) or (isinstance(value, ast.Dict) and not value.keys)
