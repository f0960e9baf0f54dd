"""The JSON shapes of the Mastodon client API: statuses, and what is told of them. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from actors.lookup import ActorRow
from coopfed.api.people import mention
from coopfed.api.words import VISIBILITY, moment
from coopfed.features.marks import Marks
from coopfed.features.media.rules import FILE, IMAGE, PREVIEW, shown_kind
from coopfed.features.notification_groups import key
from coopfed.features.notifications import NotificationRow
from coopfed.features.posts import writing
from coopfed.features.posts.events import card
from coopfed.features.posts.history import RevisionRow
from coopfed.features.posts.polls import PollRow
from coopfed.features.posts.store import PostRow
from coopfed.features.previews.store import PreviewRow
from coopfed.features.reactions.store import ReactionRow
from coopfed.features.reports.store import ReportRow
from coopfed.ids import Urls
from coopfed.text.i18n import translator
from coopfed.vocab.events import EventRecord
from coopfed.vocab.records import AttachmentRecord


@dataclass(frozen=True, slots=True)
class Around:
    """What a status shows besides the post: its author, and for the post's number its mentions, hashtags and files; `marks` say
    what the viewer did with it and whether it is pinned, `quotes` Quote shapes, `approvals` who may quote it, `previews` the page it
    links to, `chosen` what the viewer chose in polls, `emojis` those of posts; `accounts` the Accounts of authors and boosters."""

    authors: dict[int, ActorRow]
    accounts: dict[int, dict[str, Any]]
    answered: dict[int, int]
    mentions: dict[int, list[ActorRow]]
    hashtags: dict[int, list[str]]
    files: dict[int, list[AttachmentRecord]]
    marks: Marks
    quotes: dict[int, dict[str, Any]]
    quotes_count: dict[int, int]
    approvals: dict[int, dict[str, Any]]
    previews: dict[int, PreviewRow]
    polls: dict[int, PollRow]
    chosen: dict[int, list[int]]
    events: dict[int, EventRecord]
    emojis: dict[int, list[dict[str, Any]]]
    viewer: int


def status(post: PostRow, around: Around, urls: Urls) -> dict[str, Any]:
    """A Status."""
    return {
        "id": str(post.id),
        "uri": post.uri,
        "url": post.url,
        "created_at": moment(post.published_at),
        "edited_at": moment(post.updated_at) if post.updated_at else None,
        "in_reply_to_id": str(post.in_reply_to_id) if post.in_reply_to_id else None,
        "in_reply_to_account_id": _number(around.answered.get(post.id)),
        "sensitive": post.sensitive or around.authors[post.actor_id].sensitized,
        "spoiler_text": post.summary,
        "visibility": VISIBILITY.get(post.visibility, post.visibility),
        "language": post.language,
        "content": _content(post, around),
        "account": around.accounts[post.actor_id],
        "replies_count": post.replies_count,
        "reblogs_count": post.shares_count,
        "favourites_count": post.likes_count,
        "favourited": post.id in around.marks.favoured,
        "reblogged": post.id in around.marks.boosted,
        "muted": post.id in around.marks.muted,
        "bookmarked": post.id in around.marks.bookmarked,
        "pinned": post.id in around.marks.pinned,
        "reblog": None,
        "application": None,
        "media_attachments": [
            attachment(post.id, position, file, urls) for position, file in enumerate(around.files.get(post.id, []))
        ],
        # Clients need the id of an account; who is mentioned but not known here stays a link in the text.
        "mentions": [mention(row) for row in around.mentions.get(post.id, [])],
        "tags": [{"name": name, "url": urls.tag_page(name)} for name in around.hashtags.get(post.id, [])],
        "emojis": around.emojis.get(post.id, []),
        "card": _card(around.files.get(post.id, []), around.previews.get(post.id), urls),
        "poll": _poll(post, around),
        "filtered": [],
        "quote": around.quotes.get(post.id),
        "quotes_count": around.quotes_count.get(post.id, 0),
        "quote_approval": around.approvals.get(post.id),
        **({"coopfed": {"consent": post.consent}} if post.consent else {}),
    }


def _content(post: PostRow, around: Around) -> str:
    """The text; of an event with when and where, in the text's own language, else in English."""
    event = around.events.get(post.id)
    return post.content + (card(event, translator((post.language or "").partition("-")[0])) if event else "")


