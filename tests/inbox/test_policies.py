"""What authors of other servers allow: asked before ours answer, like and boost, and of what others do with their posts.

Source: GoToSocial *Interaction Policy*; s2s research 2.21.
"""

from typing import Any

import pytest

from actors.lookup import ActorRow
from actors.visibility import NOBODY
from coopfed.db.tx import Tx
from coopfed.errors import Forbidden, InvalidInput
from coopfed.features import home_timeline
from coopfed.features.consent import store as consents
from coopfed.features.follows import actions as follows
from coopfed.features.posts import store, visible
from coopfed.features.posts.actions import create_post, delete_post, edit_post
from coopfed.features.posts.remote import known_post
from coopfed.features.posts.rules import Draft
from coopfed.features.posts.store import PostRow
from coopfed.features.ranges import Range
from coopfed.features.reactions import actions as reactions
from coopfed.features.reactions.store import ReactionRow, find
from coopfed.vocab.terms import PUBLIC
from tests.inbox.test_quotes import a_page, answers, received, row_of, stored, told
from tests.support.jobs import run_jobs
from tests.support.nodes import an_actor, process_arrivals
from tests.support.peers import Document, RemoteActor, send_due
from tests.support.scene import Scene

ASKED = {"approvalRequired": [PUBLIC]}
"""As GoToSocial before 0.20 writes it, which is asked by the interaction itself; see `test_interaction_requests`."""


@pytest.fixture
async def bob(scene: Scene) -> RemoteActor:
    """A remote actor whom the member follows, who follows the member."""
    bob = scene.peer.actor("bob")
    await scene.arrives(bob.follow(scene.member.uri), bob)
    await follows.follow(scene.node, scene.member, await row_of(scene, bob.uri))
    await scene.arrives(bob.says("Accept", {"type": "Follow", "actor": scene.member.uri, "object": bob.uri}), bob)
    await answers(scene)
    return bob


async def a_post(scene: Scene, author: RemoteActor, what: str, rule: Document, **more: Any) -> PostRow:
    """A post of a remote actor with a policy, as it is stored here."""
    rule = {name: [author.uri if entry == "author" else entry for entry in entries] for name, entries in rule.items()}
    note = scene.peer.publish(a_page(author.note(interactionPolicy={what: rule}, **more)))
    return await known_post(scene.node, note["id"], scene.node.budget())


async def reaction(scene: Scene, post: PostRow, kind: str) -> ReactionRow | None:
    """The member's own reaction."""
    return await scene.node.db.read(find, scene.member.id, post.id, kind)


async def sees(scene: Scene, post_uri: str, viewer: ActorRow | None) -> bool:
    """Whether an actor (or a stranger) may see the post."""
    return await scene.node.db.read(_sees, post_uri, viewer.id if viewer else NOBODY)


def _sees(tx: Tx, uri: str, viewer: int) -> bool:
    post = store.by_uri(tx, uri)
    return post is not None and bool(visible.by_ids(tx, [post.id], viewer))


# --- ours -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("rule", [{"automaticApproval": ["author"]}, {"always": ["author"]}])
async def test_what_the_author_forbids_is_not_done(scene: Scene, rule: Document) -> None:
    """GoToSocial *Specifying Nobody*: the member is told, and nothing leaves."""
    post = await a_post(scene, scene.alice, "canReply", rule)
    liked = await a_post(scene, scene.alice, "canLike", rule)
    boosted = await a_post(scene, scene.alice, "canAnnounce", rule)
    unsaid = await a_post(scene, scene.alice, "canLike", {"automaticApproval": [PUBLIC]})

    with pytest.raises(InvalidInput, match="does not allow answers"):
        await create_post(scene.node, scene.member, Draft("But", in_reply_to=post.uri))
    with pytest.raises(InvalidInput, match="liked"):
        await reactions.like(scene.node, scene.member, liked.id)
    with pytest.raises(InvalidInput, match="boosted"):
        await reactions.boost(scene.node, scene.member, boosted.id)
    for quoted in (post, unsaid):
        with pytest.raises(InvalidInput, match="quoted"):
            await create_post(scene.node, scene.member, Draft("Look", quote=quoted.uri))

    assert await answers(scene) == []
    assert await reaction(scene, liked, "like") is None
    await reactions.like(scene.node, scene.member, unsaid.id)
    assert [activity["type"] for activity in await answers(scene)] == ["Like"]


