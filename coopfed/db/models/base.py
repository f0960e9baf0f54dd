"""What all tables share: the naming convention of constraints, and column kinds.

Moments are integer milliseconds since 1970 (UTC) in columns that end in `_at`; numbers of things are the 64-bit ids of
`coopfed.ids`. Both engines then compare and index them alike.
"""

from typing import Any

from sqlalchemy import BigInteger, Column, ForeignKey, Integer, LargeBinary, Text
from sqlmodel import SQLModel

SQLModel.metadata.naming_convention = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


IN_KEY_ORDER = {"sqlite_with_rowid": False}
"""For tables whose key has several columns: on SQLite the rows lie in the key's own tree."""


def number(*, primary: bool = False, unique: bool = False) -> Column[int]:
    """A 64-bit number; as primary key it is minted, never counted by the database.

    SQLite's INTEGER PRIMARY KEY is the row's own place (64 bits); a BIGINT one would be a second tree beside it.
    """
    kind = BigInteger().with_variant(Integer(), "sqlite") if primary else BigInteger()
    return Column(kind, primary_key=primary, autoincrement=False, nullable=False, unique=unique or None)


def moment(*, nullable: bool = False, default: int | None = None, index: bool = False) -> Column[int]:
    """Milliseconds since 1970."""
    shown = None if default is None else str(default)
    return Column(BigInteger, nullable=nullable, server_default=shown, index=index)


def reference(target: str, *, nullable: bool = False, primary: bool = False, index: bool = False) -> Column[int]:
    """A foreign key to the 64-bit id of another table, e.g. `actor.id`."""
    return Column(
        BigInteger().with_variant(Integer(), "sqlite") if primary else BigInteger(),
        ForeignKey(target, ondelete="CASCADE"),
        primary_key=primary,
        autoincrement=False,
        nullable=nullable,
        index=index,
    )


def words(*, nullable: bool = False, default: str | None = None, **options: Any) -> Column[str]:
    """Text of any length; bounds are checked where it is read from a stranger (`coopfed.limits`)."""
    return Column(Text, nullable=nullable, server_default=default, **options)


def octets(*, nullable: bool = False) -> Column[bytes]:
    """Raw bytes."""
    return Column(LargeBinary, nullable=nullable)
