"""What a group of ours passes on: observers of what arrives, after the handlers that store it.

Two forms, never both to one inbox: followers whose server reads it get the activity whole, as it came (Lemmy and its kin, other
nodes of ours); the others, and readers here, a plain boost, of posts only. A boosted comment stands without its thread in a home
timeline: Lemmy once did so and its readers complained (LemmyNet/lemmy#2224).
"""

from dataclasses import dataclass
from typing import Any

import orjson
from sqlalchemy import bindparam, literal_column, select

from actors.lookup import COLUMNS as ACTOR_COLUMNS
from actors.lookup import ActorRow, actor, by_id, by_uri
from coopfed import limits
from coopfed.db.models import Activity as Said
from coopfed.db.tx import Tx, table
from coopfed.features import timelines
from coopfed.features.follows.store import between, blocks
from coopfed.features.groups import store
from coopfed.features.groups.rules import may_post, may_stand
from coopfed.features.posts import groups as places
from coopfed.features.posts import store as posts
from coopfed.features.posts.groups import Standing
from coopfed.features.posts.store import PostRow
from coopfed.features.reactions import store as reactions
from coopfed.features.reactions.actions import announcing
from coopfed.features.reactions.rules import BOOST
from coopfed.features.reactions.store import ReactionRow
from coopfed.features.reactions.undo import end
from coopfed.features.streams import store as streams
from coopfed.node import Node, Stamp
from coopfed.outcomes import Outcome
from coopfed.vocab import build
from coopfed.vocab.arrival import Arrival
from coopfed.vocab.audience import Visibility
from coopfed.vocab.records import Activity
from coopfed.vocab.terms import PUBLIC
from coopfed.vocab.values import reference
from outbox.publish import Readers, publish

activity = table(Said)


@dataclass(frozen=True, slots=True)
class Boosted:
    """A group of ours in which a post stands, and the Announce by which it made it known (None: a comment)."""

    group: ActorRow
    announce: build.Document | None


@dataclass(frozen=True, slots=True)
class PassedOn:
    """What groups may be concerned: those of ours that the activity names, and where the post it is about stands already."""

    post: PostRow | None
    named: tuple[ActorRow, ...]
    stands: tuple[Boosted, ...]


NOTHING = PassedOn(None, (), ())
_GROUP = select(*ACTOR_COLUMNS).where(
    actor.c.uri == bindparam("named"),
    actor.c.type == literal_column("'Group'"),
    literal_column("local"),
    actor.c.gone_at.is_(None),
)
_ANNOUNCE = (
    select(activity.c.body)
    .where(
        activity.c.actor_id == bindparam("group"),
        activity.c.object_uri == bindparam("about"),
        activity.c.type == literal_column("'Announce'"),
    )
    .order_by(activity.c.id.desc())
    .limit(1)
)


async def gather(node: Node, arrival: Arrival) -> PassedOn:
    """Where the post stands that an activity is about, and which groups of ours it names. What another group passed on stays there."""
    said = arrival.activity
    about = _about(said)
    if arrival.group is not None or about is None:
        return NOTHING
    if said.type != "Create":
        return await node.db.read(_where, about)
    named = [uri for uri in _named(said) if node.urls.actor_number(uri)]
    return await node.db.read(_groups, named[: limits.GROUPS_PER_POST]) if named else NOTHING


async def gather_nothing(_node: Node, _arrival: Arrival) -> PassedOn:
    """Nothing: what is to be noted is looked up when it is stored."""
    return NOTHING


def _about(activity: Activity) -> str | None:
    """The id of the post that the activity, or what it undoes, is about."""
    ref = activity.object
    if ref is not None and activity.type == "Undo" and ref.embedded is not None:
        objects = ref.embedded.get("object")
        return reference(objects[0]) if isinstance(objects, list) and objects else None
    return ref.id if ref is not None else None


