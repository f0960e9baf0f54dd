"""What cooperatives say of themselves: read from other servers, found, taken back; changed here, told to followers."""

from typing import Any

import orjson
import pytest

from actors import cooperative as rows
from actors import search
from actors.cooperative import Cooperative, Description, Identifier, Kind
from actors.lookup import ActorRow, by_id, by_uri
from actors.profile import profile_of
from coopfed import limits
from coopfed.codes import tables
from coopfed.db.tx import Tx
from coopfed.errors import Fault, InvalidFields
from coopfed.features.cooperatives import rules
from coopfed.features.cooperatives.actions import edit
from coopfed.features.profiles import edit as profiles
from coopfed.features.profiles.actions import delete_actor
from coopfed.features.profiles.edit import TELL_PROFILE
from coopfed.features.profiles.rules import Edit
from coopfed.text.fold import sought
from tests.coopfed.vocab.test_cooperatives import WIRE
from tests.support.jobs import run_jobs
from tests.support.nodes import an_actor
from tests.support.peers import send_due
from tests.support.scene import Scene

OWN = {
    name: WIRE[name]
    for name in (
        *(
            "cooperativeType",
            "sector",
            "region",
            "acceptsLanguages",
            "sizeClass",
            "memberCount",
            "offers",
            "needs",
            "sdg",
        ),
        *("aggregationConsent", "summary", "summaryMap"),
    )
}
"""What the sample of the wire format says."""
SAID: dict[str, Any] = {
    "names": {"it": "La Lampara", "tr": "Lampara Balıkçılık"},
    "descriptions": {"it": "Piccola pesca.", "en": "Small-scale fishing with @alice@nowhere.example"},
    "legal_name": "La Lampara Ionica Società Cooperativa a r.l.",
    "cooperative_type": "fishery",
    "registry_category": "pesca",
    "sectors": ["03", "10"],
    "regions": ["ITF4"],
    "languages": ["it", "en"],
    "size_class": "small",
    "members_count": 34,
    "workers_count": "12",
    "offers": ["processing", "training"],
    "needs": ["storage-cold-chain"],
    "sdgs": [8, "12"],
    "ica_principles": [6],
    "identifiers": [
        {"scheme": "partita_iva", "value": "IT99000010001", "public": True},
        {"scheme": "rea", "value": "LE-123456"},
    ],
    "aggregation_consent": True,
}


async def known(scene: Scene, uri: str) -> tuple[ActorRow, Cooperative]:
    """The actor and what it says, as they are stored."""
    row = await scene.node.db.read(by_uri, uri)
    assert row is not None
    return row, await scene.node.db.read(rows.cooperative_of, row.id)


async def found(scene: Scene, words: str) -> list[str]:
    """Handles of those whom somebody finds who types this."""
    return [row.handle for row in await scene.node.db.read(search.search, words, 0, 10)]


async def document(scene: Scene) -> dict[str, Any]:
    """The member's document as peers read it."""
    answer = await scene.peer.get(scene.node, scene.member.uri)
    return dict(answer.json)


# --- other servers' ---------------------------------------------------------------------------------------------


