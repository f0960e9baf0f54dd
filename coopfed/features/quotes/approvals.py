"""Answers, likes and boosts of ours that wait for consent: what becomes of them when the author of the post answers.

Source: GoToSocial *Requesting, Obtaining, and Proving Interaction Authorization*.
"""

from dataclasses import dataclass

import orjson
from sqlalchemy import bindparam, select

from actors.lookup import ActorRow, by_id
from coopfed.db.models import Activity
from coopfed.db.tx import Tx, table
from coopfed.features.consent import store as consents
from coopfed.features.consent.rules import may_vouch
from coopfed.features.consent.store import REFUSED, WAITING
from coopfed.features.posts import documents
from coopfed.features.posts import store as posts
from coopfed.features.posts.store import PostRow
from coopfed.features.reactions import store as reactions
from coopfed.features.reactions.actions import announcing
from coopfed.features.reactions.rules import BOOST, LIKE
from coopfed.features.reactions.store import ReactionRow
from coopfed.features.reactions.undo import end
from coopfed.node import Stamp
from coopfed.outcomes import Outcome, Refusal
from coopfed.vocab import build, consent
from coopfed.vocab.arrival import Arrival
from coopfed.vocab.records import Activity as ActivityRecord
from coopfed.vocab.records import ObjectRef
from coopfed.vocab.values import reference
from outbox.publish import publish

activity = table(Activity)
_MADE = select(activity.c.type, activity.c.object_uri, activity.c.body).where(activity.c.uri == bindparam("uri"))
_REQUESTS = frozenset(consent.REQUEST.values())


@dataclass(frozen=True, slots=True)
class Waiting:
    """What of ours waits: an answer (a post) or a reaction to `target`; who did it, and whose consent is needed."""

    actor: ActorRow
    author: ActorRow
    target: PostRow
    answer: PostRow | None = None
    reaction: ReactionRow | None = None


def waiting(tx: Tx, record: ActivityRecord) -> Waiting | None:
    """What an Accept or Reject is about, when it is something of ours that waits: by our request, which comes embedded or by its id, or
    by the id of the post, its Create, the Like or the Announce. A unit of work."""
    uri = _meant(tx, record.object) if record.object is not None else None
    if uri is None:
        return None
    reaction = next((row for row in reactions.by_uri(tx, uri, (LIKE, BOOST)) if row.pending), None)
    if reaction is not None:
        return _parties(tx, reaction.actor_id, reaction.object_id, None, reaction)
    post = posts.by_uri(tx, uri)
    if post is None or not post.local or post.consent != WAITING or post.in_reply_to_id is None:
        return None
    return _parties(tx, post.actor_id, post.in_reply_to_id, post, None)


def _meant(tx: Tx, ref: ObjectRef) -> str | None:
    """The id of the post, Like or Announce that is answered."""
    if ref.type in _REQUESTS:
        instrument = reference((ref.embedded or {}).get("instrument"))
        if instrument is not None:
            return instrument
    made = tx.execute(_MADE, {"uri": ref.id}).one_or_none() if ref.id is not None else None
    if made is None or made.type in ("Like", "Announce"):
        return ref.id
    if made.type in _REQUESTS:
        return reference(orjson.loads(made.body)["instrument"])
    found: str | None = made.object_uri
    return found


def _parties(
    tx: Tx, actor_id: int, target_id: int, answer: PostRow | None, reaction: ReactionRow | None
) -> Waiting | None:
    actor, target = by_id(tx, actor_id), posts.by_id(tx, target_id)
    author = by_id(tx, target.actor_id) if target is not None else None
    if actor is None or target is None or author is None or not actor.local:
        return None
    return Waiting(actor, author, target, answer, reaction)


def check_answer(arrival: Arrival, facts: Waiting) -> None:
    """Only the author of the post answers."""
    if facts.author.uri != arrival.activity.actor:
        raise Refusal(Outcome.REFUSED_UNASKED, "answered by somebody else")


def apply_accept(tx: Tx, arrival: Arrival, facts: Waiting, stamp: Stamp) -> Outcome:
    """What waited goes out to all it is for, with where the consent is shown; GoToSocial before 0.19 shows it in the Accept itself."""
    result = arrival.activity.result
    shown = result.id if result is not None else arrival.activity.id
    if shown is None:
        return Outcome.MALFORMED
    if not may_vouch(shown, facts.author.uri):
        return Outcome.REFUSED_ORIGIN
    own = result is not None
    if facts.answer is not None:
        return _publish_answer(tx, facts, facts.answer, shown, stamp, own=own)
    assert facts.reaction is not None
    return _publish_reaction(tx, facts, facts.reaction, shown, stamp, own=own)


def _publish_answer(tx: Tx, facts: Waiting, answer: PostRow, shown: str, stamp: Stamp, *, own: bool) -> Outcome:
    document = documents.note_of(tx, answer.id)
    if document is None or not consents.set_consent(tx, answer.id, WAITING, ""):
        return Outcome.DUPLICATE
    note = consent.approved(document, shown, "reply" if own else None)
    documents.set_document(tx, answer.id, orjson.dumps(note))
    posts.count_reply(tx, answer, 1)
    number = stamp.mint(None)
    publish(tx, stamp, facts.actor, number, build.create(note, stamp.urls.activity(number)), answer.id)
    return Outcome.ACCEPTED


def _publish_reaction(tx: Tx, facts: Waiting, row: ReactionRow, shown: str, stamp: Stamp, *, own: bool) -> Outcome:
    if not reactions.grant(tx, row):
        return Outcome.DUPLICATE
    assert row.uri is not None
    number = stamp.urls.activity_number(row.uri)
    assert number is not None
    if row.kind == BOOST:
        what, said = "announce", announcing(facts.actor, row, facts.target, facts.author)
    else:
        what, said = "like", build.like(row.uri, facts.actor.uri, facts.target.uri, facts.author.uri)
    said = consent.approved(said, shown, what if own else None)
    publish(tx, stamp, facts.actor, number, said, facts.target.id, again=True)
    return Outcome.ACCEPTED


def apply_reject(tx: Tx, _arrival: Arrival, facts: Waiting, _stamp: Stamp) -> Outcome:
    """A refused like or boost ends; a refused answer stays what it was to its author alone, who wrote it."""
    if facts.answer is not None:
        return Outcome.ACCEPTED if consents.set_consent(tx, facts.answer.id, WAITING, REFUSED) else Outcome.DUPLICATE
    assert facts.reaction is not None
    return Outcome.ACCEPTED if end(tx, facts.reaction) else Outcome.DUPLICATE
