"""GET of our objects and activities: who may see them gets the stored bytes; what was deleted answers 410 with a Tombstone.

One definition of visibility (`actors.visibility`) decides. A signature is optional for what is public, unless AUTHORIZED_FETCH is
set; with one, a follower or a mentioned actor also gets what is meant for them (a body over 60 KiB travels as an id to be fetched).
"""

from collections.abc import Iterable
from dataclasses import dataclass

import orjson
from sqlalchemy import bindparam, case, exists, literal_column, select

from actors.viewers import Viewer, viewer_of
from actors.visibility import NOBODY, follow, object_, visible
from coopfed.clock import utc
from coopfed.db.models import Activity, Actor
from coopfed.db.tx import Tx, table
from coopfed.door import VARY, Response, Route, activity_response, prefers_page
from coopfed.errors import BadMessage, NotFound
from coopfed.node import Node
from coopfed.signing.request import Request
from coopfed.vocab import build
from coopfed.vocab.audience import OPEN, Visibility
from coopfed.vocab.origin import authority
from coopfed.vocab.terms import PUBLIC
from outbox import attestations, proposals, stamps

activity, asking = table(Activity), table(Actor)
_IS_READER = case((visible(), True), else_=False).label("visible")
_FOLLOWS = exists(
    select(literal_column("1")).where(
        follow.c.follower_id == bindparam("viewer"),
        follow.c.followed_id == object_.c.actor_id,
        follow.c.state == literal_column("'accepted'"),
    )
)
_OBJECT = select(
    object_.c.actor_id,
    object_.c.document,
    object_.c.type,
    object_.c.visibility,
    object_.c.deleted_at,
    object_.c.url,
    _IS_READER,
    case((_FOLLOWS, True), else_=False).label("follows"),
).where(object_.c.id == bindparam("id"), literal_column("object.local"))
_ACTIVITY = (
    select(
        activity.c.body,
        activity.c.public,
        object_.c.id.label("object_id"),
        _IS_READER,
        case((object_.c.actor_id == activity.c.actor_id, True), else_=False).label("authors_own"),
        select(asking.c.uri).where(asking.c.id == bindparam("viewer")).scalar_subquery().label("viewer_uri"),
    )
    .select_from(activity.outerjoin(object_, object_.c.uri == activity.c.object_uri))
    .where(activity.c.id == bindparam("id"))
)


@dataclass(frozen=True, slots=True)
class ObjectRow:
    """What the door needs of an object of ours; `visible` to the viewer that was asked about, who `follows` its author or not."""

    actor_id: int
    document: bytes
    type: str
    visibility: str
    deleted_at: int | None
    url: str | None
    visible: bool
    follows: bool

    @property
    def open(self) -> bool:
        """Whether it is, or was, for everybody."""
        return self.visibility in OPEN


def object_for(tx: Tx, id: int, viewer: int) -> ObjectRow | None:
    """Our object as this viewer (an actor's number, or NOBODY) finds it. A unit of work."""
    row = tx.execute(_OBJECT, {"id": id, "viewer": viewer}).one_or_none()
    return None if row is None else ObjectRow(*row)


async def get_object(node: Node, request: Request, client: str, number: str) -> Response:
    """An object of ours: a post, a request, an agreement, what one of ours attests of a membership, or consent to a quote. 404 hides what
    the viewer may not see.

    Source: ActivityPub 3.2; 6.4 (410 and Tombstone); FEP-044f; FEP-0837; domain research 9.1.
    """
    if prefers_page(request):
        return await _lead_to_page(node, number)
    viewer = await viewer_of(node, request, client)
    try:
        row = await readable(node, number, viewer)
    except NotFound:
        attested = await node.db.read(attestations.shown, int(number), node.urls.object(int(number)))
        if attested is not None:
            return activity_response(attested.document, request, private=viewer.signed)
        served = await node.db.read(proposals.served, int(number), viewer.actor_id)
        if served is not None:
            private = viewer.signed or not served.public
            return activity_response(served.document, request, status=410 if served.gone else 200, private=private)
        shown = await node.db.read(stamps.shown, int(number), node.urls.object(int(number)), viewer.actor_id)
        if shown is None:
            raise
        return activity_response(shown.document, request, status=410 if shown.revoked else 200, private=viewer.signed)
    if row.deleted_at is not None:
        deleted = utc(row.deleted_at)
        tombstone = build.tombstone(node.urls.object(int(number)), row.type, deleted)
        return activity_response(tombstone, request, status=410, private=viewer.signed or not row.open)
    return activity_response(row.document, request, private=viewer.signed or not row.open)


