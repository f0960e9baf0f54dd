"""From a draft to what is stored and sent: what has to be looked up, the document, the row."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

import orjson

from actors import emojis
from actors.emojis import EmojiRow
from actors.lookup import ActorRow
from coopfed.errors import CoopFedError
from coopfed.features.consent.rules import QuotePolicy, allowed_to, default_policy
from coopfed.features.posts import writing
from coopfed.features.posts.quoting import Quoted, with_line
from coopfed.features.posts.rules import Draft
from coopfed.features.posts.store import PostRow
from coopfed.node import Node, Stamp
from coopfed.text.render import MentionTarget
from coopfed.text.sanitise import POLICY_VERSION
from coopfed.vocab import build, consent
from coopfed.vocab.audience import addressing
from coopfed.vocab.policies import policy_of
from webfinger.resolve import find_actor


@dataclass(frozen=True, slots=True)
class Prepared:
    """A checked draft with everything that had to be looked up: the HTML, whom it mentions, what it answers."""

    draft: Draft
    html: str
    mentioned: tuple[ActorRow, ...]
    hashtags: tuple[str, ...]
    parent: PostRow | None
    parent_author: ActorRow | None
    quote: str | None = None
    translations: Mapping[str, str] = field(default_factory=dict)
    emojis: tuple[EmojiRow, ...] = ()


async def meant(node: Node, names: Iterable[str]) -> tuple[dict[str, MentionTarget], dict[int, ActorRow]]:
    """Who is meant by these names of mentions, by name and by number. Handles that lead to nobody are left out."""
    targets: dict[str, MentionTarget] = {}
    actors: dict[int, ActorRow] = {}
    budget = node.budget()
    for name in dict.fromkeys(names):
        try:
            actor = await find_actor(node, f"@{name}", budget)
        except CoopFedError:
            continue
        targets[name] = MentionTarget(actor.uri, actor.url or actor.uri, actor.acct)
        actors[actor.id] = actor
    return targets, actors


async def prepare(
    node: Node, author: ActorRow, draft: Draft, parent: PostRow | None, parent_author: ActorRow | None
) -> Prepared:
    """Finds whom a checked draft mentions and writes its HTML. Handles that lead to nobody stay plain text."""
    targets, mentioned = await meant(node, (found.name for found in writing.mentions_in(draft)))
    if parent_author is not None:
        mentioned.setdefault(parent_author.id, parent_author)
    mentioned.pop(author.id, None)
    html, *others = (
        writing.written(text, draft, targets, node.urls.tag_page(""))
        for text in (draft.text, *draft.translations.values())
    )
    translations = dict(zip(draft.translations, others, strict=True))
    tags = writing.hashtags_in(draft)
    options = draft.poll.options if draft.poll is not None else ()
    texts = (draft.text, draft.summary, draft.title, *draft.translations.values(), *options)
    used = await node.db.read(emojis.used_in, "\n".join(texts))
    return Prepared(
        draft,
        html,
        tuple(mentioned.values()),
        tags,
        parent,
        parent_author,
        translations=translations,
        emojis=tuple(used),
    )


def with_way(prepared: Prepared, quoted: Quoted | None) -> Prepared:
    """The draft with the way to what it quotes in its text, for those who show no quotes."""
    translations = {language: with_line(html, quoted) for language, html in prepared.translations.items()}
    return replace(prepared, html=with_line(prepared.html, quoted), translations=translations)


def compose(
    author: ActorRow,
    prepared: Prepared,
    number: int,
    published: datetime,
    stamp: Stamp,
    *,
    answers: str | None = None,
    context: str | None,
    updated: datetime | None = None,
) -> build.Document:
    """The document of a post of ours: a Note, or an Article where the draft has a title. `answers` where the parent is not prepared."""
    draft, parent = prepared.draft, prepared.parent
    assert author.followers_uri is not None
    to, cc = addressing(draft.visibility, author.followers_uri, [actor.uri for actor in prepared.mentioned])
    tags = [build.mention(actor.uri, actor.acct) for actor in prepared.mentioned]
    tags += [build.hashtag(stamp.urls.tag_page(name), name) for name in prepared.hashtags]
    tags += emojis.tags(prepared.emojis, stamp.urls)
    uri = stamp.urls.object(number)
    note = build.note(
        uri,
        author.uri,
        prepared.html,
        published=published,
        to=to,
        cc=cc,
        url=stamp.urls.post_page(author.handle, number),
        language=draft.language,
        summary=draft.summary,
        sensitive=draft.sensitive,
        in_reply_to=parent.uri if parent is not None else answers,
        context=context,
        tags=tags,
        attachments=writing.files(draft.attachments),
        updated=updated,
        replies=f"{uri}/replies",
        likes=f"{uri}/likes",
        shares=f"{uri}/shares",
        source=(draft.text, writing.MARKDOWN if writing.is_markdown(draft) else writing.PLAIN),
    )
    return writing.dressed(note, draft, prepared.translations)


def allowed(author: ActorRow, draft: Draft) -> build.Document:
    """Who may quote the post: as the draft says; of a post that is for few, nobody but its author."""
    assert author.followers_uri is not None
    wide = default_policy(draft.visibility)
    meant = draft.quote_policy if draft.quote_policy is not None and wide is QuotePolicy.PUBLIC else wide
    return consent.policy(allowed_to(meant, author.uri, author.followers_uri))


def policy_in(note: build.Document) -> str:
    """The canonical policy of a note of ours, as it is stored."""
    return orjson.dumps(policy_of(note["interactionPolicy"])).decode()


def row_of(author: ActorRow, prepared: Prepared, note: build.Document, number: int, published: datetime) -> PostRow:
    """The row of a new post, of what its document does not say as well."""
    draft, parent = prepared.draft, prepared.parent
    return PostRow(
        id=number,
        uri=note["id"],
        local=True,
        type=note["type"],
        actor_id=author.id,
        account_id=None,
        visibility=draft.visibility.value,
        name=draft.title,
        content=writing.titled(draft.title, prepared.html),
        summary="" if draft.title else draft.summary,
        source=draft.text,
        language=draft.language,
        sensitive=draft.sensitive,
        url=note["url"],
        in_reply_to=parent.uri if parent is not None else None,
        in_reply_to_id=parent.id if parent is not None else None,
        policy_version=POLICY_VERSION,
        replies_count=0,
        likes_count=0,
        shares_count=0,
        published_at=int(published.timestamp() * 1000),
        updated_at=None,
        deleted_at=None,
        context=note.get("context"),
        policy=policy_in(note),
    )
