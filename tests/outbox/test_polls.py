"""Our polls and our votes as they leave: the Question, its results now and then, its end; a vote for the author alone."""

from typing import Any

import pytest

from actors.lookup import by_uri
from coopfed import limits
from coopfed.db import jobs
from coopfed.errors import InvalidInput, NotFound
from coopfed.features import notifications
from coopfed.features.follows.actions import follow
from coopfed.features.polls.actions import vote
from coopfed.features.posts import history, store
from coopfed.features.posts.actions import create_post, delete_post, edit_post
from coopfed.features.posts.rules import Draft, PollDraft
from coopfed.features.posts.store import PostRow
from coopfed.features.reactions.actions import boost
from coopfed.vocab.audience import Visibility
from coopfed.worker import run_job
from tests.inbox.test_posts import following
from tests.support.jobs import run_jobs
from tests.support.nodes import an_actor, process_arrivals
from tests.support.peers import PUBLIC, Document, a_peer, send_due
from tests.support.polls import (
    DAY,
    HOUR,
    OPTIONS,
    asks,
    chooses,
    counts,
    poll_of,
    question,
    told_of_polls,
    votes_stored,
)
from tests.support.scene import Scene


async def sent(scene: Scene) -> list[Document]:
    """What the peer's inboxes got since they were last asked."""
    await send_due(scene.node)
    found = [received.document for received in scene.peer.received if received.document["type"] != "Accept"]
    scene.peer.received.clear()
    return found


async def followed(scene: Scene) -> None:
    """Alice follows the member, and nothing of that is left to be sent."""
    await scene.arrives(scene.alice.follow(scene.member.uri))
    await sent(scene)


async def served(scene: Scene, post: PostRow) -> Document:
    """The object as it is served."""
    document: Document = (await scene.peer.get(scene.node, post.uri)).json
    return document


def told(question: Document) -> dict[str, int | None]:
    """The counts in a Question; None where there are none."""
    options = question.get("oneOf") or question["anyOf"]
    return {option["name"]: option.get("replies", {}).get("totalItems") for option in options}


async def passes(scene: Scene, seconds: float) -> None:
    """Time passes, and what is due then is done."""
    scene.clock.pass_(seconds)
    await run_jobs(scene.node)


# --- our polls --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "poll",
    [
        PollDraft(("one",)),
        PollDraft(("one", " ")),
        PollDraft(("same", "same")),
        PollDraft(tuple(map(str, range(limits.POLL_OPTIONS[1] + 1)))),
        PollDraft(("a" * (limits.POLL_OPTION_CHARACTERS + 1), "b")),
        PollDraft(("a", "b"), expires_in=limits.POLL_SECONDS[0] - 1),
        PollDraft(("a", "b"), expires_in=limits.POLL_SECONDS[1] + 1),
    ],
    ids=["one option", "blank option", "two alike", "too many", "too long", "too short", "for too long"],
)
async def test_poll_that_cannot_be_asked_is_refused(scene: Scene, poll: PollDraft) -> None:
    """Issue 4, 3: what is wrong is told, and nothing is stored."""
    with pytest.raises(InvalidInput):
        await asks(scene.node, scene.member, options=poll.options, expires_in=poll.expires_in)
    assert await sent(scene) == []


async def test_poll_leaves_as_a_question(scene: Scene) -> None:
    """s2s 2.9: `oneOf` or `anyOf` with Notes, `endTime`, `votersCount`; the rest is the shape of a Note."""
    await followed(scene)

    one, several = await asks(scene.node, scene.member), await asks(scene.node, scene.member, multiple=True)

    objects = {create["object"]["id"]: create["object"] for create in await sent(scene)}
    first, second = objects[one.uri], objects[several.uri]
    assert (first["type"], first["votersCount"], first["endTime"]) == ("Question", 0, "2026-11-25T08:00:00.000Z")
    assert first["oneOf"] == [
        {"type": "Note", "name": name, "replies": {"type": "Collection", "totalItems": 0}} for name in OPTIONS
    ]
    assert (first["content"], first["to"]) == ("<p>What do we bring?</p>", [PUBLIC])
    assert "anyOf" not in first
    assert "closed" not in first
    assert (list(told(second)), "oneOf" in second) == (list(OPTIONS), False)
    assert await served(scene, one) == {"@context": (await served(scene, one))["@context"], **first}


