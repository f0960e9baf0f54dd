"""The story of what was done together: one side writes it, the other agrees, and only then it is posted, by who wrote it.

What crosses on the way is settled by the moment of writing: of two drafts the one that was written first stands, unless it was refused.
Source: API contract 6; domain research 8.5.
"""

import orjson

from actors.lookup import ActorRow, by_id
from coopfed import limits
from coopfed.codes.tables import LANGUAGES
from coopfed.db import jobs
from coopfed.db.tx import Tx
from coopfed.errors import Conflict, Fault, Forbidden, InvalidFields
from coopfed.features.agreements import actions, documents, store
from coopfed.features.agreements.store import PROPOSED, PUBLISHED, REFUSED, StoryRow
from coopfed.features.posts import actions as posting
from coopfed.features.posts.rules import Draft
from coopfed.features.requests import agreements, fields, telling
from coopfed.features.requests.agreements import Held
from coopfed.node import Node, Stamp
from coopfed.text.i18n import mark as _
from coopfed.text.i18n import translator
from coopfed.text.typed import stored
from coopfed.vocab.values import language_tag
from outbox.publish import publish

PUBLISH_STORY = "publish_story"
_TOGETHER = _("Done together")


async def propose(
    node: Node, actor: ActorRow, account_id: int | None, number: int, content: object, language: object
) -> None:
    """Offers the other side a text to be published, which then names both. Said again it changes nothing.

    NotFound, InvalidFields, Conflict.
    """
    one, side = await node.db.read(actions.party, actor, number)
    other = await node.db.read(by_id, one.actor(side.other))
    assert other is not None
    text, tag = _said(content, language)
    text = f"{text}\n\n{_together(actor, other, tag)}"
    html = fields.rendered(text, node.urls.tag_page(""))
    key = await telling.key_of(node, actor)

    def unit(tx: Tx, stamp: Stamp) -> None:
        held = agreements.hold(tx, number)
        assert held is not None
        now = store.now_of(tx, held)
        if (
            now is not None
            and (now.actor_id, now.source, now.language) == (actor.id, text, tag)
            and now.state != REFUSED
        ):
            return
        if "story" not in store.allowed(held, actor.id, now):
            raise _impossible(held, actor.id, now)
        if len(store.of_agreements(tx, [number]).get(number, [])) >= 2 * limits.STORIES:
            raise Conflict("too many drafts were refused", reason="invalid_state")
        activity = stamp.mint(None)
        uri = stamp.urls.activity(activity)
        document = documents.story(uri, held.row.uri, actor, other, html, tag, stamp.now)
        document = telling.attested(document, key, stamp)
        row = StoryRow(
            id=stamp.mint(None),
            uri=uri,
            agreement_id=number,
            actor_id=actor.id,
            account_id=account_id,
            state=PROPOSED,
            content=html,
            source=text,
            language=tag,
            post_uri=None,
            document=orjson.dumps(document),
            written_at=stamp.now,
            updated_at=stamp.now,
        )
        store.add(tx, row)
        publish(tx, stamp, actor, activity, document, held.request.id)

    await node.db.claim(unit, node.stamp())


def _said(content: object, language: object) -> tuple[str, str]:
    text, tag = stored(str(content or "")), language_tag(str(language)) if language else None
    faults: dict[str, list[Fault]] = {}
    if not text:
        faults["content"] = [Fault.BLANK]
    elif len(text) > limits.COMPANION_CHARACTERS:
        faults["content"] = [Fault.TOO_LONG]
    if tag is None or len(tag) > limits.CODE_LENGTH:
        faults["language"] = [Fault.INVALID if language else Fault.BLANK]
    if faults or tag is None:
        raise InvalidFields(faults)
    return text, tag


def _together(actor: ActorRow, other: ActorRow, language: str) -> str:
    frame = language.partition("-")[0]
    words = translator(frame if frame in LANGUAGES else "en").gettext(_TOGETHER)
    return f"{words}: @{actor.acct}, @{other.acct} #coopfed"


def _impossible(one: Held, actor_id: int, now: StoryRow | None) -> Conflict:
    return Conflict(
        "the story is not there yet, or was told already",
        details={"status": one.row.status, "allowed": list(store.allowed(one, actor_id, now))},
    )


async def decide(node: Node, actor: ActorRow, number: int, *, agrees: bool) -> None:
    """The side that was asked agrees to the story, which is then published by who wrote it, or does not. Said again it changes nothing.
    NotFound, Forbidden, Conflict."""
    key = await telling.key_of(node, actor)

    def unit(tx: Tx, stamp: Stamp) -> None:
        actions.party(tx, actor, number)
        one = agreements.hold(tx, number)
        assert one is not None
        now = store.now_of(tx, one)
        if now is not None and now.actor_id == actor.id and now.state == PROPOSED:
            raise Forbidden("the other side has to agree", reason="not_a_party")
        if now is not None and now.actor_id != actor.id and now.state == (PUBLISHED if agrees else REFUSED):
            return
        if now is None or "story/accept" not in store.allowed(one, actor.id, now):
            raise _impossible(one, actor.id, now)
        other = by_id(tx, now.actor_id)
        assert other is not None
        activity = stamp.mint(None)
        document = documents.answer(
            stamp.urls.activity(activity), actor, other, now.uri, agrees=agrees, moment=stamp.now
        )
        document = telling.attested(document, key, stamp) if agrees else document
        publish(tx, stamp, actor, activity, document, one.request.id)
        decided(tx, now, other, stamp, agrees=agrees)

    await node.db.claim(unit, node.stamp())


def decided(tx: Tx, row: StoryRow, author: ActorRow, stamp: Stamp, *, agrees: bool) -> None:
    """The other side agreed, or did not: what its author has to do is left as a job. A unit of work."""
    store.move(tx, row, PUBLISHED if agrees else REFUSED, row.post_uri, stamp.now)
    if agrees and author.local:
        jobs.enqueue(tx, stamp.mint(None), PUBLISH_STORY, str(row.id), stamp.now)


async def publish_story(node: Node, key: str) -> None:
    """The job `publish_story` (key: its number): posts, in public, what the other side agreed to. Once."""
    row = await node.db.read(store.get, int(key))
    author = await node.db.read(by_id, row.actor_id) if row is not None else None
    if row is None or row.post_uri is not None or author is None or author.gone_at is not None:
        return
    stamp = node.stamp()

    def also(tx: Tx, number: int) -> None:
        now = store.get(tx, row.id)
        if now is None or now.post_uri is not None:
            raise Conflict("it was posted at this moment")
        store.move(tx, now, PUBLISHED, stamp.urls.object(number), stamp.now)

    await posting.create_post(
        node,
        author,
        Draft(row.source, language=row.language, markdown=True),
        row.account_id,
        also=also,
        dress=lambda note: documents.told(note, row.uri),
    )
