"""Every command as an operator types it: what it says, what it changes, and what it answers to mistakes. Design 5."""

import asyncio
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer
from sqlalchemy import text
from typer.testing import CliRunner, Result

from actors.lookup import local_by_handle
from coopfed.cli import app, main
from coopfed.config import load
from coopfed.db.open import open_database
from coopfed.db.schema import HISTORY
from coopfed.features.posts import documents, store
from coopfed.features.reports.actions import Complaint, report
from coopfed.node import open_node
from tests.coopfed.cli.conftest import Run
from tests.support.nodes import SECRET

_OLDER = text(f"UPDATE alembic_version SET version_num = '{HISTORY[0]}'")


def said(result: Result) -> Any:
    """The JSON a command printed."""
    return json.loads(result.stdout)


def lists(command: Any, *words: str) -> Iterator[tuple[str, ...]]:
    """The words that list commands: none, and the name of each noun."""
    if hasattr(command, "commands"):
        yield words
        for name, below in command.commands.items():
            yield from lists(below, *words, name)


def test_lists_of_commands_say_whole_sentences() -> None:
    """On a terminal of 80 letters: what a command does is not cut in the middle."""
    for words in lists(typer.main.get_command(app)):
        shown = CliRunner().invoke(app, [*words, "--help"], terminal_width=80, max_content_width=80).stdout

        assert [line for line in shown.splitlines() if line.startswith("  ") and line.endswith("...")] == [], words


def made(coopfed: Run, handle: str = "lampara", **options: str) -> dict[str, Any]:
    """An actor, made by the command."""
    words = [word for name, value in options.items() for word in (f"--{name}", value)]
    result = coopfed("actor", "create", handle, "--type", "organization", "--name", handle.title(), *words, "--json")
    found: dict[str, Any] = said(result)
    return found


def test_an_actor_is_made_and_listed(coopfed: Run) -> None:
    """`actor create`, `actor list`: the id, the handle, the type."""
    actor = made(coopfed, summary="Pesca sul mar Ionio.")

    listed = {row["handle"]: row for row in said(coopfed("actor", "list", "--json"))}

    assert actor["acct"].startswith("lampara@localhost:")
    assert listed["lampara"]["uri"] == actor["uri"]
    assert listed["lampara"]["type"] == "Organization"
    assert "lampara" in coopfed("actor", "list").stdout


@pytest.mark.parametrize(
    ("handle", "type", "named"),
    [("La Lampara", "organization", "letters"), ("node", "group", "node's own"), ("ok", "wizard", "actor type")],
)
def test_a_wrong_actor_is_refused_with_what_to_change(coopfed: Run, handle: str, type: str, named: str) -> None:
    """Bad input gets a clear error, and nothing is made."""
    result = coopfed("actor", "create", handle, "--type", type, "--name", "Name", fails=True)

    assert named in str(result.exception)
    assert len(said(coopfed("actor", "list", "--json"))) == 1


def test_a_handle_is_never_given_away_again(coopfed: Run) -> None:
    """Design 3.10: not even after the actor was deleted."""
    made(coopfed)

    coopfed("actor", "delete", "lampara", "--yes")
    again = coopfed("actor", "create", "lampara", "--type", "group", "--name", "Other", fails=True)

    assert "never given away again" in str(again.exception)


def test_an_actor_moves_and_comes_back(coopfed: Run) -> None:
    """`actor alias|move`: the other one must call it its own first; a moved actor posts nothing."""
    old, new = made(coopfed), made(coopfed, "filiz")

    early = coopfed("actor", "move", "lampara", "filiz", "--yes", fails=True)
    own = said(coopfed("actor", "alias", "filiz", "lampara", "--json"))
    asked = coopfed("actor", "move", "lampara", "filiz", fails=True)
    moved = said(coopfed("actor", "move", "lampara", "filiz", "--yes", "--json"))
    posted = coopfed("post", "lampara", "Still here?", fails=True)
    coopfed("actor", "move", "lampara", "--undo")
    coopfed("post", "lampara", "Here again")

    assert "add that as an alias" in str(early.exception)
    assert own == {"aliases": [old["uri"]]}
    assert asked.exit_code != 0
    assert moved == {"moved": new["uri"]}
    assert "has moved to" in str(posted.exception)
    assert said(coopfed("actor", "alias", "filiz", "--json")) == {"aliases": [old["uri"]]}
    assert said(coopfed("actor", "alias", "filiz", "lampara", "--remove", "--json")) == {"aliases": []}
    assert "nothing else" in coopfed("actor", "alias", "filiz").stdout


