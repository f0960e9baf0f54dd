"""Posts of other nodes: fetched from their origin, stored with who is mentioned."""

from dataclasses import dataclass

import orjson

from actors.lookup import ActorRow, by_id, by_uris
from actors.remote import known_actor
from coopfed.db import jobs
from coopfed.db.tx import Tx
from coopfed.errors import FetchError, NotFound
from coopfed.features.consent import quotes
from coopfed.features.consent import store as consents
from coopfed.features.consent.rules import Permission, permission
from coopfed.features.posts import details, polls, store
from coopfed.features.posts.allowed import names
from coopfed.features.posts.cards import face
from coopfed.features.posts.linked import show_preview
from coopfed.features.posts.rules import clamped
from coopfed.features.posts.store import PostRow
from coopfed.net.fetch import Budget, Fetched, fetch_document
from coopfed.net.words import keeps_out
from coopfed.node import Node, Stamp
from coopfed.text.sanitise import POLICY_VERSION
from coopfed.vocab.audience import OPEN, visibility
from coopfed.vocab.document import read_post
from coopfed.vocab.origin import authority, same_authority
from coopfed.vocab.policies import written
from coopfed.vocab.records import MentionRecord, PolicyRecord, PostRecord

ADOPT_ANSWERS = "adopt_answers"
_MOMENT_MS = 10_000
"""Longer than any write takes."""


@dataclass(frozen=True, slots=True)
class Post:
    """A post that may be stored, with its author and the bytes it came in."""

    record: PostRecord
    author: ActorRow
    raw: bytes


async def fetch_post(node: Node, uri: str, budget: Budget) -> Post:
    """The post with this id from its own host, with its author. NotFound for an id of ours or what is no post.

    FetchError or BadMessage when it cannot be had.
    """
    if node.urls.is_ours(uri):
        raise NotFound(f"{uri} is not here")
    await node.refuse_blocked(authority(uri))
    return await read_fetched(node, await fetch_document(node.http, uri, signer=node.signer, budget=budget), budget)


async def read_fetched(node: Node, fetched: Fetched, budget: Budget) -> Post:
    """The post that was fetched, with its author. NotFound when it is none, FetchError or BadMessage when it cannot be believed."""
    record = read_post(fetched.document)
    if is_vote(record):
        raise NotFound(f"{fetched.url} is a vote, not a post")
    if not same_authority(record.id, record.author):
        raise FetchError(f"{fetched.url} names an author on another host", reason="author_origin")
    return Post(record, await known_actor(node, record.author, budget), fetched.raw)


def is_vote(record: PostRecord) -> bool:
    """Whether the Note is a vote on a poll: a name, no text, and an answer to the poll. Source: s2s research 2.9."""
    return record.type == "Note" and bool(record.name) and not record.content and record.in_reply_to is not None


async def known_post(node: Node, uri: str, budget: Budget) -> PostRow:
    """The post with this id (or page address), fetched and stored when it is unknown here. Raises as `fetch_post`."""
    stored = await node.db.read(store.by_uri, uri)
    if stored is None:
        post = await fetch_post(node, uri, budget)
        stored = await node.db.write(store_alone, post, node.stamp())
    if stored is None or stored.deleted_at is not None:
        raise NotFound(f"{uri} was deleted")
    return stored


def store_alone(tx: Tx, post: Post, stamp: Stamp, depth: int = 0) -> PostRow | None:
    """Stores a remote post that came by itself, not by its Create; the stored one when it is here. A unit of work."""
    record = post.record
    parent = store.by_uri(tx, record.in_reply_to) if record.in_reply_to else None
    known = by_uris(tx, [mention.href for mention in record.mentions])
    return store_post(tx, post, parent, known, stamp, depth) or store.by_uri(tx, record.id)


def store_post(
    tx: Tx, post: Post, parent: PostRow | None, known: dict[str, ActorRow], stamp: Stamp, depth: int = 0
) -> PostRow | None:
    """Stores a remote post; None when its id is here already, or its author deleted it before it came. `known` are the mentioned
    actors known here; `depth` counts the quotes that led to it. A unit of work.

    What it quotes, and whether its author may answer what it answers, is looked into by jobs.
    """
    record, author = post.record, post.author
    if store.is_buried(tx, record.id, author.id):
        return None
    if parent is None and record.in_reply_to is not None:
        # It may have come since the facts were gathered.
        parent = store.by_uri(tx, record.in_reply_to)
    row = _row_of(post, parent, stamp)
    row = row._replace(consent=consents.WAITING if needs_consent(tx, author, parent) else "")
    stored = store.insert_post(tx, row, post.raw, stamp.now)
    if stored is not None:
        describe(tx, stored, record, known, stamp)
        if record.poll is not None:
            polls.add(tx, polls.read(record.poll, stored.id, stamp.now), stamp)
        _find_parent_later(tx, stored, stamp)
        quotes.remember(tx, stored.id, record, stamp, depth)
        _look_into_answers(tx, stored, record, stamp)
    return stored


