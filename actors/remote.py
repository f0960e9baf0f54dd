"""Actors of other nodes: fetched, refreshed, stored, marked gone.

Everything an actor document claims is believed only for its own authority. The handle it claims is stored unconfirmed; a job
(`confirm_handle`) asks WebFinger on the floor above.
"""

from typing import Any

from sqlalchemy import Boolean, bindparam, delete, func, insert, or_, select, update

from actors import cooperative, profile, proposal_readers, search
from actors.lookup import ActorRow, actor, by_id, by_uri
from coopfed import limits
from coopfed.db import jobs
from coopfed.db.models import ActorKey, Follow
from coopfed.db.signals import Topic
from coopfed.db.tx import Tx, table
from coopfed.errors import FetchError, Forbidden, RemoteGone
from coopfed.net import peers
from coopfed.net.fetch import Budget, Fetched, fetch_document
from coopfed.node import Node, Stamp
from coopfed.text.sanitise import POLICY_VERSION, plain, sanitise
from coopfed.vocab.document import ActorRecord, KeyRecord, read_actor
from coopfed.vocab.origin import authority, same_authority

CONFIRM_HANDLE = "confirm_handle"
PURGE_ACTOR = "purge_actor"
CHECK_GONE = "check_gone"
VERIFY_GONE = "verify_gone"
REFRESH_ACTOR = "refresh_actor"
LOOK_AT_FEATURED = "look_at_featured"
LEARN_SOFTWARE = "learn_software"

actor_key, follow = table(ActorKey), table(Follow)
_CLAIMS: dict[str, Any] = {
    name: bindparam(name)
    for name in (
        "type",
        "handle",
        "handle_host",
        "name",
        "summary",
        "url",
        "inbox",
        "shared_inbox",
        "followers_uri",
        "featured_uri",
        "peer_id",
        "host_id",
        "locked",
        "discoverable",
        "moved_to",
        "aliases",
        "suspended",
        "document",
        "policy_version",
        "updated_at",
        "fetched_at",
    )
}
# The word of this node's operators outlasts that of the actor's own host.
_suspended = or_(bindparam("suspended", type_=Boolean), actor.c.suspended_at.is_not(None))
_INSERT = insert(actor).values(
    id=bindparam("id"),
    uri=bindparam("uri"),
    local=False,
    handle_confirmed=False,
    followers_count=0,
    following_count=0,
    posts_count=0,
    created_at=bindparam("created_at"),
    **_CLAIMS,
)
_UPDATE = (
    update(actor)
    .where(actor.c.id == bindparam("actor"))
    .values(
        **{**_CLAIMS, "suspended": _suspended},
        handle_confirmed=bindparam("still_confirmed"),
        gone_at=None,
        missing_at=None,
        missing_tries=0,
    )
)
_ELSEWHERE = select(func.count()).where(
    actor.c.peer_id == bindparam("peer"), actor.c.peer_id != actor.c.host_id, actor.c.gone_at.is_(None)
)
_KEYS = (
    select(
        actor_key.c.uri,
        actor_key.c.actor_id,
        actor_key.c.kind,
        actor_key.c.public,
        actor_key.c.retired_at,
        actor.c.uri.label("holder"),
    )
    .join(actor, actor.c.id == actor_key.c.actor_id)
    .where(actor_key.c.uri.in_(bindparam("uris", expanding=True)))
)
_INSERT_KEY = insert(actor_key)
_UPDATE_KEY = (
    update(actor_key)
    .where(actor_key.c.uri == bindparam("key"))
    .values(
        actor_id=bindparam("new_actor_id"),
        kind=bindparam("new_kind"),
        public=bindparam("new_public"),
        retired_at=bindparam("new_retired_at"),
    )
)
_DROP_KEYS = delete(actor_key).where(
    actor_key.c.actor_id == bindparam("actor"), actor_key.c.uri.not_in(bindparam("kept", expanding=True))
)
_GONE = (
    update(actor)
    .where(actor.c.id == bindparam("actor"))
    .values(gone_at=bindparam("now"), document=None, name="", summary="", aliases="", updated_at=bindparam("now"))
)
_UNCONFIRM = (
    update(actor)
    .where(
        actor.c.handle == bindparam("name_part"),
        actor.c.handle_host == bindparam("host_part"),
        actor.c.id != bindparam("actor"),
        ~actor.c.local,
    )
    .values(handle_confirmed=False)
)
_CONFIRM = (
    update(actor)
    .where(actor.c.id == bindparam("actor"))
    .values(handle=bindparam("name_part"), handle_host=bindparam("host_part"), handle_confirmed=True)
)
_LOSE_FOLLOWERS = delete(follow).where(follow.c.followed_id == bindparam("actor"))
_LOSE_FOLLOWED = delete(follow).where(follow.c.follower_id == bindparam("actor"))
_UNFOLLOWED = (
    update(actor)
    .where(
        actor.c.id.in_(
            select(follow.c.followed_id).where(follow.c.follower_id == bindparam("gone"), follow.c.state == "accepted")
        )
    )
    .values(followers_count=actor.c.followers_count - 1)
)
_UNFOLLOWING = (
    update(actor)
    .where(
        actor.c.id.in_(
            select(follow.c.follower_id).where(follow.c.followed_id == bindparam("gone"), follow.c.state == "accepted")
        )
    )
    .values(following_count=actor.c.following_count - 1)
)


