"""Our own actors: made with both keys, their keys loaded and rotated, deleted.

Every actor has an RSA-2048 key (`#main-key`) and an Ed25519 key (`#ed25519-key`); after a rotation the new ones have a number
in their fragment. Private keys are sealed with SECRET_KEY before they are stored.
"""

import re
from dataclasses import dataclass, field

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from sqlalchemy import bindparam, exists, func, insert, literal_column, select, update
from sqlalchemy.exc import IntegrityError

from actors import profile, search
from actors.lookup import ActorRow, actor, by_id, local_by_handle
from actors.profile import ProfileRow
from coopfed import limits
from coopfed.db.models import ActorKey, GroupRule
from coopfed.db.models.groups import MODERATORS
from coopfed.db.tx import Tx, table
from coopfed.errors import ConfigError, InvalidInput, NotFound
from coopfed.ids import NODE_HANDLE
from coopfed.net.fetch import Signer
from coopfed.node import Node, SigningKey, Stamp
from coopfed.signing import keys
from coopfed.text.render import render
from coopfed.text.sanitise import sanitise
from coopfed.vocab.terms import ACTOR_TYPES

RSA, ED25519 = "rsa", "ed25519"
_HANDLE = re.compile(rf"[a-z0-9_]{{1,{limits.HANDLE_LENGTH}}}")
_TYPES = {name.lower(): name for name in ACTOR_TYPES}

actor_key, group_rule = table(ActorKey), table(GroupRule)
newest = actor_key.alias("newest")
_INSERT = insert(actor).values(
    local=True,
    handle_confirmed=True,
    discoverable=True,
    policy_version=0,
    followers_count=0,
    following_count=0,
    posts_count=0,
)
_INSERT_KEY = insert(actor_key)
_PUBLIC_KEYS = (
    select(actor_key.c.uri, actor_key.c.kind, actor_key.c.public, actor_key.c.retired_at, actor_key.c.created_at)
    .where(actor_key.c.actor_id == bindparam("actor"))
    .order_by(actor_key.c.created_at, actor_key.c.uri)
)
_PRIVATE_KEY = (
    select(actor_key.c.uri, actor_key.c.private)
    .where(
        actor_key.c.actor_id == bindparam("actor"),
        actor_key.c.kind == bindparam("kind"),
        actor_key.c.retired_at.is_(None),
        actor_key.c.private.is_not(None),
    )
    .order_by(actor_key.c.created_at)
    .limit(1)
)
_NEWEST_PRIVATE_KEY = _PRIVATE_KEY.order_by(None).order_by(actor_key.c.created_at.desc())
_RETIRE = (
    update(actor_key)
    .where(
        actor_key.c.actor_id == bindparam("actor"),
        actor_key.c.retired_at.is_(None),
        actor_key.c.created_at
        < select(func.max(newest.c.created_at)).where(newest.c.actor_id == bindparam("actor")).scalar_subquery(),
    )
    .values(retired_at=bindparam("now"))
)
_MODERATORS_ONLY = select(
    exists(
        select(literal_column("1")).where(
            group_rule.c.group_id == bindparam("whose"), group_rule.c.posting == literal_column(f"'{MODERATORS}'")
        )
    )
)
_TOUCH = update(actor).where(actor.c.id == bindparam("actor")).values(updated_at=bindparam("now"))


@dataclass(frozen=True, slots=True)
class KeyPair:
    """Both keys of an actor, to be stored: public texts, private bytes, and the secret that will seal them."""

    rsa_public: str
    rsa_private: bytes = field(repr=False)
    ed25519_public: str
    ed25519_private: bytes = field(repr=False)
    secret: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class NewActor:
    """What a new actor of ours is to be. `type` as a lower-case word of the command line; `summary` as plain text."""

    handle: str
    type: str
    name: str
    summary: str = ""
    locked: bool = False


@dataclass(frozen=True, slots=True)
class PublicKeyRow:
    """A public key of ours as its document shows it."""

    uri: str
    kind: str
    public: str
    retired_at: int | None
    created_at: int


