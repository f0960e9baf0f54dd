"""Polls as they arrive: votes in ours, each counted once, and what peers say of theirs."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from actors.lookup import by_uri
from coopfed import limits
from coopfed.features.blocks.actions import block
from coopfed.features.polls.actions import vote
from coopfed.features.polls.refresh import look_again
from coopfed.features.posts import history, polls, store
from coopfed.features.posts.actions import delete_post
from coopfed.features.posts.store import PostRow
from coopfed.vocab.audience import Visibility
from tests.coopfed.api.test_api import a_client
from tests.inbox.test_edits import LATER, stored, texts
from tests.inbox.test_posts import following, home, mentions, post
from tests.support.jobs import run_jobs
from tests.support.nodes import an_actor, process_arrivals
from tests.support.peers import CONTEXT, Document, RemoteActor, a_peer
from tests.support.polls import (
    DAY,
    HOUR,
    OPTIONS,
    asks,
    beside,
    chooses,
    counts,
    poll_of,
    question,
    told_of_polls,
    votes_stored,
)
from tests.support.scene import Scene

NOBODY = dict.fromkeys(OPTIONS, 0)


def ms(*when: int) -> int:
    """A moment in UTC, in milliseconds."""
    return int(datetime(*when, tzinfo=UTC).timestamp() * 1000)  # type: ignore[misc,arg-type]


# --- votes in our polls: the door shut --------------------------------------------------------------------------


async def test_vote_of_somebody_else_is_refused(scene: Scene) -> None:
    """FEP-fe34 *Ownership*: nobody votes for another."""
    poll, mallory = await asks(scene.node, scene.member), scene.peer.actor("mallory")

    outcome = await scene.arrives(mallory.says("Create", chooses(scene.alice, poll.uri, "Wine")["object"]), mallory)

    assert outcome == ["refused_author"]
    assert await counts(scene.node, poll.uri) == (NOBODY, 0)


async def test_vote_of_who_is_blocked_is_refused(scene: Scene) -> None:
    """ActivityPub 6.9: whom the author blocks has no say in its poll."""
    poll = await asks(scene.node, scene.member)
    await following(scene, scene.alice)
    await block(scene.node, scene.member, (await stored_actor(scene)))

    assert await scene.arrives(chooses(scene.alice, poll.uri, "Wine")) == ["refused_blocked"]
    assert await counts(scene.node, poll.uri) == (NOBODY, 0)


async def stored_actor(scene: Scene) -> Any:
    """Alice as she is known here."""
    return await scene.node.db.read(by_uri, scene.alice.uri)


@pytest.mark.parametrize("visibility", [Visibility.FOLLOWERS, Visibility.DIRECT])
async def test_vote_of_who_may_not_see_the_poll_is_refused(scene: Scene, visibility: Visibility) -> None:
    """security 1.7: an id that was guessed opens nothing."""
    poll = await asks(scene.node, scene.member, visibility=visibility)

    assert await scene.arrives(chooses(scene.alice, poll.uri, "Wine")) == ["refused_hidden"]
    assert await counts(scene.node, poll.uri) == (NOBODY, 0)


async def test_vote_after_the_end_is_refused(scene: Scene) -> None:
    """s2s 2.9: by our clock, whether or not the end was told yet; what came in time and waits here counts."""
    poll = await asks(scene.node, scene.member)
    await scene.peer.post(scene.node, chooses(scene.peer.actor("bob"), poll.uri, "Bread"))
    scene.clock.pass_(DAY)

    in_time = await process_arrivals(scene.node)
    late = await scene.arrives(chooses(scene.alice, poll.uri, "Wine"))

    assert (in_time, late) == (["accepted"], ["refused_closed"])
    assert await counts(scene.node, poll.uri) == (NOBODY | {"Bread": 1}, 1)


async def test_vote_in_what_was_deleted_or_is_no_poll_of_ours_is_refused(scene: Scene) -> None:
    """s2s 2.9: the poll is looked up; nothing of the vote is stored."""
    poll, plain = await asks(scene.node, scene.member), await asks(scene.node, scene.member)
    theirs = question(scene.alice)
    await following(scene, scene.alice)
    await scene.arrives(scene.alice.create(theirs))
    await delete_post(scene.node, scene.member, poll)

    outcomes = [
        await scene.arrives(chooses(scene.alice, poll.uri, "Wine")),
        await scene.arrives(chooses(scene.alice, theirs["id"], "Wine")),
        await scene.arrives(chooses(scene.alice, f"{scene.node.urls.base}/ap/objects/1", "Wine")),
        await scene.arrives(chooses(scene.alice, plain.uri, "Vinegar")),
    ]

    assert outcomes == [["refused_deleted"], ["irrelevant"], ["irrelevant"], ["unsupported"]]
    assert await votes_stored(scene.node) == 0
    assert sorted(await home(scene)) == sorted([theirs["id"], plain.uri])


# --- votes in our polls: counted once ---------------------------------------------------------------------------


async def test_vote_is_counted_and_seen_by_nobody(scene: Scene) -> None:
    """s2s 2.9: no post, no answer, no notification: a vote is a number."""
    poll = await asks(scene.node, scene.member)

    assert await scene.arrives(chooses(scene.alice, poll.uri, "Wine")) == ["accepted"]

    assert await counts(scene.node, poll.uri) == (NOBODY | {"Wine": 1}, 1)
    assert await home(scene) == [poll.uri]
    assert await mentions(scene) == 0
    assert (await stored(scene, poll.uri)).replies_count == 0
    assert await post(scene, f"{scene.alice.uri}#votes/Wine") is None


async def test_vote_that_comes_again_is_not_counted_again(scene: Scene) -> None:
    """s2s 2.17: (actor, poll, option) is unique, whatever id the activity has."""
    poll = await asks(scene.node, scene.member, multiple=True)
    first = chooses(scene.alice, poll.uri, "Wine")
    await scene.arrives(first)

    await scene.peer.post(scene.node, first)
    again, other_id = await process_arrivals(scene.node), await scene.arrives(chooses(scene.alice, poll.uri, "Wine"))

    assert (again, other_id) == ([], ["duplicate"])
    assert await counts(scene.node, poll.uri) == (NOBODY | {"Wine": 1}, 1)


async def test_one_choice_is_one_choice(scene: Scene) -> None:
    """Mastodon's rule: in a poll of one choice the first stands."""
    poll = await asks(scene.node, scene.member)
    await scene.arrives(chooses(scene.alice, poll.uri, "Wine"))

    assert await scene.arrives(chooses(scene.alice, poll.uri, "Bread")) == ["duplicate"]
    assert await counts(scene.node, poll.uri) == (NOBODY | {"Wine": 1}, 1)


