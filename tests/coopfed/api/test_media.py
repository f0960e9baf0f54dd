"""Files: shut doors first, then a photo's way from the phone to the post, to other servers, and off the disk."""

import asyncio
import io
from pathlib import Path
from typing import Any

import orjson
import pytest
from PIL import Image

from coopfed import limits
from coopfed.features.accounts.store import give_role
from coopfed.features.media import actions, files
from coopfed.features.media.rules import Kind
from coopfed.features.posts.actions import delete_post
from coopfed.features.posts.store import by_id
from coopfed.net.storage import folder_of, open_storage
from tests.coopfed.api.test_api import Client, a_client
from tests.inbox.test_posts import following
from tests.support.nodes import an_actor
from tests.support.peers import Answer, send_due
from tests.support.scene import Scene

JPEG_EXIF_TURNED = 6


def a_picture(kind: str = "JPEG", size: tuple[int, int] = (1200, 800), **more: Any) -> bytes:
    """A picture with something in it."""
    made = Image.radial_gradient("L").resize(size).convert("RGBA" if kind == "PNG" else "RGB")
    written = io.BytesIO()
    made.save(written, kind, **more)
    return written.getvalue()


def a_photo() -> bytes:
    """What a phone writes: lying, to be turned by a quarter, with the place where it was taken."""
    exif = Image.Exif()
    exif[0x0112] = JPEG_EXIF_TURNED
    exif[0x010F] = "Secret Phone"
    exif.get_ifd(0x8825)[2] = (41.0, 1.0, 0.0)
    return a_picture(exif=exif)


async def upload(client: Client, body: bytes, *, version: str = "v2", name: str = "photo.jpg", **fields: str) -> Answer:
    """A multipart upload."""
    parts = [
        f'--b\r\nContent-Disposition: form-data; name="{key}"\r\n\r\n{value}\r\n'.encode()
        for key, value in fields.items()
    ]
    head = (
        f'--b\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\nContent-Type: image/svg+xml\r\n\r\n'
    )
    whole = b"".join([*parts, head.encode(), body, b"\r\n--b--\r\n"])
    headers = {"Authorization": f"Bearer {client.token}", "Content-Type": "multipart/form-data; boundary=b"}
    return await client.scene.peer.send("POST", f"{client.scene.node.urls.base}/api/{version}/media", headers, whole)


async def fetched(scene: Scene, url: str, **headers: str) -> Answer:
    """What anybody gets there."""
    return await scene.peer.send("GET", url, {name.replace("_", "-"): value for name, value in headers.items()})


@pytest.fixture
def kept(scene: Scene) -> Any:
    """All files on the disk."""
    root = folder_of(scene.node.config)
    return lambda: sorted(path.name for path in root.rglob("*") if path.is_file())


@pytest.fixture(autouse=True)
def own_folder(scene: Scene, tmp_path: Path) -> None:
    """Each node has its own data folder, also on PostgreSQL."""
    object.__setattr__(scene.node.config, "data_dir", tmp_path)
    scene.node.storage = open_storage(scene.node.config)


# --- shut -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "body",
    [
        b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>",
        b"<!doctype html><script>alert(1)</script>",
        b"%PDF-1.7",
        b"MZ\x90\x00",
        b"",
        b"\xff\xd8\xff" + b"not a picture" * 100,
        a_picture()[:2000],
    ],
)
async def test_what_is_no_picture_is_refused_and_leaves_nothing(scene: Scene, kept: Any, body: bytes) -> None:
    """security 1.8: the bytes decide, whatever the sender calls them; SVG never."""
    answer = await upload(await a_client(scene), body)

    assert answer.status in (400, 422)
    assert answer.json["error"]
    assert "/" not in answer.json["error"], "where files lie on the machine is nobody's to know"
    assert kept() == []


async def test_picture_that_unpacks_to_too_much_is_refused(scene: Scene, kept: Any) -> None:
    """security 1.4, bombs: looked at before it is unpacked."""
    bomb = io.BytesIO()
    Image.new("1", (12_000, 12_000)).save(bomb, "PNG")
    assert len(bomb.getvalue()) < 100_000

    answer = await upload(await a_client(scene), bomb.getvalue())

    assert (answer.status, kept()) == (422, [])


