"""The matches of an actor of ours, computed as they are read, and what is remembered of them. Units of work."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from sqlalchemy import bindparam, delete, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert

from coopfed import limits
from coopfed.clock import DAY_MS
from coopfed.db.models import KnownMatch
from coopfed.db.tx import Tx, table
from coopfed.errors import NotFound
from coopfed.features import match_wishes
from coopfed.features.cooperatives.store import readable as readable_profile
from coopfed.features.matching import candidates, rules, sides
from coopfed.features.matching.candidates import Scored
from coopfed.features.matching.rules import Kind, Match, Side
from coopfed.features.requests import rules as request_rules
from coopfed.features.requests import store as requests
from coopfed.node import Stamp

known = table(KnownMatch)


class Known(NamedTuple):
    """What is remembered of a match; see `coopfed.db.models.matching`."""

    id: int
    actor_id: int
    for_id: int
    kind: str
    other_id: int
    dismissed_at: int | None
    noticed_at: int | None
    mailed_at: int | None

    @property
    def pair(self) -> "Pair":
        """Of what it is."""
        return Pair(self.for_id, Kind(self.kind), self.other_id)


class Pair(NamedTuple):
    """An own request (0: the own profile), and what it is matched with."""

    for_id: int
    kind: Kind
    other_id: int


@dataclass(frozen=True, slots=True)
class Asked:
    """Which matches are asked for: of one own request, or of all and the profile; of these kinds, with at least so many points;
    `dismissed`: those that were set aside; `limit` of them after the best `offset`."""

    request_id: int | None = None
    kinds: Collection[Kind] = tuple(Kind)
    least: int = limits.MATCH_SHOWN
    dismissed: bool = False
    limit: int = 20
    offset: int = 0


_COLUMNS = tuple(known.c[name] for name in Known._fields)
_OF = select(*_COLUMNS).where(
    known.c.actor_id == bindparam("whose"), known.c.other_id.in_(bindparam("others", expanding=True))
)
_ONE = select(*_COLUMNS).where(known.c.id == bindparam("which"), known.c.actor_id == bindparam("whose"))
_ADD = insert(known).on_conflict_do_nothing(index_elements=["actor_id", "for_id", "kind", "other_id"])
_DISMISS = update(known).where(known.c.id == bindparam("which")).values(dismissed_at=bindparam("moment"))
_NOTICED = update(known).where(known.c.id == bindparam("which")).values(noticed_at=bindparam("moment"))
_MAILED = update(known).where(known.c.id == bindparam("which")).values(mailed_at=bindparam("moment"))
_NOTICED_SINCE = select(func.count()).where(
    known.c.actor_id == bindparam("whose"), known.c.noticed_at > bindparam("since")
)
_PURGE = delete(known).where(known.c.actor_id == bindparam("gone"))
_FORGET = delete(known).where(
    known.c.created_at < bindparam("before"),
    or_(known.c.dismissed_at.is_(None), known.c.dismissed_at < bindparam("long_before")),
)


def find(tx: Tx, actor_id: int, asked: Asked, now: int) -> list[Match]:
    """The matches of an actor, the best first, then the newest, with their reasons. NotFound for a request that is not its own."""
    count = min(asked.offset + asked.limit, limits.MATCHES_DEEP)
    wanted = candidates.Wanted(max(asked.least, limits.MATCH_SHOWN), asked.dismissed, count=count)
    found: list[tuple[Side, Scored]] = []
    for own in _subjects(tx, actor_id, asked.request_id, now):
        if Kind.REQUEST in asked.kinds:
            found += [(own, one) for one in candidates.requests(tx, own, actor_id, now, wanted)]
        if Kind.PROFILE in asked.kinds:
            found += [(own, one) for one in candidates.profiles(tx, own, actor_id, now, wanted)]
    found.sort(key=lambda pair: (-pair[1].score, -pair[1].id, -pair[0].id))
    return explained(tx, found[asked.offset : count], now)


def explained(tx: Tx, found: Sequence[tuple[Side, Scored]], now: int) -> list[Match]:
    """What the database found, with its reasons."""
    others = {
        Kind.REQUEST: sides.of_requests(tx, {one.id for _own, one in found if one.kind is Kind.REQUEST}),
        Kind.PROFILE: sides.of_profiles(tx, {one.id for _own, one in found if one.kind is Kind.PROFILE}),
    }
    matches = (rules.match(own, others[one.kind][one.id], now) for own, one in found if one.id in others[one.kind])
    return [one for one in matches if one is not None]


def _subjects(tx: Tx, actor_id: int, request_id: int | None, now: int) -> list[Side]:
    open_ones = sides.open_requests(tx, actor_id, now)
    if request_id is not None:
        row = requests.get(tx, request_id)
        if row is None or row.actor_id != actor_id or row.deleted_at is not None:
            raise NotFound(f"no request {request_id} of this actor")
        is_open = row.published_at is not None and row.at(now) in request_rules.ANSWERABLE
        return list(sides.of_requests(tx, [request_id]).values()) if is_open else []
    return [*sides.of_profiles(tx, [actor_id]).values(), *sides.of_requests(tx, open_ones).values()]


def pair_of(match: Match) -> Pair:
    """Of what a match is. Pure."""
    return Pair(match.own.id if match.own.kind is Kind.REQUEST else 0, match.other.kind, match.other.id)


def known_of(tx: Tx, actor_id: int, pairs: Iterable[Pair]) -> dict[Pair, Known]:
    """What is remembered of those of these matches of an actor that it knows."""
    wanted = set(pairs)
    others = sorted({pair.other_id for pair in wanted})
    rows = tx.execute(_OF, {"whose": actor_id, "others": others}) if others else ()
    found = (Known(*row) for row in rows)
    return {one.pair: one for one in found if one.pair in wanted}


def remember(tx: Tx, actor_id: int, pairs: Sequence[Pair], stamp: Stamp) -> dict[Pair, Known]:
    """What is remembered of these matches of an actor, each with its number: they are known from now on."""
    found = known_of(tx, actor_id, pairs)
    new = [pair for pair in dict.fromkeys(pairs) if pair not in found]
    if not new:
        return found
    rows = [{"id": stamp.mint(None), "actor_id": actor_id, "created_at": stamp.now, **pair._asdict()} for pair in new]
    tx.execute(_ADD, [{**row, "kind": str(row["kind"])} for row in rows])
    return known_of(tx, actor_id, pairs)


def one(tx: Tx, actor_id: int, number: int, now: int) -> tuple[Match, Known]:
    """The match with this number, as it is now. NotFound when it is not this actor's, or the two do not match any more."""
    row = tx.execute(_ONE, {"which": number, "whose": actor_id}).one_or_none()
    if row is None:
        raise NotFound(f"no match {number} of this actor")
    remembered = Known(*row)
    own, other = _own(tx, remembered), _other(tx, remembered)
    match = rules.match(own, other, now) if own is not None and other is not None else None
    if match is None:
        raise NotFound(f"the match {number} is none any more")
    return match, remembered


