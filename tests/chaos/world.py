"""The nodes, who lives there, and what they do; and what must be true of them in the end."""

import asyncio
import contextlib
import random
import shutil
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
from sqlalchemy import text

from actors.lookup import ActorRow
from coopfed.db.signals import Topic
from coopfed.db.tx import Tx
from coopfed.errors import CoopFedError
from coopfed.features.follows import actions as follows
from coopfed.features.polls import actions as polls
from coopfed.features.posts import store
from coopfed.features.posts.actions import create_post, delete_post, edit_post
from coopfed.features.posts.rules import Draft, PollDraft
from coopfed.features.posts.store import PostRow
from coopfed.features.reactions import actions as reactions
from coopfed.node import Node
from coopfed.vocab.audience import Visibility
from outbox.history import Which, retry
from tests.chaos.weather import Weather
from tests.support.nodes import ServerProcess, a_folder, an_actor, free_port, opened
from webfinger.resolve import find_actor

NODES = 10
FOLLOWED = (1, 2, 3)
"""Everybody follows these many further on in the round."""
SCALE = 120.0
CALM_SECONDS = 150.0
SOON_SECONDS = 60.0
_WAITING = {
    name: text(f"SELECT count(*) FROM {name} WHERE {condition}")
    for name, condition in (
        ("inbox_item", "state = 0"),
        ("delivery", "state = 0"),
        ("outgoing", "1 = 1"),
        # What comes round by itself and the ends of polls are not waited for.
        ("job", "due_at < :soon AND kind NOT IN ('look_back', 'compute_trends', 'recheck_memberships')"),
    )
}
_LEFT = (
    text(
        "SELECT type, inbox, attempts, delivery.last_error, delivery.due_at, peer.due_at AS lane_due_at, open_until, slow, peer.lease_until"
        " FROM delivery JOIN activity ON activity.id = activity_id JOIN peer ON peer.id = peer_id WHERE state = 0"
    ),
    text('SELECT kind, "key", attempts, due_at, error FROM job WHERE due_at < :soon'),
)
_POSTS = text(
    "SELECT uri, content, type, visibility, updated_at, deleted_at, likes_count, shares_count, local FROM object"
)
_FOLLOWS = text(
    "SELECT a.uri AS follower, b.uri AS followed, state FROM follow"
    " JOIN actor a ON a.id = follower_id JOIN actor b ON b.id = followed_id"
)
_VOTES = text(
    "SELECT object.uri, position, votes_count AS votes FROM poll_option JOIN object ON object.id = poll_option.object_id"
    " WHERE object.deleted_at IS NULL"
)


@dataclass
class Resident:
    """A node as a process, the same opened beside it, and the actor who lives there."""

    server: ServerProcess
    public: int
    node: Node
    actor: ActorRow
    posts: list[PostRow] = field(default_factory=list)

    @property
    def handle(self) -> str:
        """As others write it."""
        return f"@{self.actor.handle}@{self.node.config.authority}"


@dataclass
class World:
    """Ten residents, the weather, and what was done: who likes, boosted, voted and follows what in the end."""

    residents: list[Resident]
    weather: Weather
    chance: random.Random
    done: Counter[str] = field(default_factory=Counter)
    likes: set[tuple[str, str]] = field(default_factory=set)
    boosts: set[tuple[str, str]] = field(default_factory=set)
    votes: dict[tuple[str, str], int] = field(default_factory=dict)
    extra: dict[tuple[int, int], bool] = field(default_factory=dict)

    async def act(self) -> None:
        """One thing that somebody does; nothing when it cannot be done now (the post is not there yet, or no more)."""
        who = self.chance.choice(self.residents)
        kind, what = self.chance.choices(list(_ACTS), weights=_WEIGHTS)[0]
        try:
            if await what(self, who):
                self.done[kind] += 1
        except CoopFedError:
            self.done["not possible"] += 1

    async def known(self, who: Resident) -> tuple[PostRow, Resident] | None:
        """A post of somebody else that is known at a resident's node, with its author."""
        authors = [other for other in self.residents if other is not who and other.posts]
        if not authors:
            return None
        author = self.chance.choice(authors)
        post = await who.node.db.read(store.by_uri, self.chance.choice(author.posts).uri)
        return None if post is None or post.deleted_at is not None else (post, author)


