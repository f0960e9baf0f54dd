"""Posts as pages show them to a stranger: with author and what they answer. Read in a handful of statements, never one per post."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from urllib.parse import urlsplit

from actors.lookup import ActorRow, by_ids
from actors.profile import NONE, profiles_of
from actors.visibility import NOBODY
from coopfed.db.models.quotes import ACCEPTED
from coopfed.db.tx import Tx
from coopfed.errors import BadMessage
from coopfed.features.consent import quotes
from coopfed.features.emojis.shown import Shown as Emoji
from coopfed.features.emojis.shown import of_posts as emojis_of_posts
from coopfed.features.media.rules import IMAGE, PREVIEW, PREVIEW_EDGE, shown_kind
from coopfed.features.posts import details, translations, visible
from coopfed.features.posts.events import lines
from coopfed.features.posts.events import of_posts as of_events
from coopfed.features.posts.polls import PollRow, of_posts
from coopfed.features.posts.store import PostRow
from coopfed.features.posts.translations import Translations
from coopfed.features.previews import store as previews
from coopfed.features.previews.store import PreviewRow
from coopfed.ids import Urls
from coopfed.text.emojis import with_pictures
from coopfed.text.i18n import Translator
from coopfed.text.sanitise import POLICY_VERSION, plain, sanitise
from coopfed.vocab.events import EventRecord
from coopfed.vocab.records import AttachmentRecord

_TITLE, _DESCRIPTION = 70, 200


@dataclass(frozen=True, slots=True)
class Parent:
    """What a post answers: the author when a stranger may see it, else at least its host when it was never here."""

    author: ActorRow | None
    url: str | None
    host: str | None


@dataclass(frozen=True, slots=True)
class File:
    """A file of a post: where it is, and what it shows (empty when its author did not say); of a picture that lies here, the path of
    its smaller copy and that copy's size. Of somebody else's picture `copied` says that this node shows a copy."""

    address: str
    name: str
    picture: str | None = None
    size: tuple[int, int] | None = None
    copied: bool = False


@dataclass(frozen=True, slots=True)
class Shown:
    """A post on a page. `html` is sanitised by the policy in force; `url` leads to its page, here or at its origin.

    Of others' pictures copies are shown, other files are linked: a page asks nothing of other hosts.
    """

    post: PostRow
    author: ActorRow
    html: str
    url: str | None
    parent: Parent | None
    files: tuple[File, ...] = ()
    poll: PollRow | None = None
    quoted: "Shown | None" = None
    """The post that it quotes with its author's consent, when strangers may see that; else its text leads there."""
    event: EventRecord | None = None
    preview: PreviewRow | None = None
    """The page that it links to, as text, and where its picture lies."""
    language: str | None = None
    """In which language `html` is, as far as that is known."""
    languages: tuple[str, ...] = ()
    """In which languages people wrote the text, when there are several."""
    avatar: str | None = None
    """Where the author's picture lies."""
    emojis: tuple[Emoji, ...] = ()
    """The custom emojis that stand in the text."""

    def pictured(self, urls: Urls) -> str:
        """`html` with its emojis as pictures, which this node serves."""
        return with_pictures(self.html, {emoji.shortcode: emoji.picture(urls) for emoji in self.emojis})

    def event_lines(self, texts: Translator) -> list[str]:
        """Of an event when and where, in the reader's language."""
        return lines(self.event, texts) if self.event is not None else []

    @property
    def profile(self) -> str | None:
        """Where the author is at home, when that is elsewhere."""
        return None if self.author.local else web_address(self.author.url or self.author.uri)

    @property
    def warning(self) -> bool:
        """Whether the reader is to be asked before the text is shown."""
        return self.post.sensitive or bool(self.post.summary)

    @property
    def text(self) -> str:
        """What may stand in a title or a preview: never what a warning stands before."""
        return self.post.summary if self.warning else plain(self.html)

    @property
    def title(self) -> str:
        """The beginning of the text."""
        return shortened(self.text, _TITLE)

    @property
    def description(self) -> str:
        """A little more of the text."""
        return shortened(self.text, _DESCRIPTION)

    @property
    def preview_text(self) -> str:
        """What stands below the title of the page that it links to."""
        return shortened(self.preview.description, _DESCRIPTION) if self.preview is not None else ""


def shortened(text: str, length: int) -> str:
    """The text, cut at a word when it is longer than `length` characters."""
    return text if len(text) <= length else f"{text[: length - 1].rpartition(' ')[0] or text[: length - 1]}…"


def web_address(url: str | None) -> str | None:
    """The address, if a link to it is harmless. Readers check it too; a page must not depend on that: `javascript:` runs."""
    return url if url is not None and urlsplit(url).scheme in ("http", "https") else None


def clean(post: PostRow) -> str:
    """The post's HTML, cleaned again when it was stored under an older policy."""
    return post.content if post.policy_version >= POLICY_VERSION else sanitise(post.content)