async def test_several_choices_come_in_several_creates(scene: Scene) -> None:
    """s2s 2.9: Mastodon sends one Create for each; the voter is one."""
    poll = await asks(scene.node, scene.member, multiple=True)

    for title in ("Wine", "Bread"):
        assert await scene.arrives(chooses(scene.alice, poll.uri, title)) == ["accepted"]

    assert await counts(scene.node, poll.uri) == ({"Olives": 0, "Bread": 1, "Wine": 1}, 1)


async def test_several_choices_come_in_one_create(scene: Scene) -> None:
    """s2s 2.9 (GoToSocial): an array of Notes; where one is to be chosen the first counts; what is no option is passed over."""
    several, one = await asks(scene.node, scene.member, multiple=True), await asks(scene.node, scene.member)

    for poll in (several, one):
        assert await scene.arrives(chooses(scene.alice, poll.uri, "Wine", "Wine", "Vinegar", "Olives")) == ["accepted"]

    assert await counts(scene.node, several.uri) == ({"Olives": 1, "Bread": 0, "Wine": 1}, 1)
    assert await counts(scene.node, one.uri) == (NOBODY | {"Wine": 1}, 1)


async def test_vote_that_comes_as_an_id_is_fetched_and_counted(scene: Scene) -> None:
    """ActivityPub 3.1, 7: what an activity names by its id is looked up at its origin, by whom it is for; then it is a vote."""
    poll = await asks(scene.node, scene.member)
    cast = a_vote_to_fetch(scene, scene.alice, poll.uri)

    assert await scene.arrives(cast) == ["accepted"]
    assert await scene.arrives(chooses(scene.alice, poll.uri, "Bread")) == ["duplicate"]

    assert await counts(scene.node, poll.uri) == (NOBODY | {"Wine": 1}, 1)
    assert await post(scene, cast["object"]) is None


@pytest.mark.parametrize("author", ["mallory", None])
async def test_vote_that_is_fetched_is_of_who_sent_it(scene: Scene, author: str | None) -> None:
    """FEP-fe34 *Ownership*: neighbours on one host are strangers, and a vote of nobody is nobody's."""
    poll = await asks(scene.node, scene.member)
    other = scene.peer.actor(author).uri if author else None
    cast = a_vote_to_fetch(scene, scene.alice, poll.uri, attributedTo=other)

    assert await scene.arrives(cast) == ["refused_author"]
    assert await counts(scene.node, poll.uri) == (NOBODY, 0)


