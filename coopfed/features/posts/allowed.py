"""What the author of a remote post allows our actors to do with it. Units of work.

Nothing is asked of our own posts here: of them we say only who may quote them.
"""

from actors.lookup import ActorRow, by_id
from coopfed.db.tx import Tx
from coopfed.errors import BadMessage, InvalidInput
from coopfed.features.consent import store as consents
from coopfed.features.consent.rules import Permission, permission, quote_permission
from coopfed.features.posts import details, documents, store
from coopfed.features.posts.store import PostRow
from coopfed.node import Stamp
from coopfed.vocab import consent, policies
from coopfed.vocab.build import Document
from coopfed.vocab.records import PolicyRule
from coopfed.vocab.strict_json import parse
from outbox.publish import publish

_REFUSED = {
    "like": "@{acct} does not allow this post to be liked",
    "reply": "@{acct} does not allow answers to this post",
    "announce": "@{acct} does not allow this post to be boosted",
    "quote": "@{acct} does not allow this post to be quoted; a link to it needs nobody's consent",
}


def must_ask(tx: Tx, actor: ActorRow, post: PostRow, author: ActorRow, what: str) -> bool:
    """Whether `actor` may `like`, `reply` to or `announce` the post only when its author agrees. InvalidInput when it may not at all.

    Who is mentioned may always answer, that nobody be accused without a reply. Source: GoToSocial *Implicit Assumptions*.
    """
    if author.local or actor.id == author.id:
        return False
    policy = post.allows
    rule: PolicyRule | None = getattr(policy, what) if policy is not None else None
    if rule is None or (what == "reply" and names(tx, post, actor)):
        return False
    found = permission(rule, actor.uri, author.uri, shared_collections(tx, actor, author))
    if found is Permission.NEVER:
        raise InvalidInput(_REFUSED[what].format(acct=author.acct))
    return found is Permission.ASK


def takes_requests(tx: Tx, post: PostRow, what: str) -> bool:
    """Whether who wrote the post is asked to let it be liked (`like`, `reply`, `announce`) by a request; else by the interaction itself."""
    try:
        return policies.takes_requests(parse(documents.document_of(tx, post.id)), f"can{what.title()}")
    except BadMessage:
        return False


def ask(
    tx: Tx, actor: ActorRow, post: PostRow, author: ActorRow, what: str, interaction: Document, stamp: Stamp
) -> None:
    """Asks the author of a post whether `actor` may do this with it. Source: GoToSocial *Sending an Interaction Request*."""
    number = stamp.mint(None)
    request = consent.interaction_request(what, stamp.urls.activity(number), post.uri, author.uri, interaction)
    publish(tx, stamp, actor, number, request, post.id)


def must_ask_to_quote(tx: Tx, actor: ActorRow, post: PostRow, author: ActorRow) -> bool:
    """As `must_ask`, for quotes: whoever says nothing of them allows none."""
    policy = post.allows
    rule = policy.quote if policy is not None else None
    found = quote_permission(rule, actor.uri, author.uri, shared_collections(tx, actor, author))
    if found is Permission.NEVER:
        raise InvalidInput(_REFUSED["quote"].format(acct=author.acct))
    return found is Permission.ASK


def shared_collections(tx: Tx, actor: ActorRow, author: ActorRow) -> set[str]:
    """Those of the author's two collections that the actor is in, as far as this node knows: followers, and whom the author follows."""
    followers, following = consents.collections_of(tx, author.id)
    found = set()
    if followers is not None and consents.follows(tx, actor.id, author.id):
        found.add(followers)
    if following is not None and consents.follows(tx, author.id, actor.id):
        found.add(following)
    return found


def names(tx: Tx, post: PostRow, actor: ActorRow) -> bool:
    """Whether the post mentions the actor."""
    return any(href == actor.uri for href, _name, _number in details.mentions_of(tx, [post.id]).get(post.id, []))


def only_for(tx: Tx, post: PostRow) -> tuple[str, ...] | None:
    """Who alone hears of a post of ours while it waits for consent: the author of what it answers; None for every other post."""
    if not post.consent:
        return None
    parent = store.by_id(tx, post.in_reply_to_id) if post.in_reply_to_id else None
    author = by_id(tx, parent.actor_id) if parent is not None else None
    return () if author is None else (author.uri,)
