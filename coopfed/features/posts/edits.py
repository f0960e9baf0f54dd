"""Update of a post as it arrives: gather, check, apply.

An edit counts when its `updated` is newer than that of the edit that is stored, the first one always; without `updated`
(WriteFreely) when the text differs, since the order of one actor's activities is kept. Counts, policies and polls come without
either, and are no edit. What was never here is taken as its Create while it is young: its Create may be late or lost.
"""

from sqlalchemy import bindparam, literal_column, select

from actors.lookup import actor
from coopfed import limits
from coopfed.db.models import Reaction
from coopfed.db.tx import Tx, table
from coopfed.features import notifications
from coopfed.features.consent import quotes
from coopfed.features.consent import store as consents
from coopfed.features.posts import details, documents, history, polls, receive, store
from coopfed.features.posts.cards import face
from coopfed.features.posts.receive import CreateFacts
from coopfed.features.posts.remote import describe, policy_text
from coopfed.features.posts.rules import clamped
from coopfed.features.posts.store import PostRow
from coopfed.node import Node, Stamp
from coopfed.outcomes import Outcome, Refusal
from coopfed.text.sanitise import POLICY_VERSION
from coopfed.vocab.arrival import Arrival, Trust
from coopfed.vocab.audience import Visibility, narrower, visibility
from coopfed.vocab.origin import may_author
from coopfed.vocab.records import PostRecord

reaction = table(Reaction)
_BOOSTERS_HERE = (
    select(reaction.c.actor_id)
    .join(actor, actor.c.id == reaction.c.actor_id)
    .where(
        reaction.c.object_id == bindparam("post"),
        reaction.c.kind == literal_column("'announce'"),
        actor.c.local,
        actor.c.gone_at.is_(None),
    )
)


async def gather_update(node: Node, arrival: Arrival) -> CreateFacts:
    """The post as it now is (fetched when only its id came), and what the database knows of it."""
    budget = node.budget()
    record, raw = await receive.named_post(node, arrival, budget)
    return await receive.facts_of(node, arrival, record, raw, budget)


def check_update(arrival: Arrival, facts: CreateFacts) -> None:
    """Only the author edits, only what is still there, and only forwards. Source: ActivityPub 7.3; FEP-fe34."""
    stored, record = facts.stored, facts.post.record
    received = int(arrival.received_at.timestamp() * 1000)
    if stored is None or stored.deleted_at is not None:
        receive.check_create(arrival, facts)
        if clamped(record.published, received) < received - limits.UNSEEN_EDIT_SECONDS * 1000:
            raise Refusal(Outcome.IRRELEVANT, "an edit of an old post that was never here")
        return
    may_author(arrival.activity.actor, record)
    if stored.actor_id != facts.post.author.id:
        raise Refusal(Outcome.REFUSED_OWNER, "somebody else's post")
    if facts.post.author.gone_at is not None:
        raise Refusal(Outcome.IRRELEVANT, "the author is gone")


def edited_at(record: PostRecord, stored: PostRow, received: int) -> int | None:
    """The moment of the edit in milliseconds; None when the post is no newer than the stored one."""
    seen = face(record)
    same = (seen.content, seen.warning, seen.name) == (stored.content, stored.summary, stored.name)
    if record.updated is None:
        return None if same else received
    moment = clamped(record.updated, received)
    if stored.updated_at is None and not same:
        # Where times are whole seconds (Mastodon, GoToSocial), the first edit may be as old as the post.
        return max(moment, stored.published_at + 1)
    return moment if moment > (stored.updated_at or stored.published_at) else None


