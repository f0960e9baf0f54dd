"""What a document may claim depends on where it was found; and how a peer is asked until it answers."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from aiohttp import web
from hypothesis import given
from hypothesis import strategies as st

from coopfed import limits
from coopfed.errors import AddressRefused, CoopFedError, FetchError, RemoteGone, Unauthenticated
from coopfed.net.client import HttpClient
from coopfed.net.fetch import (
    Budget,
    BudgetSpent,
    Fetched,
    Signer,
    fetch_document,
    fetch_jrd,
    fetch_json,
    fetch_page,
    fetch_text,
    retry_after,
)
from coopfed.net.guard import DialRules
from coopfed.signing import verify
from coopfed.signing.keys import generate_rsa
from coopfed.signing.request import Request
from coopfed.signing.verify import Scheme
from tests.coopfed.net.servers import DEVELOPMENT, Handler, Peer, client, serving

NOW = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)
SIGNER = Signer("https://coop.example/ap/node#main-key", generate_rsa())
ACTIVITY = "application/activity+json"


def document(peer: Peer, path: str = "/users/member", host: str = "peer.example", **members: Any) -> dict[str, Any]:
    """An actor that lies at this path."""
    return {
        "@context": "https://www.w3.org/ns/activitystreams",
        "id": peer.url(path, host),
        "type": "Person",
        **members,
    }


def answer(content: dict[str, Any] | bytes, content_type: str | None = ACTIVITY, status: int = 200) -> web.Response:
    """A document on its way."""
    body = content if isinstance(content, bytes) else json.dumps(content).encode()
    return web.Response(status=status, body=body, headers={"Content-Type": content_type} if content_type else {})


def redirect(location: str, status: int = 302) -> web.Response:
    """A redirect."""
    return web.Response(status=status, headers={"Location": location})


class Site:
    """A peer made of routes: by host and path, else by path."""

    def __init__(self) -> None:
        self.routes: dict[str, Callable[[web.BaseRequest], web.Response]] = {}

    def on(self, path: str, respond: Callable[[web.BaseRequest], web.Response] | web.Response) -> None:
        """Answers a path (or host/path) with this; a response is built once for each request."""
        fixed = respond
        self.routes[path] = respond if callable(respond) else lambda _: _copied(fixed)  # type: ignore[arg-type]

    async def __call__(self, request: web.BaseRequest) -> web.StreamResponse:
        """The handler."""
        host = request.host.partition(":")[0]
        respond = self.routes.get(host + request.path) or self.routes.get(request.path)
        return respond(request) if respond else web.Response(status=404)


def _copied(response: web.Response) -> web.Response:
    return web.Response(status=response.status, body=response.body, headers=response.headers)


async def fetched(
    http: HttpClient, url: str, *, budget: Budget | None = None, signer: Signer | None = SIGNER, key_stub: bool = False
) -> Fetched:
    """The document, asked for at a fixed time."""
    return await fetch_document(
        http, url, signer=signer, budget=budget or Budget(), allow_key_stub=key_stub, now=lambda: NOW
    )


async def refusal(site: Handler, path: str = "/users/member", **options: Any) -> FetchError:
    """The error of fetching a path of the site."""
    async with serving(site) as peer, client() as http:
        with pytest.raises(FetchError) as caught:
            await fetched(http, peer.url(path), **options)
    return caught.value


def scheme_of(request: web.BaseRequest, *, with_query: bool = True) -> Scheme:
    """How a request is signed; Unauthenticated when it is not, by our own verifier over what really arrived."""
    target = request.raw_path if with_query else request.path
    headers = tuple((name.lower(), value) for name, value in request.headers.items())
    arrived = Request(request.method, request.host, "http", target, headers, b"")
    found = verify.presented(arrived, NOW)
    verify.verify(found, arrived, SIGNER.key.public_key())
    return found.scheme


# --- shut: types, shapes, statuses ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "content_type",
    [
        None, "", "text/html", "text/plain", "application/json", "application/ld+json", "image/png",
        "application/octet-stream", 'application/ld+json; profile="https://evil.example/"', "text/plain; a=application/activity+json",
    ],
)  # fmt: skip
async def test_what_is_not_declared_as_activitypub_is_not_believed(content_type: str | None) -> None:
    """CVE-2024-25623: an uploaded file is not an actor, whatever it contains."""
    site = Site()
    async with serving(site) as peer, client() as http:
        site.on("/users/member", answer(document(peer), content_type))
        with pytest.raises(FetchError) as caught:
            await fetched(http, peer.url("/users/member"))

    assert caught.value.reason == "content_type"
    assert not caught.value.temporary


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"no json", b'{"id":1,"id":2}', b'{"a":NaN}', b"\xff", b'{"a":' * 100, b"{}"], ids=repr
)
async def test_a_malformed_document_is_the_peers_fault(body: bytes) -> None:
    """A FetchError, not a BadMessage: whoever made us fetch it did not send it."""
    error = await refusal(_always(answer(body)))

    assert error.reason in {"malformed", "id_missing"}
    assert not error.temporary


@pytest.mark.parametrize("status", [404, 410])
async def test_what_is_gone_is_told_apart(status: int) -> None:
    """404 and 410 are answers about the document, not about the network."""
    error = await refusal(_always(web.Response(status=status)))

    assert isinstance(error, RemoteGone)
    assert error.status == status


@pytest.mark.parametrize(
    ("status", "temporary"),
    [
        (400, False),
        (401, False),
        (403, False),
        (406, False),
        (408, True),
        (429, True),
        (500, True),
        (502, True),
        (503, True),
    ],
)
async def test_other_statuses_say_whether_to_try_again(status: int, temporary: bool) -> None:
    """s2s 2.1, how senders read codes; 204 and the like are no documents either."""
    error = await refusal(_always(web.Response(status=status, headers={"Retry-After": "120"})))

    assert (error.reason, error.status, error.temporary, error.retry_after) == ("status", status, temporary, 120)


# --- shut: redirects --------------------------------------------------------------------------------------------


async def test_an_endless_redirect_ends() -> None:
    """CVE-2026-34148; three hops, and the budget counts each."""
    hops = 0

    async def onwards(_: web.BaseRequest) -> web.StreamResponse:
        nonlocal hops
        hops += 1
        return redirect(f"/users/{hops}")

    budget = Budget()
    error = await refusal(onwards, budget=budget)

    assert (error.reason, error.temporary) == ("redirect", False)
    assert hops == limits.FETCH_REDIRECTS + 1
    assert budget.left == limits.FETCHES_PER_ACTIVITY - hops


@pytest.mark.parametrize("location", ["/users/member", "/b", "#x"])
async def test_a_loop_is_left_at_once(location: str) -> None:
    """To itself, or there and back."""
    site = Site()
    site.on("/users/member", redirect(location))
    site.on("/b", redirect("/users/member"))

    error = await refusal(site)

    assert error.reason == "redirect"
    assert "loop" in str(error)


@pytest.mark.parametrize(
    "location", ["", "ftp://peer.example/", "http://[", "http://a@b.example/", "javascript:x", "http://a\\b/"]
)
async def test_a_redirect_to_nowhere_is_refused(location: str) -> None:
    """The same rules as for any URL."""
    error = await refusal(_always(redirect(location)))

    assert error.reason == "redirect"


async def test_a_redirect_inside_is_not_followed() -> None:
    """security 1.3: each hop is judged. The own host stands for what the rules forbid."""
    site = Site()
    async with serving(site) as peer:
        rules = DialRules(development=True, own_authorities=frozenset({f"coop.example:{peer.port}"}))
        site.on("/users/member", redirect(peer.url("/secret", "coop.example")))
        async with client(rules) as http:
            with pytest.raises(AddressRefused) as caught:
                await fetched(http, peer.url("/users/member"))

        assert caught.value.reason == "own_authority"
        assert [request.path for request in peer.seen] == ["/users/member"]


async def test_the_own_host_is_not_asked() -> None:
    """What lies here is looked up here."""
    async with client(DialRules(development=True, own_authorities=frozenset({"coop.example"}))) as http:
        with pytest.raises(AddressRefused):
            await fetched(http, "http://coop.example/ap/actors/1")


# --- shut: ids --------------------------------------------------------------------------------------------------


async def test_a_document_that_claims_a_foreign_id_is_not_believed() -> None:
    """CVE-2024-23832: evil.example serves a document with the victim's id; the victim is asked."""
    site = Site()
    async with serving(site) as peer, client() as http:
        site.on("evil.example/users/member", answer(document(peer, host="victim.example", name="forged")))
        site.on("victim.example/users/member", answer(document(peer, host="victim.example", name="real")))

        found = await fetched(http, peer.url("/users/member", "evil.example"))

        assert found.document["name"] == "real"
        assert found.url == peer.url("/users/member", "victim.example")


