"""Bearer tokens: made, stored as a keyed hash, read. A token speaks as one actor for one account, within its scopes; or for an app
alone, which may look at what is public."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sqlalchemy import and_, bindparam, delete, exists, insert, literal_column, select, update

from actors.lookup import COLUMNS as ACTOR_COLUMNS
from actors.lookup import ActorRow
from actors.lookup import actor as actor_
from actors.roles import Role
from coopfed.clock import DAY_MS
from coopfed.db.models import OAuthApp, OAuthToken
from coopfed.db.models import Role as RoleModel
from coopfed.db.rows import plain
from coopfed.db.signals import Topic
from coopfed.db.tx import Tx, table
from coopfed.errors import Forbidden, InsufficientScope, InvalidInput, NotFound, Unauthenticated
from coopfed.features.accounts import secrets
from coopfed.features.accounts import store as accounts
from coopfed.node import Node, Stamp
from coopfed.oauth import scopes

_PURPOSE = "oauth-token"
_USED_EVERY_MS = DAY_MS
"""A row is written at most so often for an app that asks all day."""
_KEPT = 500
"""What was made of the rows of so many tokens is kept, and given again while the rows are the same."""

oauth_token, oauth_app, role = table(OAuthToken), table(OAuthApp), table(RoleModel)
account, acting = accounts.account, actor_
_STORE = insert(oauth_token)
_OWN = (oauth_token.c.id, oauth_token.c.app_id, oauth_token.c.scopes, oauth_token.c.used_at, oauth_token.c.account_id)
_FIND = (
    select(*_OWN, *accounts.COLUMNS, *ACTOR_COLUMNS, role.c.role.label("role_there"))
    .outerjoin(accounts.account, accounts.account.c.id == oauth_token.c.account_id)
    .outerjoin(actor_, actor_.c.id == oauth_token.c.actor_id)
    .outerjoin(role, and_(role.c.account_id == oauth_token.c.account_id, role.c.actor_id == oauth_token.c.actor_id))
    .where(oauth_token.c.hash == bindparam("hash"))
)
"""Asked for each request of an app: in one statement, with a row for each role."""
_USED = update(oauth_token).where(oauth_token.c.hash == bindparam("which")).values(used_at=bindparam("now"))
_END = delete(oauth_token).where(oauth_token.c.hash == bindparam("which"))
_END_OF = delete(oauth_token).where(
    oauth_token.c.account_id == bindparam("who"), oauth_token.c.id == bindparam("which")
)
_ROLES = select(role.c.role).where(role.c.account_id == bindparam("account"), role.c.actor_id == bindparam("actor"))
_ALIVE = (
    select(oauth_token.c.id)
    .join(account, account.c.id == oauth_token.c.account_id)
    .join(acting, acting.c.id == oauth_token.c.actor_id)
    .where(
        oauth_token.c.id.in_(bindparam("ids", expanding=True)),
        account.c.confirmed_at.is_not(None),
        account.c.approved_at.is_not(None),
        account.c.disabled_at.is_(None),
        acting.c.gone_at.is_(None),
        ~acting.c.suspended,
        exists(
            select(literal_column("1")).where(
                role.c.account_id == oauth_token.c.account_id, role.c.actor_id == oauth_token.c.actor_id
            )
        ),
    )
)
_LIST = (
    select(
        oauth_token.c.id,
        oauth_token.c.actor_id,
        oauth_token.c.scopes,
        oauth_token.c.created_at,
        oauth_token.c.used_at,
        oauth_app.c.name,
        oauth_app.c.website,
    )
    .outerjoin(oauth_app, oauth_app.c.id == oauth_token.c.app_id)
    .where(oauth_token.c.account_id == bindparam("who"))
    .order_by(oauth_token.c.id.desc())
)


@dataclass(frozen=True, slots=True)
class Bearer:
    """Who speaks: the account, the actor it acts as, what the token allows and what the account's roles allow."""

    account_id: int
    actor: ActorRow
    scopes: frozenset[str]
    roles: frozenset[Role]
    token_id: int = 0
    app_id: int | None = None


