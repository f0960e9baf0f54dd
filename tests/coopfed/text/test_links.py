"""Which links of a clean text lead somewhere, and which only name somebody or something."""

import pytest

from coopfed.text.links import links
from coopfed.text.render import MentionTarget, render
from coopfed.text.sanitise import sanitise

PAGE = "https://news.example/1?a=1&b=2"


def found(html: str) -> list[str]:
    """Where the links of this text lead, once it was cleaned."""
    return [link.href for link in links(sanitise(html))]


@pytest.mark.parametrize(
    "naming",
    [
        '<a href="https://a.example/@ada" class="u-url mention">@<span>ada</span></a>',
        '<span class="h-card"><a href="https://a.example/@ada" class="u-url mention">@ada</a></span>',
        '<a href="https://a.example/users/ada">@ada@a.example</a>',
        '@<a href="https://a.example/ada">ada</a>',
        '!<a href="https://a.example/c/bread">bread</a>',
        '<a href="https://a.example/tags/bread" class="mention hashtag" rel="tag">#<span>bread</span></a>',
        '<a href="https://a.example/tags/bread" rel="tag">#bread</a>',
        '#<a href="https://a.example/search?tag=bread"><span>bread</span></a>',
        '<p class="quote-inline">RE: <a href="https://a.example/1"><span class="invisible">https://</span>a.example/1</a></p>',
        '<span class="quote-inline"><br>RE: <a href="https://a.example/1">https://a.example/1</a></span>',
        '<a href="javascript:alert(1)">x</a>',
        '<a href="/relative">x</a>',
        "<a>x</a>",
    ],
)
def test_what_names_is_no_link(naming: str) -> None:
    """s2s 2.7: mentions and hashtags of Mastodon, Pleroma, Misskey, Friendica, Hubzilla, Lemmy; and the way to a quoted post."""
    assert found(f"<p>{naming}</p>") == []
    assert found(f'<p>{naming} <a href="{PAGE}">news</a></p>') == [PAGE]


def test_links_come_in_order_as_they_were_written() -> None:
    """An ampersand is one, and a link within bold text is seen."""
    html = f'<p><strong><a href="https://b.example/&quot;>">b</a></strong> <a href="{PAGE.replace("&", "&amp;")}"><b>a</b></a></p>'

    assert found(html) == ['https://b.example/">', PAGE]


def test_links_of_our_own_text_are_found() -> None:
    """What `render` writes, and nothing of what it makes of mentions and hashtags."""
    ada = MentionTarget("https://a.example/users/ada", "https://a.example/@ada", "ada@a.example")

    html = render(f"@ada@a.example: {PAGE} #bread", {"ada@a.example": ada}, "https://coop.example/tags/")

    assert found(html) == [PAGE]
