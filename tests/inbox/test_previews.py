"""Previews of the pages that posts of peers link to: only for those who read them here, spread over a minute. Doors shut first."""

from collections.abc import AsyncIterator

import pytest

from actors.lookup import by_uri
from coopfed import limits
from coopfed.db.tx import Tx
from coopfed.features.follows.actions import follow
from coopfed.features.posts.remote import fetch_post, store_alone
from coopfed.features.previews.store import FETCH_PREVIEW, preview
from coopfed.features.reactions.actions import boost
from tests.coopfed.features.test_previews import job
from tests.inbox.test_edits import LATER, LATER_STILL, edited, stored
from tests.inbox.test_policies import ASKED, a_consent, a_post
from tests.inbox.test_posts import following
from tests.inbox.test_quotes import a_page
from tests.support.jobs import run_jobs
from tests.support.nodes import an_actor, process_arrivals
from tests.support.pages import Site, a_site, previews, states
from tests.support.peers import Document
from tests.support.scene import Scene


@pytest.fixture
async def site() -> AsyncIterator[Site]:
    """A site that is neither this node nor the peer."""
    async with a_site() as found:
        yield found


def linking(url: str, text: str = "news") -> str:
    """A text with a link, after a mention and a hashtag."""
    names = '<a href="https://a.example/@ada" class="u-url mention">@ada</a> <a href="https://a.example/tags/x" rel="tag">#x</a>'
    return f'<p>{names} <a href="{url}">{text}</a></p>'


async def titles(scene: Scene, *notes: Document) -> list[str | None]:
    """What each of the notes shows after a minute."""
    found = await previews(scene.node, *[(await stored(scene, note["id"])).id for note in notes])
    return [one and one.title for one in found]


# --- shut --------------------------------------------------------------------------------------------------------


async def test_page_of_a_post_that_nobody_here_reads_is_not_asked(scene: Scene, site: Site) -> None:
    """This node is no crawler: a post that was only looked up, or stands above one, leads nowhere before somebody reads it."""
    note = scene.peer.publish(a_page(scene.alice.note(linking(site.page("/1")))))
    post = await fetch_post(scene.node, note["id"], scene.node.budget())
    await scene.node.db.write(store_alone, post, scene.node.stamp())
    bob = scene.peer.actor("bob")
    answer = bob.mentioning(
        scene.member.uri, inReplyTo=scene.peer.publish(a_page(scene.alice.note(linking(site.page("/2")))))["id"]
    )
    assert await scene.arrives(bob.create(answer), bob) == ["accepted"]

    assert await titles(scene, note) == [None]
    assert await states(scene.node) == {f"{site.base}/1": "waiting", f"{site.base}/2": "waiting"}
    assert site.asked == []


async def test_page_of_an_answer_is_asked_when_its_consent_is_shown(scene: Scene, site: Site) -> None:
    """GoToSocial *Validating approvedBy*: before, nobody reads the answer."""
    asked = await a_post(scene, scene.alice, "canReply", ASKED)
    bob = scene.peer.actor("bob")
    answer = bob.mentioning(scene.member.uri, inReplyTo=asked.uri, content=linking(site.page("/1", "One")))
    assert await scene.arrives(bob.create(answer), bob) == ["accepted"]
    waiting = await titles(scene, answer), list(site.asked)
    consent = scene.peer.publish(a_consent(scene.alice, "ReplyApproval", answer["id"], target=asked.uri))
    assert await scene.arrives(bob.says("Update", answer | {"approvedBy": consent["id"]}), bob) == ["accepted"]
    await run_jobs(scene.node)

    assert waiting == ([None], [])
    assert await titles(scene, answer) == ["One"]


async def test_quoted_post_that_is_not_here_is_no_page(scene: Scene, site: Site) -> None:
    """s2s 2.21: the way to what it quotes, as Mastodon and Misskey mark it, and where nothing is marked by its address."""
    url = site.page("/quoted")
    marked = scene.alice.mentioning(
        scene.member.uri, content=f'<p>Yes</p><p class="quote-inline">RE: <a href="{url}">{url}</a></p>', quote=url
    )
    bare = scene.alice.mentioning(scene.member.uri, content=f'<p>Yes <a href="{url}">{url}</a></p>', quoteUrl=url)

    for note in (marked, bare):
        assert await scene.arrives(scene.alice.create(note)) == ["accepted"]

    assert await titles(scene, marked, bare) == [None, None]
    assert site.asked == []


async def test_attached_link_and_files_leave_no_room(scene: Scene, site: Site) -> None:
    """As on Mastodon: media, or the author's own card, are there already."""
    link = {"type": "Link", "href": site.page("/attached"), "name": "Attached"}
    image = {"type": "Image", "url": f"{site.base}/a.png", "mediaType": "image/png"}
    for file in (link, image):
        note = scene.alice.mentioning(scene.member.uri, content=linking(site.page("/1")), attachment=[file])
        assert await scene.arrives(scene.alice.create(note)) == ["accepted"]

    assert await states(scene.node) == {}


