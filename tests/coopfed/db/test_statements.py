"""Statements are constants with one text for both engines (design 7): each one must compile on both.

`postgresql.insert(…).on_conflict_…` on SQLite is not promised by SQLAlchemy, hence this test.
"""

import importlib
import pkgutil
from collections.abc import Iterator

import pytest
from sqlalchemy import BindParameter, Delete, Insert, Select, TextClause, Update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.sql import visitors
from sqlalchemy.sql.elements import ClauseElement

ROOTS = ("coopfed", "actors", "webfinger", "outbox", "inbox")
DIALECTS = {
    "sqlite": sqlite.dialect(),  # type: ignore[no-untyped-call]
    "postgresql": postgresql.asyncpg.dialect(),  # type: ignore[no-untyped-call]
}


def _modules() -> Iterator[str]:
    for root in ROOTS:
        package = importlib.import_module(root)
        yield root
        for found in pkgutil.walk_packages(package.__path__, f"{root}."):
            if "migrations" not in found.name and not found.name.endswith("__main__"):
                yield found.name


def _bound(statement: ClauseElement) -> set[str]:
    """The parameters a caller passes: as in real use, so that names which SQLAlchemy reserves are found."""
    return {
        element.key
        for element in visitors.iterate(statement)
        if isinstance(element, BindParameter) and not element.unique
    }


def _statements() -> list[tuple[str, ClauseElement]]:
    found = []
    for name in _modules():
        for attribute, value in vars(importlib.import_module(name)).items():
            if isinstance(value, Insert | Update | Delete | Select | TextClause):
                found.append((f"{name}.{attribute}", value))
    return found


STATEMENTS = _statements()


def test_there_are_statements_to_compile() -> None:
    """A walk that finds nothing would let everything pass."""
    assert len(STATEMENTS) > 80


@pytest.mark.filterwarnings("ignore:Column .* primary key:sqlalchemy.exc.SAWarning")
@pytest.mark.parametrize("engine", DIALECTS)
@pytest.mark.parametrize(("name", "statement"), STATEMENTS, ids=[name for name, _ in STATEMENTS])
def test_every_statement_compiles_on_both_engines(name: str, statement: ClauseElement, engine: str) -> None:
    """Design 7: the same text on both engines."""
    if engine == "sqlite" and "pg_notify" in str(statement):
        return

    compiled = statement.compile(dialect=DIALECTS[engine], column_keys=list(_bound(statement)))

    assert str(compiled)
