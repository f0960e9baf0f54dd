"""What operators do: the record of it, and what they announce to everybody who signs in here."""

from sqlalchemy import BigInteger, Column
from sqlmodel import Field, SQLModel

from coopfed.db.models.base import moment, number, words


class AuditLog(SQLModel, table=True):
    """One act of an operator: `account_id` is theirs, None for the command line. `target` names what it was done to (a host, an
    actor's id, the number of a report), `detail` what else there is to say. Rows are never changed, and outlive the account."""

    __tablename__ = "audit_log"

    id: int = Field(sa_column=number(primary=True))
    account_id: int | None = Field(default=None, sa_column=Column(BigInteger, nullable=True))
    action: str
    target: str = Field(sa_column=words(index=True))
    detail: str = Field(default="", sa_column=words(default=""))
    created_at: int = Field(sa_column=moment())
