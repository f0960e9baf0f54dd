"""What statements give that are run on the drivers themselves: the part of SQLAlchemy's Result that units use."""

from collections import namedtuple
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy.exc import MultipleResultsFound, NoResultFound


class Rows:
    """What a statement gave."""

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


def maker(names: list[str], booleans: Sequence[bool] = ()) -> Callable[[Any], Any]:
    """Makes a named tuple of a driver's row; `booleans` says which columns SQLite keeps as 0 and 1."""
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
