"""Polls over the client API: asked with a status, looked at, voted in; what is shown to whom."""

from typing import Any
from urllib.parse import urlencode

import orjson
import pytest

from coopfed import limits
from coopfed.features.posts import store, visible
from coopfed.features.posts.store import PostRow
from coopfed.vocab.audience import Visibility
from tests.coopfed.api.test_api import Client, a_client
from tests.inbox.test_posts import following
from tests.support.jobs import run_jobs
from tests.support.nodes import an_actor
from tests.support.peers import Answer
from tests.support.polls import DAY, OPTIONS, asks, chooses, poll_of, question
from tests.support.scene import Scene

FORM = "application/x-www-form-urlencoded"


async def with_form(client: Client, method: str, path: str, fields: list[tuple[str, str]]) -> Answer:
    """A request with a form, as many apps send it."""
    headers = {"Authorization": f"Bearer {client.token}", "Content-Type": FORM}
    url = f"{client.scene.node.urls.base}/api/v1{path}"
    return await client.scene.peer.send(method, url, headers, urlencode(fields).encode())


async def a_voter(scene: Scene, handle: str = "other") -> Client:
    """The app of another member."""
    return await a_client(scene, await an_actor(scene.node, handle))


async def seen(scene: Scene, votes: dict[str, int | None] | None = None, **more: Any) -> PostRow:
    """A poll of alice that is stored here."""
    await following(scene, scene.alice)
    asked = question(scene.alice, votes, **more)
    await scene.arrives(scene.alice.create(asked))
    found = await scene.node.db.read(store.by_uri, asked["id"])
    assert found is not None
    return found


async def test_poll_is_for_those_who_may_see_its_post(scene: Scene) -> None:
    """security 1.6: 404 for others, and for what has no poll; 401 without a token, 403 for a reader who votes."""
    secret = await asks(scene.node, scene.member, visibility=Visibility.DIRECT)
    poll = await asks(scene.node, scene.member)
    stranger, reader = await a_voter(scene), await a_client(scene, await an_actor(scene.node, "third"), role="reader")

    for path in (f"/polls/{secret.id}", "/polls/4711"):
        assert (await stranger.get(path)).status == 404
        assert (await stranger.post(f"{path}/votes", choices=[0])).status == 404
    assert (await reader.post(f"/polls/{poll.id}/votes", choices=[0])).json["reason"] == "insufficient_role"
    assert (await reader.get(f"/polls/{poll.id}", token="nonsense")).status == 401


@pytest.mark.parametrize("choices", [[], [3], [-1], ["x"], [0, 1], None])
async def test_choices_that_are_not_possible_are_422(scene: Scene, choices: Any) -> None:
    """client_api 3: a sentence says what is wrong; nothing is counted."""
    poll, voter = await asks(scene.node, scene.member), await a_voter(scene)

    answer = await voter.post(f"/polls/{poll.id}/votes", choices=choices)

    assert (answer.status, answer.json["reason"]) == (422, "invalid")
    assert (await voter.get(f"/polls/{poll.id}")).json["votes_count"] == 0


async def test_vote_is_shown_to_the_voter_alone(scene: Scene) -> None:
    """client_api, Poll: `voted` and `own_votes`; a second time is 422; the author counts as having voted, but may not."""
    poll, voter, other, author = (
        await asks(scene.node, scene.member, multiple=True),
        await a_voter(scene),
        await a_voter(scene, "third"),
        await a_client(scene),
    )

    voted = (await voter.post(f"/polls/{poll.id}/votes", choices=[0, 2])).json
    again = await voter.post(f"/polls/{poll.id}/votes", choices=[1])
    own = await author.post(f"/polls/{poll.id}/votes", choices=[1])

    assert voted == {
        "id": str(poll.id),
        "expires_at": "2026-11-25T08:00:00.000Z",
        "expired": False,
        "multiple": True,
        "votes_count": 2,
        "voters_count": 1,
        "voted": True,
        "own_votes": [0, 2],
        "options": [{"title": title, "votes_count": number} for title, number in zip(OPTIONS, (1, 0, 1), strict=True)],
        "emojis": [],
    }
    assert (again.status, own.status) == (422, 422)
    for client, marks in ((other, (False, [])), (author, (True, []))):
        shown = (await client.get(f"/statuses/{poll.id}")).json["poll"]
        assert (shown["voted"], shown["own_votes"]) == marks
        assert shown["votes_count"] == 2


async def test_choices_come_in_a_form_too(scene: Scene) -> None:
    """client_api: `choices[]` as often as there are choices."""
    poll, voter = await asks(scene.node, scene.member, multiple=True), await a_voter(scene)

    answer = await with_form(voter, "POST", f"/polls/{poll.id}/votes", [("choices[]", "0"), ("choices[]", "1")])

    assert answer.json["own_votes"] == [0, 1]


@pytest.mark.parametrize("as_form", [False, True], ids=["json", "form"])
async def test_status_is_posted_with_a_poll(scene: Scene, as_form: bool) -> None:
    """client_api, *Forms to accept*: `poll[options][]`, `poll[expires_in]`, `poll[multiple]`, `poll[hide_totals]`."""
    client = await a_client(scene)
    if as_form:
        fields = [
            ("status", "When?"),
            ("poll[options][]", "Monday"),
            ("poll[options][]", "Friday"),
            ("poll[expires_in]", "3600"),
            ("poll[multiple]", "true"),
            ("poll[hide_totals]", "true"),
        ]
        status = (await with_form(client, "POST", "/statuses", fields)).json
    else:
        poll = {"options": ["Monday", "Friday"], "expires_in": 3600, "multiple": True, "hide_totals": True}
        status = (await client.post("/statuses", status="When?", poll=poll)).json

    shown = status["poll"]
    assert [option["title"] for option in shown["options"]] == ["Monday", "Friday"]
    assert [option["votes_count"] for option in shown["options"]] == [None, None]
    assert (shown["multiple"], shown["expires_at"]) == (True, "2026-11-24T09:00:00.000Z")


