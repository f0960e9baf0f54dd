"""Create and Delete of posts, and the end of an actor, as they arrive: each door shut, then open."""

from collections.abc import Callable

import pytest

from actors.lookup import by_id, by_uri
from actors.visibility import NOBODY
from coopfed.db.tx import Tx
from coopfed.features import home_timeline, notifications
from coopfed.features.follows import actions as follows
from coopfed.features.follows import store as follow_rows
from coopfed.features.posts import store, visible
from coopfed.features.posts.actions import create_post
from coopfed.features.posts.purge import purge_actor
from coopfed.features.posts.rules import Draft
from coopfed.features.posts.store import PostRow
from coopfed.features.ranges import Range
from tests.support.nodes import an_actor, process_arrivals
from tests.support.peers import PUBLIC, Document, RemoteActor, a_peer
from tests.support.scene import Scene


async def post(scene: Scene, uri: str) -> PostRow | None:
    """The post with this id."""
    return await scene.node.db.read(store.by_uri, uri)


async def home(scene: Scene, actor_id: int | None = None) -> list[str]:
    """Ids of the posts in the member's (or another's) home timeline, the newest first."""
    return await scene.node.db.read(_home, actor_id or scene.member.id)


def _home(tx: Tx, owner: int) -> list[str]:
    numbers = [entry.object_id for entry in home_timeline.read(tx, owner, Range(40))]
    found = visible.by_ids(tx, numbers, owner)
    return [found[number].uri for number in numbers if number in found]


async def visible_to(scene: Scene, uri: str, viewer: int) -> bool:
    """Whether the viewer may see the post."""
    found = await post(scene, uri)
    assert found is not None
    return found.id in await scene.node.db.read(visible.by_ids, [found.id], viewer)


async def mentions(scene: Scene, actor_id: int | None = None) -> int:
    """How often the member (or another) was told of a mention."""
    found = await scene.node.db.read(notifications.recent, actor_id or scene.member.id, 40)
    return len([row for row in found if row.type == "mention"])


async def following(scene: Scene, *targets: RemoteActor) -> None:
    """The member follows these actors."""
    for target in targets:
        await scene.arrives(target.says("Like", "https://x.example/1"), target)
        row = await scene.node.db.read(by_uri, target.uri)
        assert row is not None
        await follows.follow(scene.node, scene.member, row)
        pair = {"type": "Follow", "actor": scene.member.uri, "object": target.uri}
        assert await scene.arrives(target.says("Accept", pair)) == ["accepted"]


# --- who may create what ----------------------------------------------------------------------------------------


async def test_post_that_concerns_nobody_here_is_irrelevant(scene: Scene) -> None:
    """s2s 2.22, step 8: no follower, no addressee, no answer to something here: nothing is stored."""
    note = scene.alice.note()

    assert await scene.arrives(scene.alice.create(note)) == ["irrelevant"]
    assert await post(scene, note["id"]) is None


async def test_embedded_object_of_another_host_is_refused_and_not_fetched(scene: Scene) -> None:
    """security 1.1 (CVE-2024-37903): the object's host is the actor's, or the copy is worth nothing."""
    async with a_peer() as other:
        victim = other.actor("victim")
        note = other.publish(victim.mentioning(scene.member.uri))

        embedded = await scene.arrives(scene.alice.create(note | {"attributedTo": scene.alice.uri}))
        by_id_only = await scene.arrives(scene.alice.create(note["id"]))

        assert (embedded, by_id_only) == (["refused_origin"], ["refused_origin"])
        assert other.gets == []
    assert await post(scene, note["id"]) is None


@pytest.mark.parametrize("elsewhere", [False, True])
async def test_post_of_another_author_is_refused(scene: Scene, elsewhere: bool) -> None:
    """security 1.1 (Misskey GHSA-3f39-6537-3cgc): attributed to a neighbour or to a stranger: refused_author."""
    victim = RemoteActor("https://victim.example", "victim") if elsewhere else scene.peer.actor("neighbour")
    forged = scene.alice.mentioning(scene.member.uri, attributedTo=victim.uri)
    both = scene.alice.mentioning(scene.member.uri, attributedTo=[victim.uri, scene.alice.uri])

    assert await scene.arrives(scene.alice.create(forged)) == ["refused_author"]
    assert await scene.arrives(scene.alice.create(both)) == ["refused_author"]
    assert await post(scene, forged["id"]) is None


