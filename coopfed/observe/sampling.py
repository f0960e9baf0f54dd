"""Log lines that strangers cause, at most so many a minute: a flood of bad requests must not fill the disk.

What is left out is counted, and the count is written when the minute is over, whether or not more comes.
"""

import asyncio
import contextlib
import time
from collections.abc import Callable
from typing import Any

from coopfed import limits
from coopfed.observe.logs import logger
from coopfed.observe.metrics import LEFT_OUT, Meters

_MINUTE = 60.0

log = logger("sampling")


class Sampled:
    """Decides which lines of an event are written. `seconds` is a clock that never steps."""

    def __init__(self, meters: Meters, seconds: Callable[[], float] = time.monotonic) -> None:
        self._meters = meters
        self._seconds = seconds
        self._since: dict[str, float] = {}
        self._written: dict[str, int] = {}
        self._left_out: dict[str, int] = {}

    def warning(self, to: Any, event: str, **fields: Any) -> None:
        """Writes the line to the logger `to`, or counts it: `limits.LOG_REFUSALS_A_MINUTE` of an event are written."""
        now = self._seconds()
        if now - self._since.get(event, -_MINUTE) >= _MINUTE:
            self.tell(event)
            self._since[event], self._written[event] = now, 0
        if self._written[event] < limits.LOG_REFUSALS_A_MINUTE:
            self._written[event] += 1
            to.warning(event, **fields)
            return
        self._leave_out(event, now)

    def tell(self, event: str) -> None:
        """Writes how many lines of the event were left out, when any were."""
        count = self._left_out.pop(event, 0)
        if count:
            log.warning("lines_left_out", of=event, count=count)

    def _leave_out(self, event: str, now: float) -> None:
        self._meters.count(LEFT_OUT, event)
        self._left_out[event] = self._left_out.get(event, 0) + 1
        if self._left_out[event] == 1:
            # When the flood ends within the minute, nobody else comes by to say how much it was.
            with contextlib.suppress(RuntimeError):
                asyncio.get_running_loop().call_later(self._since[event] + _MINUTE - now, self.tell, event)
