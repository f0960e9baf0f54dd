"""How far a reader of events is: every row once, although rows appear out of order. Pure.

PostgreSQL gives out numbers when a row is written, and shows rows when their transaction is committed: 8 may be seen before 7. A number
that is left out is waited for; when its transaction never committed, it is given up after a while. SQLite commits in order.
"""

from collections.abc import Iterable

from coopfed import limits


class Cursor:
    """Begins behind the event `at`. Moments are seconds of a clock that only goes forward."""

    def __init__(self, at: int) -> None:
        self._last = at
        self._missing: dict[int, float] = {}

    @property
    def since(self) -> int:
        """What to read is above this number."""
        return min(self._missing, default=self._last + 1) - 1

    @property
    def waits(self) -> bool:
        """Whether some number is still waited for, so that reading again soon is worth it."""
        return bool(self._missing)

    def take(self, numbers: Iterable[int], now: float) -> set[int]:
        """Those of the numbers that were not taken before."""
        fresh = set()
        for number in sorted(numbers):
            if number > self._last:
                # A jump by more than a few hundred is no open transaction: who listens was away.
                first = max(self._last + 1, number - limits.STREAM_GAPS)
                until = now + limits.STREAM_GAP_SECONDS
                self._missing.update(dict.fromkeys(range(first, number), until))
                self._last = number
                fresh.add(number)
            elif self._missing.pop(number, None) is not None:
                fresh.add(number)
        self._missing = {number: until for number, until in self._missing.items() if until > now}
        return fresh
