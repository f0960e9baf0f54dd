"""What fits a request or a profile best, of all that is here: one statement for requests, one for profiles. Units of work.

The points of `rules` are counted by the database, so that only the best are read: of each candidate its codes are looked at once, in the
order of their key, and only what has enough points is asked whether its reader may see it at all.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    Boolean,
    ColumnElement,
    FromClause,
    Integer,
    Text,
    and_,
    bindparam,
    case,
    cast,
    exists,
    func,
    literal_column,
    or_,
    select,
)

from actors.cooperative import Kind as CodeKind
from actors.lookup import actor
from actors.requests import CONFIRMED, membership, readable, request
from actors.visibility import commended, on_blocked_host, parted, unmuted
from coopfed import limits
from coopfed.db.clauses import lacks
from coopfed.db.models import CooperativeCode, KnownMatch
from coopfed.db.tx import Tx, table
from coopfed.features.matching import rules
from coopfed.features.matching.rules import POINTS, Kind, Side
from coopfed.features.requests.rules import Purpose
from coopfed.features.requests.store import code as request_code
from coopfed.features.requests.store import not_ended

profile_code, known = table(CooperativeCode), table(KnownMatch)
named, lists, spoken_by = request_code.alias("named"), profile_code.alias("lists"), profile_code.alias("spoken_by")
_one: ColumnElement[int] = literal_column("1")
_zero: ColumnElement[int] = literal_column("0")
_SECTOR, _REGION, _LANGUAGE = (CodeKind.SECTOR.value, CodeKind.REGION.value, CodeKind.LANGUAGE.value)
_OFFERED, _ASKED = (f"'{Purpose.OFFER.value}'", f"'{Purpose.REQUEST.value}'")
_LANGUAGE_LENGTHS = (2, 3)
_REGION_LENGTHS = (2, 3, 4, 5)


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which matches: with at least so many points; `dismissed`: only those that were set aside, else only those that were not; `local`:
    only of this node; the best so many."""

    least: int = limits.MATCH_SHOWN
    dismissed: bool = False
    local: bool = False
    count: int = limits.MATCHES_DEEP


@dataclass(frozen=True, slots=True)
class Scored:
    """A candidate with its points, as the database counted them."""

    kind: Kind
    id: int
    score: int


def _worth(reason: str) -> ColumnElement[int]:
    return literal_column(str(POINTS[reason]), Integer)


def _among(column: ColumnElement[str], name: str) -> ColumnElement[bool]:
    return column.in_(bindparam(name, expanding=True))


def _beginning(column: ColumnElement[str], length: int) -> ColumnElement[str]:
    return func.substr(column, _one, literal_column(str(length)), type_=Text)


def _of(codes: FromClause, owner: ColumnElement[int], kind: str) -> tuple[ColumnElement[bool], ...]:
    """The codes of a kind that somebody's request, or profile, has: looked for by the table's own key."""
    whose = codes.c.request_id if "request_id" in codes.c else codes.c.actor_id
    return whose == owner, codes.c.kind == literal_column(f"'{kind}'")


def _worth_most(
    codes: FromClause, owner: ColumnElement[int], kind: str, *worth: Any, else_: ColumnElement[int] = _zero
) -> ColumnElement[Any]:
    """What the best of the owner's codes of a kind is worth: nothing where it names some of which none fits, NULL where it names none."""
    return select(func.max(case(*worth, else_=else_))).where(*_of(codes, owner, kind)).scalar_subquery()


def _sector(codes: FromClause, owner: ColumnElement[int]) -> ColumnElement[Any]:
    return _worth_most(
        codes,
        owner,
        _SECTOR,
        (_among(codes.c.code, "sectors"), _worth("sector_same")),
        (_among(codes.c.code, "neighbours"), _worth("sector_section")),
    )


def _place(codes: FromClause, owner: ColumnElement[int]) -> ColumnElement[Any]:
    def begins(length: int, name: str) -> ColumnElement[bool]:
        return _among(_beginning(codes.c.code, length), name)

    contains = or_(_among(codes.c.code, "around"), *(begins(n, f"regions_{n}") for n in _REGION_LENGTHS))
    return _worth_most(
        codes,
        owner,
        _REGION,
        # Most are elsewhere: that is asked first, although what follows implies it.
        (~begins(2, "countries"), _zero),
        (contains, _worth("place_same")),
        (begins(3, "nuts1"), _worth("place_nuts1")),
        else_=_worth("place_country"),
    )


def _speaks(codes: FromClause, owner: ColumnElement[int]) -> ColumnElement[bool]:
    """Whether one of the owner's languages is one of ours."""
    tag = codes.c.code.concat(literal_column("'-'"))
    return exists(
        select(_one)
        .where(
            *_of(codes, owner, _LANGUAGE),
            or_(*(_among(_beginning(tag, n + 1), f"languages_{n}") for n in _LANGUAGE_LENGTHS)),
        )
        # Without this PostgreSQL hashes all who speak it, for a few hundred candidates.
        .offset(_zero)
    )


