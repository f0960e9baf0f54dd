"""The built wheel is the whole program: what is no Python file is in it, and a node runs from it."""

import asyncio
import os
import socket
import subprocess
import sys
import urllib.request
import zipfile
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("coopfed", "actors", "webfinger", "outbox", "inbox")
START_SECONDS = 20

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built by the locked hatchling."""
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return next(folder.glob("*.whl"))


@pytest.fixture(scope="module")
def unpacked(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the wheel's content, as an installer would lay it out."""
    folder = tmp_path_factory.mktemp("installed")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder)
    return folder


def tracked() -> set[str]:
    """Every file of the packages that the repository holds."""
    listed = subprocess.run(["git", "ls-files", "-z", *PACKAGES], cwd=ROOT, capture_output=True, check=True)
    return {path for path in listed.stdout.decode().split("\0") if path and (ROOT / path).exists()}


def test_every_file_of_the_packages_is_in_the_wheel(wheel: Path) -> None:
    """Templates, style, catalogues, contexts, migrations, the demo's script: what is missing is found only by members."""
    with zipfile.ZipFile(wheel) as archive:
        packed = set(archive.namelist())

    needed = {
        "coopfed/web/templates/base.html",
        "coopfed/web/static/coopfed.css",
        "coopfed/text/catalogues/tr.po",
        "coopfed/cli/demo/network.json",
        "coopfed/vocab/data/coopfed-context.jsonld",
        "coopfed/db/migrations/script.py.mako",
    }
    assert needed <= packed
    assert tracked() <= packed


def test_nothing_else_is_in_the_wheel(wheel: Path) -> None:
    """Tests, tools and what lies about in a working folder stay at home."""
    with zipfile.ZipFile(wheel) as archive:
        tops = {name.partition("/")[0] for name in archive.namelist()}

    assert {top for top in tops if not top.endswith(".dist-info")} == set(PACKAGES)


def environment(unpacked: Path) -> dict[str, str]:
    """An environment in which Python finds the wheel's files before this repository's."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("COOPFED_")}
    return {**kept, "PYTHONPATH": str(unpacked), "COOPFED_DEVELOPMENT": "true"}


@pytest.fixture
async def address(unpacked: Path, tmp_path: Path) -> AsyncIterator[str]:
    """Address of a node that runs from the wheel."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    base = f"http://localhost:{port}"
    variables = {**environment(unpacked), "COOPFED_PUBLIC_URL": base, "COOPFED_LISTEN": f"127.0.0.1:{port}"}
    coopfed = (sys.executable, "-m", "coopfed", "--data", "data")
    made = await asyncio.create_subprocess_exec(*coopfed, "init", "--domain", "localhost", cwd=tmp_path, env=variables)
    assert await made.wait() == 0
    server = await asyncio.create_subprocess_exec(*coopfed, "serve", cwd=tmp_path, env=variables)
    try:
        await until_ready(base, server)
        yield base
    finally:
        if server.returncode is None:
            server.terminate()
        await server.wait()


async def until_ready(base: str, server: asyncio.subprocess.Process) -> None:
    """Waits until the node answers."""
    async with asyncio.timeout(START_SECONDS):
        while True:
            assert server.returncode is None
            try:
                await asyncio.to_thread(got, f"{base}/readyz")
            except OSError:
                await asyncio.sleep(0.05)
            else:
                return


def got(url: str) -> str:
    """The text at an address; an OSError when there is none."""
    with urllib.request.urlopen(url, timeout=5) as answer:
        text: str = answer.read().decode()
        return text


def test_the_wheel_stands_before_the_repository(unpacked: Path) -> None:
    """Otherwise the next test would try the working folder."""
    command = [sys.executable, "-c", "import coopfed.web, inbox; print(coopfed.web.__file__, inbox.__file__)"]

    used = subprocess.run(
        command, cwd=unpacked.parent, env=environment(unpacked), capture_output=True, text=True, check=True
    )

    assert all(path.startswith(str(unpacked)) for path in used.stdout.split())
    assert len(used.stdout.split()) == 2


async def test_a_node_runs_from_the_wheel(address: str) -> None:
    """Issue 2: the install step and the pages, without the repository."""
    first, style = [await asyncio.to_thread(got, f"{address}{path}") for path in ("/?lang=tr", "/static/coopfed.css")]

    assert "Burada kimler konuşuyor" in first
    assert "--ground" in style
