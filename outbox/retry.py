"""When to send again, or to give up; and how long a failing host is left alone. Pure.

Peers give up after minutes (GoToSocial) or days (Mastodon); we try for seven days, so that our members' words survive a peer's
long weekend.
"""

from dataclasses import dataclass
from enum import StrEnum

MINUTE, HOUR, DAY = 60.0, 3600.0, 86400.0

SCHEDULE = (MINUTE, 5 * MINUTE, 15 * MINUTE, HOUR, 2 * HOUR, 4 * HOUR, 8 * HOUR, *[12 * HOUR] * 13)
"""Seconds before the second, third, … try: seven days in all."""
JITTER = 0.2
FINAL = frozenset({400, 405, 410, 413, 415, 501})
"""The peer understood and does not want it."""
THREE_TRIES = frozenset({401, 403})
NOT_FOUND_TRIES = (DAY, DAY)
"""404: three tries on three days; a proxy in front of a peer in trouble answers so."""
RETRY_AFTER_MAX = DAY

CIRCUIT_FAILURES = 5
CIRCUIT_FIRST, CIRCUIT_MAX = HOUR / 2, 12 * HOUR


class Verdict(StrEnum):
    """What becomes of a delivery."""

    DONE = "done"
    AGAIN = "again"
    GIVEN_UP = "given_up"


@dataclass(frozen=True, slots=True)
class Answer:
    """What one try gave: the peer's status, or None without an answer; the fault's name; the peer's Retry-After in seconds."""

    status: int | None
    error: str | None = None
    retry_after: float | None = None
    final: bool = False
    """It will be the same next time (an address that may not be dialled)."""
    ours: bool = False
    """The fault is this node's own, and says nothing of the host."""

    @property
    def delivered(self) -> bool:
        """Whether the peer took it."""
        return self.status is not None and 200 <= self.status < 300

    @property
    def host_failed(self) -> bool:
        """Whether this speaks against the host and not only against the delivery."""
        if self.final or self.ours:
            return False
        return self.status is None or self.status == 429 or self.status >= 500


@dataclass(frozen=True, slots=True)
class Decision:
    """The verdict, and for AGAIN the seconds to wait."""

    verdict: Verdict
    wait: float = 0.0


def decide(tries: int, answer: Answer, chance: float, *, first_wait: float = MINUTE) -> Decision:
    """What to do after the `tries`-th try (1, 2, …). `chance` in 0..1 spreads the retries by 20 % either way.

    `first_wait`: seconds before the second try; development nodes take 2.
    """
    if answer.delivered:
        return Decision(Verdict.DONE)
    if answer.final or answer.status in FINAL:
        return Decision(Verdict.GIVEN_UP)
    schedule = _schedule(answer, first_wait)
    if tries > len(schedule):
        return Decision(Verdict.GIVEN_UP)
    wait = schedule[tries - 1] * (1 - JITTER + 2 * JITTER * chance)
    return Decision(Verdict.AGAIN, max(wait, min(answer.retry_after or 0.0, RETRY_AFTER_MAX)))


def _schedule(answer: Answer, first_wait: float) -> tuple[float, ...]:
    if answer.status == 404:
        return NOT_FOUND_TRIES
    schedule = (first_wait, *SCHEDULE[1:])
    return schedule[:2] if answer.status in THREE_TRIES else schedule


def circuit(failures: int) -> float:
    """Seconds for which a host is left alone after so many failures in a row: 0 below five, then half an hour, doubling."""
    if failures < CIRCUIT_FAILURES:
        return 0.0
    doublings = min(failures - CIRCUIT_FAILURES, 16)
    return min(CIRCUIT_FIRST * float(1 << doublings), CIRCUIT_MAX)
