"""An agreement as a PDF, made in a process of its own (see `coopfed.printing`): so many at a time, in so many seconds."""

import asyncio
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass

import orjson

from coopfed import limits
from coopfed.errors import Unavailable
from coopfed.node import Node
from coopfed.observe.logs import logger

log = logger("printing")

Rows = Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Sheet:
    """What stands on the paper, in the reader's language. `kind` is what it is, `state` where it stands, `facts` labels with values,
    `sections` headings with rows of the same; `document` is attached as it is; `moment` (milliseconds) is when it was looked at."""

    language: str
    kind: str
    title: str
    state: str
    code: str
    address: str
    facts: Rows
    sections: Sequence[tuple[str, Rows]]
    notes: Sequence[str]
    document: str
    moment: int


async def printed(node: Node, sheet: Sheet) -> bytes:
    """The PDF. Unavailable when it could not be made in time, waiting for its turn included."""
    try:
        async with asyncio.timeout(limits.PRINTING_SECONDS), node.printing_places:
            return await _made(sheet)
    except TimeoutError as error:
        raise Unavailable("the PDF takes too long to be made") from error


async def _made(sheet: Sheet) -> bytes:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "coopfed.printing"),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        made, complained = await process.communicate(orjson.dumps(asdict(sheet)))
    finally:
        if process.returncode is None:
            # It takes too long, or whoever asked went away.
            process.kill()
            await process.wait()
    if process.returncode != 0:
        log.warning("printing_failed", status=process.returncode, detail=complained.decode(errors="replace")[-500:])
        raise Unavailable("the PDF could not be made")
    return made
