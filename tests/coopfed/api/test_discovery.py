"""What is found unasked: suggestions, directory, trends, posts that link to a page; and nobody who does not want to be found."""

from typing import Any, cast

import pytest

from actors.lookup import ActorRow, by_id, by_uri
from actors.lookup import actor as actor_table
from coopfed import limits
from coopfed.db.jobs import job
from coopfed.db.tx import Tx
from coopfed.features import suggestions
from coopfed.features.moderation import actions as moderation
from coopfed.features.moderation.audit import COMMAND_LINE
from coopfed.features.trends.compute import COMPUTE_TRENDS, compute_trends, plan
from coopfed.features.trends.rules import best, liking, usage, weight
from tests.coopfed.api.test_api import Client, a_client
from tests.support.nodes import an_actor, process_arrivals
from tests.support.pages import a_site, previews
from tests.support.scene import Scene, a_scene


async def some(scene: Scene, count: int) -> list[Client]:
    """Apps of so many actors."""
    return [await a_client(scene, await an_actor(scene.node, f"other{number}")) for number in range(count)]


async def say(scene: Scene, client: Client, text: str, **more: Any) -> str:
    """Posts; the number."""
    answer = await client.post("/statuses", status=text, **more)
    assert answer.status == 200, answer.json
    await process_arrivals(scene.node)
    return str(answer.json["id"])


async def trend(scene: Scene, kind: str) -> list[Any]:
    """What is a trend for a stranger, after the job."""
    await compute_trends(scene.node, "1")
    return list((await scene.peer.send("GET", f"{scene.node.urls.base}/api/v1/trends/{kind}", {})).json)


async def undiscoverable(scene: Scene, row: int) -> None:
    """The actor does not want to be found."""
    await scene.node.db.write(_hide, row)


def _hide(tx: Tx, number: int) -> None:
    tx.execute(actor_table.update().where(actor_table.c.id == number).values(discoverable=False))


# --- the rules --------------------------------------------------------------------------------------------------


def test_one_host_makes_no_trend() -> None:
    """A server full of accounts counts as two; with one of another host it is a trend."""
    assert weight({1: 500}) == limits.TREND_ACTORS_PER_HOST < limits.TREND_ACTORS
    assert (usage({1: 500}, {}), usage({1: 500, 2: 1}, {}) > 0) == (0, True)
    assert (liking({1: 500}, 0), liking({1: 2, None: 1}, 0) > 0) == (0, True)


def test_what_is_used_all_the_time_is_no_trend() -> None:
    """As many in a week as the last two days let expect, or fewer: nothing; above it, the more the higher."""
    assert usage({None: 4}, {None: 14}) == 0
    assert 0 < usage({None: 5}, {None: 14}) < usage({None: 9}, {None: 14}) < usage({None: 9}, {})


def test_posts_fade() -> None:
    """Half in twelve hours."""
    assert liking({None: 8}, 0) == 2 * liking({None: 8}, 12) == 8_000


def test_bounded_number_of_trends_is_kept() -> None:
    """The highest; none without a score."""
    scores = [(str(number), "", number) for number in range(limits.TRENDS + 2)]

    assert best(scores) == scores[: -limits.TRENDS - 1 : -1]
    assert len(best(scores[: limits.TRENDS + 1])) == limits.TRENDS


# --- trends -----------------------------------------------------------------------------------------------------


async def test_one_actor_makes_no_trend(scene: Scene) -> None:
    """However often it says it, likes it, or links to it."""
    (loud,) = await some(scene, 1)
    for number in range(6):
        post = await say(scene, loud, f"Buy {number} #watches")
    await loud.post(f"/statuses/{post}/favourite")
    await loud.post(f"/statuses/{post}/reblog")

    assert [await trend(scene, kind) for kind in ("tags", "statuses", "links")] == [[], [], []]


async def test_tag_of_several_is_a_trend_until_they_are_silent(scene: Scene) -> None:
    """Three actors; not those who are limited, do not want to be found or say it to few; after a week it is none."""
    clients = await some(scene, 3)
    rows = [(await client.get("/accounts/verify_credentials")).json["id"] for client in clients]
    for client in clients[:2]:
        await say(scene, client, "Now #Harvest")
    await say(scene, clients[2], "For few #harvest", visibility="unlisted")
    assert await trend(scene, "tags") == []
    await say(scene, clients[2], "For all #harvest")

    (found,) = await trend(scene, "tags")
    assert (found["name"], found["history"][0]["accounts"], "following" in found) == ("harvest", "3", False)
    (again,) = (await clients[0].get("/trends")).json
    assert (again["name"], again["following"]) == ("harvest", False)
    assert (await clients[0].get("/trends/tags?offset=1")).json == []
    row = await scene.node.db.read(_row, int(rows[0]))
    await moderation.limit(scene.node, row, True, COMMAND_LINE)
    assert await trend(scene, "tags") == []
    await moderation.limit(scene.node, row, False, COMMAND_LINE)
    assert len(await trend(scene, "tags")) == 1
    await undiscoverable(scene, int(rows[1]))
    assert await trend(scene, "tags") == []
    await scene.node.db.write(lambda tx: tx.execute(actor_table.update().values(discoverable=True)) and None)
    scene.clock.pass_(10 * 24 * 3600)
    assert await trend(scene, "tags") == []


