"""Who listens in this process, and the one loop that reads what happened for all of them.

After a wake (`Topic.STREAMS`: an event in this process, NOTIFY from another one, or the file's data version) the new events are read once
for everybody; who might get which is found in a handful of statements; then each reader's share is read as they may see it. The loop
runs as long as somebody listens.
"""

import asyncio
import time
from collections import Counter, deque
from collections.abc import Coroutine, Iterable, Sequence
from enum import StrEnum
from typing import Any, TypeVar

from coopfed import limits
from coopfed.api.streaming import reading
from coopfed.api.streaming.channels import NEEDED, Channel, Found, belongs, scopes
from coopfed.api.streaming.reading import Message, Reader, Wanted
from coopfed.db.signals import Topic
from coopfed.errors import InsufficientScope, InvalidInput, StorageError, TooMany, Unavailable
from coopfed.features.lists import store as lists
from coopfed.features.streams import store
from coopfed.features.streams.cursor import Cursor
from coopfed.features.streams.store import Event, Kind
from coopfed.net.throttle import network
from coopfed.node import Node
from coopfed.oauth import tokens
from coopfed.oauth.scopes import allows
from coopfed.oauth.tokens import Bearer
from coopfed.observe.logs import logger

Key = TypeVar("Key")
_AGAIN_SECONDS = 0.25
_LOOKS = 20
"""Whether those who are behind have read, while they may."""
_RELAXED = 20
"""A node under development has many streams from one machine."""

log = logger("streaming")


class Ending(StrEnum):
    """Why a stream is over."""

    STOPPING = "stopping"
    REVOKED = "revoked"
    SLOW = "slow"


class Stream:
    """One who listens: an open socket or feed. Everything is called in the loop's thread."""

    __slots__ = ("_changed", "_waiting", "address", "channels", "ending", "reader", "who")

    def __init__(self, who: Bearer, languages: tuple[str, ...], address: str) -> None:
        self.who = who
        self.reader = Reader(who.account_id, who.actor.id, languages)
        self.address = address
        self.channels: dict[Channel, int] = {}
        """To what it listens, with the event after which it began."""
        self.ending: Ending | None = None
        self._waiting: deque[tuple[Channel, Message]] = deque()
        self._changed = asyncio.Event()

    def put(self, channel: Channel, message: Message) -> None:
        """Tells this when the reader has taken what waits."""
        if self.ending is None:
            self._waiting.append((channel, message))
            self._changed.set()

    @property
    def is_behind(self) -> bool:
        """Whether so much waits that it must be read before there is more."""
        return len(self._waiting) >= limits.STREAM_WAITING

    def end(self, why: Ending) -> None:
        """Nothing more is told, nor what waits."""
        self.ending = self.ending or why
        self._waiting.clear()
        self._changed.set()

    async def next(self, seconds: float | None = None) -> tuple[Channel, Message] | None:
        """What is told next, for which it waits; None when the stream is over, or after so many seconds."""
        while not self._waiting:
            if self.ending is not None:
                return None
            self._changed.clear()
            try:
                async with asyncio.timeout(seconds):
                    await self._changed.wait()
            except TimeoutError:
                return None
        return self._waiting.popleft()

    async def while_open(self, *work: Coroutine[Any, Any, None]) -> list[bool]:
        """Does these side by side until one of them ends or the stream is over: what is on its way to a reader who does not read must
        not hold up the end. Whether each ended by itself; raises what one raised."""
        tasks = [asyncio.create_task(one) for one in (*work, self._ended())]
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in tasks:
                task.cancel()
            outcomes = await asyncio.gather(*tasks, return_exceptions=True)
        for outcome in outcomes:
            if isinstance(outcome, Exception):
                raise outcome
        return [outcome is None for outcome in outcomes[:-1]]

    async def _ended(self) -> None:
        while self.ending is None:
            self._changed.clear()
            await self._changed.wait()

    def hears(self, event: Event, channel: Channel) -> bool:
        """Whether it listens to that, and its token lets it: `user` brings notifications and announcements only to who may read them."""
        if event.id <= self.channels.get(channel, event.id):
            return False
        return event.kind not in NEEDED or allows(self.who.scopes, NEEDED[event.kind])


