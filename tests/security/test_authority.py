"""Who may say what: forged messages through the real door, each with its named outcome in the one line that the log keeps of it.

The rules have tests of their own beside the features; here an attacker tries to cross from one kind of thing to another, or to speak
for somebody who is known here, and the same three things are asked each time: the outcome, its line, and that nothing changed.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import orjson
import pytest
from sqlalchemy import func, select
from structlog.testing import capture_logs

from actors.lookup import actor, by_uri
from actors.visibility import follow, object_
from coopfed.db.tx import Tx
from coopfed.features.posts.actions import create_post
from coopfed.features.posts.rules import Draft
from coopfed.features.reactions.store import reaction
from coopfed.vocab.audience import Visibility
from tests.inbox.test_posts import following, post
from tests.support.peers import CONTEXT, Document, Peer, RemoteActor, a_peer
from tests.support.scene import Scene

SECRET_WORDS = "words that no log repeats"


@dataclass(frozen=True)
class World:
    """What an attacker finds: a post of the member's (public, and one for followers), a post of alice's, a third server."""

    scene: Scene
    public: str
    private: str
    hers: Document
    mallory: RemoteActor
    victim: Peer
    bob: RemoteActor

    def forged(self, **members: Any) -> Document:
        """A Note of mallory's with these members changed."""
        return self.mallory.note(f"<p>{SECRET_WORDS}</p>", **members)


Attack = Callable[[World], Document]


def _person(world: World, identity: str) -> Document:
    return world.mallory.document() | {"id": identity}


ATTACKS: dict[str, tuple[Attack, str]] = {
    # From one kind to another.
    "a note becomes an actor": (
        lambda w: w.mallory.says("Update", _person(w, w.forged()["id"])),
        "refused_owner",
    ),
    "an actor becomes a note": (
        lambda w: w.mallory.says("Update", w.forged(id=w.mallory.uri)),
        "malformed",
    ),
    "a note takes the id of an actor": (lambda w: w.mallory.create(w.forged(id=w.mallory.uri)), "unsupported"),
    "an activity for a note": (
        lambda w: w.mallory.create(w.mallory.says("Like", w.public)),
        "unsupported",
    ),
    "a boost of a Create": (lambda w: w.mallory.says("Announce", w.bob.create(w.bob.note())), "unsupported"),
    # In somebody else's name.
    "two authors, one of them elsewhere": (
        lambda w: w.mallory.create(w.forged(attributedTo=[w.mallory.uri, w.bob.uri])),
        "refused_author",
    ),
    "a neighbour as the author": (
        lambda w: w.mallory.create(w.forged(attributedTo=w.scene.alice.uri)),
        "refused_author",
    ),
    "one of ours as the author": (
        lambda w: w.mallory.create(w.forged(attributedTo=w.scene.member.uri)),
        "refused_author",
    ),
    "a post that lies on the victim's host": (
        lambda w: w.mallory.create(w.forged(id=f"{w.victim.base}/notes/1")),
        "refused_origin",
    ),
    "a post that lies here": (lambda w: w.mallory.create(w.forged(id=w.public)), "refused_origin"),
    "an edit of our post": (lambda w: w.mallory.says("Update", w.forged(id=w.public)), "refused_origin"),
    "an edit of a neighbour's post": (
        lambda w: w.mallory.says("Update", w.forged(id=w.hers["id"])),
        "refused_owner",
    ),
    "an edit of a neighbour's post with the neighbour's name": (
        lambda w: w.mallory.says("Update", w.hers | {"content": SECRET_WORDS}),
        "refused_author",
    ),
    "a neighbour's document": (
        lambda w: w.mallory.says("Update", w.scene.alice.document() | {"name": SECRET_WORDS}),
        "refused_owner",
    ),
    "the end of our post": (lambda w: w.mallory.says("Delete", w.public), "refused_owner"),
    "the end of a neighbour's post": (lambda w: w.mallory.says("Delete", w.hers["id"]), "refused_owner"),
    "the end of our actor": (lambda w: w.mallory.says("Delete", w.scene.member.uri), "refused_owner"),
    "a pin to our profile": (
        lambda w: w.mallory.says("Add", w.public, target=f"{w.scene.member.uri}/featured"),
        "unsupported",
    ),
    "a move of a neighbour": (
        lambda w: w.mallory.says("Move", w.scene.alice.uri, target=w.mallory.uri),
        "refused_owner",
    ),
    "an answer to a follow of somebody else": (
        lambda w: w.mallory.says("Accept", {"type": "Follow", "actor": w.scene.member.uri, "object": w.bob.uri}),
        "refused_unasked",
    ),
    "a follower lets itself in": (
        lambda w: w.mallory.says("Accept", {"type": "Follow", "actor": w.mallory.uri, "object": w.scene.member.uri}),
        "refused_unasked",
    ),
    # At what is hidden.
    "a like of what was not for it": (lambda w: w.mallory.says("Like", w.private), "refused_hidden"),
    "an emoji for what was not for it": (
        lambda w: w.mallory.says("EmojiReact", w.private, content="x"),
        "refused_hidden",
    ),
    "a boost of what was not for it": (lambda w: w.mallory.says("Announce", w.private), "refused_hidden"),
    "a boost of it with a copy": (
        lambda w: w.mallory.says("Announce", w.forged(id=w.private, attributedTo=w.scene.member.uri)),
        "refused_hidden",
    ),
}


