"""Create, Delete and the end of an actor as they arrive: gather, check, apply.

The embedded object of a Create is believed when the signer is its author and both lie on one host; a bare id is fetched from its
origin. The same handlers take our own posts (trust `local`): then the object is stored already and only its effects on others
are left.
"""

from dataclasses import dataclass, replace

import orjson
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

from actors.local import signing_key
from actors.lookup import ActorRow, by_uri, by_uris
from actors.remote import known_actor, mark_gone
from coopfed import limits
from coopfed.db.tx import Tx
from coopfed.errors import BadMessage
from coopfed.features import notifications, timelines
from coopfed.features.posts import groups as places
from coopfed.features.posts import store, threads
from coopfed.features.posts.ancestors import Ancestors, climb, store_ancestors
from coopfed.features.posts.remote import Post, is_vote, store_post
from coopfed.features.posts.store import PostRow
from coopfed.features.streams import store as streams
from coopfed.ids import Urls
from coopfed.net.fetch import Budget, Fetched, Signer, fetch_document
from coopfed.node import Node, Stamp
from coopfed.outcomes import Outcome, Refusal
from coopfed.vocab.arrival import Arrival, Trust
from coopfed.vocab.audience import Visibility
from coopfed.vocab.document import read_post
from coopfed.vocab.origin import may_author, same_authority
from coopfed.vocab.records import PostRecord
from outbox.relays import is_relay


@dataclass(frozen=True, slots=True)
class CreateFacts:
    """What is known about a created post: the post, its parent here or the ancestors fetched for it, who is mentioned
    and known, and whether somebody here is addressed or follows the author."""

    post: Post
    stored: PostRow | None
    buried: bool
    parent: PostRow | None
    ancestors: Ancestors
    known: dict[str, ActorRow]
    concerns_us: bool


async def gather_create(node: Node, arrival: Arrival) -> CreateFacts:
    """The post (fetched when only its id came), what it answers (fetched as far as it is unknown), and what the database knows."""
    budget = node.budget()
    record, raw = await named_post(node, arrival, budget)
    return await facts_of(node, arrival, record, raw, budget)


async def facts_of(node: Node, arrival: Arrival, record: PostRecord, raw: bytes, budget: Budget) -> CreateFacts:
    """What the database knows of a post that may be new here, and the ancestors that it does not know."""
    facts = await node.db.read(_facts, record, raw, arrival, node.urls)
    if facts is None:
        await known_actor(node, arrival.activity.actor, budget)
        facts = await node.db.read(_facts, record, raw, arrival, node.urls)
        assert facts is not None
    if facts.stored is None and record.in_reply_to and facts.parent is None and _relevant(facts):
        return replace(facts, ancestors=await climb(node, record.in_reply_to, budget))
    return facts


async def named_post(node: Node, arrival: Arrival, budget: Budget) -> tuple[PostRecord, bytes]:
    """The post that a Create or Update is about, with its bytes: embedded, or fetched when only its id came.

    Refusal `refused_origin` when it lies on another host than its actor.
    """
    ref = arrival.activity.object
    if ref is not None and ref.embedded is not None:
        _named_at_home(arrival)
        return read_post(ref.embedded), orjson.dumps(ref.embedded)
    fetched = await fetch_named(node, arrival, budget)
    return read_post(fetched.document), fetched.raw


async def fetch_named(node: Node, arrival: Arrival, budget: Budget) -> Fetched:
    """What a Create or Update names by its id, from its origin. Refusal `refused_origin` as of `named_post`; FetchError."""
    uri = _named_at_home(arrival)
    return await fetch_document(node.http, uri, signer=await _reader(node, arrival), budget=budget)


def _named_at_home(arrival: Arrival) -> str:
    """The id of the object, which lies on its actor's host."""
    activity, ref = arrival.activity, arrival.activity.object
    if ref is None or ref.id is None:
        raise Refusal(Outcome.MALFORMED, f"{activity.type} without an object")
    if not same_authority(ref.id, activity.actor):
        raise Refusal(Outcome.REFUSED_ORIGIN, "the object lies on another host than its actor")
    return ref.id


async def _reader(node: Node, arrival: Arrival) -> Signer:
    """Who asks for a post that came by its id: one whom it is for, since what is not public is served to nobody else; the
    node itself for what others relayed, whose addressing is not believed."""
    activity = arrival.activity
    ours = [uri for uri in (*activity.to, *activity.cc) if node.urls.actor_number(uri)]
    direct = arrival.trust is Trust.DIRECT
    number = await node.db.read(_reader_here, activity.actor, ours[: limits.READ_ROWS]) if direct else None
    if number is None:
        return node.signer
    loaded = await signing_key(node, number, newest=True)
    assert isinstance(loaded.key, RSAPrivateKey)
    return Signer(loaded.id, loaded.key)