def checked(new: NewActor) -> NewActor:
    """The actor as it will be stored. InvalidInput says what to change. Pure."""
    handle = new.handle.removeprefix("@").lower()
    if not _HANDLE.fullmatch(handle):
        raise InvalidInput(
            f"{new.handle!r} is no handle: use 1 to {limits.HANDLE_LENGTH} of the letters a-z, digits and _"
        )
    if handle == NODE_HANDLE:
        raise InvalidInput(f"{NODE_HANDLE!r} is the node's own handle; choose another")
    if new.type.lower() not in _TYPES:
        raise InvalidInput(f"{new.type!r} is no actor type; use one of: {', '.join(sorted(_TYPES))}")
    if not new.name.strip() or len(new.name) > limits.NAME_LENGTH:
        raise InvalidInput(f"the name must have 1 to {limits.NAME_LENGTH} characters")
    return NewActor(handle, _TYPES[new.type.lower()], new.name.strip(), new.summary.strip(), new.locked)


def make_keys(secret: bytes) -> KeyPair:
    """Two new keys, to be sealed with this secret. Takes some 40 ms: call it outside a unit of work."""
    rsa, ed25519 = keys.generate_rsa(), keys.generate_ed25519()
    return KeyPair(
        rsa_public=keys.public_pem(rsa.public_key()),
        rsa_private=keys.private_bytes(rsa),
        ed25519_public=keys.multikey(ed25519.public_key()),
        ed25519_private=keys.private_bytes(ed25519),
        secret=secret,
    )


def create(tx: Tx, new: NewActor, pair: KeyPair, stamp: Stamp, handle_host: str) -> ActorRow:
    """Stores a checked actor with its keys. InvalidInput when the handle was ever taken. A unit of work."""
    taken = local_by_handle(tx, new.handle)
    if taken is not None:
        gone = " (it was deleted; handles are never given away again)" if taken.gone_at else ""
        raise InvalidInput(f"the handle {new.handle!r} is taken{gone}")
    number = stamp.mint(None)
    return _store(tx, new, pair, stamp, handle_host, number, stamp.urls.actor(number))


async def create_actor(node: Node, new: NewActor) -> ActorRow:
    """A new actor of this node with its keys. InvalidInput says what to change, also when another process was quicker."""
    actor_to_be, pair = checked(new), make_keys(node.secret)
    try:
        return await node.db.write(create, actor_to_be, pair, node.stamp(), node.config.handle_domain)
    except IntegrityError as error:
        raise InvalidInput(f"the handle {actor_to_be.handle!r} was taken at this moment") from error


def create_node_actor(tx: Tx, pair: KeyPair, stamp: Stamp, handle_host: str, name: str) -> ActorRow:
    """The node's own actor (Application), made once; later calls return it. A unit of work. Source: FEP-2677."""
    existing = local_by_handle(tx, NODE_HANDLE)
    if existing is not None:
        return existing
    new = NewActor(NODE_HANDLE, "Application", name, locked=False)
    return _store(tx, new, pair, stamp, handle_host, stamp.mint(None), stamp.urls.node_actor)


async def make_node_actor(node: Node, pair: KeyPair) -> ActorRow:
    """The node's own actor, made with these keys when there is none; also when two processes make it at one moment."""
    config = node.config
    try:
        return await node.db.write(create_node_actor, pair, node.stamp(), config.handle_domain, config.domain)
    except IntegrityError:
        row = await node.db.read(local_by_handle, NODE_HANDLE)
        if row is None:
            raise
        return row


def _store(tx: Tx, new: NewActor, pair: KeyPair, stamp: Stamp, handle_host: str, number: int, uri: str) -> ActorRow:
    tx.execute(
        _INSERT,
        {
            "id": number,
            "uri": uri,
            "type": new.type,
            "handle": new.handle,
            "handle_host": handle_host,
            "name": new.name,
            "summary": sanitise(render(new.summary, {}, stamp.urls.tag_page(""))),
            "url": stamp.urls.profile(new.handle),
            "inbox": f"{uri}/inbox",
            "shared_inbox": stamp.urls.shared_inbox,
            "followers_uri": f"{uri}/followers",
            "locked": new.locked,
            "created_at": stamp.now,
            "updated_at": stamp.now,
        },
    )
    _store_keys(tx, number, uri, pair, stamp.now, "")
    if new.summary:
        profile.put(tx, ProfileRow(number, note=new.summary))
    row = by_id(tx, number)
    assert row is not None
    search.put(tx, row)
    return row