@pytest.mark.parametrize("honest", ["gone", "html", "other id", "points back"])
async def test_a_claimed_id_that_does_not_answer_for_itself_is_refused(honest: str) -> None:
    """security 1.1: fetched once more, and no third time."""
    site = Site()
    async with serving(site) as peer, client() as http:
        evil, claimed = document(peer, host="victim.example"), "victim.example/users/member"
        site.on("evil.example/users/member", answer(evil))
        if honest == "html":
            site.on(claimed, answer(b"<html>", "text/html"))
        if honest == "other id":
            site.on(claimed, answer(document(peer, "/users/other", "victim.example")))
        if honest == "points back":
            site.on(claimed, redirect(peer.url("/users/member", "evil.example")))

        with pytest.raises(FetchError) as caught:
            await fetched(http, peer.url("/users/member", "evil.example"))

        reasons = {"gone": "remote_gone", "html": "content_type"}
        assert caught.value.reason == reasons.get(honest, "id_mismatch")
        assert len(peer.seen) <= 3


async def test_an_open_redirect_on_the_victims_host_gives_nothing_away() -> None:
    """Authority is where the redirect ends: the victim's URL led to a document that may speak for evil.example only."""
    site = Site()
    async with serving(site) as peer, client() as http:
        site.on("victim.example/go", redirect(peer.url("/x", "evil.example")))
        site.on("evil.example/x", answer(document(peer, "/go", "victim.example")))

        with pytest.raises(FetchError) as caught:
            await fetched(http, peer.url("/go", "victim.example"))

        assert caught.value.reason == "id_mismatch"


