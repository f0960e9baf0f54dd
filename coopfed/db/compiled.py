"""Constant Core statements, compiled once and run on sqlite3 itself.

SQLAlchemy's execution of an already compiled statement costs twice what SQLite needs for it. Our statements are module constants,
so the compiled text, the order of its parameters and the kinds of its columns can be kept with them: the text stays the one
that PostgreSQL runs, only the way to the driver is shorter. A statement with a list in it (`IN`) is kept once for each length.
"""

import sqlite3
from collections.abc import Iterator, Mapping
from typing import Any

from sqlalchemy import Boolean, Connection, Dialect, Executable, Insert
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.sql.compiler import ExpandedState, SQLCompiler

from coopfed.db.rows import Rows, maker


class _Prepared:
    """A statement as sqlite3 takes it."""

    __slots__ = ("constants", "make", "names", "sql", "steps")

    def __init__(self, compiled: SQLCompiler, example: Mapping[str, Any]) -> None:
        filled = {bind.key: example.get(name) for bind, name in compiled.bind_names.items() if bind.required}
        state = compiled.construct_expanded_state(filled)
        self.sql = state.statement
        self.constants = {name: bind.value for bind, name in compiled.bind_names.items() if not bind.required}
        self.names = tuple(state.positiontup or ())
        self.steps = tuple(_steps(state)) if state.parameter_expansion else ()
        columns = compiled._result_columns
        self.make = maker([column.keyname for column in columns], [isinstance(c.type, Boolean) for c in columns])

    def ordered(self, parameters: Mapping[str, Any]) -> list[Any]:
        """The parameters in the text's order, constants of the statement filled in."""
        if self.constants:
            parameters = {**self.constants, **parameters}
        if not self.steps:
            return [parameters[name] for name in self.names]
        found: list[Any] = []
        for name, several in self.steps:
            if several:
                found.extend(parameters[name])
            else:
                found.append(parameters[name])
        return found


def _steps(state: ExpandedState) -> Iterator[tuple[str, bool]]:
    """Where the parameters of a text with lists come from: the name under which each is given, and whether it is a list, all of which
    stands there."""
    first = {parts[0]: name for name, parts in state.parameter_expansion.items() if parts}
    further = {part for parts in state.parameter_expansion.values() for part in parts[1:]}
    for part in state.positiontup or ():
        if part not in further:
            name = first.get(part, part)
            yield name, part in first


class _Statement:
    """A constant statement with its compiled forms. Kept with them, so that its id is not given to another one."""

    __slots__ = ("by_shape", "fixed", "lists", "statement")

    def __init__(self, statement: Executable) -> None:
        self.statement = statement
        self.fixed: _Prepared | None = None
        """The only form, of a statement that is the same text whatever it is given."""
        self.lists = False
        self.by_shape: dict[tuple[Any, ...], _Prepared] = {}

    def prepared(self, dialect: Dialect, parameters: Mapping[str, Any]) -> _Prepared:
        """The form for these parameters: an insert without values takes the columns that it is given, an IN the length of its list."""
        shape: tuple[Any, ...] = tuple(parameters)
        if self.lists or not self.by_shape:
            shape = tuple((name, len(value)) if isinstance(value, list) else name for name, value in parameters.items())
        known = self.by_shape.get(shape)
        if known is None:
            compiled = self.statement.compile(dialect=dialect, column_keys=list(parameters) or None)  # type: ignore[attr-defined]
            known = self.by_shape[shape] = _Prepared(compiled, parameters)
            self.lists = bool(known.steps)
            if not self.lists and not isinstance(self.statement, Insert):
                self.fixed = known
        return known


class Executor:
    """`execute` on one sqlite3 connection; its SQLAlchemy connection lends the dialect."""

    on_postgres = False

    def __init__(self, connection: Connection, raw: sqlite3.Connection) -> None:
        self._dialect = connection.dialect
        self._raw = raw
        self._statements: dict[int, _Statement] = {}

    def execute(self, statement: Executable, parameters: Any = None) -> Rows:
        """As `Connection.execute`. IntegrityError and OperationalError as SQLAlchemy raises them."""
        prepared = self._prepare(statement, parameters[0] if isinstance(parameters, list) else parameters or {})
        try:
            if isinstance(parameters, list):
                cursor = self._raw.executemany(prepared.sql, map(prepared.ordered, parameters))
            else:
                cursor = self._raw.execute(prepared.sql, prepared.ordered(parameters or {}))
            rows = cursor.fetchall() if cursor.description else []
        except sqlite3.IntegrityError as error:
            raise IntegrityError(prepared.sql, None, error) from error
        except sqlite3.Error as error:
            raise OperationalError(prepared.sql, None, error) from error
        return Rows(rows, prepared.make, cursor.rowcount)

    def say(self, sql: str) -> None:
        """A command without parameters and without rows."""
        self._raw.execute(sql)

    def _prepare(self, statement: Executable, parameters: Mapping[str, Any]) -> _Prepared:
        known = self._statements.get(id(statement))
        if known is None:
            known = self._statements[id(statement)] = _Statement(statement)
        return known.fixed or known.prepared(self._dialect, parameters)
