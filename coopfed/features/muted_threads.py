"""Threads of which an actor of ours wants no notifications: each by its topmost post that is here. Units of work."""

from sqlalchemy import bindparam, delete, func, select
from sqlalchemy.dialects.postgresql import insert

from actors.visibility import object_
from coopfed.db.models import MutedThread
from coopfed.db.tx import Tx, table

muted_thread = table(MutedThread)
top = func.coalesce(object_.c.thread_id, object_.c.id)
_TOP = select(top).where(object_.c.id == bindparam("post"))
_ADD = insert(muted_thread).on_conflict_do_nothing()
_REMOVE = delete(muted_thread).where(
    muted_thread.c.actor_id == bindparam("who"), muted_thread.c.object_id == bindparam("top")
)


def mute(tx: Tx, actor_id: int, post_id: int) -> None:
    """Nothing of the thread in which the post stands is told any more."""
    tx.execute(_ADD, {"actor_id": actor_id, "object_id": _topmost(tx, post_id)})


def unmute(tx: Tx, actor_id: int, post_id: int) -> None:
    """The thread is told of again, also what came meanwhile."""
    tx.execute(_REMOVE, {"who": actor_id, "top": _topmost(tx, post_id)})


def _topmost(tx: Tx, post_id: int) -> int:
    return int(tx.execute(_TOP, {"post": post_id}).scalar_one())