@dataclass(frozen=True, slots=True)
class TokenRow:
    """A token as its owner sees it in the list of theirs; without an app it came from the command line. Moments in milliseconds."""

    id: int
    actor_id: int
    scopes: str
    created_at: int
    used_at: int | None
    app: str | None
    website: str | None


@dataclass(frozen=True, slots=True)
class _Found:
    id: int
    app_id: int | None
    scopes: frozenset[str]
    used_at: int | None
    bearer: Bearer | None


def hashed(secret: bytes, token: str) -> bytes:
    """What is stored of a token: useless without SECRET_KEY to whoever reads the database."""
    return secrets.hashed(secret, _PURPOSE, token)


def store_token(
    tx: Tx,
    hash_: bytes,
    granted: str,
    stamp: Stamp,
    *,
    account_id: int | None = None,
    actor_id: int | None = None,
    app_id: int | None = None,
) -> None:
    """Stores a token. A unit of work; wake `Topic.CACHES`."""
    tx.execute(
        _STORE,
        {
            "hash": hash_,
            "id": stamp.mint(None),
            "app_id": app_id,
            "account_id": account_id,
            "actor_id": actor_id,
            "scopes": granted,
            "created_at": stamp.now,
            "used_at": None,
        },
    )


async def issue_token(node: Node, email: str, actor: ActorRow, wanted: str) -> str:
    """A new token with which the account speaks as the actor. NotFound or InvalidInput say what is missing."""
    granted = scopes.parse(wanted)
    account_id = await node.db.read(accounts.account_by_email, email)
    if account_id is None:
        raise NotFound(f"no account {email}; run: coopfed account create {email} --actor {actor.handle} --role editor")
    if not await node.db.read(roles_of, account_id, actor.id):
        raise InvalidInput(f"{email} has no role at @{actor.handle}; give one with: coopfed account create")
    return await _issue(node, " ".join(granted), account_id=account_id, actor_id=actor.id)


async def issue_app_token(node: Node, app_id: int, granted: str) -> str:
    """A token for an app alone. Source: RFC 6749 4.4."""
    return await _issue(node, granted, app_id=app_id)


async def _issue(
    node: Node,
    granted: str,
    *,
    account_id: int | None = None,
    actor_id: int | None = None,
    app_id: int | None = None,
) -> str:
    token = secrets.new_secret()

    def unit(tx: Tx, stamp: Stamp) -> None:
        store_token(
            tx, hashed(node.secret, token), granted, stamp, account_id=account_id, actor_id=actor_id, app_id=app_id
        )

    await node.db.write(unit, node.stamp(), wakes=(Topic.CACHES,))
    return token


def roles_of(tx: Tx, account_id: int, actor_id: int) -> frozenset[Role]:
    """The roles of an account at an actor. A unit of work."""
    found = tx.execute(_ROLES, {"account": account_id, "actor": actor_id}).scalars()
    return frozenset(Role(name) for name in found)


def listed(tx: Tx, account_id: int) -> list[TokenRow]:
    """The tokens of an account, the newest first. A unit of work."""
    return [TokenRow(*row) for row in tx.execute(_LIST, {"who": account_id})]


def end(tx: Tx, hash_: bytes) -> bool:
    """Ends a token. Whether there was one. A unit of work; wake `Topic.CACHES`."""
    return bool(tx.execute(_END, {"which": hash_}).rowcount == 1)


def end_of(tx: Tx, account_id: int, token_id: int) -> bool:
    """Ends a token of an account by its number. Whether there was one. A unit of work; wake `Topic.CACHES`."""
    return bool(tx.execute(_END_OF, {"who": account_id, "which": token_id}).rowcount == 1)


