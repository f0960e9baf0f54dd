"""GET of what gathers around an object of ours: its answers and its thread in pages, and how many like or boost it.

Who may not see the object finds nothing here either; an answer is listed when the viewer may see it, and no group took it out.
Source: ActivityPub 5.7, 5.8; ActivityStreams *replies*.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, bindparam, func, select

from actors.lookup import actor
from actors.viewers import Viewer, viewer_of
from actors.visibility import not_taken_out, object_, visible
from coopfed import limits
from coopfed.db.tx import Tx
from coopfed.door import Response, Route, activity_response, query_of
from coopfed.errors import BadMessage, Gone, NotFound
from coopfed.node import Node
from coopfed.signing.request import Request
from coopfed.vocab import build
from outbox.objects import ObjectRow, readable

_SELF, _OTHERS = "self", "others"


def _answers(by_author: ColumnElement[bool]) -> Select[Any]:
    return (
        select(object_.c.id, object_.c.uri)
        .where(
            object_.c.in_reply_to_id == bindparam("post"),
            object_.c.id > bindparam("after"),
            by_author,
            visible(),
            not_taken_out(),
        )
        .order_by(object_.c.id)
        .limit(limits.PAGE_ITEMS + 1)
    )


_PAGES = {
    _SELF: _answers(object_.c.actor_id == bindparam("author")),
    _OTHERS: _answers(object_.c.actor_id != bindparam("author")),
}
_TOTAL = select(func.count()).where(object_.c.in_reply_to_id == bindparam("post"), visible(), not_taken_out())
_THREAD = (
    select(object_.c.id, object_.c.uri)
    .where(object_.c.thread_id == bindparam("post"), object_.c.id > bindparam("after"), visible(), not_taken_out())
    .order_by(object_.c.id)
    .limit(limits.PAGE_ITEMS + 1)
)
_THREAD_TOTAL = select(func.count()).where(object_.c.thread_id == bindparam("post"), visible(), not_taken_out())
_BEGINS = select(object_.c.uri, actor.c.uri.label("owner")).join(actor, actor.c.id == object_.c.actor_id)
_BEGINS = _BEGINS.where(object_.c.id == bindparam("post"), object_.c.in_reply_to.is_(None))
_COUNTS = select(object_.c.likes_count, object_.c.shares_count).where(object_.c.id == bindparam("post"))


@dataclass(frozen=True, slots=True)
class _Counts:
    likes: int
    shares: int


async def get_replies(node: Node, request: Request, client: str, number: str) -> Response:
    """The answers to an object: those of its author on the first page, as Mastodon reads threads; then everybody's."""
    viewer = await viewer_of(node, request, client)
    row = await _present(node, number, viewer)
    url = f"{node.urls.object(int(number))}/replies"
    query = query_of(request)
    private = viewer.signed or not row.open
    if "page" not in query:
        total = await node.db.read(_total, int(number), viewer.actor_id)
        head = build.collection(url, total, first=f"{url}?page={_SELF}")
        return activity_response(head, request, private=private)
    page, after = _asked(query)
    found = await node.db.read(_page, page, int(number), row.actor_id, viewer.actor_id, after)
    shown = found[: limits.PAGE_ITEMS]
    here = f"{url}?page={page}&after={after}" if after else f"{url}?page={page}"
    if len(found) > limits.PAGE_ITEMS:
        following: str | None = f"{url}?page={page}&after={shown[-1].id}"
    else:
        following = f"{url}?page={_OTHERS}" if page == _SELF else None
    items = [item.uri for item in shown]
    return activity_response(build.unordered_page(here, url, items, next=following), request, private=private)


async def _present(node: Node, number: str, viewer: Viewer) -> ObjectRow:
    row = await readable(node, number, viewer)
    if row.deleted_at is not None:
        raise Gone(f"object {number} was deleted")
    return row


def _asked(query: dict[str, str]) -> tuple[str, int]:
    page = _OTHERS if query["page"] == _OTHERS else _SELF
    return page, _cursor(query)


def _cursor(query: dict[str, str]) -> int:
    after = query.get("after", "0")
    if not (after.isascii() and after.isdigit() and len(after) < 20 and int(after) <= limits.NUMBER_MAX):
        raise BadMessage(f"after={after[:50]!r} is no cursor of ours")
    return int(after)


def _page(tx: Tx, page: str, post: int, author: int, viewer: int, after: int) -> Sequence[Row[Any]]:
    return tx.execute(_PAGES[page], {"post": post, "author": author, "viewer": viewer, "after": after}).all()


def _total(tx: Tx, post: int, viewer: int) -> int:
    return int(tx.execute(_TOTAL, {"post": post, "viewer": viewer}).scalar_one())


async def get_context(node: Node, request: Request, client: str, number: str) -> Response:
    """The thread that an object of ours begins: itself, then what stands below it by date, as far as the viewer may see it.

    NotFound for an answer: its thread is begun by another. Source: FEP-7888; FEP-f228.
    """
    viewer = await viewer_of(node, request, client)
    row = await _present(node, number, viewer)
    begins = await node.db.read(_beginning, int(number))
    if begins is None:
        raise NotFound(f"object {number} begins no thread")
    url, query, private = f"{begins.uri}/context", query_of(request), viewer.signed or not row.open
    if "page" not in query:
        total = 1 + await node.db.read(_thread_total, int(number), viewer.actor_id)
        head = build.ordered_collection(url, total, first=f"{url}?page=true", attributed_to=begins.owner)
        return activity_response(head, request, private=private)
    after = _cursor(query)
    found = await node.db.read(_thread, int(number), viewer.actor_id, after)
    shown = found[: limits.PAGE_ITEMS]
    here = f"{url}?page=true&after={after}" if after else f"{url}?page=true"
    following = f"{url}?page=true&after={shown[-1].id}" if len(found) > limits.PAGE_ITEMS else None
    # It comes first, also before an answer whose author's clock is wrong.
    items = [*([] if after else [begins.uri]), *(item.uri for item in shown)]
    return activity_response(build.collection_page(here, url, items, next=following), request, private=private)


def _beginning(tx: Tx, post: int) -> Row[Any] | None:
    return tx.execute(_BEGINS, {"post": post}).one_or_none()


def _thread(tx: Tx, post: int, viewer: int, after: int) -> Sequence[Row[Any]]:
    return tx.execute(_THREAD, {"post": post, "viewer": viewer, "after": after}).all()


def _thread_total(tx: Tx, post: int, viewer: int) -> int:
    return int(tx.execute(_THREAD_TOTAL, {"post": post, "viewer": viewer}).scalar_one())


async def get_count(node: Node, request: Request, client: str, number: str, name: str) -> Response:
    """How many like or boost an object. Who they are is nobody's business but its author's, whose app asks the client API."""
    viewer = await viewer_of(node, request, client)
    row = await _present(node, number, viewer)
    counts = await node.db.read(_counts, int(number))
    total = counts.likes if name == "likes" else counts.shares
    head = build.collection(f"{node.urls.object(int(number))}/{name}", total)
    return activity_response(head, request, private=viewer.signed or not row.open)


def _counts(tx: Tx, post: int) -> _Counts:
    return _Counts(*tx.execute(_COUNTS, {"post": post}).one())


ROUTES = (
    Route("GET", "/ap/objects/<id>/replies", get_replies),
    Route("GET", "/ap/objects/<id>/context", get_context),
    Route("GET", "/ap/objects/<id>/<name:likes|shares>", get_count),
)
