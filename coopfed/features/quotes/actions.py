"""What members do about quotes of their posts: say who may, and take consent back. Source: FEP-044f."""

from actors.lookup import ActorRow, by_id
from coopfed.db.models.quotes import ACCEPTED, REVOKED
from coopfed.db.tx import Tx
from coopfed.errors import InvalidInput, NotFound
from coopfed.features import notifications
from coopfed.features.consent import quotes
from coopfed.features.consent import store as consents
from coopfed.features.consent.rules import QuotePolicy, allowed_to, default_policy
from coopfed.features.posts import documents
from coopfed.features.posts import store as posts
from coopfed.features.posts.compose import policy_in
from coopfed.features.posts.store import PostRow
from coopfed.features.quotes.revise import revise, strip
from coopfed.node import Node, Stamp
from coopfed.vocab import consent
from coopfed.vocab.audience import OPEN, Visibility
from coopfed.vocab.terms import PUBLIC
from outbox.publish import publish


async def set_quote_policy(node: Node, author: ActorRow, post: PostRow, policy: QuotePolicy) -> None:
    """Says who may quote a post of `author` from now on; who has the post hears of it, and it is no edit.

    Consent that was given stays until it is taken back. NotFound when the post is not theirs, InvalidInput for what is for few.
    """
    await node.db.write(_set_policy, author, post, policy, node.stamp())


def _set_policy(tx: Tx, author: ActorRow, seen: PostRow, policy: QuotePolicy, stamp: Stamp) -> None:
    post = _own(tx, author, seen.id)
    if policy is not QuotePolicy.NOBODY and default_policy(Visibility(post.visibility)) is QuotePolicy.NOBODY:
        raise InvalidInput("a post that is for few is quoted by nobody but its author")
    document = documents.note_of(tx, post.id)
    assert document is not None
    assert author.followers_uri is not None
    changed = document | {"interactionPolicy": consent.policy(allowed_to(policy, author.uri, author.followers_uri))}
    if changed == document:
        return
    consents.set_policy(tx, post.id, policy_in(changed))
    revise(tx, author, post, changed, stamp)


def _own(tx: Tx, author: ActorRow, post_id: int) -> PostRow:
    post = posts.by_id(tx, post_id)
    if post is None or post.actor_id != author.id or not post.local or post.deleted_at is not None:
        raise NotFound(f"@{author.handle} has no post {post_id}")
    return post


async def revoke(node: Node, author: ActorRow, post: PostRow, quoting_id: int) -> None:
    """Takes back the consent of `author` that their post be quoted by this one (its number): here at once, elsewhere by a Delete of what
    showed it. NotFound when there is no such quote. Source: FEP-044f *Revocation*."""
    await node.db.write(_revoke, author, post, quoting_id, node.stamp())


def _revoke(tx: Tx, author: ActorRow, seen: PostRow, quoting_id: int, stamp: Stamp) -> None:
    post = _own(tx, author, seen.id)
    row, quoting = quotes.find(tx, quoting_id), posts.by_id(tx, quoting_id)
    if row is None or quoting is None or row.quoted_id != post.id or row.state != ACCEPTED:
        raise NotFound(f"post {quoting_id} does not quote post {seen.id}")
    quoter = by_id(tx, quoting.actor_id)
    assert quoter is not None
    notifications.withdraw(tx, notifications.QUOTE, quoter.id, quoting.id)
    strip(tx, row, REVOKED, stamp)
    # The row goes with an edit that quotes nothing, or another post: what was taken back is remembered beside it.
    posts.bury(tx, quoting.uri, author.id, stamp.now)
    if row.authorization_uri is None or not stamp.urls.is_ours(row.authorization_uri):
        # Nobody was shown anything: older software quotes what everybody may quote without asking.
        return
    shown = consent.authorization(row.authorization_uri, author.uri, quoting.uri, post.uri)
    number = stamp.mint(None)
    assert author.followers_uri is not None
    everybody = quoting.visibility in OPEN and post.visibility in OPEN
    to, cc = ([PUBLIC], [author.followers_uri, quoter.uri]) if everybody else ([quoter.uri], [])
    publish(tx, stamp, author, number, consent.revocation(stamp.urls.activity(number), shown, to, cc), post.id)