async def test_vote_at_another_host_is_not_fetched(scene: Scene) -> None:
    """FEP-fe34: what lies elsewhere is not its actor's."""
    poll = await asks(scene.node, scene.member)
    async with a_peer() as other:
        cast = scene.alice.says("Create", f"{other.base}/votes/1", to=[scene.member.uri], cc=None)

        assert await scene.arrives(cast) == ["refused_origin"]

        assert other.gets == []
    assert await counts(scene.node, poll.uri) == (NOBODY, 0)


def a_vote_to_fetch(scene: Scene, voter: RemoteActor, poll: str, **more: Any) -> Document:
    """The Create of a vote that its host serves, with nothing in it but the vote's id."""
    vote = chooses(voter, poll, "Wine", id=f"{voter.base}/votes/1")["object"] | {"@context": CONTEXT} | more
    scene.peer.publish({name: value for name, value in vote.items() if value is not None})
    return voter.says("Create", vote["id"], to=[scene.member.uri], cc=None)


async def test_answer_with_a_title_is_no_vote(scene: Scene) -> None:
    """s2s 2.9: Mastodon takes every Note with a name for a vote; what says something is to be read."""
    poll = await asks(scene.node, scene.member)
    answer = chooses(scene.alice, poll.uri, "Wine", content="<p>But from the hill</p>", id=f"{scene.alice.uri}/answer")

    assert await scene.arrives(answer) == ["accepted"]

    assert await counts(scene.node, poll.uri) == (NOBODY, 0)
    assert (await stored(scene, f"{scene.alice.uri}/answer")).in_reply_to == poll.uri


async def test_hundred_votes_at_one_moment_are_hundred_votes(scene: Scene) -> None:
    """Issue 4, 3: exact on both engines; each voter tries twice, by two processes, with two choices, and counts once."""
    poll = await asks(scene.node, scene.member)
    voters = [await an_actor(scene.node, f"voter{number}") for number in range(100)]

    async with beside(scene.node) as other:
        tries = [
            vote(node, voter, poll.id, [place]) for voter in voters for place, node in enumerate((scene.node, other))
        ]
        answers = await asyncio.gather(*tries, return_exceptions=True)

    refused = [str(answer) for answer in answers if answer is not None]
    numbers, voted = await counts(scene.node, poll.uri)
    assert refused == ["you have voted in this poll already"] * 100
    assert (sum(numbers.values()), voted, await votes_stored(scene.node)) == (100, 100, 100)


async def test_votes_that_arrive_twice_at_one_moment_are_counted_once(scene: Scene) -> None:
    """s2s 2.17: the same voters through two workers, with new ids and other choices."""
    poll = await asks(scene.node, scene.member)
    farmers = [scene.peer.actor(f"farmer{number}") for number in range(8)]
    for title in ("Wine", "Bread"):
        for farmer in farmers:
            await scene.peer.post(scene.node, chooses(farmer, poll.uri, title))

    async with beside(scene.node) as other:
        done = await asyncio.gather(process_arrivals(scene.node), process_arrivals(other))

    numbers, voted = await counts(scene.node, poll.uri)
    assert sorted(map(str, [*done[0], *done[1]])) == ["accepted"] * 8 + ["duplicate"] * 8
    assert (sum(numbers.values()), voted) == (8, 8)


async def test_votes_of_an_actor_that_is_gone_are_taken_back_while_the_poll_is_open(scene: Scene) -> None:
    """s2s 2.19: nothing that it did stays, but a result that was told stands."""
    over, still_open = await asks(scene.node, scene.member, expires_in=HOUR), await asks(scene.node, scene.member)
    for poll in (over, still_open):
        await scene.arrives(chooses(scene.alice, poll.uri, "Wine"))
    scene.clock.pass_(HOUR)
    await run_jobs(scene.node)

    await scene.arrives(scene.alice.says("Delete", scene.alice.uri))
    await run_jobs(scene.node)

    assert await votes_stored(scene.node) == 0
    assert await counts(scene.node, over.uri) == (NOBODY | {"Wine": 1}, 1)
    assert await counts(scene.node, still_open.uri) == (NOBODY, 0)


# --- polls of others --------------------------------------------------------------------------------------------


