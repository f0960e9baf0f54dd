"""Every URL and number we mint, and how to recognise our own. Nothing else puts a URL of this node together.

A number has 64 bits: 48 bits of milliseconds, 6 bits of the process's leased worker number, 10 bits of a running counter.
Numbers sort by time; two processes never mint the same, since the worker number is leased in the database (`coopfed.db.workers`).
"""

import base64
import hmac
import random
import re
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import quote

from coopfed.config import Config

_WORKER_BITS = 6
_COUNTER_BITS = 10
_TIME_SHIFT = _WORKER_BITS + _COUNTER_BITS
_COUNTER_MASK = (1 << _COUNTER_BITS) - 1

NODE_HANDLE = "node"


class Minter:
    """Mints numbers for one process. Thread-safe. `now` gives milliseconds; `worker` is the leased number, 0 to 63."""

    def __init__(self, worker: int, now: Callable[[], int]) -> None:
        self.worker = worker
        self._now = now
        # Strictly after the moment of leasing: an earlier holder of the same worker number has minted up to then.
        self._last = now() + 1
        self._counter = random.randrange(1 << _COUNTER_BITS)
        self._counter_of_past = random.randrange(1 << _COUNTER_BITS)
        self._lock = threading.Lock()

    def mint(self, published: int | None = None) -> int:
        """A new number for something published at `published` milliseconds (not later than now), else for now.

        Numbers minted for now only grow, also within a millisecond and when the clock steps back: rows are worked off in
        their order. For a past moment the running counter makes a repetition improbable, not impossible: whoever stores
        such a row asks for a free number.
        """
        with self._lock:
            now = self._now()
            if published is not None and published < now:
                self._counter_of_past = (self._counter_of_past + 1) & _COUNTER_MASK
                return self._number(max(published, 0), self._counter_of_past)
            self._counter = (self._counter + 1) & _COUNTER_MASK
            if now > self._last:
                self._last = now
            elif self._counter == 0:
                self._last += 1
            return self._number(self._last, self._counter)

    def _number(self, milliseconds: int, counter: int) -> int:
        return milliseconds << _TIME_SHIFT | self.worker << _COUNTER_BITS | counter


def milliseconds_of(number: int) -> int:
    """The moment a number was minted for, in milliseconds since 1970."""
    return number >> _TIME_SHIFT


def first_of(milliseconds: int) -> int:
    """The smallest number of a moment: "since then" as a comparison of numbers."""
    return milliseconds << _TIME_SHIFT


_ACTOR_PATH = re.compile(r"/ap/actors/([1-9][0-9]{0,18})")
_CONTEXT_PATH = re.compile(r"/ap/objects/([1-9][0-9]{0,18})/context")
_ACTIVITY_PATH = re.compile(r"/ap/activities/([1-9][0-9]{0,18})")


