"""Files in an S3 bucket, by the extra `coopfed[s3]`: this module is imported where MEDIA_URL names one."""

import asyncio
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import obstore
from obstore.exceptions import BaseError
from obstore.store import S3Store

from coopfed import limits
from coopfed.config import Config
from coopfed.errors import StorageError
from coopfed.net.storage import BITE


class Bucket:
    """Files in an S3 bucket, below a prefix."""

    def __init__(self, store: S3Store) -> None:
        self._store = store

    async def put(self, key: str, file: Path, media_type: str) -> int:
        """See Storage."""
        with _answered():
            await obstore.put_async(self._store, key, file, attributes={"Content-Type": media_type})
        return await asyncio.to_thread(_taken_away, file)

    async def size(self, key: str) -> int | None:
        """See Storage."""
        with _answered():
            try:
                return int((await obstore.head_async(self._store, key))["size"])
            except FileNotFoundError:
                return None

    async def read(self, key: str, start: int, end: int) -> AsyncIterator[bytes]:
        """See Storage."""
        while start < end:
            with _answered():
                found = await obstore.get_range_async(self._store, key, start=start, end=min(end, start + BITE))
            start += len(found)
            yield bytes(found)

    async def delete(self, keys: Iterable[str]) -> None:
        """See Storage."""
        with _answered():
            for key in keys:
                await obstore.delete_async(self._store, key)

    async def every(self) -> AsyncIterator[str]:
        """See Storage."""
        with _answered():
            async for page in obstore.list(self._store):
                for found in page:
                    yield found["path"]

    def path(self, _key: str) -> Path | None:
        """See Storage."""
        return None


@contextmanager
def _answered() -> Iterator[None]:
    """Turns the errors of a bucket into StorageError."""
    try:
        yield
    except (BaseError, OSError) as error:
        # Of a long chain of causes the beginning says what happened; keys do not stand in it.
        raise StorageError(f"the bucket does not answer: {str(error)[:300]}") from error


def _taken_away(file: Path) -> int:
    size = file.stat().st_size
    file.unlink()
    return size


def open_bucket(config: Config) -> Bucket:
    """The bucket that the settings name; nothing is asked of it yet."""
    url = urlsplit(config.media_url)
    options: dict[str, Any] = {
        "region": config.s3_region,
        "endpoint": config.s3_endpoint or None,
        "access_key_id": config.s3_access_key.get_secret_value() or None,
        "secret_access_key": config.s3_secret_key.get_secret_value() or None,
    }
    given = {name: value for name, value in options.items() if value is not None}
    client: Any = {"allow_http": config.s3_endpoint.startswith("http://"), "timeout": f"{int(limits.BUCKET_SECONDS)}s"}
    return Bucket(S3Store(url.netloc, prefix=url.path.strip("/") or None, client_options=client, **given))
