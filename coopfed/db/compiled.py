"""Constant Core statements, compiled once and run on sqlite3 itself.

SQLAlchemy's execution of an already compiled statement costs twice what SQLite needs for it. Our statements are module constants,
so the compiled text, the order of its parameters and the kinds of its columns can be kept with them: the text stays the one
that PostgreSQL runs, only the way to the driver is shorter. A statement with a list in it (`IN`) is kept once for each length.
"""

import sqlite3
from collections import namedtuple
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import Boolean, Connection, Executable
from sqlalchemy.exc import IntegrityError, MultipleResultsFound, NoResultFound, OperationalError
from sqlalchemy.sql.compiler import SQLCompiler


class Rows:
    """What a statement gave: the part of SQLAlchemy's Result that units use."""

    __slots__ = ("_make", "_rows", "rowcount")

    def __init__(self, rows: list[Any], make: Callable[[Any], Any], rowcount: int) -> None:
        self._rows = rows
        self._make = make
        self.rowcount = rowcount

    def __iter__(self) -> Iterator[Any]:
        return map(self._make, self._rows)

    def all(self) -> list[Any]:
        """All rows."""
        return list(map(self._make, self._rows))

    def first(self) -> Any | None:
        """The first row, or None."""
        return self._make(self._rows[0]) if self._rows else None

    def one_or_none(self) -> Any | None:
        """The only row, or None; MultipleResultsFound when there are more."""
        if len(self._rows) > 1:
            raise MultipleResultsFound("more than one row")
        return self.first()

    def one(self) -> Any:
        """The only row."""
        row = self.one_or_none()
        if row is None:
            raise NoResultFound("no row")
        return row

    def scalar_one(self) -> Any:
        """The first column of the only row."""
        return self.one()[0]

    def scalar_one_or_none(self) -> Any | None:
        """The first column of the only row, or None."""
        row = self.one_or_none()
        return None if row is None else row[0]

    def scalars(self) -> Iterator[Any]:
        """The first column of all rows."""
        return (row[0] for row in self)

    def mappings(self) -> Iterator[Mapping[str, Any]]:
        """All rows by column name."""
        return (row._asdict() for row in self)


class _Prepared:
    """A statement as sqlite3 takes it."""

    __slots__ = ("constants", "lists", "make", "names", "sql")

    def __init__(self, compiled: SQLCompiler, example: Mapping[str, Any]) -> None:
        filled = {bind.key: example.get(name) for bind, name in compiled.bind_names.items() if bind.required}
        state = compiled.construct_expanded_state(filled)
        self.sql = state.statement
        self.names = tuple(state.positiontup or ())
        self.lists = {name: tuple(parts) for name, parts in state.parameter_expansion.items()}
        self.constants = {name: bind.value for bind, name in compiled.bind_names.items() if not bind.required}
        columns = compiled._result_columns
        self.make = _maker([column.keyname for column in columns], [isinstance(c.type, Boolean) for c in columns])

    def ordered(self, parameters: Mapping[str, Any]) -> list[Any]:
        """The parameters in the text's order, constants of the statement filled in."""
        if self.constants:
            parameters = {**self.constants, **parameters}
        if self.lists:
            parts = (
                (part, value)
                for name, names in self.lists.items()
                for part, value in zip(names, parameters[name], strict=True)
            )
            parameters = {**parameters, **dict(parts)}
        return [parameters[name] for name in self.names]


def _maker(names: list[str], booleans: list[bool]) -> Callable[[Any], Any]:
    if not names:
        return tuple
    row = namedtuple("Row", names, rename=True)  # type: ignore[misc]
    flags = [index for index, boolean in enumerate(booleans) if boolean]
    if not flags:
        return row._make

    def make(values: Sequence[Any]) -> Any:
        changed = list(values)
        for index in flags:
            if changed[index] is not None:
                changed[index] = bool(changed[index])
        return row._make(changed)

    return make


_Key = tuple[int, tuple[Any, ...]]


class Executor:
    """`execute` on one sqlite3 connection; its SQLAlchemy connection lends the dialect."""

    def __init__(self, connection: Connection, raw: sqlite3.Connection) -> None:
        self._dialect = connection.dialect
        self._raw = raw
        # Each statement is kept with its compiled form, so that its id is not given to another one.
        self._prepared: dict[_Key, tuple[Executable, _Prepared]] = {}

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

    def _prepare(self, statement: Executable, parameters: Mapping[str, Any]) -> _Prepared:
        # An insert without values takes the columns that it is given, an IN the length of its list.
        shape = tuple((name, len(value)) if isinstance(value, list) else name for name, value in parameters.items())
        known = self._prepared.get((id(statement), shape))
        if known is None:
            compiled = statement.compile(dialect=self._dialect, column_keys=list(parameters) or None)  # type: ignore[attr-defined]
            known = self._prepared[id(statement), shape] = (statement, _Prepared(compiled, parameters))
        return known[1]
