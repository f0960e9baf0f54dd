"""The page on which anybody verifies an agreement: shut doors first, then by code, by document, on paper."""

import copy
import io
from datetime import UTC, datetime
from typing import Any

import orjson
import pytest
from playwright.async_api import Browser
from pypdf import PdfReader

from actors.local import public_keys, retire_old_keys
from actors.lookup import by_uri
from actors.remote import actor_key
from coopfed import limits
from coopfed.db.tx import Tx
from coopfed.features.profiles.actions import rotate_keys
from coopfed.features.requests import agreements
from coopfed.features.requests.rules import Agreement
from coopfed.net.windows import Allowance
from coopfed.signing import proofs
from coopfed.signing.keys import generate_ed25519
from tests.coopfed.api.test_agreements import agreed
from tests.coopfed.api.test_api import a_client
from tests.coopfed.api.test_requests import say
from tests.coopfed.web.test_requests import read, text
from tests.support.chromium import WIDTHS, Watched
from tests.support.nodes import an_actor
from tests.support.peers import Answer, Document
from tests.support.scene import Scene

CONTEXT = ["https://www.w3.org/ns/activitystreams", "https://w3id.org/security/data-integrity/v2"]


async def an_agreement(scene: Scene, **request: Any) -> dict[str, Any]:
    """What two cooperatives of this node agreed on."""
    client = await a_client(scene)
    them = await a_client(scene, await an_actor(scene.node, "other", name="Köprü – Ponte"))
    return await agreed(client, them, **request)


async def verified(scene: Scene, path: str) -> Answer:
    """A verification as a machine asks for it."""
    return await scene.peer.send("GET", f"{scene.node.urls.base}{path}", {"Accept": "*/*"})


async def hand_over(scene: Scene, document: Any) -> Document:
    """What becomes of a document that is handed over, as JSON."""
    headers = {"Accept": "application/json", "Content-Type": "application/json"}
    body = document if isinstance(document, bytes) else orjson.dumps(document)
    answer = await scene.peer.send("POST", f"{scene.node.urls.base}/verify", headers, body)
    assert answer.status == 200, answer.body
    return dict(answer.json)


def code_of(one: dict[str, Any]) -> str:
    """The code as it stands in addresses."""
    return str(one["verification_code"]).replace("-", "")


# --- shut -------------------------------------------------------------------------------------------------------


async def test_codes_are_not_guessed(scene: Scene) -> None:
    """api.md 6: 404 for what opens nothing, in any form; and whoever tries many waits, whatever they try then."""
    one = await an_agreement(scene)
    code = code_of(one)
    for path in ("/verify/AAAAAAAAAAAAAAAA", "/verify/short", f"/verify/{code}.exe", "/verify/AAAAAAAAAAAAAAAA.json"):
        assert (await verified(scene, path)).status == 404, path
    assert (await verified(scene, f"/verify/{code}.json")).status == 200
    for _ in range(limits.CODES_GUESSED[0]):
        await verified(scene, "/verify/AAAAAAAAAAAAAAAA.pdf")
    answer = await verified(scene, f"/verify/{code}.json")
    assert (answer.status, "Retry-After" in answer.headers) == (429, True)


