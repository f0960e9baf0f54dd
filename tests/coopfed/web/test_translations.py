"""Texts that people wrote in several languages, on pages: in the reader's, with the way to the others, each marked as what it is."""

import re

import pytest

from actors.lookup import ActorRow
from coopfed.features.posts.actions import create_post
from coopfed.features.posts.rules import Draft
from coopfed.features.posts.store import PostRow
from coopfed.node import Node
from tests.coopfed.web.looking import Page, a_remote_actor, a_remote_post, look, say

TEXTS = {"tr": "Ağlar", "it": "Reti", "de": "Netze"}


async def in_three(node: Node, author: ActorRow, **more: object) -> PostRow:
    """A post in Turkish, Italian and German."""
    others = {language: text for language, text in TEXTS.items() if language != "tr"}
    return await create_post(node, author, Draft(TEXTS["tr"], language="tr", translations=others, **more))  # type: ignore[arg-type]


def texts_of(page: Page) -> list[tuple[str, str]]:
    """Language and words of the texts on a page."""
    found = re.findall(r'<div class="text[^"]*" lang="([\w-]+)" dir="auto">(.*?)</div>', page.text, re.DOTALL)
    return [(language, re.sub("<[^>]+>", "", text)) for language, text in found]


# --- shut -------------------------------------------------------------------------------------------------------


async def test_text_in_one_language_offers_no_other(node: Node, cooperative: ActorRow) -> None:
    """Nothing is promised that is not there; and a post without a language says none."""
    post = await create_post(node, cooperative, Draft("Reti", language="it"))
    plain = await say(node, cooperative, "Nets")

    pages = [await look(node, f"/@solar/{one.id}", accept_language="de") for one in (post, plain)]

    assert texts_of(pages[0]) == [("it", "Reti")]
    for page in pages:
        assert 'class="texts"' not in page.text
        assert 'alternate" hreflang' not in page.text
        assert 'rel="canonical" href="https://coop.example/@solar/' in page.text


@pytest.mark.parametrize("asked", ["<script>", "xx", "tr%22%20onload=x", "", "a" * 300])
async def test_language_that_is_not_there_shows_the_text_itself(node: Node, cooperative: ActorRow, asked: str) -> None:
    """?lang= is a stranger's word: it never gets into the page, nor into what search engines are told."""
    post = await in_three(node, cooperative)

    page = await look(node, f"/@solar/{post.id}?lang={asked}", accept_language="en")

    assert page.status == 200
    assert texts_of(page) == [("tr", "Ağlar")]
    assert f'rel="canonical" href="{post.url}"' in page.text
    assert "onload=x" not in page.text.replace("%22+onload%3Dx", "")
    assert "<script" not in page.text


async def test_languages_of_strangers_are_marked_up_by_nobody(node: Node, cooperative: ActorRow) -> None:
    """security 1.5: keys of a peer's `contentMap` are no markup, and what is no language is not offered."""
    question = await say(node, cooperative, "Nets?")
    texts = {'x" onload="1': "<p>One</p>", "it": "<p>Reti</p>", "de": "<p>Netze</p><script>1</script>"}
    await a_remote_post(node, await a_remote_actor(node), "<p>Reti</p>", answers=question, contentMap=texts)

    page = await look(node, f"/@solar/{question.id}", accept_language="de")

    assert ("de", "Netze") in texts_of(page)
    assert "onload" not in page.text
    assert "<script" not in page.text


