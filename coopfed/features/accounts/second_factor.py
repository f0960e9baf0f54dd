"""The second factor: codes that an authenticator app shows (TOTP), each good once, or the account's passkeys (see `passkeys`), and
recovery codes for whoever lost them.

Source: RFC 6238; the last step that was used is kept, as 5.2 asks for.
"""

import hmac
import secrets

import pyotp
from sqlalchemy import bindparam, delete, func, insert, select, update

from coopfed import limits
from coopfed.db.models import Account, RecoveryCode
from coopfed.db.tx import Tx, table
from coopfed.features.accounts import store
from coopfed.features.accounts.secrets import hashed
from coopfed.features.accounts.store import AccountRow
from coopfed.signing.keys import seal, unseal

_STEP_SECONDS = 30
_AROUND = (-1, 0, 1)
"""Steps before and after the present one that are taken, for clocks that go wrong."""
_PURPOSE = "recovery-code"
_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"

account, recovery_code = table(Account), table(RecoveryCode)
_PREPARE = (
    update(account)
    .where(account.c.id == bindparam("who"), account.c.totp_at.is_(None))
    .values(totp=bindparam("sealed"))
)
_TURN_ON = update(account).where(account.c.id == bindparam("who")).values(totp_at=bindparam("now"))
_TURN_OFF = (
    update(account)
    .where(account.c.id == bindparam("who"))
    .values(totp=None, totp_at=None, totp_used=0, passkey_step_at=None)
)
_USE_PASSKEYS = update(account).where(account.c.id == bindparam("who")).values(passkey_step_at=bindparam("now"))
_USE_STEP = (
    update(account)
    .where(account.c.id == bindparam("who"), account.c.totp_used < bindparam("step"))
    .values(totp_used=bindparam("step"))
)
_NO_CODES = delete(recovery_code).where(recovery_code.c.account_id == bindparam("who"))
_ADD_CODE = insert(recovery_code)
_USE_CODE = delete(recovery_code).where(
    recovery_code.c.account_id == bindparam("who"), recovery_code.c.hash == bindparam("hash")
)
_COUNT_CODES = select(func.count()).select_from(recovery_code).where(recovery_code.c.account_id == bindparam("who"))


def new_key() -> str:
    """A key for an authenticator app, in base32."""
    return pyotp.random_base32()


def address(key: str, email: str, node_name: str) -> str:
    """The otpauth address that an authenticator app reads from a QR code."""
    return pyotp.TOTP(key).provisioning_uri(name=email, issuer_name=node_name)


def prepare(tx: Tx, key: bytes, row: AccountRow, totp: str) -> None:
    """Keeps a key that is not in force before its first code was shown, unless one is in force. `key` is the node's."""
    tx.execute(_PREPARE, {"who": row.id, "sealed": seal(key, totp.encode(), _context(row.id))})


def prepared(key: bytes, row: AccountRow) -> str | None:
    """The key of the account's authenticator; None when there is none."""
    return unseal(key, row.totp, _context(row.id)).decode() if row.totp is not None else None


def turn_on(tx: Tx, key: bytes, account_id: int, code: str, now: int) -> list[str] | None:
    """Puts the prepared key in force when the code is its own. New recovery codes, to be shown once; None when it is not, or there is a
    second step already."""
    row = store.by_id(tx, account_id)
    if row is None or row.second_step or not _is_code(tx, key, row, code, now):
        return None
    tx.execute(_TURN_ON, {"who": row.id, "now": now})
    return new_recovery_codes(tx, key, row.id)


def use_passkeys(tx: Tx, key: bytes, account_id: int, now: int) -> list[str]:
    """The passkeys that the account has are its second factor from now on. New recovery codes, to be shown once."""
    tx.execute(_USE_PASSKEYS, {"who": account_id, "now": now})
    return new_recovery_codes(tx, key, account_id)


def turn_off(tx: Tx, account_id: int) -> None:
    """No second factor any more."""
    tx.execute(_TURN_OFF, {"who": account_id})
    tx.execute(_NO_CODES, {"who": account_id})


def is_right(tx: Tx, key: bytes, row: AccountRow, code: str, now: int) -> bool:
    """Whether the code is one of the authenticator's, or an unused recovery code. Either is good once."""
    if row.totp_at is not None and _is_code(tx, key, row, code, now):
        return True
    return row.second_step and _is_recovery_code(tx, key, row.id, code)


def new_recovery_codes(tx: Tx, key: bytes, account_id: int) -> list[str]:
    """New codes instead of those that there are."""
    codes = ["-".join(_word() for _ in range(3)) for _ in range(limits.RECOVERY_CODES)]
    tx.execute(_NO_CODES, {"who": account_id})
    tx.execute(_ADD_CODE, [{"account_id": account_id, "hash": hashed(key, _PURPOSE, code)} for code in codes])
    return codes


def codes_left(tx: Tx, account_id: int) -> int:
    """How many recovery codes are unused."""
    return int(tx.execute(_COUNT_CODES, {"who": account_id}).scalar_one())


def _is_code(tx: Tx, key: bytes, row: AccountRow, code: str, now: int) -> bool:
    known, digits = prepared(key, row), "".join(code.split())
    if known is None or not digits.isascii() or not digits.isdigit():
        return False
    step = now // 1000 // _STEP_SECONDS
    for around in _AROUND:
        if hmac.compare_digest(pyotp.TOTP(known).generate_otp(step + around), digits):
            return bool(tx.execute(_USE_STEP, {"who": row.id, "step": step + around}).rowcount == 1)
    return False


def _is_recovery_code(tx: Tx, key: bytes, account_id: int, code: str) -> bool:
    typed = "".join(code.lower().split())
    return bool(tx.execute(_USE_CODE, {"who": account_id, "hash": hashed(key, _PURPOSE, typed)}).rowcount == 1)


def _word() -> str:
    return "".join(secrets.choice(_LETTERS) for _ in range(5))


def _context(account_id: int) -> str:
    return f"totp {account_id}"
