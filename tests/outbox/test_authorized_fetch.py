"""AUTHORIZED_FETCH: nobody reads without saying who they are, and everybody can still check our signatures."""

from coopfed.features.posts.actions import create_post
from coopfed.features.posts.rules import Draft
from tests.support.scene import Scene, a_scene


async def test_strangers_get_keys_and_nothing_else(database_url: str) -> None:
    """s2s 2.6: a minimal actor for checking signatures; 401 with what to sign for everything else."""
    async with a_scene(database_url, authorized_fetch=True) as scene:
        post = await create_post(scene.node, scene.member, Draft("for those who sign"))
        paths = [post.uri, f"{post.uri}/replies", f"{post.uri}/likes"]
        paths += [f"{scene.member.uri}/{name}" for name in ("outbox", "followers", "following", "featured")]

        refused = [await scene.peer.get(scene.node, path) for path in paths]
        actor = (await scene.peer.get(scene.node, scene.member.uri)).json
        node_actor = await scene.peer.get(scene.node, scene.node.urls.node_actor)

        assert {(answer.status, answer.json["error"]) for answer in refused} == {(401, "signature_required")}
        assert all("Accept-Signature" in answer.headers for answer in refused)
        assert {"publicKey", "inbox", "followers", "preferredUsername"} <= set(actor)
        assert not {"summary", "featured", "attachment"} & set(actor)
        assert node_actor.status == 200


async def test_who_signs_reads_as_before(database_url: str) -> None:
    """s2s 1, *Authorized fetch*: with a signature all is there, for the signer alone."""
    async with a_scene(database_url, authorized_fetch=True) as scene:
        post = await create_post(scene.node, scene.member, Draft("for those who sign"))

        answers = [await _signed(scene, path) for path in (post.uri, scene.member.uri, f"{scene.member.uri}/outbox")]

        assert [status for status, _cache in answers] == [200] * 3
        assert {cache for _status, cache in answers} == {"private, no-store"}


async def _signed(scene: Scene, path: str) -> tuple[int, str]:
    answer = await scene.peer.get(scene.node, path, scene.alice)
    return answer.status, answer.headers["Cache-Control"]


async def test_browsers_still_find_the_page(database_url: str) -> None:
    """The setting is about servers: people read what is public on the node's own pages."""
    async with a_scene(database_url, authorized_fetch=True) as scene:
        post = await create_post(scene.node, scene.member, Draft("for those who sign"))

        answer = await scene.peer.get(scene.node, post.uri, Accept="text/html")

        assert (answer.status, answer.headers["Location"]) == (303, post.url)
