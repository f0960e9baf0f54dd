"""What time it is, and how long to wait. The one thing tests replace."""

import time
from dataclasses import dataclass
from datetime import UTC, datetime

HOUR_MS = 3600 * 1000
DAY_MS = 24 * HOUR_MS


def utc(milliseconds: float) -> datetime:
    """The moment that a table holds in milliseconds, as an aware time."""
    return datetime.fromtimestamp(milliseconds / 1000, UTC)


def milliseconds(moment: datetime) -> int:
    """An aware time as tables hold it, to the nearest millisecond."""
    return round(moment.timestamp() * 1000)


def read_moment(written: str) -> int:
    """The moment that somebody typed (ISO 8601; without an offset UTC), in milliseconds. ValueError for anything else."""
    found = datetime.fromisoformat(written)
    return milliseconds(found if found.tzinfo is not None else found.replace(tzinfo=UTC))


@dataclass(frozen=True, slots=True)
class Clock:
    """The machine's clock. Times are integer milliseconds since 1970 (UTC), as in every table."""

    scale: float = 1.0

    def now(self) -> int:
        """The time, in milliseconds."""
        return time.time_ns() // 1_000_000

    def span(self, seconds: float) -> int:
        """A waiting time of so many seconds in milliseconds, divided by TIME_SCALE."""
        return max(1, int(seconds * 1000 / self.scale))