def _row(tx: Tx, number: int) -> ActorRow:
    row = by_id(tx, number)
    assert row is not None
    return row


async def test_post_that_several_like_is_a_trend(scene: Scene) -> None:
    """Three others, one post of each author, nothing sensitive; who muted its author does not see it; deleted it is none."""
    author, reader, *fans = await some(scene, 5)
    first = await say(scene, author, "Bread for all")
    second = await say(scene, author, "And again")
    hot = await say(scene, reader, "Not for everybody", sensitive=True)
    for fan in fans:
        for post in (first, second, hot):
            await fan.post(f"/statuses/{post}/favourite")
    await reader.post(f"/statuses/{first}/reblog")
    await process_arrivals(scene.node)

    (found,) = await trend(scene, "statuses")
    assert found["id"] == first
    assert [one["id"] for one in (await reader.get("/trends/statuses")).json] == [first]
    await reader.post(f"/accounts/{found['account']['id']}/mute")
    assert (await reader.get("/trends/statuses")).json == []
    await author.delete(f"/statuses/{first}")
    assert (await fans[0].get("/trends/statuses")).json == []
    assert [one["id"] for one in await trend(scene, "statuses")] == [second]


async def test_page_that_several_link_to_is_a_trend_with_its_posts(database_url: str) -> None:
    """trends/links as PreviewCard with history; timelines/link: the public posts that show it; 422 without an address."""
    async with a_site() as site, a_scene(database_url) as scene:
        page = site.page("/harvest", "Harvest")
        clients = await some(scene, 3)
        posts = [int(await say(scene, client, f"Read {page}")) for client in clients]
        hidden = int(await say(scene, clients[0], f"Read {page}", visibility="unlisted"))
        await previews(scene.node, *posts, hidden)

        (found,) = await trend(scene, "links")
        timeline = await clients[0].get(f"/timelines/link?url={page}")
        paged = await clients[0].get(f"/timelines/link?limit=1&url={page}")

        assert (found["url"], found["title"], found["type"]) == (page, "Harvest", "link")
        assert (found["history"][0]["uses"], found["history"][0]["accounts"]) == ("3", "3")
        assert [int(post["id"]) for post in timeline.json] == posts[::-1]
        assert 'rel="next"' in paged.headers["Link"]
        author = (await clients[2].get("/accounts/verify_credentials")).json["id"]
        await moderation.suspend(scene.node, await scene.node.db.read(_row, int(author)), True, COMMAND_LINE)
        (left,) = (await clients[0].get("/trends/links")).json
        assert (left["history"][0]["uses"], left["history"][0]["accounts"]) == ("2", "2")
        assert (await clients[0].get("/timelines/link")).status == 422
        assert (await clients[0].get("/timelines/link?url=https://elsewhere.example/")).json == []


async def test_job_leaves_its_next_turn(scene: Scene) -> None:
    """Every quarter of an hour, once, also when it is planned twice."""
    for _ in range(2):
        await scene.node.db.write(plan, scene.node.stamp())
    await compute_trends(scene.node, "1")
    rows = await scene.node.db.read(lambda tx: tx.execute(job.select().where(job.c.kind == COMPUTE_TRENDS)).all())
    (row,) = rows
    assert 0 < row.due_at - scene.clock.now() <= limits.TRENDS_SECONDS * 1000


# --- people -----------------------------------------------------------------------------------------------------


async def test_whom_friends_follow_comes_first(scene: Scene) -> None:
    """v2 with sources, v1 without; nobody followed, dismissed, limited, hidden or oneself; dismissed for good."""
    me, friend, far, near, hidden = await some(scene, 5)
    numbers = [
        (await client.get("/accounts/verify_credentials")).json["id"] for client in (me, friend, far, near, hidden)
    ]
    await me.post(f"/accounts/{numbers[1]}/follow")
    await friend.post(f"/accounts/{numbers[2]}/follow")
    await process_arrivals(scene.node)
    await undiscoverable(scene, int(numbers[4]))

    async def suggested() -> list[tuple[str, str]]:
        found = (await me.get("/suggestions", v2=True)).json
        return [(one["account"]["id"], *one["sources"]) for one in found]

    member = str(scene.member.id)
    first, *others = await suggested()
    assert first == (numbers[2], "friends_of_friends")
    assert sorted(others) == sorted([(numbers[3], "most_followed"), (member, "most_followed")])
    assert (await me.get("/suggestions", v2=True)).json[0]["source"] == "past_interactions"
    assert (await me.get("/suggestions?limit=1")).json[0]["id"] == numbers[2]

    assert (await me.delete(f"/suggestions/{numbers[2]}")).json == {}
    await moderation.limit(scene.node, await scene.node.db.read(_row, int(numbers[3])), True, COMMAND_LINE)
    assert await suggested() == [(member, "most_followed")]
    await me.post(f"/accounts/{member}/block")
    assert await suggested() == []
    assert (await me.delete("/suggestions/4711")).status == 404


