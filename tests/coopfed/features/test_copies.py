"""Pictures and files of others: what nobody may have through this node first, then what readers see, and when it goes."""

import asyncio
import base64
import io
from pathlib import Path

import pytest
from aiohttp import web
from PIL import Image

from actors.lookup import by_uri
from coopfed import limits
from coopfed.features.copies import store
from coopfed.features.copies.fetch import sweep_copies
from coopfed.features.moderation.actions import suspend
from coopfed.features.moderation.audit import COMMAND_LINE
from coopfed.net import peers
from coopfed.net.storage import folder_of, open_storage
from tests.coopfed.api.test_media import a_photo, a_picture, fetched
from tests.support.pages import Site, a_site
from tests.support.scene import Scene


@pytest.fixture(autouse=True)
def own_folder(scene: Scene, tmp_path: Path) -> None:
    """Each node has its own data folder, also on PostgreSQL."""
    object.__setattr__(scene.node.config, "data_dir", tmp_path)
    scene.node.storage = open_storage(scene.node.config)


def picture(site: Site, body: bytes, content_type: str = "image/png", path: str = "/a.png") -> str:
    """Puts a file there. Its address."""
    site.answers[path] = web.Response(body=body, headers={"Content-Type": content_type})
    return f"{site.base}{path}"


async def posted(scene: Scene, url: str, *, small: bool = False) -> str:
    """Lets alice post the file at this address. Where it is shown here."""
    file = {"type": "Document", "mediaType": "image/png", "url": url}
    assert await scene.arrives(scene.alice.create(scene.alice.mentioning(scene.member.uri, attachment=[file]))) == [
        "accepted"
    ]
    return scene.node.urls.copy("file", url, small=small)


def opened(body: bytes) -> Image.Image:
    """A picture."""
    return Image.open(io.BytesIO(body))


def copies(scene: Scene) -> list[str]:
    """What lies on the disk."""
    return sorted(path.name for path in folder_of(scene.node.config).rglob("*") if path.is_file())


# --- shut -------------------------------------------------------------------------------------------------------


async def test_addresses_that_this_node_did_not_give_out_lead_nowhere(scene: Scene) -> None:
    """security 1.3: no open proxy: another address, shape or seal is 404, and nobody is asked."""
    urls = scene.node.urls
    async with a_site() as site:
        good = urls.copy("avatar", picture(site, a_picture()))
        other = base64.urlsafe_b64encode(f"{site.base}/b.png".encode()).rstrip(b"=").decode()
        seal, path = good.split("/")[-2:]

        for wrong in (
            f"{urls.base}/media/copies/avatar/{seal}/{other}",
            f"{urls.base}/media/copies/file/{seal}/{path}",
            f"{urls.base}/media/copies/avatar/{'0' * 32}/{path}",
            f"{urls.base}/media/copies/avatar/{seal}x/{path}",
            f"{urls.base}/media/copies/avatar/{seal}/{path}x",
            f"{urls.base}/media/copies/avatar/{seal}/%2e%2e",
            f"{urls.base}/media/copies/avatar/ü/{path}",
            f"{urls.base}/media/copies/page/{urls.seal('page', site.base)}/{path}",
        ):
            assert (await fetched(scene, wrong)).status == 404, wrong
        assert site.asked == []


@pytest.mark.parametrize(
    "body",
    [
        b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>",
        b"<!doctype html><script>alert(1)</script>",
        b'{"type": "Person", "id": "https://victim.example/"}',
        a_picture()[:2000],
        b"",
    ],
)
async def test_what_is_no_picture_is_not_passed_on(scene: Scene, body: bytes) -> None:
    """security 1.1, 1.8: the bytes decide, whatever the origin calls them."""
    async with a_site() as site:
        url = picture(site, body, "image/png")

        await posted(scene, url)
        for shape in ("avatar", "emoji", "file"):
            assert (await fetched(scene, scene.node.urls.copy(shape, url))).status == 404
    assert copies(scene) == []


