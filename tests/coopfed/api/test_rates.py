"""How many requests an app may make: refused with the seconds to wait, told beforehand, counted by token, account and address."""

from collections.abc import AsyncIterator
from datetime import datetime

import pytest

from coopfed.api import rates
from coopfed.features.accounts.store import give_role
from coopfed.net.windows import Allowance, Windows
from coopfed.oauth.tokens import issue_token
from coopfed.worker import share_rates
from tests.coopfed.api.test_api import Client, a_client
from tests.support.nodes import FakeClock, a_node
from tests.support.peers import Answer
from tests.support.scene import Scene, a_scene

OWN = "/accounts/verify_credentials"


@pytest.fixture
async def strict(database_url: str) -> AsyncIterator[Scene]:
    """A scene in which little is allowed."""
    async with a_scene(database_url, rate_token=3, rate_account=5, rate_address=2) as scene:
        yield scene


async def asks(scene: Scene, authorization: str | None = None, path: str = "/instance") -> Answer:
    """A request of an app, or of a stranger."""
    headers = {"Authorization": authorization} if authorization else {}
    return await scene.peer.send("GET", f"{scene.node.urls.base}/api/v1{path}", headers, b"")


async def test_app_that_asks_too_often_waits(strict: Scene) -> None:
    """client_api 4: 429 with the seconds; after the window everything goes on."""
    client = await a_client(strict)

    answers = [await client.get(OWN) for _ in range(4)]

    assert [answer.status for answer in answers] == [200, 200, 200, 429]
    assert answers[3].json["error"] == "Too many requests"
    wait = int(answers[3].headers["Retry-After"])
    assert 0 < wait <= 300
    strict.clock.pass_(wait)
    assert (await client.get(OWN)).status == 200


async def test_mastodonpy_reads_when_to_go_on(strict: Scene) -> None:
    """client_api 4: limit, what is left, and the end of the window as a date, which Mastodon.py parses; readable from other origins."""
    client = await a_client(strict)

    first, second = await client.get(OWN), await client.get(OWN)

    assert (first.headers["X-RateLimit-Limit"], first.headers["X-RateLimit-Remaining"]) == ("3", "2")
    assert second.headers["X-RateLimit-Remaining"] == "1"
    ends = datetime.fromisoformat(first.headers["X-RateLimit-Reset"])
    assert 0 < (ends - strict.node.utc()).total_seconds() <= 300
    assert "X-RateLimit-Reset" in first.headers["Access-Control-Expose-Headers"]


async def test_tokens_are_counted_apart(strict: Scene) -> None:
    """One app's haste is not another's."""
    hasty, patient = await a_client(strict), await a_client(strict, role="author")
    for _ in range(4):
        await hasty.get(OWN)

    assert (await patient.get(OWN)).status == 200


async def test_account_with_many_apps_is_counted_as_one(strict: Scene) -> None:
    """Whoever registers ten apps asks no oftener."""
    await give_role(strict.node, "busy@mail.example", strict.member, "editor")
    tokens = [await issue_token(strict.node, "busy@mail.example", strict.member, "read") for _ in range(2)]

    answers = [await Client(strict, token).get(OWN) for token in tokens for _ in range(3)]

    assert [answer.status for answer in answers] == [200] * 5 + [429]


async def test_strangers_are_counted_by_their_address(strict: Scene) -> None:
    """Without a token; a preflight asks for nothing and is not counted."""
    for _ in range(3):
        preflight = await strict.peer.send("OPTIONS", f"{strict.node.urls.base}/api/v1/instance", {}, b"")
        assert preflight.status == 200
        assert preflight.headers["Access-Control-Max-Age"] == "86400"

    assert [(await asks(strict)).status for _ in range(3)] == [200, 200, 429]


async def test_made_up_tokens_do_not_evade_the_count(strict: Scene) -> None:
    """A new token for each request is a stranger all the same."""
    answers = [await asks(strict, f"Bearer {n}", OWN) for n in range(4)]

    assert [answer.status for answer in answers] == [401, 401, 429, 429]


