"""`coopfed profile`, `code`, `membership`, `request` and `match`: what a volunteer does for cooperatives without an app."""

import asyncio
from pathlib import Path

import pytest

from coopfed.config import load
from coopfed.signing.keys import generate_rsa
from tests.benchmarks.peers import remote_actor, store
from tests.coopfed.cli.conftest import Run
from tests.coopfed.cli.test_commands import made, said
from tests.support.nodes import ServerProcess, opened

REQUEST = ("--content", "Two weeks.", "--category", "Training and education", "--sector", "85", "--region", "Italia")


def test_codes_are_found_by_their_labels_in_any_language(coopfed: Run) -> None:
    """api.md 2: folded, in three languages; an unknown table is told."""
    tables = {row["table"]: row["size"] for row in said(coopfed("code", "list", "--json"))}
    assert tables["nace_divisions"] == 88
    assert [row["code"] for row in said(coopfed("code", "list", "nace_divisions", "BALIKÇILIK", "--json"))] == ["03"]
    assert "no table" in str(coopfed("code", "list", "nonsense", fails=True).exception)


def test_profile_is_edited_one_by_one_and_shown(coopfed: Run) -> None:
    """api.md 3: what is not named stays; codes by label; what is doubtful is told; what cannot be is refused and changes nothing."""
    made(coopfed)
    coopfed("profile", "edit", "lampara", "--sector", "Pesca e acquacoltura", "--region", "Puglia", "--language", "it")
    shown = said(
        coopfed(
            *("profile", "edit", "lampara", "--type", "fishery", "--offers", "processing", "--name", "it=La Lampara"),
            *("--identifier", "partita_iva=12345678901", "--match-mails", "daily", "--members", "34", "--json"),
        )
    )
    assert (shown["sector"], shown["region"], shown["cooperative_type"]) == (["03"], ["ITF4"], ["fishery"])
    assert (shown["names"], shown["members"], shown["match_mails"]) == ({"it": "La Lampara"}, 34, "daily")
    assert shown["doubts"] == ["identifiers[0]: checksum"]
    for wrong in (("--sector", "00"), ("--name", "La Lampara"), ("--match-mails", "hourly")):
        assert coopfed("profile", "edit", "lampara", *wrong, fails=True).exit_code != 0, wrong
    again = said(coopfed("profile", "show", "lampara", "--json"))
    assert again == {name: value for name, value in shown.items() if name != "doubts"}
    assert "sector: 03" in coopfed("profile", "show", "lampara").stdout


def test_membership_is_asked_for_taken_in_and_ended(coopfed: Run, tmp_path: Path) -> None:
    """api.md 8: the verbs of both sides; who has no part does nothing; a file of members is taken; nothing ends without a yes."""
    for handle in ("lampara", "union", "other"):
        made(coopfed, handle)
    asked = said(coopfed("membership", "ask", "lampara", "union", "--since", "2026-01-31", "--json"))
    assert (asked["status"], asked["state"], asked["since"]) == ("requested", "claimed", "2026-01-31")
    assert "no part" in str(coopfed("membership", "accept", "other", asked["number"], fails=True).exception)
    assert coopfed("membership", "ask", "lampara", "union", fails=True).exit_code != 0
    taken = said(coopfed("membership", "accept", "union", asked["number"], "--json"))
    assert taken["status"] == "active"
    coopfed("membership", "suspend", "union", asked["number"])
    assert said(coopfed("membership", "resume", "union", asked["number"], "--json"))["status"] == "active"
    coopfed("membership", "renew", "union", asked["number"])
    declared = said(coopfed("membership", "ask", "lampara", "Legacoop", "--json"))
    assert (declared["umbrella"], declared["state"]) == ("legacoop", "declared")
    assert coopfed("membership", "end", "lampara", asked["number"], typed="n\n", fails=True).exit_code != 0
    ended = said(coopfed("membership", "end", "union", asked["number"], "--yes", "--json"))
    assert ended["status"] == "ended"
    rows = said(coopfed("membership", "list", "lampara", "--as", "member", "--json"))
    assert (rows[0]["umbrella"], rows[0]["status"]) == ("legacoop", "active")
    assert "--as is member" in str(coopfed("membership", "list", "lampara", "--as", "x", fails=True).exception)

    invited = said(coopfed("membership", "invite", "union", "other", "--kind", "associate", "--json"))
    assert (invited["status"], invited["kind"]) == ("invited", "associate")
    assert said(coopfed("membership", "reject", "other", invited["number"], "--json"))["status"] == "ended"
    assert "neither side" in str(coopfed("membership", "check", "other", "lampara", fails=True).exception)
    file = tmp_path / "members.csv"
    assert "cannot be read" in str(coopfed("membership", "import", "union", str(file), fails=True).exception)
    file.write_text("name,handle\nLampara,@lampara\n")
    assert said(coopfed("membership", "import", "union", str(file), "--json"))["rows"] == 1


