"""What the night throws away and what it leaves: by age, by setting, and never what somebody here has to do with."""

from typing import Any

import pytest

from actors.lookup import by_uri
from coopfed.db import jobs
from coopfed.db.models import Delivery, InboxItem, Job
from coopfed.db.tx import Tx, table
from coopfed.features import home_timeline, notifications, retention
from coopfed.features.polls.actions import vote
from coopfed.features.posts import store
from coopfed.features.posts.actions import create_post, delete_post
from coopfed.features.posts.rules import Draft
from coopfed.features.ranges import Range
from coopfed.features.reactions import actions as reactions
from coopfed.vocab.terms import PUBLIC
from outbox.publish import activity
from tests.inbox.test_posts import following, post
from tests.support.nodes import process_arrivals
from tests.support.pages import a_site, previews, states
from tests.support.peers import Document, send_due
from tests.support.polls import question, votes_stored
from tests.support.scene import Scene, a_scene

DAY = 24 * 3600.0
inbox_item, delivery, job = table(InboxItem), table(Delivery), table(Job)


async def count(scene: Scene, of: Any, *where: Any) -> int:
    """How many rows there are."""
    return await scene.node.db.read(lambda tx: len(tx.execute(of.select().where(*where)).all()))


async def night(scene: Scene) -> None:
    """The job of this night."""
    await retention.prune(scene.node, "tonight")


async def read_here(scene: Scene, note: Document) -> int:
    """The number of a note of alice, whom the member follows, as it is stored here."""
    assert await scene.arrives(scene.alice.create(note)) == ["accepted"]
    found = await post(scene, note["id"])
    assert found is not None
    return found.id


async def test_queues_are_forgotten_when_their_days_are_over(scene: Scene) -> None:
    """RETENTION_ARRIVALS, RETENTION_DELIVERIES: what waits stays, what is done goes after its days and not before."""
    await scene.arrives(scene.alice.follow(scene.member.uri))
    await create_post(scene.node, scene.member, Draft("hello"))
    await send_due(scene.node)
    scene.peer.answers = lambda _received: 503
    await create_post(scene.node, scene.member, Draft("this one waits"))
    await send_due(scene.node)

    scene.clock.pass_(6 * DAY)
    await night(scene)
    early = await count(scene, delivery), await count(scene, inbox_item)
    scene.clock.pass_(2 * DAY)
    await night(scene)
    later = await count(scene, delivery), await count(scene, inbox_item)
    scene.clock.pass_(30 * DAY)
    await night(scene)

    assert (early, later) == ((3, 1), (1, 1))
    assert (await count(scene, delivery, delivery.c.state == 0), await count(scene, inbox_item)) == (1, 0)
    assert await count(scene, activity, activity.c.type == "Create") == 2
    assert await count(scene, activity, activity.c.type == "Accept") == 0


async def test_what_a_member_voted_is_forgotten_once_it_was_sent(scene: Scene) -> None:
    """RETENTION_DELIVERIES: it is known to the author of the poll; the activity that says it is kept for nobody else."""
    await following(scene, scene.alice)
    poll = await read_here(scene, question(scene.alice))
    await vote(scene.node, scene.member, poll, [0])
    await create_post(scene.node, scene.member, Draft("I voted"))
    await send_due(scene.node)

    for _ in range(2):
        scene.clock.pass_(8 * DAY)
        await night(scene)

    assert await count(scene, activity, activity.c.object_uri.like("%#vote")) == 0
    assert await count(scene, activity, activity.c.type == "Create") == 1
    assert await votes_stored(scene.node) == 1


async def test_body_of_what_failed_goes_before_its_row(scene: Scene) -> None:
    """RETENTION_BODIES: what strangers sent is not kept longer than it helps to find a fault."""
    unreachable = "http://127.0.0.1:9/notes/1"
    await scene.arrives(scene.alice.says("Announce", unreachable))
    row = {
        "state": 2,
        "outcome": "failed",
        "raw": b"{}",
        "key_id": "https://a.example/key",
        "signature_base": b"date: x",
    }
    await scene.node.db.write(lambda tx: tx.execute(inbox_item.update().values(**row)) and None)

    scene.clock.pass_(15 * DAY)
    await night(scene)

    emptied = inbox_item.c.raw == b"", inbox_item.c.key_id.is_(None), inbox_item.c.signature_base.is_(None)
    assert await count(scene, inbox_item, *emptied) == 1


