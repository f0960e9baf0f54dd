"""What members do: like, boost, and take it back. Each stores the actor's own row and publishes in one write."""

from actors.lookup import ActorRow, by_id
from coopfed.clock import utc
from coopfed.db.tx import Tx
from coopfed.errors import Forbidden, InvalidInput, NotFound
from coopfed.features import timelines
from coopfed.features.posts import groups as places
from coopfed.features.posts import visible
from coopfed.features.posts.allowed import ask, must_ask, takes_requests
from coopfed.features.posts.store import PostRow
from coopfed.features.reactions import store
from coopfed.features.reactions.rules import BOOST, LIKE
from coopfed.features.reactions.store import ReactionRow
from coopfed.features.reactions.undo import end
from coopfed.features.streams import store as streams
from coopfed.node import Node, Stamp
from coopfed.vocab import build
from coopfed.vocab.audience import OPEN, Visibility, addressing
from outbox.publish import publish


async def like(node: Node, actor: ActorRow, post_id: int, account_id: int | None = None) -> ReactionRow:
    """Likes a post, once however often it is asked. NotFound when it is not for the actor, InvalidInput when its author does not allow
    it; one that the author has to agree to counts from then on. Source: ActivityPub 6.8; GoToSocial *Interaction Policy*."""
    return await node.db.write(_like, actor, post_id, account_id, node.stamp())


def _like(tx: Tx, actor: ActorRow, post_id: int, account_id: int | None, stamp: Stamp) -> ReactionRow:
    post, author = _seen(tx, actor, post_id)
    existing = store.find(tx, actor.id, post.id, LIKE)
    if existing is not None:
        return existing
    number = stamp.mint(None)
    uri = stamp.urls.activity(number)
    asks = must_ask(tx, actor, post, author, "like")
    row = ReactionRow(number, LIKE, actor.id, post.id, "", Visibility.DIRECT.value, uri, account_id, stamp.now, asks)
    added = store.add(tx, row)
    assert added is not None
    _tell(tx, actor, added, post, author, _liking(tx, uri, actor, post, author), stamp)
    return added


def _tell(
    tx: Tx, actor: ActorRow, row: ReactionRow, post: PostRow, author: ActorRow, said: build.Document, stamp: Stamp
) -> None:
    """The reaction goes out, or who has to agree is asked: by a request, or as older servers are asked, by the reaction itself."""
    what = "announce" if row.kind == BOOST else "like"
    if row.pending and takes_requests(tx, post, what):
        ask(tx, actor, post, author, what, said, stamp)
    else:
        publish(tx, stamp, actor, row.id, said, post.id, only=_only(row, author))


def _liking(tx: Tx, uri: str, actor: ActorRow, post: PostRow, author: ActorRow) -> build.Document:
    """The Like, told to the groups where the post stands too: they tell their members."""
    like = build.like(uri, actor.uri, post.uri, author.uri)
    return places.for_groups(like, places.standing_in(tx, post.id))


async def unlike(node: Node, actor: ActorRow, post_id: int) -> None:
    """Takes a like back; nothing happens when there is none. NotFound when the post is not for the actor.

    Source: ActivityPub 6.10.
    """
    await node.db.write(_unlike, actor, post_id, node.stamp())


def _unlike(tx: Tx, actor: ActorRow, post_id: int, stamp: Stamp) -> None:
    post, author = _seen(tx, actor, post_id)
    row = store.find(tx, actor.id, post.id, LIKE)
    if row is None or not end(tx, row):
        return
    assert row.uri is not None
    liked = _liking(tx, row.uri, actor, post, author)
    number = stamp.mint(None)
    publish(tx, stamp, actor, number, build.undo(stamp.urls.activity(number), liked), post.id)