def _reader_here(tx: Tx, author_uri: str, addressed: list[str]) -> int | None:
    author = by_uri(tx, author_uri)
    readers = [row.id for row in by_uris(tx, addressed).values() if row.local and row.gone_at is None]
    return readers[0] if readers or author is None else store.follower_here(tx, author.id)


def _facts(tx: Tx, record: PostRecord, raw: bytes, arrival: Arrival, urls: Urls) -> CreateFacts | None:
    """None when the actor is not known here (a relayed activity)."""
    author = by_uri(tx, arrival.activity.actor)
    if author is None:
        return None
    ours = [uri for uri in (*record.to, *record.cc) if urls.actor_number(uri)]
    known = by_uris(tx, [*ours, *(mention.href for mention in record.mentions)])
    parent = store.by_uri(tx, record.in_reply_to) if record.in_reply_to else None
    return CreateFacts(
        post=Post(record, author, raw),
        stored=store.by_uri(tx, record.id),
        buried=store.is_buried(tx, record.id, author.id),
        parent=parent,
        ancestors=Ancestors(),
        known=known,
        # What a group passes on has readers here, else it would have been refused; what a relay does is there to be found.
        concerns_us=arrival.group is not None
        or (arrival.signer is not None and arrival.signer != author.uri and is_relay(tx, arrival.signer))
        or any(actor.local for actor in known.values())
        or store.followed_here(tx, author.id)
        # Mastodon's answers do not name the group whose thread it is.
        or (parent is not None and any(group.local for group in places.standing_in(tx, parent.id)))
        or threads.joins_ours(tx, record.context, parent, urls),
    )


def _relevant(facts: CreateFacts) -> bool:
    return facts.concerns_us or (facts.parent is not None and facts.parent.local)


def check_create(arrival: Arrival, facts: CreateFacts) -> None:
    """Authorship, kind, tombstones, and whether anybody here is concerned. Source: FEP-fe34; s2s research 2.22."""
    may_author(arrival.activity.actor, facts.post.record)
    if facts.post.author.gone_at is not None:
        raise Refusal(Outcome.IRRELEVANT, "the author is gone")
    if is_vote(facts.post.record):
        raise Refusal(Outcome.UNSUPPORTED, "a vote, and no post")
    if facts.buried or (facts.stored is not None and facts.stored.deleted_at is not None):
        raise Refusal(Outcome.REFUSED_DELETED, "deleted before")
    if arrival.trust is Trust.LOCAL:
        return
    if facts.stored is not None and facts.stored.actor_id != facts.post.author.id:
        raise Refusal(Outcome.REFUSED_AUTHOR, "stored here as somebody else's")
    if not _relevant(facts):
        raise Refusal(Outcome.IRRELEVANT, "nobody here follows, is addressed or answered")


def apply_create(tx: Tx, arrival: Arrival, facts: CreateFacts, stamp: Stamp) -> Outcome:
    """Stores the post and lets those here see it: home timelines of followers, notifications of those mentioned."""
    parent = facts.parent or store_ancestors(tx, facts.ancestors, stamp)
    if parent is None and facts.post.record.in_reply_to is not None:
        # It may have come since the facts were gathered.
        parent = store.by_uri(tx, facts.post.record.in_reply_to)
    stored = (
        None if facts.stored or arrival.trust is Trust.LOCAL else store_post(tx, facts.post, parent, facts.known, stamp)
    )
    # Stored before does not mean seen before: an answer may have fetched it while its Create was still on the way.
    post = stored or store.by_uri(tx, facts.post.record.id)
    if post is None or post.deleted_at is not None:
        return Outcome.REFUSED_DELETED
    reached = surface(tx, post, facts.post, parent, facts.known, stamp)
    return Outcome.ACCEPTED if stored or reached or arrival.trust is Trust.LOCAL else Outcome.DUPLICATE


def surface(tx: Tx, post: PostRow, came: Post, parent: PostRow | None, known: dict[str, ActorRow], stamp: Stamp) -> int:
    """Lets those here see the post whom it concerns. For how many it is new; for nobody while it waits for consent. A unit of work."""
    if post.consent:
        return 0
    placed = _place(tx, post, came.author, parent)
    if placed and (post.in_reply_to is None or (parent is not None and parent.actor_id == post.actor_id)):
        notifications.tell_followers(tx, post.actor_id, post.uri, post.id, stamp)
    if came.record.hashtags:
        placed += timelines.place_tagged(tx, post.id)
    tell = streams.placed if post.local else streams.posted
    tell(tx, post.id, post.id, post.actor_id, post.published_at, stamp.now)
    return placed + tell_mentioned(tx, post, came.record, known, stamp)


