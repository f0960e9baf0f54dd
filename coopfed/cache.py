"""A bounded memory of the most recently used things. Everything in it can be had again from the database."""

from collections import OrderedDict
from collections.abc import Hashable
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class Cache(Generic[K, V]):
    """At most `size` entries; the least recently used goes first. Not thread-safe: one loop owns it."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._entries: OrderedDict[K, V] = OrderedDict()
        self.forgotten = 0
        """How often something was forgotten on purpose; see `put`."""

    def get(self, key: K) -> V | None:
        """The entry, or None."""
        value = self._entries.get(key)
        if value is not None:
            self._entries.move_to_end(key)
        return value

    def put(self, key: K, value: V, since: int | None = None) -> V:
        """Remembers and returns the value.

        `since` is what `forgotten` was before the value was read: when something was forgotten meanwhile the value may be
        older than that, and is returned only. Else a block would not hold for whoever read the host's row a moment before.
        """
        if since is not None and since != self.forgotten:
            return value
        self._entries[key] = value
        self._entries.move_to_end(key)
        if len(self._entries) > self._size:
            self._entries.popitem(last=False)
        return value

    def pop(self, key: K) -> V | None:
        """The entry, forgotten; or None."""
        return self._entries.pop(key, None)

    def drop(self, key: K) -> None:
        """Forgets one entry."""
        self.forgotten += 1
        self._entries.pop(key, None)

    def clear(self) -> None:
        """Forgets everything."""
        self.forgotten += 1
        self._entries.clear()

    def __len__(self) -> int:
        return len(self._entries)
