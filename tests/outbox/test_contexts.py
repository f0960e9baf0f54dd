"""GET of a thread of ours as its context: who begins it owns it, it is in order, and each asker sees only what they may."""

from typing import Any

import orjson
import pytest

from coopfed import limits
from coopfed.features.posts import documents
from coopfed.features.posts.actions import create_post, delete_post, edit_post
from coopfed.features.posts.rules import Draft
from coopfed.features.posts.store import PostRow
from coopfed.vocab.audience import Visibility
from tests.coopfed.api.test_api import a_client
from tests.inbox.test_posts import following
from tests.outbox.test_gatherings import said
from tests.support.nodes import an_actor, process_arrivals
from tests.support.peers import Document, a_peer
from tests.support.scene import Scene


async def document(scene: Scene, post: PostRow) -> dict[str, Any]:
    """The document of a post of ours."""
    found: dict[str, Any] = orjson.loads(await scene.node.db.read(documents.document_of, post.id))
    return found


async def thread(scene: Scene, post: PostRow, *who: Any) -> list[str]:
    """The ids in the thread that a post begins, all pages."""
    head = (await scene.peer.get(scene.node, f"{post.uri}/context", *who)).json
    items, url = [], head["first"]
    while url is not None:
        page = (await scene.peer.get(scene.node, url, *who)).json
        items += page["orderedItems"]
        url = page.get("next")
    assert head["totalItems"] == len(items)
    return items


async def answers(scene: Scene, uri: str, **more: object) -> Document:
    """A note of alice that answers, as it arrives; it mentions the member."""
    note = scene.alice.mentioning(scene.member.uri, inReplyTo=uri, **more)
    await scene.arrives(scene.alice.create(note))
    return note


async def test_thread_of_what_is_private_is_not_there(scene: Scene) -> None:
    """security 1.7: the context is a read path too."""
    post = await said(scene, "secret", visibility=Visibility.FOLLOWERS)

    assert (await scene.peer.get(scene.node, f"{post.uri}/context", scene.alice)).status == 404


async def test_private_answers_stand_in_the_thread_for_their_readers_alone(scene: Scene) -> None:
    """FEP-f228: a collection shows each asker what they may see; its count too."""
    post = await said(scene, f"hello @alice@{scene.peer.host}")
    secret = await said(scene, f"@alice@{scene.peer.host} psst", in_reply_to=post.uri, visibility=Visibility.DIRECT)
    gone = await said(scene, "gone", in_reply_to=post.uri)
    await delete_post(scene.node, scene.member, gone)

    assert await thread(scene, post) == [post.uri]
    assert await thread(scene, post, scene.alice) == [post.uri, secret.uri]


async def test_thread_contains_its_beginning_and_all_below_in_order(scene: Scene) -> None:
    """FEP-7888, s2s 2.15: an OrderedCollection of the owner's, chronological, with answers to answers, ours and others'."""
    post = await said(scene, "one")
    theirs = await answers(scene, post.uri)
    ours = await said(scene, "three", in_reply_to=theirs["id"])

    head = (await scene.peer.get(scene.node, f"{post.uri}/context")).json

    assert (head["type"], head["attributedTo"], head["totalItems"]) == ("OrderedCollection", scene.member.uri, 3)
    assert await thread(scene, post) == [post.uri, theirs["id"], ours.uri]
    assert (await scene.peer.get(scene.node, f"{ours.uri}/context")).status == 404


async def test_long_thread_goes_on_by_cursor(scene: Scene) -> None:
    """s2s 2.13: cursors, each post once."""
    post = await said(scene, "one")
    uris = [(await said(scene, f"{n}", in_reply_to=post.uri)).uri for n in range(limits.PAGE_ITEMS + 1)]

    assert await thread(scene, post) == [post.uri, *uris]
    assert (await scene.peer.get(scene.node, f"{post.uri}/context?page=true&after=x")).status == 400


async def test_thread_of_a_deleted_post_is_gone(scene: Scene) -> None:
    """ActivityPub 6.4: what gathers around a deleted post goes with it."""
    post = await said(scene, "one")
    await delete_post(scene.node, scene.member, post)

    assert (await scene.peer.get(scene.node, f"{post.uri}/context")).status == 410


