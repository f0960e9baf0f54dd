"""Posts in another language: people's words first, then a service on loopback; what is not for everybody goes to none."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import pytest

from coopfed.config import load
from coopfed.db.models import Translation
from coopfed.db.tx import table
from coopfed.errors import AddressRefused, ConfigError
from coopfed.features.translation.rules import Texts, put_back
from tests.coopfed.api.test_api import Client, a_client
from tests.security.production import a_production_node
from tests.support.nodes import an_actor
from tests.support.peers import Answer
from tests.support.scene import Scene, a_scene
from tests.support.translator import Translator, a_translator


@dataclass
class Stage:
    """A node with a translation service, and an app of its member."""

    scene: Scene
    service: Translator
    client: Client

    async def say(self, text: str = "Pane a mezzogiorno", **more: Any) -> str:
        """Posts in Italian; the number."""
        answer = await self.client.post("/statuses", **({"status": text, "language": "it"} | more))
        assert answer.status == 200, answer.json
        return str(answer.json["id"])

    async def translate(self, number: str, client: Client | None = None, **fields: Any) -> Answer:
        """Asks for a translation into English."""
        return await (client or self.client).post(f"/statuses/{number}/translate", **({"lang": "en"} | fields))


@pytest.fixture
async def stage(database_url: str) -> AsyncIterator[Stage]:
    """The scene with a service."""
    async with a_translator() as service, a_scene(database_url, translation_url=service.base) as scene:
        yield Stage(scene, service, await a_client(scene))


# --- shut -------------------------------------------------------------------------------------------------------


async def test_without_a_service_nothing_leaves(scene: Scene) -> None:
    """403, and the instance says so."""
    client = await a_client(scene)
    post = (await client.post("/statuses", status="Pane", language="it")).json["id"]

    answer = await client.post(f"/statuses/{post}/translate", lang="en")

    assert (answer.status, answer.json["reason"]) == (403, "translation_off")
    assert (await client.get("/instance", v2=True)).json["configuration"]["translation"] == {"enabled": False}
    assert (await client.get("/instance/translation_languages")).json == {}


@pytest.mark.parametrize("visibility", ["private", "direct"])
async def test_what_is_not_for_everybody_is_shown_to_no_service(stage: Stage, visibility: str) -> None:
    """domain 9.8: never sent for private text; 404 to who may not even see it."""
    number = await stage.say(visibility=visibility)
    stranger = await a_client(stage.scene, await an_actor(stage.scene.node, "stranger"))

    assert (await stage.translate(number)).status == 403
    assert (await stage.translate(number, stranger)).status == 404
    assert (await stage.translate("4711")).status == 404
    assert stage.service.asked == []


@pytest.mark.parametrize("language", ["english please", "x", "it", "it-CH"])
async def test_senseless_language_is_refused(stage: Stage, language: str) -> None:
    """422: no language, or the one in which the post is."""
    assert (await stage.translate(await stage.say(), lang=language)).status == 422
    assert stage.service.asked == []


@pytest.mark.parametrize(
    ("status", "answer", "expected"),
    [
        (500, None, 503),
        (429, None, 503),
        (403, None, 503),
        (400, None, 422),
        (302, None, 503),
        (200, {"translatedText": []}, 503),
        (200, {"translatedText": "one"}, 503),
        (200, ["x"], 503),
    ],
)
async def test_service_that_fails_is_said_so(stage: Stage, status: int, answer: Any, expected: int) -> None:
    """503 for what may be better later, 422 for a language that it does not know; nothing is remembered."""
    number = await stage.say()
    stage.service.status, stage.service.answer = status, answer
    assert (await stage.translate(number)).status == expected

    stage.service.status, stage.service.answer = 200, None
    assert (await stage.translate(number)).status == 200


async def test_dead_service_is_503(database_url: str) -> None:
    """Nobody listens."""
    async with a_scene(database_url, translation_url="http://127.0.0.1:9") as scene:
        client = await a_client(scene)
        post = (await client.post("/statuses", status="Pane", language="it")).json["id"]
        assert (await client.post(f"/statuses/{post}/translate", lang="en")).status == 503
        assert (await client.get("/instance/translation_languages")).status == 503


# --- translated -------------------------------------------------------------------------------------------------


async def test_all_texts_of_a_post_are_translated(stage: Stage) -> None:
    """Translation: content, warning, options of the poll; links and markup stay; the answer is cleaned."""
    poll = {"options": ["Sì", "No & mai"], "expires_in": 3600}
    number = await stage.say("Pane <per> @member", spoiler_text="Fame & sete", poll=poll)

    made = (await stage.translate(number)).json

    (asked,) = stage.service.asked
    assert (asked["source"], asked["target"], asked["format"]) == ("it", "en", "html")
    assert asked["q"][1:] == ["Fame &amp; sete", "Sì", "No &amp; mai"]
    original = (await stage.client.get(f"/statuses/{number}")).json["content"]
    assert "u-url mention" in original
    assert made["content"] == original.replace("<p>", "<p>[en] ", 1)
    assert (made["spoiler_text"], made["language"], made["detected_source_language"]) == (
        "[en] Fame & sete",
        "en",
        "it",
    )
    assert [option["title"] for option in made["poll"]["options"]] == ["[en] Sì", "[en] No & mai"]
    assert (made["provider"], made["media_attachments"]) == ("LibreTranslate", [])
    assert "<script" not in (await _hostile(stage)).json["content"]


async def _hostile(stage: Stage) -> Answer:
    stage.service.answer = {"translatedText": ["<p>Bread<script>alert(1)</script></p>"]}
    return await stage.translate(await stage.say("Altro pane"))


async def test_each_version_is_translated_once(stage: Stage) -> None:
    """The second reader gets what the first one got; an edit is translated anew; with the post goes what was stored of it."""
    reader = await a_client(stage.scene, await an_actor(stage.scene.node, "reader"))
    number = await stage.say()
    first = (await stage.translate(number)).json
    assert (await stage.translate(number, reader)).json == first
    assert (await stage.translate(number, lang="en-GB")).json == first
    assert len(stage.service.asked) == 1

    stage.scene.clock.pass_(60)
    await stage.client.put(f"/statuses/{number}", status="Pane all'una", language="it")
    second = (await stage.translate(number, reader)).json
    assert (len(stage.service.asked), "una" in second["content"]) == (2, True)
    await stage.translate(number, lang="tr")
    assert [asked["target"] for asked in stage.service.asked] == ["en", "en", "tr"]
    assert len(await stage.scene.node.db.read(_rows)) == 2
    await stage.client.delete(f"/statuses/{number}")
    assert await stage.scene.node.db.read(_rows) == []


def _rows(tx: Any) -> list[Any]:
    return list(tx.execute(table(Translation).select()).all())


async def test_peoples_words_come_first(stage: Stage) -> None:
    """domain 9.8: what the author wrote in the language is served, also of what few may read; nobody is asked."""
    for visibility in ("public", "private"):
        number = await stage.say(visibility=visibility, translations={"en": "Bread at noon, dear friends"})
        made = (await stage.translate(number)).json
        assert (made["content"], made["provider"]) == ("<p>Bread at noon, dear friends</p>", "@member")
        assert (made["language"], made["detected_source_language"]) == ("en", "it")
    assert stage.service.asked == []


async def test_language_of_the_app_is_meant_without_another(stage: Stage) -> None:
    """Accept-Language, else the node's first language; a post of nobody knows which language is looked at by the service."""
    number = await stage.say(language="")
    url = f"{stage.scene.node.urls.base}/api/v1/statuses/{number}/translate"
    headers = {"Authorization": f"Bearer {stage.client.token}", "Accept-Language": "en, it;q=0.5"}

    made = (await stage.scene.peer.send("POST", url, headers)).json

    assert (made["language"], made["detected_source_language"]) == ("en", "it")
    assert stage.service.asked[0]["source"] == "auto"


