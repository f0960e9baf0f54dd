"""What leaves about a request of ours, in the transaction that changes it: the Proposal to those who read it, answers to answers.

The post beside it goes its own way, as every post does. Units of work.
"""

from dataclasses import replace

import orjson
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from actors import proposal_readers
from actors.local import ED25519, signing_key
from actors.lookup import ActorRow, by_id, by_ids
from actors.requests import confirmed_members
from coopfed import limits
from coopfed.clock import utc
from coopfed.db import jobs
from coopfed.db.tx import Tx
from coopfed.errors import InvalidInput
from coopfed.features import match_wishes
from coopfed.features.posts import store as posts
from coopfed.features.requests import answers, documents, notes, rules, store
from coopfed.features.requests.answers import ResponseRow
from coopfed.features.requests.rules import Audience, Reason, Status, Verb
from coopfed.features.requests.store import RequestRow
from coopfed.node import Node, SigningKey, Stamp
from coopfed.signing import proofs
from coopfed.vocab import build
from coopfed.vocab.contexts import COOPFED
from coopfed.vocab.terms import PUBLIC
from outbox.publish import Readers, publish

TEND_REQUEST = "tend_request"
RETELL_REQUEST = "retell_request"


async def key_of(node: Node, actor: ActorRow) -> SigningKey:
    """The key with which an actor of ours attests what it says."""
    return await signing_key(node, actor.id, ED25519, newest=True)


def attested(document: documents.Document, key: SigningKey, stamp: Stamp) -> documents.Document:
    """The document with its actor's proof."""
    assert isinstance(key.key, Ed25519PrivateKey)
    return proofs.attach(document, key.key, key.id, utc(stamp.now))


def say(
    tx: Tx,
    row: RequestRow,
    owner: ActorRow,
    key: SigningKey,
    stamp: Stamp,
    *,
    new: bool = False,
    terms: bool = False,
) -> RequestRow:
    """Stores the request with its Proposal as it is now, and sends that to those who read Proposals: followers and whoever answered, or
    whom it names; `terms`: those changed with it. The row as it is stored."""
    moment = stamp.now if new else max(stamp.now, row.updated_at + 1)
    row = replace(row, updated_at=moment, terms_at=moment if terms else row.terms_at)
    recipients = list(by_ids(tx, list(row.recipients)).values())
    umbrella = by_id(tx, row.umbrella_id) if row.umbrella_id is not None else None
    to = documents.addressed(row, recipients, umbrella)
    document = documents.proposal(row, owner, to, context_of(tx, row))
    document = attested(document, key, stamp)
    raw = orjson.dumps(document)
    if len(raw) > limits.REQUEST_BYTES:
        raise InvalidInput("with all its translations the request is too long; make it shorter")
    row = replace(row, document=raw)
    store.put(tx, row)
    number = stamp.mint(None)
    activity = documents.told("Create" if new else "Update", stamp.urls.activity(number), document, moment)
    _send(tx, row, owner, recipients, number, activity, stamp)
    if row.expires_at is not None and row.status in rules.ANSWERABLE:
        due = row.expires_at + stamp.clock.span(limits.REQUEST_END_SECONDS)
        jobs.enqueue(tx, stamp.mint(None), TEND_REQUEST, f"{row.id} {row.expires_at}", due)
        match_wishes.look_soon(tx, row.id, stamp)
    if row.status == Status.AGREED:
        # All of it may have been done before the owner said that no more is wanted.
        retell_later(tx, row, stamp)
    return row


def retell_later(tx: Tx, row: RequestRow, stamp: Stamp) -> None:
    """Something may follow for the request from its answers or agreements: by a job, which has the owner's key."""
    jobs.enqueue(tx, stamp.mint(None), RETELL_REQUEST, str(row.id), stamp.now)


def context_of(tx: Tx, row: RequestRow) -> str | None:
    """The context of the post beside the request; None when it has no post here."""
    post = posts.by_uri(tx, row.companion_uri) if row.companion_uri else None
    return post.context if post is not None else None


