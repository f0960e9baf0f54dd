"""What we know of each host we deal with: whether it is blocked, how it wants to be signed to, whether it answers.

"Host" is the authority: `host[:port]` when the port is not the default. The table holds the facts; who blocks whom is decided
elsewhere (the command line now).
"""

from dataclasses import dataclass

from sqlalchemy import bindparam, case, literal, literal_column, or_, select, update
from sqlalchemy.dialects.postgresql import insert

from coopfed.db.models import Delivery, Peer
from coopfed.db.models.traffic import NEVER
from coopfed.db.tx import Tx, table

peer, delivery = table(Peer), table(Delivery)
_COLUMNS = (peer.c.id, peer.c.host, peer.c.blocked, peer.c.scheme, peer.c.slow)
_FIND = select(*_COLUMNS).where(peer.c.host == bindparam("host"))
_ADD = (
    insert(peer)
    .values(
        host=bindparam("host"),
        blocked=False,
        slow=False,
        scheme="cavage",
        failures=0,
        open_until=0,
        due_at=literal(NEVER, peer.c.due_at.type),
        lease_until=0,
    )
    .on_conflict_do_nothing(index_elements=["host"])
)
_ALL = select(peer).order_by(peer.c.host)
_BLOCK = update(peer).where(peer.c.host == bindparam("which")).values(blocked=bindparam("blocked"))
_SCHEME = update(peer).where(peer.c.host == bindparam("which")).values(scheme=bindparam("scheme"))
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
    scheme: str
    slow: bool


def find(tx: Tx, host: str) -> KnownPeer | None:
    """The host's row, or None for a host never dealt with."""
    row = tx.execute(_FIND, {"host": host}).one_or_none()
    return None if row is None else KnownPeer(*row)


def ensure(tx: Tx, host: str) -> KnownPeer:
    """The host's row, made when it is new."""
    known = find(tx, host)
    if known is None:
        tx.execute(_ADD, {"host": host})
        known = find(tx, host)
        assert known is not None
    return known


def all_peers(tx: Tx) -> list[dict[str, object]]:
    """Every host with all its facts, by name."""
    return [dict(row) for row in tx.execute(_ALL).mappings()]


def set_blocked(tx: Tx, host: str, blocked: bool) -> None:
    """Blocks or unblocks a host; it is remembered also when it was never dealt with. Wake `Topic.CACHES`."""
    ensure(tx, host)
    tx.execute(_BLOCK, {"which": host, "blocked": blocked})


def learn_scheme(tx: Tx, host: str, scheme: str) -> None:
    """Remembers which kind of signature the host took last."""
    tx.execute(_SCHEME, {"which": host, "scheme": scheme})


def heard_from(tx: Tx, host: str, now: int) -> None:
    """A valid signed request of a host that was failing arrived: it lives, its circuit closes, what waits is sent now."""
    if tx.execute(_HEARD, {"which": host, "now": now}).rowcount:
        tx.execute(_SEND_AGAIN, {"which": host, "now": now})
