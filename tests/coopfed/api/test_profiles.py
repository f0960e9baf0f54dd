"""What an actor shows of itself: shut doors first, then a name's, a picture's and a field's way to apps, pages and other servers."""

import io
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from PIL import Image

from actors.lookup import by_id
from coopfed import limits
from coopfed.features.profiles.actions import delete_actor
from coopfed.features.profiles.edit import TELL_PROFILE, VERIFY_LINKS
from coopfed.net.storage import folder_of, open_storage
from coopfed.text.pages import leads_back
from coopfed.worker import purge_actor, sweep_media
from tests.coopfed.api.test_api import Client, a_client
from tests.coopfed.api.test_media import a_photo, a_picture, fetched
from tests.inbox.test_posts import following
from tests.support.jobs import run_jobs
from tests.support.nodes import an_actor
from tests.support.pages import a_site
from tests.support.peers import Answer, send_due
from tests.support.scene import Scene

UPDATE = "/accounts/update_credentials"


@pytest.fixture(autouse=True)
def own_folder(scene: Scene, tmp_path: Path) -> None:
    """Each node has its own data folder, also on PostgreSQL."""
    object.__setattr__(scene.node.config, "data_dir", tmp_path)
    scene.node.storage = open_storage(scene.node.config)


async def save(client: Client, files: dict[str, bytes], **fields: str) -> Answer:
    """PATCH as apps send it: one multipart form."""
    parts = [
        f'--b\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
        for name, value in fields.items()
    ]
    for name, body in files.items():
        head = f'--b\r\nContent-Disposition: form-data; name="{name}"; filename="x"\r\nContent-Type: image/png\r\n\r\n'
        parts.append(head.encode() + body + b"\r\n")
    headers = {"Authorization": f"Bearer {client.token}", "Content-Type": "multipart/form-data; boundary=b"}
    url = f"{client.scene.node.urls.base}/api/v1{UPDATE}"
    return await client.scene.peer.send("PATCH", url, headers, b"".join(parts) + b"--b--\r\n")


async def told(scene: Scene) -> list[dict[str, Any]]:
    """The Updates of the member that its follower's server got since the last look."""
    scene.clock.pass_(limits.PROFILE_TELL_SECONDS)
    await run_jobs(scene.node, TELL_PROFILE)
    await send_due(scene.node)
    found = [one.document["object"] for one in scene.peer.received if one.document["type"] == "Update"]
    scene.peer.received.clear()
    return found


def size_of(body: bytes) -> tuple[int, int]:
    """Of a picture."""
    return Image.open(io.BytesIO(body)).size


def on_disk(scene: Scene) -> list[str]:
    """All files."""
    return sorted(path.name for path in folder_of(scene.node.config).rglob("*") if path.is_file())


# --- shut -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", ["reader", "author"])
async def test_profile_is_changed_by_editors_only(scene: Scene, role: str) -> None:
    """api.md 1: 403 insufficient_role; nothing is changed."""
    client = await a_client(scene, role=role)

    for answer in (
        await client.patch(UPDATE, display_name="Taken over"),
        await save(client, {"avatar": a_picture()}),
        await client.delete("/profile/avatar"),
        await client.delete("/profile/header"),
    ):
        assert (answer.status, answer.json["reason"]) == (403, "insufficient_role")
    assert (await client.get("/accounts/verify_credentials")).json["display_name"] == "Member"
    assert on_disk(scene) == []


@pytest.mark.parametrize(
    "wrong",
    [
        {"display_name": "x" * (limits.NAME_LENGTH + 1)},
        {"note": "x" * (limits.PROFILE_NOTE_CHARACTERS + 1)},
        {"fields_attributes": [{"name": str(n), "value": "x"} for n in range(limits.PROFILE_FIELDS + 1)]},
        {"fields_attributes": [{"name": "x", "value": "x" * (limits.PROFILE_FIELD_CHARACTERS + 1)}]},
        {"fields_attributes": [{"name": "", "value": "nameless"}]},
        {"fields_attributes": ["text"]},
        {"bot": True},
        {"avatar_description": "x" * (limits.MEDIA_DESCRIPTION + 1)},
        {"display_name": "Fine", "source": {"privacy": "everybody"}},
    ],
)
async def test_what_cannot_be_changes_nothing(scene: Scene, wrong: dict[str, Any]) -> None:
    """client_api 4: 422 says what to send; all of it or nothing."""
    client = await a_client(scene)
    before = (await client.get("/accounts/verify_credentials")).json

    answer = (
        await client.patch(UPDATE, note="Kept apart", **wrong)
        if "note" not in wrong
        else await client.patch(UPDATE, **wrong)
    )

    assert answer.status == 422
    assert answer.json["error"]
    assert (await client.get("/accounts/verify_credentials")).json == before


