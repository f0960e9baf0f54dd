"""What operators do: subscribe to a relay, and leave it. The node's own actor asks: relays take no other."""

from actors.lookup import ActorRow, by_id, local_by_handle
from actors.remote import known_actor
from coopfed.db.models.relays import LITEPUB, PENDING
from coopfed.db.tx import Tx
from coopfed.errors import InvalidInput, NotFound
from coopfed.features.follows import store as follows
from coopfed.ids import NODE_HANDLE
from coopfed.net.guard import wire_url
from coopfed.net.peers import ensure
from coopfed.node import Node, Stamp
from coopfed.vocab import build
from coopfed.vocab.origin import authority, normalise_id
from coopfed.vocab.terms import PUBLIC
from outbox import relays
from outbox.relays import STYLES, RelayRow


async def subscribe(node: Node, url: str, style: str) -> RelayRow:
    """Asks a relay to let this node in: of Mastodon's style by the address of its inbox, of LitePub's by the id of its actor.

    InvalidInput says what to change; FetchError when the relay's actor cannot be had. Source: FEP-ae0c *Subscribing*.
    """
    if style not in STYLES:
        raise InvalidInput(f"{style!r} is no style of relays; use one of: {', '.join(STYLES)}")
    place = normalise_id(url)
    if node.urls.is_ours(place):
        raise InvalidInput("a node does not subscribe to itself")
    wire_url(place)
    await node.refuse_blocked(authority(place))
    speaker = await known_actor(node, place, node.budget()) if style == LITEPUB else None
    return await node.db.write(_subscribe, place, style, speaker, node.stamp())


def _subscribe(tx: Tx, place: str, style: str, speaker: ActorRow | None, stamp: Stamp) -> RelayRow:
    inbox = speaker.inbox if speaker is not None else place
    if relays.by_inbox(tx, inbox) is not None:
        raise InvalidInput(f"{inbox} was asked already; see: coopfed relay list")
    number = stamp.mint(None)
    uri = stamp.urls.activity(number)
    peer = ensure(tx, authority(inbox))
    row = RelayRow(number, inbox, style, PENDING, speaker.id if speaker else None, peer.id, uri)
    relays.add(tx, row, stamp.now)
    ourselves = _ourselves(tx)
    relays.say(tx, ourselves, number, _follow(row, ourselves, speaker))
    relays.send(tx, row, number, stamp.now)
    return row


def _follow(row: RelayRow, ourselves: ActorRow, speaker: ActorRow | None) -> build.Document:
    """The Follow of the public address (Mastodon) or of the relay's actor (LitePub)."""
    return build.follow(
        row.follow_uri, ourselves.uri, PUBLIC if speaker is None or row.style != LITEPUB else speaker.uri
    )


async def leave(node: Node, url: str) -> RelayRow:
    """Leaves the relay with this inbox, or whose actor has this id: nothing is said to it any more but the Undo. NotFound when it
    was never asked. Source: FEP-ae0c *Unsubscribing*."""
    return await node.db.write(_leave, url, node.stamp())


def _leave(tx: Tx, url: str, stamp: Stamp) -> RelayRow:
    found = [row for row in relays.relays(tx) if url in (row.inbox, _speaker_uri(tx, row))]
    if not found:
        raise NotFound(f"{url} is no relay of this node; see: coopfed relay list")
    row = found[0]
    ourselves, number = _ourselves(tx), stamp.mint(None)
    speaker = by_id(tx, row.actor_id) if row.actor_id is not None else None
    undo = build.undo(stamp.urls.activity(number), _follow(row, ourselves, speaker))
    relays.say(tx, ourselves, number, undo)
    relays.send(tx, row, number, stamp.now)
    relays.remove(tx, row.id)
    followed = follows.between(tx, speaker.id, ourselves.id) if speaker is not None else None
    if followed is not None:
        # Said by no relay in words that others understand: activityrelay sends the Undo of our Undo.
        follows.end(tx, followed)
    return row


def _speaker_uri(tx: Tx, row: RelayRow) -> str | None:
    speaker = by_id(tx, row.actor_id) if row.actor_id is not None else None
    return speaker.uri if speaker is not None else None


def _ourselves(tx: Tx) -> ActorRow:
    row = local_by_handle(tx, NODE_HANDLE)
    assert row is not None
    return row
