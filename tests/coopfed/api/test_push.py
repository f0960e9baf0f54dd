"""Web Push from the app's subscription to the browser's key: a push service on loopback, and a browser that decrypts."""

import os
from base64 import urlsafe_b64decode
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import http_ece  # type: ignore[import-untyped]
import orjson
import pytest
from aiohttp import web
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from actors.lookup import ActorRow
from coopfed import limits
from coopfed.db.signals import Topic
from coopfed.features import subscriptions
from coopfed.features.accounts import store as accounts
from coopfed.features.accounts.store import account_by_email
from coopfed.features.moderation.actions import suspend
from coopfed.features.moderation.audit import COMMAND_LINE
from coopfed.features.mutes.actions import mute
from coopfed.features.posts.actions import create_post, delete_post
from coopfed.features.posts.rules import Draft
from coopfed.features.push.keys import vapid
from coopfed.features.subscriptions import PUSH
from coopfed.oauth import tokens
from coopfed.oauth.tokens import hashed
from coopfed.signing import webpush
from tests.coopfed.api.test_api import Client, a_client
from tests.support.jobs import run_jobs
from tests.support.nodes import an_actor, free_port, process_arrivals
from tests.support.scene import Scene

PATH = "/push/subscription"
SCOPES = "read write follow push"


def unwritten(text: str) -> bytes:
    """Base64url without padding."""
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


@dataclass
class Browser:
    """A browser with its keys, and its push service: what came, and the status it answers with."""

    url: str
    key: ec.EllipticCurvePrivateKey = field(default_factory=webpush.new_key)
    auth: bytes = field(default_factory=lambda: os.urandom(16))
    status: int = 201
    headers: dict[str, str] = field(default_factory=dict)
    came: list[tuple[dict[str, str], bytes]] = field(default_factory=list)

    def subscription(self, **more: Any) -> dict[str, Any]:
        """What an app hands on of it."""
        keys = {"p256dh": webpush.written(webpush.public_bytes(self.key)), "auth": webpush.written(self.auth)}
        return {"endpoint": self.url, "keys": keys, **more}

    def read(self, number: int = -1) -> dict[str, Any]:
        """A message, decrypted as its headers say."""
        headers, body = self.came[number]
        if headers["Content-Encoding"] == "aes128gcm":
            plain = http_ece.decrypt(body, private_key=self.key, auth_secret=self.auth, version="aes128gcm")
        else:
            parts = dict(part.split("=", 1) for part in headers["Crypto-Key"].split(";"))
            salt = unwritten(headers["Encryption"].removeprefix("salt="))
            plain = http_ece.decrypt(
                body,
                salt=salt,
                private_key=self.key,
                dh=unwritten(parts["dh"]),
                auth_secret=self.auth,
                version="aesgcm",
            )
        return dict(orjson.loads(plain))


@asynccontextmanager
async def a_browser() -> AsyncIterator[Browser]:
    """A browser whose push service listens on loopback."""
    port = free_port()
    browser = Browser(f"http://localhost:{port}/push/secret")

    async def take(request: web.BaseRequest) -> web.StreamResponse:
        browser.came.append((dict(request.headers), await request.read()))
        return web.Response(status=browser.status, headers=browser.headers)

    runner = web.ServerRunner(web.Server(take))
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    try:
        yield browser
    finally:
        await runner.cleanup()


ALL = dict.fromkeys(("mention", "status", "favourite", "reblog", "follow", "follow_request"), True)


async def subscribed(client: Client, browser: Browser, standard: bool = True, **data: Any) -> dict[str, Any]:
    """The app subscribes. What it is answered."""
    told = {"alerts": ALL, **data}
    answer = await client.post(PATH, subscription=browser.subscription(standard=standard), data=told)
    assert answer.status == 200, answer.json
    return dict(answer.json)


