"""What members do: follow, unfollow, let in, turn away. Each stores the actor's own row and publishes in one write."""

from dataclasses import dataclass

from actors.lookup import ActorRow, by_id
from coopfed import limits
from coopfed.db.tx import Tx
from coopfed.errors import Forbidden, InvalidInput, NotFound
from coopfed.features import notifications, timelines
from coopfed.features.follows import store
from coopfed.features.follows.store import FollowRow
from coopfed.node import Node, Stamp
from coopfed.text.typed import language_code
from coopfed.vocab import build
from coopfed.vocab.origin import authority
from outbox.publish import publish


@dataclass(frozen=True, slots=True)
class Wishes:
    """What a follower wants of a follow: boosts too, to be told of each post, only some languages. None leaves it as it is."""

    boosts: bool | None = None
    notify: bool | None = None
    languages: tuple[str, ...] | None = None


def checked(wishes: Wishes) -> Wishes:
    """The wishes as they are stored; InvalidInput for what is no language code. Pure."""
    if wishes.languages is None:
        return wishes
    codes = tuple(dict.fromkeys(language_code(code) for code in wishes.languages if code.strip()))
    if len(codes) > limits.FOLLOW_LANGUAGES:
        raise InvalidInput(f"at most {limits.FOLLOW_LANGUAGES} languages can be chosen; none means all")
    return Wishes(wishes.boosts, wishes.notify, codes)


async def follow(node: Node, follower: ActorRow, target: ActorRow, wishes: Wishes | None = None) -> FollowRow:
    """Asks to follow; the row is pending until the target's Accept arrives. Doing it again asks nothing again once granted, and
    changes what the follower wants of it.

    InvalidInput for oneself, for an actor that moved and for what is no language, NotFound for a deleted one, Forbidden where one
    blocks the other or shuts out its host, PeerBlocked where its host is blocked. Source: ActivityPub 6.5.
    """
    wanted = checked(wishes or Wishes())
    if follower.id == target.id:
        raise InvalidInput("an actor cannot follow itself")
    if target.gone_at is not None:
        raise NotFound(f"{target.uri} was deleted")
    if target.suspended or target.missing_at is not None:
        raise NotFound(f"{target.uri} is not there now")
    if target.moved_to is not None:
        raise InvalidInput(f"@{target.acct} has moved; follow {target.moved_to} instead")
    if not target.local:
        await node.refuse_blocked(authority(target.uri))
    return await node.db.write(_ask, follower, target, wanted, node.stamp())


def _ask(tx: Tx, follower: ActorRow, target: ActorRow, wishes: Wishes, stamp: Stamp) -> FollowRow:
    row = ask(tx, follower, target, stamp)
    if wishes == Wishes():
        return row
    boosts = row.boosts if wishes.boosts is None else wishes.boosts
    if row.boosts and not boosts:
        timelines.remove_boosts(tx, follower.id, target.id)
    notify = row.notify if wishes.notify is None else wishes.notify
    return store.want(tx, row, boosts, notify, row.languages if wishes.languages is None else wishes.languages)


def ask(tx: Tx, follower: ActorRow, target: ActorRow, stamp: Stamp) -> FollowRow:
    """As `follow`, as a unit of work; the caller has looked at the two actors."""
    existing = store.between(tx, follower.id, target.id)
    if existing is not None and existing.accepted:
        return existing
    if store.blocks(tx, follower.id, target.id) or store.blocks(tx, target.id, follower.id):
        raise Forbidden(f"one of {follower.uri} and {target.uri} blocks the other", reason="blocked")
    if store.shuts_out(tx, follower.id, target.id):
        raise Forbidden(f"{follower.uri} shuts out the host of {target.uri}", reason="blocked")
    number = stamp.mint(None)
    uri = stamp.urls.activity(number)
    row = store.ask(tx, follower.id, target.id, uri, stamp)
    publish(tx, stamp, follower, number, build.follow(uri, follower.uri, target.uri), target.id)
    return row


async def unfollow(node: Node, follower: ActorRow, target: ActorRow) -> None:
    """Ends a follow, granted or asked. Nothing happens when there is none. Source: ActivityPub 6.10."""
    await node.db.write(_unfollow, follower, target, node.stamp())


def _unfollow(tx: Tx, follower: ActorRow, target: ActorRow, stamp: Stamp) -> None:
    if leave(tx, follower, target, stamp):
        timelines.remove_author(tx, follower.id, target.id)


