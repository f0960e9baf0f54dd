"""What we write: plain dicts in the shapes that every peer reads, ready to serialise, `@context` first.

Shapes: `to`, `cc`, `tag` and `attachment` are always arrays (Pixelfed and Lemmy need them), the public address is in
full, references are ids, nothing is null, times are RFC 3339 in UTC with milliseconds. The same note is written the
same alone and within its Create.
"""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

from coopfed.vocab.contexts import NOTE
from coopfed.vocab.terms import FEP_0837, PROFILE, PUBLIC

Document = dict[str, Any]


def instant(moment: datetime) -> str:
    """An aware time as `2026-11-24T08:00:00.000Z`. Source: RFC 3339 5.6."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def note(
    id: str,
    author: str,
    content: str,
    *,
    published: datetime,
    to: Sequence[str],
    cc: Sequence[str],
    url: str | None = None,
    language: str | None = None,
    summary: str | None = None,
    sensitive: bool = False,
    in_reply_to: str | None = None,
    context: str | None = None,
    tags: Iterable[Document] = (),
    attachments: Iterable[Document] = (),
    replies: str | None = None,
    likes: str | None = None,
    shares: str | None = None,
    updated: datetime | None = None,
    source: tuple[str, str] | None = None,
) -> Document:
    """A Note. `content` is HTML, `summary` the content warning, `source` the text as typed and its media type.

    `context` is written as `conversation` too, which Mastodon and Pleroma read. Source: ActivityPub 3.3, 6.2.
    """
    return _present(
        {
            "@context": list(NOTE),
            "id": id,
            "type": "Note",
            "attributedTo": author,
            "url": url,
            "content": content,
            "contentMap": {language: content} if language else None,
            "summary": summary or None,
            "sensitive": sensitive,
            "published": instant(published),
            "updated": instant(updated) if updated else None,
            "to": list(to),
            "cc": list(cc),
            "inReplyTo": in_reply_to,
            "context": context,
            "conversation": context,
            "tag": list(tags),
            "attachment": list(attachments),
            "replies": replies,
            "likes": likes,
            "shares": shares,
            "source": {"content": source[0], "mediaType": source[1]} if source else None,
        }
    )


def mention(href: str, handle: str) -> Document:
    """The tag of a mentioned actor; without one Mastodon notifies nobody. `handle` is `name@host`."""
    return {"type": "Mention", "href": href, "name": f"@{handle}"}


def hashtag(href: str, name: str) -> Document:
    """The tag of a hashtag; `name` without `#`, `href` its page."""
    return {"type": "Hashtag", "href": href, "name": f"#{name}"}


def emoji(id: str, shortcode: str, url: str, media_type: str, updated: datetime) -> Document:
    """The tag of a custom emoji that stands in the text as `:shortcode:`. Source: toot:Emoji."""
    return {
        "id": id,
        "type": "Emoji",
        "name": f":{shortcode}:",
        "updated": instant(updated),
        "icon": {"type": "Image", "mediaType": media_type, "url": url},
    }


def picture(url: str, media_type: str, description: str) -> Document:
    """A picture of an actor (`icon`, `image`). What it shows stands where `attachment` has it."""
    told = {"name": description, "summary": description} if description else {}
    return {"type": "Image", "mediaType": media_type, "url": url, **told}


def generator() -> Document:
    """The software of an actor, with what it understands besides ActivityPub. Source: FEP-844e; domain research 7.1."""
    return {
        "type": "Application",
        "implements": [{"href": PROFILE, "name": "CoopFed profile 1"}, {"href": FEP_0837, "name": "FEP-0837"}],
    }


def identifier(scheme: str, value: str) -> Document:
    """A number in a registry. Source: schema.org, `identifier` as PropertyValue."""
    return {"type": "PropertyValue", "propertyID": scheme, "value": value}


def profile_field(name: str, html: str) -> Document:
    """A row of an actor's profile. Source: schema.org PropertyValue, as Mastodon reads it."""
    return {"type": "PropertyValue", "name": name, "value": html}


