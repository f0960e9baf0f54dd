"""Other people's software and ours follow, talk and part, over TLS: read in the foreign server's own store and in our rows.

Each test runs with each foreign server, on each engine. "By" is what is asserted of the signatures: the foreign server answers
202 only to what its own verifier took, and ours names the scheme that it verified.
"""

import aiohttp
import pytest

from coopfed.features.follows import actions as follows
from coopfed.features.posts.actions import delete_post, edit_post
from coopfed.features.posts.rules import Draft
from tests.peers.process import Authority
from tests.peers.stage import WHOLE, Cooperative, Foreigner
from tests.support.peers import until

pytestmark = pytest.mark.slow


async def test_an_unsigned_follow_is_refused(member: Cooperative, foreigner: Foreigner, authority: Authority) -> None:
    """s2s 2.2: the foreign server verifies; without this, what the other tests say of schemes would say nothing."""
    follow = {
        "@context": "https://www.w3.org/ns/activitystreams",
        "id": f"{member.id}#follow",
        "type": "Follow",
        "actor": member.id,
        "object": foreigner.id,
    }

    status = await _posted(f"{foreigner.id}/inbox", follow, authority)

    assert status == 401
    assert await foreigner.followers() == []


async def _posted(url: str, document: dict[str, str], authority: Authority) -> int:
    headers = {"Content-Type": "application/activity+json"}
    async with (
        aiohttp.ClientSession() as session,
        session.post(url, json=document, headers=headers, ssl=authority.client()) as answer,
    ):
        return answer.status


async def test_a_foreign_actor_follows_a_cooperative_and_leaves(member: Cooperative, foreigner: Foreigner) -> None:
    """ActivityPub 7.5, 6.10: its Follow is granted by our Accept; its Undo ends the follow here."""
    follow = await foreigner.does("follow", target=member.handle)

    await foreigner.is_let_in(member)
    row = await member.follow_of(foreigner.id, member.id)
    assert row is not None
    assert (row.accepted, row.uri) == (True, follow)
    assert (await member.itself()).followers_count == 1

    await foreigner.does("unfollow", target=member.id, follow=follow)

    async def ended() -> bool:
        return await member.follow_of(foreigner.id, member.id) is None

    await until(ended)
    assert (await member.itself()).followers_count == 0
    assert await member.taken(foreigner.id) == [("Follow", "accepted"), ("Undo", "accepted")]
    assert await member.verified(foreigner.id) == {foreigner.server.signs_with}


async def test_a_cooperative_follows_a_foreign_actor_and_leaves(member: Cooperative, foreigner: Foreigner) -> None:
    """ActivityPub 6.5, 6.10: its server grants our Follow, and takes our Undo."""
    await member.follows(foreigner)
    assert await foreigner.followers() == [member.id]

    await follows.unfollow(member.node, member.row, await member.known(foreigner))

    async def ended() -> bool:
        return await foreigner.followers() == []

    await until(ended)
    assert await member.taken(foreigner.id) == [("Accept", "accepted")]
    assert await member.verified(foreigner.id) == {foreigner.server.signs_with}
    status = foreigner.server.takes_with
    assert [(one["type"], one["status"], one["scheme"]) for one in await foreigner.arrivals(member.id)] == [
        ("Follow", status, "cavage"),
        ("Undo", status, "cavage"),
    ]


async def test_posts_of_a_cooperative_reach_its_foreign_followers(member: Cooperative, foreigner: Foreigner) -> None:
    """ActivityPub 6.2, 6.4: a post, an answer to the follower's own post, and what becomes of it when it is deleted."""
    await _granted(foreigner, member)
    theirs = await foreigner.does("post", content="<p>Who has seed potatoes?</p>")

    post = await member.says("The market opens on Saturday")
    answer = await member.says("We have forty sacks", answers=theirs)

    async def there() -> bool:
        return None not in (await foreigner.post(post.uri), await foreigner.post(answer.uri))

    await until(there)
    kept, answered = await foreigner.post(post.uri), await foreigner.post(answer.uri)
    assert kept is not None
    assert answered is not None
    assert (kept["author"], "The market opens on Saturday" in kept["content"]) == (member.id, True)
    assert answered["inReplyTo"] == theirs

    await delete_post(member.node, member.row, post)

    async def gone() -> bool:
        found = await foreigner.post(post.uri)
        return found is not None and found["deleted"]

    await until(gone)
    assert {one["scheme"] for one in await foreigner.arrivals(member.id)} == {"cavage"}


