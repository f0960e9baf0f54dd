"""Likes, emoji, dislikes and boosts as they arrive: gather, check, apply.

Of what a boost embeds nothing is believed but the booster's own words: the post is fetched from its own host. Our own reactions
(trust `local`) are stored already; here they are only told to the author and placed before the booster's followers.
"""

from dataclasses import dataclass, replace

import orjson

from actors.lookup import ActorRow, by_id, by_uri
from coopfed.db.tx import Tx
from coopfed.errors import BadMessage, Forbidden, NotFound
from coopfed.features import notifications, timelines
from coopfed.features.consent.proof import is_shown
from coopfed.features.consent.rules import Permission, permission
from coopfed.features.follows.store import blocks
from coopfed.features.posts import store as posts
from coopfed.features.posts import visible
from coopfed.features.posts.linked import ask_for_preview
from coopfed.features.posts.remote import Post, fetch_post, store_alone
from coopfed.features.posts.rules import clamped
from coopfed.features.posts.store import PostRow
from coopfed.features.reactions import store
from coopfed.features.reactions.rules import BOOST, FAVOURS, OPPOSITES, meaning, room_for
from coopfed.features.reactions.store import ReactionRow
from coopfed.features.reactions.undo import end
from coopfed.features.streams import store as streams
from coopfed.net.fetch import Budget
from coopfed.node import Node, Stamp
from coopfed.outcomes import Outcome, Refusal
from coopfed.vocab.arrival import Arrival, Trust
from coopfed.vocab.audience import OPEN, Visibility, visibility
from coopfed.vocab.document import read_post
from coopfed.vocab.origin import authority, may_author
from coopfed.vocab.records import Activity, ObjectRef, PolicyRule


@dataclass(frozen=True, slots=True)
class ReactionFacts:
    """Who reacts to what: the post as it is stored here, whether the reactor may see it, whether its author blocks them, whether the
    reaction was undone before it came, and whether the author of the post allows it or showed to have agreed."""

    actor: ActorRow
    post: PostRow | None
    visible: bool
    blocked: bool
    buried: bool
    allowed: bool = True


async def gather_reaction(node: Node, arrival: Arrival) -> ReactionFacts:
    """The reactor and the post."""
    facts = await node.db.read(_facts, arrival.activity, _object(arrival)[1])
    return replace(facts, allowed=await _is_allowed(node, arrival, facts, "like", None, node.budget()))


async def _is_allowed(
    node: Node, arrival: Arrival, facts: ReactionFacts, what: str, fetched: Post | None, budget: Budget
) -> bool:
    """Whether the author of a remote post lets the reactor like (or announce) it, by the post's policy or by a consent that is shown.

    Source: GoToSocial *Interaction Policy*, *Validating approvedBy*.
    """
    if arrival.trust is Trust.LOCAL or (facts.post is not None and facts.post.local):
        return True
    if fetched is not None:
        rules, author, target = fetched.record.policy, fetched.author, fetched.record.id
    elif facts.post is not None:
        rules, found = facts.post.allows, await node.db.read(by_id, facts.post.actor_id)
        if found is None:
            return True
        author, target = found, facts.post.uri
    else:
        return True
    rule: PolicyRule | None = getattr(rules, what) if rules is not None else None
    if permission(rule, facts.actor.uri, author.uri) is Permission.FREE:
        return True
    document, uri = arrival.activity.document, arrival.activity.id
    shown = document.get("approvedBy") or document.get(f"{what}Authorization")
    if not isinstance(shown, str) or uri is None:
        return False
    return await is_shown(node, shown, what, author.uri, uri, target, budget, exactly=False)


def _object(arrival: Arrival) -> tuple[ObjectRef, str]:
    """What is reacted to, and its id."""
    ref = arrival.activity.object
    if ref is None or ref.id is None:
        raise BadMessage(f"{arrival.activity.type} of an object without an id")
    return ref, ref.id


def _facts(tx: Tx, activity: Activity, uri: str) -> ReactionFacts:
    actor = by_uri(tx, activity.actor)
    if actor is None:
        raise Refusal(Outcome.IRRELEVANT, "the actor is not known here")
    post = posts.by_uri(tx, uri)
    return ReactionFacts(
        actor=actor,
        post=post,
        visible=post is not None and bool(visible.by_ids(tx, [post.id], actor.id)),
        blocked=post is not None and blocks(tx, post.actor_id, actor.id),
        buried=activity.id is not None and posts.is_buried(tx, activity.id, actor.id),
    )


