"""Browsers in which somebody is signed in: a secret in a cookie, its hash in a row, so that a session can be ended from elsewhere."""

from dataclasses import dataclass

from sqlalchemy import bindparam, delete, insert, select, update

from coopfed import limits
from coopfed.clock import DAY_MS
from coopfed.db.models import Session
from coopfed.db.tx import Tx, table
from coopfed.features.accounts import store
from coopfed.features.accounts.secrets import hashed, new_secret
from coopfed.features.accounts.store import AccountRow
from coopfed.node import Node, Stamp

_PURPOSE = "session"
_SEEN_EVERY_MS = 600_000
"""A row is written at most so often for a browser that looks at many pages."""

session = table(Session)


@dataclass(frozen=True, slots=True)
class SessionRow:
    """A session as its owner sees it in the list of theirs. Moments in milliseconds."""

    id: int
    account_id: int
    agent: str
    address: str
    created_at: int
    seen_at: int


_COLUMNS = tuple(session.c[name] for name in SessionRow.__dataclass_fields__)
_ADD = insert(session)
_FIND = select(*_COLUMNS).where(session.c.hash == bindparam("hash"), session.c.seen_at > bindparam("since"))
_SEEN = update(session).where(session.c.hash == bindparam("which")).values(seen_at=bindparam("now"))
_LIST = select(*_COLUMNS).where(session.c.account_id == bindparam("who")).order_by(session.c.seen_at.desc())
_END = delete(session).where(session.c.account_id == bindparam("who"), session.c.id == bindparam("which"))
_END_THIS = delete(session).where(session.c.hash == bindparam("which"))
_END_ALL = delete(session).where(session.c.account_id == bindparam("who"), session.c.id != bindparam("except_for"))
_OLD = delete(session).where(session.c.seen_at <= bindparam("since"))


async def begin(node: Node, account_id: int, agent: str, address: str) -> str:
    """Signs somebody in. The secret for the cookie, new at each sign-in so that nobody can know it before."""
    secret = new_secret()
    row = {
        "account_id": account_id,
        "agent": agent[: limits.AGENT_LENGTH],
        "address": address,
        "hash": hashed(node.secret, _PURPOSE, secret),
    }
    await node.db.write(_begin, row, node.stamp())
    return secret


def _begin(tx: Tx, row: dict[str, object], stamp: Stamp) -> None:
    account_id = int(str(row["account_id"]))
    tx.execute(_ADD, {**row, "id": stamp.mint(None), "created_at": stamp.now, "seen_at": stamp.now})
    for old in listed(tx, account_id)[limits.SESSIONS :]:
        end(tx, account_id, old.id)


async def current(node: Node, secret: str) -> tuple[AccountRow, SessionRow] | None:
    """Who is signed in with this secret, and the session; None when nobody is (any more)."""
    which, now = hashed(node.secret, _PURPOSE, secret), node.clock.now()
    found = await node.db.read(_find, which, now - limits.SESSION_DAYS * DAY_MS)
    if found is not None and found[1].seen_at < now - _SEEN_EVERY_MS:
        await node.db.write(_seen, which, now)
    return found


def _find(tx: Tx, which: bytes, since: int) -> tuple[AccountRow, SessionRow] | None:
    row = tx.execute(_FIND, {"hash": which, "since": since}).one_or_none()
    account = store.by_id(tx, row.account_id) if row is not None else None
    if row is None or account is None or not account.may_sign_in:
        return None
    return account, SessionRow(*row)


def _seen(tx: Tx, which: bytes, now: int) -> None:
    tx.execute(_SEEN, {"which": which, "now": now})


def listed(tx: Tx, account_id: int) -> list[SessionRow]:
    """The sessions of an account, the one that was seen last first."""
    return [SessionRow(*row) for row in tx.execute(_LIST, {"who": account_id})]


def end(tx: Tx, account_id: int, session_id: int) -> bool:
    """Signs one browser out. Whether there was one; of another account there never is."""
    return bool(tx.execute(_END, {"who": account_id, "which": session_id}).rowcount == 1)


def end_this(tx: Tx, key: bytes, secret: str) -> None:
    """Signs out the browser with this secret; `key` is the node's."""
    tx.execute(_END_THIS, {"which": hashed(key, _PURPOSE, secret)})


def end_others(tx: Tx, account_id: int, kept: int) -> int:
    """Signs out everywhere but in this session (0: everywhere). How many."""
    return int(tx.execute(_END_ALL, {"who": account_id, "except_for": kept}).rowcount)


def forget_old(tx: Tx, now: int) -> None:
    """Sessions that nobody used for long are over."""
    tx.execute(_OLD, {"since": now - limits.SESSION_DAYS * DAY_MS})
