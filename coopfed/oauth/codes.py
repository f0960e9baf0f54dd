"""Authorization codes: given to whoever consented, exchanged once for a token. Source: RFC 6749 4.1; RFC 7636 4.6."""

import base64
import hashlib
import hmac
from dataclasses import dataclass

from sqlalchemy import bindparam, delete, insert, select, update

from coopfed import limits
from coopfed.clock import DAY_MS
from coopfed.db.models import OAuthCode
from coopfed.db.signals import Topic
from coopfed.db.tx import Tx, table
from coopfed.errors import InvalidInput
from coopfed.features.accounts.secrets import hashed, new_secret
from coopfed.node import Node, Stamp
from coopfed.oauth import tokens
from coopfed.oauth.apps import AppRow

_PURPOSE = "oauth-code"

oauth_code = table(OAuthCode)


@dataclass(frozen=True, slots=True)
class Grant:
    """What somebody consented to: which app may do what, for which account, as which actor."""

    app_id: int
    account_id: int
    actor_id: int
    scopes: str
    redirect_uri: str
    challenge: str | None


_FIELDS = tuple(Grant.__dataclass_fields__)
_ADD = insert(oauth_code)
_FIND = select(*(oauth_code.c[name] for name in _FIELDS), oauth_code.c.token, oauth_code.c.created_at).where(
    oauth_code.c.hash == bindparam("hash")
)
_USED = update(oauth_code).where(oauth_code.c.hash == bindparam("which")).values(token=bindparam("made"))
_OLD = delete(oauth_code).where(oauth_code.c.created_at < bindparam("before"))


async def issue_code(node: Node, grant: Grant) -> str:
    """A code for what was consented to; good once, for ten minutes."""
    code = new_secret()
    await node.db.write(_issue, hashed(node.secret, _PURPOSE, code), grant, node.clock.now())
    return code


def _issue(tx: Tx, hash_: bytes, grant: Grant, now: int) -> None:
    tx.execute(
        _ADD, {**{name: getattr(grant, name) for name in _FIELDS}, "hash": hash_, "token": None, "created_at": now}
    )


async def exchange(node: Node, app: AppRow, code: str, redirect_uri: str, verifier: str | None) -> tuple[str, str, int]:
    """A token for a code: the token, its scopes, and when it was made (milliseconds).

    InvalidInput (`invalid_grant`) for a code that is unknown, old, used or another app's, and where redirect address or verifier
    are not those of the consent. A code that comes again ends the token which it was exchanged for: somebody has stolen one of both.
    """
    token = new_secret()
    hash_ = hashed(node.secret, _PURPOSE, code)
    new = tokens.hashed(node.secret, token)
    made = await node.db.write(_exchange, hash_, new, app, redirect_uri, verifier, node.stamp(), wakes=(Topic.CACHES,))
    if made is None:
        raise InvalidInput(
            "The provided authorization grant is invalid, expired, revoked, does not match the redirection URI used in the "
            "authorization request, or was issued to another client.",
            reason="invalid_grant",
        )
    return token, made, node.clock.now()


def _exchange(
    tx: Tx, hash_: bytes, new: bytes, app: AppRow, redirect_uri: str, verifier: str | None, stamp: Stamp
) -> str | None:
    row = tx.execute(_FIND, {"hash": hash_}).one_or_none()
    if row is None:
        return None
    if row.token is not None:
        tokens.end(tx, bytes(row.token))
        return None
    grant = Grant(*(getattr(row, name) for name in _FIELDS))
    late = row.created_at < stamp.now - stamp.clock.span(limits.CODE_SECONDS)
    if late or grant.app_id != app.id or grant.redirect_uri != redirect_uri or not _is_meant(grant.challenge, verifier):
        return None
    tokens.store_token(
        tx, new, grant.scopes, stamp, account_id=grant.account_id, actor_id=grant.actor_id, app_id=grant.app_id
    )
    tx.execute(_USED, {"which": hash_, "made": new})
    return grant.scopes


def _is_meant(challenge: str | None, verifier: str | None) -> bool:
    if challenge is None:
        # A verifier without a challenge: the request for the code was not the app's own (RFC 9700 2.1.1).
        return not verifier
    made = base64.urlsafe_b64encode(hashlib.sha256((verifier or "").encode()).digest()).rstrip(b"=")
    return hmac.compare_digest(made, challenge.rstrip("=").encode())


def forget_old(tx: Tx, now: int) -> None:
    """Codes of days ago leave no rows; until then one that comes again is noticed. A unit of work."""
    tx.execute(_OLD, {"before": now - DAY_MS})
