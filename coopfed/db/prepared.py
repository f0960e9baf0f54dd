"""Constant Core statements, compiled once and prepared on asyncpg itself.

SQLAlchemy's way to asyncpg costs more than the statement: a cursor that looks like DBAPI's, its context, its result. The text stays
the one that SQLAlchemy makes for PostgreSQL, but for lists: `IN` becomes `= ANY` of an array, so that a statement is prepared
once, however long its lists are.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Self, TypeVar

import asyncpg
from asyncpg.prepared_stmt import PreparedStatement
from sqlalchemy import ARRAY, BinaryExpression, BindParameter, Executable, make_url
from sqlalchemy.dialects.postgresql.asyncpg import PGCompiler_asyncpg, PGDialect_asyncpg
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError, OperationalError
from sqlalchemy.sql.compiler import OPERATORS, SQLCompiler
from sqlalchemy.util.concurrency import await_, greenlet_spawn

from coopfed.db.rows import Rows, maker
from coopfed.db.tx import Tx

R = TypeVar("R")
_CLOSE_SECONDS = 2
_INTEGRITY, _VALUE = "23", "22"
"""Classes of error codes. Source: PostgreSQL, appendix A."""


class _Compiler(PGCompiler_asyncpg):
    """Writes lists as arrays."""

    def visit_in_op_binary(self, binary: BinaryExpression[Any], operator: Any, **kw: Any) -> str:
        return self._among(binary, operator, "= ANY", **kw)

    def visit_not_in_op_binary(self, binary: BinaryExpression[Any], operator: Any, **kw: Any) -> str:
        return self._among(binary, operator, "<> ALL", **kw)

    def _among(self, binary: BinaryExpression[Any], operator: Any, words: str, **kw: Any) -> str:
        values = binary.right
        if not isinstance(values, BindParameter) or not values.expanding:
            return f"({self._generate_generic_binary(binary, OPERATORS[operator], **kw)})"
        array = values._clone(maintain_key=True)
        array.expanding, array.type = False, ARRAY(values.type)
        return f"({self.process(binary.left, **kw)} {words} ({self.process(array, **kw)}))"


class _Dialect(PGDialect_asyncpg):
    statement_compiler = _Compiler
    supports_statement_cache = True


class _Compiled:
    """A statement as asyncpg takes it."""

    __slots__ = ("constants", "make", "names", "sql")

    def __init__(self, compiled: SQLCompiler) -> None:
        self.sql = compiled.string
        self.names = tuple(compiled.positiontup or ())
        self.constants = {name: bind.value for bind, name in compiled.bind_names.items() if not bind.required}
        self.make = maker([column.keyname for column in compiled._result_columns])

    def ordered(self, parameters: Mapping[str, Any]) -> list[Any]:
        """The parameters in the text's order, constants of the statement filled in."""
        if self.constants:
            parameters = {**self.constants, **parameters}
        return [parameters[name] for name in self.names]


_Key = tuple[int, tuple[str, ...]]


class Statements:
    """The compiled form of each constant, the same for all connections."""

    def __init__(self) -> None:
        self._dialect = _Dialect()  # type: ignore[no-untyped-call]
        # Each statement is kept with its compiled form, so that its id is not given to another one.
        self._known: dict[_Key, tuple[Executable, _Compiled]] = {}

    def compiled(self, statement: Executable, parameters: Mapping[str, Any]) -> _Compiled:
        """The compiled form; an insert without values takes the columns that it is given."""
        key = (id(statement), tuple(parameters))
        known = self._known.get(key)
        if known is None:
            found = statement.compile(dialect=self._dialect, column_keys=list(parameters) or None)  # type: ignore[attr-defined]
            known = self._known[key] = (statement, _Compiled(found))
        return known[1]


class Connection:
    """One connection of asyncpg. Units run in a greenlet, where `execute` waits without `await`."""

    on_postgres = True

    def __init__(self, raw: "asyncpg.Connection[Any]", statements: Statements) -> None:
        self.raw = raw
        self._statements = statements
        self._prepared: dict[_Compiled, PreparedStatement[Any]] = {}

    @classmethod
    async def open(cls, url: str, statements: Statements) -> Self:
        """Connects to the address, which is read as SQLAlchemy reads it. Whatever asyncpg raises."""
        _, options = PGDialect_asyncpg().create_connect_args(make_url(url))  # type: ignore[no-untyped-call]
        # Compiling a statement takes PostgreSQL longer than any of ours takes.
        return cls(await asyncpg.connect(**options, server_settings={"jit": "off"}), statements)

    @property
    def closed(self) -> bool:
        return bool(self.raw.is_closed())

    async def transaction(self, begin: str, unit: Callable[[Tx], R], last: Callable[[], str] = str) -> R:
        """What the unit gives, after COMMIT; whatever it raises, after ROLLBACK. `last` gives a command to say before the COMMIT, or
        nothing. A transaction that is cancelled ends with its connection."""
        try:
            with _as_sqlalchemy(begin):
                await self.raw.execute(begin)
            result = await greenlet_spawn(unit, Tx(self))
            for command in filter(None, (last(), "COMMIT")):
                with _as_sqlalchemy(command):
                    await self.raw.execute(command)
        except Exception:
            if not self.closed:
                await self._roll_back()
            raise
        except BaseException:
            self.raw.terminate()
            raise
        return result

    async def _roll_back(self) -> None:
        try:
            await self.raw.execute("ROLLBACK")
        except Exception:
            self.raw.terminate()

    def execute(self, statement: Executable, parameters: Any = None) -> Rows:
        """As SQLAlchemy's `Connection.execute`, with its errors."""
        many = isinstance(parameters, list)
        compiled = self._statements.compiled(statement, parameters[0] if many else parameters or {})
        with _as_sqlalchemy(compiled.sql):
            prepared = self._prepared.get(compiled)
            if prepared is None:
                prepared = self._prepared[compiled] = await_(self.raw.prepare(compiled.sql))
            if many:
                await_(prepared.executemany([compiled.ordered(row) for row in parameters]))
                return Rows([], compiled.make, len(parameters))
            try:
                rows = await_(prepared.fetch(*compiled.ordered(parameters or {})))
            except asyncpg.InvalidCachedStatementError:
                # The schema changed beside us; prepared anew, the statement is right again.
                self._prepared.clear()
                raise
        return Rows(rows, compiled.make, _count(prepared.get_statusmsg()))

    def say(self, sql: str) -> None:
        """A command without parameters and without rows."""
        with _as_sqlalchemy(sql):
            await_(self.raw.execute(sql))

    async def close(self) -> None:
        """Ends the connection, also with a server that says nothing any more."""
        try:
            await self.raw.close(timeout=_CLOSE_SECONDS)
        except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
            self.raw.terminate()


def _count(status: str) -> int:
    """How many rows a statement touched, by what the server says of it: INSERT 0 1, UPDATE 3, SELECT 2."""
    number = status.rpartition(" ")[2]
    return int(number) if number.isdigit() else -1


@contextmanager
def _as_sqlalchemy(sql: str) -> Iterator[None]:
    """Lets units see asyncpg's errors as SQLAlchemy wraps them: they catch IntegrityError, and the engine reads the code."""
    try:
        yield
    except (asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        raise _wrapped(error)(sql, None, error) from error


def _wrapped(error: Exception) -> type[DBAPIError]:
    code = getattr(error, "sqlstate", None) or ""
    if code.startswith(_INTEGRITY):
        return IntegrityError
    # What asyncpg itself cannot write as the parameter's type is a DataError of its own, without a code.
    return DataError if code.startswith(_VALUE) or isinstance(error, ValueError) else OperationalError
