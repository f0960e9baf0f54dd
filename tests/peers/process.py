"""A foreign server in a process of its own: it serves peers over TLS, and obeys the tests over plain HTTP on loopback.

    server = start(command, authority, log)      returns when it listens
    await server.order("post", as_="farm", ...)  what it answers, as JSON; AssertionError with its words when it fails

It ends when its standard input is closed, so none outlives the tests.
"""

import json
import os
import ssl
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import trustme

STOP_SECONDS = 10


@dataclass(frozen=True, slots=True)
class Authority:
    """A certificate authority of the tests, and what it issued for localhost and for the names of `tests.peers.named`."""

    bundle: Path
    """Its own certificate: what whoever believes it trusts."""
    certificate: Path
    """Chain and key in one file."""

    @classmethod
    def founded(cls, folder: Path) -> "Authority":
        """A new authority whose files lie in this folder."""
        authority, made = trustme.CA(), cls(folder / "authority.pem", folder / "localhost.pem")
        authority.cert_pem.write_to_path(made.bundle)
        authority.issue_cert("localhost", "*.peers.example").private_key_and_cert_chain_pem.write_to_path(
            made.certificate
        )
        return made

    def client(self) -> ssl.SSLContext:
        """The settings of a client that believes it."""
        return ssl.create_default_context(cafile=str(self.bundle))


@dataclass(slots=True)
class PeerProcess:
    """A running peer."""

    origin: str
    """Where other servers meet it: https://localhost:PORT."""
    control: str
    """Where it takes orders."""
    process: subprocess.Popen[str]
    log: Path
    signs_with: str
    """The scheme that its software begins with."""
    takes_with: int
    """The status that its software answers what it takes with."""

    @property
    def host(self) -> str:
        """Its authority, with the port."""
        return self.origin.removeprefix("https://")

    async def order(self, name: str, /, **details: Any) -> Any:
        """What it answers to an order; `as_` is sent as `as`."""
        body = {key.removesuffix("_"): value for key, value in details.items()}
        async with (
            aiohttp.ClientSession() as session,
            session.post(f"{self.control}/{name}", json=body) as response,
        ):
            answer = await response.json()
        assert response.status == 200, f"{name}: {answer}\n{self.log.read_text()[-2000:]}"
        return answer

    def stop(self) -> None:
        """Ends it."""
        assert self.process.stdin is not None
        self.process.stdin.close()
        try:
            self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        assert self.process.stdout is not None
        self.process.stdout.close()


def start(
    command: list[str], authority: Authority, log: Path, *, signs_with: str = "rfc9421", takes_with: int = 202
) -> PeerProcess:
    """The server that this command starts, told where its certificate lies. It prints where it listens, as one line of JSON."""
    variables = os.environ | {"NODE_EXTRA_CA_CERTS": str(authority.bundle), "SSL_CERT_FILE": str(authority.bundle)}
    with log.open("w") as said:
        process = subprocess.Popen(
            [*command, str(authority.certificate)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=said,
            text=True,
            env=variables,
        )
    assert process.stdout is not None
    line = process.stdout.readline()
    if not line:
        process.wait()
        raise AssertionError(f"{command} ended with {process.returncode}:\n{log.read_text()[-3000:]}")
    listens = json.loads(line)
    return PeerProcess(listens["origin"], listens["control"], process, log, signs_with, takes_with)
