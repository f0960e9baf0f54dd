"""Entities are whole: every key that apps decode is there, of the type that they expect. Source: client_api research 5, quirks of 10."""

import re

from actors.lookup import by_uri
from coopfed.features.moves.actions import move
from coopfed.features.posts.actions import create_post
from coopfed.features.posts.rules import Draft
from coopfed.features.profiles.actions import set_locked
from coopfed.vocab.audience import Visibility
from tests.coopfed.api.test_api import a_client
from tests.coopfed.api.test_lists import known
from tests.inbox.test_posts import following
from tests.support.nodes import an_actor
from tests.support.scene import Scene

Shape = dict[str, type | tuple[type, ...]]

ACCOUNT: Shape = {
    "id": str,
    "username": str,
    "acct": str,
    "display_name": str,
    "locked": bool,
    "bot": bool,
    "discoverable": bool,
    "indexable": bool,
    "noindex": bool,
    "group": bool,
    "created_at": str,
    "note": str,
    "url": str,
    "uri": str,
    "avatar": str,
    "avatar_static": str,
    "header": str,
    "header_static": str,
    "followers_count": int,
    "following_count": int,
    "statuses_count": int,
    "last_status_at": (str, type(None)),
    "hide_collections": bool,
    "emojis": list,
    "fields": list,
    "roles": list,
}
SOURCE: Shape = {
    "privacy": str,
    "sensitive": bool,
    "language": (str, type(None)),
    "note": str,
    "fields": list,
    "follow_requests_count": int,
    "hide_collections": bool,
    "discoverable": bool,
    "indexable": bool,
    "attribution_domains": list,
    "quote_policy": str,
}
STATUS: Shape = {
    "id": str,
    "uri": str,
    "url": (str, type(None)),
    "created_at": str,
    "edited_at": (str, type(None)),
    "account": dict,
    "content": str,
    "visibility": str,
    "sensitive": bool,
    "spoiler_text": str,
    "media_attachments": list,
    "mentions": list,
    "tags": list,
    "emojis": list,
    "reblogs_count": int,
    "favourites_count": int,
    "replies_count": int,
    "quotes_count": int,
    "in_reply_to_id": (str, type(None)),
    "in_reply_to_account_id": (str, type(None)),
    "reblog": (dict, type(None)),
    "poll": (dict, type(None)),
    "card": (dict, type(None)),
    "language": (str, type(None)),
    "quote": (dict, type(None)),
    "quote_approval": dict,
    "favourited": bool,
    "reblogged": bool,
    "muted": bool,
    "bookmarked": bool,
    "filtered": list,
    "pinned": bool,
}
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")


def whole(entity: dict[str, object], shape: Shape) -> None:
    """Each key is there, and of its type; no address is an empty text."""
    for key, kind in shape.items():
        assert key in entity, key
        assert isinstance(entity[key], kind), (key, entity[key])
        if key.endswith("_at") and entity[key] is not None and key != "last_status_at":
            assert _MOMENT.fullmatch(str(entity[key])), key
        if key in ("url", "uri", "avatar", "avatar_static", "header", "header_static") and entity[key] is not None:
            assert str(entity[key]).startswith("http"), key


async def test_accounts_are_whole(scene: Scene) -> None:
    """Account of ours and of others, CredentialAccount with source and role."""
    client, alice = await a_client(scene), await known(scene, scene.alice)
    own = (await client.get("/accounts/verify_credentials")).json

    for shown in (own, (await client.get(f"/accounts/{alice}")).json):
        whole(shown, ACCOUNT)
        assert shown["created_at"].endswith("T00:00:00.000Z")
        assert {"moved", "suspended", "limited"} & set(shown) == set()
    whole(own["source"], SOURCE)
    whole(own["role"], {"id": str, "name": str, "permissions": str, "color": str, "highlighted": bool})


async def test_last_status_is_a_day(scene: Scene) -> None:
    """quirk 6: a bare date, of what everybody may see."""
    client = await a_client(scene)
    await create_post(scene.node, scene.member, Draft("Few", visibility=Visibility.FOLLOWERS))
    assert (await client.get(f"/accounts/{scene.member.id}")).json["last_status_at"] is None

    said = await create_post(scene.node, scene.member, Draft("All"))

    assert (await client.get(f"/accounts/{scene.member.id}")).json["last_status_at"] == "2026-11-24"
    shown = (await client.get(f"/statuses/{said.id}")).json
    assert shown["account"]["last_status_at"] == shown["created_at"][:10]


async def test_moved_account_names_the_new_one(scene: Scene) -> None:
    """Account `moved`: an Account again."""
    client = await a_client(scene)
    await following(scene, scene.alice)
    scene.alice.changes = {"alsoKnownAs": [scene.member.uri]}
    await scene.arrives(scene.alice.says("Update", scene.alice.document()))
    target = await scene.node.db.read(by_uri, scene.alice.uri)
    assert target is not None
    await move(scene.node, scene.member, target)

    shown = (await client.get(f"/accounts/{scene.member.id}")).json

    whole(shown["moved"], ACCOUNT)
    assert shown["moved"]["uri"] == scene.alice.uri


async def test_those_who_wait_are_counted(scene: Scene) -> None:
    """CredentialAccount source.follow_requests_count."""
    client = await a_client(scene)
    await set_locked(scene.node, scene.member, True)
    await scene.arrives(scene.alice.follow(scene.member.uri))

    assert (await client.get("/accounts/verify_credentials")).json["source"]["follow_requests_count"] == 1


async def test_statuses_are_whole(scene: Scene) -> None:
    """Status of ours and of others, and a boost with the post in it."""
    client = await a_client(scene)
    await following(scene, scene.alice)
    await an_actor(scene.node, "other_member")
    said = await create_post(scene.node, scene.member, Draft(f"#fish @alice@{scene.peer.host} @other_member"))
    await scene.arrives(scene.alice.create(scene.alice.note()))
    await client.post(f"/statuses/{said.id}/reblog")

    shown = (await client.get("/timelines/home")).json

    assert len(shown) == 2
    for one in shown:
        whole(one, STATUS)
        whole(one["account"], ACCOUNT)
        if one["reblog"]:
            whole(one["reblog"], STATUS)
            assert one["reblog"]["reblog"] is None
            named = {mention["acct"]: mention for mention in one["reblog"]["mentions"]}
            assert set(named) == {f"alice@{scene.peer.host}", "other_member"}
            for mention in named.values():
                whole(mention, {"id": str, "username": str, "url": str, "acct": str})
                assert f'href="{mention["url"]}"' in one["reblog"]["content"]