async def test_old_remote_post_without_any_tie_goes(scene: Scene) -> None:
    """RETENTION_REMOTE_POSTS: after its days, out of timelines too; younger ones stay."""
    await following(scene, scene.alice)
    old = await read_here(scene, scene.alice.note())
    scene.clock.pass_(179 * DAY)
    await night(scene)
    assert await scene.node.db.read(store.by_id, old) is not None

    scene.clock.pass_(2 * DAY)
    await night(scene)

    assert await scene.node.db.read(store.by_id, old) is None
    assert await scene.node.db.read(home_timeline.read, scene.member.id, Range(40)) == []


async def test_home_timeline_ends_after_its_days_and_posts_stay(scene: Scene) -> None:
    """RETENTION_TIMELINES: what a member wrote leaves their home timeline, and is still theirs."""
    ours = await create_post(scene.node, scene.member, Draft("a year ago"))
    scene.clock.pass_(181 * DAY)
    today = await create_post(scene.node, scene.member, Draft("today"))

    await night(scene)

    shown = await scene.node.db.read(home_timeline.read, scene.member.id, Range(40))
    assert [entry.object_id for entry in shown] == [today.id]
    assert await scene.node.db.read(store.by_id, ours.id) is not None


async def test_notification_goes_after_its_days(scene: Scene) -> None:
    """RETENTION_NOTIFICATIONS: younger ones stay."""
    await scene.arrives(scene.alice.follow(scene.member.uri))
    scene.clock.pass_(100 * DAY)
    await read_here(scene, scene.alice.mentioning(scene.member.uri))
    scene.clock.pass_(100 * DAY)

    await night(scene)

    left = await scene.node.db.read(notifications.recent, scene.member.id, 40, None, 0)
    assert [row.type for row in left] == ["mention"]


async def test_what_somebody_here_has_to_do_with_stays(scene: Scene) -> None:
    """Retention: liked, boosted, answered, answering, voted in, mentioning: kept whatever its age, and so is what is ours."""
    await following(scene, scene.alice)
    liked, boosted, answered, root = [await read_here(scene, scene.alice.note()) for _ in range(4)]
    mention = await read_here(scene, scene.alice.mentioning(scene.member.uri))
    stored = await scene.node.db.read(store.by_id, answered)
    above = await scene.node.db.read(store.by_id, root)
    assert stored is not None
    assert above is not None
    voted = await read_here(scene, question(scene.alice))
    await vote(scene.node, scene.member, voted, [0])
    await reactions.like(scene.node, scene.member, liked)
    await reactions.boost(scene.node, scene.member, boosted)
    ours = await create_post(scene.node, scene.member, Draft("I agree", in_reply_to=stored.uri))
    between = await read_here(scene, scene.alice.note(inReplyTo=above.uri))
    below = await scene.node.db.read(store.by_id, between)
    assert below is not None
    await create_post(scene.node, scene.member, Draft("me too", in_reply_to=below.uri))
    await process_arrivals(scene.node)

    scene.clock.pass_(400 * DAY)
    for _ in range(3):
        await night(scene)

    for number in (liked, boosted, answered, root, voted, between, mention, ours.id):
        assert await scene.node.db.read(store.by_id, number) is not None


async def test_thread_of_strangers_goes_from_its_ends(scene: Scene) -> None:
    """Retention: an answer is never taken away by what it answers; night after night the thread gets shorter."""
    await following(scene, scene.alice)
    first = scene.alice.note()
    second = scene.alice.note(inReplyTo=first["id"])
    numbers = [await read_here(scene, note) for note in (first, second)]
    scene.clock.pass_(200 * DAY)

    await night(scene)
    left = [await scene.node.db.read(store.by_id, number) for number in numbers]
    await night(scene)

    assert [row is None for row in left] == [False, True]
    assert await scene.node.db.read(store.by_id, numbers[0]) is None


async def test_deleted_post_does_not_come_back_after_it_was_forgotten(scene: Scene) -> None:
    """s2s 2.10: the tombstone is kept for ever, in two columns."""
    await following(scene, scene.alice)
    note = scene.alice.note()
    number = await read_here(scene, note)
    await scene.arrives(scene.alice.says("Delete", note["id"]))
    scene.clock.pass_(200 * DAY)
    await night(scene)
    assert await scene.node.db.read(store.by_id, number) is None

    assert await scene.arrives(scene.alice.create(note)) == ["refused_deleted"]


async def test_zero_keeps_for_ever(database_url: str) -> None:
    """A setting of 0 days means: never."""
    never = dict.fromkeys(
        (
            "retention_arrivals",
            "retention_bodies",
            "retention_deliveries",
            "retention_notifications",
            "retention_remote_posts",
            "retention_timelines",
        ),
        0,
    )
    async with a_scene(database_url, **never) as scene:
        await following(scene, scene.alice)
        number = await read_here(scene, scene.alice.note())
        before = await count(scene, inbox_item), await count(scene, delivery), await count(scene, activity)
        scene.clock.pass_(4000 * DAY)

        await night(scene)

        assert await scene.node.db.read(store.by_id, number) is not None
        assert before == (await count(scene, inbox_item), await count(scene, delivery), await count(scene, activity))
        assert await scene.node.db.read_long(retention.due, scene.node.config, scene.clock.now()) == {}


