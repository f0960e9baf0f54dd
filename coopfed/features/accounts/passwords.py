"""Passwords: argon2id, a few at once, so that a crowd at the door neither fills the memory nor holds up the loop.

Cost: 19 MiB and two passes, the least that OWASP's sheet names for argon2id: some 20 ms, on the smallest rented server too.
"""

import asyncio
from concurrent.futures import ThreadPoolExecutor

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from coopfed import limits
from coopfed.errors import InvalidInput, Unavailable

_HASHER = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)
_NOBODYS = _HASHER.hash("nobody has this password")
"""Checked where there is none, so that the time tells nothing."""
_PLACES = ThreadPoolExecutor(limits.PASSWORDS_AT_ONCE, thread_name_prefix="coopfed-password")
_waiting = 0


def checked(password: str, email: str = "") -> str:
    """The password, if it may be one. InvalidInput says what is wrong with it."""
    if len(password) < limits.PASSWORD_MIN:
        raise InvalidInput(f"A password has at least {limits.PASSWORD_MIN} characters.", reason="password_short")
    if len(password) > limits.PASSWORD_MAX:
        raise InvalidInput(f"A password has at most {limits.PASSWORD_MAX} characters.", reason="password_long")
    if password.lower() in (email.lower(), email.lower().partition("@")[0]) or len(set(password)) < 4:
        raise InvalidInput("This password is too easy to guess.", reason="password_easy")
    return password


async def hashed(password: str) -> str:
    """What is stored of a password. Unavailable when too many wait already."""
    return str(await _in_turn(_HASHER.hash, password))


async def is_right(stored: str | None, password: str) -> bool:
    """Whether this is the password; it takes as long where there is none. Unavailable when too many wait already."""
    right = bool(await _in_turn(_verify, stored or _NOBODYS, password[: limits.PASSWORD_MAX + 1]))
    return right and stored is not None


def is_outdated(stored: str) -> bool:
    """Whether the password was hashed with less than is asked now, and is to be hashed again."""
    return _HASHER.check_needs_rehash(stored)


def _verify(stored: str, password: str) -> bool:
    try:
        return _HASHER.verify(stored, password)
    except (VerificationError, InvalidHashError):
        return False


async def _in_turn(function: object, *arguments: str) -> object:
    global _waiting
    if _waiting >= limits.PASSWORDS_WAITING:
        raise Unavailable(f"{_waiting} passwords are being checked", reason="passwords_busy")
    _waiting += 1
    try:
        return await asyncio.get_running_loop().run_in_executor(_PLACES, function, *arguments)  # type: ignore[arg-type]
    finally:
        _waiting -= 1
