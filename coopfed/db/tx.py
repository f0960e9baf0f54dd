"""What a unit of work sees: `execute`, a savepoint, and `wake`. No commit, no rollback, no connection.

A unit is a plain function whose first parameter is a `Tx`. It is repeatable (it may be run again after a lost transaction or a
serialisation failure), does nothing but rows, and its statements are module constants with bind parameters: the same text on
both engines.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, CursorResult, Executable, Table
from sqlmodel import SQLModel

from coopfed.db.signals import Topic

Parameters = Mapping[str, Any] | Sequence[Mapping[str, Any]] | None


class Tx:
    """A transaction in the hands of a unit of work."""

    __slots__ = ("_connection", "execute", "woken")

    def __init__(self, connection: Connection, execute: Callable[..., Any] | None = None) -> None:
        self._connection = connection
        # Bound once: this is called for every statement of the hot path.
        self.woken: set[Topic] = set()
        self.execute: Callable[..., CursorResult[*tuple[Any, ...]]] = execute or connection.execute

    def wake(self, *topics: Topic) -> None:
        """Tells those who wait for these topics when, and only if, this unit is committed."""
        self.woken.update(topics)

    @contextmanager
    def begin_nested(self) -> Iterator[None]:
        """A savepoint: an exception that leaves the block undoes what was done inside it, and goes on."""
        if self._connection.dialect.name == "sqlite":
            yield from self._sqlite_savepoint()
        else:
            with self._connection.begin_nested():
                yield

    def _sqlite_savepoint(self) -> Iterator[None]:
        # The driver runs in autocommit mode, where SQLAlchemy's own savepoints are not available.
        self._connection.exec_driver_sql("SAVEPOINT inner_unit")
        try:
            yield
        except BaseException:
            self._connection.exec_driver_sql("ROLLBACK TO inner_unit")
            self._connection.exec_driver_sql("RELEASE inner_unit")
            raise
        self._connection.exec_driver_sql("RELEASE inner_unit")

    @property
    def on_postgres(self) -> bool:
        """For the few statements that exist on one engine only (NOTIFY)."""
        return self._connection.dialect.name == "postgresql"


def table(model: type[SQLModel]) -> Table:
    """The Core table of a model, for statements."""
    found = model.__table__  # type: ignore[attr-defined]  # SQLModel does not declare it
    assert isinstance(found, Table)
    return found


def rows(tx: Tx, statement: Executable, parameters: Parameters = None) -> list[Any]:
    """All rows of a statement, as named tuples."""
    return list(tx.execute(statement, parameters).all())