@pytest.mark.parametrize("body", [b"<svg/>", b"GIF89a" + b"x" * 50, b"\x00\x00\x00\x18ftypmp42" + b"x" * 50])
async def test_picture_that_is_none_leaves_nothing(scene: Scene, body: bytes) -> None:
    """security 1.8: judged by its bytes; the good one beside it goes too."""
    client = await a_client(scene)

    answer = await save(client, {"avatar": a_picture(), "header": body}, display_name="New")

    assert answer.status == 422
    assert (await client.get("/accounts/verify_credentials")).json["display_name"] == "Member"
    assert on_disk(scene) == []


async def test_large_body_that_is_no_form_is_not_read(scene: Scene) -> None:
    """security 1.4: pictures go to the disk as they come; other bodies stand in memory, and stay small."""
    client = await a_client(scene)
    assert (await client.patch(UPDATE, note="x" * (limits.API_BODY_BYTES + 1))).status == 413


# --- open -------------------------------------------------------------------------------------------------------


async def test_profile_reaches_apps_pages_and_followers(scene: Scene) -> None:
    """client_api 5, CredentialAccount; ActivityPub 6.3: typed text becomes HTML as posts do, and is given back as it was typed."""
    client = await a_client(scene)
    await scene.arrives(scene.alice.follow(scene.member.uri))
    scene.peer.received.clear()
    note = f"We fish.\n\nWith @alice@{scene.peer.host} <3 #nets"
    fields = [{"name": "Town", "value": "Trapani <b>"}, {"name": "", "value": ""}]

    shown = (await client.patch(UPDATE, display_name="Nets & <Boats>", note=note, fields_attributes=fields)).json
    other = (await client.get(f"/accounts/{scene.member.id}")).json
    [document] = await told(scene)
    page = (await fetched(scene, scene.member.url or "", Accept="text/html")).body.decode()

    assert (shown["source"]["note"], shown["display_name"]) == (note, "Nets & <Boats>")
    assert shown["source"]["fields"] == [{"name": "Town", "value": "Trapani <b>", "verified_at": None}]
    assert other["fields"] == [{"name": "Town", "value": "Trapani &lt;b&gt;", "verified_at": None}]
    assert f'href="{scene.alice.base}/@alice" class="u-url mention"' in other["note"]
    assert document["summary"] == other["note"]
    assert document["attachment"] == [{"type": "PropertyValue", "name": "Town", "value": "Trapani &lt;b&gt;"}]
    assert "Nets &amp; &lt;Boats&gt;" in page
    assert "Trapani &lt;b&gt;" in page


async def test_photo_becomes_an_avatar_without_what_the_phone_wrote(scene: Scene) -> None:
    """client_api 5: cut to its size, EXIF gone; in the Account, the actor document and on the page; the former one leaves the disk."""
    client = await a_client(scene)
    await scene.arrives(scene.alice.follow(scene.member.uri))
    scene.peer.received.clear()

    first = (
        await save(client, {"avatar": a_photo(), "header": a_picture("PNG")}, avatar_description="Our <boat>")
    ).json
    [document] = await told(scene)
    page = (await fetched(scene, scene.member.url or "", Accept="text/html")).body.decode()
    avatar, header = await fetched(scene, first["avatar"]), await fetched(scene, first["header"])

    assert (size_of(avatar.body), size_of(header.body)) == (limits.AVATAR_SIZE, limits.HEADER_SIZE)
    assert b"Secret Phone" not in avatar.body
    assert (first["avatar_static"], first["avatar_description"]) == (first["avatar"], "Our <boat>")
    assert document["icon"] == {
        "type": "Image",
        "mediaType": "image/jpeg",
        "url": first["avatar"],
        "name": "Our <boat>",
        "summary": "Our <boat>",
    }
    assert document["image"] == {"type": "Image", "mediaType": "image/png", "url": first["header"]}
    assert f'src="{first["avatar"]}" alt="Our &lt;boat&gt;"' in page

    second = (await save(client, {"avatar": a_picture()})).json
    await sweep_media(scene.node, "")

    assert second["avatar"] != first["avatar"]
    assert (second["header"], second["avatar_description"]) == (first["header"], "")
    assert [(await fetched(scene, url)).status for url in (first["avatar"], second["avatar"])] == [404, 200]


