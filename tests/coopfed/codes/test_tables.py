"""The code tables: whole, in three languages, found by whatever somebody types."""

import csv
import json
from importlib.resources import files

import pytest

from coopfed.codes import tables

SIZES = {
    "nace_sections": 21,
    "nace_divisions": 88,
    "regions": 2 + 5 + 12 + 21 + 26 + 81,
    "cooperative_types": 40,
    "collaboration_categories": 28,
    "units": 14,
    "currencies": 3,
    "identifiers": 14,
    "sdgs": 17,
    "ica_principles": 7,
    "ica_values": 10,
    "umbrella_bodies": 20,
    "request_status": 7,
    "response_status": 6,
    "agreement_status": 4,
    "request_purpose": 2,
    "membership_kind": 4,
    "membership_status": 5,
    "consultation_status": 6,
    "official_answer": 6,
    "problem_status": 5,
    "size_class": 4,
    "audience": 5,
    "cooperative_role": 8,
}


def test_every_table_of_the_contract_is_there() -> None:
    """api.md 2: all of them, with every row; a code that stands twice would hide a row."""
    assert {name: len(tables.table(name)) for name in tables.names()} == SIZES


@pytest.mark.parametrize("name", SIZES)
def test_labels_are_in_three_languages(name: str) -> None:
    """api.md 2: en, it and tr always, none empty, no blank around it; parents are rows of this table or of the one above."""
    above = tables.table("nace_sections" if name == "nace_divisions" else name)
    for code, row in tables.table(name).items():
        assert code == row.code.strip() != ""
        assert tuple(row.labels) == tables.LANGUAGES
        assert all(text == text.strip() != "" for text in row.labels.values()), code
        assert row.parent is None or row.parent in above, code
        assert all(isinstance(value, str) for value in row.data.values())


def test_files_are_text_that_people_can_mend() -> None:
    """data/README: UTF-8, commas, one header line, as many cells in each row; the lists have three labels for each code."""
    folder = files("coopfed.codes").joinpath("data")
    for file in folder.iterdir():
        text = file.read_text("utf-8")
        if file.name.endswith(".csv"):
            head, *rows = csv.reader(text.splitlines())
            assert {len(row) for row in rows} == {len(head)}, file.name
        else:
            lists = json.loads(text)
            assert {tuple(sorted(labels)) for codes in lists.values() for labels in codes.values()} == {
                tables.LANGUAGES
            }


@pytest.mark.parametrize(
    ("name", "written", "code"),
    [
        ("nace_divisions", "BALIKÇILIK", "03"),
        ("nace_divisions", "balikcilik", "03"),
        ("nace_divisions", "acquacoltura", "03"),
        ("nace_divisions", "Fishing aquaculture", "03"),
        ("regions", "ırmak", None),
        ("regions", "ISPARTA", "TR612"),
        ("regions", "ısparta", "TR612"),
        ("regions", "vallee d'aoste", "ITC2"),
        ("sdgs", "yoksulluga", "1"),
        ("umbrella_bodies", "lega nazionale", "legacoop"),
        ("nace_divisions", "100% _", None),
    ],
)
def test_codes_are_found_by_any_label(name: str, written: str, code: str | None) -> None:
    """api.md 2: any label in any language, folded; a word that is in none finds nothing."""
    assert code in [None, *(row.code for row in tables.find(name, written))]
    assert bool(tables.find(name, written)) is (code is not None)


def test_rows_below_a_parent() -> None:
    """api.md 2, `parent`: the divisions of a section, the regions of a country; of an unknown one none."""
    assert [row.code for row in tables.find("nace_divisions", parent="A")] == ["01", "02", "03"]
    assert {row.code for row in tables.find("regions", parent="IT")} == {"ITC", "ITF", "ITG", "ITH", "ITI"}
    assert tables.find("regions", parent="nowhere") == []
    assert tables.above("regions", "TR621") == ["TR621", "TR62", "TR6", "TR"]
    assert tables.above("regions", "XX9") == ["XX9"]


@pytest.mark.parametrize(
    ("name", "written", "code"),
    [
        ("nace_divisions", "03", "03"),
        ("nace_divisions", "03 – Pesca e acquacoltura", "03"),
        ("nace_divisions", "pesca e acquacoltura", "03"),
        ("regions", "itf4", "ITF4"),
        ("regions", "Izmir", "TR31"),
        ("regions", "istanbul", "TR1"),
        ("regions", "Puglia", "ITF4"),
        ("cooperative_types", "Social-A", "social-a"),
        ("nace_divisions", "fabbricazione", None),
        ("nace_divisions", "", None),
        ("nace_divisions", "nothing of the kind", None),
    ],
)
def test_what_somebody_types_is_one_code_or_none(name: str, written: str, code: str | None) -> None:
    """Forms without scripts: a code, a label in any language, or both; what may be several is asked for again."""
    assert tables.meant(name, written) == code


def test_unknown_code_is_shown_as_it_is() -> None:
    """Domain research 7, rule 4: another node may have a newer table."""
    assert tables.label("nace_divisions", "03", "tr") == "Balıkçılık ve su ürünleri yetiştiriciliği"
    assert tables.label("nace_divisions", "03", "de") == "Fishing and aquaculture"
    assert tables.label("nace_divisions", "9999", "tr") == "9999"
    with pytest.raises(KeyError):
        tables.table("../identifiers")
