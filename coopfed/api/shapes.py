"""The JSON shapes of the Mastodon client API. "Account" means actor here and nowhere else. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from actors.lookup import ActorRow
from coopfed.clock import utc
from coopfed.features.consent.rules import default_policy
from coopfed.features.follows.store import FollowRow
from coopfed.features.media.rules import IMAGE, PREVIEW
from coopfed.features.mutes.store import MuteRow
from coopfed.features.notification_groups import key
from coopfed.features.notifications import NotificationRow
from coopfed.features.posts import writing
from coopfed.features.posts.defaults import Defaults
from coopfed.features.posts.events import card
from coopfed.features.posts.history import RevisionRow
from coopfed.features.posts.polls import PollRow
from coopfed.features.posts.store import PostRow
from coopfed.features.previews.store import PreviewRow
from coopfed.features.reactions.reads import Marks
from coopfed.features.reactions.store import ReactionRow
from coopfed.features.reports.store import ReportRow
from coopfed.ids import Urls
from coopfed.text.i18n import translator
from coopfed.text.sanitise import plain
from coopfed.vocab.events import EventRecord
from coopfed.vocab.records import AttachmentRecord

VISIBILITY = {"followers": "private"}
"""What apps call otherwise."""


@dataclass(frozen=True, slots=True)
class Face:
    """What an Account shows besides the actor: CustomEmojis, when it last posted (milliseconds), and the Account to which it moved."""

    emojis: Sequence[dict[str, Any]] = ()
    last_at: int | None = None
    moved: dict[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Around:
    """What a status shows besides the post: its author, and for the post's number its mentions, hashtags and files; `marks` are
    the viewer's own likes and boosts, `quotes` Quote shapes, `approvals` who may quote it, `previews` the page it links to,
    `chosen` what the viewer chose in polls, `emojis` those of posts, `faces` what stands beside authors."""

    authors: dict[int, ActorRow]
    answered: dict[int, int]
    mentions: dict[int, list[ActorRow]]
    hashtags: dict[int, list[str]]
    files: dict[int, list[AttachmentRecord]]
    pinned: set[int]
    marks: Marks
    bookmarked: set[int]
    muted: set[int]
    quotes: dict[int, dict[str, Any]]
    quotes_count: dict[int, int]
    approvals: dict[int, dict[str, Any]]
    previews: dict[int, PreviewRow]
    polls: dict[int, PollRow]
    chosen: dict[int, list[int]]
    events: dict[int, EventRecord]
    emojis: dict[int, list[dict[str, Any]]]
    faces: dict[int, Face]
    viewer: int

    def account(self, number: int, urls: Urls) -> dict[str, Any]:
        """The Account of the author (or booster) with this number."""
        return account(self.authors[number], urls, self.faces.get(number, Face()))


def moment(milliseconds: int) -> str:
    """A moment as clients read it."""
    return utc(milliseconds).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def day(milliseconds: int) -> str:
    """The day of a moment (UTC). Source: client_api quirk 6."""
    return utc(milliseconds).date().isoformat()


def account(row: ActorRow, urls: Urls, face: Face | None = None) -> dict[str, Any]:
    """An Account: an actor of ours or a remote one. `acct` has no host for ours.

    Apps stop at a key that is missing, so all are there (quirks 2 to 6, 38, 39). Nobody hides whom they follow, is searched elsewhere
    by a word of their own, or has a role that strangers are told of.
    """
    face = face or Face()
    return {
        "id": str(row.id),
        "username": row.handle,
        "acct": row.handle if row.local else row.acct,
        "display_name": row.name,
        "note": row.summary,
        "url": row.url or row.uri,
        "uri": row.uri,
        "locked": row.locked,
        "bot": row.type in ("Service", "Application"),
        "group": row.type == "Group",
        "discoverable": row.discoverable,
        "indexable": False,
        "noindex": not row.discoverable,
        "hide_collections": False,
        "created_at": f"{day(row.created_at)}T00:00:00.000Z",
        "followers_count": row.followers_count,
        "following_count": row.following_count,
        "statuses_count": row.posts_count,
        "avatar": f"{urls.base}/static/avatar.svg",
        "avatar_static": f"{urls.base}/static/avatar.svg",
        "avatar_description": "",
        "header": f"{urls.base}/static/header.svg",
        "header_static": f"{urls.base}/static/header.svg",
        "header_description": "",
        "fields": [],
        "roles": [],
        "emojis": list(face.emojis),
        "last_status_at": day(face.last_at) if face.last_at is not None else None,
        **({"moved": face.moved} if face.moved is not None else {}),
        **({"suspended": True} if row.suspended else {}),
    }


_ROLE = {"id": "-99", "name": "", "permissions": "0", "color": "", "highlighted": False}
"""Mastodon's role of everybody. Who runs the node, apps need not know: nothing is done by it in the client API."""


