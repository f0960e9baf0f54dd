"""The public key behind a key id: from memory, from the database, else fetched once from its own host.

Cross-check (the lesson of several advisories): the key's owner must be an actor on the key's own authority, and that actor's
document must list this very key id. Where a signature names the actor instead of its key (activitypub-express, and so Guppe), the
one RSA key of that actor is meant. Failures are remembered for ten minutes, so that a flood of unknown key ids costs one fetch each.
"""

import asyncio

from sqlalchemy import bindparam, literal_column, or_, select

from actors.lookup import actor
from actors.remote import actor_key, fetch_actor, store_fetched
from coopfed import limits
from coopfed.db.tx import Tx
from coopfed.errors import BadMessage, CoopFedError, FetchError, Unauthenticated, Unavailable
from coopfed.net.fetch import fetch_document
from coopfed.net.throttle import network
from coopfed.node import KnownKey, Node
from coopfed.signing.keys import PublicKey, load_multikey, load_public_pem
from coopfed.vocab.document import read_keys
from coopfed.vocab.origin import authority, same_authority

_KEYS = (
    select(
        actor_key.c.uri,
        actor_key.c.kind,
        actor_key.c.public,
        actor_key.c.actor_id,
        actor.c.uri.label("actor_uri"),
        actor.c.fetched_at,
        actor_key.c.retired_at,
    )
    .join(actor, actor.c.id == actor_key.c.actor_id)
    .where(or_(actor_key.c.retired_at.is_(None), actor_key.c.retired_at > bindparam("now")))
)
_FIND = _KEYS.where(actor_key.c.uri == bindparam("key"))
_OF_ACTOR = _KEYS.where(actor.c.uri == bindparam("key"), actor_key.c.kind == literal_column("'rsa'")).limit(2)


def stored_key(tx: Tx, key_id: str, now: int) -> KnownKey | None:
    """The key as the database has it, or the only RSA key of the actor with this id; None also for one that is retired.

    Unauthenticated when it is too weak. A unit of work.
    """
    row = tx.execute(_FIND, {"key": key_id, "now": now}).one_or_none()
    if row is None:
        rows = tx.execute(_OF_ACTOR, {"key": key_id, "now": now}).all()
        if len(rows) != 1:
            return None
        row = rows[0]
    key: PublicKey = load_public_pem(row.public) if row.kind == "rsa" else load_multikey(row.public)
    host = authority(row.actor_uri)
    return KnownKey(key_id, key, row.actor_id, row.actor_uri, host, row.fetched_at or 0, row.retired_at)


async def find_key(node: Node, key_id: str, client: str) -> KnownKey:
    """The key, fetched when it is unknown. `client` is the address that asks, for the rate limit.

    Unauthenticated when there is no such key (or was none within ten minutes), Unavailable when its host does not answer now.
    """
    now = node.clock.now()
    known, since = node.memory.keys.get(key_id), node.memory.keys.forgotten
    if known is None or (known.retired_at is not None and known.retired_at <= now):
        known = await node.db.read(stored_key, key_id, now)
    if known is not None:
        return node.memory.keys.put(key_id, known, since)
    missing_since = node.memory.missing_keys.get(key_id)
    if missing_since is not None and now - missing_since < node.clock.span(limits.KEY_NEGATIVE_SECONDS):
        raise Unauthenticated(f"the key {key_id} could not be had a moment ago", reason="key_unavailable")
    return await fetch_key(node, key_id, client)


async def refetched_key(node: Node, known: KnownKey, client: str) -> KnownKey | None:
    """The key again from its host, after a signature did not verify: it may have been rotated.

    None when it was fetched within five minutes (refetching at every bad signature would make us a weapon) or is ours.
    """
    now = node.clock.now()
    last = max(node.memory.refetched_keys.get(known.id) or 0, known.fetched_at)
    if node.urls.is_ours(known.id) or now - last < node.clock.span(limits.KEY_REFETCH_SECONDS):
        return None
    node.memory.refetched_keys.put(known.id, now)
    node.memory.keys.drop(known.id)
    return await fetch_key(node, known.id, client)


async def fetch_key(node: Node, key_id: str, client: str) -> KnownKey:
    """Fetches the key with its actor and stores both; one fetch at a time for each key id."""
    flight = node.memory.flights.get(key_id)
    if flight is None:
        flight = asyncio.ensure_future(_fetch_key(node, key_id, client))
        node.memory.flights[key_id] = flight
        flight.add_done_callback(lambda done: _landed(node, key_id, done))
    known: KnownKey = await asyncio.shield(flight)
    return known


def _landed(node: Node, key_id: str, flight: "asyncio.Future[KnownKey]") -> None:
    node.memory.flights.pop(key_id, None)
    if not flight.cancelled():
        flight.exception()  # whoever waited has it; nobody may have


async def _fetch_key(node: Node, key_id: str, client: str) -> KnownKey:
    host, now = authority(key_id), node.clock.now()
    if node.key_fetch_places.locked():
        raise Unavailable("too many keys are being fetched", reason="key_fetch_throttled")
    if not (node.key_fetches.allows(f"host {host}", now) and node.key_fetches.allows(f"client {network(client)}", now)):
        raise Unavailable(f"too many unknown keys from {host} or {client}", reason="key_fetch_throttled")
    try:
        async with node.key_fetch_places:
            await _fetch_owner(node, key_id)
    except FetchError as error:
        node.memory.missing_keys.put(key_id, now)
        if error.temporary:
            raise Unavailable(f"key server of {key_id}: {error}", reason="key_server_unreachable") from error
        raise Unauthenticated(f"key {key_id}: {error}", reason="key_unavailable") from error
    except (BadMessage, Unauthenticated) as error:
        node.memory.missing_keys.put(key_id, now)
        raise Unauthenticated(f"key {key_id}: {error}", reason=_reason(error)) from error
    since = node.memory.keys.forgotten
    known = await node.db.read(stored_key, key_id, now)
    if known is None:
        node.memory.missing_keys.put(key_id, now)
        raise Unauthenticated(f"the actor behind {key_id} does not list this key", reason="key_unlisted")
    return node.memory.keys.put(key_id, known, since)


def _reason(error: CoopFedError) -> str:
    return error.reason if isinstance(error, Unauthenticated) else "key_document_malformed"


async def _fetch_owner(node: Node, key_id: str) -> None:
    """Stores the actor that owns the key. The forms of key documents: s2s research 2.4 a-d (actor with a fragment key,
    GoToSocial's stub, a bare key with `owner` or `controller`)."""
    if node.urls.is_ours(key_id):
        raise Unauthenticated(f"{key_id} is no key of this node", reason="local_impersonation")
    budget = node.budget()
    url = key_id.partition("#")[0]
    fetched = await fetch_document(node.http, url, signer=node.signer, budget=budget, allow_key_stub=True)
    keys = read_keys(fetched.document)
    owners = {key.owner for key in keys if key.id == key_id} or {key.owner for key in keys if key.owner == key_id}
    if len(owners) != 1:
        raise Unauthenticated(f"the document at {url} has no such key", reason="key_unlisted")
    owner = owners.pop()
    if not same_authority(owner, key_id):
        raise Unauthenticated(f"key {key_id} claims an owner elsewhere: {owner}", reason="key_owner")
    if fetched.url == owner and "@context" in fetched.document:
        # The usual case: the key's address without its fragment is the actor, and here is its document (no stub).
        await store_fetched(node, fetched)
    else:
        await fetch_actor(node, owner, budget)
