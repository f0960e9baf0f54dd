"""Every storm, its full size, and the part of it that the test-suite runs."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from tests.storms import floods, outages
from tests.storms.storm import Storm


@dataclass(frozen=True, slots=True)
class Forecast:
    """How a storm is made, how large it is in full, how large in the test-suite, and on which engines it can be made."""

    run: Callable[[str, int], Awaitable[Storm]]
    full: int
    small: int
    engines: tuple[str, ...] = ("sqlite", "postgresql")


STORMS: dict[str, Forecast] = {
    "deletes": Forecast(floods.deletes, 100_000, 2_000),
    "one-actor": Forecast(floods.one_actor, 5_000, 300),
    "thread": Forecast(floods.thread, 10_000, 200),
    "copies": Forecast(floods.copies, 1_000, 200),
    "unknown-keys": Forecast(floods.unknown_keys, 20_000, 400),
    "bad-signatures": Forecast(floods.bad_signatures, 100_000, 1_000),
    "popular": Forecast(floods.popular, 5_000, 300),
    "dead-third": Forecast(outages.dead_third, 180, 24),
    "locked-database": Forecast(outages.locked_database, 500, 40),
    "full-disk": Forecast(outages.full_disk, 2_000, 100, ("sqlite",)),
    "killed-with-queue": Forecast(outages.killed_with_queue, 100_000, 1_000),
}