def test_deleting_asks_first(coopfed: Run) -> None:
    """The command line asks before it destroys."""
    made(coopfed)

    result = coopfed("actor", "delete", "lampara", fails=True)

    assert result.exit_code != 0
    assert said(coopfed("actor", "list", "--json"))[0]["deleted"] is False


def test_a_post_is_published_and_can_be_followed_here(coopfed: Run, folder: Path) -> None:
    """`post`, `follow`, `unfollow`, `lookup`, beside no server: rows wait for it."""
    actor = made(coopfed)
    made(coopfed, "filiz")

    posted = said(coopfed("post", "lampara", "Buongiorno #pesca", "--language", "it", "--json"))
    followed = said(coopfed("follow", "filiz", "lampara", "--json"))
    found = said(coopfed("lookup", "@lampara", "--json"))
    coopfed("unfollow", "filiz", "lampara")

    assert posted["url"].endswith(f"/@lampara/{posted['id']}")
    assert followed["target"] == actor["uri"]
    assert found["uri"] == actor["uri"]


def test_a_poll_is_asked(coopfed: Run) -> None:
    """`post --poll-option`: as a Question that is served as such; what cannot be asked is refused with a reason."""
    made(coopfed)
    options = [part for title in ("Monday", "Friday") for part in ("--poll-option", title)]

    more = ("--poll-multiple", "--poll-expires", "3600", "--poll-hide-totals")
    posted = said(coopfed("post", "lampara", "When?", *options, *more, "--json"))
    refused = coopfed("post", "lampara", "When?", "--poll-option", "Monday", fails=True)

    assert "/ap/objects/" in posted["uri"]
    assert "a poll has 2 to 20 options" in str(refused.exception)


def test_articles_and_markdown_are_posted(coopfed: Run, folder: Path) -> None:
    """`post --markdown`, `--title`, `--abstract`: an article may be long, and is Markdown anyway."""
    made(coopfed)

    note = said(coopfed("post", "lampara", "**Reti**", "--markdown", "--json"))
    article = said(
        coopfed("post", "lampara", "*Tutto* " * 1000, "--title", "L'anno", "--abstract", "In breve", "--json")
    )
    documents = asyncio.run(stored(folder, note["uri"], article["uri"]))

    assert [document["type"] for document in documents] == ["Note", "Article"]
    assert [document["source"]["mediaType"] for document in documents] == ["text/markdown"] * 2
    assert documents[0]["content"] == "<p><strong>Reti</strong></p>"
    assert (documents[1]["name"], documents[1]["summary"]) == ("L'anno", "In breve")


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (("post", "nobody", "text"), "no @nobody"),
        (("post", "lampara", "   "), "empty"),
        (("post", "lampara", "text", "--abstract", "short"), "--title"),
        (("post", "lampara", "text", "--visibility", "secret"), "visibility must be one of"),
        (("post", "lampara", "text", "--language", "it!"), "language code"),
        (("follow", "lampara", "lampara"), "cannot follow itself"),
        (("peer", "show", "nowhere.example"), "not known here"),
        (("peer", "block", "no host"), "no host name"),
        (("report", "show", "17"), "no report 17"),
        (("activity", "show", "17"), "no arrival 17"),
        (("activity", "replay", "17"), "no arrival 17"),
        (("account", "create", "no-address", "--actor", "lampara", "--role", "editor"), "no email address"),
        (("account", "create", "a@b.example", "--actor", "lampara", "--role", "king"), "no role"),
        (("token", "create", "--account", "a@b.example", "--actor", "lampara"), "no account"),
    ],
)
def test_mistakes_are_told_with_what_to_do(coopfed: Run, arguments: tuple[str, ...], named: str) -> None:
    """Design 5: errors say what to do and end with a non-zero status."""
    made(coopfed)

    result = coopfed(*arguments, fails=True)

    assert result.exit_code != 0
    assert named in str(result.exception)


