"""Accounts for strangers and readers: who follows whom, what one thinks of others, and hosts that one shuts out."""

import pytest

from actors.lookup import ActorRow
from coopfed import limits
from coopfed.features.follows import actions as follows
from coopfed.features.posts.actions import create_post
from coopfed.features.posts.rules import Draft, PollDraft
from coopfed.vocab.audience import Visibility
from tests.coopfed.api.test_api import a_client
from tests.coopfed.api.test_lists import known
from tests.inbox.test_posts import following
from tests.support.nodes import an_actor, process_arrivals
from tests.support.peers import Answer, send_due
from tests.support.scene import Scene


async def bare(scene: Scene, path: str) -> Answer:
    """Asked without a token."""
    return await scene.peer.send("GET", f"{scene.node.urls.base}/api/v1{path}", {})


async def follow(scene: Scene, follower: ActorRow, target: ActorRow) -> None:
    """One of ours follows another."""
    await follows.follow(scene.node, follower, target)
    await process_arrivals(scene.node)
    await process_arrivals(scene.node)


# --- without a token --------------------------------------------------------------------------------------------


async def test_strangers_read_what_is_public(scene: Scene) -> None:
    """client_api 3, *Public reading*: accounts, statuses, threads, polls; nothing that is for few."""
    said = await create_post(scene.node, scene.member, Draft("Which?", poll=PollDraft(("a", "b"), False, 600, False)))
    private = await create_post(scene.node, scene.member, Draft("Private", visibility=Visibility.FOLLOWERS))
    await create_post(scene.node, scene.member, Draft("Answer", in_reply_to=said.uri))
    await create_post(scene.node, scene.member, Draft("Answer", in_reply_to=said.uri, visibility=Visibility.FOLLOWERS))

    assert (await bare(scene, f"/accounts/{scene.member.id}")).json["username"] == "member"
    assert (await bare(scene, "/accounts/lookup?acct=member")).json["id"] == str(scene.member.id)
    assert (await bare(scene, f"/statuses/{said.id}")).json["id"] == str(said.id)
    assert (await bare(scene, f"/polls/{said.id}")).json["voted"] is False
    assert len((await bare(scene, f"/statuses/{said.id}/context")).json["descendants"]) == 1
    for path in (f"/statuses/{private.id}", f"/statuses/{private.id}/context"):
        assert (await bare(scene, path)).status == 404


async def test_many_are_read_at_once_in_the_order_asked_for(scene: Scene) -> None:
    """Mastodon 4.3, GET /accounts and /statuses with `id[]`: what is not there, or not for the reader, is left out."""
    client, other = await a_client(scene), await an_actor(scene.node, "other_member")
    said = [(await client.post("/statuses", status=text)).json["id"] for text in ("One", "Two")]
    few = (await client.post("/statuses", status="Few", visibility="private")).json["id"]
    people = "/accounts?" + "&".join(f"id[]={number}" for number in (other.id, 1, scene.member.id, other.id))
    posts = "/statuses?" + "&".join(f"id[]={number}" for number in (said[1], few, 1, said[0]))

    assert [one["username"] for one in (await bare(scene, people)).json] == ["other_member", "member"]
    assert [one["id"] for one in (await bare(scene, posts)).json] == [said[1], said[0]]
    assert [one["id"] for one in (await client.get(posts)).json] == [said[1], few, said[0]]
    assert (await client.get("/statuses")).json == (await client.get("/accounts")).json == []
    assert (await client.get("/statuses?id[]=none")).status == 422
    await client.delete(f"/statuses/{said[1]}")
    assert [one["id"] for one in (await client.get(posts)).json] == [few, said[0]]


async def test_strangers_make_this_node_ask_nobody(scene: Scene) -> None:
    """security 1: a lookup without a token finds only who is known here."""
    handle = f"alice@{scene.peer.host}"
    assert (await bare(scene, f"/accounts/lookup?acct={handle}")).status == 404
    assert scene.peer.gets == []

    await following(scene, scene.alice)
    await (await a_client(scene)).get(f"/accounts/lookup?acct={handle}")

    assert (await bare(scene, f"/accounts/lookup?acct={handle}")).json["acct"] == handle
    for wrong in ("nobody", "https://x.example/1", "@", "a@b@c"):
        assert (await bare(scene, f"/accounts/lookup?acct={wrong}")).status in (400, 404, 422), wrong


# --- who follows whom -------------------------------------------------------------------------------------------


