"""Posts of authors that wait for an editor: shut first, then written, read, changed, approved, refused."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from coopfed.features.accounts.store import give_role, take_role
from coopfed.features.posts.defaults import set_needs_approval
from coopfed.oauth.tokens import bearer, issue_token
from tests.coopfed.api.test_api import Client, a_client
from tests.coopfed.api.test_media import a_picture, upload
from tests.coopfed.api.test_posting import post
from tests.support.jobs import run_jobs
from tests.support.nodes import an_actor
from tests.support.peers import Answer
from tests.support.scene import Scene


@pytest.fixture(autouse=True)
async def wants_approval(scene: Scene, tmp_path: Path) -> None:
    """The member's authors need an editor; the node has a data folder of its own."""
    object.__setattr__(scene.node.config, "data_dir", tmp_path)
    await scene.node.db.write(set_needs_approval, scene.member.id, True)


def pending(scene: Scene, rest: str = "") -> str:
    """The address of what waits."""
    return f"{scene.node.urls.base}/api/coopfed/v1/pending_statuses{rest}"


async def approved(editor: Client, scene: Scene, id: str, version: str = "") -> Answer:
    """An editor agrees to what waits under this number, as it is now or (its version) as it was read before."""
    version = version or (await editor.get(pending(scene, f"/{id}"))).json["coopfed"]["version"]
    return await editor.post(pending(scene, f"/{id}/approve"), version=version)


async def public(client: Client, scene: Scene) -> list[str]:
    """What everybody sees of the member, the newest first."""
    url = f"{scene.node.urls.base}/api/v1/accounts/{scene.member.id}/statuses"
    shown = (await scene.peer.send("GET", url, {}, b"")).json
    return [one["content"].removeprefix("<p>").removesuffix("</p>") for one in shown]


# --- shut -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("act", ["favourite", "reblog", "pin"])
async def test_author_does_nothing_that_others_see_without_an_editor(scene: Scene, act: str) -> None:
    """Api 1, *Roles*: an author drafts; publishing waits for an editor."""
    editor, author = await a_client(scene), await a_client(scene, role="author")
    post = (await editor.post("/statuses", status="Out")).json

    answer = await author.post(f"/statuses/{post['id']}/{act}")

    assert (answer.status, answer.json["reason"]) == (403, "needs_approval")
    assert (await author.put(f"/statuses/{post['id']}", status="Changed")).status == 403
    assert (await author.delete(f"/statuses/{post['id']}")).status == 403
    shown = (await editor.get(f"/statuses/{post['id']}")).json
    assert (shown["content"], shown["favourites_count"], shown["reblogs_count"]) == ("<p>Out</p>", 0, 0)


async def test_author_keeps_what_only_the_actor_sees(scene: Scene) -> None:
    """What goes to nobody needs nobody's consent."""
    editor, author = await a_client(scene), await a_client(scene, role="author")
    post = (await editor.post("/statuses", status="Out")).json

    assert (await author.post(f"/statuses/{post['id']}/bookmark")).json["bookmarked"]
    assert (await author.post("/lists", title="Boats")).status == 200


@pytest.mark.parametrize("verb", ["approve", "refuse"])
async def test_nobody_but_an_editor_decides(scene: Scene, verb: str) -> None:
    """Api 1, *Roles*: not its author, not a reader, not an editor of somebody else, nobody without a token."""
    author, reader = await a_client(scene, role="author"), await a_client(scene, role="reader")
    stranger = await a_client(scene, actor=await an_actor(scene.node, "stranger"))
    number = (await author.post("/statuses", status="May I?")).json["id"]

    answers = [await one.post(pending(scene, f"/{number}/{verb}")) for one in (author, reader, stranger)]

    assert [answer.status for answer in answers] == [403, 403, 404]
    assert (await scene.peer.send("POST", pending(scene, f"/{number}/{verb}"), {}, b"")).status == 401
    assert len((await author.get(pending(scene))).json) == 1
    assert await public(author, scene) == []


async def test_what_waits_is_seen_by_the_actors_people_alone(scene: Scene) -> None:
    """Design 9, *Shared actors*: visible to the actor's people only; nothing of it leaves."""
    author, reader = await a_client(scene, role="author"), await a_client(scene, role="reader")
    stranger = await a_client(scene, actor=await an_actor(scene.node, "stranger"))
    shown = (await author.post("/statuses", status="Not yet @stranger #nets")).json
    path = f"/statuses/{shown['id']}"

    assert (await reader.get(path)).json["coopfed"]["pending"] is True
    assert (await stranger.get(path)).status == 404
    assert (await scene.peer.send("GET", f"{scene.node.urls.base}/api/v1{path}", {}, b"")).status == 404
    assert (await scene.peer.send("GET", f"{scene.node.urls.base}/ap/objects/{shown['id']}", {}, b"")).status == 404
    assert (await stranger.get("/notifications")).json == []
    assert (await stranger.get("/timelines/tag/nets")).json == []
    assert (await author.get("/timelines/home")).json == []
    assert (await stranger.get(pending(scene))).json == []