async def test_remote_cooperative_is_kept_found_and_forgotten(scene: Scene) -> None:
    """Domain research 7.1: what its document says, sanitised; by each of its names, whatever legal form is typed; replaced by an Update,
    gone with one that says nothing of the kind."""
    names = {"it": "La Lampara <b>Ionica</b>", "tr": "Işıklı Ağ\u202e Kooperatifi"}
    numbers = [{"type": "PropertyValue", "propertyID": "rea", "value": "LE-1"}]
    more = {"nameMap": names, "legalName": "Lampara Jonica Soc. Coop. a r.l.", "identifier": numbers, "workerCount": 3}
    described = {"summaryMap": {"it": "<p>Pesca</p><script>1</script>", "x y": "<p>no</p>"}, "sector": ["03", "\u202e"]}
    bob = scene.peer.actor("bob", changes=OWN | more | described)
    await scene.arrives(bob.create(bob.mentioning(scene.member.uri)), bob)

    row, said = await known(scene, bob.uri)

    assert said == Cooperative(
        actor_id=row.id,
        legal_name="Lampara Jonica Soc. Coop. a r.l.",
        names={"it": "La Lampara Ionica", "tr": "Işıklı Ağ Kooperatifi"},
        descriptions={"it": Description("<p>Pesca</p>")},
        identifiers=(Identifier("rea", "LE-1"),),
        members_count=34,
        workers_count=3,
        aggregation_consent=True,
        codes={
            Kind.TYPE: ("fishery",),
            Kind.SIZE: ("small",),
            Kind.SECTOR: ("03",),
            Kind.REGION: ("ITF4",),
            Kind.LANGUAGE: ("it", "en"),
            Kind.OFFERS: ("processing", "training"),
            Kind.NEEDS: ("storage-cold-chain",),
            Kind.SDG: ("8", "12", "14"),
        },
    )
    for words in ("isikli ag", "IŞIKLI", "jonica", "S.S. Işıklı Ağ", "Lampara Società Cooperativa a r.l.", "bob"):
        assert await found(scene, words) == ["bob"], words
    assert await found(scene, "nobody") == []

    bob.changes.update({"sector": ["46"], "region": None, "aggregationConsent": False})
    await scene.arrives(bob.says("Update", bob.document()), bob)
    _row, said = await known(scene, bob.uri)
    assert (said.of(Kind.SECTOR), said.of(Kind.REGION), said.aggregation_consent) == (("46",), (), False)

    bob.changes.clear()
    await scene.arrives(bob.says("Update", bob.document()), bob)
    assert (await known(scene, bob.uri))[1].says_nothing
    assert await found(scene, "jonica") == []


async def test_deleted_cooperative_says_nothing_any_more(scene: Scene) -> None:
    """ActivityPub 7.4: the row of the actor stays, what it said does not; of others and of ours."""
    bob = scene.peer.actor("bob", changes=OWN)
    await scene.arrives(bob.create(bob.mentioning(scene.member.uri)), bob)
    await edit(scene.node, scene.member, SAID)
    for uri in (bob.uri, scene.member.uri):
        assert not (await known(scene, uri))[1].says_nothing

    await scene.arrives(bob.says("Delete", bob.uri), bob)
    await delete_actor(scene.node, scene.member)

    for uri in (bob.uri, scene.member.uri):
        assert (await known(scene, uri))[1].says_nothing


# --- ours -------------------------------------------------------------------------------------------------------


async def test_sample_of_the_wire_format_comes_back(scene: Scene) -> None:
    """Domain research 7.1: what the sample says, said here, stands in the document in the same terms; without null or empty members."""
    fields = {
        "cooperative_type": "fishery",
        "sectors": ["03", "10"],
        "regions": ["ITF4"],
        "languages": ["it", "en"],
        "size_class": "small",
        "members_count": 34,
        "offers": ["processing", "training"],
        "needs": ["storage-cold-chain"],
        "sdgs": [8, 12, 14],
        "aggregation_consent": True,
        "descriptions": WIRE["summaryMap"],
    }
    assert "sector" not in await document(scene)

    await edit(scene.node, scene.member, fields)

    told = await document(scene)
    assert {name: told.get(name) for name in OWN} == OWN
    assert not {"nameMap", "workerCount", "identifier", "legalName", "icaPrinciple"} & told.keys()
    assert told["attachment"] == [
        {"type": "PropertyValue", "name": "Tipo di cooperativa", "value": "Cooperativa della pesca"},
        {"type": "PropertyValue", "name": "Settore", "value": "Pesca e acquacoltura; Industrie alimentari"},
        {"type": "PropertyValue", "name": "Regione", "value": "Puglia"},
    ]
    assert told["@context"][-1]["sector"] == {"@id": "coop:sector", "@container": "@set"}


async def test_group_says_it_too(scene: Scene) -> None:
    """FEP-1b12: beside what groups say, each in its own terms."""
    group = await an_actor(scene.node, "fishers", "group")

    await edit(scene.node, group, {"sectors": ["03"]})

    told = (await scene.peer.get(scene.node, group.uri)).json
    assert (told["sector"], told["postingRestrictedToMods"]) == (["03"], False)
    assert [name for entry in told["@context"] if isinstance(entry, dict) for name in entry][-1] == "propertyID"
    assert any("postingRestrictedToMods" in entry for entry in told["@context"])


