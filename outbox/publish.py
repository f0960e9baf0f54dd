"""The one way out: an activity and its deliveries are stored in the transaction of what caused them.

Nothing is sent that was not committed. Remote recipients get a delivery row per distinct inbox; recipients on this node get one
local inbox item, which takes the same road as a remote arrival.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

import orjson
from sqlalchemy import (
    BigInteger,
    Boolean,
    ColumnElement,
    LargeBinary,
    String,
    bindparam,
    case,
    cast,
    exists,
    literal_column,
    or_,
    select,
)
from sqlalchemy.dialects.postgresql import insert

from actors.lookup import ActorRow, actor
from coopfed import limits
from coopfed.db.models import (
    Activity,
    Block,
    Delivery,
    Follow,
    FollowedTag,
    Hashtag,
    InboxItem,
    InboxLane,
    Outgoing,
    Peer,
    ProposalReader,
)
from coopfed.db.signals import Topic
from coopfed.db.tx import Tx, table
from coopfed.node import Stamp
from coopfed.vocab.arrival import Trust
from outbox import relays
from outbox.addressing import Audience, audience, without_blind

activity, delivery, peer, follow = table(Activity), table(Delivery), table(Peer), table(Follow)
inbox_item, inbox_lane, outgoing, block = table(InboxItem), table(InboxLane), table(Outgoing), table(Block)
hashtag, followed_tag, proposal_reader = table(Hashtag), table(FollowedTag), table(ProposalReader)
host = peer.alias("host")


ENDINGS: Final = frozenset({"Delete", "Reject", "Undo"})
"""What ends something goes also to whom the author blocks: a post that is deleted is to be deleted there too."""


FORWARDED: Final = "Forwarded"
"""The type of a row that holds what somebody else said, as it came."""


class Readers(StrEnum):
    """Which of the followers' servers an activity goes to: what a group passes on has two forms, and no inbox gets both."""

    ALL = "all"
    WRAPPING = "wrapping"
    """Those that read an activity which is passed on whole (FEP-1b12)."""
    PLAIN = "plain"
    """The others, and the readers on this node."""
    PROPOSALS = "proposals"
    """Those of actors that read Proposals: to the others goes the post beside it. This node knows it already. Domain research 7, rule 3."""


def _number(name: str) -> Any:
    return cast(bindparam(name), BigInteger)


def _text(name: str) -> Any:
    return cast(bindparam(name), String)


_STORE = insert(activity)
_STORE_AGAIN = _STORE.on_conflict_do_update(
    index_elements=["id"], set_={"body": _STORE.excluded.body, "public": _STORE.excluded.public}
)
_STORE_ONCE = _STORE.on_conflict_do_nothing()
_ROW = ["activity_id", "inbox", "peer_id", "order_key", "state", "attempts", "due_at"]
_SHARED = case((actor.c.shared_inbox.is_not(None), actor.c.shared_inbox), else_=actor.c.inbox)
_PERSONAL = actor.c.inbox


def _rows(inbox: Any) -> Any:
    zero: Any = literal_column("0")
    return select(
        _number("activity"), inbox, actor.c.peer_id, _number("order_key"), zero, zero, _number("now")
    ).distinct()


_HOST_BLOCKED = exists(select(literal_column("1")).where(host.c.id == actor.c.host_id, host.c.blocked))
_REACHABLE = (
    ~actor.c.local,
    actor.c.gone_at.is_(None),
    actor.c.suspended_at.is_(None),
    ~peer.c.blocked,
    ~_HOST_BLOCKED,
)
# Whom the author blocks gets nothing more but the end of what was (security research 2.3, I8).
_UNBLOCKED = or_(
    bindparam("ends", type_=Boolean),
    ~exists(select(literal_column("1")).where(block.c.actor_id == _number("author"), block.c.target_id == actor.c.id)),
)
_READING: dict[Readers, tuple[ColumnElement[bool], ...]] = {
    Readers.ALL: (),
    Readers.WRAPPING: (peer.c.wraps,),
    Readers.PLAIN: (~peer.c.wraps,),
    Readers.PROPOSALS: (exists(select(literal_column("1")).where(proposal_reader.c.actor_id == actor.c.id)),),
}


def _to_followers(reading: tuple[ColumnElement[bool], ...], most: int | None = None) -> Any:
    chosen = (
        _rows(_SHARED)
        .select_from(follow)
        .join(actor, actor.c.id == follow.c.follower_id)
        .join(peer, peer.c.id == actor.c.peer_id)
        .where(
            follow.c.followed_id == bindparam("author"),
            follow.c.state == literal_column("'accepted'"),
            *_REACHABLE,
            _UNBLOCKED,
            *reading,
        )
        .limit(most)
    )
    return insert(delivery).from_select(_ROW, chosen).on_conflict_do_nothing()