async def test_most_options_of_the_greatest_length_are_possible(scene: Scene) -> None:
    """Bounds at n; a poll needs no other text."""
    options = tuple(
        f"{number:02}".ljust(limits.POLL_OPTION_CHARACTERS, "x") for number in range(limits.POLL_OPTIONS[1])
    )

    poll = await asks(scene.node, scene.member, options=options, text="", expires_in=limits.POLL_SECONDS[0])

    assert tuple(told(await served(scene, poll))) == options


async def test_results_are_told_at_most_every_three_minutes_and_only_when_they_changed(scene: Scene) -> None:
    """s2s 2.9: one Update for all votes of three minutes, without an `updated`; then none."""
    await followed(scene)
    poll = await asks(scene.node, scene.member)
    await sent(scene)
    voters = [scene.peer.actor(f"voter{number}") for number in range(3)]

    for voter in voters[:2]:
        await scene.arrives(chooses(voter, poll.uri, "Wine"))
    await passes(scene, limits.POLL_TELL_SECONDS - 1)
    too_early = await sent(scene)
    await passes(scene, 1)
    first = await sent(scene)
    await scene.arrives(chooses(voters[2], poll.uri, "Bread"))
    await passes(scene, limits.POLL_TELL_SECONDS - 1)
    again_too_early = await sent(scene)
    await passes(scene, 1)
    second = await sent(scene)
    await passes(scene, HOUR)
    nothing_new = await sent(scene)

    assert (too_early, again_too_early, nothing_new) == ([], [], [])
    assert [told(update["object"]) for update in (*first, *second)] == [
        {"Olives": 0, "Bread": 0, "Wine": 2},
        {"Olives": 0, "Bread": 1, "Wine": 2},
    ]
    assert [update["type"] for update in (*first, *second)] == ["Update", "Update"]
    assert all("updated" not in update["object"] for update in (*first, *second))
    assert second[0]["object"]["votersCount"] == 3
    assert told(await served(scene, poll)) == {"Olives": 0, "Bread": 1, "Wine": 2}


async def test_time_scale_shortens_the_three_minutes(scene: Scene) -> None:
    """Design 5: TIME_SCALE divides waiting times."""
    object.__setattr__(scene.clock, "scale", 60.0)
    await followed(scene)
    poll = await asks(scene.node, scene.member)
    await sent(scene)
    await scene.arrives(chooses(scene.alice, poll.uri, "Wine"))

    await passes(scene, limits.POLL_TELL_SECONDS / 60)

    assert [update["type"] for update in await sent(scene)] == ["Update"]


async def test_results_reach_who_voted_and_do_not_name_them(scene: Scene) -> None:
    """s2s 2.10; Issue 4, 3: who voted hears of it without following; nowhere in what is sent or served does their name stand."""
    poll = await asks(scene.node, scene.member)
    await scene.arrives(chooses(scene.alice, poll.uri, "Wine"))

    await passes(scene, limits.POLL_TELL_SECONDS)
    [update] = await sent(scene)

    shown = str([update, await served(scene, poll), (await scene.peer.get(scene.node, update["id"])).json])
    assert told(update["object"])["Wine"] == 1
    assert scene.alice.uri not in shown


async def test_results_are_no_edit_for_those_who_boosted_it_here(scene: Scene) -> None:
    """s2s 2.9: the Update is taken here too, since groups pass it on, but nobody is told of an edit, not even of an earlier one."""
    await followed(scene)
    poll, other = await asks(scene.node, scene.member), await an_actor(scene.node, "other")
    edited = await edit_post(scene.node, scene.member, poll, Draft("What shall we bring?"))
    await follow(scene.node, other, scene.member)
    await process_arrivals(scene.node)
    await boost(scene.node, other, poll.id)
    await scene.arrives(chooses(scene.alice, poll.uri, "Wine"))
    await passes(scene, limits.POLL_TELL_SECONDS)

    outcomes = await process_arrivals(scene.node)

    assert set(map(str, outcomes)) == {"accepted"}
    assert [row.type for row in await scene.node.db.read(notifications.recent, other.id, 40)] == []
    assert await stored_moment(scene, poll) == edited.updated_at


