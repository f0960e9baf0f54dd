"""The docs say what is there, and nothing else: a setting, command, route, outcome, table or FEP without its line fails here."""

import importlib
import re
import tomllib
from collections.abc import Iterable
from pathlib import Path
from typing import Any, cast

import pytest
import typer
from sqlmodel import SQLModel

from coopfed.api.streaming import door as streaming
from coopfed.api.streaming.channels import NAMES
from coopfed.app import create_quart
from coopfed.cli import app
from coopfed.config import Config
from coopfed.db import models
from coopfed.doors import ROUTES
from coopfed.gauges import METRICS
from coopfed.node import Node
from coopfed.outcomes import Outcome
from coopfed.web.nodeinfo import FEATURES
from inbox.routing import ROUTES as INBOX

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ("coopfed", "actors", "webfinger", "outbox", "inbox")
DOCS = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]
DECISIONS = sorted((ROOT / "docs" / "decisions").glob("*.md"))

assert models.__all__  # importing the models fills the metadata


def text(path: str) -> str:
    """A page of the docs."""
    return (ROOT / path).read_text()


def in_code_marks(page: str, pattern: str) -> set[str]:
    """What stands in `code marks` at the beginning of a table's row and looks like the pattern."""
    rows = re.findall(r"^\|(.*?)\|", page, re.MULTILINE)
    return {found for row in rows for found in re.findall(rf"`({pattern})`", row)}


# --- what is there is documented, what is documented is there ----------------------------------------------------


def test_every_setting_is_documented() -> None:
    """Style, *Docs and records*: docs are tested."""
    settings = {f"COOPFED_{name.upper()}" for name in Config.model_fields}

    assert in_code_marks(text("docs/settings.md"), r"COOPFED_\w+") == settings


def commands(command: Any, name: str) -> Iterable[tuple[str, Any]]:
    """A command and all below it, each by its full name. (Typer brings a click of its own, hence no class to ask for.)"""
    below = getattr(command, "commands", None)
    if below is None:
        if not command.hidden:
            yield name, command
        return
    for verb, child in below.items():
        yield from commands(child, f"{name} {verb}")


def test_every_command_is_documented() -> None:
    """Design 5: other programs rely on these."""
    found = {name for name, _ in commands(typer.main.get_command(app), "coopfed")}

    assert in_code_marks(text("docs/commands.md"), r"coopfed [a-z -]+") == found


def test_every_option_is_documented_with_its_command() -> None:
    """Design 5: names of options are relied upon as well; --json and --help are everywhere."""
    rows = dict(re.findall(r"^\| `(coopfed [a-z -]+)`(.*)$", text("docs/commands.md"), re.MULTILINE))
    everywhere = {"--json", "--help"}

    for name, command in commands(typer.main.get_command(app), "coopfed"):
        spelt = (option for one in command.params for option in (*one.opts, *one.secondary_opts))
        options = {option for option in spelt if option.startswith("--")}
        assert set(re.findall(r"`(--[a-z-]+)", rows[name])) == options - everywhere, name


def spelt_out(path: str) -> set[str]:
    """A pattern as the docs write it: alternatives one by one."""
    choice = re.search(r"<\w+:([\w|-]+)>", path)
    if choice is None:
        return {path}
    return {other for name in choice[1].split("|") for other in spelt_out(path.replace(choice[0], name, 1))}


def documented(section: str) -> set[tuple[str, str]]:
    """Method and path of every row of a section of the page of routes."""
    part = text("docs/routes.md").split(f"## {section}\n")[1].split("\n## ")[0]
    return set(re.findall(r"^\| ([A-Z]+) \| `([^`]+)`", part, re.MULTILINE))


def test_every_door_is_documented() -> None:
    """Design 4: what a node answers to machines."""
    assert documented("Doors") == {(route.method, path) for route in ROUTES for path in spelt_out(route.path)}


@pytest.mark.parametrize(("blueprint", "section"), [("api", "Client API"), ("pages", "Pages")])
def test_every_route_of_quart_is_documented(blueprint: str, section: str) -> None:
    """Design 4: what a node answers to people and their apps."""
    # The routes need no node to be registered, only to be answered.
    quart = create_quart(cast("Node", None))
    routes = {
        (method, rule.rule)
        for rule in quart.url_map.iter_rules()
        if rule.endpoint.startswith(f"{blueprint}.")
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }

    assert documented(section) == routes