def _to_actors(inbox: Any, reading: tuple[ColumnElement[bool], ...] = ()) -> Any:
    chosen = (
        _rows(inbox)
        .select_from(actor)
        .join(peer, peer.c.id == actor.c.peer_id)
        .where(actor.c.uri.in_(bindparam("uris", expanding=True)), *_REACHABLE, _UNBLOCKED, *reading)
    )
    return insert(delivery).from_select(_ROW, chosen).on_conflict_do_nothing()


_TO_EVERYBODY = (
    insert(delivery)
    .from_select(_ROW, _rows(_SHARED).select_from(actor).join(peer, peer.c.id == actor.c.peer_id).where(*_REACHABLE))
    .on_conflict_do_nothing()
)
_TO_FOLLOWERS = {readers: _to_followers(reading) for readers, reading in _READING.items()}
_ELSEWHERE = (peer.c.id != bindparam("origin"),)
_FORWARD = _to_followers(_ELSEWHERE, limits.FORWARDED_INBOXES)
_ended, _sent = activity.alias("ended"), delivery.alias("sent")
_WAS_FORWARDED = (
    _ended.c.actor_id == bindparam("author"),
    _ended.c.type == literal_column(f"'{FORWARDED}'"),
    or_(_ended.c.uri == bindparam("which"), _ended.c.object_uri == bindparam("which")),
)
_KNOWN_FORWARDED = select(exists(select(literal_column("1")).where(*_WAS_FORWARDED)))
_FORWARD_AGAIN = (
    insert(delivery)
    .from_select(
        _ROW,
        select(
            _number("activity"),
            _sent.c.inbox,
            _sent.c.peer_id,
            _number("order_key"),
            literal_column("0"),
            literal_column("0"),
            _number("now"),
        )
        .select_from(_sent)
        .join(_ended, _ended.c.id == _sent.c.activity_id)
        .join(peer, peer.c.id == _sent.c.peer_id)
        .where(*_WAS_FORWARDED, ~peer.c.blocked, *_ELSEWHERE)
        .distinct()
        .limit(limits.FORWARDED_INBOXES),
    )
    .on_conflict_do_nothing()
)
_TO_ACTORS = {readers: _to_actors(_SHARED, reading) for readers, reading in _READING.items()}
_TO_ACTORS_PERSONALLY = _to_actors(_PERSONAL)
_SET_OUT = insert(outgoing)
_HAS_LOCAL_READERS = or_(
    exists(
        select(literal_column("1"))
        .select_from(follow)
        .join(actor, actor.c.id == follow.c.follower_id)
        .where(
            follow.c.followed_id == bindparam("author"), follow.c.state == literal_column("'accepted'"), actor.c.local
        )
    ),
    exists(select(literal_column("1")).where(actor.c.local, actor.c.uri.in_(bindparam("uris", expanding=True)))),
    exists(
        select(literal_column("1"))
        .select_from(hashtag)
        .join(followed_tag, followed_tag.c.folded == hashtag.c.folded)
        .where(hashtag.c.object_id == bindparam("new_post"))
    ),
)
_ARRIVE_HERE = (
    insert(inbox_item)
    .from_select(
        [
            "id",
            "signer_id",
            "activity_uri",
            "type",
            "raw",
            "body_hash",
            "scheme",
            "trust",
            "received_at",
            "state",
            "attempts",
            "due_at",
        ],
        select(
            _number("item"),
            _number("signer"),
            _text("uri"),
            _text("type"),
            cast(bindparam("raw"), LargeBinary),
            cast(bindparam("body_hash"), LargeBinary),
            literal_column("''"),
            _text("trust"),
            _number("now"),
            literal_column("0"),
            literal_column("0"),
            literal_column("0"),
        ).where(_HAS_LOCAL_READERS),
    )
    .on_conflict_do_nothing()
)
_OPEN_LANE = insert(inbox_lane).values(actor_id=bindparam("signer"), due_at=bindparam("now"), lease_until=0)
_OPEN_LANE = _OPEN_LANE.on_conflict_do_update(
    index_elements=["actor_id"],
    set_={"due_at": bindparam("now")},
    where=inbox_lane.c.due_at > bindparam("now"),
)


