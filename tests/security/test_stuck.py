"""What must not stick: values that a database does not take, which would be tried again for ever and hold up what comes after them.

One engine stores what the other refuses: PostgreSQL takes 2,704 bytes into an index and 32 bits into most numbers.
"""

import random
from collections.abc import Callable

import pytest

from actors.lookup import by_uri
from coopfed import limits
from coopfed.db import jobs
from coopfed.db.tx import Tx
from coopfed.features.posts import store
from coopfed.features.posts.ancestors import FETCH_ANCESTORS
from coopfed.features.posts.details import attachments_of
from coopfed.vocab.records import AttachmentRecord
from tests.support.jobs import run_jobs
from tests.support.nodes import process_arrivals
from tests.support.peers import CONTEXT, Document, RemoteActor
from tests.support.scene import Scene

Said = Callable[[RemoteActor, str, str], Document]
"""From an actor, an id that no index takes, and the id of a reader here to an activity."""


def wide(characters: int) -> str:
    """Letters of three bytes each; chance is not compressed by a database."""
    chance = random.Random(characters)
    return "".join(chr(chance.randrange(0x4E00, 0x9FA5)) for _ in range(characters))


@pytest.mark.parametrize(
    ("say", "outcome"),
    [
        (lambda actor, id, reader: actor.create(actor.mentioning(reader, id=id)), None),
        (lambda actor, id, reader: actor.says("Like", id), None),
        (lambda actor, id, reader: actor.says("Delete", id), None),
        (lambda actor, id, reader: actor.says("Undo", id), None),
        (lambda actor, id, reader: actor.says("Undo", {"type": "Like", "id": id}), None),
        (lambda actor, id, reader: actor.says("Like", reader, id=id), None),
        (lambda actor, id, reader: actor.create(actor.mentioning(reader, inReplyTo=id)), "accepted"),
        (lambda actor, id, reader: actor.create(actor.mentioning(reader, quote=id)), "accepted"),
        (lambda actor, id, reader: actor.create(actor.mentioning(reader, id)), "accepted"),
        (lambda actor, id, reader: actor.create(actor.mentioning(reader, url=id)), "accepted"),
        (lambda actor, id, reader: actor.create(actor.mentioning(reader, context=id)), "accepted"),
    ],
    ids=["post", "like", "deletion", "undo", "undone", "activity", "answered", "quoted", "mentioned", "page", "thread"],
)
async def test_id_that_no_index_takes_is_none(scene: Scene, say: Said, outcome: str | None) -> None:
    """Security 1.4: 400 `bad_id` where it carries authority, left out where it decorates; what comes after it is processed."""
    alice = scene.alice
    await scene.arrives(alice.says("Like", "https://x.example/1"))

    answer = await scene.peer.post(scene.node, say(alice, f"{scene.peer.base}/{wide(1_900)}", scene.member.uri))

    if outcome is None:
        assert (answer.status, answer.json["error"]) == (400, "bad_id")
    else:
        assert [str(found) for found in await process_arrivals(scene.node)] == [outcome]
    assert await scene.arrives(alice.create(alice.mentioning(scene.member.uri))) == ["accepted"]
    await run_jobs(scene.node)


async def test_ids_of_the_greatest_length_are_stored_wherever_they_stand(scene: Scene) -> None:
    """limits.ID_LENGTH, in bytes: as a post's, an actor's, an activity's, of what is answered, quoted, deleted and mentioned."""
    base, alice, reader = scene.peer.base, scene.alice, scene.member.uri

    def longest(number: int) -> str:
        room = limits.ID_LENGTH - len(f"{base}/{number}/")
        return f"{base}/{number}/{wide(room // 3)}{'a' * (room % 3)}"

    note = alice.mentioning(
        reader, longest(1), id=longest(2), inReplyTo=longest(3), quote=longest(4), context=longest(5)
    )
    assert len(longest(1).encode()) == limits.ID_LENGTH
    assert await scene.arrives(alice.create(note)) == ["accepted"]
    assert await scene.arrives(alice.says("Like", longest(6), id=longest(7))) == ["irrelevant"]
    assert await scene.arrives(alice.says("Delete", longest(8), id=longest(9))) == ["accepted"]
    await run_jobs(scene.node)
    assert await scene.node.db.read(store.by_uri, longest(2)) is not None


@pytest.mark.parametrize(("characters", "known"), [(600, True), (700, False), (2_000, False)])
async def test_handle_that_no_index_takes_is_none(scene: Scene, characters: int, known: bool) -> None:
    """limits.USERNAME_LENGTH, in bytes: an actor that cannot be stored is none, also for those whose threads it joins."""
    carol = scene.peer.actor("carol")
    carol.changes = {"preferredUsername": wide(characters)}
    answered = scene.peer.publish(carol.note() | {"@context": CONTEXT})

    answer = scene.alice.mentioning(scene.member.uri, inReplyTo=answered["id"])

    assert await scene.arrives(scene.alice.create(answer)) == ["accepted"]
    assert (await scene.node.db.read(by_uri, carol.uri) is not None) is known


@pytest.mark.parametrize("width", [2**31 - 1, 2**31, 9_999_999_999])
async def test_picture_of_absurd_size_is_stored(scene: Scene, width: int) -> None:
    """Security 1.4: a size that no column takes is none; the picture stays."""
    picture = {"type": "Image", "url": "https://x.example/1.png", "width": width, "height": 600}
    note = scene.alice.mentioning(scene.member.uri, attachment=[picture])

    assert await scene.arrives(scene.alice.create(note)) == ["accepted"]

    (file,) = await scene.node.db.read(_files, note["id"])
    assert (file.width, file.height) == (width if width < 2**31 else None, 600)


def _files(tx: Tx, uri: str) -> list[AttachmentRecord]:
    post = store.by_uri(tx, uri)
    assert post is not None
    return attachments_of(tx, [post.id])[post.id]


async def test_arrival_that_the_database_does_not_take_fails_and_holds_up_nothing(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Security 1.4: should a bound be missing one day, the item fails at once and is kept; it is not tried for ever."""
    alice, reader = scene.alice, scene.member.uri
    monkeypatch.setattr(limits, "ID_LENGTH", 10_000)
    await scene.peer.post(scene.node, alice.create(alice.mentioning(reader, id=f"{scene.peer.base}/{wide(2_001)}")))
    await scene.peer.post(scene.node, alice.create(alice.mentioning(reader)))

    outcomes = [str(outcome) for outcome in await process_arrivals(scene.node)]

    assert outcomes == ["failed" if scene.node.config.on_postgres else "accepted", "accepted"]


async def test_job_that_the_database_does_not_take_is_given_up(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """Security 1.4: the same for what is fetched later."""
    monkeypatch.setattr(limits, "ID_LENGTH", 10_000)
    note = scene.alice.note(quote=f"{scene.peer.base}/{wide(2_002)}") | {"@context": CONTEXT}
    scene.peer.publish(note)
    await scene.node.db.write(_ask, f"0 {note['id']}", scene.node.minter.mint())

    for _ in range(jobs.TRIES):
        await run_jobs(scene.node, FETCH_ANCESTORS)
        scene.clock.pass_(4 * 24 * 3600)

    assert await scene.node.db.read(_waiting) == 0


def _ask(tx: Tx, key: str, number: int) -> None:
    jobs.enqueue(tx, number, FETCH_ANCESTORS, key, 0)


def _waiting(tx: Tx) -> int:
    return len(tx.execute(jobs.job.select().where(jobs.job.c.kind == FETCH_ANCESTORS)).all())