async def test_followers_and_following_are_paged(scene: Scene) -> None:
    """GET /accounts/:id/followers, /following: by the follow's number, which only Link shows; requests are none."""
    locked = await an_actor(scene.node, "locked", locked=True)
    others = [await an_actor(scene.node, f"other{n}") for n in range(3)]
    for other in others:
        await follow(scene, other, scene.member)
    await follow(scene, scene.member, locked)
    path = f"/accounts/{scene.member.id}/followers"

    first = await bare(scene, f"{path}?limit=2")
    link = first.headers["Link"].split("<")[1].split(">")[0]
    then = await scene.peer.send("GET", link, {})

    assert [one["username"] for one in [*first.json, *then.json]] == ["other2", "other1", "other0"]
    assert f"max_id={first.json[-1]['id']}" not in link
    assert (await bare(scene, f"/accounts/{scene.member.id}/following")).json == []
    shown = (await bare(scene, f"/accounts/{others[0].id}/following")).json
    assert [one["id"] for one in shown] == [str(scene.member.id)]


async def test_who_is_blocked_does_not_learn_who_follows(scene: Scene) -> None:
    """As far as it is visible to who asks: none for whom the actor blocks; nobody whom the reader blocks."""
    other, third = await an_actor(scene.node, "other_member"), await an_actor(scene.node, "third")
    mine, theirs = await a_client(scene), await a_client(scene, other)
    for follower in (other, third):
        await follow(scene, follower, scene.member)
    path = f"/accounts/{scene.member.id}/followers"
    await theirs.post(f"/accounts/{third.id}/block")
    assert [one["username"] for one in (await theirs.get(path)).json] == ["other_member"]

    await mine.post(f"/accounts/{other.id}/block")

    assert (await theirs.get(path)).json == []
    assert [one["username"] for one in (await mine.get(path)).json] == ["third"]


async def test_remote_followers_are_those_known_here(scene: Scene) -> None:
    """Of a remote actor, who of ours follows it."""
    client = await a_client(scene)
    alice = await known(scene, scene.alice)
    assert [one["username"] for one in (await client.get(f"/accounts/{alice}/followers")).json] == ["member"]
    assert [one["id"] for one in (await client.get(f"/accounts/{scene.member.id}/following")).json] == [alice]


async def test_familiar_followers_are_followed_by_both(scene: Scene) -> None:
    """GET /accounts/familiar_followers: in the order asked for, unknown ids dropped."""
    client, other = await a_client(scene), await an_actor(scene.node, "other_member")
    target, stranger = await an_actor(scene.node, "target"), await an_actor(scene.node, "stranger")
    await follow(scene, scene.member, other)
    for follower in (other, stranger):
        await follow(scene, follower, target)

    found = (await client.get(f"/accounts/familiar_followers?id[]={target.id}&id[]=1&id[]={other.id}")).json

    assert [(one["id"], [who["username"] for who in one["accounts"]]) for one in found] == [
        (str(target.id), ["other_member"]),
        (str(other.id), []),
    ]


# --- notes and recommendations ----------------------------------------------------------------------------------


async def test_note_is_the_actors_and_no_one_elses(scene: Scene) -> None:
    """POST /accounts/:id/note: in the relationship; bounded; empty takes it away."""
    other = await an_actor(scene.node, "other_member")
    mine, theirs = await a_client(scene), await a_client(scene, other)
    path = f"/accounts/{other.id}/note"

    assert (await mine.post(path, comment="Met in İzmir")).json["note"] == "Met in İzmir"
    assert (await mine.post(path, comment="x" * (limits.NOTE_CHARACTERS + 1))).status == 422
    assert (await mine.post(f"/accounts/{scene.member.id}/note", comment="I")).status == 404
    assert (await mine.post("/accounts/1/note", comment="Nobody")).status == 404

    relation = f"/accounts/relationships?id[]={other.id}"
    assert (await mine.get(relation)).json[0]["note"] == "Met in İzmir"
    assert (await theirs.get(f"/accounts/relationships?id[]={scene.member.id}")).json[0]["note"] == ""
    assert (await mine.post(path)).json["note"] == ""


