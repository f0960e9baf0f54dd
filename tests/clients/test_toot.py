"""toot, as a process in a terminal: signs in by the real consent page, and lives a member's day."""

import asyncio
import contextlib
import json
import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from coopfed.features.posts.actions import create_post
from coopfed.features.posts.rules import Draft
from tests.clients.conftest import code_for
from tests.coopfed.web.account.conftest import MEMBER, House
from tests.peers.npm import NotHere
from tests.peers.pypi import environment

SECONDS = 60
BEFORE = 200

pytestmark = pytest.mark.slow


@dataclass
class Toot:
    """The program, with a folder of its own for what it remembers."""

    program: Path
    home: Path

    @property
    def surroundings(self) -> dict[str, str]:
        """Its environment."""
        return {
            "HOME": str(self.home),
            "XDG_CONFIG_HOME": str(self.home),
            "PATH": "/usr/bin:/bin",
            "LANG": "C.UTF-8",
            "TERM": "dumb",
        }

    async def start(self, *arguments: str) -> asyncio.subprocess.Process:
        """The program, running."""
        pipe = asyncio.subprocess.PIPE
        return await asyncio.create_subprocess_exec(
            self.program, *arguments, stdin=pipe, stdout=pipe, stderr=asyncio.subprocess.STDOUT, env=self.surroundings
        )

    async def run(self, *arguments: str) -> str:
        """What it prints. AssertionError with it when it fails."""
        process = await self.start(*arguments)
        async with asyncio.timeout(SECONDS):
            printed, _ = await process.communicate()
        assert process.returncode == 0, printed.decode()
        return printed.decode()

    async def at_a_terminal(self, *arguments: str, typed: str) -> str:
        """What it prints to somebody who types that: it leafs through pages at a terminal only."""
        ours, its = os.openpty()
        try:
            process = await asyncio.create_subprocess_exec(
                self.program, *arguments, stdin=its, stdout=its, stderr=its, env=self.surroundings
            )
            os.close(its)
            os.write(ours, typed.encode())
            async with asyncio.timeout(SECONDS):
                printed = await asyncio.to_thread(_everything, ours)
                assert await process.wait() == 0, printed
        finally:
            os.close(ours)
        return printed

    async def json(self, *arguments: str) -> Any:
        """What it prints with --json."""
        return json.loads(await self.run(*arguments, "--json"))


def _everything(terminal: int) -> str:
    """What is written to a terminal until whoever writes there is gone."""
    read = b""
    with contextlib.suppress(OSError):
        while part := os.read(terminal, 65_536):
            read += part
    return read.decode()


async def signed_in(house: House, toot: Toot, email: str) -> None:
    """Signs in as the cooperative: opens the printed address, and types the code that the page shows."""
    process = await toot.start("login", "--instance", house.node.urls.base)
    assert process.stdin is not None
    assert process.stdout is not None
    seen = b""
    async with asyncio.timeout(SECONDS):
        while b"[Y/n]" not in seen:
            read = await process.stdout.read(4096)
            assert read, seen.decode()
            seen += read
    found = re.search(rf"{re.escape(house.node.urls.base)}/oauth/authorize\S+", seen.decode())
    assert found is not None, seen.decode()
    process.stdin.write(b"n\n" + (await code_for(house, found[0], "fishers", email)).encode() + b"\n")
    async with asyncio.timeout(SECONDS):
        printed, _ = await process.communicate()
    assert "Successfully logged in" in printed.decode(), printed.decode()


async def a_toot(house: House, home: Path, email: str = MEMBER) -> Toot:
    """toot, signed in; the test is skipped where it cannot be had."""
    try:
        python = environment("toot", Path(__file__).parent)
    except NotHere as error:
        pytest.skip(f"toot cannot be had: {error}")
    found = Toot(python.with_name("toot"), home)
    found.home.mkdir()
    await signed_in(house, found, email)
    return found


async def test_day_in_a_terminal(house: House, tmp_path: Path) -> None:
    """Quirk 4: toot reads ids as numbers, dates with milliseconds and every key of an entity."""
    toot = await a_toot(house, tmp_path / "home")
    Image.new("RGB", (64, 48), (20, 90, 120)).save(tmp_path / "net.png")

    who = await toot.json("whoami")
    posted = await toot.json(
        "post",
        "Nets are mended #fish",
        "--media",
        str(tmp_path / "net.png"),
        "--description",
        "A net",
        "--language",
        "en",
    )
    answer = await toot.json("post", "And the boats", "--reply-to", posted["id"])
    thread = await toot.json("thread", posted["id"])
    home = await toot.run("timelines", "home", "--no-pager")
    await toot.run("favourite", posted["id"])
    await toot.run("bookmark", posted["id"])
    kept = await toot.run("bookmarks")
    await toot.run("pin", posted["id"])
    await toot.run("lists", "create", "Boats")
    lists = await toot.run("lists", "list")
    found = await toot.json("search", "mended", "--type", "statuses")
    tags = await toot.run("tags", "follow", "fish")
    notifications = await toot.run("notifications")
    instance = await toot.run("instance")
    after = await toot.json("status", posted["id"])
    await toot.run("delete", answer["id"])

    assert who["username"] == "fishers"
    assert [file["description"] for file in posted["media_attachments"]] == ["A net"]
    assert [one["id"] for one in thread["descendants"]] == [answer["id"]]
    assert "Nets are mended" in home
    assert "Nets are mended" in kept
    assert "Boats" in lists
    assert [one["id"] for one in found["statuses"]] == [posted["id"]]
    assert "fish" in tags
    assert isinstance(notifications, str)
    assert "localhost" in instance
    assert (after["favourited"], after["bookmarked"], after["pinned"]) == (True, True, True)


async def test_home_is_paged_back_in_a_terminal(house: House, tmp_path: Path) -> None:
    """Issue 5: toot follows the Link headers back through two hundred posts, each once, as long as its reader says yes."""
    for n in range(BEFORE):
        await create_post(house.node, house.cooperative, Draft(f"Day {n}."))
    toot = await a_toot(house, tmp_path / "home")

    printed = await toot.at_a_terminal("timeline", "--count", "20", typed="y\n" * (BEFORE // 20 + 1))

    assert re.findall(r"Day (\d+)\.", printed) == [str(n) for n in reversed(range(BEFORE))]
