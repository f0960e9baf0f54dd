"""An S3 service over real HTTP: moto's server in a process of its own, with one bucket."""

import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager

from tests.support.nodes import free_port

NAME = "coopfed-files"
KEYS = {"s3_access_key": "test", "s3_secret_key": "test"}
_SECONDS = 60.0


@contextmanager
def a_service() -> Iterator[str]:
    """The address of the service, for S3_ENDPOINT."""
    port = free_port()
    process = subprocess.Popen(
        [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    endpoint = f"http://127.0.0.1:{port}"
    try:
        _make_bucket(f"{endpoint}/{NAME}")
        yield endpoint
    finally:
        process.kill()
        process.wait()


def _make_bucket(url: str) -> None:
    until = time.monotonic() + _SECONDS
    while True:
        try:
            with urllib.request.urlopen(urllib.request.Request(url, method="PUT"), timeout=_SECONDS):
                return
        except urllib.error.URLError:
            assert time.monotonic() < until, "moto's server did not start"
            time.sleep(0.05)
