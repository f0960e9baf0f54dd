"""Who fits whom: the points one by one, and that the database counts as the pure function does, on generated samples."""

import random
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actors import cooperative
from actors.cooperative import Cooperative
from actors.cooperative import Kind as CodeKind
from actors.lookup import by_ids
from actors.requests import membership
from coopfed import limits
from coopfed.clock import DAY_MS
from coopfed.db.tx import Tx
from coopfed.features.blocks.actions import block
from coopfed.features.matching import candidates, rules, sides, store
from coopfed.features.matching.candidates import Wanted
from coopfed.features.matching.rules import Kind, Side
from coopfed.features.matching.store import Asked
from coopfed.features.moderation.actions import suspend
from coopfed.features.moderation.audit import COMMAND_LINE
from coopfed.features.mutes.actions import mute
from coopfed.features.requests import store as requests
from coopfed.features.requests.store import RequestRow
from coopfed.node import Node
from tests.support.nodes import NOW, FakeClock, a_node, an_actor

OWN = Side(
    Kind.REQUEST,
    1,
    1,
    "request",
    "training",
    sectors=("85",),
    regions=("ITF4",),
    languages=("it", "en"),
    published_at=NOW - 60 * DAY_MS,
)
OFFER = replace(OWN, id=2, actor_id=2, purpose="offer")
PROFILE = Side(Kind.PROFILE, 3, 3, sectors=("85",), regions=("ITF4",), languages=("it",), offers=("training",))

CATEGORIES = st.sampled_from(["training", "project-partner", "supply-goods", None])
DIVISIONS, REGIONS = ["01", "03", "10", "11", "85", "zz"], ["IT", "ITF", "ITF4", "ITF5", "ITC1", "TR", "TR10", "FR"]
TAGS = ["it", "it-CH", "tr", "en", "fil"]
SIDES = st.builds(
    Side,
    kind=st.sampled_from(Kind),
    id=st.integers(1, 9),
    actor_id=st.integers(1, 4),
    purpose=st.sampled_from(["request", "offer"]),
    category=CATEGORIES,
    sectors=st.lists(st.sampled_from(DIVISIONS), max_size=3).map(tuple),
    regions=st.lists(st.sampled_from(REGIONS), max_size=3).map(tuple),
    languages=st.lists(st.sampled_from(TAGS), max_size=2).map(tuple),
    umbrellas=st.frozensets(st.integers(1, 3), max_size=2),
    offers=st.lists(CATEGORIES.filter(bool), max_size=2).map(tuple),
    needs=st.lists(CATEGORIES.filter(bool), max_size=2).map(tuple),
    published_at=st.integers(NOW - 60 * DAY_MS, NOW),
)


def told(own: Side, other: Side) -> dict[str, tuple[str, ...]]:
    """The reasons of a match, with their values."""
    match = rules.match(own, other, NOW)
    assert match is not None
    return {reason.code: reason.values for reason in match.reasons}


# --- the points -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("own", "other"),
    [
        (OWN, replace(OFFER, purpose="request")),
        (OWN, replace(OFFER, actor_id=1)),
        (OWN, replace(PROFILE, offers=(), needs=("training",))),
        (replace(PROFILE, offers=()), OWN),
        (PROFILE, replace(PROFILE, id=4, actor_id=4)),
        (replace(OWN, category=None), PROFILE),
    ],
)
def test_what_cannot_match(own: Side, other: Side) -> None:
    """domain.md 8.7 *Candidates*: the opposite purpose, the list for it, another cooperative."""
    assert rules.match(own, other, NOW) is None


def test_what_is_done_in_groups_matches_its_own_purpose_too() -> None:
    """domain.md 8.7: for `shape` = group same-purpose requests match too."""
    partners = replace(OWN, category="project-partner")

    assert rules.match(partners, replace(OFFER, category="project-partner", purpose="request"), NOW) is not None
    assert rules.match(partners, replace(PROFILE, offers=(), needs=("project-partner",)), NOW) is not None


