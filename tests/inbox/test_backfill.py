"""The rest of a thread: asked for when somebody looks, from origins alone, within a budget; and what was said while we were down."""

import random
import string
from typing import Any

import pytest

from actors.lookup import by_uri
from coopfed import limits
from coopfed.db.tx import Tx
from coopfed.features import home_timeline, notifications
from coopfed.features.follows.store import follow as follow_rows
from coopfed.features.posts.backfill import FILL_THREAD, look_for_rest
from coopfed.features.posts.catchup import CATCH_UP, CATCH_UP_BOOST, LOOK_BACK, plan
from coopfed.features.posts.featured import pinned
from coopfed.features.ranges import Range
from coopfed.net.peers import set_blocked
from tests.coopfed.api.test_api import a_client
from tests.inbox.test_boosts import home as home_with_boosters
from tests.inbox.test_edits import stored
from tests.inbox.test_posts import following, post
from tests.outbox.test_gatherings import said
from tests.support.jobs import run_jobs
from tests.support.nodes import process_arrivals
from tests.support.peers import CONTEXT, Document, Peer, RemoteActor, a_peer
from tests.support.scene import Scene

FILLING = (FILL_THREAD,)


async def begun(scene: Scene, **more: Any) -> Document:
    """A note of alice that begins a thread, mentions the member and has come; published at the peer."""
    said = scene.alice.mentioning(scene.member.uri, **more)
    # Within a Create a note has no context of its own.
    assert await scene.arrives(scene.alice.create(said)) == ["accepted"]
    return scene.peer.publish({**said, "@context": CONTEXT})


def publishes(peer: Peer, author: RemoteActor, **more: Any) -> Document:
    """A note that is to be fetched and was sent to nobody here."""
    return peer.publish({**author.note(**more), "@context": CONTEXT})


def listing(peer: Peer, name: str, items: list[Any], **more: Any) -> str:
    """A collection at a peer."""
    url = f"{peer.base}/{name}"
    peer.publish({"@context": CONTEXT, "id": url, "type": "OrderedCollection", "orderedItems": items, **more})
    return url


async def looks(scene: Scene, note: Document) -> list[str]:
    """Somebody looks at the thread of a note, and the job that this leaves is done."""
    await look_for_rest(scene.node, (await stored(scene, note["id"])).id)
    return await run_jobs(scene.node, *FILLING)


async def home(scene: Scene) -> list[int]:
    """The posts in the member's home timeline."""
    entries = await scene.node.db.read(home_timeline.read, scene.member.id, Range(40))
    return [entry.object_id for entry in entries]


async def told(scene: Scene) -> int:
    """How often the member was told of something."""
    return len(await scene.node.db.read(notifications.recent, scene.member.id, 40))


async def test_list_of_ids_elsewhere_is_no_way_to_make_us_call_on_a_victim(scene: Scene) -> None:
    """security 1.4: a context on one host that names ten thousand ids on another costs the other a few requests, once."""
    async with a_peer() as victim:
        ids = [f"{victim.base}/notes/{number}" for number in range(10_000)]
        note = await begun(scene, context=listing(scene.peer, "contexts/1", ids))

        assert await looks(scene, note) == [FILL_THREAD]

        assert len(victim.gets) == limits.THREAD_USELESS


async def test_posts_that_stand_in_no_thread_here_are_not_kept(scene: Scene) -> None:
    """s2s 2.15: an id in a context is a claim; strangers' posts, others' threads and what is for few do not come in by it."""
    stranger = publishes(scene.peer, scene.alice)
    elsewhere = publishes(scene.peer, scene.alice, inReplyTo=stranger["id"])
    context = f"{scene.peer.base}/contexts/1"
    note = await begun(scene, context=context)
    private = publishes(scene.peer, scene.alice, inReplyTo=note["id"], to=[scene.alice.followers], cc=[])
    listing(scene.peer, "contexts/1", [stranger["id"], elsewhere["id"], private["id"], context, note["id"]])

    await looks(scene, note)

    assert [await post(scene, one["id"]) for one in (stranger, elsewhere, private)] == [None] * 3


