"""The two who meet: a cooperative on a node of ours, and an actor on a foreign server that does what the test tells it.

What a foreign server is asked to do is the same for all (`ORDERS` of each server), so one scenario runs with each of them.
"""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from actors.lookup import ActorRow, by_id, by_uri
from coopfed.db.tx import Tx
from coopfed.features import home_timeline
from coopfed.features.follows import actions as follows
from coopfed.features.follows.store import FollowRow, between
from coopfed.features.posts import history
from coopfed.features.posts import store as posts
from coopfed.features.posts.actions import create_post
from coopfed.features.posts.rules import Draft
from coopfed.features.posts.store import PostRow
from coopfed.features.ranges import Range
from coopfed.features.reactions.store import reaction
from coopfed.net import peers
from coopfed.node import Node
from coopfed.vocab.audience import Visibility
from inbox.admit import inbox_item
from tests.peers.process import PeerProcess
from tests.support.peers import until
from webfinger.resolve import find_actor

Record = dict[str, Any]

WHOLE = ("fedify", "active_boxes")
"""Those that know both schemes, and edit, like and boost as others do. activitypub-express signs in one way, and wants a like to be
of an activity."""


@dataclass(frozen=True, slots=True)
class Foreigner:
    """An actor of a foreign server, with the server's own memory of what happened."""

    server: PeerProcess
    name: str
    id: str
    handle: str

    async def does(self, order: str, **details: Any) -> str:
        """Id of the activity, or of the post, that this actor sent on an order."""
        answer = await self.server.order(order, as_=self.name, **details)
        id: str = answer["id"]
        return id

    async def store(self) -> Record:
        """Everything that its server knows."""
        known: Record = await self.server.order("store")
        return known

    async def followers(self) -> list[str]:
        """Who follows it, as its server knows."""
        found: list[str] = (await self.store())["actors"][self.name]["followers"]
        return found

    async def state_towards(self, actor: str) -> str | None:
        """What became of its follow: asked, accepted, rejected; None when it never asked, or left."""
        state: str | None = (await self.store())["actors"][self.name]["following"].get(actor)
        return state

    async def is_let_in(self, member: "Cooperative") -> None:
        """Returns when its server knows that its follow was granted."""

        async def granted() -> bool:
            return await self.state_towards(member.id) == "accepted"

        await until(granted)

    async def post(self, uri: str) -> Record | None:
        """A post of somebody else as its server keeps it."""
        found: Record | None = (await self.store())["posts"].get(uri)
        return found

    async def reactions(self, uri: str) -> list[tuple[str, str]]:
        """Who likes and boosts a post, as its server knows: likes or boosts, and the actor."""
        known = await self.store()
        kinds = ("likes", "boosts")
        return [(kind, one["actor"]) for kind in kinds for one in known[kind].values() if one["object"] == uri]

    async def arrivals(self, actor: str) -> list[Record]:
        """What came from an actor: type, id, scheme and the status it was answered with."""
        return [one for one in (await self.store())["arrivals"] if one["actor"] == actor]


async def moved_in(server: PeerProcess, name: str, **details: Any) -> Foreigner:
    """A new actor of this name on a foreign server."""
    made = await server.order("actor", name=name, **details)
    return Foreigner(server, name, made["id"], made["handle"])


