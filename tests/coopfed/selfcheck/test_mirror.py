"""The door of the selfcheck is shut for everybody who does not hold the node's secret, and has no effect. Security 1.8."""

import pytest

from coopfed.selfcheck.mirror import PASS, PATH, a_pass
from coopfed.signing import cavage
from coopfed.signing.request import Request
from tests.support.scene import Scene


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_without_a_pass_there_is_nothing(scene: Scene, method: str) -> None:
    """Whoever has no pass gets what an unknown address gets, and no key is fetched for a signature."""
    node, peer = scene.node, scene.peer
    now = scene.clock.now()
    good = a_pass(node.secret, now)
    passes = [
        None,
        "",
        "x",
        ".",
        f"{now}",
        f"{now}.",
        f"{now}.{'0' * 64}",
        good.replace(str(now), str(now + 1)),
        a_pass(b"another secret of 32 bytes or more", now),
        "9" * 5000,
        "\u0661.x".encode().decode("latin-1"),
    ]
    signed = cavage.sign(scene.alice.rsa, scene.alice.key_id, Request.to(method, node.urls.base + PATH), node.utc())

    for shown in passes:
        headers = signed | ({} if shown is None else {PASS: shown})
        answer = await peer.send(method, node.urls.base + PATH, headers)
        assert answer.status == 404, shown
        assert b"sha256" not in answer.body
    assert peer.gets == []
    assert await scene.rows() == 0


@pytest.mark.parametrize("seconds", [-601, 601])
async def test_a_pass_is_good_for_ten_minutes(scene: Scene, seconds: int) -> None:
    """One that was overheard is worth nothing later."""
    node, peer = scene.node, scene.peer
    shown = a_pass(node.secret, scene.clock.now())

    fresh = await peer.send("GET", node.urls.base + PATH, {PASS: shown})
    scene.clock.pass_(seconds)
    stale = await peer.send("GET", node.urls.base + PATH, {PASS: shown})

    assert (fresh.status, stale.status) == (200, 404)


async def test_another_actors_signature_is_told_apart(scene: Scene) -> None:
    """With a pass, what a stranger signed is still not ours, and its key is not asked for."""
    node, peer = scene.node, scene.peer
    signed = cavage.sign(scene.alice.rsa, scene.alice.key_id, Request.to("GET", node.urls.base + PATH), node.utc())
    forged = cavage.sign(scene.alice.rsa, node.signer.key_id, Request.to("GET", node.urls.base + PATH), node.utc())
    shown = {PASS: a_pass(node.secret, scene.clock.now())}

    answers = [await peer.send("GET", node.urls.base + PATH, headers | shown) for headers in (signed, forged, {})]

    assert [answer.json["reason"] for answer in answers] == ["key_id", "signature_invalid", "signature_missing"]
    assert peer.gets == []
