"""Numbers under which registries know a cooperative: their shapes and check digits. Pure.

What looks wrong is a warning and never an error: registries have their own exceptions, and whoever runs a cooperative knows its number
better than we do. The schemes are those of the table `identifiers`. Source: domain research 2.1, 2.2.
"""

import re
from collections.abc import Callable
from enum import StrEnum

from coopfed.codes.tables import table

_MAIL = re.compile(r"[^@\s]+@[^@\s.]+(\.[^@\s.]+)+")
_ODD = {letter: value for value, letter in enumerate("BAKPLCQDREVOSFTGUHMINJWZYX")}
"""Worth of a letter at an odd place of an Italian personal tax code; a digit counts as the letter of its place in A to J."""


class Doubt(StrEnum):
    """Why a value may be mistyped."""

    FORMAT = "format"
    CHECKSUM = "checksum"


def normalised(scheme: str, value: str) -> str:
    """The value as it is stored: without blanks around it, and within it where a registry writes none; capitals where it has them."""
    plain = " ".join(value.split())
    if scheme in ("pec", "kep", "coop_domain"):
        return plain.lower().rstrip(".")
    if scheme in ("koopbis",):
        return plain
    plain = re.sub(r"[\s\u00a0]", "", plain).upper()
    if scheme == "partita_iva":
        # Within the Union it is written with its country in front.
        plain = plain.removeprefix("IT")
    return plain.replace("-", "").replace(".", "") if scheme in _DIGITS_ONLY else plain


_DIGITS_ONLY = ("partita_iva", "codice_fiscale", "mersis", "vkn", "lei")


def doubt(scheme: str, value: str) -> Doubt | None:
    """What speaks against the value, which is normalised already; None when nothing does, or nothing is known of the scheme."""
    row = table("identifiers").get(scheme)
    if row is None:
        return None
    shape = row.data["regex"]
    shaped = _MAIL.fullmatch(value) if scheme in ("pec", "kep") else not shape or re.fullmatch(shape, value, re.ASCII)
    if scheme == "codice_fiscale" and len(value) == 16:
        # A cooperative has one of eleven digits; sixteen are a person's, and small ones gave their founder's.
        return None if _is_personal(value) else Doubt.CHECKSUM
    if not shaped:
        return Doubt.FORMAT
    check = _CHECKS.get(scheme)
    return None if check is None or check(value) else Doubt.CHECKSUM


def _is_partita_iva(value: str) -> bool:
    """Luhn's sum over eleven digits. Source: DPR 633/1972, art. 35; DM 23 December 1976, annex."""
    return _luhn(value) == 0


def _luhn(digits: str) -> int:
    total = 0
    for place, digit in enumerate(reversed(digits)):
        found = int(digit) * (1 + place % 2)
        total += found - 9 if found > 9 else found
    return total % 10


def _is_personal(value: str) -> bool:
    """The last letter of an Italian tax code of sixteen. Source: DM 23 December 1976."""
    if not re.fullmatch(r"[A-Z]{6}[0-9LMNPQRSTUV]{2}[A-EHLMPRST][0-9LMNPQRSTUV]{2}[A-Z][0-9LMNPQRSTUV]{3}[A-Z]", value):
        return False
    total = 0
    for place, sign in enumerate(value[:15]):
        letter = chr(ord("A") + int(sign)) if sign.isdigit() else sign
        total += ord(letter) - ord("A") if place % 2 else _ODD[letter]
    return chr(ord("A") + total % 26) == value[15]


def _is_vkn(value: str) -> bool:
    """The tenth digit of a Turkish tax number. Source: Gelir İdaresi Başkanlığı, *Vergi Kimlik Numarası*."""
    total = 0
    for place, digit in enumerate(value[:9]):
        moved = (int(digit) + 9 - place) % 10
        turned = moved * 2 ** (9 - place) % 9
        total += 9 if moved and not turned else turned
    return (10 - total % 10) % 10 == int(value[9])


def _is_mersis(value: str) -> bool:
    """A MERSİS number holds the tax number of its owner after a leading zero, then five digits for the branch; ten digits that begin
    with another one were given before there was a tax number, and have no check that is published."""
    return not value.startswith("0") or _is_vkn(value[1:11])


def _is_lei(value: str) -> bool:
    """Two check digits. Source: ISO 17442, ISO/IEC 7064 (MOD 97-10)."""
    return int("".join(str(int(sign, 36)) for sign in value)) % 97 == 1


_CHECKS: dict[str, Callable[[str], bool]] = {
    "partita_iva": _is_partita_iva,
    "codice_fiscale": _is_partita_iva,
    "vkn": _is_vkn,
    "mersis": _is_mersis,
    "lei": _is_lei,
}


def is_public(scheme: str) -> bool:
    """Whether the scheme is one that may be shown: what a ministry keeps for itself may not."""
    row = table("identifiers").get(scheme)
    return row is None or row.data["visibility"] == "public"
