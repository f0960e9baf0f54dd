"""What we know of each host we deal with: whether it is blocked, how it wants to be signed to, whether it answers.

"Host" is the authority: `host[:port]` when the port is not the default. An operator's word on a host covers its subdomains and
its ports. What holds for a host is written on its own row (`blocked`, and by whose block), so that every query can ask it there;
whoever changes a word brings all rows in line.
"""

from dataclasses import dataclass

from sqlalchemy import bindparam, case, literal, literal_column, or_, select, update
from sqlalchemy.dialects.postgresql import insert

from coopfed.db.models import Delivery, Peer
from coopfed.db.models.traffic import DEAD, NEVER
from coopfed.db.tx import Tx, table
from coopfed.net.hosts import EVERYBODY, covering

peer, delivery = table(Peer), table(Delivery)
_COLUMNS = (peer.c.id, peer.c.host, peer.c.blocked, peer.c.slow)
_FIND = select(*_COLUMNS).where(peer.c.host == bindparam("host"))
_ADD = (
    insert(peer)
    .values(
        host=bindparam("host"),
        blocked=bindparam("blocked"),
        blocked_by=bindparam("blocked_by"),
        limited=bindparam("limited"),
        limited_by=bindparam("limited_by"),
        slow=False,
        scheme="cavage",
        failures=0,
        open_until=0,
        due_at=literal(NEVER, peer.c.due_at.type),
        lease_until=0,
    )
    .on_conflict_do_nothing(index_elements=["host"])
)
_ALL = select(peer).where(peer.c.host != EVERYBODY).order_by(peer.c.host)
_NAMED = select(peer.c.host).where(
    peer.c.host.in_(bindparam("hosts", expanding=True)), peer.c.blocked_by == peer.c.host
)
_ALL_NAMED = select(peer.c.host).where(peer.c.blocked_by == peer.c.host)
_LIMITED_AMONG = select(peer.c.host).where(
    peer.c.host.in_(bindparam("hosts", expanding=True)), peer.c.limited_by == peer.c.host
)
_ALL_LIMITED = select(peer.c.host).where(peer.c.limited_by == peer.c.host)
_ALLOWED = select(peer.c.allowed).where(peer.c.host == bindparam("host"))
_WORDS = select(peer.c.id, peer.c.host, peer.c.allowed, peer.c.blocked_by, peer.c.limited_by)
_SAY = (
    update(peer)
    .where(peer.c.host == bindparam("which"))
    .values(blocked_by=bindparam("whose"), blocked=bindparam("holds"), allowed=bindparam("excepted"))
)
_HOLD = (
    update(peer)
    .where(peer.c.id == bindparam("which"))
    .values(
        blocked_by=bindparam("whose"),
        blocked=bindparam("holds"),
        limited_by=bindparam("whose_limit"),
        limited=bindparam("limit_holds"),
    )
)
_GIVE_UP = (
    update(delivery)
    .where(delivery.c.peer_id == bindparam("of_peer"), delivery.c.state == literal_column("0"))
    .values(state=DEAD, last_error="peer_blocked", done_at=delivery.c.due_at)
)
_SCHEME = (
    update(peer).where(peer.c.host == bindparam("which")).values(scheme=bindparam("learnt"), scheme_at=bindparam("now"))
)
_HEARD = (
    update(peer)
    .where(peer.c.host == bindparam("which"), or_(peer.c.slow, peer.c.failures > 0))
    .values(
        last_heard_at=bindparam("now"),
        failures=0,
        slow=False,
        open_until=0,
        failing_since=None,
        due_at=case((peer.c.due_at < NEVER, bindparam("now")), else_=peer.c.due_at),
    )
)
_SEND_AGAIN = (
    update(delivery)
    .where(
        delivery.c.peer_id == select(peer.c.id).where(peer.c.host == bindparam("which")).scalar_subquery(),
        delivery.c.state == literal_column("0"),
    )
    .values(due_at=bindparam("now"))
)


@dataclass(frozen=True, slots=True)
class KnownPeer:
    """A host as the doors need it."""

    id: int
    host: str
    blocked: bool
    slow: bool


def find(tx: Tx, host: str) -> KnownPeer | None:
    """The host's row, or None for a host never dealt with."""
    row = tx.execute(_FIND, {"host": host}).one_or_none()
    return None if row is None else KnownPeer(*row)


