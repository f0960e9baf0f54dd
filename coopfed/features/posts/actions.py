"""What members do: post, edit and delete. The author's own rows and everything that leaves are stored in one write."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

import orjson

from actors.lookup import ActorRow, by_id
from actors.visibility import NOBODY
from coopfed.clock import utc
from coopfed.db.tx import Tx
from coopfed.errors import InvalidInput, NotFound
from coopfed.features import notifications, timelines
from coopfed.features.consent import store as consents
from coopfed.features.media import store as media
from coopfed.features.posts import details, documents, history, polls, store, threads, visible, writing
from coopfed.features.posts import groups as places
from coopfed.features.posts.allowed import ask, must_ask, only_for, takes_requests
from coopfed.features.posts.compose import Prepared, allowed, compose, policy_in, prepare, row_of, with_way
from coopfed.features.posts.linked import show_preview
from coopfed.features.posts.quoting import (
    Quoted,
    note_quote,
    quoted_by,
    quoted_in,
    unnamed_reader,
    with_quote,
    with_reader,
)
from coopfed.features.posts.reach import reached_by, voters
from coopfed.features.posts.remote import known_post
from coopfed.features.posts.rules import Draft, checked
from coopfed.features.posts.store import PostRow
from coopfed.features.streams import store as streams
from coopfed.node import Node, Stamp
from coopfed.text.sanitise import POLICY_VERSION
from coopfed.vocab import build, consent
from coopfed.vocab.audience import Visibility, addressing
from coopfed.vocab.records import AttachmentRecord, MentionRecord
from outbox.publish import publish


async def create_post(
    node: Node,
    author: ActorRow,
    draft: Draft,
    account_id: int | None = None,
    *,
    also: Callable[[Tx, int], None] | None = None,
    dress: Callable[[build.Document], build.Document] | None = None,
) -> PostRow:
    """Publishes a post as `author`; it is in the author's own timeline when this returns. What is to be done `also`, with the post's
    number, is done in the same transaction, and where it raises there is no post. `dress` puts more into its document, which no edit
    takes out again (see `writing.kept`).

    InvalidInput says what to change in the draft, where the author has moved, that it is suspended, or that the answered or quoted
    author does not allow it; NotFound when the answered or quoted post is unknown here or not for the author. Handles that lead to
    nobody stay plain text, as on Mastodon. An answer to a post whose author has to agree goes to that author alone. Source:
    ActivityPub 6.2; FEP-044f.
    """
    draft = checked(draft)
    if author.moved_to is not None:
        raise InvalidInput(f"@{author.handle} has moved to {author.moved_to} and posts nothing here")
    if author.suspended:
        raise InvalidInput(f"@{author.handle} is suspended; see: coopfed moderation suspend {author.handle} --undo")
    parent, parent_author = None, None
    if draft.in_reply_to is not None:
        answered = await known_post(node, draft.in_reply_to, node.budget())
        parent, parent_author = await node.db.read(_answered, answered.uri, author.id)
    quoted = await known_post(node, draft.quote, node.budget()) if draft.quote is not None else None
    prepared = await prepare(node, author, draft, parent, parent_author)
    prepared = replace(prepared, quote=quoted.uri if quoted is not None else None)
    return await node.db.write(create, author, prepared, account_id, node.stamp(), also, dress)


def _answered(tx: Tx, uri: str, viewer: int) -> tuple[PostRow, ActorRow]:
    post = store.by_uri(tx, uri)
    if post is None or post.id not in visible.by_ids(tx, [post.id], viewer or NOBODY):
        raise NotFound(f"the post {uri} is not known here")
    author = by_id(tx, post.actor_id)
    assert author is not None
    return post, author


def create(
    tx: Tx,
    author: ActorRow,
    prepared: Prepared,
    account_id: int | None,
    stamp: Stamp,
    also: Callable[[Tx, int], None] | None = None,
    dress: Callable[[build.Document], build.Document] | None = None,
    enclose: Callable[[build.Document], build.Document] | None = None,
) -> PostRow:
    """As `create_post`, for what was looked up before; `enclose` puts into what leaves what nobody here is to read, not even its author.
    A unit of work."""
    draft, parent = prepared.draft, prepared.parent
    number, published = _dated(tx, draft, stamp)
    quoted = quoted_by(tx, author, prepared.quote, draft.visibility, stamp) if prepared.quote else None
    waits = _must_ask_to_answer(tx, author, prepared)
    prepared = with_way(prepared, quoted)
    note = compose(
        author, prepared, number, published, stamp, context=threads.context_for(tx, stamp.urls.object(number), parent)
    )
    groups = places.destinations(tx, prepared.mentioned, parent.id if parent else None, draft.visibility)
    note = with_quote(places.for_groups(note, groups), quoted) | {"interactionPolicy": allowed(author, draft)}
    poll = polls.asked(draft.poll, number, stamp) if draft.poll is not None else None
    note = polls.question(note, poll) if poll is not None else note
    note = dress(note) if dress is not None else note
    row = row_of(author, prepared, note, number, published)
    row = row._replace(account_id=account_id, consent=consents.WAITING if waits else "")
    store.insert_post(tx, row, orjson.dumps(note), stamp.now)
    if poll is not None:
        polls.add(tx, poll, stamp)
    _describe(tx, row, prepared, quoted, stamp)
    _let_read(tx, number, note, quoted)
    for group in groups:
        # Of a group of ours the post stands there when it has let it in.
        if not group.local:
            places.stand(tx, number, group.id, stamp.now)
    timelines.place_own(tx, number, number, author.id)
    streams.posted(tx, number, number, author.id, row.published_at, stamp.now, owner_id=author.id)
    _send(tx, author, row, enclose(note) if enclose is not None else note, parent, stamp)
    if quoted is not None:
        note_quote(tx, row, author, quoted, note, stamp)
    if also is not None:
        also(tx, number)
    return row


def _send(tx: Tx, author: ActorRow, row: PostRow, note: build.Document, parent: PostRow | None, stamp: Stamp) -> None:
    """The Create goes out; or the author of what it answers, who has to agree, is asked by a request, or, at older servers, by the
    Create itself."""
    answered = by_id(tx, parent.actor_id) if row.consent and parent is not None else None
    if parent is not None and answered is not None and takes_requests(tx, parent, "reply"):
        ask(tx, author, parent, answered, "reply", note, stamp)
        return
    activity = stamp.mint(None)
    publish(
        tx, stamp, author, activity, build.create(note, stamp.urls.activity(activity)), row.id, only=only_for(tx, row)
    )


def _dated(tx: Tx, draft: Draft, stamp: Stamp) -> tuple[int, datetime]:
    """A free number for the draft and its moment: now, or the past one that it names."""
    if draft.published is None:
        return stamp.mint(None), stamp.utc()
    moment = min(int(draft.published.timestamp() * 1000), stamp.now)
    number, earlier = stamp.mint(moment), 0
    while store.by_id(tx, number) is not None:
        earlier += 1
        number = stamp.mint(moment - earlier)
    return number, utc(moment)


def _must_ask_to_answer(tx: Tx, author: ActorRow, prepared: Prepared) -> bool:
    """Whether the answered author has to agree first. InvalidInput when they do not allow it, or have not agreed to what is answered."""
    if prepared.parent is None or prepared.parent_author is None:
        return False
    parent = store.by_id(tx, prepared.parent.id)
    if parent is not None and parent.consent:
        raise InvalidInput("the post that is answered waits for consent itself")
    return must_ask(tx, author, prepared.parent, prepared.parent_author, "reply")


def _let_read(tx: Tx, number: int, note: build.Document, quoted: Quoted | None) -> None:
    """Who is quoted in a post that is for few may read it, to agree."""
    reader = unnamed_reader(note, quoted)
    if reader is not None:
        details.insert_mentions(tx, number, [(MentionRecord(reader.uri, f"@{reader.acct}"), reader.id)])


def _describe(tx: Tx, post: PostRow, prepared: Prepared, quoted: Quoted | None, stamp: Stamp) -> None:
    mentions = [(MentionRecord(actor.uri, f"@{actor.acct}"), actor.id) for actor in prepared.mentioned]
    files = prepared.draft.attachments or ()
    details.insert_mentions(tx, post.id, mentions)
    details.insert_hashtags(tx, post.id, prepared.hashtags)
    details.insert_attachments(tx, post.id, files)
    _give_files(tx, post, prepared.draft.media, stamp)
    named = {address for actor in prepared.mentioned for address in (actor.uri, actor.url) if address}
    show_preview(tx, post, files, named | ({quoted.post.uri, quoted.link} if quoted is not None else set()), stamp)


def _give_files(tx: Tx, post: PostRow, numbers: tuple[int, ...] | None, stamp: Stamp) -> None:
    """The post has these uploaded files now and no others. InvalidInput when another post got one of them meanwhile."""
    if numbers is None:
        return
    media.detach(tx, post.id, list(numbers), stamp)
    had = {row.id for row in media.of_posts(tx, [post.id]).values()}
    new = [number for number in numbers if number not in had]
    if media.attach(tx, post.actor_id, new, post.id) != len(new):
        raise InvalidInput("Validation failed: Cannot attach files of another post")


async def edit_post(
    node: Node,
    author: ActorRow,
    post: PostRow,
    draft: Draft,
    account_id: int | None = None,
    *,
    also: Callable[[Tx], None] | None = None,
) -> PostRow:
    """Replaces the text of a post of `author`, here at once and by an Update for all who have it; what it said is kept. What is to be
    done `also` is done in the same transaction, before it; where it raises nothing is changed. A post that shows something else of ours
    (`writing.shows`) is changed with that alone.

    Whom it is for and what it answers stay as they are; so do an article's title, the files and the kind of text where the draft does
    not say otherwise. Translations go with the text that they were of. NotFound when it is not theirs or deleted; InvalidInput says
    what to change in the draft. Source: ActivityPub 6.3.
    """
    _refuse_others(author, post)
    if draft.title and post.type != writing.ARTICLE:
        raise InvalidInput("a post does not become an article by an edit; write a new one")
    if also is None:
        await node.db.read(_refuse_shown, post)
    kept, draft = await node.db.read(_kept, post, draft)
    meant = checked(draft, asks=post.type == "Question", has_files=bool(kept))
    meant = replace(meant, visibility=Visibility(post.visibility))
    prepared = await prepare(node, author, meant, None, await node.db.read(_answered_author, post))
    edited = await node.db.write(_edit, author, post, prepared, account_id, node.stamp(), also)
    if edited is None:
        raise NotFound(f"@{author.handle} has no post {post.id}")
    return edited


def _kept(tx: Tx, post: PostRow, draft: Draft) -> tuple[list[AttachmentRecord], Draft]:
    """The files that are there, and the draft with what an edit leaves as it was."""
    markdown = (
        writing.media_type(documents.note_of(tx, post.id) or {}) == writing.MARKDOWN
        if draft.markdown is None
        else draft.markdown
    )
    title = (draft.title.strip() or post.name) if post.type == writing.ARTICLE else ""
    return details.attachments_of(tx, [post.id]).get(post.id, []), replace(draft, markdown=markdown, title=title)


def _answered_author(tx: Tx, post: PostRow) -> ActorRow | None:
    """The author of what the post answers, who stays mentioned; None when that was deleted."""
    parent = store.by_id(tx, post.in_reply_to_id) if post.in_reply_to_id else None
    return by_id(tx, parent.actor_id) if parent is not None and parent.deleted_at is None else None


def _refuse_shown(tx: Tx, post: PostRow) -> None:
    if writing.shows(documents.note_of(tx, post.id) or {}):
        raise InvalidInput("this post shows a request; change or delete the request, and the post follows")


def _also_to(activity: build.Document, unnamed: list[str]) -> build.Document:
    """The activity for these besides, whom it does not name: who liked or voted is nobody's business."""
    return {**activity, "bcc": unnamed}