async def mentioned(scene: Scene, by: ActorRow, text: str = "@member the boat is in") -> int:
    """Somebody mentions the member, and what is due is done. The post's number."""
    post = await create_post(scene.node, by, Draft(text))
    await process_arrivals(scene.node)
    await run_jobs(scene.node, PUSH)
    return post.id


# --- shut -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "wrong",
    [
        {"endpoint": ""},
        {"endpoint": "ftp://push.example/1"},
        {"endpoint": "https://user@push.example/1"},
        {"endpoint": f"https://push.example/{'x' * limits.ID_LENGTH}"},
        {"keys": {"p256dh": "x", "auth": "y"}},
        {"keys": "none"},
    ],
)
async def test_subscription_that_is_none_is_refused(scene: Scene, wrong: dict[str, Any]) -> None:
    """client_api 8: 422, and there is still none."""
    client = await a_client(scene, scopes=SCOPES)
    given = Browser("https://push.example/1").subscription() | wrong

    answer = await client.post(PATH, subscription=given, data={"alerts": ALL})

    assert (answer.status, answer.json["error"].partition(":")[0]) == (422, "Validation failed")
    assert (await client.get(PATH)).status == 404


async def test_subscription_to_this_node_itself_is_refused(scene: Scene) -> None:
    """security 1.3: nobody makes the node knock at its own doors."""
    client = await a_client(scene, scopes=SCOPES)
    given = Browser(f"{scene.node.urls.base}/inbox").subscription()

    assert (await client.post(PATH, subscription=given)).status == 422


async def test_subscription_is_its_tokens_alone(scene: Scene) -> None:
    """security 1.6 (Mastodon GHSA-f3q8-7vw3-69v4): another token of the same account neither sees nor changes it."""
    client, other = await a_client(scene, scopes=SCOPES), await a_client(scene, scopes=SCOPES)
    async with a_browser() as browser:
        made = await subscribed(client, browser)

        assert (await other.get(PATH)).status == 404
        assert (await other.put(PATH, data={"alerts": {}})).status == 404
        assert (await other.delete(PATH)).status == 200
        assert (await client.get(PATH)).json == made


async def test_endpoint_keys_and_token_are_not_in_the_database(scene: Scene) -> None:
    """security 2: whoever reads the database can send nothing, and speak for nobody."""
    client = await a_client(scene, scopes=SCOPES)
    async with a_browser() as browser:
        await subscribed(client, browser)
        number = (await client.get(PATH)).json["id"]

        row = await scene.node.db.read(subscriptions.one, number)

    text = repr(row)
    secrets = (client.token, "push/secret", browser.subscription()["keys"]["auth"])
    assert [secret for secret in secrets if secret in text] == []


# --- the app ----------------------------------------------------------------------------------------------------


async def test_app_subscribes_looks_changes_and_leaves(scene: Scene) -> None:
    """client_api 5: WebPushSubscription with every key; a number for an id, as Tusky and Ice Cubes decode it."""
    client = await a_client(scene, scopes=SCOPES)
    async with a_browser() as browser:
        made = await subscribed(client, browser, alerts={"mention": True, "nonsense": True}, policy="followed")

        assert made["endpoint"] == browser.url
        assert (made["standard"], made["policy"]) == (True, "followed")
        assert 0 < made["id"] < 2**31
        assert {name for name, wanted in made["alerts"].items() if wanted} == {"mention"}
        assert set(made["alerts"]) >= {"poll", "update", "quote", "admin.sign_up", "admin.report"}
        assert (await client.get(PATH)).json == made
        changed = (await client.put(PATH, data={"alerts": {"follow": "true", "mention": "false"}})).json
        assert {name for name, wanted in changed["alerts"].items() if wanted} == {"follow"}
        assert changed["policy"] == "followed"
        assert (await client.put(PATH, policy="all")).json["policy"] == "all"
        assert (await client.put(PATH, data={"policy": "nonsense"})).status == 422
        again = await subscribed(client, browser)
        assert again["id"] != made["id"]
        assert (await client.delete(PATH)).json == {}
        assert (await client.get(PATH)).status == 404


