"""Background work in tests: what is due now, done as the worker does it."""

from coopfed.db import jobs
from coopfed.node import Node
from coopfed.worker import run_job


async def run_jobs(node: Node, *kinds: str) -> list[str]:
    """Does every job that is due until none is; only those of these kinds when any is named. Their kinds, in order."""
    done: list[str] = []
    while True:
        now = node.clock.now()
        claimed = await node.db.claim(jobs.claim, now, now + 60_000, 8)
        if not claimed:
            return done
        for job in claimed:
            if not kinds or job.kind in kinds:
                await run_job(node, job)
                done.append(job.kind)