async def boost(
    node: Node,
    actor: ActorRow,
    post_id: int,
    visibility: Visibility = Visibility.PUBLIC,
    account_id: int | None = None,
) -> ReactionRow:
    """Boosts a post, once however often it is asked; it is in the actor's own timeline when this returns.

    One's own followers-only post is boosted to followers, whatever is asked. NotFound when the post is not for the actor,
    Forbidden when it is not for passing on, InvalidInput for a direct boost, or when the author does not allow boosts; one that the
    author has to agree to goes to nobody else before. Source: ActivityPub 7.11; the practice of Mastodon; GoToSocial *Interaction Policy*.
    """
    return await node.db.write(_boost, actor, post_id, visibility, account_id, node.stamp())


def _boost(
    tx: Tx, actor: ActorRow, post_id: int, asked: Visibility, account_id: int | None, stamp: Stamp
) -> ReactionRow:
    post, author = _seen(tx, actor, post_id)
    existing = store.find(tx, actor.id, post.id, BOOST)
    if existing is not None:
        return existing
    number = stamp.mint(None)
    row = ReactionRow(
        id=number,
        kind=BOOST,
        actor_id=actor.id,
        object_id=post.id,
        content="",
        visibility=_passed_on(actor, post, asked).value,
        uri=stamp.urls.activity(number),
        account_id=account_id,
        # Misskey refuses a boost that is older than what it boosts, and a peer's clock may be ahead.
        created_at=max(stamp.now, post.published_at),
        pending=must_ask(tx, actor, post, author, "announce"),
    )
    added = store.add(tx, row)
    assert added is not None
    timelines.raise_own(tx, added.id, post.id, actor.id)
    streams.posted(tx, added.id, post.id, actor.id, added.created_at, stamp.now, owner_id=actor.id)
    _tell(tx, actor, added, post, author, announcing(actor, added, post, author), stamp)
    return added


def _only(row: ReactionRow, author: ActorRow) -> tuple[str, ...] | None:
    """Who alone hears of a reaction that waits for consent."""
    return (author.uri,) if row.pending else None


def _passed_on(actor: ActorRow, post: PostRow, asked: Visibility) -> Visibility:
    """For whom the boost will be."""
    if asked is Visibility.DIRECT:
        raise InvalidInput("a boost is public, unlisted or private; it cannot be direct")
    if post.consent:
        raise Forbidden(f"{post.uri} waits for consent", reason="not_for_boosting")
    if post.visibility in OPEN:
        return asked
    if post.visibility != Visibility.FOLLOWERS or post.actor_id != actor.id:
        raise Forbidden(f"{post.uri} is not for everybody", reason="not_for_boosting")
    return Visibility.FOLLOWERS


def announcing(actor: ActorRow, row: ReactionRow, post: PostRow, author: ActorRow) -> build.Document:
    """The Announce of a boost of ours."""
    assert row.uri is not None
    assert actor.followers_uri is not None
    named = [author.uri] if author.id != actor.id else []
    to, cc = addressing(Visibility(row.visibility), actor.followers_uri, named)
    published = utc(row.created_at)
    return build.announce(row.uri, actor.uri, post.uri, published, to, cc)


async def unboost(node: Node, actor: ActorRow, post_id: int) -> None:
    """Takes a boost back; nothing happens when there is none. NotFound when the post is not for the actor.

    Source: ActivityPub 6.10.
    """
    await node.db.write(_unboost, actor, post_id, node.stamp())


def _unboost(tx: Tx, actor: ActorRow, post_id: int, stamp: Stamp) -> None:
    post, author = _seen(tx, actor, post_id)
    row = store.find(tx, actor.id, post.id, BOOST)
    if row is None or not end(tx, row):
        return
    number = stamp.mint(None)
    undo = build.undo(stamp.urls.activity(number), announcing(actor, row, post, author))
    publish(tx, stamp, actor, number, undo, post.id, only=_only(row, author))


def _seen(tx: Tx, actor: ActorRow, post_id: int) -> tuple[PostRow, ActorRow]:
    """The post, if the actor may see it, and its author."""
    post = visible.by_ids(tx, [post_id], actor.id).get(post_id)
    author = by_id(tx, post.actor_id) if post is not None else None
    if post is None or author is None or author.gone_at is not None:
        raise NotFound(f"no post {post_id} for @{actor.handle}")
    return post, author
