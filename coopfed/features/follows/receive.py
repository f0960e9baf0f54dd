"""Follow, Accept and Reject as they arrive: gather, check, apply; and the Follow that an Undo is about. Of a group Join and Leave are
other words for Follow and its Undo.

An Accept or Reject counts only for what we asked, and only from whom we asked (Pixelfed's CVE-2025-30741 let others decide).
"""

from dataclasses import dataclass, replace
from functools import partial

from actors.lookup import ActorRow, by_id, by_uri
from actors.moderated import limited_among
from actors.remote import LEARN_SOFTWARE, LOOK_AT_FEATURED
from coopfed.db import jobs
from coopfed.db.tx import Tx
from coopfed.features import notifications, timelines
from coopfed.features.follows import store
from coopfed.features.follows.actions import grant, refuse
from coopfed.features.follows.store import FollowRow
from coopfed.features.posts.store import is_buried
from coopfed.features.undone import Undone
from coopfed.node import Node, Stamp
from coopfed.outcomes import Outcome, Refusal
from coopfed.vocab.arrival import Arrival, Trust
from coopfed.vocab.origin import base_of
from coopfed.vocab.records import ObjectRef
from outbox.relays import was_asked


@dataclass(frozen=True, slots=True)
class FollowFacts:
    """Who wants to follow whom; `buried`: the Follow was undone before it came; `relay`: the follower is a relay that we asked;
    `limited`: by the operators, so that it has to be let in."""

    follower: ActorRow
    followed: ActorRow | None
    buried: bool
    relay: bool
    limited: bool = False


async def gather_follow(node: Node, arrival: Arrival) -> FollowFacts:
    """The two actors. The follower is known: they signed."""
    target = arrival.activity.object
    return await node.db.read(_follow_facts, arrival.activity.actor, target.id if target else None, arrival.activity.id)


def _follow_facts(tx: Tx, follower: str, followed: str | None, uri: str | None) -> FollowFacts:
    follower_row = by_uri(tx, follower)
    assert follower_row is not None
    buried = uri is not None and is_buried(tx, uri, follower_row.id)
    followed_row = by_uri(tx, followed) if followed else None
    relay = followed_row is not None and followed_row.type == "Application" and was_asked(tx, follower)
    return FollowFacts(follower_row, followed_row, buried, relay, bool(limited_among(tx, [follower_row.id])))


def check_follow(_arrival: Arrival, facts: FollowFacts) -> None:
    """Only an actor of ours that exists can be followed here, and not by itself."""
    if facts.follower.gone_at is not None:
        raise Refusal(Outcome.IRRELEVANT, "the follower is gone")
    if facts.buried:
        raise Refusal(Outcome.REFUSED_DELETED, "undone before it came")
    if facts.followed is None or not facts.followed.local or facts.followed.gone_at is not None:
        raise Refusal(Outcome.IRRELEVANT, "not an actor of this node")
    if facts.followed.suspended:
        raise Refusal(Outcome.ACTOR_SUSPENDED, "nobody follows whom the operators suspended")
    if facts.followed.id == facts.follower.id:
        raise Refusal(Outcome.MALFORMED, "an actor cannot follow itself")
    if facts.followed.type == "Application" and not facts.relay:
        # LitePub's relays follow back, to hear what the node's actor announces.
        raise Refusal(Outcome.UNSUPPORTED, "the node actor says nothing that could be followed")


def check_join(arrival: Arrival, facts: FollowFacts) -> None:
    """As a Follow; but only groups are joined. Source: ActivityStreams, Join; the practice of Smithereen."""
    if facts.followed is None or facts.followed.type != "Group":
        raise Refusal(Outcome.UNSUPPORTED, "only groups are joined")
    check_follow(arrival, facts)


def apply_follow(tx: Tx, arrival: Arrival, facts: FollowFacts, stamp: Stamp) -> Outcome:
    """Stores the follow and answers: Accept at once, or a request when the actor is locked or the follower is limited; Reject for the
    blocked, for who is of a host that the actor shuts out, and when the actor has moved away.

    A repeated Follow of a granted one is accepted again with its newer id: the follower may have lost our answer.
    Source: ActivityPub 7.5.
    """
    follower, followed = facts.follower, facts.followed
    assert followed is not None
    joined = arrival.activity.type == "Join"
    row = store.ask(tx, follower.id, followed.id, arrival.activity.id, stamp, joined=joined)
    if arrival.activity.id is not None and row.uri != arrival.activity.id:
        row = replace(row, uri=arrival.activity.id, joined=joined)
    if store.blocks(tx, followed.id, follower.id) or store.shuts_out(tx, followed.id, follower.id):
        refuse(tx, row, follower, followed, stamp)
        return Outcome.REFUSED_BLOCKED
    if followed.moved_to is not None and not row.accepted:
        refuse(tx, row, follower, followed, stamp)
        return Outcome.REFUSED_MOVED
    if followed.type == "Group" and not follower.local:
        # In which form the group's posts are read there.
        jobs.enqueue(tx, stamp.mint(None), LEARN_SOFTWARE, base_of(follower.uri), stamp.now)
    if row.accepted or not (followed.locked or facts.limited):
        grant(tx, row, follower, followed, stamp)
    else:
        # By the follower, not by the Follow: a hundred Follows with new ids are one request.
        notifications.notify(tx, followed.id, notifications.FOLLOW_REQUEST, follower.id, follower.uri, stamp)
    return Outcome.ACCEPTED


@dataclass(frozen=True, slots=True)
class LeaveFacts:
    """Who leaves which group; `row` is None when it is not in."""

    group: ActorRow | None
    row: FollowRow | None


