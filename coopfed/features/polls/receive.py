"""Votes as they arrive: gather, check, apply.

A vote is a Create that nobody sees: its Notes become rows that only the voter is told of, and counts.
"""

from dataclasses import dataclass

from actors.lookup import ActorRow, by_uri
from coopfed.db.tx import Tx
from coopfed.features.follows.store import blocks
from coopfed.features.polls import store
from coopfed.features.polls.results import tell_later
from coopfed.features.polls.rules import counted, places
from coopfed.features.posts import polls, visible
from coopfed.features.posts import store as posts
from coopfed.features.posts.polls import PollRow
from coopfed.features.posts.store import PostRow
from coopfed.node import Node, Stamp
from coopfed.outcomes import Outcome, Refusal
from coopfed.vocab.arrival import Arrival
from coopfed.vocab.polls import vote_of
from coopfed.vocab.records import Activity


@dataclass(frozen=True, slots=True)
class VoteFacts:
    """Who votes in which poll: the post and its poll as they are stored, whether the voter may see it, whether its author blocks
    them, and the titles that the votes name."""

    voter: ActorRow
    post: PostRow | None
    poll: PollRow | None
    visible: bool
    blocked: bool
    titles: tuple[str, ...]


async def gather_vote(node: Node, arrival: Arrival) -> VoteFacts:
    """The voter and the poll."""
    return await node.db.read(_facts, arrival.activity)


def _facts(tx: Tx, activity: Activity) -> VoteFacts:
    poll_uri, titles = _votes(activity)
    voter = by_uri(tx, activity.actor)
    if voter is None:
        raise Refusal(Outcome.IRRELEVANT, "the actor is not known here")
    post = posts.by_uri(tx, poll_uri)
    return VoteFacts(
        voter=voter,
        post=post,
        poll=polls.of(tx, post.id) if post is not None else None,
        visible=post is not None and bool(visible.by_ids(tx, [post.id], voter.id)),
        blocked=post is not None and blocks(tx, post.actor_id, voter.id),
        titles=titles,
    )


def _votes(activity: Activity) -> tuple[str, tuple[str, ...]]:
    """The poll and what is chosen in it. GoToSocial sends all choices in one Create; what is of another poll is left out."""
    found = [vote for ref in activity.objects if (vote := vote_of(ref.embedded or {})) is not None]
    if any(vote.author not in (None, activity.actor) for vote in found):
        raise Refusal(Outcome.REFUSED_AUTHOR, "a vote of somebody else")
    return found[0].poll, tuple(vote.title for vote in found if vote.poll == found[0].poll)


def check_vote(arrival: Arrival, facts: VoteFacts) -> None:
    """Only in polls of ours that are open, by those who may see them, and for what can be chosen. Source: s2s research 2.9."""
    if facts.voter.gone_at is not None:
        raise Refusal(Outcome.IRRELEVANT, "the actor is gone")
    if facts.post is None or not facts.post.local:
        raise Refusal(Outcome.IRRELEVANT, "a vote in no poll of ours")
    if facts.post.deleted_at is not None:
        raise Refusal(Outcome.REFUSED_DELETED, "the poll was deleted")
    if facts.blocked:
        raise Refusal(Outcome.REFUSED_BLOCKED, "the author blocks the actor")
    if not facts.visible:
        raise Refusal(Outcome.REFUSED_HIDDEN, "the actor may not see the poll")
    if facts.poll is None or not places(facts.poll.titles, facts.titles):
        raise Refusal(Outcome.UNSUPPORTED, "a Note with a name alone that is no option of a poll here")
    if facts.poll.over(_received(arrival)):
        raise Refusal(Outcome.REFUSED_CLOSED, "the poll was over")


def _received(arrival: Arrival) -> int:
    """When it came, in milliseconds: who voted in time is not late because we are."""
    return int(arrival.received_at.timestamp() * 1000)


def apply_vote(tx: Tx, arrival: Arrival, facts: VoteFacts, stamp: Stamp) -> Outcome:
    """Counts what the voter chose, each option once. The poll is asked again as it is now: it may have ended or changed since."""
    assert facts.post is not None
    held = polls.held(tx, facts.post.id)
    if held is None:
        return Outcome.REFUSED_DELETED
    if held.over(_received(arrival)):
        return Outcome.REFUSED_CLOSED
    before = store.chosen(tx, [held.object_id], facts.voter.id).get(held.object_id, [])
    asked = counted(held.multiple, before, places(held.titles, facts.titles))
    if not asked:
        return Outcome.DUPLICATE
    store.cast(tx, held, facts.voter.id, before, asked, None, stamp.now)
    tell_later(tx, held, stamp)
    return Outcome.ACCEPTED
