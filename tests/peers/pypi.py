"""Foreign implementations that come from PyPI with packages unlike ours: each in an environment of its own, installed once into
`.cache/peers`, which git ignores.

Each has a folder here with the wanted release (requirements.in), what `./run lock` makes of it (requirements.txt: exact versions with
their hashes), and programs of ours. Where packages come from is pip's business (its settings); no index is named. What is not
published as a wheel for this machine is built, if it can be.
"""

import fcntl
import hashlib
import shutil
import subprocess
import sys
from pathlib import Path

from tests.peers.npm import CACHE, HERE, INSTALL_SECONDS, NotHere

PIP = next((HERE.parents[1] / "tools" / "vendor").glob("pip-*.whl"))


def environment(name: str, within: Path = HERE) -> Path:
    """The Python of the peer of this name, whose folder lies within that one, installed if it is not yet. NotHere when it cannot be."""
    source, folder = within / name, CACHE / name
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "setup.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        return _install(source / "requirements.txt", folder)


def _install(wanted: Path, folder: Path) -> Path:
    stamp, python = folder / "stamp", folder / "venv" / "bin" / "python"
    fingerprint = hashlib.sha256(wanted.read_bytes() + sys.version.encode()).hexdigest()
    if stamp.is_file() and stamp.read_text() == fingerprint:
        return python
    stamp.unlink(missing_ok=True)
    shutil.rmtree(folder / "venv", ignore_errors=True)
    base = getattr(sys, "_base_executable", None) or sys.executable
    # With the pip that lies here: Debian's Python comes without one.
    _run([base, "-m", "venv", "--without-pip", str(folder / "venv")])
    _run([str(python), f"{PIP}/pip", "install", "--quiet", "--no-input", "--require-hashes", "-r", str(wanted)])
    stamp.write_text(fingerprint)
    return python


def _run(command: list[str]) -> None:
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=INSTALL_SECONDS)
    except subprocess.TimeoutExpired:
        raise NotHere(f"it was not installed within {INSTALL_SECONDS} s") from None
    if done.returncode:
        raise NotHere(f"it could not be installed: {done.stderr.strip()[-500:]}")