async def _lead_to_page(node: Node, number: str) -> Response:
    """Browsers see the page of what everybody may see; the page itself says that something was deleted."""
    row = await node.db.read(object_for, int(number), NOBODY)
    attested = (
        await node.db.read(attestations.shown, int(number), node.urls.object(int(number))) if row is None else None
    )
    if attested is not None:
        return Response(303, headers=(("Location", node.urls.membership(attested.membership_id)), VARY))
    if row is None and await node.db.read(proposals.served, int(number), NOBODY) is not None:
        return Response(303, headers=(("Location", node.urls.request_page(int(number))), VARY))
    if row is None or row.url is None or not row.open:
        raise NotFound(f"no object {number} with a page")
    return Response(303, headers=(("Location", row.url), VARY))


async def readable(node: Node, number: str, viewer: Viewer) -> ObjectRow:
    """Our object, when the viewer may see it or may know that it was deleted; NotFound is the same for all others.

    That a post for few was deleted is told to none but followers: it would tell that it was there.
    """
    row = await node.db.read(object_for, int(number), viewer.actor_id)
    if row is None:
        raise NotFound(f"no object {number}")
    if row.deleted_at is not None:
        known = row.open or row.actor_id == viewer.actor_id
        if known or (row.visibility == Visibility.FOLLOWERS and row.follows):
            return row
    elif row.visible:
        return row
    raise NotFound(f"object {number} is not for this viewer")


async def get_activity(node: Node, request: Request, client: str, number: str) -> Response:
    """An activity of ours: a public one for everybody; what its actor does with an object of its own for those who may see that;
    else for the hosts of those it is addressed to, whose node actors ask (Misskey resolves the ids of Follow and Accept). 404 for
    all others: who likes a post is not for all who see it."""
    viewer = await viewer_of(node, request, client)
    row = await node.db.read(_activity, int(number), viewer.actor_id)
    if row is None or not row.body or not _is_for(row, viewer, node.urls.base):
        raise NotFound(f"activity {number} is not there for this viewer")
    return activity_response(row.body, request, private=viewer.signed or not row.public)


@dataclass(frozen=True, slots=True)
class _ActivityRow:
    """`authors_own`: what the author does with its own object (Create, Update), not what others do with it (Like, a private boost);
    `viewer_uri` is the id of the actor who asks."""

    body: bytes
    public: bool
    object_id: int | None
    visible: bool
    authors_own: bool
    viewer_uri: str | None


def _activity(tx: Tx, id: int, viewer: int) -> _ActivityRow | None:
    row = tx.execute(_ACTIVITY, {"id": id, "viewer": viewer}).one_or_none()
    return None if row is None else _ActivityRow(*row)


def _is_for(row: _ActivityRow, viewer: Viewer, base: str) -> bool:
    if row.object_id is not None and (row.public or row.authors_own):
        return row.visible and (row.public or (viewer.signed and _is_to(row, base)))
    return row.public or (viewer.host is not None and viewer.host in _hosts(row.body))


def _is_to(row: _ActivityRow, base: str) -> bool:
    """Whether it went to who asks, or to followers: whom an edit names later has no part in what was said to few before."""
    followers = (uri.startswith(f"{base}/") and uri.endswith("/followers") for uri in _readers(row.body))
    return row.viewer_uri in _readers(row.body) or any(followers)


def _readers(body: bytes) -> tuple[str, ...]:
    document = orjson.loads(body)
    return (*document.get("to", ()), *document.get("cc", ()))


def _hosts(body: bytes) -> Iterable[str]:
    """Hosts of those whom an activity of ours addresses."""
    for uri in _readers(body):
        if uri != PUBLIC:
            try:
                yield authority(uri)
            except BadMessage:
                continue


ROUTES = (
    Route("GET", "/ap/objects/<id>", get_object),
    Route("GET", "/ap/activities/<id>", get_activity),
)