def attachment(
    url: str,
    media_type: str,
    *,
    description: str = "",
    width: int | None = None,
    height: int | None = None,
    blurhash: str | None = None,
    focal_point: tuple[float, float] | None = None,
) -> Document:
    """A file. What it shows stands in `name` and in `summary`: peers read the one or the other."""
    return _present(
        {
            "type": _FILE_TYPES.get(media_type.partition("/")[0], "Document"),
            "mediaType": media_type,
            "url": url,
            "name": description or None,
            "summary": description or None,
            "width": width,
            "height": height,
            "blurhash": blurhash,
            "focalPoint": list(focal_point) if focal_point else None,
        }
    )


def create(note: Document, id: str) -> Document:
    """The Create of an object of ours: its actor, time and addressing are the object's. Source: ActivityPub 6.2."""
    activity = _activity("Create", id, note["attributedTo"], bare(note), note["to"], note["cc"])
    return activity | {"@context": note["@context"], "published": note["published"]}


def update(document: Document, id: str, moment: datetime) -> Document:
    """The Update of an object of ours, which carries a newer `updated` than before. Source: ActivityPub 6.3."""
    activity = _activity("Update", id, document["attributedTo"], bare(document), document["to"], document["cc"])
    return activity | {"@context": document["@context"], "published": instant(moment)}


def delete(
    id: str,
    actor: str,
    object_id: str,
    former_type: str,
    to: Sequence[str],
    cc: Sequence[str],
    deleted: datetime,
) -> Document:
    """The Delete of an object of ours, with its Tombstone. Source: ActivityPub 6.4."""
    return _activity("Delete", id, actor, bare(tombstone(object_id, former_type, deleted)), to, cc)


def like(id: str, actor: str, object_id: str, author: str) -> Document:
    """The Like of a post, to its author. Source: ActivityPub 6.8."""
    return _activity("Like", id, actor, object_id, [author], [])


def announce(
    id: str, actor: str, passed_on: str | Document, published: datetime, to: Sequence[str], cc: Sequence[str]
) -> Document:
    """The Announce of a post by its id: what was embedded nobody could believe. `published` is not before the post's (Misskey).
    A group passes on an activity as it came, with its context and proof.

    Source: ActivityPub 7.11; FEP-1b12.
    """
    return _activity("Announce", id, actor, passed_on, to, cc) | {"published": instant(published)}


def follow(id: str, actor: str, target: str) -> Document:
    """The Follow of one actor by another. Source: ActivityPub 6.5."""
    return _activity("Follow", id, actor, target, [target], [])


def accept(id: str, actor: str, follow_id: str | None, follower: str, *, joined: bool = False) -> Document:
    """The Accept of a Follow of `actor` by `follower` (of a Join when it `joined`), embedded with the id it came with.

    Misskey resolves a bare id, and Mastodon's Follow ids resolve to nothing; Pleroma drops an Accept whose own id it
    has seen. Source: ActivityPub 6.6 (7.6).
    """
    return _activity("Accept", id, actor, _answered(follow_id, follower, actor, joined), [follower], [])


def reject(id: str, actor: str, follow_id: str | None, follower: str, *, joined: bool = False) -> Document:
    """The Reject of a Follow (of a Join when it `joined`), also of one accepted before. A `follow_id` that is not known is left out, never
    invented (Misskey). Source: ActivityPub 7.7."""
    return _activity("Reject", id, actor, _answered(follow_id, follower, actor, joined), [follower], [])


def move(id: str, actor: str, target: str, followers: str) -> Document:
    """The Move of an actor to where it lives from now on, for its followers. Source: FEP-7628 *Push mode*."""
    return _activity("Move", id, actor, actor, [followers], []) | {"target": target}


def flag(id: str, actor: str, comment: str, target: str, posts: Iterable[str]) -> Document:
    """The report of an actor and some of its posts, for its server. Source: ActivityStreams, Flag; as Mastodon writes it."""
    flag = _activity("Flag", id, actor, target, [target], [])
    return flag | {"content": comment, "object": [target, *posts]}


def block(id: str, actor: str, target: str) -> Document:
    """The Block of one actor by another. Source: ActivityPub 6.9."""
    return _activity("Block", id, actor, target, [target], [])


def undo(id: str, activity: Document) -> Document:
    """The Undo of an activity of ours, embedded with its original id, to whom it went. Source: ActivityPub 6.10."""
    return _activity("Undo", id, activity["actor"], bare(activity), activity["to"], activity["cc"])


