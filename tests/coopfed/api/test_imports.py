"""Files that an actor brings, over the client API and with a peer that is asked: who may, what is refused, then what is done."""

import asyncio
from typing import Any

import pytest

from actors.lookup import actor, by_uri
from coopfed import limits
from coopfed.db import jobs
from coopfed.features.portability import store
from coopfed.features.portability.exports import follow
from coopfed.features.portability.imports import run_import
from coopfed.features.portability.store import RUN_IMPORT
from coopfed.features.profiles.actions import delete_actor
from coopfed.worker import prune
from tests.coopfed.api.test_api import Client, a_client
from tests.coopfed.api.test_exports import exported
from tests.coopfed.api.test_lists import a_list, known
from tests.support.jobs import run_jobs
from tests.support.nodes import an_actor
from tests.support.peers import CONTEXT, Answer, until
from tests.support.scene import Scene

LIST = "/api/coopfed/v1/imports"


async def bring(client: Client, kind: str, text: str | bytes, mode: str = "") -> Answer:
    """Sends a file as GoToSocial's own settings page does."""
    fields = {"type": kind} | ({"mode": mode} if mode else {})
    parts = [f'--b\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{fields[name]}\r\n' for name in fields]
    head = '--b\r\nContent-Disposition: form-data; name="data"; filename="x.csv"\r\nContent-Type: text/csv\r\n\r\n'
    data = text.encode() if isinstance(text, str) else text
    whole = b"".join([*(part.encode() for part in parts), head.encode(), data, b"\r\n--b--\r\n"])
    headers = {"Authorization": f"Bearer {client.token}", "Content-Type": "multipart/form-data; boundary=b"}
    return await client.scene.peer.send("POST", f"{client.scene.node.urls.base}/api/v1/import", headers, whole)


async def progress(client: Client, number: str = "") -> dict[str, Any]:
    """How far an import is; the newest one."""
    base = client.scene.node.urls.base + LIST
    shown = (await client.get(f"{base}/{number}" if number else base)).json
    found: dict[str, Any] = shown if number else shown[0]
    return found


async def worked_off(client: Client) -> dict[str, Any]:
    """The newest import when nothing of it waits any more."""
    for _ in range(100):
        await run_jobs(client.scene.node, RUN_IMPORT)
        found = await progress(client)
        if found["state"] == "finished":
            return found
        client.scene.clock.pass_(2)
    raise AssertionError(found)


async def brought(client: Client, kind: str, text: str, mode: str = "") -> dict[str, Any]:
    """The import of a file, when it is finished."""
    answer = await bring(client, kind, text, mode)
    assert answer.status == 202, answer.json
    return await worked_off(client)


async def failures(client: Client, found: dict[str, Any]) -> list[str]:
    """The rows that could not be done."""
    answer = await client.get(found["failures"])
    assert (answer.status, answer.headers["Content-Type"]) == (200, "text/csv; charset=utf-8")
    return answer.body.decode().splitlines()


async def followed(client: Client) -> set[str]:
    """Names of those whom the member follows, or asked to."""
    number = client.scene.member.id
    rows = await client.scene.node.db.read(_asked, number)
    return {row.handle for row in rows}


def _asked(tx: Any, number: int) -> list[Any]:
    return list(
        tx.execute(
            actor.select().join(follow, follow.c.followed_id == actor.c.id).where(follow.c.follower_id == number)
        )
    )


# --- shut -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", ["author", "reader", "moderator"])
async def test_only_editors_bring_data_along(scene: Scene, role: str) -> None:
    """Neither a file, nor a look at what others brought."""
    client = await a_client(scene, role=role)

    for answer in (await bring(client, "blocks", "a@x.example"), await client.get(f"{scene.node.urls.base}{LIST}")):
        assert (answer.status, answer.json["reason"]) == (403, "insufficient_role")


async def test_import_is_its_actors(scene: Scene) -> None:
    """Security 1.6, ownership: of another actor there is no such import."""
    mine, other = await a_client(scene), await an_actor(scene.node, "other_member")
    theirs = await a_client(scene, other)
    found = (await bring(mine, "domain_blocks", "bad.example\n")).json
    base = f"{scene.node.urls.base}{LIST}"

    assert (await theirs.get(base)).json == []
    for path in (f"{base}/{found['id']}", f"{base}/{found['id']}/failures.csv"):
        assert ((await theirs.get(path)).status, (await mine.get(path)).status) == (404, 200)


