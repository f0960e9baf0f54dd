"""`docs/security-tests.md` names tests that exist, and every attack has some or a reason why not."""

import ast
import re
from functools import cache
from pathlib import Path

TESTS = Path(__file__).resolve().parents[1]
PAGE = (TESTS.parent / "docs" / "security-tests.md").read_text()


def rows() -> list[list[str]]:
    """The cells of every row."""
    found = [
        [cell.strip() for cell in line.strip("|").split("|")] for line in PAGE.splitlines() if line.startswith("| ")
    ]
    return [row for row in found if row[0] != "what is tried"]


@cache
def functions(file: str) -> frozenset[str]:
    """The tests of a file, by its path below `tests/`."""
    nodes = ast.parse((TESTS / file).read_text()).body
    return frozenset(node.name for node in nodes if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))


def test_every_named_test_is_there() -> None:
    """Style, *Docs are tested*."""
    named = re.findall(r"`([\w/]+\.py)::(\w+)`", PAGE)

    missing = [f"{file}::{name}" for file, name in named if name not in functions(file)]

    assert len(named) > 150
    assert not missing


def test_every_attack_has_a_test_or_a_reason() -> None:
    """Every row names a test; those that do not say why."""
    assert len(rows()) > 70
    for attack, answer, shown in rows():
        assert re.search(r"::test_", shown) or answer.startswith("not here"), attack


def test_every_security_test_stands_on_the_page() -> None:
    """A test of this folder that nobody finds from the page would be tried by nobody's mind again."""
    own = {
        f"security/{path.name}::{name}"
        for path in (TESTS / "security").glob("test_*.py")
        if path.name != Path(__file__).name
        for name in functions(f"security/{path.name}")
        if name.startswith("test_")
    }
    bounds = {name for name in own if name.startswith("security/test_bounds")}

    assert {name for name in own - bounds if name not in PAGE} == set()
