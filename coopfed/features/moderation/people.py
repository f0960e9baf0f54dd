"""Actors as operators look for them: of here and elsewhere, by what was done to them and by names. Long reads."""

from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Select, bindparam, exists, literal_column, select

from actors.lookup import COLUMNS, ActorRow, actor
from actors.visibility import limited
from coopfed import limits
from coopfed.db.tx import Tx
from coopfed.features.accounts.store import COLUMNS as ACCOUNT_COLUMNS
from coopfed.features.accounts.store import AccountRow, account, role
from coopfed.features.ranges import Range
from coopfed.text.fold import literal

_ONE: ColumnElement[int] = literal_column("1")
_PEOPLE = (
    select(role.c.actor_id, *ACCOUNT_COLUMNS)
    .join(account, account.c.id == role.c.account_id)
    .where(role.c.actor_id.in_(bindparam("ids", expanding=True)))
    .order_by(role.c.actor_id, (role.c.role != literal_column("'admin'")), account.c.id)
)
_who = (
    select(_ONE).select_from(role.join(account, account.c.id == role.c.account_id)).where(role.c.actor_id == actor.c.id)
)


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which actors: of here (True), elsewhere (False) or both; in which state; with which beginning of handle or name, of which host,
    acted as by whom (address). `staff`: whose people run the node."""

    local: bool | None = None
    state: str = ""
    username: str = ""
    display_name: str = ""
    host: str = ""
    email: str = ""
    staff: bool = False
    upwards: bool = False

    @property
    def clauses(self) -> tuple[str, ...]:
        """The names of what is asked, by which the statement is chosen."""
        named = [name for name in ("username", "display_name", "host", "email") if getattr(self, name)]
        where = [] if self.local is None else ["local" if self.local else "remote"]
        state = [self.state] if self.state else []
        return (*where, *state, *named, *(["staff"] if self.staff else []))


_CLAUSES: dict[str, ColumnElement[bool]] = {
    "local": literal_column("actor.local"),
    "remote": ~literal_column("actor.local"),
    "active": ~actor.c.suspended,
    "silenced": limited(actor.c.id),
    "suspended": actor.c.suspended_at.is_not(None),
    "sensitized": actor.c.sensitized,
    "disabled": exists(_who.where(account.c.disabled_at.is_not(None))),
    "staff": exists(_who.where(account.c.operator)),
    "username": actor.c.handle.like(bindparam("username"), escape="\\"),
    "display_name": actor.c.name.like(bindparam("display_name"), escape="\\"),
    "host": actor.c.handle_host == bindparam("host"),
    "email": exists(_who.where(account.c.email == bindparam("email"))),
}
STATES = ("active", "disabled", "silenced", "suspended", "sensitized")


@cache
def _listed(clauses: tuple[str, ...], upwards: bool) -> Select[Any]:
    return (
        select(*COLUMNS)
        .where(
            actor.c.gone_at.is_(None),
            actor.c.type != literal_column("'Application'"),
            actor.c.id < bindparam("below"),
            actor.c.id > bindparam("above"),
            *(_CLAUSES[name] for name in clauses),
        )
        .order_by(actor.c.id if upwards else actor.c.id.desc())
        .limit(bindparam("count"))
    )


def page(tx: Tx, wanted: Wanted, stretch: Range) -> list[ActorRow]:
    """The wanted actors, the last known first."""
    upwards = stretch.min_id is not None
    edges = {"below": stretch.max_id or limits.NUMBER_MAX, "above": stretch.above, "count": stretch.limit}
    named = {
        "username": f"{literal(wanted.username.lower())}%",
        "display_name": f"{literal(wanted.display_name)}%",
        "host": wanted.host.lower(),
        "email": wanted.email.lower(),
    }
    asked = {name: value for name, value in named.items() if name in wanted.clauses}
    found = [ActorRow(*row) for row in tx.execute(_listed(wanted.clauses, upwards), {**edges, **asked})]
    return found[::-1] if upwards else found


def people_of(tx: Tx, ids: list[int]) -> dict[int, list[AccountRow]]:
    """For each actor of ours the accounts that may act as it, admins first."""
    found: dict[int, dict[int, AccountRow]] = {}
    for row in tx.execute(_PEOPLE, {"ids": ids}) if ids else ():
        person = AccountRow(*row[1:])
        found.setdefault(row.actor_id, {}).setdefault(person.id, person)
    return {number: list(people.values()) for number, people in found.items()}