# --- open -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("query", "header", "expected"),
    [
        ("", "it", "it"),
        ("", "de-AT, it;q=0.5", "de"),
        ("", "fr, en", "tr"),
        ("", "", "tr"),
        ("?lang=de", "it", "de"),
        ("?lang=tr", "it", "tr"),
        ("?lang=en", "it", "it"),
        ("?lang=DE", "", "de"),
    ],
)
async def test_text_comes_in_the_language_of_the_reader(
    node: Node, cooperative: ActorRow, query: str, header: str, expected: str
) -> None:
    """ActivityStreams 4.7; WCAG 3.1.2: chosen on the page, else asked for by the browser, else as it was written. On the post's page,
    the actor's, and that of a hashtag."""
    post = await in_three(node, cooperative)
    await create_post(
        node, cooperative, Draft("#Ağ Ağlar", language="tr", translations={"it": "#Ağ Reti", "de": "#Ağ Netze"})
    )

    own = await look(node, f"/@solar/{post.id}{query}", accept_language=header)
    profile = await look(node, f"/@solar{query}", accept_language=header)
    tagged = await look(node, f"/tags/ağ{query}", accept_language=header)

    assert texts_of(own) == [(expected, TEXTS[expected])]
    assert {language for language, _text in texts_of(profile)} == {expected}
    assert texts_of(tagged) == [(expected, f"#Ağ {TEXTS[expected]}")]
    assert own.header("Vary") == "Accept, Accept-Language"


async def test_page_says_in_which_languages_a_text_is_and_leads_there(node: Node, cooperative: ActorRow) -> None:
    """HTML 4.2.4 *hreflang*; WCAG 3.1.2: each by its own name and marked as its language, the present one as current."""
    post = await in_three(node, cooperative)

    page = await look(node, f"/@solar/{post.id}", accept_language="it")

    line = page.text.partition('<p class="texts">')[2].partition("</p>")[0]
    links = re.findall(r'<a href="([^"]+)" hreflang="(\w+)" lang="(\w+)"( aria-current="true")?>([^<]+)</a>', line)
    path = f"/@solar/{post.id}"
    assert links == [
        (f"{path}?lang=tr", "tr", "tr", "", "Türkçe"),
        (f"{path}?lang=it", "it", "it", ' aria-current="true"', "Italiano"),
        (f"{path}?lang=de", "de", "de", "", "Deutsch"),
    ]
    assert "Questo testo in" in line
    for language in TEXTS:
        assert f'<link rel="alternate" hreflang="{language}" href="{post.url}?lang={language}">' in page.text
    assert f'<link rel="alternate" hreflang="x-default" href="{post.url}">' in page.text
    assert f'<link rel="canonical" href="{post.url}">' in page.text


async def test_page_in_a_chosen_language_is_a_page_of_its_own(node: Node, cooperative: ActorRow) -> None:
    """RFC 6596: what search engines list is the address that gives this text; also where the page itself does not speak it."""
    post = await in_three(node, cooperative)

    page = await look(node, f"/@solar/{post.id}?lang=de", accept_language="it")

    assert f'<link rel="canonical" href="{post.url}?lang=de">' in page.text
    assert '<html lang="it">' in page.text
    assert "<title>Solar Coop: Netze" in page.text


async def test_title_and_warning_keep_to_their_own_language(node: Node, cooperative: ActorRow) -> None:
    """WCAG 3.1.2: only the text was translated; the warning stands in the language in which it was written."""
    post = await in_three(node, cooperative, summary="Hava")

    page = await look(node, f"/@solar/{post.id}", accept_language="de")

    assert '<span lang="tr" dir="auto">Hava</span>' in page.text
    assert texts_of(page) == [("de", "Netze")]


async def test_quoted_text_and_answers_come_translated_too(
    node: Node, cooperative: ActorRow, other_member: ActorRow
) -> None:
    """A whole page speaks to its reader; links to the other languages stand with each post, a card has none."""
    quoted = await in_three(node, other_member)
    post = await in_three(node, cooperative, quote=quoted.uri)
    answer = await in_three(node, other_member, in_reply_to=post.uri)

    page = await look(node, f"/@solar/{post.id}", accept_language="de")

    assert [text for _language, text in texts_of(page)] == ["NetzeRE: " + (quoted.url or ""), "Netze"]
    card = page.text.partition("<blockquote")[2].partition("</blockquote>")[0]
    assert '<div lang="de" dir="auto"><p>Netze</p></div>' in card
    assert 'class="texts"' not in card
    assert f'href="/@ada/{answer.id}?lang=it"' in page.text
