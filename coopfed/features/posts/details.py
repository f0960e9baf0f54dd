"""What hangs on a post: whom it mentions, its hashtags and its files. Units of work."""

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import BigInteger, BindParameter, String, bindparam, delete, literal_column, select, union_all
from sqlalchemy.dialects.postgresql import insert

from coopfed.db.models import Attachment, Hashtag, Mention, PostPreview, Translation
from coopfed.db.rows import plain
from coopfed.db.tx import Tx, table
from coopfed.text.render import folded_hashtag
from coopfed.vocab.records import AttachmentRecord, MentionRecord

mention, hashtag, attachment = table(Mention), table(Hashtag), table(Attachment)
_ids: BindParameter[int] = bindparam("ids", expanding=True)
_MENTION = insert(mention).on_conflict_do_nothing()
_HASHTAG = insert(hashtag).on_conflict_do_nothing()
_ATTACHMENT = insert(attachment).on_conflict_do_nothing()
_MENTIONS = select(mention.c.object_id, mention.c.href, mention.c.name, mention.c.actor_id).where(
    mention.c.object_id.in_(_ids)
)
_nobody, _nowhere = literal_column("NULL", BigInteger), literal_column("NULL", String)
_TAGS = union_all(
    _MENTIONS, select(hashtag.c.object_id, _nowhere, hashtag.c.name, _nobody).where(hashtag.c.object_id.in_(_ids))
)
_ATTACHMENTS = (
    select(attachment).where(attachment.c.object_id.in_(_ids)).order_by(attachment.c.object_id, attachment.c.position)
)
_FORGET = tuple(
    delete(kind).where(kind.c.object_id == bindparam("post"))
    for kind in (mention, hashtag, attachment, table(PostPreview), table(Translation))
)


def insert_mentions(tx: Tx, post_id: int, mentions: Iterable[tuple[MentionRecord, int | None]]) -> None:
    """Stores who is mentioned: the record and the actor's number, when known here."""
    rows = [
        {"object_id": post_id, "href": record.href, "name": record.name, "actor_id": number}
        for record, number in mentions
    ]
    if rows:
        tx.execute(_MENTION, rows)


def insert_hashtags(tx: Tx, post_id: int, names: Sequence[str]) -> None:
    """Stores the hashtags of a post (lower-case, without the sign)."""
    folded: dict[str, str] = {}
    for name in names:
        folded.setdefault(folded_hashtag(name), name)
    rows = [
        {"object_id": post_id, "name": name, "folded": form if folded[form] == name else None}
        for name in names
        for form in (folded_hashtag(name),)
    ]
    if rows:
        tx.execute(_HASHTAG, rows)


def insert_attachments(tx: Tx, post_id: int, files: Iterable[AttachmentRecord]) -> None:
    """Stores the files of a post in their author's order."""
    rows = [
        {
            "object_id": post_id,
            "position": position,
            "type": file.type,
            "url": file.url,
            "media_type": file.media_type,
            "description": file.description,
            "width": file.width,
            "height": file.height,
            "blurhash": file.blurhash,
            "focus_x": file.focal_point[0] if file.focal_point else None,
            "focus_y": file.focal_point[1] if file.focal_point else None,
        }
        for position, file in enumerate(files)
    ]
    if rows:
        tx.execute(_ATTACHMENT, rows)


def forget(tx: Tx, post_id: int) -> None:
    """Takes everything off a post that was deleted, or is to be described anew."""
    for statement in _FORGET:
        tx.execute(statement, {"post": post_id})


def mentions_of(tx: Tx, ids: list[int]) -> dict[int, list[tuple[str, str, int | None]]]:
    """For each post its mentions: (href, name, actor's number when known)."""
    found: dict[int, list[tuple[str, str, int | None]]] = {}
    for row in tx.execute(_MENTIONS, {"ids": ids}) if ids else ():
        found.setdefault(row.object_id, []).append((row.href, row.name, row.actor_id))
    return found


def tags_of(tx: Tx, ids: list[int]) -> tuple[dict[int, list[int]], dict[int, list[str]]]:
    """For each post whom it mentions, as far as they are known here (numbers of actors), and its hashtags."""
    mentioned: dict[int, list[int]] = {}
    hashtags: dict[int, list[str]] = {}
    for post, href, name, number in plain(tx.execute(_TAGS, {"ids": ids})) if ids else ():
        if href is None:
            hashtags.setdefault(post, []).append(name)
        elif number is not None:
            mentioned.setdefault(post, []).append(number)
    return mentioned, hashtags


def attachments_of(tx: Tx, ids: list[int]) -> dict[int, list[AttachmentRecord]]:
    """For each post its files."""
    found: dict[int, list[AttachmentRecord]] = {}
    for row in tx.execute(_ATTACHMENTS, {"ids": ids}) if ids else ():
        found.setdefault(row.object_id, []).append(_record(row))
    return found


def _record(row: Any) -> AttachmentRecord:
    focus = None if row.focus_x is None or row.focus_y is None else (row.focus_x, row.focus_y)
    return AttachmentRecord(
        row.url, row.media_type, row.description, row.width, row.height, row.blurhash, focus, row.type
    )
