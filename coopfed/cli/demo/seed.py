"""Plays the demo's script: actors, accounts, follows, posts, answers, deletes. What was done before is not done again.

Everything between nodes goes over the network: the script writes into each node beside its live server, as commands do, and the
servers deliver.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson

from actors.local import NewActor, create_actor, load_signer
from actors.lookup import ActorRow, by_uri, local_by_handle
from coopfed.cli.demo.processes import Server
from coopfed.cli.demo.world import DemoActor, DemoPost, World, now
from coopfed.errors import CoopFedError
from coopfed.features.accounts.store import give_role
from coopfed.features.follows import actions as follows
from coopfed.features.follows.store import between
from coopfed.features.posts import actions as posts
from coopfed.features.posts import store
from coopfed.features.posts.rules import Draft
from coopfed.net.peers import set_blocked
from coopfed.node import Node, open_node
from coopfed.oauth.tokens import issue_token
from webfinger.resolve import find_actor

_EMAIL = "demo@localhost.example"
_WAIT_SECONDS = 15.0

Progress = Callable[[str, int, int], None]
"""`(what, done, of)`"""


@dataclass(slots=True)
class Seeded:
    """What the script has done so far: ids of posts and requests, bearer tokens, kept in `seeded.json`."""

    path: Path
    posts: dict[str, str] = field(default_factory=dict)
    deleted: list[str] = field(default_factory=list)
    tokens: dict[str, str] = field(default_factory=dict)
    requests: dict[str, str] = field(default_factory=dict)
    reopened: list[str] = field(default_factory=list)
    written: dict[str, str] = field(default_factory=dict)
    """Posts about requests, by these."""
    agreed: list[str] = field(default_factory=list)

    @classmethod
    def load(cls, folder: Path) -> "Seeded":
        """From the folder of an earlier start, or empty."""
        path = folder / "seeded.json"
        return cls(path, **orjson.loads(path.read_bytes())) if path.exists() else cls(path)

    def save(self) -> None:
        """Keeps it for the next start."""
        names = ("posts", "deleted", "tokens", "requests", "reopened", "written", "agreed")
        document = {name: getattr(self, name) for name in names}
        part = self.path.with_suffix(".part")
        part.write_bytes(orjson.dumps(document, option=orjson.OPT_INDENT_2))
        part.replace(self.path)


class Script:
    """The open nodes, and the script's steps on them."""

    def __init__(self, world: World, seeded: Seeded, nodes: dict[str, Node]) -> None:
        self._world = world
        self._seeded = seeded
        self._nodes = nodes
        self.actors: dict[str, ActorRow] = {}
        self.problems: list[str] = []

    def node_of(self, actor_id: str) -> Node:
        """The node on which an actor lives."""
        return self._nodes[self._world.actors[actor_id].node]

    async def close_inbox(self, node_id: str) -> None:
        """Lets one node refuse everything from the others from now on, to see that the check can fail."""
        closed = self._nodes[node_id]
        for other in self._nodes.values():
            if other is not closed:
                await closed.db.write(set_blocked, other.config.authority, True)

    async def make_actors(self) -> None:
        """The actors, and an account with a token for each."""
        for actor in self._world.actors.values():
            node = self._nodes[actor.node]
            row = await node.db.read(local_by_handle, actor.handle)
            self.actors[actor.id] = row or await _made(node, actor)
            if actor.id not in self._seeded.tokens:
                await give_role(node, _EMAIL, self.actors[actor.id], "admin")
                self._seeded.tokens[actor.id] = await issue_token(
                    node, _EMAIL, self.actors[actor.id], "read write follow"
                )
        self._seeded.save()

    async def verified_actors(self) -> list[dict[str, Any]]:
        """Every actor as the *other* nodes find it by its handle: over WebFinger, confirmed both ways."""
        rows = []
        for actor_id, row in self.actors.items():
            for node_id, node in self._nodes.items():
                if node_id != self._world.actors[actor_id].node:
                    found = await find_actor(node, f"@{row.acct}")
                    agrees = found.uri == row.uri and found.handle_confirmed
                    rows.append(
                        {"handle": f"@{row.acct}", "seen_from": node_id, "type": found.type, "confirmed": agrees}
                    )
        return rows

    async def follow_all(self, progress: Progress) -> int:
        """Asks for all follows and waits until they are granted. How many were."""
        for index, (follower, followed) in enumerate(self._world.follows):
            progress("follows", index, len(self._world.follows))
            node = self.node_of(follower)
            target = await self._seen_from(node, followed)
            await follows.follow(node, self.actors[follower], target)
        return await self._granted(progress)

    async def _seen_from(self, node: Node, actor_id: str) -> ActorRow:
        row = self.actors[actor_id]
        known = await node.db.read(by_uri, row.uri)
        return known or await find_actor(node, f"@{row.acct}")

    async def _granted(self, progress: Progress) -> int:
        total, granted = len(self._world.follows), 0
        for _ in range(int(_WAIT_SECONDS / 0.1)):
            granted = 0
            for follower, followed in self._world.follows:
                node = self.node_of(follower)
                target = await self._seen_from(node, followed)
                row = await node.db.read(between, self.actors[follower].id, target.id)
                granted += row is not None and row.accepted
            progress("follows granted", granted, total)
            if granted == total:
                break
            await asyncio.sleep(0.1)
        return granted

    async def write_posts(self, progress: Progress) -> None:
        """Publishes the posts, the older first, answers after what they answer has arrived."""
        today = now()
        for index, post in enumerate(self._world.posts):
            progress("posts", index, len(self._world.posts))
            if post.id in self._seeded.posts:
                continue
            try:
                row = await self._publish(post, today)
            except (CoopFedError, KeyError) as error:
                self.problems.append(f"{post.id} could not be written: {error}")
                continue
            self._seeded.posts[post.id] = row.uri
            self._seeded.save()
        progress("posts", len(self._world.posts), len(self._world.posts))

    async def _publish(self, post: DemoPost, today: Any) -> store.PostRow:
        draft = Draft(
            post.text,
            language=post.language,
            in_reply_to=self._seeded.posts[post.in_reply_to] if post.in_reply_to else None,
            published=post.published(today),
        )
        return await posts.create_post(self.node_of(post.actor), self.actors[post.actor], draft)

    async def delete_posts(self, arrived: Callable[[str], Any]) -> None:
        """Takes back what is to be deleted, after it arrived everywhere (`arrived(uri)` waits for that)."""
        for post in self._world.posts:
            uri = self._seeded.posts.get(post.id)
            if uri is not None and post.id in self._world.deletes and post.id not in self._seeded.deleted:
                await arrived(uri)
                node = self.node_of(post.actor)
                row = await node.db.read(store.by_uri, uri)
                if row is not None and row.deleted_at is None:
                    await posts.delete_post(node, self.actors[post.actor], row)
                self._seeded.deleted.append(post.id)
                self._seeded.save()


async def _made(node: Node, actor: DemoActor) -> ActorRow:
    return await create_actor(node, NewActor(actor.handle, actor.type.lower(), actor.name, actor.summary))


async def open_nodes(servers: list[Server]) -> dict[str, Node]:
    """Each node, opened beside its live server."""
    nodes = {}
    for server in servers:
        node = await open_node(server.config)
        await load_signer(node)
        nodes[server.node.id] = node
    return nodes
