"""What readers ask about reactions: who liked or boosted a post, and a boost by its number. Units of work."""

from sqlalchemy import and_, bindparam, exists, func, literal_column, or_, select

from actors.lookup import actor
from actors.visibility import block, follow, object_, peer, visible
from coopfed import limits
from coopfed.db.clauses import lacks
from coopfed.db.tx import Tx
from coopfed.features.reactions.store import COLUMNS, ReactionRow, is_boost, is_favour, reaction

_booster = actor.alias("booster")
_welcome = and_(
    lacks(
        exists(
            select(literal_column("1")).where(
                or_(
                    and_(block.c.actor_id == bindparam("viewer"), block.c.target_id == reaction.c.actor_id),
                    and_(block.c.actor_id == reaction.c.actor_id, block.c.target_id == bindparam("viewer")),
                )
            )
        )
    ),
    lacks(
        exists(
            select(literal_column("1"))
            .select_from(_booster)
            .join(peer, or_(peer.c.id == _booster.c.host_id, peer.c.id == _booster.c.peer_id))
            .where(_booster.c.id == reaction.c.actor_id, peer.c.blocked)
        )
    ),
)
"""Neither blocks the other, and the reactor's host is not blocked here."""
_granted = or_(~reaction.c.pending, reaction.c.actor_id == bindparam("viewer"))
_meant_for_viewer = or_(
    reaction.c.actor_id == bindparam("viewer"),
    reaction.c.visibility.in_([literal_column("'public'"), literal_column("'unlisted'")]),
    and_(
        reaction.c.visibility == literal_column("'followers'"),
        exists(
            select(literal_column("1")).where(
                follow.c.follower_id == bindparam("viewer"),
                follow.c.followed_id == reaction.c.actor_id,
                follow.c.state == literal_column("'accepted'"),
            )
        ),
    ),
)
_newest = func.max(reaction.c.id)
_FAVOURED_BY = (
    select(_newest, reaction.c.actor_id)
    .where(reaction.c.object_id == bindparam("post"), is_favour, _welcome, _granted)
    .group_by(reaction.c.actor_id)
    .having(and_(_newest < bindparam("below"), _newest > bindparam("above")))
    .order_by(_newest.desc())
    .limit(bindparam("count"))
)
_FAVOURED = (
    select(_newest, reaction.c.object_id)
    .join(object_, object_.c.id == reaction.c.object_id)
    .where(reaction.c.actor_id == bindparam("viewer"), is_favour, visible())
    .group_by(reaction.c.object_id)
    .having(and_(_newest < bindparam("below"), _newest > bindparam("above")))
    .order_by(_newest.desc())
    .limit(bindparam("count"))
)
_BOOSTED_BY = (
    select(reaction.c.id, reaction.c.actor_id)
    .where(
        reaction.c.object_id == bindparam("post"),
        is_boost,
        _welcome,
        _granted,
        _meant_for_viewer,
        reaction.c.id < bindparam("below"),
        reaction.c.id > bindparam("above"),
    )
    .order_by(reaction.c.id.desc())
    .limit(bindparam("count"))
)
_BOOSTS = select(*COLUMNS).where(
    reaction.c.id.in_(bindparam("boosts", expanding=True)), is_boost, _welcome, _granted, _meant_for_viewer
)


def favoured_by(tx: Tx, post_id: int, viewer: int, count: int, below: int | None, above: int) -> list[tuple[int, int]]:
    """Who likes a post, each once, the newest first: (cursor, actor's number), with cursors below `below` and above `above`."""
    stretch = {"below": below or limits.NUMBER_MAX, "above": above, "count": count}
    return [(row[0], row[1]) for row in tx.execute(_FAVOURED_BY, {"post": post_id, "viewer": viewer, **stretch})]


def favoured(tx: Tx, viewer: int, count: int, below: int | None, above: int) -> list[tuple[int, int]]:
    """The posts that the viewer likes and may still see, the last liked first: (cursor, post), with cursors as in `favoured_by`."""
    stretch = {"below": below or limits.NUMBER_MAX, "above": above, "count": count}
    return [(row[0], row[1]) for row in tx.execute(_FAVOURED, {"viewer": viewer, **stretch})]


def boosted_by(tx: Tx, post_id: int, viewer: int, count: int, below: int | None, above: int) -> list[tuple[int, int]]:
    """Who boosted a post, as far as the viewer may know; as `favoured_by`."""
    stretch = {"below": below or limits.NUMBER_MAX, "above": above, "count": count}
    return [(row[0], row[1]) for row in tx.execute(_BOOSTED_BY, {"post": post_id, "viewer": viewer, **stretch})]


def boosts(tx: Tx, numbers: list[int], viewer: int) -> dict[int, ReactionRow]:
    """Those of the boosts with these numbers that the viewer may know of. Whether they may see the posts is asked elsewhere."""
    found = tx.execute(_BOOSTS, {"boosts": numbers, "viewer": viewer}) if numbers else ()
    return {row.id: ReactionRow(*row) for row in found}
