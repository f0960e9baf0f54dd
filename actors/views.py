"""GET of our actors and their collections."""

from dataclasses import dataclass
from typing import Any

import orjson

from actors import collections, emojis, synchronisation
from actors.cooperative import Cooperative, cooperative_of
from actors.document import actor_document, tombstone_document, without_profile
from actors.emojis import EmojiRow
from actors.local import PublicKeyRow, moderators_only, public_keys
from actors.lookup import ActorRow, by_id, local_by_handle
from actors.profile import ProfileRow, profile_of
from actors.viewers import refuse_blocked_viewer, viewer_of
from coopfed import limits
from coopfed.db.tx import Tx
from coopfed.door import VARY, Response, Route, activity_response, prefers_page, query_of
from coopfed.errors import BadMessage, Gone, NotFound, Unauthenticated
from coopfed.ids import NODE_HANDLE
from coopfed.node import Node
from coopfed.signing.request import Request
from coopfed.vocab import build, contexts
from coopfed.vocab.memberships import members_collection

_PAGES = {
    "followers": collections.followers,
    "following": collections.following,
    "outbox": collections.outbox,
}


_OF_OTHERS = ("followers", "following")
"""What an actor may keep to itself but for the count."""


@dataclass(frozen=True, slots=True)
class _Ours:
    """An actor of ours with what its document shows besides."""

    row: ActorRow
    keys: list[PublicKeyRow]
    moderators_only: bool
    profile: ProfileRow
    cooperative: Cooperative
    emojis: list[EmojiRow]


def _local_with_keys(tx: Tx, number: int) -> _Ours | None:
    row = by_id(tx, number)
    if row is None or not row.local:
        return None
    used = emojis.used_in(tx, row.name, row.summary)
    closed = row.type == "Group" and moderators_only(tx, number)
    return _Ours(row, public_keys(tx, number), closed, profile_of(tx, number), cooperative_of(tx, number), used)


async def get_actor(node: Node, request: Request, client: str, number: str) -> Response:
    """The document of one of our actors; browsers are sent to its page. Served unsigned, so that keys can be checked; with
    AUTHORIZED_FETCH only as much of it as that needs. Source: s2s research 2.6."""
    whole = not node.config.authorized_fetch or request.header("signature") is not None
    cached = node.memory.documents.get(f"actor {number}") if not node.config.authorized_fetch else None
    if cached is not None and not prefers_page(request):
        return activity_response(cached, request)
    since = node.memory.documents.forgotten
    found = await node.db.read(_local_with_keys, int(number))
    if found is None:
        raise NotFound(f"no actor {number}")
    if node.config.authorized_fetch and whole and found.row.gone_at is None and not prefers_page(request):
        viewer = await viewer_of(node, request, client)
        await node.db.read(refuse_blocked_viewer, found.row.id, viewer.actor_id)
        return activity_response(_document(node, found), request, private=True)
    return _actor_response(node, request, found, whole=whole, since=since)


async def get_node_actor(node: Node, request: Request, _client: str) -> Response:
    """The node's own actor (Application), which signs our fetches. Always unsigned. Source: FEP-2677."""
    row = await node.db.read(local_by_handle, NODE_HANDLE)
    if row is None:
        raise NotFound("the node actor is not made yet")
    found = await node.db.read(_local_with_keys, row.id)
    assert found is not None
    return _actor_response(node, request, found)


def _actor_response(
    node: Node,
    request: Request,
    found: _Ours,
    *,
    whole: bool = True,
    since: int | None = None,
) -> Response:
    row = found.row
    if row.gone_at is not None:
        return activity_response(tombstone_document(row, found.keys), request, status=410)
    if prefers_page(request) and row.url:
        return Response(303, headers=(("Location", row.url), VARY))
    document = _document(node, found)
    body = orjson.dumps(document if whole else without_profile(document))
    if row.uri != node.urls.node_actor and whole:
        node.memory.documents.put(f"actor {row.id}", body, since)
    return activity_response(body, request)


def _document(node: Node, found: _Ours) -> dict[str, Any]:
    return actor_document(
        found.row,
        found.keys,
        node.urls,
        found.profile,
        found.emojis,
        moderators_only=found.moderators_only,
        cooperative=found.cooperative,
    )


async def get_emoji(node: Node, request: Request, _client: str, number: str) -> Response:
    """A custom emoji of ours. Whoever reads a post with one may keep it under its id. Source: toot:Emoji."""
    row = await node.db.read(emojis.by_id, int(number))
    if row is None:
        raise NotFound(f"no emoji {number}")
    return activity_response({"@context": list(contexts.NOTE), **emojis.tags([row], node.urls)[0]}, request)


async def get_moderators(node: Node, request: Request, client: str, number: str) -> Response:
    """Who looks after a group of ours, whole: Lemmy reads no pages of it. NotFound for other actors. Source: FEP-1b12."""
    row = await _present(node, number)
    if row.type != "Group":
        raise NotFound(f"actor {number} is no group")
    viewer = await viewer_of(node, request, client)
    await node.db.read(refuse_blocked_viewer, row.id, viewer.actor_id)
    items = await node.db.read(collections.moderators, row.id)
    head = build.ordered_collection(f"{row.uri}/moderators", len(items), items=items, attributed_to=row.uri)
    return activity_response(head, request, private=viewer.signed)


