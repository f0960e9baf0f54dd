"""What stands at posts as yes or no: what the viewer did with them, whether their authors pinned them, what there is to ask for
besides. One statement for a page: on PostgreSQL each is a journey, and most pages have few marks. A unit of work."""

from collections import defaultdict
from dataclasses import dataclass

from sqlalchemy import BindParameter, and_, bindparam, case, literal_column, or_, select, union_all

from actors.visibility import object_
from coopfed.db.models import Featured
from coopfed.db.tx import Tx, table
from coopfed.features.bookmarks import bookmark
from coopfed.features.consent.quotes import quote
from coopfed.features.muted_threads import muted_thread, top
from coopfed.features.posts.details import attachment
from coopfed.features.previews.store import post_preview
from coopfed.features.reactions.store import is_boost, is_favour, reaction

featured = table(Featured)
_viewer: BindParameter[int] = bindparam("viewer")
_ids: BindParameter[int] = bindparam("ids", expanding=True)
_OWN_REACTIONS = select(
    case((is_boost, literal_column("'boosted'")), else_=literal_column("'favoured'")).label("kind"),
    reaction.c.object_id,
).where(reaction.c.actor_id == _viewer, reaction.c.object_id.in_(_ids), or_(is_favour, is_boost))
_BOOKMARKED = select(literal_column("'bookmarked'"), bookmark.c.object_id).where(
    bookmark.c.actor_id == _viewer, bookmark.c.object_id.in_(_ids)
)
_MUTED = (
    select(literal_column("'muted'"), object_.c.id)
    .join(muted_thread, muted_thread.c.object_id == top)
    .where(muted_thread.c.actor_id == _viewer, object_.c.id.in_(_ids))
)
_PINNED = (
    select(literal_column("'pinned'"), featured.c.object_id)
    .join(object_, and_(object_.c.id == featured.c.object_id, object_.c.actor_id == featured.c.actor_id))
    .where(featured.c.object_id.in_(_ids))
)
_QUOTING = select(literal_column("'quoting'"), quote.c.object_id).where(quote.c.object_id.in_(_ids))
_QUOTED = select(literal_column("'quoted'"), quote.c.quoted_id).where(quote.c.quoted_id.in_(_ids)).distinct()
_PREVIEWED = select(literal_column("'previewed'"), post_preview.c.object_id).where(post_preview.c.object_id.in_(_ids))
_WITH_FILES = select(literal_column("'with_files'"), attachment.c.object_id).where(
    attachment.c.object_id.in_(_ids), attachment.c.position == literal_column("0")
)
_MARKS = union_all(_OWN_REACTIONS, _BOOKMARKED, _MUTED, _PINNED, _QUOTING, _QUOTED, _PREVIEWED, _WITH_FILES)


@dataclass(frozen=True, slots=True)
class Marks:
    """Numbers of posts: those that the viewer likes (with an emoji counts too), boosted, bookmarked, or of whose threads it wants no
    notifications; those that their authors pinned (what a group features is not marked so); and of what most posts lack, those that
    quote one, are quoted (with consent or not), show the preview of a page, or have files, so that nobody asks for the others."""

    favoured: frozenset[int]
    boosted: frozenset[int]
    bookmarked: frozenset[int]
    muted: frozenset[int]
    pinned: frozenset[int]
    quoting: frozenset[int]
    quoted: frozenset[int]
    previewed: frozenset[int]
    with_files: frozenset[int]


NO_MARKS = Marks(*(frozenset[int]() for _field in Marks.__dataclass_fields__))


def marks(tx: Tx, viewer: int, posts: list[int]) -> Marks:
    """The marks at these posts; `viewer` is 0 for nobody."""
    found: dict[str, set[int]] = defaultdict(set)
    for kind, number in tx.execute(_MARKS, {"viewer": viewer, "ids": posts}) if posts else ():
        found[kind].add(number)
    return Marks(*(frozenset(found[kind]) for kind in Marks.__dataclass_fields__))
