"""Posts and boosts get numbers by when they were published; many of one moment must not cost more than few."""

from coopfed.db.tx import Tx
from coopfed.features.posts import store
from coopfed.features.posts.store import PostRow
from coopfed.features.reactions import store as reactions
from coopfed.features.reactions.rules import BOOST
from coopfed.features.reactions.store import ReactionRow
from coopfed.ids import first_of, milliseconds_of
from tests.support.nodes import NOW, a_node, an_actor

MOMENT = NOW - 86_400_000
POSTS, BOOSTS = 3000, 300


class Counting:
    """A transaction that counts its statements."""

    def __init__(self, tx: Tx) -> None:
        self.statements = 0
        self._execute = tx.execute

    def execute(self, *arguments: object) -> object:
        """As the transaction's own."""
        self.statements += 1
        return self._execute(*arguments)  # type: ignore[arg-type]


def a_post(number: int, author: int, uri: str) -> PostRow:
    """A remote post, as sparse as a row can be."""
    return PostRow(
        number, uri, False, "Note", author, None, "public", "", "", "", None, None, False, uri, None, None, 1, 0, 0, 0,
        MOMENT, None, None,
    )  # fmt: skip


async def test_thousands_of_posts_with_one_date_are_stored_like_any(database_url: str) -> None:
    """Security 1.4: an importer or an attacker sends thousands of posts of one second; each costs a few statements."""

    def store_all(tx: Tx, author: int) -> tuple[int, list[int]]:
        counting = Counting(tx)
        numbers = []
        for index in range(POSTS):
            # 1024 numbers are all that a worker has for one millisecond.
            post = a_post(first_of(MOMENT) + index % 1024, author, f"https://peer.example/notes/{index}")
            stored = store.insert_post(counting, post, b"{}", NOW)  # type: ignore[arg-type]
            assert stored is not None
            numbers.append(stored.id)
        return counting.statements, numbers

    async with a_node(database_url) as node:
        author = await an_actor(node)
        statements, numbers = await node.db.write(store_all, author.id)

    assert len(set(numbers)) == POSTS
    assert statements < 6 * POSTS
    assert all(MOMENT - 60_000 < milliseconds_of(number) <= MOMENT for number in numbers)


async def test_a_post_that_is_here_is_not_stored_under_another_number(database_url: str) -> None:
    """Design 6, *Uniqueness*: object id."""
    async with a_node(database_url) as node:
        author = await an_actor(node)
        first = a_post(first_of(MOMENT), author.id, "https://peer.example/notes/1")

        assert await node.db.write(store.insert_post, first, b"{}", NOW) == first
        assert await node.db.write(store.insert_post, first, b"{}", NOW) is None


async def test_thousands_of_boosts_with_one_date_are_stored_like_any(database_url: str) -> None:
    """Security 1.4: `published` of an Announce is the sender's word too."""

    def boost_all(tx: Tx, author: int) -> tuple[int, list[int]]:
        counting = Counting(tx)
        numbers = []
        for index in range(BOOSTS):
            post = store.insert_post(tx, a_post(index + 1, author, f"https://peer.example/notes/{index}"), b"{}", NOW)
            assert post is not None
            row = ReactionRow(first_of(MOMENT), BOOST, author, post.id, "", "public", None, None, MOMENT)
            stored = reactions.add(counting, row)  # type: ignore[arg-type]
            assert stored is not None
            numbers.append(stored.id)
        return counting.statements, numbers

    async with a_node(database_url) as node:
        author = await an_actor(node)
        statements, numbers = await node.db.write(boost_all, author.id)

    assert len(set(numbers)) == BOOSTS
    assert statements < 6 * BOOSTS
    assert all(MOMENT - 60_000 < milliseconds_of(number) <= MOMENT for number in numbers)
