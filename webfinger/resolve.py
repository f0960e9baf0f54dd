"""From a handle to an actor across the network, and back: a handle counts only when both directions agree.

The scheme is https, except that a development node asks peers with a port over http. Source: RFC 7033; the round trip that
Mastodon makes (s2s research 2.5).
"""

from dataclasses import dataclass
from urllib.parse import quote

from actors.lookup import ActorRow, by_acct, by_uri, local_by_handle
from actors.remote import confirm_handle, known_actor
from coopfed.errors import BadMessage, CoopFedError, FetchError, NotFound, PeerBlocked, RemoteGone
from coopfed.net.fetch import Budget, fetch_jrd, fetch_text
from coopfed.node import Node
from coopfed.vocab.origin import authority
from webfinger.jrd import Jrd, read_jrd, read_lrdd
from webfinger.resource import Handle, parse_resource

_HOST_META_TYPES = frozenset({"application/xrd+xml", "application/xml", "text/xml"})


@dataclass(frozen=True, slots=True)
class Resolved:
    """A confirmed handle and the actor id it stands for."""

    handle: Handle
    actor_uri: str


async def find_actor(node: Node, written: str, budget: Budget | None = None) -> ActorRow:
    """The actor behind what a member wrote: `name@host`, `@name`, or an actor's URL; fetched when it is unknown here.

    One of ours is found also while it is suspended, for those who run the node. NotFound with what was tried; FetchError when the other
    host does not answer, PeerBlocked when it is blocked here.
    """
    row = await _found(node, written, budget or node.budget())
    if not row.local:
        for url in (row.uri, row.inbox):
            await node.refuse_blocked(authority(url))
    if row.suspended and not row.local:
        raise NotFound(f"{row.uri} is suspended, by its own host or here")
    return row


async def known_by_handle(node: Node, written: str) -> ActorRow:
    """As `find_actor` for a handle, but nobody is asked. NotFound also for whom this node does not know."""
    asked = parse_resource(written) if "@" in written.removeprefix("@").removeprefix("acct:") else None
    if asked is None or (
        isinstance(asked, Handle) and asked.host in (node.config.handle_domain, node.config.authority)
    ):
        return await _local(node, asked.name if isinstance(asked, Handle) else written.removeprefix("@"))
    row = await node.db.read(by_acct, asked.name, asked.host) if isinstance(asked, Handle) else None
    if row is None or row.gone_at is not None or row.suspended:
        raise NotFound(f"{written[:100]} is not known here")
    for url in (row.uri, row.inbox):
        await node.refuse_blocked(authority(url))
    return row


async def _found(node: Node, written: str, budget: Budget) -> ActorRow:
    if not written.startswith(("http://", "https://")) and "@" not in written.removeprefix("@").removeprefix("acct:"):
        return await _local(node, written.removeprefix("@"))
    asked = parse_resource(written)
    if not isinstance(asked, Handle):
        return await known_actor(node, asked.url, budget)
    if asked.host in (node.config.handle_domain, node.config.authority):
        return await _local(node, asked.name)
    known = await node.db.read(by_acct, asked.name, asked.host)
    if known is not None and known.gone_at is None:
        return known
    return await _confirmed_actor(node, await resolve(node, asked, budget), budget)


async def _local(node: Node, name: str) -> ActorRow:
    row = await node.db.read(local_by_handle, name)
    if row is None or row.gone_at is not None:
        raise NotFound(f"there is no @{name} on this node")
    return row


async def _confirmed_actor(node: Node, resolved: Resolved, budget: Budget) -> ActorRow:
    """The actor a handle leads to. Its own handle is confirmed from its own claims only: a host that hands out a foreign actor
    under its own name does not rename that actor (Owncast's issue 5025)."""
    row = await known_actor(node, resolved.actor_uri, budget)
    if row.uri != resolved.actor_uri:
        raise NotFound(f"{resolved.handle.acct} leads to {resolved.actor_uri}, which calls itself {row.uri}")
    if not row.handle_confirmed:
        await confirm(node, row.uri)
    confirmed = await node.db.read(by_uri, row.uri)
    assert confirmed is not None
    return confirmed


