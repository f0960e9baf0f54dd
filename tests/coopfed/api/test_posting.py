"""Posting: a request that comes twice, statuses for later, posts that are deleted to be written anew, conversations."""

import asyncio
from datetime import timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest

from coopfed import limits
from coopfed.db.tx import Tx
from coopfed.features.accounts.store import people_of, take_role
from coopfed.features.media import actions as media
from coopfed.features.posts.actions import create_post
from coopfed.features.posts.rules import Draft
from coopfed.vocab.audience import Visibility
from tests.coopfed.api.test_api import Client, a_client
from tests.coopfed.api.test_media import a_picture, upload
from tests.inbox.test_posts import following
from tests.support.jobs import run_jobs
from tests.support.nodes import an_actor, process_arrivals
from tests.support.peers import Answer
from tests.support.scene import Scene


@pytest.fixture(autouse=True)
def own_folder(scene: Scene, tmp_path: Path) -> None:
    """Each node has its own data folder, also on PostgreSQL."""
    object.__setattr__(scene.node.config, "data_dir", tmp_path)


def later(scene: Scene, seconds: int = 600) -> str:
    """A moment ahead, as apps write it."""
    return (scene.node.utc() + timedelta(seconds=seconds)).isoformat().replace("+00:00", "Z")


async def post(client: Client, key: str, **fields: Any) -> Answer:
    """A status with an Idempotency-Key."""
    headers = {
        "Authorization": f"Bearer {client.token}",
        "Content-Type": "application/json",
        "Idempotency-Key": key,
    }
    url = f"{client.scene.node.urls.base}/api/v1/statuses"
    return await client.scene.peer.send("POST", url, headers, orjson.dumps(fields))


async def said(client: Client, scene: Scene) -> list[str]:
    """What the member posted, the newest first."""
    shown = (await client.get(f"/accounts/{scene.member.id}/statuses")).json
    return [one["content"].removeprefix("<p>").removesuffix("</p>") for one in shown]


# --- twice ------------------------------------------------------------------------------------------------------


async def test_same_key_posts_once(scene: Scene) -> None:
    """client_api 4: same account and key within an hour: the same status, also when both come at one moment."""
    client = await a_client(scene)

    answers = await asyncio.gather(*(post(client, "one", status="Once") for _ in range(4)))

    assert {answer.status for answer in answers} == {200}
    assert len({answer.json["id"] for answer in answers}) == 1
    assert await said(client, scene) == ["Once"]
    assert (await post(client, "two", status="Other")).json["id"] != answers[0].json["id"]
    await client.post("/statuses", status="Without")
    await client.post("/statuses", status="Without")
    assert await said(client, scene) == ["Without", "Without", "Other", "Once"]


async def test_key_counts_for_one_account_and_an_hour(scene: Scene) -> None:
    """Design 9: idempotency keys are per (account, actor)."""
    mine, theirs = await a_client(scene), await a_client(scene, role="author")
    first = (await post(mine, "key", status="First")).json["id"]

    assert (await post(theirs, "key", status="Second")).json["id"] != first
    scene.clock.pass_(limits.ONCE_SECONDS - 1)
    assert (await post(mine, "key", status="Third")).json["id"] == first
    scene.clock.pass_(2)
    assert (await post(mine, "key", status="Fourth")).json["id"] != first
    assert (await post(mine, "x" * (limits.IDEMPOTENCY_KEY + 1), status="Long")).status == 422


async def test_key_of_what_failed_or_is_gone_is_free(scene: Scene) -> None:
    """What was refused made nothing; what was deleted is not answered."""
    client = await a_client(scene)
    assert (await post(client, "key", status="")).status == 422
    first = (await post(client, "key", status="Now")).json["id"]
    await client.delete(f"/statuses/{first}")

    again = await post(client, "key", status="Again")

    assert (again.status, again.json["id"] != first) == (200, True)


# --- later ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("when", ["soon", "1", "2026-11-24T08:03:00Z", "0001-01-01T00:00:00Z", "9" * 400])
async def test_time_that_is_none_or_too_near_is_422(scene: Scene, when: str) -> None:
    """ScheduledStatus: at least five minutes ahead."""
    client = await a_client(scene)
    assert (await client.post("/statuses", status="Later", scheduled_at=when)).status == 422
    assert (await client.get("/scheduled_statuses")).json == []


