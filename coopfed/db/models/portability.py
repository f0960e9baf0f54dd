"""What an actor takes along: files that it brought (row by row), and archives that were made of it."""

from sqlalchemy import BigInteger, Column, Index, Integer, SmallInteger, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from coopfed.db.models.base import IN_KEY_ORDER, moment, number, reference, words

WAITING, DONE, FAILED = 0, 1, 2


class DataImport(SQLModel, table=True):
    """A file that an actor brought. `running_for` is the actor until the import is finished: so there is one at a time."""

    __tablename__ = "data_import"
    __table_args__ = (UniqueConstraint("running_for"),)

    id: int = Field(sa_column=number(primary=True))
    actor_id: int = Field(sa_column=reference("actor.id", index=True))
    running_for: int | None = Field(default=None, sa_column=reference("actor.id", nullable=True))
    kind: str
    mode: str
    total: int
    done: int = Field(default=0, sa_column=Column(Integer, nullable=False, server_default="0"))
    failed: int = Field(default=0, sa_column=Column(Integer, nullable=False, server_default="0"))
    created_at: int = Field(sa_column=moment())
    finished_at: int | None = Field(default=None, sa_column=moment(nullable=True))


class DataImportRow(SQLModel, table=True):
    """A row of such a file: WAITING, DONE (`target_id`: which actor or post it led to) or FAILED (`reason`). `cells` is JSON."""

    __tablename__ = "data_import_row"
    __table_args__ = (
        Index(
            "ix_data_import_row_waiting",
            "import_id",
            "due_at",
            sqlite_where=text("state = 0"),
            postgresql_where=text("state = 0"),
        ),
        IN_KEY_ORDER,
    )

    import_id: int = Field(sa_column=reference("data_import.id", primary=True))
    position: int = Field(sa_column=Column(Integer, primary_key=True, autoincrement=False))
    subject: str = Field(sa_column=words())
    cells: str = Field(sa_column=words())
    state: int = Field(default=WAITING, sa_column=Column(SmallInteger, nullable=False, server_default="0"))
    tries: int = Field(default=0, sa_column=Column(SmallInteger, nullable=False, server_default="0"))
    due_at: int = Field(default=0, sa_column=moment(default=0))
    target_id: int | None = Field(default=None, sa_column=Column(BigInteger, nullable=True))
    reason: str = Field(default="", sa_column=words(default=""))


class DataArchive(SQLModel, table=True):
    """An archive of an actor, at most one a `day` (days since 1970). `name` is the guessless part of its file's name."""

    __tablename__ = "data_archive"
    __table_args__ = (UniqueConstraint("actor_id", "day"),)

    id: int = Field(sa_column=number(primary=True))
    actor_id: int = Field(sa_column=reference("actor.id"))
    day: int
    name: str = Field(sa_column=words(unique=True))
    state: int = Field(default=WAITING, sa_column=Column(SmallInteger, nullable=False, server_default="0"))
    size: int = Field(default=0, sa_column=moment(default=0))
    created_at: int = Field(sa_column=moment())
    finished_at: int | None = Field(default=None, sa_column=moment(nullable=True))
