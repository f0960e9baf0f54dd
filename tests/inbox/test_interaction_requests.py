"""Requests to like, answer and boost, both ways, as GoToSocial sends and takes them since 0.20: each door shut, then open.

How it was before, and still is with older servers, is in `test_policies`.
"""

from typing import Any

import pytest

from coopfed.features.blocks.actions import block
from coopfed.features.posts.actions import create_post, delete_post, edit_post
from coopfed.features.posts.rules import Draft
from coopfed.features.posts.store import PostRow
from coopfed.features.reactions import actions as reactions
from coopfed.vocab.audience import Visibility
from coopfed.vocab.terms import PUBLIC
from tests.inbox.test_policies import a_post, bob, inboxes, reaction, sees
from tests.inbox.test_quotes import answers, received, row_of, stored
from tests.support.nodes import process_arrivals
from tests.support.peers import Document, RemoteActor
from tests.support.scene import Scene

__all__ = ["bob"]

ASKED = {"manualApproval": [PUBLIC]}
WORDS = {"like": "Like", "reply": "Reply", "announce": "Announce"}


async def does(scene: Scene, post: PostRow, what: str) -> str:
    """The member likes, answers or boosts the post; the id of what it did."""
    if what == "reply":
        return (await create_post(scene.node, scene.member, Draft("May I?", in_reply_to=post.uri))).uri
    act = reactions.like if what == "like" else reactions.boost
    row = await act(scene.node, scene.member, post.id)
    assert row.uri is not None
    return row.uri


async def waits(scene: Scene, post: PostRow, what: str, uri: str) -> bool:
    """Whether it waits for consent."""
    if what == "reply":
        return (await stored(scene, uri)).consent == "pending"
    row = await reaction(scene, post, what)
    return row is not None and row.pending


def as_answered(request: Document) -> Document:
    """The request as GoToSocial repeats it in its answer: with ids alone."""
    members = {name: request[name] for name in ("id", "type", "actor", "object")}
    return members | {"instrument": request["instrument"]["id"]}


async def asked(scene: Scene, what: str) -> tuple[PostRow, str, Document]:
    """A post of alice, what the member did with it, and the request that alice got."""
    post = await a_post(scene, scene.alice, f"can{WORDS[what]}", ASKED)
    uri = await does(scene, post, what)
    return post, uri, await received(scene, f"{WORDS[what]}Request")


# --- ours ask: shut ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("what", WORDS)
async def test_only_the_author_grants_what_was_asked_for(scene: Scene, bob: RemoteActor, what: str) -> None:
    """GoToSocial: nobody answers in another's name, or shows consent on another's host; and not about somebody else's request."""
    post, uri, request = await asked(scene, what)
    shown, answer = f"{scene.peer.base}/authorizations/1", as_answered(request)
    other = answer | {"id": f"{request['id']}9", "instrument": f"{uri}9"}

    for wrong, outcome in (
        (bob.says("Accept", answer, result=shown, cc=None), "refused_unasked"),
        (scene.alice.says("Accept", answer, result="https://evil.example/1", cc=None), "refused_origin"),
        (scene.alice.says("Accept", other, result=shown, cc=None), "refused_unasked"),
        (bob.says("Reject", answer, cc=None), "refused_unasked"),
    ):
        assert await scene.arrives(wrong) == [outcome]

    assert await waits(scene, post, what, uri)
    assert await answers(scene) == []


