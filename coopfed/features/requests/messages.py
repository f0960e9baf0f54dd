"""What people read of answers in any client: an Offer, and what its owner says to it, is a direct message of whoever said it.

The post has the id of the activity. It is a copy for the reader alone: nobody fetches it, and it goes to nobody. Units of work.
"""

from html import escape

import orjson

from actors.lookup import ActorRow
from coopfed.codes.tables import LANGUAGES
from coopfed.db.tx import Tx
from coopfed.features import notifications, timelines
from coopfed.features.posts import details
from coopfed.features.posts import store as posts
from coopfed.features.posts.store import PostRow
from coopfed.features.requests.answers import ResponseRow
from coopfed.features.requests.beside import post_of
from coopfed.features.requests.store import RequestRow
from coopfed.features.streams import store as streams
from coopfed.node import Stamp
from coopfed.text.i18n import Translator, translator
from coopfed.text.i18n import mark as _
from coopfed.text.sanitise import POLICY_VERSION, sanitise
from coopfed.vocab.audience import Visibility
from coopfed.vocab.records import Activity, MentionRecord
from coopfed.vocab.texts import text_of

_ANSWERED = _("An answer to your request")


def tell_owner(
    tx: Tx, response: ResponseRow, row: RequestRow, responder: ActorRow, owner: ActorRow, stamp: Stamp
) -> None:
    """The owner of ours reads the answer."""
    content = response.content or f"<p>{_words(row, _ANSWERED)}: {escape(row.title)}</p>"
    _tell(tx, response.uri, responder, owner, content, response.language, row, response.written_at, stamp)


def tell_responder(
    tx: Tx,
    activity: Activity,
    response: ResponseRow,
    row: RequestRow,
    owner: ActorRow,
    responder: ActorRow,
    stamp: Stamp,
) -> None:
    """The responder of ours reads what became of the answer."""
    if activity.id is None or not responder.local:
        return
    said = sanitise(text_of(activity.document, "content").text)
    head = _words(row, _("Accepted") if activity.type == "Accept" else _("Not accepted"))
    content = f"<p><strong>{head}: {escape(row.title)}</strong></p>{said}"
    _tell(tx, activity.id, owner, responder, content, row.language, row, stamp.now, stamp)


def tell_receipt(
    tx: Tx, uri: str, row: RequestRow, title: str, author: ActorRow, reader: ActorRow, fulfilled: bool, stamp: Stamp
) -> None:
    """A side of ours reads what the other says became of an agreement."""
    head = _words(row, _("Confirmed as done") if fulfilled else _("Said not to have been done"))
    _tell(
        tx, uri, author, reader, f"<p><strong>{head}: {escape(title)}</strong></p>", row.language, row, stamp.now, stamp
    )


def tell_story(
    tx: Tx,
    uri: str,
    row: RequestRow,
    author: ActorRow,
    reader: ActorRow,
    content: str,
    language: str | None,
    stamp: Stamp,
) -> None:
    """A side of ours reads the story that the other would like to publish; `content` is clean HTML."""
    head = _words(row, _("We would like to publish this, if you agree"))
    _tell(tx, uri, author, reader, f"<p><strong>{head}:</strong></p>{content}", language, row, stamp.now, stamp)


def tell_confirmed(
    tx: Tx, uri: str, row: RequestRow, responder: ActorRow, owner: ActorRow, sentence: str, stamp: Stamp
) -> None:
    """The owner of ours reads what the responder said by the link that they were sent; `uri` is its name."""
    content = f"<p><strong>{_words(row, sentence)}: {escape(row.title)}</strong></p>"
    _tell(tx, uri, responder, owner, content, row.language, row, stamp.now, stamp)


def language_of(row: RequestRow) -> str:
    """The language of the request, which both read, as far as this node speaks it."""
    language = (row.language or "en").partition("-")[0]
    return language if language in LANGUAGES else "en"


def texts_of(row: RequestRow) -> Translator:
    """Our texts in that language."""
    return translator(language_of(row))


def _words(row: RequestRow, sentence: str) -> str:
    return texts_of(row).gettext(sentence)


def _tell(
    tx: Tx,
    uri: str,
    author: ActorRow,
    reader: ActorRow,
    content: str,
    language: str | None,
    row: RequestRow,
    written_at: int,
    stamp: Stamp,
) -> None:
    shown = post_of(tx, row)
    post = PostRow(
        id=stamp.mint(written_at),
        uri=uri,
        local=False,
        type="Note",
        actor_id=author.id,
        account_id=None,
        visibility=Visibility.DIRECT,
        name="",
        content=content,
        summary="",
        source=None,
        language=language,
        sensitive=False,
        url=row.url,
        in_reply_to=shown.uri if shown is not None else None,
        in_reply_to_id=shown.id if shown is not None else None,
        policy_version=POLICY_VERSION,
        replies_count=0,
        likes_count=0,
        shares_count=0,
        published_at=written_at,
        updated_at=None,
        deleted_at=None,
        context=shown.context if shown is not None else None,
    )
    document = {"id": uri, "type": "Note", "attributedTo": author.uri, "content": content, "to": [reader.uri]}
    stored = posts.insert_post(tx, post, orjson.dumps(document), stamp.now)
    if stored is None:
        return
    details.insert_mentions(tx, stored.id, [(MentionRecord(reader.uri, f"@{reader.acct}"), reader.id)])
    streams.posted(tx, stored.id, stored.id, author.id, stored.published_at, stamp.now)
    notifications.notify(tx, reader.id, notifications.MENTION, author.id, uri, stamp, object_id=stored.id)


def take_back(tx: Tx, uri: str, stamp: Stamp) -> None:
    """An answer that was taken back is read no more."""
    post = posts.by_uri(tx, uri)
    if post is not None and posts.wipe(tx, post, stamp.now):
        timelines.remove_object(tx, post.id)
        notifications.withdraw_post(tx, post.id)
