"""Where uploaded files lie: in `media/` of the data folder, two letters of their name deep. Nothing else knows these paths."""

import os
from pathlib import Path

from coopfed.config import Config
from coopfed.features.media.rules import EXTENSIONS, PREVIEW


def folder(config: Config) -> Path:
    """The folder of all files."""
    return config.data_dir / "media"


def path(config: Config, name: str, ending: str) -> Path:
    """Where a file lies; `ending` is an extension or PREVIEW."""
    return folder(config) / name[:2] / f"{name}.{ending}"


def upload(config: Config, name: str) -> Path:
    """Where a file lies that is on its way, in a folder that is there."""
    coming = folder(config) / "coming"
    coming.mkdir(parents=True, exist_ok=True)
    return coming / name


def keep(config: Config, name: str, ending: str, made: Path) -> int:
    """Puts a finished file in its place, durably. Its bytes."""
    target = path(config, name, ending)
    target.parent.mkdir(parents=True, exist_ok=True)
    with made.open("rb") as file:
        os.fsync(file.fileno())
    made.replace(target)
    return target.stat().st_size


def forget(config: Config, name: str) -> None:
    """Removes everything of this name."""
    for ending in (*EXTENSIONS.values(), PREVIEW):
        path(config, name, ending).unlink(missing_ok=True)
    for left in folder(config).joinpath("coming").glob(f"{name}*"):
        left.unlink(missing_ok=True)
