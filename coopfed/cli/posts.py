"""`coopfed post`, `coopfed follow`, `coopfed unfollow`."""

from typing import Any

import typer

from coopfed.cli.common import Json, say, with_node


def register(app: typer.Typer) -> None:
    """Adds the commands."""
    app.command("post")(post)
    app.command("follow")(follow)
    app.command("unfollow")(unfollow)


def post(
    handle: str,
    text: str,
    visibility: str = typer.Option("", help="public, unlisted, followers or direct; else the actor's default."),
    language: str = typer.Option("", help="Language of the text, like tr, it or en; else the actor's default."),
    markdown: bool | None = typer.Option(
        None, "--markdown/--plain", help="Whether the text is Markdown; an article always is."
    ),
    title: str = typer.Option("", help="Makes it an article, which may be long."),
    abstract: str = typer.Option("", help="What the article says, in a few sentences; else its beginning."),
    reply_to: str = typer.Option("", help="Address (id) of the post that is answered."),
    quote: str = typer.Option("", help="Address (id) of the post that is quoted."),
    quote_policy: str = typer.Option("", help="Who may quote it: public, followers or nobody."),
    poll_option: list[str] = typer.Option([], help="What can be chosen in a poll; once for each option."),
    poll_multiple: bool = typer.Option(False, "--poll-multiple", help="Several options may be chosen."),
    poll_expires: int = typer.Option(24 * 3600, help="For how many seconds the poll is open."),
    poll_hide_totals: bool = typer.Option(False, "--poll-hide-totals", help="Votes are shown at the end only."),
    as_json: Json = False,
) -> None:
    """Publish a post as an actor of this node."""
    draft = (text, visibility, language, reply_to, quote, quote_policy, markdown, title, abstract)
    poll = (tuple(poll_option), poll_multiple, poll_expires, poll_hide_totals) if poll_option else None
    row = with_node(lambda node: _post(node, handle, *draft, poll), as_json=as_json)
    say(row.url or row.uri, {"id": str(row.id), "uri": row.uri, "url": row.url}, as_json=as_json)


async def _post(
    node: Any,
    handle: str,
    text: str,
    visibility: str,
    language: str,
    reply_to: str,
    quote: str,
    quote_policy: str,
    markdown: bool | None,
    title: str,
    abstract: str,
    poll: tuple[tuple[str, ...], bool, int, bool] | None,
) -> Any:
    from coopfed.errors import InvalidInput
    from coopfed.features.consent.rules import QuotePolicy
    from coopfed.features.posts.actions import create_post
    from coopfed.features.posts.defaults import defaults_of
    from coopfed.features.posts.rules import Draft, PollDraft
    from coopfed.vocab.audience import Visibility
    from webfinger.resolve import find_actor

    if visibility and visibility not in list(Visibility):
        raise InvalidInput(f"visibility must be one of: {', '.join(Visibility)}")
    if quote_policy and quote_policy not in list(QuotePolicy):
        raise InvalidInput(f"quote policy must be one of: {', '.join(QuotePolicy)}")
    if abstract and not title:
        raise InvalidInput("only an article has an abstract; give it a --title")
    author = await _own(node, await find_actor(node, handle))
    usual = await node.db.read(defaults_of, author.id)
    draft = Draft(
        text,
        Visibility(visibility) if visibility else usual.visibility,
        language or usual.language,
        sensitive=usual.sensitive,
        in_reply_to=reply_to or None,
        quote=quote or None,
        quote_policy=QuotePolicy(quote_policy) if quote_policy else usual.quote_policy,
        poll=PollDraft(*poll) if poll else None,
        markdown=(usual.markdown or None) if markdown is None else markdown,
        title=title,
        summary=abstract,
    )
    return await create_post(node, author, draft)


def follow(handle: str, remote: str, as_json: Json = False) -> None:
    """Let an actor of this node follow another one. REMOTE is name@host or an address."""
    target = with_node(lambda node: _follow(node, handle, remote), as_json=as_json)
    say(f"@{handle} asks to follow @{target.acct}", {"follower": handle, "target": target.uri}, as_json=as_json)


async def _follow(node: Any, handle: str, remote: str) -> Any:
    from coopfed.features.follows.actions import follow
    from webfinger.resolve import find_actor

    follower, target = await _own(node, await find_actor(node, handle)), await find_actor(node, remote)
    await follow(node, follower, target)
    return target


def unfollow(handle: str, remote: str, as_json: Json = False) -> None:
    """End a follow."""
    target = with_node(lambda node: _unfollow(node, handle, remote), as_json=as_json)
    say(f"@{handle} no longer follows @{target.acct}", {"follower": handle, "target": target.uri}, as_json=as_json)


async def _unfollow(node: Any, handle: str, remote: str) -> Any:
    from coopfed.features.follows.actions import unfollow
    from webfinger.resolve import find_actor

    follower, target = await _own(node, await find_actor(node, handle)), await find_actor(node, remote)
    await unfollow(node, follower, target)
    return target


async def _own(node: Any, row: Any) -> Any:
    from coopfed.errors import InvalidInput

    if not row.local or row.uri == node.urls.node_actor:
        raise InvalidInput(f"@{row.acct} is not an actor that speaks from this node")
    return row
