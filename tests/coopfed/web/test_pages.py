"""The pages: who speaks here, what they say, in whose language; and where machines are sent."""

import re

import pytest

from actors.lookup import ActorRow
from coopfed.ids import Urls
from coopfed.node import Node
from coopfed.vocab.terms import ACTIVITY_JSON as ACTIVITY
from coopfed.vocab.terms import LD_JSON
from coopfed.web.asking import PAGE
from coopfed.web.headers import POLICY
from tests.coopfed.web.looking import PEER, a_remote_actor, a_remote_post, look, say
from tests.support.nodes import NOW, FakeClock, a_node, an_actor


async def test_the_first_page_names_the_actors(node: Node, cooperative: ActorRow, other_member: ActorRow) -> None:
    """Issue 2: a page tells people what this node is and who speaks here."""
    page = await look(node, "/", accept_language="en")

    assert page.status == 200
    assert "Solar Coop" in page.text
    assert "@ada@coop.example" in page.text
    assert "We share the sun." in page.text
    assert "@node@" not in page.text


async def test_a_profile_shows_the_actor_and_its_posts(node: Node, cooperative: ActorRow) -> None:
    """Design 4: /@handle."""
    post = await say(node, cooperative, "Panels for #everybody")

    page = await look(node, "/@solar", accept_language="en")

    assert page.status == 200
    assert "<bdi>Solar Coop</bdi>" in page.text
    assert "@solar@coop.example" in page.text
    assert "Cooperative or other organisation" in page.text
    assert "1 post<" in page.text
    assert f'href="/@solar/{post.id}"' in page.text
    assert 'href="https://coop.example/tags/everybody"' in page.text


async def test_a_post_has_its_parent_and_its_answers(node: Node, cooperative: ActorRow, other_member: ActorRow) -> None:
    """Design 4: /@handle/<id>."""
    question = await say(node, cooperative, "Who has a lorry?")
    answer = await say(node, other_member, "I have.", in_reply_to=question.uri)
    await a_remote_post(node, await a_remote_actor(node), "<p>Me too!</p>", answers=question)

    asked, answered = [await look(node, path) for path in (f"/@solar/{question.id}", f"/@ada/{answer.id}")]

    assert asked.text.index("Who has a lorry?") < asked.text.index("I have.") < asked.text.index("Me too!")
    assert f'href="{PEER}/@remote' in asked.text
    assert f'href="{question.url}"' in answered.text
    assert "Solar Coop" in answered.text


async def test_an_answer_to_a_post_that_was_never_here_names_its_host(node: Node, cooperative: ActorRow) -> None:
    """A reader can still find what is talked about."""
    await a_remote_post(
        node,
        await a_remote_actor(node),
        "<p>#lost</p>",
        inReplyTo="https://far.example/notes/1",
        tag=[_hashtag("lost")],
    )

    page = await look(node, "/tags/lost", accept_language="en")

    assert 'href="https://far.example/notes/1"' in page.text
    assert "In reply to a post on far.example" in page.text


def _hashtag(name: str) -> dict[str, str]:
    return {"type": "Hashtag", "name": f"#{name}", "href": f"{PEER}/tags/{name}"}


async def test_a_tag_page_is_found_with_either_i(node: Node, cooperative: ActorRow) -> None:
    """Design 3, row 19: in capitals nobody sees whether the i had a dot; a post with both spellings stands there once."""
    await say(node, cooperative, "İlk: #ırmak")
    await say(node, cooperative, "İkinci: #IRMAK")
    await say(node, cooperative, "Üçüncü: #irmak #ırmak")

    pages = [await look(node, f"/tags/{written}") for written in ("ırmak", "irmak", "IRMAK", "İRMAK")]

    for page in pages:
        assert page.status == 200
        assert [page.text.count(word) for word in ("İlk:", "İkinci:", "Üçüncü:")] == [1, 1, 1]


async def test_a_tag_page_is_found_however_the_tag_is_written(node: Node, cooperative: ActorRow) -> None:
    """Posts link to /tags/<tag>; tags are compared in lower case."""
    await say(node, cooperative, "Hazır: #Zeytinyağı")

    pages = [await look(node, f"/tags/{written}") for written in ("Zeytinyağı", "zeytinyağı", "%23zeytinyağı")]

    assert [(page.status, "Hazır" in page.text) for page in pages] == [(200, True)] * 3


async def test_what_is_not_there_is_a_page_that_says_so(node: Node, cooperative: ActorRow) -> None:
    """404 for people: a sentence and a way out, in their language."""
    for path in ("/tags/a.b", "/tags/123", "/tags/a%20b", "/@nobody", "/@solar/1", "/no/such/page"):
        page = await look(node, path, accept_language="it")

        assert page.status == 404, path
        assert "Qui non c’è nulla" in page.text
        assert page.header("content-type") == "text/html; charset=utf-8"
        assert page.header("content-security-policy") == POLICY
        assert 'href="/"' in page.text


