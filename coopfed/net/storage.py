"""Where finished files lie: in `media/` of the data folder, or in an S3 bucket (MEDIA_URL). Keys are paths like `ab/abcdef.jpg`.

A bucket is for a node of several machines, see `coopfed.net.bucket`. Nothing in it need be public: files are served by the node, so that
what is for few stays with them.
"""

import asyncio
import importlib
import os
import shutil
from collections.abc import AsyncIterator, Iterable
from pathlib import Path
from typing import Final, Protocol

from coopfed import limits
from coopfed.config import Config
from coopfed.errors import ConfigError

BITE: Final = 1 * limits.MIB
"""What is read at once."""


class Storage(Protocol):
    """Files by key. What cannot be reached is a StorageError."""

    async def put(self, key: str, file: Path, media_type: str) -> int:
        """Keeps the file under this key, durably; it is gone from where it lay. Its bytes."""

    async def size(self, key: str) -> int | None:
        """Bytes of the file; None when there is none."""

    def read(self, key: str, start: int, end: int) -> AsyncIterator[bytes]:
        """The bytes from `start` up to `end`, some at a time."""

    async def delete(self, keys: Iterable[str]) -> None:
        """These files are gone, as far as they were there."""

    def every(self) -> AsyncIterator[str]:
        """The keys of all files."""

    def path(self, key: str) -> Path | None:
        """Where the file is to be found on this machine's disk; None where files are not."""


class Folder:
    """Files in a folder of this machine."""

    def __init__(self, root: Path) -> None:
        self._root = root

    async def put(self, key: str, file: Path, _media_type: str) -> int:
        """See Storage. The file must lie on the same disk."""
        return await asyncio.to_thread(self._put, key, file)

    def _put(self, key: str, file: Path) -> int:
        target = self._root / key
        target.parent.mkdir(parents=True, exist_ok=True)
        with file.open("rb") as opened:
            os.fsync(opened.fileno())
        shutil.move(file, target)
        return target.stat().st_size

    async def size(self, key: str) -> int | None:
        """See Storage."""
        path = self._root / key
        return path.stat().st_size if path.is_file() else None

    async def read(self, key: str, start: int, end: int) -> AsyncIterator[bytes]:
        """See Storage."""
        with (self._root / key).open("rb") as file:
            file.seek(start)
            while start < end and (found := await asyncio.to_thread(file.read, min(BITE, end - start))):
                start += len(found)
                yield found

    async def delete(self, keys: Iterable[str]) -> None:
        """See Storage."""
        for key in keys:
            (self._root / key).unlink(missing_ok=True)

    async def every(self) -> AsyncIterator[str]:
        """See Storage. Uploads that are on their way are none yet."""
        for path in sorted(self._root.rglob("*")):
            key = path.relative_to(self._root).as_posix()
            if path.is_file() and not key.startswith("coming/"):
                yield key

    def path(self, key: str) -> Path:
        """See Storage."""
        return self._root / key


def folder_of(config: Config) -> Path:
    """The folder of files on this machine; uploads that are on their way lie there whatever MEDIA_URL says."""
    return config.data_dir / "media"


def open_storage(config: Config) -> Storage:
    """Where the node's files lie by its settings. ConfigError when the extra for buckets is not installed."""
    if not config.media_url:
        return Folder(folder_of(config))
    try:
        # By its name: the extra need not be installed where files lie in a folder.
        bucket = importlib.import_module("coopfed.net.bucket")
    except ImportError as error:
        raise ConfigError("MEDIA_URL names a bucket: pip install 'coopfed[s3]', or leave it out") from error
    found: Storage = bucket.open_bucket(config)
    return found
