"""What this node says to relays: its public posts, and what becomes of them. Units of work.

A Mastodon-style relay gets the activities themselves; a LitePub-style one the Announce of a new post by the node's own actor, and of
an old one the edit or end itself. No signature travels inside them: whoever gets them from the relay asks their origin.
Source: FEP-ae0c; s2s research 2.16.
"""

from dataclasses import dataclass
from typing import Any, Final

import orjson
from sqlalchemy import bindparam, delete, literal_column, or_, select, update
from sqlalchemy.dialects.postgresql import insert

from actors.lookup import ActorRow, actor, local_by_handle
from coopfed.db.models import Activity, Delivery, Outgoing, Relay
from coopfed.db.models.relays import ACCEPTED, LITEPUB, MASTODON
from coopfed.db.signals import Topic
from coopfed.db.tx import Tx, table
from coopfed.ids import NODE_HANDLE, milliseconds_of
from coopfed.node import Stamp
from coopfed.vocab import build
from coopfed.vocab.origin import same_authority
from coopfed.vocab.terms import ACTOR_TYPES, PUBLIC

relay, delivery, activity, outgoing = table(Relay), table(Delivery), table(Activity), table(Outgoing)

STYLES: Final = (MASTODON, LITEPUB)
TOLD: Final = frozenset({"Create", "Delete", "Update"})
"""What is said about posts that relays hear."""

_COLUMNS = (
    relay.c.id,
    relay.c.inbox,
    relay.c.style,
    relay.c.state,
    relay.c.actor_id,
    relay.c.peer_id,
    relay.c.follow_uri,
)
_ALL = select(*_COLUMNS).order_by(relay.c.id)
_SUBSCRIBED = _ALL.where(relay.c.state == literal_column(f"'{ACCEPTED}'"))
_BY_FOLLOW = select(*_COLUMNS).where(relay.c.follow_uri == bindparam("follow"))
_BY_INBOX = select(*_COLUMNS).where(relay.c.inbox == bindparam("place"))
_IS_RELAY = (
    select(relay.c.id)
    .join(actor, actor.c.id == relay.c.actor_id)
    .where(actor.c.uri == bindparam("uri"), relay.c.state == literal_column(f"'{ACCEPTED}'"))
    .limit(1)
)
_ASKED = select(relay.c.id).join(actor, actor.c.id == relay.c.actor_id).where(actor.c.uri == bindparam("uri")).limit(1)
_ADD = insert(relay).on_conflict_do_nothing()
_ACCEPT = (
    update(relay)
    .where(relay.c.id == bindparam("which"), or_(relay.c.state != ACCEPTED, relay.c.actor_id.is_(None)))
    .values(state=ACCEPTED, actor_id=bindparam("speaker"))
)
_DELETE = delete(relay).where(relay.c.id == bindparam("which"))
_SEND = insert(delivery).on_conflict_do_nothing()
_STORE = insert(activity)
_SET_OUT = insert(outgoing).on_conflict_do_nothing()


@dataclass(frozen=True, slots=True)
class RelayRow:
    """A relay as the rest of the program reads it."""

    id: int
    inbox: str
    style: str
    state: str
    actor_id: int | None
    peer_id: int
    follow_uri: str

    @property
    def accepted(self) -> bool:
        """Whether the relay let us in."""
        return self.state == ACCEPTED


def relays(tx: Tx) -> list[RelayRow]:
    """All relays, also those that have not answered."""
    return [RelayRow(*row) for row in tx.execute(_ALL)]


def by_follow(tx: Tx, uri: str) -> RelayRow | None:
    """The relay that this Follow of ours asked."""
    row = tx.execute(_BY_FOLLOW, {"follow": uri}).first()
    return None if row is None else RelayRow(*row)


def by_inbox(tx: Tx, inbox: str) -> RelayRow | None:
    """The relay with this inbox."""
    row = tx.execute(_BY_INBOX, {"place": inbox}).one_or_none()
    return None if row is None else RelayRow(*row)


