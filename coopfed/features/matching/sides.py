"""What counts of requests and profiles when they are matched, as `rules.Side`s. Units of work."""

from collections.abc import Iterable, Mapping, Sequence

from sqlalchemy import bindparam, literal_column, select

from actors.cooperative import Kind as CodeKind
from actors.requests import CONFIRMED, membership, request
from coopfed import limits
from coopfed.db.models import CooperativeCode
from coopfed.db.tx import Tx, table
from coopfed.features.matching.rules import Kind, Side
from coopfed.features.requests.store import LANGUAGE, REGION, SECTOR, not_ended
from coopfed.features.requests.store import code as request_code

profile_code = table(CooperativeCode)
_COUNTED = (CodeKind.SECTOR, CodeKind.REGION, CodeKind.LANGUAGE, CodeKind.OFFERS, CodeKind.NEEDS)
_REQUESTS = select(
    request.c.id, request.c.actor_id, request.c.purpose, request.c.category, request.c.published_at
).where(request.c.id.in_(bindparam("ids", expanding=True)))
_REQUEST_CODES = (
    select(request_code.c.request_id, request_code.c.kind, request_code.c.code)
    .where(request_code.c.request_id.in_(bindparam("ids", expanding=True)))
    .order_by(request_code.c.request_id, request_code.c.kind, request_code.c.place)
)
_PROFILE_CODES = (
    select(profile_code.c.actor_id, profile_code.c.kind, profile_code.c.code)
    .where(
        profile_code.c.actor_id.in_(bindparam("ids", expanding=True)),
        profile_code.c.kind.in_([literal_column(f"'{kind.value}'") for kind in _COUNTED]),
    )
    .order_by(profile_code.c.actor_id, profile_code.c.kind, profile_code.c.place)
)
_UMBRELLAS = select(membership.c.member_id, membership.c.umbrella_id).where(
    membership.c.member_id.in_(bindparam("ids", expanding=True)),
    membership.c.umbrella_id.is_not(None),
    *CONFIRMED,
)
_OPEN = (
    select(request.c.id)
    .where(
        request.c.actor_id == bindparam("owner"),
        request.c.published_at.is_not(None),
        request.c.deleted_at.is_(None),
        not_ended,
        request.c.expires_at > bindparam("now"),
    )
    .order_by(request.c.id.desc())
    .limit(bindparam("count"))
)

Codes = Mapping[str, Sequence[str]]


def open_requests(tx: Tx, actor_id: int, now: int) -> list[int]:
    """The newest open requests of an actor, at most `limits.MATCH_OWN_REQUESTS`."""
    values = {"owner": actor_id, "now": now, "count": limits.MATCH_OWN_REQUESTS}
    return list(tx.execute(_OPEN, values).scalars())


def of_requests(tx: Tx, ids: Iterable[int]) -> dict[int, Side]:
    """The sides of these requests, by their numbers."""
    wanted = list(ids)
    rows = tx.execute(_REQUESTS, {"ids": wanted}).all() if wanted else []
    owners = [*{row.actor_id for row in rows}]
    codes = _by_owner(tx.execute(_REQUEST_CODES, {"ids": wanted})) if wanted else {}
    profiles, umbrellas = _profile_codes(tx, owners), _umbrellas(tx, owners)
    return {
        row.id: Side(
            Kind.REQUEST,
            row.id,
            row.actor_id,
            row.purpose,
            row.category,
            sectors=_of(codes, row.id, SECTOR),
            regions=_of(codes, row.id, REGION),
            languages=(*_of(codes, row.id, LANGUAGE), *_of(profiles, row.actor_id, CodeKind.LANGUAGE.value)),
            umbrellas=umbrellas.get(row.actor_id, frozenset()),
            published_at=row.published_at,
        )
        for row in rows
    }


def of_profiles(tx: Tx, ids: Iterable[int]) -> dict[int, Side]:
    """The sides of the profiles of these actors, by their numbers."""
    wanted = list(ids)
    codes, umbrellas = _profile_codes(tx, wanted), _umbrellas(tx, wanted)
    return {
        id: Side(
            Kind.PROFILE,
            id,
            id,
            sectors=_of(codes, id, CodeKind.SECTOR.value),
            regions=_of(codes, id, CodeKind.REGION.value),
            languages=_of(codes, id, CodeKind.LANGUAGE.value),
            umbrellas=umbrellas.get(id, frozenset()),
            offers=_of(codes, id, CodeKind.OFFERS.value),
            needs=_of(codes, id, CodeKind.NEEDS.value),
        )
        for id in wanted
    }


def _of(codes: Mapping[int, Codes], id: int, kind: str) -> tuple[str, ...]:
    return tuple(codes.get(id, {}).get(kind, ()))


def _profile_codes(tx: Tx, ids: Sequence[int]) -> Mapping[int, Codes]:
    return _by_owner(tx.execute(_PROFILE_CODES, {"ids": [*ids]})) if ids else {}


def _by_owner(rows: Iterable[tuple[int, str, str]]) -> Mapping[int, Codes]:
    found: dict[int, dict[str, list[str]]] = {}
    for owner, kind, code in rows:
        found.setdefault(owner, {}).setdefault(kind, []).append(code)
    return found


def _umbrellas(tx: Tx, ids: Sequence[int]) -> dict[int, frozenset[int]]:
    found: dict[int, set[int]] = {}
    for member, umbrella in tx.execute(_UMBRELLAS, {"ids": [*ids]}) if ids else ():
        found.setdefault(member, set()).add(umbrella)
    return {member: frozenset(umbrellas) for member, umbrellas in found.items()}
