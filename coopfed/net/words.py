"""What operators say of a host: that it is blocked or limited, what else is kept out, and why. Units of work.

The word is said of one host and holds for its subdomains and ports; see `coopfed.net.peers`, which keeps what holds. It is Mastodon's
DomainBlock, with its severities.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import Boolean, and_, bindparam, exists, literal_column, or_, select, update

from coopfed import limits
from coopfed.db.tx import Tx
from coopfed.net import peers
from coopfed.net.hosts import EVERYBODY, covering
from coopfed.net.peers import peer


class Severity(StrEnum):
    """How much of a host is kept away. Source: Mastodon's DomainBlock; docs/moderation.md."""

    NOOP = "noop"
    """Nothing but what the other members of the word say."""
    SILENCE = "silence"
    """Its actors are limited: shown to their followers, and to whoever asks for them."""
    SUSPEND = "suspend"
    """It is blocked: nothing comes from it, nothing goes to it."""


@dataclass(frozen=True, slots=True)
class Word:
    """What is said of a host; `obfuscate`: strangers are not shown its whole name; `public_comment` is for everybody."""

    severity: Severity = Severity.SILENCE
    reject_media: bool = False
    reject_reports: bool = False
    obfuscate: bool = False
    public_comment: str = ""
    private_comment: str = ""


@dataclass(frozen=True, slots=True)
class Judged:
    """A host with the word on it. `id` is the number of its row; `created_at` in milliseconds, 0 where nobody knows."""

    id: int
    host: str
    created_at: int
    word: Word


_SAID = or_(peer.c.judged_at.is_not(None), peer.c.blocked_by == peer.c.host, peer.c.limited_by == peer.c.host)
_COLUMNS = (
    peer.c.id,
    peer.c.host,
    peer.c.judged_at,
    peer.c.blocked_by,
    peer.c.limited_by,
    peer.c.reject_media,
    peer.c.reject_reports,
    peer.c.obfuscate,
    peer.c.public_comment,
    peer.c.private_comment,
    peer.c.allowed,
)
_LISTED = (
    select(*_COLUMNS)
    .where(
        _SAID,
        peer.c.host != EVERYBODY,
        peer.c.id < bindparam("below"),
        peer.c.id > bindparam("above"),
    )
    .order_by(peer.c.id.desc())
    .limit(bindparam("count"))
)
_PUBLISHED = select(*_COLUMNS).where(
    or_(peer.c.blocked_by == peer.c.host, peer.c.limited_by == peer.c.host), peer.c.host != EVERYBODY
)
_ALLOWED = (
    select(*_COLUMNS)
    .where(peer.c.allowed, peer.c.id < bindparam("below"), peer.c.id > bindparam("above"))
    .order_by(peer.c.id.desc())
    .limit(bindparam("count"))
)
_BY_ID = select(*_COLUMNS).where(peer.c.id == bindparam("which"))
_BY_HOST = select(*_COLUMNS).where(peer.c.host == bindparam("which"))
_SAY = (
    update(peer)
    .where(peer.c.host == bindparam("which"))
    .values(
        blocked_by=bindparam("new_block"),
        blocked=bindparam("blocks"),
        limited_by=bindparam("new_limit"),
        limited=bindparam("limits"),
        allowed=and_(peer.c.allowed, bindparam("kept_in", type_=Boolean)),
        reject_media=bindparam("no_media"),
        reject_reports=bindparam("no_reports"),
        obfuscate=bindparam("veiled"),
        public_comment=bindparam("for_all"),
        private_comment=bindparam("for_us"),
        judged_at=bindparam("at"),
    )
)
_END_EXCEPTION = update(peer).where(peer.c.host == bindparam("which")).values(allowed=False)
_KEEPS_OUT = {
    name: select(
        exists(
            select(literal_column("1")).where(peer.c.host.in_(bindparam("hosts", expanding=True)), peer.c[name])
        ).label("found")
    )
    for name in ("reject_media", "reject_reports")
}