@pytest.mark.parametrize("bad", [None, 7, "", "acct:member@peer.example", {"id": "x"}])
async def test_a_document_without_a_good_id_is_refused(bad: object) -> None:
    """Transient objects cannot be fetched."""
    error = await refusal(
        _always(answer({"@context": "https://www.w3.org/ns/activitystreams", "id": bad, "type": "Note"}))
    )

    assert error.reason in {"id_missing", "malformed"}
    assert not error.temporary


async def test_a_key_stub_passes_only_when_it_was_asked_for_and_only_at_home() -> None:
    """s2s 2.4 b: GoToSocial's /main-key answers with a stub of the actor."""
    site = Site()
    async with serving(site) as peer, client() as http:
        key = {"id": peer.url("/users/member/main-key"), "owner": peer.url("/users/member"), "publicKeyPem": "PEM"}
        stub = document(peer, publicKey=key)
        site.on("/users/member/main-key", answer(stub))
        site.on("/users/member", answer(document(peer, name="whole")))
        site.on("evil.example/key", answer(stub))

        found = await fetched(http, peer.url("/users/member/main-key"), key_stub=True)
        whole = await fetched(http, peer.url("/users/member/main-key"))
        elsewhere = await fetched(http, peer.url("/key", "evil.example"), key_stub=True)

        assert found.document["publicKey"][0]["id"] == peer.url("/users/member/main-key")
        assert found.url == peer.url("/users/member/main-key")
        assert whole.document["name"] == "whole"
        assert elsewhere.document["name"] == "whole", "a stub on a foreign host counts for nothing"


# --- shut: budget -----------------------------------------------------------------------------------------------


async def test_a_spent_budget_asks_nobody() -> None:
    """security 1.4: the fetches of one activity are counted together."""
    async with serving(_always(web.Response(status=404))) as peer, client() as http:
        budget = Budget(1)
        with pytest.raises(RemoteGone):
            await fetched(http, peer.url("/a"), budget=budget)
        with pytest.raises(BudgetSpent) as caught:
            await fetched(http, peer.url("/b"), budget=budget)

        assert (caught.value.reason, caught.value.temporary) == ("budget", False)
        assert len(peer.seen) == 1


def test_a_new_budget_is_that_of_one_activity() -> None:
    """limits.FETCHES_PER_ACTIVITY."""
    budget = Budget()
    for _ in range(limits.FETCHES_PER_ACTIVITY):
        budget.spend()

    with pytest.raises(BudgetSpent):
        budget.spend()