async def test_change_is_told_to_followers_once(scene: Scene) -> None:
    """API contract 3; ActivityPub 6.3: one Update a moment later, without what is not public; none without a change."""
    await scene.arrives(scene.alice.follow(scene.member.uri))
    await send_due(scene.node)
    scene.peer.received.clear()
    scene.clock.pass_(1)

    for _ in range(2):
        await edit(scene.node, scene.member, SAID)
    scene.clock.pass_(limits.PROFILE_TELL_SECONDS)
    await run_jobs(scene.node, TELL_PROFILE)
    await edit(scene.node, scene.member, SAID)
    scene.clock.pass_(limits.PROFILE_TELL_SECONDS)
    await run_jobs(scene.node, TELL_PROFILE)
    await send_due(scene.node)

    (update,) = [one.document for one in scene.peer.received if one.document["type"] == "Update"]
    told = update["object"]
    assert (told["name"], told["nameMap"]) == ("La Lampara", {"it": "La Lampara", "tr": "Lampara Balıkçılık"})
    assert told["summary"] == told["summaryMap"]["it"] == "<p>Piccola pesca.</p>"
    assert told["identifier"] == [{"type": "PropertyValue", "propertyID": "partita_iva", "value": "99000010001"}]
    assert b"LE-123456" not in orjson.dumps(update)
    assert told["updated"] > told["published"]
    (_row, said) = await known(scene, scene.member.uri)
    assert said.identifiers == (Identifier("partita_iva", "99000010001"), Identifier("rea", "LE-123456", False))
    assert await found(scene, "balikcilik") == ["member"]


async def test_name_and_note_of_an_app_are_those_of_their_language(scene: Scene) -> None:
    """An app knows no languages: what it changes is the entry that was shown; its fields and those made of codes stand side by side."""
    await edit(scene.node, scene.member, SAID)

    row = await scene.node.db.read(by_id, scene.member.id)
    assert row is not None
    row = await profiles.edit(scene.node, row, Edit(name="Lampara", note="Pesca nuova.", fields=[("Web", "x")]))

    _row, said = await known(scene, scene.member.uri)
    assert said.names == {"it": "Lampara", "tr": "Lampara Balıkçılık"}
    assert said.descriptions["it"] == Description("<p>Pesca nuova.</p>", "Pesca nuova.")
    assert said.descriptions["en"].text.startswith("Small-scale")
    kept = await scene.node.db.read(profile_of, row.id)
    assert [field.name for field in kept.fields] == ["Web", "Tipo di cooperativa", "Settore", "Regione"]
    assert [field.name for field in kept.typed] == ["Web"]
    await profiles.edit(scene.node, row, Edit(note=""))
    _row, said = await known(scene, scene.member.uri)
    assert list(said.descriptions) == ["en"]

    # And the other way round: the language that is shown stays, as long as there is a name in it.
    saved = await edit(scene.node, scene.member, {"names": {"en": "Lamp", "it": "Lampara Nuova"}})
    assert saved.actor.name == "Lampara Nuova"
    saved = await edit(scene.node, scene.member, {"names": {"tr": "Lamba", "en": "Lamp"}, "sectors": []})
    assert saved.actor.name == "Lamp"
    shown = await scene.node.db.read(profile_of, row.id)
    assert [field.name for field in shown.fields] == ["Web", "Kind of cooperative", "Region"]
    assert (await edit(scene.node, scene.member, {"names": {}})).actor.name == "Lamp"


# --- rules ------------------------------------------------------------------------------------------------------

DIVISIONS, PLACES = list(tables.table("nace_divisions")), list(tables.table("regions"))
LONG = {f"{letter}{other}": "x" for letter in "abcd" for other in "abcd"}


