"""Two nodes of ours deal with each other over real HTTP: a request, answers, an agreement.

Messages are lost and sent again, come twice and in any order; in the end both hold the same.
"""

import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import orjson
import pytest
from sqlalchemy import select, update

from actors import proposal_readers
from actors.lookup import ActorRow
from actors.lookup import by_uri as actor_by_uri
from coopfed.db.tx import Tx
from coopfed.errors import CoopFedError
from coopfed.features.accounts.store import give_role
from coopfed.features.follows import actions as follows
from coopfed.features.posts.store import by_id as post_by_id
from coopfed.features.posts.store import by_uri as post_by_uri
from coopfed.features.requests import actions, answers, remote, responding, store, talk, talking
from coopfed.features.requests.answers import ResponseRow
from coopfed.features.requests.store import RequestRow
from coopfed.node import Node
from coopfed.signing.verify import Scheme
from outbox.deliver import deliver
from outbox.publish import activity, delivery
from outbox.queue import Due
from tests.coopfed.api.test_requests import SAID, is_member
from tests.support.jobs import run_jobs
from tests.support.nodes import FakeClock, a_served_node, an_actor, process_arrivals
from tests.support.peers import send_due
from webfinger.resolve import find_actor

SEEDS = (5, 13, 42)
_WAITING = select(
    delivery.c.activity_id,
    delivery.c.inbox,
    delivery.c.peer_id,
    delivery.c.attempts,
    activity.c.actor_id,
    activity.c.body,
).join(activity, activity.c.id == delivery.c.activity_id)
_TAKE = update(delivery).values(state=1)


@dataclass
class Side:
    """An actor with its node, and the letters that left it: those that arrived may come again."""

    node: Node
    row: ActorRow
    clock: FakeClock
    waiting: list[Due] = field(default_factory=list)
    sent: list[Due] = field(default_factory=list)

    async def collect(self) -> None:
        """What was posted since lies in a heap."""

        def unit(tx: Tx) -> list[Any]:
            rows = list(tx.execute(_WAITING.where(delivery.c.state == 0)))
            tx.execute(_TAKE)
            return rows

        rows = await self.node.db.write(unit)
        self.waiting += [Due(*row, private=False) for row in rows]

    async def send(self, due: Due) -> None:
        """One letter over the wire."""
        answer = (await deliver(self.node, due, Scheme.CAVAGE)).answer
        assert answer.status == 202, answer


@asynccontextmanager
async def two_sides(database_urls: list[str]) -> AsyncIterator[tuple[Side, Side]]:
    """An owner and a responder who follows it, on one clock."""
    clock = FakeClock()
    async with (
        a_served_node(database_urls[0], clock=clock) as first,
        a_served_node(database_urls[1], clock=clock) as second,
    ):
        owner = Side(first, await an_actor(first, "filiz"), clock)
        responder = Side(second, await an_actor(second, "girasole"), clock)
        target = await find_actor(second, f"@filiz@{first.config.authority}")
        await follows.follow(second, responder.row, target)
        await calm(owner, responder)
        yield owner, responder


async def calm(*sides: Side) -> None:
    """Everything arrives, once and in order."""
    for _ in range(4):
        for side in sides:
            await send_due(side.node)
        for side in sides:
            await process_arrivals(side.node)
            await run_jobs(side.node, "retell_request", "tend_request")


async def published(owner: Side, **given: Any) -> RequestRow:
    """A request of the owner's."""
    draft = await actions.draft(owner.node, owner.row, await account(owner), {**SAID, **given})
    return await actions.publish(owner.node, owner.row, await account(owner), draft.id)


async def account(side: Side) -> int:
    """Whoever speaks as the actor."""
    return await give_role(side.node, f"{side.row.handle}@mail.example", side.row, "editor")


async def held(side: Side, uri: str) -> tuple[RequestRow, list[ResponseRow]]:
    """What a node holds of a request."""

    def unit(tx: Tx) -> tuple[RequestRow, list[ResponseRow]]:
        row = store.by_uri(tx, uri)
        assert row is not None
        people = {one.actor_id for one in _responses(tx, row.id)}
        return row, [one for person in sorted(people) for one in answers.of_responder(tx, row.id, person)]

    return await side.node.db.read(unit)


def _responses(tx: Tx, number: int) -> list[Any]:
    found = select(answers.response.c.actor_id).where(answers.response.c.request_id == number)
    return list(tx.execute(found))