async def test_form_of_older_apps_is_read(scene: Scene) -> None:
    """client_api 4: `subscription[keys][p256dh]`, `data[alerts][mention]`; without `standard` the older coding."""
    client = await a_client(scene, scopes=SCOPES)
    keys = Browser("").subscription()["keys"]
    form = (
        f"subscription[endpoint]=https://push.cooperative.org/1&subscription[keys][p256dh]={keys['p256dh']}"
        f"&subscription[keys][auth]={keys['auth']}&data[alerts][mention]=true&data[alerts][poll]=0"
    )
    headers = {
        "Authorization": f"Bearer {client.token}",
        "Content-Type": "application/x-www-form-urlencoded",
    }

    answer = await scene.peer.send("POST", f"{scene.node.urls.base}/api/v1{PATH}", headers, form.encode())

    assert answer.status == 200
    assert (answer.json["standard"], answer.json["alerts"]["mention"], answer.json["alerts"]["poll"]) == (
        False,
        True,
        False,
    )


async def test_key_of_the_node_is_told_the_same_everywhere_and_stays(scene: Scene) -> None:
    """client_api 8: `server_key`, `configuration.vapid.public_key` and the app's `vapid_key`; a key that changes ends every push."""
    client = await a_client(scene, scopes=SCOPES)
    form = b"client_name=App&redirect_uris=urn:ietf:wg:oauth:2.0:oob&scopes=push"
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    app = await scene.peer.send("POST", f"{scene.node.urls.base}/api/v1/apps", headers, form)
    async with a_browser() as browser:
        made = await subscribed(client, browser)
    instance = (await client.get("/instance", v2=True)).json

    key = instance["configuration"]["vapid"]["public_key"]
    assert key == made["server_key"] == app.json["vapid_key"]
    assert (len(unwritten(key)), unwritten(key)[0]) == (65, 4)
    scene.node.memory.forget()
    assert (await vapid(scene.node)).public == key


# --- the browser ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("standard", [True, False])
async def test_browser_reads_what_happened(scene: Scene, standard: bool) -> None:
    """RFC 8291, RFC 8292, and the drafts before them: what Mastodon's apps expect in it, and who sends it."""
    client, other = await a_client(scene, scopes=SCOPES), await an_actor(scene.node, "other", name="Balıkçılar")
    async with a_browser() as browser:
        made = await subscribed(client, browser, standard)
        await mentioned(scene, other)
        [shown] = (await client.get("/notifications")).json

        told = browser.read()

    assert len(browser.came) == 1
    assert told == {
        "access_token": client.token,
        "preferred_locale": "tr",
        "notification_id": int(shown["id"]),
        "notification_type": "mention",
        "icon": shown["account"]["avatar_static"],
        "title": "Balıkçılar sizden bahsetti",
        "body": "@member the boat is in",
    }
    headers, _body = browser.came[0]
    assert headers["TTL"] == str(48 * 3600)
    assert headers["Content-Encoding"] == ("aes128gcm" if standard else "aesgcm")
    word, key = _word(headers, standard=standard)
    assert key == made["server_key"]
    claims = _verified(word, unwritten(key))
    assert claims["aud"] == browser.url.removesuffix("/push/secret")
    assert claims["exp"] - scene.clock.now() // 1000 == limits.PUSH_TOKEN_SECONDS <= 24 * 3600
    assert claims["sub"].startswith(("mailto:", "http"))


def _word(headers: dict[str, str], *, standard: bool) -> tuple[str, str]:
    """The token and the key that go with a message."""
    if standard:
        scheme, _, rest = headers["Authorization"].partition(" ")
        assert scheme == "vapid"
        parts = dict(part.strip().split("=", 1) for part in rest.split(","))
        return parts["t"], parts["k"]
    scheme, _, word = headers["Authorization"].partition(" ")
    assert scheme == "WebPush"
    return word, dict(part.split("=", 1) for part in headers["Crypto-Key"].split(";"))["p256ecdsa"]