def test_a_token_needs_a_role_and_known_scopes(coopfed: Run) -> None:
    """`account create`, `token create`: the token is printed alone."""
    made(coopfed)
    made(coopfed, "filiz")
    coopfed("account", "create", "Rosa@Lampara.example", "--actor", "lampara", "--role", "editor", "--operator")

    token = coopfed("token", "create", "--account", "rosa@lampara.example", "--actor", "lampara").stdout.strip()
    no_role = coopfed("token", "create", "--account", "rosa@lampara.example", "--actor", "filiz", fails=True)
    no_scope = coopfed(
        "token",
        "create",
        "--account",
        "rosa@lampara.example",
        "--actor",
        "lampara",
        "--scopes",
        "everything",
        fails=True,
    )

    assert len(token) >= 40
    assert " " not in token
    assert "has no role" in str(no_role.exception)
    assert "Unknown scope" in str(no_scope.exception)


def test_a_peer_is_blocked_listed_and_unblocked(coopfed: Run) -> None:
    """`peer block|show|allow|list|unblock`, in any spelling, also for a host never dealt with and for what a block covers."""
    coopfed("peer", "block", "Spam.Example.")
    blocked, covered = (
        said(coopfed("peer", "show", name, "--json")) for name in ("spam.example", "A.spam.example:8443")
    )
    allowed = said(coopfed("peer", "allow", "https://good.spam.example/about", "--json"))
    coopfed("peer", "block", "bad.spam.example")
    still = said(coopfed("peer", "unblock", "bad.spam.example", "--json"))
    coopfed("peer", "unblock", "spam.example")
    listed = said(coopfed("peer", "list", "--json"))

    assert (blocked["blocked"], blocked["blocked_by"]) == (True, "spam.example")
    assert covered == {"host": "a.spam.example:8443", "blocked": True, "blocked_by": "spam.example"}
    assert allowed["host"] == "good.spam.example"
    assert (still["blocked"], still["blocked_by"]) == (True, "spam.example")
    assert [(row["host"], row["blocked"], row["allowed"]) for row in listed] == [
        ("bad.spam.example", False, False),
        ("good.spam.example", False, True),
        ("spam.example", False, False),
    ]


def test_the_node_does_not_block_itself(coopfed: Run) -> None:
    """A mistake that would shut the operator out."""
    ourselves = made(coopfed)["acct"].partition("@")[2]

    assert "is this node" in str(coopfed("peer", "block", ourselves, fails=True).exception)


def test_reports_are_listed_shown_and_resolved(coopfed: Run, folder: Path) -> None:
    """`report list|show|resolve`: what waits, everything about one, and then it is done."""
    lampara, filiz = made(coopfed), made(coopfed, "filiz")
    asyncio.run(_complain(folder, "filiz", "lampara"))

    [waiting] = said(coopfed("report", "list", "--json"))
    shown = said(coopfed("report", "show", str(waiting["id"]), "--json"))
    resolved = said(coopfed("report", "resolve", str(waiting["id"]), "--json"))
    again = coopfed("report", "resolve", str(waiting["id"]), fails=True)

    assert waiting["target"].startswith("@lampara@")
    assert (shown["reporter"], shown["target"]) == (filiz["uri"], lampara["uri"])
    assert shown["comment"] == "Selling watches"
    assert resolved["resolved"] is True
    assert "no open report" in str(again.exception)
    assert said(coopfed("report", "list", "--json")) == []
    assert len(said(coopfed("report", "list", "--all", "--json"))) == 1


async def stored(folder: Path, *uris: str) -> list[dict[str, Any]]:
    """The documents of these posts."""
    node = await open_node(load({}, folder))
    try:
        rows = [await node.db.read(store.by_uri, uri) for uri in uris]
        return [json.loads(await node.db.read(documents.document_of, row.id)) for row in rows if row is not None]
    finally:
        await node.close()


async def _complain(folder: Path, reporter: str, target: str) -> None:
    node = await open_node(load({}, folder))
    try:
        rows = [await node.db.read(local_by_handle, handle) for handle in (reporter, target)]
        assert rows[0] is not None
        assert rows[1] is not None
        await report(node, rows[0], rows[1], Complaint(comment="Selling watches"))
    finally:
        await node.close()


def test_keys_are_rotated(coopfed: Run, folder: Path) -> None:
    """`actor rotate-keys`: announced at once, used after the Update is delivered."""
    made(coopfed)

    result = said(coopfed("actor", "rotate-keys", "lampara", "--json"))

    assert result["rotated"] is True


def test_deliveries_are_listed_and_sent_again(coopfed: Run) -> None:
    """`delivery list|retry` with nothing on its way."""
    assert said(coopfed("delivery", "list", "--json")) == []
    assert said(coopfed("delivery", "retry", "--json")) == {"due": 0}


