"""QuoteRequest and its answers, consent that is shown, forged and taken back: each door shut, then open. Source: FEP-044f."""

from typing import Any

import pytest
from sqlalchemy import update

from actors.lookup import ActorRow, by_uri
from coopfed import limits
from coopfed.db import jobs
from coopfed.db.tx import Tx
from coopfed.features import notifications
from coopfed.features.blocks.actions import block
from coopfed.features.consent import quotes
from coopfed.features.consent.quotes import QuoteRow
from coopfed.features.consent.rules import QuotePolicy
from coopfed.features.follows import actions as follows
from coopfed.features.posts import documents, store
from coopfed.features.posts.actions import create_post, delete_post, edit_post
from coopfed.features.posts.rules import Draft
from coopfed.features.posts.store import PostRow
from coopfed.features.quotes import verify
from coopfed.features.quotes.actions import revoke, set_quote_policy
from coopfed.vocab.audience import Visibility
from coopfed.vocab.terms import PUBLIC
from coopfed.worker import run_job
from tests.support.jobs import run_jobs
from tests.support.nodes import an_actor, process_arrivals
from tests.support.peers import Document, RemoteActor, a_peer, send_due
from tests.support.scene import Scene

FREE = {"canQuote": {"automaticApproval": [PUBLIC]}}


async def row_of(scene: Scene, uri: str) -> ActorRow:
    """The actor with this id."""
    found = await scene.node.db.read(by_uri, uri)
    assert found is not None
    return found


@pytest.fixture
async def bob(scene: Scene) -> RemoteActor:
    """A remote actor whom the member follows."""
    bob = scene.peer.actor("bob")
    await scene.arrives(bob.says("Like", "https://x.example/1"), bob)
    await follows.follow(scene.node, scene.member, await row_of(scene, bob.uri))
    pair = {"type": "Follow", "actor": scene.member.uri, "object": bob.uri}
    assert await scene.arrives(bob.says("Accept", pair), bob) == ["accepted"]
    await send_due(scene.node)
    scene.peer.received.clear()
    return bob


async def says(scene: Scene, text: str = "Quote me", **more: Any) -> PostRow:
    """A post of the member."""
    return await create_post(scene.node, scene.member, Draft(text, **more))


def asking(actor: RemoteActor, quoted: str, note: Document | str, **more: Any) -> Document:
    """The QuoteRequest of an actor for its note."""
    return actor.says("QuoteRequest", quoted, instrument=note, **({"cc": None} | more))


async def quote_of(scene: Scene, uri: str) -> QuoteRow | None:
    """The quote in the post with this id, as it is stored."""
    return await scene.node.db.read(_quote_of, uri)


def _quote_of(tx: Tx, uri: str) -> QuoteRow | None:
    post = store.by_uri(tx, uri)
    return quotes.find(tx, post.id) if post is not None else None


async def state_of(scene: Scene, uri: str) -> str | None:
    """What is known of the consent to the quote in this post."""
    row = await quote_of(scene, uri)
    return None if row is None else row.state


async def told(scene: Scene, actor: ActorRow | None = None) -> list[str]:
    """The types of what the member (or another actor) was notified of, the newest first."""
    reader = actor or scene.member
    return [found.type for found in await scene.node.db.read(notifications.recent, reader.id, 40)]


async def answers(scene: Scene) -> list[Document]:
    """What the peer got, by now."""
    await send_due(scene.node)
    found = [received.document for received in scene.peer.received]
    scene.peer.received.clear()
    return found


async def received(scene: Scene, type: str) -> Document:
    """The one activity of this type that the peer got by now."""
    (found,) = [document for document in await answers(scene) if document["type"] == type]
    return found


# --- others ask to quote ours -----------------------------------------------------------------------------------


async def test_a_request_that_does_not_quote_the_post_has_no_effect(scene: Scene) -> None:
    """FEP-044f: who could have consent stamped for any note could show it for another one later."""
    post, other = await says(scene), await says(scene, "Another")
    alice = scene.alice
    notes: list[tuple[Document | str, str]] = [
        (alice.note(), "malformed"),
        (alice.note(quote=other.uri), "malformed"),
        (alice.note(quote=post.uri, attributedTo=f"{scene.peer.base}/users/bob"), "refused_author"),
        (alice.note(quote=post.uri, id="https://elsewhere.example/notes/1"), "refused_origin"),
        (post.uri, "malformed"),
    ]
    for note, outcome in notes:
        assert await scene.arrives(asking(alice, post.uri, note)) == [outcome], note
        if isinstance(note, dict):
            assert await state_of(scene, note["id"]) is None
    assert await scene.arrives(alice.says("QuoteRequest", post.uri)) == ["malformed"]
    assert await answers(scene) == []
    assert await told(scene) == []