async def shape(side: Side, uri: str) -> dict[str, Any]:
    """What both sides have to agree on: the request as it was told, answers, agreements."""
    row, given = await held(side, uri)
    agreed = await side.node.db.read(answers.agreed_on, [one.id for one in given])
    return {
        "request": (
            row.status,
            row.title,
            row.content,
            row.updated_at,
            row.expires_at,
            row.available,
            dict(row.codes),
            {tag: (one.title, one.content) for tag, one in row.translations.items()},
        ),
        "answers": sorted(
            (one.uri, one.status, one.content, one.value, one.reason, one.superseded_by_uri or "", one.answers_at)
            for one in given
        ),
        "agreements": sorted((agreed[one.id].uri, agreed[one.id].value) for one in given if one.id in agreed),
    }


async def test_a_request_is_answered_and_agreed_on_between_two_nodes(database_urls: list[str]) -> None:
    """domain.md 8.2 to 8.6: the Note to all followers, the Proposal besides to who reads it; Offer, Accept, Update; with proofs."""
    async with two_sides(database_urls) as (owner, responder):
        mine = await published(owner)
        await calm(owner, responder)
        theirs, _none = await held(responder, mine.uri)
        assert (theirs.local, theirs.title, theirs.available) == (False, mine.title, "2")
        assert await responder.node.db.read(post_by_uri, str(mine.companion_uri)) is not None
        assert (await remote.look_up(responder.node, str(mine.companion_uri))).id == theirs.id

        offer = await responding.answer(
            responder.node, responder.row, await account(responder), theirs.id,
            {"content": "Possiamo.", "language": "it", "quantity": {"value": "2"}},
        )  # fmt: skip
        await calm(owner, responder)
        _row, (received,) = await held(owner, mine.uri)
        assert (received.uri, received.status, received.via, received.signed) == (
            offer.uri,
            "received",
            "coopfed",
            True,
        )

        await responding.accept(owner.node, owner.row, received.id, "Welcome.", confirmed=False)
        await calm(owner, responder)
        assert await shape(owner, mine.uri) == await shape(responder, mine.uri)
        row, (accepted,) = await held(responder, mine.uri)
        assert (row.status, accepted.status) == ("agreed", "accepted")
        agreed = (await responder.node.db.read(answers.agreed_on, [accepted.id]))[accepted.id]
        assert orjson.loads(agreed.document)["proof"]["verificationMethod"].startswith(owner.row.uri)


async def test_both_sides_write_to_each_other(database_urls: list[str]) -> None:
    """domain.md 8.3, *a talk about terms*: a Note to the other side alone, in the request's thread; both hold the same talk, also about a
    request without a post beside it, whose context is its own id."""
    async with two_sides(database_urls) as (owner, responder):
        known = await remote_of(owner.node, responder.row.uri)
        umbrella = await an_actor(owner.node, "umbrella")
        await owner.node.db.write(proposal_readers.spoke, known.id)
        await owner.node.db.write(is_member, owner.node.minter.mint(), known.id, umbrella.id, "confirmed")
        # What each node found out for itself.
        there = await find_actor(responder.node, umbrella.uri)
        await responder.node.db.write(is_member, responder.node.minter.mint(), responder.row.id, there.id, "confirmed")
        for more in ({}, {"audience": "network", "umbrella_id": str(umbrella.id)}):
            mine = await published(owner, **more)
            await calm(owner, responder)
            theirs, _none = await held(responder, mine.uri)
            if more:
                assert (theirs.audience, theirs.umbrella_id) == ("network", there.id)
            given = {"content": "Possiamo."}
            sent = await responding.answer(responder.node, responder.row, None, theirs.id, given)
            await calm(owner, responder)
            _row, (received,) = await held(owner, mine.uri)

            first = await talking.say(owner.node, owner.row, None, received.id, {"content": "When?"})
            await calm(owner, responder)
            owner.clock.pass_(1)
            second = await talking.say(responder.node, responder.row, None, sent.id, {"content": "On Monday."})
            await calm(owner, responder)

            for side, response in ((owner, received), (responder, sent)):
                numbers = await side.node.db.read(talk.numbers, response, side.row.id)
                posts = [await side.node.db.read(post_by_id, number) for number in numbers]
                assert [post.uri for post in posts if post is not None] == [first.uri, second.uri], more
                assert {post.visibility for post in posts if post is not None} == {"direct"}


async def remote_of(node: Node, uri: str) -> ActorRow:
    """An actor of the other node, as this one knows it."""
    row = await node.db.read(actor_by_uri, uri)
    assert row is not None
    return row


