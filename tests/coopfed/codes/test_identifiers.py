"""Registries' numbers: check digits are right, one mistyped digit is seen, and whatever it is, it is only doubted."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coopfed.codes.identifiers import Doubt, doubt, is_public, normalised
from coopfed.codes.tables import table

DIGITS = st.text("0123456789", min_size=10, max_size=10)


@pytest.mark.parametrize(
    ("scheme", "written", "found"),
    [
        ("partita_iva", "99000010001", None),
        ("partita_iva", "IT 9900 0010 001", None),
        ("partita_iva", "99000010002", Doubt.CHECKSUM),
        ("partita_iva", "9900001000", Doubt.FORMAT),
        ("partita_iva", "٩٩٠٠٠٠١٠٠٠١", Doubt.FORMAT),
        ("codice_fiscale", "99000020000", None),
        ("codice_fiscale", "RSSMRA85T10A562S", None),
        ("codice_fiscale", "rssmra85t10a562s", None),
        ("codice_fiscale", "RSSMRA85T10A562T", Doubt.CHECKSUM),
        ("codice_fiscale", "1234567890123456", Doubt.CHECKSUM),
        ("rea", "LE-123456", None),
        ("rea", "Lecce 12", Doubt.FORMAT),
        ("albo_coop", "A123456", None),
        ("albo_coop", "A 123456", None),
        ("albo_coop", "123", Doubt.FORMAT),
        ("ateco", "03.11", None),
        ("pec", "Coop@PEC.example", None),
        ("pec", "coop at pec.example", Doubt.FORMAT),
        ("kep", "kooperatif@hs01.kep.example", None),
        ("mersis", "9999000000000001", None),
        ("mersis", "0123-4567-8911-2345", Doubt.CHECKSUM),
        ("mersis", "999900000000000", Doubt.FORMAT),
        ("vkn", "123456789", Doubt.FORMAT),
        ("ticaret_sicil", "12345-6", None),
        ("nace_tr", "03.11.01", None),
        ("koopbis", "whatever it may be", None),
        ("coop_domain", "Lampara.Coop.", None),
        ("coop_domain", "lampara.example", Doubt.FORMAT),
        ("lei", "5493001KJTIIGC8Y1R12", None),
        ("lei", "5493001KJTIIGC8Y1R13", Doubt.CHECKSUM),
        ("from_a_newer_table", "?", None),
    ],
)
def test_what_is_doubted(scheme: str, written: str, found: Doubt | None) -> None:
    """Domain research 2.1, 2.2; DM 23 December 1976; ISO 17442: format, then check digit; what is not known is not doubted."""
    assert doubt(scheme, normalised(scheme, written)) is found


def test_every_scheme_takes_any_text() -> None:
    """Warns, never blocks: no text makes it stumble."""
    for scheme in [*table("identifiers"), "unknown"]:
        for written in ("", " ", "\x00", "IT", "ı", "x" * 500, "9" * 20, "🐟"):
            doubt(scheme, normalised(scheme, written))


@given(digits=DIGITS, place=st.integers(0, 10), other=st.sampled_from("0123456789"))
def test_one_wrong_digit_of_a_partita_iva_is_seen(digits: str, place: int, other: str) -> None:
    """DM 23 December 1976: of eleven digits exactly one last one is right, and no other single one can be changed."""
    right = [digits + last for last in "0123456789" if doubt("partita_iva", digits + last) is None]

    assert len(right) == 1
    changed = right[0][:place] + other + right[0][place + 1 :]
    assert (doubt("partita_iva", changed) is None) is (changed == right[0])


def vkn(digits: str) -> str:
    """The tax number that begins with nine digits, by the rule as the tax office writes it: from the left, the sum of what each place
    gives, taken from ten."""
    total = 0
    for number, digit in enumerate(digits, start=1):
        moved = (int(digit) + 10 - number) % 10
        if moved == 9:
            total += 9
        else:
            total += (moved * 2 ** (10 - number)) % 9
    return digits + str((10 - total % 10) % 10)


@given(digits=st.text("0123456789", min_size=9, max_size=9), other=st.sampled_from("0123456789"))
def test_tax_numbers_of_turkiye(digits: str, other: str) -> None:
    """Gelir İdaresi Başkanlığı: nine digits have one tenth; a MERSİS number that begins with zero holds it."""
    number = vkn(digits)

    assert doubt("vkn", number) is None
    assert doubt("mersis", f"0{number}00015") is None
    if other != number[-1]:
        assert doubt("vkn", digits + other) is Doubt.CHECKSUM
        assert doubt("mersis", f"0{digits}{other}00015") is Doubt.CHECKSUM


@given(text=st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789", min_size=18, max_size=18))
def test_legal_entity_identifiers(text: str) -> None:
    """ISO 17442: two digits that make the whole 1 by 97."""
    right = [f"{text}{check:02}" for check in range(100) if doubt("lei", f"{text}{check:02}") is None]

    assert right[0][:18] == text
    assert doubt("lei", f"{text}{(int(right[0][18:]) + 1) % 100:02}") is Doubt.CHECKSUM


def test_what_a_ministry_keeps_is_not_public() -> None:
    """identifiers.csv, `visibility`: KOOPBİS is closed to the public."""
    assert [scheme for scheme in table("identifiers") if not is_public(scheme)] == ["koopbis"]