async def _post(world: World, who: Resident) -> bool:
    number = sum(world.done.values())
    wide = world.chance.choice([Visibility.PUBLIC, Visibility.PUBLIC, Visibility.UNLISTED, Visibility.FOLLOWERS])
    who.posts.append(await create_post(who.node, who.actor, Draft(f"Word number {number}", wide)))
    return True


async def _poll(_world: World, who: Resident) -> bool:
    draft = Draft("Which day?", poll=PollDraft(("Monday", "Friday"), expires_in=30 * 24 * 3600))
    who.posts.append(await create_post(who.node, who.actor, draft))
    return True


async def _vote(world: World, who: Resident) -> bool:
    polls_known = [
        post for other in world.residents if other is not who for post in other.posts if post.type == "Question"
    ]
    if not polls_known:
        return False
    post = await who.node.db.read(store.by_uri, world.chance.choice(polls_known).uri)
    if post is None:
        return False
    choice = world.chance.randrange(2)
    await polls.vote(who.node, who.actor, post.id, [choice])
    world.votes[who.actor.uri, post.uri] = choice
    return True


async def _edit(world: World, who: Resident) -> bool:
    own = [post for post in who.posts if post.type == "Note"]
    if not own:
        return False
    await edit_post(who.node, who.actor, world.chance.choice(own), Draft(f"Better word {sum(world.done.values())}"))
    return True


async def _delete(world: World, who: Resident) -> bool:
    if len(who.posts) < 4:
        return False
    post = who.posts.pop(world.chance.randrange(len(who.posts)))
    await delete_post(who.node, who.actor, post)
    return True


async def _answer(world: World, who: Resident) -> bool:
    found = await world.known(who)
    if found is None or found[0].visibility not in ("public", "unlisted"):
        return False
    draft = Draft(f"{found[1].handle} I say {sum(world.done.values())}", in_reply_to=found[0].uri)
    who.posts.append(await create_post(who.node, who.actor, draft))
    return True


async def _like(world: World, who: Resident) -> bool:
    found = await world.known(who)
    if found is None:
        return False
    await reactions.like(who.node, who.actor, found[0].id)
    world.likes.add((who.actor.uri, found[0].uri))
    return True


async def _unlike(world: World, who: Resident) -> bool:
    return await _take_back(world, who, world.likes, reactions.unlike)


async def _boost(world: World, who: Resident) -> bool:
    found = await world.known(who)
    if found is None:
        return False
    await reactions.boost(who.node, who.actor, found[0].id)
    world.boosts.add((who.actor.uri, found[0].uri))
    return True


async def _unboost(world: World, who: Resident) -> bool:
    return await _take_back(world, who, world.boosts, reactions.unboost)


async def _take_back(
    world: World,
    who: Resident,
    done: set[tuple[str, str]],
    undo: Callable[[Node, ActorRow, int], Awaitable[None]],
) -> bool:
    own = sorted(pair for pair in done if pair[0] == who.actor.uri)
    if not own:
        return False
    pair = world.chance.choice(own)
    post = await who.node.db.read(store.by_uri, pair[1])
    if post is None:
        return False
    await undo(who.node, who.actor, post.id)
    done.discard(pair)
    return True


async def _turn(world: World, who: Resident) -> bool:
    """Follows somebody outside its round, or follows them no more."""
    here = world.residents.index(who)
    there = (here + world.chance.choice([4, 5])) % NODES
    other = await find_actor(who.node, world.residents[there].handle)
    if world.extra.get((here, there)):
        await follows.unfollow(who.node, who.actor, other)
    else:
        await follows.follow(who.node, who.actor, other)
    world.extra[here, there] = not world.extra.get((here, there), False)
    return True


