"""/metrics: shut for strangers, whatever they write into their request; and the node's figures for those who may. Issue 3, 7."""

import re
from collections import Counter
from collections.abc import AsyncIterator

import pytest
from structlog.testing import capture_logs

from coopfed.gauges import METRICS
from coopfed.node import Node
from tests.support.nodes import a_served_node, process_arrivals
from tests.support.peers import Answer, Peer, a_peer
from tests.support.scene import Scene, a_scene

TOKEN = "a token for the metrics"


async def asked(node: Node, peer: Peer, **headers: str) -> Answer:
    """The answer of /metrics to a request over loopback with these headers."""
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    return await peer.send("GET", f"{node.urls.base}/metrics", sent)


@pytest.fixture
async def guarded(database_url: str) -> AsyncIterator[Scene]:
    """A node with METRICS_TOKEN."""
    async with a_scene(database_url, metrics_token=TOKEN) as scene:
        yield scene


# --- shut ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "headers",
    [
        {"X_Forwarded_For": "203.0.113.7"},
        {"X_Forwarded_For": "127.0.0.1"},
        {"X_Forwarded_For": "::1, 127.0.0.1"},
        {"Forwarded": "for=127.0.0.1"},
        {"X_Real_IP": "127.0.0.1"},
        {"X_Forwarded_Proto": "https"},
        {"Via": "1.1 proxy"},
        {"Host": "coop.example"},
        {"Host": "127.0.0.1.evil.example"},
        {"Host": "localhost.evil.example:8080"},
        {"Host": ""},
    ],
    ids=str,
)
async def test_what_came_through_a_proxy_or_by_a_name_is_a_stranger(scene: Scene, headers: dict[str, str]) -> None:
    """A proxy on this machine makes everybody come from loopback: neither that address nor a claimed one opens the door."""
    answer = await asked(scene.node, scene.peer, **headers)

    assert answer.status in (400, 404)
    assert b"coopfed_" not in answer.body


@pytest.mark.parametrize("given", ["Bearer wrong", "Bearer ", "", TOKEN, f"Basic {TOKEN}", f"Bearer {TOKEN}x"])
async def test_a_wrong_token_opens_nothing(guarded: Scene, given: str) -> None:
    """Also not for this machine: whoever gives a token is judged by it."""
    answer = await asked(guarded.node, guarded.peer, Authorization=given)

    assert answer.status == 403
    assert b"coopfed_" not in answer.body


@pytest.mark.parametrize("given", ["Bearer ", "Bearer", "", "Bearer None"])
async def test_without_a_token_of_ours_no_token_opens(scene: Scene, given: str) -> None:
    """An empty METRICS_TOKEN is no token that everybody knows."""
    assert (await asked(scene.node, scene.peer, Authorization=given)).status == 403


# --- open ---------------------------------------------------------------------------------------------------------


async def test_this_machine_may_read(scene: Scene) -> None:
    """Design 4: loopback, by its own names."""
    port = scene.node.config.authority.rpartition(":")[2]

    for host in (f"127.0.0.1:{port}", f"localhost:{port}", f"[::1]:{port}"):
        answer = await asked(scene.node, scene.peer, Host=host)
        assert answer.status == 200, host
        assert answer.headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
        assert answer.headers["Cache-Control"] == "no-store"


async def test_the_token_opens_from_everywhere(guarded: Scene) -> None:
    """A Prometheus on another machine, through the proxy."""
    answer = await asked(
        guarded.node, guarded.peer, Authorization=f"Bearer {TOKEN}", X_Forwarded_For="203.0.113.7", Host="coop.example"
    )

    assert answer.status == 200


async def read(scene: Scene) -> dict[str, float]:
    """Every series with its value, as Prometheus reads them."""
    scene.node.memory.figures = None
    answer = await asked(scene.node, scene.peer)
    assert answer.status == 200, answer.body
    series = {}
    for line in answer.body.decode().splitlines():
        if not line.startswith("#"):
            match = re.fullmatch(r'([a-z_]+(?:\{(?:[a-z]+="[^"]*",?)+\})?) (\S+)', line)
            assert match, line
            assert match[1] not in series
            series[match[1]] = float(match[2])
    return series


