"""How well a request or a profile of ours fits a request or a profile of somebody else, and why. Pure.

By codes alone, so that languages do not matter; never by words. The statements of `coopfed.features.matching.candidates` count the same
points in the database; a test holds the two against each other. Source: domain research 8.7; API contract 7.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cache

from coopfed import limits
from coopfed.clock import DAY_MS
from coopfed.codes import tables
from coopfed.features.requests.rules import Purpose


class Kind(StrEnum):
    """What is matched."""

    REQUEST = "request"
    PROFILE = "profile"


class Part(StrEnum):
    """What points are given for."""

    CATEGORY = "category"
    SECTOR = "sector"
    PLACE = "place"
    LANGUAGE = "language"
    NEARNESS = "nearness"


POINTS = {
    "category_same": 40,
    "category_in_list": 20,
    "sector_same": 20,
    "sector_section": 10,
    "sector_open": 10,
    "place_same": 20,
    "place_nuts1": 12,
    "place_country": 8,
    "place_open": 10,
    "language_common": 10,
    "umbrella_shared": 5,
    "recent": 5,
}
"""What each reason is worth."""
_COUNTRY, _NUTS1, _NUTS3 = 2, 3, 5
"""How many signs of a code name a country, the first level below it, and the last."""


@dataclass(frozen=True, slots=True)
class Side:
    """What counts of a request, or of a profile (`category` and `published_at` None). `languages` of a request are those that it accepts
    and those of its owner's profile; `umbrellas` the numbers of those of which its owner is a confirmed member; `offers` and `needs` are
    a profile's."""

    kind: Kind
    id: int
    actor_id: int
    purpose: str = ""
    category: str | None = None
    sectors: tuple[str, ...] = ()
    regions: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    umbrellas: frozenset[int] = frozenset()
    offers: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    published_at: int | None = None


@dataclass(frozen=True, slots=True)
class Reason:
    """Points for a part, and why: a word of POINTS with the codes by which it is so."""

    part: Part
    code: str
    values: tuple[str, ...] = ()

    @property
    def points(self) -> int:
        """How many."""
        return POINTS[self.code]


@dataclass(frozen=True, slots=True)
class Match:
    """How well `other` fits `own`."""

    own: Side
    other: Side
    reasons: tuple[Reason, ...] = field(default=())

    @property
    def score(self) -> int:
        """The points of all reasons, at most a hundred."""
        return sum(reason.points for reason in self.reasons)


def opposite(purpose: str) -> str:
    """Of which purpose a request has to be to fit one of this."""
    return (Purpose.OFFER if purpose == Purpose.REQUEST else Purpose.REQUEST).value


def wanted_purposes(side: Side) -> tuple[str, ...]:
    """Of which purpose a request has to be to fit this one: the opposite; of what is done in groups (buying or selling together, partners)
    the same too, if it is for the very same."""
    return (opposite(side.purpose), side.purpose) if in_groups(side.category) else (opposite(side.purpose),)


def lists_for(side: Side) -> tuple[str, ...]:
    """In which of a profile's lists (`offers`, `needs`) the category of this request has to stand."""
    return tuple(_LISTS[purpose] for purpose in wanted_purposes(side))


_LISTS = {Purpose.OFFER.value: "offers", Purpose.REQUEST.value: "needs"}


@cache
def in_groups(category: str | None) -> bool:
    """Whether those who want this want it together."""
    row = tables.table("collaboration_categories").get(category or "")
    return row is not None and "group" in row.data.get("shape", "").split(",")


def fits(own: Side, other: Side) -> bool:
    """Whether the two can match at all, however many points they have: a request and one that it wants, or a profile that has its category
    in the list for it. Nobody fits itself."""
    if own.actor_id == other.actor_id:
        return False
    if own.kind is Kind.REQUEST and other.kind is Kind.REQUEST:
        together = own.category == other.category and in_groups(own.category)
        return other.purpose == opposite(own.purpose) or together
    request, profile = (own, other) if own.kind is Kind.REQUEST else (other, own)
    if request.kind is not Kind.REQUEST or request.category is None:
        return False
    return any(request.category in getattr(profile, name) for name in lists_for(request))


