"""Who may do what with a post by its author's policy, and what shows that the author agreed. Pure.

Source: FEP-044f; GoToSocial *Interaction Policy*; s2s research 2.21.
"""

from collections.abc import Collection
from enum import StrEnum

from coopfed.vocab.audience import OPEN, Visibility, narrower
from coopfed.vocab.origin import lies_with
from coopfed.vocab.records import AuthorizationRecord, PolicyRule
from coopfed.vocab.terms import PUBLIC


class Permission(StrEnum):
    """What a policy says to an actor."""

    FREE = "free"
    ASK = "ask"
    """Only when the author's server says so: it alone knows who is in a collection."""
    NEVER = "never"


class QuotePolicy(StrEnum):
    """Who may quote a post of ours. The words are those of the client API."""

    PUBLIC = "public"
    FOLLOWERS = "followers"
    NOBODY = "nobody"


def permission(rule: PolicyRule | None, actor: str, author: str, collections: Collection[str] = ()) -> Permission:
    """What the rule of a like, answer or boost says to an actor who is, perhaps, in these collections of the author.

    Who is named goes before collections, those before everybody; a post without a rule is free. The author always may.
    Source: GoToSocial *Conflicting / Duplicate Values*, *Validating presence in a Followers / Following collection*.
    """
    if actor == author or rule is None or actor in rule.automatic:
        return Permission.FREE
    if actor in rule.manual or any(entry in collections for entry in (*rule.automatic, *rule.manual)):
        return Permission.ASK
    if PUBLIC in rule.automatic:
        return Permission.FREE
    return Permission.ASK if PUBLIC in rule.manual else Permission.NEVER


def quote_permission(rule: PolicyRule | None, actor: str, author: str, collections: Collection[str] = ()) -> Permission:
    """As `permission`, for quotes of remote posts: who says nothing allows none but themselves, and whoever allows is asked.

    Source: GoToSocial *canQuote*; FEP-044f.
    """
    if actor == author:
        return Permission.FREE
    if rule is None or permission(rule, actor, author, collections) is Permission.NEVER:
        return Permission.NEVER
    return Permission.ASK


def default_policy(visibility: Visibility) -> QuotePolicy:
    """Who may quote a post whose author did not say: what everybody may see everybody may quote, as at Mastodon."""
    return QuotePolicy.PUBLIC if visibility in OPEN else QuotePolicy.NOBODY


def allowed_to(policy: QuotePolicy, author: str, followers: str) -> list[str]:
    """Whom a policy of ours lets quote at once; for nobody the author alone, since an empty list would say nothing."""
    return [{QuotePolicy.PUBLIC: PUBLIC, QuotePolicy.FOLLOWERS: followers, QuotePolicy.NOBODY: author}[policy]]


def named(rule: PolicyRule | None, followers: str | None) -> QuotePolicy:
    """The policy of ours that a rule writes down; nobody where nothing was said, as in posts from before there were policies."""
    entries = rule.automatic if rule is not None else ()
    if PUBLIC in entries:
        return QuotePolicy.PUBLIC
    return QuotePolicy.FOLLOWERS if followers is not None and followers in entries else QuotePolicy.NOBODY


def may_quote(policy: QuotePolicy, visibility: Visibility, *, own: bool, follows: bool) -> bool:
    """Whether somebody may quote a post of ours: its author (`own`) always, others only what everybody may see."""
    if own:
        return True
    if visibility not in OPEN:
        return False
    return policy is QuotePolicy.PUBLIC or (policy is QuotePolicy.FOLLOWERS and follows)


def is_for_as_few(quoting: Visibility, quoted: Visibility) -> bool:
    """Whether a quote is shown to no more people than what it quotes: an author's word to few is not spread by a quote."""
    return quoted in OPEN or narrower(quoting, quoted) is quoting


def shows_consent(
    found: AuthorizationRecord, kind: str, author: str, interacting: str, target: str | None, *, exactly: bool = True
) -> bool:
    """Whether a document shows the author's consent to this very interaction with this very post.

    With `exactly` the document must name the post too (FEP-044f); GoToSocial leaves that out of older ones, and out of an Accept.
    The document itself must come from the author's host: see `may_vouch`. Source: Mastodon GHSA-8h43-rcqj-wpc6.
    """
    if found.author != author or found.interacting != interacting:
        return False
    if found.kind != kind and (exactly or found.kind is not None):
        return False
    return found.target == target or (found.target is None and not exactly)


def may_vouch(document: str, author: str) -> bool:
    """Whether a document at this id may speak for the author: both lie on one host. Source: GoToSocial *Validating approvedBy*."""
    return lies_with(document, author)