# --- ours ask: open ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("what", WORDS)
async def test_request_goes_to_the_author_alone_with_what_is_asked_for(
    scene: Scene, bob: RemoteActor, what: str
) -> None:
    """GoToSocial *Sending an Interaction Request*: the post as `object`, the interaction whole as `instrument`, with its own audience."""
    post = await a_post(scene, scene.alice, f"can{WORDS[what]}", ASKED)
    uri = await does(scene, post, what)

    (request,) = await answers(scene)
    instrument = request["instrument"]
    assert (request["type"], request["actor"]) == (f"{WORDS[what]}Request", scene.member.uri)
    assert (request["object"], request["to"], request["cc"]) == (post.uri, [scene.alice.uri], [])
    assert (instrument["id"], instrument["type"]) == (uri, "Note" if what == "reply" else WORDS[what])
    assert "@context" not in instrument
    if what == "reply":
        assert (instrument["inReplyTo"], instrument["to"]) == (post.uri, [PUBLIC])
    else:
        assert (instrument["actor"], instrument["object"]) == (scene.member.uri, post.uri)
    assert await waits(scene, post, what, uri)
    served = await scene.peer.get(scene.node, request["id"], scene.alice)
    assert (served.status, served.json["id"]) == (200, request["id"])
    assert (await scene.peer.get(scene.node, request["id"])).status == 404


@pytest.mark.parametrize("what", WORDS)
@pytest.mark.parametrize("form", ["embedded", "embedded without an instrument", "request", "interaction"])
async def test_granted_request_goes_out_to_all_with_its_authorization(
    scene: Scene, bob: RemoteActor, what: str, form: str
) -> None:
    """GoToSocial *Proving Interaction Authorization*: in the property of its kind, and in `approvedBy` for 0.20 and older."""
    post, uri, request = await asked(scene, what)
    shown, answer = f"{scene.peer.base}/authorizations/1", as_answered(request)
    forms: dict[str, Any] = {"embedded": answer, "request": request["id"], "interaction": uri}
    forms["embedded without an instrument"] = {name: answer[name] for name in ("id", "type")}

    outcomes = await scene.arrives(scene.alice.says("Accept", forms[form], result=shown, cc=None))

    assert outcomes[0] == "accepted"
    sent = await received(scene, "Create" if what == "reply" else WORDS[what])
    interaction = sent["object"] if what == "reply" else sent
    assert (interaction["id"], interaction["approvedBy"]) == (uri, shown)
    assert interaction[f"{what}Authorization"] == shown
    assert not await waits(scene, post, what, uri)
    if what == "reply":
        await edit_post(scene.node, scene.member, await stored(scene, uri), Draft("May I add:"))
        assert (await received(scene, "Update"))["object"]["replyAuthorization"] == shown


@pytest.mark.parametrize("what", WORDS)
async def test_refused_request_ends_it(scene: Scene, bob: RemoteActor, what: str) -> None:
    """GoToSocial *Rejecting an Interaction Request*: a like or boost ends; an answer stays with who wrote it. Nothing goes out."""
    post, uri, request = await asked(scene, what)

    assert await scene.arrives(scene.alice.says("Reject", as_answered(request), cc=None)) == ["accepted"]

    if what == "reply":
        assert (await stored(scene, uri)).consent == "rejected"
        assert await sees(scene, uri, None) is False
    else:
        assert await reaction(scene, post, what) is None
    assert await answers(scene) == []


async def test_what_is_taken_back_before_the_answer_is_told_to_the_author_alone(scene: Scene, bob: RemoteActor) -> None:
    """Nobody hears of the end of what they never heard of; an Accept that comes too late has no effect."""
    post, _uri, request = await asked(scene, "announce")
    await reactions.unboost(scene.node, scene.member, post.id)
    assert await inboxes(scene) == ["/users/alice/inbox"]

    late = scene.alice.says("Accept", as_answered(request), result=f"{scene.peer.base}/authorizations/1", cc=None)
    assert await scene.arrives(late) == ["refused_unasked"]
    answered = await a_post(scene, scene.alice, "canReply", ASKED)
    answer = await create_post(scene.node, scene.member, Draft("May I?", in_reply_to=answered.uri))
    await delete_post(scene.node, scene.member, answer)
    await process_arrivals(scene.node)
    assert await inboxes(scene) == ["/users/alice/inbox", "/users/alice/inbox"]


