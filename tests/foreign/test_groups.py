"""Recorded posts, comments and moderation of groups (Lemmy, NodeBB, Discourse, WordPress, Friendica, Mastodon, PeerTube), passed on
by their groups, through the real inbox: what stands where afterwards. Each message lies at its own host, over TLS."""

from pathlib import Path
from typing import Any

import orjson
import pytest

from actors.lookup import by_uri
from coopfed.features.posts import groups as places
from coopfed.features.posts import store as posts
from coopfed.features.reactions import store as reactions
from coopfed.features.reactions.rules import BOOST
from coopfed.vocab.terms import AS_CONTEXT
from tests.foreign.network import ForeignActor, Network, a_network
from tests.foreign.test_end_to_end import arrives, hosts, known
from tests.support.peers import Document
from tests.support.scene import Scene

pytestmark = pytest.mark.slow

COMMUNITY = "https://enterprise.lemmy.ml/c/tenforward"
POSTS = (
    ("lemmy/objects/page.json", COMMUNITY),
    ("lemmy/objects/page_image_and_link.json", COMMUNITY),
    ("nodebb/objects/page.json", "https://bb.devnull.land/category/2"),
    ("wordpress/objects/page.json", "https://dbzer0.com/?author=0"),
    ("friendica/objects/page_1.json", "https://ds9.lemmy.ml/c/testcom"),
    ("mastodon/objects/page.json", COMMUNITY),
    ("peertube/objects/video.json", "https://tilvids.com/video-channels/thelinuxexperiment_channel"),
)
"""Posts to groups, and the group of each."""

ACTS = {
    "lemmy/activities/community/add_featured_post.json": "irrelevant",
    "lemmy/activities/community/lock_page.json": "irrelevant",
    "lemmy/activities/community/add_mod.json": "irrelevant",
    "lemmy/activities/block/block_user.json": "irrelevant",
    "lemmy/activities/voting/like_note.json": "irrelevant",
    "lemmy/activities/voting/dislike_page.json": "irrelevant",
    "lemmy/activities/create_or_update/update_page.json": "unreachable",
    "lemmy/activities/deletion/delete_page.json": "refused_relayed",
    "wordpress/activities/announce.json": "unreachable",
}
"""What else groups pass on, about posts and actors that were never here: nothing is invented."""


def read(folder: Path, path: str) -> Document:
    """A recorded message."""
    document: Document = orjson.loads((folder / "lemmy-assets" / path).read_bytes())
    return {"@context": AS_CONTEXT} | document


def author_of(post: Document) -> str:
    """Who wrote the post: of several the first that is no group."""
    found: Any = post["attributedTo"]
    if isinstance(found, list):
        found = next(entry for entry in found if entry["type"] != "Group")
    return str(found["id"] if isinstance(found, dict) else found)


def announced(group: str, within: Document, number: int) -> Document:
    """The group's Announce of an activity."""
    return {
        "@context": AS_CONTEXT,
        "id": f"{group.partition('?')[0]}/announces/{number}",
        "type": "Announce",
        "actor": group,
        "to": ["https://www.w3.org/ns/activitystreams#Public"],
        "cc": [],
        "object": {name: value for name, value in within.items() if name != "@context"},
    }


async def followed(scene: Scene, network: Network, group: str) -> None:
    """The group is known here, as a group, and followed by the member."""
    if group not in network.actors:
        network.actors[group] = ForeignActor(group, "Group")
        network.actors[group].changes["featured"] = f"{group}/featured"
        await known(scene, network, group)