def _verified(word: str, public: bytes) -> dict[str, Any]:
    """The claims of a JSON Web Token that this key signed. Source: RFC 7515 5.2."""
    head, claims, signature = word.split(".")
    assert orjson.loads(unwritten(head)) == {"typ": "JWT", "alg": "ES256"}
    raw = unwritten(signature)
    whole = encode_dss_signature(int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big"))
    key = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), public)
    key.verify(whole, f"{head}.{claims}".encode(), ec.ECDSA(hashes.SHA256()))
    return dict(orjson.loads(unwritten(claims)))


async def test_message_is_in_the_language_of_the_account(scene: Scene) -> None:
    """Issue 10: chosen on the account's page; `preferred_locale` says which."""
    client, other = await a_client(scene, scopes=SCOPES), await an_actor(scene.node, "other")
    number = await scene.node.db.read(account_by_email, "member-editor@mail.example")
    assert number is not None
    await scene.node.db.write(accounts.set_value, number, "language", "it")
    async with a_browser() as browser:
        await subscribed(client, browser)
        await mentioned(scene, other)
        told = browser.read()

    assert (told["preferred_locale"], told["title"]) == ("it", "Other ti ha menzionato")


async def test_long_texts_are_cut(scene: Scene) -> None:
    """limits.PUSH_BYTES: push services refuse what is longer than 4,096 bytes."""
    client = await a_client(scene, scopes=SCOPES)
    other = await an_actor(scene.node, "other", name="ş" * 500)
    async with a_browser() as browser:
        await subscribed(client, browser)
        await mentioned(scene, other, "@member " + "ş" * 4_000)

        assert len(browser.came[0][1]) <= 4_096
        assert browser.read()["body"].endswith("…")


async def test_only_what_was_asked_for_is_told(scene: Scene) -> None:
    """client_api 8: alerts, and the policy: whose doings."""
    client = await a_client(scene, scopes=SCOPES)
    friend, stranger = await an_actor(scene.node, "friend"), await an_actor(scene.node, "stranger")
    assert (await client.post(f"/accounts/{friend.id}/follow")).status == 200
    await process_arrivals(scene.node)
    async with a_browser() as browser:
        await subscribed(client, browser, alerts={"follow": True})
        await mentioned(scene, friend)
        assert browser.came == []
        await client.put(PATH, data={"alerts": {"mention": True}, "policy": "followed"})
        await mentioned(scene, stranger)
        assert browser.came == []
        await mentioned(scene, friend)
        assert len(browser.came) == 1
        for policy, count in (("follower", 1), ("none", 1), ("all", 2)):
            await client.put(PATH, data={"policy": policy})
            await mentioned(scene, friend)
            assert len(browser.came) == count, policy


async def test_what_is_not_to_be_told_any_more_is_not(scene: Scene) -> None:
    """security 1.7: muted since, deleted since, older than a push service would keep it."""
    client, other = await a_client(scene, scopes=SCOPES), await an_actor(scene.node, "other")
    async with a_browser() as browser:
        await subscribed(client, browser)
        await mentioned(scene, other)
        assert len(browser.came) == 1
        post = await create_post(scene.node, other, Draft("@member deleted at once"))
        await process_arrivals(scene.node)
        await delete_post(scene.node, other, post)
        await run_jobs(scene.node, PUSH)
        await create_post(scene.node, other, Draft("@member too late"))
        await process_arrivals(scene.node)
        scene.clock.pass_(limits.PUSH_SECONDS + 1)
        await run_jobs(scene.node, PUSH)
        await create_post(scene.node, other, Draft("@member loud"))
        await process_arrivals(scene.node)
        await mute(scene.node, scene.member, other)
        await run_jobs(scene.node, PUSH)

        assert len(browser.came) == 1


