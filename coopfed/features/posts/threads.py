"""To which thread a post belongs: the context that it names, and the posts around it. Units of work."""

from sqlalchemy import and_, bindparam, case, literal_column, or_, select

from actors.visibility import commended, not_taken_out, object_, unmuted
from coopfed import limits
from coopfed.db.tx import Tx
from coopfed.features.posts import store
from coopfed.features.posts.store import PostRow
from coopfed.ids import Urls

_OF_THREAD = (
    select(
        object_.c.id,
        object_.c.in_reply_to_id,
        case(
            (and_(unmuted(object_.c.actor_id), commended(object_.c.actor_id), not_taken_out()), True),
            else_=literal_column("false"),
        ).label("wanted"),
    )
    .where(or_(object_.c.id == bindparam("root"), object_.c.thread_id == bindparam("root")))
    .order_by(object_.c.id)
    .limit(limits.THREAD_SHOWN)
)


def context_for(tx: Tx, uri: str, parent: PostRow | None) -> str | None:
    """What a post of ours with this id names as its context: its own thread when it begins one; ours in a thread of ours; else the
    name that came with what it answers. Source: FEP-7888."""
    if parent is None:
        return f"{uri}/context"
    root = beginning(tx, parent)
    if root.local:
        return root.context
    return parent.context or root.context


def beginning(tx: Tx, post: PostRow) -> PostRow:
    """The topmost post of the thread that is here; the post itself when there is none above it."""
    return (store.by_id(tx, post.thread_id) if post.thread_id is not None else None) or post


def joins_ours(tx: Tx, context: str | None, parent: PostRow | None, urls: Urls) -> bool:
    """Whether a remote post belongs to the thread of ours that it names: it must answer a post there. Source: s2s research 2.15."""
    named = urls.context_number(context) if context is not None else None
    return named is not None and parent is not None and (parent.thread_id or parent.id) == named


def around(tx: Tx, post: PostRow, viewer: int) -> tuple[list[int], list[int]]:
    """The numbers of what stands above a post, the oldest first, and below it, each answer before what answers the next one. Those
    whom the viewer muted, and what a group took out, are left out; whether the others may be seen is asked after."""
    rows = tx.execute(_OF_THREAD, {"root": post.thread_id or post.id, "viewer": viewer}).all()
    parents = {row.id: row.in_reply_to_id for row in rows}
    unwanted = {row.id for row in rows if not row.wanted}
    answers: dict[int, list[int]] = {}
    for id, parent in parents.items():
        if parent is not None:
            answers.setdefault(parent, []).append(id)
    above: list[int] = []
    here = parents.get(post.id)
    while here is not None and here not in above:
        above.append(here)
        here = parents.get(here)
    below: list[int] = []
    waiting = answers.get(post.id, [])[::-1]
    seen = {post.id}
    while waiting:
        id = waiting.pop()
        if id not in seen:
            seen.add(id)
            below.append(id)
            waiting.extend(answers.get(id, [])[::-1])
    return [id for id in reversed(above) if id not in unwanted], [id for id in below if id not in unwanted]