def in_language(tx: Tx, found: Sequence[Shown], reads: Sequence[str]) -> list[Shown]:
    """These posts, and what they quote, with the text in the first wanted language that it is in; others as they were written. Told are
    all languages of each. Source: ActivityStreams 4.7."""
    numbers = {one.post.id for post in found for one in (post, post.quoted) if one is not None}
    texts = translations.of_posts(tx, sorted(numbers))
    return [_translated(post, texts, reads) for post in found]


def _translated(one: Shown, texts: Mapping[int, Translations], reads: Sequence[str]) -> Shown:
    quoted = _translated(one.quoted, texts, reads) if one.quoted is not None else None
    found = texts.get(one.post.id)
    if found is None:
        return replace(one, quoted=quoted)
    language, html = found.chosen(reads), one.html
    if language is not None:
        try:
            html = found.html(language)
        except BadMessage:
            language = None
    return replace(one, quoted=quoted, html=html, language=language or one.language, languages=found.languages)


def shown(tx: Tx, posts: list[PostRow], reads: Sequence[str] = ()) -> list[Shown]:
    """These posts (which the caller found visible) with what stands around them, in order. Those of deleted authors are left out.

    `reads`: in which languages the reader wants texts, the most wanted first.
    """
    parents = visible.by_ids(tx, [post.in_reply_to_id for post in posts if post.in_reply_to_id], NOBODY)
    quoted = _quoted(tx, posts)
    numbers = {post.actor_id for post in (*posts, *parents.values(), *quoted.values())}
    authors = {number: row for number, row in by_ids(tx, list(numbers)).items() if row.gone_at is None}
    faces = profiles_of(tx, authors)
    files = details.attachments_of(tx, [post.id for post in posts])
    polls = of_posts(tx, [post.id for post in posts])
    events = of_events(tx, posts)
    pages = previews.of_posts(tx, [post.id for post in posts])
    emojis = emojis_of_posts(tx, [*posts, *quoted.values()], {})
    found = [
        Shown(
            post,
            authors[post.actor_id],
            clean(post),
            web_address(post.url or post.uri),
            _parent(post, parents, authors),
            files_of(post, files.get(post.id, [])),
            polls.get(post.id),
            _card(quoted.get(post.id), authors, emojis),
            events.get(post.id),
            pages.get(post.id),
            post.language,
            avatar=faces.get(post.actor_id, NONE).avatar_url,
            emojis=tuple(emojis.get(post.id, ())),
        )
        for post in posts
        if post.actor_id in authors
    ]
    return in_language(tx, found, reads)


def _quoted(tx: Tx, posts: list[PostRow]) -> dict[int, PostRow]:
    """For the numbers of posts that quote: what they quote with consent and strangers may see."""
    rows = [row for row in quotes.among(tx, [post.id for post in posts]).values() if row.state == ACCEPTED]
    seen = visible.by_ids(tx, [row.quoted_id for row in rows if row.quoted_id is not None], NOBODY)
    return {row.object_id: seen[row.quoted_id] for row in rows if row.quoted_id is not None and row.quoted_id in seen}


def _card(quoted: PostRow | None, authors: dict[int, ActorRow], emojis: Mapping[int, list[Emoji]]) -> Shown | None:
    """A quoted post within another: what it answers or quotes itself is not shown again."""
    if quoted is None or quoted.actor_id not in authors:
        return None
    card = Shown(quoted, authors[quoted.actor_id], clean(quoted), web_address(quoted.url or quoted.uri), None)
    return replace(card, language=quoted.language, emojis=tuple(emojis.get(quoted.id, ())))


def files_of(post: PostRow, found: list[AttachmentRecord]) -> tuple[File, ...]:
    """The files of a post for a page. Pure."""
    linked = ((web_address(file.url), file) for file in found)
    return tuple(_file(post, address, file) for address, file in linked if address is not None)


def _file(post: PostRow, address: str, file: AttachmentRecord) -> File:
    base, name = post.uri.partition("/ap/")[0], urlsplit(address).path.rpartition("/")[2]
    if shown_kind(file) != IMAGE:
        return File(address, file.description or name)
    scale = min(1, PREVIEW_EDGE / max(file.width or 1, file.height or 1))
    size = (round((file.width or 1) * scale), round((file.height or 1) * scale))
    if post.local and address.startswith(f"{base}/media/"):
        return File(address, file.description, f"{address.removeprefix(base).rpartition('.')[0]}.{PREVIEW}", size)
    return File(address, file.description, None, size if file.width and file.height else None, copied=True)


def _parent(post: PostRow, parents: dict[int, PostRow], authors: dict[int, ActorRow]) -> Parent | None:
    if post.in_reply_to is None:
        return None
    if post.in_reply_to_id is None:
        url = web_address(post.in_reply_to)
        return Parent(None, url, urlsplit(url).netloc if url else None)
    parent = parents.get(post.in_reply_to_id)
    author = authors.get(parent.actor_id) if parent else None
    if parent is None or author is None:
        return Parent(None, None, None)
    return Parent(author, web_address(parent.url or parent.uri), None)