async def test_scheduled_statuses_are_bounded(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """limits.SCHEDULED at n and n + 1; limits.SCHEDULE_AHEAD_SECONDS to the second."""
    monkeypatch.setattr(limits, "SCHEDULED", 2)
    client = await a_client(scene)
    ahead = limits.SCHEDULE_AHEAD_SECONDS
    for seconds, status in ((ahead - 1, 422), (ahead + 1, 200), (ahead + 1, 200), (ahead + 1, 422)):
        answer = await client.post("/statuses", status="Later", scheduled_at=later(scene, seconds))
        assert answer.status == status, seconds


async def test_scheduled_statuses_are_their_actors(scene: Scene) -> None:
    """security 1.6, ownership; and what could not be posted now is not kept for later."""
    mine, theirs = await a_client(scene), await a_client(scene, await an_actor(scene.node, "other_member"))
    number = (await mine.post("/statuses", status="Later", scheduled_at=later(scene))).json["id"]

    assert (await theirs.get(f"/scheduled_statuses/{number}")).status == 404
    assert (await theirs.put(f"/scheduled_statuses/{number}", scheduled_at=later(scene))).status == 404
    assert (await theirs.delete(f"/scheduled_statuses/{number}")).status == 404
    assert (await theirs.get("/scheduled_statuses")).json == []
    assert (await mine.post("/statuses", status="", scheduled_at=later(scene))).status == 422
    assert (await mine.put(f"/scheduled_statuses/{number}", scheduled_at=later(scene, 60))).status == 422
    assert (await mine.put(f"/scheduled_statuses/{number}")).status == 422


async def test_status_is_posted_when_its_time_has_come(scene: Scene) -> None:
    """POST /statuses with scheduled_at, GET, and the job: once, with all that was said."""
    client = await a_client(scene)
    first = await create_post(scene.node, scene.member, Draft("First"))
    fields = {
        "status": "Later",
        "scheduled_at": later(scene),
        "spoiler_text": "Warning",
        "visibility": "unlisted",
        "language": "tr",
        "in_reply_to_id": str(first.id),
        "poll": {"options": ["a", "b"], "expires_in": 3600, "multiple": True},
    }
    made = (await client.post("/statuses", **fields)).json
    assert (made["params"]["text"], made["params"]["visibility"]) == ("Later", "unlisted")
    assert made["params"]["in_reply_to_id"] == str(first.id)
    assert made["params"]["poll"] == {
        "options": ["a", "b"],
        "expires_in": 3600,
        "multiple": True,
        "hide_totals": False,
    }
    assert made["scheduled_at"].endswith(".000Z")
    assert (await client.get("/scheduled_statuses")).json == [made]
    assert (await client.get(f"/scheduled_statuses/{made['id']}")).json == made
    await run_jobs(scene.node, "post_scheduled")
    assert await said(client, scene) == ["First"]

    scene.clock.pass_(601)
    await run_jobs(scene.node, "post_scheduled")
    await run_jobs(scene.node, "post_scheduled")

    shown = (await client.get(f"/accounts/{scene.member.id}/statuses")).json[0]
    assert (shown["spoiler_text"], shown["visibility"], shown["language"]) == ("Warning", "unlisted", "tr")
    assert (shown["in_reply_to_id"], shown["poll"]["multiple"]) == (str(first.id), True)
    assert await said(client, scene) == ["Later", "First"]
    assert (await client.get("/scheduled_statuses")).json == []


async def test_scheduled_status_is_moved_and_taken_back(scene: Scene) -> None:
    """PUT and DELETE /scheduled_statuses/:id: earlier and later."""
    client = await a_client(scene)
    numbers = [
        (await client.post("/statuses", status=text, scheduled_at=later(scene, 3600))).json["id"]
        for text in ("Later", "Earlier", "Never")
    ]
    moved = await client.put(f"/scheduled_statuses/{numbers[0]}", scheduled_at=later(scene, 7200))
    await client.put(f"/scheduled_statuses/{numbers[1]}", scheduled_at=later(scene, 400))
    assert (moved.status, moved.json["id"]) == (200, numbers[0])
    assert (await client.delete(f"/scheduled_statuses/{numbers[2]}")).json == {}
    first = await client.get("/scheduled_statuses?limit=1")
    then = await client.get(first.headers["Link"].split("<")[1].split(">")[0])
    assert [one["id"] for one in (*first.json, *then.json)] == [numbers[1], numbers[0]]

    seen = []
    for seconds in (401, 3200, 3600):
        scene.clock.pass_(seconds)
        await run_jobs(scene.node, "post_scheduled")
        seen.append(await said(client, scene))

    assert seen == [["Earlier"], ["Earlier"], ["Later", "Earlier"]]


async def test_scheduled_request_that_came_twice_is_one(scene: Scene) -> None:
    """client_api 4: the scope of a key includes scheduled posts; it answers with the status when that is there."""
    client = await a_client(scene)
    fields = {"status": "Later", "scheduled_at": later(scene)}
    first, again = await post(client, "key", **fields), await post(client, "key", **fields)
    assert first.json == again.json
    assert len((await client.get("/scheduled_statuses")).json) == 1


async def test_whoever_may_speak_no_more_posts_nothing_later(scene: Scene) -> None:
    """security 1.6: what an account may do is asked when it is done; what is answered has to be there."""
    client, other = await a_client(scene), await a_client(scene, role="author")
    gone = (await client.post("/statuses", status="Parent")).json["id"]
    await client.post("/statuses", status="Answer", in_reply_to_id=gone, scheduled_at=later(scene))
    await other.post("/statuses", status="Mine no more", scheduled_at=later(scene))
    await client.delete(f"/statuses/{gone}")
    people = await scene.node.db.read(_people, scene.member.id)
    account = next(number for number, email in people if email.startswith("member-author"))
    await scene.node.db.write(take_role, account, scene.member.id, "author")

    scene.clock.pass_(601)
    await run_jobs(scene.node, "post_scheduled")

    assert await said(client, scene) == []
    assert (await client.get("/scheduled_statuses")).json == []


def _people(tx: Tx, actor_id: int) -> list[tuple[int, str]]:
    return [(number, email) for number, email, _role in people_of(tx, actor_id)]


async def test_files_wait_with_their_status(scene: Scene) -> None:
    """A scheduled status keeps its files from the sweep, and from another scheduled one."""
    client = await a_client(scene)
    file = (await upload(client, a_picture())).json["id"]
    when = later(scene, 3 * 24 * 3600)
    made = (await client.post("/statuses", status="Later", media_ids=[file], scheduled_at=when)).json
    assert [one["id"] for one in made["media_attachments"]] == [file]
    assert (await client.post("/statuses", status="Too", media_ids=[file], scheduled_at=when)).status == 422

    scene.clock.pass_(2 * 24 * 3600)
    await media.sweep(scene.node, "")
    scene.clock.pass_(24 * 3600 + 1)
    await run_jobs(scene.node, "post_scheduled")

    shown = (await client.get(f"/accounts/{scene.member.id}/statuses")).json
    assert [one["id"] for one in shown[0]["media_attachments"]] == [file]


# --- anew -------------------------------------------------------------------------------------------------------


async def test_deleted_post_is_written_anew_with_its_files(scene: Scene) -> None:
    """Status delete answer: text, files and poll; the files can stand in another post for an hour."""
    client = await a_client(scene)
    file = (await upload(client, a_picture())).json["id"]
    old = (await client.post("/statuses", status="Tpyo *x*", media_ids=[file])).json["id"]
    asked = (await client.post("/statuses", status="Which?", poll={"options": ["a", "b"], "expires_in": 600})).json[
        "id"
    ]

    gone = (await client.delete(f"/statuses/{old}")).json
    poll = (await client.delete(f"/statuses/{asked}")).json
    await run_jobs(scene.node, "sweep_media")

    assert (gone["text"], [one["id"] for one in gone["media_attachments"]]) == ("Tpyo *x*", [file])
    assert [one["title"] for one in poll["poll"]["options"]] == ["a", "b"]
    again = await client.post("/statuses", status="Typo", media_ids=[file])
    assert (again.status, again.json["media_attachments"][0]["id"]) == (200, file)


async def test_files_of_a_deleted_post_go(scene: Scene) -> None:
    """At once with delete_media, else within the hour."""
    client = await a_client(scene)
    for query, seconds in (("?delete_media=true", 0), ("", limits.REDRAFT_SECONDS + 2)):
        file = (await upload(client, a_picture())).json["id"]
        old = (await client.post("/statuses", status="Gone", media_ids=[file])).json
        await client.delete(f"/statuses/{old['id']}{query}")
        assert (await client.get(f"/media/{file}")).status == 200

        scene.clock.pass_(seconds)
        await run_jobs(scene.node, "sweep_media")

        assert (await client.get(f"/media/{file}")).status == 404


# --- conversations ----------------------------------------------------------------------------------------------


async def test_conversations_are_direct_posts_thread_by_thread(scene: Scene) -> None:
    """GET /conversations, POST read, unread, DELETE: of both sides, each for itself."""
    other = await an_actor(scene.node, "other_member")
    mine, theirs = await a_client(scene), await a_client(scene, other)
    stranger = await a_client(scene, await an_actor(scene.node, "stranger"))
    first = (await theirs.post("/statuses", status="@member hi", visibility="direct")).json["id"]
    scene.clock.pass_(1)
    await theirs.post("/statuses", status="@member public")
    last = (await theirs.post("/statuses", status="@member more", visibility="direct", in_reply_to_id=first)).json["id"]
    scene.clock.pass_(1)
    await mine.post("/statuses", status="To me alone", visibility="direct")
    await process_arrivals(scene.node)

    alone, talk = (await mine.get("/conversations")).json
    assert (alone["accounts"], alone["unread"]) == ([], False)
    assert (talk["id"], talk["last_status"]["id"], talk["unread"]) == (first, last, True)
    assert [one["username"] for one in talk["accounts"]] == ["other_member"]
    assert [(one["id"], one["unread"]) for one in (await theirs.get("/conversations")).json] == [(first, False)]
    assert (await stranger.get("/conversations")).json == []
    assert (await stranger.post(f"/conversations/{first}/read")).status == 404
    assert (await stranger.delete(f"/conversations/{first}")).status == 404

    assert (await mine.post(f"/conversations/{first}/read")).json["unread"] is False
    assert (await mine.post(f"/conversations/{first}/unread")).json["unread"] is True
    assert (await mine.delete(f"/conversations/{first}")).json == {}
    assert [one["id"] for one in (await mine.get("/conversations")).json] == [alone["id"]]
    assert len((await theirs.get("/conversations")).json) == 1
    await theirs.post("/statuses", status="@member again", visibility="direct", in_reply_to_id=first)
    await process_arrivals(scene.node)
    back = (await mine.get("/conversations?limit=1")).json[0]
    assert (back["id"], back["unread"]) == (first, True)


async def test_conversation_with_another_server_is_paged(scene: Scene) -> None:
    """By the last posts; of a remote actor; blocked, it is gone."""
    client = await a_client(scene)
    await following(scene, scene.alice)
    for text in ("One", "Two"):
        note = scene.alice.mentioning(scene.member.uri, to=[scene.member.uri], cc=[], content=f"<p>{text}</p>")
        await scene.arrives(scene.alice.create(note))
        scene.clock.pass_(1)
    await create_post(scene.node, scene.member, Draft("Followers", visibility=Visibility.FOLLOWERS))

    first = await client.get("/conversations?limit=1")
    then = await client.get(first.headers["Link"].split("<")[1].split(">")[0])

    assert len({one["id"] for one in (*first.json, *then.json)}) == 2
    assert first.json[0]["accounts"][0]["acct"] == f"alice@{scene.peer.host}"
    await client.post(f"/accounts/{first.json[0]['accounts'][0]['id']}/block")
    assert (await client.get("/conversations")).json == []
