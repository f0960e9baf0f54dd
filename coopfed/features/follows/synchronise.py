"""Follower synchronisation as it arrives: a peer's server says who of ours follows its actor, and where we differ, it is right.

What a server says beside an activity is a hint that something is amiss: believed is only the list that it shows, when that has the
digest of the hint. Then follows end here that are unknown there (else we would go on to show what is not meant for our members
any more), and what is unknown here is taken back there. Source: FEP-8fcf.
"""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import bindparam, delete, literal_column, select
from sqlalchemy.dialects.postgresql import insert

from actors.authenticate import Authenticated
from actors.lookup import ActorRow, actor, by_id, by_uri
from actors.synchronisation import Claim, digest, read
from coopfed import limits
from coopfed.db import jobs
from coopfed.db.engine import Lane
from coopfed.db.models import FollowerSync
from coopfed.db.tx import Tx, table
from coopfed.errors import BadMessage
from coopfed.features import timelines
from coopfed.features.follows import store
from coopfed.features.follows.store import follow
from coopfed.net.fetch import Budget, fetch_document
from coopfed.node import Node, Stamp
from coopfed.observe.logs import logger
from coopfed.signing.request import SYNCHRONIZATION, Request
from coopfed.vocab import build, strict_json
from coopfed.vocab.origin import same_authority
from coopfed.vocab.values import many, reference
from outbox.publish import publish

SYNCHRONISE = "synchronise_followers"
_AT_ONCE = 50

log = logger("follows")

sync = table(FollowerSync)
_HEARD = insert(sync).values(
    actor_id=bindparam("who"), url=bindparam("address"), digest=bindparam("whole"), heard_at=bindparam("now")
)
_HEARD = _HEARD.on_conflict_do_update(
    index_elements=["actor_id"],
    set_={"url": _HEARD.excluded.url, "digest": _HEARD.excluded.digest, "heard_at": _HEARD.excluded.heard_at},
    where=sync.c.heard_at <= bindparam("not_since"),
)
_CLAIM = select(sync.c.url, sync.c.digest, sync.c.heard_at).where(sync.c.actor_id == bindparam("who"))
_FORGET = delete(sync).where(sync.c.actor_id == bindparam("who"))
_HERE = (
    select(follow.c.follower_id, follow.c.id, actor.c.uri)
    .join(actor, actor.c.id == follow.c.follower_id)
    .where(follow.c.followed_id == bindparam("who"), follow.c.state == literal_column("'accepted'"), actor.c.local)
    .limit(limits.SYNCHRONISED_FOLLOWERS + 1)
)


@dataclass(frozen=True, slots=True)
class Known:
    """What is known here of an actor's followers here: their ids, each with the number of the follower and that of the follow."""

    followed: ActorRow
    followers: dict[str, tuple[int, int]]

    @property
    def digest(self) -> str:
        """As the actor's server would write it."""
        return digest(set(self.followers))


async def hear(node: Node, request: Request, signer: Authenticated) -> None:
    """Notes what an arriving request says of the signer's followers, when the signature covers it and it is not what we know: it is
    looked into a little later. What is malformed, or is of another's followers, is passed over: the activity is taken all the same.

    Source: FEP-8fcf *On the receiving end*.
    """
    name = SYNCHRONIZATION.lower()
    header = request.header(name)
    if header is None or name not in signer.covered:
        # A signed request that somebody kept could be sent again with another header.
        return
    try:
        claim = read(header)
        if not same_authority(claim.url, signer.actor_uri):
            # Else we would ask a third server for a list, or believe one about the signer's followers.
            return
    except BadMessage as error:
        log.info("synchronisation_unread", actor=signer.actor_uri, reason=error.reason)
        return
    stamp = node.stamp()
    if await node.db.read(_is_news, signer.actor_id, claim, stamp):
        await node.db.write(_note, signer.actor_id, claim, stamp)


def _not_since(stamp: Stamp) -> int:
    return stamp.now - stamp.clock.span(limits.SYNCHRONISE_REST_SECONDS)


def _is_news(tx: Tx, actor_id: int, claim: Claim, stamp: Stamp) -> bool:
    before = tx.execute(_CLAIM, {"who": actor_id}).one_or_none()
    if before is not None and before.heard_at > _not_since(stamp):
        return False
    known = _known(tx, actor_id)
    return known is not None and known.followed.followers_uri == claim.collection and known.digest != claim.digest


def _known(tx: Tx, actor_id: int) -> Known | None:
    """None for an actor that is gone, and for one with more followers here than are compared."""
    row, found = by_id(tx, actor_id), tx.execute(_HERE, {"who": actor_id}).all()
    if row is None or row.local or row.gone_at is not None or len(found) > limits.SYNCHRONISED_FOLLOWERS:
        return None
    return Known(row, {one.uri: (one.follower_id, one.id) for one in found})


