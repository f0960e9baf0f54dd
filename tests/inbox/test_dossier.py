"""An arrival laid open: what was signed and verified, what was decided and why, how the body was read. s2s research 5."""

import base64
import hashlib
import json
from collections.abc import AsyncIterator
from typing import Any

import orjson
import pytest
from structlog.testing import capture_logs

from coopfed.node import Node
from coopfed.outcomes import Outcome
from coopfed.signing.verify import Scheme
from inbox import history
from inbox.dossier import dossier, signed_parts
from tests.support.nodes import process_arrivals
from tests.support.scene import Scene, a_scene


@pytest.fixture
async def keeping(database_url: str) -> AsyncIterator[Scene]:
    """A node with KEEP_BODIES."""
    async with a_scene(database_url, keep_bodies=True) as scene:
        yield scene


async def laid_open(node: Node, activity_uri: str) -> dict[str, Any]:
    """Everything about the one arrival of an activity."""
    (number,) = await node.db.read_long(history.arrivals_of, activity_uri)
    row = await node.db.read(history.arrival_row, number)
    assert row is not None
    found = dossier(row)
    assert json.loads(json.dumps(found)) == found
    return found


async def test_what_took_effect_keeps_its_outcome_but_not_its_words(scene: Scene) -> None:
    """Door shut: a body that was worked off is not kept, nor the headers that came with it."""
    create = scene.alice.create(scene.alice.mentioning(scene.member.uri, content="<p>a secret of alice</p>"))
    await scene.arrives(create)

    found = await laid_open(scene.node, create["id"])

    assert found["decision"]["outcome"] == "accepted"
    assert (found["request"], found["body"], found["normalised"]) == (None, None, None)
    assert "secret" not in json.dumps(found)


@pytest.mark.parametrize("scheme", list(Scheme))
async def test_the_signed_request_is_shown_as_it_was_verified(keeping: Scene, scheme: Scheme) -> None:
    """Raw request facts: method, path, signed headers, scheme, key id, digest, and the very base that was verified."""
    body = orjson.dumps(scene_create := keeping.alice.create(keeping.alice.mentioning(keeping.member.uri)))
    await keeping.peer.post(keeping.node, body, scheme=scheme)
    await process_arrivals(keeping.node)

    request = (await laid_open(keeping.node, scene_create["id"]))["request"]
    sent = {name.lower(): value for name, value in keeping.peer.last_sent.items()}

    assert request["method"] == "POST"
    assert request["path"].endswith("/inbox")
    assert (request["scheme"], request["key_id"]) == (scheme.value, keeping.alice.key_id)
    assert request["digest"] == "sha-256=" + base64.b64encode(hashlib.sha256(body).digest()).decode()
    header = "digest" if scheme is Scheme.CAVAGE else "content-digest"
    assert request["headers"][header] == sent[header]
    assert "signature" not in request["headers"]
    if scheme is Scheme.CAVAGE:
        assert request["signature_base"].startswith("(request-target): post /inbox\nhost: ")
        assert request["headers"]["date"] == sent["date"]
    else:
        assert request["signature_base"].startswith('"@method": POST\n"@target-uri": ')
        assert sent["signature-input"].removeprefix("sig1=") in request["signature_base"]


async def test_the_decision_has_its_reason(keeping: Scene) -> None:
    """Outcome, reason and trust; which handlers were asked, and the canonical document they were given."""
    mallory = keeping.peer.actor("mallory")
    note = keeping.alice.mentioning(keeping.member.uri)
    await keeping.arrives(keeping.alice.create(note))
    theft = mallory.says("Delete", note["id"])

    await keeping.arrives(theft, mallory)
    found = await laid_open(keeping.node, theft["id"])

    assert (found["signer"], found["type"], found["kind"]) == (mallory.uri, "Delete", "id_only")
    assert found["decision"]["outcome"] == "refused_owner"
    assert found["decision"]["reason"] == "somebody else's object"
    assert found["decision"]["trust"] == "direct"
    assert found["decision"]["tries"] == 1
    assert found["handlers"][0] == "apply_delete"
    assert found["normalised"]["actor"] == mallory.uri
    assert json.loads(found["body"]) == theft


