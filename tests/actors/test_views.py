"""What our actors and their collections look like from outside: exact members, exact bytes of headers, pages, ends."""

from typing import Any

import pytest

from actors.lookup import actor
from coopfed.db.signals import Topic
from coopfed.db.tx import Tx
from coopfed.features.posts.actions import create_post, delete_post
from coopfed.features.posts.rules import Draft
from coopfed.features.profiles.actions import delete_actor
from coopfed.vocab.audience import Visibility
from tests.support.nodes import an_actor
from tests.support.peers import send_due
from tests.support.scene import Scene

ACTIVITY = "application/activity+json"
LD = 'application/ld+json; profile="https://www.w3.org/ns/activitystreams"'


def nulls(value: Any) -> bool:
    """Whether there is a null anywhere."""
    if isinstance(value, dict):
        return any(nulls(member) for member in value.values())
    return any(nulls(item) for item in value) if isinstance(value, list) else value is None


async def test_actor_document_has_what_peers_demand(scene: Scene) -> None:
    """s2s 2.6: no nulls, a single publicKey, followers there, all URLs on one origin."""
    answer = await scene.peer.get(scene.node, scene.member.uri)

    document, base = answer.json, scene.node.urls.base
    assert answer.status == 200
    assert not nulls(document)
    assert "https://www.w3.org/ns/activitystreams" in document["@context"]
    assert (document["id"], document["type"]) == (scene.member.uri, "Organization")
    assert document["preferredUsername"] == "member"
    assert document["webfinger"] == f"member@{scene.node.config.authority}"
    assert document["publicKey"]["id"] == f"{scene.member.uri}#main-key"
    assert document["publicKey"]["owner"] == scene.member.uri
    assert document["publicKey"]["publicKeyPem"].startswith("-----BEGIN PUBLIC KEY-----\n")
    (multikey,) = document["assertionMethod"]
    assert (multikey["type"], multikey["controller"]) == ("Multikey", scene.member.uri)
    assert multikey["publicKeyMultibase"].startswith("z6Mk")
    assert document["endpoints"] == {"sharedInbox": f"{base}/inbox"}
    assert document["url"] == f"{base}/@member"
    for name in ("inbox", "outbox", "followers", "following", "featured"):
        assert document[name] == f"{scene.member.uri}/{name}"
    assert (document["manuallyApprovesFollowers"], document["discoverable"]) == (False, True)
    assert {type(document[name]) for name in ("name", "summary", "published", "updated")} == {str}
    assert (document["attachment"], document["tag"]) == ([], [])


async def test_every_url_in_an_actor_document_can_be_fetched(scene: Scene) -> None:
    """ActivityPub 4.1; PeerTube needs following, followers, inbox, outbox."""
    document = (await scene.peer.get(scene.node, scene.member.uri)).json

    for name in ("outbox", "followers", "following", "featured"):
        collection = (await scene.peer.get(scene.node, document[name])).json
        assert (collection["id"], collection["type"]) == (document[name], "OrderedCollection")
        assert collection["totalItems"] == 0
        assert not nulls(collection)


async def test_node_actor_and_its_key_are_served_unsigned(scene: Scene) -> None:
    """s2s 2.4; FEP-2677: else two nodes that want signatures ask each other for ever."""
    answer = await scene.peer.get(scene.node, scene.node.urls.node_actor)

    document = answer.json
    assert (answer.status, document["type"], document["id"]) == (200, "Application", scene.node.urls.node_actor)
    assert document["publicKey"]["id"] == f"{scene.node.urls.node_actor}#main-key"
    for name in ("outbox", "followers", "following"):
        assert (await scene.peer.get(scene.node, document[name])).json["totalItems"] == 0


@pytest.mark.parametrize("accept", [ACTIVITY, LD, f"text/html;q=0.1, {LD}", "*/*", "application/json", None])
async def test_content_type_is_exactly_what_lemmy_compares(scene: Scene, accept: str | None) -> None:
    """s2s 2.1: these bytes and no more, whatever was asked for; the answer varies by what was asked."""
    headers = {"Accept": accept} if accept else {}
    answer = await scene.peer.send("GET", scene.member.uri, headers)

    assert answer.status == 200
    assert answer.headers["Content-Type"] == ACTIVITY
    assert answer.headers["Vary"] == "Accept, Signature, Signature-Input"
    assert answer.headers["Cache-Control"] == "public, max-age=180"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