def _send(
    tx: Tx,
    row: RequestRow,
    owner: ActorRow,
    recipients: list[ActorRow],
    number: int,
    activity: documents.Document,
    stamp: Stamp,
) -> None:
    if row.public:
        answered = by_ids(tx, answers.responders(tx, row.id))
        blind = {**activity, "bcc": [one.uri for one in answered.values()]}
        publish(tx, stamp, owner, number, blind, row.id, readers=Readers.PROPOSALS)
        return
    if row.audience == Audience.NETWORK and row.umbrella_id is not None:
        recipients = list(by_ids(tx, confirmed_members(tx, row.umbrella_id)).values())
    able = proposal_readers.among(tx, [one.id for one in recipients if not one.local])
    only = [one.uri for one in recipients if one.id in able]
    publish(tx, stamp, owner, number, activity, row.id, only=only, readers=Readers.PROPOSALS)


def end(tx: Tx, row: RequestRow, owner: ActorRow, stamp: Stamp) -> None:
    """The request is gone everywhere; of its row a tombstone is left."""
    number, deleted = stamp.mint(None), stamp.utc()
    recipients = list(by_ids(tx, list(row.recipients)).values())
    to = [PUBLIC] if row.public else [one.uri for one in recipients]
    cc = [owner.followers_uri] if row.public and owner.followers_uri else []
    activity = build.delete(stamp.urls.activity(number), owner.uri, row.uri, "Proposal", to, cc, deleted)
    _send(tx, row, owner, recipients, number, activity | {"@context": list(COOPFED)}, stamp)
    wipe(tx, row, stamp.now)


def wipe(tx: Tx, row: RequestRow, now: int) -> None:
    """Only that there was a request is left."""
    store.put(
        tx,
        RequestRow(
            id=row.id,
            uri=row.uri,
            local=row.local,
            actor_id=row.actor_id,
            purpose=row.purpose,
            status=Status.WITHDRAWN if row.at(now) in rules.ANSWERABLE else row.status,
            audience=row.audience,
            umbrella_id=row.umbrella_id,
            recipients=row.recipients,
            created_at=row.created_at,
            published_at=row.published_at,
            updated_at=max(now, row.updated_at + 1),
            deleted_at=now,
        ),
    )


def refuse(
    tx: Tx,
    row: RequestRow,
    owner: ActorRow,
    response: ResponseRow,
    reason: Reason,
    stamp: Stamp,
    content: str = "",
) -> None:
    """An answer is over: its responder is told why. Where the request ended it lapsed, else it is declined. Whoever answered by a post
    reads a post, when there is something to say (`content`, which is HTML)."""
    status = lapsed_or_declined(reason)
    answers.move(tx, response, status, stamp.now, reason=reason.value)
    responder = by_id(tx, response.actor_id)
    if responder is None or responder.gone_at is not None:
        return
    if response.plain:
        notes.say_no(tx, owner, responder, response, row, content, stamp)
        return
    number = stamp.mint(None)
    activity = documents.reject(stamp.urls.activity(number), owner.uri, responder.uri, response.uri, reason, content)
    publish(tx, stamp, owner, number, activity, row.id)


def lapsed_or_declined(reason: Reason) -> rules.Response:
    """What a Reject for this reason makes of an answer."""
    return rules.Response.LAPSED if reason in (Reason.CLOSED, Reason.EXPIRED) else rules.Response.DECLINED


def settled(tx: Tx, row: RequestRow) -> RequestRow:
    """The request after somebody agreed: agreed itself when nothing remains, else as `negotiated`."""
    if rules.settles(answers.remaining(tx, row)):
        return replace(row, status=rules.REQUEST.get((Status(row.status), Verb.SETTLE)) or row.status)
    return negotiated(tx, row)


def refuse_all(tx: Tx, row: RequestRow, owner: ActorRow, reason: Reason, stamp: Stamp, content: str = "") -> None:
    """Every answer that waits is over, since the request is; `content` (HTML) says more."""
    for response in answers.pending(tx, row.id):
        refuse(tx, row, owner, response, reason, stamp, content)


def negotiated(tx: Tx, row: RequestRow) -> RequestRow:
    """The request, in negotiation exactly while an answer is shortlisted."""
    shortlisted = any(one.status == rules.Response.SHORTLISTED for one in answers.pending(tx, row.id))
    verb = Verb.NEGOTIATE if shortlisted else Verb.RESUME
    after = rules.REQUEST.get((Status(row.status), verb))
    return row if after is None else replace(row, status=after)
