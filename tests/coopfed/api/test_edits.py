"""Editing and pinning over the client API: what the author's app, other readers and the other servers see of it."""

import orjson
import pytest
from sqlalchemy import select

from coopfed.db.models import Activity
from coopfed.features.posts.actions import create_post
from coopfed.features.posts.rules import Draft
from coopfed.features.posts.store import PostRow
from coopfed.vocab.audience import Visibility
from tests.coopfed.api.test_api import Client, a_client
from tests.support.nodes import an_actor, process_arrivals
from tests.support.peers import Answer, Document, send_due
from tests.support.scene import Scene


class Editor(Client):
    """An app that edits."""

    async def put(self, path: str, **fields: object) -> Answer:
        """A PUT with a JSON body."""
        return await self._ask("PUT", path, None, orjson.dumps(fields))


async def an_editor(scene: Scene) -> Editor:
    """The member's app."""
    client = await a_client(scene)
    return Editor(scene, client.token)


async def followed_by_alice(scene: Scene) -> None:
    """Alice follows the member, so that she is told of everything."""
    assert await scene.arrives(scene.alice.follow(scene.member.uri)) == ["accepted"]


async def said(scene: Scene, text: str = "Nets on Monday", **more: object) -> PostRow:
    """A post of the member."""
    return await create_post(scene.node, scene.member, Draft(text, **more))  # type: ignore[arg-type]


async def told(scene: Scene, type: str) -> list[Document]:
    """The activities of this type that the peer got."""
    await send_due(scene.node)
    return [received.document for received in scene.peer.received if received.document["type"] == type]


async def test_only_the_author_edits_pins_and_reads_the_source(scene: Scene) -> None:
    """security 1.6 *Ownership*: another actor's token finds no such status."""
    stranger = Editor(scene, (await a_client(scene, await an_actor(scene.node, "other"))).token)
    post = await said(scene)

    answers = [
        await stranger.put(f"/statuses/{post.id}", status="taken over"),
        await stranger.get(f"/statuses/{post.id}/source"),
        await stranger.post(f"/statuses/{post.id}/pin"),
        await stranger.post(f"/statuses/{post.id}/unpin"),
    ]

    assert [answer.status for answer in answers] == [404] * 4


async def test_edit_reaches_followers_as_an_update_with_a_newer_time(scene: Scene) -> None:
    """ActivityPub 6.3; s2s 2.10: the whole object, `updated` newer, an id of its own for every edit."""
    await followed_by_alice(scene)
    client, post = await an_editor(scene), await said(scene)
    await send_due(scene.node)

    first = await client.put(f"/statuses/{post.id}", status="Nets on Tuesday", spoiler_text="dates")
    await client.put(f"/statuses/{post.id}", status="Nets on Wednesday")
    one, two = await told(scene, "Update")

    assert first.json["content"] == "<p>Nets on Tuesday</p>"
    assert first.json["edited_at"] is not None
    assert (one["object"]["id"], one["object"]["content"]) == (post.uri, "<p>Nets on Tuesday</p>")
    assert (one["object"]["summary"], one["object"]["to"], one["to"]) == ("dates", one["to"], one["to"])
    assert one["object"]["published"] == two["object"]["published"]
    assert one["object"]["updated"] < two["object"]["updated"]
    assert one["id"] != two["id"]


async def test_object_is_served_as_it_was_edited(scene: Scene) -> None:
    """ActivityPub 3.2: what is fetched is what was sent last."""
    client, post = await an_editor(scene), await said(scene)

    await client.put(f"/statuses/{post.id}", status="Nets on Tuesday")

    served = (await scene.peer.get(scene.node, post.uri)).json
    assert (served["content"], "updated" in served) == ("<p>Nets on Tuesday</p>", True)


async def test_history_and_source_are_there_for_those_who_may_read(scene: Scene) -> None:
    """client API: `history` oldest first with the present text last; `source` is what was typed. Private ones stay private."""
    client, post = await an_editor(scene), await said(scene, "Nets on *Monday*")
    direct = await said(scene, "secret", visibility=Visibility.DIRECT)
    await client.put(f"/statuses/{post.id}", status="Nets on Tuesday")
    stranger = await a_client(scene, await an_actor(scene.node, "other"))

    history = (await stranger.get(f"/statuses/{post.id}/history")).json
    source = (await client.get(f"/statuses/{post.id}/source")).json
    hidden = await stranger.get(f"/statuses/{direct.id}/history")

    assert [edit["content"] for edit in history] == ["<p>Nets on *Monday*</p>", "<p>Nets on Tuesday</p>"]
    assert source == {"id": str(post.id), "text": "Nets on Tuesday", "spoiler_text": "", "content_type": "text/plain"}
    assert hidden.status == 404


async def test_edit_keeps_whom_the_post_answers_and_is_for(scene: Scene) -> None:
    """s2s 2.7: whoever was answered stays mentioned; an edit does not change the audience."""
    note = scene.alice.mentioning(scene.member.uri)
    await scene.arrives(scene.alice.create(note))
    client = await an_editor(scene)
    post = await said(scene, "thanks", in_reply_to=note["id"], visibility=Visibility.DIRECT)

    await client.put(f"/statuses/{post.id}", status="many thanks", visibility="public")

    [update] = await told(scene, "Update")
    assert (update["object"]["inReplyTo"], update["to"], update["cc"]) == (note["id"], [scene.alice.uri], [])
    assert update["object"]["tag"][0]["href"] == scene.alice.uri


