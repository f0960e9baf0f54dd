"""What a member typed as plain text, to the HTML that goes out: paragraphs, links, mentions, hashtags.

The two scanners are pure and are also what decides who is mentioned: a mention that is not found here notifies nobody. Markdown is
read in `coopfed.text.markdown`. The result is well-formed; `coopfed.text.sanitise` still stands before anything that is stored or
shown.
"""

import re
import unicodedata
from collections.abc import Iterator, Mapping, MutableMapping
from dataclasses import dataclass
from html import escape, unescape
from itertools import chain
from urllib.parse import quote, urlsplit, urlunsplit

import idna
from bleach.linkifier import Linker

from coopfed import limits
from coopfed.text.sanitise import REL


@dataclass(frozen=True, slots=True)
class Found:
    """A mention or hashtag in a text: where it stands, and its canonical name without `@` or `#`.

    The name of a mention is `user` or `user@host` in lower case, the host in its ASCII form; that of a hashtag is in lower case.
    """

    start: int
    end: int
    name: str


@dataclass(frozen=True, slots=True)
class MentionTarget:
    """Who is meant by a mention: the actor's id, the page that people open, and the whole handle `user@host`."""

    href: str
    url: str
    handle: str


# Combining marks are no \w in Python; without them a decomposed ş or a Hindi vowel sign would cut a hashtag in two.
_MARKS = "\u0300-\u036f\u0900-\u0dff\u0e00-\u0eff\u200c\u200d"
_ADDRESS = re.compile(r"(?:[a-z][a-z0-9+.-]{0,30}+://|www\.)\S+", re.IGNORECASE)
# Not after a letter, dot or plus (mail addresses), nor after what stands in paths and queries. The look-ahead,
# with quantifiers that give nothing back, keeps a name that no server allows from being cut to one that is somebody else's.
_MENTION = re.compile(
    r"(?<![\w@/.:=#&+-])@(?P<user>[A-Za-z0-9_]++(?:[.-]+[A-Za-z0-9_]++)*+)"
    r"(?:@(?P<host>[\w-]++(?:\.[\w-]++)*+(?::\d{1,5})?+))?+(?![\w@])"
)
_HASHTAG = re.compile(rf"(?<![\w/#&@.=?·-])#(?P<name>[\w·・{_MARKS}]+)")
# Round brackets only in pairs, so that "(see https://en.wikipedia.org/wiki/A_(b))" ends where its reader thinks.
_LINK = re.compile(
    r"""\b(?:https?://|www\.)(?:[^\s<>"()]|\([^\s<>"()]*\))*(?:[^\s<>"()'.,;:!?…»”’]|\([^\s<>"()]*\))""", re.IGNORECASE
)
_WHOLE = re.compile(r"\S+")
_LINKED = re.compile(r'<a href="([^"]*)">(.*?)</a>')
_VISIBLE_CHARACTERS = 30

_Attributes = MutableMapping[tuple[str | None, str], str]


def find_mentions(text: str) -> tuple[Found, ...]:
    """Mentions `@user` and `@user@host` in order, at most `limits.MENTIONS`; none inside addresses of pages or of mail."""
    found = []
    for match in _outside_addresses(_MENTION, text):
        host = _ascii_host(match["host"]) if match["host"] else ""
        if host is not None:
            name = match["user"].lower()
            found.append(Found(match.start(), match.end(), f"{name}@{host}" if host else name))
    return tuple(found[: limits.MENTIONS])


def find_hashtags(text: str) -> tuple[Found, ...]:
    """Hashtags in order, at most `limits.TAGS`; none inside addresses, and none that is only digits and lines."""
    found = [
        Found(match.start(), match.end(), hashtag_name(match["name"]))
        for match in _outside_addresses(_HASHTAG, text)
        if re.search(r"[^\W\d_]", match["name"])
    ]
    return tuple(found[: limits.TAGS])


def hashtag_name(tag: str) -> str:
    """The form by which a hashtag is compared and linked: composed, in lower case, with the Turkish İ as i."""
    # "İ".lower() is an i with a combining dot, which no keyboard writes.
    return unicodedata.normalize("NFC", tag.lstrip("#").replace("İ", "i").lower())


def folded_hashtag(tag: str) -> str:
    """The form by which a hashtag is found: as `hashtag_name`, with one i. In capitals nobody sees which was meant: #IRMAK, #ırmak.

    Source: design 3, row 19.
    """
    return hashtag_name(tag).replace("ı", "i")


def _outside_addresses(pattern: re.Pattern[str], text: str) -> Iterator[re.Match[str]]:
    addresses = [match.span() for match in _ADDRESS.finditer(text)]
    for match in pattern.finditer(text):
        if not any(start <= match.start() < end for start, end in addresses):
            yield match