# --- open: documents --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "content_type",
    [
        ACTIVITY,
        "application/activity+json; charset=utf-8",
        'application/ld+json; profile="https://www.w3.org/ns/activitystreams"',
    ],
)
async def test_a_document_is_fetched_signed_and_canonical(content_type: str) -> None:
    """ActivityPub 3.2; signed by the node actor with the path that is really sent."""
    site = Site()
    async with serving(site) as peer, client() as http:
        path = "/users/%C3%A7i%C4%9Fdem%2F7"
        body = document(peer, path, to="https://www.w3.org/ns/activitystreams#Public")
        site.on("/users/çiğdem/7", answer(body, content_type))

        found = await fetched(http, peer.url(path))

        assert found.url == peer.url(path)
        assert found.document["id"] == peer.url(path)
        assert found.document["to"] == ["https://www.w3.org/ns/activitystreams#Public"]
        assert json.loads(found.raw) == body
        assert scheme_of(peer.seen[0]) == Scheme.CAVAGE
        assert peer.seen[0].headers["Accept"] == (
            'application/activity+json, application/ld+json; profile="https://www.w3.org/ns/activitystreams"'
        )


async def test_a_fragment_is_not_sent() -> None:
    """s2s 2.4 a: the key id of Mastodon leads to its actor."""
    site = Site()
    async with serving(site) as peer, client() as http:
        site.on("/users/member", answer(document(peer)))

        found = await fetched(http, peer.url("/users/member#main-key"))

        assert found.document["id"] == peer.url("/users/member")


async def test_an_address_for_people_leads_to_the_id() -> None:
    """Mastodon answers /@member with the actor, whose id is /users/member: fetched there."""
    site = Site()
    async with serving(site) as peer, client() as http:
        for path in ("/@member", "/users/member"):
            site.on(path, answer(document(peer)))

        found = await fetched(http, peer.url("/@member"))

        assert found.url == peer.url("/users/member")
        assert [request.path for request in peer.seen] == ["/@member", "/users/member"]


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_a_redirect_on_one_host_is_followed_and_signed_again(status: int) -> None:
    """A signature for another path is worth nothing."""
    site = Site()
    async with serving(site) as peer, client() as http:
        site.on("/old", redirect("users/member?v=%31", status))
        site.on("/users/member", answer(document(peer, "/users/member?v=%31")))

        found = await fetched(http, peer.url("/old"))

        assert found.url == peer.url("/users/member?v=%31")
        assert [scheme_of(request) for request in peer.seen] == [Scheme.CAVAGE, Scheme.CAVAGE]


async def test_an_id_that_redirects_on_its_own_host_is_that_id() -> None:
    """The server vouches for both; no third request is needed."""
    site = Site()
    async with serving(site) as peer, client() as http:
        site.on("/users/member", redirect("/data/7"))
        site.on("/data/7", answer(document(peer)))

        found = await fetched(http, peer.url("/users/member"))

        assert (found.document["id"], found.url) == (peer.url("/users/member"), peer.url("/data/7"))
        assert len(peer.seen) == 2


async def test_a_redirect_to_another_host_counts_for_that_host() -> None:
    """A boost's page leads to the original; signed for the new host."""
    site = Site()
    async with serving(site) as peer, client() as http:
        site.on("one.example/@member@two.example/1", redirect(peer.url("/1", "two.example")))
        site.on("two.example/1", answer(document(peer, "/1", "two.example")))

        found = await fetched(http, peer.url("/@member@two.example/1", "one.example"))

        assert found.url == peer.url("/1", "two.example")
        assert scheme_of(peer.seen[1]) == Scheme.CAVAGE


# --- open: knocking ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [400, 401, 403])
async def test_a_refused_knock_is_followed_by_rfc9421(status: int) -> None:
    """Design 9, *Knock*: on 400 and 401, for GET also 403."""

    def modern(request: web.BaseRequest) -> web.Response:
        return answer(body) if scheme_of(request) is Scheme.RFC9421 else web.Response(status=status)

    site = Site()
    async with serving(site) as peer, client() as http:
        body = document(peer)
        site.on("/users/member", modern)
        budget = Budget()

        await fetched(http, peer.url("/users/member"), budget=budget)

        assert [scheme_of(request) for request in peer.seen] == [Scheme.CAVAGE, Scheme.RFC9421]
        assert budget.left == limits.FETCHES_PER_ACTIVITY - 2


