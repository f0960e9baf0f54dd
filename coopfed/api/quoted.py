"""Who may quote a post, and why what is quoted is not shown, as the client API tells it; read for all posts of a page at once.

Units of work.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from actors.lookup import ActorRow, on_blocked_hosts
from coopfed.db.tx import Tx
from coopfed.features.consent import store as consents
from coopfed.features.consent.rules import Permission, may_quote, named, permission, quote_permission
from coopfed.features.mutes.store import muted_among
from coopfed.features.posts.store import PostRow, authors_of, deleted_among
from coopfed.vocab.audience import Visibility
from coopfed.vocab.records import PolicyRule
from coopfed.vocab.terms import PUBLIC

Shape = dict[str, Any]


def approvals(tx: Tx, posts: list[PostRow], people: Mapping[int, ActorRow], viewer: int) -> dict[int, Shape]:
    """For each post its `quote_approval`: whom its author lets quote it, at once or on request, and whether the viewer is among them.

    `people` are at least the authors of the posts and the viewer, by their numbers.
    """
    reader = people.get(viewer)
    asked = [
        (post, people[post.actor_id], policy.quote if (policy := post.allows) is not None else None)
        for post in posts
        if post.actor_id in people
    ]
    followers = {
        author.id
        for _post, author, rule in asked
        if rule is not None and author.followers_uri in (*rule.automatic, *rule.manual)
    }
    followed = consents.followed_among(tx, viewer, sorted(followers)) if reader is not None else set()
    return {post.id: _approval(post, author, rule, reader, author.id in followed) for post, author, rule in asked}


def withheld(tx: Tx, quoted: list[int], viewer: int) -> dict[int, str]:
    """Of quoted posts (their numbers) whose authors agreed those that the viewer is not shown, each with the state that says why.
    Others that the viewer may not see are `unauthorized`, which says nothing."""
    deleted, authors = deleted_among(tx, quoted), authors_of(tx, quoted)
    people = list(set(authors.values()))
    why = (
        ("blocked_account", consents.blocked_among(tx, viewer, people)),
        ("blocked_domain", on_blocked_hosts(tx, people)),
        ("muted_account", muted_among(tx, viewer, people)),
    )
    found = {post: next((state for state, apart in why if author in apart), None) for post, author in authors.items()}
    return {post: state for post, state in found.items() if state is not None} | dict.fromkeys(deleted, "deleted")


def _approval(
    post: PostRow, author: ActorRow, rule: PolicyRule | None, reader: ActorRow | None, follows: bool
) -> Shape:
    return {
        "automatic": _words(rule.automatic, author) if rule is not None else [],
        "manual": _words(rule.manual, author) if rule is not None else [],
        "current_user": _for_reader(post, author, rule, reader, follows),
    }


def _words(entries: Iterable[str], author: ActorRow) -> list[str]:
    known = {PUBLIC: "public", author.followers_uri: "followers"}
    return list(dict.fromkeys(known.get(entry, "unsupported_policy") for entry in entries if entry != author.uri))


def _for_reader(
    post: PostRow, author: ActorRow, rule: PolicyRule | None, reader: ActorRow | None, follows: bool
) -> str:
    if reader is None:
        return "unknown"
    own = reader.id == author.id
    if own or author.local:
        stance = named(rule, author.followers_uri)
        return "automatic" if may_quote(stance, Visibility(post.visibility), own=own, follows=follows) else "denied"
    collections = {author.followers_uri} if follows and author.followers_uri is not None else set()
    if quote_permission(rule, reader.uri, author.uri, collections) is Permission.NEVER:
        return "denied"
    at_once = rule is not None and any(entry in collections for entry in rule.automatic)
    free = permission(rule, reader.uri, author.uri) is Permission.FREE
    return "automatic" if at_once or free else "manual"