def publish(
    tx: Tx,
    stamp: Stamp,
    author: ActorRow,
    number: int,
    document: dict[str, Any],
    order_key: int,
    *,
    everywhere: bool = False,
    shared: bool = False,
    only: Sequence[str] | None = None,
    again: bool = False,
    readers: Readers = Readers.ALL,
) -> None:
    """Stores an activity of `author` under its minted number, with everything that carries it to its audience.

    `order_key` ties activities that must not overtake each other on the way to one inbox (the number of the object they
    are about); `everywhere` sends to every node that is known (an actor's deletion), `shared` to shared inboxes also what is for
    named people only (a report). With `only` (ids of actors) nobody else gets it yet, whoever is addressed: it waits for consent; and
    `again`, with the same number, sends what was granted to those who do not have it. What a group passes on whole is for its
    `readers`, not for those whom it was for; this node knows it already. A unit of work.
    Source: ActivityPub 6, 7.1; FEP-1b12; GoToSocial *Requesting, Obtaining, and Validating Approval*.
    """
    whole = readers is Readers.WRAPPING
    addressed = {**document, "object": None} if whole else document
    meant = audience(addressed, author.followers_uri) if only is None else Audience(False, False, tuple(only))
    body = serialised(without_blind(document))
    stored = {"id": number, "uri": document["id"], "type": document["type"], "actor_id": author.id, "body": body}
    stored |= {"object_uri": _object_uri(document), "public": meant.public, "created_at": stamp.now}
    tx.execute(_STORE_AGAIN if again else _STORE, stored)
    parameters: dict[str, Any] = {"activity": number, "order_key": order_key, "now": stamp.now}
    leaving = 0
    if everywhere:
        leaving += tx.execute(_TO_EVERYBODY, parameters).rowcount
    parameters |= {"author": author.id, "ends": document["type"] in ENDINGS}
    if meant.followers:
        leaving += tx.execute(_TO_FOLLOWERS[readers], parameters).rowcount
    if meant.actors:
        # What is for named people only goes to their own inboxes: a shared inbox would have to guess whom it is for.
        wide = meant.public or meant.followers or shared
        to_actors = _TO_ACTORS[readers] if wide else _TO_ACTORS_PERSONALLY
        leaving += tx.execute(to_actors, {"uris": list(meant.actors), **parameters}).rowcount
    if leaving:
        tx.execute(_SET_OUT, {"activity_id": number})
        tx.wake(Topic.DELIVERIES)
    known_here = whole or readers is Readers.PROPOSALS
    if only is None and not known_here:
        relays.tell(tx, stamp, document, number, order_key)
    if not known_here:
        new_post = order_key if meant.public and document["type"] == "Create" else 0
        _arrive_here(tx, stamp, author, document, body, meant, new_post)


@dataclass(frozen=True, slots=True)
class Foreign:
    """What somebody else said: its id, its bytes, and the id of what it is about. `ends`: what it deletes or undoes, by its id; None
    for what ends nothing."""

    uri: str
    raw: bytes
    object_uri: str | None
    ends: str | None = None


def forward(tx: Tx, stamp: Stamp, owner: ActorRow, said: Foreign, order_key: int, origin: int | None) -> None:
    """Carries what somebody else said to the servers of `owner`'s followers, once, signed by `owner`; not to the host (a peer's number)
    that it came from. The end of something goes also to those who got that and follow no more. A unit of work.
    Source: ActivityPub 7.1.2."""
    row = {
        "id": stamp.mint(None),
        "uri": said.uri,
        "type": FORWARDED,
        "actor_id": owner.id,
        "object_uri": said.object_uri,
        "body": said.raw,
        "public": False,
        "created_at": stamp.now,
    }
    if tx.execute(_STORE_ONCE, row).rowcount != 1:
        return
    parameters = {"activity": row["id"], "order_key": order_key, "now": stamp.now, "author": owner.id}
    parameters |= {"origin": origin or 0}
    leaving = tx.execute(_FORWARD, {**parameters, "ends": said.ends is not None}).rowcount
    if said.ends is not None:
        leaving += tx.execute(_FORWARD_AGAIN, {**parameters, "which": said.ends}).rowcount
    if leaving:
        tx.execute(_SET_OUT, {"activity_id": row["id"]})
        tx.wake(Topic.DELIVERIES)


def was_forwarded(tx: Tx, owner_id: int, uri: str) -> bool:
    """Whether what has this id, or something about it, was forwarded to this actor's followers, as far as is remembered."""
    return bool(tx.execute(_KNOWN_FORWARDED, {"author": owner_id, "which": uri}).scalar_one())


def _arrive_here(
    tx: Tx, stamp: Stamp, author: ActorRow, document: dict[str, Any], body: bytes, meant: Audience, new_post: int
) -> None:
    arrived = tx.execute(
        _ARRIVE_HERE,
        {
            "item": stamp.mint(None),
            "signer": author.id,
            "author": author.id if meant.followers else 0,
            "uri": document["id"],
            "type": document["type"],
            "raw": body,
            "body_hash": hashlib.sha256(body).digest(),
            "trust": Trust.LOCAL.value,
            "now": stamp.now,
            "uris": list(meant.actors) or [""],
            "new_post": new_post,
        },
    )
    if arrived.rowcount:
        tx.wake(Topic.ARRIVALS)
        tx.execute(_OPEN_LANE, {"signer": author.id, "now": stamp.now})


def serialised(document: dict[str, Any]) -> bytes:
    """The bytes that travel. Over 60 KiB the object travels as its id, to be fetched: Misskey refuses bodies over 64 KiB."""
    body = orjson.dumps(document)
    embedded = document.get("object")
    if len(body) > limits.OUTGOING_BODY_BYTES and isinstance(embedded, dict) and "proof" not in document:
        return orjson.dumps({**document, "object": embedded["id"]})
    return body


def _object_uri(document: dict[str, Any]) -> str | None:
    embedded = document.get("object")
    if isinstance(embedded, dict):
        uri = embedded.get("id")
        return uri if isinstance(uri, str) else None
    return embedded if isinstance(embedded, str) else None
