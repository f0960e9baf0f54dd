"""Rows of passkeys and of challenges that were answered. Units of work; answers are judged in `coopfed.signing.passkeys`."""

from dataclasses import dataclass

from sqlalchemy import bindparam, delete, func, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from coopfed import limits
from coopfed.db.models import Passkey, SpentChallenge
from coopfed.db.tx import Tx, table
from coopfed.errors import Forbidden, InvalidInput
from coopfed.features.accounts import second_factor, store
from coopfed.features.accounts.store import AccountRow
from coopfed.node import Stamp
from coopfed.signing.passkeys import Made

passkey, spent = table(Passkey), table(SpentChallenge)


@dataclass(frozen=True, slots=True)
class PasskeyRow:
    """A passkey; see `coopfed.db.models.passkeys.Passkey`. Moments in milliseconds."""

    id: int
    account_id: int
    credential: bytes
    public_key: bytes
    sign_count: int
    transports: str
    synced: bool
    name: str
    created_at: int
    used_at: int | None


_COLUMNS = tuple(passkey.c[name] for name in PasskeyRow.__dataclass_fields__)
_ADD = upsert(passkey).on_conflict_do_nothing()
_LIST = select(*_COLUMNS).where(passkey.c.account_id == bindparam("who")).order_by(passkey.c.id)
_COUNT = select(func.count()).select_from(passkey).where(passkey.c.account_id == bindparam("who"))
_FIND = select(*_COLUMNS).where(passkey.c.credential == bindparam("credential"))
_ONE = select(*_COLUMNS).where(passkey.c.account_id == bindparam("who"), passkey.c.id == bindparam("which"))
_RENAME = (
    update(passkey)
    .where(passkey.c.account_id == bindparam("who"), passkey.c.id == bindparam("which"))
    .values(name=bindparam("called"))
)
_REMOVE = delete(passkey).where(passkey.c.account_id == bindparam("who"), passkey.c.id == bindparam("which"))
_USED = (
    update(passkey)
    .where(passkey.c.id == bindparam("which"), passkey.c.sign_count == bindparam("before"))
    .values(sign_count=bindparam("shown"), used_at=bindparam("now"))
)
_SPEND = upsert(spent).on_conflict_do_nothing()
_FORGET = delete(spent).where(spent.c.created_at < bindparam("before"))


def called(name: str) -> str:
    """The name of a passkey, on one line. InvalidInput when there is none, or it is too long."""
    found = " ".join(name.split())
    if not found:
        raise InvalidInput("a passkey without a name", reason="passkey_name")
    if len(found) > limits.PASSKEY_NAME_LENGTH:
        raise InvalidInput(f"a name of {len(found)} characters", reason="passkey_name_long")
    return found


def listed(tx: Tx, account_id: int) -> list[PasskeyRow]:
    """The passkeys of an account, the oldest first."""
    return [PasskeyRow(*row) for row in tx.execute(_LIST, {"who": account_id})]


def count(tx: Tx, account_id: int) -> int:
    """How many there are."""
    return int(tx.execute(_COUNT, {"who": account_id}).scalar_one())


def one(tx: Tx, account_id: int, which: int) -> PasskeyRow | None:
    """A passkey of an account; of another account there never is one."""
    row = tx.execute(_ONE, {"who": account_id, "which": which}).one_or_none()
    return None if row is None else PasskeyRow(*row)


def by_credential(tx: Tx, credential: bytes) -> tuple[PasskeyRow, AccountRow] | None:
    """The passkey with this id, and whose it is."""
    row = tx.execute(_FIND, {"credential": credential}).one_or_none()
    account = store.by_id(tx, row.account_id) if row is not None else None
    return None if row is None or account is None else (PasskeyRow(*row), account)


def add(tx: Tx, account_id: int, challenge: bytes, new: Made, name: str, stamp: Stamp) -> None:
    """A new passkey. Forbidden (`late`) when the challenge was answered before; InvalidInput when somebody has this passkey
    (`passkey_known`; WebAuthn 7.1, step 26), or the account as many as it may (`passkeys_many`)."""
    refuse_many(count(tx, account_id))
    _spend(tx, challenge, stamp.now)
    row = PasskeyRow(
        stamp.mint(None),
        account_id,
        new.credential,
        new.public_key,
        new.count,
        new.transports,
        new.synced,
        name,
        stamp.now,
        None,
    )
    added = tx.execute(_ADD, {member: getattr(row, member) for member in PasskeyRow.__dataclass_fields__})
    if added.rowcount != 1:
        raise InvalidInput("this passkey is here already", reason="passkey_known")


def refuse_many(there: int) -> None:
    """InvalidInput (`passkeys_many`) when an account has so many that no other is taken."""
    if there >= limits.PASSKEYS:
        raise InvalidInput(f"{there} passkeys", reason="passkeys_many")


def rename(tx: Tx, account_id: int, which: int, name: str) -> bool:
    """Calls a passkey otherwise. Whether there is one; of another account there never is."""
    return bool(tx.execute(_RENAME, {"who": account_id, "which": which, "called": name}).rowcount == 1)


def remove(tx: Tx, account_id: int, which: int) -> bool:
    """This passkey signs in nowhere any more. Whether there was one. With the last of those that were the second factor, that ends
    too: nobody is asked for what they do not have."""
    if tx.execute(_REMOVE, {"who": account_id, "which": which}).rowcount != 1:
        return False
    account = store.by_id(tx, account_id)
    alone = account is not None and account.passkey_step_at is not None and account.totp_at is None
    if alone and count(tx, account_id) == 0:
        second_factor.turn_off(tx, account_id)
    return True


def use(tx: Tx, row: PasskeyRow, challenge: bytes, shown: int, now: int) -> AccountRow:
    """Takes an answer that was verified against this row. Whose passkey it is, as they are now.

    Forbidden when the challenge was answered before (`late`), or when the passkey was removed or used meanwhile (`passkey_refused`):
    of two answers with the same counter one is a copy's.
    """
    _spend(tx, challenge, now)
    used = tx.execute(_USED, {"which": row.id, "before": row.sign_count, "shown": shown, "now": now})
    account = store.by_id(tx, row.account_id)
    if used.rowcount != 1 or account is None:
        raise Forbidden("the passkey was removed or used meanwhile", reason="passkey_refused")
    return account


def _spend(tx: Tx, challenge: bytes, now: int) -> None:
    if tx.execute(_SPEND, {"challenge": challenge, "created_at": now}).rowcount != 1:
        raise Forbidden("the challenge was answered before", reason="late")


def forget_spent(tx: Tx, now: int) -> None:
    """Challenges whose page is too old to be sent need not be remembered."""
    tx.execute(_FORGET, {"before": now - max(limits.PASSKEY_SECONDS, limits.SECOND_FACTOR_SECONDS) * 1000})
