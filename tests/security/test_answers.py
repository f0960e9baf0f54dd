"""What answers give away: nothing about what is not for the asker, to caches as little as to people."""

from itertools import product
from typing import Any

import pytest

from actors.lookup import by_uri
from coopfed.features.blocks.actions import block
from coopfed.features.posts.actions import create_post, delete_post
from coopfed.features.posts.rules import Draft
from coopfed.features.posts.store import PostRow
from coopfed.vocab.audience import Visibility
from tests.coopfed.api.test_api import a_client
from tests.support.nodes import an_actor
from tests.support.peers import Answer
from tests.support.scene import Scene

HIDDEN = (Visibility.FOLLOWERS, Visibility.DIRECT)
PATHS = (
    "/ap/objects/{id}",
    "/ap/objects/{id}/replies",
    "/ap/objects/{id}/likes",
    "/ap/objects/{id}/shares",
    "/@member/{id}",
)
ACCEPTS = ("application/activity+json", "text/html", "*/*")


def told(answer: Answer, number: int) -> tuple[Any, ...]:
    """Everything that an answer tells, but for what differs between any two: the moment, the number that was asked for, and how many
    requests are left."""
    differs = ("Date", "Content-Length", "X-Request-ID", "X-RateLimit-Remaining")
    headers = {name: value for name, value in answer.headers.items() if name not in differs}
    hide = str(number).encode()
    return (
        answer.status,
        {name: value.replace(str(number), "N") for name, value in headers.items()},
        answer.body.replace(hide, b"N"),
    )


async def says(scene: Scene, level: Visibility) -> PostRow:
    """A post of the member's."""
    return await create_post(scene.node, scene.member, Draft("Canary", visibility=level))


@pytest.mark.parametrize("path", PATHS)
async def test_what_is_hidden_answers_like_what_never_was(scene: Scene, path: str) -> None:
    """security 1.6, 1.7, *Existence oracle*: the same status, headers and body, for strangers with a signature and without."""
    hidden = [await says(scene, level) for level in HIDDEN]
    deleted = await says(scene, Visibility.DIRECT)
    await delete_post(scene.node, scene.member, deleted)
    never = scene.node.minter.mint()

    for accept, signer in product(ACCEPTS, (None, scene.alice)):
        answers = []
        for number in (never, *(post.id for post in (*hidden, deleted))):
            url = scene.node.urls.base + path.format(id=number)
            answers.append(told(await scene.peer.get(scene.node, url, signer, Accept=accept), number))

        assert answers[0][0] == 404 or (accept == ACCEPTS[0] and path.startswith("/@") and answers[0][0] == 303)
        assert answers[1:] == [answers[0]] * 3, (accept, signer)


async def test_apps_hear_of_what_is_hidden_as_of_what_never_was(scene: Scene) -> None:
    """security 1.6 (GHSA-gwhw-gcjx-72v8): every verb of the client API, on a post that the app's actor may not see."""
    other = await a_client(scene)
    hidden = await create_post(scene.node, await _neighbour(scene), Draft("Canary", visibility=Visibility.DIRECT))
    never = scene.node.minter.mint()
    verbs = ("", "/context", "/source", "/history", "/favourited_by", "/reblogged_by")
    acts = ("/favourite", "/unfavourite", "/reblog", "/unreblog", "/pin")

    for verb in verbs:
        answers = [told(await other.get(f"/statuses/{number}{verb}"), number) for number in (never, hidden.id)]
        assert answers[0] == answers[1], verb
        assert answers[0][0] == 404, verb
    for act in acts:
        answers = [told(await other.post(f"/statuses/{number}{act}"), number) for number in (never, hidden.id)]
        assert answers[0] == answers[1], act
        assert answers[0][0] in (404, 422), act


async def _neighbour(scene: Scene) -> Any:
    return await an_actor(scene.node, "neighbour")


async def test_whom_the_owner_blocks_hears_of_nothing(scene: Scene) -> None:
    """security 1.7 (Mastodon GHSA-ccpr-m53r-mfwr): collections and posts of a blocker are not there for the blocked."""
    await scene.arrives(scene.alice.follow(scene.member.uri))
    public = await says(scene, Visibility.PUBLIC)
    alice = await scene.node.db.read(by_uri, scene.alice.uri)
    assert alice is not None
    await block(scene.node, scene.member, alice)
    paths = [f"{scene.member.uri}/{name}" for name in ("outbox", "followers", "following", "featured")]

    answers = [await scene.peer.get(scene.node, url, scene.alice) for url in (public.uri, *paths)]

    assert [answer.status for answer in answers] == [404] * 5
    assert [answer.headers["Cache-Control"] for answer in answers] == ["no-store"] * 5


async def test_answers_that_depend_on_the_asker_say_so_to_caches(scene: Scene) -> None:
    """security 1.7, *Cache*: an address with a document and a page varies by Accept; what is for the signer alone is stored nowhere."""
    post = await says(scene, Visibility.PUBLIC)
    base = scene.node.urls.base
    urls = [
        scene.member.uri,
        post.uri,
        f"{base}/@member",
        f"{base}/@member/{post.id}",
        f"{base}/",
        scene.node.urls.node_actor,
    ]

    for url, accept in product(urls, ACCEPTS):
        answer = await scene.peer.get(scene.node, url, Accept=accept)
        assert answer.status in (200, 303), url
        assert "Accept" in answer.headers["Vary"].replace(" ", "").split(","), (url, accept)
    for url in (post.uri, f"{post.uri}/replies", f"{scene.member.uri}/outbox"):
        signed = await scene.peer.get(scene.node, url, scene.alice)
        assert signed.headers["Cache-Control"] == "private, no-store", url
        assert {"Signature", "Signature-Input"} <= set(signed.headers["Vary"].replace(" ", "").split(",")), url


async def test_private_documents_are_stored_in_no_cache(scene: Scene) -> None:
    """security 1.7: also for whom they are for."""
    await scene.arrives(scene.alice.follow(scene.member.uri))
    private = await says(scene, Visibility.FOLLOWERS)

    answer = await scene.peer.get(scene.node, private.uri, scene.alice)

    assert (answer.status, answer.headers["Cache-Control"]) == (200, "private, no-store")


async def test_refusals_are_stored_in_no_cache(scene: Scene) -> None:
    """security 1.7: an error that one asker got must not be another's answer."""
    never = scene.node.urls.object(scene.node.minter.mint())
    deleted = await says(scene, Visibility.PUBLIC)
    await delete_post(scene.node, scene.member, deleted)

    missing = await scene.peer.get(scene.node, never)
    bad = await scene.peer.get(scene.node, never, scene.alice, Date="Mon, 01 Jan 2024 00:00:00 GMT")

    assert (missing.status, missing.headers["Cache-Control"]) == (404, "no-store")
    assert (bad.status, bad.headers["Cache-Control"]) == (401, "no-store")
