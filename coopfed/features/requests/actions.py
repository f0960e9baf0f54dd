"""What members do with requests of their actor: draft, publish, change, withdraw, extend, settle, reopen, translate, delete.

A change of a published request is one transaction: its row and Proposal, what is sent of it, and the post beside it. Roles are asked at
the edge. Source: API contract 4.3.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from actors import lookup
from actors.lookup import ActorRow
from coopfed import limits
from coopfed.db.tx import Tx
from coopfed.errors import Conflict, Fault, InvalidFields, InvalidInput, NotFound, Overtaken
from coopfed.features.media import actions as uploads
from coopfed.features.media import store as media
from coopfed.features.posts import actions as posting
from coopfed.features.posts import store as posts
from coopfed.features.posts.store import PostRow
from coopfed.features.requests import answers, companion, confirming, fields, rules, store, telling
from coopfed.features.requests.rules import Audience, Reason, Status, Verb
from coopfed.features.requests.store import RequestRow
from coopfed.node import Node, SigningKey, Stamp
from coopfed.text.typed import stored

Decide = Callable[[RequestRow, int], RequestRow]
"""From a request as it is, and the moment, to the request as it shall be. Raises what forbids it."""


@dataclass(frozen=True, slots=True)
class Change:
    """What is to become of a published request: `decide`, whether the post beside it says so too, whether its terms change, and why the
    answers that wait are over, if they are, with a word (HTML) for those who gave them."""

    decide: Decide
    shown: bool = True
    terms: bool = False
    ends: Reason | None = None
    word: str = ""


async def draft(
    node: Node,
    actor: ActorRow,
    account_id: int | None,
    given: Mapping[str, Any],
    also: Callable[[Tx, int], None] | None = None,
) -> RequestRow:
    """A new draft of the actor's; `also` is done with its number. InvalidFields says what cannot be taken."""
    refuse_silent(actor)

    def unit(tx: Tx, stamp: Stamp) -> RequestRow:
        if store.drafts_of(tx, actor.id) >= limits.REQUEST_DRAFTS:
            raise InvalidInput(f"{limits.REQUEST_DRAFTS} drafts are enough; publish or delete some")
        number = stamp.mint(None)
        blank = RequestRow(
            id=number,
            uri=stamp.urls.object(number),
            local=True,
            actor_id=actor.id,
            account_id=account_id,
            url=stamp.urls.request_page(number),
            created_at=stamp.now,
            updated_at=stamp.now,
        )
        row = fields.changed(blank, {"title": "", **given}, stamp.now, stamp.urls.tag_page(""))
        _check_named(tx, row)
        store.put(tx, row)
        if also is not None:
            also(tx, number)
        return row

    return await node.db.write(unit, node.stamp())


def refuse_silent(actor: ActorRow) -> None:
    """InvalidInput for an actor that says nothing new from here."""
    if actor.moved_to is not None or actor.suspended or actor.gone_at is not None:
        raise InvalidInput(f"@{actor.handle} says nothing from here")


def _check_named(tx: Tx, row: RequestRow) -> None:
    """InvalidFields for actors that are not known here, and for files that are not the actor's or that something else has."""
    wanted = {"recipients": list(row.recipients), "umbrella_id": [row.umbrella_id] if row.umbrella_id else []}
    for name, numbers in wanted.items():
        known = {one.id for one in lookup.by_ids(tx, numbers).values() if one.gone_at is None}
        if set(numbers) - known or row.actor_id in numbers:
            raise InvalidFields({name: [Fault.INVALID]})
    free = [one for one in media.by_ids(tx, list(row.files)) if one.actor_id == row.actor_id and one.error is None]
    if fields.is_draft(row) and (
        len(free) != len(row.files)
        or any(one.object_id is not None for one in free)
        or store.has_files_of_others(tx, row)
    ):
        raise InvalidFields({"media_ids": [Fault.INVALID]})


def own(tx: Tx, actor: ActorRow, number: int) -> RequestRow:
    """The request of this actor with this number. NotFound when there is none (any more)."""
    row = store.get(tx, number)
    if row is None or row.actor_id != actor.id or row.deleted_at is not None:
        raise NotFound(f"@{actor.handle} has no request {number}")
    return row


