"""What a handle or an address leads to, for the operator: what was known before, what its host says now, and what is stored of it.

A member who looks somebody up wants the result; an operator wants to know at which step it went wrong.
"""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, Table, bindparam, func, literal_column, select

from actors.lookup import ActorRow, actor, by_acct, by_id, by_uri, local_by_handle
from actors.remote import store_fetched
from actors.visibility import object_
from coopfed import limits
from coopfed.db.tx import Tx
from coopfed.errors import CoopFedError, NotFound
from coopfed.features.posts import store
from coopfed.features.posts.remote import read_fetched, store_alone
from coopfed.features.posts.store import PostRow
from coopfed.net.fetch import Budget, Fetched, fetch_document
from coopfed.node import Node
from coopfed.vocab.origin import authority, same_authority
from coopfed.vocab.terms import ACTOR_TYPES
from webfinger.resolve import find_actor, resolve
from webfinger.resource import Handle, UrlResource, parse_resource


def _page(kind: Table) -> Select[Any]:
    """The words of the index: without them it is not used."""
    return (
        select(kind.c.uri)
        .where(
            kind.c.url == bindparam("page"),
            kind.c.url != kind.c.uri,
            func.length(kind.c.url) < literal_column("500"),
        )
        .limit(limits.READ_ROWS)
    )


_ACTOR_PAGE, _POST_PAGE = _page(actor), _page(object_)


@dataclass(frozen=True, slots=True)
class Stored:
    """An actor, or a post with its author, as it is stored here."""

    actor: ActorRow
    post: PostRow | None = None

    @property
    def uri(self) -> str:
        """Its id."""
        return self.post.uri if self.post else self.actor.uri


@dataclass(frozen=True, slots=True)
class Looked:
    """What was known before; what was fetched now; why it was not, or was not stored; what is stored now."""

    known: Stored | None
    fetched: Fetched | None
    refused: CoopFedError | None
    stored: Stored | None


async def look_up(node: Node, written: str) -> Looked:
    """All about a handle (`name@host`) or the address of an actor or post. What is remote is asked for, also when it is known.

    Raises nothing for what another host does as long as there is something to tell; else the CoopFedError that says why not.
    """
    budget = node.budget()
    known, fetched = await node.db.read(_known_as, written, node), None
    uri, refused = known.uri if known else None, None
    try:
        uri = await _uri(node, written, budget)
        if not node.urls.is_ours(uri):
            await node.refuse_blocked(authority(uri))
            fetched = await fetch_document(node.http, uri, signer=node.signer, budget=budget)
            uri = str(fetched.document["id"])
            known = known or await node.db.read(_known, uri)
            await _store(node, fetched, budget)
    except CoopFedError as error:
        refused = error
    stored = await node.db.read(_known, uri) if uri else None
    if stored is None and fetched is None:
        raise refused or NotFound(f"there is no {written} on this node")
    return Looked(known, fetched, refused, stored)


async def find(node: Node, written: str, *, ask: bool) -> Stored | None:
    """The actor or post that a handle or address (its id, or its page) leads to; None when there is none. Whoever is not known here is
    asked for only with `ask`; what goes wrong there is no error here. Whether the reader may see it is asked elsewhere."""
    try:
        known = await node.db.read(_meant, written, node)
        return known if known is not None or not ask else (await look_up(node, written)).stored
    except CoopFedError:
        return None


def _meant(tx: Tx, written: str, node: Node) -> Stored | None:
    asked = _asked(node, written)
    if isinstance(asked, Handle):
        local = asked.host in (node.config.handle_domain, node.config.authority)
        row = local_by_handle(tx, asked.name) if local else by_acct(tx, asked.name, asked.host)
        return Stored(row) if row is not None else None
    handle, _, number = asked.url.removeprefix(f"{node.urls.base}/@").partition("/")
    if handle == asked.url.partition("/")[0]:
        return _known(tx, asked.url) or _known_page(tx, asked.url)
    if not number:
        row = local_by_handle(tx, handle)
        return Stored(row) if row is not None else None
    return _known(tx, node.urls.object(int(number))) if number.isascii() and number.isdigit() else None


def _known_page(tx: Tx, url: str) -> Stored | None:
    """As `_known`, by the address of the page. A page says nothing of whose it is: only one on the host of the id counts."""
    actors = [row for row in tx.execute(_ACTOR_PAGE, {"page": url}).all() if same_authority(row.uri, url)]
    posts = [row for row in tx.execute(_POST_PAGE, {"page": url}).all() if same_authority(row.uri, url)]
    return _known(tx, (actors or posts)[0].uri) if len(actors or posts) == 1 else None


async def _uri(node: Node, written: str, budget: Budget) -> str:
    """The id or page that is meant; a handle is asked for at its host, for it may lead elsewhere by now."""
    asked = _asked(node, written)
    if isinstance(asked, Handle):
        local = asked.host in (node.config.handle_domain, node.config.authority)
        return (await find_actor(node, asked.name)).uri if local else (await resolve(node, asked, budget)).actor_uri
    page = asked.url.removeprefix(f"{node.urls.base}/@")
    if page == asked.url:
        return asked.url
    handle, _, number = page.partition("/")
    return node.urls.object(int(number)) if number.isdecimal() else (await find_actor(node, handle)).uri


def _asked(node: Node, written: str) -> Handle | UrlResource:
    bare = written.removeprefix("acct:").removeprefix("@")
    whole = bare if "@" in bare or "://" in bare else f"{bare}@{node.config.handle_domain}"
    return parse_resource(whole)


async def _store(node: Node, fetched: Fetched, budget: Budget) -> None:
    if fetched.document.get("type") in ACTOR_TYPES:
        await store_fetched(node, fetched)
    else:
        await node.db.write(store_alone, await read_fetched(node, fetched, budget), node.stamp())


def _known_as(tx: Tx, written: str, node: Node) -> Stored | None:
    """What is known under a handle or an address."""
    asked = _asked(node, written)
    if isinstance(asked, Handle):
        row = by_acct(tx, asked.name, asked.host)
        return Stored(row) if row is not None else None
    return _known(tx, asked.url)


def _known(tx: Tx, uri: str) -> Stored | None:
    actor = by_uri(tx, uri)
    if actor is not None:
        return Stored(actor)
    post = store.by_uri(tx, uri)
    author = by_id(tx, post.actor_id) if post is not None else None
    return Stored(author, post) if author is not None else None