@pytest.mark.parametrize("private", ["whole thread", "answer"])
async def test_thread_that_is_for_few_is_not_asked_for(scene: Scene, private: str) -> None:
    """Privacy: a request to the address that a stranger wrote into a direct post would tell them when it was opened, and that it was."""
    context = listing(scene.peer, "contexts/1", [])
    note = scene.alice.mentioning(scene.member.uri, context=context)
    direct = {"to": [scene.member.uri], "cc": []}
    assert await scene.arrives(scene.alice.create(note | (direct if private == "whole thread" else {}))) == ["accepted"]
    if private == "answer":
        note = scene.alice.mentioning(scene.member.uri, inReplyTo=note["id"], context=context) | direct
        assert await scene.arrives(scene.alice.create(note)) == ["accepted"]

    assert await looks(scene, note) == []

    assert "/contexts/1" not in scene.peer.gets


async def test_what_a_collection_embeds_is_not_believed(scene: Scene) -> None:
    """FEP-fe34, s2s 2.15: every item is fetched from its origin."""
    async with a_peer() as other:
        note = await begun(scene, context=f"{scene.peer.base}/contexts/1")
        answer = publishes(other, other.actor("bob"), content="<p>mine</p>", inReplyTo=note["id"])
        listing(scene.peer, "contexts/1", [{**answer, "content": "<p>forged</p>"}])

        await looks(scene, note)

        assert "mine" in (await stored(scene, answer["id"])).content


@pytest.mark.parametrize("endless", ["pages", "circle"])
async def test_pages_without_an_end_end(scene: Scene, endless: str) -> None:
    """security 1.4: 20 pages, each once, and all on the collection's host."""
    for number in range(limits.THREAD_PAGES + 5):
        following_page = f"{scene.peer.base}/pages/{0 if endless == 'circle' else number + 1}"
        listing(scene.peer, f"pages/{number}", [], next=following_page)
    note = await begun(scene, context=f"{scene.peer.base}/pages/0")
    before = len(scene.peer.gets)

    await looks(scene, note)

    assert len(scene.peer.gets) - before == (1 if endless == "circle" else limits.THREAD_PAGES)


async def test_pages_lead_to_no_other_host(scene: Scene) -> None:
    """s2s 2.13: pages stay on the collection's origin."""
    async with a_peer() as other:
        note = await begun(scene, context=f"{scene.peer.base}/contexts/1")
        listing(scene.peer, "contexts/1", [], next=listing(other, "page", []))

        await looks(scene, note)

        assert other.gets == []


async def test_deleted_and_blocked_do_not_come_back(scene: Scene) -> None:
    """s2s 2.15: tombstones are respected, also of what was never here; a blocked host is asked for nothing."""
    async with a_peer() as blocked:
        note = await begun(scene, context=f"{scene.peer.base}/contexts/1")
        buried = publishes(scene.peer, scene.alice, inReplyTo=note["id"])
        await scene.arrives(scene.alice.says("Delete", buried["id"]))
        deleted = publishes(scene.peer, scene.alice, inReplyTo=note["id"])
        await scene.arrives(scene.alice.create(scene.alice.mentioning(scene.member.uri, id=deleted["id"])))
        await scene.arrives(scene.alice.says("Delete", deleted["id"]))
        bad = publishes(blocked, blocked.actor("eve"), inReplyTo=note["id"])
        await scene.node.db.write(set_blocked, blocked.host, True)
        scene.node.memory.forget()
        listing(scene.peer, "contexts/1", [buried["id"], deleted["id"], bad["id"]])

        await looks(scene, note)

        assert await post(scene, buried["id"]) is None
        assert (await stored(scene, deleted["id"])).deleted_at is not None
        assert await post(scene, bad["id"]) is None
        assert blocked.gets == []


async def test_thread_is_filled_from_its_context_in_whatever_order(scene: Scene) -> None:
    """FEP-f228: all pages; an answer that is listed before what it answers finds its place."""
    note = await begun(scene, context=f"{scene.peer.base}/contexts/1")
    first = publishes(scene.peer, scene.alice, inReplyTo=note["id"])
    second = publishes(scene.peer, scene.alice, inReplyTo=first["id"])
    third = publishes(scene.peer, scene.alice, inReplyTo=second["id"])
    page = listing(scene.peer, "contexts/1/2", [first["id"]], type="OrderedCollectionPage")
    listing(scene.peer, "contexts/1", [third["id"], second["id"]], next=page)

    assert await looks(scene, note) == [FILL_THREAD]

    rows = [await stored(scene, one["id"]) for one in (note, first, second, third)]
    assert [row.in_reply_to_id for row in rows] == [None, *(row.id for row in rows[:-1])]
    assert [row.thread_id for row in rows[1:]] == [rows[0].id] * 3


