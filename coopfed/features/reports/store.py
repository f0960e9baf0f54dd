"""Rows of reports. Units of work."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import BigInteger, Boolean, ColumnElement, bindparam, cast, func, literal_column, or_, select, update
from sqlalchemy.dialects.postgresql import insert

from actors.lookup import actor
from coopfed import limits
from coopfed.db.models import Report
from coopfed.db.tx import Tx, table
from coopfed.features.ranges import Range

report = table(Report)
reporter, target = actor.alias("reporter"), actor.alias("target")


def _number(name: str) -> ColumnElement[int]:
    return cast(bindparam(name), BigInteger)


_STORED = (
    "id",
    "uri",
    "reporter_id",
    "target_id",
    "account_id",
    "object_uris",
    "comment",
    "forwarded",
    "created_at",
    "resolved_at",
    "category",
    "rules",
    "assigned_id",
    "resolved_by_id",
)
_COLUMNS = tuple(report.c[name] for name in _STORED)
_INSERT = insert(report).values({name: bindparam(name) for name in _STORED}).on_conflict_do_nothing()
_SEEN = select(report.c.id).where(report.c.reporter_id == bindparam("reporter"), report.c.uri == bindparam("uri"))
_OPEN_OF_HOST = (
    select(func.count())
    .select_from(report)
    .join(actor, actor.c.id == report.c.reporter_id)
    .where(
        actor.c.host_id == bindparam("host"),
        report.c.created_at > bindparam("since"),
        report.c.resolved_at.is_(None),
    )
)
_FACTS = (
    select(
        *_COLUMNS,
        reporter.c.uri.label("reporter"),
        target.c.uri.label("target"),
        target.c.handle.label("target_handle"),
        target.c.handle_host.label("target_host"),
    )
    .join(reporter, reporter.c.id == report.c.reporter_id)
    .join(target, target.c.id == report.c.target_id)
)
_ROWS = (
    select(*_COLUMNS)
    .join(target, target.c.id == report.c.target_id)
    .where(
        report.c.id < bindparam("below"),
        report.c.id > bindparam("above"),
        or_(
            bindparam("either", type_=Boolean),
            report.c.resolved_at.is_not(None) == bindparam("resolved", type_=Boolean),
        ),
        or_(_number("reporter") == literal_column("0"), report.c.reporter_id == _number("reporter")),
        or_(_number("target") == literal_column("0"), report.c.target_id == _number("target")),
    )
    .limit(bindparam("count"))
)
_NEWEST, _OLDEST = _ROWS.order_by(report.c.id.desc()), _ROWS.order_by(report.c.id)
_BY_ID = select(*_COLUMNS).where(report.c.id == bindparam("number"))
_ASSIGN = update(report).where(report.c.id == bindparam("number")).values(assigned_id=bindparam("whom"))
_CLASSIFY = (
    update(report)
    .where(report.c.id == bindparam("number"))
    .values(category=bindparam("kind"), rules=bindparam("broken"))
)
_REOPEN = (
    update(report)
    .where(report.c.id == bindparam("number"), report.c.resolved_at.is_not(None))
    .values(resolved_at=None, resolved_by_id=None)
)
_LISTED = (
    _FACTS.where(or_(bindparam("all"), report.c.resolved_at.is_(None)))
    .order_by(report.c.id.desc())
    .limit(bindparam("count"))
)
_ONE = _FACTS.where(report.c.id == bindparam("number"))
_RESOLVE = (
    update(report)
    .where(report.c.id == bindparam("number"), report.c.resolved_at.is_(None))
    .values(resolved_at=bindparam("now"), resolved_by_id=bindparam("whom"))
)


@dataclass(frozen=True, slots=True)
class ReportRow:
    """A report: who of whom, which posts (ids), what is said. `account_id` who of ours made it; moments in milliseconds."""

    id: int
    uri: str
    reporter_id: int
    target_id: int
    account_id: int | None
    posts: tuple[str, ...]
    comment: str
    forwarded: bool
    created_at: int
    resolved_at: int | None = None
    category: str = "other"
    rules: str = ""
    assigned_id: int | None = None
    resolved_by_id: int | None = None

    @property
    def rule_ids(self) -> list[str]:
        """The numbers of the rules of the house that were broken."""
        return [number for number in self.rules.split(",") if number]


def add(tx: Tx, row: ReportRow) -> bool:
    """Stores the report; whether it is new (by reporter and id)."""
    values = {name: getattr(row, name) for name in _STORED if name != "object_uris"}
    return bool(tx.execute(_INSERT, {**values, "object_uris": "\n".join(row.posts)}).rowcount)


def is_here(tx: Tx, reporter_id: int, uri: str) -> bool:
    """Whether this report came before."""
    return tx.execute(_SEEN, {"reporter": reporter_id, "uri": uri}).first() is not None


def open_of_host(tx: Tx, host_id: int, since: int) -> int:
    """How many reports by actors of a host came after `since` and wait to be looked at."""
    return int(tx.execute(_OPEN_OF_HOST, {"host": host_id, "since": since}).scalar_one())


def listed(tx: Tx, count: int, everything: bool) -> list[dict[str, Any]]:
    """Reports that wait to be looked at (or all), the newest first, with the ids of both actors. A long read."""
    return [dict(row) for row in tx.execute(_LISTED, {"all": everything, "count": count}).mappings()]


def facts(tx: Tx, number: int) -> dict[str, Any] | None:
    """Everything that is known of a report."""
    row = next(iter(tx.execute(_ONE, {"number": number}).mappings()), None)
    return None if row is None else dict(row)


def by_id(tx: Tx, number: int) -> ReportRow | None:
    """The report with this number."""
    row = tx.execute(_BY_ID, {"number": number}).one_or_none()
    return None if row is None else _row(row)


def page(tx: Tx, stretch: Range, resolved: bool | None, reporter_id: int = 0, target_id: int = 0) -> list[ReportRow]:
    """Reports that were looked at, or were not (None: both), the newest first; of one reporter and about one actor, where they are not
    0."""
    edges = {"below": stretch.max_id or limits.NUMBER_MAX, "above": stretch.above, "count": stretch.limit}
    named = {"either": resolved is None, "resolved": bool(resolved), "reporter": reporter_id, "target": target_id}
    upwards = stretch.min_id is not None
    found = [_row(row) for row in tx.execute(_OLDEST if upwards else _NEWEST, {**edges, **named})]
    return found[::-1] if upwards else found


def resolve(tx: Tx, number: int, now: int, by: int | None = None) -> bool:
    """Somebody (an actor's number) looked at it. Whether it was open."""
    return bool(tx.execute(_RESOLVE, {"number": number, "now": now, "whom": by}).rowcount)


def reopen(tx: Tx, number: int) -> bool:
    """It is to be looked at again. Whether it was resolved."""
    return bool(tx.execute(_REOPEN, {"number": number}).rowcount)


def assign(tx: Tx, number: int, actor_id: int | None) -> None:
    """Who looks at it; nobody any more with None."""
    tx.execute(_ASSIGN, {"number": number, "whom": actor_id})


def classify(tx: Tx, number: int, category: str, rules: str) -> None:
    """What kind of complaint it is, and against which rules (numbers between commas)."""
    tx.execute(_CLASSIFY, {"number": number, "kind": category, "broken": rules})


def _row(row: Any) -> ReportRow:
    values = {name: getattr(row, name) for name in _STORED if name != "object_uris"}
    return ReportRow(**values, posts=tuple(row.object_uris.split()))