async def test_who_is_mentioned_may_always_answer(scene: Scene) -> None:
    """GoToSocial *Implicit Assumptions*: nobody is accused without a reply."""
    mention = {"type": "Mention", "href": scene.member.uri, "name": "@member"}
    post = await a_post(scene, scene.alice, "canReply", {"automaticApproval": ["author"]}, tag=[mention])

    answer = await create_post(scene.node, scene.member, Draft("I did not", in_reply_to=post.uri))

    assert answer.consent == ""
    assert (await received(scene, "Create"))["object"]["id"] == answer.uri


async def test_an_answer_that_needs_consent_goes_to_the_author_alone(scene: Scene, bob: RemoteActor) -> None:
    """GoToSocial *Requesting, Obtaining, and Validating Approval*: addressed as ever, sent to one, shown to none."""
    other = await an_actor(scene.node, "other_member")
    post = await a_post(scene, scene.alice, "canReply", ASKED)

    answer = await create_post(scene.node, scene.member, Draft("May I?", in_reply_to=post.uri))

    (create,) = await answers(scene)
    assert create["to"] == [PUBLIC]
    assert "approvedBy" not in create["object"]
    assert [await sees(scene, answer.uri, viewer) for viewer in (None, other, scene.member)] == [False, False, True]
    assert (await scene.peer.get(scene.node, answer.uri)).status == 404
    assert (await scene.peer.get(scene.node, answer.uri, scene.alice)).status == 200
    outbox = await scene.peer.get(scene.node, f"{scene.member.uri}/outbox?page=true")
    assert outbox.json["orderedItems"] == []
    assert (await stored(scene, post.uri)).replies_count == 0
    with pytest.raises(InvalidInput, match="waits"):
        await create_post(scene.node, scene.member, Draft("More", in_reply_to=answer.uri))
    with pytest.raises(Forbidden):
        await reactions.boost(scene.node, scene.member, answer.id)


async def inboxes(scene: Scene) -> list[str]:
    """The paths of the inboxes that something was sent to by now."""
    await send_due(scene.node)
    found = [received.path for received in scene.peer.received]
    scene.peer.received.clear()
    return found


async def test_granted_answer_goes_out_to_all_with_its_consent(scene: Scene, bob: RemoteActor) -> None:
    """GoToSocial *Acceptance*: `approvedBy` is the result; from the author alone, on the author's host; once."""
    post = await a_post(scene, scene.alice, "canReply", ASKED)
    answer = await create_post(scene.node, scene.member, Draft("May I?", in_reply_to=post.uri))
    (create,) = await answers(scene)
    shown = f"{scene.peer.base}/approvals/1"

    for wrong, outcome in (
        (bob.says("Accept", answer.uri, result=shown, cc=None), "refused_unasked"),
        (scene.alice.says("Accept", answer.uri, result="https://evil.example/1", cc=None), "refused_origin"),
    ):
        assert await scene.arrives(wrong) == [outcome]
    assert await sees(scene, answer.uri, None) is False
    accept = scene.alice.says("Accept", create["id"], result=shown, cc=None)
    assert await scene.arrives(accept) == ["accepted"]

    assert (await stored(scene, answer.uri)).consent == ""
    note = (await received(scene, "Create"))["object"]
    assert (note["id"], note["approvedBy"]) == (answer.uri, shown)
    assert (await scene.peer.get(scene.node, answer.uri)).json["approvedBy"] == shown
    assert (await stored(scene, post.uri)).replies_count == 1
    again = scene.alice.says("Accept", answer.uri, result=shown, cc=None)
    assert await scene.arrives(again) == ["refused_unasked"]
    await edit_post(scene.node, scene.member, await stored(scene, answer.uri), Draft("May I add:"))
    assert (await received(scene, "Update"))["object"]["approvedBy"] == shown


