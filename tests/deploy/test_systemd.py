"""deploy/systemd: the units name programs, commands and files that exist, stop as long as the program needs, and lock it in."""

import re
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest

from coopfed import limits
from tests.deploy.commands import refused
from tests.deploy.reading import DEPLOY, ROOT, Unit, environment, unit

UNITS = sorted((DEPLOY / "systemd").iterdir())
SERVICES = [path for path in UNITS if path.suffix == ".service"]
LONG_RUNNING = [path for path in SERVICES if path.name != "coopfed-backup.service"]
HOME = "/opt/coopfed"


def service(path: Path) -> dict[str, str]:
    """The last value of each key of the service."""
    return {name: values[-1] for name, values in unit(path)["Service"].items()}


def commands(path: Path) -> list[list[str]]:
    """What the service runs, `sh -c` opened, the instance put in."""
    found = []
    for name in ("ExecStart", "ExecStartPre", "ExecStartPost"):
        for line in unit(path)["Service"].get(name, []):
            words = shlex.split(line.replace("%i", "8081"))
            found.append(shlex.split(words[2]) if words[:2] == ["/bin/sh", "-c"] else words)
    return found


def test_the_units_are_those_of_the_operations_page() -> None:
    """Issue 3, 8."""
    page = (ROOT / "docs" / "operations.md").read_text()

    assert [path.name for path in UNITS if path.name not in page] == []


@pytest.mark.parametrize("path", SERVICES, ids=lambda path: path.name)
def test_every_command_and_option_exists(path: Path) -> None:
    """Issue 3, 8: a renamed option would stop the node at its next start."""
    ours = [[word for word in words if word != "exec"] for words in commands(path)]
    ours = [words[1:] for words in ours if words[0] == f"{HOME}/.venv/bin/coopfed"]

    assert ours
    assert [refused(words) for words in ours] == [None] * len(ours)


@pytest.mark.parametrize("path", SERVICES, ids=lambda path: path.name)
def test_the_files_they_name_are_those_of_the_page(path: Path) -> None:
    """Where code, settings and data lie is said once and held everywhere."""
    found = service(path)

    assert found["EnvironmentFile"] == "/etc/coopfed/env"
    assert found["User"] == found["Group"] == "coopfed"
    assert environment(DEPLOY / "env.example")["COOPFED_DATA_DIR"] == f"/var/lib/{found['StateDirectory']}"
    (documentation,) = unit(path)["Unit"]["Documentation"]
    assert (ROOT / documentation.removeprefix(f"file://{HOME}/")).is_file()


@pytest.mark.parametrize("path", LONG_RUNNING, ids=lambda path: path.name)
def test_a_stop_lasts_as_long_as_the_program_may_need(path: Path) -> None:
    """Security 2.2, *Graceful stop*: killed only when it did not end by itself; and always started again."""
    found = service(path)

    assert int(found["TimeoutStopSec"]) >= limits.GRACEFUL_SECONDS + 5
    assert (found["KillSignal"], found["Restart"]) == ("SIGTERM", "always")
    assert unit(path)["Unit"]["StartLimitIntervalSec"] == ["0"]
    assert int(found["LimitNOFILE"]) >= 10 * limits.CONNECTIONS


@pytest.mark.parametrize("path", SERVICES, ids=lambda path: path.name)
def test_every_service_is_locked_in(path: Path) -> None:
    """Security 1.3, 1.4: a fault in the program is not one of the machine."""
    found = service(path)

    assert found["CapabilityBoundingSet"] == ""
    assert found["ProtectSystem"] == "strict"
    for name in ("NoNewPrivileges", "ProtectHome", "PrivateTmp", "PrivateDevices", "RestrictSUIDSGID"):
        assert found[name] == "yes", name


def test_the_backup_keeps_what_its_timer_makes() -> None:
    """Issue 3, 6: every night, into the folder that is emptied of what is old; never of anything else."""
    timer: Unit = unit(DEPLOY / "systemd" / "coopfed-backup.timer")
    (saving, clearing) = commands(DEPLOY / "systemd" / "coopfed-backup.service")
    file = re.sub(r"\$\$\(.*?\)", "20260101-000000", " ".join(saving[3:]).replace("%%", "%"))

    assert timer["Timer"]["OnCalendar"] == ["*-*-* 03:17:00"]
    assert (
        Path(clearing[1])
        == Path(file).parent
        == Path(service(DEPLOY / "systemd" / "coopfed-backup.service")["ReadWritePaths"])
    )
    assert Path(file).match(clearing[clearing.index("-name") + 1])


def test_systemd_takes_them() -> None:
    """Issue 3, 8: read by systemd itself, where it is installed."""
    program = shutil.which("systemd-analyze")
    if program is None:
        pytest.skip("systemd-analyze is not installed")

    said = subprocess.run([program, "verify", *UNITS], capture_output=True, text=True, check=False).stderr

    missing = f"Command {HOME}/.venv/bin/coopfed is not executable"
    ours = [line for line in said.splitlines() if line.startswith("coopfed") or "deploy/" in line]
    assert [line for line in ours if missing not in line] == []