async def test_cooperatives_of_the_same_sector_and_region_are_suggested(scene: Scene) -> None:
    """Issue 5: here and elsewhere; both before one of them, the sector before the region; a region and what it lies in are near; codes of a
    peer are no wildcards; with as many statements for many as for none."""
    me, both, sector, region, neither = await some(scene, 5)
    numbers = [(await one.get("/accounts/verify_credentials")).json["id"] for one in (both, sector, region, neither)]
    profile = f"{scene.node.urls.base}/api/coopfed/v1/profile"
    remote = scene.peer.actor("bob", changes={"discoverable": True, "sector": ["03"], "region": ["ITF"]})
    loud = scene.peer.actor("eve", changes={"discoverable": True, "sector": ["%"], "region": ["%", "I", "_____", ""]})
    for stranger in (remote, loud):
        await scene.arrives(stranger.create(stranger.mentioning(scene.member.uri)), stranger)

    async def suggested() -> list[tuple[str, str]]:
        found = (await me.get("/suggestions", v2=True)).json
        return [(one["account"]["id"], *one["sources"]) for one in found]

    def counted(tx: Tx) -> int:
        counting = Counting(tx)
        suggestions.suggestions(cast(Tx, counting), int(viewer), 40)
        return counting.statements

    viewer = (await me.get("/accounts/verify_credentials")).json["id"]
    before = await scene.node.db.read_long(counted)
    assert {source for _id, source in await suggested()} == {"most_followed"}
    await me.patch(profile, sectors=["03"], regions=["ITF4"])
    for client, fields in (
        (both, {"sectors": ["10", "03"], "regions": ["IT", "TR"]}),
        (sector, {"sectors": ["03"], "regions": ["TR62"]}),
        (region, {"sectors": ["46"], "regions": ["ITF4"]}),
        (neither, {"sectors": ["46"], "regions": ["ITC1"], "offers": ["training"]}),
    ):
        assert (await client.patch(profile, **fields)).status == 200

    bob = await scene.node.db.read(by_uri, remote.uri)
    assert bob is not None
    first, second, *others = await suggested()
    alike = "similar_to_recently_followed"
    assert {first, second} == {(numbers[0], alike), (str(bob.id), alike)}
    assert others[:2] == [(numbers[1], alike), (numbers[2], alike)]
    assert {source for _id, source in others[2:]} == {"most_followed"}
    assert numbers[3] in dict(others)
    assert await scene.node.db.read_long(counted) == before
    await me.delete(f"/suggestions/{numbers[0]}")
    await undiscoverable(scene, bob.id)
    assert (await suggested())[0] == (numbers[1], alike)


class Counting:
    """A transaction that counts what it is asked."""

    def __init__(self, tx: Tx) -> None:
        self.tx, self.statements = tx, 0

    def execute(self, *arguments: Any) -> Any:
        """The statement, counted."""
        self.statements += 1
        return self.tx.execute(*arguments)


async def test_directory_lists_who_wants_to_be_found(scene: Scene) -> None:
    """active: who said something last; new: the newest; local; pages by offset; not the hidden, suspended, limited, or blocked."""
    first, second, third = await some(scene, 3)
    remote = scene.peer.actor("bob", changes={"discoverable": True})
    await scene.arrives(remote.create(remote.mentioning(scene.member.uri)), remote)
    await scene.arrives(scene.alice.create(scene.alice.mentioning(scene.member.uri)))
    scene.clock.pass_(60)
    await say(scene, second, "The last word")
    url = f"{scene.node.urls.base}/api/v1/directory"

    async def names(query: str, client: Client | None = None) -> list[str]:
        answer = await (client.get(url + query) if client else scene.peer.send("GET", url + query, {}))
        assert answer.status == 200, answer.json
        return [one["username"] for one in answer.json]

    assert (await names(""))[0] == "other1"
    assert (await names("?order=new"))[0] == "bob"
    assert sorted(await names("?order=new")) == ["bob", "member", "other0", "other1", "other2"]
    assert await names("?order=new&local=true&limit=2") == ["other2", "other1"]
    assert await names("?order=new&local=true&limit=2&offset=2") == ["other0", "member"]
    number = (await third.get("/accounts/verify_credentials")).json["id"]
    await first.post(f"/accounts/{number}/block")
    assert "other2" not in await names("?local=true", first)
    assert "other0" not in await names("?local=true", third)
    await moderation.suspend(scene.node, await scene.node.db.read(_row, int(number)), True, COMMAND_LINE)
    await moderation.limit(scene.node, scene.member, True, COMMAND_LINE)
    assert sorted(await names("?local=true")) == ["other0", "other1"]
    assert (await scene.peer.send("GET", f"{url}?order=best", {})).status == 422


@pytest.mark.parametrize("path", ["/trends/tags", "/trends/statuses", "/trends/links", "/directory"])
async def test_strange_offsets_are_passed_over(scene: Scene, path: str) -> None:
    """client_api 4: no error for a bound."""
    client = await a_client(scene)
    for offset in ("-1", "x", "99999999999999999999", "9999"):
        assert (await client.get(f"{path}?offset={offset}")).status == 200
