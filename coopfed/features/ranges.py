"""A stretch of any list that is read page by page."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Range:
    """At most `limit` rows by their numbers, newest first: below `max_id`, above `since_id`; `min_id` takes those just above."""

    limit: int
    max_id: int | None = None
    since_id: int | None = None
    min_id: int | None = None

    @property
    def above(self) -> int:
        """The number that every row is above; 0: from the first on."""
        return max(self.since_id or 0, self.min_id or 0)
