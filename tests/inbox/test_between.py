"""What happens between looking and writing: facts are gathered with no transaction open, so others may write before they are applied."""

from datetime import UTC, datetime
from typing import Any

import orjson
import pytest

from coopfed.db.tx import Tx
from coopfed.errors import NotFound
from coopfed.features.posts.actions import create_post, edit_post
from coopfed.features.posts.remote import known_post
from coopfed.features.posts.rules import Draft
from coopfed.node import Stamp
from coopfed.outcomes import Outcome, Refusal
from coopfed.vocab.arrival import Arrival, Trust
from coopfed.vocab.document import read_activity
from coopfed.vocab.kinds import kind_of
from coopfed.vocab.normalise import normalise
from inbox.routing import ROUTES, Handler
from tests.inbox.test_edits import LATER_STILL, edited, stored, texts
from tests.inbox.test_posts import following, home, mentions, post
from tests.support.peers import CONTEXT, Document
from tests.support.scene import Scene


class InHand:
    """An arrival whose facts are gathered and checked, and that is not applied yet."""

    def __init__(self, scene: Scene, activity: Document) -> None:
        raw = orjson.dumps(activity)
        parsed = read_activity(normalise(orjson.loads(raw)))
        moment = datetime.fromtimestamp(scene.clock.now() / 1000, UTC)
        self.node = scene.node
        self.arrival = Arrival(parsed, raw, parsed.actor, "cavage", Trust.DIRECT, moment)
        # The first is the post's own; those behind it observe.
        self.handler = ROUTES[parsed.type, kind_of(parsed)][0]
        self.facts: Any = None

    async def gathered(self) -> "InHand":
        """With its facts."""
        self.facts = await self.handler.gather(self.node, self.arrival)
        self.handler.check(self.arrival, self.facts)
        return self

    async def applied(self) -> str:
        """The outcome."""
        try:
            outcome = await self.node.db.write(_apply, self.handler, self.arrival, self.facts, self.node.stamp())
            return outcome.value
        except Refusal as refusal:
            return refusal.outcome.value


def _apply(tx: Tx, handler: Handler, arrival: Arrival, facts: Any, stamp: Stamp) -> Outcome:
    return handler.apply(tx, arrival, facts, stamp)


async def test_older_edit_that_was_looked_at_first_does_not_win(scene: Scene) -> None:
    """s2s 2.10: `updated` is newer than what is stored when it is stored, not when somebody looked."""
    note = scene.alice.mentioning(scene.member.uri)
    await scene.arrives(scene.alice.create(note))
    older = await InHand(scene, scene.alice.says("Update", edited(note, "<p>older</p>"))).gathered()
    await scene.arrives(scene.alice.says("Update", edited(note, "<p>newest</p>", updated=LATER_STILL)))

    assert await older.applied() == "duplicate"

    assert (await stored(scene, note["id"])).content == "<p>newest</p>"


async def test_edit_of_what_was_deleted_meanwhile_tells_nobody(scene: Scene) -> None:
    """ActivityPub 7.4: the post is gone, also for those whom the edit mentions anew."""
    await following(scene, scene.alice)
    note = scene.alice.note()
    await scene.arrives(scene.alice.create(note))
    tag = [{"type": "Mention", "href": scene.member.uri, "name": "@member"}]
    edit = await InHand(scene, scene.alice.says("Update", edited(note, tag=tag))).gathered()
    await scene.arrives(scene.alice.says("Delete", note["id"]))

    assert await edit.applied() == "refused_deleted"

    assert await mentions(scene) == 0


async def test_two_edits_at_once_are_both_in_the_history(scene: Scene) -> None:
    """ActivityPub 6.3: two people edit one post of their cooperative; nothing that was public is forgotten."""
    first = await create_post(scene.node, scene.member, Draft("one"))

    await edit_post(scene.node, scene.member, first, Draft("two"))
    last = await edit_post(scene.node, scene.member, first, Draft("three"))

    assert await texts(scene, first.uri) == ["<p>one</p>", "<p>two</p>", "<p>three</p>"]
    assert last.updated_at == (await stored(scene, first.uri)).updated_at


async def test_post_that_came_while_its_end_was_looked_at_is_deleted(scene: Scene) -> None:
    """ActivityPub 7.4: a boost fetched the post at the moment when its author deleted it."""
    note = scene.peer.publish({**scene.alice.note(), "@context": CONTEXT})
    await scene.arrives(scene.alice.says("Like", "https://x.example/1"))
    end = await InHand(scene, scene.alice.says("Delete", note["id"])).gathered()
    await known_post(scene.node, note["id"], scene.node.budget())

    assert await end.applied() == "accepted"

    assert (await stored(scene, note["id"])).deleted_at is not None


async def test_post_that_was_deleted_first_does_not_come_back_by_another_way(scene: Scene) -> None:
    """ActivityPub 7.4: nor as what a boost, a pin or an answer names, while its host still serves it out of a cache."""
    await following(scene, scene.alice)
    note = scene.peer.publish({**scene.alice.note(), "@context": CONTEXT})
    await scene.arrives(scene.alice.says("Delete", note["id"]))

    with pytest.raises(NotFound):
        await known_post(scene.node, note["id"], scene.node.budget())
    bob = scene.peer.actor("bob")
    answer = bob.mentioning(scene.member.uri, inReplyTo=note["id"])
    outcome = await scene.arrives(bob.create(answer), bob)

    assert outcome == ["accepted"]
    assert await post(scene, note["id"]) is None


async def test_answer_whose_parent_came_meanwhile_is_in_home_timelines(scene: Scene) -> None:
    """s2s 2.15: who follows both sees the answer, whichever of the two was looked at first."""
    await following(scene, scene.alice)
    parent = scene.alice.note()
    answer = scene.alice.note(inReplyTo=parent["id"])
    late = await InHand(scene, scene.alice.create(answer)).gathered()
    await scene.arrives(scene.alice.create(parent))

    assert await late.applied() == "accepted"

    assert set(await home(scene)) == {parent["id"], answer["id"]}
