"""Fixtures that every test may use, and the two promises of a test run: both engines get the same tests, skips are told.

    database_url          a migrated database, once on SQLite and once on PostgreSQL, fresh for each test
    database_urls         three of them, all on one engine, for several nodes in one test
    empty_database_url    the same without tables, for the tests of the migrations
    scene                 a served node with a member, and a peer with an actor, on a fresh database of each engine
    postgres_url          an empty PostgreSQL database for tests of that engine alone
    foreign_messages      the folder of real messages of other software (COOPFED_FIXTURES)

An address is the path of a file named coopfed.sqlite3 in a folder of its own, or begins with postgresql://, as
`coopfed.db.migrate` takes it; `tests.support.nodes` makes a configuration of it. With COOPFED_NO_SKIP=1 (CI) a skipped test
fails: everything a test may need is installed there.
"""

import gc
import os
import shutil
from collections import Counter
from collections.abc import AsyncIterator, Generator, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

from coopfed.db import migrate
from tests.support.postgres import Cluster, NoPostgres
from tests.support.scene import Scene, a_scene

ENGINES = ("sqlite", "postgresql")
NO_SKIP = os.environ.get("COOPFED_NO_SKIP") == "1"
NOT_QUICK = (
    "tests/security/",
    "tests/coopfed/cli/",
    "tests/coopfed/selfcheck/",
    "tests/coopfed/db/test_archive.py",
    "tests/outbox/test_clock_steps.py",
)
"""Many small tests that take long together: `./run test --quick` leaves them out."""
ALONE = ("tests/chaos/", "tests/processes/", "tests/storms/")
"""They measure, kill and flood: nothing else may run beside them."""
ON_BOTH = pytest.StashKey[Counter[str]]()
ENGINE = pytest.StashKey[str]()
DESELECTED = pytest.StashKey[int]()


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    """A PostgreSQL cluster that lives as long as the session."""
    try:
        started = Cluster.start()
    except NoPostgres as error:
        pytest.skip(f"PostgreSQL did not start: {error}")
    yield started
    started.stop()


@pytest.fixture(scope="session")
def postgres_template(cluster: Cluster) -> str:
    """Name of a migrated database of which tests get copies."""
    name = cluster.create()
    migrate.upgrade(cluster.url(name))
    return name


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated database file of which tests get copies."""
    path = tmp_path_factory.mktemp("template") / "coopfed.sqlite3"
    migrate.upgrade(str(path))
    return path


@pytest.fixture
def postgres_url(cluster: Cluster) -> Iterator[str]:
    """Address of a new PostgreSQL database without tables."""
    name = cluster.create()
    yield cluster.url(name)
    cluster.drop(name)


@pytest.fixture(params=ENGINES)
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Address of a new, migrated database; the test runs once on each engine."""
    if request.param == "sqlite":
        path = tmp_path / "coopfed.sqlite3"
        shutil.copyfile(request.getfixturevalue("sqlite_template"), path)
        yield str(path)
        return
    cluster = request.getfixturevalue("cluster")
    name = cluster.take(request.getfixturevalue("postgres_template"))
    yield cluster.url(name)
    cluster.drop(name)