async def test_altered_document_is_refused_with_what_was_altered(scene: Scene) -> None:
    """Hostile first: quantity, sides, text, date, signature, another agreement's half, one side alone, and what is none at all."""
    one = await an_agreement(scene)
    other = await agreed(await a_client(scene), await a_client(scene, await an_actor(scene.node, "third")))
    good = (await verified(scene, f"/verify/{code_of(one)}.json")).json
    assert (await hand_over(scene, good))["valid"] is True

    def changed(change: Any) -> Document:
        documents = copy.deepcopy([good["documents"][0]["document"], good["documents"][1]["document"]])
        change(*documents)
        return {"documents": documents}

    def amount(document: Document, value: str) -> None:
        document["stipulates"]["resourceQuantity"]["hasNumericalValue"] = value

    def both(offer: Document, accept: Document) -> None:
        amount(offer["object"], "2")
        amount(accept["result"], "2")

    def swapped(offer: Document, accept: Document) -> None:
        offer["actor"], accept["actor"] = accept["actor"], offer["actor"]

    def unsigned(_offer: Document, accept: Document) -> None:
        del accept["proof"]

    cases = {
        "quantity": (lambda _offer, accept: amount(accept["result"], "2"), {"quantity_mismatch", "altered"}),
        "quantity of both": (both, {"altered", "digest_mismatch"}),
        "owner": (swapped, {"parties_mismatch", "altered"}),
        "terms": (lambda offer, _accept: offer["object"].update(content="<p>No.</p>"), {"digest_mismatch", "altered"}),
        "title": (lambda _offer, accept: accept["result"].update(name="Gold"), {"altered"}),
        "date": (lambda _offer, accept: accept.update(published="2020-01-01T00:00:00Z"), {"altered"}),
        "signature": (unsigned, {"altered"}),
    }
    for what, (change, problems) in cases.items():
        found = await hand_over(scene, changed(change))
        assert found["valid"] is False, what
        assert problems <= set(found["problems"]), (what, found["problems"])
        assert what.split()[0] in found["altered"], (what, found["altered"])
        assert found["status"] is None, "nothing is told of what does not hold"

    offer, accept = (one["document"] for one in good["documents"][:2])
    assert (await hand_over(scene, {"documents": [offer]}))["problems"] == ["one_side"]
    assert (await hand_over(scene, {"documents": [accept]}))["problems"] == ["one_side"]
    mixed = await hand_over(scene, {"offer": offer, "accept": other["accept"]})
    assert {"offer_mismatch", "digest_mismatch"} <= set(mixed["problems"])
    for nonsense in (b"", b"{}", b"[]", b"no json", b"[" * 5000, b'{"documents": [1, {"type": "Note"}]}', b"\xff\xfe"):
        assert (await hand_over(scene, nonsense))["problems"] == ["unreadable"], nonsense


async def test_document_signed_by_somebody_else_is_refused(scene: Scene) -> None:
    """FEP-8b32: by a key of another actor, or by one that its actor does not list; nothing is fetched for what does not fit."""
    one = await an_agreement(scene)
    third = scene.peer.actor("third")
    again = proofs.attach(one["accept"], third.ed25519, third.ed25519_id, scene.node.utc())
    assert (
        "wrong_key"
        in (await hand_over(scene, {"offer": one["offer"], "accept": _without_page(again, third)}))["problems"]
    )
    own_key = proofs.attach(
        _without_page(one["accept"], third),
        third.ed25519,
        one["accept"]["proof"]["verificationMethod"],
        scene.node.utc(),
    )
    assert (await hand_over(scene, {"offer": one["offer"], "accept": own_key}))["problems"] == ["proof_invalid"]

    before = len(scene.peer.gets)
    foreign = {**one["offer"], "actor": third.uri, "id": f"{third.uri}/offers/1"}
    assert "offer_mismatch" in (await hand_over(scene, {"offer": foreign, "accept": one["accept"]}))["problems"]
    assert len(scene.peer.gets) == before


def _without_page(accept: Document, signer: Any) -> Document:
    """As if it had been made up: without the page on which this node would find that it is none of its own."""
    result = {name: one for name, one in accept["result"].items() if name != "url"}
    plain = {**{name: one for name, one in accept.items() if name != "proof"}, "result": result}
    key = accept["proof"]["verificationMethod"]
    return proofs.attach(plain, signer.ed25519, key, datetime(2026, 11, 24, 8, tzinfo=UTC))


def _of_others(scene: Scene) -> tuple[Document, Any, Any]:
    """What two cooperatives of another server agreed on, and they."""
    alice, bob = scene.peer.actor("alice"), scene.peer.actor("bob")
    moment = datetime(2026, 11, 24, 7, tzinfo=UTC)
    proposal, much = f"{alice.uri}/proposals/1#primary", {"hasUnit": "tonne", "hasNumericalValue": "2"}
    stipulates = {"type": "Commitment", "satisfies": proposal, "resourceQuantity": much}
    agreement = {"type": "Agreement", "content": "<p>We can.</p>", "stipulates": stipulates}
    offer = bob.says("Offer", agreement, to=[alice.uri], inReplyTo=f"{alice.uri}/proposals/1")
    result = {**agreement, "id": f"{alice.uri}/agreements/1", "attributedTo": alice.uri, "name": "Storage"}
    accept = alice.says("Accept", offer["id"], to=[bob.uri], result=result)
    signed = [
        proofs.attach({**document, "@context": CONTEXT}, actor.ed25519, actor.ed25519_id, moment)
        for document, actor in ((offer, bob), (accept, alice))
    ]
    return {"documents": signed}, alice, bob


