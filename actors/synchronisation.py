"""Follower synchronisation: by what two servers notice that they disagree about who follows whom. Units of work that read.

Beside a post for its followers an actor's server says what it believes of the receiving host's part: a digest, and where the list
is. Ids, inboxes and shared inboxes of a host must lie on one authority, else its list would lack followers: where they do not,
nothing is said. Source: FEP-8fcf.
"""

import hashlib
import re
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, and_, bindparam, case, literal_column, or_, select

from actors.lookup import actor
from coopfed import limits
from coopfed.db.models import Follow, Peer
from coopfed.db.tx import Tx, table
from coopfed.errors import BadMessage
from coopfed.signing import cavage
from coopfed.vocab.origin import normalise_id

NAME = "followers_synchronization"
"""The last part of the address of a list, as Mastodon has it."""

_DIGEST = re.compile(r"[0-9a-f]{64}")

follow, peer = table(Follow), table(Peer)
_FOLLOWERS = (
    select(
        actor.c.uri,
        case((and_(actor.c.host_id == peer.c.id, actor.c.peer_id == peer.c.id), True), else_=False).label("at_home"),
    )
    .select_from(follow)
    .join(actor, actor.c.id == follow.c.follower_id)
    .join(peer, or_(actor.c.host_id == peer.c.id, actor.c.peer_id == peer.c.id))
    .where(
        follow.c.followed_id == bindparam("followed"),
        follow.c.state == literal_column("'accepted'"),
        ~actor.c.local,
    )
    .limit(limits.SYNCHRONISED_FOLLOWERS + 1)
)
_AT_PEER = _FOLLOWERS.where(peer.c.id == bindparam("peer"))
_AT_HOST = _FOLLOWERS.where(peer.c.host == bindparam("host"))


@dataclass(frozen=True, slots=True)
class Claim:
    """What one server says to another: of which collection, where the other's part of it is listed, and the digest of that part."""

    collection: str
    url: str
    digest: str


def digest(uris: set[str]) -> str:
    """The digest of a part of a followers collection: the SHA-256 of each id, all XORed, in hexadecimal. Of none it is 64 zeros."""
    whole = 0
    for uri in uris:
        whole ^= int.from_bytes(hashlib.sha256(uri.encode()).digest())
    return f"{whole:064x}"


def written(claim: Claim) -> str:
    """The value of the header `Collection-Synchronization`."""
    return f'collectionId="{claim.collection}", url="{claim.url}", digest="{claim.digest}"'


def read(header: str) -> Claim:
    """What the header says; BadMessage when it cannot be read or says less. Written as `Signature` is."""
    if len(header) > limits.SIGNATURE_HEADER_LENGTH:
        raise BadMessage(f"a synchronisation of {len(header)} characters", reason="synchronisation")
    found = cavage.parameters(header)
    collection, url, whole = (found.get(name, "") for name in ("collectionid", "url", "digest"))
    if not _DIGEST.fullmatch(whole.lower()):
        raise BadMessage(f"a synchronisation with the digest {whole[:80]!a}", reason="synchronisation")
    return Claim(normalise_id(collection), normalise_id(url), whole.lower())


def claim_for(tx: Tx, actor_id: int, actor_uri: str, peer_id: int) -> Claim | None:
    """What we say to a host (by its number) of the followers that one of our actors has there; None when nothing can be said."""
    followers = _part(tx, _AT_PEER, {"followed": actor_id, "peer": peer_id})
    return None if followers is None else Claim(f"{actor_uri}/followers", f"{actor_uri}/{NAME}", digest(set(followers)))


def followers_at(tx: Tx, actor_id: int, host: str) -> list[str] | None:
    """Ids of the accepted followers of one of our actors who live at this host; None when nothing can be said of them."""
    return _part(tx, _AT_HOST, {"followed": actor_id, "host": host})


def _part(tx: Tx, statement: Select[Any], parameters: dict[str, Any]) -> list[str] | None:
    rows = tx.execute(statement, parameters).all()
    if len(rows) > limits.SYNCHRONISED_FOLLOWERS or not all(row.at_home for row in rows):
        return None
    return [row.uri for row in rows]
