"""A small server on active-boxes: actors, posts and a store in memory. Tests tell it what to do and read its store.

    python active_boxes_server.py CERTIFICATE     https on loopback, for peers; http on loopback, for the test (POST /ORDER with JSON)

Its first line on standard output says where both listen. It ends when its standard input does. It imports nothing of this project:
signatures are made and checked, activities built and parsed, recipients found by active-boxes.
"""

import asyncio
import json
import os
import socket
import ssl
import sys
import traceback
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from itertools import count
from typing import Any
from urllib.parse import urlsplit

import aiohttp
from active_boxes import activitypub as ap
from active_boxes.backend import Backend
from active_boxes.httpsig import sign_request, sign_request_rfc9421, verify_request
from active_boxes.key import Ed25519Key, Key
from active_boxes.webfinger import get_actor_url
from aiohttp import web

ACTIVITY_JSON = "application/activity+json"
FIRST_KNOCK = "rfc9421"
"""What active-boxes advises: "try RFC 9421 first"."""

Document = dict[str, Any]


class Actor:
    """An actor of this server: its keys, and whom it knows."""

    def __init__(self, origin: str, name: str) -> None:
        self.id = f"{origin}/users/{name}"
        self.name = name
        self.rsa, self.ed25519 = Key(self.id), Ed25519Key(self.id)
        self.rsa.new()
        self.ed25519.new()
        self.followers: list[str] = []
        self.following: dict[str, str] = {}

    def document(self, origin: str) -> Document:
        """Its actor document."""
        person = ap.Person(
            id=self.id,
            preferredUsername=self.name,
            name=self.name,
            inbox=f"{self.id}/inbox",
            outbox=f"{self.id}/outbox",
            followers=f"{self.id}/followers",
            endpoints={"sharedInbox": f"{origin}/inbox"},
            publicKey=self.rsa.to_dict(),
            assertionMethod=[self.ed25519.to_multikey()],
        )
        document: Document = person.to_dict()
        return document


class Box(Backend):
    """What active-boxes asks of a server, and the store."""

    def __init__(self) -> None:
        self.origin = ""
        self.numbers = count(1)
        self.actors: dict[str, Actor] = {}
        self.documents: dict[str, Document] = {}
        self.posts: dict[str, Document] = {}
        self.likes: dict[str, Document] = {}
        self.boosts: dict[str, Document] = {}
        self.arrivals: list[Document] = []
        self.schemes: dict[str, str] = {}

    def debug_mode(self) -> bool:
        """Peers are on loopback."""
        return True

    def base_url(self) -> str:
        """Where others meet it."""
        return self.origin

    def activity_url(self, obj_id: str) -> str:
        """Id of an activity."""
        return f"{self.origin}/activities/{obj_id}"

    def note_url(self, obj_id: str) -> str:
        """Page of a note."""
        return f"{self.origin}/notes/{obj_id}"

    async def fetch_iri(self, iri: str, **more: Any) -> Document:
        """A document of ours, or of somebody else."""
        if iri.startswith(f"{self.origin}/"):
            found = self.own(urlsplit(iri).path)
            if found is None:
                raise ap.ActivityNotFoundError(f"{iri} is not here")
            return found
        fetched: Document = await super().fetch_iri(iri, **more)
        return fetched

    def own(self, path: str) -> Document | None:
        """What lies under a path of ours."""
        kind, _, rest = path.removeprefix("/").partition("/")
        name, _, part = rest.partition("/")
        actor = self.actors.get(name) if kind == "users" else None
        if actor is None:
            return self.documents.get(f"{self.origin}{path}")
        if part:
            items = actor.followers if part == "followers" else []
            collection = {"type": "OrderedCollection", "totalItems": len(items), "orderedItems": items}
            return {"@context": ap.CTX_AS, "id": f"{self.origin}{path}", **collection}
        return actor.document(self.origin)

    def acting(self, actor: str) -> Actor | None:
        """The actor of ours with this id."""
        return self.actors.get(actor.removeprefix(f"{self.origin}/users/"))

    def numbered(self, activity: ap.BaseActivity) -> ap.BaseActivity:
        """The activity with an id of ours."""
        number = str(next(self.numbers))
        activity.set_id(self.activity_url(number), number)
        return activity

    async def send(self, actor: Actor, activity: ap.BaseActivity) -> None:
        """Delivers an activity to the inboxes that active-boxes finds for it."""
        inboxes = await asyncio.to_thread(activity.recipients)
        body = json.dumps(activity.to_dict())
        for inbox in inboxes:
            await self._deliver(actor, inbox, body)

    async def _deliver(self, actor: Actor, inbox: str, body: str) -> None:
        where = urlsplit(inbox)
        headers = {"User-Agent": self.user_agent(), "Content-Type": ACTIVITY_JSON}
        scheme = self.schemes.get(f"{where.scheme}://{where.netloc}", FIRST_KNOCK)
        if scheme == "cavage":
            headers = await sign_request("POST", where.path, headers, actor.rsa, body, host=where.netloc)
        else:
            key = actor.ed25519 if scheme == "ed25519" else actor.rsa
            headers = await sign_request_rfc9421("POST", inbox, headers, key, body)
        async with aiohttp.ClientSession() as session, session.post(inbox, data=body, headers=headers) as answer:
            assert answer.status == 202, f"{inbox} answered {answer.status}: {await answer.text()}"