async def test_thread_without_a_context_is_filled_answer_by_answer(scene: Scene) -> None:
    """s2s 2.15: `context` of Mastodon is a tag: name; then `replies` of each post, on its own host, over several hosts."""
    async with a_peer() as other:
        note = await begun(scene, conversation="tag:peer.example,2026:1", replies=f"{scene.peer.base}/replies/1")
        below = other.actor("bob").note(inReplyTo=note["id"], replies=f"{other.base}/replies/2")
        other.publish({**below, "@context": CONTEXT})
        deepest = publishes(scene.peer, scene.alice, inReplyTo=below["id"], replies=f"{other.base}/replies/3")
        listing(scene.peer, "replies/1", [below["id"]])
        listing(other, "replies/2", [deepest["id"]])
        listing(other, "replies/3", [f"{other.base}/never"])

        await looks(scene, note)

        assert (await stored(scene, deepest["id"])).in_reply_to_id == (await stored(scene, below["id"])).id
        assert "/replies/3" not in other.gets


async def test_backfilled_posts_are_shown_to_nobody_unasked(scene: Scene) -> None:
    """Issue 4, 7: no home timeline, no notification; but who is mentioned is told, and who follows the author reads it."""
    async with a_peer() as other:
        await following(scene, scene.alice)
        note = await begun(scene, context=f"{scene.peer.base}/contexts/1")
        before, at_home = await told(scene), await home(scene)
        bob = other.actor("bob")
        quiet = publishes(other, bob, inReplyTo=note["id"])
        mention = other.publish({**bob.mentioning(scene.member.uri, inReplyTo=note["id"]), "@context": CONTEXT})
        followed = publishes(scene.peer, scene.alice, inReplyTo=note["id"])
        listing(scene.peer, "contexts/1", [one["id"] for one in (quiet, mention, followed)])

        await looks(scene, note)

        assert await post(scene, quiet["id"]) is not None
        assert await told(scene) == before + 1
        assert sorted(await home(scene)) == sorted([*at_home, (await stored(scene, followed["id"])).id])


async def test_thread_is_asked_for_once_in_a_while(scene: Scene) -> None:
    """Issue 4, 7: a cooldown for each thread, whichever of its posts is looked at; a thread of ours alone asks nobody."""
    note = await begun(scene)
    ours = await said(scene, "alone")
    answer = await said(scene, "yes", in_reply_to=note["id"])

    first = await looks(scene, note)
    await look_for_rest(scene.node, answer.id)
    await look_for_rest(scene.node, ours.id)
    again = await run_jobs(scene.node, *FILLING)
    scene.clock.pass_(limits.THREAD_REST_SECONDS)

    assert (first, again, await looks(scene, note)) == ([FILL_THREAD], [], [FILL_THREAD])


async def test_app_and_page_ask_for_the_rest(scene: Scene) -> None:
    """Issue 4, 7: on demand: somebody opens the thread in an app, or a post's page."""
    note = await begun(scene, context=f"{scene.peer.base}/contexts/1")
    answer = publishes(scene.peer, scene.alice, inReplyTo=note["id"])
    listing(scene.peer, "contexts/1", [answer["id"]])
    client = await a_client(scene)
    path = f"/statuses/{(await stored(scene, note['id'])).id}/context"
    empty = (await client.get(path)).json["descendants"]
    jobs = await run_jobs(scene.node, *FILLING)
    ours = await said(scene, "a thread of ours")
    await scene.arrives(scene.alice.create(scene.alice.mentioning(scene.member.uri, inReplyTo=ours.uri)))
    assert ours.url is not None

    page = await scene.peer.send("GET", ours.url, {"Accept": "text/html"})

    assert (empty, jobs) == ([], [FILL_THREAD])
    assert [one["uri"] for one in (await client.get(path)).json["descendants"]] == [answer["id"]]
    assert page.status == 200
    assert await run_jobs(scene.node, *FILLING) == [FILL_THREAD]