async def test_a_refused_answer_stays_with_who_wrote_it(scene: Scene, bob: RemoteActor) -> None:
    """GoToSocial *Rejection*: not distributed further; a text is not lost. Its edit and end are told to nobody else."""
    post = await a_post(scene, scene.alice, "canReply", ASKED)
    answer = await create_post(scene.node, scene.member, Draft("May I?", in_reply_to=post.uri))
    await answers(scene)

    assert await scene.arrives(scene.alice.says("Reject", answer.uri, cc=None)) == ["accepted"]

    assert (await stored(scene, answer.uri)).consent == "rejected"
    assert await sees(scene, answer.uri, None) is False
    late = scene.alice.says("Accept", answer.uri, result=f"{scene.peer.base}/approvals/1", cc=None)
    assert await scene.arrives(late) == ["refused_unasked"]
    await edit_post(scene.node, scene.member, await stored(scene, answer.uri), Draft("Then not"))
    await answers(scene)
    await delete_post(scene.node, scene.member, await stored(scene, answer.uri))
    assert await inboxes(scene) == ["/users/alice/inbox"]


@pytest.mark.parametrize("what", ["like", "announce"])
async def test_a_reaction_that_needs_consent_waits_for_it(scene: Scene, bob: RemoteActor, what: str) -> None:
    """GoToSocial: sent to the author alone, counted and placed by the Accept, sent again under its id with `approvedBy`."""
    follower = await an_actor(scene.node, "other_member")
    await follows.follow(scene.node, follower, scene.member)
    await process_arrivals(scene.node)
    post = await a_post(scene, scene.alice, f"can{what.title()}", ASKED)
    act = reactions.like if what == "like" else reactions.boost
    row = await act(scene.node, scene.member, post.id)
    assert row.pending
    assert await inboxes(scene) == ["/users/alice/inbox"]
    assert await process_arrivals(scene.node) == []
    before = await stored(scene, post.uri)
    assert (before.likes_count, before.shares_count) == (0, 0)
    assert await scene.node.db.read(home_timeline.read, follower.id, Range(5)) == []

    shown = f"{scene.peer.base}/approvals/1"
    assert row.uri is not None
    assert await scene.arrives(bob.says("Accept", row.uri, result=shown, cc=None)) == ["refused_unasked"]
    outcome = await scene.arrives(scene.alice.says("Accept", row.uri, result=shown, cc=None))

    assert outcome[0] == "accepted"
    await process_arrivals(scene.node)
    after = await stored(scene, post.uri)
    assert after.likes_count + after.shares_count == 1
    if what == "announce":
        sent = await received(scene, "Announce")
        assert (sent["id"], sent["approvedBy"]) == (row.uri, shown)
        assert len(await scene.node.db.read(home_timeline.read, follower.id, Range(5))) == 1


async def test_a_refused_boost_ends(scene: Scene, bob: RemoteActor) -> None:
    """GoToSocial *Rejection*: also where the Announce comes embedded, and by GoToSocial before 0.19 an Accept without a result."""
    post = await a_post(scene, scene.alice, "canAnnounce", ASKED)
    row = await reactions.boost(scene.node, scene.member, post.id)
    (announce,) = await answers(scene)

    assert await scene.arrives(scene.alice.says("Reject", announce, cc=None)) == ["accepted"]
    assert await reaction(scene, post, "announce") is None
    again = await reactions.boost(scene.node, scene.member, post.id)
    assert again.uri != row.uri
    await answers(scene)
    accept = scene.alice.says("Accept", again.uri, cc=None)
    assert (await scene.arrives(accept))[0] == "accepted"
    assert (await received(scene, "Announce"))["approvedBy"] == accept["id"]


