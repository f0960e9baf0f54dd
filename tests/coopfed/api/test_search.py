"""Search: who may, what is found by words in any spelling, by handle and by a pasted address, and what is not for everybody."""

from typing import Any

import pytest

from coopfed.features.posts.actions import create_post, delete_post, edit_post
from coopfed.features.posts.rules import Draft
from coopfed.vocab.audience import Visibility
from tests.coopfed.api.test_accounts import bare
from tests.coopfed.api.test_api import Client, a_client
from tests.inbox.test_posts import following
from tests.support.nodes import an_actor, process_arrivals
from tests.support.peers import CONTEXT
from tests.support.scene import Scene


async def search(client: Client, q: str, **more: str) -> dict[str, Any]:
    """What is found."""
    rest = "".join(f"&{name}={value}" for name, value in more.items())
    answer = await client.get(f"/search?q={q}{rest}", v2=True)
    assert answer.status == 200, answer.json
    return dict(answer.json)


async def handles(client: Client, q: str, **more: str) -> list[str]:
    """The accounts that are found."""
    return [one["acct"] for one in (await search(client, q, **more))["accounts"]]


async def posts(client: Client, q: str, **more: str) -> list[str]:
    """The statuses that are found."""
    return [one["id"] for one in (await search(client, q, **more))["statuses"]]


# --- shut -------------------------------------------------------------------------------------------------------


async def test_strangers_neither_resolve_nor_page(scene: Scene) -> None:
    """client_api 6: a token is needed for resolve and offset, else 401."""
    root = f"{scene.node.urls.base}/api/v2/search?q=member"
    for more in ("&resolve=true", "&offset=1"):
        answer = await scene.peer.send("GET", root + more, {})
        assert (answer.status, answer.json["reason"]) == (401, "user_required")
    found = await scene.peer.send("GET", root, {})
    assert [one["username"] for one in found.json["accounts"]] == ["member"]
    assert (await bare(scene, "/accounts/search?q=member")).status == 401


@pytest.mark.parametrize("query", ["", "q=", "q=%20", "q=x&type=people", "q=x&account_id=none"])
async def test_senseless_search_is_422(scene: Scene, query: str) -> None:
    """Bad input: what is wrong is said."""
    assert (await (await a_client(scene)).get(f"/search?{query}", v2=True)).status == 422


@pytest.mark.parametrize("q", ["%25", "_", "%5C", "%00", "%25%25", "x" * 5000, "@", "@@", "a@b@c", "https://", "%23"])
async def test_no_search_fails(scene: Scene, q: str) -> None:
    """What is searched is words, never a pattern; empty lists, all three, where nothing is found."""
    await create_post(scene.node, scene.member, Draft("A harvest"))
    client = await a_client(scene)
    for resolve in ("false", "true"):
        assert await search(client, q, resolve=resolve) == {"accounts": [], "statuses": [], "hashtags": []}


async def test_what_may_not_be_seen_is_not_found(scene: Scene) -> None:
    """actors/visibility; blocked, gone and suspended people; other people's words that one had nothing to do with."""
    other = await an_actor(scene.node, "other_member")
    client, theirs = await a_client(scene), await a_client(scene, other)
    await create_post(scene.node, other, Draft("Secret fish", visibility=Visibility.FOLLOWERS))
    await create_post(scene.node, other, Draft("Quiet fish", visibility=Visibility.UNLISTED))
    await following(scene, scene.alice)
    await scene.arrives(scene.alice.create(scene.alice.note(content="<p>Foreign fish</p>")))
    assert await posts(client, "fish") == []
    assert len(await posts(theirs, "fish")) == 2

    await client.post(f"/accounts/{other.id}/block")

    assert await handles(client, "other") == []
    assert await handles(theirs, "member") == ["other_member"]


# --- accounts ---------------------------------------------------------------------------------------------------