async def test_nobody_is_let_quote_what_they_may_not_see(scene: Scene) -> None:
    """s2s 2.21: neither a followers-only post nor one of somebody who blocks the asker; nothing tells that it is there."""
    private = await says(scene, visibility=Visibility.FOLLOWERS, quote_policy=QuotePolicy.PUBLIC)
    public, deleted = await says(scene), await says(scene, "Gone")
    await delete_post(scene.node, scene.member, deleted)
    alice = scene.alice
    for quoted, outcome in (
        (private.uri, "refused_hidden"),
        (deleted.uri, "refused_deleted"),
        (f"{scene.node.urls.base}/ap/objects/1", "irrelevant"),
        ("https://elsewhere.example/1", "irrelevant"),
    ):
        assert await scene.arrives(asking(alice, quoted, alice.note(quote=quoted))) == [outcome]
    await block(scene.node, scene.member, await row_of(scene, alice.uri))
    assert await scene.arrives(asking(alice, public.uri, alice.note(quote=public.uri))) == ["refused_blocked"]
    assert await answers(scene) == []


@pytest.mark.parametrize(
    ("policy", "follows_us", "answer"),
    [
        (None, False, "Accept"),
        (QuotePolicy.PUBLIC, False, "Accept"),
        (QuotePolicy.FOLLOWERS, False, "Reject"),
        (QuotePolicy.FOLLOWERS, True, "Accept"),
        (QuotePolicy.NOBODY, True, "Reject"),
    ],
)
async def test_a_request_is_answered_by_the_policy_of_the_post(
    scene: Scene, policy: QuotePolicy | None, follows_us: bool, answer: str
) -> None:
    """FEP-044f *QuoteRequest*: Accept with a result, or Reject; the author of ours hears of what was granted."""
    if follows_us:
        assert await scene.arrives(scene.alice.follow(scene.member.uri)) == ["accepted"]
        await answers(scene)
    post = await says(scene, quote_policy=policy)
    await answers(scene)
    note = scene.alice.note("<p>Look</p>", quote=post.uri)
    request = asking(scene.alice, post.uri, note)

    outcome = await scene.arrives(request)

    found = await received(scene, answer)
    assert (found["actor"], found["to"]) == (scene.member.uri, [scene.alice.uri])
    assert found["object"] == {
        "type": "QuoteRequest",
        "id": request["id"],
        "actor": scene.alice.uri,
        "object": post.uri,
        "instrument": note["id"],
    }
    granted = answer == "Accept"
    assert outcome == ["accepted" if granted else "refused_policy"]
    assert ("result" in found) is granted
    assert await state_of(scene, note["id"]) == ("accepted" if granted else None)
    assert ("quote" in await told(scene)) is granted


async def test_consent_of_ours_is_served_with_ids_only(scene: Scene) -> None:
    """FEP-044f *QuoteAuthorization*: what a third server reads before it shows the quote."""
    post, note = await says(scene), scene.alice.note("<p>canary</p>")
    note |= {"quote": post.uri}
    await scene.arrives(asking(scene.alice, post.uri, note))

    shown = (await received(scene, "Accept"))["result"]
    found = await scene.peer.get(scene.node, shown)

    assert shown.startswith(f"{scene.node.urls.base}/ap/objects/")
    assert found.status == 200
    assert {name: value for name, value in found.json.items() if name != "@context"} == {
        "id": shown,
        "type": "QuoteAuthorization",
        "attributedTo": scene.member.uri,
        "interactingObject": note["id"],
        "interactionTarget": post.uri,
    }


async def test_an_instrument_that_came_by_its_id_is_fetched(scene: Scene) -> None:
    """FEP-044f: `instrument` may be an id; it is asked for at its own host."""
    post = await says(scene)
    note = scene.peer.publish(scene.alice.note(quote=post.uri) | {"@context": "https://www.w3.org/ns/activitystreams"})

    assert await scene.arrives(asking(scene.alice, post.uri, note["id"])) == ["accepted"]
    assert await state_of(scene, note["id"]) == "accepted"


async def test_a_repeated_request_gets_the_same_consent(scene: Scene) -> None:
    """s2s 2.17: its answer may have been lost; one quote is one consent and one notification."""
    post = await says(scene)
    note = scene.alice.note(quote=post.uri)
    first, second = asking(scene.alice, post.uri, note), asking(scene.alice, post.uri, note)

    assert await scene.arrives(first) == ["accepted"]
    assert await scene.arrives(second) == ["accepted"]

    accepts = [answer for answer in await answers(scene) if answer["type"] == "Accept"]
    assert len({answer["result"] for answer in accepts}) == 1
    assert (await told(scene)).count("quote") == 1


