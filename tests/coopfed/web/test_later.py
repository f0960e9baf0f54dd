"""What pages show of a post's later life: edits, reactions, files, pins; and where an actor went."""

import re

from sqlalchemy import update

from actors.lookup import actor
from coopfed.features.posts import featured
from coopfed.features.posts.actions import create_post, edit_post
from coopfed.features.posts.rules import Draft
from tests.support.scene import Scene


async def test_page_says_what_became_of_a_post(scene: Scene) -> None:
    """client expectations: an edit is marked, likes and boosts are counted, files of others are shown as copies with what they show."""
    await scene.arrives(scene.alice.follow(scene.member.uri))
    post = await create_post(scene.node, scene.member, Draft("Nets on Monday #nets"))
    scene.clock.pass_(3600)
    await edit_post(scene.node, scene.member, post, Draft("Nets on Tuesday #nets"))
    for type in ("Like", "Announce"):
        await scene.arrives(scene.alice.says(type, post.uri))
    file = {"type": "Image", "mediaType": "image/png", "url": f"{scene.peer.base}/a.png", "name": "two <boats>"}
    tag = {"type": "Hashtag", "name": "#nets", "href": f"{scene.peer.base}/tags/nets"}
    await follow_alice(scene)
    note = scene.alice.mentioning(scene.member.uri)
    await scene.arrives(scene.alice.create({**note, "attachment": [file], "tag": [*note["tag"], tag]}))

    own = (await scene.peer.get(scene.node, post.url or "", Accept="text/html", Accept_Language="en")).body.decode()
    tagged = await scene.peer.get(scene.node, f"{scene.node.urls.base}/tags/nets", Accept="text/html")

    assert "Edited on 24 November 2026, 09:00 UTC" in own
    assert "1 like" in own
    assert "1 boost" in own
    small = scene.node.urls.copy("file", f"{scene.peer.base}/a.png", small=True)
    assert f'<img src="{small}" alt="two &lt;boats&gt;"' in tagged.body.decode()
    assert f'src="{scene.peer.base}' not in tagged.body.decode()


async def follow_alice(scene: Scene) -> None:
    """Alice is known here."""
    await scene.arrives(scene.alice.says("Like", "https://x.example/1"))


async def test_profile_shows_pinned_posts_first_and_where_the_actor_went(scene: Scene) -> None:
    """s2s 2.12: the featured collection is for people too; a moved actor says where it went."""
    post = await create_post(scene.node, scene.member, Draft("read this first"))
    for number in range(3):
        await create_post(scene.node, scene.member, Draft(f"later {number}"))
    await featured.pin(scene.node, scene.member, post)
    page = f"{scene.node.urls.base}/@member"

    pinned = (await scene.peer.get(scene.node, page, Accept="text/html", Accept_Language="it")).body.decode()
    moved = update(actor).where(actor.c.id == scene.member.id).values(moved_to="https://new.example/users/member")
    await scene.node.db.write(lambda tx: tx.execute(moved) and None)
    gone_on = (await scene.peer.get(scene.node, page, Accept="text/html", Accept_Language="tr")).body.decode()

    ids = re.findall(r' id="([^"]+)"', pinned)
    assert len(ids) == len(set(ids))
    assert pinned.index("In evidenza") < pinned.index("read this first") < pinned.index("later 2")
    assert "Bu hesap taşındı:" in gone_on
    assert 'href="https://new.example/users/member"' in gone_on