async def gather_leave(node: Node, arrival: Arrival) -> LeaveFacts:
    """The group, and the follow that is to end."""
    target = arrival.activity.object
    return await node.db.read(_leave_facts, arrival.activity.actor, target.id if target else None)


def _leave_facts(tx: Tx, actor_uri: str, group_uri: str | None) -> LeaveFacts:
    actor, group = by_uri(tx, actor_uri), by_uri(tx, group_uri) if group_uri else None
    if actor is None:
        raise Refusal(Outcome.IRRELEVANT, "the actor is not known here")
    return LeaveFacts(group, store.between(tx, actor.id, group.id) if group is not None else None)


def check_leave(_arrival: Arrival, facts: LeaveFacts) -> None:
    """Only groups of ours are left, by who is in. Source: ActivityStreams, Leave."""
    if facts.group is None or not facts.group.local or facts.group.type != "Group":
        raise Refusal(Outcome.UNSUPPORTED, "only groups are left")
    if facts.row is None:
        raise Refusal(Outcome.DUPLICATE, "not in the group (any more)")


def apply_leave(tx: Tx, _arrival: Arrival, facts: LeaveFacts, stamp: Stamp) -> Outcome:
    """The follow ends."""
    assert facts.row is not None
    _left(facts.row, tx, stamp)
    return Outcome.ACCEPTED


@dataclass(frozen=True, slots=True)
class AnswerFacts:
    """The follow that is answered, and the two actors; None when there is none."""

    row: FollowRow | None
    follower: ActorRow | None
    followed: ActorRow | None

    @property
    def parties(self) -> tuple[str, ...]:
        """Ids of the two actors."""
        return tuple(actor.uri for actor in (self.follower, self.followed) if actor is not None)


async def gather_answer(node: Node, arrival: Arrival) -> AnswerFacts:
    """The follow that an Accept or Reject is about."""
    target = arrival.activity.object
    assert target is not None
    return await node.db.read(_answer_facts, target, arrival.activity.actor)


def _answer_facts(tx: Tx, target: ObjectRef, actor_uri: str) -> AnswerFacts:
    rows = store.by_uri(tx, target.id) if target.id else []
    candidates = [row for row in (*rows, _by_pair(tx, target)) if row is not None]
    found = [AnswerFacts(row, by_id(tx, row.follower_id), by_id(tx, row.followed_id)) for row in candidates]
    # Neighbours on one host may have given their Follows the same id: the one that the actor has a part in counts.
    own = [facts for facts in found if actor_uri in facts.parties]
    return next(iter([*own, *found]), AnswerFacts(None, None, None))


def _by_pair(tx: Tx, target: ObjectRef) -> FollowRow | None:
    """By (follower, followed) of an embedded Follow: its id may be missing (Mastodon's Undo) or not ours (invented ones)."""
    embedded = target.embedded
    if not embedded or embedded.get("type") not in ("Follow", "Join"):
        return None
    follower, followed = _id(embedded.get("actor")), _id(embedded.get("object"))
    if follower is None or followed is None:
        return None
    follower_row, followed_row = by_uri(tx, follower), by_uri(tx, followed)
    if follower_row is None or followed_row is None:
        return None
    return store.between(tx, follower_row.id, followed_row.id)


def _id(value: object) -> str | None:
    if isinstance(value, list):
        value = value[0] if value else None
    if isinstance(value, dict):
        value = value.get("id")
    return value if isinstance(value, str) else None


def check_answer(arrival: Arrival, facts: AnswerFacts) -> None:
    """An Accept or Reject must be of a follow that an actor of ours asked for, and come from the followed."""
    if facts.row is None or facts.follower is None or not facts.follower.local:
        raise Refusal(Outcome.REFUSED_UNASKED, "nobody here asked to follow")
    if facts.followed is None or facts.followed.uri != arrival.activity.actor:
        raise Refusal(Outcome.REFUSED_UNASKED, "answered by somebody else")


def apply_accept(tx: Tx, arrival: Arrival, facts: AnswerFacts, stamp: Stamp) -> Outcome:
    """The follow is granted; the followed's last known posts are placed in the follower's home. Source: ActivityPub 7.6."""
    assert facts.row is not None
    # Our own actor wrote the row when it let the follower in; the follower's home is left for here.
    if not store.accept(tx, facts.row) and arrival.trust is not Trust.LOCAL:
        return Outcome.DUPLICATE
    timelines.place_recent(tx, facts.row.follower_id, facts.row.followed_id)
    if facts.followed is not None and not facts.followed.local:
        jobs.enqueue(tx, stamp.mint(None), LOOK_AT_FEATURED, facts.followed.uri, stamp.now)
    return Outcome.ACCEPTED


def apply_reject(tx: Tx, _arrival: Arrival, facts: AnswerFacts, _stamp: Stamp) -> Outcome:
    """The follow is refused, or ended after an Accept. Source: ActivityPub 7.7."""
    assert facts.row is not None
    store.end(tx, facts.row)
    timelines.remove_author(tx, facts.row.follower_id, facts.row.followed_id)
    return Outcome.ACCEPTED


def undone(tx: Tx, ref: ObjectRef, actor_uri: str) -> Undone | None:
    """The Follow that an Undo by this actor names. A unit of work. Source: ActivityPub 6.10, 7."""
    facts = _answer_facts(tx, ref, actor_uri)
    if facts.row is None or facts.follower is None:
        return None
    return Undone(facts.follower.uri, partial(_left, facts.row))


def _left(row: FollowRow, tx: Tx, _stamp: Stamp) -> None:
    store.end(tx, row)
    notifications.withdraw_follow(tx, row.followed_id, row.follower_id)
