"""What a cooperative's document says is read, whichever way it is written, within bounds; what is of a wrong kind is passed over."""

import json
from pathlib import Path
from typing import Any

import pytest

from coopfed import limits
from coopfed.vocab.document import CooperativeRecord, read_actor
from coopfed.vocab.normalise import normalise
from coopfed.vocab.terms import AS_CONTEXT

WIRE = json.loads((Path(__file__).parent / "data" / "cooperative.json").read_text("utf-8"))
ID = "https://peer.example/coop"


def said(members: dict[str, Any]) -> CooperativeRecord | None:
    """What an actor with these members says as a cooperative."""
    plain = {
        "@context": AS_CONTEXT,
        "id": ID,
        "type": "Organization",
        "inbox": f"{ID}/inbox",
        "preferredUsername": "coop",
    }
    return read_actor(normalise(plain | members)).cooperative


def sure(members: dict[str, Any]) -> CooperativeRecord:
    """The same of one that says something."""
    found = said(members)
    assert found is not None
    return found


def test_the_sample_of_the_wire_format_is_read() -> None:
    """Domain research 7.1: each member that the sample has."""
    found = read_actor(normalise(WIRE)).cooperative

    assert found == CooperativeRecord(
        cooperative_type="fishery",
        size_class="small",
        sectors=("03", "10"),
        regions=("ITF4",),
        languages=("it", "en"),
        offers=("processing", "training"),
        needs=("storage-cold-chain",),
        sdgs=("8", "12", "14"),
        ica_principles=(),
        names={},
        descriptions={
            "it": "<p>Piccola pesca sul mar Ionio.</p>",
            "en": "<p>Small-scale fishing on the Ionian sea.</p>",
        },
        legal_name="",
        registry_category="",
        identifiers=(),
        members_count=34,
        workers_count=None,
        aggregation_consent=True,
    )


def test_most_actors_say_nothing_of_the_kind() -> None:
    """A name in several languages makes no cooperative; nor does an empty list."""
    assert said({}) is None
    assert said({"nameMap": {"it": "Sole"}, "sector": [], "cooperativeType": None}) is None


@pytest.mark.parametrize(
    ("members", "expected"),
    [
        ({"sector": "03"}, ("03",)),
        ({"sector": ["03", "03", " 10 ", "", None]}, ("03", "10")),
        ({"sector": [{"@value": "03"}, {"id": "x"}, True, None]}, ("03",)),
        ({"sector": [3, "from-a-newer-table"]}, ("3", "from-a-newer-table")),
        ({"sector": ["x" * limits.CODE_LENGTH, "x" * (limits.CODE_LENGTH + 1)]}, ("x" * limits.CODE_LENGTH,)),
    ],
)
def test_codes_are_read_in_every_spelling(members: dict[str, Any], expected: tuple[str, ...]) -> None:
    """JSON-LD: one value or many; bare or as a value object; unknown codes are kept."""
    assert sure(members).sectors == expected


def test_long_lists_and_texts_are_cut() -> None:
    """limits: at n, and no further."""
    many = [f"{number}" for number in range(limits.CODES_READ + 1)]
    numbers = [{"propertyID": "rea", "value": str(number)} for number in range(limits.IDENTIFIERS + 1)]
    long = {"propertyID": "rea", "value": "9" * (limits.IDENTIFIER_CHARACTERS + 1)}
    names = {f"{letter}{other}": "Sole" for letter in "abcd" for other in "abcd"}
    found = sure(
        {
            "region": many,
            "identifier": [long, *numbers],
            "nameMap": names | {"xx" * 50: "Sole"},
            "legalName": "x" * (limits.LEGAL_NAME_CHARACTERS + 1),
            "memberCount": limits.PEOPLE_COUNT,
            "workerCount": limits.PEOPLE_COUNT + 1,
        }
    )

    assert found.regions == tuple(many[: limits.CODES_READ])
    assert [value for _scheme, value in found.identifiers] == [str(number) for number in range(limits.IDENTIFIERS)]
    assert len(found.names) == limits.TRANSLATIONS
    assert len(found.legal_name) == limits.LEGAL_NAME_CHARACTERS
    assert (found.members_count, found.workers_count) == (limits.PEOPLE_COUNT, None)


@pytest.mark.parametrize(
    "wrong",
    [
        {"sector": {"@list": ["03"]}},
        {"acceptsLanguages": ["", "und", "<script>", 7]},
        {"memberCount": -1},
        {"memberCount": "many"},
        {"identifier": ["text", {"propertyID": "rea"}, {"value": "1"}, {"propertyID": 1, "value": {}}]},
        {"nameMap": {"": "x", "it": 7}},
        {"summaryMap": "text"},
        {"aggregationConsent": "perhaps"},
        {"legalName": {"x": "y"}},
    ],
)
def test_members_of_a_wrong_kind_are_passed_over(wrong: dict[str, Any]) -> None:
    """A profile decorates: the actor is read all the same, and consent is never guessed."""
    found = sure({"cooperativeType": "worker"} | wrong)

    assert found == sure({"cooperativeType": "worker"})
    assert found.aggregation_consent is False