def _ascii_host(host: str) -> str | None:
    """The host in lower case and IDNA form with its port, or None when it is no host name."""
    name, colon, port = host.partition(":")
    try:
        return idna.encode(name, uts46=True).decode() + colon + port
    except idna.IDNAError:
        return None


def render(text: str, mentions: Mapping[str, MentionTarget], hashtags_base: str) -> str:
    """HTML of a plain text. Source: s2s 2.7, `content`.

    `mentions` maps the names of `find_mentions` to who is meant; one that is missing stays text. `hashtags_base` is the address to
    which a hashtag's name is added, e.g. `https://coop.example/tags/`. An empty line begins a paragraph, a line end is kept.
    """
    paragraphs = [part.strip("\n") for part in re.split(r"\n[ \t]*\n\s*", composed(text).strip())]
    return "".join(f"<p>{inline(part, mentions, hashtags_base)}</p>" for part in paragraphs if part)


def composed(text: str) -> str:
    """The text with composed letters and one kind of line end."""
    return unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n"))


def inline(text: str, mentions: Mapping[str, MentionTarget], hashtags_base: str) -> str:
    """HTML of a piece of plain text within a paragraph. The arguments are those of `render`."""
    links = [
        *((found, _mention(text[found.start : found.end], mentions.get(found.name))) for found in find_mentions(text)),
        *((found, _hashtag(text[found.start : found.end], hashtags_base)) for found in find_hashtags(text)),
    ]
    out, position = [], 0
    for found, html in sorted(links, key=lambda link: link[0].start):
        out += [_prose(text[position : found.start]), html]
        position = found.end
    return "".join([*out, _prose(text[position:])]).replace("\n", "<br>")


def _mention(written: str, target: MentionTarget | None) -> str:
    if target is None:
        return escape(written, quote=False)
    user = target.handle.partition("@")[0]
    return f'<a href="{escape(target.url)}" class="u-url mention">@<span>{escape(user)}</span></a>'


def _hashtag(written: str, base: str) -> str:
    address = base + quote(hashtag_name(written))
    return f'<a href="{escape(address)}" class="mention hashtag" rel="tag">#<span>{escape(written[1:])}</span></a>'


# --- links ------------------------------------------------------------------------------------------------------


def _prose(text: str) -> str:
    # Only words with an address go through bleach: it would read "&lt;" that somebody typed as "<".
    pieces = chain.from_iterable(
        (text[before : match.start()], match[0]) if match else (text[before:],) for before, match in _with_ends(text)
    )
    return "".join(_linked(piece) if _LINK.search(piece) else escape(piece, quote=False) for piece in pieces)


def _with_ends(text: str) -> Iterator[tuple[int, re.Match[str] | None]]:
    position = 0
    for match in _LINK.finditer(text):
        yield position, match
        position = match.end()
    yield position, None


def _linked(word: str) -> str:
    # The word is the address: bleach's own pattern knows neither new top-level domains nor hosts without one.
    linker = Linker(callbacks=[_safe_address], url_re=_WHOLE, parse_email=False)
    html: str = linker.linkify(escape(word, quote=False))
    return _LINKED.sub(lambda match: _shortened(match[1], match[2]), html)


def _safe_address(attributes: _Attributes, new: bool = False, /) -> _Attributes:
    """Callback of bleach: https where no scheme was typed, and the host in its ASCII form; None leaves the text unlinked."""
    written = unescape(attributes["_text"])  # type: ignore[index]  # bleach keeps it beside the attributes, as HTML
    try:
        parts = urlsplit(written if "://" in written else f"https://{written}")
        host = _ascii_host(parts.netloc)
    except ValueError:
        return None  # type: ignore[return-value]  # bleach's own way to say no
    if not host:
        return None  # type: ignore[return-value]
    address = urlunsplit(parts._replace(scheme=parts.scheme.lower(), netloc=host))
    attributes[(None, "href")] = escape(address, quote=False)
    return attributes


def _shortened(href: str, written: str) -> str:
    """A link shown without its scheme and, when it is long, cut: what is not shown is still there for whoever copies it."""
    text = unescape(written)
    match = re.match(r"https?://(?:www\.)?", text, re.IGNORECASE)
    start = match.end() if match else 0
    scheme, shown, rest = (escape(part, quote=False) for part in _cut(text, start, start + _VISIBLE_CHARACTERS))
    before = f'<span class="invisible">{scheme}</span>' if scheme else ""
    after = f'<span class="ellipsis">{shown}</span><span class="invisible">{rest}</span>' if rest else shown
    return f'<a href="{href}" target="_blank" rel="{REL}">{before}{after}</a>'


def _cut(text: str, first: int, second: int) -> tuple[str, str, str]:
    return text[:first], text[first:second], text[second:]