async def test_neighbour_does_not_overwrite_a_post(scene: Scene) -> None:
    """FEP-fe34: the id of a stored post belongs to its author."""
    note = scene.alice.mentioning(scene.member.uri)
    await scene.arrives(scene.alice.create(note))
    mallory = scene.peer.actor("mallory")

    outcome = await scene.arrives(
        mallory.create(note | {"attributedTo": mallory.uri, "content": "<p>overwritten</p>"}), mallory
    )

    assert outcome == ["refused_author"]
    found = await post(scene, note["id"])
    assert found is not None
    assert "overwritten" not in found.content


@pytest.mark.parametrize(
    ("object", "outcome"),
    [
        ({"type": "Note"}, "malformed"),
        ({"type": "Note", "id": "{base}/notes/x", "attributedTo": None}, "malformed"),
        ({"type": "Note", "id": "{base}/v/1", "name": "yes", "content": "", "inReplyTo": "{base}/p"}, "irrelevant"),
        ({"type": "Frobnicate", "id": "{base}/f/1"}, "unsupported"),
        (None, "unsupported"),
    ],
)
async def test_what_is_no_post_that_can_be_shown_is_named(scene: Scene, object: Document | None, outcome: str) -> None:
    """Outcomes `malformed`, `unsupported` and, for a vote in no poll of ours, `irrelevant`: never a 500, never a silent loss."""
    filled = None
    if object is not None:
        filled = {"attributedTo": scene.alice.uri, "to": [scene.member.uri], "content": "x"} | {
            name: value.format(base=scene.peer.base) if isinstance(value, str) else value
            for name, value in object.items()
        }

    assert await scene.arrives(scene.alice.says("Create", filled, to=[scene.member.uri])) == [outcome]


async def test_deleted_before_it_came_stays_deleted(scene: Scene) -> None:
    """s2s 2.10: Delete of an unknown object leaves a tombstone, so that a late Create is dropped; once more too."""
    note = scene.alice.mentioning(scene.member.uri)

    outcomes = [await scene.arrives(scene.alice.says("Delete", note["id"])) for _ in range(2)]
    late = await scene.arrives(scene.alice.create(note))

    assert outcomes[0] == ["accepted"]
    assert late == ["refused_deleted"]
    assert await post(scene, note["id"]) is None


async def test_neighbour_cannot_bury_a_post_that_did_not_come_yet(scene: Scene) -> None:
    """design 9: neighbours on one host are strangers: the tombstone counts for its author only."""
    note = scene.alice.mentioning(scene.member.uri)
    mallory = scene.peer.actor("mallory")
    await scene.arrives(mallory.follow(scene.member.uri))

    await scene.arrives(mallory.says("Delete", note["id"]))

    assert await scene.arrives(scene.alice.create(note)) == ["accepted"]


async def test_blocked_author_is_not_heard(scene: Scene) -> None:
    """s2s 2.22, step 9: a mention by somebody whom the member blocks tells nobody of anything."""
    await scene.arrives(scene.alice.follow(scene.member.uri))
    alice = await scene.node.db.read(by_uri, scene.alice.uri)
    assert alice is not None
    await scene.node.db.write(_block, scene.member.id, alice.id)

    await scene.arrives(scene.alice.create(scene.alice.mentioning(scene.member.uri)))

    assert await mentions(scene) == 0
    assert await home(scene) == []


def _block(tx: Tx, blocker: int, blocked: int) -> None:
    tx.execute(follow_rows.block.insert(), {"actor_id": blocker, "target_id": blocked, "created_at": 1})


# --- what a post becomes ----------------------------------------------------------------------------------------


async def test_post_of_a_followed_actor_is_in_the_home_timeline(scene: Scene) -> None:
    """ActivityPub 7.2: from arrival to timeline."""
    await following(scene, scene.alice)
    note = scene.alice.note()

    assert await scene.arrives(scene.alice.create(note)) == ["accepted"]
    assert await home(scene) == [note["id"]]


