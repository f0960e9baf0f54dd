"""Rows of agreements and receipts: who may have which, and where an agreement stands by what both sides said. Units of work."""

import base64
import re
import secrets
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Select, bindparam, func, literal_column, or_, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from actors.requests import request
from coopfed.db.models import Receipt
from coopfed.db.tx import Tx, table
from coopfed.features.ranges import Range
from coopfed.features.requests import answers, rules, store
from coopfed.features.requests.answers import AgreementRow, ResponseRow, agreement, response, sought
from coopfed.features.requests.rules import Agreement, Ending, Party
from coopfed.features.requests.store import RequestRow

receipt = table(Receipt)

_CODE_BYTES, _CODE = 10, re.compile(r"[A-Z2-7]{16}")
"""80 bits at random, in base32."""


@dataclass(frozen=True, slots=True)
class ReceiptRow:
    """What one side said became of an agreement; see `coopfed.db.models.requests`."""

    id: int
    uri: str
    agreement_uri: str
    actor_id: int
    outcome: str
    signed: bool
    document: bytes
    written_at: int
    created_at: int


@dataclass(frozen=True, slots=True)
class Held:
    """An agreement with the answer and the request that it is about, and its receipts, the oldest first."""

    row: AgreementRow
    response: ResponseRow
    request: RequestRow
    receipts: tuple[ReceiptRow, ...]

    def party(self, actor_id: int) -> Party | None:
        """Whose side an actor is on."""
        sides = {self.request.actor_id: Party.OWNER, self.response.actor_id: Party.RESPONDER}
        return sides.get(actor_id)

    def actor(self, party: Party) -> int:
        """The number of the actor on a side."""
        return self.request.actor_id if party is Party.OWNER else self.response.actor_id

    @property
    def said(self) -> frozenset[tuple[Party, Ending]]:
        """What both sides said of it."""
        named = ((self.party(one.actor_id), Ending(one.outcome)) for one in self.receipts)
        return frozenset((party, ending) for party, ending in named if party is not None)


_FIELDS, _RECEIPT = tuple(AgreementRow.__dataclass_fields__), tuple(ReceiptRow.__dataclass_fields__)
_COLUMNS = tuple(agreement.c[name] for name in _FIELDS)
_BY_ID = select(*_COLUMNS).where(agreement.c.id == bindparam("which"))
_BY_URI = select(*_COLUMNS).where(agreement.c.uri == bindparam("uri"))
_BY_CODE = select(*_COLUMNS).where(agreement.c.code == bindparam("code"), agreement.c.code != literal_column("''"))
_OF_REQUEST = select(agreement.c.status).where(agreement.c.request_id == bindparam("request"))
_MOVE = (
    update(agreement)
    .where(agreement.c.id == bindparam("which"))
    .values(
        status=bindparam("new_status"),
        confirmation=bindparam("how"),
        completed_at=bindparam("done"),
        updated_at=bindparam("now"),
    )
)
_ADD = upsert(receipt).on_conflict_do_nothing()
_RECEIPTS = (
    select(*(receipt.c[name] for name in _RECEIPT))
    .where(receipt.c.agreement_uri.in_(bindparam("uris", expanding=True)))
    .order_by(receipt.c.written_at, receipt.c.uri)
)
_WAITING = (
    select(func.count())
    .select_from(receipt.outerjoin(agreement, agreement.c.uri == receipt.c.agreement_uri))
    .where(receipt.c.actor_id == bindparam("actor"), agreement.c.id.is_(None))
)
_DEALS_WITH_OURS: Select[Any] = (
    select(literal_column("1"))
    .select_from(request.join(response, response.c.request_id == request.c.id))
    .where(
        request.c.actor_id == bindparam("owner"),
        response.c.status != literal_column("'accepted'"),
        ~request.c.local,
    )
    .limit(1)
)


def _listed(*sides: Any) -> Any:
    return (
        select(*_COLUMNS)
        .join(request, request.c.id == agreement.c.request_id)
        .join(response, response.c.id == agreement.c.response_id)
        .where(
            or_(*sides),
            agreement.c.id > bindparam("above"),
            agreement.c.id < bindparam("below"),
            or_(bindparam("any_request") == literal_column("1"), agreement.c.request_id == bindparam("request")),
            or_(
                bindparam("any_status") == literal_column("1"),
                agreement.c.status.in_(bindparam("statuses", expanding=True)),
            ),
        )
    )


_OWNED, _ANSWERED = request.c.actor_id == bindparam("viewer"), response.c.actor_id == bindparam("viewer")
_LISTED = {
    Party.OWNER: _listed(_OWNED),
    Party.RESPONDER: _listed(_ANSWERED),
    None: _listed(_OWNED, _ANSWERED),
}
_NEWEST = {side: one.order_by(agreement.c.id.desc()).limit(bindparam("count")) for side, one in _LISTED.items()}
_JUST_ABOVE = {side: one.order_by(agreement.c.id).limit(bindparam("count")) for side, one in _LISTED.items()}


def new_code() -> str:
    """A code for the page on which an agreement is verified: nobody guesses it."""
    return base64.b32encode(secrets.token_bytes(_CODE_BYTES)).decode()