async def test_accounts_are_found_in_any_spelling(scene: Scene) -> None:
    """Design 3, row 19: one i, no accents, no capitals; every word has to stand there; the very handle comes first."""
    await an_actor(scene.node, "irmak", name="Irmak Kooperatifi")
    await an_actor(scene.node, "omer", name="Ömer'in Balığı")
    await an_actor(scene.node, "irmak_2", name="ŞİRKET")
    client = await a_client(scene)

    for written, found in {
        "ırmak": ["irmak", "irmak_2"],
        "IRMAK": ["irmak", "irmak_2"],
        "@irmak": ["irmak", "irmak_2"],
        "KOOPERATİFİ ırmak": ["irmak"],
        "ömer": ["omer"],
        "baligi": ["omer"],
        "sirket": ["irmak_2"],
        "şirket": ["irmak_2"],
        "nobody": [],
    }.items():
        assert await handles(client, written) == found, written
    listed = (await client.get("/accounts/search?q=irmak&limit=1")).json
    assert [one["username"] for one in listed] == ["irmak"]
    assert await handles(client, "irmak", limit="1", offset="1") == ["irmak_2"]


async def test_following_is_those_whom_one_follows(scene: Scene) -> None:
    """GET /accounts/search?following=true; they come first without it."""
    client, followed = await a_client(scene), await an_actor(scene.node, "zehra_b")
    await an_actor(scene.node, "zehra_a")
    await client.post(f"/accounts/{followed.id}/follow")
    await process_arrivals(scene.node)
    await process_arrivals(scene.node)

    assert [one["acct"] for one in (await client.get("/accounts/search?q=zehra")).json] == ["zehra_b", "zehra_a"]
    assert [one["acct"] for one in (await client.get("/accounts/search?q=zehra&following=true")).json] == ["zehra_b"]


async def test_handle_is_resolved_when_asked(scene: Scene) -> None:
    """client_api 6: resolve=true may fetch; a server that does not answer makes the list empty, and no error."""
    client, handle = await a_client(scene), f"alice@{scene.peer.host}"
    assert await handles(client, handle) == []
    assert scene.peer.gets == []

    assert await handles(client, f"@{handle}", resolve="true") == [handle]
    assert await handles(client, handle) == [handle]
    assert await handles(client, "alice") == [handle]
    assert await handles(client, f"nobody@{scene.peer.host}", resolve="true") == []
    assert await handles(client, "alice@localhost:1", resolve="true") == []
    assert [one["acct"] for one in (await client.get(f"/accounts/search?q={handle}&resolve=true")).json] == [handle]


async def test_renamed_actor_is_found_by_its_new_name_only(scene: Scene) -> None:
    """What is searched follows the actor."""
    client = await a_client(scene)
    await following(scene, scene.alice)
    assert await handles(client, "Alice") != []

    scene.alice.changes = {"name": "Renamed"}
    await scene.arrives(scene.alice.says("Update", scene.alice.document()))

    assert len(await handles(client, "renamed")) == 1
    await scene.arrives(scene.alice.says("Delete", scene.alice.uri))
    assert await handles(client, "renamed") == []


# --- addresses --------------------------------------------------------------------------------------------------


async def test_pasted_addresses_lead_to_what_they_are_of(scene: Scene) -> None:
    """client_api 6: of a local or remote post or profile, its id or its page."""
    client = await a_client(scene)
    said = await create_post(scene.node, scene.member, Draft("Ours"))
    note = scene.peer.publish({"@context": CONTEXT} | scene.alice.note(url=f"{scene.peer.base}/@alice/1"))
    base = scene.node.urls.base

    for address in (said.uri, f"{base}/@member/{said.id}"):
        assert await posts(client, address) == [str(said.id)], address
    for address in (scene.member.uri, f"{base}/@member"):
        assert await handles(client, address) == ["member"], address
    assert await posts(client, note["id"]) == []
    found = await search(client, note["id"], resolve="true")
    assert (len(found["statuses"]), found["accounts"], found["hashtags"]) == (1, [], [])
    assert len(await posts(client, note["url"])) == 1
    assert len(await handles(client, f"{scene.peer.base}/@alice")) == 1
    assert await handles(client, scene.alice.uri, type="statuses") == []
    for wrong in (f"{base}/@member/1", f"{base}/@nobody", f"{base}/ap/objects/1", f"{scene.peer.base}/nothing"):
        found = await search(client, wrong, resolve="true")
        assert (found["accounts"], found["statuses"]) == ([], []), wrong


