"""Makes `.venv` with the locked dependencies when it is missing or out of date, then does what `./run` was asked for.

Standard library only: it runs before anything is installed, on a Python that may have neither pip nor ensurepip
(Debian leaves both out). Four ways are tried in this order: uv; the venv module with its pip; a bare venv filled by the
host's pip; a bare venv filled by the pip wheel in tools/vendor, checked and run from the zip file. Where packages come from is
pip's and uv's business (their settings, PIP_INDEX_URL among them); no package index is named here.
Not a build tool: which commands exist, and what each does, stands in tools/tasks.py.
"""

import contextlib
import fcntl
import hashlib
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import NoReturn

import tasks

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
STAMP = VENV / "coopfed-setup.json"
CACHE = ROOT / ".cache"
REQUIREMENTS = ROOT / "requirements"

PIP_WHEEL = ROOT / "tools" / "vendor" / "pip-26.3-py3-none-any.whl"
PIP_SHA256 = "f3b60b20ffaadd4415ed7957212a38ac63fa4c5fa375bd0f4a797777940fad13"

Installer = list[str]
"""The beginning of a command line that installs into `.venv`; requirement arguments follow."""


class SetupError(Exception):
    """Setting up cannot go on; the message says what to do."""


def say(text: str) -> None:
    """Print a word of progress; on standard error, so that the output of commands stays clean."""
    print(text, file=sys.stderr, flush=True)


def environment() -> dict[str, str]:
    """Environment for everything started here: no other virtual environment or pip target leaks in."""
    foreign = {
        "VIRTUAL_ENV",
        "PYTHONHOME",
        "PYTHONPATH",
        "PIP_TARGET",
        "PIP_PREFIX",
        "PIP_USER",
        "PIP_REQUIRE_VIRTUALENV",
    }
    kept = {name: value for name, value in os.environ.items() if name not in foreign}
    path = os.pathsep.join([str(VENV / "bin"), kept.get("PATH", os.defpath)])
    return kept | {"VIRTUAL_ENV": str(VENV), "PATH": path, "PIP_DISABLE_PIP_VERSION_CHECK": "1", "PIP_NO_INPUT": "1"}


def base_python() -> str:
    """Path of the Python outside any virtual environment, of which `.venv` is made."""
    return getattr(sys, "_base_executable", None) or sys.executable