@pytest.mark.parametrize("how", ATTACKS)
async def test_forgery_has_its_outcome_its_line_and_no_effect(scene: Scene, how: str) -> None:
    """security 1.1: ownership, authorship and origin; the outcome is named, nothing is stored, fetched or told, and no text is logged."""
    build, outcome = ATTACKS[how]
    async with a_peer() as victim:
        world = await a_world(scene, victim)
        before = await everything(scene)
        victim.gets.clear()
        activity = build(world)

        with capture_logs() as logs:
            outcomes = await scene.arrives(activity, world.mallory)

        assert outcomes == [outcome], logs
        assert victim.gets == []
    lines = [line for line in logs if line["event"] == "inbox_processed"]
    assert [line["outcome"] for line in lines] == [outcome]
    assert SECRET_WORDS not in str(logs)
    assert await everything(scene) == before


async def a_world(scene: Scene, victim: Peer) -> World:
    """The posts are there, and everybody is known."""
    mallory, bob = scene.peer.actor("mallory"), victim.actor("bob")
    await following(scene, scene.alice, mallory)
    await scene.arrives(bob.says("Like", "https://x.example/1"), bob)
    public = await create_post(scene.node, scene.member, Draft("For all"))
    private = await create_post(scene.node, scene.member, Draft("For few", visibility=Visibility.FOLLOWERS))
    hers = scene.alice.note()
    assert await scene.arrives(scene.alice.create(hers)) == ["accepted"]
    return World(scene, public.uri, private.uri, hers, mallory, victim, bob)


async def everything(scene: Scene) -> Any:
    """What an attack could change: actors, posts, follows and reactions."""
    return await scene.node.db.read(_everything)


def _everything(tx: Tx) -> list[Any]:
    return [
        sorted(tx.execute(select(actor.c.uri, actor.c.name, actor.c.gone_at, actor.c.moved_to)).all()),
        sorted(tx.execute(select(object_.c.uri, object_.c.content, object_.c.actor_id, object_.c.visibility)).all()),
        sorted(tx.execute(select(follow.c.follower_id, follow.c.followed_id, follow.c.state)).all()),
        tx.execute(select(func.count()).select_from(reaction)).scalar_one(),
    ]


async def test_what_lies_behind_a_redirect_of_the_victim_is_not_the_victims(scene: Scene) -> None:
    """security 1.1, *Redirect spoofing*: an open redirect on the victim's host leads to a forged actor; the key is nobody's."""
    async with a_peer() as victim, a_peer() as evil:
        forged = RemoteActor(victim.base, "bob")
        evil.objects["/fake"] = forged.document()
        victim.redirects["/users/bob"] = f"{evil.base}/fake"

        with capture_logs() as logs:
            answer = await scene.peer.post(scene.node, forged.follow(scene.member.uri), forged)

    assert answer.status == 401
    assert [line["reason"] for line in logs if line["event"] == "inbox_refused"] == ["key_unavailable"]
    assert await scene.node.db.read(by_uri, forged.uri) is None


async def test_key_bound_to_a_victim_by_the_attackers_document_signs_for_nobody(scene: Scene) -> None:
    """security 1.1: a key document of the attacker's names the victim as its owner (the class of Discourse's plugin, PR 325)."""
    async with a_peer() as victim, a_peer() as evil:
        bob, mallory = victim.actor("bob"), evil.actor("mallory")
        key_id = f"{evil.base}/key"
        owned = mallory.document()["publicKey"] | {"id": key_id, "owner": bob.uri}
        evil.publish(owned | {"@context": [CONTEXT, "https://w3id.org/security/v1"]})

        with capture_logs() as logs:
            answer = await evil.post(scene.node, bob.follow(scene.member.uri), mallory, key=mallory.rsa, key_id=key_id)

        assert victim.gets == []
    assert answer.status == 401
    assert [line["reason"] for line in logs if line["event"] == "inbox_refused"] == ["key_owner"]


async def test_edit_that_grows_an_audience_shows_nothing_to_more(scene: Scene) -> None:
    """security 1.7: whoever may sign for an author by now widens nothing that was said to few before."""
    await following(scene, scene.alice)
    direct = scene.alice.mentioning(scene.member.uri, to=[scene.member.uri], cc=[])
    await scene.arrives(scene.alice.create(direct))

    wide = direct | {"to": ["as:Public"], "cc": [scene.alice.followers], "content": "<p>now for all</p>"}
    outcomes = await scene.arrives(scene.alice.says("Update", wide | {"updated": "2026-11-24T07:30:00Z"}))

    stored = await post(scene, direct["id"])
    assert outcomes == ["accepted"]
    assert stored is not None
    assert stored.visibility == "direct"


async def test_no_line_of_the_log_holds_what_was_signed_or_how(scene: Scene) -> None:
    """security 1, the rule of logs: never bodies, tokens, signatures or cookies, in no refusal."""
    activity = scene.alice.create(scene.alice.note(f"<p>{SECRET_WORDS}</p>"))
    secrets = {"Cookie": "session=cookie-canary", "Authorization": "Bearer token-canary"}

    with capture_logs() as logs:
        await scene.arrives(activity)
        signature = scene.peer.last_sent["Signature"]
        await scene.peer.post(scene.node, activity, changed={**secrets, "Digest": "SHA-256=AAAA"})
        await scene.peer.post(scene.node, activity, changed={**secrets, "Content-Type": "text/html"})
        await scene.peer.send("POST", scene.node.urls.shared_inbox, secrets, orjson.dumps(activity))

    written = str(logs)
    assert len([line for line in logs if line["event"] == "inbox_refused"]) == 3
    for canary in (SECRET_WORDS, "cookie-canary", "token-canary", signature.partition('signature="')[2]):
        assert canary not in written