async def test_way_to_an_article_is_no_page_of_another(scene: Scene, site: Site) -> None:
    """s2s 2.20: what is no Note ends with the link to itself."""
    note = {
        **scene.alice.mentioning(scene.member.uri),
        "type": "Article",
        "name": "Nets",
        "url": site.page("/article"),
    }

    assert await scene.arrives(scene.alice.create(note)) == ["accepted"]
    assert await states(scene.node) == {}


# --- open --------------------------------------------------------------------------------------------------------


async def test_who_follows_or_is_mentioned_reads(scene: Scene, site: Site) -> None:
    """Somebody here reads the post."""
    mentioning = scene.alice.mentioning(scene.member.uri, content=linking(site.page("/1", "One")))
    assert await scene.arrives(scene.alice.create(mentioning)) == ["accepted"]
    bob = scene.peer.actor("bob")
    await following(scene, bob)
    followed = bob.note(linking(site.page("/2", "Two")))
    assert await scene.arrives(bob.create(followed), bob) == ["accepted"]

    assert await titles(scene, mentioning, followed) == ["One", "Two"]


async def test_who_follows_a_booster_reads(scene: Scene, site: Site) -> None:
    """security 2.2, *Herd*: a boost of a viral post asks once, in the booster's name."""
    boosters = [scene.peer.actor(name) for name in ("bob", "carol")]
    await following(scene, *boosters)
    note = scene.peer.publish(a_page(scene.alice.note(linking(site.page("/1", "One")))))

    for booster in boosters:
        assert await scene.arrives(booster.says("Announce", note["id"]), booster) == ["accepted"]

    assert await titles(scene, note) == ["One"]
    assert site.paths == ["/1"]
    booster = await scene.node.db.read(by_uri, boosters[0].uri)
    assert booster is not None
    assert await scene.node.db.read(_asked_by) == [booster.id]


def _asked_by(tx: Tx) -> list[int]:
    return [row.asked_by for row in tx.execute(preview.select())]


async def test_boost_of_ours_is_read_by_our_followers(scene: Scene, site: Site) -> None:
    """What a member boosts is read by who follows the member here."""
    note = scene.peer.publish(a_page(scene.alice.note(linking(site.page("/1", "One")))))
    post = await fetch_post(scene.node, note["id"], scene.node.budget())
    row = await scene.node.db.write(store_alone, post, scene.node.stamp())
    assert row is not None
    other = await an_actor(scene.node, "other")
    await follow(scene.node, other, scene.member)
    await process_arrivals(scene.node)

    await boost(scene.node, scene.member, row.id)
    await process_arrivals(scene.node)

    assert await titles(scene, note) == ["One"]


async def test_pages_are_asked_over_a_minute(scene: Scene, site: Site) -> None:
    """security 2.2, *Herd*: a post reaches a thousand nodes in a second; they do not all call on the page in that second."""
    await following(scene, scene.alice)
    for number in range(30):
        note = scene.alice.note(linking(f"https://h{number}.example/"))
        assert await scene.arrives(scene.alice.create(note)) == ["accepted"]

    waits = [due - scene.clock.now() for due in await scene.node.db.read(_due)]

    assert len(waits) == 30
    assert min(waits) >= 0
    assert max(waits) <= limits.PREVIEW_SPREAD_SECONDS * 1000
    assert max(waits) - min(waits) > 20_000


def _due(tx: Tx) -> list[int]:
    return [row.due_at for row in tx.execute(job.select().where(job.c.kind == FETCH_PREVIEW))]


async def test_edit_of_a_peer_leads_to_another_page(scene: Scene, site: Site) -> None:
    """The preview is that of the text as it is."""
    note = scene.alice.mentioning(scene.member.uri, content=linking(site.page("/1", "One")))
    assert await scene.arrives(scene.alice.create(note)) == ["accepted"]
    one = await titles(scene, note)
    second = edited(note, linking(site.page("/2", "Two")), updated=LATER)
    assert await scene.arrives(scene.alice.says("Update", second)) == ["accepted"]
    two = await titles(scene, note)
    assert await scene.arrives(scene.alice.says("Update", edited(note, updated=LATER_STILL))) == ["accepted"]

    assert (one, two, await titles(scene, note)) == (["One"], ["Two"], [None])


async def test_deleted_post_of_a_peer_leads_nowhere(scene: Scene, site: Site) -> None:
    """ActivityPub 7.4: what was deleted within the minute is not asked for."""
    note = scene.alice.mentioning(scene.member.uri, content=linking(site.page("/1")))
    assert await scene.arrives(scene.alice.create(note)) == ["accepted"]
    assert await scene.arrives(scene.alice.says("Delete", note["id"])) == ["accepted"]

    assert await titles(scene, note) == [None]
    assert site.asked == []


async def test_flood_of_mentions_has_an_end(scene: Scene, site: Site) -> None:
    """security 1.4: who mentions somebody here leads this node to a bounded number of pages in an hour."""
    for number in range(limits.PREVIEWS_AN_HOUR + 5):
        note = scene.alice.mentioning(scene.member.uri, content=linking(f"https://h{number}.example/"))
        assert await scene.arrives(scene.alice.create(note)) == ["accepted"]

    assert len(await scene.node.db.read(_due)) == limits.PREVIEWS_AN_HOUR
