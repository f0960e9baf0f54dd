"""Every route of the client API: which are open to anybody is said here, one by one; all others ask for a token and a scope."""

import re

from coopfed.api import instance
from coopfed.features.accounts.store import give_role
from tests.coopfed.api.observing import routes
from tests.coopfed.api.test_api import a_client
from tests.support.scene import Scene

OPEN = {
    ("GET", "/api/v1/instance"),
    ("GET", "/api/v2/instance"),
    ("GET", "/api/v1/instance/rules"),
    ("GET", "/api/v1/instance/peers"),
    ("GET", "/api/v1/instance/domain_blocks"),
    ("GET", "/api/v1/instance/activity"),
    ("GET", "/api/v1/instance/extended_description"),
    ("GET", "/api/v1/instance/privacy_policy"),
    ("GET", "/api/v1/instance/terms_of_service"),
    ("GET", "/api/v1/instance/terms_of_service/<date>"),
    ("GET", "/api/v1/instance/translation_languages"),
    ("GET", "/api/v1/custom_emojis"),
    ("POST", "/api/v1/apps"),
    ("POST", "/oauth/token"),
    ("POST", "/oauth/revoke"),
    ("GET", "/.well-known/oauth-authorization-server"),
    ("GET", "/api/coopfed/v1/openapi.json"),
}
"""No token is looked at."""
PUBLIC = {
    ("GET", "/api/v1/accounts"),
    ("GET", "/api/v1/statuses"),
    ("GET", "/api/v1/accounts/<id>"),
    ("GET", "/api/v1/accounts/lookup"),
    ("GET", "/api/v1/accounts/<id>/statuses"),
    ("GET", "/api/v1/accounts/<id>/followers"),
    ("GET", "/api/v1/accounts/<id>/following"),
    ("GET", "/api/v1/accounts/<id>/featured_tags"),
    ("GET", "/api/v1/accounts/<id>/endorsements"),
    ("GET", "/api/v1/statuses/<id>"),
    ("GET", "/api/v1/statuses/<id>/context"),
    ("GET", "/api/v1/polls/<id>"),
    ("GET", "/api/v1/timelines/public"),
    ("GET", "/api/v1/timelines/tag/<name>"),
    ("GET", "/api/v1/tags/<name>"),
    ("GET", "/api/v2/search"),
    ("GET", "/api/v1/directory"),
    ("GET", "/api/v1/trends"),
    ("GET", "/api/v1/trends/tags"),
    ("GET", "/api/v1/trends/statuses"),
    ("GET", "/api/v1/trends/links"),
    ("GET", "/api/v1/timelines/link"),
    ("GET", "/api/coopfed/v1/profiles/<id>"),
    ("GET", "/api/coopfed/v1/profiles/lookup"),
    ("GET", "/api/coopfed/v1/profiles/<id>/memberships"),
    ("GET", "/api/coopfed/v1/memberships/<id>"),
    ("GET", "/api/coopfed/v1/memberships/lookup"),
    ("GET", "/api/coopfed/v1/requests"),
    ("GET", "/api/coopfed/v1/requests/facets"),
    ("GET", "/api/coopfed/v1/requests/<id>"),
    ("GET", "/api/coopfed/v1/requests/<id>/comments"),
}
"""Without a token it is what a stranger may see; a bad one is refused. Source: client_api research 3, *Public reading*."""
FOR_ANYBODY = {("GET", "/api/coopfed/v1/codes"), ("GET", "/api/coopfed/v1/codes/<name>")}
"""The same for everybody: a token need not be there, may be of any scope, and must be good."""
ANY_SCOPE = {
    ("GET", "/api/v1/apps/verify_credentials"),
    ("GET", "/api/v1/accounts/verify_credentials"),
    ("GET", "/api/v1/profile"),
    ("GET", "/oauth/userinfo"),
}
"""For any token, or with `profile`."""
READERS_POST = {("POST", "/api/v1/statuses/<id>/translate")}
"""As on Mastodon: asking for a translation changes nothing."""
WRITERS_READ = {("GET", "/api/v1/media/<id>")}
"""As on Mastodon: a file that is in no post yet is seen by whoever may upload."""
T1 = {
    "/api/v1/accounts/<id>",
    "/api/v1/accounts/<id>/statuses",
    "/api/v1/accounts/lookup",
    "/api/v1/accounts/relationships",
    "/api/v1/accounts/verify_credentials",
    "/api/v1/announcements",
    "/api/v1/apps",
    "/api/v1/apps/verify_credentials",
    "/api/v1/custom_emojis",
    "/api/v1/filters",
    "/api/v1/followed_tags",
    "/api/v1/instance",
    "/api/v1/lists",
    "/api/v1/markers",
    "/api/v1/notifications",
    "/api/v1/preferences",
    "/api/v1/statuses",
    "/api/v1/statuses/<id>",
    "/api/v1/media/<id>",
    "/api/v1/statuses/<id>/context",
    "/api/v1/timelines/home",
    "/api/v1/timelines/public",
    "/api/v2/filters",
    "/api/v2/instance",
    "/api/v2/media",
    "/api/v2/search",
    "/oauth/token",
    "/oauth/revoke",
    "/.well-known/oauth-authorization-server",
}
"""What no app starts without, as far as it is here."""
T1_GET = (
    "/api/v1/accounts/relationships",
    "/api/v1/accounts/verify_credentials",
    "/api/v1/announcements",
    "/api/v1/custom_emojis",
    "/api/v1/filters",
    "/api/v1/followed_tags",
    "/api/v1/instance",
    "/api/v1/lists",
    "/api/v1/markers",
    "/api/v1/notifications",
    "/api/v1/preferences",
    "/api/v1/timelines/home",
    "/api/v1/timelines/public",
    "/api/v2/filters",
    "/api/v2/instance",
)