async def test_post_by_id_is_fetched_from_its_origin(scene: Scene) -> None:
    """s2s 2.10: a bare id is legal; what is served under it counts, and its author must be the actor."""
    neighbour = scene.peer.actor("neighbour")
    own = scene.peer.publish(
        scene.alice.mentioning(scene.member.uri) | {"@context": "https://www.w3.org/ns/activitystreams"}
    )
    other = scene.peer.publish(
        neighbour.mentioning(scene.member.uri) | {"@context": "https://www.w3.org/ns/activitystreams"}
    )

    assert await scene.arrives(scene.alice.create(own["id"])) == ["accepted"]
    assert await scene.arrives(scene.alice.create(other["id"])) == ["refused_author"]
    assert await post(scene, own["id"]) is not None


async def test_post_by_id_is_fetched_in_the_name_of_a_reader(scene: Scene) -> None:
    """design 9: bodies over 60 KiB travel as an id to be fetched; what is for followers is served to followers only, and
    the node actor follows nobody."""
    note = scene.peer.publish(
        scene.alice.note(to=[scene.member.uri], cc=[]) | {"@context": "https://www.w3.org/ns/activitystreams"}
    )

    await scene.arrives(scene.alice.create(note["id"], to=[scene.member.uri], cc=[]))

    assert f'keyId="{scene.member.uri}#main-key"' in scene.peer.fetched_by[-1]["Signature"]
    assert scene.peer.gets[-1] == note["id"].removeprefix(scene.peer.base)


async def test_scripts_do_not_survive_the_arrival(scene: Scene) -> None:
    """security 1.5: HTML is cleaned before it is stored; text stays."""
    hostile = (
        "<p onclick=x()>Hello <script>alert(1)</script><img src=x onerror=alert(1)><svg onload=alert(1)></svg>"
        '<a href="javascript:alert(1)">link</a><iframe src="https://evil.example"></iframe>'
        '<a href="https://good.example" onmouseover="x()" style="x">good</a></p>'
    )
    note = scene.alice.mentioning(scene.member.uri, content=hostile, summary="<b>cw</b><script>x</script>")

    await scene.arrives(scene.alice.create(note))

    found = await post(scene, note["id"])
    assert found is not None
    assert "Hello" in found.content
    assert 'href="https://good.example"' in found.content
    for trace in (
        "script",
        "onclick",
        "onerror",
        "onload",
        "javascript:",
        "iframe",
        "<img",
        "<svg",
        "style",
        "onmouse",
    ):
        assert trace not in found.content
    assert "<" not in found.summary


async def test_dates_ahead_are_clamped_and_old_ones_kept(scene: Scene) -> None:
    """design 9, *Dates*: more than 12 h ahead becomes now; nobody sits on top of all timelines."""
    now = scene.clock.now()
    cases: tuple[tuple[str | None, int], ...] = (
        ("2099-01-01T00:00:00Z", now),
        ("2026-11-24T19:59:00Z", now + (11 * 60 + 59) * 60_000),
        ("2026-11-24T07:00:00Z", now - 3_600_000),
        ("1969-07-20T00:00:00Z", now),
        ("not a date", now),
        (None, now),
    )
    for published, expected in cases:
        note = scene.alice.mentioning(scene.member.uri, published=published)

        await scene.arrives(scene.alice.create(note))

        found = await post(scene, note["id"])
        assert found is not None
        assert found.published_at == expected, published


async def test_each_mentioned_member_is_told_once(scene: Scene) -> None:
    """s2s 2.7, *Notifications*: a Mention tag tells; twice the same tag, or the same post again, tells no more."""
    other = await an_actor(scene.node, "other_member")
    note = scene.alice.mentioning(scene.member.uri, scene.member.uri, other.uri, "https://x.example/nobody")
    create = scene.alice.create(note)

    await scene.arrives(create)
    await scene.arrives(scene.alice.create(note))

    assert (await mentions(scene), await mentions(scene, other.id)) == (1, 1)


Addressed = Callable[[Scene], dict[str, list[str]]]

LEVELS: dict[str, Addressed] = {
    "public": lambda scene: {"to": [PUBLIC], "cc": [scene.alice.followers, scene.member.uri]},
    "unlisted": lambda scene: {"to": [scene.alice.followers], "cc": [PUBLIC, scene.member.uri]},
    "followers": lambda scene: {"to": [scene.alice.followers], "cc": [scene.member.uri]},
    "direct": lambda scene: {"to": [scene.member.uri], "cc": []},
}