def invalid(status: Status) -> Conflict:
    """What is not possible in this state."""
    return Conflict(
        f"a request that is {status} is not changed so",
        details={"status": status.value, "allowed": [verb.value for verb in rules.verbs(status)]},
    )


async def change(
    node: Node, actor: ActorRow, account_id: int | None, number: int, given: Mapping[str, Any], *, editor: bool
) -> RequestRow:
    """Changes these fields; what is published only an `editor` changes. A draft that waits for an editor and is changed by somebody else
    has to be handed in anew. NotFound, InvalidFields, Conflict."""
    row = await node.db.read(own, actor, number)
    tags = node.urls.tag_page("")
    if fields.is_draft(row):
        return await node.db.write(_change_draft, actor, number, given, tags, editor, node.stamp())

    def decide(row: RequestRow, now: int) -> RequestRow:
        if row.at(now) in rules.ENDED:
            raise invalid(row.at(now))
        # The end is moved by `extend`, which asks other questions.
        return fields.changed(row, {name: one for name, one in given.items() if name != "expires_at"}, now, tags)

    after = decide(row, node.clock.now())
    return await _revise(node, actor, account_id, number, Change(decide, terms=fields.terms_differ(row, after)))


def _change_draft(
    tx: Tx, actor: ActorRow, number: int, given: Mapping[str, Any], tags: str, editor: bool, stamp: Stamp
) -> RequestRow:
    row = own(tx, actor, number)
    if not fields.is_draft(row):
        raise Overtaken("it was published at this moment")
    row = fields.changed(row, given, stamp.now, tags)
    _check_named(tx, row)
    row = replace(row, waiting=row.waiting and editor, updated_at=max(stamp.now, row.updated_at + 1))
    store.put(tx, row)
    return row


async def _revise(node: Node, actor: ActorRow, account_id: int | None, number: int, wanted: Change) -> RequestRow:
    """The change of a request that others know, with its post in one transaction."""
    row, post = await node.db.read(_with_post, actor, number)
    after = wanted.decide(row, node.clock.now())
    key = await telling.key_of(node, actor)
    stamp, done = node.stamp(), list[RequestRow]()

    def unit(tx: Tx) -> None:
        done.append(_revised(tx, actor, row.id, wanted, key, stamp))

    if post is None or not wanted.shown:
        await node.db.write(unit)
    else:
        readers = await node.db.read(_reader_names, after)
        said = companion.draft(after, after.at(stamp.now), readers)
        await posting.edit_post(node, actor, post, said, account_id, also=unit)
    return done[-1]


def _with_post(tx: Tx, actor: ActorRow, number: int) -> tuple[RequestRow, PostRow | None]:
    row = own(tx, actor, number)
    post = posts.by_uri(tx, row.companion_uri) if row.companion_uri else None
    return row, post if post is not None and post.deleted_at is None else None


def _reader_names(tx: Tx, row: RequestRow) -> tuple[str, ...]:
    if row.audience != Audience.ACTORS:
        return ()
    return tuple(one.acct for one in lookup.by_ids(tx, list(row.recipients)).values() if one.gone_at is None)


def _revised(tx: Tx, actor: ActorRow, number: int, wanted: Change, key: SigningKey, stamp: Stamp) -> RequestRow:
    row = store.hold(tx, number)
    if row is None or row.deleted_at is not None:
        raise NotFound(f"@{actor.handle} has no request {number}")
    after = wanted.decide(row, stamp.now)
    _refuse_less(tx, after)
    _check_named(tx, after)
    after = telling.say(tx, after, actor, key, stamp, terms=wanted.terms)
    if wanted.ends is not None:
        telling.refuse_all(tx, after, actor, wanted.ends, stamp, wanted.word)
        confirming.end_all(tx, after, stamp.now)
    return after


def _refuse_less(tx: Tx, row: RequestRow) -> None:
    """Nobody takes back what was agreed on: less than that cannot be available."""
    total = row.wanted.total
    if total is not None and sum(answers.taken(tx, [row.id])[row.id]) > total:
        raise Conflict("agreements took more than that", reason="quantity_exhausted")


