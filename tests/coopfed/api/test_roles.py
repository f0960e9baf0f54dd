"""Every route of the client API that changes something, for each of the eight roles: which role opens it is said here."""

import re

import orjson
import pytest

from actors.roles import Role, may_approve, may_write
from coopfed.app import create_quart
from coopfed.features.posts.defaults import set_needs_approval
from tests.coopfed.api.test_api import a_client
from tests.coopfed.api.test_doors import OPEN
from tests.support.scene import Scene

ANYBODYS = re.compile(
    r"/api/v./(filters|markers|reports|push|announcements|statuses/<id>/translate)\b|/api/coopfed/v1/memberships/<id>/"
)
"""For everybody with a role: what belongs to the account at the actor, and what is said to those who run the node. Of a membership the
role that is asked for is that of a side, which one that is not there does not have: see `test_memberships`."""
WRITERS = re.compile(
    r"/api/v./(statuses|media|bookmarks|lists|conversations|notifications|scheduled_statuses)$"
    r"|/api/v./(media|lists|conversations|notifications|scheduled_statuses|suggestions)/"
    r"|/api/coopfed/v1/requests(/<id>(/publish)?)?$"
    r"|/api/v1/statuses/<id>/(un)?(bookmark|mute)$|/api/v1/accounts/<id>/((un)?mute|note)$|/api/v1/tags/<name>/(un)?follow$"
)
"""For authors too where posts need an editor: what only the actor's people see, and what waits."""
EDITORS = {
    ("POST", "/api/coopfed/v1/pending_statuses/<id>/approve"),
    ("POST", "/api/coopfed/v1/pending_statuses/<id>/refuse"),
    ("PATCH", "/api/v1/accounts/update_credentials"),
    ("PATCH", "/api/coopfed/v1/profile"),
    ("PATCH", "/api/v1/profile"),
    ("DELETE", "/api/v1/profile/avatar"),
    ("DELETE", "/api/v1/profile/header"),
    ("POST", "/api/v1/import"),
    ("DELETE", "/api/coopfed/v1/requests/<id>"),
    ("PUT", "/api/coopfed/v1/requests/<id>/translations/<language>"),
    ("DELETE", "/api/coopfed/v1/requests/<id>/translations/<language>"),
    ("POST", "/api/coopfed/v1/requests/<id>/extend"),
    ("POST", "/api/coopfed/v1/requests/<id>/withdraw"),
    *(("POST", f"/api/coopfed/v1/agreements/<id>/story{verb}") for verb in ("", "/accept", "/reject")),
}
"""For editors alone, wherever."""
NEGOTIATORS = {
    *(
        ("POST", f"/api/coopfed/v1/requests/<id>/{verb}")
        for verb in ("settle", "reopen", "responses", "responses/from_status")
    ),
    ("PATCH", "/api/coopfed/v1/responses/<id>"),
    *(("POST", f"/api/coopfed/v1/agreements/<id>/{verb}") for verb in ("complete", "close")),
    *(("POST", f"/api/coopfed/v1/matches/<id>/{verb}") for verb in ("dismiss", "restore")),
    *(
        ("POST", f"/api/coopfed/v1/responses/<id>/{verb}")
        for verb in ("shortlist", "unshortlist", "accept", "reject", "withdraw", "messages")
    ),
}
"""For negotiators and editors."""
SIGNATORIES = {("POST", "/api/coopfed/v1/memberships")}
OFFICERS = {("POST", f"/api/coopfed/v1/memberships/{what}") for what in ("invite", "import")}
"""For them and admins."""
OPENS = {Role.NEGOTIATOR: NEGOTIATORS, Role.SIGNATORY: SIGNATORIES, Role.OFFICER: OFFICERS}
ADMINS = {
    ("POST", "/api/coopfed/v1/archives"),
    ("POST", "/api/v1/accounts/alias"),
    ("POST", "/api/v1/accounts/move"),
}
"""For admins alone: everything that the actor has, and where it lives."""


def changing(scene: Scene) -> set[tuple[str, str]]:
    """Method and path of every route that changes something and asks who it is; for operators a role at an actor does not matter."""
    found = {
        (method, rule.rule)
        for rule in create_quart(scene.node).url_map.iter_rules()
        for method in (rule.methods or set()) - {"GET", "HEAD", "OPTIONS"}
        if rule.rule.startswith("/api/") and not rule.rule.startswith("/api/v1/admin/")
    }
    return {(method, re.sub(r"<\w+:", "<", path)) for method, path in found} - OPEN


def _but(routes: set[tuple[str, str]], which: re.Pattern[str]) -> set[tuple[str, str]]:
    return {(method, path) for method, path in routes if not which.match(path)}


async def shut(scene: Scene, role: Role) -> dict[tuple[str, str], str]:
    """The routes that are shut for this role, each with the reason."""
    client = await a_client(scene, role=role, scopes="read write follow push profile admin:umbrella")
    found = {}
    for method, path in sorted(changing(scene)):
        url = f"{scene.node.urls.base}{re.sub('<[^>]+>', '1', path)}"
        headers = {"Authorization": f"Bearer {client.token}", "Content-Type": "application/json"}
        answer = await scene.peer.send(method, url, headers, orjson.dumps({}))
        assert answer.status < 500, (method, path, answer.body)
        if answer.status == 403:
            found[method, path] = str(answer.json.get("reason"))
    return found


@pytest.mark.parametrize("role", Role)
async def test_role_opens_what_it_is_for(scene: Scene, role: Role) -> None:
    """Api 1, *Roles*: who only reads changes nothing of the actor's; who writes does what the actor does."""
    found = await shut(scene, role)

    if role is Role.ADMIN:
        assert found == {}
    elif may_approve({role}):
        assert found == dict.fromkeys(ADMINS | SIGNATORIES | OFFICERS, "insufficient_role")
    elif may_write(frozenset({role})):
        assert found == dict.fromkeys(EDITORS | NEGOTIATORS | ADMINS | SIGNATORIES | OFFICERS, "insufficient_role")
    else:
        rest = _but(changing(scene), ANYBODYS) - OPENS.get(role, set())
        assert found == dict.fromkeys(rest, "insufficient_role")


@pytest.mark.parametrize("role", [Role.AUTHOR, Role.EDITOR])
async def test_role_where_posts_need_an_editor(scene: Scene, role: Role) -> None:
    """Design 9: what others see waits for an editor, or is theirs to do; an editor needs nobody."""
    await scene.node.db.write(set_needs_approval, scene.member.id, True)

    found = await shut(scene, role)

    others = ADMINS | SIGNATORIES | OFFICERS
    if role is Role.EDITOR:
        assert found == dict.fromkeys(others, "insufficient_role")
        return
    shut_always = EDITORS | NEGOTIATORS | others
    alone = _but(_but(changing(scene), ANYBODYS), WRITERS) - shut_always
    assert found == dict.fromkeys(alone, "needs_approval") | dict.fromkeys(shut_always, "insufficient_role")