def judge(tx: Tx, host: str, word: Word, now: int) -> Judged:
    """Says the word of a host, instead of whatever was said of it before. Wake `Topic.CACHES`.

    That it was excepted (`peer allow`) ends when the host itself is blocked or limited.
    """
    peers.ensure(tx, host)
    blocked, limited = word.severity is Severity.SUSPEND, word.severity is Severity.SILENCE
    before = by_host(tx, host)
    _say(tx, host, word, blocked, limited, (before.created_at if before is not None else 0) or now)
    peers.bring_in_line(tx)
    judged = by_host(tx, host)
    assert judged is not None
    return judged


def take_back(tx: Tx, host: str) -> None:
    """Nothing is said of the host any more; what is said of the domain above it holds, unless it is excepted. Wake `Topic.CACHES`."""
    peers.ensure(tx, host)
    _say(tx, host, Word(Severity.NOOP), False, False, None)
    peers.bring_in_line(tx)


def end_exception(tx: Tx, host: str) -> None:
    """The host is no exception any more from what is said of others. Wake `Topic.CACHES`."""
    tx.execute(_END_EXCEPTION, {"which": host})
    peers.bring_in_line(tx)


def _say(tx: Tx, host: str, word: Word, blocked: bool, limited: bool, at: int | None) -> None:
    kept = {"no_media": word.reject_media, "no_reports": word.reject_reports, "veiled": word.obfuscate}
    said = {"for_all": word.public_comment, "for_us": word.private_comment, "kept_in": not (blocked or limited)}
    held = {"new_block": host if blocked else None, "new_limit": host if limited else None}
    tx.execute(_SAY, {"which": host, "blocks": blocked, "limits": limited, "at": at, **held, **kept, **said})


def listed(tx: Tx, count: int, below: int, above: int) -> list[Judged]:
    """The hosts of which something is said, the last known first, with numbers below `below` and above `above`."""
    return [_judged(row) for row in tx.execute(_LISTED, _edges(count, below, above))]


def published(tx: Tx) -> list[Judged]:
    """The hosts that are blocked or limited by a word of their own."""
    return [_judged(row) for row in tx.execute(_PUBLISHED)]


def allowed(tx: Tx, count: int, below: int, above: int) -> list[Judged]:
    """The hosts that are excepted from the blocks of others; as `listed`."""
    return [_judged(row) for row in tx.execute(_ALLOWED, _edges(count, below, above))]


def _edges(count: int, below: int, above: int) -> dict[str, int]:
    return {"count": count, "below": min(below, limits.SERIAL_MAX), "above": min(above, limits.SERIAL_MAX)}


def by_id(tx: Tx, number: int) -> Judged | None:
    """The host with this number, when something is said of it."""
    return _said(tx.execute(_BY_ID, {"which": min(number, limits.SERIAL_MAX)}).one_or_none())


def by_host(tx: Tx, host: str) -> Judged | None:
    """This very host, when something is said of it."""
    return _said(tx.execute(_BY_HOST, {"which": host}).one_or_none())


def allowed_by_id(tx: Tx, number: int) -> Judged | None:
    """The host with this number, when it is excepted from the blocks of others."""
    row = tx.execute(_BY_ID, {"which": min(number, limits.SERIAL_MAX)}).one_or_none()
    return _judged(row) if row is not None and row.allowed else None


def keeps_out(tx: Tx, host: str, what: str) -> bool:
    """Whether files (`reject_media`) or reports (`reject_reports`) of a host, or of one that covers it, are not taken."""
    return bool(tx.execute(_KEEPS_OUT[what], {"hosts": list(covering(host))}).scalar_one())


def _said(row: Any) -> Judged | None:
    if row is None or (row.judged_at is None and row.host not in (row.blocked_by, row.limited_by)):
        return None
    return _judged(row)


def _judged(row: Any) -> Judged:
    severity = (
        Severity.SUSPEND
        if row.blocked_by == row.host
        else Severity.SILENCE
        if row.limited_by == row.host
        else Severity.NOOP
    )
    word = Word(
        severity,
        bool(row.reject_media),
        bool(row.reject_reports),
        bool(row.obfuscate),
        row.public_comment,
        row.private_comment,
    )
    return Judged(row.id, row.host, row.judged_at or 0, word)
