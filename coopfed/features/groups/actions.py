"""What operators and moderators do to groups: say who may post, appoint moderators, and moderate as one of them.

A moderator's act takes the one road: it is published by the moderator to the group, and has its effect when it arrives there.
"""

from dataclasses import dataclass

from actors.lookup import ActorRow
from coopfed.db.models.groups import ANYONE, FOLLOWERS, MODERATORS
from coopfed.db.signals import Topic
from coopfed.db.tx import Tx
from coopfed.errors import Forbidden, InvalidInput
from coopfed.features.groups import store
from coopfed.features.groups.moderate import featured_uri
from coopfed.features.groups.pass_on import is_ours
from coopfed.features.profiles.actions import announce
from coopfed.node import Node, Stamp
from coopfed.vocab import build
from outbox.publish import publish

POSTING = (ANYONE, FOLLOWERS, MODERATORS)


@dataclass(frozen=True, slots=True)
class Ruling:
    """A moderator's act: `type` is Delete, Lock, Block, Add or Remove, `undo` takes one of the first three back; `object_uri` is a
    post's or an actor's id, `target` the collection of an Add or Remove."""

    type: str
    object_uri: str
    undo: bool = False
    target: str | None = None


async def set_posting(node: Node, group: ActorRow, who_may: str) -> None:
    """Says who may post to a group of ours: `anyone`, `followers`, `moderators`; its followers' servers learn of it."""
    _refuse_others(group)
    if who_may not in POSTING:
        raise InvalidInput(f"{who_may!r} is no rule; use one of: {', '.join(POSTING)}")
    await node.db.write(_set_posting, group, who_may, node.stamp(), wakes=(Topic.CACHES,))


def _set_posting(tx: Tx, group: ActorRow, who_may: str, stamp: Stamp) -> None:
    store.set_posting(tx, group.id, who_may, stamp.now)
    announce(tx, group.id, stamp)


async def appoint(node: Node, group: ActorRow, actor: ActorRow) -> bool:
    """Appoints a moderator of a group of ours. Whether that is new."""
    _refuse_others(group)
    if actor.id == group.id or actor.gone_at is not None:
        raise InvalidInput(f"@{actor.acct} cannot look after @{group.acct}")
    return await node.db.write(store.appoint, group.id, actor.id, node.clock.now())


async def dismiss(node: Node, group: ActorRow, actor: ActorRow) -> bool:
    """Dismisses a moderator of a group of ours. Whether it was one."""
    _refuse_others(group)
    return await node.db.write(store.dismiss, group.id, actor.id)


def _refuse_others(group: ActorRow) -> None:
    if not is_ours(group):
        raise InvalidInput(f"@{group.acct} is no group of this node")


async def rule(node: Node, group: ActorRow, moderator: ActorRow, ruling: Ruling) -> str:
    """Does something to a group as one of its moderators: the id of the activity.

    Forbidden when the actor does not look after a group of ours; what another node's group makes of it is for that node to say.
    """
    if group.type != "Group" or group.gone_at is not None:
        raise InvalidInput(f"@{group.acct} is no group")
    if not moderator.local:
        raise InvalidInput(f"@{moderator.acct} is not an actor of this node")
    return await node.db.write(_rule, group, moderator, ruling, node.stamp())


def _rule(tx: Tx, group: ActorRow, moderator: ActorRow, ruling: Ruling, stamp: Stamp) -> str:
    if group.local and not store.moderates(tx, moderator.id, group.id):
        raise Forbidden(f"@{moderator.acct} does not look after @{group.acct}", reason="no_moderator")
    number = stamp.mint(None)
    uri = stamp.urls.activity(number)
    act = build.moderation(ruling.type, uri, moderator.uri, ruling.object_uri, group.uri, ruling.target)
    if ruling.undo:
        number = stamp.mint(None)
        uri = stamp.urls.activity(number)
        act = build.undo(uri, act) | {"audience": group.uri}
    publish(tx, stamp, moderator, number, act, group.id)
    return uri


def to_featured(group: ActorRow, post_uri: str, *, remove: bool = False) -> Ruling:
    """The ruling that features a post, or takes that back. InvalidInput for a group that features nothing."""
    target = featured_uri(group)
    if target is None:
        raise InvalidInput(f"@{group.acct} features nothing")
    return Ruling("Remove" if remove else "Add", post_uri, target=target)
