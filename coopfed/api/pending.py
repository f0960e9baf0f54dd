"""Posts of authors that wait for an editor: seen by the actor's people alone, as a Status that is pending. Ours, beside Mastodon's API."""

from dataclasses import replace
from typing import Any

from quart import Blueprint, Response

from actors.roles import may_approve
from coopfed.api import assemble
from coopfed.api.asking import answer, editor, number, page_links, parameters, speaker, stretch
from coopfed.api.media import media_attachment
from coopfed.api.scheduled import may_change, scheduled_status
from coopfed.api.shapes import Around, status
from coopfed.api.words import moment
from coopfed.db.tx import Tx
from coopfed.errors import NotFound
from coopfed.features.accounts import store as accounts
from coopfed.features.marks import NO_MARKS
from coopfed.features.posts import approval, kept, store, writing
from coopfed.features.posts.kept import KeptRow
from coopfed.features.posts.rules import Draft
from coopfed.features.posts.store import PostRow
from coopfed.ids import milliseconds_of
from coopfed.node import Node
from coopfed.oauth.tokens import Bearer
from coopfed.text.sanitise import POLICY_VERSION

PATH = "/api/coopfed/v1/pending_statuses"


def register(api: Blueprint, node: Node) -> None:
    """Adds the routes."""

    @api.get(PATH)
    async def list_pending() -> Response:
        who, asked = await speaker(node, "read:statuses"), stretch()
        rows = await node.db.read(kept.waiting, who.actor.id, asked.limit, asked.max_id, asked.above)
        links = page_links(node.urls.base, PATH, [row.id for row in rows], asked.limit)
        return answer([await pending_status(node, who, row) for row in rows], headers=links)

    @api.get(f"{PATH}/<id>")
    async def get_pending(id: str) -> Response:
        who = await speaker(node, "read:statuses")
        return answer(
            await pending_status(node, who, await node.db.read(approval.waiting_one, who.actor.id, number(id)))
        )

    @api.post(f"{PATH}/<id>/approve")
    async def approve(id: str) -> Response:
        who, seen = await editor(node, "write:statuses"), str((await parameters()).get("version") or "")
        found = await approval.approve(node, who.actor, who.account_id, number(id), seen)
        if isinstance(found, KeptRow):
            return answer(await scheduled_status(node, found))
        return answer((await node.db.read(assemble.statuses, [found.id], who.actor.id, node.urls))[0])

    @api.post(f"{PATH}/<id>/refuse")
    async def refuse(id: str) -> Response:
        who = await editor(node, "write:statuses")
        reason = str((await parameters()).get("reason") or "")
        await approval.refuse(node, who.actor, who.account_id, number(id), reason)
        return answer({})


async def own_pending(node: Node, who: Bearer, id: str) -> KeptRow | None:
    """What waits for an editor of the acting actor under this number; None when nothing does."""
    try:
        return await node.db.read(approval.waiting_one, who.actor.id, number(id))
    except NotFound:
        return None


async def rewritten(node: Node, who: Bearer, row: KeptRow, draft: Draft) -> dict[str, Any]:
    """The pending Status after its text was changed; to whom it goes and what it answers stays. Raises as `may_change`, `kept.keep`."""
    may_change(who, row)
    meant = replace(draft, visibility=row.draft.visibility, in_reply_to=row.draft.in_reply_to, quote=row.draft.quote)
    if meant.media is None:
        meant = replace(meant, media=row.draft.media)
    return await pending_status(node, who, await node.db.write(kept.rewrite, row, meant))


async def withdrawn(node: Node, who: Bearer, row: KeptRow) -> dict[str, Any]:
    """The pending Status, taken back, with its text to be written anew. Raises as `may_change`."""
    may_change(who, row)
    shown = await pending_status(node, who, row)
    await node.db.write(kept.cancel, who.actor.id, row.id)
    return {**shown, "text": row.draft.text}


async def pending_status(node: Node, who: Bearer, row: KeptRow) -> dict[str, Any]:
    """A Status that nobody but the actor's people sees: `coopfed.pending` is true, and editors are told who wrote it. `coopfed.version`
    stands for what is shown; `coopfed.translations` are its texts in other languages."""
    files = await node.db.read(kept.files_of, row)
    return {
        **await node.db.read(_status, row, who, node),
        "media_attachments": [media_attachment(one, node.urls) for one in files],
    }


def _status(tx: Tx, row: KeptRow, who: Bearer, node: Node) -> dict[str, Any]:
    draft, actor = row.draft, who.actor
    answered = store.by_uri(tx, draft.in_reply_to) if draft.in_reply_to else None
    author = accounts.by_id(tx, row.account_id) if may_approve(who.roles) else None
    around = Around(
        authors={actor.id: actor},
        accounts={actor.id: assemble.accounts(tx, [actor], node.urls)[0]},
        answered={row.id: answered.actor_id} if answered is not None else {},
        mentions={},
        hashtags={row.id: list(writing.hashtags_in(draft))},
        files={},
        marks=NO_MARKS,
        quotes={},
        quotes_count={},
        approvals={},
        previews={},
        polls={},
        chosen={},
        events={},
        emojis={},
        viewer=actor.id,
    )
    post = _as_post(row, answered, node)
    return status(post, around, node.urls) | {
        "poll": _poll(row),
        "quote_approval": {"automatic": [], "manual": [], "current_user": "denied"},
        "coopfed": {
            "pending": True,
            "scheduled_at": moment(row.due_at) if row.due_at > node.clock.now() else None,
            "written_by": author.email if author is not None else None,
            "version": kept.version(row, kept.files_of(tx, row)),
            "translations": translated(draft, node),
        },
    }


def translated(draft: Draft, node: Node) -> dict[str, str]:
    """The texts of a draft in other languages, as clean HTML."""
    base = node.urls.tag_page("")
    return {language: writing.written(text, draft, {}, base) for language, text in draft.translations.items()}


def _as_post(row: KeptRow, answered: PostRow | None, node: Node) -> PostRow:
    draft, uri = row.draft, node.urls.object(row.id)
    return PostRow(
        id=row.id,
        uri=uri,
        local=True,
        type=writing.ARTICLE if draft.title else "Note",
        actor_id=row.actor_id,
        account_id=row.account_id,
        visibility=draft.visibility.value,
        name=draft.title,
        content=writing.titled(draft.title, writing.written(draft.text, draft, {}, node.urls.tag_page(""))),
        summary="" if draft.title else draft.summary,
        source=draft.text,
        language=draft.language,
        sensitive=draft.sensitive or bool(draft.summary),
        url=None,
        in_reply_to=draft.in_reply_to,
        in_reply_to_id=answered.id if answered is not None else None,
        policy_version=POLICY_VERSION,
        replies_count=0,
        likes_count=0,
        shares_count=0,
        published_at=milliseconds_of(row.id),
        updated_at=None,
        deleted_at=None,
    )


def _poll(row: KeptRow) -> dict[str, Any] | None:
    """The Poll that will be asked; its end is counted from when it is."""
    poll = row.draft.poll
    if poll is None:
        return None
    return {
        "id": str(row.id),
        "expires_at": None,
        "expired": False,
        "multiple": poll.multiple,
        "votes_count": 0,
        "voters_count": 0,
        "voted": True,
        "own_votes": [],
        "options": [{"title": title, "votes_count": 0} for title in poll.options],
        "emojis": [],
    }