def check_reaction(arrival: Arrival, facts: ReactionFacts) -> None:
    """Only posts that are here and that the reactor may see, of authors who do not block them, get reactions."""
    if meaning(arrival.activity.type, arrival.activity.document) is None:
        raise Refusal(Outcome.MALFORMED, f"{arrival.activity.type} without an emoji")
    _refuse_late(facts)
    if facts.post is None:
        raise Refusal(Outcome.IRRELEVANT, "the post is not known here")
    if arrival.trust is not Trust.LOCAL:
        _refuse_strangers(facts, facts.post)


def _refuse_late(facts: ReactionFacts) -> None:
    if facts.actor.gone_at is not None:
        raise Refusal(Outcome.IRRELEVANT, "the actor is gone")
    if facts.buried:
        raise Refusal(Outcome.REFUSED_DELETED, "undone before it came")
    if facts.post is not None and facts.post.deleted_at is not None:
        raise Refusal(Outcome.REFUSED_DELETED, "the post was deleted")


def _refuse_strangers(facts: ReactionFacts, post: PostRow) -> None:
    if facts.blocked:
        raise Refusal(Outcome.REFUSED_BLOCKED, "the author blocks the actor")
    if not facts.visible:
        raise Refusal(Outcome.REFUSED_HIDDEN, f"the actor may not see {post.uri}")
    if not facts.allowed:
        raise Refusal(Outcome.REFUSED_POLICY, "its author does not allow it, or did not show to have agreed")


def apply_reaction(tx: Tx, arrival: Arrival, facts: ReactionFacts, stamp: Stamp) -> Outcome:
    """Stores the reaction and tells the author, if of ours. Source: ActivityPub 7.10; FEP-c0e0."""
    said, post = meaning(arrival.activity.type, arrival.activity.document), facts.post
    assert said is not None
    assert post is not None
    kind, emoji = said
    if arrival.trust is Trust.LOCAL:
        row = _own(tx, arrival, facts.actor, post, kind, emoji)
    elif not room_for(kind, store.favours(tx, facts.actor.id, post.id)):
        row = None
    else:
        row = store.add(tx, _row(arrival, facts.actor, post, stamp.mint(None), kind, emoji, stamp.now))
    if row is None:
        return Outcome.DUPLICATE
    if kind in OPPOSITES and (opposite := store.find(tx, facts.actor.id, post.id, OPPOSITES[kind])) is not None:
        end(tx, opposite)
    if kind in FAVOURS:
        _tell(tx, notifications.FAVOURITE, facts.actor, post, stamp)
    return Outcome.ACCEPTED


def _row(
    arrival: Arrival, actor: ActorRow, post: PostRow, number: int, kind: str, emoji: str, moment: int
) -> ReactionRow:
    activity = arrival.activity
    seen_by = visibility(activity.to, activity.cc, actor.followers_uri)
    return ReactionRow(number, kind, actor.id, post.id, emoji, seen_by.value, activity.id, None, moment)


def _own(tx: Tx, arrival: Arrival, actor: ActorRow, post: PostRow, kind: str, emoji: str = "") -> ReactionRow | None:
    """What an actor of ours did, unless they took it back meanwhile."""
    row = store.find(tx, actor.id, post.id, kind, emoji)
    return row if row is not None and row.uri == arrival.activity.id else None


def _tell(tx: Tx, type: str, actor: ActorRow, post: PostRow, stamp: Stamp) -> None:
    """By actor and post, not by activity: a hundred likes with new ids are one."""
    author = by_id(tx, post.actor_id)
    if author is None or not author.local or author.gone_at is not None or author.id == actor.id:
        return
    notifications.notify(tx, author.id, type, actor.id, f"{actor.id} {post.id}", stamp, object_id=post.id)


@dataclass(frozen=True, slots=True)
class BoostFacts:
    """What is known about a boost. `followed`: somebody here follows the booster; `fetched`: the post, when it was not here."""

    reaction: ReactionFacts
    followed: bool
    fetched: Post | None = None


async def gather_boost(node: Node, arrival: Arrival) -> BoostFacts:
    """The booster and the post, which is fetched from its own host when it is not here and somebody here would see it."""
    ref, uri = _object(arrival)
    await _refuse_blocked_host(node, uri)
    facts = await node.db.read(_boost_facts, arrival.activity, uri)
    known, budget = facts.reaction, node.budget()
    if known.post is not None or known.buried or known.actor.gone_at or not facts.followed or node.urls.is_ours(uri):
        allowed = await _is_allowed(node, arrival, known, "announce", None, budget)
        return replace(facts, reaction=replace(known, allowed=allowed))
    post = await _boosted(node, arrival, ref, uri, known.actor)
    known = await node.db.read(_fetched_facts, known, post)
    allowed = await _is_allowed(node, arrival, known, "announce", post, budget)
    return replace(facts, fetched=post, reaction=replace(known, allowed=allowed))


