"""Streams over real sockets: who may listen, to what, and that what is told is what the timeline shows."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import aiohttp
import pytest
from structlog.testing import capture_logs

from actors.lookup import ActorRow, local_by_handle
from coopfed import limits
from coopfed.db.signals import Topic
from coopfed.db.tx import Tx
from coopfed.features.accounts.store import account_by_email, take_role
from coopfed.features.blocks.actions import block
from coopfed.features.mutes.actions import mute
from coopfed.features.posts import store as posts
from coopfed.features.posts.actions import create_post, delete_post, edit_post
from coopfed.features.posts.rules import Draft
from coopfed.features.posts.store import PostRow
from coopfed.features.streams import store as streams
from coopfed.oauth import tokens
from coopfed.oauth.tokens import hashed
from coopfed.vocab.audience import Visibility
from tests.coopfed.api.test_api import Client, a_client
from tests.support.nodes import an_actor, process_arrivals
from tests.support.peers import until
from tests.support.scene import Scene, a_scene

WAIT_SECONDS = 10.0


@dataclass
class Socket:
    """An open WebSocket of an app."""

    raw: aiohttp.ClientWebSocketResponse

    async def hears(self) -> dict[str, Any]:
        """The next event, with its payload read."""
        told = json.loads((await self.raw.receive(WAIT_SECONDS)).data)
        if told.get("event") not in ("delete", None) and "payload" in told:
            told["payload"] = json.loads(told["payload"])
        return dict(told)

    async def hears_only(self, *texts: str) -> None:
        """The next updates are these, in this order, by their text."""
        for text in texts:
            told = await self.hears()
            assert told["event"] == "update", told
            assert text in (told["payload"]["reblog"] or told["payload"])["content"], told

    async def says(self, **fields: str) -> None:
        """The app asks for more or less, and that was understood when this returns."""
        await self.raw.send_str(json.dumps(fields))
        await self.raw.send_str(json.dumps({"type": "subscribe", "stream": "nonsense"}))
        assert (await self.hears())["error"] == "Unknown channel type"

    async def closed(self) -> int | None:
        """The code with which the other side closed it."""
        async with asyncio.timeout(WAIT_SECONDS):
            while not self.raw.closed:
                await self.raw.receive()
        return self.raw.close_code


@asynccontextmanager
async def a_socket(scene: Scene, token: str, query: str = "", **headers: str) -> AsyncIterator[Socket]:
    """A socket with the token in its header, and what the query asks for."""
    url = f"{scene.node.urls.base}/api/v1/streaming{query}"
    async with (
        aiohttp.ClientSession() as session,
        session.ws_connect(url, headers={"Authorization": f"Bearer {token}", **headers}) as raw,
    ):
        yield Socket(raw)


async def refused(scene: Scene, query: str = "", **more: Any) -> int:
    """The status with which a handshake is refused."""
    url = f"{scene.node.urls.base}/api/v1/streaming{query}"
    async with aiohttp.ClientSession() as session:
        with pytest.raises(aiohttp.WSServerHandshakeError) as found:
            await session.ws_connect(url, **more)
    return found.value.status


async def says(scene: Scene, text: str, actor: ActorRow | None = None, **more: Any) -> int:
    """Somebody of ours posts, and those here see it. The post's number."""
    post = await create_post(scene.node, actor or scene.member, Draft(text, **more))
    await process_arrivals(scene.node)
    return post.id


async def a_follower(scene: Scene, handle: str = "reader") -> tuple[ActorRow, Client]:
    """Another actor of ours, who follows the member."""
    actor = await an_actor(scene.node, handle)
    client = await a_client(scene, actor)
    assert (await client.post(f"/accounts/{scene.member.id}/follow")).status == 200
    await process_arrivals(scene.node)
    return actor, client


# --- shut -------------------------------------------------------------------------------------------------------