def undo_follow(id: str, follower: str, followed: str) -> Document:
    """The Undo of a Follow whose id is not known: by its two actors, since an invented id would be another's. FEP-8fcf."""
    return _activity("Undo", id, follower, _answered(None, follower, followed), [followed], [])


def collected(
    type: str, id: str, actor: str, object_id: str, collection: str, to: Sequence[str], cc: Sequence[str]
) -> Document:
    """The Add (or Remove) of an object to a collection of ours. Source: ActivityPub 6.6, 6.7."""
    return _activity(type, id, actor, object_id, to, cc) | {"target": collection}


def moderation(type: str, id: str, actor: str, object_id: str, group: str, target: str | None = None) -> Document:
    """What a moderator does to a group: Delete, Lock or Block (of an actor, from the group), Add to or Remove from one of its
    collections. Told to the group, which passes it on. Source: FEP-1b12 *Moderation*; as Lemmy writes it."""
    act = _activity(type, id, actor, object_id, [PUBLIC], [group]) | {"audience": group}
    return _present(act | {"target": group if type == "Block" else target})


def tombstone(id: str, former_type: str, deleted: datetime) -> Document:
    """What stands where something was. Source: ActivityPub 6.4; ActivityStreams, Tombstone."""
    return _present(
        {
            "@context": list(NOTE),
            "id": id,
            "type": "Tombstone",
            "formerType": former_type,
            "deleted": instant(deleted),
        }
    )


def ordered_collection(
    id: str,
    total: int,
    *,
    first: str | None = None,
    items: Iterable[str | Document] | None = None,
    attributed_to: str | None = None,
) -> Document:
    """A collection: with the address of its first page, or whole with its items, or only counted when its members are
    nobody's business. Source: ActivityPub 5; ActivityStreams 5.3."""
    return _present(
        {
            "@context": list(NOTE),
            "id": id,
            "type": "OrderedCollection",
            "attributedTo": attributed_to,
            "totalItems": total,
            "first": first,
            "orderedItems": None if items is None else _inner(items),
        }
    )


def collection_page(
    id: str,
    part_of: str,
    items: Iterable[str | Document],
    *,
    next: str | None = None,
    prev: str | None = None,
) -> Document:
    """A page of a collection, newest first, with cursors to its neighbours. Source: ActivityStreams 5.3."""
    return _present(
        {
            "@context": list(NOTE),
            "id": id,
            "type": "OrderedCollectionPage",
            "partOf": part_of,
            "next": next,
            "prev": prev,
            "orderedItems": _inner(items),
        }
    )


def collection(id: str, total: int, *, first: str | None = None) -> Document:
    """A collection without an order (answers, likes, boosts): with its first page, or only counted.

    Source: ActivityPub 5.7, 5.8; ActivityStreams 5.3.
    """
    return _present({"@context": list(NOTE), "id": id, "type": "Collection", "totalItems": total, "first": first})


def unordered_page(id: str, part_of: str, items: Iterable[str], *, next: str | None = None) -> Document:
    """A page of a collection without an order. Source: ActivityStreams 5.3."""
    return _present(
        {
            "@context": list(NOTE),
            "id": id,
            "type": "CollectionPage",
            "partOf": part_of,
            "next": next,
            "items": list(items),
        }
    )


_FILE_TYPES = {"image": "Image", "video": "Video", "audio": "Audio"}


def _activity(kind: str, id: str, actor: str, object: str | Document, to: Sequence[str], cc: Sequence[str]) -> Document:
    return {
        "@context": list(NOTE),
        "id": id,
        "type": kind,
        "actor": actor,
        "object": object,
        "to": list(to),
        "cc": list(cc),
    }


def _answered(follow_id: str | None, follower: str, followed: str, joined: bool = False) -> Document:
    return _present({"id": follow_id, "type": "Join" if joined else "Follow", "actor": follower, "object": followed})


def bare(document: Document) -> Document:
    """A document to stand within another: without its context."""
    return {name: value for name, value in document.items() if name != "@context"}


def _inner(items: Iterable[str | Document]) -> list[str | Document]:
    return [item if isinstance(item, str) else bare(item) for item in items]


def _present(document: Document) -> Document:
    return {name: value for name, value in document.items() if value is not None}