box = Box()


# --- what others send ---------------------------------------------------------------------------------------------


async def receive(request: web.Request) -> web.Response:
    """The inboxes: 202 to what is signed by its actor and means something, else 401 or 400."""
    body = await request.text()
    activity = json.loads(body)
    headers = dict(request.headers)
    scheme = "rfc9421" if "Signature-Input" in headers else "cavage" if "Signature" in headers else "none"
    signed = await verify_request("POST", request.path_qs, headers, body)
    status = 401
    if signed and f'"{activity["actor"]}#' in headers["Signature"] + headers.get("Signature-Input", ""):
        parsed = await asyncio.to_thread(ap.parse_activity, activity)
        await TAKEN[parsed.ACTIVITY_TYPE](parsed)
        status = 202
    noted = {"type": activity["type"], "id": activity["id"], "actor": activity["actor"]}
    box.arrivals.append({**noted, "scheme": scheme, "status": status})
    return web.Response(status=status)


async def on_follow(follow: ap.BaseActivity) -> None:
    """Grants it."""
    followed = box.acting(follow.get_object_id())
    if followed is None:
        return
    if follow.actor not in followed.followers:
        followed.followers.append(follow.actor)
    embedded = follow.to_dict(embed=True)
    accept = await asyncio.to_thread(lambda: ap.Accept(actor=followed.id, object=embedded))
    _later(box.send(followed, box.numbered(accept)))


async def on_accept(accept: ap.BaseActivity) -> None:
    """A follow of ours is granted."""
    await _answered(accept, "accepted")


async def on_reject(reject: ap.BaseActivity) -> None:
    """A follow of ours is refused."""
    await _answered(reject, "rejected")


async def _answered(answer: ap.BaseActivity, state: str) -> None:
    follow = await asyncio.to_thread(answer.get_object_sync)
    follower = box.acting(follow.actor)
    if follower is not None and follow.get_object_id() == answer.actor:
        follower.following[answer.actor] = state


async def on_undo(undo: ap.BaseActivity) -> None:
    """A follow, a like or a boost ends."""
    undone = await asyncio.to_thread(undo.get_object_sync)
    if undone.actor != undo.actor:
        return
    if undone.has_type(ap.ActivityType.FOLLOW):
        followed = box.acting(undone.get_object_id())
        if followed is not None:
            followed.followers.remove(undo.actor)
        return
    for known in (box.likes, box.boosts):
        if known.get(undone.id, {}).get("actor") == undo.actor:
            del known[undone.id]


async def on_create(create: ap.BaseActivity) -> None:
    """A post."""
    note = await asyncio.to_thread(create.get_object_sync)
    if note.attributedTo == create.actor:
        box.posts[note.id] = {**_shown(note), "readers": _readers(note), "edits": [], "deleted": False}


async def on_update(update: ap.BaseActivity) -> None:
    """A post as it is now."""
    note = await asyncio.to_thread(update.get_object_sync)
    known = box.posts.get(note.id)
    if known is not None and known["author"] == update.actor:
        edits = [*known["edits"], known["content"]]
        box.posts[note.id] = {**_shown(note), "readers": _readers(note), "edits": edits, "deleted": False}


async def on_delete(delete: ap.BaseActivity) -> None:
    """A post is gone."""
    known = box.posts.get(delete.get_object_id())
    if known is not None and known["author"] == delete.actor:
        known["deleted"] = True


async def on_like(like: ap.BaseActivity) -> None:
    """Somebody likes a post."""
    box.likes[like.id] = {"actor": like.actor, "object": like.get_object_id()}


async def on_announce(boost: ap.BaseActivity) -> None:
    """Somebody boosts a post."""
    box.boosts[boost.id] = {"actor": boost.actor, "object": boost.get_object_id()}


def _shown(note: ap.BaseActivity) -> Document:
    shown = {"author": note.attributedTo, "content": note.content, "inReplyTo": note.get_in_reply_to()}
    return {**shown, "updated": note.updated, "to": note.to, "cc": note.cc}


