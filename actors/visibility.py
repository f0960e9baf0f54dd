"""Who may see a post: one definition, as a clause for every read path.

Public and unlisted posts: everybody, where neither blocks the other. Followers-only: the author, those mentioned, accepted
followers. Direct: the author and those mentioned. A deleted post, one from a blocked host, of an author who is gone or whom its own
host suspended: nobody. An answer to a post whose author has to agree first: its author and the answered one.

Whom the viewer muted, and who is of a host that the viewer shuts out, may be seen and is not shown unasked: that is a clause of its
own, for lists; and so is what a group's moderators took out, for threads. Whom the operators limited, or whose host, is shown to
followers, and to others only when they ask for that very actor or post: a third clause, for what is found without having been asked for.
"""

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Exists,
    FromClause,
    and_,
    bindparam,
    exists,
    literal_column,
    or_,
    select,
)

from coopfed.db.clauses import lacks
from coopfed.db.models import Actor, Block, Follow, GroupPost, HostBlock, Mention, Mute, Object, Peer
from coopfed.db.tx import table

NOBODY = 0
"""The viewer number of a stranger without a signature or token."""

object_, mention, follow, block, mute = table(Object), table(Mention), table(Follow), table(Block), table(Mute)
author, peer, group_post = table(Actor).alias("author"), table(Peer), table(GroupPost)
answered = object_.alias("answered")
host_block, stranger, strange_host = table(HostBlock), table(Actor).alias("stranger"), peer.alias("strange_host")
judged, judged_host, heeded = table(Actor).alias("judged"), peer.alias("judged_host"), follow.alias("heeded")
_viewer: BindParameter[int] = bindparam("viewer")


def visible() -> ColumnElement[bool]:
    """The clause on `object`; bind `viewer` to the number of the actor who looks, or NOBODY."""
    mentioned = exists(
        select(literal_column("1")).where(mention.c.object_id == object_.c.id, mention.c.actor_id == _viewer)
    )
    following = exists(
        select(literal_column("1")).where(
            follow.c.follower_id == _viewer,
            follow.c.followed_id == object_.c.actor_id,
            follow.c.state == literal_column("'accepted'"),
        )
    )
    author_is_out = exists(
        select(literal_column("1"))
        .select_from(author)
        .outerjoin(peer, and_(or_(peer.c.id == author.c.host_id, peer.c.id == author.c.peer_id), peer.c.blocked))
        .where(
            author.c.id == object_.c.actor_id,
            or_(author.c.suspended, author.c.gone_at.is_not(None), peer.c.id.is_not(None)),
        )
        # Without this PostgreSQL hashes all actors there are, for each page.
        .offset(literal_column("0"))
    )
    blocked = exists(
        select(literal_column("1")).where(block.c.actor_id == object_.c.actor_id, block.c.target_id == _viewer)
    )
    blocks = exists(
        select(literal_column("1")).where(block.c.actor_id == _viewer, block.c.target_id == object_.c.actor_id)
    )
    answered_by_viewer = exists(
        select(literal_column("1")).where(answered.c.id == object_.c.in_reply_to_id, answered.c.actor_id == _viewer)
    )
    return and_(
        object_.c.deleted_at.is_(None),
        lacks(author_is_out),
        or_(
            object_.c.actor_id == _viewer,
            and_(
                ~blocked,
                ~blocks,
                or_(object_.c.consent == literal_column("''"), answered_by_viewer),
                or_(
                    object_.c.visibility.in_([literal_column("'public'"), literal_column("'unlisted'")]),
                    mentioned,
                    and_(object_.c.visibility == literal_column("'followers'"), following),
                ),
            ),
        ),
    )


def unmuted(*people: ColumnElement[int]) -> ColumnElement[bool]:
    """The clause for lists: the viewer has muted none of these (columns of actors' numbers) and shuts out none of their hosts; bind
    `viewer`."""
    # Most viewers mute nobody: that is found out once for a statement, not for each row.
    mutes = exists(select(literal_column("1")).where(mute.c.actor_id == _viewer))
    muted = exists(select(literal_column("1")).where(mute.c.actor_id == _viewer, mute.c.target_id.in_(people)))
    shuts = exists(select(literal_column("1")).where(host_block.c.actor_id == _viewer))
    return and_(or_(lacks(mutes), lacks(muted)), or_(lacks(shuts), lacks(shut_out(_viewer, *people))))


def limited(person: ColumnElement[int]) -> Exists:
    """Whether the operators of this node limited an actor (a column of its number), or its host."""
    return exists(
        select(literal_column("1"))
        .select_from(judged)
        .outerjoin(
            judged_host,
            and_(
                or_(judged_host.c.id == judged.c.host_id, judged_host.c.id == judged.c.peer_id), judged_host.c.limited
            ),
        )
        .where(judged.c.id == person, or_(judged.c.limited, judged_host.c.id.is_not(None)))
    )


def present(who: FromClause) -> ColumnElement[bool]:
    """The clause for what is counted and ranked for everybody: nobody whom the operators, or its own host, keep away; `who` is the table
    of actors, or an alias of it."""
    blocked = exists(
        select(literal_column("1")).where(or_(peer.c.id == who.c.host_id, peer.c.id == who.c.peer_id), peer.c.blocked)
    )
    return and_(who.c.gone_at.is_(None), ~who.c.suspended, ~blocked, ~limited(who.c.id))


def commended(person: ColumnElement[int]) -> ColumnElement[bool]:
    """The clause for what is found unasked (public timelines, hashtags, threads, search, directory): the actor is not limited, or the
    viewer is or follows it; bind `viewer`. Source: Mastodon's *limit*; docs/moderation.md."""
    followed = exists(
        select(literal_column("1")).where(
            heeded.c.follower_id == _viewer,
            heeded.c.followed_id == person,
            heeded.c.state == literal_column("'accepted'"),
        )
    )
    return or_(~limited(person), person == _viewer, followed)


def parted(person: ColumnElement[int]) -> Exists:
    """That a block stands between somebody and the viewer, whoever of the two made it; bind `viewer`."""
    return exists(
        select(literal_column("1")).where(
            or_(
                and_(block.c.actor_id == _viewer, block.c.target_id == person),
                and_(block.c.actor_id == person, block.c.target_id == _viewer),
            )
        )
    )


def on_blocked_host(people: FromClause) -> Exists:
    """That an actor, of this table or alias of it, or its inbox, is of a host that is blocked here."""
    return exists(
        select(literal_column("1")).where(
            or_(peer.c.id == people.c.host_id, peer.c.id == people.c.peer_id), peer.c.blocked
        )
    )


def shut_out(whose: ColumnElement[int], *people: ColumnElement[int]) -> Exists:
    """Whether an actor shuts out the host of one of these: that of its id, which cannot be chosen, or of its handle."""
    return exists(
        select(literal_column("1"))
        .select_from(host_block)
        .join(stranger, and_(stranger.c.id.in_(people), ~stranger.c.local))
        .outerjoin(strange_host, strange_host.c.id == stranger.c.host_id)
        .where(host_block.c.actor_id == whose, host_block.c.host.in_([stranger.c.handle_host, strange_host.c.host]))
    )


def not_taken_out() -> ColumnElement[bool]:
    """The clause for threads: no group to which the thread was said has taken the `object` out of it. Asked for itself, and among
    what its author said, it is shown."""
    return lacks(exists(select(literal_column("1")).where(group_post.c.object_id == object_.c.id, group_post.c.hidden)))
