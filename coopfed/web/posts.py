"""`/@handle/<id>` and `/tags/<tag>`: one post with what was answered, and the public posts with a hashtag."""

from collections.abc import Sequence
from dataclasses import dataclass

from quart import Blueprint, Response, request

from actors.visibility import NOBODY
from coopfed.db.tx import Tx
from coopfed.errors import Gone, NotFound
from coopfed.features.posts import store, visible
from coopfed.features.posts.backfill import look_for_rest
from coopfed.node import Node
from coopfed.text.render import find_hashtags, hashtag_name
from coopfed.vocab.values import language_tag
from coopfed.web.asking import PAGE, cursor, machine_asks, number
from coopfed.web.names import authors_of, named
from coopfed.web.page import About, elsewhere, page
from coopfed.web.profiles import present
from coopfed.web.reader import reading
from coopfed.web.shown import Shown, shown


@dataclass(frozen=True, slots=True)
class Thread:
    """A post with a page of the answers to it; `more` is the cursor of the next page, None on the last."""

    post: Shown
    replies: list[Shown]
    more: int | None


@dataclass(frozen=True, slots=True)
class Tagged:
    """A page of the posts with a hashtag; `older` is the cursor of the next one."""

    posts: list[Shown]
    older: int | None


def register(pages: Blueprint, node: Node) -> None:
    """Adds the routes."""

    @pages.get("/@<handle>/<id>")
    async def post(handle: str, id: str) -> Response:
        wanted = number(id)
        if machine_asks():
            # Without a look: the object's own door decides who may see it, and this answer tells nobody that it exists.
            return elsewhere(node.urls.object(wanted))
        found = await node.db.read(thread_of, handle.lower(), wanted, cursor("after"), reading())
        await look_for_rest(node, wanted)
        about = About(
            title=f"{found.post.author.name}: {found.post.title}" if found.post.title else found.post.author.name,
            description=found.post.description,
            listed=found.post.post.visibility == "public" and found.post.author.discoverable,
            canonical=_address(node, found.post),
            activity=found.post.post.uri,
            languages=found.post.languages,
            plain=node.urls.post_page(found.post.author.handle, wanted),
        )
        who = await named(node, authors_of([found.post], found.replies))
        return page(node, "post.html", about, thread=found, named=who)

    @pages.get("/tags/<tag>")
    async def tag(tag: str) -> Response:
        name = hashtag_name(tag)
        if [found.name for found in find_hashtags(f"#{name}")] != [name]:
            raise NotFound(f"{tag[:50]!r} is no hashtag")
        found = await node.db.read(tagged, name, cursor("before"), reading())
        about = About(f"#{name}", listed=False, canonical=node.urls.tag_page(name))
        who = await named(node, authors_of(found.posts))
        return page(node, "tag.html", about, name=name, found=found, named=who)


def _address(node: Node, post: Shown) -> str:
    """Where this page is found again: with the language, when that was chosen and the text is in it."""
    address = node.urls.post_page(post.author.handle, post.post.id)
    asked = language_tag(request.args.get("lang", ""))
    return f"{address}?lang={post.language}" if asked is not None and asked in post.languages else address


def thread_of(tx: Tx, handle: str, wanted: int, after: int | None, reads: Sequence[str] = ()) -> Thread:
    """A post of ours and the answers to it, as a stranger may see them, the oldest first, in the languages that the reader wants. A unit
    of work.

    NotFound when there is none that a stranger may see, Gone when there was one or its author is deleted.
    """
    author = present(tx, handle)
    post = store.by_id(tx, wanted)
    if post is None or post.actor_id != author.id:
        raise NotFound(f"@{handle} has no post {wanted}")
    if post.deleted_at is not None and post.visibility in ("public", "unlisted"):
        raise Gone(f"post {wanted} was deleted")
    if wanted not in visible.by_ids(tx, [wanted], NOBODY):
        raise NotFound(f"post {wanted} is not for strangers")
    found = visible.replies(tx, wanted, NOBODY, PAGE + 1, after or 0)
    first, *replies = shown(tx, [post, *found[:PAGE]], reads)
    return Thread(first, replies, found[PAGE - 1].id if len(found) > PAGE else None)


def tagged(tx: Tx, name: str, before: int | None, reads: Sequence[str] = ()) -> Tagged:
    """The public posts with a hashtag, newest first. A unit of work."""
    found = visible.public_by_hashtag(tx, name, NOBODY, PAGE + 1, before)
    return Tagged(shown(tx, found[:PAGE], reads), found[PAGE - 1].id if len(found) > PAGE else None)
