"""Bearer tokens: made, stored as a keyed hash, read. A token speaks as one actor for one account, within its scopes."""

import hashlib
import hmac
import secrets
from dataclasses import dataclass

from sqlalchemy import bindparam, insert, select

from actors.lookup import ActorRow, by_id
from actors.roles import Role
from coopfed.db.models import OAuthToken
from coopfed.db.models import Role as RoleModel
from coopfed.db.signals import Topic
from coopfed.db.tx import Tx, table
from coopfed.errors import Forbidden, InvalidInput, NotFound, Unauthenticated
from coopfed.features.accounts import account_by_email
from coopfed.node import Node

SCOPES = frozenset({"read", "write", "follow", "push"})
_RELATIONSHIPS = frozenset({"follows", "blocks", "mutes"})

oauth_token, role = table(OAuthToken), table(RoleModel)
_STORE = insert(oauth_token)
_FIND = select(oauth_token.c.account_id, oauth_token.c.actor_id, oauth_token.c.scopes).where(
    oauth_token.c.hash == bindparam("hash")
)
_ROLES = select(role.c.role).where(role.c.account_id == bindparam("account"), role.c.actor_id == bindparam("actor"))


@dataclass(frozen=True, slots=True)
class Bearer:
    """Who speaks: the account, the actor it acts as, what the token allows and what the account's roles allow."""

    account_id: int
    actor: ActorRow
    scopes: frozenset[str]
    roles: frozenset[Role]


def parse_scopes(text: str) -> frozenset[str]:
    """The scopes of a list like `read write`. InvalidInput for an unknown one."""
    scopes = frozenset(text.split())
    unknown = scopes - SCOPES
    if unknown or not scopes:
        raise InvalidInput(f"scopes must be some of: {' '.join(sorted(SCOPES))}")
    return scopes


def new_token() -> str:
    """A token that nobody can guess: 256 random bits."""
    return secrets.token_urlsafe(32)


def hashed(secret: bytes, token: str) -> bytes:
    """What is stored of a token: useless without SECRET_KEY to whoever reads the database."""
    return hmac.new(secret, b"oauth-token:" + token.encode(), hashlib.sha256).digest()


def store_token(tx: Tx, hash_: bytes, account_id: int, actor_id: int, scopes: frozenset[str], now: int) -> None:
    """Stores a token. A unit of work."""
    tx.execute(
        _STORE,
        {
            "hash": hash_,
            "account_id": account_id,
            "actor_id": actor_id,
            "scopes": " ".join(sorted(scopes)),
            "created_at": now,
        },
    )


async def issue_token(node: Node, email: str, actor: ActorRow, scopes: str) -> str:
    """A new token with which the account speaks as the actor. NotFound or InvalidInput say what is missing."""
    wanted = parse_scopes(scopes)
    account_id = await node.db.read(account_by_email, email)
    if account_id is None:
        raise NotFound(f"no account {email}; run: coopfed account create {email} --actor {actor.handle} --role editor")
    if not await node.db.read(roles_of, account_id, actor.id):
        raise InvalidInput(f"{email} has no role at @{actor.handle}; give one with: coopfed account create")
    token = new_token()
    await node.db.write(
        store_token, hashed(node.secret, token), account_id, actor.id, wanted, node.clock.now(), wakes=(Topic.CACHES,)
    )
    return token


def roles_of(tx: Tx, account_id: int, actor_id: int) -> frozenset[Role]:
    """The roles of an account at an actor. A unit of work."""
    found = tx.execute(_ROLES, {"account": account_id, "actor": actor_id}).scalars()
    return frozenset(Role(name) for name in found)


def _bearer(tx: Tx, hash_: bytes) -> Bearer | None:
    row = tx.execute(_FIND, {"hash": hash_}).one_or_none()
    actor = by_id(tx, row.actor_id) if row else None
    if row is None or actor is None or actor.gone_at is not None:
        return None
    return Bearer(row.account_id, actor, frozenset(row.scopes.split()), roles_of(tx, row.account_id, row.actor_id))


def _allows(granted: frozenset[str], scope: str) -> bool:
    """Whether the granted scopes hold one like `write:follows`. The old `follow` stands for reading and writing relationships,
    as on Mastodon; many apps still ask for it."""
    kind, _, resource = scope.partition(":")
    return kind in granted or ("follow" in granted and resource in _RELATIONSHIPS)


async def bearer(node: Node, authorization: str | None, scope: str) -> Bearer:
    """Who an `Authorization: Bearer …` header speaks for. Unauthenticated (401) without a valid token, Forbidden (403) when
    the token lacks the scope or the account has no role at the actor any more. Source: RFC 6750 2.1, 3.1."""
    kind, _, token = (authorization or "").partition(" ")
    if kind.lower() != "bearer" or not token.strip():
        raise Unauthenticated("no bearer token", reason="invalid_token")
    found = await node.db.read(_bearer, hashed(node.secret, token.strip()))
    if found is None:
        raise Unauthenticated("unknown bearer token", reason="invalid_token")
    if not _allows(found.scopes, scope):
        raise Forbidden(f"the token lacks the scope {scope}", reason="insufficient_scope")
    if not found.roles:
        raise Forbidden("the account has no role at this actor", reason="insufficient_role")
    return found