@pytest.mark.parametrize("what", WORDS)
async def test_server_that_knows_no_requests_gets_the_interaction_itself(
    scene: Scene, bob: RemoteActor, what: str
) -> None:
    """GoToSocial before 0.20 writes `approvalRequired` alone; 0.20 writes both words and takes requests."""
    older, both = {"approvalRequired": [PUBLIC]}, {"approvalRequired": [PUBLIC], **ASKED}
    types = []
    for rule in (older, both):
        await does(scene, await a_post(scene, scene.alice, f"can{WORDS[what]}", rule), what)
        types += [activity["type"] for activity in await answers(scene)]

    assert types == ["Create" if what == "reply" else WORDS[what], f"{WORDS[what]}Request"]


# --- others ask: shut -------------------------------------------------------------------------------------------


def an_interaction(actor: RemoteActor, what: str, uri: str, **more: Any) -> Document:
    """What an actor wants to do with a post, as it stands in a request: whole, without a context."""
    if what == "reply":
        return actor.note("<p>May I?</p>", inReplyTo=uri, **more)
    said = actor.says(WORDS[what], uri, to=[PUBLIC], cc=None, **more)
    return {name: value for name, value in said.items() if name != "@context"}


def asks(actor: RemoteActor, what: str, uri: str, interaction: Document | str | None, **more: Any) -> Document:
    """The request of an actor, to the author of the post alone."""
    return actor.says(f"{WORDS[what]}Request", uri, instrument=interaction, **({"cc": None} | more))


async def says(scene: Scene, **more: Any) -> PostRow:
    """A post of the member, whose Create is out."""
    post = await create_post(scene.node, scene.member, Draft("Hello", **more))
    await answers(scene)
    return post


@pytest.mark.parametrize("what", WORDS)
async def test_request_that_is_not_about_what_it_says_has_no_effect(scene: Scene, bob: RemoteActor, what: str) -> None:
    """FEP-fe34: nobody has an interaction authorised that is another's, with another post, of another kind, or not there."""
    post, other = await says(scene), await says(scene)
    alice, kinds = scene.alice, [*WORDS, *WORDS]
    different = kinds[kinds.index(what) + 1]
    wrong: list[tuple[Any, str]] = [
        (an_interaction(alice, what, other.uri), "malformed"),
        (an_interaction(alice, different, post.uri), "malformed"),
        (an_interaction(bob, what, post.uri), "refused_author"),
        (an_interaction(alice, what, post.uri) | {"id": "https://elsewhere.example/1"}, "refused_origin"),
        (None, "malformed"),
        ({"id": f"{alice.base}/1", "type": "Follow", "actor": alice.uri, "object": post.uri}, "malformed"),
    ]
    if what != "reply":
        wrong.append((f"{alice.base}/likes/1", "malformed"))

    for interaction, outcome in wrong:
        assert await scene.arrives(asks(alice, what, post.uri, interaction)) == [outcome], interaction

    seen = await stored(scene, post.uri)
    assert (seen.likes_count, seen.shares_count, seen.replies_count) == (0, 0, 0)
    assert await answers(scene) == []


@pytest.mark.parametrize("what", WORDS)
async def test_nobody_is_asked_for_posts_of_others(scene: Scene, bob: RemoteActor, what: str) -> None:
    """Only its author answers for a post."""
    note = bob.note()
    await scene.arrives(bob.create(note), bob)

    for uri in (note["id"], "https://x.example/1"):
        request = asks(scene.alice, what, uri, an_interaction(scene.alice, what, uri))
        assert await scene.arrives(request) == ["irrelevant"]
    assert await answers(scene) == []


@pytest.mark.parametrize("what", WORDS)
async def test_who_may_not_see_or_is_blocked_gets_no_answer(scene: Scene, bob: RemoteActor, what: str) -> None:
    """security 1.6: an answer would tell that the post is there."""
    private, public = await says(scene, visibility=Visibility.FOLLOWERS), await says(scene)
    deleted = await says(scene)
    await delete_post(scene.node, scene.member, deleted)
    await block(scene.node, scene.member, await row_of(scene, bob.uri))
    await answers(scene)

    for actor, post, outcomes in (
        (scene.alice, private, ("refused_hidden", "accepted")),
        (bob, public, ("refused_blocked",)),
        (scene.alice, deleted, ("refused_deleted", "irrelevant")),
    ):
        (outcome,) = await scene.arrives(asks(actor, what, post.uri, an_interaction(actor, what, post.uri)), actor)
        assert outcome in outcomes
        assert await answers(scene) == []