async def revoke(node: Node, app_id: int, token: str) -> None:
    """An app gives a token back. Forbidden when it is another app's; nothing happens to one that is unknown. Source: RFC 7009 2.1."""
    hash_ = hashed(node.secret, token)
    found = await node.db.read(_found, hash_)
    if found is not None and found.app_id != app_id:
        raise Forbidden("You are not authorized to revoke this token", reason="unauthorized_client")
    await node.db.write(end, hash_, wakes=(Topic.CACHES,))


def _found(tx: Tx, hash_: bytes) -> _Found | None:
    rows = tuple(plain(tx.execute(_FIND, {"hash": hash_})))
    return _made(rows) if rows else None


@lru_cache(_KEPT)
def _made(rows: tuple[tuple[Any, ...], ...]) -> _Found | None:
    *row, _role = rows[0]
    number, app_id, granted, used_at, account_id = row[: len(_OWN)]
    scopes_ = frozenset(granted.split())
    if account_id is None:
        return _Found(number, app_id, scopes_, used_at, None)
    of_actor = len(_OWN) + len(accounts.COLUMNS)
    account, actor = accounts.AccountRow(*row[len(_OWN) : of_actor]), ActorRow(*row[of_actor:])
    if actor.gone_at is not None or not account.may_sign_in:
        return None
    roles = frozenset(Role(named) for *_row, named in rows if named is not None)
    return _Found(number, app_id, scopes_, used_at, Bearer(account.id, actor, scopes_, roles, number, app_id))


async def _token(node: Node, authorization: str | None) -> _Found:
    kind, _, token = (authorization or "").partition(" ")
    if kind.lower() != "bearer" or not token.strip():
        raise Unauthenticated("no bearer token", reason="invalid_token")
    hash_, now = hashed(node.secret, token.strip()), node.clock.now()
    found = await node.db.read(_found, hash_)
    if found is None:
        raise Unauthenticated("unknown bearer token", reason="invalid_token")
    if found.used_at is None or found.used_at < now - _USED_EVERY_MS:
        await node.db.write(_used, hash_, now)
    return found


def _used(tx: Tx, hash_: bytes, now: int) -> None:
    tx.execute(_USED, {"which": hash_, "now": now})


async def bearer(node: Node, authorization: str | None, *wanted: str) -> Bearer:
    """Who an `Authorization: Bearer …` header speaks for. Any one of the wanted scopes is enough.

    As `person`; Forbidden (403) too when the token lacks the scope. Source: RFC 6750 2.1, 3.1.
    """
    found = (await _token(node, authorization)).bearer
    if found is not None and not any(scopes.allows(found.scopes, scope) for scope in wanted):
        raise InsufficientScope(*wanted)
    return _with_role(found)


async def person(node: Node, authorization: str | None) -> Bearer:
    """Who the header speaks for, whatever the token's scopes.

    Unauthenticated (401) without a valid token of a person, Forbidden (403) when the account has no role at the actor any more, or the
    actor is suspended.
    """
    return _with_role((await _token(node, authorization)).bearer)


def _with_role(found: Bearer | None) -> Bearer:
    if found is None:
        raise Unauthenticated("This method requires an authenticated user", reason="user_required")
    if found.actor.suspended:
        raise Forbidden("the operators suspended this actor", reason="actor_suspended")
    if not found.roles:
        raise Forbidden("the account has no role at this actor", reason="insufficient_role")
    return found


def alive(tx: Tx, ids: list[int]) -> set[int]:
    """Those of the tokens, by their numbers, that still speak for somebody who may: what `bearer` asks, for many at once."""
    return set(tx.execute(_ALIVE, {"ids": ids}).scalars())


async def app_of(node: Node, authorization: str | None) -> int | None:
    """The number of the app whose token it is, a person's or its own; None for a token from the command line. Raises as `bearer`."""
    return (await _token(node, authorization)).app_id
