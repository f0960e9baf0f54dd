"""What posts say about consent: whom their authors allow what, and which answers wait. Units of work.

Nothing here knows what a post is beyond its number and id.
"""

import hashlib

import orjson
from sqlalchemy import bindparam, exists, literal_column, select, update

from actors.lookup import actor
from actors.visibility import block, follow, object_
from coopfed.db import jobs
from coopfed.db.tx import Tx
from coopfed.node import Stamp

CHECK_ANSWER = "check_answer"
WAITING, REFUSED = "pending", "rejected"
"""What `object.consent` says of an answer to a post whose author has to agree; empty where nothing is waited for."""

_SET_POLICY = update(object_).where(object_.c.id == bindparam("post")).values(policy=bindparam("new_policy"))
_SET_CONSENT = (
    update(object_)
    .where(object_.c.id == bindparam("post"), object_.c.consent == bindparam("before"))
    .values(consent=bindparam("after"))
)
_WAITING_BELOW = select(object_.c.id).where(
    object_.c.in_reply_to_id == bindparam("post"), object_.c.consent == literal_column("'pending'"), ~object_.c.local
)
_ANSWERS = select(object_.c.id).where(object_.c.in_reply_to_id == bindparam("post"), ~object_.c.local)
_ACTOR_DOCUMENT = select(actor.c.document, actor.c.followers_uri).where(actor.c.id == bindparam("actor"))
_FOLLOWED_AMONG = select(follow.c.followed_id).where(
    follow.c.follower_id == bindparam("follower"),
    follow.c.followed_id.in_(bindparam("ids", expanding=True)),
    follow.c.state == literal_column("'accepted'"),
)
_BLOCKED_AMONG = select(block.c.target_id).where(
    block.c.actor_id == bindparam("blocker"), block.c.target_id.in_(bindparam("ids", expanding=True))
)
_FOLLOWS = select(
    exists(
        select(literal_column("1")).where(
            follow.c.follower_id == bindparam("follower"),
            follow.c.followed_id == bindparam("followed"),
            follow.c.state == literal_column("'accepted'"),
        )
    )
)


def set_policy(tx: Tx, post_id: int, policy: str | None) -> None:
    """The post's policy is now this canonical interactionPolicy (JSON)."""
    tx.execute(_SET_POLICY, {"post": post_id, "new_policy": policy})


def set_consent(tx: Tx, post_id: int, before: str, after: str) -> bool:
    """What an answer waits for. Whether it was still waiting for what the caller thought."""
    return bool(tx.execute(_SET_CONSENT, {"post": post_id, "before": before, "after": after}).rowcount == 1)


def waiting_below(tx: Tx, post_id: int) -> list[int]:
    """Numbers of the answers of others to this post that wait for consent."""
    return list(tx.execute(_WAITING_BELOW, {"post": post_id}).scalars())


def answers_to(tx: Tx, post_id: int) -> list[int]:
    """Numbers of the answers of others to this post."""
    return list(tx.execute(_ANSWERS, {"post": post_id}).scalars())


def follows(tx: Tx, follower_id: int, followed_id: int) -> bool:
    """Whether the first actor follows the second."""
    return bool(tx.execute(_FOLLOWS, {"follower": follower_id, "followed": followed_id}).scalar_one())


def followed_among(tx: Tx, follower_id: int, ids: list[int]) -> set[int]:
    """Those of the actors whom this one follows."""
    return set(tx.execute(_FOLLOWED_AMONG, {"follower": follower_id, "ids": ids}).scalars()) if ids else set()


def blocked_among(tx: Tx, blocker_id: int, ids: list[int]) -> set[int]:
    """Those of the actors whom this one blocks."""
    return set(tx.execute(_BLOCKED_AMONG, {"blocker": blocker_id, "ids": ids}).scalars()) if ids else set()


def collections_of(tx: Tx, actor_id: int) -> tuple[str | None, str | None]:
    """Ids of an actor's followers and of whom it follows."""
    row = tx.execute(_ACTOR_DOCUMENT, {"actor": actor_id}).one_or_none()
    if row is None:
        return None, None
    following = orjson.loads(row.document).get("following") if row.document else None
    return row.followers_uri, following if isinstance(following, str) else None


def check_answer_later(tx: Tx, post_id: int, news: str | None, stamp: Stamp) -> None:
    """A job looks into whether this answer has consent; `news`, part of its key too, is why: where consent is claimed to be, or that
    what it answers has it."""
    jobs.enqueue(tx, stamp.mint(None), CHECK_ANSWER, f"{post_id} {digest(news)}", stamp.now)


def digest(*claimed: str | None) -> str:
    """What stands in a job's key for what is claimed: one that is at work on an older claim must not swallow that of a newer one."""
    return hashlib.sha256("\n".join(map(str, claimed)).encode()).hexdigest()[:16]