async def test_private_post_is_not_found_by_its_address(scene: Scene) -> None:
    """Who has the address may still not see it."""
    said = await create_post(scene.node, scene.member, Draft("Ours", visibility=Visibility.FOLLOWERS))
    theirs = await a_client(scene, await an_actor(scene.node, "other_member"))

    assert await posts(theirs, said.uri, resolve="true") == []
    assert await posts(await a_client(scene), said.uri) == [str(said.id)]


# --- statuses and hashtags --------------------------------------------------------------------------------------


async def test_statuses_are_found_by_their_words(scene: Scene) -> None:
    """Own ones, those one had to do with, public ones of this node; the text as it is now; by account, in pages."""
    other = await an_actor(scene.node, "other_member")
    client = await a_client(scene)
    await following(scene, scene.alice)
    mine = await create_post(scene.node, scene.member, Draft("BALIK taze", visibility=Visibility.DIRECT))
    scene.clock.pass_(1)
    theirs = await create_post(scene.node, other, Draft("Taze balık *var*"))
    scene.clock.pass_(1)
    note = scene.alice.mentioning(scene.member.uri, content="<p>Taze <b>balık</b></p>")
    await scene.arrives(scene.alice.create(note))
    known = (await search(client, note["id"]))["statuses"][0]["id"]

    assert set(await posts(client, "balik taze")) == {str(mine.id), str(theirs.id), known}
    assert await posts(client, "balık", account_id=str(other.id)) == [str(theirs.id)]
    assert await posts(client, "balik strong") == []
    both = [*await posts(client, "taze", limit="2"), *await posts(client, "taze", limit="2", offset="2")]
    assert set(both) == {str(mine.id), str(theirs.id), known}

    edited = await edit_post(scene.node, scene.member, mine, Draft("Peynir"))
    assert str(mine.id) not in await posts(client, "balik")
    assert await posts(client, "peynir") == [str(mine.id)]
    await delete_post(scene.node, scene.member, edited)
    assert await posts(client, "peynir") == []


async def test_what_was_marked_is_found(scene: Scene) -> None:
    """A post of others becomes searchable by a like or bookmark, for whoever made it."""
    client, other = await a_client(scene), await a_client(scene, await an_actor(scene.node, "other_member"))
    await following(scene, scene.alice)
    note = scene.alice.note(content="<p>Harvest</p>")
    await scene.arrives(scene.alice.create(note))
    number = (await search(client, note["id"]))["statuses"][0]["id"]
    assert await posts(client, "harvest") == []

    await client.post(f"/statuses/{number}/bookmark")

    assert await posts(client, "harvest") == [number]
    assert await posts(other, "harvest") == []


async def test_hashtags_are_found_by_their_beginning(scene: Scene) -> None:
    """The most used first, with one i, only those of public posts."""
    client = await a_client(scene)
    for text in ("#ırmak #irmakta", "#IRMAK", "#deniz"):
        await create_post(scene.node, scene.member, Draft(text))
    await create_post(scene.node, scene.member, Draft("#irmaksecret", visibility=Visibility.UNLISTED))

    found = (await search(client, "%23Irma"))["hashtags"]

    assert [one["name"] for one in found] in (["irmak", "irmakta"], ["ırmak", "irmakta"])
    assert found[0]["history"][0]["uses"] == "2"
    assert (await search(client, "deniz", type="accounts"))["hashtags"] == []
