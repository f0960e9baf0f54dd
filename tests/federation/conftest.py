"""Several databases for several nodes in one test, all on one engine."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest


@pytest.fixture
def database_urls(database_url: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[list[str]]:
    """Addresses of three migrated databases; the test runs once on each engine."""
    if not database_url.startswith("postgresql://"):
        others = [tmp_path / name / "coopfed.sqlite3" for name in ("second", "third")]
        for path in others:
            path.parent.mkdir()
            shutil.copyfile(request.getfixturevalue("sqlite_template"), path)
        yield [database_url, *map(str, others)]
        return
    cluster = request.getfixturevalue("cluster")
    names = [cluster.take(request.getfixturevalue("postgres_template")) for _ in range(2)]
    yield [database_url, *map(cluster.url, names)]
    for name in names:
        cluster.drop(name)
