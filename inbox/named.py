"""What a Create names by its id alone, from its origin: only then it is known whether it is a post or a vote.

Of what a group or a relay passed on, this is the object as its own host serves it.
"""

from dataclasses import replace

from coopfed.features.posts.receive import fetch_named
from coopfed.node import Node
from coopfed.outcomes import Outcome, Refusal
from coopfed.vocab.arrival import Arrival, Trust
from coopfed.vocab.kinds import Kind, kind_of
from coopfed.vocab.polls import vote_of
from coopfed.vocab.records import ObjectRef


async def named(node: Node, arrival: Arrival) -> Arrival:
    """The arrival of a Create with the object that it names; every other arrival as it is.

    Refusal `refused_origin` when that lies on another host than its actor, `refused_author` for a vote of nobody. FetchError when
    its host does not answer now. Source: ActivityPub 3.1, 7.
    """
    activity = arrival.activity
    if activity.type != "Create" or arrival.trust is Trust.LOCAL or kind_of(activity) is not Kind.ID_ONLY:
        return arrival
    document = (await fetch_named(node, arrival, node.budget())).document
    vote = vote_of(document)
    if vote is not None and vote.author is None:
        raise Refusal(Outcome.REFUSED_AUTHOR, "a vote of nobody")
    return replace(arrival, activity=replace(activity, objects=(ObjectRef(document.get("id"), document),)))