def ensure(tx: Tx, host: str) -> KnownPeer:
    """The host's row, made when it is new."""
    known = find(tx, host)
    if known is None:
        block, limit = blocked_by(tx, host), limited_by(tx, host)
        holds = {"blocked": block is not None, "limited": limit is not None}
        tx.execute(_ADD, {"host": host, "blocked_by": block, "limited_by": limit, **holds})
        known = find(tx, host)
        assert known is not None
    return known


def blocked_by(tx: Tx, host: str) -> str | None:
    """The host whose block holds for this one, also for one never dealt with; None when it is not blocked."""
    candidates = (*covering(host), EVERYBODY)
    named = set(tx.execute(_NAMED, {"hosts": list(candidates)}).scalars())
    return _whose(host, bool(tx.execute(_ALLOWED, {"host": host}).scalar_one_or_none()), named)


def limited_by(tx: Tx, host: str) -> str | None:
    """The host whose limit holds for this one; as `blocked_by`."""
    named = set(tx.execute(_LIMITED_AMONG, {"hosts": list(covering(host))}).scalars())
    return _whose(host, bool(tx.execute(_ALLOWED, {"host": host}).scalar_one_or_none()), named)


def _whose(host: str, allowed: bool, named: set[str]) -> str | None:
    """Of the named blocks the one that holds for the host: its own, else, unless it is excepted, the nearest above it."""
    if host in named:
        return host
    if allowed:
        return None
    return next((candidate for candidate in (*covering(host), EVERYBODY) if candidate in named), None)


def all_peers(tx: Tx) -> list[dict[str, object]]:
    """Every host with all its facts, by name."""
    return [dict(row) for row in tx.execute(_ALL).mappings()]


def set_blocked(tx: Tx, host: str, blocked: bool) -> str | None:
    """Blocks a host with its subdomains and ports, or lifts that block; what waits to be sent there is given up. By whose block
    the host is blocked afterwards. Wake `Topic.CACHES`. A host is remembered also when it was never dealt with.
    """
    ensure(tx, host)
    allowed = not blocked and bool(tx.execute(_ALLOWED, {"host": host}).scalar_one())
    tx.execute(_SAY, {"which": host, "whose": host if blocked else None, "holds": blocked, "excepted": allowed})
    bring_in_line(tx)
    return blocked_by(tx, host)


def allow(tx: Tx, host: str) -> None:
    """Lifts the host's own block and excepts it from those that would cover it, ALLOWLIST's among them. Wake `Topic.CACHES`."""
    ensure(tx, host)
    tx.execute(_SAY, {"which": host, "whose": None, "holds": False, "excepted": True})
    bring_in_line(tx)


def allows_only_listed(tx: Tx) -> bool:
    """Whether every host is blocked that is not allowed by name, as the rows have it."""
    return EVERYBODY in set(tx.execute(_NAMED, {"hosts": [EVERYBODY]}).scalars())


def allow_only_listed(tx: Tx, only: bool) -> None:
    """Brings the rows in line with the setting ALLOWLIST. Wake `Topic.CACHES`."""
    set_blocked(tx, EVERYBODY, only)


def bring_in_line(tx: Tx) -> None:
    """Writes on every host's row what holds for it by the operators' words. Wake `Topic.CACHES`."""
    blocks, limited_hosts = set(tx.execute(_ALL_NAMED).scalars()), set(tx.execute(_ALL_LIMITED).scalars())
    for row in tx.execute(_WORDS).all():
        block, limit = _whose(row.host, row.allowed, blocks), _whose(row.host, row.allowed, limited_hosts)
        if (block, limit) == (row.blocked_by, row.limited_by) and row.host != block:
            continue
        whose = {"whose": block, "whose_limit": limit}
        tx.execute(_HOLD, {"which": row.id, "holds": block is not None, "limit_holds": limit is not None, **whose})
        if block is not None:
            tx.execute(_GIVE_UP, {"of_peer": row.id})


def learn_scheme(tx: Tx, host: str, scheme: str, now: int) -> None:
    """Remembers which kind of signature the host took, for `limits.SCHEME_SECONDS`."""
    tx.execute(_SCHEME, {"which": host, "learnt": scheme, "now": now})


def heard_from(tx: Tx, host: str, now: int) -> None:
    """A valid signed request of a host that was failing arrived: it lives, its circuit closes, what waits is sent now."""
    if tx.execute(_HEARD, {"which": host, "now": now}).rowcount:
        tx.execute(_SEND_AGAIN, {"which": host, "now": now})
