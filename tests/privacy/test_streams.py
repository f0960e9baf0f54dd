"""Canary words on streams: each reader listens to everything there is, and hears only what they may read."""

import json
from contextlib import AsyncExitStack

import aiohttp

from coopfed.features.blocks.actions import block
from coopfed.features.posts import actions
from coopfed.features.posts.rules import Draft
from coopfed.vocab.audience import Visibility
from tests.coopfed.api.test_api import Client, a_client
from tests.privacy.test_who_may_see_what import MAY_READ, WORD
from tests.support.nodes import an_actor, process_arrivals
from tests.support.scene import Scene

STREAMS = ("user", "user:notification", "public", "public:local", "direct", "hashtag", "list")
LAST = "canary-last"


async def test_each_reader_hears_what_they_may_read(scene: Scene) -> None:
    """security 1.7: posts, edits, boosts and notifications of every level, for every reader, on every stream."""
    node = scene.node
    roles = {role: await an_actor(node, role) for role in ("stranger", "blocked", "follower", "mentioned")}
    clients = {role: await a_client(scene, actor) for role, actor in roles.items()} | {"owner": await a_client(scene)}
    for role in ("follower", "blocked"):
        assert (await clients[role].post(f"/accounts/{scene.member.id}/follow")).status == 200
    lists = {role: await _a_list(clients[role], scene.member.id, role == "follower") for role in clients}
    await process_arrivals(node)
    await block(node, scene.member, roles["blocked"])
    heard: dict[str, str] = {}
    async with AsyncExitStack() as stack:
        sockets = {}
        for role, client in clients.items():
            session = await stack.enter_async_context(aiohttp.ClientSession())
            url = f"{node.urls.base}/api/v1/streaming?access_token={client.token}"
            socket = sockets[role] = await stack.enter_async_context(session.ws_connect(url))
            for stream in STREAMS:
                wish = {"type": "subscribe", "stream": stream, "tag": "harvest", "list": lists[role]}
                await socket.send_str(json.dumps(wish))
            await socket.send_str("{}")
            assert "error" in json.loads((await socket.receive(10)).data)
        for level in Visibility:
            draft = Draft(f"@mentioned canary-{level.value} #harvest", visibility=level)
            post = await actions.create_post(node, scene.member, draft)
            draft = Draft(f"@mentioned canary-{level.value} again #harvest", visibility=level)
            await actions.edit_post(node, scene.member, post, draft)
            if level is Visibility.PUBLIC:
                assert (await clients["mentioned"].post(f"/statuses/{post.id}/reblog")).status == 200
            await process_arrivals(node)
        for role, actor in {**roles, "owner": scene.member}.items():
            await actions.create_post(node, actor, Draft(f"{LAST} of {role}"))
        for role, socket in sockets.items():
            heard[role] = ""
            while f"{LAST} of {role}" not in heard[role]:
                heard[role] += (await socket.receive(10)).data

    for role, told in heard.items():
        words = {word.decode() for word in WORD.findall(told.encode())} - {"last"}
        # Whoever follows nobody hears of what is not public only where they are named.
        reached = {"public"} if role == "stranger" else {word for word in MAY_READ if role in MAY_READ[word]}
        assert words == reached & {level.value for level in Visibility}, role


async def _a_list(client: Client, member: int, follows: bool) -> str:
    number = (await client.post("/lists", title="All")).json["id"]
    if follows:
        answer = await client.post(f"/lists/{number}/accounts", account_ids=[str(member)])
        assert answer.status == 200
    return str(number)