# --- machines ------------------------------------------------------------------------------------------------------


async def test_machines_are_sent_to_the_documents(node: Node, cooperative: ActorRow) -> None:
    """ActivityPub 3.2; 303 since a page is about an actor and is not the actor."""
    post = await say(node, cooperative, "Hello")

    for accept in (ACTIVITY, LD_JSON, f"{ACTIVITY}, text/html"):
        answers = [await look(node, path, accept=accept) for path in ("/@solar", f"/@solar/{post.id}", "/")]

        assert [answer.status for answer in answers] == [303, 303, 303]
        assert [answer.header("location") for answer in answers] == [cooperative.uri, post.uri, node.urls.node_actor]
        assert all("Accept" in answer.header("vary") for answer in answers)


async def test_a_page_says_where_its_document_is(node: Node, cooperative: ActorRow) -> None:
    """The link by which Mastodon finds a post from its page."""
    post = await say(node, cooperative, "Hello")

    profile, own = [await look(node, path) for path in ("/@solar", f"/@solar/{post.id}")]

    assert f'<link rel="alternate" type="{ACTIVITY}" href="{cooperative.uri}">' in profile.text
    assert f'<link rel="alternate" type="{ACTIVITY}" href="{post.uri}">' in own.text


async def test_a_machine_reads_of_an_error_as_json(node: Node) -> None:
    """A peer that asks for a document is not sent a page."""
    answer = await look(node, "/@nobody", accept=ACTIVITY)

    assert answer.status == 404
    assert answer.header("content-type").startswith("application/json")
    assert '"error":"not_found"' in answer.text


async def test_a_handle_in_capitals_is_led_to_the_one_address(node: Node, cooperative: ActorRow) -> None:
    """A page has one address."""
    answer = await look(node, "/@Solar")

    assert answer.status == 301
    assert answer.header("location") == "https://coop.example/@solar"


# --- languages -----------------------------------------------------------------------------------------------------


async def test_the_reader_chooses_the_language(node: Node) -> None:
    """RFC 9110 12.5.4; `?lang=` wins, and no cookie remembers it."""
    for path, accepted, language, words in (
        ("/", "it-IT,it;q=0.9", "it", "Chi parla qui"),
        ("/", "tr", "tr", "Burada kimler konuşuyor"),
        ("/", "de", "tr", "Burada kimler konuşuyor"),
        ("/?lang=en", "it", "en", "Who speaks here"),
        ("/?lang=de", "it", "it", "Chi parla qui"),
        ("/no", "tr", "tr", "Burada bir şey yok"),
        ("/no?lang=en", "tr", "en", "Nothing here"),
    ):
        page = await look(node, path, accept_language=accepted)

        assert f'<html lang="{language}">' in page.text, path
        assert words in page.text
        assert page.header("set-cookie") == ""
        assert "Accept-Language" in page.header("vary")


async def test_a_chosen_language_goes_along(node: Node, cooperative: ActorRow) -> None:
    """Without cookies the links carry it; without a choice they carry nothing."""
    chosen, left = [await look(node, path, accept_language="tr") for path in ("/?lang=it", "/")]

    assert 'href="/@solar?lang=it"' in chosen.text
    assert 'href="/@solar"' in left.text


async def test_each_page_is_offered_in_every_language(node: Node, cooperative: ActorRow) -> None:
    """The same page, not the first one, and at the same place of its list."""
    page = await look(node, "/@solar?before=5&lang=it")

    assert [name for name in ("tr", "it", "en") if f'href="/@solar?before=5&amp;lang={name}"' in page.text] == [
        "tr",
        "it",
        "en",
    ]
    assert 'lang="it" hreflang="it" aria-current="true"' in page.text


async def test_only_the_languages_of_the_node_are_spoken(database_url: str) -> None:
    """The setting LANGUAGES."""
    async with a_node(database_url, languages=("it", "en")) as node:
        page = await look(node, "/?lang=tr", accept_language="tr")

    assert '<html lang="it">' in page.text
    assert "Türkçe" not in page.text


async def test_a_post_carries_its_own_language(node: Node, cooperative: ActorRow) -> None:
    """WCAG 3.1.2: a screen reader pronounces it right, whatever the page's language."""
    post = await say(node, cooperative, "Buongiorno", language="it")

    page = await look(node, f"/@solar/{post.id}?lang=tr")

    assert '<div class="text" lang="it" dir="auto"><p>Buongiorno</p></div>' in page.text
    assert '<html lang="tr">' in page.text


