"""Actors by number, by id and by name. Units of work that read."""

from typing import NamedTuple

from sqlalchemy import and_, bindparam, literal_column, or_, select

from coopfed.db.models import Actor, Peer
from coopfed.db.tx import Tx, table
from coopfed.vocab.origin import authority

actor, peer = table(Actor), table(Peer)

_ONE_BY_ONE = 4


class ActorRow(NamedTuple):
    """An actor as the rest of the program reads it; a tuple, since pages are made of many. `gone_at` in milliseconds when it was
    deleted, `moved_at` when it last moved, `moved_to` where it lives now when not here.

    `suspended` by whomever; `suspended_at`, `limited` and `sensitized` by the operators here."""

    id: int
    uri: str
    local: bool
    type: str
    handle: str
    handle_host: str
    handle_confirmed: bool
    name: str
    summary: str
    url: str | None
    inbox: str
    shared_inbox: str | None
    followers_uri: str | None
    featured_uri: str | None
    peer_id: int | None
    host_id: int | None
    locked: bool
    discoverable: bool
    followers_count: int
    following_count: int
    posts_count: int
    created_at: int
    updated_at: int
    fetched_at: int | None
    gone_at: int | None
    moved_to: str | None
    moved_at: int | None
    aliases: str
    suspended: bool
    missing_at: int | None
    suspended_at: int | None = None
    limited: bool = False
    sensitized: bool = False

    @property
    def acct(self) -> str:
        """The handle for people: `name@host`. A claimed host that WebFinger did not confirm is not shown."""
        return f"{self.handle}@{self.handle_host if self.handle_confirmed else authority(self.uri)}"

    @property
    def alias_uris(self) -> tuple[str, ...]:
        """The ids that the actor calls its own too (alsoKnownAs)."""
        return tuple(self.aliases.split("\n")) if self.aliases else ()


COLUMNS = tuple(actor.c[name] for name in ActorRow._fields)
_BY_ID = select(*COLUMNS).where(actor.c.id == bindparam("id"))
_BY_URI = select(*COLUMNS).where(actor.c.uri == bindparam("uri"))
_BY_URIS = select(*COLUMNS).where(actor.c.uri.in_(bindparam("uris", expanding=True)))
_BY_IDS = select(*COLUMNS).where(actor.c.id.in_(bindparam("ids", expanding=True)))
_LOCAL_BY_HANDLE = select(*COLUMNS).where(literal_column("local"), actor.c.handle == bindparam("handle"))
_BY_ACCT = select(*COLUMNS).where(
    actor.c.handle == bindparam("handle"), actor.c.handle_host == bindparam("host"), actor.c.handle_confirmed
)
_ON_BLOCKED_HOSTS = (
    select(actor.c.id)
    .join(peer, and_(or_(peer.c.id == actor.c.host_id, peer.c.id == actor.c.peer_id), peer.c.blocked))
    .where(actor.c.id.in_(bindparam("ids", expanding=True)))
)
_LOCAL = select(*COLUMNS).where(literal_column("local")).order_by(actor.c.handle)
_LISTED = (
    select(*COLUMNS)
    .where(
        literal_column("local"),
        actor.c.gone_at.is_(None),
        ~actor.c.suspended,
        ~actor.c.limited,
        actor.c.discoverable,
        actor.c.type != literal_column("'Application'"),
        actor.c.handle > bindparam("after"),
    )
    .order_by(actor.c.handle)
    .limit(bindparam("count"))
)


def by_id(tx: Tx, id: int) -> ActorRow | None:
    """The actor with this number."""
    row = tx.execute(_BY_ID, {"id": id}).one_or_none()
    return None if row is None else ActorRow(*row)


def by_uri(tx: Tx, uri: str) -> ActorRow | None:
    """The actor with this id (URL)."""
    row = tx.execute(_BY_URI, {"uri": uri}).one_or_none()
    return None if row is None else ActorRow(*row)


def by_uris(tx: Tx, uris: list[str]) -> dict[str, ActorRow]:
    """The known ones among these ids."""
    wanted = list(dict.fromkeys(uris))
    if len(wanted) <= _ONE_BY_ONE:
        # A list of unknown length is compiled anew each time; a few look-ups by one constant are cheaper.
        return {uri: row for uri in wanted if (row := by_uri(tx, uri)) is not None}
    return {row.uri: ActorRow(*row) for row in tx.execute(_BY_URIS, {"uris": wanted})}


def by_ids(tx: Tx, ids: list[int]) -> dict[int, ActorRow]:
    """The actors with these numbers."""
    if not ids:
        return {}
    return {row.id: ActorRow(*row) for row in tx.execute(_BY_IDS, {"ids": ids})}


def on_blocked_hosts(tx: Tx, ids: list[int]) -> set[int]:
    """Those of the actors whose hosts are blocked here."""
    return set(tx.execute(_ON_BLOCKED_HOSTS, {"ids": ids}).scalars()) if ids else set()


def local_by_handle(tx: Tx, handle: str) -> ActorRow | None:
    """Our actor of this name, also a deleted one."""
    if "\x00" in handle:
        return None  # PostgreSQL has no such text
    row = tx.execute(_LOCAL_BY_HANDLE, {"handle": handle.lower()}).one_or_none()
    return None if row is None else ActorRow(*row)


def by_acct(tx: Tx, handle: str, host: str) -> ActorRow | None:
    """The remote actor whose confirmed handle this is."""
    row = tx.execute(_BY_ACCT, {"handle": handle.lower(), "host": host.lower()}).first()
    return None if row is None else ActorRow(*row)


def local_actors(tx: Tx) -> list[ActorRow]:
    """All our actors, by name, the node's own and deleted ones included."""
    return [ActorRow(*row) for row in tx.execute(_LOCAL)]


def listed(tx: Tx, after: str, count: int) -> list[ActorRow]:
    """Our actors that want to be found, by handle from behind `after` on; applications, deleted, suspended and limited ones left out."""
    return [ActorRow(*row) for row in tx.execute(_LISTED, {"after": after.replace("\x00", ""), "count": count})]