def _note(tx: Tx, actor_id: int, claim: Claim, stamp: Stamp) -> None:
    heard = {"who": actor_id, "address": claim.url, "whole": claim.digest, "now": stamp.now}
    if tx.execute(_HEARD, {**heard, "not_since": _not_since(stamp)}).rowcount:
        # What is under way (an Accept, an Undo) may settle it.
        due = stamp.now + stamp.clock.span(limits.SYNCHRONISE_SECONDS)
        jobs.enqueue(tx, stamp.mint(None), SYNCHRONISE, str(actor_id), due)


async def synchronise(node: Node, key: str) -> None:
    """The job `synchronise_followers` (key: the number of the remote actor): asks its server for the list and follows it.

    FetchError when the server does not answer now.
    """
    claim, known = await node.db.read(_facts, int(key))
    if claim is None or known is None or known.digest == claim.digest:
        return
    listed = await _listed(node, claim.url)
    if listed is None or digest(listed) != claim.digest:
        # It changed meanwhile: the next post says so again. Or it is a list that proves nothing.
        log.info("synchronisation_unproved", actor=known.followed.uri)
        return
    # Known before the list was asked for: what was granted since cannot stand in it.
    wrong = [numbers for uri, numbers in known.followers.items() if uri not in listed]
    unknown = sorted(listed - set(known.followers))[: limits.COLLECTION_ITEMS]
    log.info("synchronised", actor=known.followed.uri, ended=len(wrong), unknown=len(unknown))
    for start in range(0, len(wrong), _AT_ONCE):
        await node.db.write(_end, known.followed.id, wrong[start : start + _AT_ONCE], lane=Lane.BACK)
    for start in range(0, len(unknown), _AT_ONCE):
        some = unknown[start : start + _AT_ONCE]
        await node.db.write(_answer, known.followed.id, some, node.stamp(), lane=Lane.BACK)


def _facts(tx: Tx, actor_id: int) -> tuple[Claim | None, Known | None]:
    known, row = _known(tx, actor_id), tx.execute(_CLAIM, {"who": actor_id}).one_or_none()
    if known is None or row is None:
        return None, known
    return Claim(known.followed.followers_uri or "", row.url, row.digest), known


async def _listed(node: Node, url: str) -> set[str] | None:
    """Our actors on the list at this address and its further pages, which lie on the same host; None when it does not end."""
    budget, found = Budget(2 * limits.SYNCHRONISE_PAGES), set[str]()
    page: str | None = url
    for _ in range(limits.SYNCHRONISE_PAGES):
        if page is None or not same_authority(page, url):
            break
        fetched = await fetch_document(node.http, page, signer=node.signer, budget=budget)
        # Read from the bytes: the canonical document ends a list where a list of posts would be too long.
        items, page = _page(strict_json.parse(fetched.raw))
        found |= {item for item in items if node.urls.is_ours(item)}
    return found if page is None else None


def _page(document: dict[str, Any]) -> tuple[set[str], str | None]:
    """The ids on a collection or page, and the address of the next one."""
    first = document.get("first")
    page = first if isinstance(first, dict) else document
    ids = {reference(item) for item in many(page.get("orderedItems") or page.get("items"))}
    further = page.get("next") if ids or page is first else first or page.get("next")
    return {id for id in ids if id is not None}, reference(further)


def _end(tx: Tx, followed_id: int, wrong: list[tuple[int, int]]) -> None:
    """These followers are none for the followed's server: their follows end here, and nobody needs to be told."""
    for follower_id, row_id in wrong:
        row = store.between(tx, follower_id, followed_id)
        if row is not None and row.id == row_id:
            store.end(tx, row)
            timelines.remove_author(tx, follower_id, followed_id)


def _answer(tx: Tx, followed_id: int, unknown: list[str], stamp: Stamp) -> None:
    """These follow for the followed's server: a request that waits was granted, what nobody asked for is taken back."""
    followed = by_id(tx, followed_id)
    if followed is None or followed.gone_at is not None:
        return
    for uri in unknown:
        follower = by_uri(tx, uri)
        if follower is None or not follower.local or follower.gone_at is not None:
            continue
        row = store.between(tx, follower.id, followed_id)
        if row is None:
            _take_back(tx, follower, followed, stamp)
        elif store.accept(tx, row):
            timelines.place_recent(tx, follower.id, followed_id)


def _take_back(tx: Tx, follower: ActorRow, followed: ActorRow, stamp: Stamp) -> None:
    """An Undo of a Follow whose id nobody here knows: by the two actors, as Mastodon sends it."""
    number = stamp.mint(None)
    undo = build.undo_follow(stamp.urls.activity(number), follower.uri, followed.uri)
    publish(tx, stamp, follower, number, undo, followed.id)


def forget(tx: Tx, actor_id: int) -> None:
    """The actor is gone: what its server said of its followers counts no more. A unit of work."""
    tx.execute(_FORGET, {"who": actor_id})
