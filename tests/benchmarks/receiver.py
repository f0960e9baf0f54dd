"""The peers' end of the benchmarks, a process of its own: one TLS server that answers for every address of 127.0.0.0/8.

    python -m tests.benchmarks.receiver PORT HANGING_PORT CERTIFICATE DOCUMENTS

Takes POSTs to any inbox (202), serves actor documents from a JSON file, tells on plain HTTP port PORT + 1 how many came and when.
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


async def main(port: int, hanging_port: int, certificate: str, documents_path: str) -> None:
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
        found = documents.get(f"https://{request.host}{request.path}")
        if found is None:
            return web.Response(status=404)
        return web.Response(body=orjson.dumps(found), content_type="application/activity+json")

    async def tell(_request: web.Request) -> web.Response:
        return web.json_response({"count": received.count, "last": received.last, "hosts": len(received.by_host)})

    async def reset(_request: web.Request) -> web.Response:
        received.__init__()  # type: ignore[misc]
        return web.json_response({})

    async def hang(reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
        await reader.read()

    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    tls.load_cert_chain(certificate)
    peers, control = web.Application(), web.Application()
    peers.add_routes([web.post("/{path:.*}", take), web.get("/{path:.*}", document)])
    control.add_routes([web.get("/", tell), web.post("/", reset)])
    for application, number, context in ((peers, port, tls), (control, port + 1, None)):
        runner = web.AppRunner(application, access_log=None, keepalive_timeout=120)
        await runner.setup()
        await web.TCPSite(
            runner, "0.0.0.0" if context else "127.0.0.1", number, ssl_context=context, backlog=1024
        ).start()
    await asyncio.start_server(hang, "0.0.0.0", hanging_port, backlog=1024)
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3], sys.argv[4]))