def test_every_stream_is_documented() -> None:
    """client_api 7: where streams are read, and which there are on a socket."""
    page = text("docs/routes.md").split("## Streams\n")[1].split("\n## ")[0]

    assert documented("Streams") == set(streaming.ROUTES)
    assert {name for name in NAMES if f"`{name}`" in page} == set(NAMES)


def test_quart_has_no_route_outside_the_two_blueprints() -> None:
    """A route that is neither page nor client API would stand in no section."""
    quart = create_quart(cast("Node", None))

    assert {rule.endpoint.partition(".")[0] for rule in quart.url_map.iter_rules()} == {"api", "pages"}


def test_every_route_of_the_inbox_is_documented() -> None:
    """FEP-67ff: the activities that are handled, each with the kinds of its object."""
    section = text("FEDERATION.md").split("## Activities that are handled")[1].split("\n## ")[0]
    rows = re.findall(r"^\| `(\w+)` \| ([^|]+) \|", section, re.MULTILINE)

    assert {(type, kind) for type, kinds in rows for kind in re.findall(r"`(\w+)`", kinds)} == {
        (type, kind.value) for type, kind in INBOX
    }


def test_every_activity_that_leaves_is_documented() -> None:
    """FEP-67ff: what peers get from us."""
    section = text("FEDERATION.md").split("## Activities that leave")[1].split("\n## ")[0]
    publishing = [path for package in PACKAGES for path in (ROOT / package).rglob("*.py")]
    source = "\n".join(path.read_text() for path in publishing if path.name == "actions.py")
    verbs = "follow|accept|reject|undo|like|announce|create|delete|block|flag|move"
    made = {verb.title() for verb in re.findall(rf"build\.({verbs})\(", source)}
    made |= set(re.findall(r'"type": "(\w+)"', source))
    made |= set(re.findall(r'"(\w+Request)"', text("coopfed/vocab/consent.py")))
    made |= set(re.findall(r'"(Add|Remove)"', text("coopfed/features/posts/featured.py")))

    assert in_code_marks(section, r"[A-Z]\w+") == made


def test_every_outcome_is_documented() -> None:
    """Style: outcomes have the same names in rows, metrics, logs, tests and docs."""
    section = text("FEDERATION.md").split("## Outcomes")[1].split("\n## ")[0]

    assert in_code_marks(section, r"[a-z_]+") == {outcome.value for outcome in Outcome}


def test_every_metric_is_documented_with_its_labels() -> None:
    """Issue 3, 7: whoever reads a figure can look up what it says."""
    rows = re.findall(r"^\| `(\w+)` \|([^|]*)\|", text("docs/metrics.md"), re.MULTILINE)

    assert {(name, tuple(re.findall(r"`(\w+)`", labels))) for name, labels in rows} == {
        (metric.name, metric.labels) for metric in METRICS
    }


def test_nodeinfo_names_the_feps_that_the_federation_page_says_are_carried_out() -> None:
    """FEP-f1d5: `metadata.features`; a row of several FEPs is of those whose messages are only recognised."""
    carried_out = re.findall(r"^\| FEP-([0-9a-f]{4}) \|", text("FEDERATION.md"), re.MULTILINE)

    assert {f"fep-{number}" for number in carried_out} == set(FEATURES)


def test_every_table_is_documented() -> None:
    """Design 6: one place tells what each table holds."""
    section = text("docs/architecture.md").split("## The database")[1].split("\n## ")[0]

    assert in_code_marks(section, r"[a-z_]+") == set(SQLModel.metadata.tables)


def test_every_fep_that_the_code_names_is_in_the_federation_page() -> None:
    """FEP-67ff: the page lists the FEPs that are carried out."""
    sources = [path for package in PACKAGES for path in (ROOT / package).rglob("*.py")]
    named = {fep for path in sources for fep in re.findall(r"FEP-[0-9a-f]{4}", path.read_text())}

    assert named
    assert named <= set(re.findall(r"FEP-[0-9a-f]{4}", text("FEDERATION.md")))


def test_every_dependency_has_its_role_in_the_readme() -> None:
    """Issue 2, stage A: an honest table of dependencies with the role of each."""
    project = tomllib.loads(text("pyproject.toml"))["project"]
    extras = (requirement for extra in project["optional-dependencies"].values() for requirement in extra)
    wanted = [*project["dependencies"], *extras]
    names = {re.match(r"[\w.-]+", requirement)[0] for requirement in wanted}  # type: ignore[index]
    table = text("README.md").split("## What it stands on")[1]

    assert in_code_marks(table, r"[\w.-]+") == names