async def test_each_level_is_seen_by_whom_it_is_for(scene: Scene) -> None:
    """s2s 2.7: public, unlisted, followers, direct: as stored, and to whom it shows (member mentioned, follower, stranger)."""
    follower, stranger = await an_actor(scene.node, "follower"), await an_actor(scene.node, "stranger")
    await following(scene, scene.alice)
    alice = await scene.node.db.read(by_uri, scene.alice.uri)
    assert alice is not None
    await follows.follow(scene.node, follower, alice)
    await scene.arrives(
        scene.alice.says("Accept", {"type": "Follow", "actor": follower.uri, "object": scene.alice.uri})
    )
    seen = {
        "public": (True, True, True, True),
        "unlisted": (True, True, True, True),
        "followers": (True, True, False, False),
        "direct": (True, False, False, False),
    }
    for level, addressed in LEVELS.items():
        note = scene.alice.mentioning(scene.member.uri, **addressed(scene))

        assert await scene.arrives(scene.alice.create(note)) == ["accepted"]

        found = await post(scene, note["id"])
        assert found is not None
        assert found.visibility == level
        viewers = (scene.member.id, follower.id, stranger.id, NOBODY)
        assert tuple([await visible_to(scene, note["id"], viewer) for viewer in viewers]) == seen[level], level
        assert (note["id"] in await home(scene, follower.id)) == (level != "direct")
    assert await mentions(scene) == len(LEVELS)


async def test_public_in_other_spellings_is_public(scene: Scene) -> None:
    """s2s 2.7: `as:Public` and `Public` are read."""
    for spelling in ("as:Public", "Public"):
        note = scene.alice.mentioning(scene.member.uri, to=spelling)

        await scene.arrives(scene.alice.create(note))

        found = await post(scene, note["id"])
        assert found is not None
        assert found.visibility == "public"


async def test_blind_copies_of_a_peer_are_not_kept(scene: Scene) -> None:
    """s2s 2.7: bto and bcc are stripped before storing."""
    note = scene.alice.mentioning(scene.member.uri, bto=["https://secret.example/1"], bcc="https://secret.example/2")

    await scene.arrives(scene.alice.create(note))

    assert b"secret.example" not in await scene.node.db.read(_document, note["id"])


def _document(tx: Tx, uri: str) -> bytes:
    document: bytes = tx.execute(store.object_.select().where(store.object_.c.uri == uri)).one().document
    return document


async def test_direct_message_without_a_mention_tag_reaches_its_addressee(scene: Scene) -> None:
    """s2s 2.7: addressed but unmentioned actors are silent mentions: they may read it, nobody else may."""
    stranger = await an_actor(scene.node, "stranger")
    note = scene.alice.note(to=[scene.member.uri], cc=[])

    assert await scene.arrives(scene.alice.create(note)) == ["accepted"]

    assert await visible_to(scene, note["id"], scene.member.id)
    assert not await visible_to(scene, note["id"], stranger.id)


# --- answers ----------------------------------------------------------------------------------------------------


async def test_answer_to_our_post_is_counted_and_told(scene: Scene) -> None:
    """s2s 2.22, step 8: an answer to something of ours concerns us, followed or not."""
    ours = await create_post(scene.node, scene.member, Draft("Who has a tractor?"))
    note = scene.alice.mentioning(scene.member.uri, inReplyTo=ours.uri)

    assert await scene.arrives(scene.alice.create(note)) == ["accepted"]

    parent, answer = await post(scene, ours.uri), await post(scene, note["id"])
    assert parent is not None
    assert answer is not None
    assert (parent.replies_count, answer.in_reply_to_id) == (1, ours.id)


async def test_unknown_parent_is_fetched_from_its_origin(scene: Scene) -> None:
    """s2s 2.15: the answered post comes from its own host, with its author."""
    async with a_peer() as other:
        bob = other.actor("bob")
        parent = other.publish(bob.note() | {"@context": "https://www.w3.org/ns/activitystreams"})
        note = scene.alice.mentioning(scene.member.uri, inReplyTo=parent["id"])

        assert await scene.arrives(scene.alice.create(note)) == ["accepted"]

    found, answered = await post(scene, note["id"]), await post(scene, parent["id"])
    assert found is not None
    assert answered is not None
    assert found.in_reply_to_id == answered.id


