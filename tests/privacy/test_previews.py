"""What leaves with the preview of a link in a post for few: one GET of the address, and nothing else; and who is shown what came back."""

import pytest

from coopfed.db.tx import Tx
from coopfed.features.posts.actions import create_post, edit_post
from coopfed.features.posts.rules import Draft
from coopfed.node import user_agent
from coopfed.vocab.audience import Visibility
from outbox.publish import activity
from tests.coopfed.api.test_api import a_client
from tests.inbox.test_posts import following
from tests.privacy.test_votes import leaks
from tests.privacy.test_who_may_see_what import Identity, World
from tests.support.nodes import an_actor, process_arrivals
from tests.support.pages import a_site, previews
from tests.support.peers import send_due
from tests.support.scene import Scene

FEW = [Visibility.FOLLOWERS, Visibility.DIRECT]


def _activities(tx: Tx) -> list[int]:
    return list(tx.execute(activity.select().with_only_columns(activity.c.id)).scalars())


@pytest.mark.parametrize("level", FEW)
async def test_nothing_of_a_post_for_few_leaves_but_the_address(scene: Scene, level: Visibility) -> None:
    """security 1.7: the page's host learns that somebody here was given the address: not by whom, for whom, nor in which post."""
    await following(scene, scene.alice)
    reader = await an_actor(scene.node, "canaryreader")
    async with a_site() as site:
        ours = await create_post(
            scene.node,
            scene.member,
            Draft(f"@canaryreader canary-text {site.page('/ours?key=1')} #canarytag", visibility=level),
        )
        site.answers["/ours"] = site.answers.pop("/ours?key=1")
        await process_arrivals(scene.node)
        to = scene.alice.followers if level is Visibility.FOLLOWERS else scene.member.uri
        note = scene.alice.note(f'<p>canary-text <a href="{site.page("/theirs")}">canary</a></p>', to=[to], cc=[])
        assert await scene.arrives(scene.alice.create(note)) == ["accepted"]
        requests = len(scene.peer.received), len(scene.peer.gets)

        await previews(scene.node, ours.id)

        assert sorted(site.paths) == ["/ours?key=1", "/theirs"]
        for _path, headers in site.asked:
            assert headers == {
                "Host": site.base.partition("://")[2],
                "User-Agent": user_agent(scene.node.config),
                "Accept": "text/html, application/xhtml+xml",
                "Accept-Encoding": "gzip",
            }
            assert "canary" not in str(headers)
            assert reader.uri not in str(headers)
    assert (len(scene.peer.received), len(scene.peer.gets)) == requests


@pytest.mark.slow
async def test_preview_is_seen_by_those_who_see_the_post(scene: Scene) -> None:
    """security 1.7: a page that only a post for few leads to is shown on no path to anybody else; edits send nothing of it."""
    async with a_site() as site:
        posts = {}
        for level in FEW:
            url = site.page(f"/{level.value}", "canarytitle", '<meta name="description" content="canarytitle">')
            posts[level.value] = await create_post(scene.node, scene.member, Draft(f"Read {url}", visibility=level))
        await scene.arrives(scene.alice.follow(scene.member.uri))
        await previews(scene.node, *(post.id for post in posts.values()))
        posts["followers"] = await edit_post(
            scene.node, scene.member, posts["followers"], Draft(f"Do read {site.base}/followers")
        )
        await send_due(scene.node)
    owner = (await a_client(scene)).token
    other = (await a_client(scene, await an_actor(scene.node, "other"))).token
    identities = [
        Identity("anonymous"),
        Identity("stranger", signer=scene.peer.actor("stranger")),
        Identity("member", token=other),
        Identity("owner", token=owner),
    ]

    found = await leaks(scene, World(posts, await scene.node.db.read(_activities), [], identities), b"canarytitle")

    assert {role for _path, role in found} == {"owner"}
    assert all(b"canarytitle" not in received.body for received in scene.peer.received)
    assert len(scene.peer.received) > 0