async def test_a_challenge_is_answered() -> None:
    """RFC 9421 5: the components that the peer wants are added."""

    def challenging(request: web.BaseRequest) -> web.Response:
        if '"host" "date"' in request.headers.get("Signature-Input", ""):
            return answer(body)
        return web.Response(status=401, headers={"Accept-Signature": 'sig=("host" "date");created;nonce="n"'})

    site = Site()
    async with serving(site) as peer, client() as http:
        body = document(peer)
        site.on("/users/member", challenging)

        await fetched(http, peer.url("/users/member"))

        assert scheme_of(peer.seen[1]) is Scheme.RFC9421
        assert 'nonce="n"' in peer.seen[1].headers["Signature-Input"]


async def test_a_peer_that_verifies_the_bare_path_is_knocked_for_so() -> None:
    """s2s 2.3: Friendica, Takahe and Mobilizon leave the query out."""

    def pathwise(request: web.BaseRequest) -> web.Response:
        try:
            scheme_of(request, with_query=False)
        except Unauthenticated:
            return web.Response(status=401)
        return answer(body)

    site = Site()
    async with serving(site) as peer, client() as http:
        body = document(peer, "/outbox?page=1")
        site.on("/outbox", pathwise)

        await fetched(http, peer.url("/outbox?page=1"))

        assert len(peer.seen) == 2


async def test_without_a_signer_nothing_is_signed_and_nobody_knocks_twice() -> None:
    """Open documents can be had before there is a key."""
    site = Site()
    async with serving(site) as peer, client() as http:
        site.on("/users/member", answer(document(peer)))
        site.on("/closed", web.Response(status=401))

        await fetched(http, peer.url("/users/member"), signer=None)
        with pytest.raises(FetchError):
            await fetched(http, peer.url("/closed"), signer=None)

        assert [request.headers.get("Signature") for request in peer.seen] == [None, None]


# --- WebFinger, NodeInfo, host-meta -----------------------------------------------------------------------------


@pytest.mark.parametrize("content_type", ["text/html", "application/xml", None, "text/json"])
async def test_a_jrd_must_be_declared_as_json(content_type: str | None) -> None:
    """RFC 7033 10.2."""
    async with serving(_always(answer(b'{"subject":"acct:a@b"}', content_type))) as peer, client() as http:
        with pytest.raises(FetchError) as caught:
            await fetch_jrd(http, peer.url("/.well-known/webfinger?resource=acct:a@b"), budget=Budget())

    assert caught.value.reason == "content_type"


async def test_a_jrd_may_come_from_another_host() -> None:
    """RFC 7033 4.2: a domain of handles is often served elsewhere; unsigned, the query untouched."""
    site = Site()
    path = "/.well-known/webfinger?resource=acct%3Amember%40one.example"
    async with serving(site) as peer, client() as http:
        site.on("one.example/.well-known/webfinger", redirect(peer.url(path, "social.one.example"), 301))
        site.on(
            "social.one.example/.well-known/webfinger",
            answer({"subject": "acct:member@one.example"}, "application/jrd+json"),
        )

        found = await fetch_jrd(http, peer.url(path, "one.example"), budget=Budget())

        assert found.document == {"subject": "acct:member@one.example"}
        assert found.url == peer.url(path, "social.one.example")
        assert peer.seen[1].raw_path == path
        assert "Signature" not in peer.seen[1].headers
        assert peer.seen[1].headers["Accept"] == "application/jrd+json, application/json"


async def test_nodeinfo_is_plain_json() -> None:
    """NodeInfo 2.1, with a profile in its type."""
    body = answer({"version": "2.1"}, 'application/json; profile="http://nodeinfo.diaspora.software/ns/schema/2.1#"')
    async with serving(_always(body)) as peer, client() as http:
        found = await fetch_json(http, peer.url("/nodeinfo/2.1"), budget=Budget())

    assert found.document == {"version": "2.1"}


