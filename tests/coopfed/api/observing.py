"""What the doors of the client API say of themselves: each route asked without a token, with too few scopes, in each role, for a page."""

import re
from collections.abc import AsyncIterator
from typing import Any, cast

from coopfed.api.described import Described
from coopfed.app import create_quart
from coopfed.features.accounts.store import give_role
from coopfed.features.lists import store as lists
from coopfed.features.posts.actions import create_post
from coopfed.features.posts.defaults import set_needs_approval
from coopfed.features.posts.rules import Draft
from coopfed.features.requests import actions as requests
from coopfed.node import Node
from coopfed.oauth.tokens import issue_token
from tests.coopfed.api.test_api import a_client
from tests.support.nodes import an_actor
from tests.support.peers import Answer
from tests.support.scene import Scene

ALL_SCOPES = "read write follow push profile admin:read admin:write"
ROLES = ("reader", "author", "editor", "operator")
REFUSED_ROLES = ("insufficient_role", "needs_approval")
_CHALLENGE = re.compile(r'scope="([^"]+)"')


def routes() -> set[tuple[str, str]]:
    """Method and path of each."""
    quart = create_quart(cast("Node", None))
    return {
        (method, rule.rule)
        for rule in quart.url_map.iter_rules()
        if rule.endpoint.startswith("api.")
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }


async def observed(scene: Scene, summaries: dict[tuple[str, str], str]) -> list[Described]:
    """What there is to say of each route, by path and method."""
    return [found async for found in _observe(scene, summaries)]


async def _observe(scene: Scene, summaries: dict[tuple[str, str], str]) -> AsyncIterator[Described]:
    actor = await an_actor(scene.node, "shared")
    await scene.node.db.write(set_needs_approval, actor.id, True)
    post = await create_post(scene.node, actor, Draft("fish"))
    kept = await scene.node.db.write(lists.create, actor.id, "fish", lists.Replies.LIST, False, scene.node.stamp())
    holes = {"accounts": actor.id, "profiles": actor.id, "statuses": post.id, "lists": kept.id, "list": kept.id}
    holes["requests"] = (await requests.draft(scene.node, actor, None, {"title": "fish"})).id
    none = (await a_client(scene, actor, "admin:umbrella", "editor")).token
    tokens = {role: (await a_client(scene, actor, ALL_SCOPES, role)).token for role in ROLES[:-1]}
    await give_role(scene.node, "operator@mail.example", actor, "editor", operator=True)
    tokens["operator"] = await issue_token(scene.node, "operator@mail.example", actor, ALL_SCOPES)

    async def ask(method: str, path: str, token: str | None, query: str = "") -> Answer:
        def filled(hole: re.Match[str]) -> str:
            return f"{hole[1]}/{'fish' if hole[2] == 'name' else holes.get(hole[1], 1)}"

        url = re.sub(r"(\w+)/<(\w+)>", filled, path)
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        return await scene.peer.send(method, f"{scene.node.urls.base}{url}{query}", headers)

    # What reads comes before what changes, so that a route is asked while what it is about is there.
    for method, path in sorted(routes(), key=lambda one: (one[0] != "GET", one[0] == "DELETE", one)):
        summary = summaries[method, path]
        refused = await ask(method, path, "made-up")
        if _reason(refused) != "invalid_token":
            yield Described(method, path, summary)
            continue
        token = "required" if _reason(await ask(method, path, None)) == "invalid_token" else "optional"
        scopes = tuple(_CHALLENGE.findall((await ask(method, path, none)).headers.get("WWW-Authenticate", "")))
        role = ROLES[-1]
        for lesser in reversed(ROLES[:-1]):
            if _reason(await ask(method, path, tokens[lesser])) in REFUSED_ROLES:
                break
            role = lesser
        plain = await ask(method, path, tokens["operator"]) if method == "GET" else None
        # What is only counted takes the same parameters and has no pages.
        paged = plain is not None and _is_json(plain) and _members(plain) != {"count"}
        paged = paged and "max_id=" in str((await ask(method, path, tokens["operator"], "?max_id=no")).json)
        yield Described(method, path, summary, token, scopes, role, paged)


def _members(answer: Answer) -> set[str]:
    return set(answer.json) if _is_json(answer) and isinstance(answer.json, dict) else set()


def _is_json(answer: Answer) -> bool:
    return answer.headers.get("Content-Type", "").startswith("application/json")


def _reason(answer: Answer) -> str:
    if not _is_json(answer):
        return ""
    found: Any = answer.json
    return str(found.get("reason", "")) if isinstance(found, dict) else ""