@dataclass(frozen=True, slots=True)
class Urls:
    """The URLs of one node. `base` is scheme and authority; `handle_domain` stands behind the @ of handles; with the `key` addresses of
    copies are sealed."""

    base: str
    handle_domain: str
    key: bytes = field(default=b"", repr=False)

    @classmethod
    def of(cls, config: Config) -> "Urls":
        """The URLs of the configured node."""
        secret = config.secret_key.get_secret_value().encode()
        return cls(config.base_url, config.handle_domain, hmac.digest(secret, b"copies", "sha256"))

    def is_ours(self, url: str) -> bool:
        """Whether the URL lies on this node."""
        return url == self.base or url.startswith(f"{self.base}/")

    @property
    def shared_inbox(self) -> str:
        """The inbox of the whole node."""
        return f"{self.base}/inbox"

    @property
    def node_actor(self) -> str:
        """Id of the node's own actor (Application), which signs fetches."""
        return f"{self.base}/ap/node"

    def actor(self, number: int) -> str:
        """Id of an actor of ours; its collections are this and /inbox, /outbox, /followers, /following, /featured."""
        return f"{self.base}/ap/actors/{number}"

    def object(self, number: int) -> str:
        """Id of an object of ours."""
        return f"{self.base}/ap/objects/{number}"

    def activity(self, number: int) -> str:
        """Id of an activity of ours."""
        return f"{self.base}/ap/activities/{number}"

    def profile(self, handle: str) -> str:
        """The page of an actor of ours, for people."""
        return f"{self.base}/@{handle}"

    def post_page(self, handle: str, number: int) -> str:
        """The page of a post of ours, for people."""
        return f"{self.base}/@{handle}/{number}"

    def membership(self, number: int) -> str:
        """The page of a membership, for people."""
        return f"{self.base}/memberships/{number}"

    def invitation(self, secret: str) -> str:
        """Where the reader of an umbrella's mail says which cooperative it is for."""
        return f"{self.base}/memberships/invitations/{secret}"

    def request_page(self, number: int) -> str:
        """The page of a request, for people."""
        return f"{self.base}/requests/{number}"

    def verification(self, code: str) -> str:
        """The page on which an agreement is verified, for whoever has its code."""
        return f"{self.base}/verify/{code}"

    def tag_page(self, tag: str) -> str:
        """Where a hashtag written here points to, percent-encoded as it stands in texts: apps find a tag by that address."""
        return f"{self.base}/tags/{tag if tag.isascii() and tag.isalnum() else quote(tag)}"

    def emoji(self, number: int) -> str:
        """Id of a custom emoji of ours."""
        return f"{self.base}/ap/emojis/{number}"

    def emoji_picture(self, file: str) -> str:
        """Where the picture of a custom emoji of ours is served."""
        return f"{self.base}/media/emojis/{file}"

    def copy(self, shape: str, url: str, *, small: bool = False) -> str:
        """Where this node serves its copy of somebody else's file: an address that nobody can make who was not shown it, so that
        what is for few stays with them, and strangers cannot have other servers asked through us."""
        path = base64.urlsafe_b64encode(url.encode()).rstrip(b"=").decode()
        return f"{self.base}/media/copies/{shape}/{self.seal(shape, url)}/{path}{'.small' if small else ''}"

    def served(self, shape: str, url: str) -> str:
        """Where readers are shown a picture: there, when it is ours, else the copy of it."""
        return url if self.is_ours(url) else self.copy(shape, url)

    def portrait(self, shape: str, url: str | None) -> str:
        """Where the picture of an actor is: here, ours or a copy; the node's own one where it has none. Never SVG, which no app draws."""
        return f"{self.base}/static/{shape}.png" if url is None else self.served(shape, url)

    def seal(self, shape: str, url: str) -> str:
        """What shows that this node itself gave out the address of the copy: 128 bits in hexadecimal. Also the copy's name."""
        return hmac.digest(self.key, f"{shape}\n{url}".encode(), "sha256")[:16].hex()

    def copied(self, shape: str, seal: str, path: str) -> str | None:
        """The address behind one of `copy` by its parts, without `.small`; None unless this node sealed it."""
        try:
            url = base64.urlsafe_b64decode(path + "=" * (-len(path) % 4)).decode()
        except ValueError:
            return None
        return url if hmac.compare_digest(self.seal(shape, url).encode(), seal.encode(errors="replace")) else None

    def actor_number(self, url: str) -> int | None:
        """The number in an actor id of ours, else None."""
        return self._number(_ACTOR_PATH, url)

    def activity_number(self, url: str) -> int | None:
        """The number in an activity id of ours, else None."""
        return self._number(_ACTIVITY_PATH, url)

    def context_number(self, url: str) -> int | None:
        """The number of the object of ours whose thread has this name, else None."""
        return self._number(_CONTEXT_PATH, url)

    def _number(self, pattern: re.Pattern[str], url: str) -> int | None:
        if not url.startswith(self.base):
            return None
        match = pattern.fullmatch(url, len(self.base))
        return int(match[1]) if match else None
