"""What a stranger writes makes this node dial nothing inside: every member that becomes a request, under the rules of production.

One client guards them all (`coopfed/net`), so these tests ask two things: that nobody dials past it, and that no door lets a refusal
of it become something else than a refusal.
"""

import ast
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from actors.lookup import by_uri
from coopfed.errors import CoopFedError, NotFound
from coopfed.features.accounts.store import give_role
from coopfed.features.copies.fetch import copy_of
from coopfed.features.follows import actions as follows
from coopfed.features.posts.actions import create_post
from coopfed.features.posts.featured import look_at_featured
from coopfed.features.posts.rules import Draft
from coopfed.features.previews.store import FETCH_PREVIEW
from coopfed.features.subscriptions import PUSH
from coopfed.oauth.tokens import issue_token
from coopfed.signing import webpush
from outbox.publish import delivery
from tests.inbox.test_door import reasons
from tests.security.production import Production, a_production_node
from tests.support.jobs import run_jobs
from tests.support.nodes import an_actor, process_arrivals
from tests.support.pages import states
from tests.support.peers import CONTEXT, RemoteActor, send_due
from webfinger.resolve import find_actor

ROOT = Path(__file__).resolve().parents[2]
INNER = "https://inner.attacker.net"
DIALLERS = {
    "aiohttp",
    "httpx",
    "requests",
    "urllib3",
    "http.client",
    "urllib.request",
    "socket",
    "ftplib",
    "smtplib",
    "telnetlib",
}

REFUSED = {
    "loopback": ("https://127.0.0.1/key", "ip_literal"),
    "loopback in one number": ("https://2130706433/key", "ip_literal"),
    "loopback in hexadecimal": ("https://0x7f.1/key", "ip_literal"),
    "loopback in octal": ("https://0177.0.0.1/key", "ip_literal"),
    "this network": ("https://0.0.0.0/key", "ip_literal"),
    "a private address": ("https://192.168.1.1/key", "ip_literal"),
    "cloud metadata": ("https://169.254.169.254/latest/meta-data/", "ip_literal"),
    "IPv6 loopback": ("https://[::1]/key", "ip_literal"),
    "IPv4 in IPv6": ("https://[::ffff:127.0.0.1]/key", "ip_literal"),
    "NAT64": ("https://[64:ff9b::7f00:1]/key", "ip_literal"),
    "a public address, but no name": ("https://93.184.216.34/key", "ip_literal"),
    "localhost": ("https://localhost/key", "reserved_name"),
    "below localhost": ("https://a.localhost/key", "reserved_name"),
    "a name without a dot": ("https://postgres/key", "reserved_name"),
    "an internal name": ("https://vault.internal/key", "reserved_name"),
    "an onion": ("https://abcdef.onion/key", "reserved_name"),
    "another port": ("https://peer.cooperative.org:5432/key", "port"),
    "without TLS": ("http://peer.cooperative.org/key", "scheme"),
    "a name that leads inside": (f"{INNER}/key", "address_range"),
}


@pytest.fixture
async def production(database_url: str) -> AsyncIterator[Production]:
    """A node under the rules of production, once on each engine."""
    async with a_production_node(database_url) as found:
        yield found


def test_nobody_dials_but_the_guarded_client() -> None:
    """security 1.3: other projects had a second client without the guard (Mastodon GHSA-46w6-g98f-wxqm)."""
    found = {}
    for package in ("coopfed", "actors", "inbox", "outbox", "webfinger"):
        for path in (ROOT / package).rglob("*.py"):
            named = {
                name
                for node in ast.walk(ast.parse(path.read_text()))
                for name in (
                    [alias.name for alias in node.names]
                    if isinstance(node, ast.Import)
                    else [node.module or ""]
                    if isinstance(node, ast.ImportFrom)
                    else []
                )
            }
            if named & DIALLERS:
                found[path.relative_to(ROOT).as_posix()] = named & DIALLERS

    allowed = {name for name in found if name.startswith(("coopfed/net/", "coopfed/cli/"))}
    assert set(found) == allowed, found
    assert found["coopfed/net/client.py"] == {"aiohttp", "socket"}


