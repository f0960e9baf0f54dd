"""Matches with the actors and requests that they are of, as pages, mails and commands tell them. Units of work."""

from collections.abc import Sequence
from dataclasses import dataclass

from actors.lookup import ActorRow, by_ids
from coopfed.db.tx import Tx
from coopfed.features.matching.rules import Kind, Match, Side
from coopfed.features.requests import store as requests
from coopfed.features.requests.store import RequestRow
from coopfed.text.sanitise import line


@dataclass(frozen=True, slots=True)
class Pairing:
    """A match: with whom, with which request of theirs (None: their profile), for which of ours (None: our profile)."""

    match: Match
    owner: ActorRow
    theirs: RequestRow | None
    ours: RequestRow | None


def pairings(tx: Tx, found: Sequence[Match]) -> list[Pairing]:
    """These matches, in the order in which they came."""
    sides = [side for match in found for side in (match.own, match.other)]
    rows = requests.by_ids(tx, list(dict.fromkeys(side.id for side in sides if side.kind is Kind.REQUEST)))
    people = by_ids(tx, list(dict.fromkeys(match.other.actor_id for match in found)))

    def row(side: Side) -> RequestRow | None:
        return rows.get(side.id) if side.kind is Kind.REQUEST else None

    return [Pairing(match, people[match.other.actor_id], row(match.other), row(match.own)) for match in found]


def umbrella_names(tx: Tx, found: Sequence[Match]) -> dict[int, str]:
    """The names of the umbrellas that the reasons of these matches speak of, by their numbers (see `words.told`)."""
    numbers = {number for match in found for number in match.own.umbrellas & match.other.umbrellas}
    return {number: line(row.name) for number, row in by_ids(tx, sorted(numbers)).items()}