async def test_an_unboost_of_what_waits_is_told_to_the_author_alone(scene: Scene, bob: RemoteActor) -> None:
    """Nobody hears of the end of what they never heard of."""
    post = await a_post(scene, scene.alice, "canAnnounce", ASKED)
    await reactions.boost(scene.node, scene.member, post.id)
    await reactions.unboost(scene.node, scene.member, post.id)

    assert await inboxes(scene) == ["/users/alice/inbox", "/users/alice/inbox"]


async def test_a_follower_asks_where_followers_are_allowed(scene: Scene) -> None:
    """GoToSocial *Validating presence in a Followers / Following collection*: only the author's server can tell."""
    rule = {"automaticApproval": [scene.alice.followers]}
    post = await a_post(scene, scene.alice, "canLike", rule)
    with pytest.raises(InvalidInput):
        await reactions.like(scene.node, scene.member, post.id)
    await follows.follow(scene.node, scene.member, await row_of(scene, scene.alice.uri))
    await scene.arrives(
        scene.alice.says("Accept", {"type": "Follow", "actor": scene.member.uri, "object": scene.alice.uri})
    )

    assert (await reactions.like(scene.node, scene.member, post.id)).pending


# --- those of others --------------------------------------------------------------------------------------------


def a_consent(author: RemoteActor, kind: str, interacting: str, **more: Any) -> Document:
    """An approval object as GoToSocial 0.19 writes it."""
    return {
        "@context": "https://www.w3.org/ns/activitystreams",
        "id": f"{author.base}/approvals/{interacting[-4:].strip('/')}",
        "type": kind,
        "attributedTo": author.uri,
        "object": interacting,
        **more,
    }


@pytest.mark.parametrize(
    ("consent", "shown"),
    [
        (None, False),
        ({}, True),
        ({"type": "LikeApproval"}, False),
        ({"attributedTo": "{base}/users/bob"}, False),
        ({"object": "{base}/notes/other"}, False),
        ({"target": "{base}/notes/other"}, False),
        ({"type": "ReplyAuthorization", "object": None, "interactingObject": "{answer}"}, True),
        ({"id": "https://elsewhere.example/1"}, False),
    ],
)
async def test_an_answer_of_others_is_shown_only_with_consent(
    scene: Scene, bob: RemoteActor, consent: dict[str, str | None] | None, shown: bool
) -> None:
    """GoToSocial *Validating approvedBy*: type, author and both ends; until then it is shown to nobody and told to nobody."""
    post = await a_post(scene, scene.alice, "canReply", ASKED)
    answer = bob.mentioning(scene.member.uri, inReplyTo=post.uri)
    if consent is not None:
        values = {"base": scene.peer.base, "answer": answer["id"]}
        filled = {name: value and value.format(**values) for name, value in consent.items()}
        document = a_consent(scene.alice, "ReplyApproval", answer["id"], **filled)
        answer |= {"approvedBy": document["id"]}
        if document["id"].startswith(scene.peer.base):
            scene.peer.publish({name: value for name, value in document.items() if value is not None})

    assert await scene.arrives(bob.create(answer)) == ["accepted"]
    assert await sees(scene, answer["id"], scene.member) is False
    assert await told(scene) == ["follow"]
    await run_jobs(scene.node)

    assert await sees(scene, answer["id"], scene.member) is shown
    assert await told(scene) == (["mention", "follow"] if shown else ["follow"])
    assert (await stored(scene, post.uri)).replies_count == int(shown)


async def test_what_answers_a_hidden_answer_is_hidden_with_it(scene: Scene, bob: RemoteActor) -> None:
    """GoToSocial *Scope Widening*: also one's own next answer; an Update that brings the consent shows both."""
    post = await a_post(scene, scene.alice, "canReply", ASKED)
    first = bob.note(inReplyTo=post.uri)
    cyd = scene.peer.actor("cyd")
    second = cyd.note(inReplyTo=first["id"], to=[PUBLIC, scene.member.uri])
    await scene.arrives(bob.create(first))
    await scene.arrives(cyd.create(second))
    assert [await sees(scene, note["id"], scene.member) for note in (first, second)] == [False, False]
    document = scene.peer.publish(a_consent(scene.alice, "ReplyApproval", first["id"], target=post.uri))

    assert await scene.arrives(bob.says("Update", first | {"approvedBy": document["id"]})) == ["accepted"]
    await run_jobs(scene.node)

    assert [await sees(scene, note["id"], scene.member) for note in (first, second)] == [True, True]