def _refuse_others(author: ActorRow, post: PostRow) -> None:
    if post.actor_id != author.id or not post.local or post.deleted_at is not None:
        raise NotFound(f"@{author.handle} has no post {post.id}")


def _edit(
    tx: Tx,
    author: ActorRow,
    seen: PostRow,
    prepared: Prepared,
    account_id: int | None,
    stamp: Stamp,
    also: Callable[[Tx], None] | None = None,
) -> PostRow | None:
    if also is not None:
        also(tx)
    # As it is now: somebody else who acts as the author may have edited it since it was seen.
    post, draft = store.by_id(tx, seen.id), prepared.draft
    if post is None:
        return None
    quoted = quoted_in(tx, post)
    if draft.attachments is None:
        draft = replace(draft, attachments=tuple(details.attachments_of(tx, [post.id]).get(post.id, [])))
    prepared = with_way(replace(prepared, draft=draft), quoted)
    # Two edits within one millisecond are two: peers take only what is newer.
    moment = max(stamp.now, (post.updated_at or post.published_at) + 1)
    asked, asks = polls.revise(tx, post.id, draft.poll, stamp)
    note = _edited_note(tx, author, post, prepared, quoted, moment, stamp)
    note = polls.question(note, asks) if asks is not None else note
    after = _edited_row(post, prepared, note["type"], moment, account_id)
    titles = asked.titles if asked is not None else (), asks.titles if asks is not None else ()
    if not history.edit(tx, post, after, orjson.dumps(note), *titles):
        return None
    if "interactionPolicy" in note:
        consents.set_policy(tx, post.id, policy_in(note))
    details.forget(tx, post.id)
    _describe(tx, after, prepared, quoted, stamp)
    _let_read(tx, post.id, note, quoted)
    number = stamp.mint(None)
    update = build.update(note, stamp.urls.activity(number), utc(moment))
    reached = _also_to(update, [*reached_by(tx, post), *voters(tx, post)])
    publish(tx, stamp, author, number, reached, post.id, only=only_for(tx, post))
    return after


