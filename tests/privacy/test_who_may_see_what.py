"""Canary words: each post has a word of its own, and a crawler with every identity reads every path of the route table.

The word may appear only where the matrix says so (security 1.7). A path that this file cannot fill makes the test fail, so that a
new one is never forgotten.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import product
from typing import Any

import orjson
import pytest

from actors.lookup import ActorRow, actor, by_uri
from coopfed.app import create_quart
from coopfed.db.tx import Tx
from coopfed.doors import ROUTES
from coopfed.features.blocks.actions import block
from coopfed.features.follows import store as follow_rows
from coopfed.features.posts import actions, store
from coopfed.features.posts.rules import Draft
from coopfed.features.posts.store import PostRow
from coopfed.features.reactions import actions as reactions
from coopfed.text.syndication import FORMS
from coopfed.vocab.audience import Visibility
from outbox.publish import activity
from tests.coopfed.api.test_api import a_client
from tests.support.nodes import an_actor, process_arrivals
from tests.support.peers import Answer, RemoteActor
from tests.support.scene import Scene

EVERYBODY = {"anonymous", "stranger", "follower", "mentioned", "owner"}
MAY_READ = {
    "public": EVERYBODY,
    "unlisted": EVERYBODY,
    "followers": {"follower", "mentioned", "owner"},
    "direct": {"mentioned", "owner"},
    "quoted": {"mentioned", "owner"},
    "deleted": set(),
    "theirs": {"follower"},
}
"""For each canary who may read it. `theirs` is a followers-only post of a remote author whom the local follower follows."""
WORD = re.compile(rb"canary-([a-z]+)")
NUMBER = "id"


@dataclass(frozen=True)
class Identity:
    """Who reads: in which role, by signature or by token; neither for a stranger without either."""

    role: str
    signer: RemoteActor | None = None
    token: str | None = None


@dataclass(frozen=True)
class World:
    """What there is to read, and who reads it."""

    posts: dict[str, PostRow]
    activities: list[int]
    boosts: list[int]
    identities: list[Identity]
    quote: int = 0


async def a_world(scene: Scene) -> World:
    """The member with a post on each level, each edited, and everybody who reads."""
    node = scene.node
    remote = {role: scene.peer.actor(role) for role in ("stranger", "blocked", "follower", "mentioned")}
    local = {role: await an_actor(node, f"local_{role}") for role in ("stranger", "blocked", "follower", "mentioned")}
    for one in remote.values():
        await scene.arrives(one.says("Like", "https://x.example/1"), one)
    for role in ("follower", "blocked"):
        row = await node.db.read(by_uri, remote[role].uri)
        assert row is not None
        for follower in (row, local[role]):
            await node.db.write(_follows, follower.id, scene.member.id)
    posts = {level.value: await _said(scene, level.value, level) for level in Visibility}
    posts["deleted"] = await _said(scene, "deleted", Visibility.PUBLIC)
    await actions.delete_post(node, scene.member, posts["deleted"])
    for level in Visibility:
        draft = Draft(f"{_mentions(scene)} canary-{level.value} edited", visibility=level)
        posts[level.value] = await actions.edit_post(node, scene.member, posts[level.value], draft)
    posts["theirs"] = await _theirs(scene, local["follower"])
    row = await node.db.read(by_uri, remote["blocked"].uri)
    assert row is not None
    for unwanted in (row, local["blocked"]):
        await block(node, scene.member, unwanted)
    draft = Draft("canary-quoted", visibility=Visibility.DIRECT, quote=posts["followers"].uri)
    # Who may see a quote of what is for followers sees what it quotes only as a follower.
    quote = await actions.create_post(node, scene.member, replace(draft, text=f"{_mentions(scene)} {draft.text}"))
    posts["quoted"] = quote
    boosts = [
        (await reactions.boost(node, local["mentioned"], posts["public"].id)).id,
        (await reactions.boost(node, scene.member, posts["followers"].id)).id,
    ]
    await process_arrivals(node)
    tokens = {role: (await a_client(scene, actor)).token for role, actor in local.items()}
    identities = [
        Identity("anonymous"),
        Identity("owner", token=(await a_client(scene)).token),
        *(Identity(role, signer=actor) for role, actor in remote.items()),
        *(Identity(role, token=token) for role, token in tokens.items()),
    ]
    return World(posts, await node.db.read(_activities), boosts, identities, quote.id)


def _mentions(scene: Scene) -> str:
    return f"@mentioned@{scene.peer.host} @local_mentioned@{scene.node.config.handle_domain}"


async def _said(scene: Scene, word: str, level: Visibility) -> PostRow:
    draft = Draft(f"{_mentions(scene)} canary-{word} #harvest", visibility=level)
    return await actions.create_post(scene.node, scene.member, draft)


async def _theirs(scene: Scene, follower: ActorRow) -> PostRow:
    bob = scene.peer.actor("bob")
    await scene.arrives(bob.says("Like", "https://x.example/1"), bob)
    author = await scene.node.db.read(by_uri, bob.uri)
    assert author is not None
    await scene.node.db.write(_follows, follower.id, author.id)
    note = bob.note("<p>canary-theirs</p>", to=[bob.followers], cc=[])
    assert await scene.arrives(bob.create(note), bob) == ["accepted"]
    post = await scene.node.db.read(store.by_uri, note["id"])
    assert post is not None
    return post


def _follows(tx: Tx, follower: int, followed: int) -> None:
    row = {
        "id": follower % 2**31 * 2**31 + followed % 2**31,
        "follower_id": follower,
        "followed_id": followed,
        "created_at": 1,
    }
    tx.execute(follow_rows.follow.insert(), {**row, "state": "accepted"})
    for number, count in ((followed, "followers_count"), (follower, "following_count")):
        tx.execute(actor.update().where(actor.c.id == number).values({count: actor.c[count] + 1}))


def _activities(tx: Tx) -> list[int]:
    return list(tx.execute(activity.select().with_only_columns(activity.c.id)).scalars())


def paths(scene: Scene, world: World) -> Iterator[tuple[str, str]]:
    """Every path of the route table that is read, filled with everything there is: the method and the address."""
    quart = create_quart(scene.node)
    patterns = [(route.method, route.path) for route in ROUTES]
    patterns += [(method, rule.rule) for rule in quart.url_map.iter_rules() for method in rule.methods or ()]
    for method, pattern in patterns:
        if method == "GET" or pattern.startswith("/api/v1/statuses/<id>"):
            for path in filled(pattern, scene, world):
                yield method, path


def filled(pattern: str, scene: Scene, world: World) -> Iterator[str]:
    """The pattern with each of the things that its parts may name."""
    parts = re.findall(r"<([^>]+)>", pattern)
    choices = [list(values(part, pattern, scene, world)) for part in parts]
    for chosen in product(*choices):
        path = pattern
        for part, value in zip(parts, chosen, strict=True):
            path = path.replace(f"<{part}>", value, 1)
        queries = ["", "?page=true", "?page=others"] if pattern.startswith("/ap/") else [""]
        if path in EXTRA:
            queries = EXTRA[path]
        if path == "/api/v1/statuses":
            queries = ["?" + "&".join(f"id[]={number}" for number in values(NUMBER, pattern, scene, world))]
        yield from (path + query for query in queries)


EXTRA = {
    "/.well-known/webfinger": ["?resource=acct:member@localhost"],
    "/api/v1/accounts/lookup": ["?acct=member"],
}


def values(part: str, pattern: str, scene: Scene, world: World) -> Iterator[str]:
    """What a part of a path may be. An unknown part fails the test: its path would not be read."""
    _name, _, choices = part.partition(":")
    if choices:
        yield from choices.split("|")
    elif part == "handle":
        yield "member"
    elif part == "tag":
        yield "harvest"
    elif part == "name" and pattern.startswith("/static/"):
        yield "style.css"
    elif part in ("name", "hashtag"):
        yield "harvest"
    elif part in ("secret", "role", "file", "key", "group_key", "shape", "seal", "path", "date", "code"):
        # Nobody has a link, a code, a role, a file or a sealed address here: these doors are shut whatever stands there.
        yield "made-up"
    elif part == "form":
        yield from FORMS
    elif part == "quoting":
        yield str(world.quote)
    elif part == NUMBER and "activities" in pattern:
        yield from map(str, world.activities)
    elif part == NUMBER and re.search(r"accounts|actors|follow_requests|tags", pattern):
        yield str(scene.member.id)
    elif part == NUMBER:
        yield from (str(post.id) for post in world.posts.values())
        if "statuses" in pattern:
            yield from map(str, world.boosts)
    else:
        pytest.fail(f"{pattern} has a part <{part}> that this test does not know: say what it may be")


async def ask(scene: Scene, method: str, path: str, who: Identity) -> Answer:
    """The answer that this reader gets."""
    url = f"{scene.node.urls.base}{path}"
    if method == "GET" and who.signer is not None:
        return await scene.peer.get(scene.node, url, who.signer)
    headers = {"Authorization": f"Bearer {who.token}"} if who.token else {}
    body = orjson.dumps({}) if method in ("POST", "PUT") else b""
    if body:
        headers["Content-Type"] = "application/json"
    return await scene.peer.send(method, url, headers, body)


def allowed(word: str, path: str, who: Identity) -> bool:
    """Whether the canary may appear there. The protocol knows people by signature, apps by token, pages and feeds nobody: who is
    not known is anonymous."""
    known = who.signer if path.startswith("/ap/") else who.token if path.startswith("/api/") else None
    role = who.role if known is not None else "anonymous"
    if word == "theirs":
        return role in MAY_READ[word] and who.token is not None
    return role in MAY_READ[word]


@pytest.mark.slow
async def test_canary_is_found_only_where_it_may_be(scene: Scene) -> None:
    """security 1.7: one definition of visibility on every read path, for every reader."""
    world = await a_world(scene)
    seen: set[tuple[str, str]] = set()
    leaks: list[Any] = []
    for method, path in paths(scene, world):
        for who in world.identities:
            if method != "GET" and (who.role in ("owner", "mentioned", "follower") or who.token is None):
                continue
            answer = await ask(scene, method, path, who)
            assert answer.status < 500, (method, path, who.role, answer.body)
            for found in set(WORD.findall(answer.body)):
                word = found.decode()
                seen.add((word, who.role))
                if not allowed(word, path, who):
                    leaks.append((method, path, who.role, "token" if who.token else "signature", word))

    assert leaks == []
    for word in ("public", "unlisted", "followers", "direct"):
        assert {role for role in MAY_READ[word] if (word, role) not in seen} == set(), word
    assert ("theirs", "follower") in seen