@pytest.mark.parametrize("server", WHOLE, indirect=True)
async def test_foreign_followers_see_what_a_cooperative_edits(member: Cooperative, foreigner: Foreigner) -> None:
    """ActivityPub 6.3: the post as it is now, with the time of the edit; what it said before is theirs to keep."""
    await _granted(foreigner, member)
    post = await member.says("The market opens on Saturday")
    await until(lambda: foreigner.post(post.uri))

    await edit_post(member.node, member.row, post, Draft("The market opens on Sunday", language="en"))

    async def edited() -> bool:
        found = await foreigner.post(post.uri)
        return found is not None and "Sunday" in found["content"]

    await until(edited)
    kept = await foreigner.post(post.uri)
    assert kept is not None
    assert kept["updated"] is not None
    assert ["Saturday" in earlier for earlier in kept["edits"]] == [True]


@pytest.mark.parametrize("server", WHOLE, indirect=True)
async def test_followers_here_see_what_a_foreign_actor_edits(member: Cooperative, foreigner: Foreigner) -> None:
    """ActivityPub 7.3: the row says what it says now and when that was; what it said is kept."""
    await member.follows(foreigner)
    theirs = await foreigner.does("post", content="<p>Harvest on Saturday</p>")
    await until(lambda: member.post(theirs))

    await foreigner.does("edit", id=theirs, content="<p>Harvest on Sunday</p>")

    async def edited() -> bool:
        found = await member.post(theirs)
        return found is not None and found.content == "<p>Harvest on Sunday</p>"

    await until(edited)
    kept = await member.post(theirs)
    assert kept is not None
    assert kept.updated_at is not None
    assert await member.texts(theirs) == ["<p>Harvest on Saturday</p>", "<p>Harvest on Sunday</p>"]
    assert (await member.taken(foreigner.id))[-1] == ("Update", "accepted")


async def test_posts_of_a_foreign_actor_reach_its_followers_here(member: Cooperative, foreigner: Foreigner) -> None:
    """ActivityPub 7.2, 7.4: a post, an answer to our own post, and the tombstone that a Delete leaves."""
    await member.follows(foreigner)
    ours = await member.says("Who takes part in the fair?")

    theirs = await foreigner.does("post", content="<p>Harvest on <b>Saturday</b></p>")
    answer = await foreigner.does("post", content="<p>We do</p>", inReplyTo=ours.uri)

    async def there() -> bool:
        return None not in (await member.post(theirs), await member.post(answer))

    await until(there)
    kept, answered, asked = await member.post(theirs), await member.post(answer), await member.post(ours.uri)
    assert kept is not None
    assert answered is not None
    assert asked is not None
    assert (kept.content, kept.visibility) == ("<p>Harvest on <b>Saturday</b></p>", "public")
    assert (answered.in_reply_to, answered.in_reply_to_id, asked.replies_count) == (ours.uri, ours.id, 1)

    await foreigner.does("remove", id=theirs)

    async def gone() -> bool:
        found = await member.post(theirs)
        return found is not None and found.deleted_at is not None

    await until(gone)
    assert await member.taken(foreigner.id) == [
        ("Accept", "accepted"),
        ("Create", "accepted"),
        ("Create", "accepted"),
        ("Delete", "accepted"),
    ]
    assert await member.verified(foreigner.id) == {foreigner.server.signs_with}


async def _granted(foreigner: Foreigner, member: Cooperative) -> None:
    await foreigner.does("follow", target=member.handle)
    await foreigner.is_let_in(member)


@pytest.mark.parametrize("server", WHOLE, indirect=True)
@pytest.mark.parametrize("scheme", ["cavage", "rfc9421"])
async def test_each_side_understands_both_schemes(member: Cooperative, foreigner: Foreigner, scheme: str) -> None:
    """s2s 2.2, 2.3: whatever each side signs with, the other verifies."""
    await member.knocks(foreigner, scheme)
    await foreigner.server.order("knock", origin=member.node.urls.base, scheme=scheme)

    await _granted(foreigner, member)
    await member.follows(foreigner)

    assert {one["scheme"] for one in await foreigner.arrivals(member.id)} == {scheme}
    assert {one["status"] for one in await foreigner.arrivals(member.id)} == {202}
    assert await member.verified(foreigner.id) == {scheme}
