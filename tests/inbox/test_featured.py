"""Pinned posts: told by Add and Remove, or found in the collection of those who tell nothing."""

from typing import Any

from sqlalchemy import insert

from actors.lookup import by_uri
from coopfed import limits
from coopfed.db.models import Featured, Object
from coopfed.db.tx import Tx, table
from coopfed.features.posts import featured, store
from coopfed.features.posts.featured import look_at_featured
from tests.inbox.test_posts import post
from tests.support.peers import CONTEXT, Document, a_peer
from tests.support.scene import Scene

_PIN = insert(table(Featured))
_OBJECT = insert(table(Object)).values(
    local=False, type="Note", visibility="public", document=b"", sensitive=False, published_at=1, received_at=1
)


async def pinned(scene: Scene) -> list[str]:
    """Ids of the posts that alice pinned, as they are known here."""
    return await scene.node.db.read(_pinned, scene.alice.uri)


def _pinned(tx: Tx, uri: str) -> list[str]:
    actor = by_uri(tx, uri)
    assert actor is not None
    rows = [store.by_id(tx, number) for number in featured.pinned(tx, actor.id)]
    return [row.uri for row in rows if row is not None]


async def with_collection(scene: Scene) -> str:
    """Alice's document names a collection of pinned posts, and is known here."""
    collection = f"{scene.alice.uri}/featured"
    scene.alice.changes["featured"] = collection
    await scene.arrives(scene.alice.says("Update", scene.alice.document()))
    return collection


async def note_here(scene: Scene, **more: Any) -> Document:
    """A note of alice that is stored here."""
    note = scene.alice.mentioning(scene.member.uri, **more)
    assert await scene.arrives(scene.alice.create(note)) == ["accepted"]
    return note


async def test_pins_and_unpins_as_it_is_told(scene: Scene) -> None:
    """ActivityPub 7.8, 7.9; s2s 2.12: `target` is the actor's featured collection; twice is once."""
    collection = await with_collection(scene)
    note = await note_here(scene)

    pins = [await scene.arrives(scene.alice.says("Add", note["id"], target=collection)) for _ in range(2)]
    shown = await pinned(scene)
    unpins = [await scene.arrives(scene.alice.says("Remove", note["id"], target=collection)) for _ in range(2)]

    assert (pins, unpins) == ([["accepted"], ["duplicate"]], [["accepted"], ["duplicate"]])
    assert (shown, await pinned(scene)) == ([note["id"]], [])


async def test_nobody_pins_what_is_not_theirs_or_where_it_is_not_theirs(scene: Scene) -> None:
    """FEP-fe34: the owner of the collection pins its own posts, and only those that everybody may see."""
    collection = await with_collection(scene)
    note, private = await note_here(scene), await note_here(scene, to=[scene.member.uri], cc=[])
    mallory = scene.peer.actor("mallory")
    mallory.changes["featured"] = f"{mallory.uri}/featured"
    await scene.arrives(mallory.says("Update", mallory.document()), mallory)

    outcomes = [
        await scene.arrives(mallory.says("Add", note["id"], target=collection), mallory),
        await scene.arrives(mallory.says("Add", note["id"], target=f"{mallory.uri}/featured"), mallory),
        await scene.arrives(scene.alice.says("Add", note["id"], target=f"{scene.alice.uri}/other")),
        await scene.arrives(scene.alice.says("Add", note["id"], target=None)),
        await scene.arrives(scene.alice.says("Add", private["id"], target=collection)),
        await scene.arrives(scene.alice.says("Remove", f"{scene.peer.base}/notes/never", target=collection)),
    ]

    assert outcomes == [
        ["unsupported"],
        ["refused_owner"],
        ["unsupported"],
        ["unsupported"],
        ["irrelevant"],
        ["irrelevant"],
    ]
    assert await pinned(scene) == []


async def test_pinned_post_that_is_unknown_is_fetched(scene: Scene) -> None:
    """s2s 2.12: what an actor puts into its window is worth reading."""
    collection = await with_collection(scene)
    note = scene.peer.publish({**scene.alice.note(), "@context": CONTEXT})

    assert await scene.arrives(scene.alice.says("Add", note["id"], target=collection)) == ["accepted"]

    assert await pinned(scene) == [note["id"]]


async def test_pins_have_an_end(scene: Scene) -> None:
    """security 1.4: an actor that pins without end pins the first forty."""
    collection = await with_collection(scene)
    notes = [await note_here(scene) for _ in range(3)]
    await scene.node.db.write(_fill, scene.alice.uri, scene.member.id, limits.FEATURED - 1)

    outcomes = [await scene.arrives(scene.alice.says("Add", note["id"], target=collection)) for note in notes[:2]]

    assert outcomes == [["accepted"], ["irrelevant"]]


def _fill(tx: Tx, uri: str, author: int, count: int) -> None:
    actor = by_uri(tx, uri)
    assert actor is not None
    for number in range(1, count + 1):
        tx.execute(_OBJECT, {"id": number, "uri": f"x:{number}", "actor_id": author})
        tx.execute(_PIN, {"actor_id": actor.id, "object_id": number, "created_at": 1})


async def test_deleted_post_is_pinned_no_more(scene: Scene) -> None:
    """ActivityPub 7.4: what is gone is gone from the profile too."""
    collection = await with_collection(scene)
    note = await note_here(scene)
    await scene.arrives(scene.alice.says("Add", note["id"], target=collection))

    await scene.arrives(scene.alice.says("Delete", note["id"]))

    assert await pinned(scene) == []


async def test_collection_of_those_who_tell_nothing_is_looked_at(scene: Scene) -> None:
    """s2s 2.12, 2.13 (GoToSocial, snac): ids or Creates, in the collection or on its first page; strangers' posts do not count."""
    collection = await with_collection(scene)
    notes = [scene.peer.publish({**scene.alice.note(), "@context": CONTEXT}) for _ in range(2)]
    foreign = scene.peer.publish({**scene.peer.actor("bob").note(), "@context": CONTEXT})
    items = [notes[0]["id"], scene.alice.create(notes[1]), foreign["id"], f"{scene.peer.base}/notes/none"]
    page = {"@context": CONTEXT, "id": f"{collection}/1", "type": "OrderedCollectionPage", "orderedItems": items}
    scene.peer.publish({"@context": CONTEXT, "id": collection, "type": "OrderedCollection", "first": page["id"]})
    scene.peer.publish(page)

    await look_at_featured(scene.node, scene.alice.uri)
    seen = await pinned(scene)
    scene.peer.publish(
        {"@context": CONTEXT, "id": collection, "type": "OrderedCollection", "orderedItems": notes[1]["id"]}
    )
    await look_at_featured(scene.node, scene.alice.uri)

    assert seen == [notes[0]["id"], notes[1]["id"]]
    assert await pinned(scene) == [notes[1]["id"]]
    assert await post(scene, foreign["id"]) is not None


async def test_collection_of_foreign_posts_makes_us_ask_nobody(scene: Scene) -> None:
    """security 1.1, 1.4: a host that pins what lies elsewhere would make this node knock at forty others for each of its actors."""
    collection = await with_collection(scene)
    async with a_peer() as victim:
        notes = [victim.publish(victim.actor("bob").note() | {"@context": CONTEXT}) for _ in range(3)]
        scene.peer.publish(
            {
                "@context": CONTEXT,
                "id": collection,
                "type": "OrderedCollection",
                "orderedItems": [note["id"] for note in notes],
            }
        )

        await look_at_featured(scene.node, scene.alice.uri)

        assert victim.gets == []
    assert await pinned(scene) == []
    assert await post(scene, notes[0]["id"]) is None
