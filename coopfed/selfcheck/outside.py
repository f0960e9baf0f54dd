"""How the node looks from outside, through its public address: name, certificate, clock, WebFinger, actor document, key.

These requests go to addresses out of the node's own settings only, so they may go to private ones: behind a proxy or a router the public
name often leads to one. Peers are asked for the time through the node's guarded client.
"""

import asyncio
import time
from datetime import UTC
from email.utils import parsedate_to_datetime
from statistics import median
from typing import Final
from urllib.parse import quote, urlsplit

import orjson

from actors.lookup import ActorRow, listed, local_by_handle
from coopfed.clock import Clock
from coopfed.errors import BadMessage, CoopFedError, FetchError, PeerBlocked
from coopfed.features.figures import hosts_that_answered
from coopfed.ids import NODE_HANDLE
from coopfed.net import probe
from coopfed.net.client import Answer, FetchFault, HttpClient
from coopfed.net.fetch import fetch_jrd
from coopfed.net.guard import DialRules
from coopfed.node import Node, user_agent
from coopfed.selfcheck.loopback import signed_get, signed_post
from coopfed.selfcheck.verdict import Check, beside, fine, wrong
from coopfed.signing.keys import public_pem
from coopfed.vocab.terms import ACTIVITY_JSON
from webfinger.jrd import read_jrd

CLOCK_SECONDS: Final = 5.0
"""By how much the clock may differ. Peers refuse only what is signed hours away, but order posts by their dates."""
_CLOCKS: Final = 3
_RENEW_DAYS: Final = 14
_DAY: Final = 86_400
_THROUGH_PUBLIC: Final = ("WebFinger", "actor document", "served key", "signed GET", "signed POST")


async def outside(node: Node) -> list[Check]:
    """Everything that needs a live server or the network."""
    http = HttpClient(DialRules(development=True), user_agent(node.config), ca_bundle=node.config.ca_bundle)
    try:
        server, public = await _server(node, http)
        reached = public is not None and bool(public.ok)
        found = [server, *([public] if public else []), *await _found_without_server(node, http if reached else None)]
        if not reached:
            return [
                *found,
                *(beside(name, "nothing of ours answers at the public address") for name in _THROUGH_PUBLIC),
            ]
        names = _webfinger(node, http), _actor(node, http)
        fingers, document = await asyncio.gather(*names)
        return [*found, fingers, *document, await signed_get(node, http), await signed_post(node, http)]
    finally:
        await http.close()


async def _found_without_server(node: Node, http: HttpClient | None) -> list[Check]:
    return list(await asyncio.gather(_name(node), _certificate(node), _clock(node, http)))


async def _server(node: Node, http: HttpClient) -> tuple[Check, Check | None]:
    """Whether the server answers at all, and whether through the public address; None when it does not at all."""
    public = await _healthy(node, http, node.urls.base)
    if public is None:
        return fine("server", "answers"), fine("public address", f"{node.urls.base} leads here")
    local = f"http://{_dialled(node.config.listen)}"
    if await _healthy(node, http, local) is not None:
        return wrong(
            "server",
            f"no server answers, at {node.urls.base} ({public}) or {local}; start: coopfed serve, or say in LISTEN where it listens",
        ), None
    return fine("server", f"answers at {local}"), wrong(
        "public address",
        f"{node.urls.base} does not lead to the server ({public}); look at name, certificate and proxy",
    )


async def _healthy(node: Node, http: HttpClient, base: str) -> str | None:
    """Why this node does not answer there; None when it does."""
    try:
        answer = await http.request("GET", f"{base}/healthz", {})
        who = orjson.loads(answer.body).get("node")
    except FetchError as error:
        return error.reason
    except (orjson.JSONDecodeError, AttributeError):
        return f"another program answers, with {answer.status}"
    return None if who == node.urls.base else f"the node {str(who)[:200]} answers"


def _dialled(listen: str) -> str:
    """The address at which a server on this machine is reached that listens there."""
    host, _, port = listen.rpartition(":")
    return f"{ {'0.0.0.0': '127.0.0.1', '[::]': '[::1]'}.get(host, host) }:{port}"


async def _name(node: Node) -> Check:
    host = urlsplit(node.urls.base).hostname or ""
    try:
        found = await probe.addresses(host)
    except FetchError as error:
        return wrong("DNS", f"{error}; give the name an A or AAAA record with this machine's public address")
    return fine("DNS", f"{host} is {', '.join(found[:4])} as this machine sees it")


async def _certificate(node: Node) -> Check:
    url = urlsplit(node.urls.base)
    if url.scheme != "https":
        return beside("certificate", "the public address is http (development)")
    try:
        found = await probe.certificate(url.hostname or "", url.port or 443, node.config.ca_bundle)
    except FetchError as error:
        if error.reason != FetchFault.TLS:
            return beside("certificate", f"not to be had: {error.reason}")
        return wrong("certificate", f"peers will not trust it: {error}")
    left = (found.ends - time.time()) / _DAY
    told = f"valid for {left:.0f} more days"
    if left < min(_RENEW_DAYS, (found.ends - found.begins) / _DAY / 5):
        return wrong(
            "certificate", f"{told}; it should have been renewed by now: look at the log of the proxy or of certbot"
        )
    return fine("certificate", told)


