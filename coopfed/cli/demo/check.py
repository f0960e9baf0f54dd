"""What reached whom, read as a follower's app would: over HTTP from the follower's own node, compared with the origin."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import orjson

from actors.lookup import ActorRow
from coopfed.cli.demo.processes import Server
from coopfed.cli.demo.seed import Seeded
from coopfed.cli.demo.world import World
from coopfed.errors import CoopFedError
from coopfed.net.client import HttpClient
from coopfed.vocab.terms import ACTIVITY_JSON

_PAGE = 40


@dataclass(frozen=True, slots=True)
class Expected:
    """A post that belongs in a reader's home timeline. `uri` is its id, `crosses` whether it comes from another node."""

    post_id: str
    uri: str
    reader: str
    crosses: bool
    answers: bool


@dataclass(slots=True)
class Report:
    """What was found. `problems` name what is missing, different or not gone."""

    expected: int = 0
    found: int = 0
    crossing: int = 0
    crossing_found: int = 0
    answers_linked: int = 0
    deleted_gone: int = 0
    memberships_confirmed: int = 0
    requests_agreeing: int = 0
    agreements_verified: int = 0
    matrix: dict[tuple[str, str], list[int]] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)

    @property
    def complete(self) -> bool:
        """Whether everything is where it belongs and nothing else."""
        return not self.problems


def expectations(world: World, seeded: Seeded) -> list[Expected]:
    """Every (post, reader) that belongs together, deleted posts left out."""
    return [
        Expected(
            post.id,
            seeded.posts[post.id],
            reader,
            world.actors[reader].node != world.actors[post.actor].node,
            post.in_reply_to is not None,
        )
        for post in world.posts
        if post.id not in world.deletes and post.id in seeded.posts
        for reader in world.readers(post)
    ]


class Checker:
    """Reads timelines and objects over HTTP; `also` adds what else is looked at."""

    also: Callable[[Report], Awaitable[None]] | None = None

    def __init__(
        self, world: World, seeded: Seeded, servers: list[Server], actors: dict[str, ActorRow], http: HttpClient
    ) -> None:
        self._world = world
        self._seeded = seeded
        self._bases = {server.node.id: server.base for server in servers}
        self._actors = actors
        self._http = http

    async def timeline(self, reader: str) -> dict[str, dict[str, Any]]:
        """The whole home timeline of a reader from its own node, by the posts' ids."""
        found: dict[str, dict[str, Any]] = {}
        base = self._bases[self._world.actors[reader].node]
        headers = {"Authorization": f"Bearer {self._seeded.tokens[reader]}"}
        url = f"{base}/api/v1/timelines/home?limit={_PAGE}"
        while True:
            answer = await self._http.request("GET", url, headers)
            page = orjson.loads(answer.body) if answer.status == 200 else []
            found.update({status["uri"]: status for status in page})
            if len(page) < _PAGE:
                return found
            url = f"{base}/api/v1/timelines/home?limit={_PAGE}&max_id={page[-1]['id']}"

    async def has_arrived(self, uri: str, readers: list[str], seconds: float) -> None:
        """Waits until a post is in the timelines of all these readers, or so long."""
        for _ in range(max(1, int(seconds / 0.2))):
            timelines = [await self.timeline(reader) for reader in readers]
            if all(uri in timeline for timeline in timelines):
                return
            await asyncio.sleep(0.2)

    async def report(self) -> Report:
        """One look at everything."""
        report = Report()
        timelines = {reader: await self.timeline(reader) for reader in self._world.actors}
        contents: dict[str, str | None] = {}
        for wanted in expectations(self._world, self._seeded):
            self._compare(
                report, wanted, timelines[wanted.reader].get(wanted.uri), await self._origin(contents, wanted.uri)
            )
        await self._deleted(report, timelines)
        if self.also is not None:
            await self.also(report)
        return report

    def _compare(self, report: Report, wanted: Expected, shown: dict[str, Any] | None, origin: str | None) -> None:
        sender = next(post.actor for post in self._world.posts if post.id == wanted.post_id)
        cell = report.matrix.setdefault(
            (self._world.actors[sender].node, self._world.actors[wanted.reader].node), [0, 0]
        )
        report.expected += 1
        report.crossing += wanted.crosses
        cell[1] += 1
        if shown is None:
            report.problems.append(f"{wanted.post_id} is not in the timeline of {wanted.reader}")
        elif shown["content"] != origin:
            report.problems.append(f"{wanted.post_id} reads differently at {wanted.reader}")
        elif wanted.answers and shown["in_reply_to_id"] is None:
            report.problems.append(f"{wanted.post_id} is not linked to what it answers at {wanted.reader}")
        else:
            report.found += 1
            report.crossing_found += wanted.crosses
            report.answers_linked += wanted.answers
            cell[0] += 1

    async def _origin(self, contents: dict[str, str | None], uri: str) -> str | None:
        if uri not in contents:
            answer = await self._http.request("GET", uri, {"Accept": ACTIVITY_JSON})
            contents[uri] = orjson.loads(answer.body)["content"] if answer.status == 200 else None
        return contents[uri]

    async def _deleted(self, report: Report, timelines: dict[str, dict[str, dict[str, Any]]]) -> None:
        for post_id in sorted(self._world.deletes & set(self._seeded.posts)):
            uri = self._seeded.posts[post_id]
            answer = await self._http.request("GET", uri, {"Accept": ACTIVITY_JSON})
            still = [reader for reader, timeline in timelines.items() if uri in timeline]
            if answer.status != 410:
                report.problems.append(f"the deleted {post_id} answers {answer.status} at its origin, not 410")
            elif still:
                report.problems.append(f"the deleted {post_id} is still in the timelines of {', '.join(still)}")
            else:
                report.deleted_gone += 1


async def settled(checker: Checker, seconds: float) -> Report:
    """The report when everything has arrived, or the last one after so many seconds."""
    deadline = asyncio.get_running_loop().time() + seconds
    while True:
        try:
            report = await checker.report()
        except (CoopFedError, orjson.JSONDecodeError) as error:
            report = Report(problems=[f"a node could not be read: {error}"])
        if report.complete or asyncio.get_running_loop().time() > deadline:
            return report
        await asyncio.sleep(0.5)
