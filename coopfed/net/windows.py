"""Rate limits that are told to whoever is limited: so many in each window of time, over all processes on PostgreSQL.

A process counts in memory, and answers from memory. Processes that share a database tell each other each second what they counted
(`coopfed.db.rates`), so that together they let through what one would, and what comes within a second.
"""

from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Allowance:
    """So many in each window of so many seconds. Windows begin at multiples of their length."""

    limit: int
    seconds: int


@dataclass(frozen=True, slots=True)
class Left:
    """What is left of an allowance after it was asked for once more; `refused`: there was nothing left. `resets_at` in milliseconds."""

    limit: int
    remaining: int
    resets_at: int
    refused: bool


@dataclass(slots=True)
class _Count:
    mine: int = 0
    told: int = 0
    """Of mine, what the others know."""
    others: int = 0


Window = tuple[str, int]
"""A name, and the moment at which the window began, in milliseconds."""


class Windows:
    """Counts of the most recent `size` names. Moments in milliseconds are given by the caller."""

    def __init__(self, size: int = 20_000) -> None:
        self._size = size
        self._counts: OrderedDict[Window, _Count] = OrderedDict()

    def take(self, name: str, allowance: Allowance, now: int) -> Left:
        """Counts once more, unless nothing is left."""
        length = allowance.seconds * 1000
        window = (name, now // length * length)
        count = self._counts.setdefault(window, _Count())
        self._counts.move_to_end(window)
        if len(self._counts) > self._size:
            self._counts.popitem(last=False)
        refused = count.mine + count.others >= allowance.limit
        if not refused:
            count.mine += 1
        remaining = max(0, allowance.limit - count.mine - count.others)
        return Left(allowance.limit, remaining, window[1] + length, refused)

    def spent(self, name: str, allowance: Allowance, now: int) -> bool:
        """Whether nothing is left; asking counts for nothing."""
        length = allowance.seconds * 1000
        count = self._counts.get((name, now // length * length))
        return count is not None and count.mine + count.others >= allowance.limit

    def untold(self) -> dict[Window, int]:
        """What was counted here since the others were told."""
        return {window: count.mine - count.told for window, count in self._counts.items() if count.mine > count.told}

    def told(self, shared: Iterable[tuple[Window, int, int]]) -> None:
        """The others know so many more of a window (the first number), and all together counted so many (the second)."""
        for window, added, total in shared:
            count = self._counts.get(window)
            if count is not None:
                count.told += added
                count.others = max(0, total - count.told)
