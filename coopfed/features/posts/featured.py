"""Posts that an actor pins to its profile: its own here, those of others as they tell by Add and Remove or show when asked.

GoToSocial sends neither; so the collection is looked at when the actor is refreshed, and when somebody here begins to follow it.
"""

from dataclasses import dataclass

from sqlalchemy import bindparam, delete, func, select
from sqlalchemy.dialects.postgresql import insert

from actors.lookup import ActorRow, by_uri
from coopfed import limits
from coopfed.db.models import Featured
from coopfed.db.tx import Tx, table
from coopfed.errors import CoopFedError, InvalidInput, NotFound
from coopfed.features.posts import store
from coopfed.features.posts.remote import known_post
from coopfed.features.posts.store import PostRow
from coopfed.net.fetch import fetch_document
from coopfed.node import Node, Stamp
from coopfed.outcomes import Outcome, Refusal
from coopfed.vocab import build
from coopfed.vocab.arrival import Arrival, Trust
from coopfed.vocab.audience import OPEN
from coopfed.vocab.collections import items_of
from coopfed.vocab.origin import authority, lies_with, same_authority
from coopfed.vocab.terms import PUBLIC
from outbox.publish import publish

featured = table(Featured)
_PIN = insert(featured).on_conflict_do_nothing()
_UNPIN = delete(featured).where(featured.c.actor_id == bindparam("actor"), featured.c.object_id == bindparam("post"))
_COUNT = select(func.count()).where(featured.c.actor_id == bindparam("actor"))
_PINNED = (
    select(featured.c.object_id)
    .where(featured.c.actor_id == bindparam("actor"))
    .order_by(featured.c.created_at.desc(), featured.c.object_id.desc())
    .limit(limits.FEATURED)
)
_UNPIN_OTHERS = delete(featured).where(
    featured.c.actor_id == bindparam("actor"), featured.c.object_id.not_in(bindparam("kept", expanding=True))
)


def pinned(tx: Tx, actor_id: int) -> list[int]:
    """Numbers of the posts that the actor pinned, the newest pin first. Whether they may be seen is asked after."""
    return list(tx.execute(_PINNED, {"actor": actor_id}).scalars())


def put_up(tx: Tx, actor_id: int, post: PostRow, now: int) -> bool:
    """Adds a post to what an actor shows first (a group features its members' posts too). Whether there was room and it is new.
    A unit of work."""
    if tx.execute(_COUNT, {"actor": actor_id}).scalar_one() >= limits.FEATURED or post.visibility not in OPEN:
        return False
    return bool(tx.execute(_PIN, {"actor_id": actor_id, "object_id": post.id, "created_at": now}).rowcount)


def take_down(tx: Tx, actor_id: int, post_id: int) -> bool:
    """Takes a post out of what an actor shows first. Whether it was there. A unit of work."""
    return bool(tx.execute(_UNPIN, {"actor": actor_id, "post": post_id}).rowcount)


async def pin(node: Node, author: ActorRow, post: PostRow) -> None:
    """Pins a post of `author` to its profile, and tells its followers by an Add.

    InvalidInput for what is not for everybody, or when there are `limits.FEATURED` already. Source: ActivityPub 6.6.
    """
    if post.visibility not in OPEN:
        raise InvalidInput("only a public or unlisted post can be pinned: everybody sees a profile")
    await node.db.write(_pin, author, post, node.stamp())


def _pin(tx: Tx, author: ActorRow, post: PostRow, stamp: Stamp) -> None:
    present = store.by_id(tx, post.id)
    if present is None or present.deleted_at is not None:
        raise NotFound(f"the post {post.id} was deleted")
    if tx.execute(_COUNT, {"actor": author.id}).scalar_one() >= limits.FEATURED:
        raise InvalidInput(f"{limits.FEATURED} posts are pinned already; unpin one first")
    if tx.execute(_PIN, {"actor_id": author.id, "object_id": post.id, "created_at": stamp.now}).rowcount:
        _tell(tx, author, post, stamp, "Add")


async def unpin(node: Node, author: ActorRow, post: PostRow) -> None:
    """Takes the pin away, and tells the followers by a Remove. Nothing happens when there is none. Source: ActivityPub 6.7."""
    await node.db.write(_unpin, author, post, node.stamp())


def _unpin(tx: Tx, author: ActorRow, post: PostRow, stamp: Stamp) -> None:
    if take_down(tx, author.id, post.id):
        _tell(tx, author, post, stamp, "Remove")


def _tell(tx: Tx, author: ActorRow, post: PostRow, stamp: Stamp, type: str) -> None:
    assert author.followers_uri is not None
    number = stamp.mint(None)
    activity = build.collected(
        type,
        stamp.urls.activity(number),
        author.uri,
        post.uri,
        f"{author.uri}/featured",
        [PUBLIC],
        [author.followers_uri],
    )
    publish(tx, stamp, author, number, activity, post.id)