async def test_address_ends_with_the_post(scene: Scene) -> None:
    """A file that its author took back is not to be had here either by whoever kept the address; nor while the author is suspended."""
    async with a_site() as site:
        address = await posted(scene, picture(site, a_picture()))
        file = {"type": "Document", "mediaType": "image/png", "url": picture(site, a_picture(), path="/b.png")}
        note = scene.alice.mentioning(scene.member.uri, attachment=[file])
        assert await scene.arrives(scene.alice.create(note)) == ["accepted"]
        deleted = scene.node.urls.copy("file", file["url"])
        assert [(await fetched(scene, one)).status for one in (address, deleted)] == [200, 200]

        await scene.arrives(scene.alice.says("Delete", note["id"]))

        assert [(await fetched(scene, one)).status for one in (address, deleted)] == [200, 404]
        author = await scene.node.db.read(by_uri, scene.alice.uri)
        assert author is not None
        await suspend(scene.node, author, True, COMMAND_LINE)
        assert (await fetched(scene, address)).status == 404
        assert (await fetched(scene, scene.node.urls.copy("file", f"{site.base}/c.png"))).status == 404
        assert "/c.png" not in str(site.asked)


async def test_film_is_no_avatar(scene: Scene) -> None:
    """Only posts have films."""
    film = b"\x00\x00\x00\x18ftypmp42" + b"x" * 500
    async with a_site() as site:
        url = picture(site, film, "video/mp4")

        assert (await fetched(scene, scene.node.urls.copy("avatar", url))).status == 404
        shown = await fetched(scene, await posted(scene, url), Range="bytes=4-11")
        assert (await fetched(scene, scene.node.urls.copy("file", url, small=True))).status == 404

    assert (shown.status, shown.body, shown.headers["Content-Type"]) == (206, b"ftypmp42", "video/mp4")