@pytest.mark.parametrize(
    ("fields", "faults"),
    [
        ({"sectors": ["03", "9999"]}, {"sectors": [Fault.UNKNOWN_CODE]}),
        ({"sectors": DIVISIONS[: limits.PROFILE_SECTORS]}, {}),
        ({"sectors": DIVISIONS[: limits.PROFILE_SECTORS + 1]}, {"sectors": [Fault.TOO_LONG]}),
        ({"sectors": [DIVISIONS[0]] * (limits.PROFILE_SECTORS + 1)}, {}),
        ({"regions": PLACES[: limits.PROFILE_REGIONS]}, {}),
        ({"regions": PLACES[: limits.PROFILE_REGIONS + 1]}, {"regions": [Fault.TOO_LONG]}),
        ({"languages": [f"it-x-{n}" for n in range(limits.PROFILE_LANGUAGES)]}, {}),
        ({"languages": [f"it-x-{n}" for n in range(limits.PROFILE_LANGUAGES + 1)]}, {"languages": [Fault.TOO_LONG]}),
        ({"regions": ["XX"], "offers": ["x" * 65]}, {"regions": [Fault.UNKNOWN_CODE], "offers": [Fault.INVALID]}),
        ({"cooperative_type": "bank"}, {"cooperative_type": [Fault.UNKNOWN_CODE]}),
        ({"size_class": "huge"}, {"size_class": [Fault.UNKNOWN_CODE]}),
        ({"languages": ["italiano!", "it"]}, {"languages": [Fault.INVALID]}),
        ({"sdgs": [18]}, {"sdgs": [Fault.UNKNOWN_CODE]}),
        ({"members_count": "-1"}, {"members_count": [Fault.INVALID]}),
        ({"members_count": True}, {"members_count": [Fault.INVALID]}),
        ({"members_count": limits.PEOPLE_COUNT}, {}),
        ({"workers_count": limits.PEOPLE_COUNT + 1}, {"workers_count": [Fault.TOO_LONG]}),
        ({"legal_name": "x" * limits.LEGAL_NAME_CHARACTERS}, {}),
        ({"legal_name": "x" * (limits.LEGAL_NAME_CHARACTERS + 1)}, {"legal_name": [Fault.TOO_LONG]}),
        ({"names": {"it": "x" * (limits.NAME_LENGTH + 1)}}, {"names": [Fault.TOO_LONG]}),
        ({"names": {"it": 7}}, {"names": [Fault.INVALID]}),
        ({"names": ["x"]}, {"names": [Fault.INVALID]}),
        ({"names": {"no language": "x"}}, {"names": [Fault.INVALID]}),
        ({"names": LONG}, {"names": [Fault.TOO_LONG]}),
        (
            {"descriptions": {"it": "x" * (limits.PROFILE_NOTE_CHARACTERS + 1)}},
            {"descriptions": [Fault.TOO_LONG]},
        ),
        ({"identifiers": [{"scheme": "rea", "value": " "}]}, {"identifiers[0]": [Fault.BLANK]}),
        (
            {"identifiers": [{"scheme": "x", "value": "1"}, "y"]},
            {"identifiers[0]": [Fault.UNKNOWN_CODE], "identifiers[1]": [Fault.INVALID]},
        ),
        (
            {"identifiers": [{"scheme": "rea", "value": "9" * (limits.IDENTIFIER_CHARACTERS + 1)}]},
            {"identifiers[0]": [Fault.TOO_LONG]},
        ),
        (
            {"identifiers": [{"scheme": "rea", "value": "LE-1"}] * (limits.IDENTIFIERS + 1)},
            {"identifiers": [Fault.TOO_LONG]},
        ),
        ({"settings": {"match_digest": "hourly"}}, {"settings[match_digest]": [Fault.INVALID]}),
        ({"settings": {"auto_acknowledge": True}}, {}),
        ({"settings": "x"}, {"settings": [Fault.INVALID]}),
        ({"settings": {"match_digest": "none", "auto_acknowledge": False, "unknown": 1}, "unknown": 2}, {}),
    ],
)
def test_what_cannot_be_is_named(fields: dict[str, Any], faults: dict[str, list[str]]) -> None:
    """API contract 1, 2: each field with its codes; parameters that nobody knows are passed over."""
    if not faults:
        rules.checked(fields, rows.NONE, {})
        return
    with pytest.raises(InvalidFields) as refused:
        rules.checked(fields, rows.NONE, {})

    assert refused.value.faults == faults