async def stored_moment(scene: Scene, post: PostRow) -> int | None:
    """When the post was last edited."""
    found = await scene.node.db.read(store.by_id, post.id)
    return found.updated_at if found is not None else None


async def test_votes_of_members_are_counted_in_what_is_told(scene: Scene) -> None:
    """Design 3, 8: here a vote is a row, and nothing of it leaves."""
    await followed(scene)
    poll, other = await asks(scene.node, scene.member, multiple=True), await an_actor(scene.node, "other")
    await sent(scene)

    await vote(scene.node, other, poll.id, [0, 2, 2])
    at_once = await sent(scene)
    await passes(scene, limits.POLL_TELL_SECONDS)

    [update] = await sent(scene)
    assert at_once == []
    assert told(update["object"]) == {"Olives": 1, "Bread": 0, "Wine": 1}
    assert update["object"]["votersCount"] == 1
    assert other.uri not in str(update)


async def test_hidden_counts_are_not_on_the_wire_before_the_end(scene: Scene) -> None:
    """Issue 4, 3: neither in the Create, nor in an Update, nor in what is served; at the end they are."""
    await followed(scene)
    poll = await asks(scene.node, scene.member, hide_totals=True, expires_in=HOUR)
    await scene.arrives(chooses(scene.alice, poll.uri, "Wine"))
    await passes(scene, limits.POLL_TELL_SECONDS)
    [create] = await sent(scene)
    before = await served(scene, poll)

    await passes(scene, HOUR)

    [update] = await sent(scene)
    for document in (create["object"], before):
        assert set(told(document).values()) == {None}
        assert "votersCount" not in document
    assert told(update["object"]) == {"Olives": 0, "Bread": 0, "Wine": 1}
    assert update["object"]["votersCount"] == 1


async def test_end_is_told_once_to_all(scene: Scene) -> None:
    """s2s 2.9: one Update with `closed` and the result; the author and our voters are notified; late votes change nothing."""
    await followed(scene)
    poll, other = await asks(scene.node, scene.member, expires_in=HOUR), await an_actor(scene.node, "other")
    await sent(scene)
    await passes(scene, HOUR - 60)
    await vote(scene.node, other, poll.id, [1])

    await passes(scene, 60)
    ends = await sent(scene)
    late = await scene.arrives(chooses(scene.alice, poll.uri, "Wine"))
    await passes(scene, DAY)

    [end] = ends
    assert (end["type"], end["object"]["closed"]) == ("Update", "2026-11-24T09:00:00.000Z")
    assert told(end["object"]) == {"Olives": 0, "Bread": 1, "Wine": 0}
    assert "updated" not in end["object"]
    assert (late, await sent(scene)) == (["refused_closed"], [])
    assert (await told_of_polls(scene.node, scene.member), await told_of_polls(scene.node, other)) == (1, 1)


async def test_clock_that_was_set_back_puts_the_end_off(scene: Scene) -> None:
    """Design 7: a job that comes too early waits; the poll does not end before its time."""
    poll = await asks(scene.node, scene.member, expires_in=HOUR)
    scene.clock.pass_(HOUR)
    now = scene.clock.now()
    claimed = await scene.node.db.claim(jobs.claim, now, now + 60_000, 8)
    scene.clock.pass_(-60)

    for job in claimed:
        await run_job(scene.node, job)
    open_again = (await poll_of(scene.node, poll.uri)).closed_at
    await passes(scene, 61)

    assert open_again is None
    assert (await poll_of(scene.node, poll.uri)).closed_at is not None