async def test_revoked_consent_is_gone_and_does_not_come_back(scene: Scene) -> None:
    """FEP-044f *Revocation*: a Delete of it to who quotes, 410 to who looks; the request played again is refused."""
    post = await says(scene)
    note = scene.alice.note(quote=post.uri)
    await scene.arrives(asking(scene.alice, post.uri, note))
    shown = (await received(scene, "Accept"))["result"]
    quoting = await scene.node.db.read(store.by_uri, note["id"])
    assert quoting is not None

    await revoke(scene.node, scene.member, post, quoting.id)

    delete = await received(scene, "Delete")
    assert delete["actor"] == scene.member.uri
    assert (delete["object"]["id"], delete["object"]["type"]) == (shown, "QuoteAuthorization")
    assert scene.alice.uri in (*delete["to"], *delete["cc"])
    gone = await scene.peer.get(scene.node, shown)
    assert (gone.status, gone.json["type"]) == (410, "Tombstone")
    assert await state_of(scene, note["id"]) == "revoked"
    assert "quote" not in await told(scene)
    assert await scene.arrives(asking(scene.alice, post.uri, note)) == ["refused_policy"]
    assert (await received(scene, "Reject"))["object"]["instrument"] == note["id"]
    again = scene.alice.says("Update", note | {"quoteAuthorization": shown})
    await scene.arrives(again)
    await run_jobs(scene.node)
    assert await state_of(scene, note["id"]) == "revoked"


@pytest.mark.parametrize("member", ["quote", "quoteUri"])
@pytest.mark.parametrize("way", ["another consent", "no quote between", "another quote between"])
async def test_what_was_taken_back_does_not_come_back_by_an_edit(scene: Scene, member: str, way: str) -> None:
    """FEP-044f *Revocation*: neither asked for again, nor in older words, after an Update that names another consent or another post."""
    post, other = await says(scene), await says(scene, "Another")
    note = scene.alice.mentioning(scene.member.uri, **{member: post.uri})
    await scene.arrives(scene.alice.create(note))
    await scene.arrives(asking(scene.alice, post.uri, note))
    await run_jobs(scene.node)
    quoting = await scene.node.db.read(store.by_uri, note["id"])
    assert quoting is not None
    await revoke(scene.node, scene.member, post, quoting.id)
    assert await state_of(scene, note["id"]) == "revoked"
    between = {
        "another consent": note | {"quoteAuthorization": f"{scene.peer.base}/stamps/1"},
        "no quote between": {name: value for name, value in note.items() if name != member},
        "another quote between": note | {member: other.uri},
    }

    await scene.arrives(scene.alice.says("Update", between[way]))
    await run_jobs(scene.node)
    await scene.arrives(scene.alice.says("Update", note))
    await run_jobs(scene.node)
    assert await state_of(scene, note["id"]) != "accepted"
    assert await scene.arrives(asking(scene.alice, post.uri, note)) == ["refused_policy"]
    await run_jobs(scene.node)

    assert await state_of(scene, note["id"]) != "accepted"


async def test_consent_of_ours_to_another_quote_is_not_taken_over_by_an_edit(scene: Scene, bob: RemoteActor) -> None:
    """Mastodon GHSA-8h43-rcqj-wpc6: who has consent for one quote must not stand where another's is shown, or have that revoked."""
    post = await says(scene)
    first, copied = scene.alice.note(quote=post.uri), bob.note(quote=post.uri)
    await scene.arrives(asking(bob, post.uri, copied), bob)
    own = (await received(scene, "Accept"))["result"]
    await scene.arrives(asking(scene.alice, post.uri, first))
    shown = (await received(scene, "Accept"))["result"]

    await scene.arrives(bob.says("Update", copied | {"quoteAuthorization": shown}), bob)
    await run_jobs(scene.node)

    assert (await scene.peer.get(scene.node, shown)).json["interactingObject"] == first["id"]
    assert (await scene.peer.get(scene.node, own)).json["interactingObject"] == copied["id"]
    quoting = await scene.node.db.read(store.by_uri, copied["id"])
    assert quoting is not None
    await revoke(scene.node, scene.member, post, quoting.id)
    assert (await scene.peer.get(scene.node, shown)).status == 200
    assert (await received(scene, "Delete"))["object"]["id"] == own


async def test_consent_of_ours_that_was_copied_from_another_quote_shows_nothing(scene: Scene, bob: RemoteActor) -> None:
    """Mastodon GHSA-8h43-rcqj-wpc6: the authorization names both ends."""
    post = await says(scene)
    first = scene.alice.note(quote=post.uri)
    await scene.arrives(asking(scene.alice, post.uri, first))
    shown = (await received(scene, "Accept"))["result"]
    copied = bob.note(quote=post.uri, quoteAuthorization=shown)

    await scene.arrives(bob.create(copied))
    await run_jobs(scene.node)

    assert await state_of(scene, copied["id"]) == "unverified"
    assert await state_of(scene, first["id"]) == "accepted"
    assert (await scene.peer.get(scene.node, shown)).json["interactingObject"] == first["id"]


# --- others quote others ----------------------------------------------------------------------------------------


def a_stamp(author: RemoteActor, quoting: str, quoted: str, **more: Any) -> Document:
    """The QuoteAuthorization of an author."""
    return {
        "@context": "https://www.w3.org/ns/activitystreams",
        "id": f"{author.base}/stamps/{len(quoting)}-{quoting[-3:].strip('/')}",
        "type": "QuoteAuthorization",
        "attributedTo": author.uri,
        "interactingObject": quoting,
        "interactionTarget": quoted,
        **more,
    }