def _own(tx: Tx, row: Known) -> Side | None:
    if row.for_id == 0:
        return sides.of_profiles(tx, [row.actor_id])[row.actor_id]
    own = sides.of_requests(tx, [row.for_id]).get(row.for_id)
    return own if own is not None and own.actor_id == row.actor_id else None


def _other(tx: Tx, row: Known) -> Side | None:
    if row.kind == Kind.PROFILE:
        found = readable_profile(tx, row.other_id, row.actor_id)
        return sides.of_profiles(tx, [row.other_id])[row.other_id] if found is not None else None
    seen = requests.readable_among(tx, [row.other_id], row.actor_id)
    return sides.of_requests(tx, seen).get(row.other_id)


def set_aside(tx: Tx, row: Known, now: int | None) -> Known:
    """The match is shown no more, or with None again."""
    tx.execute(_DISMISS, {"which": row.id, "moment": now})
    return row._replace(dismissed_at=now)


def noticed(tx: Tx, row: Known, now: int) -> None:
    """Its actor was told at once."""
    tx.execute(_NOTICED, {"which": row.id, "moment": now})


def noticed_since(tx: Tx, actor_id: int, since: int) -> int:
    """Of how many matches an actor was told at once since then."""
    return int(tx.execute(_NOTICED_SINCE, {"whose": actor_id, "since": since}).scalar_one())


def mailed(tx: Tx, rows: Iterable[Known], now: int) -> None:
    """Its actor's people were told by mail."""
    values = [{"which": row.id, "moment": now} for row in rows]
    if values:
        tx.execute(_MAILED, values)


def forget_old(tx: Tx, now: int) -> None:
    """What was shown long ago is not remembered, what was set aside for as long as a request may be open."""
    before, long_before = now - limits.MATCH_KEPT_DAYS * DAY_MS, now - limits.REQUEST_DAYS * DAY_MS
    tx.execute(_FORGET, {"before": before, "long_before": long_before})


def purge(tx: Tx, actor_id: int) -> None:
    """The actor is gone, and with it what it was shown and whom it had mailed."""
    tx.execute(_PURGE, {"gone": actor_id})
    match_wishes.end(tx, actor_id)
