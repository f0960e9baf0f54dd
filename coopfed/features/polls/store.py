"""Rows of votes. Counts change only when a row does. Units of work; who counts holds the poll (`posts.polls.held`) before."""

from collections.abc import Sequence

from sqlalchemy import BindParameter, bindparam, delete, select, update
from sqlalchemy.dialects.postgresql import insert

from coopfed.db.tx import Tx
from coopfed.features.posts.polls import PollRow, option, poll, vote

_ids: BindParameter[int] = bindparam("ids", expanding=True)
_CHOSEN = (
    select(vote.c.object_id, vote.c.position)
    .where(vote.c.actor_id == bindparam("voter"), vote.c.object_id.in_(_ids))
    .order_by(vote.c.object_id, vote.c.position)
)
_INSERT = insert(vote).on_conflict_do_nothing()
_COUNT = (
    update(option)
    .where(option.c.object_id == bindparam("post"), option.c.position == bindparam("place"))
    .values(votes_count=option.c.votes_count + bindparam("step"))
)
_COUNT_VOTER = (
    update(poll)
    .where(poll.c.object_id == bindparam("post"), poll.c.voters_count.is_not(None))
    .values(voters_count=poll.c.voters_count + bindparam("step"))
)
_SOME_OF = select(vote.c.object_id).where(vote.c.actor_id == bindparam("voter")).distinct().limit(bindparam("count"))
_FORGET = delete(vote).where(vote.c.object_id == bindparam("post"), vote.c.actor_id == bindparam("voter"))


def chosen(tx: Tx, ids: Sequence[int], actor_id: int) -> dict[int, list[int]]:
    """What an actor chose in the polls of these posts, as far as it voted. For nobody but that actor."""
    found: dict[int, list[int]] = {}
    for row in tx.execute(_CHOSEN, {"ids": ids, "voter": actor_id}) if ids and actor_id else ():
        found.setdefault(row.object_id, []).append(row.position)
    return found


def cast(
    tx: Tx, held: PollRow, actor_id: int, before: Sequence[int], asked: Sequence[int], account_id: int | None, now: int
) -> None:
    """Stores and counts these choices, which the actor did not make `before`."""
    rows = {"object_id": held.object_id, "actor_id": actor_id, "account_id": account_id, "created_at": now}
    for place in asked:
        tx.execute(_INSERT, {**rows, "position": place})
        tx.execute(_COUNT, {"post": held.object_id, "place": place, "step": 1})
    if asked and not before:
        tx.execute(_COUNT_VOTER, {"post": held.object_id, "step": 1})


def take_back(tx: Tx, held: PollRow, actor_id: int, *, uncount: bool) -> None:
    """Forgets what an actor chose, and with `uncount` takes it off the counts. A poll that is over keeps its result."""
    places = chosen(tx, [held.object_id], actor_id).get(held.object_id, [])
    tx.execute(_FORGET, {"post": held.object_id, "voter": actor_id})
    if not uncount or not places or held.closed_at is not None:
        return
    for place in places:
        tx.execute(_COUNT, {"post": held.object_id, "place": place, "step": -1})
    tx.execute(_COUNT_VOTER, {"post": held.object_id, "step": -1})


def some_of(tx: Tx, actor_id: int, count: int) -> list[int]:
    """Numbers of some posts in whose polls the actor voted."""
    return list(tx.execute(_SOME_OF, {"voter": actor_id, "count": count}).scalars())