async def test_our_posts_name_the_thread_they_stand_in(scene: Scene) -> None:
    """Issue 4, 7: a post that begins a thread names its own; answers in it the same, also to somebody else's; edits keep it."""
    post = await said(scene, "one")
    theirs = await answers(scene, post.uri, context="https://elsewhere.example/contexts/1")
    ours = await said(scene, "three", in_reply_to=theirs["id"])
    edited = await edit_post(scene.node, scene.member, ours, Draft("three and a half"))

    for row in (post, ours, edited):
        note = await document(scene, row)
        assert (note["context"], note["conversation"]) == (f"{post.uri}/context",) * 2


@pytest.mark.parametrize("named", ["context", "conversation"])
async def test_our_answer_carries_the_context_as_it_came(scene: Scene, named: str) -> None:
    """FEP-7888: who answers copies the context, whatever it is called; without one there is none."""
    begun = scene.alice.mentioning(scene.member.uri, **{named: f"{scene.peer.base}/contexts/9"})
    await scene.arrives(scene.alice.create(begun))
    bare = scene.alice.mentioning(scene.member.uri)
    await scene.arrives(scene.alice.create(bare))

    note = await document(scene, await said(scene, "yes", in_reply_to=begun["id"]))
    other = await document(scene, await said(scene, "no", in_reply_to=bare["id"]))

    assert note["context"] == note["conversation"] == f"{scene.peer.base}/contexts/9"
    assert "context" not in other


async def test_stranger_who_only_names_our_thread_is_not_taken_in(scene: Scene) -> None:
    """s2s 2.15 (NodeBB#14188): the context of a post is a claim; it must answer a post of the thread."""
    post, other = await said(scene, "one"), await said(scene, "another")
    below = await answers(scene, other.uri)
    context = f"{post.uri}/context"
    claims = [{"context": context}, {"context": context, "inReplyTo": below["id"]}]

    for claim in claims:
        assert (await scene.arrives(scene.alice.create(scene.alice.note(**claim))))[-1] == "irrelevant"

    assert await thread(scene, post) == [post.uri]


async def test_stranger_who_answers_in_our_thread_and_names_it_is_taken_in(scene: Scene) -> None:
    """s2s 2.15 (NodeBB#14188): an answer to somebody else's answer, addressed to none of ours, that names our context."""
    post = await said(scene, "one")
    below = await answers(scene, post.uri)
    note = scene.alice.note(inReplyTo=below["id"], context=f"{post.uri}/context")

    assert (await scene.arrives(scene.alice.create(note)))[-1] == "accepted"

    assert await thread(scene, post) == [post.uri, below["id"], note["id"]]


async def test_answers_that_came_first_find_their_thread(scene: Scene) -> None:
    """s2s 2.17: whatever the order of arrival, a thread is one, down to the answers of answers."""
    await following(scene, scene.alice)
    async with a_peer() as other:
        post = await said(scene, "one")
        missing = other.actor("bob").note(inReplyTo=post.uri)
        first = await answers(scene, missing["id"])
        second = await answers(scene, first["id"])
        assert await thread(scene, post) == [post.uri]

        mentioning = {**missing, "tag": [{"type": "Mention", "href": scene.member.uri, "name": "@member"}]}
        await other.post(scene.node, other.actor("bob").create({**mentioning, "cc": [scene.member.uri]}))
        await process_arrivals(scene.node)

        assert sorted(await thread(scene, post)) == sorted([post.uri, missing["id"], first["id"], second["id"]])


async def test_app_sees_what_stands_above_and_below(scene: Scene) -> None:
    """Client API, statuses/:id/context: ancestors oldest first, descendants with each answer before the next; what is not for the
    reader is left out."""
    other = await an_actor(scene.node, "other")
    one = await said(scene, "one")
    two = await create_post(scene.node, other, Draft("two", in_reply_to=one.uri))
    three = await said(scene, "three", in_reply_to=one.uri)
    four = await said(scene, "four", in_reply_to=two.uri)
    secret = await said(scene, "to myself", in_reply_to=two.uri, visibility=Visibility.DIRECT)
    mine, theirs = await a_client(scene), await a_client(scene, await an_actor(scene.node, "third"))

    top = (await mine.get(f"/statuses/{one.id}/context")).json
    middle = (await theirs.get(f"/statuses/{two.id}/context")).json
    hidden = await theirs.get(f"/statuses/{secret.id}/context")

    assert top["ancestors"] == []
    assert [status["id"] for status in top["descendants"]] == [str(post.id) for post in (two, four, secret, three)]
    assert [status["id"] for status in middle["ancestors"]] == [str(one.id)]
    assert [status["id"] for status in middle["descendants"]] == [str(four.id)]
    assert hidden.status == 404