async def test_edit_of_the_text_keeps_the_poll_and_its_votes(scene: Scene) -> None:
    """Issue 4, 3: other words before the same question; the counts travel with the edit."""
    await followed(scene)
    poll = await asks(scene.node, scene.member)
    await scene.arrives(chooses(scene.alice, poll.uri, "Wine"))
    await sent(scene)

    edited = await edit_post(scene.node, scene.member, poll, Draft("What shall we bring?"))
    [update] = await sent(scene)
    await passes(scene, limits.POLL_TELL_SECONDS)

    assert (edited.type, update["object"]["type"]) == ("Question", "Question")
    assert told(update["object"])["Wine"] == 1
    assert "updated" in update["object"]
    assert await sent(scene) == []


async def test_other_options_or_mode_are_another_poll(scene: Scene) -> None:
    """s2s 2.9: Mastodon's rule: no vote counts any more, who voted may vote again; what was asked is in the history."""
    await followed(scene)
    poll = await asks(scene.node, scene.member)
    await scene.arrives(chooses(scene.alice, poll.uri, "Wine"))
    await sent(scene)

    await edit_post(scene.node, scene.member, poll, Draft("So?", poll=PollDraft(("Olives", "Cheese"))))
    await edit_post(scene.node, scene.member, poll, Draft("So?", poll=PollDraft(("Olives", "Cheese"), multiple=True)))
    again = await scene.arrives(chooses(scene.alice, poll.uri, "Cheese"))
    await passes(scene, limits.POLL_TELL_SECONDS)

    first, second, results = await sent(scene)
    assert told(first["object"]) == {"Olives": 0, "Cheese": 0}
    assert "anyOf" in second["object"]
    assert again == ["accepted"]
    assert told(results["object"]) == {"Olives": 0, "Cheese": 1}
    assert await scene.node.db.read(asked_before, poll.id) == [OPTIONS, ("Olives", "Cheese")]


def asked_before(tx: Any, number: int) -> list[tuple[str, ...]]:
    """What the poll asked in every text of the post, the oldest first."""
    found = store.by_id(tx, number)
    assert found is not None
    return [revision.options for revision in history.revisions(tx, found)]


async def test_same_options_with_another_end_keep_the_votes(scene: Scene) -> None:
    """Mastodon's rule: the end may be put off, but what is over stays so."""
    poll = await asks(scene.node, scene.member, expires_in=HOUR)
    await scene.arrives(chooses(scene.alice, poll.uri, "Wine"))
    await edit_post(scene.node, scene.member, poll, Draft("So?", poll=PollDraft(OPTIONS, expires_in=2 * HOUR)))

    await passes(scene, HOUR)
    still_open = (await poll_of(scene.node, poll.uri)).closed_at
    await passes(scene, HOUR)
    over = await poll_of(scene.node, poll.uri)
    await edit_post(scene.node, scene.member, poll, Draft("So!", poll=PollDraft(OPTIONS, expires_in=DAY)))

    assert still_open is None
    assert over.closed_at is not None
    assert await poll_of(scene.node, poll.uri) == over
    assert (await counts(scene.node, poll.uri))[0]["Wine"] == 1


async def test_poll_may_be_added_by_an_edit(scene: Scene) -> None:
    """Mastodon lets an author add a poll: the Note becomes a Question."""
    await followed(scene)
    note = await create_post(scene.node, scene.member, Draft("What now?"))
    await sent(scene)

    edited = await edit_post(scene.node, scene.member, note, Draft("What now?", poll=PollDraft(OPTIONS)))

    [update] = await sent(scene)
    assert (edited.type, update["object"]["type"], list(told(update["object"]))) == (
        "Question",
        "Question",
        list(OPTIONS),
    )
    assert await scene.arrives(chooses(scene.alice, note.uri, "Wine")) == ["accepted"]


async def test_deleted_poll_is_gone_with_its_votes(scene: Scene) -> None:
    """ActivityPub 6.4: who voted hears of it, unnamed; nothing of it ends, is told or is counted any more."""
    poll = await asks(scene.node, scene.member, expires_in=HOUR)
    await scene.arrives(chooses(scene.alice, poll.uri, "Wine"))
    await sent(scene)

    await delete_post(scene.node, scene.member, poll)
    [end] = await sent(scene)
    await passes(scene, DAY)

    assert (end["type"], end["object"]["formerType"]) == ("Delete", "Question")
    assert scene.alice.uri not in str(end)
    assert (await votes_stored(scene.node), await sent(scene)) == (0, [])
    assert await told_of_polls(scene.node, scene.member) == 0