@pytest.mark.parametrize(
    ("kind", "text", "mode", "said"),
    [
        ("followers", "a@x.example", "", "type is one of"),
        ("nonsense", "a@x.example", "", "type is one of"),
        ("blocks", "a@x.example", "replace", "mode is one of"),
        ("blocks", "", "", "no rows"),
        ("blocks", "a@x.example;b@x.example", "", "by commas, not by semicolons"),
    ],
)
async def test_senseless_file_is_422(scene: Scene, kind: str, text: str, mode: str, said: str) -> None:
    """What is wrong is said, and nothing is kept."""
    client = await a_client(scene)

    answer = await bring(client, kind, text, mode)

    assert (answer.status, said in answer.json["error"]) == (422, True), answer.json
    assert (await client.get(f"{scene.node.urls.base}{LIST}")).json == []
    assert (await client.post("/import", type="blocks")).status == 422


async def test_file_has_a_bounded_size_at_the_door(scene: Scene) -> None:
    """Limit IMPORT_BYTES: what is larger is not read, though other bodies are smaller still."""
    client = await a_client(scene)
    whole = b"bad.example\n" * (limits.IMPORT_BYTES // 12)

    assert (await bring(client, "domain_blocks", whole)).status == 202
    await worked_off(client)
    assert (await bring(client, "domain_blocks", whole + b"\n" * 13)).status == 422
    assert (await bring(client, "domain_blocks", whole * 2)).status == 413


async def test_one_import_at_a_time(scene: Scene) -> None:
    """A second file waits until the first is worked off; other actors do not wait for it."""
    client, other = await a_client(scene), await an_actor(scene.node, "other_member")
    assert (await bring(client, "domain_blocks", "one.example")).status == 202

    refused = await bring(client, "domain_blocks", "two.example")

    assert (refused.status, refused.json["reason"]) == (422, "import_runs")
    assert (await bring(await a_client(scene, other), "domain_blocks", "two.example")).status == 202
    await worked_off(client)
    assert (await bring(client, "domain_blocks", "two.example")).status == 202


async def test_files_come_only_so_often(scene: Scene) -> None:
    """Twenty an hour of one actor; others are not held up."""
    client, other = await a_client(scene), await an_actor(scene.node, "other_member")

    answers = [await bring(client, "blocks", "") for _ in range(21)]

    assert [answer.status for answer in answers] == [422] * 20 + [429]
    assert (await bring(await a_client(scene, other), "blocks", "")).status == 422
    scene.clock.pass_(int(answers[-1].headers["Retry-After"]))
    assert (await bring(client, "blocks", "")).status == 422


# --- open -------------------------------------------------------------------------------------------------------


async def test_people_are_followed_who_were_never_heard_of(scene: Scene) -> None:
    """Each is asked for by WebFinger, followed as the file says, and told so; twice is as once."""
    client, host = await a_client(scene), scene.peer.host
    for name in ("bob", "carol"):
        scene.peer.actor(name)
    text = (
        "Account address,Show boosts,Notify on new posts,Languages\n"
        f'@bob@{host},false,true,"tr, it"\n'
        f"{scene.peer.actors['/users/carol'].uri},true,false,\n"
        f"nobody@{host},true,false,\n"
        "bob,true,false,\n"
        f"member@{scene.node.config.authority},true,false,\n"
    )

    found = await brought(client, "following", text)

    assert (found["state"], found["total"], found["done"], found["failed"]) == ("finished", 5, 2, 3)
    assert await followed(client) == {"bob", "carol"}
    bob = await scene.node.db.read(by_uri, scene.peer.actors["/users/bob"].uri)
    assert bob is not None
    [shown] = (await client.get(f"/accounts/relationships?id[]={bob.id}")).json
    assert (shown["requested"], shown["showing_reblogs"], shown["notifying"]) == (True, False, True)
    assert shown["languages"] == ["tr", "it"]
    head, nobody, bare, oneself = await failures(client, found)
    assert head.endswith(",Reason")
    assert nobody.startswith(f"nobody@{host},true,false,,")
    assert "Write name@host" in bare
    assert "follow itself" in oneself

    again = await brought(client, "following", text)

    assert (again["done"], again["failed"], await followed(client)) == (2, 3, {"bob", "carol"})


async def test_every_kind_that_is_exported_is_imported(scene: Scene) -> None:
    """What one actor takes along, another brings: blocks, mutes, lists, hosts, bookmarks."""
    mine, other = await a_client(scene), await an_actor(scene.node, "other_member")
    theirs, bob = await a_client(scene, other), scene.peer.actor("bob")
    alice, enemy = await known(scene, scene.alice), await known(scene, bob)
    await mine.post(f"/accounts/{alice}/mute", notifications=False)
    number = await a_list(mine, title="=Fishers")
    await mine.post(f"/lists/{number}/accounts", account_ids=[alice])
    note = scene.alice.note()
    await scene.arrives(scene.alice.create(note))
    [post] = (await mine.get(f"/accounts/{alice}/statuses")).json
    await mine.post(f"/statuses/{post['id']}/bookmark")
    await mine.post(f"/accounts/{enemy}/block")
    await mine.post("/domain_blocks", domain="bad.example")

    for kind in ("blocks", "mutes", "lists", "domain_blocks", "bookmarks"):
        found = await brought(theirs, kind, await exported(mine, kind))
        assert (found["done"], found["failed"]) == (1, 0), (kind, found)
        assert await exported(theirs, kind) == await exported(mine, kind), kind
    assert (await theirs.get("/lists")).json[0]["title"] == "=Fishers"


async def test_post_that_was_never_heard_of_is_marked(scene: Scene) -> None:
    """Mastodon bookmarks.csv: ids of posts; they are fetched. What is no post, and what the reader may not see, is told."""
    client = await a_client(scene)
    note = scene.peer.publish({"@context": CONTEXT} | scene.alice.note("<p>Kept</p>"))
    secret = scene.peer.publish(
        {"@context": CONTEXT} | scene.alice.note("<p>Secret</p>", to=[scene.alice.followers], cc=[])
    )

    found = await brought(client, "bookmarks", f"{note['id']}\n{secret['id']}\n{scene.alice.uri}\n")

    assert (found["done"], found["failed"]) == (1, 2), await failures(client, found)
    assert [post["content"] for post in (await client.get("/bookmarks")).json] == ["<p>Kept</p>"]


@pytest.mark.parametrize("kind", ["following", "blocks", "mutes", "lists", "domain_blocks", "bookmarks"])
async def test_what_is_not_in_the_file_goes_when_it_overwrites(scene: Scene, kind: str) -> None:
    """GoToSocial and Mastodon *mode*: merge keeps, overwrite ends what the file does not name."""
    client, bob, host = await a_client(scene), scene.peer.actor("bob"), scene.peer.host
    alice, other = await known(scene, scene.alice), await known(scene, bob)
    notes = [scene.peer.publish({"@context": CONTEXT} | actor.note()) for actor in (scene.alice, bob)]
    texts = {
        "following": [f"alice@{host}\n", f"bob@{host}\n"],
        "blocks": [f"alice@{host}\n", f"bob@{host}\n"],
        "mutes": [f"alice@{host}\n", f"bob@{host}\n"],
        "lists": [f"Fishers,alice@{host}\n", f"Fishers,bob@{host}\nBakers,bob@{host}\n"],
        "domain_blocks": ["one.example\n", "two.example\n"],
        "bookmarks": [f"{note['id']}\n" for note in notes],
    }[kind]
    await brought(client, kind, texts[1])
    merged = await brought(client, kind, texts[0], "merge")
    both = await exported(client, kind)

    overwritten = await brought(client, kind, texts[0], "overwrite")

    assert (merged["failed"], overwritten["failed"]) == (0, 0)
    assert texts[0].split(",")[-1].strip() in both
    assert texts[1].split(",")[-1].strip() in both
    left = await exported(client, kind)
    assert texts[0].split(",")[-1].strip() in left
    assert texts[1].split(",")[-1].strip() not in left
    assert ("Bakers" in both, "Bakers" in left) == (kind == "lists", False)
    assert alice != other


async def test_nobody_is_left_because_their_host_is_down(scene: Scene) -> None:
    """Overwrite: who is named stays, whatever became of the row; and a file of which nothing could be done ends nothing."""
    client, host = await a_client(scene), scene.peer.host
    await known(scene, scene.alice)
    await known(scene, scene.peer.actor("bob"))

    await brought(client, "following", f"bob@{host}\nalice@{host},true,false,not a language\n", "overwrite")
    assert await followed(client) == {"alice", "bob"}
    await brought(client, "following", f"nobody@{host}\n", "overwrite")

    assert await followed(client) == {"alice", "bob"}


async def test_host_that_does_not_answer_is_tried_again(scene: Scene) -> None:
    """Limit IMPORT_TRIES: after a minute, five, twenty-five; then the row is told."""
    client, bob = await a_client(scene), scene.peer.actor("bob")
    scene.peer.statuses["/.well-known/webfinger"] = 503
    await bring(client, "mutes", f"bob@{scene.peer.host}\n")

    for seconds in (60, 300, 1500):
        await run_jobs(scene.node, RUN_IMPORT)
        assert (await progress(client))["state"] == "running"
        scene.clock.pass_(seconds)
    assert limits.IMPORT_TRIES == 4
    asked = scene.peer.gets.count("/.well-known/webfinger")
    await run_jobs(scene.node, RUN_IMPORT)

    assert scene.peer.gets.count("/.well-known/webfinger") > asked
    found = await progress(client)
    assert (found["state"], found["done"], found["failed"]) == ("finished", 0, 1)
    del scene.peer.statuses["/.well-known/webfinger"]
    [_head, row] = await failures(client, found)
    assert row.startswith(f"bob@{scene.peer.host},,")
    again = await brought(client, "mutes", f"{row}\n")
    assert (again["done"], bob.uri) == (1, f"{scene.peer.base}/users/bob")


async def test_one_host_is_not_pressed(scene: Scene) -> None:
    """Politeness: a few accounts of one host at once, then one a second."""
    client = await a_client(scene)
    names = [f"friend{number}" for number in range(8)]
    for name in names:
        scene.peer.actor(name)
    await bring(client, "mutes", "".join(f"{name}@{scene.peer.host}\n" for name in names))

    await run_jobs(scene.node, RUN_IMPORT)

    assert (await progress(client))["done"] == 5
    assert scene.peer.gets.count("/.well-known/webfinger") == 5
    assert (await worked_off(client))["done"] == 8


async def test_ended_in_the_middle_goes_on_where_it_was(scene: Scene) -> None:
    """At least once: what was marked is not done again, a row that was done and not marked is, to no harm; none is left out."""
    client = await a_client(scene)
    hosts = [f"bad{number}.example" for number in range(200)]
    found = (await bring(client, "domain_blocks", "\n".join(hosts))).json

    async def some_are_done() -> bool:
        return bool((await progress(client))["done"] >= 2)

    work = asyncio.create_task(run_import(scene.node, found["id"]))
    await until(some_are_done)
    work.cancel()
    await asyncio.gather(work, return_exceptions=True)
    assert 2 <= (await progress(client))["done"] < len(hosts)

    finished = await worked_off(client)

    assert (finished["done"], finished["failed"]) == (len(hosts), 0)
    assert sorted((await exported(client, "domain_blocks")).split()) == sorted(hosts)


async def test_import_of_a_deleted_actor_goes(scene: Scene) -> None:
    """Deleting is deleting: whom it wanted to follow stays nowhere, and nobody is asked for any more."""
    client = await a_client(scene)
    await bring(client, "mutes", f"bob@{scene.peer.host}\n")

    await delete_actor(scene.node, scene.member)
    await run_jobs(scene.node)

    assert await scene.node.db.read(store.listed, scene.member.id) == []
    assert "/.well-known/webfinger" not in scene.peer.gets


async def test_import_that_was_given_up_goes_on_in_the_night(scene: Scene) -> None:
    """A job that failed too often leaves the import; it is found again, and finished ones go after IMPORT_KEPT_DAYS."""
    client = await a_client(scene)
    await bring(client, "domain_blocks", "bad.example\n")
    [claimed, *_more] = await scene.node.db.claim(jobs.claim, scene.clock.now(), scene.clock.now() + 1000, 8)
    await scene.node.db.write(jobs.finish, claimed)

    await prune(scene.node, "2026-01-01")

    assert (await worked_off(client))["done"] == 1
    scene.clock.pass_(limits.IMPORT_KEPT_DAYS * 24 * 3600)
    await prune(scene.node, "2026-01-02")
    assert (await progress(client))["done"] == 1
    scene.clock.pass_(1)
    await prune(scene.node, "2026-01-03")
    assert (await client.get(f"{scene.node.urls.base}{LIST}")).json == []