async def _clock(node: Node, own: HttpClient | None) -> Check:
    """The clock against those of peers that answered lately, else against the own server as the world sees it."""
    hosts = await node.db.read_long(hosts_that_answered, _CLOCKS)
    scheme = "http" if node.config.development and node.urls.base.startswith("http:") else "https"
    urls = [f"{scheme}://{host}/.well-known/nodeinfo" for host in hosts]
    offsets = [
        offset
        for offset in await asyncio.gather(*(_offset(node.http, url, node.clock) for url in urls))
        if offset is not None
    ]
    whom = f"{len(offsets)} peers"
    if not offsets and own is not None:
        offset = await _offset(own, f"{node.urls.base}/healthz", node.clock)
        offsets, whom = ([] if offset is None else [offset]), "the public address (no peer was asked yet)"
    if not offsets:
        return beside("clock", "nobody answered who could be asked for the time")
    ahead = -median(offsets)
    told = f"{abs(ahead):.1f} s {'ahead of' if ahead > 0 else 'behind'} {whom}"
    if abs(ahead) >= CLOCK_SECONDS:
        return wrong(
            "clock", f"{told}; let the system keep time (timedatectl set-ntp true), then start the server again"
        )
    return fine("clock", told)


async def _offset(http: HttpClient, url: str, clock: Clock) -> float | None:
    """By how many seconds the other clock is ahead; None when it does not say. `Date` has whole seconds, cut."""
    began = clock.now()
    try:
        answer = await http.request("GET", url, {"Cache-Control": "no-cache"})
        there = parsedate_to_datetime(answer.headers["Date"])
        age = float(answer.headers.get("Age", 0))
    except (FetchError, PeerBlocked, KeyError, ValueError, TypeError):
        return None
    here = (began + clock.now()) / 2000
    return (there if there.tzinfo else there.replace(tzinfo=UTC)).timestamp() + age + 0.5 - here


async def _webfinger(node: Node, http: HttpClient) -> Check:
    """The handles of the node and of one actor, asked for at the domain of handles, redirects followed as peers do."""
    domain = node.config.handle_domain
    scheme = urlsplit(node.urls.base).scheme if domain == node.config.authority else "https"
    rows = [await node.db.read(local_by_handle, NODE_HANDLE), *(await node.db.read(listed, "", 1))]
    for row in (row for row in rows if row is not None):
        url = f"{scheme}://{domain}/.well-known/webfinger?resource=acct:{quote(row.handle)}@{domain}"
        fault = await _leads_elsewhere(node, http, url, row)
        if fault is not None:
            return wrong("WebFinger", f"{url}: {fault}")
    return fine("WebFinger", f"handles @…@{domain} lead to their actors")


async def _leads_elsewhere(node: Node, http: HttpClient, url: str, row: ActorRow) -> str | None:
    try:
        answer = read_jrd((await fetch_jrd(http, url, budget=node.budget())).document)
    except (CoopFedError, BadMessage) as error:
        redirect = (
            "" if node.config.handle_domain == node.config.authority else f"; it must redirect to {node.urls.base}"
        )
        return f"{error}{redirect}"
    if answer.self_links[:1] != (row.uri,):
        return f"leads to {answer.self_links[:1]}, not to {row.uri}"
    return None


async def _actor(node: Node, http: HttpClient) -> list[Check]:
    """The node's actor as peers fetch it: its content type to the letter, its id, and the key that we sign with."""
    try:
        answer = await http.request("GET", node.urls.node_actor, {"Accept": ACTIVITY_JSON})
    except FetchError as error:
        return [wrong("actor document", str(error)), beside("served key", "no document")]
    return [_served(node, answer), _key(node, answer)]


def _served(node: Node, answer: Answer) -> Check:
    kind = answer.headers.get("Content-Type")
    if answer.status != 200:
        return wrong("actor document", f"{node.urls.node_actor} answers {answer.status}; does the proxy pass on /ap/?")
    if kind != ACTIVITY_JSON:
        return wrong(
            "actor document", f"arrives as {kind!r}, not {ACTIVITY_JSON!r}; the proxy must not change Content-Type"
        )
    if _document(answer).get("id") != node.urls.node_actor:
        return wrong(
            "actor document", "another document arrives; does the proxy keep copies without regard to Accept and Vary?"
        )
    return fine("actor document", "arrives with the content type that peers compare")


def _key(node: Node, answer: Answer) -> Check:
    shown = _document(answer).get("publicKey")
    ours = {"id": node.signer.key_id, "publicKeyPem": public_pem(node.signer.key.public_key())}
    if isinstance(shown, dict) and {name: shown.get(name) for name in ours} == ours:
        return fine("served key", f"{node.signer.key_id} is the one that signs here")
    return wrong(
        "served key",
        "peers are shown another key than the one of this database; is the proxy's copy old, or the server's database another?",
    )


def _document(answer: Answer) -> dict[str, object]:
    try:
        document = orjson.loads(answer.body)
    except orjson.JSONDecodeError:
        return {}
    return document if isinstance(document, dict) else {}