def own_account(shown: dict[str, Any], row: ActorRow, usual: Defaults, requests: int) -> dict[str, Any]:
    """A CredentialAccount: the Account of the acting actor, with what it says where nothing else is said, and how many wait to follow
    it. `content_type` is ours: other apps pass it over."""
    source = {
        "privacy": VISIBILITY.get(usual.visibility, usual.visibility.value),
        "sensitive": usual.sensitive,
        "language": usual.language,
        "note": plain(row.summary),
        "fields": [],
        "follow_requests_count": requests,
        "hide_collections": False,
        "discoverable": row.discoverable,
        "indexable": False,
        "attribution_domains": [],
        "quote_policy": usual.quote_policy or default_policy(usual.visibility),
        "content_type": writing.MARKDOWN if usual.markdown else writing.PLAIN,
    }
    return {**shown, "source": source, "role": _ROLE}


def preferences(usual: Defaults) -> dict[str, Any]:
    """Preferences: how new posts begin. How an app shows what it reads, every app knows for itself: Mastodon's defaults."""
    return {
        "posting:default:visibility": VISIBILITY.get(usual.visibility, usual.visibility.value),
        "posting:default:sensitive": usual.sensitive,
        "posting:default:language": usual.language,
        "posting:default:quote_policy": usual.quote_policy or default_policy(usual.visibility),
        "reading:expand:media": "default",
        "reading:expand:spoilers": False,
        "reading:autoplay:gifs": False,
    }


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
        "sensitive": post.sensitive,
        "spoiler_text": post.summary,
        "visibility": VISIBILITY.get(post.visibility, post.visibility),
        "language": post.language,
        "content": _content(post, around),
        "account": around.account(post.actor_id, urls),
        "replies_count": post.replies_count,
        "reblogs_count": post.shares_count,
        "favourites_count": post.likes_count,
        "favourited": post.id in around.marks.favoured,
        "reblogged": post.id in around.marks.boosted,
        "muted": post.id in around.muted,
        "bookmarked": post.id in around.bookmarked,
        "pinned": post.id in around.pinned,
        "reblog": None,
        "application": None,
        "media_attachments": [
            _file(post.id, position, file, urls) for position, file in enumerate(around.files.get(post.id, []))
        ],
        # Clients need the id of an account; who is mentioned but not known here stays a link in the text.
        "mentions": [_mention(row) for row in around.mentions.get(post.id, [])],
        "tags": [{"name": name, "url": urls.tag_page(name)} for name in around.hashtags.get(post.id, [])],
        "emojis": around.emojis.get(post.id, []),
        "card": _card(around.files.get(post.id, []), around.previews.get(post.id)),
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


def _card(files: list[AttachmentRecord], preview: PreviewRow | None) -> dict[str, Any] | None:
    """The PreviewCard of the page that the text links to, or of the first link that the author attached (Lemmy's posts are links), as
    Mastodon reads it; for the latter nothing is fetched. Pictures of others are not served here, so none is named."""
    link = next((file for file in files if file.type == "Link" and file.url.startswith(("https://", "http://"))), None)
    if preview is None and link is not None:
        preview = PreviewRow(link.url, link.description)
    if preview is None:
        return None
    author = {"name": preview.author, "url": preview.author_url, "account": None}
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
        "width": 0,
        "height": 0,
        "image": None,
        "image_description": "",
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


