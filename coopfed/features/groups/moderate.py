"""What moderators do: take a post out of the group or let it in again, feature it, close it to comments, ban a member, appoint others.

Of a group of ours the actor must be among its moderators; of a peer's the group says so by passing it on. A post that is taken out
stays its author's: it leaves the group, what the group made known, and the thread, when that was said to the group. Source: FEP-1b12
*Moderation*.
"""

from collections.abc import Callable
from dataclasses import dataclass

from actors.lookup import ActorRow, by_id, by_uri
from coopfed.db.tx import Tx
from coopfed.errors import BadMessage
from coopfed.features.blocks import store as blocks
from coopfed.features.follows import store as follows
from coopfed.features.groups import store
from coopfed.features.groups.pass_on import announce_of, is_ours, make_known, take_back, whole
from coopfed.features.groups.rules import MODERATION
from coopfed.features.posts import documents, featured, threads
from coopfed.features.posts import groups as places
from coopfed.features.posts import store as posts
from coopfed.features.posts.store import PostRow
from coopfed.features.reactions import store as reactions
from coopfed.features.reactions.rules import BOOST
from coopfed.features.reactions.undo import end
from coopfed.node import Node, Stamp
from coopfed.outcomes import Outcome, Refusal
from coopfed.vocab.arrival import Arrival
from coopfed.vocab.document import read_post
from coopfed.vocab.normalise import normalise
from coopfed.vocab.records import Activity
from coopfed.vocab.strict_json import parse
from coopfed.vocab.values import reference


@dataclass(frozen=True, slots=True)
class Act:
    """What is done (`type`, an Undo taken apart), to what, in which collection of the group's."""

    type: str
    undo: bool
    object_uri: str | None
    target: str | None


def act_of(activity: Activity) -> Act:
    """The act of an activity, or of what it undoes. Pure."""
    ref = activity.object
    if activity.type != "Undo" or ref is None or ref.embedded is None:
        return Act(activity.type, False, ref.id if ref is not None else None, activity.target)
    inner = ref.embedded
    objects = inner.get("object") or [None]
    about = reference(objects[0]) if objects[0] is not None else None
    return Act(str(inner.get("type")), True, about, reference(inner.get("target")))


def about_the_group(activity: Activity, group: ActorRow, post: PostRow | None, actor: ActorRow | None) -> bool:
    """Whether the activity is a moderator's: about the group's own collections and members, or about a post that is not the actor's.

    Pure. An author's own Delete is none, nor a Block of the group itself by who wants no more of it.
    """
    act = act_of(activity)
    if act.type not in MODERATION:
        return False
    if act.type == "Delete":
        return post is not None and (actor is None or post.actor_id != actor.id)
    if act.type in ("Add", "Remove"):
        return act.target is not None and act.target in (moderators_uri(group), featured_uri(group))
    return act.type != "Block" or act.object_uri != group.uri


def moderators_uri(group: ActorRow) -> str:
    """The id of the collection of a group's moderators, as Lemmy and we write it; other software's is not moderated from here."""
    return f"{group.uri}/moderators"


def featured_uri(group: ActorRow) -> str | None:
    """The id of the collection of what a group features; None for one that features nothing."""
    return f"{group.uri}/featured" if group.local else group.featured_uri


@dataclass(frozen=True, slots=True)
class Moderation:
    """A moderator's act on a group: `post` and `member` are what the object's id is here."""

    group: ActorRow
    act: Act
    post: PostRow | None
    member: ActorRow | None


async def gather(node: Node, arrival: Arrival) -> Moderation:
    """The group and what the act is about."""
    assert arrival.group is not None
    return await node.db.read(_facts, arrival.group, act_of(arrival.activity))


def _facts(tx: Tx, group_uri: str, act: Act) -> Moderation:
    group = by_uri(tx, group_uri)
    if group is None or act.object_uri is None:
        raise Refusal(Outcome.IRRELEVANT, "the group is not known here")
    return Moderation(group, act, posts.by_uri(tx, act.object_uri), by_uri(tx, act.object_uri))


def check(_arrival: Arrival, facts: Moderation) -> None:
    """What the act is about must be known here: a post that stands in the group, or an actor."""
    appoints = facts.act.type in ("Add", "Remove") and facts.act.target == moderators_uri(facts.group)
    to_members = appoints or facts.act.type == "Block"
    if to_members and facts.member is None:
        raise Refusal(Outcome.IRRELEVANT, "the actor is not known here")
    if not to_members and (facts.post is None or facts.post.deleted_at is not None):
        raise Refusal(Outcome.IRRELEVANT, "the post is not known here")
    if facts.act.undo and facts.act.type not in ("Block", "Delete", "Lock"):
        raise Refusal(Outcome.UNSUPPORTED, f"an Undo of {facts.act.type}; it is told by its opposite")