def is_relay(tx: Tx, uri: str) -> bool:
    """Whether the actor speaks for a relay that let us in."""
    return tx.execute(_IS_RELAY, {"uri": uri}).scalar_one_or_none() is not None


def was_asked(tx: Tx, uri: str) -> bool:
    """Whether the actor speaks for a relay that we asked, answered or not. Of Mastodon's style only the inbox is known before it
    answers: whoever speaks for it must live there."""
    if tx.execute(_ASKED, {"uri": uri}).scalar_one_or_none() is not None:
        return True
    return any(row.actor_id is None and same_authority(row.inbox, uri) for row in relays(tx))


def add(tx: Tx, row: RelayRow, now: int) -> bool:
    """Stores a relay that is asked. Whether it is new."""
    values = {name: getattr(row, name) for name in RelayRow.__dataclass_fields__}
    return bool(tx.execute(_ADD, {**values, "created_at": now}).rowcount)


def accept(tx: Tx, relay_id: int, actor_id: int) -> bool:
    """The relay let us in; this actor speaks for it. Whether that is new."""
    return bool(tx.execute(_ACCEPT, {"which": relay_id, "speaker": actor_id}).rowcount)


def remove(tx: Tx, relay_id: int) -> None:
    """Nothing is said to the relay any more."""
    tx.execute(_DELETE, {"which": relay_id})


def tell(tx: Tx, stamp: Stamp, document: build.Document, number: int, order_key: int) -> None:
    """Carries an activity of ours, stored under this number, to the relays that let us in, when it is about a public post."""
    if document["type"] not in TOLD or PUBLIC not in document["to"] or _about_an_actor(document):
        return
    found = [RelayRow(*row) for row in tx.execute(_SUBSCRIBED)]
    new = document["type"] == "Create"
    _send(tx, [row for row in found if not new or row.style == MASTODON], number, order_key, stamp.now)
    announced = [row for row in found if new and row.style == LITEPUB]
    if announced:
        _announce(tx, stamp, document["object"]["id"], announced, order_key)


def _about_an_actor(document: build.Document) -> bool:
    about = document["object"]
    return about == document["actor"] or (isinstance(about, dict) and about.get("type") in ACTOR_TYPES)


def _announce(tx: Tx, stamp: Stamp, uri: str, to: list[RelayRow], order_key: int) -> None:
    """The node's own actor boosts the post for the relays, as Pleroma's does."""
    ourselves = local_by_handle(tx, NODE_HANDLE)
    assert ourselves is not None
    number = stamp.mint(None)
    moment = stamp.utc()
    followers = [f"{ourselves.uri}/followers"]
    say(
        tx,
        ourselves,
        number,
        build.announce(stamp.urls.activity(number), ourselves.uri, uri, moment, followers, [PUBLIC]),
    )
    _send(tx, to, number, order_key, stamp.now)


def say(tx: Tx, speaker: ActorRow, number: int, document: build.Document) -> None:
    """Stores an activity of the node's own actor that goes to relays and is nobody's reading."""
    about = document["object"]
    row = {
        "id": number,
        "uri": document["id"],
        "type": document["type"],
        "actor_id": speaker.id,
        "object_uri": about if isinstance(about, str) else about.get("id"),
        "body": orjson.dumps(document),
        "public": True,
        "created_at": milliseconds_of(number),
    }
    tx.execute(_STORE, row)


def send(tx: Tx, to: RelayRow, number: int, now: int) -> None:
    """Carries an activity that is stored under this number to one relay."""
    _send(tx, [to], number, to.id, now)


def _send(tx: Tx, to: list[RelayRow], number: int, order_key: int, now: int) -> None:
    if not to:
        return
    tx.execute(_SEND, [_delivery(row, number, order_key, now) for row in to])
    tx.execute(_SET_OUT, {"activity_id": number})
    tx.wake(Topic.DELIVERIES)


def _delivery(row: RelayRow, number: int, order_key: int, now: int) -> dict[str, Any]:
    return {
        "activity_id": number,
        "inbox": row.inbox,
        "peer_id": row.peer_id,
        "order_key": order_key,
        "state": 0,
        "attempts": 0,
        "due_at": now,
    }