def match(own: Side, other: Side, now: int) -> Match | None:
    """How well the two fit at a moment (milliseconds), None when they do not at all. Whether that is enough is another question: see
    `limits.MATCH_SHOWN`."""
    return Match(own, other, tuple(_reasons(own, other, now))) if fits(own, other) else None


def _reasons(own: Side, other: Side, now: int) -> Iterable[Reason]:
    requests = [side for side in (own, other) if side.kind is Kind.REQUEST]
    if len(requests) == 1:
        yield Reason(Part.CATEGORY, "category_in_list", (requests[0].category or "",))
    elif own.category is not None and own.category == other.category:
        yield Reason(Part.CATEGORY, "category_same", (own.category,))
    open_sector = any(not side.sectors for side in requests)
    open_place = any(not side.regions for side in requests)
    yield from _sector(own.sectors, other.sectors, named=not open_sector)
    yield from _place(own.regions, other.regions, named=not open_place)
    if common := spoken(own.languages) & spoken(other.languages):
        yield Reason(Part.LANGUAGE, "language_common", tuple(sorted(common)))
    if shared := own.umbrellas & other.umbrellas:
        yield Reason(Part.NEARNESS, "umbrella_shared", tuple(str(number) for number in sorted(shared)))
    published = (other if other.kind is Kind.REQUEST else own).published_at
    if published is not None and published >= recent_since(now):
        yield Reason(Part.NEARNESS, "recent")


def recent_since(now: int) -> int:
    """Since when a request is recent (milliseconds)."""
    return now - limits.MATCH_RECENT_DAYS * DAY_MS


def _sector(own: Collection[str], other: Collection[str], *, named: bool) -> Iterable[Reason]:
    if not named:
        yield Reason(Part.SECTOR, "sector_open")
    elif same := set(own) & set(other):
        yield Reason(Part.SECTOR, "sector_same", tuple(sorted(same)))
    elif sections := _sections(own) & _sections(other):
        yield Reason(Part.SECTOR, "sector_section", tuple(sorted(sections)))


def _sections(divisions: Iterable[str]) -> set[str]:
    known = tables.table("nace_divisions")
    return {row.parent for one in divisions if (row := known.get(one)) is not None and row.parent is not None}


def neighbours(divisions: Collection[str]) -> tuple[str, ...]:
    """All divisions of the sections in which these lie."""
    sections = _sections(divisions)
    return tuple(code for code, row in tables.table("nace_divisions").items() if row.parent in sections)


def _place(own: Collection[str], other: Collection[str], *, named: bool) -> Iterable[Reason]:
    if not named:
        yield Reason(Part.PLACE, "place_open")
        return
    for code, near in (("place_same", _contains), ("place_nuts1", _same_nuts1), ("place_country", _same_country)):
        found = tuple(sorted({theirs for ours in own for theirs in other if near(ours, theirs)}))
        if found:
            yield Reason(Part.PLACE, code, found)
            return


def _contains(one: str, other: str) -> bool:
    """Whether one region is or contains the other: codes of NUTS begin with those of what they lie in."""
    shorter, longer = sorted((one, other), key=len)
    if len(shorter) < _COUNTRY or not longer.startswith(shorter):
        return False
    return shorter == longer or len(shorter) <= _NUTS3


def _same_nuts1(one: str, other: str) -> bool:
    return min(len(one), len(other)) >= _NUTS1 and one[:_NUTS1] == other[:_NUTS1]


def _same_country(one: str, other: str) -> bool:
    return min(len(one), len(other)) >= _COUNTRY and one[:_COUNTRY] == other[:_COUNTRY]


def spoken(tags: Iterable[str]) -> set[str]:
    """The languages of these tags, without what is said of country or script: `pt` of `pt-BR`. They have two or three letters."""
    return {language for tag in tags if len(language := tag.partition("-")[0]) in (2, 3)}