def _file(post_id: int, position: int, file: AttachmentRecord, urls: Urls) -> dict[str, Any]:
    """A MediaAttachment: of this node's own file with its addresses; of others' the node keeps no copy, clients link to `remote_url`
    and show the description."""
    return {
        "id": f"{post_id}-{position}",
        "type": "unknown",
        "url": None,
        "preview_url": None,
        "remote_url": file.url,
        **_own_file(file, urls),
        "meta": meta(file),
        "description": file.description or None,
        "blurhash": file.blurhash,
    }


def _own_file(file: AttachmentRecord, urls: Urls) -> dict[str, Any]:
    """What is known of a file that was uploaded here, by its address; nothing of others."""
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


def meta(file: AttachmentRecord) -> dict[str, Any]:
    """Size and focal point, as far as its author told them."""
    found: dict[str, Any] = {}
    if file.width and file.height:
        size = {"width": file.width, "height": file.height, "size": f"{file.width}x{file.height}"}
        found["original"] = size | {"aspect": file.width / file.height}
    if file.focal_point is not None:
        found["focus"] = dict(zip("xy", file.focal_point, strict=True))
    return found


def _mention(row: ActorRow) -> dict[str, Any]:
    """A Mention, in the words of the Account; its address is the one in the text, by which apps find it there."""
    return {
        "id": str(row.id),
        "username": row.handle,
        "acct": row.handle if row.local else row.acct,
        "url": row.url or row.uri,
    }


def _number(value: int | None) -> str | None:
    return None if value is None else str(value)


def notification(row: NotificationRow, author: dict[str, Any], post: dict[str, Any] | None) -> dict[str, Any]:
    """A Notification; `author` is the Account of whoever caused it."""
    return {
        "id": str(row.id),
        "type": row.type,
        "created_at": moment(row.created_at),
        "group_key": key(row),
        "account": author,
        "status": post,
    }


def report(row: ReportRow, posts: list[str], target: dict[str, Any]) -> dict[str, Any]:
    """A Report; `posts` are the numbers that were reported, `target` is the Account."""
    return {
        "id": str(row.id),
        "action_taken": row.resolved_at is not None,
        "action_taken_at": moment(row.resolved_at) if row.resolved_at is not None else None,
        "category": "other",
        "comment": row.comment,
        "forwarded": row.forwarded,
        "created_at": moment(row.created_at),
        "status_ids": posts,
        "rule_ids": [],
        "target_account": target,
    }


@dataclass(frozen=True, slots=True)
class Between:
    """What stands between the acting actor and another one: the follows, the mute of the other, who of the two blocks, whether
    the host of the other is shut out, and what the acting actor thinks of the other."""

    following: FollowRow | None
    followed_by: FollowRow | None
    mute: MuteRow | None
    blocking: bool
    blocked_by: bool
    shut_out: bool
    endorsed: bool
    note: str


def relationship(number: int, between: Between) -> dict[str, Any]:
    """A Relationship of the acting actor to another one."""
    mine, theirs, mute = between.following, between.followed_by, between.mute
    return {
        "id": str(number),
        "following": mine is not None and mine.accepted,
        "requested": mine is not None and not mine.accepted,
        "followed_by": theirs is not None and theirs.accepted,
        "requested_by": theirs is not None and not theirs.accepted,
        "showing_reblogs": mine is not None and mine.boosts,
        "notifying": mine is not None and mine.notify,
        "languages": list(mine.languages) if mine is not None and mine.languages else None,
        "blocking": between.blocking,
        "blocked_by": between.blocked_by,
        "muting": mute is not None,
        "muting_notifications": mute is not None and mute.notifications,
        "muting_expires_at": moment(mute.ends_at) if mute is not None and mute.ends_at is not None else None,
        "domain_blocking": between.shut_out,
        "endorsed": between.endorsed,
        "note": between.note,
    }