@dataclass(frozen=True, slots=True)
class PinFacts:
    """Who pins or unpins what, into which collection; `post` is None for what is not here (any more)."""

    actor: ActorRow
    target: str | None
    post: PostRow | None


async def gather_pin(node: Node, arrival: Arrival) -> PinFacts:
    """The actor and the post, which is fetched when an Add names one that is unknown here."""
    ref = arrival.activity.object
    uri = ref.id if ref is not None else None
    if uri is None:
        raise Refusal(Outcome.MALFORMED, f"{arrival.activity.type} without an object")
    facts = await node.db.read(_pin_facts, arrival.activity.actor, arrival.activity.target, uri)
    ours = facts.target is not None and facts.target == facts.actor.featured_uri
    if facts.post is None and ours and arrival.activity.type == "Add" and same_authority(uri, facts.actor.uri):
        await known_post(node, uri, node.budget())
        facts = await node.db.read(_pin_facts, arrival.activity.actor, arrival.activity.target, uri)
    return facts


def _pin_facts(tx: Tx, actor_uri: str, target: str | None, object_uri: str) -> PinFacts:
    actor = by_uri(tx, actor_uri)
    if actor is None:
        raise Refusal(Outcome.IRRELEVANT, "the actor is not known here")
    return PinFacts(actor, target, store.by_uri(tx, object_uri))


def check_pin(arrival: Arrival, facts: PinFacts) -> None:
    """An actor pins its own posts, into its own collection. Source: FEP-fe34; s2s research 2.12."""
    if arrival.trust is Trust.LOCAL:
        raise Refusal(Outcome.DUPLICATE, "known here")
    if facts.target is None or facts.target != facts.actor.featured_uri:
        raise Refusal(Outcome.UNSUPPORTED, "not the actor's collection of pinned posts")
    if facts.post is None:
        raise Refusal(Outcome.IRRELEVANT, "not a post that is known here")
    if facts.post.actor_id != facts.actor.id:
        raise Refusal(Outcome.REFUSED_OWNER, "somebody else's post")
    if facts.post.deleted_at is not None:
        raise Refusal(Outcome.REFUSED_DELETED, "deleted before")
    if facts.post.visibility not in OPEN:
        raise Refusal(Outcome.IRRELEVANT, "not for everybody")


def apply_add(tx: Tx, _arrival: Arrival, facts: PinFacts, stamp: Stamp) -> Outcome:
    """The post is pinned; of an actor that pins without end only the first `limits.FEATURED`. Source: ActivityPub 7.8."""
    assert facts.post is not None
    if tx.execute(_COUNT, {"actor": facts.actor.id}).scalar_one() >= limits.FEATURED:
        return Outcome.IRRELEVANT
    row = {"actor_id": facts.actor.id, "object_id": facts.post.id, "created_at": stamp.now}
    return Outcome.ACCEPTED if tx.execute(_PIN, row).rowcount else Outcome.DUPLICATE


def apply_remove(tx: Tx, _arrival: Arrival, facts: PinFacts, _stamp: Stamp) -> Outcome:
    """The pin goes. Source: ActivityPub 7.9."""
    assert facts.post is not None
    return Outcome.ACCEPTED if take_down(tx, facts.actor.id, facts.post.id) else Outcome.DUPLICATE


async def look_at_featured(node: Node, uri: str) -> None:
    """The job `look_at_featured` (key: the actor's id): reads the first page of the collection and pins what it shows.

    Posts that cannot be had are left out. FetchError when the actor's host does not answer. Source: s2s research 2.12, 2.13.
    """
    actor = await node.db.read(by_uri, uri)
    if actor is None or actor.local or actor.gone_at is not None or actor.featured_uri is None:
        return
    if not same_authority(actor.featured_uri, actor.uri):
        return
    await node.refuse_blocked(authority(actor.uri))
    budget = node.budget()
    head = await fetch_document(node.http, actor.featured_uri, signer=node.signer, budget=budget)
    items, first = items_of(head.document)
    if not items and first is not None and same_authority(first, actor.uri):
        items, _ = items_of((await fetch_document(node.http, first, signer=node.signer, budget=budget)).document)
    posts = []
    for item in items[: limits.FEATURED]:
        if not lies_with(item, actor.uri):
            # Others' posts are not pinned anyway: a collection of foreign ids would only make this node ask their hosts.
            continue
        try:
            posts.append(await known_post(node, item, budget))
        except (CoopFedError, Refusal):
            continue
    await node.db.write(_replace, actor, posts, node.clock.now())


def _replace(tx: Tx, actor: ActorRow, posts: list[PostRow], now: int) -> None:
    own = [post for post in posts if post.actor_id == actor.id and post.visibility in OPEN]
    tx.execute(_UNPIN_OTHERS, {"actor": actor.id, "kept": [post.id for post in own] or [0]})
    for distance, post in enumerate(own):
        tx.execute(_PIN, {"actor_id": actor.id, "object_id": post.id, "created_at": now - distance})
