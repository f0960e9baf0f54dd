"""Direct posts about a request, written by its owner or a responder to the other: for any server, with a notification in any app."""

from collections.abc import Callable
from typing import Any

from actors.lookup import ActorRow, by_id
from coopfed import limits
from coopfed.db.tx import Tx
from coopfed.errors import Conflict, InvalidInput
from coopfed.features.follows.store import blocks
from coopfed.features.posts import actions as posting
from coopfed.features.posts import store as posts
from coopfed.features.posts import writing
from coopfed.features.posts.allowed import must_ask
from coopfed.features.posts.compose import Prepared
from coopfed.features.posts.rules import Draft, checked
from coopfed.features.posts.store import PostRow
from coopfed.features.requests import messages, talk
from coopfed.features.requests.answers import ResponseRow
from coopfed.features.requests.beside import post_of
from coopfed.features.requests.companion import unmarked
from coopfed.features.requests.store import RequestRow
from coopfed.node import Stamp
from coopfed.text.i18n import mark as _
from coopfed.text.render import MentionTarget
from coopfed.text.sanitise import plain
from coopfed.vocab.audience import Visibility

Document = dict[str, Any]


def write(
    tx: Tx,
    author: ActorRow,
    reader: ActorRow,
    text: str,
    row: RequestRow,
    stamp: Stamp,
    *,
    parent: PostRow | None = None,
    language: str | None = None,
    account_id: int | None = None,
    enclose: Callable[[Document], Document] | None = None,
) -> PostRow:
    """Sends a direct post (Markdown) to the other side, in the talk about the request. `enclose` as `posting.create`. A unit of work.

    Conflict when one of the two blocks the other or the reader is gone; InvalidInput says what to change in the text.
    """
    refuse_parted(tx, author, reader)
    parent = parent if parent is not None and parent.deleted_at is None else None
    parent = parent or post_of(tx, row)
    answered = by_id(tx, parent.actor_id) if parent is not None and parent.deleted_at is None else None
    if parent is None or answered is None or not _may_answer(tx, author, parent, answered):
        parent, answered = None, None
    draft = checked(Draft(f"@{reader.acct}\n\n{text}", Visibility.DIRECT, language or row.language, markdown=True))
    targets = {reader.acct.lower(): MentionTarget(reader.uri, reader.url or reader.uri, reader.acct)}
    html = writing.written(draft.text, draft, targets, stamp.urls.tag_page(""))
    # Named in the text or not, it is for the two alone: of what the text mentions besides nobody is told.
    prepared = Prepared(draft, html, (reader,), (), parent, answered)
    dress = None if parent is not None else lambda note: note | {"context": row.uri}
    return posting.create(tx, author, prepared, account_id, stamp, dress=dress, enclose=enclose)


def say_no(
    tx: Tx, owner: ActorRow, responder: ActorRow, response: ResponseRow, row: RequestRow, content: str, stamp: Stamp
) -> None:
    """Whoever answered by a post reads why nothing came of it, when the owner says something (HTML); nothing where one of the two blocks
    the other. A unit of work."""
    word = plain(content)
    if not word:
        return
    head = messages.texts_of(row).gettext(_("Not accepted"))
    text = f"**{head}: {unmarked(row.title)}**\n\n{unmarked(word[: limits.REQUEST_CHARACTERS])}"
    parent = posts.by_id(tx, response.post_id) if response.post_id is not None else None
    try:
        post = write(tx, owner, responder, text, row, stamp, parent=parent)
    except Conflict:
        return
    talk.remember(tx, response.id, post.id)


def refuse_parted(tx: Tx, one: ActorRow, other: ActorRow) -> None:
    """Conflict when one of the two blocks the other, or is gone."""
    if other.gone_at is not None or one.gone_at is not None:
        raise Conflict("the other side is gone")
    if blocks(tx, one.id, other.id) or blocks(tx, other.id, one.id):
        raise Conflict("one of the two blocks the other")


def _may_answer(tx: Tx, author: ActorRow, parent: PostRow, answered: ActorRow) -> bool:
    """Whether the post may hang below what it is about: else it goes by itself, since it has to arrive."""
    try:
        return not parent.consent and not must_ask(tx, author, parent, answered, "reply")
    except InvalidInput:
        return False