async def test_handshake_without_a_good_token_is_401(scene: Scene) -> None:
    """client_api 7: refused, not opened and closed; an app's own token is nobody's. Public streams need a token too (4.2)."""
    for query in ("", "?stream=user", "?stream=public", "?access_token=made-up"):
        assert await refused(scene, query) == 401
    assert await refused(scene, "", headers={"Authorization": "Bearer made-up"}) == 401
    assert await refused(scene, "", protocols=("made-up",)) == 401
    app = await tokens.issue_app_token(scene.node, await an_app(scene), "read")
    assert await refused(scene, "?stream=public", headers={"Authorization": f"Bearer {app}"}) == 401
    for path in ("user", "public", "hashtag?tag=x"):
        answer = await scene.peer.send("GET", f"{scene.node.urls.base}/api/v1/streaming/{path}", {})
        assert (answer.status, answer.json["reason"]) == (401, "invalid_token")
        assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert scene.node.open_streams == 0


async def an_app(scene: Scene) -> int:
    """The number of a registered app."""
    url = f"{scene.node.urls.base}/api/v1/apps"
    form = b"client_name=App&redirect_uris=urn:ietf:wg:oauth:2.0:oob&scopes=read"
    answer = await scene.peer.send("POST", url, {"Content-Type": "application/x-www-form-urlencoded"}, form)
    return int(answer.json["id"])


@pytest.mark.parametrize(
    ("scopes", "query", "status"),
    [
        ("profile", "?stream=user", 403),
        ("read:notifications", "?stream=user", 403),
        ("read:statuses", "?stream=user:notification", 403),
        ("write", "?stream=direct", 403),
        ("read", "?stream=list&list=1", 404),
        ("read", "?stream=nonsense", 422),
        ("read", "?stream=hashtag", 422),
        ("read", "?stream=list&list=x", 422),
    ],
)
async def test_stream_that_is_not_for_the_token_is_refused(scene: Scene, scopes: str, query: str, status: int) -> None:
    """security 1.6 (Mastodon GHSA-7gwh-mw97-qjgp): streams ask for scopes as timelines do."""
    token = (await a_client(scene, scopes=scopes)).token

    assert await refused(scene, query, headers={"Authorization": f"Bearer {token}"}) == status


async def test_list_of_somebody_else_is_refused(scene: Scene) -> None:
    """security 1.6, ownership: at the handshake and on an open socket."""
    client = await a_client(scene)
    other = await a_client(scene, await an_actor(scene.node, "other"))
    number = (await other.post("/lists", title="Theirs")).json["id"]

    assert (
        await refused(scene, f"?stream=list&list={number}", headers={"Authorization": f"Bearer {client.token}"}) == 404
    )
    async with a_socket(scene, client.token) as heard:
        await heard.raw.send_str(json.dumps({"type": "subscribe", "stream": "list", "list": number}))
        assert (await heard.hears())["error"] == "Record not found"


async def test_notifications_come_only_to_who_may_read_them(scene: Scene) -> None:
    """client_api 7: with `read:statuses` alone the user's stream has none."""
    token = (await a_client(scene, scopes="read:statuses")).token
    other = await an_actor(scene.node, "other")

    async with a_socket(scene, token, "?stream=user") as heard:
        await says(scene, "@member hello", other)
        await says(scene, "Mine")
        await heard.hears_only("Mine")


