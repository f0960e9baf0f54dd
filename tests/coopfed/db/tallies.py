"""Units of work on a table of the tests' own: amounts under names, as small as a unit can be."""

import asyncio
from collections.abc import Awaitable, Iterable, Sequence
from typing import Any

from sqlalchemy import text

from coopfed.db.tx import Tx

CREATE = text("CREATE TABLE tally (name TEXT PRIMARY KEY, parent TEXT, amount BIGINT NOT NULL)")
_ADD = text("INSERT INTO tally (name, parent, amount) VALUES (:name, :parent, :amount)")
_READ = text("SELECT amount FROM tally WHERE name = :name")
_SET = text("UPDATE tally SET amount = :amount WHERE name = :name")
_SUM = text("SELECT coalesce(sum(amount), 0) FROM tally WHERE parent = :parent")
_NAMES = text("SELECT name FROM tally ORDER BY name")


def create_table(tx: Tx) -> None:
    """The table itself."""
    tx.execute(CREATE)


def add(tx: Tx, name: str, amount: int = 0, parent: str | None = None) -> str:
    """A new row; IntegrityError when the name is there. Gives the name back."""
    tx.execute(_ADD, {"name": name, "amount": amount, "parent": parent})
    return name


def add_many(tx: Tx, names: Sequence[str]) -> list[str]:
    """A batched unit: one row for each name, in one statement as admissions are."""
    tx.execute(_ADD, [{"name": name, "amount": 0, "parent": None} for name in names])
    return [f"added {name}" for name in names]


def amount(tx: Tx, name: str) -> int:
    """What stands under the name."""
    found: int = tx.execute(_READ, {"name": name}).scalar_one()
    return found


def increase(tx: Tx, name: str) -> int:
    """Reads, then writes one more: what is lost when two do it at once without care."""
    more = amount(tx, name) + 1
    tx.execute(_SET, {"name": name, "amount": more})
    return more


def total(tx: Tx, parent: str) -> int:
    """The sum over the children of a parent."""
    found = tx.execute(_SUM, {"parent": parent}).scalar_one()
    return int(found)


def names(tx: Tx) -> list[str]:
    """Every name that is stored."""
    return list(tx.execute(_NAMES).scalars())


async def settled(calls: Iterable[Awaitable[Any]]) -> list[Any]:
    """What each of the calls gave, an exception for those that failed; all of them began at the same moment."""
    return list(await asyncio.gather(*calls, return_exceptions=True))