async def _refuse_blocked_host(node: Node, uri: str) -> None:
    """What a blocked host said does not come back by those who boost it (Mastodon CVE-2026-23961)."""
    if await node.is_blocked(authority(uri)):
        raise Refusal(Outcome.PEER_BLOCKED, "the boosted post's host is blocked")


def _boost_facts(tx: Tx, activity: Activity, uri: str) -> BoostFacts:
    known = _facts(tx, activity, uri)
    return BoostFacts(known, posts.followed_here(tx, known.actor.id))


async def _boosted(node: Node, arrival: Arrival, ref: ObjectRef, uri: str, booster: ActorRow) -> Post:
    """The boosted post: embedded when it is the signer's own (Mastodon boosts its private posts so), else from its origin."""
    try:
        if ref.embedded is not None and arrival.trust is Trust.DIRECT:
            record = read_post(ref.embedded)
            if record.author == booster.uri:
                may_author(booster.uri, record)
                return Post(record, booster, orjson.dumps(ref.embedded))
        return await fetch_post(node, uri, node.budget())
    except Forbidden as error:
        raise Refusal(Outcome.PEER_BLOCKED, str(error)) from error
    except NotFound as error:
        raise Refusal(Outcome.UNSUPPORTED, str(error)) from error
    except BadMessage as error:
        if error.reason == "not_a_post":
            raise Refusal(Outcome.UNSUPPORTED, str(error)) from error
        raise


def _fetched_facts(tx: Tx, known: ReactionFacts, post: Post) -> ReactionFacts:
    """As for a post that is here. It may be: some boost the address of its page."""
    record, author = post.record, post.author
    wide = visibility(record.to, record.cc, author.followers_uri)
    return replace(
        known,
        post=posts.by_uri(tx, record.id),
        visible=wide in OPEN or author.id == known.actor.id,
        blocked=blocks(tx, author.id, known.actor.id),
        buried=known.buried or posts.is_buried(tx, record.id, author.id),
    )


def check_boost(arrival: Arrival, facts: BoostFacts) -> None:
    """Only what everybody may see is passed on, or the booster's own; only when somebody here would see or be told it.

    Source: s2s research 2.12, the practice of Mastodon.
    """
    known, post = facts.reaction, facts.reaction.post
    _refuse_late(known)
    if post is None and facts.fetched is None:
        raise Refusal(Outcome.IRRELEVANT, "nobody here follows the booster, or there is no such post")
    if arrival.trust is Trust.LOCAL:
        return
    if not facts.followed and (post is None or not post.local):
        raise Refusal(Outcome.IRRELEVANT, "nobody here follows the booster or wrote the post")
    if known.blocked:
        raise Refusal(Outcome.REFUSED_BLOCKED, "the author blocks the booster")
    if not known.visible or not _may_pass_on(facts):
        raise Refusal(Outcome.REFUSED_HIDDEN, "the booster may not pass it on")
    if not known.allowed:
        raise Refusal(Outcome.REFUSED_POLICY, "its author does not allow it, or did not show to have agreed")


def _may_pass_on(facts: BoostFacts) -> bool:
    post = facts.reaction.post
    if post is not None:
        wide, author_id = Visibility(post.visibility), post.actor_id
    else:
        assert facts.fetched is not None
        record, author = facts.fetched.record, facts.fetched.author
        wide, author_id = visibility(record.to, record.cc, author.followers_uri), author.id
    return wide in OPEN or (author_id == facts.reaction.actor.id and wide is Visibility.FOLLOWERS)


def apply_boost(tx: Tx, arrival: Arrival, facts: BoostFacts, stamp: Stamp) -> Outcome:
    """Stores the boost (and the post with it), places it before the booster's followers here, tells the author, if of ours.

    Source: ActivityPub 7.11.
    """
    booster, post = facts.reaction.actor, facts.reaction.post
    if post is None and facts.fetched is not None:
        post = store_alone(tx, facts.fetched, stamp)
    if post is None or post.deleted_at is not None:
        return Outcome.REFUSED_DELETED
    if arrival.trust is Trust.LOCAL:
        row = _own(tx, arrival, booster, post, BOOST)
    else:
        # A boost that was long on its way stands where it belongs, not on top.
        moment = clamped(arrival.activity.published, stamp.now)
        row = store.add(tx, _row(arrival, booster, post, stamp.mint(moment), BOOST, "", moment))
    if row is None:
        return Outcome.DUPLICATE
    if row.visibility != Visibility.DIRECT and timelines.place_boost(tx, row.id, post.id, booster.id):
        ask_for_preview(tx, post, stamp, booster_id=booster.id)
    if row.visibility != Visibility.DIRECT:
        tell = streams.placed if booster.local else streams.posted
        tell(tx, row.id, post.id, booster.id, row.created_at, stamp.now)
    _tell(tx, notifications.REBLOG, booster, post, stamp)
    return Outcome.ACCEPTED