def _row_of(post: Post, parent: PostRow | None, stamp: Stamp) -> PostRow:
    record, author = post.record, post.author
    published = clamped(record.published, stamp.now)
    seen = face(record)
    return PostRow(
        id=stamp.mint(published),
        uri=record.id,
        local=False,
        type=record.type,
        actor_id=author.id,
        account_id=None,
        visibility=visibility(record.to, record.cc, author.followers_uri).value,
        name=seen.name,
        content=seen.content,
        summary=seen.warning,
        source=None,
        language=record.language,
        sensitive=record.sensitive or bool(seen.warning),
        url=record.url or record.id,
        in_reply_to=record.in_reply_to,
        in_reply_to_id=parent.id if parent else None,
        policy_version=POLICY_VERSION,
        replies_count=0,
        likes_count=0,
        shares_count=0,
        published_at=published,
        updated_at=_edited(record, published, stamp.now),
        deleted_at=None,
        context=record.context,
        policy=policy_text(record.policy),
    )


def needs_consent(tx: Tx, author: ActorRow, parent: PostRow | None) -> bool:
    """Whether a remote actor's answer to a remote post is shown only with its author's consent: by its policy, or because what it
    answers waits for consent itself. Of who is in which collection this node knows nothing. Source: GoToSocial *Interaction Policy*."""
    if parent is None or parent.local or parent.actor_id == author.id:
        return False
    if parent.consent:
        return True
    policy = parent.allows
    answered = by_id(tx, parent.actor_id) if policy is not None and policy.reply is not None else None
    if policy is None or answered is None or names(tx, parent, author):
        return False
    return permission(policy.reply, author.uri, answered.uri) is not Permission.FREE


def policy_text(policy: PolicyRecord | None) -> str | None:
    """A remote post's policy as it is stored."""
    return None if policy is None else orjson.dumps(written(policy)).decode()


def _look_into_answers(tx: Tx, post: PostRow, record: PostRecord, stamp: Stamp) -> None:
    """By jobs: the answer that claims consent, and those that came before what they answer, whose author has to agree."""
    if post.consent and record.approved_by is not None:
        consents.check_answer_later(tx, post.id, record.approved_by, stamp)
    if record.policy is not None and record.policy.reply is not None:
        for answer in consents.answers_to(tx, post.id):
            consents.check_answer_later(tx, answer, None, stamp)


def _find_parent_later(tx: Tx, post: PostRow, stamp: Stamp) -> None:
    """On PostgreSQL an answer and what it answers may be stored at one moment, neither seeing the other: somebody looks again."""
    if tx.on_postgres and post.in_reply_to is not None and post.in_reply_to_id is None:
        jobs.enqueue(tx, stamp.mint(None), ADOPT_ANSWERS, post.in_reply_to, stamp.now + _MOMENT_MS)


async def adopt_answers(node: Node, uri: str) -> None:
    """The job `adopt_answers` (key: a post's id): its answers that were stored at the same moment find their place."""
    await node.db.write(_adopt, uri)


def _adopt(tx: Tx, uri: str) -> None:
    post = store.by_uri(tx, uri)
    if post is not None:
        store.adopt(tx, post)


def _edited(record: PostRecord, published: int, now: int) -> int | None:
    """When the post was last edited before it came here; peers that always write `updated` repeat the first moment."""
    edited = clamped(record.updated, now) if record.updated is not None else published
    return edited if edited > published else None


def describe(tx: Tx, post: PostRow, record: PostRecord, known: dict[str, ActorRow], stamp: Stamp) -> None:
    """Stores mentions, hashtags and files of a remote post, and which page it shows a preview of. A unit of work."""
    mentions = [(mention, known[mention.href].id if mention.href in known else None) for mention in record.mentions]
    if post.visibility not in OPEN:
        mentions += _silent(record, known)
    details.insert_mentions(tx, post.id, mentions)
    details.insert_hashtags(tx, post.id, record.hashtags)
    # A link that the author attached is no file: nothing of it is fetched or shown but its address.
    shut = any(file.type != "Link" for file in record.attachments) and keeps_out(
        tx, authority(post.uri), "reject_media"
    )
    files = [file for file in record.attachments if file.type == "Link" or not shut]
    details.insert_attachments(tx, post.id, files)
    pages = {known[mention.href].url or "" for mention in record.mentions if mention.href in known}
    named = {mention.href for mention in record.mentions} | {record.quote or ""} | pages
    show_preview(tx, post, record.attachments, named, stamp)


def _silent(record: PostRecord, known: dict[str, ActorRow]) -> list[tuple[MentionRecord, int | None]]:
    """Actors of ours who are addressed without a Mention tag: they may read what is not public, but are not told.

    Source: Mastodon's silent mentions, s2s research 2.7.
    """
    named = {mention.href for mention in record.mentions}
    addressed = [known[uri] for uri in dict.fromkeys((*record.to, *record.cc)) if uri in known and uri not in named]
    return [(MentionRecord(row.uri, f"@{row.acct}"), row.id) for row in addressed if row.local]