async def test_operator_sees_what_the_night_will_take(scene: Scene) -> None:
    """coopfed doctor: figures by kind, and none after the night."""
    await following(scene, scene.alice)
    await read_here(scene, scene.alice.note())
    scene.clock.pass_(200 * DAY)

    due = await scene.node.db.read_long(retention.due, scene.node.config, scene.clock.now())
    await night(scene)

    assert due["remote_posts"] == 1
    assert due["arrivals"] == 3
    after = await scene.node.db.read_long(retention.due, scene.node.config, scene.clock.now())
    assert set(after.values()) == {0}


async def test_each_night_has_one_job_and_leaves_the_next(scene: Scene) -> None:
    """A start of the server plans the coming night once, and the night plans the next one."""
    for _ in range(2):
        await scene.node.db.write(retention.plan, scene.node.minter.mint(), scene.clock.now())
    [planned] = await scene.node.db.read(_nights)
    scene.clock.pass_(DAY)
    [claimed] = [
        found
        for found in await scene.node.db.claim(jobs.claim, scene.clock.now(), scene.clock.now() + 1, 10)
        if found.kind == retention.PRUNE
    ]

    await retention.prune(scene.node, claimed.key)

    assert (planned, await scene.node.db.read(_nights)) == ("2026-11-25", ["2026-11-25", "2026-11-26"])


def _nights(tx: Tx) -> list[str]:
    return sorted(tx.execute(job.select().where(job.c.kind == retention.PRUNE).with_only_columns(job.c.key)).scalars())


@pytest.mark.parametrize("days", [-1, 40_000])
async def test_senseless_number_of_days_is_refused(days: int) -> None:
    """Bad input: the setting is named."""
    with pytest.raises(ValueError, match="retention_arrivals"):
        async with a_scene("coopfed.sqlite3", retention_arrivals=days):
            pass


async def test_actors_stay(scene: Scene) -> None:
    """Retention takes posts, never those who wrote them."""
    await following(scene, scene.alice)
    scene.clock.pass_(1000 * DAY)

    await night(scene)

    assert await scene.node.db.read(by_uri, scene.alice.uri) is not None


async def test_what_a_post_quotes_stays_with_it(scene: Scene) -> None:
    """RETENTION_REMOTE_POSTS: a post of ours that quotes an old one still shows it; when the quote is gone both go."""
    await following(scene, scene.alice)
    rule = {"canQuote": {"automaticApproval": [PUBLIC]}}
    quoted, other = (
        await read_here(scene, scene.alice.note(interactionPolicy=rule)),
        await read_here(scene, scene.alice.note()),
    )
    uri = (await scene.node.db.read(store.by_id, quoted)).uri  # type: ignore[union-attr]
    quoting = await create_post(scene.node, scene.member, Draft("Indeed", quote=uri))

    scene.clock.pass_(400 * DAY)
    await night(scene)
    kept = [await scene.node.db.read(store.by_id, number) is not None for number in (quoted, other)]
    await delete_post(scene.node, scene.member, quoting)
    await night(scene)

    assert kept == [True, False]
    assert await scene.node.db.read(store.by_id, quoted) is None


async def test_preview_goes_with_the_last_post_that_shows_it(scene: Scene) -> None:
    """What a page says of itself is kept for nobody: neither of a deleted post nor of a remote one that went the same night."""
    await following(scene, scene.alice)
    async with a_site() as site:
        shown, gone = site.page("/shown"), site.page("/gone")
        kept = await create_post(scene.node, scene.member, Draft(shown))
        deleted = [await create_post(scene.node, scene.member, Draft(f"{url} again")) for url in (shown, gone)]
        await read_here(scene, scene.alice.note(f'<p><a href="{site.page("/theirs")}">news</a></p>'))
        found = await previews(scene.node, kept.id)
    for ended in deleted:
        await delete_post(scene.node, scene.member, ended)
    await night(scene)
    same_day = sorted(await states(scene.node))
    scene.clock.pass_(2 * DAY)
    await night(scene)
    next_night = sorted(await states(scene.node))
    scene.clock.pass_(181 * DAY)

    await night(scene)

    assert same_day == sorted([shown, gone, f"{site.base}/theirs"])
    assert next_night == sorted([shown, f"{site.base}/theirs"])
    assert list(await states(scene.node)) == [shown]
    assert await previews(scene.node, kept.id) == found