def test_doubtful_numbers_are_stored() -> None:
    """API contract 3: warnings, never errors; what a registry keeps to itself is not shown."""
    numbers = [
        {"scheme": "partita_iva", "value": "99000010002", "public": "true"},
        {"scheme": "rea", "value": "x"},
        {"scheme": "koopbis", "value": "42", "public": True},
    ]

    wanted = rules.checked({"identifiers": numbers}, rows.NONE, {})

    assert [(one.field, one.code) for one in wanted.doubts] == [
        ("identifiers[0]", "checksum"),
        ("identifiers[1]", "format"),
        ("identifiers[2]", "internal"),
    ]
    assert [one.public for one in wanted.said.identifiers] == [True, False, False]


def test_null_and_blank_clear_and_what_is_not_named_stays() -> None:
    """API contract 3: a change names what it changes."""
    full = rules.checked(SAID, rows.NONE, {}).said

    assert rules.checked({}, full, {}).said == full
    empty = {name: None for name in SAID if name not in ("aggregation_consent",)}
    left = rules.checked(empty | {"aggregation_consent": "false"}, full, {}).said
    assert left.says_nothing
    blank = {name: "" for name in SAID if name != "aggregation_consent"} | {"sectors": [""]}
    assert rules.checked(blank | {"aggregation_consent": False}, full, {}).said.says_nothing
    assert rules.checked({"aggregation_consent": None}, full, {}).said == full


def test_description_that_was_read_here_comes_back_as_it_was() -> None:
    """An app that sends the whole profile changes nothing by it; HTML that it changed is HTML, cleaned; everything else is plain text."""
    known = Cooperative(descriptions={"it": Description("<p>Sole &amp; mare</p>", "Sole & mare")})

    assert rules.checked({"descriptions": {"it": "<p>Sole &amp; mare</p>"}}, known, {}).said == known
    assert rules.texts({"descriptions": {"it": "<p>Sole</p>", "en": " 2 < 3 ", "tr": None}}) == ["2 < 3"]
    changed = rules.checked({"descriptions": {"it": "<p>Sole</p><script>1</script>"}}, known, {}).said
    assert changed.descriptions["it"] == Description("<p>Sole</p>", "Sole")
    plain = rules.checked({"descriptions": {"it": "2 < 3"}}, known, {"2 < 3": "<p>2 &lt; 3</p>"}).said
    assert plain.descriptions["it"] == Description("<p>2 &lt; 3</p>", "2 < 3")


@pytest.mark.parametrize(
    ("written", "words"),
    [
        ("S.S. Zeytin Dalı Kooperatifi", ["zeytin", "dali", "kooperatifi"]),
        ("Filo Sociale Soc. Coop. Sociale a r.l.", ["filo", "sociale", "sociale"]),
        ("Sınırlı Sorumlu Günköy", ["gunkoy"]),
        ("Kantar scarl", ["kantar"]),
        ("Kantar S.C.a.R.L.", ["kantar"]),
        ("Società Cooperativa", ["societa", "cooperativa"]),
        ("barley", ["barley"]),
        ("@scarl@coop.example", ["@scarl@coop.example"]),
        ("", []),
    ],
)
def test_legal_forms_are_not_searched(written: str, words: list[str]) -> None:
    """Domain research 2.2: one writes them and another does not; alone they are all there is."""
    assert sought(written) == words


def codes_of(tx: Tx) -> list[Any]:
    """All rows of codes."""
    return list(tx.execute(rows.cooperative_code.select()).all())


async def test_codes_are_rows_that_can_be_counted(scene: Scene) -> None:
    """Directory, matches and suggestions ask for them: each once, with nothing left of what was said before."""
    await edit(scene.node, scene.member, SAID)
    before = await scene.node.db.read(codes_of)
    await edit(scene.node, scene.member, {"sectors": ["10"]})

    assert len(await scene.node.db.read(codes_of)) == len(before) - 1
    await edit(scene.node, scene.member, dict.fromkeys(SAID) | {"aggregation_consent": False})
    assert await scene.node.db.read(codes_of) == []