Act = Callable[[World, Resident], Awaitable[bool]]
_SHARES: tuple[tuple[str, Act, int], ...] = (
    ("post", _post, 30),
    ("answer", _answer, 10),
    ("edit", _edit, 14),
    ("delete", _delete, 7),
    ("like", _like, 14),
    ("unlike", _unlike, 5),
    ("boost", _boost, 7),
    ("unboost", _unboost, 3),
    ("poll", _poll, 2),
    ("vote", _vote, 6),
    ("follow or not", _turn, 4),
)
_ACTS = [(name, act) for name, act, _share in _SHARES]
_WEIGHTS = [share for _name, _act, share in _SHARES]


@contextlib.asynccontextmanager
async def a_world(template: Path, folder: Path, seed: int) -> AsyncIterator[World]:
    """The nodes running behind the weather, everybody following the next ones in the round."""
    chance = random.Random(seed)
    async with contextlib.AsyncExitStack() as stack:
        weather = Weather(random.Random(seed + 1), calm=True)
        weather.session = await stack.enter_async_context(
            aiohttp.ClientSession(auto_decompress=True, cookie_jar=aiohttp.DummyCookieJar())
        )
        residents = []
        for number in range(NODES):
            residents.append(await _settle(stack, template, folder / f"node{number}", weather, number))
        for one, other in zip(residents[::2], residents[1::2], strict=True):
            await asyncio.gather(one.server.start(), other.server.start())
        world = World(residents, weather, chance)
        for here, resident in enumerate(residents):
            for step in FOLLOWED:
                followed = await find_actor(resident.node, residents[(here + step) % NODES].handle)
                await follows.follow(resident.node, resident.actor, followed)
        await settled(world)
        yield world


async def _settle(
    stack: contextlib.AsyncExitStack, template: Path, folder: Path, weather: Weather, number: int
) -> Resident:
    folder.mkdir()
    shutil.copyfile(template, folder / "coopfed.sqlite3")
    public = free_port()
    server = a_folder(
        str(folder / "coopfed.sqlite3"), public_url=f"http://localhost:{public}", time_scale=SCALE, log_level="warning"
    )
    await stack.enter_async_context(weather.before(public, server.port))
    node = await stack.enter_async_context(opened(server))
    stack.push_async_callback(_end, server)
    return Resident(server, public, node, await an_actor(node, f"coop{number}"))


async def _end(server: ServerProcess) -> None:
    if server.running:
        await server.kill()


async def settled(world: World) -> None:
    """Returns when nothing waits at any node.

    Whom the weather met seven times waits for four minutes, eight hours of the nodes' time: after one their operators send again what
    waits, as with `coopfed delivery retry`.
    """
    began, sent_again = time.monotonic(), False
    while True:
        waiting = [await resident.node.db.read_long(_waiting) for resident in world.residents]
        if not any(sum(found.values()) for found in waiting):
            return
        if time.monotonic() - began > CALM_SECONDS / 3 and not sent_again:
            sent_again = True
            for resident in world.residents:
                await resident.node.db.write(retry, Which(), resident.node.clock.now(), wakes=(Topic.DELIVERIES,))
        if time.monotonic() - began > CALM_SECONDS:
            left = [row for resident in world.residents for row in await resident.node.db.read_long(_left)]
            raise AssertionError(f"still waiting at {time.time()}: {left}")
        await asyncio.sleep(0.2)


def _waiting(tx: Tx) -> dict[str, int]:
    return {name: int(tx.execute(statement, _soon()).scalar_one()) for name, statement in _WAITING.items()}


def _soon() -> dict[str, int]:
    return {"soon": int((time.time() + SOON_SECONDS) * 1000)}


