"""`coopfed lookup`: what a handle or an address leads to, step by step."""

from typing import TYPE_CHECKING, Any

import typer

from coopfed.cli.common import Json, in_words, say, with_node

if TYPE_CHECKING:
    from coopfed.features.lookup import Looked, Stored


def register(app: typer.Typer) -> None:
    """Adds the command."""
    app.command("lookup")(lookup)


def lookup(
    which: str = typer.Argument(..., metavar="URL|HANDLE", help="name@host, or the address of an actor or post."),
    as_json: Json = False,
) -> None:
    """Look an actor or post up. What was known here, what its host says now, and how it is stored or why it was refused."""
    from coopfed.features.lookup import look_up

    found = _facts(with_node(lambda node: look_up(node, which), as_json=as_json))
    say("\n".join(_told(found)), found, as_json=as_json)
    if found["kind"] is None:
        raise typer.Exit(1)


def _facts(found: "Looked") -> dict[str, Any]:
    fetched, refused = found.fetched, found.refused
    answer = {"url": fetched.url, "type": fetched.document.get("type"), "bytes": len(fetched.raw)} if fetched else None
    return {
        "known": found.known is not None,
        "fetched": answer,
        "refused": {"reason": refused.reason, "detail": str(refused)} if refused else None,
        **(_stored(found.stored) if found.stored else {"kind": None}),
    }


def _stored(stored: "Stored") -> dict[str, Any]:
    from inbox.dossier import moment

    def when(milliseconds: int | None) -> str | None:
        return moment(milliseconds) if milliseconds is not None else None

    actor, post = stored.actor, stored.post
    if post is None:
        return {
            "kind": "actor",
            "id": actor.id,
            "uri": actor.uri,
            "acct": actor.acct,
            "confirmed": actor.handle_confirmed,
            "type": actor.type,
            "name": actor.name,
            "local": actor.local,
            "inbox": actor.inbox,
            "shared_inbox": actor.shared_inbox,
            "locked": actor.locked,
            "suspended": actor.suspended,
            "moved_to": actor.moved_to,
            "fetched_at": when(actor.fetched_at),
            "deleted_at": when(actor.gone_at),
        }
    return {
        "kind": "post",
        "id": post.id,
        "uri": post.uri,
        "author": actor.uri,
        "acct": actor.acct,
        "type": post.type,
        "local": post.local,
        "visibility": post.visibility,
        "language": post.language,
        "in_reply_to": post.in_reply_to,
        "replies": post.replies_count,
        "likes": post.likes_count,
        "shares": post.shares_count,
        "published_at": when(post.published_at),
        "edited_at": when(post.updated_at),
        "deleted_at": when(post.deleted_at),
        "content": post.content,
    }


def _told(found: dict[str, Any]) -> list[str]:
    fetched, refused = found["fetched"], found["refused"]
    lines = [
        f"known before: {'yes' if found['known'] else 'no'}",
        f"fetched now: {'{type}, {bytes} bytes, {url}'.format(**fetched) if fetched else '-'}",
        f"refused: {'{reason}: {detail}'.format(**refused) if refused else '-'}",
        f"stored as: {found['kind'] or 'nothing'}",
    ]
    single = {name: value for name, value in found.items() if name not in ("known", "fetched", "refused", "kind")}
    return lines + [f"    {name.replace('_', ' ')}: {in_words(value)}" for name, value in single.items()]