async def test_answer_is_shown_also_when_its_parent_cannot_be_had(scene: Scene) -> None:
    """s2s 2.15: 404, a dead host, a document that claims to be another: the answer is stored, the link kept."""
    lie = scene.alice.note()
    scene.peer.objects["/notes/lie"] = lie | {
        "@context": "https://www.w3.org/ns/activitystreams",
        "attributedTo": "https://x.example/",
    }
    for parent in (f"{scene.peer.base}/notes/none", "http://127.0.0.1:9/notes/1", f"{scene.peer.base}/notes/lie"):
        note = scene.alice.mentioning(scene.member.uri, inReplyTo=parent)

        assert await scene.arrives(scene.alice.create(note)) == ["accepted"]

        found = await post(scene, note["id"])
        assert found is not None
        assert (found.in_reply_to, found.in_reply_to_id) == (parent, None)


async def test_irrelevant_answer_makes_us_fetch_nothing(scene: Scene) -> None:
    """security 1.4: who concerns nobody here cannot make this node ask a third one."""
    async with a_peer() as other:
        parent = other.publish(other.actor("bob").note())

        assert await scene.arrives(scene.alice.create(scene.alice.note(inReplyTo=parent["id"]))) == ["irrelevant"]

        assert other.gets == []


async def test_answer_to_somebody_else_shows_to_those_who_follow_both(scene: Scene) -> None:
    """As Mastodon does: the home timeline is no half of other people's talks."""
    bob = scene.peer.actor("bob")
    await following(scene, scene.alice, bob)
    only_alice = await an_actor(scene.node, "only_alice")
    alice = await scene.node.db.read(by_uri, scene.alice.uri)
    assert alice is not None
    await follows.follow(scene.node, only_alice, alice)
    await scene.arrives(
        scene.alice.says("Accept", {"type": "Follow", "actor": only_alice.uri, "object": scene.alice.uri})
    )
    parent = bob.note()
    await scene.arrives(bob.create(parent))
    answer = scene.alice.note(inReplyTo=parent["id"])

    await scene.arrives(scene.alice.create(answer))

    assert answer["id"] in await home(scene)
    assert answer["id"] not in await home(scene, only_alice.id)


# --- Delete -----------------------------------------------------------------------------------------------------


async def test_only_the_author_deletes(scene: Scene) -> None:
    """FEP-fe34; security 1.1: neither a neighbour nor a stranger, by id or Tombstone."""
    note = scene.alice.mentioning(scene.member.uri)
    await scene.arrives(scene.alice.create(note))
    neighbour = scene.peer.actor("neighbour")

    async with a_peer() as other:
        stranger = other.actor("stranger")
        outcomes = [
            await scene.arrives(actor.says("Delete", gone), actor)
            for actor in (neighbour, stranger)
            for gone in (note["id"], {"type": "Tombstone", "id": note["id"]}, note)
        ]

    assert outcomes == [["refused_owner"]] * 6
    assert await visible_to(scene, note["id"], scene.member.id)


async def test_our_own_posts_are_not_deleted_from_outside(scene: Scene) -> None:
    """security 1.1: also an unknown number of ours leaves no tombstone behind."""
    ours = await create_post(scene.node, scene.member, Draft("Stays"))

    for uri in (ours.uri, scene.node.urls.object(4711)):
        assert await scene.arrives(scene.alice.says("Delete", uri)) == ["refused_owner"]

    assert await visible_to(scene, ours.uri, NOBODY)


async def test_author_deletes_everywhere_here(scene: Scene) -> None:
    """ActivityPub 7.4: content, timelines, notifications, counts; the row stays as a tombstone."""
    for form in ("id", "tombstone", "object"):
        ours = await create_post(scene.node, scene.member, Draft(f"Question {form}"))
        note = scene.alice.mentioning(scene.member.uri, inReplyTo=ours.uri)
        await scene.arrives(scene.alice.create(note))
        assert await mentions(scene) == 1

        gone = {"id": note["id"], "tombstone": {"type": "Tombstone", "id": note["id"]}, "object": note}[form]
        assert await scene.arrives(scene.alice.says("Delete", gone)) == ["accepted"]

        found, parent = await post(scene, note["id"]), await post(scene, ours.uri)
        assert found is not None
        assert parent is not None
        assert (found.content, found.deleted_at) == ("", scene.clock.now())
        assert parent.replies_count == 0
        assert await mentions(scene) == 0
        assert not await visible_to(scene, note["id"], scene.member.id)
        assert await scene.arrives(scene.alice.says("Delete", note["id"])) == ["duplicate"]
        assert await scene.arrives(scene.alice.create(note)) == ["refused_deleted"]


