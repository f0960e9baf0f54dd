"""Statuses for later: kept, and posted by a job when their time has come."""

from collections.abc import Callable

from coopfed import limits
from coopfed.db.tx import Tx
from coopfed.errors import CoopFedError, InvalidInput, Overtaken, StorageError, Unavailable
from coopfed.features.posts import approval, kept
from coopfed.features.posts.kept import KeptRow, NeedsApproval
from coopfed.features.posts.rules import Draft
from coopfed.node import Node, Stamp
from coopfed.observe.logs import logger

log = logger("scheduled")


def due(moment: int, now: int) -> int:
    """The moment (milliseconds), when it is far enough ahead. InvalidInput else. Pure."""
    if moment < now + limits.SCHEDULE_AHEAD_SECONDS * 1000:
        raise InvalidInput("Validation failed: Scheduled at The scheduled date must be in the future")
    return moment


def schedule(
    tx: Tx,
    actor_id: int,
    account_id: int,
    draft: Draft,
    due_at: int,
    stamp: Stamp,
    also: Callable[[Tx, int], None] | None = None,
) -> KeptRow:
    """Keeps the draft until then. A unit of work; raises as `kept.keep`."""
    row = kept.keep(tx, actor_id, account_id, draft, due_at, stamp, also)
    kept.plan(tx, row.id, due_at, stamp)
    return row


def move(tx: Tx, actor_id: int, number: int, due_at: int, stamp: Stamp) -> KeptRow:
    """It is posted then. A unit of work; NotFound as `kept.one`."""
    row = kept.move(tx, actor_id, number, due_at)
    kept.plan(tx, number, due_at, stamp)
    return row


async def post_scheduled(node: Node, key: str) -> None:
    """The job `post_scheduled` (key: number and time): posts it, once; what may not be said by now is dropped, and what an editor has to
    agree to waits for one."""
    number, _, when = key.partition(" ")
    row = await node.db.read(kept.by_id, int(number))
    if row is None or row.due_at != int(when) or row.waiting:
        return
    try:
        await kept.post(node, row)
    except NeedsApproval:
        await node.db.write(approval.let_wait, row, node.secret, node.config.handle_domain, node.stamp())
    except (StorageError, Unavailable):
        raise
    except CoopFedError as error:
        if error.status_code >= 500 or isinstance(error, Overtaken):
            raise
        log.warning("scheduled_dropped", status=row.id, reason=error.reason, detail=str(error))
        await node.db.write(kept.take, row.id)
