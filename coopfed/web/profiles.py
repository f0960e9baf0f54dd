"""`/` and `/@handle`: what this node is and who speaks here; an actor with its posts."""

from collections.abc import Sequence
from dataclasses import dataclass

from quart import Blueprint, Response, request

from actors.cooperative import NONE as NOTHING
from actors.cooperative import Cooperative, cooperative_of
from actors.lookup import ActorRow, listed, local_by_handle
from actors.profile import NONE, ProfileRow, profiles_of
from actors.profile import profile_of as profile_of_actor
from actors.visibility import NOBODY
from coopfed import limits
from coopfed.db.tx import Tx
from coopfed.errors import Gone, NotFound
from coopfed.features.posts import featured, visible
from coopfed.features.profiles.rules import with_me
from coopfed.node import Node
from coopfed.text.sanitise import plain, sanitise
from coopfed.web.asking import PAGE, cursor, machine_asks
from coopfed.web.cooperatives import in_language, told
from coopfed.web.memberships import Within, umbrellas_of
from coopfed.web.names import authors_of, named
from coopfed.web.page import About, elsewhere, page
from coopfed.web.reader import reader, reading
from coopfed.web.shown import Shown, shortened, shown, web_address

_SUMMARY = 200


@dataclass(frozen=True, slots=True)
class Profile:
    """An actor of ours with a page of its posts; `older` is the cursor of the next page, None on the last."""

    actor: ActorRow
    pinned: list[Shown]
    posts: list[Shown]
    older: int | None
    face: ProfileRow = NONE
    said: Cooperative = NOTHING
    within: tuple[Within, ...] = ()
    """The umbrellas of which it is a member now."""

    @property
    def fields(self) -> list[tuple[str, str, bool]]:
        """Name, clean HTML and whether it is verified, of each field."""
        return [
            (field.name, with_me(sanitise(field.html), field.value), field.verified_at is not None)
            for field in self.face.typed
        ]


def register(pages: Blueprint, node: Node) -> None:
    """Adds the routes."""

    @pages.get("/")
    async def home() -> Response:
        if machine_asks():
            return elsewhere(node.urls.node_actor)
        after = request.args.get("after", "")[: limits.HANDLE_LENGTH]
        found, faces = await node.db.read(_listed, after)
        rows = [
            (row, shortened(plain(row.summary), _SUMMARY), faces.get(row.id, NONE).avatar_url)
            for row in found[: limits.PAGE_ITEMS]
        ]
        more = found[limits.PAGE_ITEMS - 1].handle if len(found) > limits.PAGE_ITEMS else None
        about = About(node.config.handle_domain, canonical=f"{node.urls.base}/", activity=node.urls.node_actor)
        who = await named(node, found)
        return page(node, "home.html", about, rows=rows, more=more, first=not after, named=who)

    @pages.get("/@<handle>")
    async def profile(handle: str) -> Response:
        if handle != handle.lower():
            return elsewhere(node.urls.profile(handle.lower()), 301)
        if machine_asks():
            return elsewhere((await node.db.read(_local, handle)).uri)
        found = await node.db.read(profile_of, handle, cursor("before"), reading())
        actor = found.actor
        name, described = in_language(found.said, actor, reading())
        # Cleaned here too: the row does not say by which policy it was.
        summary = sanitise(described.text)
        about = About(
            title=f"{name.text} (@{actor.acct})",
            description=shortened(plain(summary), _SUMMARY),
            listed=actor.discoverable,
            canonical=node.urls.profile(actor.handle),
            activity=actor.uri,
        )
        return page(
            node,
            "profile.html",
            about,
            profile=found,
            actor=actor,
            name=name,
            summary=summary,
            described=described,
            said=told(found.said, reader(node)),
            moved_to=web_address(actor.moved_to),
            named=await named(node, [actor, *authors_of(found.pinned, found.posts)]),
        )


def _listed(tx: Tx, after: str) -> tuple[list[ActorRow], dict[int, ProfileRow]]:
    found = listed(tx, after, limits.PAGE_ITEMS + 1)
    return found, profiles_of(tx, [row.id for row in found])


def _local(tx: Tx, handle: str) -> ActorRow:
    row = local_by_handle(tx, handle)
    if row is None:
        raise NotFound(f"no @{handle} here")
    return row


def present(tx: Tx, handle: str) -> ActorRow:
    """Our actor of this name. NotFound when there never was one, Gone when it was deleted or is suspended. A unit of work."""
    row = _local(tx, handle)
    if row.gone_at is not None:
        raise Gone(f"@{handle} was deleted")
    if row.suspended:
        raise Gone(f"@{handle} is suspended")
    return row


def profile_of(tx: Tx, handle: str, before: int | None, reads: Sequence[str] = ()) -> Profile:
    """The actor with those of its posts that a stranger may see, newest first; a group with what stands there. Raises as `present`.
    A unit of work."""
    actor = present(tx, handle)
    listed = visible.in_group if actor.type == "Group" else visible.by_actor
    found = listed(tx, actor.id, NOBODY, PAGE + 1, before)
    older = found[PAGE - 1].id if len(found) > PAGE else None
    pinned, face = _pinned(tx, actor.id, before, reads), profile_of_actor(tx, actor.id)
    posts, said = shown(tx, found[:PAGE], reads), cooperative_of(tx, actor.id)
    return Profile(actor, pinned, posts, older, face, said, umbrellas_of(tx, actor.id))


def _pinned(tx: Tx, actor_id: int, before: int | None, reads: Sequence[str]) -> list[Shown]:
    """On the first page, what the actor put above everything else."""
    numbers = featured.pinned(tx, actor_id) if before is None else []
    found = visible.by_ids(tx, numbers, NOBODY)
    return shown(tx, [found[number] for number in numbers if number in found], reads)
