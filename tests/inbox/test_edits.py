"""Update of a post as it arrives: only by its author, only forwards, never wider; what it said before is kept."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import insert

from coopfed import limits
from coopfed.db.models import Reaction
from coopfed.db.tx import Tx, table
from coopfed.features import notifications
from coopfed.features.posts import details, history, store
from coopfed.features.posts.store import PostRow
from tests.inbox.test_posts import home, mentions, post, visible_to
from tests.support.nodes import an_actor
from tests.support.peers import PUBLIC, Document
from tests.support.scene import Scene

_BOOST = insert(table(Reaction))
LATER, LATER_STILL = "2026-11-24T07:30:00Z", "2026-11-24T07:45:00Z"


def edited(note: Document, content: str = "<p>Harvest on Sunday</p>", **more: Any) -> Document:
    """The note with another text."""
    return {**note, "content": content, "updated": LATER, **more}


async def arrived(scene: Scene, **more: Any) -> Document:
    """A note of alice that mentions the member and is stored here."""
    note = scene.alice.mentioning(scene.member.uri, **more)
    assert await scene.arrives(scene.alice.create(note)) == ["accepted"]
    return note


async def texts(scene: Scene, uri: str) -> list[str]:
    """Every text of the post, the oldest first."""
    return [revision.content for revision in await scene.node.db.read(_revisions, uri)]


def _revisions(tx: Tx, uri: str) -> list[history.RevisionRow]:
    found = store.by_uri(tx, uri)
    assert found is not None
    return history.revisions(tx, found)


async def stored(scene: Scene, uri: str) -> PostRow:
    """The post with this id, which must be there."""
    found = await post(scene, uri)
    assert found is not None
    return found


async def test_neighbour_does_not_edit(scene: Scene) -> None:
    """FEP-fe34 *Ownership*: neighbours on one host are strangers."""
    note = await arrived(scene)
    mallory = scene.peer.actor("mallory")

    as_author = await scene.arrives(mallory.says("Update", edited(note, attributedTo=mallory.uri)), mallory)
    as_victim = await scene.arrives(mallory.says("Update", edited(note)), mallory)

    assert (as_author, as_victim) == (["refused_owner"], ["refused_author"])
    assert "Saturday" in (await stored(scene, note["id"])).content


async def test_edit_replaces_the_text_and_keeps_what_it_was(scene: Scene) -> None:
    """ActivityPub 7.3; s2s 2.10: the newer text is shown, marked as edited, the older one is its history."""
    note = await arrived(scene)

    outcome = await scene.arrives(scene.alice.says("Update", edited(note, summary="dates", sensitive=True)))

    found = await stored(scene, note["id"])
    assert outcome == ["accepted"]
    assert (found.content, found.summary, found.sensitive) == ("<p>Harvest on Sunday</p>", "dates", True)
    assert found.updated_at == int(datetime(2026, 11, 24, 7, 30, tzinfo=UTC).timestamp() * 1000)
    assert await texts(scene, note["id"]) == ["<p>Harvest on Saturday</p>", "<p>Harvest on Sunday</p>"]


async def test_older_edit_that_comes_late_changes_nothing(scene: Scene) -> None:
    """s2s 2.10: `updated` is strictly newer than the stored one, or it is no edit."""
    note = await arrived(scene)
    await scene.arrives(scene.alice.says("Update", edited(note, "<p>newest</p>", updated=LATER_STILL)))

    older = await scene.arrives(scene.alice.says("Update", edited(note, "<p>older</p>")))
    same = await scene.arrives(scene.alice.says("Update", edited(note, "<p>same</p>", updated=LATER_STILL)))

    assert (older, same) == (["duplicate"], ["duplicate"])
    assert (await stored(scene, note["id"])).content == "<p>newest</p>"


async def test_first_edit_within_the_second_of_the_post_counts(scene: Scene) -> None:
    """s2s 2.10; Mastodon, GoToSocial and active-boxes tell whole seconds: nothing earlier was said that it could be older than."""
    note = await arrived(scene)

    counts = await scene.arrives(scene.alice.says("Update", {**note, "updated": note["published"]}))
    text = await scene.arrives(scene.alice.says("Update", edited(note, updated=note["published"])))

    assert (counts, text) == (["duplicate"], ["accepted"])
    assert await texts(scene, note["id"]) == ["<p>Harvest on Saturday</p>", "<p>Harvest on Sunday</p>"]


async def test_edit_without_a_time_counts_when_the_text_differs(scene: Scene) -> None:
    """s2s 3, no. 23 (WriteFreely sends no `updated`): readers see the edit; counts alone are none."""
    note = await arrived(scene)

    counts = await scene.arrives(scene.alice.says("Update", {**note, "likes": {"type": "Collection", "totalItems": 9}}))
    text = await scene.arrives(scene.alice.says("Update", {**note, "content": "<p>On Monday</p>"}))

    assert (counts, text) == (["duplicate"], ["accepted"])
    found = await stored(scene, note["id"])
    assert (found.content, found.updated_at) == ("<p>On Monday</p>", scene.node.clock.now())


async def test_edit_does_not_widen_who_may_read(scene: Scene) -> None:
    """security 1.7: visibility is never widened by Update; it may become narrower."""
    other = await an_actor(scene.node, "other")
    direct = await arrived(scene, to=[scene.member.uri], cc=[])
    public = await arrived(scene)

    await scene.arrives(scene.alice.says("Update", edited(direct, to=[PUBLIC], cc=[])))
    await scene.arrives(scene.alice.says("Update", edited(public, to=[scene.alice.followers])))

    assert not await visible_to(scene, direct["id"], other.id)
    assert not await visible_to(scene, public["id"], other.id)


async def test_newly_mentioned_are_told_and_nobody_twice(scene: Scene) -> None:
    """s2s 2.7: an edit may bring somebody into the conversation."""
    other = await an_actor(scene.node, "other")
    note = await arrived(scene)
    tags = [{"type": "Mention", "href": uri, "name": "@x"} for uri in (scene.member.uri, other.uri)]

    await scene.arrives(scene.alice.says("Update", edited(note, tag=tags)))

    assert (await mentions(scene), await mentions(scene, other.id)) == (1, 1)
    found = await stored(scene, note["id"])
    named = await scene.node.db.read(details.mentions_of, [found.id])
    assert {href for href, _name, _number in named[found.id]} == {scene.member.uri, other.uri}


async def test_who_boosted_hears_of_the_edit(scene: Scene) -> None:
    """client API, `update`: what an actor passed on has become something else."""
    note = await arrived(scene)
    found = await stored(scene, note["id"])
    await scene.node.db.write(_boost, scene.member.id, found.id)

    await scene.arrives(scene.alice.says("Update", edited(note)))

    told = await scene.node.db.read(notifications.recent, scene.member.id, 10)
    assert [row.type for row in told] == ["update", "mention"]


def _boost(tx: Tx, actor_id: int, object_id: int) -> None:
    row = {"id": 77, "kind": "announce", "actor_id": actor_id, "object_id": object_id}
    tx.execute(_BOOST, {**row, "content": "", "visibility": "public", "created_at": 1})


async def test_edit_does_not_bring_a_deleted_post_back(scene: Scene) -> None:
    """s2s 2.10: after the Delete nothing of the post returns, its history neither."""
    note = await arrived(scene)
    await scene.arrives(scene.alice.says("Update", edited(note)))
    await scene.arrives(scene.alice.says("Delete", note["id"]))

    again = await scene.arrives(scene.alice.says("Update", edited(note, updated=LATER_STILL)))

    assert again == ["refused_deleted"]
    assert await texts(scene, note["id"]) == [""]


async def test_edit_of_what_never_came_is_its_create(scene: Scene) -> None:
    """s2s 2.10: the Create may be late or lost; then it finds the newer text here."""
    note = scene.alice.mentioning(scene.member.uri)

    first = await scene.arrives(scene.alice.says("Update", edited(note)))
    late = await scene.arrives(scene.alice.create(note))

    assert (first, late) == (["accepted"], ["duplicate"])
    assert (await stored(scene, note["id"])).content == "<p>Harvest on Sunday</p>"
    assert await mentions(scene) == 1


async def test_edit_of_an_old_post_that_never_came_is_irrelevant(scene: Scene) -> None:
    """s2s 2.10: an old unknown post does not appear as news because a comma was set right."""
    note = scene.alice.mentioning(scene.member.uri, published="2026-11-22T07:00:00Z")

    assert await scene.arrives(scene.alice.says("Update", edited(note))) == ["irrelevant"]
    assert await post(scene, note["id"]) is None


async def test_edit_by_id_is_fetched_from_its_origin(scene: Scene) -> None:
    """s2s 2.10: a bare id is as good as the document."""
    note = await arrived(scene)
    scene.peer.publish(edited(note) | {"@context": "https://www.w3.org/ns/activitystreams"})

    outcome = await scene.arrives(scene.alice.says("Update", note["id"], to=[PUBLIC]))

    assert outcome == ["accepted"]
    assert (await stored(scene, note["id"])).content == "<p>Harvest on Sunday</p>"


async def test_history_has_an_end(scene: Scene) -> None:
    """security 1.4: who edits for ever loses the oldest texts; the database does not grow for ever."""
    note = await arrived(scene)
    found = await stored(scene, note["id"])

    await scene.node.db.write(_edit_often, found, limits.REVISIONS + 5)

    kept = await texts(scene, note["id"])
    assert len(kept) == limits.REVISIONS + 1
    assert kept[0] != "<p>Harvest on Saturday</p>"
    assert await home(scene) == []


def _edit_often(tx: Tx, found: PostRow, times: int) -> None:
    before = found
    for number in range(1, times + 1):
        after = _with(before, f"<p>{number}</p>", found.published_at + number)
        assert history.edit(tx, before, after, b"{}")
        before = after


def _with(row: PostRow, content: str, moment: int) -> PostRow:
    return row._replace(content=content, updated_at=moment)