async def test_arrivals_and_refusals_are_counted_by_name(scene: Scene) -> None:
    """Style: outcomes have names, the same in rows, metrics and logs."""
    note = scene.alice.note(cc=[scene.member.uri], tag=[{"type": "Mention", "href": scene.member.uri}])
    create = scene.alice.create(note)

    await scene.arrives(create)
    await scene.peer.post(scene.node, create)
    await scene.arrives(scene.alice.create(scene.alice.note()))
    unsigned = await scene.peer.send(
        "POST", scene.node.urls.shared_inbox, {"Content-Type": "application/activity+json"}, b"["
    )
    found = await read(scene)

    assert unsigned.status == 400
    assert found['coopfed_arrivals_total{outcome="accepted"}'] == 1
    assert found['coopfed_arrivals_total{outcome="irrelevant"}'] == 1
    assert found['coopfed_arrivals_admitted_total{new="yes"}'] == 2
    assert found['coopfed_arrivals_admitted_total{new="no"}'] == 1
    assert found['coopfed_refusals_total{door="inbox",reason="not_json"}'] == 1
    assert found['coopfed_requests_total{door="inbox",status="2xx"}'] == 3
    assert found['coopfed_requests_total{door="inbox",status="4xx"}'] == 1
    assert found['coopfed_request_seconds_count{door="inbox"}'] == 4


async def test_a_flood_at_the_door_is_counted_and_not_all_logged(scene: Scene) -> None:
    """Security 1.4, *Log/disk growth*: sampled refusals after 100 a minute, with a count of what was left out."""
    with capture_logs() as logs:
        for _ in range(130):
            await scene.peer.send("POST", scene.node.urls.shared_inbox, {"Content-Type": "text/plain"}, b"x")
            await scene.peer.send("POST", scene.node.urls.shared_inbox, {"Host": "other.example"}, b"x")
    found = await read(scene)

    assert Counter(line["event"] for line in logs) == {"inbox_refused": 100, "door_refused": 100}
    assert found['coopfed_refusals_total{door="inbox",reason="unsupported_type"}'] == 130
    assert found['coopfed_refusals_total{door="inbox",reason="wrong_host"}'] == 130
    assert found['coopfed_log_lines_left_out_total{event="inbox_refused"}'] == 30


async def test_queues_have_length_and_age(scene: Scene) -> None:
    """What waits, for how long, and for how long nobody took it."""
    await scene.peer.post(scene.node, scene.alice.follow(scene.member.uri))
    scene.clock.pass_(90)
    before = await read(scene)
    await process_arrivals(scene.node)
    after = await read(scene)

    assert before['coopfed_queue_items{queue="arrivals"}'] == 1
    assert before['coopfed_queue_oldest_seconds{queue="arrivals"}'] == 90
    assert before['coopfed_queue_late_seconds{queue="arrivals"}'] == 90
    assert after['coopfed_queue_items{queue="arrivals"}'] == 0
    assert after['coopfed_queue_late_seconds{queue="arrivals"}'] == 0
    assert after['coopfed_queue_items{queue="deliveries"}'] == 1
    assert after['coopfed_delivery_rows{state="waiting"}'] == 1


async def test_every_metric_that_is_promised_is_shown(scene: Scene) -> None:
    """Also memory, disk and database; each name is documented (tests/test_docs.py)."""
    await scene.peer.send("GET", f"{scene.node.urls.base}/", {"Accept": "text/html"})
    answer = await asked(scene.node, scene.peer)
    told = set(re.findall(r"^# TYPE (\w+) ", answer.body.decode(), re.MULTILINE))
    found = await read(scene)

    assert told == {metric.name for metric in METRICS}
    assert found["process_resident_memory_bytes"] > 20_000_000
    assert found["coopfed_database_bytes"] > 100_000
    assert found["coopfed_disk_free_bytes"] > 0
    assert found["coopfed_database_up"] == 1
    assert found['coopfed_requests_total{door="pages",status="2xx"}'] == 1


async def test_a_database_that_does_not_answer_hides_nothing_else(database_url: str) -> None:
    """The hour in which the figures are needed: the process's own are still shown."""
    async with a_served_node(database_url) as node, a_peer() as peer:
        await node.db.close()

        answer = await asked(node, peer)

    assert answer.status == 200
    assert b"coopfed_database_up 0\n" in answer.body
    assert b"coopfed_arrivals_total" in answer.body
    assert b"coopfed_queue_items{" not in answer.body


async def test_who_asks_every_moment_counts_rows_no_oftener(scene: Scene) -> None:
    """Counting a million deliveries is not done for everybody who asks."""
    await asked(scene.node, scene.peer)
    first = scene.node.memory.figures
    await asked(scene.node, scene.peer)

    assert scene.node.memory.figures is first
