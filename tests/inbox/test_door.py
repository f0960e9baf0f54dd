"""What the inbox refuses before anything is stored, and how: status, reason, one log line. Then what it takes."""

import asyncio
import itertools
from typing import Any

import orjson
import pytest
from structlog.testing import capture_logs

from actors.lookup import actor
from coopfed import limits
from coopfed.db.tx import Tx
from coopfed.net import peers
from coopfed.signing.request import Request
from coopfed.signing.verify import Scheme
from coopfed.vocab.terms import ACTIVITY_JSON
from tests.support.nodes import an_actor
from tests.support.peers import Answer, Document, signed
from tests.support.scene import Scene


def reasons(logs: list[Any]) -> list[str]:
    """The reasons of the refusals in a captured log."""
    return [line["reason"] for line in logs if line["event"].endswith("_refused")]


async def refused(scene: Scene, sent: Any) -> tuple[Answer, str]:
    """The answer, and the reason on the one line of the log, after checking that nothing was stored."""
    with capture_logs() as logs:
        answer: Answer = await sent
    assert await scene.rows() == 0
    assert len(reasons(logs)) == 1, logs
    assert not [line for line in logs if line["log_level"] in ("error", "critical")]
    return answer, reasons(logs)[0]


async def raw(scene: Scene, body: bytes, **headers: str) -> Answer:
    """A POST to the shared inbox with a body that alice signed, and these headers set afterwards."""
    request = Request.to("POST", scene.node.urls.shared_inbox, (("content-type", ACTIVITY_JSON),), body)
    proved = signed(request, scene.alice.rsa, scene.alice.key_id, scene.node)
    changed = {name.replace("_", "-").title(): value for name, value in headers.items()}
    return await scene.peer.send("POST", request.url, proved | changed, body)


def padded(activity: Document, size: int) -> bytes:
    """The activity as JSON of exactly so many bytes."""
    empty = orjson.dumps(activity | {"summary": ""})
    return orjson.dumps(activity | {"summary": "x" * (size - len(empty))})


async def test_only_post_opens_an_inbox(scene: Scene) -> None:
    """RFC 9110 15.5.6: 405 with what is allowed. There is no owner's GET of the inbox (design 2)."""
    inboxes = (scene.node.urls.shared_inbox, scene.member.inbox)
    for method, url in itertools.product(("GET", "PUT", "DELETE"), inboxes):
        answer = await scene.peer.send(method, url, {})

        assert answer.status == 405
        assert answer.headers["Allow"] == "POST"


async def test_body_at_the_bound_is_read_and_one_byte_more_is_413(scene: Scene) -> None:
    """security 1.4: 1 MiB, by Content-Length."""
    activity = scene.alice.follow(scene.member.uri)

    answer, reason = await refused(scene, scene.peer.post(scene.node, padded(activity, limits.INBOX_BODY_BYTES + 1)))
    taken = await scene.peer.post(scene.node, padded(activity, limits.INBOX_BODY_BYTES))

    assert (answer.status, reason) == (413, "too_large")
    assert taken.status == 202