# --- others ask: open -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("what", WORDS)
async def test_what_is_asked_of_ours_is_done_and_granted(scene: Scene, bob: RemoteActor, what: str) -> None:
    """GoToSocial *Accepting an Interaction Request*: the request repeated with ids, its authorization as `result`, to who asked; the
    interaction counts at once, and once."""
    post = await says(scene)
    interaction = an_interaction(scene.alice, what, post.uri)
    request = asks(scene.alice, what, post.uri, interaction)

    assert await scene.arrives(request) == ["accepted"]

    (accept,) = await answers(scene)
    assert (accept["type"], accept["actor"], accept["to"]) == ("Accept", scene.member.uri, [scene.alice.uri])
    assert accept["object"] == as_answered(request)
    served = (await scene.peer.get(scene.node, accept["result"])).json
    del served["@context"]
    assert served == {
        "id": accept["result"],
        "type": f"{WORDS[what]}Authorization",
        "attributedTo": scene.member.uri,
        "interactingObject": interaction["id"],
        "interactionTarget": post.uri,
    }
    authorized = interaction | {f"{what}Authorization": accept["result"]}
    after = (
        scene.alice.create(authorized) if what == "reply" else {**scene.alice.says(WORDS[what], post.uri), **authorized}
    )
    assert await scene.arrives(after) == ["duplicate"]
    seen = await stored(scene, post.uri)
    assert seen.likes_count + seen.shares_count + seen.replies_count == 1


async def test_consent_stays_the_same_however_often_it_is_asked_for(scene: Scene) -> None:
    """Whoever lost our answer asks again; and who was here before asks for the proof."""
    post = await says(scene)
    like = scene.alice.says("Like", post.uri)
    assert await scene.arrives(like) == ["accepted"]

    results = set()
    for _ in range(2):
        assert await scene.arrives(asks(scene.alice, "like", post.uri, like)) == ["duplicate"]
        results.add((await received(scene, "Accept"))["result"])

    assert len(results) == 1


async def test_like_may_name_its_actor_as_author_and_an_answer_come_by_its_id(scene: Scene) -> None:
    """GoToSocial's Like in a request has `attributedTo`; a request may carry the id of an answer alone (FEP-044f does)."""
    post = await says(scene)
    like = an_interaction(scene.alice, "like", post.uri)
    like["attributedTo"] = like.pop("actor")
    note = scene.peer.publish(
        {"@context": "https://www.w3.org/ns/activitystreams", **an_interaction(scene.alice, "reply", post.uri)}
    )

    assert await scene.arrives(asks(scene.alice, "like", post.uri, like)) == ["accepted"]
    assert await scene.arrives(asks(scene.alice, "reply", post.uri, note["id"])) == ["accepted"]

    assert [activity["type"] for activity in await answers(scene)] == ["Accept", "Accept"]


async def test_authorization_is_for_those_who_may_see_the_post(scene: Scene, bob: RemoteActor) -> None:
    """security 1.6: of a post for few it tells that it is there, and who answered."""
    post = await says(scene, visibility=Visibility.FOLLOWERS)
    assert await scene.arrives(asks(bob, "like", post.uri, an_interaction(bob, "like", post.uri)), bob) == ["accepted"]
    result = (await received(scene, "Accept"))["result"]

    assert (await scene.peer.get(scene.node, result)).status == 404
    assert (await scene.peer.get(scene.node, result, scene.alice)).status == 404
    assert (await scene.peer.get(scene.node, result, bob)).json["type"] == "LikeAuthorization"
    await delete_post(scene.node, scene.member, post)
    assert (await scene.peer.get(scene.node, result, bob)).status == 404
