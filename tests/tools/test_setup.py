"""Setting up on a machine that has only Python: what is installed is what was locked."""

import re
import sys
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[2]
LOCKS = sorted((ROOT / "requirements").glob("*.txt"))


@pytest.fixture
def bootstrap(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The module tools/bootstrap.py, which is a script and not on the path."""
    monkeypatch.syspath_prepend(str(ROOT / "tools"))
    import bootstrap  # noqa: PLC0415

    return bootstrap


def test_a_pip_that_is_not_the_pinned_one_is_not_run(bootstrap: ModuleType) -> None:
    """Design 5: the setup installs locked dependencies; a changed download must stop it."""
    changed = b"PK a wheel with other contents"

    with pytest.raises(bootstrap.SetupError, match="not the one that was expected"):
        bootstrap.checked(changed)


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


@pytest.mark.parametrize("lock", LOCKS, ids=lambda path: path.stem)
def test_every_locked_package_has_a_version_and_hashes(lock: Path) -> None:
    """Issue 2, stage A: requirements files with hashes that plain pip can install."""
    joined = re.sub(r"\\\n\s*", " ", lock.read_text())
    requirements = [line for line in joined.splitlines() if line and not line.lstrip().startswith("#")]

    assert requirements
    assert all(re.match(r"[a-z0-9._-]+==\S+ ", line) and "--hash=sha256:" in line for line in requirements)


@pytest.mark.parametrize("lock", LOCKS, ids=lambda path: path.stem)
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
