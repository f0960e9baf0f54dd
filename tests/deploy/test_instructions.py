"""docs/operations.md and the comments of deploy/: every command, option, file, setting and log line they name exists."""

import re

import pytest

from coopfed import limits
from coopfed.config import Config
from outbox import retry
from tests.deploy.commands import refused
from tests.deploy.reading import DEPLOY, ROOT, words_of_commands

PAGE = (ROOT / "docs" / "operations.md").read_text()
CODE = "\n".join(re.findall(r"(?s)```\n(.*?)```", PAGE) + re.findall(r"`([^`\n]+)`", PAGE))
FILES = sorted(path for path in DEPLOY.rglob("*") if path.is_file())


def commands_of_the_page() -> list[list[str]]:
    """Commands of ours that the page has typed, comments behind them cut off; also those that run in a container."""
    typed = [re.split(r"\s{4,}", line)[0] for line in CODE.splitlines()]
    ours = [
        words
        for line in typed
        for words in words_of_commands(line)
        if re.match(r"(coopfed|.*(&&|\./run) coopfed) ", line)
    ]
    contained = [line.partition("--rm ")[2].split()[1:] for line in typed if line.startswith("docker compose run")]
    return [words for words in (*ours, *contained) if words and words != ["--version"]]


def test_the_page_has_commands() -> None:
    """A reader that finds nothing would pass everything."""
    assert len(commands_of_the_page()) > 30
    assert ["backup", "/data/saved.tar.gz"] in commands_of_the_page()


@pytest.mark.parametrize("words", commands_of_the_page(), ids=" ".join)
def test_every_command_exists_with_its_options(words: list[str]) -> None:
    """Style, *Docs and records*: docs are tested."""
    assert refused(words) is None


def test_a_command_that_does_not_exist_is_noticed() -> None:
    """The check can fail."""
    assert refused(["peer", "bloc", "host.example"]) is not None
    assert refused(["serve", "--no-workers"]) is not None
    assert refused(["peer"]) is not None


@pytest.mark.parametrize("path", [ROOT / "docs" / "operations.md", *FILES], ids=lambda path: path.name)
def test_every_setting_exists(path: object) -> None:
    """Issue 3, 8: names of settings, wherever they stand; those of the proxy and of the wrapper apart."""
    text = path.read_text()  # type: ignore[attr-defined]
    ours = {f"COOPFED_{name.upper()}" for name in Config.model_fields} | {"COOPFED_SECRET_KEY_FILE"}
    others = {"COOPFED_SITE", "COOPFED_UPSTREAMS", "COOPFED_ENV_FILE"}

    assert set(re.findall(r"COOPFED_[A-Z0-9_]+", text)) - ours - others == set()


def test_every_file_that_is_named_is_there_and_the_other_way_round() -> None:
    """Issue 3, 8."""
    named = set(re.findall(r"deploy/[\w@./-]+[\w]", PAGE)) - {"deploy/systemd"}

    assert {name for name in named if not (ROOT / name).is_file()} == set()
    shown = {str(path.relative_to(ROOT)) for path in FILES} - {"deploy/Dockerfile.dockerignore"}
    assert shown - named == set()
    for target in re.findall(r"\]\((?!http)([^)#]+)", PAGE):
        assert (ROOT / "docs" / target).resolve().exists(), target


def test_every_event_of_the_log_exists() -> None:
    """Style, *Errors and logs*: what an operator searches for is what is written."""
    table = PAGE.split("| event | says |")[1].split("\n\n")[0]
    source = "\n".join(
        path.read_text()
        for folder in ("actors", "coopfed", "inbox", "outbox", "webfinger")
        for path in (ROOT / folder).rglob("*.py")
    )
    events = {
        event for row in re.findall(r"^\|([^|]+)\|", table, re.MULTILINE) for event in re.findall(r"`(\w+)`", row)
    }

    assert len(events) > 8
    assert {event for event in events if f'"{event}"' not in source} == set()


def test_figures_are_those_of_the_program() -> None:
    """The page tells an operator what to expect."""
    assert f"Below {limits.DISK_FREE_BYTES // limits.MIB} MiB" in PAGE
    assert f"At most {limits.WORKERS} processes" in PAGE
    assert f"up to {limits.LOG_REFUSALS_A_MINUTE} times a minute" in PAGE
    assert f"after {retry.CIRCUIT_FAILURES} failures in a row" in PAGE
    assert (retry.CIRCUIT_FIRST, f"up to {retry.CIRCUIT_MAX / retry.HOUR:.0f} hours" in PAGE) == (retry.HOUR / 2, True)
    assert 6 * retry.DAY < sum(retry.SCHEDULE) < 8 * retry.DAY  # "about a week"


def test_the_readme_leads_here() -> None:
    """Issue 3, 8."""
    assert "(docs/operations.md)" in (ROOT / "README.md").read_text()