async def resolve(node: Node, asked: Handle, budget: Budget) -> Resolved:
    """The canonical handle and the actor for a handle. When the answer's subject is another handle, that one is asked once.

    NotFound when there is no such actor or the answers do not agree.
    """
    answer = await _ask(node, asked, budget)
    handle = answer.subject or asked
    if handle != asked:
        answer = await _ask(node, handle, budget)
        if answer.subject not in (None, handle):
            raise NotFound(f"{asked.acct} is passed on from {handle.acct} to {answer.subject}")
    if not answer.self_links:
        raise NotFound(f"{asked.acct} has no actor that speaks ActivityPub")
    return Resolved(handle, answer.self_links[0])


async def home_page(node: Node, written: str, uri: str) -> str:
    """The page at their own server on which whoever has this handle deals with an object of somebody else's (its id): to answer it, for
    instance.

    NotFound for a handle that leads nowhere, or whose server has no such page; BadMessage for what is no handle; FetchError, PeerBlocked.
    """
    asked = parse_resource(written)
    if not isinstance(asked, Handle) or asked.host in (node.config.handle_domain, node.config.authority):
        raise NotFound(f"{written[:100]} is no handle of another server")
    await node.refuse_blocked(asked.host)
    answer = await _ask(node, asked, node.budget())
    homes = {asked.host, *(authority(one) for one in answer.self_links)}
    if answer.interact is None or authority(answer.interact) not in homes:
        # Nobody is led anywhere but home.
        raise NotFound(f"{asked.host} has no page for objects of others")
    return answer.interact.replace("{uri}", quote(uri, safe=""))


async def confirm(node: Node, actor_uri: str) -> None:
    """The job `confirm_handle`: asks WebFinger whether the handle that an actor claims leads back to it.

    The actor keeps working unconfirmed when it does not; its handle is then shown with its own host.
    """
    row = await node.db.read(by_uri, actor_uri)
    if row is None or row.local or row.gone_at is not None or row.handle_confirmed:
        return
    budget = node.budget()
    for host in dict.fromkeys((row.handle_host, row.acct.rpartition("@")[2])):
        try:
            resolved = await resolve(node, Handle(row.handle, host), budget)
        except (NotFound, BadMessage, PeerBlocked):
            continue
        except FetchError as error:
            if error.temporary:
                raise
            # An address that may not be dialled (ours among them), an answer of no use: that host confirms nothing.
            continue
        if resolved.actor_uri == actor_uri:
            await node.db.write(confirm_handle, row.id, resolved.handle.name, resolved.handle.host)
            return


async def _ask(node: Node, handle: Handle, budget: Budget) -> Jrd:
    base = _base_url(node, handle.host)
    url = f"{base}/.well-known/webfinger?resource={quote(handle.acct, safe=':@')}"
    try:
        return read_jrd((await fetch_jrd(node.http, url, budget=budget)).document)
    except RemoteGone as gone:
        if gone.status == 410:
            raise NotFound(f"{handle.acct} was deleted") from gone
    template_url = await _by_host_meta(node, base, handle, budget)
    try:
        return read_jrd((await fetch_jrd(node.http, template_url, budget=budget)).document)
    except RemoteGone as gone:
        raise NotFound(f"{handle.acct} is not known at {handle.host}") from gone


async def _by_host_meta(node: Node, base: str, handle: Handle, budget: Budget) -> str:
    try:
        text = await fetch_text(
            node.http,
            f"{base}/.well-known/host-meta",
            budget=budget,
            accept="application/xrd+xml",
            types=_HOST_META_TYPES,
        )
        return read_lrdd(text, handle.acct)
    except (CoopFedError, ValueError) as error:
        if isinstance(error, FetchError) and error.temporary:
            raise
        raise NotFound(f"{handle.acct} is not known at {handle.host}") from error


def _base_url(node: Node, host: str) -> str:
    return (
        f"http://{host}"
        if node.config.development and node.config.base_url.startswith("http://")
        else f"https://{host}"
    )