def test_request_is_written_found_matched_and_closed(coopfed: Run) -> None:
    """api.md 4, 7: from draft to its end; what cannot be is refused; whom it fits."""
    for handle in ("lampara", "teacher"):
        made(coopfed, handle)
    until = ("--until", "2028-01-01")
    assert coopfed("request", "add", "lampara", "Corso", *REQUEST, "--until", "2020-01-01", fails=True).exit_code != 0
    draft = said(coopfed("request", "add", "lampara", "Corso", *REQUEST, *until, "--draft", "--json"))
    assert said(coopfed("request", "list", "--json")) == []
    mine = said(coopfed("request", "list", "--actor", "lampara", "--status", "draft", "--json"))
    assert [row["number"] for row in mine] == [draft["number"]]
    assert said(coopfed("request", "publish", draft["number"], "--json"))["status"] == "open"
    offer = said(
        coopfed(
            "request", "add", "teacher", "Lezioni", *REQUEST, *until, "--purpose", "offer", "--language", "it", "--json"
        )
    )
    found = said(coopfed("match", "list", "lampara", "--json"))
    assert [(row["theirs"], row["ours"], row["score"]) for row in found] == [("Lezioni", "Corso", 85)]
    assert said(coopfed("match", "list", "lampara", "--aside", "--json")) == []
    assert [row["title"] for row in said(coopfed("request", "list", "--words", "lezioni", "--json"))] == ["Lezioni"]
    assert "--status is one of" in str(coopfed("request", "list", "--status", "x", fails=True).exception)

    shown = said(coopfed("request", "show", draft["number"], "--json"))
    assert (shown["title"], shown["sector"], shown["region"], shown["answers"]) == ("Corso", ["85"], ["IT"], [])
    assert said(coopfed("request", "show", offer["uri"], "--json"))["number"] == offer["number"]
    coopfed("request", "extend", draft["number"], "2028-02-01")
    assert said(coopfed("request", "settle", draft["number"], "--json"))["status"] == "agreed"
    assert said(coopfed("request", "reopen", draft["number"], "--json"))["status"] == "open"
    assert coopfed("request", "delete", draft["number"], "--yes", fails=True).exit_code != 0
    assert (
        said(coopfed("request", "withdraw", draft["number"], "--content", "Found.", "--json"))["status"] == "withdrawn"
    )
    assert coopfed("request", "delete", draft["number"], typed="n\n", fails=True).exit_code != 0
    coopfed("request", "delete", draft["number"], "--yes")
    assert [row["title"] for row in said(coopfed("request", "list", "--json"))] == ["Lezioni"]


def test_nobody_looks_through_the_eyes_of_an_actor_elsewhere(coopfed: Run, folder: Path) -> None:
    """api.md 7: matches are those of an actor of this node, who may read what they show."""

    async def hear_of_it() -> str:
        async with opened(ServerProcess(folder, 0, load({}, folder))) as node:
            return (await store(node, remote_actor("https://coop.example", 1, generate_rsa()))).uri

    uri = asyncio.run(hear_of_it())
    assert "not an actor of this node" in str(coopfed("match", "list", uri, fails=True).exception)


@pytest.mark.parametrize("command", [("request", "withdraw", "12345"), ("request", "show", "12345")])
def test_what_is_not_there_is_told(coopfed: Run, command: tuple[str, ...]) -> None:
    """Style, *Command line*: non-zero on failure."""
    assert "no request 12345" in str(coopfed(*command, fails=True).exception)
