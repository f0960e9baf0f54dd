"""What an actor says where nothing else is said: language, Markdown, visibility, warnings, who may quote. Shut doors first."""

from typing import Any

import orjson
import pytest

from actors.lookup import by_uri
from coopfed.errors import InvalidInput
from coopfed.features.consent.rules import QuotePolicy
from coopfed.features.posts.defaults import Defaults, set_defaults
from coopfed.vocab.audience import Visibility
from tests.coopfed.api.test_api import Client, a_client
from tests.coopfed.api.test_polls import with_form
from tests.support.scene import Scene

NOTHING = {
    "privacy": "public",
    "sensitive": False,
    "language": None,
    "quote_policy": "public",
    "content_type": "text/plain",
}


async def source(client: Client) -> dict[str, Any]:
    """What verify_credentials tells of the actor's defaults."""
    found = (await client.get("/accounts/verify_credentials")).json["source"]
    return {name: found[name] for name in NOTHING}


async def posted(client: Client, **fields: Any) -> dict[str, Any]:
    """A status as it is after posting."""
    answer = await client.post("/statuses", **({"status": "**Nets**"} | fields))
    assert answer.status == 200, answer.json
    found: dict[str, Any] = answer.json
    return found


# --- shut -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "wrong",
    [
        {"privacy": "direct"},
        {"privacy": "everybody"},
        {"language": "klingon!"},
        {"quote_policy": "friends"},
        {"content_type": "text/html"},
        "unlisted",
        {"privacy": "unlisted", "language": "?"},
    ],
)
async def test_defaults_that_are_none_change_nothing(scene: Scene, wrong: object) -> None:
    """api.md: 422 says what to send; all of it or nothing."""
    client = await a_client(scene)

    answer = await client.patch("/accounts/update_credentials", source=wrong)

    assert answer.status == 422
    assert answer.json["error"]
    assert await source(client) == NOTHING


async def test_only_who_may_speak_as_the_actor_sets_its_defaults(scene: Scene) -> None:
    """api.md 1: 403 for a reader; another actor's defaults are their own."""
    reader = await a_client(scene, role="reader")

    assert (await reader.patch("/accounts/update_credentials", source={"privacy": "private"})).status == 403
    assert await source(await a_client(scene)) == NOTHING


async def test_an_actor_of_another_node_has_no_defaults(scene: Scene) -> None:
    """It speaks there."""
    await scene.arrives(scene.alice.says("Like", "https://x.example/1"))
    alice = await scene.node.db.read(by_uri, scene.alice.uri)
    assert alice is not None

    with pytest.raises(InvalidInput, match="not an actor that speaks from this node"):
        await set_defaults(scene.node, alice, Defaults(language="tr"))


# --- open -------------------------------------------------------------------------------------------------------


async def test_what_is_not_said_is_as_the_actor_always_says_it(scene: Scene) -> None:
    """Mastodon API: `source` of the CredentialAccount, and a status without those parameters."""
    client = await a_client(scene)
    wanted = {
        "privacy": "unlisted",
        "sensitive": True,
        "language": "tr",
        "quote_policy": "followers",
        "content_type": "text/markdown",
    }

    changed = (await client.patch("/accounts/update_credentials", source=wanted)).json
    status = await posted(client)

    assert {name: changed["source"][name] for name in wanted} == wanted == await source(client)
    assert (status["visibility"], status["sensitive"], status["language"]) == ("unlisted", True, "tr")
    assert status["content"] == "<p><strong>Nets</strong></p>"
    assert status["quote_approval"]["automatic"] == ["followers"]


async def test_what_is_said_goes_before_the_defaults(scene: Scene) -> None:
    """Each parameter for itself; an empty one says nothing."""
    client = await a_client(scene)
    wanted = Defaults(Visibility.FOLLOWERS, "tr", sensitive=True, markdown=True, quote_policy=QuotePolicy.NOBODY)
    await set_defaults(scene.node, scene.member, wanted)

    status = await posted(
        client,
        visibility="public",
        language="it",
        sensitive=False,
        content_type="text/plain",
        quote_approval_policy="public",
    )
    half = await posted(client, visibility="", language="")

    assert (status["visibility"], status["sensitive"], status["language"]) == ("public", False, "it")
    assert (status["content"], status["quote_approval"]["automatic"]) == ("<p>**Nets**</p>", ["public"])
    assert (half["visibility"], half["language"]) == ("private", "tr")


async def test_policy_of_a_post_for_few_stays_that_of_posts_for_few(scene: Scene) -> None:
    """s2s 2.21: what is for few is quoted by its author alone, whatever the default is."""
    client = await a_client(scene)
    await set_defaults(scene.node, scene.member, Defaults(quote_policy=QuotePolicy.PUBLIC))

    assert (await posted(client, visibility="private"))["quote_approval"]["automatic"] == []


async def test_defaults_come_as_a_form_and_one_by_one(scene: Scene) -> None:
    """Mastodon API: `source[privacy]=…`; what is not named stays, an empty language is none. Who may quote follows the
    visibility where nothing is said."""
    client = await a_client(scene)
    path = "/accounts/update_credentials"
    await with_form(client, "PATCH", path, [("source[privacy]", "private"), ("source[language]", "it")])
    await with_form(client, "PATCH", path, [("source[sensitive]", "true"), ("source[language]", "")])

    assert await source(client) == NOTHING | {"privacy": "private", "sensitive": True, "quote_policy": "nobody"}


async def test_edit_keeps_what_the_post_is(scene: Scene) -> None:
    """Defaults are for new posts."""
    client = await a_client(scene)
    status = await posted(client, status="Nets", language="it")
    await set_defaults(scene.node, scene.member, Defaults(language="tr", sensitive=True, markdown=True))

    edited = (await client._ask("PUT", f"/statuses/{status['id']}", None, orjson.dumps({"status": "**Boats**"}))).json

    assert (edited["language"], edited["sensitive"], edited["content"]) == ("it", False, "<p>**Boats**</p>")
    assert edited["quote_approval"]["automatic"] == ["public"]