async def test_agreement_of_others_is_verified_with_few_questions(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Issue 6 (6): a node that has nothing to do with it fetches both actors, once an hour at most and within a budget."""
    given, _alice, bob = _of_others(scene)
    with monkeypatch.context() as patch:
        patch.setattr(limits, "CERTIFICATE_FETCHES", 1)
        poor = await hand_over(scene, given)
    assert (poor["valid"], poor["problems"]) == (False, ["fetch_failed"])
    asked = len(scene.peer.gets)
    scene.node.memory.verdicts.clear()
    assert (await hand_over(scene, given))["problems"] == ["fetch_failed"]
    assert len(scene.peer.gets) == asked, "who did not answer is not asked again at once"

    scene.clock.pass_(limits.CERTIFICATE_FRESH_SECONDS)
    found = await hand_over(scene, given)
    assert (found["valid"], found["status"], found["title"]) == (True, None, "Storage")
    assert found["quantity"] == {"unit": "tonne", "value": "2"}
    asked = len(scene.peer.gets)
    scene.clock.pass_(limits.CERTIFICATE_KEYS_SECONDS - limits.CERTIFICATE_FRESH_SECONDS - 1)
    assert (await hand_over(scene, given))["valid"]
    assert len(scene.peer.gets) == asked, "keys are believed for an hour"

    bob.ed25519 = generate_ed25519()
    scene.clock.pass_(limits.CERTIFICATE_KEYS_SECONDS)
    found = await hand_over(scene, given)
    assert (found["valid"], found["problems"]) == (False, ["proof_invalid"])


async def test_what_is_too_large_or_too_often_is_refused(scene: Scene) -> None:
    """security 0, rule 6: 413 before anything is read; 429 for who hands over too much."""
    address, headers = f"{scene.node.urls.base}/verify", {"Content-Type": "application/json"}
    at_most = b"[" + b" " * (limits.CERTIFICATE_BYTES - 2) + b"]"
    assert (await scene.peer.send("POST", address, headers, at_most)).status == 200
    assert (await scene.peer.send("POST", address, headers, at_most + b" ")).status == 413
    assert (await scene.peer.send("POST", address, headers, b"x" * (limits.API_BODY_BYTES + 1))).status == 413
    one = await an_agreement(scene)
    offers = [one["offer"]] * (limits.CERTIFICATE_DOCUMENTS - 1)
    assert (await hand_over(scene, {"documents": [*offers, one["accept"]]}))["valid"]
    assert (await hand_over(scene, {"documents": [*offers, one["offer"], one["accept"]]}))["problems"] == ["one_side"]
    for _ in range(limits.CERTIFICATE_CHECKS[0]):
        answer = await scene.peer.send("POST", address, headers, b"{}")
    assert answer.status == 429


# --- open -------------------------------------------------------------------------------------------------------


async def test_agreement_is_verified_by_its_code(scene: Scene) -> None:
    """api.md 6, *Guest paths*: page, JSON; hyphens and case ignored; where it stands now; no talk, no person; kept by nobody."""
    one = await an_agreement(scene)
    code = code_of(one)
    found = await verified(scene, f"/verify/{code}.json")
    assert found.headers["Cache-Control"] == "no-store"
    assert found.headers["X-Robots-Tag"] == "noindex"
    assert "Set-Cookie" not in found.headers
    shape = found.json
    assert (shape["valid"], shape["status"], shape["confirmation"]) == (True, "active", "signature")
    assert (shape["owner"]["uri"], shape["responder"]["name"]) == (scene.member.uri, "Köprü – Ponte")
    assert [(doc["type"], doc["proof"]) for doc in shape["documents"]] == [("Offer", "valid"), ("Accept", "valid")]
    assert shape["documents"][1]["document"] == one["accept"]
    assert (shape["problems"], shape["altered"], shape["completed_at"]) == ([], [], None)

    page = await read(scene, f"/verify/{one['verification_code'].lower()}", "tr")
    assert page.headers["Cache-Control"] == "no-store"
    assert "Genç kooperatifçiler için iki ortak" in text(page)
    assert "Yürürlükte" in text(page)
    assert "Possiamo" not in text(page), "what they said to each other is theirs"
    assert '<meta name="robots" content="noindex">' in text(page)
    assert "<svg" in text(page)
    client = await a_client(scene)
    await say(client, f"/agreements/{one['id']}/complete", outcome="unfulfilled")
    shape = (await verified(scene, f"/verify/{code}.json")).json
    assert (shape["status"], [doc["type"] for doc in shape["documents"]][2:]) == ("closed_unfulfilled", ["Document"])
    assert shape["documents"][2]["proof"] == "valid"
    assert "Said not to have been done" in text(await read(scene, f"/verify/{code}"))


async def test_form_takes_code_address_or_document(scene: Scene) -> None:
    """No script, no account: typed, pasted or uploaded; what was replayed from before is told as it stands now."""
    one = await an_agreement(scene)
    before = (await verified(scene, f"/verify/{code_of(one)}.json")).body
    assert "<form" in text(await read(scene, "/verify"))

    async def send(**fields: str) -> Answer:
        headers = {"Content-Type": "multipart/form-data; boundary=x", "Accept": "text/html", "Accept-Language": "en"}
        parts = [
            f'--x\r\nContent-Disposition: form-data; name="{name}"'
            + ('; filename="a.json"\r\nContent-Type: application/json' if name == "file" else "")
            + f"\r\n\r\n{value}\r\n"
            for name, value in fields.items()
        ]
        return await scene.peer.send(
            "POST", f"{scene.node.urls.base}/verify", headers, "".join([*parts, "--x--\r\n"]).encode()
        )

    led = await send(code=f" {one['verification_code'].lower()} ")
    assert (led.status, led.headers["Location"]) == (303, f"/verify/{code_of(one)}")
    assert "This agreement holds." in text(await send(code=one["verification_url"]))
    assert "This agreement holds." in text(await send(document=before.decode()))
    assert "This agreement holds." in text(await send(document="", file=before.decode()))
    assert (await send(code="https://elsewhere.example/")).status == 404
    assert (await send(code=f"{scene.peer.base}/verify/AAAAAAAAAAAAAAAA")).status in (404, 502)

    client = await a_client(scene)
    await say(client, f"/agreements/{one['id']}/complete", outcome="unfulfilled")
    scene.clock.pass_(limits.CERTIFICATE_FRESH_SECONDS)
    now = text(await send(document=before.decode()))
    assert "Closed" in now
    assert "Active" not in now


async def test_old_agreement_outlives_keys_and_names_of_its_sides(scene: Scene) -> None:
    """security 1.1: after both sides changed their keys it verifies as before; of a key that nobody lists any more nothing holds."""
    one = await an_agreement(scene)
    them = await scene.node.db.read(by_uri, one["responder"]["uri"])
    assert them is not None
    scene.clock.pass_(3600)
    for actor in (scene.member, them):
        await rotate_keys(scene.node, actor)
        scene.clock.pass_(3600)
        await scene.node.db.write(retire_old_keys, actor.id, scene.clock.now())
    fresh = [key.uri for key in await scene.node.db.read(public_keys, scene.member.id) if key.retired_at is None]
    assert one["accept"]["proof"]["verificationMethod"] not in fresh

    found = (await verified(scene, f"/verify/{code_of(one)}.json")).json
    assert (found["valid"], [doc["proof"] for doc in found["documents"]]) == (True, ["valid", "valid"])
    assert (await hand_over(scene, found))["valid"] is True
    await scene.node.db.write(_unlist, one["accept"]["proof"]["verificationMethod"])
    found = (await verified(scene, f"/verify/{code_of(one)}.json")).json
    assert (found["valid"], found["problems"]) == (False, ["wrong_key"])
    assert "not shown to hold" in text(await read(scene, f"/verify/{code_of(one)}"))


def _unlist(tx: Tx, key: str) -> None:
    tx.execute(actor_key.delete().where(actor_key.c.uri == key))


async def test_weaker_agreement_is_shown_as_such(scene: Scene) -> None:
    """domain.md 8.4: what one side agreed to by a link has one signature; before that it is only proposed."""
    one = await an_agreement(scene)
    row = await scene.node.db.read(agreements.by_code, code_of(one))
    assert row is not None
    for status, how, words in (
        (Agreement.PROPOSED, None, "has not agreed yet"),
        (Agreement.ACTIVE, "link", "one-time link"),
    ):
        row = await scene.node.db.write(agreements.move, row, status, how, scene.clock.now())
        assert words in text(await read(scene, f"/verify/{code_of(one)}"))


async def test_paper_holds_the_letters_of_our_languages(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """Issue 6 (6): the text of the PDF can be read out, ş ğ ı à too; code and address on it; the documents attached verify."""
    one = await an_agreement(scene, title="Şu ığdır çağrısı: perché è più giù, là")
    answer = await scene.peer.send(
        "GET", f"{scene.node.urls.base}/verify/{code_of(one)}.pdf", {"Accept-Language": "tr"}
    )
    assert (answer.status, answer.headers["Content-Type"]) == (200, "application/pdf")
    assert answer.headers["Cache-Control"] == "no-store"
    paper = PdfReader(io.BytesIO(answer.body))
    words = " ".join(" ".join(page.extract_text() for page in paper.pages).split())

    assert "Şu ığdır çağrısı: perché è più giù, là" in words
    assert one["verification_code"] in words
    assert one["verification_url"] in words
    assert "Köprü – Ponte" in words
    assert "Yürürlükte" in words
    assert len(answer.body) < 200_000
    attached = paper.attachments["agreement.json"][0]
    assert (await hand_over(scene, attached))["valid"] is True
    monkeypatch.setattr(limits, "PRINTING_SECONDS", 0.001)
    slow = await scene.peer.send("GET", f"{scene.node.urls.base}/verify/{code_of(one)}.pdf", {})
    assert slow.status == 503
    for _ in range(limits.PRINTED[0]):
        scene.node.take("agreements printed for", Allowance(*limits.PRINTED), "127.0.0.1")
    late = await scene.peer.send("GET", f"{scene.node.urls.base}/verify/{code_of(one)}.pdf", {})
    assert late.status == 429


@pytest.mark.slow
@pytest.mark.parametrize("device", WIDTHS)
async def test_pages_fit_are_quiet_and_clean(scene: Scene, chromium: Browser, device: str) -> None:
    """Issue 6 (8); WCAG 1.4.10: no sideways scrolling, nothing on the console; axe finds nothing; what is wrong is told too."""
    one = await an_agreement(scene, title=f"{'uzun' * 30} başlık")
    forged = {"offer": one["offer"], "accept": {**one["accept"], "published": "2020-01-01T00:00:00Z"}}
    for scheme in ("light", "dark"):
        size = {"width": WIDTHS[device], "height": 844}
        context = await chromium.new_context(viewport=size, color_scheme=scheme, locale="it")  # type: ignore[arg-type]
        watched = Watched(await context.new_page(), scene.node.urls.base)

        async def looked(name: str, watched: Watched = watched, scheme: str = scheme) -> None:
            assert await watched.page.evaluate("document.documentElement.scrollWidth") <= WIDTHS[device], name
            await watched.keep(f"verify-{name}-{device}-{scheme}")
            assert await watched.barriers() == [], name

        await watched.page.goto(f"{scene.node.urls.base}/verify")
        await looked("form")
        await watched.page.fill("#document", orjson.dumps(forged).decode())
        await watched.page.click("main button")
        await watched.page.wait_for_selector(".told")
        await looked("altered")
        await watched.page.goto(f"{scene.node.urls.base}/verify")
        await watched.page.fill("#code", one["verification_code"])
        await watched.page.click("main button")
        await watched.page.wait_for_selector(".qr")
        await looked("valid")
        assert watched.errors == []
        await context.close()
