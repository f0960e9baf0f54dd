"""Requests as they are looked for: the board, with counts by code. Units of work."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from sqlalchemy import Boolean, ColumnElement, and_, bindparam, case, exists, func, literal_column, or_, select

from actors.lookup import actor
from actors.requests import readable, request
from actors.visibility import commended
from coopfed import limits
from coopfed.codes import tables
from coopfed.db.tx import Tx
from coopfed.features.ranges import Range
from coopfed.features.requests.rules import ANSWERABLE, Status
from coopfed.features.requests.store import KINDS, LANGUAGE, REGION, SDG, SECTOR, code, not_ended
from coopfed.text.fold import folded, literal

FACETS = ("category", "purpose", "sector", "region", "language", "status")


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is looked for; what is empty, or None, is not asked about. `codes` by kind; `expires_before` in milliseconds."""

    statuses: tuple[str, ...] = tuple(ANSWERABLE)
    purposes: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    codes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    actor_id: int | None = None
    umbrella_id: int | None = None
    words: str = ""
    local: bool | None = None
    expires_before: int | None = None


_STATUS: ColumnElement[str] = case(
    (
        and_(
            not_ended,
            request.c.expires_at <= bindparam("now"),
        ),
        literal_column("'expired'"),
    ),
    else_=request.c.status,
)
_ESCAPE = "\\"
named = code.alias("named")


def _any(name: str) -> ColumnElement[bool]:
    return bindparam(f"any_{name}", type_=Boolean)


def _coded(kind: str) -> ColumnElement[bool]:
    among = named.c.code.in_(bindparam(kind, expanding=True))
    has = exists(
        select(literal_column("1")).where(
            named.c.request_id == request.c.id, named.c.kind == literal_column(f"'{kind}'"), among
        )
    )
    return or_(_any(kind), has)


_MATCHES = (
    request.c.deleted_at.is_(None),
    readable(),
    or_(request.c.published_at.is_not(None), request.c.actor_id == bindparam("viewer")),
    # Whom the operators limited, only followers find unasked.
    or_(~_any("actor"), commended(request.c.actor_id)),
    _STATUS.in_(bindparam("statuses", expanding=True)),
    or_(_any("purpose"), request.c.purpose.in_(bindparam("purposes", expanding=True))),
    or_(_any("category"), request.c.category.in_(bindparam("categories", expanding=True))),
    *(_coded(kind) for kind in KINDS),
    or_(_any("actor"), request.c.actor_id == bindparam("actor")),
    or_(_any("umbrella"), request.c.umbrella_id == bindparam("umbrella")),
    or_(_any("words"), request.c.folded.contains(bindparam("words"), escape=_ESCAPE)),
    or_(_any("home"), request.c.local == bindparam("home", type_=Boolean)),
    or_(_any("end"), request.c.expires_at < bindparam("end")),
)
_FOUND = select(request.c.id).where(*_MATCHES, request.c.id > bindparam("above"), request.c.id < bindparam("below"))
_NEWEST = _FOUND.order_by(request.c.id.desc()).limit(bindparam("count"))
_JUST_ABOVE = _FOUND.order_by(request.c.id).limit(bindparam("count"))
_COLUMN_FACETS: dict[str, ColumnElement[Any]] = {
    "category": request.c.category,
    "purpose": request.c.purpose,
    "status": _STATUS,
}
_counted = func.count().label("counted")
_BY_COLUMN = {
    name: select(column.label("code"), _counted).where(*_MATCHES, column.is_not(None)).group_by(column)
    for name, column in _COLUMN_FACETS.items()
}
_BY_KIND = {
    kind: select(code.c.code, _counted)
    .join(request, request.c.id == code.c.request_id)
    .where(*_MATCHES, code.c.kind == literal_column(f"'{kind}'"))
    .group_by(code.c.code)
    for kind in (SECTOR, REGION, LANGUAGE)
}
_COUNT = select(_counted).select_from(request).where(*_MATCHES)
_PEOPLE = select(actor.c.id).where(actor.c.id == bindparam("who"))


def find(tx: Tx, wanted: Wanted, viewer: int, now: int, stretch: Range) -> list[int]:
    """Numbers of the requests that are wanted and that the viewer may read, newest first."""
    values = _values(wanted, viewer, now) | {
        "above": stretch.above,
        "below": stretch.max_id or limits.NUMBER_MAX,
        "count": stretch.limit,
    }
    found = list(tx.execute(_JUST_ABOVE if stretch.min_id else _NEWEST, values).scalars())
    return found[::-1] if stretch.min_id else found


def count(tx: Tx, wanted: Wanted, viewer: int, now: int) -> int:
    """How many there are."""
    return int(tx.execute(_COUNT, _values(wanted, viewer, now)).scalar_one())


def facets(tx: Tx, wanted: Wanted, viewer: int, now: int) -> dict[str, list[tuple[str, int]]]:
    """How many of the wanted requests have which code, the most first. Source: API contract 4.2."""
    values = _values(wanted, viewer, now)
    found: dict[str, list[tuple[str, int]]] = {}
    for name in FACETS:
        statement = _BY_COLUMN[name] if name in _BY_COLUMN else _BY_KIND[name]
        rows = [(str(row.code), int(row.counted)) for row in tx.execute(statement, values)]
        found[name] = sorted(rows, key=lambda one: (-one[1], one[0]))
    return found


def _values(wanted: Wanted, viewer: int, now: int) -> dict[str, Any]:
    codes = {kind: _below(kind, wanted.codes.get(kind, ())) for kind in (SECTOR, REGION, LANGUAGE, SDG)}
    words = literal(folded(wanted.words))
    return {
        "viewer": viewer,
        "now": now,
        "statuses": list(wanted.statuses) or [one.value for one in Status if one is not Status.DRAFT],
        "any_purpose": not wanted.purposes,
        "purposes": list(wanted.purposes) or [""],
        "any_category": not wanted.categories,
        "categories": list(wanted.categories) or [""],
        **{f"any_{kind}": not found for kind, found in codes.items()},
        **{kind: found or [""] for kind, found in codes.items()},
        "any_actor": wanted.actor_id is None,
        "actor": wanted.actor_id or 0,
        "any_umbrella": wanted.umbrella_id is None,
        "umbrella": wanted.umbrella_id or 0,
        "any_words": not words,
        "words": words,
        "any_home": wanted.local is None,
        "home": bool(wanted.local),
        "any_end": wanted.expires_before is None,
        "end": wanted.expires_before or 0,
    }


def _below(kind: str, codes: Iterable[str]) -> list[str]:
    """The codes, and for regions all that lie in them: whoever looks for a country finds its provinces."""
    asked = list(dict.fromkeys(codes))
    return asked if kind != REGION else list(dict.fromkeys(found for one in asked for found in (one, *_within(one))))


@cache
def _within(region: str) -> tuple[str, ...]:
    return tuple(one for one in tables.table("regions") if region in tables.above("regions", one) and one != region)
