"""The commands of `./run`: one table, each with the groups of packages it needs.

Standard library only. `bootstrap.py` has set up `.venv` and put it first on the PATH before a task runs.
"""

import os
import shutil
import subprocess
import sys
import tempfile
import time
import tomllib
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BIN = ROOT / ".venv" / "bin"
ROOM_FOR_TESTS = 2 * 1024**3

GATES: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("ruff check", ("ruff", "check", "--quiet", ".")),
    ("ruff format", ("ruff", "format", "--check", "--quiet", ".")),
    ("mypy --strict", ("mypy",)),
    ("import-linter", ("lint-imports", "--no-logo")),
    ("deptry", ("deptry", ".")),
)
"""What code has to pass before its tests count; each is judged even when one before it failed."""

SIDE_BY_SIDE = ("-n", str(min(os.cpu_count() or 1, 4)), "--dist", "loadfile")
"""A process of tests for each core, each with files of its own."""


@dataclass(frozen=True, slots=True)
class Task:
    """A command of `./run`: what it is for, the lock files it needs installed, and what it does with its arguments."""

    summary: str
    groups: tuple[str, ...]
    run: Callable[[list[str]], int]


def coopfed(arguments: list[str]) -> int:
    """Become the `coopfed` program, so that signals and the terminal are its own."""
    os.execv(BIN / "coopfed", ["coopfed", *arguments])


def demo(arguments: list[str]) -> int:
    """Become `coopfed demo`."""
    return coopfed(["demo", *arguments])


def bench(arguments: list[str]) -> int:
    """Print what each part costs on this machine."""
    return subprocess.run([BIN / "python", "-m", "tests.benchmarks", *arguments], cwd=ROOT, check=False).returncode


def soak(arguments: list[str]) -> int:
    """Let the storms of bad days blow at full size, on loopback."""
    return subprocess.run([BIN / "python", "-m", "tests.storms", *arguments], cwd=ROOT, check=False).returncode


