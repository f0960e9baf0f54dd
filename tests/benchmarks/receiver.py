"""The peers' end of the benchmarks, a process of its own: a TLS server on each address for which there is a certificate.

    python -m tests.benchmarks.receiver PORT HANGING_PORT CERTIFICATES DOCUMENTS

CERTIFICATES is a folder of files named ADDRESS.pem: one certificate each, as on real hosts (one for all would be large, and clients
keep what they were shown).

Takes POSTs to any inbox (202), serves actor documents from a JSON file, tells on plain HTTP port PORT + 1 how many came and when,
and how often documents were asked for.
Whoever connects to the hanging port never gets an answer.
"""

import asyncio
import ssl
import sys
import time
from collections import Counter
from pathlib import Path

import orjson
from aiohttp import web


class Received:
    """What came since the last reset."""

    def __init__(self) -> None:
        self.count = 0
        self.last = 0.0
        self.by_host: Counter[str] = Counter()
        self.asked: Counter[str] = Counter()


async def main(port: int, hanging_port: int, certificates: str, documents_path: str) -> None:
    """Serves until it is killed."""
    received = Received()
    documents = orjson.loads(Path(documents_path).read_bytes())

    async def take(request: web.Request) -> web.Response:
        await request.read()
        received.count += 1
        received.last = time.time()
        received.by_host[request.host] += 1
        return web.Response(status=202)

    async def document(request: web.Request) -> web.Response:
        received.asked[f"https://{request.host}{request.path}"] += 1
        found = documents.get(f"https://{request.host}{request.path}")
        if found is None:
            return web.Response(status=404)
        return web.Response(body=orjson.dumps(found), content_type="application/activity+json")

    async def tell(_request: web.Request) -> web.Response:
        asked = max(received.asked.values(), default=0)
        return web.json_response(
            {
                "count": received.count,
                "last": received.last,
                "hosts": len(received.by_host),
                "asked": sum(received.asked.values()),
                "most_asked": asked,
            }
        )

    async def reset(_request: web.Request) -> web.Response:
        received.__init__()  # type: ignore[misc]
        return web.json_response({})

    async def hang(reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
        await reader.read()

    peers, control = web.Application(), web.Application()
    peers.add_routes([web.post("/{path:.*}", take), web.get("/{path:.*}", document)])
    control.add_routes([web.get("/", tell), web.post("/", reset)])
    runners = [web.AppRunner(application, access_log=None, keepalive_timeout=120) for application in (peers, control)]
    for runner in runners:
        await runner.setup()
    for certificate in Path(certificates).iterdir():
        tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        tls.load_cert_chain(certificate)
        await web.TCPSite(runners[0], certificate.stem, port, ssl_context=tls, backlog=64).start()
    await web.TCPSite(runners[1], "127.0.0.1", port + 1).start()
    await asyncio.start_server(hang, "0.0.0.0", hanging_port, backlog=1024)
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3], sys.argv[4]))