async def test_poll_comes_with_its_post_however_that_comes(scene: Scene) -> None:
    """Issue 4, 3: by its Create, by a boost, as what is answered."""
    created, boosted, answered = (question(scene.alice, {"a": 2, "b": 1}, votersCount=3) for _ in range(3))
    await following(scene, scene.alice)
    scene.peer.publish(boosted)
    scene.peer.publish(answered)

    await scene.arrives(scene.alice.create(created))
    await scene.arrives(scene.alice.says("Announce", boosted["id"]))
    await scene.arrives(scene.alice.create(scene.alice.mentioning(scene.member.uri, inReplyTo=answered["id"])))

    for poll in (created, boosted, answered):
        assert await counts(scene.node, poll["id"]) == ({"a": 2, "b": 1}, 3)


async def arrived(
    scene: Scene, votes: dict[str, int | None] | None = None, **more: Any
) -> tuple[dict[str, Any], PostRow]:
    """A poll of alice that is stored here, and its row."""
    await following(scene, scene.alice)
    asked = question(scene.alice, votes, **more)
    assert await scene.arrives(scene.alice.create(asked)) == ["accepted"]
    return asked, await stored(scene, asked["id"])


@pytest.mark.parametrize(
    ("members", "ends", "closed"),
    [
        ({}, ms(2026, 11, 25, 7), None),
        ({"endTime": None}, None, None),
        ({"endTime": "2026-11-24T07:30:00Z"}, ms(2026, 11, 24, 7, 30), ms(2026, 11, 24, 7, 30)),
        ({"endTime": None, "closed": True}, None, ms(2026, 11, 24, 8)),
        ({"endTime": None, "closed": "2026-11-24T07:45:00Z"}, ms(2026, 11, 24, 7, 45), ms(2026, 11, 24, 7, 45)),
        ({"endTime": None, "closed": "2026-11-26T07:00:00Z"}, ms(2026, 11, 26, 7), None),
        ({"closed": False}, ms(2026, 11, 25, 7), None),
    ],
    ids=["open", "endless (Misskey)", "over", "closed", "closed since", "will be closed (Pleroma)", "not closed"],
)
async def test_end_of_a_poll(scene: Scene, members: dict[str, Any], ends: int | None, closed: int | None) -> None:
    """s2s 2.9: `closed` is a word or a time; Pleroma writes the end in it before it comes; some polls have none."""
    asked, _post = await arrived(scene, **members)

    found = await poll_of(scene.node, asked["id"])

    assert (found.ends_at, found.closed_at) == (ends, closed)


async def test_counts_come_without_an_edit(scene: Scene) -> None:
    """s2s 2.9, 2.10: the Update has no newer `updated` (Mastodon); the post is not shown as edited."""
    asked, _post = await arrived(scene)

    outcome = await scene.arrives(
        scene.alice.says("Update", asked | question(scene.alice, {"Olives": 4, "Bread": 1, "Wine": 0}, id=asked["id"]))
    )
    same = await scene.arrives(
        scene.alice.says("Update", asked | question(scene.alice, {"Olives": 4, "Bread": 1, "Wine": 0}, id=asked["id"]))
    )

    assert (outcome, same) == (["accepted"], ["duplicate"])
    assert (await counts(scene.node, asked["id"]))[0] == {"Olives": 4, "Bread": 1, "Wine": 0}
    assert (await stored(scene, asked["id"])).updated_at is None
    assert len(await texts(scene, asked["id"])) == 1


async def test_other_options_come_only_with_an_edit_and_drop_the_votes(scene: Scene) -> None:
    """s2s 2.9: Mastodon treats changed options or mode as a new poll; what was asked before is in the history."""
    asked, found = await arrived(scene)
    await vote(scene.node, scene.member, found.id, [2])
    other = question(scene.alice, {"Olives": 0, "Cheese": 0}, id=asked["id"])

    implied = await scene.arrives(scene.alice.says("Update", other))
    before = await votes_stored(scene.node)
    edit = await scene.arrives(scene.alice.says("Update", other | {"updated": LATER}))

    assert (implied, before, edit) == (["duplicate"], 1, ["accepted"])
    assert await votes_stored(scene.node) == 0
    assert (await counts(scene.node, asked["id"]))[0] == {"Olives": 0, "Cheese": 0}
    assert await asked_before(scene, asked["id"]) == [OPTIONS, ("Olives", "Cheese")]