def apply_update(tx: Tx, arrival: Arrival, facts: CreateFacts, stamp: Stamp) -> Outcome:
    """Replaces the text, keeps what it was, and tells those who are newly mentioned, or have boosted or quoted it.

    The visibility is never widened. Source: ActivityPub 7.3; s2s research 2.10.
    """
    record = facts.post.record
    if facts.stored is None:
        return receive.apply_create(tx, arrival, facts, stamp)
    # As it is now: a newer edit, or its end, may have come by another lane since the facts were gathered.
    stored = store.by_id(tx, facts.stored.id)
    if stored is None or stored.deleted_at is not None:
        return Outcome.REFUSED_DELETED
    post = stored
    if arrival.trust is not Trust.LOCAL:
        moment = edited_at(record, stored, int(arrival.received_at.timestamp() * 1000))
        asked = polls.of(tx, stored.id)
        implied = not _is_older(record, stored) and _implied(tx, stored, facts, stamp, edit=moment is not None)
        if moment is None:
            return Outcome.ACCEPTED if implied else Outcome.DUPLICATE
        post = _edited(stored, facts, moment)
        titles = asked.titles if asked else (), record.poll.titles if record.poll else ()
        if not history.edit(tx, stored, post, facts.post.raw, *titles):
            return Outcome.REFUSED_DELETED
        details.forget(tx, stored.id)
        describe(tx, post, record, facts.known, stamp)
    elif record.updated is None or arrival.activity.published != record.updated:
        # Ours, and only its consent, its policy or the counts of its poll are new.
        return Outcome.ACCEPTED
    if post.consent:
        return Outcome.ACCEPTED
    receive.tell_mentioned(tx, post, record, facts.known, stamp)
    _tell_of_the_edit(tx, post, stamp)
    return Outcome.ACCEPTED


def _is_older(record: PostRecord, stored: PostRow) -> bool:
    """Whether the Update comes late: what is stored is of a later edit."""
    edited = record.updated.timestamp() * 1000 if record.updated is not None else None
    return edited is not None and stored.updated_at is not None and edited < stored.updated_at


def _implied(tx: Tx, stored: PostRow, facts: CreateFacts, stamp: Stamp, *, edit: bool) -> bool:
    """What an Update changes without being an edit: the counts of a poll, whom the author allows what, what it quotes, and with whose
    consent.

    Whether anything is new. Source: FEP-044f; the practice of Mastodon (implicit updates).
    """
    record, policy = facts.post.record, policy_text(facts.post.record.policy)
    changed = polls.take(tx, stored, record.poll, stamp, edit=edit)
    changed = quotes.renew(tx, stored.id, record, stamp) or changed
    if policy != policy_text(stored.allows):
        consents.set_policy(tx, stored.id, policy)
        changed = True
    if stored.consent and record.approved_by is not None:
        consents.check_answer_later(tx, stored.id, record.approved_by, stamp)
        changed = True
    return changed and documents.set_document(tx, stored.id, facts.post.raw)


def _tell_of_the_edit(tx: Tx, post: PostRow, stamp: Stamp) -> None:
    for booster in tx.execute(_BOOSTERS_HERE, {"post": post.id}).scalars():
        notifications.notify(
            tx,
            booster,
            notifications.UPDATE,
            post.actor_id,
            f"{post.uri}#{post.updated_at}",
            stamp,
            object_id=post.id,
        )
    for quoter in quotes.quoters_here(tx, post.id):
        subject = f"{post.uri}#{post.updated_at}"
        notifications.notify(tx, quoter, notifications.QUOTED_UPDATE, post.actor_id, subject, stamp, object_id=post.id)


def _edited(stored: PostRow, facts: CreateFacts, moment: int) -> PostRow:
    record = facts.post.record
    seen = face(record)
    now_meant = visibility(record.to, record.cc, facts.post.author.followers_uri)
    return stored._replace(
        type=record.type,
        name=seen.name,
        content=seen.content,
        summary=seen.warning,
        language=record.language,
        sensitive=record.sensitive or bool(seen.warning),
        visibility=narrower(Visibility(stored.visibility), now_meant).value,
        policy_version=POLICY_VERSION,
        updated_at=moment,
    )
