"""Rows of responses and of what was agreed on. Units of work."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import bindparam, func, literal_column, or_, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from actors.requests import request
from actors.visibility import object_
from coopfed.db.models import Agreement, Response
from coopfed.db.tx import Tx, table
from coopfed.features.ranges import Range
from coopfed.features.requests import rules
from coopfed.features.requests.store import RequestRow, amounts

response, agreement = table(Response), table(Agreement)

COOPFED, FEP_0837 = "coopfed", "fep-0837"
"""How an answer came: with our extras, or without."""
REPLY, DM, MENTION, QUOTE = "mastodon-reply", "mastodon-dm", "mastodon-mention", "mastodon-quote"
PLAIN = frozenset({REPLY, DM, MENTION, QUOTE})
"""Those that the owner's people made of a post: whoever wrote it is asked by a link whether they agree."""


@dataclass(frozen=True, slots=True)
class ResponseRow:
    """An answer as the rest of the program reads it; see `coopfed.db.models.requests`. Moments in milliseconds."""

    id: int
    uri: str
    request_id: int
    actor_id: int
    account_id: int | None
    via: str
    status: str
    content: str
    language: str | None
    value: str | None
    reciprocal_value: str | None
    reason: str | None
    signed: bool
    superseded_by_uri: str | None
    document: bytes
    written_at: int
    answers_at: int | None
    created_at: int
    updated_at: int
    post_id: int | None = None
    post_at: int | None = None

    @property
    def pending(self) -> bool:
        """Whether it waits for the owner."""
        return self.status in rules.PENDING

    @property
    def plain(self) -> bool:
        """Whether it was made of a post, by people."""
        return self.via in PLAIN

    @property
    def order(self) -> tuple[int, str]:
        """By which of two the later one is told; see `rules.supersedes`."""
        return (self.written_at, self.uri)


@dataclass(frozen=True, slots=True)
class AgreementRow:
    """What was agreed on; see `coopfed.db.models.requests`."""

    id: int
    uri: str
    request_id: int
    response_id: int
    status: str
    value: str | None
    document: bytes
    created_at: int
    updated_at: int
    code: str = ""
    confirmation: str | None = None
    title: str = ""
    category: str | None = None
    unit: str = "one"
    reciprocal_unit: str | None = None
    reciprocal_value: str | None = None
    completed_at: int | None = None


_FIELDS, _AGREED = tuple(ResponseRow.__dataclass_fields__), tuple(AgreementRow.__dataclass_fields__)
_COLUMNS, _AGREED_COLUMNS = (
    tuple(response.c[name] for name in _FIELDS),
    tuple(agreement.c[name] for name in _AGREED),
)
_KEPT = ("id", "uri", "request_id", "actor_id", "created_at")
_ADD = upsert(response).on_conflict_do_nothing(index_elements=["uri"])
_BY_ID = select(*_COLUMNS).where(response.c.id == bindparam("which"))
_BY_IDS = select(*_COLUMNS).where(response.c.id.in_(bindparam("ids", expanding=True)))
_BY_URI = select(*_COLUMNS).where(response.c.uri == bindparam("uri"))
_BY_URIS = select(response.c.uri, response.c.id).where(response.c.uri.in_(bindparam("uris", expanding=True)))
_PENDING = response.c.status.in_([literal_column("'received'"), literal_column("'shortlisted'")])
_PENDING_OF = select(*_COLUMNS).where(response.c.request_id == bindparam("request"), _PENDING).order_by(response.c.id)
_OF_RESPONDER = (
    select(*_COLUMNS)
    .where(response.c.request_id == bindparam("request"), response.c.actor_id == bindparam("responder"))
    .order_by(response.c.written_at.desc(), response.c.uri.desc())
)
_MOVE = (
    update(response)
    .where(response.c.id == bindparam("which"))
    .values(
        status=bindparam("new_status"),
        reason=bindparam("why"),
        superseded_by_uri=bindparam("by"),
        updated_at=bindparam("now"),
    )
)
_COUNT = (
    select(response.c.request_id, func.count())
    .where(response.c.request_id.in_(bindparam("ids", expanding=True)))
    .group_by(response.c.request_id)
)
_PENDING_COUNTS = _COUNT.where(_PENDING)
_PENDING_COUNT = (
    select(func.count()).select_from(response).where(response.c.request_id == bindparam("request"), _PENDING)
)
_COUNT_OF = (
    select(func.count())
    .select_from(response)
    .where(response.c.request_id == bindparam("request"), response.c.actor_id == bindparam("responder"))
)
_ANSWERED = select(response.c.actor_id).where(response.c.request_id == bindparam("request")).distinct()
_LIVE_OF = select(response.c.request_id, func.max(response.c.id)).where(
    response.c.request_id.in_(bindparam("ids", expanding=True)),
    response.c.actor_id == bindparam("responder"),
    or_(_PENDING, response.c.status == literal_column("'accepted'")),
)
_LIVE_OF = _LIVE_OF.group_by(response.c.request_id)
_TAKEN = select(agreement.c.request_id, agreement.c.value).where(
    agreement.c.request_id.in_(bindparam("ids", expanding=True)),
    agreement.c.status.in_([literal_column("'proposed'"), literal_column("'active'"), literal_column("'fulfilled'")]),
)
_OF_POST = select(*_COLUMNS).where(
    response.c.post_id.in_(bindparam("posts", expanding=True)), response.c.request_id == bindparam("request")
)
_OF_ONE_POST = select(*_COLUMNS).where(response.c.post_id == bindparam("post")).order_by(response.c.id.desc())
_WAITING_OF_DELETED = (
    select(*_COLUMNS)
    .join(object_, object_.c.id == response.c.post_id)
    .where(object_.c.uri == bindparam("uri"), object_.c.deleted_at.is_not(None), _PENDING)
)
_PUT = (
    update(response)
    .where(response.c.id == bindparam("which"))
    .values({name: bindparam(f"new_{name}") for name in _FIELDS if name not in _KEPT})
)
_AGREE = upsert(agreement).on_conflict_do_nothing(index_elements=["uri"])
_AGREED_ON = (
    select(*_AGREED_COLUMNS)
    .where(agreement.c.response_id.in_(bindparam("ids", expanding=True)))
    .order_by(agreement.c.id)
)
_PROPOSED_OF = (
    select(*_AGREED_COLUMNS)
    .where(agreement.c.request_id == bindparam("request"), agreement.c.status == literal_column("'proposed'"))
    .order_by(agreement.c.id)
)
_RECEIVED = request.c.actor_id == bindparam("viewer")
_SENT = response.c.actor_id == bindparam("viewer")


