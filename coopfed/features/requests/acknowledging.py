"""A short word of thanks to whoever replies to a request in public, by a program, where its owner wants that: once to each, to them alone.
Source: domain research 8.4."""

from sqlalchemy import bindparam, exists, literal_column, select

from actors.lookup import by_id
from actors.visibility import object_
from coopfed import limits
from coopfed.db import jobs
from coopfed.db.tx import Tx
from coopfed.errors import Conflict, InvalidInput
from coopfed.features.posts import store as posts
from coopfed.features.posts.defaults import acknowledges
from coopfed.features.posts.store import PostRow
from coopfed.features.requests import messages, notes, rules, store
from coopfed.features.requests.companion import unmarked
from coopfed.features.requests.store import RequestRow
from coopfed.net.windows import Allowance
from coopfed.node import Node, Stamp
from coopfed.text.i18n import mark as _
from coopfed.vocab.audience import OPEN

ACKNOWLEDGE = "acknowledge"

_ALLOWANCE = Allowance(limits.ACKNOWLEDGEMENTS, 3600)
_PEOPLE = ("Person", "Organization")
"""Whom programs thank: two programs would go on thanking each other."""
answered = object_.alias("thanked")
_SPOKE = select(
    exists(
        select(literal_column("1"))
        .select_from(object_)
        .join(answered, answered.c.id == object_.c.in_reply_to_id)
        .where(
            object_.c.actor_id == bindparam("owner"),
            answered.c.actor_id == bindparam("author"),
            answered.c.in_reply_to_id == bindparam("companion"),
        )
    )
)


def later(tx: Tx, post: PostRow, stamp: Stamp) -> None:
    """A post that came is thanked for by a job, when it is a public reply to a request whose owner wants it so. A unit of work."""
    if post.visibility in OPEN and post.in_reply_to is not None and _asked(tx, post) is not None:
        jobs.enqueue(tx, stamp.mint(None), ACKNOWLEDGE, str(post.id), stamp.now)


def _asked(tx: Tx, post: PostRow) -> RequestRow | None:
    """The request of ours that the post answers directly, as long as its owner wants replies to be thanked for."""
    row = store.of_companion(tx, post.in_reply_to) if post.in_reply_to is not None else None
    if row is None or not row.local or row.actor_id == post.actor_id or not acknowledges(tx, row.actor_id):
        return None
    return row


async def acknowledge(node: Node, key: str) -> None:
    """The job `acknowledge` (key: the number of a post): thanks its author, unless the owner wrote to them in this thread before. More
    than `limits.ACKNOWLEDGEMENTS` an hour are not thanked: a crowd that replies makes no crowd of letters."""
    row = await node.db.read(_due, int(key), node.clock.now())
    if row is None or node.take("acknowledgements of", _ALLOWANCE, str(row.actor_id)).refused:
        return
    await node.db.write(_thank, int(key), node.stamp())


def _due(tx: Tx, number: int, now: int) -> RequestRow | None:
    post = posts.by_id(tx, number)
    row = _asked(tx, post) if post is not None and post.deleted_at is None else None
    if post is None or row is None or row.at(now) not in rules.ANSWERABLE:
        return None
    author = by_id(tx, post.actor_id)
    asked = {"owner": row.actor_id, "author": post.actor_id, "companion": post.in_reply_to_id or 0}
    if author is None or author.type not in _PEOPLE or tx.execute(_SPOKE, asked).scalar_one():
        return None
    return row


def _thank(tx: Tx, number: int, stamp: Stamp) -> None:
    row, post = _due(tx, number, stamp.now), posts.by_id(tx, number)
    if row is None or post is None:
        return
    owner, author = by_id(tx, row.actor_id), by_id(tx, post.actor_id)
    assert owner is not None
    assert author is not None
    sentence = messages.texts_of(row).gettext(
        _("Thank you. People of ours read what you wrote about this; until then it is not an answer that binds anybody")
    )
    try:
        notes.write(tx, owner, author, f"{sentence}: {unmarked(row.title)}", row, stamp, parent=post)
    except (Conflict, InvalidInput):
        return