async def test_pictures_of_a_profile_outlive_the_nightly_sweep(scene: Scene) -> None:
    """Files that no post has go after a day; these are shown by their actor."""
    client = await a_client(scene)
    shown = (await save(client, {"avatar": a_picture(), "header": a_picture()})).json

    scene.clock.pass_((limits.UNUSED_MEDIA_HOURS + 1) * 3600)
    await sweep_media(scene.node, "")

    assert [(await fetched(scene, shown[one])).status for one in ("avatar", "header")] == [200, 200]


async def test_removed_pictures_are_the_nodes_own_again(scene: Scene) -> None:
    """DELETE /profile/avatar, /header: the CredentialAccount comes back; followers are told; twice is once."""
    client = await a_client(scene)
    await scene.arrives(scene.alice.follow(scene.member.uri))
    await save(client, {"avatar": a_picture(), "header": a_picture()}, avatar_description="x")
    await told(scene)

    one = (await client.delete("/profile/avatar")).json
    both = (await client.delete("/profile/header")).json
    await client.delete("/profile/header")
    [document] = await told(scene)
    await sweep_media(scene.node, "")

    assert one["avatar"].endswith("/static/avatar.png")
    assert one["avatar_description"] == ""
    assert not one["header"].endswith("/static/header.png")
    assert both["header"].endswith("/static/header.png")
    assert document.keys().isdisjoint({"icon", "image"})
    assert on_disk(scene) == []
    assert await told(scene) == []


async def test_what_no_column_takes_is_left_out(scene: Scene) -> None:
    """security 1.2: PostgreSQL has no text with NUL."""
    client = await a_client(scene)

    shown = (
        await client.patch(
            UPDATE, display_name="A\x00b", note="c\x00d", fields_attributes=[{"name": "e\x00", "value": "f"}]
        )
    ).json

    assert (shown["display_name"], shown["source"]["note"], shown["source"]["fields"][0]["name"]) == ("Ab", "cd", "e")


async def test_profile_is_what_was_typed(scene: Scene) -> None:
    """Mastodon 4.6, Profile: the same changes, texts as typed, null for a picture that is not there."""
    client = await a_client(scene)
    before = (await client.get("/profile")).json
    await client.post("/tags/nets/feature")

    shown = (await client.patch("/profile", note="We *fish*", fields_attributes=[{"name": "a", "value": "<b>"}])).json
    pictured = (await save(client, {"avatar": a_picture()})).json["avatar"]

    assert (before["avatar"], before["header"], before["featured_tags"]) == (None, None, [])
    assert (shown["note"], shown["fields"][0]["value"]) == ("We *fish*", "<b>")
    assert [tag["name"] for tag in shown["featured_tags"]] == ["nets"]
    assert (await client.get("/profile")).json["avatar"] == pictured
    reader = await a_client(scene, role="reader")
    assert (await reader.get("/profile")).status == 200
    assert (await reader.patch("/profile", note="x")).status == 403


async def test_many_changes_are_one_update(scene: Scene) -> None:
    """Apps save name, picture and fields one by one; followers' servers need the last."""
    client = await a_client(scene)
    await scene.arrives(scene.alice.follow(scene.member.uri))
    scene.peer.received.clear()

    for name in ("One", "Two", "Three"):
        await client.patch(UPDATE, display_name=name)
    await client.patch(UPDATE, display_name="Three")

    assert [document["name"] for document in await told(scene)] == ["Three"]
    await client.patch(UPDATE, display_name="Three")
    assert await told(scene) == []


@pytest.mark.parametrize(
    "given",
    [
        {"fields_attributes": [{"name": "a", "value": "1"}, {"name": "b", "value": "2"}]},
        {"fields_attributes": {"0": {"name": "a", "value": "1"}, "1": {"name": "b", "value": "2"}}},
    ],
)
async def test_fields_come_as_list_and_as_object(scene: Scene, given: dict[str, Any]) -> None:
    """client_api 4: masto.js and Ivory send the one, Mastodon's own the other; a form in brackets is the third."""
    client = await a_client(scene)
    form = {"fields_attributes[0][name]": "a", "fields_attributes[0][value]": "1", "fields_attributes[1][name]": "b"}

    plain = (await client.patch(UPDATE, **given)).json["source"]["fields"]
    await client.patch(UPDATE, fields_attributes=[])
    none = (await client.get("/accounts/verify_credentials")).json["fields"]
    multipart = (await save(client, {}, **form, **{"fields_attributes[1][value]": "2"})).json["source"]["fields"]

    assert [(field["name"], field["value"]) for field in plain] == [("a", "1"), ("b", "2")]
    assert none == []
    assert multipart == plain