async def test_parent_that_is_404_is_not_deleted(scene: Scene) -> None:
    """s2s 2.15 (GoToSocial keeps the link): 404 on what is answered, or on the beginning of a thread, deletes nothing."""
    note = await begun(scene, context=f"{scene.peer.base}/contexts/1", inReplyTo=f"{scene.peer.base}/gone")
    scene.peer.statuses[note["id"].removeprefix(scene.peer.base)] = 404

    await looks(scene, note)

    row = await stored(scene, note["id"])
    assert (row.deleted_at, row.in_reply_to) == (None, f"{scene.peer.base}/gone")


@pytest.mark.parametrize(
    ("bound", "value", "kept"),
    [
        ("THREAD_FETCHES", 2, 1),
        ("THREAD_POSTS", 1, 1),
        ("THREAD_HOST_FETCHES", 1, 1),
        ("THREAD_HOSTS", 0, 0),
        ("THREAD_SECONDS", -1.0, 0),
        ("THREAD_FETCHES", 4, 3),
    ],
)
async def test_look_keeps_to_each_bound(
    scene: Scene, monkeypatch: pytest.MonkeyPatch, bound: str, value: float, kept: int
) -> None:
    """security 1.4: requests (limits.THREAD_FETCHES), posts (limits.THREAD_POSTS), requests to a host
    (limits.THREAD_HOST_FETCHES), hosts (limits.THREAD_HOSTS) and time (limits.THREAD_SECONDS) of one look end."""
    note = await begun(scene, context=f"{scene.peer.base}/contexts/1")
    answers = [publishes(scene.peer, scene.alice, inReplyTo=note["id"])["id"] for _ in range(3)]
    listing(scene.peer, "contexts/1", answers)
    monkeypatch.setattr(limits, bound, value)

    await looks(scene, note)

    assert len([uri for uri in answers if await post(scene, uri) is not None]) == kept


# --- after our own downtime -------------------------------------------------------------------------------------


async def was_down(scene: Scene, seconds: float) -> list[str]:
    """The node starts, is down for so long, starts again and does what is due. The kinds of jobs of this file."""
    await scene.node.db.write(plan, scene.node.stamp())
    scene.clock.pass_(limits.LOOK_BACK_SECONDS)
    assert await run_jobs(scene.node, LOOK_BACK) == [LOOK_BACK]
    scene.clock.pass_(limits.LOOK_BACK_SECONDS + seconds)
    await scene.node.db.write(plan, scene.node.stamp())
    done = await run_jobs(scene.node)
    return [kind for kind in done if kind in (LOOK_BACK, CATCH_UP, FILL_THREAD)]


async def test_after_a_downtime_those_are_asked_who_are_followed(scene: Scene) -> None:
    """Issue 4, 7: the outbox's first page with Creates and bare ids, what is featured, answers to what they said; in homes by date."""
    await following(scene, scene.alice)
    missed = publishes(scene.peer, scene.alice, published="2026-11-20T08:00:00Z")
    bare = publishes(scene.peer, scene.alice, replies=f"{scene.peer.base}/replies")
    activity = scene.peer.publish({**scene.alice.create(bare), "@context": CONTEXT})
    answer = publishes(scene.peer, scene.peer.actor("bob"), inReplyTo=bare["id"])
    private = publishes(scene.peer, scene.alice, to=[scene.alice.followers], cc=[])
    listing(scene.peer, "replies", [answer["id"]])
    boost = scene.alice.says("Announce", f"{scene.peer.base}/never")
    items = [activity["id"], scene.alice.create(missed), scene.alice.create(private), boost]
    scene.alice.changes["featured"] = listing(scene.peer, "users/alice/featured", [missed["id"]])
    await scene.arrives(scene.alice.says("Update", scene.alice.document()))
    scene.alice.changes["outbox"] = listing(scene.peer, "users/alice/outbox", items)

    assert await was_down(scene, limits.DOWN_SECONDS + 1) == [LOOK_BACK, CATCH_UP, FILL_THREAD, FILL_THREAD]

    rows = [await stored(scene, one["id"]) for one in (bare, missed)]
    assert await home(scene) == [row.id for row in rows]
    assert await post(scene, private["id"]) is None
    assert (await stored(scene, answer["id"])).in_reply_to_id == rows[0].id
    alice = await scene.node.db.read(by_uri, scene.alice.uri)
    assert alice is not None
    assert await scene.node.db.read(pinned, alice.id) == [rows[1].id]
    assert "/never" not in scene.peer.gets


