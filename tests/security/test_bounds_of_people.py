"""Bounds of signing in, of apps and of files: each at n and n + 1, and the crowd at the door."""

import asyncio
import io

import pytest
from PIL import Image

from coopfed import limits
from coopfed.errors import Gone, InvalidInput, Unavailable
from coopfed.features.accounts import joining, links, passwords, sessions, store
from coopfed.features.accounts.links import LinkRow, Purpose
from coopfed.features.filters import rules as filters
from coopfed.features.lists import store as lists
from coopfed.features.media import actions as media
from coopfed.features.media import rules
from coopfed.features.media.rules import Kind
from coopfed.oauth import apps
from tests.coopfed.api.test_api import a_client
from tests.coopfed.api.test_media import a_picture, upload
from tests.support.scene import Scene, a_scene


def test_passwords_have_a_bounded_length() -> None:
    """security 1.6: long enough to be of use, short enough to be hashed."""
    letters = "abcdefghijklmnopqrstuvwxyz" * 20
    for length in (limits.PASSWORD_MIN, limits.PASSWORD_MAX):
        assert passwords.checked(letters[:length])
    for length in (limits.PASSWORD_MIN - 1, limits.PASSWORD_MAX + 1):
        with pytest.raises(InvalidInput):
            passwords.checked(letters[:length])


async def test_crowd_at_the_door_is_turned_away(monkeypatch: pytest.MonkeyPatch) -> None:
    """security 1.4: so many passwords wait, so many are checked at once; then 503, and nothing piles up."""
    monkeypatch.setattr(limits, "PASSWORDS_WAITING", 3)
    assert passwords._PLACES._max_workers == limits.PASSWORDS_AT_ONCE

    came = await asyncio.gather(*(passwords.hashed(f"password {n}") for n in range(4)), return_exceptions=True)

    assert [isinstance(one, Unavailable) for one in came] == [False, False, False, True]
    assert await passwords.hashed("and again later")