async def test_body_without_length_is_413_while_it_streams(scene: Scene) -> None:
    """security 1.4: the bound holds also where no Content-Length announces the size."""

    async def endless() -> Any:
        for _ in range(20):
            yield b"x" * (limits.INBOX_BODY_BYTES // 10)

    async def send() -> Answer:
        async with scene.peer.session.post(
            scene.node.urls.shared_inbox, data=endless(), headers={"Content-Type": ACTIVITY_JSON}
        ) as response:
            return await Answer.of(response)

    answer, reason = await refused(scene, send())

    assert (answer.status, reason) == (413, "too_large")


async def test_body_that_drips_is_408(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """security 1.4, *Slow peers*: a body has 30 seconds, here less, or sockets are held for nothing."""
    monkeypatch.setattr(limits, "BODY_SECONDS", 0.1)
    host, _, port = scene.node.config.authority.partition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    try:
        head = f"POST /inbox HTTP/1.1\r\nHost: {host}:{port}\r\nContent-Length: 9\r\n\r\n"
        with capture_logs() as logs:
            writer.write(head.encode() + b"{")
            status = await reader.readline()
    finally:
        writer.close()

    assert b" 408 " in status
    assert reasons(logs) == ["body_timeout"]


async def test_other_content_types_are_415(scene: Scene) -> None:
    """s2s 2.1: activity+json, ld+json with the profile, and application/json; nothing else."""
    for content_type in ["text/html", "application/ld+json", "image/png", "application/x-www-form-urlencoded"]:
        body = orjson.dumps(scene.alice.follow(scene.member.uri))

        answer, reason = await refused(scene, raw(scene, body, content_type=content_type))

        assert (answer.status, reason) == (415, "unsupported_type")


async def test_content_types_that_peers_send_are_read(scene: Scene) -> None:
    """s2s 2.1. The content type is not signed here, as by most peers."""
    for content_type in [
        "application/activity+json; charset=utf-8",
        'application/ld+json; profile="https://www.w3.org/ns/activitystreams"',
        "application/json",
    ]:
        body = orjson.dumps(scene.alice.follow(scene.member.uri))
        request = Request.to("POST", scene.node.urls.shared_inbox, (("content-type", content_type),), body)

        answer = await scene.peer.send(
            "POST", request.url, signed(request, scene.alice.rsa, scene.alice.key_id, scene.node), body
        )

        assert answer.status == 202


async def test_compressed_body_is_415(scene: Scene) -> None:
    """security 1.4: no Content-Encoding on requests: a bomb costs its sender nothing."""
    body = orjson.dumps(scene.alice.follow(scene.member.uri))

    answer, reason = await refused(scene, raw(scene, body, content_encoding="gzip"))

    assert (answer.status, reason) == (415, "content_encoding")


async def test_malformed_messages_are_400(scene: Scene) -> None:
    """s2s 2.1, security 1.2: no JSON, no object, no activity, a key twice, too deep: 400 and never 500."""
    for body in [
        b"",
        b"no json",
        b"[]",
        b'"Follow"',
        b"null",
        b'{"type": "Follow"}',
        b'{"type": "Note", "id": "https://a.example/1", "actor": "https://a.example/2"}',
        b'{"type": "Follow", "actor": "https://a.example/1", "actor": "https://a.example/2"}',
        b'{"type": "Follow", "actor": "https://a.example/\xff"}',
        b'{"type": "Follow", "actor": "https://a.example/1", "x": NaN}',
        b'{"type": "Follow", "actor": "javascript:alert(1)"}',
        b'{"@graph": [], "type": "Follow", "actor": "https://a.example/1"}',
        b'{"type": "Follow", "actor": "https://a.example/1", "x": ' + b"[" * 40 + b"]" * 40 + b"}",
        b"[" * 100_000,
    ]:
        answer, _reason = await refused(scene, raw(scene, body))

        assert answer.status == 400


async def test_ambiguous_length_is_refused(scene: Scene) -> None:
    """RFC 9112 6.1: Content-Length beside Transfer-Encoding is request smuggling."""
    host, _, port = scene.node.config.authority.partition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    try:
        writer.write(
            b"POST /inbox HTTP/1.1\r\nHost: " + scene.node.config.authority.encode() + b"\r\n"
            b"Content-Length: 4\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n0\r\n\r\n"
        )
        status = await reader.readline()
    finally:
        writer.close()

    assert b" 400 " in status
    assert await scene.rows() == 0


async def test_another_host_is_421(scene: Scene) -> None:
    """RFC 9110 15.5.20; security 1.2: the Host must be ours, or a signature for another host would be replayed here."""
    body = orjson.dumps(scene.alice.follow(scene.member.uri))

    answer, reason = await refused(scene, raw(scene, body, host="other.example"))

    assert (answer.status, reason) == (421, "wrong_host")


async def test_forwarded_host_changes_nothing(scene: Scene) -> None:
    """security 1.2: the host of a signature is never taken from X-Forwarded-Host."""
    body = orjson.dumps(scene.alice.follow(scene.member.uri))

    answer = await raw(scene, body, x_forwarded_host="other.example")

    assert answer.status == 202


async def test_unsigned_is_401_and_says_what_is_wanted(scene: Scene) -> None:
    """style, *Refuse by default*; s2s 2.3: the reason and Accept-Signature."""
    body = orjson.dumps(scene.alice.follow(scene.member.uri))

    answer, reason = await refused(
        scene, scene.peer.send("POST", scene.node.urls.shared_inbox, {"Content-Type": ACTIVITY_JSON}, body)
    )

    assert (answer.status, reason) == (401, "signature_missing")
    assert answer.json["error"] == "signature_missing"
    assert '"@method" "@target-uri" "content-digest"' in answer.headers["Accept-Signature"]


HOUR = 3600.0


WINDOW = ((-12 * HOUR - 2, 401, ["stale"]), (-12 * HOUR + 2, 202, []), (HOUR + 2, 401, ["future"]), (HOUR - 2, 202, []))


@pytest.mark.parametrize("scheme", list(Scheme))
async def test_signatures_live_twelve_hours_back_and_one_ahead(scene: Scene, scheme: Scheme) -> None:
    """design 9, *Dates*: 12 h past, 1 h future, for both kinds of signatures."""
    for seconds, status, expected in WINDOW:
        with capture_logs() as logs:
            answer = await scene.peer.post(
                scene.node, scene.alice.follow(scene.member.uri), scheme=scheme, seconds=seconds
            )

        assert (answer.status, reasons(logs)) == (status, expected)


async def test_expired_signature_is_401(scene: Scene) -> None:
    """draft-cavage-12 2.1.5; RFC 9421 2.3: `expires` is honoured."""
    body = orjson.dumps(scene.alice.follow(scene.member.uri))
    past = scene.clock.now() // 1000 - 1
    signature = f'keyId="{scene.alice.key_id}",algorithm="hs2019",created={past - 9},expires={past},'
    signature += 'headers="(request-target) host (created) (expires) digest",signature="AAAA"'

    answer, reason = await refused(scene, raw(scene, body, signature=signature))

    assert (answer.status, reason) == (401, "expired")


async def test_what_must_be_signed_must_be_signed(scene: Scene) -> None:
    """security 1.2: POST covers target, host, time and digest; without one of them the request can be replayed elsewhere."""
    for left_out in ["(request-target)", "host", "date", "digest"]:
        body = orjson.dumps(scene.alice.follow(scene.member.uri))
        names = [name for name in ("(request-target)", "host", "date", "digest") if name != left_out]
        signature = f'keyId="{scene.alice.key_id}",algorithm="rsa-sha256",headers="{" ".join(names)}",signature="AAAA"'

        answer, reason = await refused(scene, raw(scene, body, signature=signature))

        assert (answer.status, reason) == (401, "coverage")
        assert scene.peer.gets == []


async def test_digest_of_another_body_is_401(scene: Scene) -> None:
    """security 1.2 (Misskey CVE-2026-28432): the digest is compared with the bytes that came."""
    body = orjson.dumps(scene.alice.follow(scene.member.uri))
    request = Request.to("POST", scene.node.urls.shared_inbox, (("content-type", ACTIVITY_JSON),), body)
    proved = signed(request, scene.alice.rsa, scene.alice.key_id, scene.node)

    answer, reason = await refused(scene, scene.peer.send("POST", request.url, proved, body + b" "))

    assert (answer.status, reason) == (401, "digest_mismatch")


@pytest.mark.parametrize("scheme", list(Scheme))
async def test_signature_by_another_key_is_401(scene: Scene, scheme: Scheme) -> None:
    """draft-cavage-12 2.5; RFC 9421 3.2: the mathematics decide."""
    mallory = scene.peer.actor("mallory")

    answer, reason = await refused(
        scene,
        scene.peer.post(scene.node, scene.alice.follow(scene.member.uri), key=mallory.rsa, scheme=scheme),
    )

    assert (answer.status, reason) == (401, "signature_invalid")


async def test_signature_for_another_inbox_is_401(scene: Scene) -> None:
    """security 1.2: what was sent to one path cannot be replayed at another."""
    body = orjson.dumps(scene.alice.follow(scene.member.uri))
    request = Request.to("POST", scene.node.urls.shared_inbox, (("content-type", ACTIVITY_JSON),), body)
    proved = signed(request, scene.alice.rsa, scene.alice.key_id, scene.node)

    answer, reason = await refused(scene, scene.peer.send("POST", scene.member.inbox, proved, body))

    assert (answer.status, reason) == (401, "signature_invalid")


async def test_signature_headers_that_are_none_are_400(scene: Scene) -> None:
    """s2s 2.1: malformed structured headers; security 1.2: a parameter twice."""
    for signature in [
        'keyId="http://a.example/#k",keyId="http://b.example/#k",headers="host",signature="AAAA"',
        'keyId="unclosed',
    ]:
        body = orjson.dumps(scene.alice.follow(scene.member.uri))

        answer, _reason = await refused(scene, raw(scene, body, signature=signature))

        assert answer.status == 400


async def test_key_ids_that_are_no_addresses_never_break_the_door(scene: Scene) -> None:
    """s2s 2.2: 401 or 400, no fetch, and no 500."""
    for key_id in ["acct:alice@peer.example", "not a url", "https://[::1", "file:///etc/passwd", "-"]:
        answer, _reason = await refused(
            scene, scene.peer.post(scene.node, scene.alice.follow(scene.member.uri), key_id=key_id)
        )

        assert answer.status in (400, 401)
        assert scene.peer.gets == []


async def test_nobody_speaks_as_one_of_us(scene: Scene) -> None:
    """security 1.1, *Local impersonation from outside*: 403 before any signature is looked at."""
    forged = scene.alice.says(
        "Create", scene.alice.note(), actor=scene.member.uri, id=f"{scene.node.urls.base}/ap/activities/1"
    )

    answer, reason = await refused(scene, scene.peer.post(scene.node, forged, scene.alice))

    assert (answer.status, reason) == (403, "local_impersonation")


async def test_id_on_another_host_than_its_actor_is_403(scene: Scene) -> None:
    """security 1.1, *Id poisoning*: who names foreign ids uses up the ids of a victim."""
    poisoned = scene.alice.follow(scene.member.uri, id="https://victim.example/activities/1")

    answer, reason = await refused(scene, scene.peer.post(scene.node, poisoned))

    assert (answer.status, reason) == (403, "id_origin")


async def test_blocked_host_is_403_and_its_key_is_not_fetched(scene: Scene) -> None:
    """s2s 2.22, step 2."""
    await scene.node.db.write(peers.set_blocked, scene.peer.host, True)

    answer, reason = await refused(scene, scene.peer.post(scene.node, scene.alice.follow(scene.member.uri)))

    assert (answer.status, reason) == (403, "peer_blocked")
    assert scene.peer.gets == []


async def test_unknown_local_actor_is_404_and_a_deleted_one_410(scene: Scene) -> None:
    """s2s 2.1: the inbox of an actor that is not here, or not any more."""
    await scene.node.db.write(_let_go, scene.member.id)
    nobody = f"{scene.node.urls.actor(12345)}/inbox"

    unknown, first = await refused(scene, scene.peer.post(scene.node, scene.alice.follow("x:y"), inbox=nobody))
    deleted, second = await refused(
        scene, scene.peer.post(scene.node, scene.alice.follow(scene.member.uri), inbox=scene.member.inbox)
    )

    assert (unknown.status, first) == (404, "not_found")
    assert (deleted.status, second) == (410, "gone")


def _let_go(tx: Tx, number: int) -> None:
    tx.execute(actor.update().where(actor.c.id == number).values(gone_at=1))


async def test_numbers_that_are_none_of_ours_are_404(scene: Scene) -> None:
    """security, head: never 5xx for hostile input; numbers over 64 bits are no numbers of ours."""
    for number in ["0", "007", "9" * 19, "9" * 25, "abc", "-1", "%31"]:
        url = f"{scene.node.urls.base}/ap/actors/{number}/inbox"

        answer = await scene.peer.post(scene.node, scene.alice.follow(scene.member.uri), inbox=url)

        assert answer.status == 404


async def test_end_of_a_stranger_is_202_without_row_and_fetch(scene: Scene) -> None:
    """s2s 2.1; design 9: deletes of actors never seen here are the bulk of what a small node receives."""
    for gone in (scene.alice.uri, {"type": "Tombstone", "id": scene.alice.uri}):
        answer = await scene.peer.post(scene.node, scene.alice.says("Delete", gone))

        assert answer.status == 202
    assert await scene.rows() == 0
    assert scene.peer.gets == []


async def test_overload_is_503_with_retry_after(scene: Scene) -> None:
    """s2s 2.1, *overload*; design 7: never accept what cannot be stored."""
    for trouble, reason in (
        ({"disk_low": True}, "disk_full"),
        ({"waiting_arrivals": limits.INBOX_BACKLOG + 1}, "backlog"),
    ):
        for name, value in trouble.items():
            setattr(scene.node, name, value)

        answer, found = await refused(scene, scene.peer.post(scene.node, scene.alice.follow(scene.member.uri)))

        scene.node.disk_low, scene.node.waiting_arrivals = False, 0
        assert (answer.status, found) == (503, reason)
        assert int(answer.headers["Retry-After"]) > 0


@pytest.mark.parametrize("scheme", list(Scheme))
async def test_each_inbox_takes_a_good_message_with_202_and_no_body(scene: Scene, scheme: Scheme) -> None:
    """ActivityPub 7; s2s 2.1: 202, an empty body, one row, with either kind of signature."""
    inboxes = [scene.node.urls.shared_inbox, scene.member.inbox, f"{scene.node.urls.node_actor}/inbox"]
    for inbox in inboxes:
        with capture_logs() as logs:
            answer = await scene.peer.post(scene.node, scene.alice.follow(scene.member.uri), scheme=scheme, inbox=inbox)

        assert (answer.status, answer.body) == (202, b"")
        assert [line["event"] for line in logs if line["event"].startswith("inbox_")] == ["inbox_accepted"]
    assert await scene.rows() == len(inboxes)


async def test_ed25519_multikey_signs_requests(scene: Scene) -> None:
    """FEP-521a; RFC 9421 3.3.6: a key of `assertionMethod` authenticates too (Mastodon 4.7)."""
    answer = await scene.peer.post(
        scene.node,
        scene.alice.follow(scene.member.uri),
        scheme=Scheme.RFC9421,
        key=scene.alice.ed25519,
        key_id=scene.alice.ed25519_id,
    )

    assert answer.status == 202


async def test_message_without_an_id_is_taken_once(scene: Scene) -> None:
    """ActivityPub 3: transient activities have no id; the same bytes are the same message."""
    await an_actor(scene.node, "other_member")
    activity = scene.alice.follow(scene.member.uri)
    del activity["id"]

    for _ in range(2):
        assert (await scene.peer.post(scene.node, activity, scene.alice)).status == 202

    assert await scene.rows() == 1
