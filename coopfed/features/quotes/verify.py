"""Whether quotes and answers of others have their author's consent: looked into by jobs, and again every week.

Until it is known that a quoted author agrees, a quote is a link; an answer that needs consent is shown to nobody.
"""

from dataclasses import dataclass
from datetime import timedelta

from actors.lookup import ActorRow, by_id, by_uris
from coopfed import limits
from coopfed.clock import DAY_MS, utc
from coopfed.db import jobs
from coopfed.db.engine import Lane
from coopfed.db.models.quotes import ACCEPTED, REVOKED, UNVERIFIED
from coopfed.db.tx import Tx
from coopfed.errors import BadMessage, CoopFedError, FetchError
from coopfed.features.consent import quotes
from coopfed.features.consent import store as consents
from coopfed.features.consent.proof import is_shown
from coopfed.features.consent.quotes import QuoteRow
from coopfed.features.consent.rules import QuotePolicy, named
from coopfed.features.consent.store import REFUSED, WAITING
from coopfed.features.posts import documents
from coopfed.features.posts import store as posts
from coopfed.features.posts.linked import ask_for_preview
from coopfed.features.posts.receive import surface
from coopfed.features.posts.remote import Post, fetch_post, needs_consent, store_alone
from coopfed.features.posts.store import PostRow
from coopfed.features.quotes.revise import strip, tell_quoted
from coopfed.net.fetch import Budget
from coopfed.node import Node, Stamp
from coopfed.outcomes import Refusal
from coopfed.vocab.audience import OPEN
from coopfed.vocab.document import read_post
from coopfed.vocab.normalise import normalise
from coopfed.vocab.records import PostRecord
from coopfed.vocab.strict_json import parse
from coopfed.vocab.terms import PUBLIC

RECHECK_QUOTES = "recheck_quotes"
_WEEK_MS = 7 * DAY_MS
_HOUR_UTC = 4


@dataclass(frozen=True, slots=True)
class _Claim:
    """A quote to be looked into: the post it stands in, with its author, and the quoted post, when it is here."""

    row: QuoteRow
    post: PostRow
    author: ActorRow
    quoted: PostRow | None
    quoted_author: ActorRow | None


async def check_quote(node: Node, key: str) -> None:
    """The job `check_quote` (key: a post's number, how many quotes led to it, and what it claims). FetchError when a host does not answer
    now."""
    number, depth, _claimed = key.split(" ")
    claim = await node.db.read(_claim, int(number))
    if claim is None:
        return
    budget = node.budget()
    if claim.quoted is None:
        quoted = await _quoted(node, claim.row.quoted_uri, int(depth), budget)
        if quoted is None:
            return
        claim = await node.db.read(_claim_of, int(number), quoted.id)
        if claim is None:
            return
    state = await _verdict(node, claim, budget)
    await node.db.write(_settle, claim, state, node.stamp())


def _claim(tx: Tx, number: int) -> _Claim | None:
    """None when there is nothing to look into: the quote is gone, or ours, whose consent comes by an Accept."""
    row, post = quotes.find(tx, number), posts.by_id(tx, number)
    if row is None or post is None or post.local or post.deleted_at is not None:
        return None
    quoted = posts.by_id(tx, row.quoted_id) if row.quoted_id else posts.by_uri(tx, row.quoted_uri)
    return _with_authors(tx, row, post, quoted)


def _claim_of(tx: Tx, number: int, quoted_id: int) -> _Claim | None:
    row, post = quotes.find(tx, number), posts.by_id(tx, number)
    if row is None or post is None or post.deleted_at is not None:
        return None
    return _with_authors(tx, row, post, posts.by_id(tx, quoted_id))


def _with_authors(tx: Tx, row: QuoteRow, post: PostRow, quoted: PostRow | None) -> _Claim | None:
    author = by_id(tx, post.actor_id)
    return None if author is None else _Claim(row, post, author, quoted, by_id(tx, quoted.actor_id) if quoted else None)


async def _quoted(node: Node, uri: str, depth: int, budget: Budget) -> PostRow | None:
    """The quoted post, fetched and stored; None when it is not to be had."""
    try:
        post = await fetch_post(node, uri, budget)
    except FetchError as error:
        if error.temporary:
            raise
        return None
    except (CoopFedError, Refusal):
        return None
    return await node.db.write(_store, post, depth + 1, node.stamp())


def _store(tx: Tx, post: Post, depth: int, stamp: Stamp) -> PostRow | None:
    return store_alone(tx, post, stamp, depth)


async def _verdict(node: Node, claim: _Claim, budget: Budget) -> str:
    """The state of a quote by others, as it is now. Source: FEP-044f *Verifying quotes*; s2s research 2.21."""
    row, quoted, author = claim.row, claim.quoted, claim.quoted_author
    if quoted is None or author is None or quoted.id == claim.post.id:
        return UNVERIFIED
    if author.id == claim.author.id:
        return ACCEPTED
    if author.local and await node.db.read(posts.is_buried, claim.post.uri, author.id):
        return REVOKED
    if row.authorization_uri is None:
        return ACCEPTED if row.legacy and _is_free(quoted, author) else UNVERIFIED
    if node.urls.is_ours(row.authorization_uri):
        # Ours is given by the answer to a request, which stored it with this very quote: whoever copies it has nothing.
        return row.state if row.state in (ACCEPTED, REVOKED) and row.request_uri is not None else UNVERIFIED
    if await node.db.read(posts.is_buried, row.authorization_uri, author.id):
        return REVOKED
    shown = await is_shown(
        node, row.authorization_uri, "quote", author.uri, claim.post.uri, quoted.uri, budget, exactly=True
    )
    if shown:
        return ACCEPTED
    return REVOKED if row.state == ACCEPTED else UNVERIFIED


