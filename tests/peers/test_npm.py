"""What foreign peers are installed from says exactly what, and not from where."""

import json
import re
from importlib.metadata import version
from pathlib import Path

import pytest

from tests.peers import npm, pypi
from tests.peers.npm import HERE, NotHere, installed, packages

ROOT = HERE.parents[1]
FOLDERS = sorted(path.parent.name for path in HERE.glob("*/package-lock.json"))


@pytest.mark.parametrize("name", FOLDERS)
def test_every_package_is_pinned_with_its_hash_and_no_address(name: str) -> None:
    """Issue 2, stage A: no index address; what is installed is what was tried."""
    wanted = json.loads((HERE / name / "package.json").read_text())
    named = wanted["dependencies"] | wanted.get("optionalDependencies", {})

    assert named
    assert all(version[0].isdigit() for version in named.values())
    for path, entry in packages(name).items():
        assert "resolved" not in entry, path
        assert str(entry["integrity"]).startswith("sha512-"), path
        assert "git+" not in json.dumps(entry), path


def test_the_federation_page_names_the_versions_that_are_tried() -> None:
    """Style, *Docs and records*: docs are tested."""
    page = (ROOT / "FEDERATION.md").read_text().split("## Tried with")[1]
    told = dict(re.findall(r"^\| \[([\w-]+)\]\([^)]+\) \| ([\w.]+) \|", page, re.MULTILINE))

    wanted = [json.loads((HERE / name / "package.json").read_text())["dependencies"] for name in FOLDERS]
    tried = {package: number for packages in wanted for package, number in packages.items()}
    assert set(told) == {"Fedify", "active-boxes", "activitypub-express", "activityrelay"}
    relay = (HERE / "activityrelay" / "requirements.in").read_text().strip()
    assert told.pop("activityrelay") == relay.removeprefix("activityrelay==")
    assert told.pop("active-boxes") == version("active-boxes")
    assert told.pop("Fedify") == tried["@fedify/fedify"]
    assert told.pop("activitypub-express") == tried["activitypub-express"]


def test_without_npm_it_is_said(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Issue 3, part 3: a loud skip on a machine that has no npm, and no half-installed peer."""
    monkeypatch.setattr(npm, "CACHE", tmp_path)
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(NotHere, match="npm is not installed"):
        installed("fedify")

    assert not (tmp_path / "fedify" / "stamp").exists()


def test_what_pip_cannot_install_is_said(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Issue 4: the same for peers from PyPI; a lock with a hash that no file has is not installed from."""
    source = tmp_path / "here" / "activityrelay"
    source.mkdir(parents=True)
    (source / "requirements.txt").write_text(f"activityrelay==0.3.5 --hash=sha256:{'0' * 64}\n")
    monkeypatch.setattr(pypi, "CACHE", tmp_path / "cache")

    with pytest.raises(NotHere, match="could not be installed"):
        pypi.environment("activityrelay", within=tmp_path / "here")

    assert not (tmp_path / "cache" / "activityrelay" / "stamp").exists()