async def test_the_end_is_known_without_a_message(database_urls: list[str]) -> None:
    """domain.md 8.1: by each node's own clock; the courtesy Update and the Reject make it a word."""
    async with two_sides(database_urls) as (owner, responder):
        mine = await published(owner, expires_at="2026-11-24T09:00:00Z")
        await calm(owner, responder)
        theirs, _none = await held(responder, mine.uri)
        given = {"content": "Me"}
        await responding.answer(responder.node, responder.row, await account(responder), theirs.id, given)
        await calm(owner, responder)

        owner.clock.pass_(3_601)
        assert theirs.at(owner.clock.now()) == "expired"
        with pytest.raises(CoopFedError, match="expired"):
            await responding.answer(responder.node, responder.row, await account(responder), theirs.id, given)

        owner.clock.pass_(10)
        await calm(owner, responder)
        assert await shape(owner, mine.uri) == await shape(responder, mine.uri)
        row, (answer,) = await held(responder, mine.uri)
        assert (row.status, answer.status, answer.reason) == ("expired", "lapsed", "expired")


@pytest.mark.parametrize("seed", SEEDS)
async def test_whatever_becomes_of_messages_both_hold_the_same(database_urls: list[str], seed: int) -> None:
    """api.md 5, *Any order*: lost and sent again, doubled, reordered, while both sides go on."""
    chance = random.Random(seed)
    async with two_sides(database_urls) as (owner, responder):
        mine = await published(owner)
        await calm(owner, responder)
        for _ in range(14):
            owner.clock.pass_(1)
            await one_act(chance, owner, responder, mine.uri)
            for side in (owner, responder):
                await side.collect()
                await storm(chance, side)
            for side in (owner, responder):
                await process_arrivals(side.node)
                await run_jobs(side.node, "retell_request")

        for _ in range(4):
            for side in (owner, responder):
                await side.collect()
                letters = [*side.waiting, *chance.sample(side.sent, min(6, len(side.sent)))]
                side.waiting = []
                chance.shuffle(letters)
                for due in letters:
                    await side.send(due)
            for side in (owner, responder):
                await process_arrivals(side.node)
                await run_jobs(side.node, "retell_request")

        told = await shape(owner, mine.uri)
        assert told == await shape(responder, mine.uri)
        assert told["answers"]


async def storm(chance: random.Random, side: Side) -> None:
    """Of what waits some arrives, in any order, some twice, some of what arrived before once more; the rest is lost for now."""
    chance.shuffle(side.waiting)
    going = [due for due in side.waiting if chance.random() < 0.6]
    side.waiting = [due for due in side.waiting if due not in going]
    again = [due for due in (*going, *side.sent) if chance.random() < 0.25]
    side.sent += going
    for due in (*going, *again):
        await side.send(due)


async def one_act(chance: random.Random, owner: Side, responder: Side, uri: str) -> None:
    """One of both does something, if it can be done as that side sees things."""
    row, given = await held(owner, uri)
    theirs, sent = await held(responder, uri)
    waiting, mine = [one for one in given if one.pending], [one for one in sent if one.pending]
    who, me = await account(owner), await account(responder)
    acts: list[Any] = [
        lambda: actions.change(owner.node, owner.row, who, row.id, {"title": f"T{chance.random()}"}, editor=True),
        lambda: actions.change(owner.node, owner.row, who, row.id, {"content": f"C{chance.random()}"}, editor=True),
        lambda: responding.answer(
            responder.node, responder.row, me, theirs.id, {"content": "Me", "quantity": {"value": "1"}}
        ),
        lambda: responding.answer(responder.node, responder.row, me, theirs.id, {"content": "Again"}),
    ]
    if mine:
        acts.append(lambda: responding.withdraw(responder.node, responder.row, mine[0].id))
    if waiting:
        acts += [
            lambda: responding.shortlist(owner.node, owner.row, waiting[0].id, on=True),
            lambda: responding.shortlist(owner.node, owner.row, waiting[0].id, on=False),
            lambda: responding.reject(owner.node, owner.row, waiting[0].id, "other", ""),
            lambda: responding.accept(owner.node, owner.row, waiting[0].id, "", confirmed=True),
        ]
    if chance.random() < 0.05:
        acts = [lambda: actions.withdraw(owner.node, owner.row, who, row.id)]
    try:
        await chance.choice(acts)()
    except CoopFedError:
        return
