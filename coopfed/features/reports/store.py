"""Rows of reports. Units of work."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import bindparam, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert

from actors.lookup import actor
from coopfed.db.models import Report
from coopfed.db.tx import Tx, table

report = table(Report)
reporter, target = actor.alias("reporter"), actor.alias("target")
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
_LISTED = (
    _FACTS.where(or_(bindparam("all"), report.c.resolved_at.is_(None)))
    .order_by(report.c.id.desc())
    .limit(bindparam("count"))
)
_ONE = _FACTS.where(report.c.id == bindparam("number"))
_RESOLVE = (
    update(report)
    .where(report.c.id == bindparam("number"), report.c.resolved_at.is_(None))
    .values(resolved_at=bindparam("now"))
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


def resolve(tx: Tx, number: int, now: int) -> bool:
    """Somebody looked at it. Whether it was open."""
    return bool(tx.execute(_RESOLVE, {"number": number, "now": now}).rowcount)
