"""Previews of the pages that posts of ours link to: which page is asked, when, how often, and what is shown. Doors shut first."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from aiohttp import web

from coopfed import limits
from coopfed.db.models import Job
from coopfed.db.tx import Tx, table
from coopfed.features.posts.actions import create_post, delete_post, edit_post
from coopfed.features.posts.rules import Draft
from coopfed.features.posts.store import PostRow
from coopfed.features.previews import store
from coopfed.features.previews.fetch import fetch_preview, said_by
from coopfed.features.previews.store import FETCH_PREVIEW, PreviewRow
from coopfed.net import peers
from coopfed.net.client import HttpClient
from coopfed.net.fetch import FetchedPage
from coopfed.node import dial_rules, user_agent
from coopfed.vocab.audience import Visibility
from coopfed.vocab.records import AttachmentRecord
from tests.coopfed.net.servers import QUICK, serving
from tests.support.jobs import run_jobs
from tests.support.nodes import NOW, an_actor, free_port
from tests.support.pages import Site, a_site, previews, states
from tests.support.scene import Scene, a_scene

DAY = limits.PREVIEW_FRESH_SECONDS
job = table(Job)


@pytest.fixture
async def site() -> AsyncIterator[Site]:
    """A site that is not this node."""
    async with a_site() as found:
        yield found


async def says(scene: Scene, text: str, **more: object) -> PostRow:
    """A post of the member."""
    return await create_post(scene.node, scene.member, Draft(text, **more))  # type: ignore[arg-type]


async def shown(scene: Scene, post: PostRow) -> PreviewRow | None:
    """What the post shows after a minute."""
    return (await previews(scene.node, post.id))[0]


# --- what is asked for nothing ----------------------------------------------------------------------------------


async def test_setting_turns_it_off(database_url: str, site: Site) -> None:
    """LINK_PREVIEWS: no row, no job, no request."""
    async with a_scene(database_url, link_previews=False) as scene:
        post = await says(scene, f"Read {site.page('/1')}")

        assert await shown(scene, post) is None
        assert await states(scene.node) == {}
        assert await run_jobs(scene.node) == []
    assert site.asked == []


async def test_job_that_waited_while_it_was_turned_off_asks_nobody(scene: Scene, site: Site) -> None:
    """LINK_PREVIEWS: it holds at once, and when it is on again the next post has a preview."""
    await says(scene, f"Read {site.page('/1')}")
    scene.node.config = scene.node.config.model_copy(update={"link_previews": False})
    await run_jobs(scene.node, FETCH_PREVIEW)
    before = list(site.asked)
    scene.node.config = scene.node.config.model_copy(update={"link_previews": True})

    assert await shown(scene, await says(scene, f"Read {site.base}/1")) is not None
    assert before == []


@pytest.mark.parametrize(
    "text",
    ["Bread", "#bread", "@other", "@nobody@nowhere.example", "ftp://peer.example/", "http://user:word@peer.example/"],
)
async def test_text_without_a_link_to_a_page_has_none(scene: Scene, text: str) -> None:
    """Mentions and hashtags are no pages; an address with a password in it is never asked for."""
    await an_actor(scene.node, "other")

    await says(scene, text)

    assert await states(scene.node) == {}


async def test_post_with_files_has_none(scene: Scene, site: Site) -> None:
    """As on Mastodon: there is something to look at already."""
    picture = AttachmentRecord("https://peer.example/a.png", "image/png", "A loaf", None, None, None, None, "Image")

    await says(scene, f"Read {site.page('/1')}", attachments=(picture,))

    assert await states(scene.node) == {}


async def test_what_lies_or_is_known_here_has_none(scene: Scene, site: Site) -> None:
    """A link to a post or a profile: here it is more than a page. The first link that leads elsewhere is shown."""
    other = await an_actor(scene.node, "other")
    ours = await says(scene, "Bread")
    note = scene.alice.mentioning(scene.member.uri, url=f"{scene.peer.base}/@alice/1")
    assert await scene.arrives(scene.alice.create(note)) == ["accepted"]
    known = [ours.url, ours.uri, scene.node.urls.profile(other.handle), scene.node.urls.tag_page("bread")]
    theirs = [note["id"], f"{note['url']}#now", scene.alice.uri, f"{scene.peer.base}/@alice"]

    for links in (known, theirs):
        await says(scene, " ".join(str(link) for link in links))
    empty = await states(scene.node)
    post = await says(scene, f"{note['url']} {site.page('/1', 'News')}")

    found = await shown(scene, post)
    assert empty == {}
    assert found is not None
    assert found.title == "News"


async def test_what_is_quoted_has_none(scene: Scene, site: Site) -> None:
    """A quote is shown as a quote; what is said of it may lead elsewhere."""
    quoted = await says(scene, "Bread")
    plain = await says(scene, "Indeed", quote=quoted.uri)
    other = await says(scene, f"Indeed, see {site.page('/1')}", quote=quoted.uri)

    assert await previews(scene.node, plain.id) == [None]
    assert await shown(scene, other) is not None


# --- what cannot be had -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("answer", "state"),
    [
        (web.Response(status=404, text="<title>Not here</title>", content_type="text/html"), "nothing"),
        (web.Response(status=410, text="<title>Gone</title>", content_type="text/html"), "nothing"),
        (web.Response(status=403, text="<title>No</title>", content_type="text/html"), "failed"),
        (web.Response(status=500, text="<title>Oh</title>", content_type="text/html"), "failed"),
        (web.Response(text="<title>x</title>", content_type="text/plain"), "nothing"),
        (web.Response(body=b"\x89PNG", content_type="image/png"), "nothing"),
        (web.Response(text="<p>No title</p>", content_type="text/html"), "nothing"),
        (web.Response(body=b"", content_type="text/html"), "nothing"),
        (web.Response(body=b"x", content_type="text/html", headers={"Content-Encoding": "br"}), "failed"),
        (web.Response(status=302, headers={"Location": "ftp://peer.example/"}), "failed"),
        (web.Response(status=302, headers={"Location": "/page"}), "failed"),
    ],
)
async def test_page_that_cannot_be_had_is_a_plain_link_and_not_asked_again(
    scene: Scene, site: Site, answer: web.Response, state: str
) -> None:
    """Whatever it answers: no card, no error, no second request."""
    site.answers["/page"] = answer
    url = f"{site.base}/page"

    post = await says(scene, url)
    found = await shown(scene, post)
    asked = len(site.asked)
    await says(scene, f"Again {url}")
    scene.clock.pass_(3600)
    await run_jobs(scene.node)

    assert found is None
    assert await states(scene.node) == {url: state}
    assert len(site.asked) == asked


@pytest.mark.parametrize("where", ["node", "blocked"])
async def test_redirect_inside_is_not_followed(scene: Scene, site: Site, where: str) -> None:
    """security 1.3: each hop is judged. Here the own host stands for what may not be dialled, and a host that is blocked."""
    async with a_site("127.0.0.1") as other:
        await scene.node.db.write(peers.set_blocked, other.base.partition("://")[2], True)
        scene.node.memory.forget()
        target = scene.node.urls.profile(scene.member.handle) if where == "node" else other.page("/secret")
        url = site.redirect("/1", target)

        assert await shown(scene, await says(scene, url)) is None
        assert await states(scene.node) == {url: "failed"}
        assert other.asked == []


async def test_slow_page_is_left(scene: Scene) -> None:
    """security 1.4: a page that drips holds up nothing."""

    async def drip(request: web.BaseRequest) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "text/html"})
        await response.prepare(request)
        while True:
            await response.write(b"<!-- -->")
            await asyncio.sleep(0.01)

    gate = scene.node.http.gate
    await scene.node.http.close()
    scene.node.http = HttpClient(dial_rules(scene.node.config), user_agent(scene.node.config), timeouts=QUICK)
    scene.node.http.gate = gate
    async with serving(drip) as server:
        url = server.url("/", "localhost")

        assert await shown(scene, await says(scene, url)) is None

    assert await states(scene.node) == {url: "failed"}


async def test_way_to_a_page_takes_a_bounded_time(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """PAGE_SECONDS: each redirect is in time, all together are not."""
    monkeypatch.setattr(limits, "PAGE_SECONDS", 0.3)

    async def leads_on(request: web.BaseRequest) -> web.StreamResponse:
        await asyncio.sleep(0.15)
        return web.Response(status=302, headers={"Location": f"{request.path}1"})

    async with serving(leads_on) as server:
        url = server.url("/", "localhost")

        assert await shown(scene, await says(scene, url)) is None
        assert len(server.seen) < 1 + limits.FETCH_REDIRECTS

    assert await states(scene.node) == {url: "failed"}


async def test_host_that_is_not_there_is_a_plain_link(scene: Scene) -> None:
    """Nobody listens."""
    url = f"http://localhost:{free_port()}/"

    assert await shown(scene, await says(scene, url)) is None
    assert await states(scene.node) == {url: "failed"}


async def test_page_of_any_length_is_read_at_its_beginning(scene: Scene, site: Site) -> None:
    """security 1.4: 64 KiB are enough, and a head behind them is too far away."""
    padding = "<!--" + "x" * (limits.PAGE_BYTES - 30) + "-->"
    near, far = site.page("/near", "Near"), site.page("/far", "Far")
    site.answers["/near"] = b"<title>Near</title>" + padding.encode() * 100
    site.answers["/far"] = (padding + "<!-- -->" * 8).encode() + b"<title>Far</title>"

    found = await previews(scene.node, (await says(scene, near)).id, (await says(scene, far)).id)

    assert [one and one.title for one in found] == ["Near", None]


# --- how often ---------------------------------------------------------------------------------------------------


async def test_page_is_asked_once_for_all_posts_and_once_a_day(scene: Scene, site: Site) -> None:
    """security 2.2, *Herd*: single-flight by address; what it says on another day is shown in all of them."""
    url = site.page("/1", "Monday")
    one, two = await says(scene, url), await says(scene, f"{url}#part")
    monday = await previews(scene.node, one.id, two.id)
    site.page("/1", "Tuesday")
    scene.clock.pass_(DAY - limits.PREVIEW_SPREAD_SECONDS - 1)
    three = await says(scene, url)
    still_monday = await previews(scene.node, three.id)
    scene.clock.pass_(limits.PREVIEW_SPREAD_SECONDS)
    await says(scene, url)

    tuesday = await previews(scene.node, one.id, two.id, three.id)

    assert [found and found.title for found in monday] == ["Monday", "Monday"]
    assert [found and found.url for found in monday] == [url, f"{url}#part"]
    assert [found and found.title for found in still_monday] == ["Monday"]
    assert [found and found.title for found in tuesday] == ["Tuesday"] * 3
    assert site.paths == ["/1", "/1"]


async def test_what_a_page_said_stays_while_it_does_not_answer(scene: Scene, site: Site) -> None:
    """A night on which a site is down takes nothing away; a page that is gone takes its preview with it."""
    url = site.page("/1")
    post = await says(scene, url)
    await shown(scene, post)
    kept = []
    for status in (503, 404):
        site.answers["/1"] = web.Response(status=status)
        scene.clock.pass_(DAY)
        await says(scene, url)
        kept.append(await shown(scene, post) is not None)

    assert kept == [True, False]


async def test_jobs_at_one_moment_ask_once(scene: Scene, site: Site) -> None:
    """security 2.2: five posts at once are one job; one that is done a second time, after a crash, asks nobody."""
    url = site.page("/1")
    found = await asyncio.gather(*(says(scene, f"{number} {url}") for number in range(5)))
    done = await run_jobs(scene.node)

    await fetch_preview(scene.node, str(await scene.node.db.read(_number, found[0].id)))

    assert done == [FETCH_PREVIEW]
    assert site.paths == ["/1"]
    assert None not in await previews(scene.node, *(post.id for post in found))


async def test_host_is_asked_slowly(scene: Scene, site: Site) -> None:
    """A guest, no crawler: three pages at once, then one in five seconds; the others wait, and none is lost."""
    found = [await says(scene, site.page(f"/{number}")) for number in range(6)]
    await run_jobs(scene.node)
    at_once = len(site.asked)
    for _ in range(20):
        scene.clock.pass_(10)
        await run_jobs(scene.node)

    assert at_once == 3
    assert None not in await previews(scene.node, *(post.id for post in found))


async def test_page_whose_turn_does_not_come_is_given_up(scene: Scene, site: Site) -> None:
    """PREVIEW_WAIT_SECONDS: nobody looks at the post any more."""
    found = [await says(scene, site.page(f"/{number}")) for number in range(4)]
    await run_jobs(scene.node)
    scene.clock.pass_(limits.PREVIEW_WAIT_SECONDS + 1)

    assert len([one for one in await previews(scene.node, *(post.id for post in found)) if one]) == 3
    assert len(site.asked) == 3
    assert await run_jobs(scene.node) == []


async def test_few_pages_are_asked_at_once(scene: Scene, site: Site) -> None:
    """PAGE_FETCHES_AT_ONCE: a slow web leaves places to other jobs."""
    post = await says(scene, site.page("/1"))
    places = scene.node.page_places
    for _ in range(limits.PAGE_FETCHES_AT_ONCE):
        await places.acquire()
    await run_jobs(scene.node)
    before = list(site.asked)
    places.release()

    assert before == []
    assert await shown(scene, post) is not None


@pytest.mark.parametrize("extra", [0, 1])
async def test_one_actor_leads_to_a_bounded_number_of_pages_in_an_hour(scene: Scene, site: Site, extra: int) -> None:
    """PREVIEWS_AN_HOUR at n and n + 1; others, and the hour after, have their own."""
    for number in range(limits.PREVIEWS_AN_HOUR - 1 + extra):
        await says(scene, f"https://h{number}.example/")
    last = await says(scene, site.page("/last"))
    other = await create_post(scene.node, await an_actor(scene.node, "other"), Draft(site.page("/other")))
    scene.clock.pass_(3600)
    later = await says(scene, site.page("/later"))

    jobs = await scene.node.db.read(_waiting)
    number_of = {post: await scene.node.db.read(_number, post.id) for post in (last, other, later)}

    assert [str(number_of[post]) in jobs for post in (last, other, later)] == [extra == 0, True, True]


def _waiting(tx: Tx) -> set[str]:
    return {row.key for row in tx.execute(job.select().where(job.c.kind == FETCH_PREVIEW))}


def _number(tx: Tx, post_id: int) -> int:
    where = store.post_preview.c.object_id == post_id
    return int(tx.execute(store.post_preview.select().where(where)).one().preview_id)


async def test_bounded_number_of_links_is_looked_at(scene: Scene, site: Site) -> None:
    """PREVIEW_LINKS: a post of a hundred links to what is known is no hundred look-ups."""
    ours = await says(scene, "Bread")
    links = [f"{scene.peer.base}/@alice/{number}" for number in range(limits.PREVIEW_LINKS)]
    for link in links:
        note = scene.alice.mentioning(scene.member.uri, url=link)
        assert await scene.arrives(scene.alice.create(note)) == ["accepted"]
    last = site.page("/last")

    near = await says(scene, " ".join([str(ours.url), *links[1:], last]))
    far = await says(scene, " ".join([*links, last]))

    assert [found is not None for found in await previews(scene.node, near.id, far.id)] == [True, False]


# --- edited, deleted ---------------------------------------------------------------------------------------------


async def test_edit_leads_to_another_page(scene: Scene, site: Site) -> None:
    """The preview is that of the text as it is; the page of before is not asked any more when nobody did yet."""
    post = await says(scene, site.page("/wrong", "Wrong"))
    await edit_post(scene.node, scene.member, post, Draft(site.page("/right", "Right")))
    right = await shown(scene, post)
    asked = list(site.paths)
    await edit_post(scene.node, scene.member, post, Draft("No link any more"))
    none = await shown(scene, post)
    await edit_post(scene.node, scene.member, post, Draft(f"Again {site.base}/right"))

    again = await shown(scene, post)

    assert right is not None
    assert (right.title, none, again) == ("Right", None, right)
    assert (asked, site.paths) == (["/right"], ["/right"])


async def test_deleted_post_leads_nowhere(scene: Scene, site: Site) -> None:
    """What its author took back at once is not asked for; another post that leads there is not held up by it."""
    url = site.page("/1")
    await delete_post(scene.node, scene.member, await says(scene, url))
    scene.clock.pass_(limits.PREVIEW_SPREAD_SECONDS)
    await run_jobs(scene.node)
    before = list(site.asked)

    assert await shown(scene, await says(scene, url)) is not None
    assert before == []
    assert len(site.asked) == 1


# --- what is shown -----------------------------------------------------------------------------------------------


async def test_preview_is_what_the_page_says(scene: Scene, site: Site) -> None:
    """Open Graph; a redirect is followed, the link stays the one that the author wrote."""
    site.page("/new", "Bread", '<meta property="og:description" content="for all"><meta name="author" content="Ada">')
    url = site.redirect("/old", "new")

    found = await shown(scene, await says(scene, f"Read {url}!"))

    assert found == PreviewRow(url, "Bread", "for all", "", "Ada", "", "en", None)
    assert found is not None
    assert found.host == site.base.partition("://")[2]
    assert site.paths == ["/old", "/new"]


@pytest.mark.parametrize("level", [*Visibility])
async def test_links_of_every_visibility_are_followed(scene: Scene, site: Site, level: Visibility) -> None:
    """As on Mastodon; docs/operations.md says so."""
    await an_actor(scene.node, "other")

    assert await shown(scene, await says(scene, f"@other {site.page('/1')}", visibility=level)) is not None


async def test_only_the_first_page_of_a_post_is_asked(scene: Scene, site: Site) -> None:
    """One for a post."""
    post = await says(scene, f"{site.page('/1', 'One')} {site.page('/2', 'Two')}")

    found = await shown(scene, post)

    assert found is not None
    assert (found.title, site.paths) == ("One", ["/1"])


def page(head: str) -> FetchedPage:
    """A page with this head, as it came."""
    return FetchedPage("https://news.example/a/1", f"<title>x</title>{head}".encode(), "text/html; charset=utf-8")


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("/a.png", "https://news.example/a.png"),
        ("b.png", "https://news.example/a/b.png"),
        ("//CDN.example/c.png", "https://cdn.example/c.png"),
        ("https://cdn.example/ç.png", "https://cdn.example/ç.png"),
        ("javascript:alert(1)", None),
        ("data:image/png;base64,x", None),
        ("https://user:word@cdn.example/", None),
        ("http://[", None),
        ("", None),
    ],
)
def test_addresses_that_a_page_names_are_whole_ones(written: str, read: str | None) -> None:
    """security 1.1: one parser; what is no web address is left out."""
    said = said_by(page(f'<meta property="og:image" content="{written}">'), NOW)

    assert (said.image_url, said.title) == (read, "x")


@pytest.mark.parametrize(
    ("date", "kept"),
    [("2026-11-24", True), ("2026-11-26", False), ("1969-12-31", False), ("2000-01-01T00:00:00Z", True)],
)
def test_date_of_a_page_is_one_that_can_be(date: str, kept: bool) -> None:
    """client_api 5: a real date or none; a day ahead somebody's zone may be."""
    said = said_by(page(f'<meta property="article:published_time" content="{date}">'), NOW)

    assert (said.published_at is not None) is kept


@pytest.mark.parametrize(("written", "read"), [("tr_TR", "tr-TR"), ("EN", "en"), ("x" * 50, None), ("und", None)])
def test_language_of_a_page_is_a_tag(written: str, read: str | None) -> None:
    """RFC 5646 2.1, also as Open Graph writes it."""
    assert said_by(page(f'<meta property="og:locale" content="{written}">'), NOW).language == read