async def known_actor(node: Node, uri: str, budget: Budget) -> ActorRow:
    """The actor with this id, fetched when it is unknown here. FetchError, RemoteGone or BadMessage when it cannot be had."""
    row = await node.db.read(by_uri, uri)
    if row is None:
        row = await fetch_actor(node, uri, budget)
    if row.gone_at is not None:
        raise RemoteGone(f"{uri} is gone", status=410)
    return row


async def fetch_actor(node: Node, uri: str, budget: Budget) -> ActorRow:
    """Fetches the actor document and stores it; one fetch at a time for each id."""
    if node.urls.is_ours(uri):
        raise Forbidden(f"{uri} is an id of this node that does not exist", reason="local_impersonation")
    await node.refuse_blocked(authority(uri))
    return await store_fetched(node, await fetch_document(node.http, uri, signer=node.signer, budget=budget))


async def store_fetched(node: Node, fetched: Fetched) -> ActorRow:
    """Stores the actor whose document was fetched. FetchError when it is the document of another one."""
    record = read_actor(fetched.document)
    if record.id != fetched.url:
        raise FetchError(f"{fetched.url} answered with the actor {record.id}", reason="id_mismatch")
    return await store_actor(node, record, fetched.raw)


async def store_actor(node: Node, record: ActorRecord, raw: bytes) -> ActorRow:
    """Stores a document that was fetched from its own id or signed by its own key."""
    row = await node.db.write(upsert, record, raw, node.stamp())
    # Under its own id an actor's only key is remembered too.
    for name in (record.id, *(key.id for key in record.keys)):
        node.memory.keys.drop(name)
        node.memory.missing_keys.drop(name)
    return row


def upsert(tx: Tx, record: ActorRecord, raw: bytes, stamp: Stamp) -> ActorRow:
    """Inserts or replaces what the document claims, with its keys. A unit of work.

    FetchError `inbox_elsewhere` when more than `limits.INBOXES_ELSEWHERE` would have their inboxes on one host that is not theirs.
    Keys that the document no longer lists are dropped: whoever lists is trusted to unlist.
    """
    known = by_uri(tx, record.id)
    if known is not None and known.local:
        raise Forbidden(f"{record.id} is ours", reason="local_impersonation")
    claims = _claims(tx, record, raw, stamp)
    if claims["peer_id"] != claims["host_id"] and (known is None or known.peer_id != claims["peer_id"]):
        _refuse_a_crowd(tx, record, claims["peer_id"])
    if known is None:
        number = stamp.mint(None)
        tx.execute(_INSERT, {"id": number, "uri": record.id, "created_at": stamp.now, **claims})
        confirm = True
    else:
        number = known.id
        _keep_collections(claims, known)
        same = (known.handle, known.handle_host) == (claims["handle"], claims["handle_host"])
        confirm = not (same and known.handle_confirmed)
        tx.execute(_UPDATE, {"actor": number, "still_confirmed": same and known.handle_confirmed, **claims})
    _store_keys(tx, number, record, stamp.now)
    if confirm:
        jobs.enqueue(tx, stamp.mint(None), CONFIRM_HANDLE, record.id, stamp.now)
    profile.put(tx, profile.claimed(number, record))
    cooperative.put(tx, cooperative.claimed(number, record))
    proposal_readers.declare(tx, number, record.reads_proposals)
    row = by_uri(tx, record.id)
    assert row is not None
    search.put(tx, row)
    return row


def _keep_collections(claims: dict[str, Any], known: ActorRow) -> None:
    """An actor has its collections for good: who shows a document without them did not verify our signature and shows less
    (misskey-dev/misskey#17706), and without `followers` a post for followers would be read as a direct one."""
    claims["followers_uri"] = claims["followers_uri"] or known.followers_uri
    claims["featured_uri"] = claims["featured_uri"] or known.featured_uri