async def test_browsers_are_sent_to_the_page(scene: Scene) -> None:
    """s2s 2.1: the id is for machines, the page for people; caches keep them apart."""
    answer = await scene.peer.send("GET", scene.member.uri, {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"})

    assert (answer.status, answer.headers["Location"]) == (303, f"{scene.node.urls.base}/@member")
    assert "Accept" in answer.headers["Vary"]


async def test_etag_spares_the_second_fetch(scene: Scene) -> None:
    """RFC 9110 13.1.2: 304 without a body; another tag gets the document."""
    first = await scene.peer.get(scene.node, scene.member.uri)
    second = await scene.peer.get(scene.node, scene.member.uri, If_None_Match=first.headers["ETag"])
    other = await scene.peer.get(scene.node, scene.member.uri, If_None_Match='"other"')
    weak = await scene.peer.get(scene.node, scene.member.uri, If_None_Match=f'"x", W/{first.headers["ETag"]}')

    assert weak.status == 304
    assert (second.status, second.body) == (304, b"")
    assert second.headers["ETag"] == first.headers["ETag"]
    assert (other.status, other.body) == (200, first.body)


async def test_head_tells_what_get_would(scene: Scene) -> None:
    """RFC 9110 9.3.2."""
    got = await scene.peer.get(scene.node, scene.member.uri)
    head = await scene.peer.send("HEAD", scene.member.uri, {"Accept": ACTIVITY})

    assert (head.status, head.body) == (200, b"")
    assert head.headers["Content-Length"] == str(len(got.body))
    assert head.headers["ETag"] == got.headers["ETag"]


async def test_members_are_paged_by_cursor(scene: Scene) -> None:
    """ActivityPub 5, 5.3: the count, then pages of ids, the newest first, each once."""
    followers = [scene.peer.actor(f"follower{number}") for number in range(43)]
    for follower in followers:
        await scene.peer.post(scene.node, follower.follow(scene.member.uri))
    await scene.arrives(scene.alice.follow(scene.member.uri))
    url = f"{scene.member.uri}/followers"

    head = (await scene.peer.get(scene.node, url)).json
    first = (await scene.peer.get(scene.node, head["first"])).json
    second = (await scene.peer.get(scene.node, first["next"])).json

    found = first["orderedItems"] + second["orderedItems"]
    assert head["totalItems"] == 44
    assert (first["type"], first["partOf"], second["partOf"]) == ("OrderedCollectionPage", url, url)
    assert (len(first["orderedItems"]), len(second["orderedItems"])) == (40, 4)
    assert set(found) == {scene.alice.uri, *(follower.uri for follower in followers)}
    assert "next" not in second


async def test_outbox_shows_public_posts_only(scene: Scene) -> None:
    """security 1.7: followers-only and direct posts are in no outbox; deleted ones leave it."""
    levels = {
        level: await create_post(scene.node, scene.member, Draft(level, visibility=level)) for level in Visibility
    }
    deleted = await create_post(scene.node, scene.member, Draft("gone"))
    await delete_post(scene.node, scene.member, deleted)

    head = (await scene.peer.get(scene.node, f"{scene.member.uri}/outbox")).json
    page = (await scene.peer.get(scene.node, head["first"])).json
    shown = [(await scene.peer.get(scene.node, uri)).json["object"]["id"] for uri in page["orderedItems"]]

    assert head["totalItems"] == 2
    assert shown == [levels[Visibility.UNLISTED].uri, levels[Visibility.PUBLIC].uri]


async def test_cursors_that_are_none_are_400(scene: Scene) -> None:
    """security, head: never 5xx for hostile input."""
    url = f"{scene.member.uri}/followers"
    for query in ("before=x", "before=-1", "before=%C2%B2", f"before={'9' * 19}", f"before={'9' * 40}", "before=1.5"):
        assert (await scene.peer.get(scene.node, f"{url}?{query}")).status == 400, query
    many = "&".join(f"a{number}=1" for number in range(200))
    assert (await scene.peer.get(scene.node, f"{url}?{many}")).status in (200, 400)


async def test_unknown_actors_are_404_in_every_form(scene: Scene) -> None:
    """s2s 2.1; numbers that fit into no database among them."""
    await scene.arrives(scene.alice.says("Like", "https://x.example/1"))
    remote = await scene.node.db.read(lambda tx: tx.execute(actor.select().where(~actor.c.local)).one().id)
    for number in (1, 2**63 - 1, 2**63, 10**30, remote):
        for path in ("", "/followers", "/outbox"):
            answer = await scene.peer.get(scene.node, f"{scene.node.urls.actor(number)}{path}")
            assert answer.status == 404, (number, path)


async def test_deleted_actor_is_410_with_a_tombstone_that_keeps_its_key(scene: Scene) -> None:
    """s2s 2.10, 2.19: 410 on actor, inbox, collections and WebFinger; the body lets tolerant peers verify the Delete."""
    neighbour = await an_actor(scene.node, "neighbour")
    assert (await scene.peer.get(scene.node, scene.member.uri)).status == 200

    await delete_actor(scene.node, scene.member)

    answer = await scene.peer.get(scene.node, scene.member.uri)
    tombstone = answer.json
    assert (answer.status, answer.headers["Content-Type"]) == (410, ACTIVITY)
    assert (tombstone["type"], tombstone["formerType"]) == ("Tombstone", "Organization")
    assert tombstone["publicKey"]["id"] == f"{scene.member.uri}#main-key"
    for name in ("followers", "following", "outbox", "featured"):
        assert (await scene.peer.get(scene.node, f"{scene.member.uri}/{name}")).status == 410
    resource = f"acct:member@{scene.node.config.authority}"
    webfinger = f"{scene.node.urls.base}/.well-known/webfinger?resource={resource}"
    assert (await scene.peer.get(scene.node, webfinger)).status == 410
    assert (await scene.peer.get(scene.node, neighbour.uri)).status == 200


async def test_change_of_an_actor_shows_at_once(scene: Scene) -> None:
    """A cached document is dropped when another process changed the row (design 2, signals)."""
    await scene.peer.get(scene.node, scene.member.uri)

    await scene.node.db.write(_rename, scene.member.id)

    assert (await scene.peer.get(scene.node, scene.member.uri)).json["name"] == "Another name"
    assert await send_due(scene.node) == 0


def _rename(tx: Tx, number: int) -> None:
    tx.execute(actor.update().where(actor.c.id == number).values(name="Another name"))
    tx.wake(Topic.CACHES)
