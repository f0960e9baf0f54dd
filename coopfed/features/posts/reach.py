"""Who has a post though it was not sent to them: they fetched it to answer, like, boost or quote it, or were asked to be quoted, and
must hear of its end. A unit of work.

Source: Mastodon's reach list, s2s research 2.10.
"""

from sqlalchemy import bindparam, exists, func, literal_column, select, union

from actors.lookup import actor
from actors.visibility import object_
from coopfed import limits
from coopfed.db.models import Block, PollVote, Quote, Reaction
from coopfed.db.tx import Tx, table
from coopfed.features.posts.store import PostRow
from coopfed.vocab.audience import OPEN

reaction, quote, vote, block = table(Reaction), table(Quote), table(PollVote), table(Block)
_theirs = (~actor.c.local, actor.c.gone_at.is_(None))
_REACHED = union(
    select(actor.c.uri)
    .select_from(reaction)
    .join(actor, actor.c.id == reaction.c.actor_id)
    .where(reaction.c.object_id == bindparam("post"), *_theirs),
    select(actor.c.uri)
    .select_from(object_)
    .join(actor, actor.c.id == object_.c.actor_id)
    .where(object_.c.in_reply_to_id == bindparam("post"), *_theirs),
    select(actor.c.uri)
    .select_from(quote)
    .join(object_, object_.c.id == quote.c.object_id)
    .join(actor, actor.c.id == object_.c.actor_id)
    .where(quote.c.quoted_id == bindparam("post"), *_theirs),
    select(actor.c.uri)
    .select_from(quote)
    .join(object_, object_.c.id == quote.c.quoted_id)
    .join(actor, actor.c.id == object_.c.actor_id)
    .where(quote.c.object_id == bindparam("post"), *_theirs),
).limit(literal_column(str(limits.RECIPIENTS)))

_VOTERS = (
    select(func.min(actor.c.uri))
    .select_from(vote)
    .join(actor, actor.c.id == vote.c.actor_id)
    .join(object_, object_.c.id == vote.c.object_id)
    .where(
        vote.c.object_id == bindparam("post"),
        *_theirs,
        ~exists(
            select(literal_column("1")).where(block.c.actor_id == object_.c.actor_id, block.c.target_id == actor.c.id)
        ),
    )
    .group_by(func.coalesce(actor.c.shared_inbox, actor.c.inbox))
    .limit(literal_column(str(limits.RECIPIENTS)))
)


def reached_by(tx: Tx, post: PostRow) -> list[str]:
    """Ids of the remote actors who answered, liked, boosted or quoted a post that everybody may see, or are quoted in it; nobody for
    others, whose readers are addressed anyway."""
    return list(tx.execute(_REACHED, {"post": post.id}).scalars()) if post.visibility in OPEN else []


def voters(tx: Tx, post: PostRow) -> list[str]:
    """Ids of remote actors who voted in the poll of a post that everybody may see, one for each inbox. Who voted is nobody's business:
    address them blindly (`bcc`)."""
    return list(tx.execute(_VOTERS, {"post": post.id}).scalars()) if post.visibility in OPEN else []