@dataclass(frozen=True, slots=True)
class Cooperative:
    """An actor of ours with its node."""

    node: Node
    row: ActorRow

    @property
    def id(self) -> str:
        """Its id."""
        return self.row.uri

    @property
    def handle(self) -> str:
        """As others write it."""
        return f"@{self.row.handle}@{self.node.config.authority}"

    async def known(self, foreigner: Foreigner) -> ActorRow:
        """The foreign actor as it is known here, looked up by its handle when it is new."""
        return await find_actor(self.node, foreigner.handle)

    async def follows(self, foreigner: Foreigner) -> None:
        """Follows; returns when that is granted."""
        target = await self.known(foreigner)
        await follows.follow(self.node, self.row, target)

        async def granted() -> bool:
            found = await self.follow_of(self.id, foreigner.id)
            return found is not None and found.accepted

        await until(granted)

    async def follow_of(self, follower: str, followed: str) -> FollowRow | None:
        """The row of a follow between two ids."""
        return await self.node.db.read(_follow, follower, followed)

    async def says(self, text: str, answers: str | None = None, visibility: Visibility = Visibility.PUBLIC) -> PostRow:
        """Posts, to everybody when nothing else is said."""
        return await create_post(self.node, self.row, Draft(text, visibility, "en", in_reply_to=answers))

    async def post(self, uri: str) -> PostRow | None:
        """A post as it is stored here."""
        return await self.node.db.read(posts.by_uri, uri)

    async def texts(self, uri: str) -> list[str]:
        """What a post said and says, the oldest text first, as it is stored here."""
        return await self.node.db.read(_texts, uri)

    async def reactions(self, uri: str) -> list[tuple[str, str, str | None]]:
        """Reactions to a post, as they are stored here: the kind, the actor, the id of the activity."""
        return await self.node.db.read(_reactions, uri)

    async def home(self) -> list[tuple[str, str | None]]:
        """Its home timeline, the newest first: of each entry the post, and who boosted it."""
        return await self.node.db.read(_home, self.row.id)

    async def itself(self) -> ActorRow:
        """Its row as it is now."""
        row = await self.node.db.read(by_id, self.row.id)
        assert row is not None
        return row

    async def arrivals(self, actor: str) -> list[tuple[str, str | None, str]]:
        """What came from an actor, in order: type, outcome and the scheme it was signed with."""
        return await self.node.db.read(_arrivals, actor)

    async def taken(self, actor: str) -> list[tuple[str, str]]:
        """What came from an actor, in order: type and outcome. activitypub-express tells of every change of its collections
        with an Update, which is `unsupported` here; those are left out."""
        arrived = await self.arrivals(actor)
        return [(type, outcome) for type, outcome, _scheme in arrived if outcome not in (None, "unsupported")]

    async def verified(self, actor: str) -> set[str]:
        """The schemes that an actor's arrivals were signed with."""
        return {scheme for _type, _outcome, scheme in await self.arrivals(actor)}

    async def knocks(self, foreigner: Foreigner, scheme: str) -> None:
        """From now on signs to that server with this scheme, as if it had asked for it."""
        await self.node.db.write(peers.ensure, foreigner.server.host)
        await self.node.db.write(peers.learn_scheme, foreigner.server.host, scheme, self.node.clock.now())


def _follow(tx: Tx, follower: str, followed: str) -> FollowRow | None:
    one, other = by_uri(tx, follower), by_uri(tx, followed)
    return between(tx, one.id, other.id) if one and other else None


def _arrivals(tx: Tx, actor: str) -> list[tuple[str, str | None, str]]:
    signer = by_uri(tx, actor)
    if signer is None:
        return []
    items = (
        select(inbox_item.c.type, inbox_item.c.outcome, inbox_item.c.scheme)
        .where(inbox_item.c.signer_id == signer.id)
        .order_by(inbox_item.c.id)
    )
    return [(row.type, row.outcome, row.scheme) for row in tx.execute(items)]


def _home(tx: Tx, owner: int) -> list[tuple[str, str | None]]:
    entries = home_timeline.read(tx, owner, Range(40))
    found = {entry.object_id: posts.by_id(tx, entry.object_id) for entry in entries}
    shown = [(found[entry.object_id], entry.booster_id) for entry in entries]
    return [(post.uri, _uri(tx, booster) if booster else None) for post, booster in shown if post is not None]


def _texts(tx: Tx, uri: str) -> list[str]:
    post = posts.by_uri(tx, uri)
    assert post is not None
    return [revision.content for revision in history.revisions(tx, post)]


def _reactions(tx: Tx, uri: str) -> list[tuple[str, str, str | None]]:
    post = posts.by_uri(tx, uri)
    assert post is not None
    rows = select(reaction.c.kind, reaction.c.actor_id, reaction.c.uri).where(reaction.c.object_id == post.id)
    return [(row.kind, _uri(tx, row.actor_id), row.uri) for row in tx.execute(rows.order_by(reaction.c.id))]


def _uri(tx: Tx, number: int) -> str:
    row = by_id(tx, number)
    assert row is not None
    return row.uri
