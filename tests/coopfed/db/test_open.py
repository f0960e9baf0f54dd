"""What a node needs on the machine: the packages of the core alone, while its database is SQLite and its files lie in a folder."""

import asyncio
import subprocess
import sys
from pathlib import Path

import pytest

from coopfed.db.open import open_database
from coopfed.errors import ConfigError
from tests.support.nodes import a_config

EXTRAS = ("asyncpg", "obstore")
_WITHOUT = f"""
import sys

class Missing:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {EXTRAS}:
            raise ModuleNotFoundError(f"No module named {{name!r}}")

sys.meta_path.insert(0, Missing())
import coopfed.app, coopfed.cli, coopfed.cli.serve, coopfed.db.migrate, coopfed.db.open, coopfed.worker
"""


def test_node_on_sqlite_needs_no_extra() -> None:
    """README: PostgreSQL and buckets are extras; whoever has neither starts without their packages."""
    done = subprocess.run([sys.executable, "-c", _WITHOUT], capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stderr


def test_postgresql_without_its_driver_says_what_to_install(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Bad input gets a clear error: the extra is named."""
    monkeypatch.setitem(sys.modules, "asyncpg", None)
    monkeypatch.delitem(sys.modules, "coopfed.db.postgres", raising=False)
    monkeypatch.delitem(sys.modules, "coopfed.db.prepared", raising=False)

    async def opens() -> None:
        open_database(a_config("postgresql://localhost/none", data_dir=tmp_path))

    with pytest.raises(ConfigError, match=r"coopfed\[postgres\]"):
        asyncio.run(opens())
