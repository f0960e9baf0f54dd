"""When something is a trend. Pure.

What is counted is actors, never posts or likes: whoever says a thing a hundred times is one. Of one other host only some count, so
that a server full of accounts makes no trend either; the people of this node are its operators' to know.
"""

from collections.abc import Iterable, Mapping

from coopfed import limits

Crowd = Mapping[int | None, int]
"""How many actors of each host (its number; None: this node)."""


def weight(crowd: Crowd) -> int:
    """How many actors there are, of each other host at most `limits.TREND_ACTORS_PER_HOST`."""
    return sum(count if host is None else min(count, limits.TREND_ACTORS_PER_HOST) for host, count in crowd.items())


def usage(now: Crowd, before: Crowd) -> int:
    """The score of a hashtag or page by who used it in the last two days and in the week before; 0: no trend.

    What as many use all the time is no trend: the score is how far the usage exceeds what was to be expected.
    """
    observed, expected = weight(now), max(1.0, weight(before) * limits.TREND_DAYS / limits.TREND_DAYS_BEFORE)
    if observed < limits.TREND_ACTORS or observed <= expected:
        return 0
    return max(1, int(1000 * (observed - expected) ** 2 / expected))


def liking(crowd: Crowd, hours: float) -> int:
    """The score of a post by who liked or boosted it, and its age; 0: no trend. It halves in twelve hours."""
    observed = weight(crowd)
    if observed < limits.TREND_ACTORS:
        return 0
    return max(1, int(1000 * observed * 0.5 ** (max(hours, 0) / 12)))


def best(scores: Iterable[tuple[str, str, int]]) -> list[tuple[str, str, int]]:
    """The highest of (reference, name, score), at most `limits.TRENDS`; without those of score 0."""
    kept = [one for one in scores if one[2] > 0]
    return sorted(kept, key=lambda one: (-one[2], one[0]))[: limits.TRENDS]


def one_each(scores: Iterable[tuple[int, tuple[str, str, int]]]) -> list[tuple[str, str, int]]:
    """As `best`, of each author (a number) only one."""
    found: dict[int, tuple[str, str, int]] = {}
    for author, one in scores:
        if author not in found or one[2] > found[author][2]:
            found[author] = one
    return best(found.values())
