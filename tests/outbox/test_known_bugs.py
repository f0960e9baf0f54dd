"""Bugs that others met between servers (s2s research, section 3), for what is said: each by its symptom. All 44: docs/known-bugs.md."""

from urllib.parse import urlsplit

import pytest

from coopfed.features.posts import store
from coopfed.features.posts.actions import create_post, delete_post
from coopfed.features.posts.rules import Draft
from coopfed.vocab.audience import OPEN, Visibility
from coopfed.vocab.terms import ACTIVITY_JSON
from tests.support.peers import CONTEXT, PUBLIC, Document, a_peer, send_due
from tests.support.scene import Scene


async def sent(scene: Scene, draft: Draft) -> Document:
    """The Create of a post of the member's, as the server of its follower alice got it."""
    assert await scene.arrives(scene.alice.follow(scene.member.uri)) == ["accepted"]
    await create_post(scene.node, scene.member, draft)
    await send_due(scene.node)
    return [got.document for got in scene.peer.received if got.document["type"] == "Create"][-1]


async def test_10_every_post_is_activity_json(scene: Scene) -> None:
    """takahe#682: GoToSocial answers 406 to application/json."""
    await sent(scene, Draft("Nets"))

    assert {got.headers["Content-Type"] for got in scene.peer.received} == {ACTIVITY_JSON}


@pytest.mark.parametrize("level", list(Visibility))
async def test_15_16_17_18_what_leaves_has_ids_full_addresses_and_arrays(scene: Scene, level: Visibility) -> None:
    """bridgy-fed#658, #372, Plume#77, lemmy#6465, pixelfed#6588: ids for actors, `to` and `cc` at both levels, Public in full, arrays."""
    create = await sent(scene, Draft(f"Nets @alice@{scene.peer.host}", level))
    note = create["object"]

    assert (create["actor"], note["attributedTo"]) == (scene.member.uri, scene.member.uri)
    assert (create["to"], create["cc"]) == (note["to"], note["cc"])
    assert all(isinstance(note[name], list) for name in ("to", "cc", "tag", "attachment"))
    assert (PUBLIC in [*note["to"], *note["cc"]]) is (level in OPEN)
    assert "as:Public" not in str(create)


@pytest.mark.parametrize("level", list(Visibility))
async def test_28_29_whoever_is_addressed_has_one_mention_tag(scene: Scene, level: Visibility) -> None:
    """mastodon#12908, #7394, pixelfed#5642: without a tag nobody is told; nobody stands twice, and followers not by name."""
    handle = f"@alice@{scene.peer.host}"
    create = await sent(scene, Draft(f"Nets {handle} {handle.upper()} {handle}", level))
    note = create["object"]

    named = [uri for uri in (*note["to"], *note["cc"]) if uri not in (PUBLIC, f"{scene.member.uri}/followers")]
    assert named == [scene.alice.uri]
    assert [(tag["type"], tag["href"], tag["name"]) for tag in note["tag"]] == [("Mention", scene.alice.uri, handle)]


async def test_22_every_document_has_its_context(scene: Scene) -> None:
    """rss-parrot#65, PeerTube#238: also tombstones, collections and pages, or Misskey, Friendica and Mastodon refuse them."""
    kept = await create_post(scene.node, scene.member, Draft("Nets"))
    gone = await create_post(scene.node, scene.member, Draft("Boats"))
    await delete_post(scene.node, scene.member, gone)
    outbox = (await scene.peer.get(scene.node, f"{scene.member.uri}/outbox")).json

    for url in (
        scene.member.uri,
        kept.uri,
        gone.uri,
        f"{kept.uri}/replies",
        f"{scene.member.uri}/followers",
        f"{scene.member.uri}/outbox",
        outbox["first"],
    ):
        served = (await scene.peer.get(scene.node, url)).json
        context = served["@context"]
        assert (context if isinstance(context, str) else context[0]) == CONTEXT, url


async def test_26_27_page_and_id_of_a_post_lie_on_the_public_address(scene: Scene) -> None:
    """misskey#15039, #13711: one scheme and host for id, url and whatever the post leads to."""
    create = await sent(scene, Draft("Nets #quay"))
    note = create["object"]

    ours = urlsplit(scene.node.urls.base)[:2]
    addresses = [create["id"], note["id"], note["url"], note["replies"], note["likes"], note["tag"][0]["href"]]
    assert {urlsplit(address)[:2] for address in addresses} == {ours}


@pytest.mark.parametrize(
    "context",
    [
        [CONTEXT, "https://joinmastodon.org/ns", "https://gone.example/schemas/litepub-0.1.jsonld"],
        [CONTEXT, {"conversation": "ostatus:conversation"}],
        [CONTEXT, {"@language": "und", "gts": {"@id": 3}}],
    ],
)
async def test_19_20_21_context_that_nobody_can_read_stops_nothing(scene: Scene, context: object) -> None:
    """fedify#630, friendica#13905, takahe#528: no context is fetched or expanded; names are read as they are."""
    note = scene.alice.mentioning(scene.member.uri)

    assert await scene.arrives(scene.alice.create(note) | {"@context": context}) == ["accepted"]

    assert await scene.node.db.read(store.by_uri, note["id"]) is not None


@pytest.mark.parametrize(
    "published",
    ["2999-01-01T00:00:00Z", "1848-03-15T00:00:00Z", "2026-11-24T07:00:00", "2026-11-24 07:00:00", "soon", 7, None],
)
async def test_36_bad_times_lose_no_post(scene: Scene, published: object) -> None:
    """hollo#466, fedify#226, misskey#12554, wordpress#63, mbin#622: far ahead, long ago, no zone, a blank, no time at all."""
    note = scene.alice.mentioning(scene.member.uri) | {"published": published}

    assert await scene.arrives(scene.alice.create(note)) == ["accepted"]

    post = await scene.node.db.read(store.by_uri, note["id"])
    assert post is not None
    assert 0 < post.published_at <= scene.clock.now() + 12 * 3600 * 1000


async def test_39_private_message_of_lemmy_is_a_direct_post(scene: Scene) -> None:
    """lemmy#3430: a ChatMessage in; ours to one person has `to` with that one entry."""
    message = scene.alice.note(type="ChatMessage", to=[scene.member.uri], cc=None)
    create = await sent(scene, Draft(f"@alice@{scene.peer.host} yes", Visibility.DIRECT))

    assert await scene.arrives(scene.alice.create(message)) == ["accepted"]

    post = await scene.node.db.read(store.by_uri, message["id"])
    assert post is not None
    assert post.visibility == "direct"
    assert (create["to"], create["cc"]) == ([scene.alice.uri], [])


async def test_42_host_that_cannot_be_reached_stops_nobody_else(scene: Scene) -> None:
    """reisetagebuch#732: one row per inbox."""
    async with a_peer() as dead:
        bob = dead.actor("bob")
        assert await scene.arrives(bob.follow(scene.member.uri), bob) == ["accepted"]

    create = await sent(scene, Draft("Nets"))

    assert create["object"]["content"] == "<p>Nets</p>"


async def test_44_foreign_post_that_names_our_thread_is_kept(scene: Scene) -> None:
    """NodeBB#14188: a remote post claims a context of ours."""
    post = await create_post(scene.node, scene.member, Draft("Nets"))
    note = scene.alice.mentioning(scene.member.uri, context=f"{post.uri}/context")

    assert await scene.arrives(scene.alice.create(note)) == ["accepted"]

    assert await scene.node.db.read(store.by_uri, note["id"]) is not None