def _readers(note: ap.BaseActivity) -> list[str] | None:
    """The names of our actors who may read a post; None when everybody may."""
    to = [*(note.to or ()), *(note.cc or ())]
    if ap.AS_PUBLIC in to:
        return None
    # Others' followers collections have no common name: what lies below the author is taken for it.
    to_followers = any(uri.startswith(f"{note.attributedTo}/") for uri in to)
    return [
        name
        for name, actor in box.actors.items()
        if actor.id in to or (to_followers and actor.following.get(note.attributedTo) == "accepted")
    ]


TAKEN: dict[ap.ActivityType, Callable[[ap.BaseActivity], Awaitable[None]]] = {
    ap.ActivityType.FOLLOW: on_follow,
    ap.ActivityType.ACCEPT: on_accept,
    ap.ActivityType.REJECT: on_reject,
    ap.ActivityType.UNDO: on_undo,
    ap.ActivityType.CREATE: on_create,
    ap.ActivityType.UPDATE: on_update,
    ap.ActivityType.DELETE: on_delete,
    ap.ActivityType.LIKE: on_like,
    ap.ActivityType.ANNOUNCE: on_announce,
}

_under_way: set[asyncio.Task[None]] = set()


def _later(work: Any) -> None:
    task = asyncio.ensure_future(work)
    _under_way.add(task)
    task.add_done_callback(_under_way.discard)


# --- what others may ask ------------------------------------------------------------------------------------------


async def show(request: web.Request) -> web.Response:
    """Documents."""
    found = box.own(request.path)
    return web.Response(status=404) if found is None else web.json_response(found, content_type=ACTIVITY_JSON)


async def finger(request: web.Request) -> web.Response:
    """WebFinger."""
    resource = request.query.get("resource", "")
    actor = box.actors.get(resource.removeprefix("acct:").partition("@")[0])
    if actor is None:
        return web.Response(status=404)
    links = [{"rel": "self", "type": ACTIVITY_JSON, "href": actor.id}]
    return web.json_response({"subject": resource, "links": links}, content_type="application/jrd+json")


# --- what a test may tell -----------------------------------------------------------------------------------------


async def make_actor(order: Document) -> Document:
    """A new actor."""
    made = await asyncio.to_thread(Actor, box.origin, order["name"])
    box.actors[made.name] = made
    return {"id": made.id, "handle": f"@{made.name}@{urlsplit(box.origin).netloc}"}


async def follow(order: Document) -> Document:
    """Follows by handle."""
    actor = box.actors[order["as"]]
    target = await get_actor_url(order["target"], debug=True)
    assert target is not None, f"{order['target']} was not found"
    asking = box.numbered(await asyncio.to_thread(lambda: ap.Follow(actor=actor.id, object=target)))
    actor.following[target] = "asked"
    box.documents[asking.id] = asking.to_dict()
    await box.send(actor, asking)
    return {"id": asking.id}


async def unfollow(order: Document) -> Document:
    """Ends a follow."""
    actor = box.actors[order["as"]]
    asked = await asyncio.to_thread(ap.parse_activity, box.documents[order["follow"]])
    undo = box.numbered(await asyncio.to_thread(asked.build_undo))
    del actor.following[order["target"]]
    await box.send(actor, undo)
    return {"id": undo.id}


def _addressing(actor: Actor, visibility: str, mentioned: list[str]) -> tuple[list[str], list[str]]:
    """To and cc of a post, as everybody reads them."""
    followers = f"{actor.id}/followers"
    return {
        "public": ([ap.AS_PUBLIC], [followers, *mentioned]),
        "unlisted": ([followers], [ap.AS_PUBLIC, *mentioned]),
        "followers": ([followers], mentioned),
        "direct": (mentioned, []),
    }[visibility]


async def post(order: Document) -> Document:
    """Posts to everybody or to fewer, and to whom it answers or mentions."""
    actor = box.actors[order["as"]]
    parent = order.get("inReplyTo")
    answered = None if parent is None else await asyncio.to_thread(ap.fetch_remote_activity_sync, parent)
    mentioned = [] if answered is None else [await answered.get_actor()]
    for handle in order.get("mentions", ()):
        named = await get_actor_url(handle, debug=True)
        mentioned.append(await asyncio.to_thread(ap.fetch_remote_activity_sync, named))
    to, cc = _addressing(actor, order.get("visibility", "public"), [one.id for one in mentioned])

    def made() -> ap.BaseActivity:
        tags = [_mention(one) for one in mentioned]
        note = ap.Note(attributedTo=actor.id, content=order["content"], to=to, cc=cc, inReplyTo=parent, tag=tags)
        return note.build_create()

    create = box.numbered(await asyncio.to_thread(made))
    note = create.to_dict()["object"]
    box.documents[note["id"]] = {"@context": ap.CTX_AS, **note}
    await box.send(actor, create)
    return {"id": note["id"]}