async def test_open_streams_of_an_account_are_bounded(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """limits.STREAMS_PER_ACCOUNT, at n and n + 1; one that is closed makes room."""
    monkeypatch.setattr("coopfed.api.streaming.hub._RELAXED", 1)
    monkeypatch.setattr(limits, "STREAMS_PER_ACCOUNT", 2)
    token = (await a_client(scene)).token
    async with a_socket(scene, token):
        async with a_socket(scene, token):
            assert await refused(scene, headers={"Authorization": f"Bearer {token}"}) == 429
        await until(lambda: scene.node.open_streams == 1)
        async with a_socket(scene, token):
            assert scene.node.open_streams == 2


async def test_open_streams_from_an_address_are_bounded(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """limits.STREAMS_PER_ADDRESS; another address has its own."""
    monkeypatch.setattr("coopfed.api.streaming.hub._RELAXED", 1)
    monkeypatch.setattr(limits, "STREAMS_PER_ADDRESS", 1)
    one, other = await a_client(scene), await a_client(scene, await an_actor(scene.node, "other"))
    async with a_socket(scene, one.token):
        assert await refused(scene, headers={"Authorization": f"Bearer {other.token}"}) == 429
        async with a_socket(scene, other.token, **{"X-Forwarded-For": "203.0.113.9"}):
            assert scene.node.open_streams == 2


async def test_streams_of_a_process_are_bounded(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """limits.STREAMS: 503, and those that are open stay."""
    monkeypatch.setattr(limits, "STREAMS", 1)
    token = (await a_client(scene)).token
    async with a_socket(scene, token, "?stream=user") as heard:
        assert await refused(scene, headers={"Authorization": f"Bearer {token}"}) == 503
        await says(scene, "Still here")
        await heard.hears_only("Still here")


async def test_socket_hears_so_many_streams_and_no_more(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """limits.STREAM_CHANNELS."""
    monkeypatch.setattr(limits, "STREAM_CHANNELS", 2)
    async with a_socket(scene, (await a_client(scene)).token, "?stream=user") as heard:
        await heard.says(type="subscribe", stream="public")
        await heard.raw.send_str(json.dumps({"type": "subscribe", "stream": "direct"}))
        assert (await heard.hears())["reason"] == "too_many_streams"
        await heard.says(type="unsubscribe", stream="public")
        await heard.says(type="subscribe", stream="direct")


@pytest.mark.parametrize("said", ["nonsense", "[]", "7", "{}", '{"type": "shout", "stream": "user"}'])
async def test_what_is_not_understood_is_said_and_the_socket_stays(scene: Scene, said: str) -> None:
    """client_api 7: an unknown stream gets an error, and nothing else happens."""
    async with a_socket(scene, (await a_client(scene)).token, "?stream=user") as heard:
        await heard.raw.send_str(said)
        assert "error" in await heard.hears()
        await says(scene, "Still here")
        await heard.hears_only("Still here")


async def test_socket_that_says_too_much_is_closed(scene: Scene) -> None:
    """limits.STREAM_MESSAGE_BYTES: 1009. Source: RFC 6455 7.4.1."""
    async with a_socket(scene, (await a_client(scene)).token) as heard:
        await heard.raw.send_str("x" * (limits.STREAM_MESSAGE_BYTES + 1))
        assert await heard.closed() == 1009


# --- quirks of clients ------------------------------------------------------------------------------------------


async def test_chrome_gets_its_subprotocol_back(scene: Scene) -> None:
    """client_api quirk 20 (gotosocial#3169, #1254): also when the token came twice."""
    token = (await a_client(scene)).token
    url = f"{scene.node.urls.base}/api/v1/streaming"
    async with aiohttp.ClientSession() as session:
        for query in ("", f"?access_token={token}"):
            async with session.ws_connect(f"{url}{query}", protocols=(token,)) as raw:
                assert raw.protocol == token


async def test_token_comes_in_any_of_three_places(scene: Scene) -> None:
    """client_api quirk 22 (mastodon documentation#1575): query, header, subprotocol."""
    token = (await a_client(scene)).token
    url = f"{scene.node.urls.base}/api/v1/streaming"
    ways: tuple[dict[str, Any], ...] = (
        {"url": f"{url}?access_token={token}"},
        {"url": url, "headers": {"Authorization": f"Bearer {token}"}},
        {"url": url, "protocols": (token,)},
    )
    async with aiohttp.ClientSession() as session:
        for way in ways:
            async with session.ws_connect(**way) as raw:
                assert not raw.closed


async def test_tokens_of_handshakes_are_in_no_log(scene: Scene) -> None:
    """client_api quirk 22 (masto.js#1248): neither of one that is let in nor of one that is not."""
    token = (await a_client(scene)).token
    with capture_logs() as logs:
        assert await refused(scene, "?access_token=canary-secret") == 401
        assert await refused(scene, "", protocols=("canary-secret",)) == 401
        async with a_socket(scene, token, f"?access_token={token}"):
            pass

    assert [line["reason"] for line in logs if line["event"] == "door_refused"] == ["invalid_token"] * 2
    assert "canary-secret" not in repr(logs)
    assert token not in repr(logs)


async def test_ice_cubes_subscribes_to_many_streams_on_one_socket(scene: Scene) -> None:
    """client_api quirk 21 (gotosocial#1418): no `stream` parameter, an Authorization header, then one message for each."""
    async with a_socket(scene, (await a_client(scene)).token) as heard:
        await says(scene, "Too early")
        await heard.says(type="subscribe", stream="user")
        await heard.says(type="subscribe", stream="hashtag", tag="Hasat")
        number = await says(scene, "Merhaba #hasat")
        told = [await heard.hears(), await heard.hears()]
        assert sorted(one["stream"] for one in told) == [["hashtag", "Hasat"], ["user"]]
        assert {one["payload"]["id"] for one in told} == {str(number)}
        await heard.says(type="unsubscribe", stream="user")
        await says(scene, "Not any more")
        await says(scene, "Again #hasat")
        assert (await heard.hears())["stream"] == ["hashtag", "Hasat"]


# --- what is told -----------------------------------------------------------------------------------------------


async def test_own_post_is_told_once_and_as_the_timeline_shows_it(scene: Scene) -> None:
    """design 7, read your own writes: the event is in the transaction of the post; others' rows follow by themselves."""
    client = await a_client(scene)
    async with a_socket(scene, client.token, "?stream=user") as heard:
        await says(scene, "First")
        told = await heard.hears()
        assert told == {"stream": ["user"], "event": "update", "payload": (await client.get("/timelines/home")).json[0]}
        await says(scene, "Second")
        await heard.hears_only("Second")


async def test_followers_hear_of_posts_and_boosts_strangers_do_not(scene: Scene) -> None:
    """client_api 7: `update` of what comes into the home timeline, boosts as such; of one's own side it is told once."""
    _reader, client = await a_follower(scene)
    stranger = await a_client(scene, await an_actor(scene.node, "stranger"))
    author = await an_actor(scene.node, "author")
    boosted = await says(scene, "Worth reading", author)
    async with (
        a_socket(scene, client.token, "?stream=user") as heard,
        a_socket(scene, stranger.token, "?stream=user") as theirs,
        a_socket(scene, (await a_client(scene)).token, "?stream=user") as own,
    ):
        await says(scene, "For followers", visibility=Visibility.FOLLOWERS)
        assert (await (await a_client(scene)).post(f"/statuses/{boosted}/reblog")).status == 200
        await process_arrivals(scene.node)
        await says(scene, "Last")
        for one in (heard, own):
            await one.hears_only("For followers", "Worth reading", "Last")
        await says(scene, "Of the stranger's own", await an_actor(scene.node, "nobody"))
        await create_post(scene.node, (await whose(scene, "stranger")), Draft("Alone"))
        await theirs.hears_only("Alone")


async def whose(scene: Scene, handle: str) -> ActorRow:
    """An actor of ours by its handle."""
    found = await scene.node.db.read(local_by_handle, handle)
    assert found is not None
    return found


async def test_post_of_a_peer_is_told_when_it_arrives(scene: Scene) -> None:
    """The road of what arrives ends on the socket; what is old is stored, and not told."""
    client = await a_client(scene)
    alice = scene.alice
    await scene.arrives(alice.says("Like", "https://x.example/1"))
    found = await client.get(f"/accounts/lookup?acct=alice@{scene.peer.host}")
    assert (await client.post(f"/accounts/{found.json['id']}/follow")).status == 200
    await scene.arrives(alice.says("Accept", alice.says("Follow", alice.uri) | {"actor": scene.member.uri}))
    async with (
        a_socket(scene, client.token, "?stream=user") as heard,
        a_socket(scene, client.token, "?stream=public:remote") as remote,
    ):
        old = "2020-01-01T00:00:00Z"
        await scene.arrives(alice.create(alice.mentioning(scene.member.uri) | {"published": old}))
        told = await heard.hears()
        assert (told["event"], told["payload"]["type"]) == ("notification", "mention")
        await scene.arrives(alice.create(alice.note("<p>Fresh</p>")))
        await remote.hears_only("Fresh")


async def test_what_is_muted_or_blocked_is_not_told(scene: Scene) -> None:
    """security 1.7: streams ask the clause that timelines ask."""
    loud, rude = await an_actor(scene.node, "loud"), await an_actor(scene.node, "rude")
    await mute(scene.node, scene.member, loud)
    await block(scene.node, rude, scene.member)
    await process_arrivals(scene.node)
    async with a_socket(scene, (await a_client(scene)).token, "?stream=public") as heard:
        await says(scene, "Loud", loud)
        await says(scene, "Rude", rude)
        await says(scene, "Unlisted", visibility=Visibility.UNLISTED)
        await says(scene, "For followers", visibility=Visibility.FOLLOWERS)
        await says(scene, "For all")
        await heard.hears_only("For all")


async def test_public_streams_divide_by_place_and_files(scene: Scene) -> None:
    """client_api 7: `public:local`, `public:remote`, `:media`."""
    client = await a_client(scene)
    async with (
        a_socket(scene, client.token, "?stream=public:local") as local,
        a_socket(scene, client.token, "?stream=public:remote") as remote,
        a_socket(scene, client.token, "?stream=public:media") as media,
        a_socket(scene, client.token, "?stream=hashtag:local&tag=hasat") as tagged,
    ):
        await scene.arrives(scene.alice.create(scene.alice.mentioning(scene.member.uri)))
        picture = {"type": "Document", "url": f"https://{scene.peer.host}/1.png", "mediaType": "image/png"}
        note = scene.alice.mentioning(scene.member.uri) | {"attachment": [picture], "content": "<p>Picture</p>"}
        await scene.arrives(scene.alice.create(note))
        await says(scene, "Here #hasat")
        await local.hears_only("Here")
        await tagged.hears_only("Here")
        await media.hears_only("Picture")
        await remote.hears()
        await remote.hears_only("Picture")


async def test_edit_and_end_of_a_post_are_told_where_it_stood(scene: Scene) -> None:
    """client_api 7: `status.update` with the whole post, `delete` with its bare number."""
    _reader, client = await a_follower(scene)
    author = await an_actor(scene.node, "author")
    boosted = await says(scene, "Boosted", author)
    post = await create_post(scene.node, scene.member, Draft("Before #hasat"))
    answer = await (await a_client(scene)).post(f"/statuses/{boosted}/reblog")
    await process_arrivals(scene.node)
    token = (await a_client(scene, await an_actor(scene.node, "stranger"))).token
    async with (
        a_socket(scene, client.token, "?stream=user") as heard,
        a_socket(scene, token, "?stream=user") as stranger,
        a_socket(scene, token, "?stream=hashtag&tag=hasat") as tagged,
    ):
        edited = await edit_post(scene.node, scene.member, post, Draft("After #hasat"))
        for one in (heard, tagged):
            told = await one.hears()
            assert (told["event"], told["payload"]["id"]) == ("status.update", str(post.id))
            assert "After" in told["payload"]["content"]
        await delete_post(scene.node, scene.member, edited)
        for one in (heard, tagged):
            told = await one.hears()
            assert (told["event"], told["payload"]) == ("delete", str(post.id))
        assert (await (await a_client(scene)).post(f"/statuses/{boosted}/unreblog")).status == 200
        assert (await heard.hears())["payload"] == answer.json["id"]
        await create_post(scene.node, await whose(scene, "stranger"), Draft("Nothing of that"))
        await stranger.hears_only("Nothing of that")


async def test_list_hears_its_members(scene: Scene) -> None:
    """client_api 7: `["list", "123"]`; what members say and boost, and its end."""
    reader, client = await a_follower(scene)
    number = (await client.post("/lists", title="Ours")).json["id"]
    assert (await client.post(f"/lists/{number}/accounts", account_ids=[str(scene.member.id)])).status == 200
    async with a_socket(scene, client.token, f"?stream=list&list={number}") as heard:
        await says(scene, "Of the reader", reader)
        post = await create_post(scene.node, scene.member, Draft("Of the member"))
        told = await heard.hears()
        assert (told["stream"], told["payload"]["id"]) == (["list", number], str(post.id))
        await delete_post(scene.node, scene.member, post)
        assert (await heard.hears())["event"] == "delete"


async def test_notification_is_told_once_and_in_both_streams(scene: Scene) -> None:
    """client_api 7: `notification` in `user` and in `user:notification`, as the list of notifications shows it."""
    client = await a_client(scene)
    other = await an_actor(scene.node, "other")
    async with (
        a_socket(scene, client.token, "?stream=user") as heard,
        a_socket(scene, client.token, "?stream=user:notification") as alone,
    ):
        await says(scene, "@member hello", other)
        told = [await heard.hears(), await alone.hears()]
        [shown] = (await client.get("/notifications")).json
        assert [one["payload"] for one in told] == [shown, shown]
        await says(scene, "Mine")
        await heard.hears_only("Mine")


async def test_direct_post_moves_a_conversation(scene: Scene) -> None:
    """client_api 7: `conversation` in `direct`, for both sides."""
    other = await an_actor(scene.node, "other")
    theirs = await a_client(scene, other)
    async with (
        a_socket(scene, theirs.token, "?stream=direct") as heard,
        a_socket(scene, (await a_client(scene)).token, "?stream=direct") as own,
    ):
        await says(scene, "@other between us", visibility=Visibility.DIRECT)
        for one, unread in ((heard, True), (own, False)):
            told = await one.hears()
            assert (told["event"], told["payload"]["unread"]) == ("conversation", unread)
            assert "between us" in told["payload"]["last_status"]["content"]


async def test_filters_are_asked_and_their_change_is_told(scene: Scene) -> None:
    """client_api 5, 7: the post comes with `filtered`; `filters_changed` has no payload, and is its owner's alone."""
    _reader, client = await a_follower(scene)
    async with (
        a_socket(scene, client.token, "?stream=user") as heard,
        a_socket(scene, (await a_client(scene)).token, "?stream=user") as other,
    ):
        made = await client.post(
            "/filters", v2=True, title="Fish", context=["home"], keywords_attributes=[{"keyword": "palamut"}]
        )
        assert made.status == 200
        assert await heard.hears() == {"stream": ["user"], "event": "filters_changed"}
        await says(scene, "Palamut geldi")
        told = await heard.hears()
        assert told["payload"]["filtered"][0]["filter"]["title"] == "Fish"
        await other.hears_only("Palamut")


async def test_reader_gets_the_text_in_their_language(scene: Scene) -> None:
    """issue of languages: as on the timeline, by Accept-Language of the handshake."""
    client = await a_client(scene)
    async with a_socket(scene, client.token, "?stream=user", **{"Accept-Language": "it"}) as heard:
        await says(scene, "Merhaba", language="tr", translations={"it": "Buongiorno"})
        await heard.hears_only("Buongiorno")


# --- the end ----------------------------------------------------------------------------------------------------


async def test_token_that_is_revoked_ends_its_sockets(scene: Scene) -> None:
    """security 1.6 (Mastodon GHSA-f3q3-rmf7-9655): at once, and only its own."""
    one, other = await a_client(scene), await a_client(scene)
    async with a_socket(scene, one.token, "?stream=user") as heard, a_socket(scene, other.token) as stays:
        await scene.node.db.write(tokens.end, hashed(scene.node.secret, one.token), wakes=(Topic.CACHES,))
        assert await heard.closed() == 4001
        await stays.says(type="subscribe", stream="user")
        assert scene.node.open_streams == 1


async def test_role_that_is_taken_away_ends_the_socket(scene: Scene) -> None:
    """security 1.6: what a token allows is asked again."""
    client = await a_client(scene)
    async with a_socket(scene, client.token, "?stream=user") as heard:
        number = await scene.node.db.read(account_by_email, "member-editor@mail.example")
        assert number is not None
        await scene.node.db.write(take_role, number, scene.member.id, "editor", wakes=(Topic.CACHES,))
        assert await heard.closed() == 4001


async def test_reader_who_does_not_read_is_cut_off_and_holds_up_nobody(scene: Scene) -> None:
    """limits.STREAM_WAITING: a burst reaches whoever reads, whole; 1008 for who does not. Source: RFC 6455 7.4.1."""
    post = await create_post(scene.node, scene.member, Draft("x" * limits.POST_CHARACTERS))
    token = (await a_client(scene)).token
    async with (
        a_socket(scene, token, "?stream=user") as lively,
        a_silent_socket(scene, token, "?stream=user") as silent,
    ):
        await scene.node.db.write(_edited_often, post.id, scene.member.id)
        for _ in range(_BURST):
            assert (await lively.hears())["event"] == "status.update"
        await says(scene, "Afterwards")
        await lively.hears_only("Afterwards")
        rest = await asyncio.wait_for(silent.read(), WAIT_SECONDS)
    # The last frame closes: FIN and opcode 8, then the code.
    assert rest.count(b"status.update") < _BURST
    assert b"\x88\x02" + (1008).to_bytes(2, "big") in rest[-64:]
    await until(lambda: scene.node.open_streams == 0)


_BURST = 1_500


def _edited_often(tx: Tx, post_id: int, author_id: int) -> None:
    for _ in range(_BURST):
        streams.edited(tx, post_id, author_id)


@asynccontextmanager
async def a_silent_socket(scene: Scene, token: str, query: str) -> AsyncIterator[asyncio.StreamReader]:
    """A socket on which nobody reads until they do, with little room on the line."""
    raw = socket.socket()
    raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
    raw.setblocking(False)
    authority = scene.node.config.authority
    await asyncio.get_running_loop().sock_connect(raw, ("127.0.0.1", int(authority.rpartition(":")[2])))
    reader, writer = await asyncio.open_connection(sock=raw, limit=1_024)
    writer.write(
        f"GET /api/v1/streaming{query}&access_token={token} HTTP/1.1\r\nHost: {authority}\r\nUpgrade: websocket\r\n"
        "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n".encode()
    )
    assert b" 101 " in await reader.readline()
    try:
        yield reader
    finally:
        writer.close()


async def test_node_that_stops_ends_its_streams_at_once(database_url: str) -> None:
    """ecosystem 0.5: open connections must not hold up the end of the process."""
    async with a_scene(database_url) as scene:
        token = (await a_client(scene)).token
        async with aiohttp.ClientSession(headers={"Authorization": f"Bearer {token}"}) as session:
            url = f"{scene.node.urls.base}/api/v1/streaming"
            raw = await session.ws_connect(f"{url}?stream=user")
            feed = await session.get(f"{url}/user")
            assert await feed.content.readline() == b":)\n"
            scene.node.stopping = True
            scene.node.db.signals.wake_all()
            assert await Socket(raw).closed() == 1001
            assert await asyncio.wait_for(feed.content.read(), WAIT_SECONDS) == b""
            answer = await scene.peer.send("GET", f"{url}/user", {"Authorization": f"Bearer {token}"})
            assert answer.status == 503


# --- server-sent events -----------------------------------------------------------------------------------------


async def test_feed_tells_as_a_socket_does(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """client_api 7: `:)` at once, `event` and `data`, `:thump` while nothing happens; nothing in between may collect it."""
    monkeypatch.setattr(limits, "STREAM_THUMP_SECONDS", 0.1)
    client = await a_client(scene)
    headers = {"Authorization": f"Bearer {client.token}", "Origin": "https://app.example"}
    async with (
        aiohttp.ClientSession() as session,
        session.get(f"{scene.node.urls.base}/api/v1/streaming/user", headers=headers) as feed,
    ):
        assert feed.content_type == "text/event-stream"
        assert feed.headers["X-Accel-Buffering"] == "no"
        assert feed.headers["Access-Control-Allow-Origin"] == "*"
        assert [await feed.content.readline(), await feed.content.readline()] == [b":)\n", b":thump\n"]
        await says(scene, "First")
        [shown] = (await client.get("/timelines/home")).json
        lines = await until_event(feed)
        assert lines[0] == b"event: update\n"
        assert json.loads(lines[1].removeprefix(b"data: ")) == shown
        await delete_post(scene.node, scene.member, await whose_post(scene, int(shown["id"])))
        assert await until_event(feed) == [b"event: delete\n", b"data: " + shown["id"].encode() + b"\n", b"\n"]
    await until(lambda: scene.node.open_streams == 0)


async def until_event(feed: aiohttp.ClientResponse) -> list[bytes]:
    """The lines of the next event."""
    lines: list[bytes] = []
    while not lines or lines[-1] != b"\n":
        line = await asyncio.wait_for(feed.content.readline(), WAIT_SECONDS)
        lines += [line] if not line.startswith(b":") else []
    return lines


async def whose_post(scene: Scene, number: int) -> PostRow:
    """A post by its number."""
    found = await scene.node.db.read(posts.by_id, number)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("public", "Here #hasat"),
        ("public/local", "Here #hasat"),
        ("hashtag?tag=hasat", "Here #hasat"),
        ("hashtag/local?tag=HASAT", "Here #hasat"),
        ("public?only_media=true", None),
        ("public/remote", None),
        ("hashtag?tag=other", None),
        ("direct", None),
        ("user/notification", None),
    ],
)
async def test_each_feed_tells_its_own(scene: Scene, path: str, text: str | None) -> None:
    """client_api 1: every path of the table; what is not of a stream is not told there."""
    token = (await a_client(scene)).token
    other = await an_actor(scene.node, "other")
    url = f"{scene.node.urls.base}/api/v1/streaming/{path}"
    async with (
        aiohttp.ClientSession() as session,
        session.get(url, headers={"Authorization": f"Bearer {token}"}) as feed,
        a_socket(scene, token, "?stream=public") as pace,
    ):
        await says(scene, "Here #hasat", other)
        await pace.hears_only("Here")
        if text is None:
            feed.close()
            return
        lines = await until_event(feed)
        assert "#<span>hasat" in json.loads(lines[1].removeprefix(b"data: "))["content"]


async def test_list_is_a_feed_too(scene: Scene) -> None:
    """client_api 1: `/api/v1/streaming/list`."""
    _reader, client = await a_follower(scene)
    number = (await client.post("/lists", title="Ours")).json["id"]
    await client.post(f"/lists/{number}/accounts", account_ids=[str(scene.member.id)])
    url = f"{scene.node.urls.base}/api/v1/streaming/list?list={number}&access_token={client.token}"
    async with aiohttp.ClientSession() as session, session.get(url) as feed:
        await says(scene, "Of the member")
        assert (await until_event(feed))[0] == b"event: update\n"


async def test_private_word_is_told_in_both_of_its_feeds(scene: Scene) -> None:
    """client_api 1: `/api/v1/streaming/direct` and `/api/v1/streaming/user/notification`."""
    headers = {"Authorization": f"Bearer {(await a_client(scene)).token}"}
    base = f"{scene.node.urls.base}/api/v1/streaming"
    async with (
        aiohttp.ClientSession() as session,
        session.get(f"{base}/direct", headers=headers) as direct,
        session.get(f"{base}/user/notification", headers=headers) as notifications,
    ):
        note = scene.alice.mentioning(scene.member.uri, to=[scene.member.uri], cc=[])
        await scene.arrives(scene.alice.create(note))
        moved, told = await until_event(direct), await until_event(notifications)

    assert (moved[0], told[0]) == (b"event: conversation\n", b"event: notification\n")
    shown = json.loads(moved[1].removeprefix(b"data: "))["last_status"]
    assert json.loads(told[1].removeprefix(b"data: "))["status"]["id"] == shown["id"]


async def test_door_of_streams_says_that_it_is_there(scene: Scene) -> None:
    """client_api 7: Mastodon.py asks for `health` first; a web app's browser whether it may send a token."""
    base = f"{scene.node.urls.base}/api/v1/streaming"
    health = await scene.peer.send("GET", f"{base}/health", {})
    assert (health.status, health.body) == (200, b"OK")
    asked = await scene.peer.send("OPTIONS", f"{base}/user", {"Origin": "https://app.example"})
    assert asked.status == 204
    assert "Authorization" in asked.headers["Access-Control-Allow-Headers"]
    assert (await scene.peer.send("GET", f"{base}/nowhere", {})).status == 404
    assert (await scene.peer.send("GET", base, {})).status == 404
    wrong = await scene.peer.send("POST", f"{base}/user", {})
    assert (wrong.status, wrong.headers["Allow"]) == (405, "GET, HEAD, OPTIONS")
    token = (await a_client(scene)).token
    looked = await scene.peer.send("HEAD", f"{base}/user", {"Authorization": f"Bearer {token}"})
    assert (looked.status, looked.headers["Content-Type"]) == (200, "text/event-stream")
    await until(lambda: scene.node.open_streams == 0)


async def test_streams_have_the_nodes_own_host_alone(scene: Scene) -> None:
    """RFC 9110 15.5.20: 421 at the handshake as everywhere."""
    assert await refused(scene, headers={"Host": "elsewhere.example"}) == 421
