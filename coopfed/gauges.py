"""GET /metrics: what this process counted and how the queues stand, for Prometheus.

For this machine, and for whoever has METRICS_TOKEN. A reverse proxy usually runs on this machine too, so an address of loopback proves
nothing by itself: whatever a proxy wrote into the request, and a Host that is not this machine's, mean that a stranger asks.
"""

import asyncio
import hmac
import ipaddress
import os
import shutil
import sys
import time
from pathlib import Path
from typing import Final

from coopfed import __version__
from coopfed.door import Response, Route
from coopfed.errors import Forbidden, NotFound, StorageError
from coopfed.features.figures import Figures, figures
from coopfed.node import Node
from coopfed.observe.metrics import CONTENT_TYPE, COUNTED, Kind, Labels, Metric, lines, text
from coopfed.signing.request import Request

FRESH_SECONDS: Final = 10.0
"""For how long figures out of the database are shown again: counting all deliveries is not done for everybody who asks."""

Gauges = dict[Metric, dict[Labels, float]]

_PAGE: Final = os.sysconf("SC_PAGE_SIZE") if hasattr(os, "sysconf") else 4096
_PROXY_HEADERS: Final = frozenset({
    "forwarded", "via", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "x-forwarded-server", "x-real-ip",
    "cf-connecting-ip", "true-client-ip", "x-client-ip", "x-original-forwarded-for",
})  # fmt: skip

INFO = Metric("coopfed_info", Kind.GAUGE, "1, with the version that runs.", ("version",))
QUEUE_ITEMS = Metric(
    "coopfed_queue_items", Kind.GAUGE, "What waits: arrivals, deliveries, jobs that are due.", ("queue",)
)
QUEUE_OLDEST = Metric(
    "coopfed_queue_oldest_seconds",
    Kind.GAUGE,
    "Age of the oldest that waits, also for a peer that is down.",
    ("queue",),
)
QUEUE_LATE = Metric(
    "coopfed_queue_late_seconds", Kind.GAUGE, "For how long something has been due that nobody took.", ("queue",)
)
DELIVERIES = Metric("coopfed_delivery_rows", Kind.GAUGE, "Deliveries in the database, by state.", ("state",))
PEERS = Metric("coopfed_peers", Kind.GAUGE, "Known hosts, by circuit: closed, slow, open, blocked.", ("circuit",))
DATABASE_UP = Metric(
    "coopfed_database_up", Kind.GAUGE, "1 when the database answered; else the gauges below are missing."
)
DATABASE = Metric("coopfed_database_bytes", Kind.GAUGE, "Size of the database.")
DISK = Metric("coopfed_disk_free_bytes", Kind.GAUGE, "Free where the data lie.")
STREAMS = Metric("coopfed_streams", Kind.GAUGE, "Streams of apps that are open in this process.")
STARTED = Metric("process_start_time_seconds", Kind.GAUGE, "When the process started, in seconds since 1970.")
RESIDENT = Metric("process_resident_memory_bytes", Kind.GAUGE, "Memory of the process (Linux).")
METRICS = (
    *COUNTED, INFO, QUEUE_ITEMS, QUEUE_OLDEST, QUEUE_LATE, DELIVERIES, PEERS, DATABASE_UP, DATABASE, DISK, STREAMS, STARTED, RESIDENT,
)  # fmt: skip
"""Everything that is shown; `docs/metrics.md` has a line for each."""


async def get_metrics(node: Node, request: Request, client: str) -> Response:
    """The metrics; without those out of the database when it does not answer. 404 for strangers, 403 for a wrong token."""
    _refuse_strangers(node, request, client)
    gauges = {**await _of_process(node), **await _of_database(node)}
    told = [line for metric, values in gauges.items() for line in lines(metric, values)]
    return Response(200, text([*node.meters.lines(), *told]), CONTENT_TYPE, (("Cache-Control", "no-store"),))


async def _of_process(node: Node) -> Gauges:
    disk = await asyncio.to_thread(shutil.disk_usage, node.config.data_dir)
    resident = resident_bytes()
    return {
        INFO: {(__version__,): 1},
        STARTED: {(): node.started_at / 1000},
        RESIDENT: {} if resident is None else {(): resident},
        DISK: {(): disk.free},
        STREAMS: {(): node.open_streams},
    }


async def _of_database(node: Node) -> Gauges:
    try:
        found = await asyncio.shield(_reading(node))
    except StorageError:
        node.memory.figures = None
        return {DATABASE_UP: {(): 0}}
    return {
        DATABASE_UP: {(): 1},
        DATABASE: {(): found.database_bytes},
        QUEUE_ITEMS: {(queue.name,): queue.waiting for queue in found.queues},
        QUEUE_OLDEST: {(queue.name,): queue.oldest / 1000 for queue in found.queues},
        QUEUE_LATE: {(queue.name,): queue.late / 1000 for queue in found.queues},
        DELIVERIES: {(state,): count for state, count in found.deliveries.items()},
        PEERS: {(circuit,): count for circuit, count in found.peers.items()},
    }


def _reading(node: Node) -> "asyncio.Future[Figures]":
    """The figures of the last seconds, or those that are being read."""
    known, now = node.memory.figures, time.monotonic()
    if known is None or now - known[0] >= FRESH_SECONDS:
        known = node.memory.figures = (now, asyncio.ensure_future(node.db.read_long(figures, node.clock.now())))
    return known[1]


def _refuse_strangers(node: Node, request: Request, client: str) -> None:
    token, given = node.config.metrics_token.get_secret_value(), request.header("authorization")
    if given is not None:
        if token and hmac.compare_digest(given.encode(), f"Bearer {token}".encode()):
            return
        raise Forbidden("a wrong METRICS_TOKEN", reason="metrics_token")
    if not _is_this_machine(client, request):
        raise NotFound(f"{client} is not this machine")


def _is_this_machine(client: str, request: Request) -> bool:
    if any(name in _PROXY_HEADERS for name, _value in request.headers):
        return False
    host = (request.header("host") or "").lower()
    # A browser of this machine that was led here by a stranger's name (DNS rebinding) sends that name.
    name = host[1:].partition("]")[0] if host.startswith("[") else host.partition(":")[0]
    return _is_loopback(client) and (name == "localhost" or _is_loopback(name))


def _is_loopback(address: str) -> bool:
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False


def resident_bytes() -> int | None:
    """The memory that the process holds, in bytes; None where the system does not say so in /proc."""
    if sys.platform != "linux":
        return None
    pages = Path("/proc/self/statm").read_text(encoding="ascii").split()[1]
    return int(pages) * _PAGE


ROUTES = (Route("GET", "/metrics", get_metrics, any_host=True),)