@pytest.mark.parametrize("words", [("endorse", "unendorse"), ("pin", "unpin")])
async def test_endorsed_are_followed_and_shown(scene: Scene, words: tuple[str, str]) -> None:
    """POST /accounts/:id/endorse: 422 for whom one does not follow; ends with the follow."""
    client, other = await a_client(scene), await an_actor(scene.node, "other_member")
    begin, end = (f"/accounts/{other.id}/{word}" for word in words)
    assert (await client.post(begin)).status == 422
    await follow(scene, scene.member, other)

    assert (await client.post(begin)).json["endorsed"] is True
    assert (await client.post(begin)).json["endorsed"] is True
    assert [one["id"] for one in (await client.get("/endorsements")).json] == [str(other.id)]
    assert [one["id"] for one in (await bare(scene, f"/accounts/{scene.member.id}/endorsements")).json] == [
        str(other.id)
    ]
    assert (await client.post(end)).json["endorsed"] is False
    await client.post(begin)
    assert (await client.post(f"/accounts/{other.id}/unfollow")).json["endorsed"] is False
    assert (await client.get("/endorsements")).json == []


async def test_endorsements_are_bounded(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """limits.ENDORSEMENTS at n and n + 1."""
    monkeypatch.setattr(limits, "ENDORSEMENTS", 1)
    client, others = await a_client(scene), [await an_actor(scene.node, f"other{n}") for n in range(2)]
    for other in others:
        await follow(scene, scene.member, other)
    assert [(await client.post(f"/accounts/{other.id}/endorse")).status for other in others] == [200, 422]


# --- hosts ------------------------------------------------------------------------------------------------------


async def test_nothing_comes_from_a_host_that_is_shut_out(scene: Scene) -> None:
    """POST /domain_blocks: not in home, public, tags, threads, notifications; follows end both ways, and are told of."""
    client, other = await a_client(scene), await a_client(scene, await an_actor(scene.node, "other_member"))
    alice = await known(scene, scene.alice)
    await scene.arrives(scene.alice.follow(scene.member.uri))
    tag = [{"type": "Hashtag", "name": "#fish"}, {"type": "Mention", "href": scene.member.uri, "name": "@member"}]
    await scene.arrives(scene.alice.create(scene.alice.note(tag=tag, cc=[scene.alice.followers, scene.member.uri])))
    said = await create_post(scene.node, scene.member, Draft("#fish"))
    bob = scene.peer.actor("bob")
    await scene.arrives(bob.create(bob.note(inReplyTo=said.uri)), bob)
    paths = ("/timelines/home", "/timelines/public", "/timelines/tag/fish", "/notifications")
    before = [len((await client.get(path)).json) for path in paths]
    assert len((await client.get(f"/statuses/{said.id}/context")).json["descendants"]) == 1

    assert (await client.post("/domain_blocks", domain=scene.peer.host.upper())).json == {}
    await send_due(scene.node)

    assert before == [2, 2, 2, 2]
    assert [len((await client.get(path)).json) for path in paths] == [1, 1, 1, 0]
    assert (await client.get(f"/statuses/{said.id}/context")).json["descendants"] == []
    assert len((await other.get("/timelines/public")).json) == 2
    relation = (await client.get(f"/accounts/relationships?id[]={alice}")).json[0]
    assert (relation["domain_blocking"], relation["following"], relation["followed_by"]) == (True, False, False)
    assert sorted(scene.peer.types()[-2:]) == ["Reject", "Undo"]
    assert (await client.get("/domain_blocks")).json == [scene.peer.host]


async def test_nobody_of_a_host_that_is_shut_out_follows_or_is_followed(scene: Scene) -> None:
    """As a block: the Follow is refused, one's own is 403."""
    client, alice = await a_client(scene), await known(scene, scene.alice)
    await client.post("/domain_blocks", domain=scene.peer.host)

    assert await scene.arrives(scene.alice.follow(scene.member.uri)) == ["refused_blocked"]
    assert (await client.post(f"/accounts/{alice}/follow")).status == 403

    assert (await client.delete(f"/domain_blocks?domain={scene.peer.host}")).json == {}
    assert (await client.post(f"/accounts/{alice}/follow")).status == 200
    assert (await client.get("/domain_blocks")).json == []


async def test_host_that_is_none_is_422(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """Bad input, one's own host, and limits.HOST_BLOCKS at n and n + 1."""
    monkeypatch.setattr(limits, "HOST_BLOCKS", 2)
    client = await a_client(scene)
    for wrong in ("", "no host", scene.node.config.handle_domain):
        assert (await client.post("/domain_blocks", domain=wrong)).status == 422, wrong
    hosts = [f"host{n}.example" for n in range(3)]
    assert [(await client.post("/domain_blocks", domain=host)).status for host in hosts] == [200, 200, 422]
    first = await client.get("/domain_blocks?limit=1")
    then = await client.get(first.headers["Link"].split("<")[1].split(">")[0])
    assert [*first.json, *then.json] == ["host1.example", "host0.example"]
