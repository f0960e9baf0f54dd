"""Filters: version 2 whole, version 1 for older apps, and what the server says of the posts that match."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coopfed import limits
from coopfed.features.filters.rules import FilterRow, Keyword, matches
from tests.coopfed.api.test_api import Client, a_client
from tests.inbox.test_posts import following
from tests.support.scene import Scene


async def a_filter(client: Client, *words: str, whole: bool = True, **fields: Any) -> dict[str, Any]:
    """A filter of these words."""
    keywords = [{"keyword": word, "whole_word": whole} for word in words]
    made = await client.post(
        "/filters",
        v2=True,
        title=fields.pop("title", "Quiet"),
        keywords_attributes=keywords,
        **{"context": ["home"], **fields},
    )
    assert made.status == 200, made.json
    return dict(made.json)


@pytest.mark.parametrize(
    ("word", "whole", "text", "matched"),
    [
        ("fish", True, "<p>A fish.</p>", True),
        ("fish", True, "<p>FISH</p>", True),
        ("fish", True, "<p>A selfish man</p>", False),
        ("fish", False, "<p>A selfish man</p>", True),
        ("#fish", True, "<p>So #fish</p>", True),
        ("a b", True, "<p>a <b>b</b></p>", True),
        ("p", True, "<p>nothing</p>", False),
        ("balık", True, "<p>Balık taze.</p>", True),
        ("c++", True, "<p>I like C++.</p>", True),
    ],
)
def test_words_match_as_on_mastodon(word: str, whole: bool, text: str, matched: bool) -> None:
    """client_api 5: whole words, any case of letters, the text and not its tags."""
    row = FilterRow(1, "t", ("home",), "warn", None, (Keyword(1, word, whole),))
    assert bool(matches([row], text, [])) is matched


@given(st.text(min_size=1, max_size=10).filter(str.strip), st.text(max_size=40), st.booleans())
def test_no_keyword_makes_the_search_fail(word: str, text: str, whole: bool) -> None:
    """Keywords are words, never patterns."""
    row = FilterRow(1, "t", ("home",), "warn", None, (Keyword(1, word.strip(), whole),))
    assert isinstance(matches([row], text, []), list)


# --- shut -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "fields",
    [
        {"title": "", "context": ["home"]},
        {"title": "x", "context": []},
        {"title": "x", "context": ["kitchen"]},
        {"title": "x", "context": ["home"], "filter_action": "shout"},
        {"title": "x", "context": ["home"], "expires_in": "soon"},
        {"title": "x", "context": ["home"], "keywords_attributes": [{"keyword": " "}]},
        {"title": "x", "context": ["home"], "keywords_attributes": ["word"]},
    ],
)
async def test_senseless_filter_is_422(scene: Scene, fields: dict[str, Any]) -> None:
    """Bad input: what is wrong is said, and nothing is stored."""
    client = await a_client(scene)
    answer = await client.post("/filters", v2=True, **fields)
    assert (answer.status, answer.json["error"].startswith("Validation failed")) == (422, True)
    assert (await client.get("/filters", v2=True)).json == []


async def test_filters_are_their_owners(scene: Scene) -> None:
    """Design 9: of (account, actor): another account that speaks as the same actor has its own."""
    mine, theirs = await a_client(scene), await a_client(scene, role="author")
    made = await a_filter(mine, "fish")
    word = made["keywords"][0]["id"]

    assert (await theirs.get("/filters", v2=True)).json == []
    for path in (f"/filters/{made['id']}", f"/filters/{made['id']}/keywords", f"/filters/keywords/{word}"):
        assert (await theirs.get(path, v2=True)).status == 404
    assert (await theirs.delete(f"/filters/{made['id']}", v2=True)).status == 404
    assert (await theirs.delete(f"/filters/keywords/{word}", v2=True)).status == 404
    assert len((await mine.get("/filters", v2=True)).json) == 1


async def test_filters_and_keywords_are_bounded(scene: Scene) -> None:
    """limits.FILTERS, FILTER_KEYWORDS: at n and n + 1."""
    client = await a_client(scene)
    words = [f"word{n}" for n in range(limits.FILTER_KEYWORDS)]
    made = await a_filter(client, *words)
    assert (await client.post(f"/filters/{made['id']}/keywords", v2=True, keyword="more")).status == 422
    for _ in range(limits.FILTERS - 1):
        await a_filter(client)
    assert (await client.post("/filters", v2=True, title="x", context=["home"])).status == 422


# --- open -------------------------------------------------------------------------------------------------------


async def test_filter_is_made_changed_and_deleted(scene: Scene) -> None:
    """GET/POST /v2/filters, GET/PUT/DELETE /v2/filters/:id, keywords among its attributes."""
    client = await a_client(scene)
    made = await a_filter(client, "fish", "boat", context=["home", "thread"], filter_action="hide", expires_in=3600)
    fish, boat = made["keywords"]
    assert (made["context"], made["filter_action"], made["statuses"]) == (["home", "thread"], "hide", [])
    assert (await client.get(f"/filters/{made['id']}", v2=True)).json == made

    attributes = [
        {"id": fish["id"], "_destroy": True},
        {"id": boat["id"], "keyword": "ship"},
        {"keyword": "net", "whole_word": True},
    ]
    changed = await client.put(
        f"/filters/{made['id']}", v2=True, title="Other", keywords_attributes=attributes, expires_in=""
    )

    assert [word["keyword"] for word in changed.json["keywords"]] == ["ship", "net"]
    assert (changed.json["title"], changed.json["context"], changed.json["expires_at"]) == (
        "Other",
        ["home", "thread"],
        None,
    )
    assert (await client.delete(f"/filters/{made['id']}", v2=True)).json == {}
    assert (await client.get("/filters", v2=True)).json == []


async def test_keywords_have_doors_of_their_own(scene: Scene) -> None:
    """GET/POST /v2/filters/:id/keywords, GET/PUT/DELETE /v2/filters/keywords/:id."""
    client = await a_client(scene)
    made = await a_filter(client)
    word = (await client.post(f"/filters/{made['id']}/keywords", v2=True, keyword="fish", whole_word=True)).json
    assert (await client.get(f"/filters/{made['id']}/keywords", v2=True)).json == [word]
    assert (await client.get(f"/filters/keywords/{word['id']}", v2=True)).json == word

    changed = await client.put(f"/filters/keywords/{word['id']}", v2=True, keyword="boat", whole_word=False)

    assert changed.json == {"id": word["id"], "keyword": "boat", "whole_word": False}
    assert (await client.delete(f"/filters/keywords/{word['id']}", v2=True)).json == {}
    assert (await client.get(f"/filters/keywords/{word['id']}", v2=True)).status == 404


async def test_home_says_what_matches(scene: Scene) -> None:
    """Status `filtered`: by words and by posts; in the context that was named; one's own posts never; and not for ever."""
    client = await a_client(scene)
    await following(scene, scene.alice)
    for text in ("<p>Fresh fish</p>", "<p>Only boats</p>"):
        await scene.arrives(scene.alice.create(scene.alice.note(content=text)))
    await client.post("/statuses", status="My own fish")
    boats = (await client.get("/timelines/home")).json[1]
    made = await a_filter(client, "fish", expires_in=3600)
    entry = (await client.post(f"/filters/{made['id']}/statuses", v2=True, status_id=boats["id"])).json

    shown = (await client.get("/timelines/home")).json

    assert [len(one["filtered"]) for one in shown] == [0, 1, 1]
    assert shown[1]["filtered"][0]["status_matches"] == [boats["id"]]
    assert shown[2]["filtered"][0]["keyword_matches"] == ["fish"]
    assert shown[2]["filtered"][0]["filter"] == {
        name: made[name] for name in ("id", "title", "context", "expires_at", "filter_action")
    }
    context = (await client.get(f"/statuses/{boats['id']}/context")).json
    assert context == {"ancestors": [], "descendants": []}
    assert (await client.get(f"/filters/statuses/{entry['id']}", v2=True)).json == entry
    assert (await client.get(f"/filters/{made['id']}/statuses", v2=True)).json == [entry]
    await client.delete(f"/filters/statuses/{entry['id']}", v2=True)
    assert [len(one["filtered"]) for one in (await client.get("/timelines/home")).json] == [0, 0, 1]

    scene.clock.pass_(3601)
    assert [one["filtered"] for one in (await client.get("/timelines/home")).json] == [[], [], []]