async def test_account_has_a_bounded_number_of_sessions(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """limits.SESSIONS: the one that was seen longest ago ends; a browser's name is cut."""
    monkeypatch.setattr(limits, "SESSIONS", 3)
    account = await store.give_role(scene.node, "a@mail.example", scene.member, "editor")
    for number in range(4):
        await sessions.begin(scene.node, account, f"browser {number} " + "x" * limits.AGENT_LENGTH, "192.0.2.1")
        scene.clock.pass_(1)

    rows = await scene.node.db.read(sessions.listed, account)

    assert [row.agent.split()[1] for row in rows] == ["3", "2", "1"]
    assert {len(row.agent) for row in rows} == {limits.AGENT_LENGTH}


async def test_apps_have_bounded_names_and_addresses(scene: Scene) -> None:
    """security 1.6: an app is one line on a page."""
    uris = [f"app{n}://x" for n in range(limits.REDIRECT_URIS)]
    row, _secret = await apps.register_app(scene.node, "n" * limits.APP_NAME_LENGTH, uris, "read", None)
    assert len(row.redirects) == limits.REDIRECT_URIS
    for name, addresses in (("n" * (limits.APP_NAME_LENGTH + 1), uris), ("n", [*uris, "one-more://x"])):
        with pytest.raises(InvalidInput):
            await apps.register_app(scene.node, name, addresses, "read", None)


async def test_reason_for_an_account_is_cut(database_url: str) -> None:
    """limits.REASON_LENGTH: whoever decides reads so much."""

    async with a_scene(database_url, registration="approval") as scene:
        await joining.sign_up(scene.node, "a@mail.example", "four fishes", "x" * (limits.REASON_LENGTH + 1), "en")
        row = await scene.node.db.read(store.by_email, "a@mail.example")
        assert row is not None
        assert len(row.reason) == limits.REASON_LENGTH


def test_titles_and_keywords_have_bounded_lengths() -> None:
    """Of lists and filters."""
    fits = "x" * limits.LIST_TITLE_CHARACTERS
    assert lists.checked(fits, "list", False)[0] == filters.checked_title(fits) == filters.checked_keyword(fits) == fits
    for check in (lambda text: lists.checked(text, "list", False), filters.checked_title, filters.checked_keyword):
        with pytest.raises(InvalidInput):
            check(f"{fits}x")


def test_descriptions_have_a_bounded_length() -> None:
    """client_api 6: 1,500 characters."""
    assert rules.checked_description("x" * limits.MEDIA_DESCRIPTION)
    with pytest.raises(InvalidInput):
        rules.checked_description("x" * (limits.MEDIA_DESCRIPTION + 1))


async def test_videos_have_a_bounded_size(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """limits.VIDEO_BYTES: at n and n + 1."""
    body, client = b"\x00\x00\x00\x18ftypisom" + bytes(1000), await a_client(scene)
    monkeypatch.setattr(limits, "VIDEO_BYTES", len(body))
    assert (await upload(client, body)).status == 200
    assert (await upload(client, body + b"x")).status == 422


async def test_pictures_are_no_larger_than_a_page_needs(scene: Scene) -> None:
    """limits.IMAGE_EDGE, PREVIEW_EDGE: what is larger is made smaller."""
    made = (await upload(await a_client(scene), a_picture(size=(limits.IMAGE_EDGE + 100, 300)))).json
    assert made["meta"]["original"]["width"] == limits.IMAGE_EDGE
    answer = await scene.peer.send("GET", made["preview_url"], {})
    assert Image.open(io.BytesIO(answer.body)).width == limits.PREVIEW_EDGE


async def test_files_wait_in_a_bounded_line(scene: Scene) -> None:
    """limits.UPLOADS_WAITING: 503 with nothing kept, and the next one is taken."""
    account = await store.give_role(scene.node, "a@mail.example", scene.member, "editor")
    taken = (scene.node, scene.member, account, media.new_name(), Kind("image", "image/jpeg"), "", None)
    scene.node.waiting_media = limits.UPLOADS_WAITING
    with pytest.raises(Unavailable):
        await media.take(*taken)
    scene.node.waiting_media = limits.UPLOADS_WAITING - 1
    assert await media.take(*taken)


async def test_picture_that_takes_too_long_is_given_up(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """limits.IMAGING_SECONDS: the process is killed, and the app told."""
    monkeypatch.setattr(limits, "IMAGING_SECONDS", 0.001)
    answer = await upload(await a_client(scene), a_picture(), version="v1")
    assert (answer.status, "takes too long" in answer.json["error"]) == (422, True)


async def test_app_is_not_kept_waiting_for_a_picture(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """limits.MEDIA_WAIT_SECONDS: 202 without an address, and then it is there (client_api 6)."""
    monkeypatch.setattr(limits, "MEDIA_WAIT_SECONDS", 0.001)
    client = await a_client(scene)
    first = await upload(client, a_picture())
    assert (first.status, first.json["url"]) == (202, None)
    async with asyncio.timeout(20):
        while (answer := await client.get(f"/media/{first.json['id']}")).status == 206:
            pass
    assert answer.json["url"]


async def test_link_from_a_mail_is_good_for_a_time(scene: Scene) -> None:
    """limits.LINK_HOURS, INVITATION_DAYS: at n and n + 1."""
    for purpose, seconds in (
        (Purpose.RESET, limits.LINK_HOURS * 3600),
        (Purpose.INVITE, limits.INVITATION_DAYS * 24 * 3600),
    ):
        row = LinkRow(None, "a@mail.example", None, None, None, scene.clock.now())
        secret = await scene.node.db.write(links.make, scene.node.secret, purpose, row)
        scene.clock.pass_(seconds)
        assert await scene.node.db.read(links.find, scene.node.secret, purpose, secret, scene.clock.now()) == row
        scene.clock.pass_(1)
        with pytest.raises(Gone):
            await scene.node.db.read(links.find, scene.node.secret, purpose, secret, scene.clock.now())
