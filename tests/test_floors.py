"""The floors are watched: what would make the picture of the house wrong does not pass."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ("coopfed", "actors", "webfinger", "outbox", "inbox")


@pytest.fixture
def house(tmp_path: Path) -> Path:
    """A copy of the packages with their contracts, to be spoilt."""
    for package in PACKAGES:
        shutil.copytree(ROOT / package, tmp_path / package, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def contracts_hold(house: Path) -> bool:
    """Whether import-linter passes the house."""
    linter = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run(
        [linter, "--no-cache", "--no-logo"], cwd=house, capture_output=True, env={"PYTHONPATH": str(house)}, check=False
    )
    return done.returncode == 0


@pytest.mark.slow
@pytest.mark.parametrize(
    ("lower", "upper"),
    [
        ("actors", "inbox"),
        ("outbox", "webfinger"),
        ("coopfed/text", "coopfed.vocab"),
        ("coopfed/errors.py", "coopfed.config"),
        ("coopfed/db", "coopfed.net"),
    ],
)
def test_an_import_that_climbs_is_caught(house: Path, lower: str, upper: str) -> None:
    """aesthetics 4.3: nobody imports upwards, nor the room next door."""
    target = house / lower
    spoilt = target if target.suffix else target / "spoilt.py"
    (spoilt.parent / "__init__.py").touch()
    with spoilt.open("a") as file:
        file.write(f"\nimport {upper}\n")

    assert not contracts_hold(house)


@pytest.mark.slow
def test_the_house_as_it_is_has_no_circle(house: Path) -> None:
    """Issue 2: the picture of the house has no circle."""
    assert contracts_hold(house)
