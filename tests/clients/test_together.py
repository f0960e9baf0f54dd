"""Several clients at once: of three people who speak as one cooperative, and on two nodes."""

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
from mastodon import Mastodon, MastodonNotFoundError

from coopfed.features.posts.defaults import set_needs_approval
from tests.clients.conftest import aside, code_for
from tests.clients.process import a_client
from tests.clients.test_javascript import packages
from tests.clients.test_mastodonpy import signed_in
from tests.clients.test_toot import Toot, a_toot
from tests.coopfed.web.account.conftest import House, a_house
from tests.peers.npm import Installed

SECONDS = 30

__all__ = ["packages"]

pytestmark = pytest.mark.slow


async def once(call: Callable[[], Any], wanted: Callable[[Any], bool]) -> Any:
    """What the call gives as soon as it is as wanted; AssertionError with it when that takes too long."""
    found: Any = None
    for _ in range(SECONDS * 10):
        found = await aside(call)
        if wanted(found):
            return found
        await asyncio.sleep(0.1)
    raise AssertionError(found)


# --- one cooperative, three people ------------------------------------------------------------------------------


async def test_three_people_speak_as_one_cooperative(house: House, packages: Installed, tmp_path: Path) -> None:
    """Issue 5: an author with toot, an editor with Mastodon.py and a reader with masto.js, at the same time: each may what the role
    allows, and all see the same."""
    await house.node.db.write(set_needs_approval, house.cooperative.id, True)
    await house.member("author@mail.example", role="author")
    await house.member("reader@mail.example", role="reader")
    editor = await signed_in(house, "fishers")
    author: Toot = await a_toot(house, tmp_path / "author", "author@mail.example")

    async with a_client(packages.command(program="reader")) as reader:
        await reader.hears(base=house.node.urls.base)
        address = (await reader.says())["authorize"]
        await reader.hears(code=await code_for(house, address, "fishers", "reader@mail.example"))
        await aside(editor.status_post, "From the board")
        waits = await author.json("post", "From the deck")
        await reader.hears(id=waits["id"])
        read = (await reader.says())["done"]
    [one] = await asked(editor, "GET", "/api/coopfed/v1/pending_statuses")
    address = f"/api/coopfed/v1/pending_statuses/{one['id']}/approve"
    published = await asked(editor, "POST", f"{address}?version={one['coopfed']['version']}")
    home = await author.run("timelines", "home", "--no-pager")

    assert (read["home"], read["refused"]) == (["<p>From the board</p>"], 403)
    assert read["pending"] == "<p>From the deck</p>"
    assert one["coopfed"]["written_by"] == "author@mail.example"
    assert published["content"] == "<p>From the deck</p>"
    assert "From the deck" in home
    assert "From the board" in home


async def asked(client: Mastodon, method: str, path: str) -> Any:
    """An answer to what Mastodon.py has no word for."""
    return await aside(client._Mastodon__api_request, method, path)  # type: ignore[attr-defined]


# --- two nodes --------------------------------------------------------------------------------------------------


@pytest.fixture
async def elsewhere(database_urls: list[str], tmp_path: Path) -> AsyncIterator[House]:
    """Another node, on a database of its own, with a member."""
    # Where the second database lies, when it is a file.
    folder = tmp_path / "second"
    folder.mkdir(exist_ok=True)
    async with a_house(database_urls[1], folder, work=True, real_time=True) as found:
        await found.member()
        yield found


async def test_what_one_posts_another_sees_answers_and_boosts(house: House, elsewhere: House) -> None:
    """Issue 5: a cooperative on one node and a person on another, each by a client: followed, read, answered, boosted, edited, deleted."""
    fishers, person = await signed_in(house, "fishers"), await signed_in(elsewhere, "person")
    handle = f"@fishers@{house.node.config.handle_domain}"
    [found] = (await aside(person.search_v2, handle, resolve=True, result_type="accounts")).accounts
    await aside(person.account_follow, found.id)
    await once(lambda: person.account_relationships(found.id), lambda known: known[0].following)

    posted = await aside(fishers.status_post, "Fresh #fish today", visibility="public")
    [seen] = await once(person.timeline_home, lambda home: len(home) == 1)
    await aside(person.status_post, "@fishers How much?", in_reply_to_id=seen.id)
    await aside(person.status_favourite, seen.id)
    await aside(person.status_reblog, seen.id)
    told = await once(
        fishers.notifications, lambda all: {"mention", "favourite", "reblog", "follow"} <= {n.type for n in all}
    )
    [answer] = (await once(lambda: fishers.status_context(posted.id), lambda thread: thread.descendants)).descendants
    counted = await once(lambda: fishers.status(posted.id), lambda one: one.reblogs_count == one.favourites_count == 1)
    await aside(fishers.status_update, posted.id, "Fresh #fish today, and mussels")
    edited = await once(lambda: person.status(seen.id), lambda one: one.edited_at is not None)
    await aside(fishers.status_delete, posted.id)

    assert "Fresh" in seen.content
    assert "How much?" in answer.content
    assert answer.in_reply_to_id == posted.id
    assert {n.account.acct for n in told} == {f"person@{elsewhere.node.config.handle_domain}"}
    assert counted.replies_count == 1
    assert "mussels" in edited.content
    assert await once(lambda: _is_gone(person, seen.id), bool)


def _is_gone(client: Mastodon, id: Any) -> bool:
    try:
        client.status(id)
    except MastodonNotFoundError:
        return True
    return False