async def test_host_meta_is_text_of_its_own_type() -> None:
    """RFC 6415 2."""
    site = Site()
    site.on("/.well-known/host-meta", answer("<XRD>ç</XRD>".encode() + b"\xff", "application/xrd+xml; charset=utf-8"))
    site.on("/html", answer(b"<html>", "text/html"))
    types = frozenset({"application/xrd+xml"})
    async with serving(site) as peer, client() as http:
        text = await fetch_text(
            http, peer.url("/.well-known/host-meta"), budget=Budget(), accept="application/xrd+xml", types=types
        )
        with pytest.raises(FetchError) as caught:
            await fetch_text(http, peer.url("/html"), budget=Budget(), accept="application/xrd+xml", types=types)

    assert text == "<XRD>ç</XRD>\ufffd"
    assert caught.value.reason == "content_type"


async def test_page_is_asked_for_by_nobody_in_particular() -> None:
    """security 1.7: no signature, no cookie, no referrer, though a hop before set one; the first bytes are read, in their own letters."""
    site = Site()
    site.on("/old", lambda _: web.Response(status=302, headers={"Location": "/new", "Set-Cookie": "a=b; Path=/"}))
    site.on("/new", answer(b"<title>\xfe</title>" + b"x" * limits.PAGE_BYTES, "Text/HTML; charset=iso-8859-9"))
    async with serving(site) as peer, client() as http:
        page = await fetch_page(http, peer.url("/old"), budget=Budget())

    assert (page.url, len(page.body)) == (peer.url("/new"), limits.PAGE_BYTES)
    assert page.content_type == "Text/HTML; charset=iso-8859-9"
    for request in peer.seen:
        assert set(request.headers) == {"Host", "User-Agent", "Accept", "Accept-Encoding"}
        assert request.headers["Accept"].startswith("text/html")


@pytest.mark.parametrize(
    "content_type", [None, "image/png", "application/json", "text/plain; charset=text/html", ACTIVITY]
)
async def test_what_is_no_page_is_not_read_as_one(content_type: str | None) -> None:
    """security 1.3: HTML only, by its declared type."""
    async with serving(_always(answer(b"<title>x</title>", content_type))) as peer, client() as http:
        with pytest.raises(FetchError) as caught:
            await fetch_page(http, peer.url("/"), budget=Budget())

    assert (caught.value.reason, caught.value.temporary) == ("content_type", False)


# --- Retry-After ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        (None, None),
        ("", None),
        ("soon", None),
        ("-5", None),
        ("1.5", None),
        ("0", 0),
        ("120", 120),
        (" 120 ", 120),
        ("999999999999", limits.RETRY_AFTER_MAX_SECONDS),
        ("9" * 5_000, None),
        ("Tue, 24 Nov 2026 08:02:00 GMT", 120),
        ("Tue, 24 Nov 2026 07:00:00 GMT", 0),
        ("Tue, 24 Nov 2099 07:00:00 GMT", limits.RETRY_AFTER_MAX_SECONDS),
        ("Fri, 31 Dec 9999 23:59:59 -0500", limits.RETRY_AFTER_MAX_SECONDS),
        ("Fri, 31 Dec 0001 00:00:00 +0500", 0),
    ],
)
def test_retry_after_is_read_in_both_forms_and_bounded(header: str | None, seconds: int | None) -> None:
    """RFC 9110 10.2.3."""
    assert retry_after(header, NOW) == seconds


@given(st.text(max_size=60))
def test_no_retry_after_breaks_the_reader(header: str) -> None:
    """It is a stranger's text."""
    found = retry_after(header, NOW)

    assert found is None or timedelta(0) <= timedelta(seconds=found) <= timedelta(
        seconds=limits.RETRY_AFTER_MAX_SECONDS
    )


# --- everything at once -----------------------------------------------------------------------------------------


async def test_every_failure_is_a_fetch_error() -> None:
    """One class at the edge: whatever a peer does, the caller needs one `except`."""
    assert issubclass(BudgetSpent, FetchError)
    assert issubclass(RemoteGone, FetchError)
    assert issubclass(AddressRefused, FetchError)
    async with client(DEVELOPMENT) as http:
        for url in ("", "x", "http://", "http://\x00/", "acct:a@b", "http://a/" + "a" * 5_000):
            with pytest.raises(CoopFedError) as caught:
                await fetched(http, url)
            assert isinstance(caught.value, FetchError)


def _always(response: web.Response) -> Handler:
    async def handler(_: web.BaseRequest) -> web.StreamResponse:
        return _copied(response)

    return handler