def _listed(*which: Any) -> Any:
    found = (
        select(*_COLUMNS)
        .join(request, request.c.id == response.c.request_id)
        .where(
            *which,
            response.c.id > bindparam("above"),
            response.c.id < bindparam("below"),
            or_(
                bindparam("any_request") == literal_column("1"),
                response.c.request_id == bindparam("request"),
            ),
            or_(
                bindparam("any_status") == literal_column("1"),
                response.c.status.in_(bindparam("statuses", expanding=True)),
            ),
        )
    )
    return found


_LISTED = {
    "received": _listed(_RECEIVED),
    "sent": _listed(_SENT),
    None: _listed(or_(_RECEIVED, _SENT)),
}
_NEWEST = {side: one.order_by(response.c.id.desc()).limit(bindparam("count")) for side, one in _LISTED.items()}
_JUST_ABOVE = {side: one.order_by(response.c.id).limit(bindparam("count")) for side, one in _LISTED.items()}


def add(tx: Tx, row: ResponseRow) -> bool:
    """Stores an answer. Whether it is new here."""
    return bool(tx.execute(_ADD, {name: getattr(row, name) for name in _FIELDS}).rowcount == 1)


def get(tx: Tx, id: int) -> ResponseRow | None:
    """The answer with this number. Not for showing: it asks nobody's permission."""
    return _one(tx.execute(_BY_ID, {"which": id}))


def by_ids(tx: Tx, ids: list[int]) -> dict[int, ResponseRow]:
    """These answers, by their numbers. As `get`."""
    return {row.id: _response(row) for row in tx.execute(_BY_IDS, {"ids": ids})} if ids else {}


def by_uri(tx: Tx, uri: str) -> ResponseRow | None:
    """The answer that came, or went, as this Offer (its id)."""
    return _one(tx.execute(_BY_URI, {"uri": uri}))


def put(tx: Tx, row: ResponseRow) -> None:
    """Stores an answer in place of what was there; whose it is and to which request stays."""
    tx.execute(_PUT, {"which": row.id} | {f"new_{name}": getattr(row, name) for name in _FIELDS if name not in _KEPT})


def of_posts(tx: Tx, request_id: int, posts: Iterable[int]) -> dict[int, ResponseRow]:
    """The answers to a request that were made of these posts, by the post's number."""
    wanted = list(posts)
    rows = tx.execute(_OF_POST, {"request": request_id, "posts": wanted}) if wanted else ()
    return {row.post_id: _response(row) for row in rows}


def of_post(tx: Tx, post_id: int) -> list[ResponseRow]:
    """The answers, to whatever request, that were made of this post, the newest first."""
    return [_response(row) for row in tx.execute(_OF_ONE_POST, {"post": post_id})]


def waiting_of_deleted(tx: Tx, uri: str) -> list[ResponseRow]:
    """The answers, to whatever request, that were made of the post with this id, which was deleted, and that wait for the owner."""
    return [_response(row) for row in tx.execute(_WAITING_OF_DELETED, {"uri": uri})]


def numbers_of(tx: Tx, uris: Iterable[str]) -> dict[str, int]:
    """The numbers of the answers with these ids, as far as they are here."""
    wanted = list(dict.fromkeys(uris))
    return {row.uri: row.id for row in tx.execute(_BY_URIS, {"uris": wanted})} if wanted else {}


