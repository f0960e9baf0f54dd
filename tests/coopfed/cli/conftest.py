"""Commands run in the process of the tests, whose logging they must not set up.

folder      the data folder of an initialised node, once on each engine
coopfed     `coopfed --data FOLDER …` in this process
"""

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from coopfed.cli import app
from coopfed.observe import logs
from tests.support.nodes import a_folder, opened

Run = Callable[..., Result]


@pytest.fixture(autouse=True)
def own_logging(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leaves the logging of this process alone: other tests read it."""
    monkeypatch.setattr(logs, "configure", lambda *_arguments, **_options: None)


@pytest.fixture
def folder(database_url: str, tmp_path: Path) -> Path:
    """The data folder of an initialised node on the engine."""
    data = tmp_path if not database_url.startswith("postgresql://") else tmp_path / "data"
    data.mkdir(exist_ok=True)
    server = a_folder(database_url, data)

    async def make() -> None:
        async with opened(server):
            pass

    asyncio.run(make())
    return data


@pytest.fixture
def coopfed(folder: Path) -> Run:
    """`coopfed --data FOLDER …` in this process."""

    def run(*arguments: str, fails: bool = False, typed: str | None = None) -> Result:
        result = CliRunner().invoke(app, ["--data", str(folder), *arguments], input=typed)
        if not fails:
            assert result.exception is None, f"{arguments}: {result.exception!r}\n{result.output}"
        return result

    return run
