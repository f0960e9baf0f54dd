"""What a unit of work sees: `execute`, a savepoint, and `wake`. No commit, no rollback, no connection.

A unit is a plain function whose first parameter is a `Tx`. It is repeatable (it may be run again after a lost transaction or a
serialisation failure), does nothing but rows, and its statements are module constants with bind parameters: the same text on
both engines.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Protocol

from sqlalchemy import Connection, CursorResult, Executable, Table
from sqlmodel import SQLModel

from coopfed.db.signals import Topic

Parameters = Mapping[str, Any] | Sequence[Mapping[str, Any]] | None


class Executor(Protocol):
    """A connection in a transaction: the driver's own way (`compiled`, `prepared`), or SQLAlchemy's (`Usual`)."""

    @property
    def on_postgres(self) -> bool: ...

    def execute(self, statement: Executable, parameters: Any = None) -> Any: ...

    def say(self, sql: str) -> None: ...


class Usual:
    """SQLAlchemy's way: of the long reads on SQLite."""

    on_postgres = False

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self.execute: Callable[..., Any] = connection.execute

    def say(self, sql: str) -> None:
        self._connection.exec_driver_sql(sql)


class Tx:
    """A transaction in the hands of a unit of work."""

    __slots__ = ("_executor", "execute", "woken")

    def __init__(self, executor: Executor) -> None:
        self._executor = executor
        self.woken: set[Topic] = set()
        # Bound once: this is called for every statement of the hot path.
        self.execute: Callable[..., CursorResult[*tuple[Any, ...]]] = executor.execute

    def wake(self, *topics: Topic) -> None:
        """Tells those who wait for these topics when, and only if, this unit is committed."""
        self.woken.update(topics)

    @contextmanager
    def begin_nested(self) -> Iterator[None]:
        """A savepoint: an exception that leaves the block undoes what was done inside it, and goes on."""
        self._executor.say("SAVEPOINT inner_unit")
        try:
            yield
        except BaseException:
            self._executor.say("ROLLBACK TO inner_unit")
            self._executor.say("RELEASE inner_unit")
            raise
        self._executor.say("RELEASE inner_unit")

    @property
    def on_postgres(self) -> bool:
        """For the few statements that exist on one engine only."""
        return self._executor.on_postgres


def table(model: type[SQLModel]) -> Table:
    """The Core table of a model, for statements."""
    found = model.__table__  # type: ignore[attr-defined]  # SQLModel does not declare it
    assert isinstance(found, Table)
    return found


def rows(tx: Tx, statement: Executable, parameters: Parameters = None) -> list[Any]:
    """All rows of a statement, as named tuples."""
    return list(tx.execute(statement, parameters).all())