def _open(name: str) -> ColumnElement[bool]:
    """Whether the own request names none."""
    return bindparam(name, type_=Boolean)


def _related(person: ColumnElement[int]) -> ColumnElement[int]:
    """Points for an umbrella that the actor shares."""
    # Asked once, not for each candidate: a large umbrella has many members.
    fellows = select(membership.c.member_id).where(
        membership.c.umbrella_id.in_(bindparam("umbrellas", expanding=True)),
        *CONFIRMED,
    )
    return case((person.in_(fellows), _worth("umbrella_shared")), else_=_zero)


def _marked(kind: Kind, number: ColumnElement[int]) -> ColumnElement[bool]:
    """Whether it was set aside, if it has to be, and if it must not be that it was not."""
    aside = exists(
        select(_one).where(
            known.c.actor_id == bindparam("viewer"),
            known.c.for_id == bindparam("for"),
            known.c.kind == literal_column(f"'{kind.value}'"),
            known.c.other_id == number,
            known.c.dismissed_at.is_not(None),
        )
    )
    wanted: ColumnElement[bool] = bindparam("dismissed", type_=Boolean)
    return or_(and_(wanted, aside), and_(~wanted, lacks(aside)))


_least = cast(bindparam("least"), Integer)
_UNCERTAIN = POINTS["language_common"] + POINTS["umbrella_shared"]
"""What a candidate may still get when the rest is counted. Both are asked only of what has enough points for them to matter: `OFFSET 0`
keeps each step apart, which both engines would make one, and count everything for everybody several times."""


def _requests(category: ColumnElement[int], *fitting: ColumnElement[bool]) -> Any:
    """The best requests of others; `category` is what theirs is worth, `fitting` which can match at all."""
    recent = case((request.c.published_at >= bindparam("recent_since"), _worth("recent")), else_=_zero)
    sector = case(
        (_open("any_sector"), _worth("sector_open")),
        else_=func.coalesce(_sector(named, request.c.id), _worth("sector_open")),
    )
    place = case(
        (_open("any_place"), _worth("place_open")),
        else_=func.coalesce(_place(named, request.c.id), _worth("place_open")),
    )
    sure: ColumnElement[int] = category + recent + sector + place
    counted = (
        select(request.c.id, request.c.actor_id, sure.label("sure"))
        .where(
            request.c.published_at.is_not(None),
            request.c.deleted_at.is_(None),
            not_ended,
            or_(request.c.expires_at.is_(None), request.c.expires_at > bindparam("now")),
            request.c.actor_id != bindparam("viewer"),
            *fitting,
        )
        .offset(_zero)
        .subquery("counted")
    )
    language = case(
        (or_(_speaks(named, counted.c.id), _speaks(spoken_by, counted.c.actor_id)), _worth("language_common")),
        else_=_zero,
    )
    score = (counted.c.sure + language + _related(counted.c.actor_id)).label("score")
    scored = (
        select(counted.c.id, counted.c.actor_id, score)
        .where(counted.c.sure >= _least - literal_column(str(_UNCERTAIN)))
        .offset(_zero)
        .subquery("scored")
    )
    return (
        select(scored.c.id, scored.c.score)
        .join(request, request.c.id == scored.c.id)
        .where(
            scored.c.score >= _least,
            readable(),
            unmuted(scored.c.actor_id),
            commended(scored.c.actor_id),
            _marked(Kind.REQUEST, scored.c.id),
            or_(~bindparam("local", type_=Boolean), request.c.local),
        )
        .order_by(scored.c.score.desc(), scored.c.id.desc())
        .limit(bindparam("count"))
    )


_FOR_REQUEST = _requests(
    case((request.c.category == bindparam("category"), _worth("category_same")), else_=_zero),
    _among(request.c.purpose, "purposes"),
    or_(request.c.purpose == bindparam("opposite"), request.c.category == bindparam("category")),
)
_FOR_PROFILE = _requests(
    _worth("category_in_list"),
    or_(
        and_(request.c.purpose == literal_column(_ASKED), _among(request.c.category, "asked")),
        and_(request.c.purpose == literal_column(_OFFERED), _among(request.c.category, "offered")),
    ),
)