def _refuse_a_crowd(tx: Tx, record: ActorRecord, peer_id: object) -> None:
    """FetchError when too many actors have their inboxes on this host without living there: a host can claim a victim's address
    for any number of its actors, and each would get every post."""
    if tx.execute(_ELSEWHERE, {"peer": peer_id}).scalar_one() >= limits.INBOXES_ELSEWHERE:
        raise FetchError(
            f"{record.id} has its inbox elsewhere, like many others: {record.inbox}",
            reason="inbox_elsewhere",
            status=200,
        )


def _claims(tx: Tx, record: ActorRecord, raw: bytes, stamp: Stamp) -> dict[str, object]:
    name, _, host = (record.webfinger or "").removeprefix("acct:").removeprefix("@").partition("@")
    return {
        "type": record.type,
        "handle": (name if host else record.preferred_username).lower(),
        "handle_host": (host or authority(record.id)).lower(),
        "name": plain(record.name)[: limits.NAME_LENGTH] or record.preferred_username,
        "summary": sanitise(record.summary[: limits.SUMMARY_LENGTH]),
        "url": record.url,
        "inbox": record.inbox,
        "shared_inbox": record.shared_inbox,
        "followers_uri": record.followers,
        "featured_uri": record.featured,
        "peer_id": peers.ensure(tx, authority(record.shared_inbox or record.inbox)).id,
        "host_id": peers.ensure(tx, authority(record.id)).id,
        "locked": record.manually_approves,
        "discoverable": record.discoverable,
        "moved_to": record.moved_to,
        "aliases": "\n".join(record.also_known_as),
        "suspended": record.suspended,
        "document": raw,
        "policy_version": POLICY_VERSION,
        "updated_at": stamp.now,
        "fetched_at": stamp.now,
    }


def _store_keys(tx: Tx, number: int, record: ActorRecord, now: int) -> None:
    own = {key.id: key for key in record.keys if key.owner == record.id and same_authority(key.id, record.id)}
    changed = tx.execute(_DROP_KEYS, {"actor": number, "kept": [*own, ""]}).rowcount
    present = {row.uri: row for row in tx.execute(_KEYS, {"uris": [*own, ""]})}
    for key in own.values():
        stored, row = present.get(key.id), _key_row(number, key)
        if stored is None:
            tx.execute(_INSERT_KEY, {"uri": key.id, "created_at": now, **row})
        elif _may_take(key.id, record.id, stored.holder) and any(getattr(stored, name) != row[name] for name in row):
            tx.execute(_UPDATE_KEY, {"key": key.id, **{f"new_{name}": value for name, value in row.items()}})
            changed += 1
    if changed:
        # A key that was replaced or withdrawn, perhaps since it was stolen, must not live on in the memory of a process.
        tx.wake(Topic.KEYS)


def _key_row(number: int, key: KeyRecord) -> dict[str, Any]:
    return {
        "actor_id": number,
        "kind": "rsa" if key.pem else "ed25519",
        "public": key.pem or key.multibase or "",
        "retired_at": int(key.expires.timestamp() * 1000) if key.expires is not None else None,
    }


def _may_take(key_id: str, actor_uri: str, holder: str) -> bool:
    """Whether a key id that stands in the holder's document is this actor's: its own, or one below its id that a neighbour named."""
    return holder == actor_uri or (_lies_below(key_id, actor_uri) and not _lies_below(key_id, holder))


def _lies_below(key_id: str, actor_uri: str) -> bool:
    return key_id.startswith(actor_uri) and key_id[len(actor_uri) :][:1] in ("#", "/", "?")


def mark_gone(tx: Tx, number: int, stamp: Stamp, *, purge: bool = True) -> None:
    """The actor was deleted: what it says of itself goes and its follows end at once, its posts are hidden, and unless the caller
    sees to that, purged by a job. The row stays, so that nobody else takes its place. A unit of work."""
    tx.execute(_GONE, {"actor": number, "now": stamp.now})
    search.forget(tx, number)
    profile.forget(tx, number)
    cooperative.forget(tx, number)
    tx.execute(_UNFOLLOWED, {"gone": number})
    tx.execute(_UNFOLLOWING, {"gone": number})
    tx.execute(_LOSE_FOLLOWERS, {"actor": number})
    tx.execute(_LOSE_FOLLOWED, {"actor": number})
    if purge:
        jobs.enqueue(tx, stamp.mint(None), PURGE_ACTOR, str(number), stamp.now)


def confirm_handle(tx: Tx, number: int, handle: str, host: str) -> None:
    """WebFinger led from this handle to the actor and back; whoever held it before no longer does. A unit of work."""
    tx.execute(_UNCONFIRM, {"actor": number, "name_part": handle.lower(), "host_part": host.lower()})
    tx.execute(_CONFIRM, {"actor": number, "name_part": handle.lower(), "host_part": host.lower()})
    row = by_id(tx, number)
    if row is not None and row.gone_at is None:
        search.put(tx, row)