def refuse_unfit(row: RequestRow, now: int) -> None:
    """Conflict for what is published already; InvalidFields for what it lacks."""
    if not fields.is_draft(row):
        raise invalid(row.at(now))
    if faults := fields.missing(row, now):
        raise InvalidFields(faults)


async def publish(
    node: Node, actor: ActorRow, account_id: int | None, number: int, seen: int | None = None
) -> RequestRow:
    """Publishes a draft: the post goes to all followers, or to whom it names, the Proposal besides to those who read it. What is for a
    network has no post. `seen` is the version that an editor has read, when somebody else wrote it.

    NotFound; InvalidFields for what is missing; Conflict when it is published already and ended; Overtaken when it says something else by
    now. Source: domain research 8.2; API contract 4.3.
    """
    refuse_silent(actor)
    row = await node.db.read(own, actor, number)
    if rules.reached(row.at(node.clock.now()), Verb.PUBLISH):
        return row
    refuse_unfit(row, node.clock.now())
    if seen is not None and seen != row.updated_at:
        # Its author could write the harmless text first, and the other one when an editor has read it.
        raise Overtaken("it was changed after it was read")
    key = await telling.key_of(node, actor)
    stamp, done = node.stamp(), list[RequestRow]()

    def unit(tx: Tx, companion_uri: str | None) -> None:
        held = store.hold(tx, number)
        if held is None or not fields.is_draft(held) or held.updated_at != row.updated_at:
            raise Overtaken("somebody else changed it at this moment")
        out = replace(
            held,
            status=Status.OPEN,
            waiting=False,
            published_at=stamp.now,
            companion_uri=companion_uri,
            unit=held.unit or "one",
        )
        done.append(telling.say(tx, out, actor, key, stamp, new=True))

    if row.audience == Audience.NETWORK:
        await node.db.write(lambda tx: unit(tx, None))
    else:
        readers = await node.db.read(_reader_names, row)
        files = await uploads.for_post(node, actor, list(row.files))
        await posting.create_post(
            node,
            actor,
            replace(
                companion.draft(row, Status.OPEN, readers),
                attachments=tuple(uploads.record(one, node.urls) for one in files) or None,
                media=tuple(one.id for one in files),
            ),
            account_id,
            also=lambda tx, post: unit(tx, stamp.urls.object(post)),
            dress=lambda note: companion.dressed(note, row.uri),
        )
    return done[-1]


async def _move(
    node: Node,
    actor: ActorRow,
    account_id: int | None,
    number: int,
    verb: Verb,
    wanted: Change | None = None,
) -> RequestRow:
    """Where the verb leads, from where it may; as it is, and nothing is sent, where it led already."""
    row = await node.db.read(own, actor, number)
    if rules.reached(row.at(node.clock.now()), verb):
        return row

    def decide(row: RequestRow, now: int) -> RequestRow:
        status = row.at(now)
        after = rules.REQUEST.get((status, verb))
        if after is None:
            raise invalid(status)
        return replace(row, status=after)

    return await _revise(node, actor, account_id, number, replace(wanted, decide=decide) if wanted else Change(decide))


async def withdraw(node: Node, actor: ActorRow, account_id: int | None, number: int, content: str = "") -> RequestRow:
    """The owner takes it back: whoever waits for an answer is told, with a word (`content`) if there is one; the post says so in its first
    line. NotFound, Conflict."""
    word = fields.rendered(stored(content)[: limits.REQUEST_CHARACTERS], node.urls.tag_page(""))
    ends = Change(lambda row, _now: row, ends=Reason.CLOSED, word=word)
    return await _move(node, actor, account_id, number, Verb.WITHDRAW, ends)


async def settle(node: Node, actor: ActorRow, account_id: int | None, number: int) -> RequestRow:
    """The owner has what was wanted; other answers wait on. NotFound, Conflict."""
    return await _move(node, actor, account_id, number, Verb.SETTLE, Change(lambda row, _now: row, shown=False))