async def test_switches_are_told_and_kept(scene: Scene) -> None:
    """client_api 5: discoverable, indexable, hide_collections, bot; what is not named stays."""
    person = await an_actor(scene.node, "person", "person")
    client = await a_client(scene, person)

    shown = (await client.patch(UPDATE, discoverable=False, indexable=True, hide_collections=True, bot=True)).json
    same = (await client.patch(UPDATE, display_name="Person")).json
    document = (await scene.peer.get(scene.node, person.uri)).json

    for found in (shown, same):
        assert (found["discoverable"], found["indexable"], found["hide_collections"]) == (False, True, True)
        assert found["bot"] is True
        assert found["source"]["indexable"] is True
    assert (document["discoverable"], document["indexable"], document["type"]) == (False, True, "Service")
    assert (await client.patch(UPDATE, bot=False)).json["bot"] is False


async def test_hidden_collections_are_counted_only(scene: Scene) -> None:
    """client_api 5, `hide_collections`: apps get no names, servers the number; the actor itself sees them."""
    other = await an_actor(scene.node, "other_member")
    mine, theirs = await a_client(scene), await a_client(scene, other)
    await theirs.post(f"/accounts/{scene.member.id}/follow")
    await scene.arrives(scene.alice.follow(scene.member.uri))
    path = f"/accounts/{scene.member.id}/followers"
    assert len((await theirs.get(path)).json) == 2

    await mine.patch(UPDATE, hide_collections=True)
    collection = (await scene.peer.get(scene.node, f"{scene.member.uri}/followers")).json
    page = (await scene.peer.get(scene.node, f"{scene.member.uri}/followers?page=true")).json

    assert (await theirs.get(path)).json == []
    assert len((await mine.get(path)).json) == 2
    assert collection["totalItems"] == page["totalItems"] == 2
    assert {"first", "orderedItems"}.isdisjoint(collection.keys() | page.keys())


async def test_field_is_verified_when_its_page_leads_back(scene: Scene) -> None:
    """microformats, rel-me: by a link in the page, not by a comment or another's; an edit of the value ends it."""
    client = await a_client(scene)
    profile = scene.member.url or ""
    async with a_site() as site:
        for path, text in {
            "/mine": f'<p><a rel="nofollow me" href="{profile}/">we</a>',
            "/not": f'<!-- <a rel="me" href="{profile}"> --><a href="{profile}">x</a><a rel="me" href="{profile}x">y</a>',
        }.items():
            site.answers[path] = text.encode()
        fields = [{"name": name, "value": f"{site.base}/{name}"} for name in ("mine", "not")]
        fields.append({"name": "both", "value": f"see {site.base}/mine"})
        shown = (await client.patch(UPDATE, fields_attributes=fields)).json
        assert [field["verified_at"] for field in shown["fields"]] == [None, None, None]

        await run_jobs(scene.node, VERIFY_LINKS)
        verified = (await client.get(f"/accounts/{scene.member.id}")).json["fields"]
        page = (await fetched(scene, profile, Accept="text/html", Accept_Language="en")).body.decode()
        kept = (await client.patch(UPDATE, fields_attributes=[*fields[:1], {"name": "b", "value": "c"}])).json["fields"]
        fields[0]["value"] += "?other"
        changed = (await client.patch(UPDATE, fields_attributes=fields[:1])).json["fields"]

    assert [field["verified_at"] for field in verified] == ["2026-11-24T08:00:00.000Z", None, None]
    assert ['rel="me ' in field["value"] for field in verified] == [True, True, False]
    assert page.count("✓ verified") == 1
    assert f'href="{site.base}/mine" target="_blank" rel="me nofollow noopener noreferrer"' in page.replace(
        'rel="me nofollow noopener noreferrer" target="_blank"', 'target="_blank" rel="me nofollow noopener noreferrer"'
    )
    assert kept[0]["verified_at"] == "2026-11-24T08:00:00.000Z"
    assert changed[0]["verified_at"] is None
    assert all("Cookie" not in headers and "Signature" not in headers for _path, headers in site.asked)