async def test_author_does_not_change_what_another_wrote(scene: Scene) -> None:
    """Each act records who did it: the text under which an account stands is that account's."""
    author = await a_client(scene, role="author")
    await give_role(scene.node, "second@mail.example", scene.member, "author")
    second = Client(scene, await issue_token(scene.node, "second@mail.example", scene.member, "read write"))
    number = (await author.post("/statuses", status="Mine")).json["id"]

    assert (await second.put(f"/statuses/{number}", status="Yours")).status == 403
    assert (await second.delete(f"/statuses/{number}")).status == 403
    assert (await author.get(f"/statuses/{number}/source")).json["text"] == "Mine"


# --- open -------------------------------------------------------------------------------------------------------


async def test_author_sees_the_post_as_it_will_be(scene: Scene) -> None:
    """Design 9: answered as a Status; an app shows it at once, its thread is empty, and a second request finds the same."""
    author = await a_client(scene, role="author")

    shown = (
        await author.post(
            "/statuses", status="Which net? #fish", spoiler_text="Boats", visibility="unlisted", language="it"
        )
    ).json

    assert (shown["spoiler_text"], shown["visibility"], shown["language"]) == ("Boats", "unlisted", "it")
    assert "Which net?" in shown["content"]
    assert (shown["account"]["id"], shown["tags"][0]["name"]) == (str(scene.member.id), "fish")
    more = {"version": shown["coopfed"]["version"], "translations": {}}
    assert shown["coopfed"] == {"pending": True, "scheduled_at": None, "written_by": None, **more}
    assert (await author.get(f"/statuses/{shown['id']}")).json == shown
    assert (await author.get(f"/statuses/{shown['id']}/context")).json == {"ancestors": [], "descendants": []}


async def test_approved_post_is_published(scene: Scene) -> None:
    """One call: it is a new post, of this moment, written by its author, and waits no more."""
    author, editor = await a_client(scene, role="author"), await a_client(scene)
    picture = await upload(author, a_picture())
    waits = (await author.post("/statuses", status="The catch", media_ids=[picture.json["id"]])).json
    assert (await editor.get(pending(scene))).json[0]["coopfed"]["written_by"] == "member-author@mail.example"
    scene.clock.pass_(3600)

    post = (await approved(editor, scene, waits["id"])).json

    assert post["id"] != waits["id"]
    assert post["created_at"] > waits["created_at"]
    assert [file["id"] for file in post["media_attachments"]] == [picture.json["id"]]
    assert await public(author, scene) == ["The catch"]
    assert (await editor.get(pending(scene))).json == []
    assert (await author.get(f"/statuses/{waits['id']}")).status == 404
    assert (await approved(editor, scene, waits["id"], "read before")).status == 404


async def test_text_that_was_changed_after_it_was_read_is_not_published(scene: Scene) -> None:
    """security 1.6: an author shows an editor one text and publishes another; also in another language, or by what a picture shows."""
    author, editor = await a_client(scene, role="author"), await a_client(scene)
    picture = (await upload(author, a_picture())).json["id"]
    texts = {"language": "en", "translations": {"it": "<b>Ciao</b>"}, "media_ids": [picture]}
    waits = (await author.post("/statuses", status="Harmless", **texts)).json
    read = (await editor.get(pending(scene, f"/{waits['id']}"))).json["coopfed"]
    assert read["translations"] == {"it": "<p>&lt;b&gt;Ciao&lt;/b&gt;</p>"}
    assert (await editor.post(pending(scene, f"/{waits['id']}/approve"))).status == 422

    await author.put(f"/statuses/{waits['id']}", status="Not so", **texts)

    assert (await approved(editor, scene, waits["id"], read["version"])).status == 409
    read = (await editor.get(pending(scene, f"/{waits['id']}"))).json["coopfed"]
    await author.put(f"/statuses/{waits['id']}", status="Not so", **texts | {"translations": {"it": "Peggio"}})
    assert (await approved(editor, scene, waits["id"], read["version"])).status == 409
    read = (await editor.get(pending(scene, f"/{waits['id']}"))).json["coopfed"]
    await author.put(f"/media/{picture}", description="Worse")
    assert (await approved(editor, scene, waits["id"], read["version"])).status == 409
    assert await public(author, scene) == []


async def test_refused_post_is_gone_and_its_author_is_told(scene: Scene) -> None:
    """Nothing is lost: the mail has the reason and the text."""
    author, editor = await a_client(scene, role="author"), await a_client(scene)
    number = (await author.post("/statuses", status="Too early")).json["id"]

    answer = await editor.post(pending(scene, f"/{number}/refuse"), reason="After the meeting")

    assert (answer.status, answer.json) == (200, {})
    assert (await editor.get(pending(scene))).json == []
    assert await public(author, scene) == []
    [mail] = [text for text in await mails(scene) if "member-author@" in text]
    assert "After the meeting" in mail
    assert "Too early" in mail


