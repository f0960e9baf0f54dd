"""Shortcodes of custom emojis in texts of any server, and pictures in their place. What our own authors type: `actors.emojis`. Pure."""

import re
from collections.abc import Mapping
from html import escape

# As `coopfed.text.sanitise` writes tags: every attribute in double quotes.
_TAG = re.compile(r"""(<(?:[^>"]|"[^"]*")*>)""")
_SHORTCODE = re.compile(r":([A-Za-z0-9_-]+):")


def shortcodes(text: str) -> set[str]:
    """What may be the shortcode of an emoji in the text, of any server, without its colons."""
    return set(_SHORTCODE.findall(text))


def with_pictures(html: str, pictures: Mapping[str, str]) -> str:
    """The sanitised HTML with a picture for each shortcode that has one, in its texts and nowhere else. `pictures` are addresses by
    shortcode. The result is to be shown, and not to be sanitised again: pictures are none of the elements that a post may have."""
    if not pictures:
        return html
    parts = _TAG.split(html)
    parts[::2] = [_SHORTCODE.sub(lambda match: _picture(match, pictures), text) for text in parts[::2]]
    return "".join(parts)


def _picture(match: re.Match[str], pictures: Mapping[str, str]) -> str:
    address = pictures.get(match[1])
    if address is None:
        return match[0]
    return f'<img class="emoji" src="{escape(address)}" alt="{match[0]}" title="{match[0]}" loading="lazy">'