def _place(tx: Tx, post: PostRow, author: ActorRow, parent: PostRow | None) -> int:
    """In how many timelines the post is new."""
    if post.visibility == Visibility.DIRECT:
        return 0
    if post.in_reply_to is None:
        return timelines.place(tx, post.id, author.id, 0)
    return timelines.place(tx, post.id, author.id, parent.actor_id) if parent is not None else 0


def tell_mentioned(tx: Tx, post: PostRow, record: PostRecord, known: dict[str, ActorRow], stamp: Stamp) -> int:
    """Notifies those of ours whom the post mentions. How many are told for the first time. A unit of work."""
    told = 0
    for mention in record.mentions:
        reader = known.get(mention.href)
        if reader is None or not reader.local or reader.id == post.actor_id or reader.gone_at is not None:
            continue
        told += notifications.notify(
            tx, reader.id, notifications.MENTION, post.actor_id, post.uri, stamp, object_id=post.id
        )
    return told


@dataclass(frozen=True, slots=True)
class DeleteFacts:
    """Who deletes what; `post` is None for what was never seen here."""

    actor: ActorRow
    object_uri: str
    post: PostRow | None


async def gather_delete(node: Node, arrival: Arrival) -> DeleteFacts:
    """The post to delete, as it is stored here."""
    ref = arrival.activity.object
    if ref is None or ref.id is None:
        raise BadMessage("Delete without an object's id")
    return await node.db.read(_delete_facts, arrival.activity.actor, ref.id)


def _delete_facts(tx: Tx, actor_uri: str, object_uri: str) -> DeleteFacts:
    actor = by_uri(tx, actor_uri)
    if actor is None:
        # Relayed by somebody who is known here: what a stranger deletes was never seen.
        raise Refusal(Outcome.IRRELEVANT, "the actor is not known here")
    return DeleteFacts(actor, object_uri, store.by_uri(tx, object_uri))


def check_delete(arrival: Arrival, facts: DeleteFacts) -> None:
    """Only the author deletes: neighbours on one host are strangers. Source: FEP-fe34; design 9."""
    if facts.post is not None and facts.post.actor_id != facts.actor.id:
        raise Refusal(Outcome.REFUSED_OWNER, "somebody else's object")
    if facts.post is None and not same_authority(facts.object_uri, arrival.activity.actor):
        raise Refusal(Outcome.REFUSED_OWNER, "an object on another host")


def apply_delete(tx: Tx, arrival: Arrival, facts: DeleteFacts, stamp: Stamp) -> Outcome:
    """The post becomes a tombstone and leaves every timeline; what was never seen is remembered as deleted.

    Source: ActivityPub 7.4.
    """
    # A boost or an answer may have fetched it since the facts were gathered.
    post = facts.post or store.by_uri(tx, facts.object_uri)
    if post is None:
        store.bury(tx, facts.object_uri, facts.actor.id, stamp.now)
        return Outcome.ACCEPTED
    if post.actor_id != facts.actor.id:
        return Outcome.REFUSED_OWNER
    wiped = store.wipe(tx, post, stamp.now)
    timelines.remove_object(tx, post.id)
    notifications.withdraw_post(tx, post.id)
    return Outcome.ACCEPTED if wiped or arrival.trust is Trust.LOCAL else Outcome.DUPLICATE


async def gather_actor_delete(node: Node, arrival: Arrival) -> ActorRow:
    """The actor that deletes itself."""
    actor = await node.db.read(by_uri, arrival.activity.actor)
    if actor is None:
        raise Refusal(Outcome.IRRELEVANT, "the actor is not known here")
    return actor


def check_actor_delete(_arrival: Arrival, actor: ActorRow) -> None:
    """An actor is deleted once."""
    if actor.gone_at is not None:
        raise Refusal(Outcome.DUPLICATE, "gone already")


def apply_actor_delete(tx: Tx, arrival: Arrival, actor: ActorRow, stamp: Stamp) -> Outcome:
    """The actor is gone: follows end now, posts are purged by a job. Source: ActivityPub 7.4; s2s research 2.10."""
    if arrival.trust is not Trust.LOCAL:
        mark_gone(tx, actor.id, stamp)
    return Outcome.ACCEPTED
