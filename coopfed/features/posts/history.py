"""What a post said before it was edited. Units of work."""

from collections.abc import Sequence
from dataclasses import dataclass

import orjson
from sqlalchemy import bindparam, delete, select, update
from sqlalchemy.dialects.postgresql import insert

from actors.visibility import object_
from coopfed import limits
from coopfed.db.models import PollOption, Revision
from coopfed.db.tx import Tx, table
from coopfed.features.posts import index
from coopfed.features.posts.store import PostRow
from coopfed.features.streams import store as streams

revision, option = table(Revision), table(PollOption)
_KEEP = insert(revision).on_conflict_do_nothing()
_OLDEST_KEPT = (
    select(revision.c.written_at)
    .where(revision.c.object_id == bindparam("post"))
    .order_by(revision.c.written_at.desc())
    .offset(limits.REVISIONS - 1)
    .limit(1)
    .scalar_subquery()
)
_FORGET_OLDER = delete(revision).where(revision.c.object_id == bindparam("post"), revision.c.written_at < _OLDEST_KEPT)
_OF = (
    select(
        revision.c.written_at,
        revision.c.name,
        revision.c.summary,
        revision.c.content,
        revision.c.sensitive,
        revision.c.options,
    )
    .where(revision.c.object_id == bindparam("post"))
    .order_by(revision.c.written_at)
)
_ASKS = select(option.c.title).where(option.c.object_id == bindparam("post")).order_by(option.c.position)
_EDITED = ("type", "name", "content", "summary", "source", "language", "sensitive", "visibility", "policy_version")
_EDIT = (
    update(object_)
    .where(object_.c.id == bindparam("post"), object_.c.deleted_at.is_(None))
    .values(
        {name: bindparam(f"new_{name}") for name in _EDITED}
        | {"document": bindparam("new_document"), "updated_at": bindparam("edited")}
    )
)


@dataclass(frozen=True, slots=True)
class RevisionRow:
    """A text of a post: when it was written (milliseconds), title, warning, clean HTML, whether it was marked sensitive, and what its
    poll asked."""

    written_at: int
    name: str
    summary: str
    content: str
    sensitive: bool
    options: tuple[str, ...] = ()


def edit(
    tx: Tx,
    before: PostRow,
    after: PostRow,
    document: bytes,
    asked: Sequence[str] = (),
    asks: Sequence[str] = (),
) -> bool:
    """Replaces the text of a post and keeps what it said before. False when it was deleted meanwhile.

    `after.updated_at` is the moment of the edit; `asked` and `asks` are the options of its poll before and after. Where text and
    options stay (a file or count changed), no revision is kept.
    """
    assert after.updated_at is not None
    values = {f"new_{name}": getattr(after, name) for name in _EDITED}
    changed = {"post": before.id, "edited": after.updated_at, "new_document": document, **values}
    if tx.execute(_EDIT, changed).rowcount != 1:
        return False
    index.put(tx, after.id, after.name, after.summary, after.content)
    streams.edited(tx, after.id, after.actor_id)
    if _text(before) != _text(after) or tuple(asked) != tuple(asks):
        written = before.updated_at or before.published_at
        row = {"name": before.name, "summary": before.summary, "content": before.content, "sensitive": before.sensitive}
        options = orjson.dumps(asked).decode() if asked else None
        tx.execute(_KEEP, {"object_id": before.id, "written_at": written, "options": options, **row})
        tx.execute(_FORGET_OLDER, {"post": before.id})
    return True


def _text(post: PostRow) -> tuple[str, str, str, bool]:
    return post.name, post.summary, post.content, post.sensitive


def revisions(tx: Tx, post: PostRow) -> list[RevisionRow]:
    """Every text of a post, the oldest first, the present one last. Whether the reader may see it is asked before."""
    earlier = [
        RevisionRow(row[0], row[1], row[2], row[3], row[4], tuple(orjson.loads(row.options)) if row.options else ())
        for row in tx.execute(_OF, {"post": post.id})
    ]
    asks = tuple(tx.execute(_ASKS, {"post": post.id}).scalars())
    return [*earlier, RevisionRow(post.updated_at or post.published_at, *_text(post), asks)]
