"""How finished files are called where they lie, see `coopfed.net.storage`; and where uploads lie before that. Nothing else knows."""

from pathlib import Path

from coopfed.config import Config
from coopfed.features.media.rules import EXTENSIONS, PREVIEW
from coopfed.net.storage import folder_of
from coopfed.node import Node

TYPES = {extension: media_type for media_type, extension in EXTENSIONS.items()}
COPIES = "copies/"
"""Before the names of copies of others' files: whoever saves the files need not save those."""


def key(name: str, ending: str) -> str:
    """Where a file lies; `ending` is an extension or how a smaller picture is called. Names of copies begin with COPIES."""
    folder = name.removeprefix(COPIES)[:2]
    return f"{COPIES if name.startswith(COPIES) else ''}{folder}/{name.removeprefix(COPIES)}.{ending}"


def media_type(ending: str) -> str:
    """The type of a file by how it ends."""
    return TYPES[ending.rpartition(".")[2]]


def coming(config: Config) -> Path:
    """The folder of files that are on their way."""
    return folder_of(config) / "coming"


def upload(config: Config, name: str) -> Path:
    """Where a file lies that is on its way, in a folder that is there."""
    folder = coming(config)
    folder.mkdir(parents=True, exist_ok=True)
    return folder / name.rpartition("/")[2]


async def keep(node: Node, name: str, ending: str, made: Path) -> int:
    """Puts a finished file in its place, durably. Its bytes."""
    return await node.storage.put(key(name, ending), made, media_type(ending))


async def forget(node: Node, name: str, small: str = PREVIEW) -> None:
    """Removes everything of this name; `small` is how its smaller picture is called."""
    await node.storage.delete([key(name, ending) for ending in (*EXTENSIONS.values(), small)])
    for left in coming(node.config).glob(f"{name.rpartition('/')[2]}*"):
        left.unlink(missing_ok=True)