async def test_posts_of_all_kinds_of_groups_stand_there_as_the_groups_boost(
    scene: Scene, foreign_messages: Path, tmp_path: Path
) -> None:
    """Domain research 10; FEP-1b12: fetched from their own hosts; whole, and plain besides, they come once."""
    async with a_network(scene.node, hosts(foreign_messages), tmp_path) as network:
        for number, (path, group) in enumerate(POSTS):
            post = read(foreign_messages, path)
            network.documents[post["id"]] = post
            author = author_of(post)
            network.actor(author)
            await followed(scene, network, group)
            create = {
                "id": f"{author}/creates/{number}",
                "type": "Create",
                "actor": author,
                "object": post,
                "to": [],
                "cc": [],
            }

            assert await arrives(scene, network, announced(group, create, number), group) == "accepted", path
            plain = announced(group, {}, 100 + number) | {"object": post["id"]}
            assert await arrives(scene, network, plain, group) == "duplicate", path

            stored = await scene.node.db.read(posts.by_uri, post["id"])
            row = await scene.node.db.read(by_uri, group)
            assert stored is not None, path
            assert row is not None
            assert [place.group.uri for place in await scene.node.db.read(places.standings, stored.id)] == [group], path
            assert await scene.node.db.read(reactions.find, row.id, stored.id, BOOST), path


async def test_post_that_is_addressed_to_nobody_is_for_nobody(
    scene: Scene, foreign_messages: Path, tmp_path: Path
) -> None:
    """Discourse serves its posts without `to` and `cc`: that a group passes one on does not make it public."""
    async with a_network(scene.node, hosts(foreign_messages), tmp_path) as network:
        post = read(foreign_messages, "discourse/objects/page.json")
        network.documents[post["id"]] = post
        network.actor(author_of(post))
        await followed(scene, network, post["audience"])
        plain = announced(post["audience"], {}, 1) | {"object": post["id"]}

        assert await arrives(scene, network, plain, post["audience"]) == "refused_hidden"


async def test_lemmys_recorded_create_and_comment_are_read(
    scene: Scene, foreign_messages: Path, tmp_path: Path
) -> None:
    """As recorded, byte for byte but for the context; the comment joins the thread and is no boost."""
    create = read(foreign_messages, "lemmy/activities/community/announce_create_page.json")
    page, comment = (read(foreign_messages, f"lemmy/objects/{name}.json") for name in ("page", "comment"))
    async with a_network(scene.node, hosts(foreign_messages), tmp_path) as network:
        recorded = create["object"]["object"]
        for post in (recorded | {"@context": AS_CONTEXT}, page, comment):
            network.documents[post["id"]] = post
            network.actor(author_of(post))
        await followed(scene, network, create["actor"])
        await followed(scene, network, page["audience"])

        assert await arrives(scene, network, create, create["actor"]) == "accepted"
        said = {"id": f"{comment['id']}/create", "type": "Create", "actor": author_of(comment), "object": comment}
        wrapped = announced(page["audience"], said | {"to": [], "cc": []}, 1)
        assert await arrives(scene, network, wrapped, page["audience"]) == "accepted"

        stored = await scene.node.db.read(posts.by_uri, comment["id"])
        parent = await scene.node.db.read(posts.by_uri, page["id"])
        group = await scene.node.db.read(by_uri, page["audience"])
        assert stored is not None
        assert parent is not None
        assert group is not None
        assert stored.in_reply_to_id == parent.id
        assert await scene.node.db.read(reactions.find, group.id, stored.id, BOOST) is None


async def test_what_groups_tell_of_strangers_invents_nothing(
    scene: Scene, foreign_messages: Path, tmp_path: Path
) -> None:
    """The recorded moderation, votes and edits, passed on by the group that each names."""
    async with a_network(scene.node, hosts(foreign_messages), tmp_path) as network:
        for number, (path, outcome) in enumerate(ACTS.items()):
            activity = read(foreign_messages, path)
            group = str(activity["actor"] if activity["type"] == "Announce" else activity.get("cc", [COMMUNITY])[0])
            await followed(scene, network, group)
            whole = activity if activity["type"] == "Announce" else announced(group, activity, number)

            assert (path, await arrives(scene, network, whole, group)) == (path, outcome)