# --- the house ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("package", PACKAGES)
def test_a_generic_package_name_is_ours(package: str) -> None:
    """aesthetics 4.1: `inbox` and its like are names that other distributions use too."""
    module = importlib.import_module(package)

    assert module.__file__ is not None
    assert Path(module.__file__) == ROOT / package / "__init__.py"


def test_every_top_folder_of_the_map_exists() -> None:
    """The map in the README leads somewhere."""
    folders = in_code_marks(text("README.md").split("## The map of the house")[1].split("\n## ")[0], r"\w+/")

    assert {f"{package}/" for package in PACKAGES} <= folders
    assert all((ROOT / folder).is_dir() for folder in folders)


@pytest.mark.parametrize("page", DOCS, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_link_between_pages_leads_somewhere(page: Path) -> None:
    """A reader who follows a link finds the page."""
    targets = re.findall(r"\]\((?!https?:)([^)#]+)", page.read_text())

    assert [target for target in targets if not (page.parent / target).exists()] == []


@pytest.mark.parametrize("page", DOCS, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_file_that_a_page_names_exists(page: Path) -> None:
    """A path in `code marks` is a path of this repository."""
    named = re.findall(r"`((?:coopfed|actors|webfinger|outbox|inbox|tests|tools|docs)/[\w./-]*)`", page.read_text())

    assert [path for path in named if not (ROOT / path).exists()] == []


# --- records -----------------------------------------------------------------------------------------------------


def test_the_changelog_keeps_its_form() -> None:
    """Style: Keep a Changelog headings; each line begins with a past-tense verb."""
    changelog = text("CHANGELOG.md")

    assert changelog.startswith("# Changelog\n")
    assert re.findall(r"^## (.*)$", changelog, re.MULTILINE)[0] == "[Unreleased]"
    kinds = {"Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"}
    assert set(re.findall(r"^### (.*)$", changelog, re.MULTILINE)) <= kinds
    assert [
        line
        for line in re.findall(r"^- (.*)$", changelog, re.MULTILINE)
        if not re.match(r"[A-Z]\w+(ed|pt|de|ke) ", line)
    ] == []


def test_decisions_are_numbered_without_a_gap() -> None:
    """Style: docs/decisions/NNNN-title.md, never edited, only superseded."""
    assert [int(path.name[:4]) for path in DECISIONS] == list(range(1, len(DECISIONS) + 1))


@pytest.mark.parametrize("decision", DECISIONS, ids=lambda path: path.stem)
def test_a_decision_says_what_else_was_weighed_and_what_it_costs(decision: Path) -> None:
    """Style: context, decision, what else we weighed, what it costs; half a page."""
    page = decision.read_text()

    assert page.startswith(f"# {int(decision.name[:4])}. ")
    assert [part for part in ("Context", "Decision", "Also weighed", "Costs") if f"**{part}.**" not in page] == []
    assert len(page) < 3_000


def test_the_licence_is_the_one_that_the_project_names() -> None:
    """AGPL-3.0-or-later, whole."""
    licence = text("LICENSE")

    assert licence.lstrip().startswith("GNU AFFERO GENERAL PUBLIC LICENSE")
    assert len(licence) == 34_523
    assert tomllib.loads(text("pyproject.toml"))["project"]["license"] == "AGPL-3.0-or-later"


def test_every_known_bug_has_its_test_or_its_reason() -> None:
    """The bugs that others met between servers: none is forgotten, and no row names a test that is gone."""
    rows = re.findall(r"^\| (\d+) \| .+? \| (.+) \|$", text("docs/known-bugs.md"), re.MULTILINE)

    assert [int(number) for number, _ in rows] == list(range(1, 45))
    for number, shown in rows:
        named = re.fullmatch(r"`(tests/\S+\.py)::(test_\w+)`", shown)
        assert named or shown.startswith("does not apply: "), number
        assert named is None or f"def {named[2]}(" in text(named[1]), number
    for path, name in re.findall(r"`(tests/\S+\.py)::(test_\w+)`", text("docs/known-bugs.md")):
        assert f"def {name}(" in text(path), name


def test_every_feature_names_tests_that_are_there() -> None:
    """What the mission is measured by: each row is shown by a test that a reader can run, and no row names one that is gone."""
    rows = re.findall(r"^\| (?!feature|---)(.+?) \| (.+?) \| (.+) \|$", text("docs/features.md"), re.MULTILINE)

    assert len(rows) > 15
    for feature, _where, shown in rows:
        named = re.findall(r"`(tests/[\w/]+\.py)::(test_\w+)`", shown)
        assert named, feature
        for path, name in named:
            assert f"def {name}(" in text(path), f"{path}::{name}"
