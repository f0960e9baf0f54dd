"""What statements give that are run on the drivers themselves: the part of SQLAlchemy's Result that units use."""

from collections import namedtuple
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy.exc import MultipleResultsFound, NoResultFound


def plain(found: Any) -> Iterable[tuple[Any, ...]]:
    """The rows of a result without names, whatever gave it: cheaper where a whole row goes on to somebody who knows the columns."""
    return found.plain() if isinstance(found, Rows) else map(tuple, found)


class Maker(NamedTuple):
    """How the rows of a statement are made of a driver's: with names, and as plain tuples."""

    named: Callable[[Any], Any]
    plain: Callable[[Any], tuple[Any, ...]]


class Rows:
    """What a statement gave."""

    __slots__ = ("_make", "_plain", "_rows", "rowcount")

    def __init__(self, rows: list[Any], maker: Maker, rowcount: int) -> None:
        self._rows = rows
        self._make, self._plain = maker
        self.rowcount = rowcount

    def __iter__(self) -> Iterator[Any]:
        return map(self._make, self._rows)

    def plain(self) -> Iterator[tuple[Any, ...]]:
        """All rows without names."""
        return map(self._plain, self._rows)

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


def maker(names: list[str], booleans: Sequence[bool] = ()) -> Maker:
    """How to make rows of a driver's; `booleans` says which columns SQLite keeps as 0 and 1."""
    flags = [index for index, boolean in enumerate(booleans) if boolean]
    plain = _flagged(flags) if flags else tuple
    if not names:
        return Maker(plain, plain)
    row: Any = namedtuple("Row", names, rename=True)  # type: ignore[misc]
    make: Callable[[Iterable[Any]], Any] = row._make
    return Maker((lambda values: make(plain(values))) if flags else make, plain)


def _flagged(flags: list[int]) -> Callable[[Any], tuple[Any, ...]]:
    def plain(values: Sequence[Any]) -> tuple[Any, ...]:
        changed = list(values)
        for index in flags:
            if changed[index] is not None:
                changed[index] = changed[index] != 0
        return tuple(changed)

    return plain