async def test_key_ids_that_lead_inside_are_not_asked_for(production: Production) -> None:
    """security 1.3 (Owncast GHSA-fvfm-7j99-r2xv): the key id is dialled before anything is proved; 401, and the line says why."""
    for how, (key_id, fault) in REFUSED.items():
        with capture_logs() as logs:
            answer = await production.post(production.alice.follow(production.member.uri), key_id=f"{key_id}#main-key")

        assert answer.status == 401, how
        assert reasons(logs) == ["key_unavailable"], how
        assert fault in logs[0]["detail"], how
    assert set(production.names.asked) == {"inner.attacker.net"}


async def test_key_id_of_this_node_is_looked_up_here(production: Production) -> None:
    """security 1.3: what lies here is not dialled."""
    with capture_logs() as logs:
        answer = await production.post(production.alice.follow(production.member.uri), f"{production.member.uri}#none")

    assert (answer.status, reasons(logs)) == (401, ["local_impersonation"])
    assert production.names.asked == []


@pytest.mark.parametrize("url", [f"{INNER}/1", "https://169.254.169.254/1", "https://localhost/1"])
async def test_members_of_an_activity_that_lead_inside_are_refused_by_name(production: Production, url: str) -> None:
    """security 1.3: what is answered, boosted, or said by a third: a named outcome, and nothing inside is reached."""
    alice = production.alice
    await follows.follow(production.node, production.member, await production.knows(alice))
    pair = {"type": "Follow", "actor": production.member.uri, "object": alice.uri}
    await production.arrives(alice.says("Accept", pair))
    inner = RemoteActor(url.removesuffix("/1"), "mallory")
    with_proof = alice.follow(production.member.uri) | {"actor": inner.uri, "id": f"{inner.base}/2"}

    outcomes = {
        "answered": await production.arrives(alice.create(alice.mentioning(production.member.uri, inReplyTo=url))),
        "boosted": await production.arrives(alice.says("Announce", url)),
        "relayed": await production.arrives(
            inner.create({"id": url, "type": "Note", "attributedTo": inner.uri, "content": "x"})
        ),
        "undone": await production.arrives(with_proof),
    }

    assert outcomes == {
        "answered": ["accepted"],
        "boosted": ["unreachable"],
        "relayed": ["unreachable"],
        "undone": ["refused_relayed"],
    }
    assert await production.node.db.read(by_uri, inner.uri) is None
    assert set(production.names.asked) <= {"inner.attacker.net", "peer.cooperative.org"}


@pytest.mark.parametrize(
    "inbox", ["https://10.0.0.1/inbox", "https://localhost/inbox", f"{INNER}/inbox", "https://coop.example/inbox"]
)
async def test_deliveries_do_not_go_inside(production: Production, inbox: str) -> None:
    """security 1.3: an inbox is an address of a stranger's choice too; the delivery is given up, and says why."""
    production.alice.changes = {"inbox": inbox, "endpoints": None}
    await production.knows(production.alice)
    await production.arrives(production.alice.follow(production.member.uri))

    await create_post(production.node, production.member, Draft("For all"))
    await send_due(production.node)

    rows = await production.node.db.read(lambda tx: [row.last_error for row in tx.execute(delivery.select())])
    assert len(rows) == 2
    assert set(rows) <= {"ip_literal", "reserved_name", "address_range", "own_authority"}


async def test_pins_and_names_do_not_go_inside(production: Production) -> None:
    """security 1.3: collections and handles are asked for in the background; a refusal ends there."""
    production.alice.changes = {"featured": f"{INNER}/pins", "webfinger": "alice@10.0.0.1"}
    await production.knows(production.alice)

    await look_at_featured(production.node, production.alice.uri)
    done = await run_jobs(production.node)

    row = await production.node.db.read(by_uri, production.alice.uri)
    assert "confirm_handle" in done
    assert row is not None
    assert not row.handle_confirmed
    assert "inner.attacker.net" not in production.names.asked


