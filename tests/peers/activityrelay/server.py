"""activityrelay in a process of its own, behind a door with TLS. Tests tell names to it and read its store.

    python server.py PYTHON FOLDER CERTIFICATE     PYTHON: that of its environment; https on loopback, for peers; http, for the test

Its first line on standard output says where both listen. It ends when its standard input does. The door passes on requests as they
come (the relay checks their signatures itself) and notes them.
"""

import asyncio
import json
import os
import socket
import sqlite3
import ssl
import subprocess
import sys
from pathlib import Path
from typing import Any

import aiohttp
from aiohttp import web

NAME = "relay.peers.example"
START_SECONDS = 30.0
END_SECONDS = 8.0
WITHIN = Path(__file__).with_name("within.py")

Document = dict[str, Any]


class Relay:
    """The relay's files, and what came to its door."""

    def __init__(self, python: str, folder: Path) -> None:
        self.python, self.folder = python, folder
        self.names: dict[str, int] = {}
        self.arrivals: list[Document] = []
        self.port = 0
        self.session: aiohttp.ClientSession | None = None

    def command(self, *command: str) -> list[str]:
        """Its command line in its environment."""
        return [self.python, str(WITHIN), str(self.folder / "names.json"), str(self.folder / "relay.yaml"), *command]

    def write_names(self) -> None:
        """Tells it where the names lead, at once or not at all: it may be reading."""
        new = self.folder / "names.new"
        new.write_text(json.dumps(self.names))
        new.rename(self.folder / "names.json")

    def store(self) -> Document:
        """Whom it sends to, as its own database has it, and what came to its door."""
        with sqlite3.connect(f"file:{self.folder / 'relay.sqlite3'}?mode=ro", uri=True) as database:
            rows = database.execute("SELECT domain, actor, software, accepted FROM inboxes ORDER BY domain").fetchall()
        members = [dict(zip(("domain", "actor", "software", "accepted"), row, strict=True)) for row in rows]
        return {"members": members, "arrivals": self.arrivals}


async def forward(relay: Relay, request: web.BaseRequest) -> web.Response:
    """A request as it came; its answer as it comes."""
    body = await request.read()
    url = f"http://127.0.0.1:{relay.port}{request.raw_path}"
    assert relay.session is not None
    async with relay.session.request(request.method, url, headers=request.headers, data=body or None) as answer:
        content = await answer.read()
    if request.method == "POST":
        relay.arrivals.append(_noted(request, body, answer.status))
    return web.Response(status=answer.status, body=content, content_type=answer.content_type)


def _noted(request: web.BaseRequest, body: bytes, status: int) -> Document:
    activity = json.loads(body)
    scheme = (
        "rfc9421" if "Signature-Input" in request.headers else "cavage" if "Signature" in request.headers else "none"
    )
    kept = {name: activity.get(name) for name in ("type", "id", "actor", "object")}
    return {**kept, "scheme": scheme, "status": status}


async def serve(python: str, folder: Path, certificate: str) -> None:
    """Serves until standard input ends."""
    relay = Relay(python, folder)
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    tls.load_cert_chain(certificate)
    with socket.create_server(("127.0.0.1", 0)) as free:
        relay.port = free.getsockname()[1]
    doors = web.Server(lambda request: forward(relay, request))
    port = await _listening(web.ServerRunner(doors), tls)
    relay.names[NAME] = port
    relay.write_names()
    # JSON is YAML.
    settings = {"domain": NAME, "listen": "127.0.0.1", "port": relay.port, "workers": 1, "sqlite_path": "relay.sqlite3"}
    (folder / "relay.yaml").write_text(json.dumps({**settings, "database_type": "sqlite", "cache_type": "database"}))
    await asyncio.to_thread(_set_up, relay)
    run = relay.command("run")
    process = await asyncio.create_subprocess_exec(*run, stdin=subprocess.PIPE, stdout=sys.stderr, cwd=folder)
    try:
        await _until_listening(relay.port, process)
        async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as relay.session:
            orders = web.Application()
            orders.add_routes([web.post("/{order}", lambda request: obey(relay, request))])
            control = await _listening(web.AppRunner(orders), None)
            print(json.dumps({"origin": f"https://{NAME}", "control": f"http://127.0.0.1:{control}"}), flush=True)
            ended = asyncio.Event()
            asyncio.get_running_loop().add_reader(sys.stdin, lambda: ended.set() if not os.read(0, 64) else None)
            await ended.wait()
    finally:
        await _stopped(process)


async def _stopped(process: asyncio.subprocess.Process) -> None:
    """It ends when its standard input does, within a second or two."""
    assert process.stdin is not None
    process.stdin.close()
    try:
        async with asyncio.timeout(END_SECONDS):
            await process.wait()
    except TimeoutError:
        process.kill()
        await process.wait()


def _set_up(relay: Relay) -> None:
    """It makes its database and its key; then it asks whether to run at once."""
    command = relay.command("setup", "--skip-questions")
    subprocess.run(
        command, input="n\n", text=True, stdout=sys.stderr, cwd=relay.folder, check=True, timeout=START_SECONDS
    )


async def obey(relay: Relay, request: web.Request) -> web.Response:
    """An order of the test: `names` (where names lead from now on, besides its own), `store`."""
    details = await request.json()
    if request.match_info["order"] == "names":
        relay.names |= details["names"]
        relay.write_names()
        return web.json_response({NAME: relay.names[NAME]})
    return web.json_response(relay.store())


async def _until_listening(port: int, process: asyncio.subprocess.Process) -> None:
    async with asyncio.timeout(START_SECONDS):
        while True:
            assert process.returncode is None, f"activityrelay ended with {process.returncode}"
            try:
                _reader, writer = await asyncio.open_connection("127.0.0.1", port)
            except OSError:
                await asyncio.sleep(0.05)
            else:
                writer.close()
                return


async def _listening(runner: web.BaseRunner, tls: ssl.SSLContext | None) -> int:
    bound = socket.create_server(("127.0.0.1", 0))
    await runner.setup()
    await web.SockSite(runner, bound, ssl_context=tls).start()
    port: int = bound.getsockname()[1]
    return port


if __name__ == "__main__":
    asyncio.run(serve(sys.argv[1], Path(sys.argv[2]), sys.argv[3]))