def _is_free(quoted: PostRow, author: ActorRow) -> bool:
    """Whether everybody may quote a post, so that older software need not ask. Source: s2s research 2.21."""
    policy = quoted.allows
    rule = policy.quote if policy is not None else None
    if quoted.visibility not in OPEN or rule is None:
        return False
    return named(rule, author.followers_uri) is QuotePolicy.PUBLIC if author.local else PUBLIC in rule.automatic


def _settle(tx: Tx, claim: _Claim, state: str, stamp: Stamp) -> None:
    row = quotes.find(tx, claim.post.id)
    if row is None or row.quoted_uri != claim.row.quoted_uri or row.authorization_uri != claim.row.authorization_uri:
        # Another Update came meanwhile, and left a job of its own.
        return
    if row.state == REVOKED:
        return
    quoted_id = claim.quoted.id if claim.quoted is not None else None
    if state == REVOKED:
        strip(tx, row, REVOKED, stamp)
        return
    quotes.settle(tx, row, state, stamp.now, quoted_id=quoted_id)
    now = quotes.find(tx, claim.post.id)
    if now is not None and row.state != ACCEPTED:
        tell_quoted(tx, now, stamp)


# --- every week -------------------------------------------------------------------------------------------------


def plan(tx: Tx, number: int, now: int) -> None:
    """Leaves the job of the coming night, once. A unit of work."""
    moment = utc(now)
    night = moment.replace(hour=_HOUR_UTC, minute=17, second=0, microsecond=0)
    if night <= moment:
        night += timedelta(days=1)
    jobs.enqueue(tx, number, RECHECK_QUOTES, night.date().isoformat(), int(night.timestamp() * 1000))


async def recheck_quotes(node: Node, _key: str) -> None:
    """The job `recheck_quotes` (key: its day): has consent that was seen more than a week ago looked up again, the oldest first, at most
    `limits.QUOTES_RECHECKED` a night; and leaves the job of the next night. Consent may end without a word."""
    await node.db.write(plan, node.minter.mint(), node.clock.now(), lane=Lane.BACK)
    await node.db.write(_look_again, node.stamp(), lane=Lane.BACK)


def _look_again(tx: Tx, stamp: Stamp) -> None:
    for number in quotes.stale(tx, stamp.now - _WEEK_MS, stamp.urls.base, limits.QUOTES_RECHECKED):
        quotes.touch(tx, number, stamp.now)
        row = quotes.find(tx, number)
        if row is not None:
            quotes.check_later(tx, number, row, stamp, 0)


# --- answers ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Answer:
    """A remote answer, its parent, both with their authors, and whether it needs consent."""

    post: PostRow
    record: PostRecord
    author: ActorRow
    parent: PostRow
    answered: ActorRow
    needs: bool


async def check_answer(node: Node, key: str) -> None:
    """The job `check_answer` (key: a post's number, and what it claims): shows an answer whose author was allowed to give it, hides one
    who was not.

    FetchError when the answered author's host does not answer now. Source: GoToSocial *Validating approvedBy*.
    """
    answer = await node.db.read(_answer, int(key.partition(" ")[0]))
    if answer is None:
        return
    shown = not answer.needs
    if answer.needs and answer.record.approved_by is not None and not answer.parent.consent:
        shown = await is_shown(
            node,
            answer.record.approved_by,
            "reply",
            answer.answered.uri,
            answer.post.uri,
            answer.parent.uri,
            node.budget(),
            exactly=False,
        )
    await node.db.write(_show if shown else _hide, answer, node.stamp())


def _answer(tx: Tx, number: int) -> _Answer | None:
    post = posts.by_id(tx, number)
    parent = posts.by_id(tx, post.in_reply_to_id) if post is not None and post.in_reply_to_id else None
    if post is None or parent is None or post.local or post.deleted_at is not None or post.consent == REFUSED:
        return None
    author, answered = by_id(tx, post.actor_id), by_id(tx, parent.actor_id)
    try:
        record = read_post(normalise(parse(documents.document_of(tx, number)), key_stub=True))
    except BadMessage:
        return None
    if author is None or answered is None:
        return None
    return _Answer(post, record, author, parent, answered, needs_consent(tx, author, parent))


def _show(tx: Tx, answer: _Answer, stamp: Stamp) -> None:
    if not consents.set_consent(tx, answer.post.id, WAITING, ""):
        return
    post = posts.by_id(tx, answer.post.id)
    assert post is not None
    posts.count_reply(tx, post, 1)
    known = by_uris(tx, [mention.href for mention in answer.record.mentions])
    surface(tx, post, Post(answer.record, answer.author, b""), answer.parent, known, stamp)
    ask_for_preview(tx, post, stamp)
    for below in consents.waiting_below(tx, post.id):
        consents.check_answer_later(tx, below, f"below {post.id}", stamp)


def _hide(tx: Tx, answer: _Answer, _stamp: Stamp) -> None:
    if consents.set_consent(tx, answer.post.id, "", WAITING):
        posts.count_reply(tx, answer.post, -1)
