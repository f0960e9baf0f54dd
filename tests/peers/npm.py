"""Foreign implementations that come from npm, installed once into `.cache/peers`, which git ignores.

Each has a folder here with a package.json of exact versions, a package-lock.json with their hashes, and a server of ours in
JavaScript. Where packages come from is npm's business (its settings); no registry is named. No install script is run.
"""

import fcntl
import hashlib
import json
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent
CACHE = HERE.parents[1] / ".cache" / "peers"
INSTALL_SECONDS = 300
NODE_MAJOR = 22
_LISTS = ("package.json", "package-lock.json")


class NotHere(Exception):
    """The peer cannot be had on this machine; the message says why."""


@dataclass(frozen=True, slots=True)
class Installed:
    """A peer that can be started: its folder, and the node that runs it."""

    folder: Path
    node: Path

    def command(self, *arguments: str, program: str = "server") -> list[str]:
        """The command line of its server, or of another program that lies with it."""
        return [str(self.node), str(self.folder / f"{program}.mjs"), *arguments]


def installed(name: str, within: Path = HERE) -> Installed:
    """The peer of this name, whose folder lies within that one, installed if it is not yet. NotHere when npm is missing or cannot
    install it."""
    source, folder = within / name, CACHE / name
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "setup.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        _install(source, folder)
        # The server lies beside its packages: that is where node looks for them.
        for program in source.glob("*.mjs"):
            shutil.copyfile(program, folder / program.name)
    return Installed(folder, _node(folder))


def _install(source: Path, folder: Path) -> None:
    stamp, wanted = folder / "stamp", _fingerprint(source)
    if stamp.is_file() and stamp.read_text() == wanted:
        return
    npm = shutil.which("npm")
    if npm is None:
        raise NotHere("npm is not installed")
    stamp.unlink(missing_ok=True)
    for name in _LISTS:
        shutil.copyfile(source / name, folder / name)
    command = [npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
    try:
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=INSTALL_SECONDS)
    except subprocess.TimeoutExpired:
        raise NotHere(f"npm did not install it within {INSTALL_SECONDS} s") from None
    if done.returncode:
        raise NotHere(f"npm could not install it: {done.stderr.strip()[-500:]}")
    stamp.write_text(wanted)


def _fingerprint(source: Path) -> str:
    return hashlib.sha256(b"".join((source / name).read_bytes() for name in _LISTS)).hexdigest()


def _node(folder: Path) -> Path:
    """The node that was installed with the peer, else one of this machine that is new enough."""
    # Not by node_modules/.bin: npm 9 makes no links for packages that not every machine gets.
    for brought in folder.glob("node_modules/node-*/bin/node"):
        return brought
    own = shutil.which("node")
    if own is not None:
        asked = subprocess.run([own, "--version"], capture_output=True, text=True, check=False)
        version = asked.stdout.strip().lstrip("v")
        if version.partition(".")[0].isdigit() and int(version.partition(".")[0]) >= NODE_MAJOR:
            return Path(own)
    raise NotHere(f"no node of version {NODE_MAJOR} or later for this machine")


def packages(name: str) -> dict[str, dict[str, object]]:
    """What the lock of a peer lists, by folder; its own entry is left out."""
    listed: dict[str, dict[str, object]] = json.loads((HERE / name / "package-lock.json").read_text())["packages"]
    return {path: entry for path, entry in listed.items() if path}