# --- our votes --------------------------------------------------------------------------------------------------


async def seen(scene: Scene, **more: Any) -> PostRow:
    """A poll of alice that the member sees."""
    await following(scene, scene.alice)
    asked = question(scene.alice, **more)
    await scene.arrives(scene.alice.create(asked))
    await sent(scene)
    found = await scene.node.db.read(store.by_uri, asked["id"])
    assert found is not None
    return found


async def test_vote_that_is_not_possible_is_refused_and_not_sent(scene: Scene) -> None:
    """client_api 3: 422 for what cannot be chosen, one's own poll, a second time, after the end; 404 for what is not for the actor."""
    poll, own = await seen(scene), await asks(scene.node, scene.member)
    secret = await asks(scene.node, await an_actor(scene.node, "other"), visibility=Visibility.DIRECT)
    for number, choices in ((poll.id, [3]), (poll.id, [-1]), (poll.id, []), (poll.id, [0, 1]), (own.id, [0])):
        with pytest.raises(InvalidInput):
            await vote(scene.node, scene.member, number, choices)
    for number in (secret.id, 4711):
        with pytest.raises(NotFound):
            await vote(scene.node, scene.member, number, [0])
    scene.clock.pass_(2 * DAY)
    with pytest.raises(InvalidInput):
        await vote(scene.node, scene.member, poll.id, [0])
    assert (await sent(scene), await votes_stored(scene.node)) == ([], 0)


async def test_vote_goes_to_the_author_alone(scene: Scene) -> None:
    """s2s 2.9: a Create with a Note that has a name and no content, not public, to the author's own inbox."""
    poll = await seen(scene)
    await scene.arrives(scene.peer.actor("bob").follow(scene.member.uri))
    await sent(scene)

    await vote(scene.node, scene.member, poll.id, [2])
    await send_due(scene.node)

    [received] = scene.peer.received
    create = received.document
    note = create["object"]
    assert received.path == "/users/alice/inbox"
    assert (create["type"], create["to"], create["cc"]) == ("Create", [scene.alice.uri], [])
    assert (note["type"], note["name"], note["inReplyTo"]) == ("Note", "Wine", poll.uri)
    assert (note["attributedTo"], note["to"], note["cc"]) == (scene.member.uri, [scene.alice.uri], [])
    assert "content" not in note
    assert PUBLIC not in str(create)


async def test_several_choices_leave_in_a_create_each(scene: Scene) -> None:
    """s2s 2.9: Mastodon reads one Note of a Create; a second vote is not possible afterwards."""
    poll = await seen(scene, mode="anyOf", votersCount=0)

    await vote(scene.node, scene.member, poll.id, [2, 0])
    with pytest.raises(InvalidInput):
        await vote(scene.node, scene.member, poll.id, [1])

    creates = await sent(scene)
    assert [create["object"]["name"] for create in creates] == ["Wine", "Olives"]
    assert len({create["id"] for create in creates} | {create["object"]["id"] for create in creates}) == 4
    assert await counts(scene.node, poll.uri) == ({"Olives": 1, "Bread": 0, "Wine": 1}, 1)


async def test_vote_is_served_to_nobody_but_the_authors_host(scene: Scene) -> None:
    """Issue 4, 3: what somebody voted is no post of theirs: not in the outbox, not by its id, not for strangers."""
    poll = await seen(scene)
    await vote(scene.node, scene.member, poll.id, [2])
    [create] = await sent(scene)

    async with a_peer() as other:
        stranger = other.actor("mallory")
        for reader, status in ((None, 404), (stranger, 404), (scene.alice, 200)):
            peer = other if reader is stranger else scene.peer
            assert (await peer.get(scene.node, create["id"], reader)).status == status
        outbox = (await other.get(scene.node, f"{scene.member.uri}/outbox?page=true")).body
    assert b"Wine" not in outbox
    assert create["object"]["id"].partition("#")[0] == create["id"]
    assert (await scene.node.db.read(by_uri, scene.member.uri)).posts_count == 0  # type: ignore[union-attr]