@pytest.mark.parametrize(
    ("changes", "code", "points"),
    [
        ({}, "category_same", 40),
        ({}, "sector_same", 20),
        ({"sectors": ("01", "85")}, "sector_same", 20),
        ({"sectors": ()}, "sector_open", 10),
        ({"regions": ("IT",)}, "place_same", 20),
        ({"regions": ("ITF45",)}, "place_same", 20),
        ({"regions": ("ITF5",)}, "place_nuts1", 12),
        ({"regions": ("TR", "ITC1")}, "place_country", 8),
        ({"regions": ()}, "place_open", 10),
        ({"languages": ("en-GB",)}, "language_common", 10),
        ({"published_at": NOW - limits.MATCH_RECENT_DAYS * DAY_MS}, "recent", 5),
    ],
)
def test_points_of_each_part(changes: dict[str, Any], code: str, points: int) -> None:
    """domain.md 8.7, the table; api.md 7, the codes."""
    match = rules.match(OWN, replace(OFFER, **changes), NOW)

    assert match is not None
    assert {reason.code: reason.points for reason in match.reasons}[code] == points


def test_parts_without_points_are_left_out() -> None:
    """api.md 7: a part with no points is left out; `recent` of profiles looks at the own request; a section is worth half."""
    other = replace(OFFER, category="supply-goods", sectors=("86",), regions=("TR10",), languages=("tr",))
    assert told(OWN, other) == {}
    assert told(replace(OWN, sectors=("10",)), replace(other, sectors=("11",))) == {"sector_section": ("C",)}
    assert "category_in_list" in told(OWN, PROFILE)
    assert "recent" not in told(OWN, PROFILE)
    assert "recent" in told(replace(OWN, published_at=NOW), PROFILE)
    assert "sector_open" not in told(OWN, replace(PROFILE, sectors=())), "a profile that names none is not open to all"
    assert told(replace(OWN, umbrellas=frozenset({7})), replace(OFFER, umbrellas=frozenset({7, 8})))[
        "umbrella_shared"
    ] == ("7",)


@given(SIDES, SIDES)
def test_nobody_has_more_than_a_hundred_points_and_both_sides_agree(own: Side, other: Side) -> None:
    """domain.md 8.7: score 0-100; but for when they were published, it is the same seen from either side."""
    there, back = rules.match(own, other, NOW), rules.match(other, own, NOW)

    assert (there is None) is (back is None)
    if there is not None and back is not None:
        assert 0 <= there.score <= 100
        assert len({reason.code for reason in there.reasons}) == len(there.reasons)
        kept = [{r.code for r in one.reasons} - {"recent"} for one in (there, back)]
        assert kept[0] == kept[1]


# --- the database -----------------------------------------------------------------------------------------------


def _some(chance: random.Random, codes: list[str], most: int) -> tuple[str, ...]:
    return tuple(chance.sample(codes, chance.randint(0, most)))


def _request(node: Node, chance: random.Random, owner: int) -> RequestRow:
    number = node.minter.mint()
    return RequestRow(
        number,
        f"https://peer.example/requests/{number}",
        local=True,
        actor_id=owner,
        purpose=chance.choice(["request", "offer"]),
        status=chance.choice(["open", "open", "open", "in_negotiation", "withdrawn"]),
        category=chance.choice(["training", "project-partner", "supply-goods"]),
        created_at=NOW,
        published_at=NOW - chance.randint(0, 60) * DAY_MS,
        expires_at=NOW + chance.choice([-1, 1, 2, 3]) * DAY_MS,
        audience=chance.choice(["public", "public", "public", "actors"]),
        codes={
            "sector": _some(chance, DIVISIONS, 2),
            "region": _some(chance, REGIONS, 2),
            "language": _some(chance, TAGS, 1),
        },
    )


async def _sample(node: Node, seed: int) -> tuple[list[int], list[int]]:
    """Cooperatives with profiles, requests and memberships by chance: numbers of actors, and of requests."""
    chance = random.Random(seed)
    people = [(await an_actor(node, f"coop{n}")).id for n in range(20)]
    categories = ["training", "project-partner", "supply-goods"]

    def fill(tx: Tx) -> list[int]:
        for number in people:
            codes = {
                CodeKind.OFFERS: _some(chance, categories, 2),
                CodeKind.NEEDS: _some(chance, categories, 2),
                CodeKind.SECTOR: _some(chance, DIVISIONS, 2),
                CodeKind.REGION: _some(chance, REGIONS, 2),
                CodeKind.LANGUAGE: _some(chance, TAGS, 2),
            }
            cooperative.put(tx, Cooperative(number, legal_name="x", codes=codes))
        for number in chance.sample(people[3:], 10):
            said = {"kind": "member", "started_on": "2026-01-01", "created_at": 1, "updated_at": 1}
            state, status = chance.choice([("confirmed", "active"), ("claimed", "active"), ("confirmed", "suspended")])
            values = {"id": node.minter.mint(), "member_id": number, "umbrella_id": chance.choice(people[:2])}
            tx.execute(membership.insert().values(**values, **said, state=state, status=status))
        rows = [_request(node, chance, chance.choice(people)) for _ in range(60)]
        for row in rows:
            requests.add(tx, row)
        return [row.id for row in rows]

    return people, await node.db.write(fill)