def _profiles() -> Any:
    """The best profiles that have the category of a request in the list for it."""
    sector = case(
        (_open("any_sector"), _worth("sector_open")),
        else_=func.coalesce(_sector(profile_code, lists.c.actor_id), _zero),
    )
    place = case(
        (_open("any_place"), _worth("place_open")), else_=func.coalesce(_place(profile_code, lists.c.actor_id), _zero)
    )
    given = cast(bindparam("given"), Integer)
    sure: ColumnElement[int] = given + sector + place
    counted = (
        select(lists.c.actor_id, sure.label("sure"))
        .where(
            _among(lists.c.kind, "lists"),
            lists.c.code == bindparam("category"),
            lists.c.actor_id != bindparam("viewer"),
        )
        .group_by(lists.c.actor_id)
        .offset(_zero)
        .subquery("counted")
    )
    language = case((_speaks(spoken_by, counted.c.actor_id), _worth("language_common")), else_=_zero)
    score = (counted.c.sure + language + _related(counted.c.actor_id)).label("score")
    scored = (
        select(counted.c.actor_id, score)
        .where(counted.c.sure >= _least - literal_column(str(_UNCERTAIN)))
        .offset(_zero)
        .subquery("scored")
    )
    return (
        select(scored.c.actor_id.label("id"), scored.c.score)
        .join(actor, actor.c.id == scored.c.actor_id)
        .where(
            scored.c.score >= _least,
            actor.c.discoverable,
            ~actor.c.suspended,
            actor.c.gone_at.is_(None),
            actor.c.type != literal_column("'Application'"),
            lacks(parted(actor.c.id)),
            lacks(on_blocked_host(actor)),
            unmuted(scored.c.actor_id),
            commended(scored.c.actor_id),
            _marked(Kind.PROFILE, scored.c.actor_id),
            or_(~bindparam("local", type_=Boolean), actor.c.local),
        )
        .order_by(scored.c.score.desc(), scored.c.actor_id.desc())
        .limit(bindparam("count"))
    )


_PROFILES = _profiles()


def requests(tx: Tx, own: Side, viewer: int, now: int, wanted: Wanted) -> list[Scored]:
    """The requests of others that fit `own` best and that the viewer, whose it is, may read: the best first, then the newest."""
    values = _values(own, viewer, now, wanted) | {"now": now, "recent_since": rules.recent_since(now)}
    if own.kind is Kind.REQUEST:
        statement = _FOR_REQUEST
        values |= {"category": own.category or "", "opposite": rules.opposite(own.purpose)}
        values |= {"purposes": list(rules.wanted_purposes(own))}
    else:
        statement = _FOR_PROFILE
        values |= {"asked": _listed(own, Purpose.REQUEST), "offered": _listed(own, Purpose.OFFER)}
        if values["asked"] == values["offered"] == [""]:
            return []
    return [Scored(Kind.REQUEST, row.id, int(row.score)) for row in tx.execute(statement, values)]


def _listed(profile: Side, purpose: Purpose) -> list[str]:
    """The categories of which a request with this purpose fits the profile."""
    found = {
        category
        for category in (*profile.offers, *profile.needs)
        if rules.fits(Side(Kind.REQUEST, 0, -1, purpose=purpose.value, category=category), profile)
    }
    return sorted(found) or [""]


def profiles(tx: Tx, own: Side, viewer: int, now: int, wanted: Wanted) -> list[Scored]:
    """The profiles that fit the request `own` best, the best first, then the newest."""
    if own.kind is not Kind.REQUEST or own.category is None:
        return []
    recent = own.published_at is not None and own.published_at >= rules.recent_since(now)
    values = _values(own, viewer, now, wanted) | {
        "category": own.category,
        "lists": list(rules.lists_for(own)),
        "given": POINTS["category_in_list"] + (POINTS["recent"] if recent else 0),
    }
    return [Scored(Kind.PROFILE, row.id, int(row.score)) for row in tx.execute(_PROFILES, values)]


def _values(own: Side, viewer: int, now: int, wanted: Wanted) -> dict[str, Any]:
    is_request = own.kind is Kind.REQUEST
    languages = rules.spoken(own.languages)
    return {
        "viewer": viewer,
        "for": own.id if is_request else 0,
        "dismissed": wanted.dismissed,
        "local": wanted.local,
        "least": wanted.least,
        "count": wanted.count,
        "any_sector": is_request and not own.sectors,
        "any_place": is_request and not own.regions,
        "sectors": _some(own.sectors),
        "neighbours": _some(rules.neighbours(own.sectors)),
        "around": _some({region[:length] for region in own.regions for length in range(2, len(region) + 1)}),
        **{f"regions_{n}": _some(one for one in own.regions if len(one) == n) for n in _REGION_LENGTHS},
        "nuts1": _some(region[:3] for region in own.regions if len(region) >= 3),
        "countries": _some(region[:2] for region in own.regions if len(region) >= 2),
        **{f"languages_{n}": _some(f"{one}-" for one in languages if len(one) == n) for n in _LANGUAGE_LENGTHS},
        "umbrellas": sorted(own.umbrellas) or [0],
    }


def _some(codes: Iterable[str]) -> list[str]:
    """The codes in an order of their own, so that a statement is the same for the same question; one that nothing has for none."""
    return sorted(set(codes)) or ["-"]
