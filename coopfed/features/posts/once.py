"""Requests that come twice, as apps send them again when no answer came: the same key makes the same status. Units of work.

The row is written with what it tells of, in one transaction: of two requests at one moment one makes the status, and the other finds it.
"""

from dataclasses import dataclass

from sqlalchemy import bindparam, delete, select
from sqlalchemy.dialects.postgresql import insert

from coopfed import limits
from coopfed.db.models import Once
from coopfed.db.tx import Tx, table
from coopfed.errors import InvalidInput, Overtaken

_FOR_MS = limits.ONCE_SECONDS * 1000

once = table(Once)
_which = (
    once.c.account_id == bindparam("account"),
    once.c.actor_id == bindparam("actor"),
    once.c.key == bindparam("name"),
)
_FIND = select(once.c.made_id).where(*_which, once.c.created_at > bindparam("since"))
_ADD = insert(once).on_conflict_do_nothing()
_FORGET = delete(once).where(*_which)
_FORGET_OLD = delete(once).where(once.c.created_at <= bindparam("since"))


@dataclass(frozen=True, slots=True)
class Key:
    """A key of an account at an actor."""

    account_id: int
    actor_id: int
    text: str


def checked(text: str) -> str:
    """The key as it is stored. InvalidInput for a long one. Pure."""
    if len(text) > limits.IDEMPOTENCY_KEY:
        raise InvalidInput(f"Idempotency-Key has at most {limits.IDEMPOTENCY_KEY} characters")
    return text


def find(tx: Tx, key: Key, now: int) -> int | None:
    """The number of what was made with this key within the last hour."""
    found: int | None = tx.execute(_FIND, {**_named(key), "since": now - _FOR_MS}).scalar_one_or_none()
    return found


def remember(tx: Tx, key: Key, made_id: int, now: int) -> None:
    """This was made with the key. Overtaken when something else was, at this moment."""
    if find(tx, key, now) is None:
        tx.execute(_FORGET, _named(key))
    row = {"account_id": key.account_id, "actor_id": key.actor_id, "key": key.text}
    if tx.execute(_ADD, {**row, "made_id": made_id, "created_at": now}).rowcount != 1:
        raise Overtaken("the same request came twice at one moment")


def forget(tx: Tx, key: Key) -> None:
    """What was made is gone: the key is free."""
    tx.execute(_FORGET, _named(key))


def forget_old(tx: Tx, now: int) -> None:
    """Keys that count no more."""
    tx.execute(_FORGET_OLD, {"since": now - _FOR_MS})


def _named(key: Key) -> dict[str, int | str]:
    return {"account": key.account_id, "actor": key.actor_id, "name": key.text}
