"""Names that strangers choose: they are shown beside others', in a line, a terminal and a handle, and must stay inside theirs."""

import pytest

from actors.lookup import ActorRow, by_uri
from coopfed.text.sanitise import plain
from tests.support.jobs import run_jobs
from tests.support.peers import RemoteActor, a_peer
from tests.support.scene import Scene

TURNS = "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff"
"""Every character that turns the direction of what follows, or cannot be seen and stands in front."""


async def seen(scene: Scene, actor: RemoteActor) -> ActorRow:
    """The actor as it is known here after it introduced itself."""
    await scene.arrives(actor.follow(scene.member.uri), actor)
    row = await scene.node.db.read(by_uri, actor.uri)
    assert row is not None
    return row


@pytest.mark.parametrize(
    "written", [f"ad{turn}nim" for turn in TURNS] + ["ad\x1b[31mnim", "ad\x9bnim", "ad&#x202e;nim"]
)
def test_plain_text_turns_and_hides_nothing(written: str) -> None:
    """security 1.5: bidirectional controls and terminal codes are gone from names, written as such or as entities."""
    assert plain(written).isprintable()
    assert not set(plain(written)) & set(TURNS)


@pytest.mark.parametrize(
    "name", ["ad\u202enim", "ad min", "ad\x1bmin", "admin\u200b", "<b>admin", "admin@coop.example", "a/../b"]
)
async def test_handle_of_a_stranger_holds_nothing_that_separates_or_hides(scene: Scene, name: str) -> None:
    """security 1.5: `@admin@coop.example@evil.example` and reversed letters read like somebody else's handle."""
    alice = scene.alice
    alice.changes = {"preferredUsername": name}

    row = await seen(scene, alice)

    assert row.acct.count("@") == 1
    assert row.acct.isprintable()
    assert not set(row.handle) & set(" \t/\\<>\"'@?#%:\u200b")


async def test_handle_of_nothing_but_such_characters_is_no_handle(scene: Scene) -> None:
    """Who has no name left cannot be shown, and so not be believed."""
    scene.alice.changes = {"preferredUsername": "\u202e \u200b@"}

    answer = await scene.peer.post(scene.node, scene.alice.follow(scene.member.uri))

    assert answer.status == 401
    assert answer.json["error"] == "key_document_malformed"


async def test_host_of_a_claimed_handle_is_a_host(scene: Scene) -> None:
    """security 1.3: the host of `webfinger` becomes an address that is asked: a path in it would be the stranger's choice."""
    async with a_peer() as victim:
        scene.alice.changes = {"webfinger": f"alice@{victim.host}/admin?reset="}

        await seen(scene, scene.alice)
        await run_jobs(scene.node)

        assert victim.gets == []