async def test_other_mode_drops_the_votes_and_an_edit_of_the_text_does_not(scene: Scene) -> None:
    """s2s 2.9: one choice or several is another question; other words before it are not."""
    asked, found = await arrived(scene)
    await vote(scene.node, scene.member, found.id, [2])

    await scene.arrives(
        scene.alice.says("Update", asked | {"content": "<p>Well?</p>", "updated": "2026-11-24T07:10:00Z"})
    )
    after_text = await votes_stored(scene.node)
    several = {name: value for name, value in asked.items() if name != "oneOf"} | {"anyOf": asked["oneOf"]}
    await scene.arrives(scene.alice.says("Update", several | {"updated": LATER}))

    assert (after_text, await votes_stored(scene.node)) == (1, 0)
    assert (await poll_of(scene.node, asked["id"])).multiple


async def test_poll_may_be_edited_away(scene: Scene) -> None:
    """Mastodon lets an author take the poll off a post."""
    asked, found = await arrived(scene)
    note = {name: value for name, value in asked.items() if name not in ("oneOf", "endTime")} | {"type": "Note"}

    await scene.arrives(scene.alice.says("Update", note | {"updated": LATER}))

    assert await scene.node.db.read(polls.of, found.id) is None
    assert await asked_before(scene, asked["id"]) == [OPTIONS, ()]


async def asked_before(scene: Scene, uri: str) -> list[tuple[str, ...]]:
    """What the poll asked in every text of the post, the oldest first."""

    def options(tx: Any) -> list[tuple[str, ...]]:
        found = store.by_uri(tx, uri)
        assert found is not None
        return [revision.options for revision in history.revisions(tx, found)]

    return await scene.node.db.read(options)


# --- the end of others' polls -----------------------------------------------------------------------------------


async def test_who_voted_is_told_of_the_end_once(scene: Scene) -> None:
    """s2s 2.9: when the author says so, and not again by our own clock."""
    asked, found = await arrived(scene)
    await vote(scene.node, scene.member, found.id, [0])
    over = question(scene.alice, {"Olives": 9, "Bread": 0, "Wine": 1}, id=asked["id"], closed="2026-11-24T08:00:00Z")

    await scene.arrives(scene.alice.says("Update", asked | over))
    told = await told_of_polls(scene.node, scene.member)
    scene.clock.pass_(2 * DAY)
    await run_jobs(scene.node)

    assert (told, await told_of_polls(scene.node, scene.member)) == (1, 1)
    assert (await counts(scene.node, asked["id"]))[0] == {"Olives": 9, "Bread": 0, "Wine": 1}


async def test_poll_ends_by_our_clock_and_the_result_is_asked_for(scene: Scene) -> None:
    """Issue 4, 3: the author's node may be silent; who did not vote is told nothing."""
    asked, found = await arrived(scene)
    other = await an_actor(scene.node, "other")
    await vote(scene.node, scene.member, found.id, [0])
    scene.peer.publish(question(scene.alice, {"Olives": 5, "Bread": 0, "Wine": 1}, id=asked["id"], votersCount=6))

    scene.clock.pass_(23 * HOUR)
    await run_jobs(scene.node)
    told = await told_of_polls(scene.node, scene.member), await told_of_polls(scene.node, other)
    over = await poll_of(scene.node, asked["id"])
    scene.clock.pass_(limits.POLL_SETTLE_SECONDS)
    await run_jobs(scene.node)

    assert told == (1, 0)
    assert over.closed_at == ms(2026, 11, 25, 7)
    assert await counts(scene.node, asked["id"]) == ({"Olives": 5, "Bread": 0, "Wine": 1}, 6)


async def test_end_that_was_put_off_is_the_end(scene: Scene) -> None:
    """s2s 2.9: the end is told without an edit; the former one does nothing any more."""
    asked, found = await arrived(scene)
    await vote(scene.node, scene.member, found.id, [0])

    await scene.arrives(scene.alice.says("Update", asked | {"endTime": "2026-11-26T07:00:00Z"}))
    scene.clock.pass_(DAY)
    await run_jobs(scene.node)
    still_open = (await poll_of(scene.node, asked["id"])).closed_at
    scene.clock.pass_(DAY)
    await run_jobs(scene.node)

    assert still_open is None
    assert (await poll_of(scene.node, asked["id"])).closed_at == ms(2026, 11, 26, 7)
    assert await told_of_polls(scene.node, scene.member) == 1