def _store_keys(tx: Tx, number: int, uri: str, pair: KeyPair, now: int, suffix: str) -> None:
    uris = (f"{uri}#main-key{suffix}", f"{uri}#ed25519-key{suffix}")
    # Sealed for their own ids: a row that is moved to another actor cannot be opened there.
    sealed = [
        keys.seal(pair.secret, private, key_uri)
        for private, key_uri in zip((pair.rsa_private, pair.ed25519_private), uris, strict=True)
    ]
    common = {"actor_id": number, "created_at": now}
    rsa = {"uri": uris[0], "kind": RSA, "public": pair.rsa_public, "private": sealed[0], **common}
    ed25519 = {"uri": uris[1], "kind": ED25519, "public": pair.ed25519_public, "private": sealed[1], **common}
    tx.execute(_INSERT_KEY, [rsa, ed25519])


def add_keys(tx: Tx, row: ActorRow, pair: KeyPair, now: int) -> None:
    """New keys under new fragments. The document shows them at once; requests are signed with the oldest that is not retired
    until `retire_old_keys`, since peers that pin keys learn a new one only from an Update signed with the old. A unit of work."""
    _store_keys(tx, row.id, row.uri, pair, now, f"-{now}")
    tx.execute(_TOUCH, {"actor": row.id, "now": now})


def retire_old_keys(tx: Tx, actor_id: int, now: int) -> None:
    """From now on only the newest keys sign; the old Ed25519 ones stay published with `expires`. A unit of work."""
    tx.execute(_RETIRE, {"actor": actor_id, "now": now})
    tx.execute(_TOUCH, {"actor": actor_id, "now": now})


def moderators_only(tx: Tx, group_id: int) -> bool:
    """Whether only its moderators may post to the group. A unit of work."""
    return bool(tx.execute(_MODERATORS_ONLY, {"whose": group_id}).scalar_one())


def public_keys(tx: Tx, actor_id: int) -> list[PublicKeyRow]:
    """The keys of one of our actors, retired ones included, oldest first."""
    return [PublicKeyRow(*row) for row in tx.execute(_PUBLIC_KEYS, {"actor": actor_id})]


def _sealed_key(tx: Tx, actor_id: int, kind: str, newest: bool) -> tuple[str, bytes] | None:
    wanted = _NEWEST_PRIVATE_KEY if newest else _PRIVATE_KEY
    row = tx.execute(wanted, {"actor": actor_id, "kind": kind}).one_or_none()
    return None if row is None else (row.uri, row.private)


async def signing_key(node: Node, actor_id: int, kind: str = RSA, *, newest: bool = False) -> SigningKey:
    """The loaded private key of one of our actors. NotFound when it has none; ConfigError when SECRET_KEY is another.

    Between the announcement of new keys and the end of the old ones an actor has two: the older, or with `newest` the one
    that its document shows.
    """
    remembered = (actor_id, f"newest {kind}" if newest else kind)
    known, since = node.memory.signing.get(remembered), node.memory.signing.forgotten
    if known is None:
        sealed = await node.db.read(_sealed_key, actor_id, kind, newest)
        if sealed is None:
            raise NotFound(f"actor {actor_id} has no {kind} key of ours")
        key = keys.load_private(keys.unseal(node.secret, sealed[1], sealed[0]))
        known = node.memory.signing.put(remembered, SigningKey(sealed[0], key), since)
    return known


async def load_signer(node: Node) -> None:
    """Puts the node actor's signer on the node. ConfigError when the node was not initialised."""
    row = await node.db.read(local_by_handle, NODE_HANDLE)
    if row is None:
        raise ConfigError("this node has no actor of its own yet; run: coopfed init")
    if row.uri != node.urls.node_actor:
        raise ConfigError(
            f"this database belongs to {row.uri.removesuffix('/ap/node')}, not to {node.urls.base}: ids cannot change; "
            "set DOMAIN and PUBLIC_URL back"
        )
    loaded = await signing_key(node, row.id)
    assert isinstance(loaded.key, RSAPrivateKey)
    node.signer = Signer(loaded.id, loaded.key)
