"""What operators do with reports, with the record of it. Units of work."""

from coopfed.db.tx import Tx
from coopfed.errors import NotFound
from coopfed.features.moderation import audit
from coopfed.features.moderation.audit import Operator
from coopfed.features.reports import store
from coopfed.features.reports.store import ReportRow
from coopfed.node import Stamp


def known(tx: Tx, id: int) -> ReportRow:
    """The report with this number. NotFound when there is none."""
    row = store.by_id(tx, id)
    if row is None:
        raise NotFound(f"no report {id}")
    return row


def classify(tx: Tx, id: int, category: str, broken: str, by: Operator, stamp: Stamp) -> None:
    """Says what kind of complaint it is. Raises as `known`."""
    known(tx, id)
    store.classify(tx, id, category, broken)
    audit.record(tx, by, "report_classify", str(id), stamp, category)


def assign(tx: Tx, id: int, whom: int | None, by: Operator, stamp: Stamp) -> None:
    """Says as which actor an operator looks at it, or that nobody does. Raises as `known`."""
    known(tx, id)
    store.assign(tx, id, whom)
    audit.record(tx, by, "report_assign" if whom is not None else "report_unassign", str(id), stamp)


def resolve(tx: Tx, id: int, by: Operator, stamp: Stamp) -> bool:
    """It was looked at. Whether it was open. Raises as `known`."""
    known(tx, id)
    done = store.resolve(tx, id, stamp.now, by.actor_id)
    if done:
        audit.record(tx, by, "report_resolve", str(id), stamp)
    return done


def reopen(tx: Tx, id: int, by: Operator, stamp: Stamp) -> None:
    """It is to be looked at again. Raises as `known`."""
    known(tx, id)
    if store.reopen(tx, id):
        audit.record(tx, by, "report_reopen", str(id), stamp)