def apply(tx: Tx, arrival: Arrival, facts: Moderation, stamp: Stamp) -> Outcome:
    """Does it, and of a group of ours passes it on. Nothing new is a duplicate."""
    changed = _ACTS[facts.act.type](tx, arrival, facts, stamp)
    if not changed:
        return Outcome.DUPLICATE
    if is_ours(facts.group):
        number = facts.post.id if facts.post is not None else facts.group.id
        whole(tx, facts.group, arrival.raw, number, stamp)
    return Outcome.ACCEPTED


def _take_out(tx: Tx, _arrival: Arrival, facts: Moderation, stamp: Stamp) -> bool:
    group, post = facts.group, facts.post
    assert post is not None
    author = by_id(tx, post.actor_id)
    assert author is not None
    if facts.act.undo:
        if not places.give_back(tx, post.id, group.id):
            return False
        if is_ours(group) and post.in_reply_to is None:
            make_known(tx, group, post, author, stamp)
        return True
    from_thread = _was_said_to(tx, group, threads.beginning(tx, post))
    if from_thread:
        # A comment may have come from its author's server alone: it stands in the group by its thread.
        places.stand(tx, post.id, group.id, stamp.now)
    if not places.remove(tx, post.id, group.id, stamp.now, from_thread=from_thread):
        return False
    announce = announce_of(tx, group, post) if is_ours(group) else None
    boost = reactions.find(tx, group.id, post.id, BOOST)
    if announce is not None:
        take_back(tx, group, announce, post, stamp)
    elif boost is not None:
        end(tx, boost)
    featured.take_down(tx, group.id, post.id)
    return True


def _was_said_to(tx: Tx, group: ActorRow, root: PostRow) -> bool:
    """Whether the author of the post that begins a thread addressed it to the group. A group that passes on what was not said to it
    would else have a say in everybody's threads."""
    if group.local:
        return any(place.group.id == group.id for place in places.standings(tx, root.id))
    try:
        record = read_post(normalise(parse(documents.document_of(tx, root.id)), key_stub=True))
    except BadMessage:
        return False
    named = (mention.href for mention in record.mentions)
    return group.uri in (*record.to, *record.cc, *record.audience, *named)


def _lock(tx: Tx, _arrival: Arrival, facts: Moderation, stamp: Stamp) -> bool:
    assert facts.post is not None
    if facts.act.undo:
        return places.unlock(tx, facts.post.id, facts.group.id)
    if not _was_said_to(tx, facts.group, threads.beginning(tx, facts.post)):
        return False
    return places.lock(tx, facts.post.id, facts.group.id, stamp.now)


def _add(tx: Tx, _arrival: Arrival, facts: Moderation, stamp: Stamp) -> bool:
    if facts.act.target == moderators_uri(facts.group):
        assert facts.member is not None
        return store.appoint(tx, facts.group.id, facts.member.id, stamp.now)
    assert facts.post is not None
    return featured.put_up(tx, facts.group.id, facts.post, stamp.now)


def _remove(tx: Tx, _arrival: Arrival, facts: Moderation, _stamp: Stamp) -> bool:
    if facts.act.target == moderators_uri(facts.group):
        assert facts.member is not None
        return store.dismiss(tx, facts.group.id, facts.member.id)
    assert facts.post is not None
    return featured.take_down(tx, facts.group.id, facts.post.id)


def _ban(tx: Tx, arrival: Arrival, facts: Moderation, stamp: Stamp) -> bool:
    """The group blocks the member, who follows it no more."""
    group, member = facts.group, facts.member
    assert member is not None
    if facts.act.undo:
        return blocks.remove(tx, group.id, member.id)
    if not blocks.add(tx, group.id, member.id, arrival.activity.id, stamp.now):
        return False
    row = follows.between(tx, member.id, group.id)
    if row is not None:
        follows.end(tx, row)
    blocks.part(tx, member.id, group.id)
    return True


_ACTS: dict[str, Callable[[Tx, Arrival, Moderation, Stamp], bool]] = {
    "Delete": _take_out,
    "Lock": _lock,
    "Add": _add,
    "Remove": _remove,
    "Block": _ban,
}
