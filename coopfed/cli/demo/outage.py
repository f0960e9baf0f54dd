"""`coopfed demo --break`: a node dies in the middle of a delivery, the others go on, it comes back and nothing is missing."""

import asyncio
import time
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

import orjson

from coopfed.cli.demo.check import Checker
from coopfed.cli.demo.processes import Server, kill, revive
from coopfed.cli.demo.seed import Seeded
from coopfed.cli.demo.world import DemoActor, World
from coopfed.errors import ConfigError
from coopfed.net.client import HttpClient

_LIVING_SECONDS = 5.0
_RETURN_SECONDS = 60.0


@dataclass(slots=True)
class Outage:
    """What was seen: who died, how soon the others read each other meanwhile, how soon it served again and all was there.

    Times in seconds; `problems` name what did not arrive.
    """

    dead: str
    others_served_within: float = 0.0
    serving_again_after: float = 0.0
    all_there_after: float = 0.0
    posts: int = 0
    problems: list[str] = field(default_factory=list)

    def figures(self) -> dict[str, Any]:
        """The figures by name."""
        return {
            "killed": self.dead,
            "posts_meanwhile": self.posts,
            "others_served_within_seconds": round(self.others_served_within, 2),
            "serving_again_after_seconds": round(self.serving_again_after, 2),
            "everything_there_after_seconds": round(self.all_there_after, 2),
            "problems": self.problems,
        }


async def break_one(world: World, seeded: Seeded, servers: list[Server], checker: Checker, http: HttpClient) -> Outage:
    """Kills the node that is followed most from elsewhere right after one of its actors posted, lets the others post, starts it
    again, and waits until every post is in the timeline of every follower, wherever they live."""
    speakers = {server.node.id: _speaker(world, server.node.id) for server in servers}
    victim = max(servers, key=lambda server: len(_elsewhere(world, speakers[server.node.id])))
    outage = Outage(victim.node.name)
    last_words = await _post(http, victim, seeded, speakers[victim.node.id], "…")
    await kill(victim)
    posts = [(speakers[victim.node.id], last_words)]
    for server in servers:
        if server is not victim:
            posts.append(
                (
                    speakers[server.node.id],
                    await _post(http, server, seeded, speakers[server.node.id], victim.node.name),
                )
            )
    outage.posts = len(posts)
    began = time.monotonic()
    for author, uri in posts[1:]:
        living = [reader for reader in _followers(world, author) if world.actors[reader].node != victim.node.id]
        await _reached(checker, outage, uri, living, _LIVING_SECONDS)
    outage.others_served_within = time.monotonic() - began
    outage.serving_again_after = await revive(victim, http)
    began = time.monotonic()
    for author, uri in posts:
        await _reached(checker, outage, uri, _followers(world, author), _RETURN_SECONDS)
    outage.all_there_after = time.monotonic() - began
    return outage


def _speaker(world: World, node_id: str) -> DemoActor:
    """The actor of the node with most followers on other nodes."""
    own = [actor for actor in world.actors.values() if actor.node == node_id]
    return max(own, key=lambda actor: len(_elsewhere(world, actor)))


def _followers(world: World, actor: DemoActor) -> list[str]:
    return [follower for follower, followed in world.follows if followed == actor.id]


def _elsewhere(world: World, actor: DemoActor) -> list[str]:
    return [follower for follower in _followers(world, actor) if world.actors[follower].node != actor.node]


async def _post(http: HttpClient, server: Server, seeded: Seeded, actor: DemoActor, about: str) -> str:
    headers = {
        "Authorization": f"Bearer {seeded.tokens[actor.id]}",
        "Content-Type": "application/x-www-form-urlencoded",
    }
    body = urlencode({"status": f"{actor.name}: {about} {time.time():.0f}"}).encode()
    answer = await http.request("POST", f"{server.base}/api/v1/statuses", headers, body)
    if answer.status != 200:
        raise ConfigError(
            f"{server.base} did not take a post ({answer.status}); see node.log in {server.config.data_dir}"
        )
    uri: str = orjson.loads(answer.body)["uri"]
    return uri


async def _reached(checker: Checker, outage: Outage, uri: str, readers: list[str], seconds: float) -> None:
    """Waits until the post is in all these timelines; after so many seconds whoever does not have it is a problem."""
    deadline = asyncio.get_running_loop().time() + seconds
    missing = readers
    while missing:
        missing = [reader for reader in missing if uri not in await checker.timeline(reader)]
        if missing and asyncio.get_running_loop().time() > deadline:
            outage.problems.append(f"{uri} did not reach {', '.join(missing)}")
            return
        await asyncio.sleep(0.1 if missing else 0)