def _card(files: list[AttachmentRecord], preview: PreviewRow | None, urls: Urls) -> dict[str, Any] | None:
    """The PreviewCard of the page that the text links to, or of the first link that the author attached (Lemmy's posts are links), as
    Mastodon reads it; for the latter nothing is fetched."""
    link = next((file for file in files if file.type == "Link" and file.url.startswith(("https://", "http://"))), None)
    if preview is None and link is not None:
        preview = PreviewRow(link.url, link.description)
    return page_card(preview, urls) if preview is not None else None


def page_card(preview: PreviewRow, urls: Urls) -> dict[str, Any]:
    """The PreviewCard of a page."""
    author = {"name": preview.author, "url": preview.author_url, "account": None}
    image = urls.copy(FILE, preview.image_url, small=True) if preview.image_url is not None else None
    return {
        "url": preview.url,
        "title": preview.title or preview.host,
        "description": preview.description,
        "type": "link",
        "authors": [author] if preview.author or preview.author_url else [],
        "author_name": preview.author,
        "author_url": preview.author_url,
        "provider_name": preview.provider or preview.host,
        "provider_url": "",
        "html": "",
        "width": (preview.image_width or 0) if image else 0,
        "height": (preview.image_height or 0) if image else 0,
        "image": image,
        "image_description": preview.image_description if image else "",
        "embed_url": "",
        "blurhash": None,
        "language": preview.language,
        "published_at": moment(preview.published_at) if preview.published_at is not None else None,
    }


def quote(state: str, quoted: dict[str, Any] | None, *, shallow: bool = False) -> dict[str, Any]:
    """A Quote; `quoted` is the quoted Status, None unless the viewer may see it. Within a quoted Status only its id is shown."""
    if shallow:
        return {"state": state, "quoted_status_id": quoted["id"] if quoted is not None else None}
    return {
        "state": state,
        "quoted_status": quoted,
    }


def _poll(post: PostRow, around: Around) -> dict[str, Any] | None:
    """A Poll, by the number of its status. Its author counts as having voted; hidden counts are null."""
    row, own = around.polls.get(post.id), around.chosen.get(post.id, [])
    if row is None:
        return None
    return {
        "id": str(post.id),
        "expires_at": moment(row.ends_at) if row.ends_at is not None else None,
        "expired": row.closed_at is not None,
        "multiple": row.multiple,
        "votes_count": sum(option.votes for option in row.options),
        "voters_count": row.voters_count,
        "voted": bool(own) or post.actor_id == around.viewer,
        "own_votes": own,
        "options": [
            {"title": option.shown, "votes_count": None if row.hidden else option.votes} for option in row.options
        ],
        "emojis": _standing_in(around.emojis.get(post.id, ()), *row.titles),
    }


def boosted(boost: ReactionRow, booster: dict[str, Any], post: dict[str, Any]) -> dict[str, Any]:
    """The Status that wraps a boosted one: its own id, time and account (an Account); the rest is the boosted post's, as clients differ in
    which of the two they read."""
    return {
        **post,
        "id": str(boost.id),
        "uri": boost.uri or post["uri"],
        "url": boost.uri or post["url"],
        "created_at": moment(boost.created_at),
        "edited_at": None,
        "visibility": VISIBILITY.get(boost.visibility, boost.visibility),
        "account": booster,
        "pinned": False,
        "reblog": post,
    }


def source(post: PostRow, document: dict[str, Any]) -> dict[str, Any]:
    """A StatusSource: a post of ours as it was typed, and in which kind of text; of an article the title, and the abstract that its
    author gave where others have their warning."""
    article = {"title": post.name} if post.type == writing.ARTICLE else {}
    return {
        "id": str(post.id),
        "text": post.source or "",
        "spoiler_text": writing.given_abstract(document) if article else post.summary,
        "content_type": writing.media_type(document),
        **article,
    }