@pytest.mark.parametrize(
    ("bound", "value", "kept", "looked"),
    [
        ("CATCH_UP_POSTS", 1, 1, 1),
        ("CATCH_UP_FETCHES", 3, 1, 1),
        ("CATCH_UP_THREADS", 1, 2, 1),
        ("CATCH_UP_ACTORS", 0, 0, 0),
    ],
)
async def test_downtime_costs_a_bounded_number_of_requests(
    scene: Scene, monkeypatch: pytest.MonkeyPatch, bound: str, value: int, kept: int, looked: int
) -> None:
    """security 1.4: limits.CATCH_UP_POSTS, limits.CATCH_UP_FETCHES and limits.CATCH_UP_THREADS of each actor, and
    limits.CATCH_UP_ACTORS in all."""
    await following(scene, scene.alice)
    missed = [publishes(scene.peer, scene.alice) for _ in range(2)]
    outbox = listing(scene.peer, "users/alice/outbox", [scene.alice.create(note) for note in missed])
    scene.alice.changes["outbox"] = outbox
    monkeypatch.setattr(limits, bound, value)

    done = await was_down(scene, limits.DOWN_SECONDS + 1)

    assert (len(await home(scene)), done.count(FILL_THREAD)) == (kept, looked)


def boosts(scene: Scene, what: str, **more: Any) -> Document:
    """A boost of alice that was sent to nobody here and is to be fetched."""
    return scene.peer.publish({**scene.alice.says("Announce", what, **more), "@context": CONTEXT})


async def test_boosts_that_were_missed_are_caught_up(scene: Scene) -> None:
    """Issue 4, 7: embedded in the outbox or as bare ids; the boost from its booster's host, the post from its author's, by date."""
    await following(scene, scene.alice)
    async with a_peer() as other:
        notes = [publishes(other, other.actor("bob")) for _ in range(2)]
        told = boosts(scene, notes[0]["id"], published="2026-11-24T07:10:00Z")
        bare = boosts(scene, notes[1]["id"], published="2026-11-24T07:20:00Z")
        outbox = listing(scene.peer, "users/alice/outbox", [told, bare["id"]])
        scene.alice.changes["outbox"] = outbox

        await was_down(scene, limits.DOWN_SECONDS + 1)
        scene.clock.pass_(60)
        await run_jobs(scene.node)
        await process_arrivals(scene.node)

    assert await home_with_boosters(scene) == [(notes[1]["id"], scene.alice.uri), (notes[0]["id"], scene.alice.uri)]
    again = len(scene.peer.gets)
    await was_down(scene, limits.DOWN_SECONDS + 1)
    scene.clock.pass_(60)
    assert CATCH_UP_BOOST not in await run_jobs(scene.node)
    assert told["id"].removeprefix(scene.peer.base) not in scene.peer.gets[again:]


async def test_boost_in_an_outbox_is_what_its_boosters_host_says(scene: Scene) -> None:
    """FEP-fe34: of a neighbour, at another host, or unlike the activity that is served: nothing comes of it."""
    await following(scene, scene.alice)
    async with a_peer() as other:
        note = publishes(other, other.actor("bob"))
        carol = scene.peer.actor("carol")
        foreign = other.publish({**other.actor("bob").says("Announce", note["id"]), "@context": CONTEXT})
        neighbour = scene.peer.publish({**carol.says("Announce", note["id"]), "@context": CONTEXT})
        never = scene.alice.says("Announce", note["id"])
        items = [foreign, neighbour, neighbour["id"], never, {**neighbour, "actor": scene.alice.uri}]
        scene.alice.changes["outbox"] = listing(scene.peer, "users/alice/outbox", items)

        await was_down(scene, limits.DOWN_SECONDS + 1)
        scene.clock.pass_(60)
        await run_jobs(scene.node)
        await process_arrivals(scene.node)

        assert other.gets == []
    assert await home_with_boosters(scene) == []