@pytest.mark.parametrize(
    "written", ["https://127.0.0.1/x", "@root@localhost", "a@10.0.0.1", f"{INNER}/x", "a@inner.attacker.net"]
)
async def test_what_members_look_up_does_not_go_inside(production: Production, written: str) -> None:
    """security 1.3: search and mentions: a stolen account is no way inside either."""
    with pytest.raises(CoopFedError):
        await find_actor(production.node, written)
    assert set(production.names.asked) <= {"inner.attacker.net"}


async def test_linked_pages_do_not_lie_inside(production: Production) -> None:
    """security 1.3, *link preview*: whoever writes a link, here or elsewhere, gets nothing inside asked; it stays a link."""
    inside = [url.replace("/key", "/page") for url, _fault in REFUSED.values()]
    for url in inside:
        linking = production.alice.mentioning(production.member.uri, content=f'<p><a href="{url}">page</a></p>')
        assert await production.arrives(production.alice.create(linking)) == ["accepted"]
    await create_post(production.node, production.member, Draft(f"Read {INNER}/ours"))
    production.node.clock.pass_(60)  # type: ignore[attr-defined]

    await run_jobs(production.node, FETCH_PREVIEW)

    found = await states(production.node)
    assert len(found) == len(inside) + 1
    assert set(found.values()) == {"failed"}
    assert set(production.names.asked) == {"inner.attacker.net"}


async def test_copies_of_files_do_not_lie_inside(production: Production) -> None:
    """security 1.3: whoever says where their pictures lie gets nothing inside asked, in whatever shape it is to be shown."""
    node, inside = production.node, [url.replace("/key", "/a.png") for url, _fault in REFUSED.values()]
    for url in inside:
        file = {"type": "Document", "mediaType": "image/png", "url": url}
        note = production.alice.mentioning(production.member.uri, attachment=[file])
        assert await production.arrives(production.alice.create(note)) == ["accepted"]
        for shape in ("file", "avatar", "emoji"):
            with pytest.raises(NotFound):
                await copy_of(node, shape, url)
    assert set(production.names.asked) == {"inner.attacker.net"}


async def test_push_does_not_go_inside(production: Production) -> None:
    """security 1.3: where an app wants to be told is whatever a stranger says: refused by its letters, else when it is dialled."""
    node, other = production.node, await an_actor(production.node, "other")
    await give_role(node, "member@mail.example", production.member, "editor")
    token = await issue_token(node, "member@mail.example", production.member, "push")
    keys = {"p256dh": webpush.written(webpush.public_bytes(webpush.new_key())), "auth": webpush.written(bytes(16))}

    async def subscribe(endpoint: str) -> int:
        asked = {"subscription": {"endpoint": endpoint, "keys": keys}, "data": {"alerts": {"mention": True}}}
        headers = {"Host": "coop.example", "Authorization": f"Bearer {token}"}
        url = f"http://127.0.0.1:{production.port}/api/v1/push/subscription"
        async with production.session.post(url, json=asked, headers=headers) as answer:
            return answer.status

    for url in [url for url, _reason in REFUSED.values() if not url.startswith(INNER)]:
        assert await subscribe(url) == 422, url
    assert production.names.asked == []
    assert await subscribe(f"{INNER}/push") == 200
    await create_post(node, other, Draft("@member hello"))
    await process_arrivals(node)
    with capture_logs() as logs:
        await run_jobs(node, PUSH)

    assert production.names.asked == ["inner.attacker.net"]
    assert [line["reason"] for line in logs if line["event"] == "push_refused"] == ["address_range"]
    await create_post(node, other, Draft("@member again"))
    await process_arrivals(node)
    assert await run_jobs(node, PUSH) == []


async def test_an_unknown_context_is_not_asked_for(production: Production) -> None:
    """security 1.2: contexts have addresses, and are never fetched."""
    follow = production.alice.follow(production.member.uri) | {
        "@context": [CONTEXT, f"{INNER}/context", "https://10.0.0.1/"]
    }

    assert await production.arrives(follow) == ["accepted"]
    assert production.names.asked == []
