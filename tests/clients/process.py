"""A foreign client in a process of its own, which the test leads through signing in."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

SECONDS = 60


class Client:
    """A program of `javascript/`: lines of JSON, one at a time, see `said.mjs` there."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    async def hears(self, **told: Any) -> None:
        """Tells it something."""
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(told).encode() + b"\n")
        await self._process.stdin.drain()

    async def says(self) -> dict[str, Any]:
        """What it says next. AssertionError with its words when something went wrong there."""
        assert self._process.stdout is not None
        async with asyncio.timeout(SECONDS):
            line = await self._process.stdout.readline()
        assert line, "the client ended without a word"
        said: dict[str, Any] = json.loads(line)
        assert "fault" not in said, f"{said['fault']}\n{said.get('answer')}"
        return said


@asynccontextmanager
async def a_client(command: list[str]) -> AsyncIterator[Client]:
    """The client, running; it ends with the block."""
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(*command, stdin=pipe, stdout=pipe)
    try:
        yield Client(process)
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()