async def test_end_of_an_actor_ends_follows_and_purges_posts(scene: Scene) -> None:
    """s2s 2.10: Delete(actor) by itself: both directions of follows, counts, posts, and no new posts."""
    await following(scene, scene.alice)
    await scene.arrives(scene.alice.follow(scene.member.uri))
    note = scene.alice.mentioning(scene.member.uri)
    await scene.arrives(scene.alice.create(note))

    assert await scene.arrives(scene.alice.says("Delete", scene.alice.uri)) == ["accepted"]
    alice = await scene.node.db.read(by_uri, scene.alice.uri)
    assert alice is not None
    await purge_actor(scene.node, str(alice.id))

    member = await scene.node.db.read(by_id, scene.member.id)
    assert member is not None
    assert alice.gone_at == scene.clock.now()
    assert (member.followers_count, member.following_count) == (0, 0)
    assert await home(scene) == []
    assert not await visible_to(scene, note["id"], scene.member.id)


async def test_actor_that_is_gone_does_not_come_back_by_a_message(scene: Scene) -> None:
    """s2s 2.10: an old key signs no resurrection: neither Create, nor Follow, nor Update."""
    await scene.arrives(scene.alice.follow(scene.member.uri))
    await scene.arrives(scene.alice.says("Delete", scene.alice.uri))

    outcomes = [
        await scene.arrives(activity)
        for activity in (
            scene.alice.create(scene.alice.mentioning(scene.member.uri)),
            scene.alice.follow(scene.member.uri),
            scene.alice.says("Update", scene.alice.document()),
        )
    ]

    assert outcomes == [["irrelevant"]] * 3
    alice = await scene.node.db.read(by_uri, scene.alice.uri)
    assert alice is not None
    assert alice.gone_at is not None
    assert await mentions(scene) == 0


async def test_another_actor_does_not_end_one(scene: Scene) -> None:
    """security 1.1: *Delete* of an actor only by itself."""
    await scene.arrives(scene.alice.follow(scene.member.uri))
    neighbour = scene.peer.actor("neighbour")

    outcome = await scene.arrives(neighbour.says("Delete", scene.alice.uri))

    assert outcome in (["refused_owner"], ["accepted"])
    alice = await scene.node.db.read(by_uri, scene.alice.uri)
    assert alice is not None
    assert alice.gone_at is None
    assert await scene.arrives(scene.alice.create(scene.alice.mentioning(scene.member.uri))) == ["accepted"]


# --- Update of an actor -----------------------------------------------------------------------------------------


async def test_actor_updates_itself_and_nobody_else(scene: Scene) -> None:
    """ActivityPub 7.3: the whole document, by its owner; a neighbour's document is refused."""
    neighbour = scene.peer.actor("neighbour")
    await scene.arrives(scene.alice.follow(scene.member.uri))
    scene.alice.changes["name"] = "Alice of the <b>valley</b>"

    foreign = await scene.arrives(neighbour.says("Update", scene.alice.document()))
    own = await scene.arrives(scene.alice.says("Update", scene.alice.document()))

    alice = await scene.node.db.read(by_uri, scene.alice.uri)
    assert alice is not None
    assert (foreign, own) == (["refused_owner"], ["accepted"])
    assert alice.name == "Alice of the valley"


async def test_posts_between_actors_of_this_node_take_the_same_road(scene: Scene) -> None:
    """design 3.8: home timeline of the local follower, notification of the mentioned, nothing sent."""
    other = await an_actor(scene.node, "other_member")
    await follows.follow(scene.node, other, scene.member)
    await process_arrivals(scene.node)

    ours = await create_post(scene.node, scene.member, Draft("Seeds for @other_member"))
    await process_arrivals(scene.node)

    assert await home(scene, other.id) == [ours.uri]
    assert await mentions(scene, other.id) == 1
    assert await home(scene) == [ours.uri]