async def reopen(node: Node, actor: ActorRow, account_id: int | None, number: int) -> RequestRow:
    """It is open again, when something remains and its end is to come. NotFound, Conflict."""
    row = await node.db.read(own, actor, number)
    if row.status == Status.AGREED:
        left = await node.db.read(answers.remaining, row)
        if rules.settles(left):
            raise Conflict("nothing remains", reason="quantity_exhausted")
        if row.expires_at is not None and row.expires_at <= node.clock.now():
            raise Conflict("its end has passed; nothing more can be agreed on")
    return await _move(node, actor, account_id, number, Verb.REOPEN)


async def extend(node: Node, actor: ActorRow, account_id: int | None, number: int, written: object) -> RequestRow:
    """It ends later, or another time; an expired one is open again. NotFound, InvalidFields, Conflict."""

    def decide(row: RequestRow, now: int) -> RequestRow:
        after = rules.REQUEST.get((row.at(now), Verb.EXTEND))
        if after is None:
            raise invalid(row.at(now))
        return replace(fields.changed(row, {"expires_at": written or ""}, now, ""), status=after)

    row = await node.db.read(own, actor, number)
    after = decide(row, node.clock.now())
    if (after.expires_at, after.status) == (row.expires_at, row.status):
        return row
    return await _revise(node, actor, account_id, number, Change(decide))


async def translate(
    node: Node, actor: ActorRow, account_id: int | None, number: int, language: str, given: Mapping[str, Any] | None
) -> RequestRow:
    """Title and text in another language, or, for None, none in it any more. NotFound, InvalidFields."""
    row = await node.db.read(own, actor, number)
    tags = node.urls.tag_page("")

    def decide(row: RequestRow, now: int) -> RequestRow:
        if row.at(now) in rules.ENDED:
            raise invalid(row.at(now))
        if given is not None:
            return fields.translated(row, language, given, tags)
        return replace(row, translations={tag: one for tag, one in row.translations.items() if tag != language})

    after = decide(row, node.clock.now())
    if after.translations == row.translations:
        return row
    if not fields.is_draft(row):
        return await _revise(node, actor, account_id, number, Change(decide))

    def unit(tx: Tx, now: int) -> RequestRow:
        after = replace(decide(own(tx, actor, number), now), updated_at=max(now, row.updated_at + 1))
        store.put(tx, after)
        return after

    return await node.db.write(unit, node.clock.now())


async def delete(node: Node, actor: ActorRow, number: int) -> RequestRow:
    """Deletes it everywhere, with its post; a draft without a trace. The request as it was. NotFound, Conflict."""
    row, post = await node.db.read(_with_post, actor, number)
    if not rules.can(row.at(node.clock.now()), Verb.DELETE):
        raise invalid(row.at(node.clock.now()))
    stamp = node.stamp()

    def unit(tx: Tx) -> None:
        held = store.hold(tx, number)
        if held is None or held.deleted_at is not None or held.at(stamp.now) is not row.at(stamp.now):
            raise Overtaken("somebody else changed it at this moment")
        if fields.is_draft(held):
            store.forget(tx, number)
        else:
            telling.end(tx, held, actor, stamp)

    if post is None:
        await node.db.write(unit)
    else:
        await posting.delete_post(node, actor, post, also=unit)
    return row


async def tend(node: Node, key: str) -> None:
    """The job `tend_request` (key: the request's number, and the end it was planned for): once the end has passed, others are told, the
    post says so, and whoever waits for an answer is told. Every node knows by its own clock. Source: API contract 4.3, *The clock*."""
    number, expires_at = map(int, key.split())
    row = await node.db.read(store.get, number)
    if row is None or not row.local or row.expires_at != expires_at or row.deleted_at is not None:
        return
    owner = await node.db.read(lookup.by_id, row.actor_id)
    if owner is None or owner.gone_at is not None or row.at(node.clock.now()) is not Status.EXPIRED:
        return
    if row.status == Status.EXPIRED:
        return

    def decide(row: RequestRow, now: int) -> RequestRow:
        if row.at(now) is not Status.EXPIRED or row.status == Status.EXPIRED:
            raise Overtaken("it was extended at this moment")
        return replace(row, status=Status.EXPIRED)

    await _revise(node, owner, row.account_id, number, Change(decide, ends=Reason.EXPIRED))
