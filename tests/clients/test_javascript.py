"""masto.js and megalodon: each signs in by the real consent page and lives a member's day, back through two hundred posts."""

from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from coopfed.features.posts.actions import create_post
from coopfed.features.posts.rules import Draft
from tests.clients.conftest import code_for
from tests.clients.process import a_client
from tests.coopfed.web.account.conftest import House
from tests.peers.npm import Installed, NotHere, installed

BEFORE = 200

pytestmark = pytest.mark.slow


@pytest.fixture(scope="session")
def packages() -> Installed:
    """The two libraries; the test is skipped where they cannot be had."""
    try:
        return installed("javascript", Path(__file__).parent)
    except NotHere as error:
        pytest.skip(f"masto.js and megalodon cannot be had: {error}")


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    """A picture to post."""
    path = tmp_path / "net.png"
    Image.new("RGB", (640, 480), (20, 90, 120)).save(path)
    return path


async def day(house: House, packages: Installed, picture: Path, library: str) -> dict[str, Any]:
    """What came of a day with this library, speaking as the cooperative, which had said much before."""
    for n in range(BEFORE):
        await create_post(house.node, house.cooperative, Draft(f"Day {n}"))
    async with a_client(packages.command(program=library)) as client:
        await client.hears(base=house.node.urls.base, picture=str(picture), before=BEFORE)
        address = (await client.says())["authorize"]
        await client.hears(code=await code_for(house, address, "fishers"))
        found: dict[str, Any] = (await client.says())["done"]
    return found


async def test_day_with_masto_js(house: House, packages: Installed, picture: Path) -> None:
    """Elk and Phanpy stand on it: every answer is read by its types, every list by its Link headers."""
    found = await day(house, packages, picture, "masto")

    assert (found["username"], found["seen"], found["distinct"]) == ("fishers", BEFORE, BEFORE)
    assert found["version"].startswith("4.")
    assert (found["media"]["type"], found["media"]["description"]) == ("image", "A net")
    assert found["media"]["url"].startswith(house.node.urls.base)
    assert (found["attached"], found["language"]) == ([True], "en")
    assert (found["options"], found["below"]) == (["Gill", "Trawl"], [True])
    assert (found["edited"], found["versions"]) == ("<p>And the boats too</p>", 2)
    assert (found["favoured"], found["kept"], found["pinned"], found["bookmarks"]) == (True, True, True, [True])
    assert (found["lists"], found["filtered"]) == (["Boats"], [])
    assert (found["found"], found["tagged"]) == ([True], [True])
    assert (found["relationships"], found["marker"], found["visibility"]) == (1, True, "public")
    assert (found["text"], found["gone"]) == ("And the boats too", True)


async def test_day_with_megalodon(house: House, packages: Installed, picture: Path) -> None:
    """Quirk 35: it asks NodeInfo for the kind of server, and knows ours as Mastodon."""
    found = await day(house, packages, picture, "megalodon")

    assert (found["kind"], found["username"]) == ("mastodon", "fishers")
    assert (found["seen"], found["distinct"]) == (BEFORE, BEFORE)
    assert (found["media"]["type"], found["attached"], found["language"]) == ("image", 1, "it")
    assert (found["options"], found["below"]) == (["Rete", "Lenza"], [True])
    assert found["edited"] == "<p>E anche le barche</p>"
    assert (found["favoured"], found["kept"], found["lists"]) == (True, True, ["Barche"])
    assert (found["found"], found["tagged"]) == (["reti"], [True])
    assert (found["relationships"], found["emojis"], found["announcements"], found["gone"]) == (1, True, True, True)
