"""The node: everything a function may need that waits on the world, in one value passed explicitly. No globals below the views."""

import asyncio
import hashlib
import secrets
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from coopfed import __version__, limits
from coopfed.cache import Cache
from coopfed.clock import Clock, utc
from coopfed.config import Config
from coopfed.db import workers
from coopfed.db.engine import Database
from coopfed.db.open import open_database
from coopfed.db.schema import require_head
from coopfed.db.signals import Topic
from coopfed.errors import ConfigError, CoopFedError, FetchError, PeerBlocked, StorageError, TooMany
from coopfed.ids import Minter, Urls
from coopfed.net import peers
from coopfed.net.client import HttpClient
from coopfed.net.fetch import Budget, Signer
from coopfed.net.guard import DialRules
from coopfed.net.peers import KnownPeer
from coopfed.net.storage import Storage, open_storage
from coopfed.net.throttle import Rate, Throttle
from coopfed.net.translation import TranslationService, service
from coopfed.net.windows import Allowance, Left, Windows
from coopfed.observe.logs import logger
from coopfed.observe.metrics import Meters
from coopfed.observe.sampling import Sampled
from coopfed.signing.keys import PrivateKey, PublicKey
from coopfed.vocab.records import Activity

log = logger("node")

_KEY_FETCHES = Rate(burst=50, per_second=5)
_KEY_FETCHES_RELAXED = Rate(burst=5000, per_second=500)
_PAGE_FETCHES = Rate(burst=3, per_second=0.2)
"""Of web pages on one host: it is a guest that reads there, and no crawler."""

_IMPORT_FETCHES = Rate(burst=5, per_second=1)
"""Of accounts on one host whom an import names: a list of ten thousand friends is no reason to press it."""