def _left(tx: Tx) -> list[dict[str, Any]]:
    return [dict(row) for statement in _LEFT for row in tx.execute(statement, _soon()).mappings()]


async def differences(world: World) -> list[str]:
    """What is not equal: copies and their originals, follows at both ends, likes, boosts and votes against what was done."""
    held = [await resident.node.db.read_long(_held) for resident in world.residents]
    return [*_of_posts(world, held), *_of_follows(world, held), *_of_counts(world, held)]


def _held(tx: Tx) -> dict[str, Any]:
    return {
        "posts": {row["uri"]: dict(row) for row in tx.execute(_POSTS).mappings()},
        "follows": {(row.follower, row.followed): row.state for row in tx.execute(_FOLLOWS)},
        "votes": {(row.uri, row.position): row.votes for row in tx.execute(_VOTES)},
    }


def _of_posts(world: World, held: list[dict[str, Any]]) -> list[str]:
    """Against what their followers hold. Who fetched a post by a boost, or followed for a while, is not told of every edit: no
    server is."""
    wrong = []
    for number, resident in enumerate(world.residents):
        followers = [(number - step) % NODES for step in FOLLOWED]
        posts = [row for row in held[number]["posts"].values() if row["local"]]
        answers = {post.uri for post in resident.posts if post.in_reply_to is not None}
        for original in posts:
            for there in followers:
                copy = held[there]["posts"].get(original["uri"])
                if copy is None and original["deleted_at"] is None and original["uri"] not in answers:
                    wrong.append(f"node {there} lacks {original['uri']}")
                elif copy is not None and not _same(original, copy):
                    wrong.append(f"node {there} holds another {original['uri']}: {copy} instead of {original}")
    return wrong


def _same(original: dict[str, Any], copy: dict[str, Any]) -> bool:
    if original["deleted_at"] is not None:
        return copy["deleted_at"] is not None
    return copy["deleted_at"] is None and (original["content"], original["type"]) == (copy["content"], copy["type"])


def _of_follows(world: World, held: list[dict[str, Any]]) -> list[str]:
    wrong = []
    names = [resident.actor.uri for resident in world.residents]
    wanted = {(here, (here + step) % NODES) for here in range(NODES) for step in FOLLOWED}
    wanted |= {pair for pair, follows_now in world.extra.items() if follows_now}
    for here in range(NODES):
        for there in range(NODES):
            states = [held[end]["follows"].get((names[here], names[there])) for end in (here, there)]
            expected = "accepted" if (here, there) in wanted else None
            if states != [expected, expected]:
                wrong.append(f"{here} follows {there}: {states} instead of {expected}")
    return wrong


def _of_counts(world: World, held: list[dict[str, Any]]) -> list[str]:
    wrong = []
    alive = {
        uri: row for found in held for uri, row in found["posts"].items() if row["local"] and not row["deleted_at"]
    }
    likes, boosts = (Counter(uri for _who, uri in done) for done in (world.likes, world.boosts))
    votes = Counter((uri, choice) for (_who, uri), choice in world.votes.items())
    for uri, row in alive.items():
        if (row["likes_count"], row["shares_count"]) != (likes[uri], boosts[uri]):
            wrong.append(
                f"{uri}: {row['likes_count']} likes, {row['shares_count']} boosts; {likes[uri]}, {boosts[uri]} done"
            )
    for number, found in enumerate(held):
        for (uri, position), count in found["votes"].items():
            if uri in alive and _is_told(held, number, uri) and count != votes[uri, position]:
                wrong.append(
                    f"node {number}: {uri} option {position} has {count} votes; {votes[uri, position]} were cast"
                )
    return wrong


def _is_told(held: list[dict[str, Any]], number: int, uri: str) -> bool:
    """Whether the node is the post's own, or follows its author in the round."""
    author = next(there for there, found in enumerate(held) if found["posts"].get(uri, {}).get("local"))
    return (author - number) % NODES in (0, *FOLLOWED)
