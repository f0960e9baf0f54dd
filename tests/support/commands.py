"""Commands of the program, run to their end as an operator types them."""

import asyncio
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.support.nodes import command, environment

SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class Ended:
    """What a command left behind."""

    status: int
    out: str
    errors: str

    @property
    def json(self) -> Any:
        """What it printed with --json. AssertionError with its complaint when it failed."""
        assert self.status == 0, self.errors
        return json.loads(self.out)


async def ran(folder: Path, *arguments: str, **variables: str) -> Ended:
    """`coopfed --data FOLDER …` with these environment variables besides, run to its end."""
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(
        *command(folder, *arguments), env=environment(**variables), stdout=pipe, stderr=pipe
    )
    try:
        async with asyncio.timeout(SECONDS):
            out, errors = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    assert process.returncode is not None
    return Ended(process.returncode, out.decode(), errors.decode())
