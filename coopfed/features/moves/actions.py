"""What operators do for an actor of ours that goes, or comes: aliases, moving away, coming back."""

from collections.abc import Sequence

from actors.lookup import ActorRow, by_id
from actors.remote import fetch_actor
from coopfed import limits
from coopfed.db.signals import Topic
from coopfed.db.tx import Tx
from coopfed.errors import InvalidInput
from coopfed.features.moves import store
from coopfed.features.moves.rules import is_resting
from coopfed.features.profiles.actions import announce
from coopfed.node import Node, Stamp
from coopfed.vocab import build
from outbox.publish import publish


async def set_alias(node: Node, actor: ActorRow, other: ActorRow, *, own: bool = True) -> tuple[str, ...]:
    """Says in the actor's document that another actor is its own too (or no longer): what a move from there needs.

    The ids that it calls its own. InvalidInput says what cannot be. Source: FEP-7628.
    """
    _refuse_others(node, actor)
    if other.id == actor.id:
        raise InvalidInput("an actor is no alias of itself")
    return await node.db.write(_set_alias, actor.id, other.uri, own, node.stamp(), wakes=(Topic.CACHES,))


async def set_aliases(node: Node, actor: ActorRow, uris: Sequence[str]) -> tuple[str, ...]:
    """Says in the actor's document which ids are its own too, and no others. They, each once. InvalidInput says what cannot be."""
    _refuse_others(node, actor)
    wanted = tuple(dict.fromkeys(uris))
    if actor.uri in wanted:
        raise InvalidInput("an actor is no alias of itself")
    if len(wanted) > limits.ALIASES:
        raise InvalidInput(f"at most {limits.ALIASES} aliases can be set")
    return await node.db.write(_set_aliases, actor.id, wanted, node.stamp(), wakes=(Topic.CACHES,))


def _set_aliases(tx: Tx, actor_id: int, uris: tuple[str, ...], stamp: Stamp) -> tuple[str, ...]:
    row = by_id(tx, actor_id)
    assert row is not None
    if row.alias_uris != uris:
        store.call_own(tx, actor_id, uris, stamp.now)
        announce(tx, actor_id, stamp)
    return uris


async def drop_alias(node: Node, actor: ActorRow, uri: str) -> tuple[str, ...]:
    """Takes an alias back by its id, whether or not anybody is there any more. The ids that the actor still calls its own.

    InvalidInput when it does not call this one its own.
    """
    _refuse_others(node, actor)
    return await node.db.write(_drop_alias, actor.id, uri, node.stamp(), wakes=(Topic.CACHES,))


def _drop_alias(tx: Tx, actor_id: int, uri: str, stamp: Stamp) -> tuple[str, ...]:
    row = by_id(tx, actor_id)
    if row is None or uri not in row.alias_uris:
        raise InvalidInput(f"the actor does not call {uri} its own; see: coopfed actor alias HANDLE")
    return _set_alias(tx, actor_id, uri, False, stamp)


def _set_alias(tx: Tx, actor_id: int, uri: str, own: bool, stamp: Stamp) -> tuple[str, ...]:
    row = by_id(tx, actor_id)
    assert row is not None
    if (uri in row.alias_uris) is own:
        return row.alias_uris
    aliases = (*row.alias_uris, uri) if own else tuple(alias for alias in row.alias_uris if alias != uri)
    if len(aliases) > limits.ALIASES:
        raise InvalidInput(f"@{row.handle} has {limits.ALIASES} aliases; remove one first")
    store.call_own(tx, actor_id, aliases, stamp.now)
    announce(tx, actor_id, stamp)
    return aliases


async def move(node: Node, actor: ActorRow, target: ActorRow) -> ActorRow:
    """Sends the followers of one of our actors to another actor, which must call it its own already. The target.

    InvalidInput says what is missing; FetchError when the target's host does not answer. Source: FEP-7628 *Push mode*.
    """
    _refuse_others(node, actor)
    if actor.moved_to is not None:
        raise InvalidInput(f"@{actor.handle} has moved to {actor.moved_to}; take that back first with --undo")
    if is_resting(actor, node.clock.now(), node.clock):
        raise InvalidInput(f"@{actor.handle} moved less than seven days ago; wait until the week is over")
    if not target.local:
        target = await fetch_actor(node, target.uri, node.budget())
    _refuse_strangers(actor, target)
    await node.db.write(_move, actor.id, target, node.stamp(), wakes=(Topic.CACHES,))
    return target


def _refuse_strangers(actor: ActorRow, target: ActorRow) -> None:
    if target.id == actor.id:
        raise InvalidInput("an actor cannot move to itself")
    if actor.uri not in target.alias_uris:
        raise InvalidInput(
            f"@{target.acct} does not call {actor.uri} its own; add that as an alias over there first, then try again"
        )
    if target.gone_at is not None or target.moved_to is not None:
        raise InvalidInput(f"@{target.acct} is not there any more")


def _move(tx: Tx, actor_id: int, target: ActorRow, stamp: Stamp) -> None:
    not_since = stamp.now - stamp.clock.span(limits.MOVE_REST_SECONDS)
    if not store.moved(tx, actor_id, target.uri, stamp.now, not_since):
        raise InvalidInput("the actor moved at this moment already")
    row = by_id(tx, actor_id)
    assert row is not None
    assert row.followers_uri is not None
    number = stamp.mint(None)
    document = build.move(stamp.urls.activity(number), row.uri, target.uri, row.followers_uri)
    publish(tx, stamp, row, number, document, row.id)
    announce(tx, actor_id, stamp)


async def come_back(node: Node, actor: ActorRow) -> None:
    """Takes a move back: the actor may post and be followed again. Followers that left stay where they went."""
    _refuse_others(node, actor)
    if actor.moved_to is None:
        raise InvalidInput(f"@{actor.handle} has not moved")
    await node.db.write(_come_back, actor.id, node.stamp(), wakes=(Topic.CACHES,))


def _come_back(tx: Tx, actor_id: int, stamp: Stamp) -> None:
    store.come_back(tx, actor_id, stamp.now)
    announce(tx, actor_id, stamp)


def _refuse_others(node: Node, actor: ActorRow) -> None:
    if not actor.local or actor.gone_at is not None or actor.uri == node.urls.node_actor:
        raise InvalidInput(f"@{actor.acct} is not an actor of this node that can move")
    if actor.suspended:
        raise InvalidInput(f"@{actor.handle} is suspended: it says nothing, and takes nobody elsewhere")