def _edited_note(
    tx: Tx, author: ActorRow, post: PostRow, prepared: Prepared, quoted: Quoted | None, moment: int, stamp: Stamp
) -> build.Document:
    """The post's new document, but for its poll: what an edit does not say (consent, a policy, its groups) is as it was."""
    note = compose(
        author,
        prepared,
        post.id,
        utc(post.published_at),
        stamp,
        answers=post.in_reply_to,
        context=post.context,
        updated=utc(moment),
    )
    note = places.for_groups(note, places.standing_in(tx, post.id))
    before = documents.note_of(tx, post.id) or {}
    note = with_reader(writing.kept(consent.kept(note, before), before), quoted)
    if prepared.draft.quote_policy is not None:
        note |= {"interactionPolicy": allowed(author, prepared.draft)}
    return note


def _edited_row(post: PostRow, prepared: Prepared, type: str, moment: int, account_id: int | None) -> PostRow:
    draft = prepared.draft
    return post._replace(
        type=type,
        name=draft.title,
        content=writing.titled(draft.title, prepared.html),
        summary="" if draft.title else draft.summary,
        source=draft.text,
        language=draft.language,
        sensitive=draft.sensitive,
        policy_version=POLICY_VERSION,
        updated_at=moment,
        account_id=account_id or post.account_id,
    )


