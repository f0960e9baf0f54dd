"""What operators say of hosts, with the record of it."""

from sqlalchemy import bindparam, delete, or_, select

from actors.lookup import actor
from actors.visibility import object_
from coopfed.db.signals import Topic
from coopfed.db.tx import Tx
from coopfed.errors import InvalidInput, NotFound
from coopfed.features.moderation import audit
from coopfed.features.moderation.audit import Operator
from coopfed.features.moderation.rules import message
from coopfed.features.posts.details import attachment
from coopfed.net import peers, words
from coopfed.net.hosts import covering, written_host
from coopfed.net.words import Judged, Severity, Word
from coopfed.node import Node, Stamp

_HOSTS = select(peers.peer.c.id, peers.peer.c.host).where(
    or_(peers.peer.c.host == bindparam("name"), peers.peer.c.host.like(bindparam("below")))
)
_DROP_FILES = delete(attachment).where(
    attachment.c.type != "Link",
    attachment.c.object_id.in_(
        select(object_.c.id)
        .join(actor, actor.c.id == object_.c.actor_id)
        .where(~actor.c.local, actor.c.host_id.in_(bindparam("hosts", expanding=True)))
    ),
)


async def judge(node: Node, written: str, word: Word, by: Operator) -> Judged:
    """Says the word of a host, instead of the one before. InvalidInput for what is no host, or is this node."""
    host = written_host(written)
    if host in (node.config.authority, node.config.handle_domain):
        raise InvalidInput(f"{host} is this node")
    for text in (word.public_comment, word.private_comment):
        message(text)
    found = await node.db.write(_judge, host, word, by, node.stamp(), wakes=(Topic.CACHES,))
    node.memory.forget()
    return found


def _judge(tx: Tx, host: str, word: Word, by: Operator, stamp: Stamp) -> Judged:
    judged = words.judge(tx, host, word, stamp.now)
    if word.reject_media:
        _drop_files(tx, host)
    more = [name for name in ("reject_media", "reject_reports") if getattr(word, name)]
    audit.record(tx, by, f"peer_{_DEEDS[word.severity]}", host, stamp, " ".join(more))
    return judged


_DEEDS = {Severity.SUSPEND: "block", Severity.SILENCE: "limit", Severity.NOOP: "restrict"}


def _drop_files(tx: Tx, host: str) -> None:
    """What was stored before goes too."""
    found = tx.execute(_HOSTS, {"name": host, "below": f"%{host}%"}).all()
    numbers = [row.id for row in found if host in covering(row.host)]
    tx.execute(_DROP_FILES, {"hosts": numbers})


async def take_back(node: Node, written: str, by: Operator) -> str | None:
    """Nothing is said of the host any more. By whose block it is blocked all the same. InvalidInput for what is no host."""
    host = written_host(written)
    whose = await node.db.write(_take_back, host, by, node.stamp(), wakes=(Topic.CACHES,))
    node.memory.forget()
    return whose


def _take_back(tx: Tx, host: str, by: Operator, stamp: Stamp) -> str | None:
    words.take_back(tx, host)
    audit.record(tx, by, "peer_unblock", host, stamp)
    return peers.blocked_by(tx, host)


async def allow(node: Node, written: str, by: Operator) -> Judged:
    """Excepts a host from the blocks and limits of others. InvalidInput for what is no host."""
    host = written_host(written)
    found = await node.db.write(_allow, host, by, node.stamp(), wakes=(Topic.CACHES,))
    node.memory.forget()
    return found


def _allow(tx: Tx, host: str, by: Operator, stamp: Stamp) -> Judged:
    words.take_back(tx, host)
    peers.allow(tx, host)
    audit.record(tx, by, "peer_allow", host, stamp)
    known = peers.find(tx, host)
    assert known is not None
    found = words.allowed_by_id(tx, known.id)
    assert found is not None
    return found


async def disallow(node: Node, number: int, by: Operator) -> Judged:
    """The host with this number is no exception any more. NotFound when it was none."""
    found = await node.db.write(_disallow, number, by, node.stamp(), wakes=(Topic.CACHES,))
    node.memory.forget()
    return found


def _disallow(tx: Tx, number: int, by: Operator, stamp: Stamp) -> Judged:
    found = words.allowed_by_id(tx, number)
    if found is None:
        raise NotFound(f"no host {number} is excepted from blocks")
    words.end_exception(tx, found.host)
    audit.record(tx, by, "peer_disallow", found.host, stamp)
    return found
