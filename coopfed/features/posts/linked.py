"""Which page a post shows a preview of, and who has it fetched. Units of work.

As on Mastodon: the first link of the text to a page elsewhere; none beside files or links that the author attached, and none of a
post or profile that is known here. Of a peer's post nobody here reads the page is not fetched: this node is no crawler.
"""

from collections.abc import Collection, Sequence

from coopfed.db.tx import Tx
from coopfed.features.posts import store
from coopfed.features.posts.store import PostRow
from coopfed.features.previews import rules
from coopfed.features.previews import store as previews
from coopfed.node import Stamp
from coopfed.vocab.records import AttachmentRecord


def show_preview(
    tx: Tx, post: PostRow, files: Sequence[AttachmentRecord], named: Collection[str], stamp: Stamp
) -> None:
    """The post, which was written or edited just now, shows the page that it links to. `named` are the addresses of those it mentions
    and of what it quotes. Its earlier preview was forgotten with its mentions and files."""
    if not stamp.previews or files or "<a " not in post.content:
        return
    passed_over = {*named, post.uri, post.url or post.uri}
    found = rules.targets(post.content, passed_over, stamp.urls)
    number = previews.show(tx, post.id, found, stamp) if found else None
    # What waits for consent is read by nobody yet.
    if number is not None and (post.local or not post.consent) and _is_read(tx, post):
        previews.ask(tx, number, post.actor_id, stamp, spread=not post.local)


def ask_for_preview(tx: Tx, post: PostRow, stamp: Stamp, *, booster_id: int | None = None) -> None:
    """The page that a stored post shows is fetched, when it was not lately and somebody here may read the post: who follows its author
    or is mentioned; with a booster those who follow that one, which the caller knows."""
    number = previews.unasked(tx, post.id, stamp) if stamp.previews else None
    if number is not None and (booster_id is not None or _is_read(tx, post)):
        previews.ask(tx, number, booster_id or post.actor_id, stamp, spread=not post.local)


def _is_read(tx: Tx, post: PostRow) -> bool:
    return post.local or store.reader_here(tx, post.id, post.actor_id) is not None