def a_page(note: Document) -> Document:
    """A note as it is served."""
    return {"@context": "https://www.w3.org/ns/activitystreams", **note}


@pytest.mark.parametrize(
    ("change", "state"),
    [
        ({}, "accepted"),
        ({"attributedTo": "{base}/users/bob"}, "unverified"),
        ({"interactingObject": "{base}/notes/other"}, "unverified"),
        ({"interactionTarget": "{base}/notes/other"}, "unverified"),
        ({"interactionTarget": None}, "unverified"),
        ({"type": "ReplyAuthorization"}, "unverified"),
        ({"type": "Accept", "actor": "{author}", "object": "{quoting}"}, "unverified"),
    ],
)
async def test_a_quote_of_others_stands_only_with_the_authors_own_consent(
    scene: Scene, bob: RemoteActor, change: dict[str, str | None], state: str
) -> None:
    """s2s 2.21: attributed to the quoted author, naming both ends, of the right type."""
    quoted = scene.peer.publish(a_page(scene.alice.note(interactionPolicy=FREE)))
    note = bob.note(quote=quoted["id"])
    values = {"base": scene.peer.base, "author": scene.alice.uri, "quoting": note["id"]}
    filled = {name: value and value.format(**values) for name, value in change.items()}
    stamp = scene.peer.publish(a_stamp(scene.alice, note["id"], quoted["id"], **filled))
    note |= {"quoteAuthorization": stamp["id"]}

    assert await scene.arrives(bob.create(note)) == ["accepted"]
    assert await state_of(scene, note["id"]) == "unverified"
    await run_jobs(scene.node)

    assert await state_of(scene, note["id"]) == state
    assert await scene.node.db.read(store.by_uri, quoted["id"]) is not None


async def test_consent_on_another_host_than_the_quoted_authors_shows_nothing(scene: Scene, bob: RemoteActor) -> None:
    """s2s 2.21: the document must lie with the quoted author; the forger's host is not even asked."""
    async with a_peer("127.0.0.1") as evil:
        mallory = evil.actor("mallory")
        quoted = scene.peer.publish(a_page(scene.alice.note()))
        note = mallory.note(quote=quoted["id"], to=[PUBLIC, scene.member.uri])
        stamp = evil.publish(a_stamp(mallory, note["id"], quoted["id"], attributedTo=scene.alice.uri))
        note |= {"quoteAuthorization": stamp["id"]}
        answer = await evil.post(scene.node, mallory.create(note))
        assert answer.status == 202
        await process_arrivals(scene.node)
        await run_jobs(scene.node)

        assert await state_of(scene, note["id"]) == "unverified"
        assert stamp["id"].removeprefix(evil.base) not in evil.gets


async def test_an_update_may_bring_the_consent_later(scene: Scene, bob: RemoteActor) -> None:
    """FEP-044f: the answer comes after the post; the Update that brings it is no edit."""
    quoted = scene.peer.publish(a_page(scene.alice.note()))
    note = bob.note(quote=quoted["id"])
    await scene.arrives(bob.create(note))
    await run_jobs(scene.node)
    stamp = scene.peer.publish(a_stamp(scene.alice, note["id"], quoted["id"]))

    assert await scene.arrives(bob.says("Update", note)) == ["duplicate"]
    assert await scene.arrives(bob.says("Update", note | {"quoteAuthorization": stamp["id"]})) == ["accepted"]
    await run_jobs(scene.node)

    assert await state_of(scene, note["id"]) == "accepted"
    post = await scene.node.db.read(store.by_uri, note["id"])
    assert post is not None
    assert post.updated_at is None


async def test_consent_that_comes_while_the_quote_is_looked_into_is_looked_up(scene: Scene, bob: RemoteActor) -> None:
    """A job at work on what was known before must not swallow the job of the Update: the quote would stay a link for ever."""
    quoted = scene.peer.publish(a_page(scene.alice.note()))
    note = bob.note(quote=quoted["id"])
    stamp = scene.peer.publish(a_stamp(scene.alice, note["id"], quoted["id"]))
    await scene.arrives(bob.create(note))
    now = scene.node.clock.now()
    at_work = await scene.node.db.claim(jobs.claim, now, now + 60_000, 8)

    await scene.arrives(bob.says("Update", note | {"quoteAuthorization": stamp["id"]}))
    for job in at_work:
        await run_job(scene.node, job)
    await run_jobs(scene.node)

    assert quotes.CHECK_QUOTE in [job.kind for job in at_work]
    assert await state_of(scene, note["id"]) == "accepted"


