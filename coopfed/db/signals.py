"""Wake-up signals between those who write rows and those who wait for them: never data, only "look again".

In one process a signal is an event; between processes it is NOTIFY on PostgreSQL and a changed `PRAGMA data_version` on SQLite
(`coopfed.db.sqlite_writer`), so that a command beside the live server wakes its workers and drops its caches within a second.
"""

import asyncio
from collections.abc import Callable
from enum import StrEnum


class Topic(StrEnum):
    """What may have changed."""

    ARRIVALS = "arrivals"
    DELIVERIES = "deliveries"
    JOBS = "jobs"
    STREAMS = "streams"
    CACHES = "caches"
    KEYS = "keys"
    """Keys of actors elsewhere: what a stranger can change as often as it likes, and must not cost more than asking again for them."""


class Listener:
    """One who waits for a topic. Each has an event of its own: what one consumes, the others still hear."""

    def __init__(self) -> None:
        self._event = asyncio.Event()

    def wake(self) -> None:
        """Ends the present wait, or the next one at once."""
        self._event.set()

    async def wait(self, seconds: float) -> None:
        """Returns when the topic was woken since the last wait, at the latest after so many seconds."""
        if not self._event.is_set():
            try:
                async with asyncio.timeout(seconds):
                    await self._event.wait()
            except TimeoutError:
                return
        self._event.clear()


class Signals:
    """The signals of one process. Everything is called in the loop's thread."""

    def __init__(self) -> None:
        self._listeners: dict[Topic, list[Listener]] = {topic: [] for topic in Topic}
        self._forgetting: dict[Topic, list[Callable[[], None]]] = {Topic.CACHES: [], Topic.KEYS: []}

    def listen(self, topic: Topic) -> Listener:
        """Somebody new who waits for the topic, for as long as the process lives."""
        listener = Listener()
        self._listeners[topic].append(listener)
        return listener

    def on_caches(self, forget: Callable[[], None]) -> None:
        """Calls `forget` whenever cached rows may be stale."""
        self._forgetting[Topic.CACHES].append(forget)

    def on_keys(self, forget: Callable[[], None]) -> None:
        """Calls `forget` whenever remembered keys of actors elsewhere may be stale."""
        self._forgetting[Topic.KEYS].append(forget)

    def wake(self, topics: tuple[Topic, ...]) -> None:
        """Tells those who wait, after a commit of this process or of another one."""
        for topic in topics:
            for listener in self._listeners[topic]:
                listener.wake()
            for forget in self._forgetting.get(topic, ()):
                forget()

    def wake_all(self) -> None:
        """Another process wrote something, nobody knows what."""
        self.wake(tuple(Topic))