async def test_dates_and_numbers_are_written_as_the_reader_does(database_url: str) -> None:
    """Babel's dates and the plural forms of the catalogues."""
    async with a_node(database_url, clock=FakeClock(NOW)) as node:
        author = await an_actor(node, "solar")
        post = await say(node, author, "Hello")
        await say(node, author, "And again", in_reply_to=post.uri)

        en, it, tr = [(await look(node, f"/@solar/{post.id}?lang={language}")).text for language in ("en", "it", "tr")]

    assert "24 November 2026, 08:00 UTC" in en
    assert "1 reply<" in en
    assert "24 novembre 2026, 08:00 UTC" in it
    assert "1 risposta<" in it
    assert "24 Kasım 2026, 08:00 UTC" in tr
    assert "1 yanıt<" in tr
    assert all('<time datetime="2026-11-24T08:00:00Z">' in text for text in (en, it, tr))


# --- every page ----------------------------------------------------------------------------------------------------


async def test_every_page_tells_the_browser_what_it_may_do(node: Node, cooperative: ActorRow) -> None:
    """Design 20: no third-party requests, strict CSP."""
    post = await say(node, cooperative, "Hello #sun")

    for path in ("/", "/@solar", f"/@solar/{post.id}", "/tags/sun", "/nothing", "/static/coopfed.css"):
        page = await look(node, path)
        assert "default-src 'none'" in page.header("content-security-policy"), path
        assert "unsafe" not in page.header("content-security-policy"), path
        assert page.header("x-content-type-options") == "nosniff", path
        assert page.header("referrer-policy") == "same-origin", path


@pytest.mark.parametrize("development", [True, False])
async def test_a_development_node_says_so_on_every_page(database_url: str, development: bool) -> None:
    """Design 5: DEVELOPMENT, "and every page says so"."""
    async with a_node(database_url, development=development) as node:
        pages = [await look(node, path, accept_language="en") for path in ("/", "/@node", "/nothing")]

    assert [("Development node." in page.text) for page in pages] == [development] * 3


async def test_every_page_can_be_walked_by_landmarks(node: Node, cooperative: ActorRow) -> None:
    """WCAG 2.4.1, 1.3.1, 2.4.2, 3.1.1: a way past the header, one main part, one heading at the top, a title, a language."""
    post = await say(node, cooperative, "Hello #sun", summary="Sun")

    for path in ("/", "/@solar", f"/@solar/{post.id}", "/tags/sun", "/nothing"):
        text = (await look(node, path)).text
        assert text.count('<main id="content"') == text.count("<h1") == text.count("<title>") == 1, path
        assert '<a class="skip" href="#content">' in text
        assert re.search(r"<html lang=\"\w+\">", text)
        ids = re.findall(r'\bid="([^"]+)"', text)
        assert len(ids) == len(set(ids))
        assert set(re.findall(r'aria-labelledby="([^"]+)"', text)) <= set(ids)
        assert not re.search(r"<img(?![^>]*\balt=)", text)


async def test_a_warned_post_shows_its_text_nowhere_else(node: Node, cooperative: ActorRow) -> None:
    """A content warning holds in titles and previews too."""
    post = await say(node, cooperative, "The killer is the baker.", summary="Ending of the film")

    page = await look(node, f"/@solar/{post.id}")
    head = page.text.partition("</head>")[0]

    assert "Ending of the film" in head
    assert "baker" not in head
    assert "<details>" in page.text
    assert page.text.count("baker") == 1


# --- lists ---------------------------------------------------------------------------------------------------------


async def walked(node: Node, path: str) -> list[list[str]]:
    """The posts on each page of a list, following the link to the next."""
    found: list[list[str]] = []
    while path and len(found) < 10:
        text = (await look(node, path)).text
        found.append(re.findall(r"<p>(No\. \d+)", text))
        following = re.search(r'<a rel="next" href="([^"]+)"', text)
        path = following[1].replace("&amp;", "&") if following else ""
    return found


@pytest.mark.parametrize("count", [PAGE, PAGE + 1])
async def test_lists_go_on_until_their_end(node: Node, cooperative: ActorRow, count: int) -> None:
    """A page of posts, and one post more."""
    question = await say(node, cooperative, "Count!")
    for number in range(count):
        await say(node, cooperative, f"No. {number} #count", in_reply_to=question.uri)

    profile, thread, tag = [await walked(node, p) for p in ("/@solar", f"/@solar/{question.id}", "/tags/count")]

    upwards = [f"No. {number}" for number in range(count)]
    assert [post for page in profile for post in page] == upwards[::-1]
    assert [post for page in thread for post in page] == upwards
    assert [post for page in tag for post in page] == upwards[::-1]
    assert [len(page) for page in thread] == ([PAGE] if count == PAGE else [PAGE, 1])


def test_addresses_of_pages_are_the_ones_that_posts_link_to() -> None:
    """`coopfed.ids` mints them; the routes answer them."""
    urls = Urls("https://coop.example", "coop.example")

    assert [urls.profile("a"), urls.post_page("a", 1), urls.tag_page("t")] == [
        "https://coop.example/@a",
        "https://coop.example/@a/1",
        "https://coop.example/tags/t",
    ]