async def test_made_up_tokens_do_not_evade_the_count_where_none_is_needed(strict: Scene) -> None:
    """Mastodon CVE-2023-49952: no header gives a stranger a count of their own; whoever has a token is not shut out by them."""
    client = await a_client(strict)

    answers = [await asks(strict, f"{kind} {n}") for n in range(2) for kind in ("Bearer", "Basic", "Any")]

    assert [answer.status for answer in answers] == [200, 200, 200, 200, 429, 429]
    assert (await asks(strict, "Bearer more")).status == 429
    assert [(await client.get("/instance")).status for _ in range(2)] == [200, 200]


async def test_deletions_are_few(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """Mastodon's rule: each is told to every follower's server."""
    monkeypatch.setattr(rates, "_RELAXED", 1)
    monkeypatch.setattr(rates, "DELETIONS", Allowance(1, 1800))
    client = await a_client(scene)
    posts = [(await client.post("/statuses", status=f"{n}")).json["id"] for n in range(2)]

    answers = [await client.delete(f"/statuses/{post}") for post in posts]

    assert [answer.status for answer in answers] == [200, 429]
    assert (await client.get(f"/statuses/{posts[1]}")).status == 200


async def test_development_is_relaxed_unless_it_says_otherwise(scene: Scene) -> None:
    """Design 5, *Settings*: tests and demos ask all day."""
    answer = await asks(scene)

    assert int(answer.headers["X-RateLimit-Limit"]) > 100_000


async def test_processes_count_together(database_url: str) -> None:
    """Over all processes on PostgreSQL, within a second; SQLite has one process."""
    clock = FakeClock()
    allowance = Allowance(3, 300)
    async with a_node(database_url, clock=clock) as first, a_node(database_url, clock=clock) as second:
        for node in (first, second):
            node.take("ask", allowance, "app")
        for node in (first, second, first):
            await share_rates(node)
            node.take("ask again", allowance, "app")
        await share_rates(first)
        third, fourth = second.take("ask", allowance, "app"), second.take("ask", allowance, "app")

    shared = first.config.on_postgres
    assert (third.remaining, third.refused) == ((0 if shared else 1), False)
    assert fourth.refused is shared


def test_memory_of_windows_is_bounded() -> None:
    """A stranger with many addresses fills no memory; who was counted last is still known."""
    windows, allowance = Windows(size=10), Allowance(1, 300)

    for n in range(100):
        windows.take(str(n), allowance, 0)

    assert len(windows.untold()) == 10
    assert windows.take("99", allowance, 0).refused


async def test_every_answer_has_a_name(scene: Scene) -> None:
    """client_api 4: X-Request-Id on all answers, each its own: API, page, door, refusal."""
    base = scene.node.urls.base
    paths = ("/api/v1/instance", "/", "/nodeinfo/2.0", "/healthz", "/ap/objects/1", "/api/v1/nothing")

    named = [(await scene.peer.send("GET", f"{base}{path}", {}, b"")).headers["X-Request-Id"] for path in paths]

    assert len({*named}) == len(paths)
    assert all(16 <= len(name) <= 64 for name in named)


@pytest.mark.parametrize(("given", "kept"), [("abc-123", True), ("a" * 65, False), ("with space", False)])
async def test_proxy_names_the_request(scene: Scene, given: str, kept: bool) -> None:
    """A name that the proxy wrote into its own log is found in ours; nothing else is taken for one."""
    answer = await scene.peer.send("GET", f"{scene.node.urls.base}/healthz", {"X-Request-Id": given}, b"")

    assert (answer.headers["X-Request-Id"] == given) is kept


async def test_stranger_does_not_name_requests(database_url: str) -> None:
    """Only a trusted proxy does: a log line of ours must not carry a stranger's word."""
    async with a_scene(database_url, trusted_proxies="192.0.2.0/24") as scene:
        answer = await scene.peer.send("GET", f"{scene.node.urls.base}/healthz", {"X-Request-Id": "mine"}, b"")

    assert answer.headers["X-Request-Id"] != "mine"