@pytest.fixture
def database_urls(database_url: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[list[str]]:
    """Addresses of three migrated databases; the test runs once on each engine."""
    if not database_url.startswith("postgresql://"):
        others = [tmp_path / name / "coopfed.sqlite3" for name in ("second", "third")]
        for path in others:
            path.parent.mkdir()
            shutil.copyfile(request.getfixturevalue("sqlite_template"), path)
        yield [database_url, *map(str, others)]
        return
    cluster = request.getfixturevalue("cluster")
    names = [cluster.take(request.getfixturevalue("postgres_template")) for _ in range(2)]
    yield [database_url, *map(cluster.url, names)]
    for name in names:
        cluster.drop(name)


@pytest.fixture
async def scene(database_url: str) -> AsyncIterator[Scene]:
    """The scene of most tests, once on each engine."""
    async with a_scene(database_url) as scene:
        yield scene


@pytest.fixture(params=ENGINES)
def empty_database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Address of a new database without tables; the test runs once on each engine."""
    if request.param == "sqlite":
        return str(tmp_path / "coopfed.sqlite3")
    url: str = request.getfixturevalue("postgres_url")
    return url


@pytest.fixture(scope="session")
def foreign_messages() -> Path:
    """Folder of real messages of other software, which are not ours to copy; the test is skipped where there is none."""
    folder = os.environ.get("COOPFED_FIXTURES")
    if not folder or not Path(folder).is_dir():
        pytest.skip("COOPFED_FIXTURES does not name the folder with messages of other software")
    return Path(folder)


# --- both engines, and no silent skip ---------------------------------------------------------------------------


def pytest_addoption(parser: pytest.Parser) -> None:
    """A run may be for one engine."""
    parser.addoption(
        "--engine",
        choices=("both", *ENGINES),
        default="both",
        help="postgresql: only the storage tests on it; sqlite: everything else",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Begin to count. A slow machine is no fault of the program, and a quick run tries fewer examples."""
    config.stash[ON_BOTH] = Counter()
    config.stash[DESELECTED] = 0
    settings.register_profile("all", deadline=None)
    settings.register_profile("quick", deadline=None, max_examples=25)
    config.pluginmanager.register(Counts(config), "counts")
    settings.load_profile("quick" if config.option.markexpr.startswith("not slow") else "all")


def pytest_collection_finish() -> None:
    """What was imported and collected stays to the end: it is not looked through for rubbish again and again (as `coopfed serve` does)."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 20, 50)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Note which engine a storage test runs on; leave out what another process runs, and what is not for a quick run."""
    for item in items:
        if item.nodeid.startswith(NOT_QUICK):
            item.add_marker(pytest.mark.slow)
        if item.nodeid.startswith(ALONE):
            item.add_marker(pytest.mark.slow)
            item.add_marker(pytest.mark.alone)
        parameters = getattr(item, "callspec", None) and item.callspec.params  # type: ignore[attr-defined]
        for fixture in ("database_url", "empty_database_url"):
            if parameters and fixture in parameters:
                item.stash[ENGINE] = parameters[fixture]
    chosen = config.getoption("engine")
    if chosen != "both":
        on_postgres = chosen == "postgresql"
        items[:] = [item for item in items if (item.stash.get(ENGINE, "") == "postgresql") is on_postgres]


def pytest_deselected(items: list[pytest.Item]) -> None:
    """Count what this run leaves out."""
    if items:
        items[0].config.stash[DESELECTED] += len(items)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Note the engine of a storage test that ran, for whoever counts; make a skip a failure where everything is installed."""
    report = yield
    if report.when == "call" and not report.skipped and ENGINE in item.stash:
        report.user_properties.append(("engine", item.stash[ENGINE]))
    if report.skipped and NO_SKIP and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"{item.nodeid} was skipped where nothing may be skipped: {reason_of(report)}"
    return report


class Counts:
    """What a whole run counts, whichever of its processes a test ran in."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Count storage tests by engine."""
        if report.when == "call":
            self._config.stash[ON_BOTH].update(
                engine for name, engine in report.user_properties if name == "engine" and isinstance(engine, str)
            )

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:
        """Every process leaves out the same; one of them is asked. One that fell at the start (a misspelt path) says nothing."""
        self._config.stash[DESELECTED] = getattr(node, "workeroutput", {}).get("deselected", 0)


def pytest_sessionfinish(session: pytest.Session) -> None:
    """A run in which one engine got fewer tests than the other has failed, unless it was asked for by name."""
    if hasattr(session.config, "workeroutput"):
        session.config.workeroutput["deselected"] = session.config.stash[DESELECTED]
        return
    counts = session.config.stash[ON_BOTH]
    one_engine = session.config.getoption("engine") != "both"
    chosen = (
        one_engine
        or session.config.option.keyword
        or session.config.option.maxfail
        or session.config.getoption("lf", False)
    )
    one_by_one = any("[" in argument for argument in session.config.args)
    if NO_SKIP and not chosen and not one_by_one and counts["sqlite"] != counts["postgresql"]:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Say how many storage tests each engine got, and what was left out and why."""
    counts = config.stash[ON_BOTH]
    if counts:
        engines = [engine for engine in ENGINES if config.getoption("engine") in ("both", engine)]
        equal = (
            "one engine" if len(engines) == 1 else "equal" if counts["sqlite"] == counts["postgresql"] else "NOT EQUAL"
        )
        told = ", ".join(f"{engine} {counts[engine]}" for engine in engines)
        terminalreporter.section("storage tests by engine")
        terminalreporter.line(f"{told} ({equal})")
    reasons = Counter(reason_of(report) for report in terminalreporter.stats.get("skipped", []))
    if config.stash[DESELECTED]:
        reasons[f"deselected ({config.option.markexpr or config.option.keyword or 'by name'})"] = config.stash[
            DESELECTED
        ]
    if reasons:
        terminalreporter.section("left out, and why")
        for reason, count in reasons.most_common():
            terminalreporter.line(f"{count} × {reason}")


def reason_of(report: pytest.TestReport) -> str:
    """Why a test was skipped, as its author put it."""
    text = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
    return text.removeprefix("Skipped: ")
