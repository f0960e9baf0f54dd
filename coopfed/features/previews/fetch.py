"""The job that asks a page what it says of itself: once, by nobody in particular, and in the page's own time.

One GET without signature, cookie, referrer or anything of the post. What comes back is read as text and never shown as HTML; its
picture is not fetched.
"""

import asyncio
import random
from urllib.parse import urljoin

from coopfed import limits
from coopfed.clock import DAY_MS
from coopfed.db.models.previews import FAILED, FOUND, NOTHING
from coopfed.errors import BadMessage, FetchError, PeerBlocked, Unavailable
from coopfed.features.previews import store
from coopfed.features.previews.store import Said
from coopfed.net.fetch import Budget, FetchedPage, fetch_page
from coopfed.node import Node
from coopfed.observe.logs import logger
from coopfed.text.pages import decoded, read_page
from coopfed.vocab.origin import authority, normalise_id
from coopfed.vocab.values import language_tag

_WAIT_SECONDS = (10, 60)
"""How long whose turn has not come waits, at least and at most: not all of them come back at one moment."""
_NOT_THERE = frozenset({"content_type", "remote_gone"})

log = logger("previews")


async def fetch_preview(node: Node, key: str) -> None:
    """The job `fetch_preview` (key: a preview's number). Unavailable while it is not the page's turn: its host is asked slowly, and few
    pages at once. A page that cannot be had is not tried again before somebody links to it on another day."""
    number = int(key)
    page = await node.db.read(store.asked, number)
    if page is None or not node.config.link_previews:
        await node.db.write(store.give_back, number)
        return
    now = node.clock.now()
    if page.asked_at < now - node.clock.span(limits.PREVIEW_WAIT_SECONDS):
        await node.db.write(store.miss, number, now)
        return
    if node.page_places.locked() or not node.page_fetches.allows(authority(page.url), now):
        raise Unavailable("other pages come first", retry_after=random.randint(*_WAIT_SECONDS))
    async with node.page_places:
        said = await _said(node, page.url)
    if said is None:
        await node.db.write(store.miss, number, node.clock.now())
    else:
        await node.db.write(store.settle, number, said, node.clock.now())


async def _said(node: Node, url: str) -> Said | None:
    """What the page says; None when it does not answer now."""
    try:
        async with asyncio.timeout(limits.PAGE_SECONDS):
            page = await fetch_page(node.http, url, budget=Budget(limits.FETCH_REDIRECTS + 1))
    except TimeoutError:
        return None
    except PeerBlocked:
        return Said(FAILED)
    except FetchError as error:
        log.debug("page_not_had", reason=error.reason)
        if error.temporary:
            return None
        return Said(NOTHING if error.reason in _NOT_THERE else FAILED)
    return said_by(page, node.clock.now())


def said_by(page: FetchedPage, now: int) -> Said:
    """What a page says of itself. Pure."""
    face = read_page(decoded(page.body, page.content_type))
    if not face.title:
        return Said(NOTHING)
    published = int(face.published.timestamp() * 1000) if face.published is not None else None
    return Said(
        FOUND,
        title=face.title,
        description=face.description,
        provider=face.provider,
        author=face.author,
        author_url=_address(page.url, face.author_url) or "",
        language=language_tag(face.language.replace("_", "-")),
        published_at=published if published is not None and 0 <= published <= now + DAY_MS else None,
        image_url=_address(page.url, face.image),
        image_width=face.image_width,
        image_height=face.image_height,
        image_description=face.image_description,
    )


def _address(base: str, written: str) -> str | None:
    """The whole address of what a page names; None when it is no web address."""
    try:
        return normalise_id(urljoin(base, written)) if written else None
    except (ValueError, BadMessage):
        return None