async def test_too_many_bytes_are_refused(scene: Scene, kept: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """limits.IMAGE_BYTES: at n and n + 1."""
    body = a_picture(size=(64, 64))
    monkeypatch.setattr(limits, "IMAGE_BYTES", len(body) - 1)
    client = await a_client(scene)
    assert (await upload(client, body)).status == 422
    assert kept() == []
    monkeypatch.setattr(limits, "IMAGE_BYTES", len(body))
    assert (await upload(client, body)).status == 200


async def test_files_are_their_owners(scene: Scene) -> None:
    """security 1.6: of another actor there is no such file, to describe, to delete and to post."""
    mine, theirs = await a_client(scene), await a_client(scene, await an_actor(scene.node, "other_member"))
    number = (await upload(mine, a_picture())).json["id"]
    for answer in (
        await theirs.get(f"/media/{number}"),
        await theirs.put(f"/media/{number}", description="mine now"),
        await theirs.delete(f"/media/{number}"),
        await theirs.post("/statuses", status="x", media_ids=[number]),
    ):
        assert answer.status == 404
    assert (await mine.get(f"/media/{number}")).json["description"] is None


async def test_file_that_its_owner_deletes_is_gone(scene: Scene, kept: Any) -> None:
    """DELETE /media/:id, Mastodon 4.4: for everybody, and from the disk."""
    client = await a_client(scene)
    number = (await upload(client, a_picture())).json["id"]
    assert (await client.get(f"/media/{number}")).status == 200
    assert kept()

    assert (await client.delete(f"/media/{number}")).json == {}

    assert (await client.get(f"/media/{number}")).status == (await client.delete(f"/media/{number}")).status == 404
    assert kept() == []


async def test_reader_uploads_nothing(scene: Scene) -> None:
    """api.md 1; and the scope is write:media."""
    assert (await upload(await a_client(scene, role="reader"), a_picture())).status == 403
    assert (await upload(await a_client(scene, scopes="read write:statuses"), a_picture())).status == 403


@pytest.mark.parametrize("focus", ["here", "2,0", "0", "0,0,0"])
async def test_senseless_focus_is_422(scene: Scene, focus: str) -> None:
    """Bad input: two numbers from -1 to 1."""
    assert (await upload(await a_client(scene), a_picture(), focus=focus)).status == 422


async def test_address_is_not_guessed(scene: Scene) -> None:
    """security 1.7: the number alone does not lead to a file; neither does another ending."""
    made = (await upload(await a_client(scene), a_picture())).json
    base, name = made["url"].rpartition("/")[::2]
    stem = name.rpartition(".")[0]
    for wrong in (
        f"{base}/{'a' * 43}.jpg",
        f"{base}/{stem}.png",
        f"{base}/{stem}.html",
        f"{base}/../{name}",
        f"{base}/",
    ):
        assert (await fetched(scene, wrong)).status == 404


# --- open -------------------------------------------------------------------------------------------------------


async def test_photo_stands_upright_and_tells_nothing_of_its_place(scene: Scene) -> None:
    """client_api 6: EXIF removed, orientation applied; blurhash, sizes, a smaller picture."""
    made = await upload(await a_client(scene), a_photo(), description="Ağlar", focus="-0.5,0.25")

    assert made.status == 200
    told = made.json
    assert (told["type"], told["description"], told["remote_url"]) == ("image", "Ağlar", None)
    assert (told["meta"]["original"]["width"], told["meta"]["original"]["height"]) == (800, 1200)
    assert told["meta"]["focus"] == {"x": -0.5, "y": 0.25}
    assert len(told["blurhash"]) > 10
    for url, size in ((told["url"], (800, 1200)), (told["preview_url"], (427, 640))):
        answer = await fetched(scene, url)
        shown = Image.open(io.BytesIO(answer.body))
        assert (shown.format, shown.size, dict(shown.getexif())) == ("JPEG", size, {})
        assert b"Secret Phone" not in answer.body


@pytest.mark.parametrize(("kind", "media_type"), [("PNG", "image/png"), ("WEBP", "image/jpeg"), ("GIF", "image/jpeg")])
async def test_every_kind_of_picture_is_shown(scene: Scene, kind: str, media_type: str) -> None:
    """What is clear stays PNG; the rest becomes JPEG."""
    made = (await upload(await a_client(scene), a_picture(kind))).json
    answer = await fetched(scene, made["url"])
    assert (answer.status, answer.headers["Content-Type"]) == (200, media_type)


async def test_moving_picture_goes_on_moving(scene: Scene) -> None:
    """A GIF of several frames is kept as it is."""
    frames = [Image.new("RGB", (60, 40), colour) for colour in ("red", "green", "blue")]
    written = io.BytesIO()
    frames[0].save(written, "GIF", save_all=True, append_images=frames[1:])

    made = (await upload(await a_client(scene), written.getvalue())).json

    assert getattr(Image.open(io.BytesIO((await fetched(scene, made["url"])).body)), "n_frames", 1) == 3


async def test_video_is_kept_as_it_is_and_comes_in_parts(scene: Scene) -> None:
    """client_api 5: range requests for players."""
    body = b"\x00\x00\x00\x18ftypisom" + bytes(range(256)) * 40
    made = (await upload(await a_client(scene), body, name="film.mp4")).json
    assert (made["type"], made["blurhash"]) == ("video", None)

    part = await fetched(scene, made["url"], Range="bytes=4-11")

    assert (part.status, part.body) == (206, b"ftypisom")
    assert part.headers["Content-Type"] == "video/mp4"


async def test_files_run_nothing_and_may_be_shown_elsewhere(scene: Scene) -> None:
    """security 1.8: sandbox, nosniff; CORS for web apps; never changes."""
    made = (await upload(await a_client(scene), a_picture())).json
    headers = (await fetched(scene, made["url"])).headers
    assert headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Access-Control-Allow-Origin"] == "*"
    assert "immutable" in headers["Cache-Control"]


async def test_photo_goes_with_its_post_to_followers_elsewhere(scene: Scene) -> None:
    """POST statuses with media_ids: in the API, and in the note that leaves, with description, size, blurhash, focal point."""
    client = await a_client(scene)
    await scene.arrives(scene.alice.follow(scene.member.uri))
    made = (await upload(client, a_photo(), description="Ağlar", focus="0,1", version="v1")).json
    assert (await client.put(f"/media/{made['id']}", description="Balık ağları")).json["description"] == "Balık ağları"

    posted = await client.post("/statuses", status="", **{"media_ids[]": [made["id"]]})

    [shown] = posted.json["media_attachments"]
    assert (shown["id"], shown["type"], shown["url"]) == (made["id"], "image", made["url"])
    assert (shown["preview_url"], shown["description"]) == (made["preview_url"], "Balık ağları")
    await send_due(scene.node)
    creates = [orjson.loads(got.body) for got in scene.peer.received if b'"Create"' in got.body]
    [attachment] = creates[-1]["object"]["attachment"]
    assert (attachment["url"], attachment["mediaType"], attachment["name"]) == (
        made["url"],
        "image/jpeg",
        "Balık ağları",
    )
    assert (attachment["width"], attachment["height"], attachment["focalPoint"]) == (800, 1200, [0.0, 1.0])
    assert attachment["blurhash"] == made["blurhash"]
    again = await client.post("/statuses", status="x", media_ids=[made["id"]])
    assert (again.status, (await client.get(f"/media/{made['id']}")).status) == (422, 404)
    assert (await client.delete(f"/media/{made['id']}")).status == 422


async def test_edit_takes_a_file_away_and_describes_another(scene: Scene, kept: Any) -> None:
    """PUT statuses: media_ids, media_attributes; what is taken away leaves the disk."""
    client = await a_client(scene)
    numbers = [(await upload(client, a_picture())).json["id"] for _ in range(3)]
    post = (await client.post("/statuses", status="Three", media_ids=numbers)).json

    edited = await client.put(
        f"/statuses/{post['id']}",
        status="Two",
        media_ids=numbers[1:],
        media_attributes=[{"id": numbers[2], "description": "The third"}],
    )

    assert [one["id"] for one in edited.json["media_attachments"]] == numbers[1:]
    assert [one["description"] for one in edited.json["media_attachments"]] == [None, "The third"]
    unchanged = await client.put(f"/statuses/{post['id']}", status="Still two")
    assert len(unchanged.json["media_attachments"]) == 2
    await actions.sweep(scene.node, "now")
    assert len(kept()) == 4


async def test_deleted_post_takes_its_files_along(scene: Scene, kept: Any) -> None:
    """GDPR: nothing of it stays on the disk."""
    client = await a_client(scene)
    made = (await upload(client, a_picture())).json
    posted = (await client.post("/statuses", status="x", media_ids=[made["id"]])).json
    row = await scene.node.db.read(by_id, int(posted["id"]))
    assert row is not None

    await delete_post(scene.node, scene.member, row)
    await actions.sweep(scene.node, "now")

    assert kept() == []
    assert (await fetched(scene, made["url"])).status == 404


async def test_file_that_no_post_got_goes_after_a_day(scene: Scene, kept: Any) -> None:
    """limits.UNUSED_MEDIA_HOURS."""
    client = await a_client(scene)
    made = (await upload(client, a_picture())).json
    scene.clock.pass_(23 * 3600)
    await actions.sweep(scene.node, "night")
    assert len(kept()) == 2

    scene.clock.pass_(2 * 3600)
    await actions.sweep(scene.node, "night")

    assert (kept(), (await client.get(f"/media/{made['id']}")).status) == ([], 404)


async def test_five_files_are_too_many(scene: Scene) -> None:
    """limits.POST_FILES; and a video stands alone."""
    client = await a_client(scene)
    numbers = [(await upload(client, a_picture(size=(32, 32)))).json["id"] for _ in range(5)]
    film = (await upload(client, b"\x00\x00\x00\x18ftypisom" + bytes(99))).json["id"]
    for ids in (numbers, [numbers[0], film]):
        assert (await client.post("/statuses", status="x", media_ids=ids)).status == 422
    assert (await client.post("/statuses", status="x", media_ids=numbers[:4])).status == 200


async def test_work_that_was_cut_off_is_done_by_its_job(scene: Scene) -> None:
    """kill -9 between the upload and the picture: the job finds it waiting."""
    name = actions.new_name()
    files.upload(scene.node.config, name).write_bytes(a_photo())
    kind = Kind("image", "image/jpeg")
    client = await a_client(scene)
    account = await give_role(scene.node, "photo@mail.example", scene.member, "editor")
    who = await actions.take(scene.node, scene.member, account, name, kind, "", None)
    assert (await client.get(f"/media/{who.id}")).status == 206

    await actions.process(scene.node, str(who.id))

    assert (await client.get(f"/media/{who.id}")).json["url"]


async def test_many_uploads_wait_in_line(scene: Scene) -> None:
    """limits.UPLOADS_AT_ONCE: all are done, none is lost."""
    client = await a_client(scene)
    made = await asyncio.gather(*(upload(client, a_picture(size=(200, 200)), version="v1") for _ in range(6)))
    assert [one.status for one in made] == [200] * 6
    assert len({one.json["url"] for one in made}) == 6


async def test_remote_files_are_none_of_ours(scene: Scene) -> None:
    """A file whose address begins as ours do, on another host, is a copy at best."""
    client = await a_client(scene)
    await following(scene, scene.alice)
    picture = {"type": "Image", "url": "https://evil.example/media/1/x.jpg", "mediaType": "image/jpeg"}
    await scene.arrives(scene.alice.create(scene.alice.note(attachment=[picture])))
    [shown] = (await client.get("/timelines/home")).json[0]["media_attachments"]
    copy = scene.node.urls.copy("file", "https://evil.example/media/1/x.jpg")
    assert (shown["url"], shown["remote_url"]) == (copy, "https://evil.example/media/1/x.jpg")


async def test_page_shows_the_picture_with_its_description(scene: Scene) -> None:
    """Issue 5: pages show what members upload; a smaller copy, from this node alone."""
    client = await a_client(scene)
    made = (await upload(client, a_picture(), description="Ağlar & <tekne>")).json
    posted = (await client.post("/statuses", status="x", media_ids=[made["id"]])).json

    page = (await fetched(scene, posted["url"], Accept="text/html")).body.decode()

    small = made["preview_url"].removeprefix(scene.node.urls.base)
    assert f'<img src="{small}" alt="Ağlar &amp; &lt;tekne&gt;" width="640" height="427"' in page
