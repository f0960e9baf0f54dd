"""Where actors went, and what they call their own. Units of work."""

from sqlalchemy import bindparam, or_, select, update

from actors.lookup import actor
from coopfed.db.models import Follow
from coopfed.db.tx import Tx, table

follow = table(Follow)
_MOVED = (
    update(actor)
    .where(
        actor.c.id == bindparam("who"),
        or_(actor.c.moved_at.is_(None), actor.c.moved_at <= bindparam("not_since")),
    )
    .values(moved_to=bindparam("target"), moved_at=bindparam("now"), updated_at=bindparam("now"))
)
_BACK = update(actor).where(actor.c.id == bindparam("who")).values(moved_to=None, updated_at=bindparam("now"))
_ALIASES = (
    update(actor)
    .where(actor.c.id == bindparam("who"))
    .values(aliases=bindparam("own_ids"), updated_at=bindparam("now"))
)
_FOLLOWERS_HERE = (
    select(follow.c.follower_id)
    .join(actor, actor.c.id == follow.c.follower_id)
    .where(follow.c.followed_id == bindparam("followed"), actor.c.local)
    .order_by(follow.c.follower_id)
    .limit(bindparam("count"))
)


def moved(tx: Tx, actor_id: int, target_uri: str, now: int, not_since: int) -> bool:
    """The actor moved; False when it did so after `not_since` already."""
    parameters = {"who": actor_id, "target": target_uri, "now": now, "not_since": not_since}
    return bool(tx.execute(_MOVED, parameters).rowcount)


def come_back(tx: Tx, actor_id: int, now: int) -> None:
    """The actor is at home here again. When it moved stays known: it does not move again at once."""
    tx.execute(_BACK, {"who": actor_id, "now": now})


def call_own(tx: Tx, actor_id: int, aliases: tuple[str, ...], now: int) -> None:
    """These ids are what the actor calls its own."""
    tx.execute(_ALIASES, {"who": actor_id, "own_ids": "\n".join(aliases), "now": now})


def followers_here(tx: Tx, actor_id: int, count: int) -> list[int]:
    """Numbers of some actors of ours that follow this one, or asked to."""
    return list(tx.execute(_FOLLOWERS_HERE, {"followed": actor_id, "count": count}).scalars())