async def test_subscription_goes_with_its_token(scene: Scene) -> None:
    """client_api 3: revoking closes the push subscription; so does the end of the role."""
    client, other = await a_client(scene, scopes=SCOPES), await an_actor(scene.node, "other")
    async with a_browser() as browser:
        number = (await subscribed(client, browser))["id"]
        await scene.node.db.write(tokens.end, hashed(scene.node.secret, client.token), wakes=(Topic.CACHES,))
        assert await scene.node.db.read(subscriptions.one, number) is None
        again = await a_client(scene, scopes=SCOPES)
        await subscribed(again, browser)
        account = await scene.node.db.read(account_by_email, "member-editor@mail.example")
        assert account is not None
        await scene.node.db.write(accounts.take_role, account, scene.member.id, "editor")
        await mentioned(scene, other)

        assert browser.came == []


async def test_suspended_actor_is_told_nothing(scene: Scene) -> None:
    """docs/moderation.md, *suspend*: refused in every app, and told nothing by Web Push either, until it is let back in."""
    client, other = await a_client(scene, scopes=SCOPES), await an_actor(scene.node, "other")
    async with a_browser() as browser:
        await subscribed(client, browser)
        await suspend(scene.node, scene.member, True, COMMAND_LINE)

        await mentioned(scene, other)

        assert browser.came == []
        await suspend(scene.node, scene.member, False, COMMAND_LINE)
        await mentioned(scene, other)
        assert len(browser.came) == 1


# --- the push service -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [404, 410])
async def test_subscription_that_the_service_does_not_know_goes(scene: Scene, status: int) -> None:
    """client_api 8; RFC 8030 7.3: dropped on 404 and 410, and not knocked at again."""
    client, other = await a_client(scene, scopes=SCOPES), await an_actor(scene.node, "other")
    async with a_browser() as browser:
        await subscribed(client, browser)
        browser.status = status
        await mentioned(scene, other)
        await mentioned(scene, other)

        assert len(browser.came) == 1
        assert (await client.get(PATH)).status == 404


@pytest.mark.parametrize("status", [500, 503, 429])
async def test_service_that_is_down_is_tried_again(scene: Scene, status: int) -> None:
    """RFC 8030 8.4: later, after as long as it says; the subscription stays."""
    client, other = await a_client(scene, scopes=SCOPES), await an_actor(scene.node, "other")
    async with a_browser() as browser:
        await subscribed(client, browser)
        browser.status, browser.headers = status, {"Retry-After": "120"}
        await mentioned(scene, other)
        await run_jobs(scene.node, PUSH)
        assert len(browser.came) == 1
        browser.status = 201
        scene.clock.pass_(121)
        await run_jobs(scene.node, PUSH)

        assert len(browser.came) == 2
        assert browser.read()["notification_type"] == "mention"
        assert (await client.get(PATH)).status == 200


async def test_message_that_the_service_does_not_take_is_not_sent_again(scene: Scene) -> None:
    """RFC 8030 5: 400 and 413 will be no other tomorrow; the subscription stays."""
    client, other = await a_client(scene, scopes=SCOPES), await an_actor(scene.node, "other")
    async with a_browser() as browser:
        await subscribed(client, browser)
        browser.status = 413
        await mentioned(scene, other)
        scene.clock.pass_(3_600)
        await run_jobs(scene.node, PUSH)

        assert len(browser.came) == 1
        assert (await client.get(PATH)).status == 200


async def test_hanging_services_do_not_take_every_place(scene: Scene) -> None:
    """limits.PUSHES_AT_ONCE: with so many on the way the next message waits, and costs no try."""
    client, other = await a_client(scene, scopes=SCOPES), await an_actor(scene.node, "other")
    places = scene.node.push_places
    async with a_browser() as browser:
        await subscribed(client, browser)
        for _ in range(limits.PUSHES_AT_ONCE):
            assert not places.locked()
            await places.acquire()
        await mentioned(scene, other)
        assert browser.came == []
        places.release()
        scene.clock.pass_(3)
        await run_jobs(scene.node, PUSH)

        assert len(browser.came) == 1