async def test_deleted_consent_ends_the_quote_at_once_and_for_ever(scene: Scene, bob: RemoteActor) -> None:
    """FEP-044f *Revocation*: only by its owner; and what it was for does not get it back by an Update."""
    quoted = scene.peer.publish(a_page(scene.alice.note()))
    note = bob.note(quote=quoted["id"])
    stamp = scene.peer.publish(a_stamp(scene.alice, note["id"], quoted["id"]))
    note |= {"quoteAuthorization": stamp["id"]}
    await scene.arrives(bob.create(note))
    await run_jobs(scene.node)
    await scene.arrives(scene.alice.says("Like", "https://x.example/1"))

    await scene.arrives(bob.says("Delete", stamp["id"]))
    assert await state_of(scene, note["id"]) == "accepted"
    assert await scene.arrives(scene.alice.says("Delete", stamp)) == ["accepted"]

    assert await state_of(scene, note["id"]) == "revoked"
    await scene.arrives(bob.says("Update", note | {"updated": "2026-11-24T07:30:00Z", "content": "<p>again</p>"}))
    await run_jobs(scene.node)
    assert await state_of(scene, note["id"]) == "revoked"
    repeated = bob.note(quote=quoted["id"], quoteAuthorization=stamp["id"])
    await scene.arrives(bob.create(repeated))
    await run_jobs(scene.node)
    assert await state_of(scene, repeated["id"]) in ("unverified", "revoked")


@pytest.mark.parametrize(
    ("policy", "state"),
    [(None, "unverified"), (FREE, "accepted"), ({"canQuote": {"manualApproval": [PUBLIC]}}, "unverified")],
)
async def test_a_quote_in_older_words_is_a_link_unless_everybody_may_quote(
    scene: Scene, bob: RemoteActor, policy: Document | None, state: str
) -> None:
    """s2s 2.21: Misskey, Pleroma, Fedibird ask nobody; they say quoteUri, quoteUrl, _misskey_quote."""
    quoted = scene.peer.publish(a_page(scene.alice.note(interactionPolicy=policy)))
    note = bob.note("<p>look</p>", quoteUri=quoted["id"], _misskey_quote=quoted["id"])

    await scene.arrives(bob.create(note))
    await run_jobs(scene.node)

    assert await state_of(scene, note["id"]) == state
    post = await scene.node.db.read(store.by_uri, note["id"])
    assert post is not None
    assert f'href="{quoted["id"]}"' in post.content
    assert post.content.count("quote-inline") == 1


async def test_who_quotes_themselves_needs_nobody(scene: Scene, bob: RemoteActor) -> None:
    """FEP-044f: a self-quote is fine, in new words and old."""
    quoted = scene.peer.publish(a_page(bob.note()))
    new, old = bob.note(quote=quoted["id"]), bob.note(quoteUrl=quoted["id"])

    for note in (new, old):
        await scene.arrives(bob.create(note))
    await run_jobs(scene.node)

    assert [await state_of(scene, note["id"]) for note in (new, old)] == ["accepted", "accepted"]


async def test_quotes_within_quotes_end(scene: Scene, bob: RemoteActor) -> None:
    """s2s 2.21: depth 2, and a loop of quotes ends too; what lies deeper is a link."""
    base = scene.peer.base
    for number in range(6):
        target = f"{base}/chain/{number + 1}"
        scene.peer.publish(a_page(bob.note(id=f"{base}/chain/{number}", quote=target)))
    ring = [f"{base}/ring/{number}" for number in range(2)]
    for here, there in zip(ring, reversed(ring), strict=True):
        scene.peer.publish(a_page(bob.note(id=here, quote=there)))
    alone = bob.note(id=f"{base}/alone")
    alone |= {"quote": alone["id"]}

    for note in (scene.peer.objects["/chain/0"], scene.peer.objects["/ring/0"], alone):
        assert await scene.arrives(bob.create(note)) == ["accepted"]
    await run_jobs(scene.node)

    assert [path for path in scene.peer.gets if path.startswith("/chain")] == ["/chain/1", "/chain/2"]
    assert [await state_of(scene, uri) for uri in ring] == ["accepted", "accepted"]
    assert await state_of(scene, alone["id"]) == "unverified"


async def test_consent_is_looked_up_again_every_week(scene: Scene, bob: RemoteActor) -> None:
    """s2s 2.21: a Delete may be lost; what is gone after a week ends the quote."""
    quoted = scene.peer.publish(a_page(scene.alice.note()))
    note = bob.note(quote=quoted["id"])
    stamp = scene.peer.publish(a_stamp(scene.alice, note["id"], quoted["id"]))
    await scene.arrives(bob.create(note | {"quoteAuthorization": stamp["id"]}))
    await run_jobs(scene.node)
    del scene.peer.objects[stamp["id"].removeprefix(scene.peer.base)]

    await _at_night(scene, days=2)
    assert await state_of(scene, note["id"]) == "accepted"
    await _at_night(scene, days=6)

    assert await state_of(scene, note["id"]) == "revoked"


