"""Wake-up signals between those who write rows and those who wait for them: never data, only "look again".

In one process a signal is an event; between processes it is NOTIFY on PostgreSQL and a changed `PRAGMA data_version` on SQLite
(`coopfed.db.sqlite`), so that a command beside the live server wakes its workers and drops its caches within a second.
"""

import asyncio
from collections.abc import Callable
from enum import StrEnum


class Topic(StrEnum):
    """What may have changed."""

    ARRIVALS = "arrivals"
    DELIVERIES = "deliveries"
    JOBS = "jobs"
    CACHES = "caches"


class Signals:
    """The signals of one process. Everything is called in the loop's thread."""

    def __init__(self) -> None:
        self._events = {topic: asyncio.Event() for topic in Topic}
        self._listeners: list[Callable[[], None]] = []

    def wake(self, topics: tuple[Topic, ...]) -> None:
        """Tells those who wait, after a commit of this process or of another one."""
        for topic in topics:
            self._events[topic].set()
            if topic is Topic.CACHES:
                for listener in self._listeners:
                    listener()

    def wake_all(self) -> None:
        """Another process wrote something, nobody knows what."""
        self.wake(tuple(Topic))

    def on_caches(self, listener: Callable[[], None]) -> None:
        """Calls the listener whenever cached rows may be stale."""
        self._listeners.append(listener)

    async def wait(self, topic: Topic, seconds: float) -> None:
        """Returns when the topic was woken since the last wait, at the latest after so many seconds."""
        event = self._events[topic]
        if not event.is_set():
            try:
                async with asyncio.timeout(seconds):
                    await event.wait()
            except TimeoutError:
                return
        event.clear()