def test_the_doctor_looks_at_everything_inside(coopfed: Run) -> None:
    """`doctor --offline`: each check with its finding; nothing is asked of the network."""
    checks = {row["check"]: row["ok"] for row in said(coopfed("doctor", "--offline", "--json"))}

    assert checks.pop("database") in (True, None)
    names = ("settings", "schema", "disk", "files", "arrivals", "deliveries", "jobs", "peers", "retention", "node key")
    assert checks == dict.fromkeys(names, True)


def test_the_doctor_says_that_no_server_answers_and_fails(coopfed: Run) -> None:
    """`doctor` beside no server: what it needs is not applicable, and the status is not 0."""
    result = coopfed("doctor", fails=True)

    assert result.exit_code == 1
    assert "no server answers" in result.stdout
    assert "start: coopfed serve" in result.stdout
    assert re.search(r"^signed POST +not applicable", result.stdout, re.MULTILINE)


def test_the_doctor_finds_another_secret(coopfed: Run, folder: Path) -> None:
    """A backup restored without its SECRET_KEY: nothing can be signed, and the doctor says so instead of failing."""
    (folder / "secret.key").write_text("another secret, of 32 bytes or more", encoding="ascii")

    result = coopfed("doctor", "--json", fails=True)
    found = {row["check"]: row for row in said(result)}

    assert result.exit_code == 1
    assert found["node key"]["ok"] is False
    assert "SECRET_KEY" in found["node key"]["detail"]


def test_the_doctor_says_what_a_database_lacks(coopfed: Run, folder: Path) -> None:
    """An older schema, a damaged file: a finding with what to do, no traceback."""
    asyncio.run(_pretend_older(folder))

    result = coopfed("doctor", "--json", fails=True)

    assert result.exit_code == 1
    assert {row["check"]: row["ok"] for row in said(result)} == {"settings": True, "schema": False}
    assert "db upgrade" in said(result)[1]["detail"]


async def _pretend_older(folder: Path) -> None:
    db = open_database(load({}, folder))
    try:
        await db.write(lambda tx: tx.execute(_OLDER) and None)
    finally:
        await db.close()


def test_the_settings_are_shown_without_secrets(coopfed: Run) -> None:
    """`config show`, `config check`."""
    shown = coopfed("config", "show", "--json").stdout

    assert SECRET not in shown
    assert json.loads(shown)["secret_key"] == "set"
    assert said(coopfed("config", "check", "--json"))["ok"] is True


def test_the_schema_is_checked_and_upgraded(coopfed: Run) -> None:
    """`db check`, `db upgrade`: safe to repeat."""
    assert said(coopfed("db", "check", "--json"))["differences"] == []
    assert said(coopfed("db", "upgrade", "--json"))["schema"]
    assert said(coopfed("db", "check", "--json"))["differences"] == []


def test_init_makes_a_node_and_may_be_repeated(tmp_path: Path) -> None:
    """`init`: configuration, folder and secret readable by their owner only, database, node actor; a second time changes nothing."""
    arguments = ["init", "--domain", "coop.example", "--data", str(tmp_path / "node"), "--json"]

    first = CliRunner().invoke(app, arguments)
    second = CliRunner().invoke(app, arguments)
    other = CliRunner().invoke(app, [*arguments[:2], "other.example", *arguments[3:]])

    assert said(first)["actor"] == said(second)["actor"] == "https://coop.example/ap/node"
    assert said(second)["made"] == []
    assert all(path.stat().st_mode & 0o077 == 0 for path in (tmp_path / "node", tmp_path / "node" / "secret.key"))
    assert "ids cannot change" in str(other.exception)

    async def node_actor() -> object:
        node = await open_node(load({}, tmp_path / "node"))
        try:
            return await node.db.read(local_by_handle, "node")
        finally:
            await node.close()

    assert asyncio.run(node_actor()) is not None


def test_errors_go_to_standard_error(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: Any) -> None:
    """Design 5: a sentence for people, JSON for machines, status 1, nothing on standard output."""
    for extra in ([], ["--json"]):
        monkeypatch.setattr("sys.argv", ["coopfed", "--data", str(tmp_path), "actor", "list", *extra])

        with pytest.raises(SystemExit) as ended:
            main()

        output = capsys.readouterr()
        assert ended.value.code == 1
        assert output.out == ""
        assert "run: coopfed init" in output.err
    assert json.loads(output.err)["error"] == "config"