def _named(activity: Activity) -> tuple[str, ...]:
    """Whom the activity or its object names: a post comes to a group by a mention, by its address or as its audience."""
    document = activity.object.embedded if activity.object is not None else None
    inner = document or {}
    tags = (tag.get("href") for tag in inner.get("tag", ()) if tag.get("type") == "Mention")
    uris = (*activity.to, *activity.cc, *activity.audience, *inner.get("audience", ()), *tags)
    return tuple(dict.fromkeys(uri for uri in uris if isinstance(uri, str)))


def _groups(tx: Tx, named: list[str]) -> PassedOn:
    found = (tx.execute(_GROUP, {"named": uri}).one_or_none() for uri in named)
    return PassedOn(None, tuple(ActorRow(*row) for row in found if row is not None), ())


def _where(tx: Tx, about: str) -> PassedOn:
    stands = [group for group in places.groups_of(tx, about) if is_ours(group)]
    post = posts.by_uri(tx, about) if stands else None
    if post is None:
        return NOTHING
    boosted = tuple(Boosted(group, announce_of(tx, group, post)) for group in stands)
    return PassedOn(post, (), boosted)


def announce_of(tx: Tx, group: ActorRow, post: PostRow) -> build.Document | None:
    """The Announce by which the group made the post known. From what was sent: the boost itself ends with its post. A unit of work."""
    body = tx.execute(_ANNOUNCE, {"group": group.id, "about": post.uri}).scalar_one_or_none()
    return orjson.loads(body) if body else None


def is_ours(actor: ActorRow) -> bool:
    """Whether the actor is a group of this node."""
    return actor.local and actor.type == "Group" and actor.gone_at is None


def check(_arrival: Arrival, _facts: PassedOn) -> None:
    """Nothing is refused for a group's sake: a post that a group does not take is still its author's post."""


def apply_create(tx: Tx, arrival: Arrival, facts: PassedOn, stamp: Stamp) -> Outcome:
    """A post that names a group comes to stand there, and so does a comment on what stands there. Source: FEP-1b12 *Announce*."""
    ref = arrival.activity.object
    if arrival.group is not None:
        return apply_noted(tx, arrival, facts, stamp)
    if ref is None or ref.id is None:
        return Outcome.ACCEPTED
    if not facts.named and ref.embedded is not None and not ref.embedded.get("inReplyTo"):
        return Outcome.ACCEPTED
    post = posts.by_uri(tx, ref.id)
    author = by_id(tx, post.actor_id) if post is not None else None
    if post is None or author is None or post.deleted_at is not None:
        return Outcome.ACCEPTED
    for group in _destinations(tx, post, author, facts.named, arrival.activity.to):
        if places.stand(tx, post.id, group.id, stamp.now):
            whole(tx, group, arrival.raw, post.id, stamp)
            if post.in_reply_to is None:
                make_known(tx, group, post, author, stamp)
    return Outcome.ACCEPTED


def _destinations(
    tx: Tx, post: PostRow, author: ActorRow, named: tuple[ActorRow, ...], to: tuple[str, ...]
) -> list[ActorRow]:
    """The groups of ours that take the post: of a comment those of its thread, else those that it names."""
    if post.in_reply_to is not None:
        thread = places.standings(tx, post.in_reply_to_id) if post.in_reply_to_id else []
        return [
            place.group for place in thread if may_stand(post.visibility, answer=True) and _comments(tx, place, author)
        ]
    first = author.followers_uri not in to
    return [
        group
        for group in named
        if may_stand(post.visibility, answer=False, to_group=first and group.uri in to)
        and group.id != author.id
        and takes(tx, group, author)
    ]


def takes(tx: Tx, group: ActorRow, author: ActorRow) -> bool:
    """Whether the group takes posts of this author: not of those whom it blocks, and as its rule says; nothing while the operators keep
    it suspended. A unit of work."""
    if group.suspended or blocks(tx, group.id, author.id):
        return False
    row = between(tx, author.id, group.id)
    follows = row is not None and row.accepted
    return may_post(store.posting(tx, group.id), follows=follows, moderates=store.moderates(tx, author.id, group.id))


def _comments(tx: Tx, place: Standing, author: ActorRow) -> bool:
    group, shut = place.group, place.removed or place.locked
    return is_ours(group) and not shut and not group.suspended and not blocks(tx, group.id, author.id)