def _mention(actor: ap.BaseActivity) -> Document:
    return {"type": "Mention", "href": actor.id, "name": f"@{actor.preferredUsername}@{urlsplit(actor.id).netloc}"}


async def edit(order: Document) -> Document:
    """Changes a post; with a visibility it claims to be for others than before."""
    actor, note = box.actors[order["as"]], box.documents[order["id"]]
    if "visibility" in order:
        named = [tag["href"] for tag in note.get("tag", ()) if tag["type"] == "Mention"]
        note["to"], note["cc"] = _addressing(actor, order["visibility"], named)
    note |= {"content": order["content"], "updated": ap.format_datetime(datetime.now(UTC))}
    update = await asyncio.to_thread(lambda: ap.Update(actor=actor.id, object=note, to=note["to"], cc=note["cc"]))
    await box.send(actor, box.numbered(update))
    return {"id": update.id}


async def remove(order: Document) -> Document:
    """Deletes a post."""
    actor, note = box.actors[order["as"]], box.documents[order["id"]]
    tombstone = {"type": "Tombstone", "id": note["id"]}
    delete = await asyncio.to_thread(lambda: ap.Delete(actor=actor.id, object=tombstone, to=note["to"], cc=note["cc"]))
    # Sent while the post is still here: its recipients are the post's.
    await box.send(actor, box.numbered(delete))
    del box.documents[order["id"]]
    return {"id": delete.id}


async def react(order: Document) -> Document:
    """Likes or boosts a post."""
    actor = box.actors[order["as"]]
    note = await asyncio.to_thread(ap.fetch_remote_activity_sync, order["object"])
    person = await asyncio.to_thread(ap.parse_activity, actor.document(box.origin))
    build = note.build_like if order["kind"] == "like" else note.build_announce
    reaction = box.numbered(await asyncio.to_thread(build, person))
    box.documents[reaction.id] = reaction.to_dict()
    await box.send(actor, reaction)
    return {"id": reaction.id}


async def unreact(order: Document) -> Document:
    """Takes a like or a boost back."""
    actor = box.actors[order["as"]]
    reaction = await asyncio.to_thread(ap.parse_activity, box.documents[order["id"]])
    undo = box.numbered(await asyncio.to_thread(reaction.build_undo))
    await box.send(actor, undo)
    return {"id": undo.id}


async def knock(order: Document) -> Document:
    """Signs to a server with this scheme from now on: cavage, rfc9421, or ed25519 (RFC 9421 with the other key)."""
    box.schemes[order["origin"]] = order["scheme"]
    return {}


async def store(_order: Document) -> Document:
    """Everything it knows."""
    actors = {name: {"followers": one.followers, "following": one.following} for name, one in box.actors.items()}
    reactions = {"likes": box.likes, "boosts": box.boosts}
    return {"actors": actors, "posts": box.posts, "arrivals": box.arrivals, **reactions}


ORDERS: dict[str, Callable[[Document], Awaitable[Document]]] = {
    "actor": make_actor,
    "follow": follow,
    "unfollow": unfollow,
    "post": post,
    "edit": edit,
    "remove": remove,
    "react": react,
    "unreact": unreact,
    "knock": knock,
    "store": store,
}


async def obey(request: web.Request) -> web.Response:
    """An order of the test."""
    try:
        return web.json_response(await ORDERS[request.match_info["order"]](await request.json()))
    except Exception:
        return web.json_response({"error": traceback.format_exc()}, status=500)


# --- the two servers ----------------------------------------------------------------------------------------------


async def serve(certificate: str) -> None:
    """Serves until standard input ends."""
    ap.use_backend(box)
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    tls.load_cert_chain(certificate)
    doors, orders = web.Application(), web.Application()
    doors.add_routes([web.get("/.well-known/webfinger", finger), web.get("/{path:.*}", show)])
    doors.add_routes([web.post("/inbox", receive), web.post("/users/{name}/inbox", receive)])
    orders.add_routes([web.post("/{order}", obey)])
    box.origin = f"https://localhost:{await _listening(doors, tls)}"
    control = f"http://127.0.0.1:{await _listening(orders, None)}"
    print(json.dumps({"origin": box.origin, "control": control}), flush=True)
    ended = asyncio.Event()
    asyncio.get_running_loop().add_reader(sys.stdin, lambda: ended.set() if not os.read(0, 64) else None)
    await ended.wait()


async def _listening(application: web.Application, tls: ssl.SSLContext | None) -> int:
    bound = socket.create_server(("127.0.0.1", 0))
    runner = web.AppRunner(application)
    await runner.setup()
    await web.SockSite(runner, bound, ssl_context=tls).start()
    port: int = bound.getsockname()[1]
    return port


if __name__ == "__main__":
    asyncio.run(serve(sys.argv[1]))