@pytest.mark.parametrize(
    "poll",
    [
        {"options": ["one"], "expires_in": 3600},
        {"options": "one", "expires_in": 3600},
        {"options": ["one", "two"]},
        {"options": ["one", "two"], "expires_in": "soon"},
        "yes?",
    ],
)
async def test_poll_that_cannot_be_asked_is_422(scene: Scene, poll: Any) -> None:
    """client_api 3: nothing is posted."""
    answer = await (await a_client(scene)).post("/statuses", status="When?", poll=poll)

    assert (answer.status, answer.json["reason"]) == (422, "invalid")
    assert await scene.node.db.read(visible.by_actor, scene.member.id, scene.member.id, 5, None) == []


async def test_hidden_counts_are_shown_at_the_end(scene: Scene) -> None:
    """Issue 4, 3: neither the voter nor the author sees them before."""
    poll, voter, author = (
        await asks(scene.node, scene.member, hide_totals=True),
        await a_voter(scene),
        await a_client(scene),
    )

    voted = (await voter.post(f"/polls/{poll.id}/votes", choices=[1])).json
    own = (await author.get(f"/polls/{poll.id}")).json
    scene.clock.pass_(DAY)
    await run_jobs(scene.node)
    over = (await voter.get(f"/polls/{poll.id}")).json

    for shown in (voted, own):
        assert [option["votes_count"] for option in shown["options"]] == [None] * 3
    assert ([option["votes_count"] for option in over["options"]], over["expired"]) == ([0, 1, 0], True)


async def test_poll_of_a_peer_is_shown_and_voted_in(scene: Scene) -> None:
    """client_api, Poll: the peer's counts, and the vote at once; who voted is told of the end by a `poll` notification."""
    poll, client = await seen(scene, {"a": 2, "b": 1}, votersCount=3), await a_client(scene)

    before = (await client.get(f"/statuses/{poll.id}")).json["poll"]
    after = (await client.post(f"/polls/{poll.id}/votes", choices=[1])).json
    scene.clock.pass_(DAY)
    await run_jobs(scene.node)
    told = (await client.get("/notifications")).json[0]

    assert ([option["votes_count"] for option in before["options"]], before["voters_count"]) == ([2, 1], 3)
    assert ([option["votes_count"] for option in after["options"]], after["voters_count"]) == ([2, 2], 4)
    assert (told["type"], told["status"]["id"], told["status"]["poll"]["expired"]) == ("poll", str(poll.id), True)
    assert told["account"]["uri"] == scene.alice.uri


async def test_endless_poll_and_one_that_hides_its_counts(scene: Scene) -> None:
    """client_api, Poll: `expires_at` null only when endless; GoToSocial leaves counts out while they are hidden."""
    poll, client = await seen(scene, {"a": None, "b": None}, endTime=None), await a_client(scene)

    shown = (await client.get(f"/polls/{poll.id}")).json

    assert (shown["expires_at"], shown["expired"], shown["voters_count"]) == (None, False, None)
    assert [option["votes_count"] for option in shown["options"]] == [None, None]


async def test_look_at_a_status_asks_for_new_counts(scene: Scene) -> None:
    """s2s 2.19: poll on view, by a job."""
    poll, client = await seen(scene), await a_client(scene)
    scene.peer.publish(question(scene.alice, {"Olives": 7, "Bread": 0, "Wine": 0}, id=poll.uri))
    scene.clock.pass_(limits.POLL_FRESH_SECONDS)

    await client.get(f"/statuses/{poll.id}")
    await run_jobs(scene.node)

    assert (await client.get(f"/polls/{poll.id}")).json["votes_count"] == 7


async def test_edit_with_a_poll_and_the_history_of_what_was_asked(scene: Scene) -> None:
    """client_api: PUT without a poll keeps it; StatusEdit shows the options of each time."""
    client = await a_client(scene)
    poll = await asks(scene.node, scene.member)
    await scene.arrives(chooses(scene.alice, poll.uri, "Wine"))

    async def put(**fields: Any) -> Any:
        return (await client._ask("PUT", f"/statuses/{poll.id}", None, orjson.dumps(fields))).json["poll"]

    kept = await put(status="And?")
    other = await put(status="And?", poll={"options": ["Yes", "No"], "expires_in": 3600})
    edits = (await client.get(f"/statuses/{poll.id}/history")).json

    assert (kept["votes_count"], other["votes_count"]) == (1, 0)
    assert [[option["title"] for option in edit["poll"]["options"]] for edit in edits] == [
        list(OPTIONS),
        list(OPTIONS),
        ["Yes", "No"],
    ]
    assert (await poll_of(scene.node, poll.uri)).titles == ("Yes", "No")


async def test_titles_do_not_turn_what_follows(scene: Scene) -> None:
    """ecosystem 7: characters that change the direction of the text are not shown; what looks like HTML is text."""
    poll = await seen(scene, {"\u202egp.exe": 0, "<b>3 < 4</b>": 0})

    shown = (await (await a_client(scene)).get(f"/polls/{poll.id}")).json

    assert [option["title"] for option in shown["options"]] == ["gp.exe", "<b>3 < 4</b>"]