def whole(tx: Tx, group: ActorRow, raw: bytes, order_key: int, stamp: Stamp) -> None:
    """Passes on an activity as it came to the followers whose servers read it so. A unit of work. Source: FEP-1b12."""
    assert group.followers_uri is not None
    number = stamp.mint(None)
    passed_on: dict[str, Any] = orjson.loads(raw)
    moment = stamp.utc()
    uri = stamp.urls.activity(number)
    announce = build.announce(uri, group.uri, passed_on, moment, [PUBLIC], [group.followers_uri])
    publish(tx, stamp, group, number, announce, order_key, readers=Readers.WRAPPING)


def make_known(tx: Tx, group: ActorRow, post: PostRow, author: ActorRow, stamp: Stamp) -> None:
    """Boosts a post for the other followers, and tells its author. A unit of work. Source: ActivityPub 7.11."""
    number = stamp.mint(None)
    moment = max(stamp.now, post.published_at)
    uri = stamp.urls.activity(number)
    seen_by = Visibility.PUBLIC.value
    row = reactions.add(tx, ReactionRow(number, BOOST, group.id, post.id, "", seen_by, uri, None, moment))
    if row is None:
        return
    timelines.raise_own(tx, row.id, post.id, group.id)
    streams.posted(tx, row.id, post.id, group.id, row.created_at, stamp.now, owner_id=group.id)
    announce = announcing(group, row, post, author)
    publish(tx, stamp, group, number, announce, post.id, readers=Readers.PLAIN)


def take_back(tx: Tx, group: ActorRow, announce: build.Document, post: PostRow, stamp: Stamp) -> None:
    """Takes back by which the group made a post known. A unit of work. Source: ActivityPub 6.10."""
    number = stamp.mint(None)
    undo = build.undo(stamp.urls.activity(number), announce)
    publish(tx, stamp, group, number, undo, post.id, readers=Readers.PLAIN)
    boost = reactions.find(tx, group.id, post.id, BOOST)
    if boost is not None:
        end(tx, boost)


def apply_change(tx: Tx, arrival: Arrival, facts: PassedOn, stamp: Stamp) -> Outcome:
    """What happens to a post of a group (an edit, a like, a dislike, their Undo) goes whole to those who read it so.

    Not what the banned do, nor anything while the group is suspended, but for the end of what was done; and nothing of a post that is
    for few by now.
    """
    # As it is now: the edit may have made it so.
    post = posts.by_id(tx, facts.post.id) if facts.post is not None else None
    actor = by_uri(tx, arrival.activity.actor)
    if post is None or actor is None or not may_stand(post.visibility, answer=True):
        return Outcome.ACCEPTED
    for stand in facts.stands:
        silent = stand.group.suspended or blocks(tx, stand.group.id, actor.id)
        if arrival.activity.type == "Undo" or not silent:
            whole(tx, stand.group, arrival.raw, post.id, stamp)
    return Outcome.ACCEPTED


def apply_delete(tx: Tx, arrival: Arrival, facts: PassedOn, stamp: Stamp) -> Outcome:
    """A deleted post leaves the group: whole where that is read, elsewhere by the end of the boost. Source: domain research 9.2."""
    if facts.post is None:
        return Outcome.ACCEPTED
    for stand in facts.stands:
        whole(tx, stand.group, arrival.raw, facts.post.id, stamp)
        if stand.announce is not None:
            take_back(tx, stand.group, stand.announce, facts.post, stamp)
    places.forget(tx, facts.post.id)
    return Outcome.ACCEPTED


def apply_noted(tx: Tx, arrival: Arrival, _facts: PassedOn, stamp: Stamp) -> Outcome:
    """A post that a peer's group made known, or passed on, stands there: whoever answers it here tells the group too."""
    ref = arrival.activity.object
    group = by_uri(tx, arrival.group or arrival.activity.actor)
    post = posts.by_uri(tx, ref.id) if ref is not None and ref.id is not None else None
    if group is not None and not group.local and group.type == "Group" and post is not None:
        places.stand(tx, post.id, group.id, stamp.now)
    return Outcome.ACCEPTED