def read_code(written: str) -> str | None:
    """The code that somebody typed, hyphens, blanks and case being nothing; None when it is none."""
    code = re.sub(r"[\s-]", "", written[:64]).upper()
    return code if _CODE.fullmatch(code) else None


def shown_code(code: str) -> str:
    """The code in groups of four."""
    return "-".join(code[at : at + 4] for at in range(0, len(code), 4))


def get(tx: Tx, id: int) -> AgreementRow | None:
    """The agreement with this number. Not for showing: it asks nobody's permission."""
    return _one(tx.execute(_BY_ID, {"which": id}))


def by_uri(tx: Tx, uri: str) -> AgreementRow | None:
    """The agreement with this id."""
    return _one(tx.execute(_BY_URI, {"uri": uri}))


def by_code(tx: Tx, code: str) -> AgreementRow | None:
    """The agreement that this code opens."""
    return _one(tx.execute(_BY_CODE, {"code": code}))


def _one(rows: Any) -> AgreementRow | None:
    row = rows.one_or_none()
    return None if row is None else AgreementRow(*row)


def held(tx: Tx, row: AgreementRow) -> Held:
    """The agreement with all that hangs on it."""
    return held_all(tx, [row])[0]


def held_all(tx: Tx, rows: list[AgreementRow]) -> list[Held]:
    """Each of these agreements with all that hangs on it."""
    requests = store.by_ids(tx, list(dict.fromkeys(row.request_id for row in rows)))
    receipts = _receipts(tx, [row.uri for row in rows])
    given = answers.by_ids(tx, [row.response_id for row in rows])
    return [
        Held(row, given[row.response_id], requests[row.request_id], tuple(receipts.get(row.uri, ()))) for row in rows
    ]


def _receipts(tx: Tx, uris: list[str]) -> dict[str, list[ReceiptRow]]:
    found: dict[str, list[ReceiptRow]] = {}
    for row in tx.execute(_RECEIPTS, {"uris": uris}) if uris else ():
        one = ReceiptRow(*row)
        found.setdefault(one.agreement_uri, []).append(replace(one, signed=bool(one.signed)))
    return found


def hold(tx: Tx, id: int) -> Held | None:
    """The agreement as it is now; nobody else changes it, or its request, in this transaction's time."""
    row = get(tx, id)
    if row is None:
        return None
    store.hold(tx, row.request_id)
    now = get(tx, id)
    return held(tx, now) if now is not None else None


def of_request(tx: Tx, request_id: int) -> list[Agreement]:
    """Where the agreements of a request stand."""
    return [Agreement(one) for one in tx.execute(_OF_REQUEST, {"request": request_id}).scalars()]


def add_receipt(tx: Tx, row: ReceiptRow) -> bool:
    """Stores what a side said. Whether it is new: each says each once."""
    return bool(tx.execute(_ADD, {name: getattr(row, name) for name in _RECEIPT}).rowcount == 1)


def waiting(tx: Tx, actor_id: int) -> int:
    """How many receipts of this actor are here for agreements that are not, yet."""
    return int(tx.execute(_WAITING, {"actor": actor_id}).scalar_one())


def deals_with_ours(tx: Tx, owner_id: int) -> bool:
    """Whether one of ours answered a request of this owner elsewhere, so that its Accept may be on the way."""
    return tx.execute(_DEALS_WITH_OURS, {"owner": owner_id}).scalar_one_or_none() is not None


def move(tx: Tx, row: AgreementRow, status: Agreement, confirmation: str | None, now: int) -> AgreementRow:
    """It stands there now, confirmed so. The row as it is stored."""
    over = status in (Agreement.FULFILLED, Agreement.CLOSED_UNFULFILLED)
    after = replace(
        row,
        status=status.value,
        confirmation=confirmation,
        completed_at=now if over and status != row.status else row.completed_at,
        updated_at=max(now, row.updated_at + 1),
    )
    values = {"which": row.id, "new_status": after.status, "how": after.confirmation, "done": after.completed_at}
    tx.execute(_MOVE, values | {"now": after.updated_at})
    return after


def settle(tx: Tx, one: Held, now: int) -> Held:
    """The agreement where it stands by all that was said of it, stored when that is elsewhere than before."""
    one = held(tx, one.row)
    status = rules.standing(Agreement(one.row.status), one.said)
    if status == one.row.status:
        return one
    return replace(one, row=move(tx, one.row, status, one.row.confirmation, now))


def listed(
    tx: Tx,
    viewer: int,
    stretch: Range,
    below: int,
    *,
    side: Party | None = None,
    request_id: int | None = None,
    statuses: Iterable[str] = (),
) -> list[AgreementRow]:
    """Agreements of the viewer, on one side or both, newest first; `below` for a stretch without one."""
    values = sought(viewer, stretch, below, request_id, statuses)
    rows = [AgreementRow(*row) for row in tx.execute((_JUST_ABOVE if stretch.min_id else _NEWEST)[side], values)]
    return rows[::-1] if stretch.min_id else rows