def _one(rows: Any) -> ResponseRow | None:
    row = rows.one_or_none()
    return None if row is None else _response(row)


def _response(row: Any) -> ResponseRow:
    values = {name: getattr(row, name) for name in _FIELDS}
    return ResponseRow(**{**values, "signed": bool(values["signed"])})


def pending(tx: Tx, request_id: int) -> list[ResponseRow]:
    """Those that wait for the owner, the oldest first."""
    return [_response(row) for row in tx.execute(_PENDING_OF, {"request": request_id})]


def pending_counts(tx: Tx, ids: list[int]) -> dict[int, int]:
    """How many answers to each of these requests wait for its owner."""
    return dict(map(tuple, tx.execute(_PENDING_COUNTS, {"ids": ids}))) if ids else {}


def count_pending(tx: Tx, request_id: int) -> int:
    """How many wait for the owner."""
    return int(tx.execute(_PENDING_COUNT, {"request": request_id}).scalar_one())


def responders(tx: Tx, request_id: int) -> list[int]:
    """Whoever answered, whatever became of it: they have the request."""
    return list(tx.execute(_ANSWERED, {"request": request_id}).scalars())


def of_responder(tx: Tx, request_id: int, actor_id: int) -> list[ResponseRow]:
    """All answers of an actor to a request, the last written first."""
    rows = tx.execute(_OF_RESPONDER, {"request": request_id, "responder": actor_id})
    return [_response(row) for row in rows]


def count_of(tx: Tx, request_id: int, actor_id: int) -> int:
    """How many answers an actor gave to a request."""
    return int(tx.execute(_COUNT_OF, {"request": request_id, "responder": actor_id}).scalar_one())


def move(
    tx: Tx, row: ResponseRow, status: rules.Response, now: int, *, reason: str | None = None, by: str | None = None
) -> None:
    """It stands there now: for a reason, or since another one came (its id) in its place."""
    tx.execute(_MOVE, {"which": row.id, "new_status": status.value, "why": reason, "by": by, "now": now})


def counts(tx: Tx, ids: list[int]) -> dict[int, int]:
    """How many answers there are to these requests."""
    return dict(map(tuple, tx.execute(_COUNT, {"ids": ids}))) if ids else {}


def live_of(tx: Tx, ids: list[int], actor_id: int) -> dict[int, int]:
    """The live answer of an actor to each of these requests."""
    return dict(map(tuple, tx.execute(_LIVE_OF, {"ids": ids, "responder": actor_id}))) if ids else {}


def taken(tx: Tx, ids: list[int]) -> dict[int, list[Decimal]]:
    """The amounts that live agreements took of these requests."""
    found: dict[int, list[Decimal]] = {id: [] for id in ids}
    for row in tx.execute(_TAKEN, {"ids": ids}) if ids else ():
        found[row.request_id] += amounts([row.value])
    return found


def remaining(tx: Tx, row: RequestRow) -> Decimal | None:
    """What is left of a request, None without limit. Of others' as far as it is known here."""
    return rules.remaining(row.wanted, taken(tx, [row.id])[row.id])


def agree(tx: Tx, row: AgreementRow) -> bool:
    """Stores what was agreed on. Whether it is new here."""
    return bool(tx.execute(_AGREE, {name: getattr(row, name) for name in _AGREED}).rowcount == 1)


def agreed_on(tx: Tx, ids: list[int]) -> dict[int, AgreementRow]:
    """What was agreed on by accepting these answers."""
    found = tx.execute(_AGREED_ON, {"ids": ids}) if ids else ()
    return {row.response_id: AgreementRow(*row) for row in found}


def proposed(tx: Tx, request_id: int) -> list[AgreementRow]:
    """What was proposed to people without our software, who have not said yet whether they agree."""
    return [AgreementRow(*row) for row in tx.execute(_PROPOSED_OF, {"request": request_id})]


def sought(viewer: int, stretch: Range, below: int, request_id: int | None, statuses: Iterable[str]) -> dict[str, Any]:
    """What lists of answers and of agreements ask for: of one request or of all, in some states or in any. Pure."""
    wanted = list(statuses)
    return {
        "viewer": viewer,
        "above": stretch.above,
        "below": stretch.max_id or below,
        "request": request_id or 0,
        "any_request": int(request_id is None),
        "statuses": wanted or [""],
        "any_status": int(not wanted),
        "count": stretch.limit,
    }


def listed(
    tx: Tx,
    viewer: int,
    stretch: Range,
    below: int,
    *,
    side: str | None = None,
    request_id: int | None = None,
    statuses: Iterable[str] = (),
) -> list[ResponseRow]:
    """Answers that the viewer received or sent, newest first; `below` for a stretch without one."""
    values = sought(viewer, stretch, below, request_id, statuses)
    statement = _JUST_ABOVE[side] if stretch.min_id else _NEWEST[side]
    rows = [_response(row) for row in tx.execute(statement, values)]
    return rows[::-1] if stretch.min_id else rows