async def test_editors_are_told_once_while_something_waits(scene: Scene) -> None:
    """Ten posts are not ten mails."""
    author, _editor = await a_client(scene, role="author"), await a_client(scene)
    for text in ("One", "Two", "Three"):
        await author.post("/statuses", status=text)

    told = [text for text in await mails(scene) if "member-editor@" in text]

    assert len(told) == 1
    assert f"/account/approvals/{scene.member.handle}" in told[0]


async def mails(scene: Scene) -> list[str]:
    """The mails that were written."""
    await run_jobs(scene.node)
    folder = scene.node.config.data_dir / "mail"
    return [path.read_text() for path in sorted(folder.glob("*.eml"))]


async def test_author_changes_and_takes_back_what_waits(scene: Scene) -> None:
    """As with any post: edited in place, deleted to be written anew with its text."""
    author, editor = await a_client(scene, role="author"), await a_client(scene)
    waits = (await author.post("/statuses", status="Draft", visibility="unlisted")).json

    changed = (await author.put(f"/statuses/{waits['id']}", status="Better")).json

    assert (changed["id"], changed["content"], changed["visibility"]) == (waits["id"], "<p>Better</p>", "unlisted")
    assert (await editor.get(pending(scene, f"/{waits['id']}"))).json["content"] == "<p>Better</p>"
    gone = await author.delete(f"/statuses/{waits['id']}")
    assert (gone.status, gone.json["text"]) == (200, "Better")
    assert (await editor.get(pending(scene))).json == []


async def test_post_for_later_waits_for_both(scene: Scene) -> None:
    """Scheduled and approved before its time, it is posted then; not approved, it goes on waiting."""
    author, editor = await a_client(scene, role="author"), await a_client(scene)
    when = (scene.node.utc() + timedelta(seconds=600)).isoformat().replace("+00:00", "Z")
    first = (await author.post("/statuses", status="Approved", scheduled_at=when)).json
    await author.post("/statuses", status="Forgotten", scheduled_at=when)
    assert first["coopfed"] == {"pending": True}
    later = (await approved(editor, scene, first["id"])).json
    assert "coopfed" not in later
    assert await public(author, scene) == []

    scene.clock.pass_(601)
    await run_jobs(scene.node)

    assert await public(author, scene) == ["Approved"]
    assert [one["content"] for one in (await editor.get(pending(scene))).json] == ["<p>Forgotten</p>"]


async def test_scheduled_post_waits_when_its_author_may_no_more(scene: Scene) -> None:
    """What may be said is asked again: an editor who became an author needs an editor."""
    client = await a_client(scene)
    when = (scene.node.utc() + timedelta(seconds=600)).isoformat().replace("+00:00", "Z")
    await client.post("/statuses", status="Later", scheduled_at=when)
    account = (await bearer(scene.node, f"Bearer {client.token}", "read")).account_id
    await give_role(scene.node, "member-editor@mail.example", scene.member, "author")
    await scene.node.db.write(take_role, account, scene.member.id, "editor")

    scene.clock.pass_(601)
    await run_jobs(scene.node)

    assert await public(client, scene) == []
    assert [one["content"] for one in (await client.get(pending(scene))).json] == ["<p>Later</p>"]


async def test_same_key_waits_once(scene: Scene) -> None:
    """client_api 4, *Idempotency-Key*: also for what waits."""
    author = await a_client(scene, role="author")

    first, second = await post(author, "k", status="Once"), await post(author, "k", status="Once")

    assert first.json == second.json
    assert len((await author.get(pending(scene))).json) == 1


async def test_without_approval_an_author_publishes(scene: Scene) -> None:
    """The actor's admin says so."""
    await scene.node.db.write(set_needs_approval, scene.member.id, False)
    author = await a_client(scene, role="author")

    shown = (await author.post("/statuses", status="At once")).json

    assert "coopfed" not in shown
    assert await public(author, scene) == ["At once"]


async def test_post_that_cannot_be_published_goes_on_waiting(scene: Scene) -> None:
    """Bad input: the editor is told why, and nothing is lost."""
    author, editor = await a_client(scene, role="author"), await a_client(scene)
    parent = (await editor.post("/statuses", status="Gone soon")).json
    waits = (await author.post("/statuses", status="Answer", in_reply_to_id=parent["id"])).json
    assert waits["in_reply_to_id"] == parent["id"]
    await editor.delete(f"/statuses/{parent['id']}")

    answer = await approved(editor, scene, waits["id"])

    assert answer.status in (404, 422)
    assert len((await editor.get(pending(scene))).json) == 1


async def test_poll_that_waits_is_shown(scene: Scene) -> None:
    """Poll: its options, without votes; its time runs from when it is asked."""
    author, editor = await a_client(scene, role="author"), await a_client(scene)
    poll: dict[str, Any] = {"options": ["Net", "Line"], "expires_in": 3600, "multiple": True}
    waits = (await author.post("/statuses", status="Which?", poll=poll)).json
    assert [option["title"] for option in waits["poll"]["options"]] == ["Net", "Line"]
    scene.clock.pass_(7200)

    post = (await approved(editor, scene, waits["id"])).json

    assert (post["poll"]["expired"], post["poll"]["multiple"]) == (False, True)