async def test_boost_whose_id_is_too_long_for_a_job_stops_no_others(scene: Scene) -> None:
    """Security 1.4: the ids of the booster and of the boost stand in one key, which no index takes when both are as long as ids may be."""
    chance = random.Random(7)
    booster = scene.peer.actor("".join(chance.choices(string.ascii_lowercase + string.digits, k=1_500)))
    await following(scene, booster)
    note, other = (publishes(scene.peer, scene.peer.actor("bob")) for _ in range(2))
    long = "".join(chance.choices(string.ascii_lowercase + string.digits, k=1_500))
    said = [booster.says("Announce", note["id"], id=f"{scene.peer.base}/{long}"), booster.says("Announce", other["id"])]
    for boost in said:
        scene.peer.publish(boost | {"@context": CONTEXT})
    booster.changes["outbox"] = listing(scene.peer, "outbox-of-another", said)

    await was_down(scene, limits.DOWN_SECONDS + 1)
    scene.clock.pass_(60)
    await run_jobs(scene.node)
    await process_arrivals(scene.node)

    assert await home_with_boosters(scene) == [(other["id"], booster.uri)]


async def test_no_more_boosts_are_caught_up_than_allowed(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """security 1.4: limits.CATCH_UP_BOOSTS of each actor, the newest, one after the other."""
    await following(scene, scene.alice)
    notes = [publishes(scene.peer, scene.peer.actor("bob")) for _ in range(3)]
    items = [boosts(scene, note["id"]) for note in notes]
    scene.alice.changes["outbox"] = listing(scene.peer, "users/alice/outbox", items)
    monkeypatch.setattr(limits, "CATCH_UP_BOOSTS", 2)

    await was_down(scene, limits.DOWN_SECONDS + 1)
    first = await process_arrivals(scene.node)
    scene.clock.pass_(limits.CATCH_UP_SPACING_SECONDS)
    await run_jobs(scene.node)

    assert (len(first), len(await process_arrivals(scene.node))) == (1, 1)
    assert sorted(uri for uri, _booster in await home_with_boosters(scene)) == sorted(note["id"] for note in notes[:2])


async def test_short_pause_asks_nobody(scene: Scene) -> None:
    """A restart is no downtime, and a beat goes on."""
    await following(scene, scene.alice)

    assert await was_down(scene, limits.DOWN_SECONDS - limits.LOOK_BACK_SECONDS - 1) == [LOOK_BACK]


async def test_outbox_is_believed_about_nobody_else(scene: Scene) -> None:
    """FEP-fe34: an outbox that lists others' posts, lies elsewhere or embeds what its author never said brings in nothing."""
    await following(scene, scene.alice)
    async with a_peer() as other:
        foreign = publishes(other, other.actor("bob"))
        neighbour = publishes(scene.peer, scene.peer.actor("carol"))
        said_never = scene.alice.create(scene.alice.note())
        items = [scene.alice.create(foreign), neighbour["id"], said_never]
        scene.alice.changes["outbox"] = listing(scene.peer, "users/alice/outbox", items)

        assert CATCH_UP in await was_down(scene, limits.DOWN_SECONDS + 1)

        assert await home(scene) == []
        for uri in (foreign["id"], neighbour["id"], said_never["object"]["id"]):
            assert await post(scene, uri) is None
        assert other.gets == []


async def test_actor_who_is_followed_no_more_is_not_asked(scene: Scene) -> None:
    """Only those whom somebody here follows now, not when the job was made."""
    await following(scene, scene.alice)
    await scene.node.db.write(plan, scene.node.stamp())
    scene.clock.pass_(2 * limits.LOOK_BACK_SECONDS + limits.DOWN_SECONDS)
    assert await run_jobs(scene.node, LOOK_BACK) == [LOOK_BACK]
    await scene.node.db.write(_unfollow)
    before = len(scene.peer.gets)
    scene.clock.pass_(61)

    assert await run_jobs(scene.node, CATCH_UP) == [CATCH_UP]

    assert len(scene.peer.gets) == before


def _unfollow(tx: Tx) -> None:
    tx.execute(follow_rows.delete())
