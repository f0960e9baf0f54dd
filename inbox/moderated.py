"""Whether an arrival is a moderator's act on a group of ours: one look-up, and only for what names a group."""

from dataclasses import replace

from actors.lookup import by_uri, by_uris
from coopfed import limits
from coopfed.db.tx import Tx
from coopfed.features.groups import store as groups
from coopfed.features.groups.moderate import about_the_group, act_of
from coopfed.features.groups.pass_on import is_ours
from coopfed.features.groups.rules import MODERATION
from coopfed.features.posts import groups as places
from coopfed.features.posts import store as posts
from coopfed.node import Node
from coopfed.outcomes import Outcome, Refusal
from coopfed.vocab.arrival import Arrival, Trust
from coopfed.vocab.records import Activity


async def moderated(node: Node, arrival: Arrival) -> Arrival:
    """The arrival, marked with the group of ours on which its actor acts as a moderator; every other one as it is.

    Refusal `refused_owner` from somebody who is none. Source: FEP-1b12 *Moderation*.
    """
    activity = arrival.activity
    if arrival.group is not None or arrival.trust is Trust.RELAYED or act_of(activity).type not in MODERATION:
        return arrival
    named = [uri for uri in _named(activity) if node.urls.actor_number(uri)]
    if not named:
        return arrival
    group = await node.db.read(_group, activity, named[: limits.GROUPS_PER_POST])
    return arrival if group is None else replace(arrival, group=group, moderation=True)


def _named(activity: Activity) -> tuple[str, ...]:
    """Whom the activity names, itself or by a collection, and what it undoes."""
    target = act_of(activity).target
    owner = target.rpartition("/")[0] if target is not None else None
    uris = (*activity.to, *activity.cc, *activity.audience, activity.target, target, owner)
    return tuple(dict.fromkeys(uri for uri in uris if uri is not None))


def _group(tx: Tx, activity: Activity, named: list[str]) -> str | None:
    """The id of the group on which the activity acts. An author's own Delete, and a pin to one's own profile, act on none."""
    act, actor = act_of(activity), by_uri(tx, activity.actor)
    post = posts.by_uri(tx, act.object_uri) if act.object_uri else None
    acted_on = [
        group
        for group in by_uris(tx, named).values()
        if is_ours(group) and group.uri != activity.actor and about_the_group(activity, group, post, actor)
    ]
    if post is not None and acted_on:
        stands = {place.group.id for place in places.standings(tx, post.id)}
        acted_on = [group for group in acted_on if group.id in stands]
    if not acted_on:
        return None
    led = [group.uri for group in acted_on if actor is not None and groups.moderates(tx, actor.id, group.id)]
    if not led:
        raise Refusal(Outcome.REFUSED_OWNER, "no moderator of the group")
    return led[0]