async def test_what_failed_is_kept_without_asking(scene: Scene) -> None:
    """A fetch that did not come: the request, the reason and the next try are there while it waits."""
    note = scene.alice.mentioning(scene.member.uri)
    scene.peer.statuses[note["id"].removeprefix(scene.peer.base)] = 503
    create = scene.alice.create(note["id"])
    await scene.arrives(create)

    found = await laid_open(scene.node, create["id"])

    assert found["request"]["key_id"] == scene.alice.key_id
    assert found["decision"]["state"] == "waiting"
    assert "503" in found["decision"]["reason"]
    assert found["decision"]["next_try_at"] == "2026-11-24T08:01:00.000+00:00"


async def test_an_activity_of_several_signers_has_an_arrival_of_each(keeping: Scene) -> None:
    """Relayed by another one and sent by its actor: two requests, two decisions."""
    relay = keeping.peer.actor("relay")
    create = keeping.alice.create(keeping.alice.mentioning(keeping.member.uri))
    await keeping.arrives(create, relay)
    await keeping.arrives(create)

    numbers = await keeping.node.db.read_long(history.arrivals_of, create["id"])
    rows = [await keeping.node.db.read(history.arrival_row, number) for number in numbers]

    assert [row.signer for row in rows if row] == [keeping.alice.uri, relay.uri]
    assert [row.trust for row in rows if row] == ["direct", "relayed"]


async def test_what_is_replayed_with_its_body_has_no_second_effect(keeping: Scene) -> None:
    """KEEP_BODIES lets everything be replayed: handlers are idempotent."""
    create = keeping.alice.create(keeping.alice.mentioning(keeping.member.uri))
    await keeping.arrives(create)
    (number,) = await keeping.node.db.read_long(history.arrivals_of, create["id"])

    assert await keeping.node.db.write(history.replay, number, keeping.clock.now())

    assert await process_arrivals(keeping.node) == [Outcome.DUPLICATE]
    assert (await laid_open(keeping.node, create["id"]))["body"] is not None


async def test_a_repeated_follow_shows_the_request_that_came_last(keeping: Scene) -> None:
    """The same id with another body runs again: what is shown is what was judged."""
    follow = keeping.alice.follow(keeping.member.uri)
    await keeping.arrives(follow)
    await keeping.peer.post(keeping.node, follow | {"summary": "again"}, scheme=Scheme.RFC9421)
    await process_arrivals(keeping.node)

    found = await laid_open(keeping.node, follow["id"])

    assert found["request"]["scheme"] == "rfc9421"
    assert found["request"]["signature_base"].startswith('"@method"')
    assert json.loads(found["body"])["summary"] == "again"


async def test_a_bad_signature_leaves_no_row_but_its_base_in_the_log(scene: Scene) -> None:
    """LOG_LEVEL=debug: what the signature should have been of, to be compared with what the peer signed."""
    with capture_logs() as logs:
        answer = await scene.peer.post(
            scene.node, scene.alice.follow(scene.member.uri), changed={"Date": "Tue, 24 Nov 2026 07:59:00 GMT"}
        )

    (line,) = [line for line in logs if line["event"] == "signature_invalid"]
    assert answer.status == 401
    assert await scene.rows() == 0
    assert (line["log_level"], line["key"], line["scheme"]) == ("debug", scene.alice.key_id, "cavage")
    assert "date: Tue, 24 Nov 2026 07:59:00 GMT" in line["base"]


def test_values_with_colons_stay_whole() -> None:
    """Signature bases of both schemes, read back into components."""
    base = '(request-target): post /inbox?a=b: c\nhost: x:8080\n"@authority": y'

    assert signed_parts(base) == {"(request-target)": "post /inbox?a=b: c", "host": "x:8080", "@authority": "y"}