def leave(tx: Tx, follower: ActorRow, target: ActorRow, stamp: Stamp) -> bool:
    """Ends the follow and sends the Undo; what it brought to the home timeline stays. Whether there was one. A unit of work."""
    row = store.between(tx, follower.id, target.id)
    if row is None:
        return False
    store.end(tx, row)
    # For a target on this node the row is gone before the Undo arrives.
    notifications.withdraw_follow(tx, target.id, follower.id)
    number = stamp.mint(None)
    asked = build.follow(row.uri or stamp.urls.activity(row.id), follower.uri, target.uri)
    publish(tx, stamp, follower, number, build.undo(stamp.urls.activity(number), asked), target.id)
    return True


def end_both(tx: Tx, actor: ActorRow, other: ActorRow, stamp: Stamp) -> None:
    """Ends the follows between an actor of ours and another one: Undo of its own, Reject of the other's. A unit of work."""
    _unfollow(tx, actor, other, stamp)
    row = store.between(tx, other.id, actor.id)
    if row is not None:
        refuse(tx, row, other, actor, stamp)


async def let_in(node: Node, followed: ActorRow, follower_id: int) -> ActorRow:
    """Grants a waiting follow. NotFound when nobody waits under that number. Source: ActivityPub 6.6."""
    return await node.db.write(_let_in, followed, follower_id, node.stamp())


def _let_in(tx: Tx, followed: ActorRow, follower_id: int, stamp: Stamp) -> ActorRow:
    row, follower = _waiting(tx, followed, follower_id)
    grant(tx, row, follower, followed, stamp)
    return follower


def grant(tx: Tx, row: FollowRow, follower: ActorRow, followed: ActorRow, stamp: Stamp) -> None:
    """Grants a follow of an actor of ours and sends the Accept with the Follow embedded. A unit of work."""
    granted = store.accept(tx, row)
    number = stamp.mint(None)
    answer = build.accept(stamp.urls.activity(number), followed.uri, row.uri, follower.uri, joined=row.joined)
    publish(tx, stamp, followed, number, answer, follower.id)
    if granted:
        notifications.withdraw_follow(tx, followed.id, follower.id)
        notifications.notify(tx, followed.id, notifications.FOLLOW, follower.id, follower.uri, stamp)


async def turn_away(node: Node, followed: ActorRow, follower_id: int) -> ActorRow:
    """Refuses a waiting follower, or removes one who was let in. NotFound when there is no such follow."""
    return await node.db.write(_turn_away, followed, follower_id, node.stamp())


def _turn_away(tx: Tx, followed: ActorRow, follower_id: int, stamp: Stamp) -> ActorRow:
    row, follower = _waiting(tx, followed, follower_id, also_accepted=True)
    refuse(tx, row, follower, followed, stamp)
    return follower


async def remove_follower(node: Node, followed: ActorRow, follower: ActorRow) -> None:
    """Ends the follow of another actor, granted or asked, and tells its server by a Reject. Nothing happens when there is none.

    Source: s2s research 2.11; Mastodon *remove_from_followers*.
    """
    await node.db.write(_remove_follower, followed, follower, node.stamp())


def _remove_follower(tx: Tx, followed: ActorRow, follower: ActorRow, stamp: Stamp) -> None:
    row = store.between(tx, follower.id, followed.id)
    if row is not None:
        refuse(tx, row, follower, followed, stamp)


def refuse(tx: Tx, row: FollowRow, follower: ActorRow, followed: ActorRow, stamp: Stamp) -> None:
    """Ends a follow of an actor of ours and sends the Reject. A unit of work. Source: ActivityPub 7.7."""
    store.end(tx, row)
    number = stamp.mint(None)
    answer = build.reject(stamp.urls.activity(number), followed.uri, row.uri, follower.uri, joined=row.joined)
    publish(tx, stamp, followed, number, answer, follower.id)
    notifications.withdraw_follow(tx, followed.id, follower.id)
    # For a follower on this node the row is gone before the Reject arrives.
    timelines.remove_author(tx, follower.id, followed.id)


def _waiting(
    tx: Tx, followed: ActorRow, follower_id: int, *, also_accepted: bool = False
) -> tuple[FollowRow, ActorRow]:
    row, follower = store.between(tx, follower_id, followed.id), by_id(tx, follower_id)
    if row is None or follower is None or (row.accepted and not also_accepted):
        raise NotFound(f"no follow request from actor {follower_id}")
    return row, follower
