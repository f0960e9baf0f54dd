"""GET of our objects and activities: who may see them gets the stored bytes; what was deleted answers 410 with a Tombstone.

One definition of visibility (`actors.visibility`) decides. A signature is optional for what is public; with one, a follower or a
mentioned actor also gets what is meant for them (a body over 60 KiB travels as an id to be fetched).
"""

from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import bindparam, case, literal_column, select

from actors.authenticate import authenticate
from actors.visibility import NOBODY, object_, visible
from coopfed.db.models import Activity
from coopfed.db.tx import Tx, table
from coopfed.door import VARY, Response, Route, activity_response, prefers_page
from coopfed.errors import NotFound
from coopfed.node import Node
from coopfed.signing.request import Request
from coopfed.vocab import build

activity = table(Activity)
_OBJECT = select(
    object_.c.document,
    object_.c.type,
    object_.c.visibility,
    object_.c.deleted_at,
    object_.c.url,
    case((visible(), True), else_=False).label("visible"),
).where(object_.c.id == bindparam("id"), literal_column("local"))
_ACTIVITY = select(activity.c.body, activity.c.public).where(activity.c.id == bindparam("id"))


@dataclass(frozen=True, slots=True)
class ObjectRow:
    """What the door needs of an object of ours; `visible` to the viewer that was asked about."""

    document: bytes
    type: str
    visibility: str
    deleted_at: int | None
    url: str | None
    visible: bool


def object_for(tx: Tx, id: int, viewer: int) -> ObjectRow | None:
    """Our object as this viewer (an actor's number, or NOBODY) finds it. A unit of work."""
    row = tx.execute(_OBJECT, {"id": id, "viewer": viewer}).one_or_none()
    return None if row is None else ObjectRow(*row)


async def viewer_of(node: Node, request: Request, client: str) -> int:
    """The number of the actor who signed the GET; NOBODY without a signature. Raises as `authenticate`."""
    if request.header("signature") is None:
        return NOBODY
    return (await authenticate(node, request, client)).actor_id


async def get_object(node: Node, request: Request, client: str, number: str) -> Response:
    """An object of ours. 404 hides what the viewer may not see. Source: ActivityPub 3.2; 6.4 (410 and Tombstone)."""
    viewer = await viewer_of(node, request, client)
    row = await node.db.read(object_for, int(number), viewer)
    if row is None:
        raise NotFound(f"no object {number}")
    if row.deleted_at is not None:
        deleted = datetime.fromtimestamp(row.deleted_at / 1000, UTC)
        tombstone = build.tombstone(node.urls.object(int(number)), row.type, deleted)
        return activity_response(tombstone, request, status=410)
    if not row.visible:
        raise NotFound(f"object {number} is not for this viewer")
    if row.url is not None and prefers_page(request):
        return Response(303, headers=(("Location", row.url), VARY))
    return activity_response(row.document, request, private=row.visibility not in ("public", "unlisted"))


async def get_activity(node: Node, request: Request, _client: str, number: str) -> Response:
    """A public activity of ours. Others are nobody's business but their recipients', who have them."""
    row = await node.db.read(_activity, int(number))
    if row is None or not row[1]:
        raise NotFound(f"no public activity {number}")
    return activity_response(row[0], request)


def _activity(tx: Tx, id: int) -> tuple[bytes, bool] | None:
    row = tx.execute(_ACTIVITY, {"id": id}).one_or_none()
    return None if row is None else (row.body, row.public)


ROUTES = (
    Route("GET", "/ap/objects/<id>", get_object),
    Route("GET", "/ap/activities/<id>", get_activity),
)