class Hub:
    """All streams of one process."""

    def __init__(self, node: Node) -> None:
        self._node = node
        self._streams: set[Stream] = set()
        self._accounts: Counter[int] = Counter()
        self._addresses: Counter[str] = Counter()
        self._woken = node.db.signals.listen(Topic.STREAMS)
        self._task: asyncio.Task[None] | None = None
        self._cursor: Cursor | None = None
        self._held: list[Event] = []
        """What was read and is not told yet: told again when the database failed in between, since twice is better than never."""
        self._looked_at = 0.0
        node.db.signals.on_caches(self._look_soon)

    async def open(self, who: Bearer, languages: tuple[str, ...], address: str) -> Stream:
        """A stream to which nothing is told yet. Unavailable or TooMany when there are too many. Whoever opens one closes it."""
        self._refuse_crowds(who, network(address))
        stream = Stream(who, languages, network(address))
        self._streams.add(stream)
        self._accounts[who.account_id] += 1
        self._addresses[stream.address] += 1
        self._node.open_streams += 1
        try:
            if self._cursor is None:
                self._cursor = await self._begin()
        except BaseException:
            self.close(stream)
            raise
        if self._task is None or self._task.done():
            self._looked_at = time.monotonic()
            self._task = asyncio.create_task(self._run(), name="coopfed-streams")
        return stream

    async def _begin(self) -> Cursor:
        """Where to read on: at the end, unless somebody else who came at this moment has begun."""
        newest = await self._node.db.read(store.newest)
        return self._cursor or Cursor(newest)

    def _refuse_crowds(self, who: Bearer, address: str) -> None:
        more = _RELAXED if self._node.config.development else 1
        if self._node.stopping:
            raise Unavailable("the node stops", reason="stopping")
        if len(self._streams) >= limits.STREAMS:
            raise Unavailable(f"{limits.STREAMS} streams are open", reason="too_many_streams")
        if self._accounts[who.account_id] >= limits.STREAMS_PER_ACCOUNT * more:
            raise TooMany("too many streams of this account", seconds=60)
        if self._addresses[address] >= limits.STREAMS_PER_ADDRESS * more:
            raise TooMany("too many streams from this address", seconds=60)

    def close(self, stream: Stream) -> None:
        """Forgets a stream; harmless when it is forgotten."""
        if stream not in self._streams:
            return
        self._streams.remove(stream)
        self._node.open_streams -= 1
        _count_down(self._accounts, stream.who.account_id)
        _count_down(self._addresses, stream.address)
        if not self._streams:
            self._woken.wake()

    async def subscribe(self, stream: Stream, channel: Channel) -> None:
        """Tells the stream of this as well. Forbidden when its token lacks the scope, NotFound when it is a list of somebody else,
        InvalidInput when it listens to too much."""
        wanted = scopes(channel)
        if wanted and not any(allows(stream.who.scopes, scope) for scope in wanted):
            raise InsufficientScope(*wanted)
        if channel not in stream.channels and len(stream.channels) >= limits.STREAM_CHANNELS:
            raise InvalidInput(f"{limits.STREAM_CHANNELS} streams on one socket are enough", reason="too_many_streams")
        if channel.name == "list":
            await self._node.db.read(lists.one, stream.who.actor.id, int(channel.argument))
        stream.channels.setdefault(channel, await self._node.db.read(store.newest))

    # --- the loop -----------------------------------------------------------------------------------------------

    def _look_soon(self) -> None:
        """A token may have ended."""
        self._looked_at = 0.0
        self._woken.wake()

    async def _run(self) -> None:
        while self._streams and not self._node.stopping:
            try:
                await self._woken.wait(await self._look())
            except StorageError as error:
                log.error("streams_not_read", error=str(error))
                await asyncio.sleep(_AGAIN_SECONDS)
            except Exception:
                # What these events were is lost; whoever listens must hear of the next.
                self._held = []
                log.exception("streams_failed")
        self._end(self._streams, Ending.STOPPING)
        self._cursor, self._held = None, []

    async def _look(self) -> float:
        """Tells what is new. For how many seconds to wait for more, unless woken."""
        if time.monotonic() >= self._looked_at + limits.STREAM_CHECK_SECONDS:
            await self._end_revoked()
        if await self._tell():
            return 0
        assert self._cursor is not None
        return _AGAIN_SECONDS if self._cursor.waits else limits.STREAM_CHECK_SECONDS

    def _end(self, streams: Iterable[Stream], why: Ending) -> None:
        for stream in list(streams):
            stream.end(why)

    async def _end_revoked(self) -> None:
        """Streams whose token speaks for nobody any more are over. Source: security research 1.6."""
        self._looked_at = time.monotonic()
        asked = {stream: stream.who.token_id for stream in self._streams}
        good: set[int] = set()
        numbers = sorted(set(asked.values()))
        for first in range(0, len(numbers), limits.STREAM_WAITING):
            some = reading.padded(numbers[first : first + limits.STREAM_WAITING])
            good |= await self._node.db.read(tokens.alive, some)
        self._end((stream for stream, token in asked.items() if token not in good), Ending.REVOKED)

    async def _tell(self) -> bool:
        """Reads what is new and tells it. Whether there may be more."""
        assert self._cursor is not None
        if not self._held:
            read = await self._node.db.read(store.after, self._cursor.since, limits.STREAM_EVENTS_AT_ONCE)
            fresh = self._cursor.take((event.id for event in read), time.monotonic())
            self._held = [event for event in read if event.id in fresh]
        if not self._held:
            return False
        await self._tell_all(self._held)
        self._held = []
        return True

    async def _cut_off_the_slow(self) -> None:
        """Who is behind gets a moment to read, all the same one; who still is then is cut off."""
        for _ in range(_LOOKS):
            if not any(stream.is_behind for stream in self._streams):
                return
            await asyncio.sleep(limits.STREAM_GRACE_SECONDS / _LOOKS)
        self._end((stream for stream in self._streams if stream.is_behind), Ending.SLOW)

    async def _tell_all(self, events: Sequence[Event]) -> None:
        await self._cut_off_the_slow()
        channels = {channel for stream in self._streams for channel in stream.channels}
        named = {int(channel.argument) for channel in channels if channel.name == "list"}
        actors = {stream.reader.actor_id for stream in self._streams}
        found = await self._node.db.read(reading.found, events, actors, named)
        for reader, streams in self._by_reader().items():
            wanted = _wanted(reader, streams, events, found)
            if wanted:
                await self._tell_one(reader, streams, wanted)

    def _by_reader(self) -> dict[Reader, list[Stream]]:
        """The streams of each reader: what several browsers of one person show is read once."""
        readers: dict[Reader, list[Stream]] = {}
        for stream in self._streams:
            if stream.ending is None:
                readers.setdefault(stream.reader, []).append(stream)
        return readers

    async def _tell_one(self, reader: Reader, streams: Sequence[Stream], wanted: Sequence[Wanted]) -> None:
        now = self._node.clock.now()
        try:
            told = await self._node.db.read(reading.messages, reader, wanted, self._node.urls, now)
        except StorageError:
            raise
        except Exception:
            # One post that cannot be shown must not silence everybody's streams.
            log.exception("stream_not_told", actor=reader.actor_id)
            return
        for (event, channel), message in told:
            for stream in streams:
                if stream.hears(event, channel):
                    stream.put(channel, message)
        # A read on SQLite does not give way: whoever asks for a page must not wait for a thousand readers.
        await asyncio.sleep(0)


def _count_down(counts: Counter[Key], key: Key) -> None:
    counts[key] -= 1
    if not counts[key]:
        del counts[key]


def _wanted(reader: Reader, streams: Sequence[Stream], events: Sequence[Event], found: Found) -> list[Wanted]:
    """Which events are to be read for which of the reader's streams; that filters changed is told once."""
    channels = list(dict.fromkeys(channel for stream in streams for channel in stream.channels))
    wanted = [
        (event, channel)
        for event in events
        for channel in channels
        if belongs(event, channel, reader.account_id, reader.actor_id, found)
    ]
    last = {channel: event.id for event, channel in wanted if event.kind is Kind.FILTERED}
    return [(event, to) for event, to in wanted if event.kind is not Kind.FILTERED or last[to] == event.id]