def _expected(tx: Tx, own: Side, people: list[int], numbers: list[int]) -> list[tuple[str, int, int]]:
    """What the pure function says of everything that the owner may read."""
    rows = requests.by_ids(tx, requests.readable_among(tx, numbers, own.actor_id))
    live = [one.id for one in rows.values() if one.at(NOW) in ("open", "in_negotiation")]
    others = [*sides.of_requests(tx, live).values(), *sides.of_profiles(tx, people).values()]
    found = [match for other in others if (match := rules.match(own, other, NOW)) is not None]
    shown = [(one.other.kind.value, one.other.id, one.score) for one in found if one.score >= limits.MATCH_SHOWN]
    return sorted(shown, key=lambda one: (-one[2], -one[1]))


@pytest.mark.parametrize("seed", [1, 2])
async def test_the_database_counts_as_the_pure_function(database_url: str, seed: int) -> None:
    """Issue 6, 7: equal to the pure function, for each request and each profile of a sample, on both engines."""
    async with a_node(database_url, clock=FakeClock()) as node:
        people, numbers = await _sample(node, seed)

        def compare(tx: Tx) -> int:
            seen = 0
            for own in (*sides.of_requests(tx, numbers).values(), *sides.of_profiles(tx, people).values()):
                found = [
                    *candidates.requests(tx, own, own.actor_id, NOW, Wanted()),
                    *candidates.profiles(tx, own, own.actor_id, NOW, Wanted()),
                ]
                shown = sorted(((one.kind.value, one.id, one.score) for one in found), key=lambda o: (-o[2], -o[1]))
                assert shown == _expected(tx, own, people, numbers), own
                seen += len(shown)
            return seen

        assert await node.db.read(compare) > 300


async def test_whom_somebody_shut_out_is_no_match(database_url: str) -> None:
    """domain.md 8.7: muting and "not this one" are remembered; blocks part, operators keep away; least first is asked of the best only."""
    async with a_node(database_url, clock=FakeClock()) as node:
        people, _numbers = await _sample(node, 1)
        me, now = people[5], node.clock.now()
        rows = await node.db.read(by_ids, people)

        async def others(**more: Any) -> list[int]:
            found = await node.db.read(store.find, me, Asked(limit=400, **more), now)
            return [match.other.actor_id for match in found]

        before = await others()
        first, second, third = list(dict.fromkeys(before))[:3]
        assert await others(kinds=(Kind.PROFILE,), least=60) != before
        await mute(node, rows[me], rows[first])
        await block(node, rows[second], rows[me])
        await suspend(node, rows[third], True, COMMAND_LINE)
        assert set(before) - set(await others()) == {first, second, third}
        found = (await node.db.read(store.find, me, Asked(limit=1), now))[0]
        known = await node.db.write(store.remember, me, [store.pair_of(found)], node.stamp())
        await node.db.write(store.set_aside, known[store.pair_of(found)], now)
        assert store.pair_of((await node.db.read(store.find, me, Asked(limit=1), now))[0]) != store.pair_of(found)
        aside = await node.db.read(store.find, me, Asked(dismissed=True), now)
        assert [store.pair_of(one) for one in aside] == [store.pair_of(found)]
        later = now + limits.MATCH_KEPT_DAYS * DAY_MS
        await node.db.write(store.forget_old, later + 1)
        assert len(await node.db.read(store.known_of, me, [store.pair_of(found)])) == 1, "what was set aside stays so"
        await node.db.write(store.set_aside, known[store.pair_of(found)], None)
        await node.db.write(store.forget_old, later)
        assert len(await node.db.read(store.known_of, me, [store.pair_of(found)])) == 1
        await node.db.write(store.forget_old, later + 1)
        assert await node.db.read(store.known_of, me, [store.pair_of(found)]) == {}