async def delete_post(
    node: Node,
    author: ActorRow,
    post: PostRow,
    *,
    keep_files: bool = False,
    also: Callable[[Tx], None] | None = None,
) -> None:
    """Deletes a post of `author` everywhere: here at once, elsewhere by a Delete with a Tombstone to all who got it. Its files go too,
    with `keep_files` after an hour: whoever writes it anew may have them again. `also` as in `edit_post`.

    NotFound when it is not theirs or deleted already. Source: ActivityPub 6.4.
    """
    _refuse_others(author, post)
    if also is None:
        await node.db.read(_refuse_shown, post)
    await node.db.write(_delete, author, post, node.stamp(), keep_files, also)


def _delete(
    tx: Tx,
    author: ActorRow,
    post: PostRow,
    stamp: Stamp,
    keep_files: bool,
    also: Callable[[Tx], None] | None = None,
) -> None:
    if also is not None:
        also(tx)
    mentioned = [href for href, _name, _number in details.mentions_of(tx, [post.id]).get(post.id, [])]
    reached, voted, only = reached_by(tx, post), voters(tx, post), only_for(tx, post)
    groups, files = places.standing_in(tx, post.id), media.of_posts(tx, [post.id])
    if not store.wipe(tx, post, stamp.now):
        return
    if files and keep_files:
        media.keep(tx, [row.id for row in files.values()], stamp)
    elif files:
        media.sweep_soon(tx, stamp)
    timelines.remove_object(tx, post.id)
    notifications.withdraw_post(tx, post.id)
    number = stamp.mint(None)
    deleted = stamp.utc()
    assert author.followers_uri is not None
    to, cc = addressing(Visibility(post.visibility), author.followers_uri, mentioned)
    end = build.delete(stamp.urls.activity(number), author.uri, post.uri, post.type, to, cc, deleted)
    end = places.for_groups(end, groups)
    publish(tx, stamp, author, number, _also_to(end, [*reached, *voted]), post.id, only=only)