def edit(revision: RevisionRow, author: dict[str, Any], emojis: Sequence[dict[str, Any]] = ()) -> dict[str, Any]:
    """A StatusEdit: what the status said at one time. `author` is its Account; of the `emojis` it has those that stand in it."""
    return {
        "content": revision.content,
        "spoiler_text": revision.summary,
        "sensitive": revision.sensitive,
        "created_at": moment(revision.written_at),
        "account": author,
        "media_attachments": [],
        "emojis": _standing_in(emojis, revision.summary, revision.content, *revision.options),
        "poll": {"options": [{"title": title} for title in revision.options]} if revision.options else None,
    }


def _standing_in(emojis: Sequence[dict[str, Any]], *texts: str) -> list[dict[str, Any]]:
    return [emoji for emoji in emojis if any(f":{emoji['shortcode']}:" in text for text in texts)]


def attachment(post_id: int, position: int, file: AttachmentRecord, urls: Urls) -> dict[str, Any]:
    """A MediaAttachment: of this node's own file with its addresses, of others' with those of the node's copies, as far as those can be
    shown; what cannot is named by `remote_url` alone."""
    return {
        "id": f"{post_id}-{position}",
        "type": "unknown",
        "url": None,
        "preview_url": None,
        "remote_url": file.url,
        **(_own_file(file, urls) or _copied_file(file, urls)),
        "meta": meta(file),
        "description": file.description or None,
        "blurhash": file.blurhash,
    }


def _own_file(file: AttachmentRecord, urls: Urls) -> dict[str, Any]:
    """What is known of a file that was uploaded here, by its address; nothing of others."""
    if not file.url.startswith(f"{urls.base}/media/"):
        return {}
    number, _, name = file.url.removeprefix(f"{urls.base}/media/").partition("/")
    if not name or not number.isdigit() or file.media_type is None:
        return {}
    kind = file.media_type.partition("/")[0]
    small = f"{urls.base}/media/{number}/{name.rpartition('.')[0]}.{PREVIEW}"
    return {
        "id": number,
        "type": kind,
        "url": file.url,
        "preview_url": small if kind == IMAGE else file.url,
        "remote_url": None,
    }


def _copied_file(file: AttachmentRecord, urls: Urls) -> dict[str, Any]:
    """The addresses of the copy of somebody else's file, of the types that are served here."""
    kind = shown_kind(file)
    if kind is None or urls.is_ours(file.url):
        return {}
    small = urls.copy(FILE, file.url, small=True) if kind == IMAGE else None
    return {"type": kind, "url": urls.copy(FILE, file.url), "preview_url": small}


def meta(file: AttachmentRecord) -> dict[str, Any]:
    """Size and focal point, as far as its author told them."""
    found: dict[str, Any] = {}
    if file.width and file.height:
        size = {"width": file.width, "height": file.height, "size": f"{file.width}x{file.height}"}
        found["original"] = size | {"aspect": file.width / file.height}
    if file.focal_point is not None:
        found["focus"] = dict(zip("xy", file.focal_point, strict=True))
    return found


def _number(value: int | None) -> str | None:
    return None if value is None else str(value)


def notification(
    row: NotificationRow, author: dict[str, Any], post: dict[str, Any] | None, report: dict[str, Any] | None = None
) -> dict[str, Any]:
    """A Notification; `author` is the Account of whoever caused it, `report` the Report of what operators are told of."""
    return {
        "id": str(row.id),
        "type": row.type,
        "created_at": moment(row.created_at),
        "group_key": key(row),
        "account": author,
        "status": post,
        **({"report": report} if report is not None else {}),
    }


def report(row: ReportRow, posts: list[str], target: dict[str, Any]) -> dict[str, Any]:
    """A Report; `posts` are the numbers that were reported, `target` is the Account."""
    return {
        "id": str(row.id),
        "action_taken": row.resolved_at is not None,
        "action_taken_at": moment(row.resolved_at) if row.resolved_at is not None else None,
        "category": row.category,
        "comment": row.comment,
        "forwarded": row.forwarded,
        "created_at": moment(row.created_at),
        "status_ids": posts,
        "rule_ids": row.rule_ids,
        "target_account": target,
    }