async def test_those_who_may_answer_are_shown_at_once(scene: Scene, bob: RemoteActor) -> None:
    """GoToSocial *Implicit Assumptions*: the author, who is mentioned, who is named; and where nothing is said."""
    cyd = scene.peer.actor("cyd")
    mention = {"type": "Mention", "href": cyd.uri, "name": "@cyd"}
    rule = {"automaticApproval": ["author", bob.uri]}
    post = await a_post(scene, scene.alice, "canReply", rule, tag=[mention])
    for actor in (scene.alice, bob, cyd):
        answer = actor.note(inReplyTo=post.uri, to=[PUBLIC, scene.member.uri])
        assert await scene.arrives(actor.create(answer)) == ["accepted"]
        assert await sees(scene, answer["id"], scene.member)


async def test_an_answer_that_came_before_what_it_answers_is_looked_at_again(scene: Scene, bob: RemoteActor) -> None:
    """s2s 2.17: order is nobody's to choose: whoever sends first must not get round the policy."""
    parent = scene.alice.note(interactionPolicy={"canReply": {"automaticApproval": [scene.alice.uri]}})
    answer = bob.note(inReplyTo=parent["id"])
    assert await scene.arrives(bob.create(answer)) == ["accepted"]
    assert await sees(scene, answer["id"], scene.member)

    scene.peer.publish(a_page(parent))
    await known_post(scene.node, parent["id"], scene.node.budget())
    await run_jobs(scene.node, consents.CHECK_ANSWER)

    assert not await sees(scene, answer["id"], scene.member)
    assert (await stored(scene, parent["id"])).replies_count == 0


@pytest.mark.parametrize("approved", [False, True])
@pytest.mark.parametrize("known", [False, True])
async def test_a_boost_of_others_needs_consent_too(scene: Scene, bob: RemoteActor, approved: bool, known: bool) -> None:
    """GoToSocial *canAnnounce*: an Announce by somebody who may not is not believed."""
    note = scene.peer.publish(a_page(scene.alice.note(interactionPolicy={"canAnnounce": ASKED})))
    if known:
        await known_post(scene.node, note["id"], scene.node.budget())
    announce = bob.says("Announce", note["id"])
    if approved:
        document = scene.peer.publish(a_consent(scene.alice, "AnnounceApproval", announce["id"]))
        announce |= {"approvedBy": document["id"]}

    assert await scene.arrives(announce) == ["accepted" if approved else "refused_policy"]


async def test_a_like_of_others_needs_consent_too(scene: Scene, bob: RemoteActor) -> None:
    """GoToSocial *canLike*: with `approvedBy`, or as 0.20 says it, `likeAuthorization`."""
    post = await a_post(scene, scene.alice, "canLike", ASKED)
    like = bob.says("Like", post.uri)
    document = scene.peer.publish(a_consent(scene.alice, "LikeAuthorization", like["id"]))

    assert await scene.arrives(bob.says("Like", post.uri)) == ["refused_policy"]
    assert await scene.arrives(like | {"likeAuthorization": document["id"]}) == ["accepted"]


async def test_ours_say_who_may_quote_and_nothing_else(scene: Scene, bob: RemoteActor) -> None:
    """GoToSocial: what is set is a promise to enforce it; anybody may answer, like and boost as before."""
    post = await create_post(scene.node, scene.member, Draft("Hello"))

    note = (await received(scene, "Create"))["object"]
    assert note["interactionPolicy"] == {"canQuote": {"automaticApproval": [PUBLIC]}}
    answer = bob.note(inReplyTo=post.uri)
    assert await scene.arrives(bob.create(answer)) == ["accepted"]
    assert await sees(scene, answer["id"], None)