def lint(arguments: list[str]) -> int:
    """Pass the gates, or with --fix let ruff mend first what it can; 0 when all are passed."""
    if "--fix" in arguments:
        for command in (("ruff", "check", "--fix", "--quiet", "."), ("ruff", "format", "--quiet", ".")):
            subprocess.run([BIN / command[0], *command[1:]], cwd=ROOT, check=False)
    return 1 if failed_gates() else 0


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of a gate: a line for people, and what the gate said when it was not passed."""

    name: str
    passed: bool
    line: str
    said: str


def judged(name: str, command: tuple[str, ...]) -> Verdict:
    """The verdict of one gate."""
    started = time.monotonic()
    done = subprocess.run([BIN / command[0], *command[1:]], cwd=ROOT, capture_output=True, text=True, check=False)
    passed = done.returncode == 0
    line = f"{name:<14} {'passed' if passed else 'FAILED'} ({time.monotonic() - started:.1f} s)"
    return Verdict(name, passed, line, f"{done.stdout}{done.stderr}")


def failed_gates() -> list[str]:
    """Names of the gates that were not passed; what they said is printed, each when it is done."""
    return told(judged(name, command) for name, command in GATES)


def told(verdicts: Iterable[Verdict]) -> list[str]:
    """Prints verdicts as they come. Names of those that were not passed."""
    failed = []
    for verdict in verdicts:
        print(verdict.line, flush=True)
        if not verdict.passed:
            print(verdict.said, flush=True)
            failed.append(verdict.name)
    return failed


def test(arguments: list[str]) -> int:
    """Pass the gates, then the tests; --quick leaves out slow tests and does both at once, --coverage tells which lines no test
    reaches (one process, twice as long)."""
    chosen = [argument for argument in arguments if argument not in ("--quick", "--coverage")]
    (ROOT / ".cache").mkdir(exist_ok=True)
    if "--quick" in arguments:
        with ThreadPoolExecutor(1) as beside:
            verdicts = beside.submit(lambda: [judged(name, command) for name, command in GATES])
            status = pytest(*SIDE_BY_SIDE, "-m", "not slow", *chosen)
            failed = told(verdicts.result())
    else:
        failed = failed_gates()
        status = covered(chosen) if "--coverage" in arguments else everything(chosen)
    if failed:
        print(f"Gates not passed: {', '.join(failed)}.", file=sys.stderr)
    return status or (1 if failed else 0)


def everything(chosen: list[str]) -> int:
    """Run the tests, those first that may run side by side. Their status: the gravest; that no test was chosen only when both say so."""
    if "-m" in chosen:
        return pytest(*chosen)
    nothing_chosen = 5
    statuses = {pytest(*SIDE_BY_SIDE, "-m", "not alone", *chosen), pytest("-m", "alone", *chosen)}
    return max(statuses - {nothing_chosen}, default=nothing_chosen)


def covered(chosen: list[str]) -> int:
    """Run the tests with branch coverage and print the lines that they miss. Their status."""
    status = pytest(*chosen, before=("-m", "coverage", "run"))
    subprocess.run([BIN / "coverage", "report"], cwd=ROOT, check=False)
    return status


def pytest(*arguments: str, before: tuple[str, ...] = ()) -> int:
    """Run pytest with its databases in the fastest place there is. Its status."""
    command = [BIN / "python", *before, "-m", "pytest", *arguments]
    return subprocess.run(command, cwd=ROOT, env=os.environ | {"TMPDIR": fast_folder()}, check=False).returncode


def fast_folder() -> str:
    """Where tests keep their databases: in memory, where a COMMIT need not wait for a disk, if there is room."""
    memory = Path("/dev/shm")
    if memory.is_dir() and os.access(memory, os.W_OK) and shutil.disk_usage(memory).free > ROOM_FOR_TESTS:
        return str(memory)
    return tempfile.gettempdir()


def lock(arguments: list[str]) -> int:
    """Write the lock files anew from pyproject.toml with uv; `--upgrade` takes newer releases.

    Every file has hashes and markers for all platforms, so that plain pip can use it, and names no package index.
    Needs uv on the PATH. What is outside `core` is resolved under the versions that `core` fixed, foreign servers of the tests are not.
    """
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    groups, extras = project["dependency-groups"], project["project"]["optional-dependencies"]
    wanted = {
        "core": project["project"]["dependencies"],
        "build": [*project["build-system"]["requires"], "setuptools", "wheel"],
        "postgres": extras["postgres"],
        "s3": extras["s3"],
        "test": groups["test"],
        "lint": groups["lint"],
    }
    written: list[str] = []
    for name, requirements in wanted.items():
        target = f"requirements/{name}.txt"
        settings = [part for earlier in written for part in ("--constraint", earlier)] + arguments
        if status := _compile(requirements, target, settings):
            return status
        written.append(target)
    # Foreign servers and clients of the tests live in environments of their own: ours is no constraint for them.
    for source in sorted(path for place in ("peers", "clients") for path in (ROOT / "tests" / place).glob("*/*.in")):
        target = str(source.with_suffix(".txt").relative_to(ROOT))
        if status := _compile([source.read_text()], target, arguments):
            return status
    return 0


def _compile(requirements: list[str], target: str, settings: list[str]) -> int:
    command = ["uv", "pip", "compile", "--quiet", "--generate-hashes", "--universal", "--python-version", "3.11"]
    command += ["--custom-compile-command", "./run lock", "--output-file", target, "-", *settings]
    return subprocess.run(command, cwd=ROOT, input="\n".join(requirements), text=True, check=False).returncode


def messages(arguments: list[str]) -> int:
    """Bring the catalogues of all languages in step with the texts that are used."""
    return subprocess.run([BIN / "python", ROOT / "tools" / "messages.py", *arguments], check=False).returncode


def openapi(arguments: list[str]) -> int:
    """Ask a node for every route of its client API, and write down what it says of each, and what they answer."""
    os.environ["SNAPSHOTS"] = "write"
    # The entities first: the document names them.
    statuses = [
        pytest("-q", "tests/coopfed/api/test_openapi.py", "-k", what, "--engine=sqlite", *arguments)
        for what in ("are_those", "is_what")
    ]
    return max(statuses)


TASKS: dict[str, Task] = {
    "demo": Task("start a small federation on this machine (--check: verify it and stop)", ("build", "core"), demo),
    "test": Task(
        "pass the gates, then all tests (--quick: what answers in two minutes; --coverage)",
        ("build", "core", "postgres", "test", "lint"),
        test,
    ),
    "bench": Task(
        "what each part costs here, on both engines (--only NAME; minutes)",
        ("build", "core", "postgres", "test"),
        bench,
    ),
    "soak": Task(
        "bad days at full size: floods, dead hosts, a full disk (--only NAME, --size 0.1; many minutes)",
        ("build", "core", "postgres", "test"),
        soak,
    ),
    "coopfed": Task("the coopfed command line (try: ./run coopfed --help)", ("build", "core", "postgres"), coopfed),
    "lint": Task(
        "the gates alone (--fix: mend what can be mended)", ("build", "core", "postgres", "test", "lint"), lint
    ),
    "messages": Task("add new texts to the catalogues, name what is not translated", ("build", "core"), messages),
    "openapi": Task(
        "write the tables of coopfed/api/described.py anew, from what a node answers",
        ("build", "core", "test"),
        openapi,
    ),
    "lock": Task("write requirements/*.txt anew (needs uv; --upgrade: newer releases)", (), lock),
}


def overview() -> str:
    """The commands and what they are for, a line each."""
    lines = [f"  ./run {name:<9} {task.summary}" for name, task in TASKS.items()]
    return "\n".join(["Usage: ./run COMMAND [ARGUMENTS]", *lines])
