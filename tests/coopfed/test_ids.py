"""Numbers sort by time and are never minted twice; our own URLs are recognised and nobody else's."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coopfed.ids import Minter, Urls, first_of, milliseconds_of
from tests.support.nodes import NOW

URLS = Urls("https://coop.example", "coop.example")
CLOCKS = st.lists(st.integers(NOW - 5, NOW + 5), min_size=1, max_size=200)


class Steps:
    """A clock that shows each of these moments once, then the last one for good."""

    def __init__(self, moments: list[int]) -> None:
        self.left = moments[::-1]
        self.moment = moments[0]

    def __call__(self) -> int:
        """The next moment."""
        if self.left:
            self.moment = self.left.pop()
        return self.moment


@given(moments=CLOCKS, worker=st.integers(0, 63))
def test_numbers_for_now_only_grow(moments: list[int], worker: int) -> None:
    """Design 3.10: sortable ids, whatever the clock does: it stands still, jumps, steps back."""
    minter = Minter(worker, Steps(moments))

    minted = [minter.mint() for _ in moments]

    assert all(earlier < later for earlier, later in itertools.pairwise(minted))


def test_numbers_grow_also_when_a_millisecond_has_no_more() -> None:
    """Design 3.10: 1024 numbers a millisecond; rows that came within one keep their order."""
    minter = Minter(5, lambda: NOW)

    minted = [minter.mint() for _ in range(5000)]

    assert minted == sorted(set(minted))
    assert milliseconds_of(minted[-1]) - NOW < 10


@given(now=st.integers(NOW, NOW + 3), first=st.integers(1, 3000))
def test_the_next_holder_of_a_worker_number_mints_other_numbers(now: int, first: int) -> None:
    """A process that stops gives its worker number to the next one within the same millisecond."""
    earlier = Minter(7, lambda: NOW)
    before = {earlier.mint() for _ in range(min(first, 1000))}

    later = Minter(7, lambda: max(now, max(map(milliseconds_of, before))))

    assert before.isdisjoint(later.mint() for _ in range(100))


@given(
    workers=st.lists(st.integers(0, 63), min_size=2, max_size=2, unique=True),
    published=st.one_of(st.none(), st.integers(0, NOW)),
)
def test_two_workers_never_mint_the_same(workers: list[int], published: int | None) -> None:
    """Design 3.10: the leased number is part of every number."""
    one, other = (Minter(worker, lambda: NOW) for worker in workers)

    assert {one.mint(published) for _ in range(50)}.isdisjoint(other.mint(published) for _ in range(50))


@given(published=st.integers(-(10**15), NOW - 1))
def test_a_number_for_a_past_moment_tells_that_moment(published: int) -> None:
    """Client API: posts sort by when they were published, remote ones too."""
    number = Minter(3, lambda: NOW).mint(published)

    assert milliseconds_of(number) == max(published, 0)
    assert first_of(max(published, 0)) <= number < first_of(max(published, 0) + 1)


@given(published=st.integers(NOW, NOW + 10**9))
def test_nothing_is_minted_for_the_future(published: int) -> None:
    """A peer's clock that runs ahead must not put its posts above ours."""
    assert milliseconds_of(Minter(3, lambda: NOW).mint(published)) <= NOW + 1


def test_minting_for_the_past_does_not_disturb_the_present() -> None:
    """Imports and the demo date posts back while members write."""
    minter = Minter(3, lambda: NOW)

    minted = [minter.mint(NOW - 1000 if index % 3 else None) for index in range(9000)]
    present = minted[::3]

    assert present == sorted(set(present))


def test_numbers_fit_into_a_signed_column() -> None:
    """Both engines store 64 bits with a sign."""
    assert 0 < Minter(63, lambda: NOW).mint() < 2**63
    assert Minter(63, lambda: 4_102_444_800_000).mint() < 2**63


@pytest.mark.parametrize("kind", ["actor", "activity"])
def test_our_own_urls_lead_back_to_their_number(kind: str) -> None:
    """Design 2: nothing but `coopfed.ids` puts a URL of ours together, or takes one apart."""
    number = 2**62 + 1
    url = getattr(URLS, kind)(number)

    found = {other: getattr(URLS, f"{other}_number")(url) for other in ("actor", "activity")}

    assert found == {"actor": None, "activity": None} | {kind: number}
    assert URLS.is_ours(url)


@pytest.mark.parametrize(
    "url",
    [
        "https://coop.example.evil.example/ap/actors/1",
        "https://coop.example:444/ap/actors/1",
        "http://coop.example/ap/actors/1",
        "https://other.example/ap/actors/1",
        "https://coop.example@evil.example/ap/actors/1",
        "",
    ],
)
def test_urls_of_others_are_not_ours(url: str) -> None:
    """FEP-fe34: what lies on this node is decided by scheme and authority, never by how the text begins."""
    assert not URLS.is_ours(url)
    assert URLS.actor_number(url) is None


@pytest.mark.parametrize(
    "path", ["/ap/actors/", "/ap/actors/0", "/ap/actors/01", "/ap/actors/1/", "/ap/actors/1/inbox", "/ap/actors/1?x=1",
             "/ap/actors/1#main-key", "/ap/actors/-1", "/ap/actors/١", f"/ap/actors/{10**19}"],
)  # fmt: skip
def test_only_the_exact_path_of_an_actor_is_an_actor(path: str) -> None:
    """One spelling for each id, so that comparing ids as text is right."""
    assert URLS.actor_number(f"https://coop.example{path}") is None