def call(arguments: Sequence[str | Path]) -> None:
    """Run a program quietly; its output is shown only when it fails. Raises SetupError."""
    done = subprocess.run(arguments, env=environment(), cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SetupError(f"{' '.join(map(str, arguments))}\n{done.stdout}{done.stderr}".rstrip())


def works(arguments: Sequence[str | Path]) -> bool:
    """Whether the program can be started and ends well; a version manager's shim may exist and still fail."""
    try:
        return subprocess.run(arguments, env=environment(), capture_output=True, check=False).returncode == 0
    except OSError:
        return False


# --- the four ways ------------------------------------------------------------------------------------------------


def with_uv() -> Installer | None:
    """Make the environment with uv, if it is here."""
    uv = shutil.which("uv")
    if uv is None or not works([uv, "--version"]):
        return None
    call([uv, "venv", "--quiet", "--allow-existing", "--python", base_python(), VENV])
    # uv does not read pip's variables; a mirror that was named for pip is meant for it too.
    mirror = os.environ.get("PIP_INDEX_URL")
    chosen = any(name in os.environ for name in ("UV_DEFAULT_INDEX", "UV_INDEX_URL", "UV_INDEX"))
    index = ["--default-index", mirror] if mirror and not chosen else []
    return [uv, "pip", "install", "--quiet", "--python", str(PYTHON), *index]


def with_venv_and_pip() -> Installer | None:
    """Make the environment with the venv module and the pip inside it, if this Python was not stripped of them."""
    # Debian without python3-venv has the module, but not the wheel inside it: only trying tells.
    if works([base_python(), "-m", "venv", VENV]) and works([PYTHON, "-m", "pip", "--version"]):
        return [str(PYTHON), "-m", "pip", "install", "--quiet"]
    shutil.rmtree(VENV, ignore_errors=True)
    return None


def with_host_pip() -> Installer | None:
    """Make a bare environment and fill it with the host's pip (22.3 or newer, which knows --python)."""
    call([base_python(), "-m", "venv", "--without-pip", VENV])
    pip = [base_python(), "-m", "pip", "--python", str(PYTHON)]
    return [*pip, "install", "--quiet"] if works([*pip, "--version"]) else None


def with_pip_wheel() -> Installer | None:
    """Make a bare environment and fill it with the vendored pip, which is never installed."""
    call([base_python(), "-m", "venv", "--without-pip", VENV])
    return [str(PYTHON), f"{checked(PIP_WHEEL)}/pip", "install", "--quiet"]


WAYS: tuple[Callable[[], Installer | None], ...] = (with_uv, with_venv_and_pip, with_host_pip, with_pip_wheel)


def checked(wheel: Path) -> Path:
    """The same path, if the pinned pip wheel lies there. Raises SetupError: what is not that wheel is not run."""
    if not wheel.is_file() or hashlib.sha256(wheel.read_bytes()).hexdigest() != PIP_SHA256:
        raise SetupError(f"{wheel} is missing or is not the one that was expected; nothing was installed.")
    return wheel


# --- is it up to date, and if not -----------------------------------------------------------------------------------


def fingerprint(groups: Sequence[str]) -> dict[str, str]:
    """SHA-256 of each lock file and of what the project itself is installed from."""
    files = {group: REQUIREMENTS / f"{group}.txt" for group in groups} | {"project": ROOT / "pyproject.toml"}
    return {name: hashlib.sha256(path.read_bytes()).hexdigest() for name, path in files.items()}


def stamped() -> dict[str, str]:
    """Fingerprint of what is installed; empty when there is no environment, or it was not finished."""
    try:
        found = json.loads(STAMP.read_text())
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def ensure(groups: Sequence[str]) -> None:
    """See that `.venv` holds the locked packages of these groups and the project. Raises SetupError."""
    wanted, present = fingerprint(groups), stamped()
    if present and wanted.items() <= present.items():
        return
    with only_one():
        present = stamped()
        if not wanted.items() <= present.items():
            everything = sorted((set(groups) | set(present)) - {"project"} | {"build"})
            set_up([group for group in everything if (REQUIREMENTS / f"{group}.txt").exists()])


@contextlib.contextmanager
def only_one() -> Iterator[None]:
    """Hold a lock, so that two first starts at the same moment do not write into one environment."""
    CACHE.mkdir(exist_ok=True)
    with (CACHE / "setup.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def set_up(groups: Sequence[str]) -> None:
    """Make the environment and install the groups and the project into it."""
    started = time.monotonic()
    fresh = not works([PYTHON, "-c", "import sys; sys.exit(sys.version_info < (3, 11))"])
    reason = "once" if fresh else "other packages are needed than lie there"
    say(f"Setting up CoopFed in .venv with Python {sys.version.split()[0]} ({reason}) …")
    STAMP.unlink(missing_ok=True)
    if fresh:
        shutil.rmtree(VENV, ignore_errors=True)
    installer = first_that_works()
    # What packages are built with is locked and installed first; an isolated build would fetch it unlocked.
    for batch in (["build"], [group for group in groups if group != "build"]):
        say(f"  installing {', '.join(batch)} …")
        files = [part for group in batch for part in ("-r", str(REQUIREMENTS / f"{group}.txt"))]
        call([*installer, "--no-build-isolation", "--require-hashes", *files])
    say("  installing CoopFed …")
    call([*installer, "--no-build-isolation", "--no-deps", "-e", ROOT])
    STAMP.write_text(json.dumps(fingerprint(groups)))
    say(f"  ready after {time.monotonic() - started:.0f} s.")


def first_that_works() -> Installer:
    """The first of the four ways that this machine offers, with the environment made. Raises SetupError."""
    for way in WAYS:
        installer = way()
        if installer is not None:
            say(f"  {way.__name__.replace('_', ' ')} …")
            return installer
    raise SetupError("There is no way to install packages on this machine.")


def main(arguments: Sequence[str]) -> NoReturn:
    """Set up what the command needs, then do it; ends the process with the command's status."""
    name, rest = (arguments[0], list(arguments[1:])) if arguments else ("help", [])
    task = tasks.TASKS.get(name)
    if task is None:
        print(tasks.overview(), file=sys.stdout if name in ("help", "-h", "--help") else sys.stderr)
        sys.exit(0 if name in ("help", "-h", "--help") else 2)
    try:
        if task.groups:
            ensure(task.groups)
    except SetupError as error:
        say(f"Setting up failed: {error}")
        sys.exit(1)
    clean = environment()
    os.environ.clear()
    os.environ.update(clean)
    sys.exit(task.run(rest))


if __name__ == "__main__":
    main(sys.argv[1:])
