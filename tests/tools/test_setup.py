"""Setting up on a machine that has only Python: what is installed is what was locked."""

import hashlib
import re
import subprocess
import sys
import zipfile
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[2]
LOCKS = sorted((ROOT / "requirements").glob("*.txt"))
PEERS = sorted((ROOT / "tests" / "peers").glob("*/requirements.txt"))
"""Of foreign servers of the tests, each in an environment of its own."""


@pytest.fixture
def bootstrap(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The module tools/bootstrap.py, which is a script and not on the path."""
    monkeypatch.syspath_prepend(str(ROOT / "tools"))
    import bootstrap  # noqa: PLC0415

    return bootstrap


def test_a_pip_that_is_not_the_pinned_one_is_not_run(bootstrap: ModuleType, tmp_path: Path) -> None:
    """Design 5: the setup installs locked dependencies; a changed or missing pip must stop it."""
    changed = tmp_path / bootstrap.PIP_WHEEL.name
    changed.write_bytes(b"PK a wheel with other contents")

    for wheel in (changed, tmp_path / "missing.whl"):
        with pytest.raises(bootstrap.SetupError, match="not the one that was expected"):
            bootstrap.checked(wheel)


def test_the_vendored_pip_is_the_pinned_one_and_brings_its_licence(bootstrap: ModuleType) -> None:
    """Design 5: Python alone is enough; what is vendored is checked and licensed."""
    wheel = bootstrap.checked(bootstrap.PIP_WHEEL)

    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
        metadata = archive.read(next(name for name in names if name.endswith(".dist-info/METADATA"))).decode()

    assert "License-Expression: MIT" in metadata
    assert any(name.endswith("/LICENSE.txt") for name in names)
    assert "pip/__main__.py" in names


def test_whatever_is_vendored_stands_in_the_readme_with_its_checksum() -> None:
    """Design 18: what is vendored is named, licensed and checked."""
    vendored = [path for path in (ROOT / "tools" / "vendor").rglob("*") if path.is_file()]
    rows = (ROOT / "README.md").read_text().splitlines()

    assert vendored
    for path in vendored:
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        name = path.relative_to(ROOT).as_posix()
        assert [row for row in rows if f"`{name}`" in row and f"`{digest}`" in row], name


@pytest.mark.slow
def test_the_vendored_pip_runs_from_its_zip_file(bootstrap: ModuleType) -> None:
    """Design 5: on a machine without pip and ensurepip, the wheel is run and never installed."""
    done = subprocess.run(
        [bootstrap.base_python(), f"{bootstrap.checked(bootstrap.PIP_WHEEL)}/pip", "--version"],
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("pip 26.3 from ")
    assert ".whl" in done.stdout


def test_no_file_of_the_project_names_a_package_index() -> None:
    """Issue 2, stage A: where packages come from is the operator's choice, not the repository's."""
    hosts = tuple(f"{name}.{top}" for name, top in (("pypi", "org"), ("pythonhosted", "org"), ("npmjs", "org")))
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True).stdout.decode()
    naming = [
        path
        for path in listed.split("\0")
        if path and not path.endswith(".whl") and (ROOT / path).is_file()
        if any(host in (ROOT / path).read_text(errors="replace") for host in hosts)
    ]

    assert listed
    assert naming == []


def test_a_changed_lock_file_is_noticed(bootstrap: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Design 5: `run` sets up what is missing; a new lock is something missing."""
    monkeypatch.setattr(bootstrap, "REQUIREMENTS", tmp_path)
    (tmp_path / "core.txt").write_text("a==1 --hash=sha256:00")
    before = bootstrap.fingerprint(["core"])

    (tmp_path / "core.txt").write_text("a==2 --hash=sha256:11")

    assert bootstrap.fingerprint(["core"]) != before


def test_an_unfinished_environment_counts_as_none(
    bootstrap: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Design 5: the stamp is written last, so a setup that was interrupted is done again."""
    monkeypatch.setattr(bootstrap, "STAMP", tmp_path / "stamp.json")
    (tmp_path / "stamp.json").write_text('{"core": ')

    assert bootstrap.stamped() == {}


def test_no_foreign_environment_reaches_what_is_started(bootstrap: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    """Design 5: `run` uses its own .venv, whatever the shell had activated."""
    monkeypatch.setenv("VIRTUAL_ENV", "/somewhere/else")
    monkeypatch.setenv("PYTHONPATH", "/somewhere/else")

    inner = bootstrap.environment()

    assert inner["VIRTUAL_ENV"] == str(ROOT / ".venv")
    assert "PYTHONPATH" not in inner
    assert inner["PATH"].startswith(str(ROOT / ".venv" / "bin"))


@pytest.mark.parametrize("lock", [*LOCKS, *PEERS], ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_every_locked_package_has_a_version_and_hashes(lock: Path) -> None:
    """Issue 2, stage A: requirements files with hashes that plain pip can install."""
    joined = re.sub(r"\\\n\s*", " ", lock.read_text())
    requirements = [line for line in joined.splitlines() if line and not line.lstrip().startswith("#")]

    assert requirements
    assert all(re.match(r"[a-z0-9._-]+==\S+ ", line) and "--hash=sha256:" in line for line in requirements)


@pytest.mark.parametrize("lock", [*LOCKS, *PEERS], ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_no_lock_file_names_a_package_index(lock: Path) -> None:
    """Issue 2, stage A: no index address in them; where packages come from is the operator's choice."""
    text = lock.read_text()

    assert not re.search(r"https?:|--(extra-)?index|--find-links|file:", text)


def test_the_lock_files_agree_on_every_version() -> None:
    """Issue 2, stage A: the files are installed together, so no package may be locked twice differently."""
    found: dict[str, set[str]] = {}
    for lock in LOCKS:
        own: dict[str, set[str]] = {}
        for name, version, marker in re.findall(r"^([a-z0-9._-]+)==(\S+)(?: ; (.*?))? \\$", lock.read_text(), re.M):
            own.setdefault(name, set()).add(f"{version} {marker}" if name == "quart" else version)
        for name, versions in own.items():
            assert found.setdefault(name, versions) == versions, f"{name} in {lock.name}"


def test_the_setup_needs_nothing_but_the_standard_library() -> None:
    """Design 5: it runs before anything is installed."""
    for script in ("bootstrap.py", "tasks.py"):
        text = (ROOT / "tools" / script).read_text()
        imported = set(re.findall(r"^(?:import|from) (\w+)", text, re.M))

        assert imported <= sys.stdlib_module_names | {"tasks"}
