"""What operators do to our actors: let everybody follow or nobody unasked, new keys, and deletion."""

from sqlalchemy import bindparam, update

from actors import emojis
from actors.cooperative import cooperative_of
from actors.document import actor_document
from actors.local import KeyPair, add_keys, make_keys, moderators_only, public_keys, retire_old_keys
from actors.lookup import ActorRow, by_id
from actors.lookup import actor as actor_table
from actors.profile import profile_of
from actors.remote import mark_gone
from coopfed.db import jobs
from coopfed.db.signals import Topic
from coopfed.db.tx import Tx
from coopfed.errors import InvalidInput, Unavailable
from coopfed.features.accounts.store import nobody_acts_as
from coopfed.ids import milliseconds_of
from coopfed.node import Node, Stamp
from coopfed.vocab import build
from coopfed.vocab.terms import PUBLIC
from outbox.publish import publish
from outbox.queue import still_waiting

SWITCH_KEYS = "switch_keys"
_SWITCH_AFTER_SECONDS = 24 * 3600
_LOCK = (
    update(actor_table)
    .where(actor_table.c.id == bindparam("who"))
    .values(locked=bindparam("shut"), updated_at=bindparam("now"))
)


async def set_locked(node: Node, row: ActorRow, locked: bool) -> ActorRow:
    """Whether followers of one of our actors have to be let in from now on; its followers' servers learn of it. The actor as it is then.

    Those who wait already go on waiting, as on Mastodon: they were asked to. InvalidInput for what is no actor of ours.
    """
    if not row.local or row.gone_at is not None or row.uri == node.urls.node_actor:
        raise InvalidInput(f"@{row.acct} is not an actor of this node that can be followed")
    return await node.db.write(_set_locked, row.id, locked, node.stamp(), wakes=(Topic.CACHES,))


def _set_locked(tx: Tx, actor_id: int, locked: bool, stamp: Stamp) -> ActorRow:
    row = by_id(tx, actor_id)
    assert row is not None
    if row.locked is locked:
        return row
    tx.execute(_LOCK, {"who": actor_id, "shut": locked, "now": stamp.now})
    announce(tx, actor_id, stamp)
    return row._replace(locked=locked, updated_at=stamp.now)


async def rotate_keys(node: Node, actor: ActorRow) -> None:
    """Gives one of our actors new keys: announced by an Update that the old key signs, used when the peers have it.

    Source: s2s research 2.4; GoToSocial and Misskey take a new key only so.
    """
    if not actor.local or actor.uri == node.urls.node_actor:
        raise InvalidInput(f"@{actor.acct} has no keys that could be rotated here")
    await node.db.write(_rotate, actor, make_keys(node.secret), node.stamp(), wakes=(Topic.CACHES,))


def _rotate(tx: Tx, actor: ActorRow, pair: KeyPair, stamp: Stamp) -> None:
    add_keys(tx, actor, pair, stamp.now)
    number = announce(tx, actor.id, stamp)
    jobs.enqueue(tx, stamp.mint(None), SWITCH_KEYS, f"{actor.id} {number}", stamp.now)


def announce(tx: Tx, actor_id: int, stamp: Stamp) -> int:
    """Sends the document of one of our actors, as it is now, to its followers. The Update's number. Wake `Topic.CACHES`.

    Source: ActivityPub 6.3.
    """
    row = by_id(tx, actor_id)
    assert row is not None
    assert row.followers_uri is not None
    number = stamp.mint(None)
    closed = row.type == "Group" and moderators_only(tx, row.id)
    used = emojis.used_in(tx, row.name, row.summary)
    document = actor_document(
        row,
        public_keys(tx, row.id),
        stamp.urls,
        profile_of(tx, row.id),
        used,
        moderators_only=closed,
        cooperative=cooperative_of(tx, row.id),
    )
    update = {
        "@context": document.pop("@context"),
        "id": stamp.urls.activity(number),
        "type": "Update",
        "actor": row.uri,
        "object": document,
        "to": [PUBLIC],
        "cc": [row.followers_uri],
    }
    publish(tx, stamp, row, number, update, row.id)
    return number


async def switch_keys(node: Node, key: str) -> None:
    """The job `switch_keys` (key: actor's and Update's number): the new keys sign once the Update was delivered, or after a day.

    Unavailable while peers still wait for the Update; the job then comes again.
    """
    actor_id, activity_id = map(int, key.split())
    waited = node.clock.now() - milliseconds_of(activity_id)
    waiting = await node.db.read(still_waiting, activity_id)
    if waiting and waited < node.clock.span(_SWITCH_AFTER_SECONDS):
        raise Unavailable(
            f"the Update {activity_id} is not delivered everywhere yet", reason="keys_not_announced", retry_after=300
        )
    await node.db.write(retire_old_keys, actor_id, node.clock.now(), wakes=(Topic.CACHES,))
    node.memory.forget()


async def delete_actor(node: Node, actor: ActorRow) -> None:
    """Deletes one of our actors for ever, with everything it said and did and all who could act as it; every known node is told.

    Its keys stay: the Delete is signed with them for as long as it takes. Source: s2s research 2.10.
    """
    if not actor.local or actor.uri == node.urls.node_actor:
        raise InvalidInput(f"@{actor.acct} cannot be deleted here")
    await node.db.write(_delete, actor, node.stamp(), wakes=(Topic.CACHES,))
    node.memory.forget()


def _delete(tx: Tx, actor: ActorRow, stamp: Stamp) -> None:
    number = stamp.mint(None)
    assert actor.followers_uri is not None
    deleted = stamp.utc()
    document = build.delete(
        stamp.urls.activity(number), actor.uri, actor.uri, actor.type, [PUBLIC], [actor.followers_uri], deleted
    )
    # The object as a bare id equal to the actor: the form in which every peer recognises the end of an account.
    publish(tx, stamp, actor, number, {**document, "object": actor.uri}, actor.id, everywhere=True)
    mark_gone(tx, actor.id, stamp)
    nobody_acts_as(tx, actor.id)