async def test_look_at_a_poll_asks_for_its_counts_now_and_then(scene: Scene) -> None:
    """s2s 2.19: poll on view; by a job, once in a while however many look."""
    asked, found = await arrived(scene)
    scene.peer.publish(question(scene.alice, {"Olives": 5, "Bread": 0, "Wine": 1}, id=asked["id"]))

    await look_again(scene.node, found.id)
    at_once = await run_jobs(scene.node, "refresh_poll")
    scene.clock.pass_(limits.POLL_FRESH_SECONDS)
    for _ in range(3):
        await look_again(scene.node, found.id)
    later = await run_jobs(scene.node, "refresh_poll")
    await look_again(scene.node, found.id)

    assert (at_once, later) == ([], ["refresh_poll"])
    assert await run_jobs(scene.node, "refresh_poll") == []
    assert (await counts(scene.node, asked["id"]))[0] == {"Olives": 5, "Bread": 0, "Wine": 1}


async def test_look_at_a_poll_that_is_for_those_named_tells_nobody(scene: Scene) -> None:
    """Privacy: its author would learn when it is read; the counts come by an Update."""
    asked, post = await arrived(scene, to=[scene.member.uri], cc=[])
    scene.clock.pass_(limits.POLL_FRESH_SECONDS)

    await look_again(scene.node, post.id)

    assert post.visibility == Visibility.DIRECT
    assert await run_jobs(scene.node, "refresh_poll") == []
    assert asked["id"].removeprefix(scene.peer.base) not in scene.peer.gets


async def test_what_is_fetched_elsewhere_or_gone_changes_no_counts(scene: Scene) -> None:
    """s2s 2.19: a poll that cannot be had keeps what was known, and is not asked for again and again."""
    asked, found = await arrived(scene, {"a": 1, "b": 0})
    scene.clock.pass_(limits.POLL_FRESH_SECONDS)

    await look_again(scene.node, found.id)
    done = await run_jobs(scene.node, "refresh_poll")
    await look_again(scene.node, found.id)

    assert (done, await run_jobs(scene.node, "refresh_poll")) == (["refresh_poll"], [])
    assert (await counts(scene.node, asked["id"]))[0] == {"a": 1, "b": 0}


async def test_options_are_bounded_and_counts_believed_only_as_far_as_they_fit(scene: Scene) -> None:
    """Mastodon GHSA-gg8q-rcg7-p79g: 500 options; numbers that no poll has do no harm."""
    votes: dict[str, int | None] = {f"option {number}": 9_999_999_999 for number in range(limits.POLL_OPTIONS_READ + 1)}

    asked, _post = await arrived(scene, votes, votersCount=9_999_999_999)

    found = await poll_of(scene.node, asked["id"])
    assert len(found.options) == limits.POLL_OPTIONS_READ
    assert {option.votes for option in found.options} == {2_000_000_000}


@pytest.mark.parametrize("end", ["9999-12-31T23:59:59.999999Z", "9999-12-31T23:59:59Z", "0001-01-01T00:00:00Z"])
async def test_end_that_no_calendar_has_breaks_no_timeline(scene: Scene, end: str) -> None:
    """Security 1.4: a stranger's poll must not take every timeline with it in which it stands; what ends in ages has no end."""
    asked, _post = await arrived(scene, endTime=end)
    app = await a_client(scene)

    shown = await app.get("/timelines/home")

    assert shown.status == 200
    (status,) = shown.json
    assert status["uri"] == asked["id"]
    assert status["poll"]["expires_at"] in (None, "1970-01-01T00:00:00.000Z")


async def test_end_is_believed_as_far_as_ten_years(scene: Scene) -> None:
    """Security 1.4: what waits for an end is kept for no longer."""
    last = scene.node.utc() + timedelta(seconds=limits.POLL_END_SECONDS)
    first, _post = await arrived(scene, endTime=last.isoformat())
    second = question(scene.alice, endTime=(last + timedelta(seconds=1)).isoformat())
    assert await scene.arrives(scene.alice.create(second)) == ["accepted"]

    assert (await poll_of(scene.node, first["id"])).ends_at == int(last.timestamp() * 1000)
    assert (await poll_of(scene.node, second["id"])).ends_at is None


async def test_vote_in_a_poll_of_absurd_counts_is_counted(scene: Scene) -> None:
    """Security 1.4: counts that are as large as they are believed leave room for the votes of ours, on both engines."""
    asked, post = await arrived(scene, {"a": 9_999_999_999, "b": 0}, votersCount=9_999_999_999)
    before = (await counts(scene.node, asked["id"]))[0]["a"]

    await vote(scene.node, scene.member, post.id, [0])

    assert (await counts(scene.node, asked["id"]))[0]["a"] == before + 1