async def test_filter_holds_where_it_was_named(scene: Scene) -> None:
    """Filter `context`: home and thread are two."""
    client = await a_client(scene)
    await following(scene, scene.alice)
    above = scene.alice.note(content="<p>A boat</p>")
    await scene.arrives(scene.alice.create(above))
    await scene.arrives(scene.alice.create(scene.alice.note(content="<p>A fish</p>", inReplyTo=above["id"])))
    await a_filter(client, "fish", context=["thread"])

    home = (await client.get("/timelines/home")).json
    context = (await client.get(f"/statuses/{home[-1]['id']}/context")).json

    assert [one["filtered"] for one in home] == [[], []]
    assert [len(one["filtered"]) for one in context["descendants"]] == [1]


async def test_older_apps_have_version_1(scene: Scene) -> None:
    """GET/POST /v1/filters, GET/PUT/DELETE /v1/filters/:id: a keyword is a filter; what version 2 made is seen."""
    client = await a_client(scene)
    made = (await client.post("/filters", phrase="fish", context=["home"], irreversible=True)).json
    assert (made["phrase"], made["whole_word"], made["irreversible"]) == ("fish", True, True)
    assert (await client.get("/filters", v2=True)).json[0]["filter_action"] == "hide"

    changed = await client.put(f"/filters/{made['id']}", phrase="boat", context=["home", "public"])
    assert (changed.json["phrase"], changed.json["context"]) == ("boat", ["home", "public"])
    assert (await client.get(f"/filters/{made['id']}")).json == changed.json

    await a_filter(client, "one", "two")
    assert [one["phrase"] for one in (await client.get("/filters")).json] == ["boat", "one", "two"]
    two = (await client.get("/filters")).json[2]
    assert (await client.put(f"/filters/{two['id']}", phrase="x", context=["thread"])).status == 422
    assert (await client.delete(f"/filters/{two['id']}")).json == {}
    assert (await client.delete(f"/filters/{made['id']}")).json == {}
    assert [one["phrase"] for one in (await client.get("/filters")).json] == ["one"]