async def test_boost_is_translated_as_what_it_boosts(stage: Stage) -> None:
    """Apps send the number that they show."""
    number = await stage.say()
    boost = (await stage.client.post(f"/statuses/{number}/reblog")).json["id"]
    assert (await stage.translate(boost)).json == (await stage.translate(number)).json


async def test_remote_post_is_translated(stage: Stage) -> None:
    """A peer's post with its language."""
    note = stage.scene.alice.mentioning(
        stage.scene.member.uri, content=None, contentMap={"it": "<p>Raccolto sabato</p>"}
    )
    assert await stage.scene.arrives(stage.scene.alice.create(note)) == ["accepted"]
    (post,) = (await stage.client.get("/timelines/public")).json
    assert "[en] Raccolto" in (await stage.translate(post["id"])).json["content"]


async def test_instance_tells_what_is_translated(stage: Stage) -> None:
    """translation.enabled, translation_languages: from which into which others, asked once an hour."""
    assert (await stage.client.get("/instance", v2=True)).json["configuration"]["translation"] == {"enabled": True}
    expected = {"en": ["it", "tr"], "it": ["en", "tr"], "tr": ["en", "it"]}
    assert (await stage.client.get("/instance/translation_languages")).json == expected
    stage.service.status = 500
    assert (await stage.client.get("/instance/translation_languages")).json == expected
    stage.scene.clock.pass_(2 * 3600)
    assert (await stage.client.get("/instance/translation_languages")).status == 503


# --- the address ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("key", "status"), [("", 503), ("sesame", 200)])
async def test_key_goes_with_the_text(database_url: str, key: str, status: int) -> None:
    """TRANSLATION_KEY, for services that want one."""
    async with (
        a_translator() as service,
        a_scene(database_url, translation_url=service.base, translation_key=key) as scene,
    ):
        service.key = "sesame"
        client = await a_client(scene)
        post = (await client.post("/statuses", status="Pane", language="it")).json["id"]
        assert (await client.post(f"/statuses/{post}/translate", lang="en")).status == status


async def test_only_the_chosen_address_in_the_own_network_is_dialled(database_url: str) -> None:
    """security 1.3: in production the service next door answers; everybody else's client refuses the same address."""
    async with a_translator() as service, a_production_node(database_url, translation_url=service.base) as production:
        node = production.node
        assert node.translator is not None
        assert (await node.translator.translate(["Pane"], "it", "en")).texts == ("[en] Pane",)
        with pytest.raises(AddressRefused):
            await node.http.request("GET", f"{service.base}/languages", {})


@pytest.mark.parametrize("url", ["libretranslate.example", "ftp://x.example", "http://"])
def test_senseless_address_of_a_service_is_refused(url: str) -> None:
    """ConfigError names the setting."""
    with pytest.raises(ConfigError, match="TRANSLATION_URL"):
        load({"COOPFED_DOMAIN": "coop.example", "COOPFED_TRANSLATION_URL": url})


def test_texts_go_back_where_they_were() -> None:
    """Empty ones are not sent, and stay empty."""
    texts = Texts("<p>a</p>", "", ("b", ""), ("", "c & d"))
    assert texts.pieces() == ("<p>a</p>", "b", "c &amp; d")
    assert put_back(texts, texts.pieces()) == texts