def address(scene: Scene, path: str) -> str:
    """The path with some number, or name, in its holes."""
    return scene.node.urls.base + re.sub(r"<name>", "fish", re.sub(r"<(id|quoting|group_key)>", "1", path))


def test_every_exception_is_a_route() -> None:
    """A list that names what is gone hides what comes."""
    assert routes() >= OPEN | PUBLIC | FOR_ANYBODY | ANY_SCOPE | WRITERS_READ
    assert {path for _method, path in routes()} >= T1


async def test_every_other_route_asks_for_a_token(scene: Scene) -> None:
    """RFC 6750 3.1; refuse by default: 401 before anything is looked at, as JSON."""
    for method, path in sorted(routes() - OPEN - PUBLIC - FOR_ANYBODY):
        for authorization in ("", "Bearer made-up"):
            answer = await scene.peer.send(method, address(scene, path), {"Authorization": authorization})
            assert (answer.status, answer.json["reason"]) == (401, "invalid_token"), (method, path)
            assert answer.headers["Content-Type"].startswith("application/json")


async def test_every_other_route_asks_for_a_scope(scene: Scene) -> None:
    """client_api 3: 403 where the token holds another scope; reading holds no writing, nor the other way round."""
    tokens = {scope: (await a_client(scene, scopes=scope)).token for scope in ("profile", "read", "write")}
    for method, path in sorted(routes() - OPEN - PUBLIC - FOR_ANYBODY - ANY_SCOPE):
        for scope in ("profile", _other_scope(method, path)):
            headers = {"Authorization": f"Bearer {tokens[scope]}"}
            answer = await scene.peer.send(method, address(scene, path), headers)
            assert (answer.status, answer.json["reason"]) == (403, "insufficient_scope"), (method, path, scope)


def _is_own(path: str) -> bool:
    """Our own API tells of errors in codes (api.md 1), Mastodon's in words."""
    return path.startswith("/api/coopfed/")


def _other_scope(method: str, path: str) -> str:
    """A wide scope that does not hold the route's."""
    reads = (method == "GET" and (method, path) not in WRITERS_READ) or (method, path) in READERS_POST
    return "write" if reads else "read"


async def test_bad_token_is_refused_where_none_is_needed(scene: Scene) -> None:
    """client_api 3: a bad token on a public page is still 401; one of another scope 403."""
    writer = (await a_client(scene, scopes="write")).token
    for method, path in sorted(PUBLIC | FOR_ANYBODY):
        answer = await scene.peer.send(method, address(scene, path), {"Authorization": "Bearer made-up"})
        assert (answer.status, answer.json["reason"]) == (401, "invalid_token"), path
        assert answer.json["error"] == ("invalid_token" if _is_own(path) else "The access token is invalid"), path
        if (method, path) in FOR_ANYBODY:
            continue
        answer = await scene.peer.send(method, address(scene, path), {"Authorization": f"Bearer {writer}"})
        assert (answer.status, answer.json["reason"]) == (403, "insufficient_scope"), path


async def test_what_is_not_there_is_a_json_404(scene: Scene) -> None:
    """client_api 4, quirk 36: of every path with a number that is nobody's, and of paths that are none."""
    await give_role(scene.node, "member-editor@mail.example", scene.member, "editor", operator=True)
    await give_role(scene.node, "member-editor@mail.example", scene.member, "officer")
    client = await a_client(scene, scopes="read write admin:read admin:umbrella")
    gets = sorted(path for method, path in routes() - OPEN if method == "GET" and "<id>" in path)
    for path in [*gets, "/api/v1/nothing", "/api/v9/instance", "/api/coopfed/v1/nothing"]:
        if path == "/api/v1/accounts/<id>/lists":
            continue  # the lists in which nobody stands are none
        answer = await client.get(address(scene, path))
        assert (answer.status, answer.json["reason"]) == (404, "not_found"), path
        assert answer.json["error"] == ("not_found" if _is_own(path) else "Record not found"), path


async def test_what_apps_start_with_is_there(scene: Scene) -> None:
    """client_api 0.4: never 404 on a request at launch."""
    client = await a_client(scene)
    for path in T1_GET:
        answer = await client.get(scene.node.urls.base + path)
        assert answer.status == 200, path
    assert instance.VERSION.startswith("4.")