@dataclass(frozen=True, slots=True)
class KnownKey:
    """A public key with whom it belongs to: what authenticates a request without asking the network. Moments in milliseconds;
    after `retired_at`, when there is one, it signs nothing more."""

    id: str
    key: PublicKey
    actor_id: int
    actor_uri: str
    host: str
    fetched_at: int
    retired_at: int | None = None


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A private key of one of our actors, loaded."""

    id: str
    key: PrivateKey


@dataclass(slots=True)
class Memory:
    """What one process remembers of the database and the network; dropped when another process changed something."""

    keys: Cache[str, KnownKey] = field(default_factory=lambda: Cache(20_000))
    missing_keys: Cache[str, int] = field(default_factory=lambda: Cache(20_000))
    refetched_keys: Cache[str, int] = field(default_factory=lambda: Cache(20_000))
    signing: Cache[tuple[int, str], SigningKey] = field(default_factory=lambda: Cache(2_000))
    peers: Cache[str, KnownPeer] = field(default_factory=lambda: Cache(20_000))
    activities: Cache[int, Activity] = field(default_factory=lambda: Cache(2_000))
    documents: Cache[str, Any] = field(default_factory=lambda: Cache(2_000))
    verdicts: Cache[str, tuple[int, Any]] = field(default_factory=lambda: Cache(64))
    """What was found of agreements that were handed over, and when."""
    flights: dict[str, "asyncio.Future[Any]"] = field(default_factory=dict)
    copies: dict[str, "asyncio.Task[Any]"] = field(default_factory=dict)
    """Files of others that are being copied, by the names of the copies."""
    figures: "tuple[float, asyncio.Future[Any]] | None" = None
    """What /metrics read last, and when (seconds of the monotonic clock)."""

    def forget(self) -> None:
        """Drops everything that came out of the database."""
        for cache in (self.keys, self.signing, self.peers, self.documents):
            cache.clear()


@dataclass(frozen=True, slots=True)
class Stamp:
    """What a unit of work needs besides rows: the moment (milliseconds), new numbers, our URLs, and whether pages are fetched that posts
    link to."""

    now: int
    mint: Callable[[int | None], int]
    urls: Urls
    clock: Clock
    previews: bool

    def utc(self) -> datetime:
        """The moment as an aware time."""
        return utc(self.now)


@dataclass(slots=True)
class Node:
    """One process of one installation."""

    config: Config
    urls: Urls
    clock: Clock
    db: Database
    http: HttpClient
    minter: Minter
    signing_threads: ThreadPoolExecutor
    memory: Memory
    key_fetches: Throttle
    key_fetch_places: asyncio.Semaphore
    imaging_places: asyncio.Semaphore
    copying_places: asyncio.Semaphore
    copy_imaging_places: asyncio.Semaphore
    storage: Storage
    meters: Meters
    refusals: Sampled
    _token: str
    _signer: Signer | None = None
    _keeper: "asyncio.Task[None] | None" = None
    page_fetches: Throttle = field(default_factory=lambda: Throttle(_PAGE_FETCHES))
    import_fetches: Throttle = field(default_factory=lambda: Throttle(_IMPORT_FETCHES))
    page_places: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(limits.PAGE_FETCHES_AT_ONCE))
    windows: Windows = field(default_factory=Windows)
    push_places: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(limits.PUSHES_AT_ONCE))
    certificate_places: asyncio.Semaphore = field(
        default_factory=lambda: asyncio.Semaphore(limits.CERTIFICATES_AT_ONCE)
    )
    printing_places: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(limits.PRINTED_AT_ONCE))
    translator: TranslationService | None = None
    """The service that translates posts, when one is configured."""
    started_at: int = 0
    stopping: bool = False
    waiting_arrivals: int = 0
    waiting_media: int = 0
    disk_low: bool = False
    open_streams: int = 0

    @property
    def secret(self) -> bytes:
        """The node's secret, which seals keys and tokens."""
        return self.config.secret_key.get_secret_value().encode()

    @property
    def signer(self) -> Signer:
        """The node actor's key, for fetches. Set when the node is opened by `actors.local.load_signer`."""
        if self._signer is None:
            raise FetchError("the node actor's key is not loaded; run: coopfed init", reason="no_signer")
        return self._signer

    @signer.setter
    def signer(self, signer: Signer) -> None:
        self._signer = signer

    def stamp(self) -> Stamp:
        """The moment and the means for one unit of work."""
        return Stamp(self.clock.now(), self.minter.mint, self.urls, self.clock, self.config.link_previews)

    def utc(self) -> datetime:
        """The time as an aware datetime, for signatures."""
        return utc(self.clock.now())

    def take(self, what: str, allowance: Allowance, key: str) -> Left:
        """What is left when `key` does `what` once more; counted over all processes."""
        return self.windows.take(_counted(what, key), allowance, self.clock.now())

    def spent(self, what: str, allowance: Allowance, key: str) -> bool:
        """Whether `key` did `what` as often as it may, over all processes; asking counts for nothing."""
        return self.windows.spent(_counted(what, key), allowance, self.clock.now())

    def allow(self, what: str, allowance: Allowance, key: str) -> None:
        """TooMany, with the seconds to wait, when nothing is left."""
        left = self.take(what, allowance, key)
        if left.refused:
            raise TooMany(f"too many times: {what}", seconds=self.seconds_until(left.resets_at))

    def seconds_until(self, moment: int) -> int:
        """Whole seconds until a moment (milliseconds), at least one."""
        return max(1, -(-(moment - self.clock.now()) // 1000))

    def budget(self) -> Budget:
        """The fetches that one arrival or one request of a member may cause."""
        return Budget(limits.FETCHES_PER_ACTIVITY)

    async def peer(self, host: str) -> KnownPeer | None:
        """What we know of a host; None when it is new."""
        known = self.memory.peers.get(host)
        if known is None:
            since = self.memory.peers.forgotten
            known = await self.db.read(peers.find, host)
            if known is not None:
                self.memory.peers.put(host, known, since)
        return known

    async def is_blocked(self, host: str) -> bool:
        """Whether the host is blocked here, by its own name or another's (see `coopfed.net.peers`). This node never is."""
        if host == self.config.authority:
            return False
        peer = await self.peer(host)
        return peer.blocked if peer is not None else await self.db.read(peers.blocked_by, host) is not None

    async def refuse_blocked(self, host: str) -> None:
        """PeerBlocked when the host is blocked here: nothing is taken from it, and it is asked for nothing."""
        if await self.is_blocked(host):
            raise PeerBlocked(f"{host} is blocked here")

    async def keep_worker_number(self) -> None:
        """Renews the lease of the worker number until cancelled; leases another when it was lost (a long sleep)."""
        while True:
            await asyncio.sleep(limits.WORKER_LEASE_SECONDS / 5)
            try:
                await self.renew_worker_number()
            except CoopFedError as error:
                # The lease outlives four failed renewals.
                log.error("lease_not_renewed", worker=self.minter.worker, error=str(error))

    async def renew_worker_number(self) -> None:
        """Renews the lease once, or leases another number when somebody else has ours by now."""
        until = self.clock.now() + limits.WORKER_LEASE_SECONDS * 1000
        if not await self.db.write(workers.renew, self.minter.worker, self._token, until):
            log.warning("lease_lost", worker=self.minter.worker)
            self.minter = await _lease_minter(self.db, self.clock, self._token)

    async def close(self) -> None:
        """Gives back the worker number, closes connections and the database."""
        if self._keeper is not None:
            self._keeper.cancel()
            await asyncio.gather(self._keeper, return_exceptions=True)
        await self.http.close()
        if self.translator is not None:
            await self.translator.close()
        try:
            await self.db.write(workers.release, self.minter.worker, self._token)
        except StorageError as error:
            log.error("lease_not_given_back", worker=self.minter.worker, error=str(error))
        finally:
            await self.db.close()
            self.signing_threads.shutdown(wait=False)


def _counted(what: str, key: str) -> str:
    # Hashed: the names of what is counted are shared with other processes, and are nobody's to read.
    return hashlib.blake2b(f"{what} {key}".encode(), digest_size=16).hexdigest()


async def _lease_minter(db: Database, clock: Clock, token: str) -> Minter:
    now = clock.now()
    number = await db.claim(workers.lease, token, now, now + limits.WORKER_LEASE_SECONDS * 1000)
    return Minter(number, clock.now)


def dial_rules(config: Config) -> DialRules:
    """Which addresses this node's requests may go to."""
    return DialRules(
        development=bool(config.development),
        allowed_ports=frozenset(config.allowed_ports),
        own_authorities=frozenset({config.authority}),
    )


def user_agent(config: Config) -> str:
    """How this node names itself to others: software, version and where its operator is found."""
    return f"CoopFed/{__version__} (+{config.base_url}/)"


def _translator(config: Config) -> TranslationService | None:
    key = config.translation_key.get_secret_value()
    return (
        service(config.translation_url, key, user_agent(config), config.ca_bundle) if config.translation_url else None
    )


async def open_node(config: Config, clock: Clock | None = None) -> Node:
    """The node of a configuration, ready for work. ConfigError or SchemaMismatch say what to do first.

    The caller closes it, and loads the signer (`actors.local.load_signer`) when it will fetch.
    """
    clock = clock or Clock(config.time_scale)
    if not config.secret_key.get_secret_value():
        raise ConfigError("SECRET_KEY is empty; set SECRET_KEY_FILE to a file with 32 random bytes or more")
    storage = open_storage(config)
    db = open_database(config)
    token = secrets.token_hex(8)
    try:
        await db.read(require_head)
        minter = await _lease_minter(db, clock, token)
    except BaseException:
        await db.close()
        raise
    rate = _KEY_FETCHES_RELAXED if config.development else _KEY_FETCHES
    meters = Meters()
    node = Node(
        config=config,
        urls=Urls.of(config),
        clock=clock,
        db=db,
        http=HttpClient(dial_rules(config), user_agent(config), ca_bundle=config.ca_bundle),
        minter=minter,
        signing_threads=ThreadPoolExecutor(limits.SIGNING_THREADS, thread_name_prefix="coopfed-sign"),
        memory=Memory(),
        key_fetches=Throttle(rate),
        key_fetch_places=asyncio.Semaphore(limits.KEY_FETCHES_AT_ONCE),
        imaging_places=asyncio.Semaphore(limits.UPLOADS_AT_ONCE),
        copying_places=asyncio.Semaphore(limits.COPIES_AT_ONCE),
        copy_imaging_places=asyncio.Semaphore(limits.COPIES_UNPACKED_AT_ONCE),
        storage=storage,
        meters=meters,
        refusals=Sampled(meters),
        _token=token,
        translator=_translator(config),
        started_at=clock.now(),
    )
    db.signals.on_caches(node.memory.forget)
    db.signals.on_keys(node.memory.keys.clear)
    node.http.gate = node.refuse_blocked
    if await db.read(peers.allows_only_listed) is not config.allowlist:
        await db.write(peers.allow_only_listed, config.allowlist, wakes=(Topic.CACHES,))
    # Every process mints numbers, also one that only answers requests.
    node._keeper = asyncio.create_task(node.keep_worker_number(), name="coopfed-lease")
    return node