def test_page_is_read_to_its_bound() -> None:
    """limits.VERIFY_BYTES: a link that ends there counts, one that ends behind it does not."""
    link = '<a rel="me" href="https://coop.example/@member">'
    before = "x" * (limits.VERIFY_BYTES - len(link))

    assert leads_back(before + link, ["https://coop.example/@member/"])
    assert not leads_back(f"{before}x{link}", ["https://coop.example/@member"])


async def test_page_that_is_down_is_asked_again(scene: Scene) -> None:
    """A job: the site that fails today leads back tomorrow."""
    client = await a_client(scene)
    async with a_site() as site:
        site.answers["/mine"] = web.Response(status=503)
        await client.patch(UPDATE, fields_attributes=[{"name": "Site", "value": f"{site.base}/mine"}])
        await run_jobs(scene.node, VERIFY_LINKS)

        site.answers["/mine"] = f'<link rel="me" href="{scene.member.uri}">'.encode()
        scene.clock.pass_(120)
        await run_jobs(scene.node, VERIFY_LINKS)

    assert (await client.get(f"/accounts/{scene.member.id}")).json["fields"][0]["verified_at"] is not None


async def test_deleted_actor_shows_nothing_any_more(scene: Scene) -> None:
    """s2s 2.10: its fields go at once, its pictures with the purge."""
    client = await a_client(scene)
    shown = (await save(client, {"avatar": a_picture()}, display_name="Gone")).json

    await delete_actor(scene.node, scene.member)
    await purge_actor(scene.node, str(scene.member.id))
    scene.clock.pass_((limits.UNUSED_MEDIA_HOURS + 1) * 3600)
    await sweep_media(scene.node, "")

    assert (await fetched(scene, shown["avatar"])).status == 404
    row = await scene.node.db.read(by_id, scene.member.id)
    assert row is not None
    assert row.name == ""


# --- of others --------------------------------------------------------------------------------------------------


async def test_remote_profile_is_shown_clean_and_from_here(scene: Scene) -> None:
    """s2s 1.2, *Profile fields*: PropertyValue in any order, sanitised; pictures as copies; an Update changes them."""
    scene.alice.changes = {
        "icon": {"type": "Image", "url": f"{scene.peer.base}/a.png", "summary": "A <cat>"},
        "image": [{"type": "Image", "url": f"{scene.peer.base}/h.png"}],
        "attachment": [
            {
                "type": "PropertyValue",
                "name": "<b>Site</b>",
                "value": '<a href="https://x.example" onclick="x()">x</a>',
            },
            {"type": "IdentityProof", "name": "no"},
        ],
        "indexable": True,
    }
    client = await a_client(scene)
    await following(scene, scene.alice)
    found = (await client.get(f"/accounts/lookup?acct=alice@{scene.peer.host}")).json

    urls = scene.node.urls
    assert found["avatar"] == found["avatar_static"] == urls.copy("avatar", f"{scene.peer.base}/a.png")
    assert found["header"] == urls.copy("header", f"{scene.peer.base}/h.png")
    assert (found["avatar_description"], found["indexable"]) == ("A", True)
    [field] = found["fields"]
    assert (field["name"], "onclick" in field["value"], "https://x.example" in field["value"]) == ("Site", False, True)

    scene.alice.changes = {"icon": None, "attachment": []}
    await scene.arrives(scene.alice.says("Update", scene.alice.document()))

    found = (await client.get(f"/accounts/{found['id']}")).json
    assert (found["avatar"], found["fields"]) == (f"{urls.base}/static/avatar.png", [])


async def test_remote_fields_come_as_notes_too(scene: Scene) -> None:
    """FEP-fb2a: a Note with a name; beside PropertyValue it says the same once more."""
    note = {"type": "Note", "name": "Town", "content": "<p>Trapani</p><script>x</script>"}
    for others, found in (([], ["<p>Trapani</p>"]), ([{"type": "PropertyValue", "name": "Town", "value": "T"}], ["T"])):
        scene.alice.changes = {"attachment": [note, {"type": "Note", "content": "nameless"}, *others]}
        await scene.arrives(scene.alice.says("Update", scene.alice.document()))
        shown = (await (await a_client(scene)).get(f"/accounts/lookup?acct=alice@{scene.peer.host}")).json

        assert [field["value"] for field in shown["fields"]] == found