async def test_what_is_too_large_is_not_passed_on(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """limits.IMAGE_BYTES, limits.COPY_BYTES: at n and n + 1; and a picture that unpacks to too much."""
    body, bomb = a_picture(size=(64, 64)), io.BytesIO()
    film = b"\x00\x00\x00\x18ftypmp42" + b"x" * 500
    Image.new("1", (12_000, 12_000)).save(bomb, "PNG")
    async with a_site() as site:
        for path, content, bound in (("/a", body, "IMAGE_BYTES"), ("/b", film, "COPY_BYTES")):
            url = picture(site, content, path=path)
            monkeypatch.setattr(limits, bound, len(content) - 1)
            assert (await fetched(scene, await posted(scene, url))).status == 404
            monkeypatch.setattr(limits, bound, len(content))
            assert (await fetched(scene, await posted(scene, picture(site, content, path=f"{path}2")))).status == 200
            monkeypatch.undo()
        assert (await fetched(scene, await posted(scene, picture(site, bomb.getvalue(), path="/bomb")))).status == 404


async def test_blocked_host_is_not_asked_and_not_shown(scene: Scene) -> None:
    """security 1.7, *Blocks*: applied on the media proxy, also to what lies here already."""
    async with a_site() as site:
        address = scene.node.urls.copy("avatar", picture(site, a_picture()))
        assert (await fetched(scene, address)).status == 200
        await scene.node.db.write(peers.set_blocked, site.base.partition("://")[2], True)
        scene.node.memory.forget()
        asked = len(site.asked)

        assert (await fetched(scene, address)).status == 404
        assert (await fetched(scene, await posted(scene, f"{site.base}/b.png"))).status == 404
        assert len(site.asked) == asked


async def test_failing_origin_is_left_alone_for_a_while(scene: Scene) -> None:
    """limits.COPY_AGAIN_SECONDS: not asked again at once, and later every time."""
    async with a_site() as site:
        address = scene.node.urls.copy("avatar", f"{site.base}/late.png")

        async def asked_after(seconds: float) -> tuple[int, int]:
            scene.clock.pass_(seconds)
            return (await fetched(scene, address)).status, len(site.asked)

        first = limits.COPY_AGAIN_SECONDS[0]
        assert await asked_after(0) == (404, 1)
        assert await asked_after(first - 1) == (404, 1)
        assert await asked_after(1) == (404, 2)
        assert await asked_after(4 * first - 1) == (404, 2)
        picture(site, a_picture(), path="/late.png")
        assert await asked_after(1) == (200, 3)


# --- open -------------------------------------------------------------------------------------------------------


async def test_photo_of_a_remote_post_comes_without_what_the_phone_wrote(scene: Scene) -> None:
    """design 9: served by the node, made anew, in a sandbox; one request, nothing of the reader in it."""
    async with a_site() as site:
        url = picture(site, a_photo(), "application/octet-stream")

        whole = await fetched(scene, await posted(scene, url), Cookie="reader=1", Referer="https://r.example/")
        small = await fetched(scene, scene.node.urls.copy("file", url, small=True))

    assert (whole.status, small.status, site.paths) == (200, 200, ["/a.png"])
    assert (opened(whole.body).size, max(opened(small.body).size)) == ((800, 1200), limits.PREVIEW_EDGE)
    assert b"Secret Phone" not in whole.body
    assert whole.headers["Content-Type"] == "image/jpeg"
    assert whole.headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in whole.headers["Content-Security-Policy"]
    sent = site.asked[0][1]
    assert {"Cookie", "Referer", "Signature", "Authorization"}.isdisjoint(sent)


async def test_avatars_headers_and_emojis_have_their_shapes(scene: Scene) -> None:
    """client_api 5: avatars stand still; emojis move, and have a picture that does not."""
    frames = [Image.new("RGB", (300, 200), colour) for colour in ("red", "blue")]
    moving = io.BytesIO()
    frames[0].save(moving, "GIF", save_all=True, append_images=frames[1:])
    copy = scene.node.urls.copy
    async with a_site() as site:
        url = picture(site, moving.getvalue(), "image/gif")
        avatar, header, emoji, still = [
            opened((await fetched(scene, address)).body)
            for address in (
                copy("avatar", url),
                copy("header", url),
                copy("emoji", url),
                copy("emoji", url, small=True),
            )
        ]

    assert (avatar.size, header.size) == (limits.AVATAR_SIZE, limits.HEADER_SIZE)
    assert (getattr(avatar, "n_frames", 1), getattr(emoji, "n_frames", 1)) == (1, 2)
    assert (emoji.format, still.format, max(still.size)) == ("GIF", "PNG", limits.EMOJI_EDGE)


async def test_many_who_look_at_one_moment_are_one_request(scene: Scene) -> None:
    """The first thousand readers of a post must not be a thousand requests."""
    async with a_site() as site:
        address = scene.node.urls.copy("avatar", picture(site, a_picture()))

        answers = await asyncio.gather(*(fetched(scene, address) for _ in range(8)))

        assert [answer.status for answer in answers] == [200] * 8
        assert site.paths == ["/a.png"]


async def test_avatar_is_looked_up_anew_after_a_week_and_outlives_its_origin(scene: Scene) -> None:
    """limits.COPY_FRESH_SECONDS: the reader gets the old one at once; an origin that is down takes none away."""
    async with a_site() as site:
        address = scene.node.urls.copy("avatar", picture(site, a_picture()))
        old = (await fetched(scene, address)).body
        picture(site, a_picture("PNG"))

        scene.clock.pass_(limits.COPY_FRESH_SECONDS + 1)
        assert (await fetched(scene, address)).body == old
        await asyncio.gather(*scene.node.memory.copies.values())
        new = (await fetched(scene, address)).body
        assert opened(new).format == "PNG"

        site.answers.clear()
        scene.clock.pass_(limits.COPY_FRESH_SECONDS + 1)
        assert (await fetched(scene, address)).body == new
        await asyncio.gather(*scene.node.memory.copies.values(), return_exceptions=True)
        assert (await fetched(scene, address)).body == new


async def test_lost_file_is_had_again(scene: Scene) -> None:
    """A backup holds rows and no copies; an origin that fails then is left alone as well."""
    async with a_site() as site:
        address = scene.node.urls.copy("avatar", picture(site, a_picture()))
        await fetched(scene, address)
        for path in folder_of(scene.node.config).rglob("*.*"):
            path.unlink()

        site.answers.clear()
        assert [(await fetched(scene, address)).status for _ in range(2)] == [404, 404]
        assert len(site.asked) == 2
        picture(site, a_picture())
        scene.clock.pass_(limits.COPY_AGAIN_SECONDS[0])
        assert (await fetched(scene, address)).status == 200


async def test_reader_waits_for_a_slow_origin_for_a_while(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """limits.COPY_WAIT_SECONDS: 503 with Retry-After; the work goes on, and the next look has it."""
    monkeypatch.setattr(limits, "COPY_WAIT_SECONDS", 0.05)
    async with a_site() as site:
        address = scene.node.urls.copy("avatar", picture(site, a_picture()))
        site.held = asyncio.Event()
        assert (await fetched(scene, address)).status == 503

        site.held.set()
        await asyncio.gather(*scene.node.memory.copies.values())

        assert ((await fetched(scene, address)).status, len(site.asked)) == (200, 1)


async def test_no_more_wait_than_may(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """limits.COPIES_WAITING at n and n + 1: slow origins hold up a bounded number."""
    monkeypatch.setattr(limits, "COPIES_WAITING", 2)
    monkeypatch.setattr(limits, "COPY_WAIT_SECONDS", 0.05)
    async with a_site() as site:
        site.held = asyncio.Event()
        addresses = [
            scene.node.urls.copy("avatar", picture(site, a_picture(), path=f"/{number}")) for number in range(3)
        ]
        assert [(await fetched(scene, address)).status for address in addresses] == [503] * 3
        site.held.set()
        await asyncio.gather(*scene.node.memory.copies.values())

        assert sorted(site.paths) == ["/0", "/1"]
        monkeypatch.undo()
        assert [(await fetched(scene, address)).status for address in addresses] == [200] * 3


async def test_origin_that_drips_is_given_up(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """limits.COPY_SECONDS: in all, however slowly it comes."""
    monkeypatch.setattr(limits, "COPY_SECONDS", 0.1)
    async with a_site() as site:
        address = scene.node.urls.copy("avatar", picture(site, a_picture()))
        site.held = asyncio.Event()

        assert (await fetched(scene, address)).status == 404
    assert copies(scene) == []


# --- when it goes -----------------------------------------------------------------------------------------------


async def test_copies_that_nobody_looks_at_go(scene: Scene) -> None:
    """RETENTION_COPIES: counted from the last look, with the files; 0 keeps them."""
    days = scene.node.config.retention_copies
    async with a_site() as site:
        looked_at, forgotten = (
            scene.node.urls.copy("avatar", picture(site, a_picture(), path=path)) for path in ("/a", "/b")
        )
        for address in (looked_at, forgotten):
            await fetched(scene, address)
        scene.clock.pass_((days - 1) * 24 * 3600)
        await fetched(scene, looked_at)
        await asyncio.gather(*scene.node.memory.copies.values())
        scene.clock.pass_(2 * 24 * 3600)

        object.__setattr__(scene.node.config, "retention_copies", 0)
        await sweep_copies(scene.node)
        assert len(copies(scene)) == 4
        object.__setattr__(scene.node.config, "retention_copies", days)
        await sweep_copies(scene.node)
        assert len(copies(scene)) == 2
        assert await scene.node.db.read(store.total) > 0
        asked = len(site.asked)
        await fetched(scene, looked_at)
        assert len(site.asked) == asked


async def test_copies_take_no_more_room_than_they_may(scene: Scene) -> None:
    """COPIES_MIB: what nobody looked at for longest makes room."""
    async with a_site() as site:
        addresses = []
        for number in range(4):
            film = b"\x00\x00\x00\x18ftypmp42" + bytes(limits.MIB // 2)
            addresses.append(await posted(scene, picture(site, film, path=f"/{number}")))
            object.__setattr__(scene.node.config, "copies_mib", 1)
            assert (await fetched(scene, addresses[-1])).status == 200
            scene.clock.pass_(1)

        assert len(copies(scene)) == 1
        assert await scene.node.db.read(store.total) <= limits.MIB


async def test_full_disk_takes_no_copies(scene: Scene) -> None:
    """limits.DISK_FREE_BYTES: 503 with Retry-After; what lies here is shown."""
    async with a_site() as site:
        first = scene.node.urls.copy("avatar", picture(site, a_picture()))
        await fetched(scene, first)
        scene.node.disk_low = True

        scene.clock.pass_(limits.COPY_FRESH_SECONDS + 1)
        other = await fetched(scene, scene.node.urls.copy("avatar", picture(site, a_picture(), path="/b")))
        assert (other.status, (await fetched(scene, first)).status) == (503, 200)