async def test_a_night_looks_up_only_so_many_and_the_oldest_first(
    scene: Scene, bob: RemoteActor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """limits.QUOTES_RECHECKED: at n and at n + 1; what was left comes the next night."""
    quoted = scene.peer.publish(a_page(scene.alice.note()))
    paths = []
    for _ in range(3):
        note = bob.note(quote=quoted["id"])
        stamp = scene.peer.publish(a_stamp(scene.alice, note["id"], quoted["id"]) | {"id": f"{note['id']}-stamp"})
        paths.append(stamp["id"].removeprefix(scene.peer.base))
        await scene.arrives(bob.create(note | {"quoteAuthorization": stamp["id"]}))
        await run_jobs(scene.node)
        scene.clock.pass_(1)
    scene.peer.gets.clear()
    monkeypatch.setattr(limits, "QUOTES_RECHECKED", 2)

    await _at_night(scene, days=8)
    first = [path for path in scene.peer.gets if path in paths]
    await _at_night(scene, days=1)

    assert sorted(first) == sorted(paths[:2])
    assert [path for path in scene.peer.gets if path in paths][2:] == [paths[2]]


async def _at_night(scene: Scene, days: int) -> None:
    scene.clock.pass_(days * 24 * 3600)
    await verify.recheck_quotes(scene.node, "")
    await run_jobs(scene.node)


async def test_an_author_of_ours_hears_of_a_quote_that_needed_no_asking(scene: Scene, bob: RemoteActor) -> None:
    """s2s 2.21: a quote in older words of a post that everybody may quote."""
    post = await says(scene)
    note = bob.note(quoteUrl=post.uri)

    await scene.arrives(bob.create(note))
    await run_jobs(scene.node)

    assert (await state_of(scene, note["id"]), await told(scene)) == ("accepted", ["quote"])


# --- ours quote others ------------------------------------------------------------------------------------------


async def a_remote_post(scene: Scene, author: RemoteActor, **more: Any) -> Document:
    """A post of a remote actor, served and not yet known here."""
    return scene.peer.publish(a_page(author.note(**({"interactionPolicy": FREE} | more))))


async def a_quote(scene: Scene, bob: RemoteActor, **more: Any) -> tuple[PostRow, Document, Document]:
    """A post of the member that quotes one of bob's: the post, its QuoteRequest and what is quoted."""
    quoted = await a_remote_post(scene, bob)
    post = await says(scene, "I agree", quote=quoted["id"], **more)
    request = await received(scene, "QuoteRequest")
    return post, request, quoted


async def test_a_quote_of_ours_says_so_in_every_dialect_and_asks(scene: Scene, bob: RemoteActor) -> None:
    """FEP-044f, FEP-e232: the words of older software beside `quote`, a last line for all others, and the question."""
    assert await scene.arrives(scene.alice.follow(scene.member.uri)) == ["accepted"]
    await answers(scene)
    quoted = await a_remote_post(scene, bob, url=f"{scene.peer.base}/@bob/1")

    post = await says(scene, "I agree", quote=quoted["id"])

    sent = {activity["type"]: activity for activity in await answers(scene)}
    note, request = sent["Create"]["object"], sent["QuoteRequest"]
    for word in ("quote", "quoteUri", "quoteUrl", "_misskey_quote"):
        assert note[word] == quoted["id"]
    (link,) = [tag for tag in note["tag"] if tag["type"] == "Link"]
    assert (link["href"], link["mediaType"]) == (
        quoted["id"],
        'application/ld+json; profile="https://www.w3.org/ns/activitystreams"',
    )
    assert note["content"].endswith(
        f'<span class="quote-inline"><br>RE: <a href="{scene.peer.base}/@bob/1" target="_blank" '
        f'rel="nofollow noopener noreferrer">{scene.peer.base}/@bob/1</a></span></p>'
    )
    assert "quoteAuthorization" not in note
    assert (request["actor"], request["object"], request["to"]) == (scene.member.uri, quoted["id"], [bob.uri])
    assert request["instrument"] == note
    assert await state_of(scene, post.uri) == "pending"


async def test_consent_goes_onto_the_post_and_to_all_who_have_it(scene: Scene, bob: RemoteActor) -> None:
    """FEP-044f *Accept*: `quoteAuthorization` and an Update that is no edit; only from whom was asked, on their own host."""
    post, request, _quoted = await a_quote(scene, bob)
    shown = f"{scene.peer.base}/stamps/1"
    answer = {"object": request["id"], "result": shown, "to": [scene.member.uri], "cc": None}
    await scene.arrives(scene.alice.says("Like", "https://x.example/1"))

    stranger = scene.alice.says("Accept", **answer)
    elsewhere = bob.says("Accept", **(answer | {"result": "https://evil.example/stamps/1"}))
    without = bob.says("Accept", **(answer | {"result": None}))
    assert await scene.arrives(stranger) == ["refused_unasked"]
    assert await scene.arrives(elsewhere) == ["refused_origin"]
    assert await scene.arrives(without) == ["malformed"]
    assert await state_of(scene, post.uri) == "pending"
    assert await scene.arrives(bob.says("Accept", **answer)) == ["accepted"]
    assert await scene.arrives(bob.says("Accept", **answer)) == ["duplicate"]

    update = await received(scene, "Update")
    assert update["object"]["quoteAuthorization"] == shown
    assert "updated" not in update["object"]
    served = await scene.peer.get(scene.node, post.uri)
    assert served.json["quoteAuthorization"] == shown
    assert await state_of(scene, post.uri) == "accepted"


@pytest.mark.parametrize("accepted_before", [False, True])
async def test_refused_quote_is_taken_out_of_the_post(scene: Scene, bob: RemoteActor, accepted_before: bool) -> None:
    """FEP-044f *Reject*: also with the request embedded, and after an Accept; the link in the text stays."""
    post, request, quoted = await a_quote(scene, bob)
    embedded = {name: request[name] for name in ("type", "actor", "object")} | {"instrument": post.uri}
    if accepted_before:
        await scene.arrives(bob.says("Accept", embedded, result=f"{scene.peer.base}/stamps/1", cc=None))
        await answers(scene)

    assert await scene.arrives(scene.alice.says("Reject", embedded, cc=None)) == ["refused_unasked"]
    assert await scene.arrives(bob.says("Reject", embedded, cc=None)) == ["accepted"]

    note = (await received(scene, "Update"))["object"]
    assert not {"quote", "quoteUri", "quoteUrl", "_misskey_quote", "quoteAuthorization"} & note.keys()
    assert [tag for tag in note["tag"] if tag["type"] == "Link"] == []
    assert quoted["id"] in note["content"]
    assert note["updated"]
    assert await state_of(scene, post.uri) == ("revoked" if accepted_before else "rejected")
    late = bob.says("Accept", embedded, result=f"{scene.peer.base}/stamps/1", cc=None)
    assert await scene.arrives(late) == ["duplicate"]


async def test_consent_that_was_deleted_before_it_came_is_none(scene: Scene, bob: RemoteActor) -> None:
    """s2s 2.17: a Delete that overtakes the Accept; and an Accept played again after the Delete."""
    post, request, _quoted = await a_quote(scene, bob)
    shown = f"{scene.peer.base}/stamps/1"
    assert await scene.arrives(bob.says("Delete", shown)) == ["accepted"]

    accept = bob.says("Accept", request["id"], result=shown, cc=None)
    assert await scene.arrives(accept) == ["refused_deleted"]

    assert await state_of(scene, post.uri) == "pending"


async def test_consent_that_is_taken_back_takes_the_quote_out_of_the_post(scene: Scene, bob: RemoteActor) -> None:
    """FEP-044f *Revocation*: whoever owns the quote tells all who have it."""
    post, request, _quoted = await a_quote(scene, bob)
    shown = f"{scene.peer.base}/stamps/1"
    await scene.arrives(bob.says("Accept", request["id"], result=shown, cc=None))
    await answers(scene)

    await scene.arrives(bob.says("Delete", {"id": shown, "type": "QuoteAuthorization", "attributedTo": bob.uri}))

    note = (await received(scene, "Update"))["object"]
    assert "quote" not in note
    assert await state_of(scene, post.uri) == "revoked"
    edited = await edit_post(scene.node, scene.member, await stored(scene, post.uri), Draft("I agree still"))
    note = (await received(scene, "Update"))["object"]
    assert "quote" not in note
    assert edited.content.count("quote-inline") == 1


async def stored(scene: Scene, uri: str) -> PostRow:
    """The post with this id."""
    found = await scene.node.db.read(store.by_uri, uri)
    assert found is not None
    return found


async def test_an_edit_keeps_quote_consent_and_policy(scene: Scene, bob: RemoteActor) -> None:
    """FEP-044f: who edits the text does not ask again."""
    post, request, quoted = await a_quote(scene, bob, quote_policy=QuotePolicy.NOBODY)
    await scene.arrives(bob.says("Accept", request["id"], result=f"{scene.peer.base}/stamps/1", cc=None))
    await answers(scene)

    await edit_post(scene.node, scene.member, await stored(scene, post.uri), Draft("I agree wholly"))

    note = (await received(scene, "Update"))["object"]
    assert (note["quote"], note["quoteAuthorization"]) == (quoted["id"], f"{scene.peer.base}/stamps/1")
    assert note["interactionPolicy"] == {"canQuote": {"automaticApproval": [scene.member.uri]}}
    assert len([tag for tag in note["tag"] if tag["type"] == "Link"]) == 1
    assert note["content"].count("quote-inline") == 1


async def test_the_end_of_a_quoting_post_is_told_to_whom_it_quotes(scene: Scene, bob: RemoteActor) -> None:
    """s2s 2.10: the quoted author got the post with the request."""
    post, _request, _quoted = await a_quote(scene, bob)

    await delete_post(scene.node, scene.member, post)

    assert (await received(scene, "Delete"))["object"]["id"] == post.uri
    assert await quote_of(scene, post.uri) is None


async def test_a_private_quote_may_be_read_by_whom_it_quotes(scene: Scene, bob: RemoteActor) -> None:
    """FEP-044f: who is to agree must be able to read it; nobody else is added."""
    post, request, _quoted = await a_quote(scene, bob, visibility=Visibility.FOLLOWERS)

    assert request["instrument"]["cc"] == [bob.uri]
    assert (await scene.peer.get(scene.node, post.uri)).status == 404
    assert (await scene.peer.get(scene.node, post.uri, bob)).status == 200
    await delete_post(scene.node, scene.member, post)
    assert (await received(scene, "Delete"))["object"]["id"] == post.uri


async def test_edit_of_a_quoted_post_is_told_to_who_quotes_it(scene: Scene, bob: RemoteActor) -> None:
    """Client API 4.5: `quoted_update`; what one agreed with may say something else now."""
    _post, request, quoted = await a_quote(scene, bob)
    await scene.arrives(bob.says("Accept", request["id"], result=f"{scene.peer.base}/stamps/1", cc=None))

    edited = quoted | {"content": "<p>The contrary</p>", "updated": "2026-11-24T07:30:00Z"}
    assert await scene.arrives(bob.says("Update", edited)) == ["accepted"]

    assert await told(scene) == ["quoted_update"]


# --- both on this node ------------------------------------------------------------------------------------------


async def test_neighbours_consent_is_shown_at_once(scene: Scene) -> None:
    """Issue 4, 4: a local author whose policy allows it, or oneself; the author hears of it."""
    neighbour = await an_actor(scene.node, "neighbour")
    post = await says(scene)

    quoting = await create_post(scene.node, neighbour, Draft("Yes", quote=post.uri))
    own = await says(scene, "As I said", quote=post.uri)

    for found in (quoting, own):
        served = (await scene.peer.get(scene.node, found.uri)).json
        shown = (await scene.peer.get(scene.node, served["quoteAuthorization"])).json
        assert (shown["attributedTo"], shown["interactingObject"], shown["interactionTarget"]) == (
            scene.member.uri,
            found.uri,
            post.uri,
        )
    assert await told(scene) == ["quote"]
    await revoke(scene.node, scene.member, post, quoting.id)
    assert "quote" not in (await scene.peer.get(scene.node, quoting.uri)).json
    assert (await scene.peer.get(scene.node, served["quoteAuthorization"])).status == 200


async def test_a_changed_policy_is_told_without_an_edit(scene: Scene) -> None:
    """s2s 2.21, Mastodon: an Update with the same (or no) `updated`."""
    assert await scene.arrives(scene.alice.follow(scene.member.uri)) == ["accepted"]
    post = await says(scene)
    await answers(scene)

    await set_quote_policy(scene.node, scene.member, post, QuotePolicy.FOLLOWERS)
    await set_quote_policy(scene.node, scene.member, post, QuotePolicy.FOLLOWERS)

    note = (await received(scene, "Update"))["object"]
    assert note["interactionPolicy"] == {"canQuote": {"automaticApproval": [scene.member.followers_uri]}}
    assert "updated" not in note
    await process_arrivals(scene.node)
    assert (await stored(scene, post.uri)).updated_at is None


async def test_a_late_update_does_not_bring_an_older_policy_back(scene: Scene, bob: RemoteActor) -> None:
    """s2s 2.10: an Update older than what is stored changes nothing, also of what is no edit."""
    note = bob.note(interactionPolicy=FREE, updated="2026-11-24T07:30:00Z")
    closed = note | {"interactionPolicy": {"canQuote": {"automaticApproval": [bob.uri]}}}
    await scene.arrives(bob.create(note))
    await scene.arrives(bob.says("Update", closed | {"updated": "2026-11-24T07:40:00Z", "content": "<p>b</p>"}))

    late = await scene.arrives(bob.says("Update", note | {"updated": "2026-11-24T07:35:00Z", "content": "<p>a</p>"}))

    assert late == ["duplicate"]
    policy = (await stored(scene, note["id"])).allows
    assert policy is not None
    assert policy.quote is not None
    assert policy.quote.automatic == (bob.uri,)


async def test_a_post_from_before_policies_is_quoted_by_nobody_until_its_author_says(scene: Scene) -> None:
    """GoToSocial *canQuote*: opt-in; its document said nothing, and whoever asks is refused."""
    post = await says(scene)
    await scene.node.db.write(_without_policy, post.id)
    note = scene.alice.note(quote=post.uri)

    assert await scene.arrives(asking(scene.alice, post.uri, note)) == ["refused_policy"]
    await set_quote_policy(scene.node, scene.member, post, QuotePolicy.PUBLIC)
    other = scene.alice.note(quote=post.uri)
    assert await scene.arrives(asking(scene.alice, post.uri, other)) == ["accepted"]


def _without_policy(tx: Tx, post_id: int) -> None:
    document = documents.document_of(tx, post_id).replace(b'"interactionPolicy"', b'"x"')
    tx.execute(update(store.object_).where(store.object_.c.id == post_id).values(policy=None, document=document))
