"""What a group passed on whole: the activity within its Announce takes the road that it would have taken by itself.

The group's signature says only that the group passed it on. What the inner activity says is believed when the group itself is its
actor, with a proof of its actor, or when the actor's own host says the same; what it says about the group (its posts, moderators
and members) is the group's word. Source: FEP-1b12 *Announce*; FEP-fe34; design 9.
"""

from dataclasses import replace
from typing import Any

import orjson

from actors.lookup import ActorRow, by_uri
from actors.remote import known_actor
from coopfed.db.tx import Tx
from coopfed.errors import BadMessage
from coopfed.features.groups import store as groups
from coopfed.features.groups.moderate import about_the_group
from coopfed.features.posts import store as posts
from coopfed.features.posts.store import PostRow
from coopfed.net.fetch import fetch_document
from coopfed.node import Node
from coopfed.outcomes import Outcome, Refusal
from coopfed.vocab.arrival import Arrival, Trust
from coopfed.vocab.document import read_activity
from coopfed.vocab.origin import authority, check_activity_origin
from coopfed.vocab.records import Activity, ObjectRef
from coopfed.vocab.strict_json import parse
from coopfed.vocab.terms import ACTIVITY_TYPES
from inbox.relayed import confirmed, refuse_blocked_origin

_REACTIONS = frozenset({"Dislike", "EmojiReact", "Like", "Undo"})


async def unwrapped(node: Node, arrival: Arrival) -> Arrival:
    """The activity within a group's Announce, as far as it can be believed; every other arrival as it is.

    Only groups pass activities on. Refusals as of `relayed.confirmed`; `irrelevant` for what only another node's readers would see.
    """
    ref = arrival.activity.object
    outer = arrival.activity
    if outer.type != "Announce" or ref is None or ref.embedded is None or ref.type not in ACTIVITY_TYPES:
        return arrival
    inner = read_activity(ref.embedded)
    check_activity_origin(inner)
    within = replace(arrival, activity=inner, raw=_bytes(arrival.raw), signer=outer.actor, group=outer.actor)
    await refuse_blocked_origin(node, within)
    group, followed, post = await node.db.read(_facts, outer.actor, _subject(inner))
    if group is None or group.type != "Group":
        return arrival
    if not followed and not (post is not None and post.local):
        raise Refusal(Outcome.IRRELEVANT, "nobody here follows the group")
    await node.db.write(groups.seen_wrapping, authority(group.uri))
    return await _believed(node, within, group, post)


def _bytes(raw: bytes) -> bytes:
    """The inner activity as it came: a proof is over all its members, also those that nobody reads."""
    found: Any = parse(raw).get("object")
    if isinstance(found, list):
        found = found[0] if found else None
    if not isinstance(found, dict):
        raise BadMessage("an Announce of nothing")
    return orjson.dumps(found)


def _subject(activity: Activity) -> str | None:
    """The id of what the activity, or what it undoes, is about."""
    ref = activity.object
    if ref is None:
        return None
    if activity.type == "Undo" and ref.embedded is not None:
        return read_activity({"actor": activity.actor, **ref.embedded}).object_id
    return ref.id


def _facts(tx: Tx, group_uri: str, subject: str | None) -> tuple[ActorRow | None, bool, PostRow | None]:
    group = by_uri(tx, group_uri)
    followed = group is not None and posts.followed_here(tx, group.id)
    return group, followed, posts.by_uri(tx, subject) if subject else None


async def _believed(node: Node, within: Arrival, group: ActorRow, post: PostRow | None) -> Arrival:
    activity, ref = within.activity, within.activity.object
    if activity.actor == group.uri:
        return replace(within, trust=Trust.DIRECT)
    if activity.type == "Update" and ref is not None and ref.id == group.uri:
        # Lemmy's moderators change the group's document; the group, which passes it on, agrees.
        return replace(within, activity=replace(activity, actor=group.uri), trust=Trust.DIRECT)
    if about_the_group(activity, group, post, await node.db.read(by_uri, activity.actor)):
        return replace(within, trust=Trust.DIRECT, moderation=True)
    proposes = ref is not None and ref.type == "Proposal"
    if activity.type == "Create" and ref is not None and ref.id is not None and _is_a_post(ref) and not proposes:
        # Shown as the group's boost: fetched from its own host, once, however the group makes it known besides.
        boost = replace(activity, type="Announce", actor=group.uri, objects=(ObjectRef(ref.id),))
        return replace(within, activity=boost, trust=Trust.DIRECT)
    if node.urls.is_ours(activity.actor):
        # Lemmy passes on to us too what ours said in the group: it has had its effect, and we do not ask ourselves.
        raise Refusal(Outcome.DUPLICATE, "said here")
    if activity.type in _REACTIONS:
        return await _reaction(node, within, post)
    if activity.type in ("Create", "Update") and proposes:
        # Whoever stores it asks its own host for it.
        return replace(within, trust=Trust.RELAYED)
    return await confirmed(node, replace(within, trust=Trust.RELAYED))


def _is_a_post(ref: ObjectRef) -> bool:
    """Not a comment, by what the group says; a bare id is taken for a post."""
    return ref.embedded is None or not ref.embedded.get("inReplyTo")


async def _reaction(node: Node, within: Arrival, post: PostRow | None) -> Arrival:
    """A like, a dislike or its Undo: asked for at its actor's host, but only for posts of ours. A group tells of thousands."""
    activity = within.activity
    if post is None or not post.local:
        raise Refusal(Outcome.IRRELEVANT, "a reaction to a post of another node")
    if activity.id is None:
        raise Refusal(Outcome.REFUSED_RELAYED, "a reaction without an id")
    budget = node.budget()
    found = await fetch_document(node.http, activity.id, signer=node.signer, budget=budget)
    same = read_activity(found.document)
    told = (activity.id, activity.type, activity.actor, _subject(activity))
    if (same.id, same.type, same.actor, _subject(same)) != told:
        raise Refusal(Outcome.REFUSED_RELAYED, f"{activity.id} says something else at its origin")
    await known_actor(node, activity.actor, budget)
    return replace(within, activity=same, trust=Trust.DIRECT)