async def get_collection(node: Node, request: Request, client: str, number: str, name: str) -> Response:
    """A collection of one of our actors: the head with its count, or with `?before=` (or `?page`) a page of it."""
    row = await _present(node, number)
    viewer = await viewer_of(node, request, client)
    await node.db.read(refuse_blocked_viewer, row.id, viewer.actor_id)
    return activity_response(await _collection(node, request, row, name), request, private=viewer.signed)


async def _present(node: Node, number: str) -> ActorRow:
    row = await node.db.read(by_id, int(number))
    if row is None or not row.local:
        raise NotFound(f"no actor {number}")
    if row.gone_at is not None or row.suspended:
        raise Gone(f"actor {number} is deleted or suspended")
    return row


async def get_memberships(node: Node, request: Request, client: str, number: str, name: str) -> Response:
    """Whom an organisation of ours lists as its members, with its own id beside it; or what it attests of its own memberships. NotFound
    for other actors. Source: domain research 9.1; FEP-5711."""
    row = await _present(node, number)
    if row.type != "Organization":
        raise NotFound(f"actor {number} is no organisation")
    viewer = await viewer_of(node, request, client)
    await node.db.read(refuse_blocked_viewer, row.id, viewer.actor_id)
    url = f"{row.uri}/{name}"
    if name == "memberships":
        items = await node.db.read(collections.memberships, row.id)
        found = build.ordered_collection(url, len(items), items=items, attributed_to=row.uri)
    elif query_of(request).keys() & {"page", "before"}:
        before = _cursor(query_of(request))
        page = await node.db.read(collections.members, row.id, before)
        here = f"{url}?before={before}" if before else f"{url}?page=true"
        found = build.collection_page(here, url, page.items, next=f"{url}?before={page.next}" if page.next else None)
    else:
        total = await node.db.read(collections.members_total, row.id)
        found = members_collection(row.uri, total, first=f"{url}?page=true" if total else None)
    return activity_response(found, request, private=viewer.signed)


async def get_followers_synchronization(node: Node, request: Request, client: str, number: str) -> Response:
    """Those followers of one of our actors who live at the host whose actor signed the request, for nobody else. NotFound where
    nothing can be said of them. Source: FEP-8fcf *Partial follower collection*."""
    row = await _present(node, number)
    viewer = await viewer_of(node, request, client)
    if viewer.host is None:
        raise Unauthenticated("a list of followers is for their own host", reason="signature_required")
    await node.db.read(refuse_blocked_viewer, row.id, viewer.actor_id)
    followers = await node.db.read(synchronisation.followers_at, row.id, viewer.host)
    if followers is None:
        raise NotFound(f"the followers of actor {number} at {viewer.host} cannot be told apart")
    url = f"{row.uri}/{synchronisation.NAME}"
    return activity_response(build.ordered_collection(url, len(followers), items=followers), request, private=True)


async def get_node_collection(node: Node, request: Request, _client: str, name: str) -> Response:
    """The node actor says and follows nothing: its collections are empty, and are there since peers ask for them."""
    url = f"{node.urls.node_actor}/{name}"
    return activity_response(build.ordered_collection(url, 0, items=()), request)


async def _collection(node: Node, request: Request, row: ActorRow, name: str) -> dict[str, Any]:
    url = f"{row.uri}/{name}"
    if name == "featured":
        items = await node.db.read(collections.featured, row.id)
        return build.ordered_collection(url, len(items), items=items, attributed_to=row.uri)
    query = query_of(request)
    hidden = name in _OF_OTHERS and (await node.db.read(profile_of, row.id)).hide_collections
    if hidden or ("page" not in query and "before" not in query):
        total = await _total(node, row, name)
        if hidden:
            return build.ordered_collection(url, total, attributed_to=row.uri)
        return build.ordered_collection(url, total, first=f"{url}?page=true", attributed_to=row.uri)
    before = _cursor(query)
    page = await node.db.read(_PAGES[name], row.id, before)
    here = f"{url}?before={before}" if before else f"{url}?page=true"
    following_page = f"{url}?before={page.next}" if page.next else None
    return build.collection_page(here, url, page.items, next=following_page)


async def _total(node: Node, row: ActorRow, name: str) -> int:
    if name == "outbox":
        return await node.db.read(collections.outbox_total, row.id)
    return row.followers_count if name == "followers" else row.following_count


def _cursor(query: dict[str, str]) -> int | None:
    value = query.get("before", "")
    if value and not (value.isascii() and value.isdigit() and len(value) < 20 and int(value) <= limits.NUMBER_MAX):
        raise BadMessage(f"before={value[:50]!r} is no cursor of ours")
    return int(value) if value else None


ROUTES = (
    Route("GET", "/ap/node", get_node_actor),
    Route("GET", "/ap/node/<name:outbox|followers|following>", get_node_collection),
    Route("GET", "/ap/emojis/<id>", get_emoji),
    Route("GET", "/ap/actors/<id>", get_actor),
    Route("GET", "/ap/actors/<id>/moderators", get_moderators),
    Route("GET", "/ap/actors/<id>/<name:outbox|followers|following|featured>", get_collection),
    Route("GET", "/ap/actors/<id>/<name:members|memberships>", get_memberships),
    Route("GET", "/ap/actors/<id>/followers_synchronization", get_followers_synchronization),
)