async def test_who_answered_hears_of_edit_and_end_without_following(scene: Scene) -> None:
    """s2s 2.10 (Mastodon's reach): a server that fetched the post to answer it has it too."""
    client, post = await an_editor(scene), await said(scene)
    await scene.arrives(scene.alice.create(scene.alice.note(inReplyTo=post.uri)))

    await client.put(f"/statuses/{post.id}", status="Nets on Tuesday")
    updates = await told(scene, "Update")
    await client.delete(f"/statuses/{post.id}")

    assert len(updates) == 1
    assert len(await told(scene, "Delete")) == 1


@pytest.mark.parametrize("text", ["", "x" * 5001])
async def test_bad_edit_changes_nothing_and_says_why(scene: Scene, text: str) -> None:
    """Bad input gets a clear error, and nothing is lost."""
    client, post = await an_editor(scene), await said(scene)

    answer = await client.put(f"/statuses/{post.id}", status=text)

    assert answer.status == 422
    assert (await client.get(f"/statuses/{post.id}")).json["content"] == "<p>Nets on Monday</p>"


async def test_text_of_an_edit_goes_to_nobody_once_the_post_is_deleted(scene: Scene) -> None:
    """Security 1.7: what its author took back goes to nobody who does not have it yet; an Update holds the text too, and peers
    take the Update of a young post that they never saw for its Create."""
    await followed_by_alice(scene)
    client, post = await an_editor(scene), await said(scene)
    await client.put(f"/statuses/{post.id}", status="A word too many")

    await client.delete(f"/statuses/{post.id}")
    ends = await told(scene, "Delete")

    assert [end["object"]["id"] for end in ends] == [post.uri]
    assert not any(b"word too many" in received.body for received in scene.peer.received)
    kept = await scene.node.db.read(
        lambda tx: tx.execute(select(Activity.body).where(Activity.object_uri == post.uri)).all()
    )
    assert not any(b"word too many" in row.body for row in kept)


async def test_edit_tells_neighbours_who_are_newly_mentioned(scene: Scene) -> None:
    """Design 3, 8: a local activity takes the same handlers as a remote one."""
    other = await an_actor(scene.node, "other")
    reader = await a_client(scene, other)
    client, post = await an_editor(scene), await said(scene)

    await client.put(f"/statuses/{post.id}", status=f"Nets on Tuesday, @other@{scene.node.config.handle_domain}")
    await process_arrivals(scene.node)

    assert [row["type"] for row in (await reader.get("/notifications")).json] == ["mention"]


async def test_pin_is_shown_told_and_served_until_it_is_taken_away(scene: Scene) -> None:
    """ActivityPub 6.6, 6.7: Add and Remove with the featured collection as target, which lists the post meanwhile."""
    await followed_by_alice(scene)
    client, post = await an_editor(scene), await said(scene)
    collection = f"{scene.member.uri}/featured"

    pinned = (await client.post(f"/statuses/{post.id}/pin")).json["pinned"]
    listed = (await scene.peer.get(scene.node, collection)).json
    unpinned = (await client.post(f"/statuses/{post.id}/unpin")).json["pinned"]
    empty = (await scene.peer.get(scene.node, collection)).json

    [add], [remove] = await told(scene, "Add"), await told(scene, "Remove")
    assert (pinned, unpinned) == (True, False)
    assert (listed["orderedItems"], empty["totalItems"]) == ([post.uri], 0)
    assert [(one["object"], one["target"]) for one in (add, remove)] == [(post.uri, collection)] * 2


async def test_only_what_everybody_may_see_is_pinned(scene: Scene) -> None:
    """security 1.7 (Mastodon GHSA-ccpr-m53r-mfwr): the featured collection shows nothing private."""
    client, post = await an_editor(scene), await said(scene, visibility=Visibility.FOLLOWERS)

    answer = await client.post(f"/statuses/{post.id}/pin")

    assert answer.status == 422
    assert (await scene.peer.get(scene.node, f"{scene.member.uri}/featured")).json["totalItems"] == 0


async def test_files_of_a_remote_post_are_shown_as_copies(scene: Scene) -> None:
    """client API, MediaAttachment: at addresses of this node; of what cannot be shown here the app gets a link with the description."""
    file = {"type": "Image", "mediaType": "image/png", "url": f"{scene.peer.base}/a.png", "name": "a boat"}
    paper = {"type": "Document", "mediaType": "application/pdf", "url": f"{scene.peer.base}/a.pdf", "name": "rules"}
    note = scene.alice.mentioning(scene.member.uri, attachment=[file, paper])
    await scene.arrives(scene.alice.create(note))
    client = await an_editor(scene)

    [shown, linked] = (await client.get("/notifications")).json[0]["status"]["media_attachments"]

    urls = scene.node.urls
    assert (shown["type"], shown["url"], shown["remote_url"]) == ("image", urls.copy("file", file["url"]), file["url"])
    assert (shown["preview_url"], shown["description"]) == (urls.copy("file", file["url"], small=True), "a boat")
    assert (linked["type"], linked["url"], linked["remote_url"]) == ("unknown", None, paper["url"])
