"""Answers from servers without our software: what a post does to a request, what people make of it, the link by which its author agrees.

Shut doors first: what nobody may do with a post or a link, and what does nothing by itself. Source: domain research 8.4.
"""

import re
from typing import Any

import pytest

from actors.lookup import by_uri
from coopfed import limits
from coopfed.db.tx import Tx
from coopfed.features.posts.store import by_id
from coopfed.features.posts.store import by_uri as post_by_uri
from coopfed.features.requests import acknowledging
from coopfed.features.requests.comments import addresses_in
from coopfed.features.requests.links import link
from coopfed.net.windows import Allowance
from tests.coopfed.api.test_api import Client, a_client
from tests.coopfed.api.test_requests import published
from tests.support.jobs import run_jobs
from tests.support.nodes import an_actor, process_arrivals
from tests.support.peers import Answer, Document, RemoteActor, send_due
from tests.support.scene import Scene

SECRET = re.compile(r"/confirm/([\w-]+)\?answer=agree")
BROWSER = {"Accept": "text/html", "Accept-Language": "en"}


def own(scene: Scene, path: str) -> str:
    """An address of our own API."""
    return f"{scene.node.urls.base}/api/coopfed/v1{path}"


async def ask(scene: Scene, path: str, client: Client | None = None) -> Answer:
    """A GET, of a stranger or of an app."""
    headers = {"Authorization": f"Bearer {client.token}"} if client else {}
    return await scene.peer.send("GET", own(scene, path), headers)


async def say(client: Client, path: str, **given: Any) -> Answer:
    """A POST to our own API."""
    return await client.post(own(client.scene, path), **given)


async def heard(scene: Scene, one: dict[str, Any], author: RemoteActor, text: str = "Possiamo.", **more: Any) -> str:
    """The number of a post that came: an answer to the request's post, when nothing else is said."""
    note = author.mentioning(
        scene.member.uri, **({"content": f"<p>{text}</p>", "inReplyTo": one["companion"]["uri"]} | more)
    )
    assert set(await scene.arrives(author.create(note))) == {"accepted"}
    return await number_of(scene, note["id"])


async def number_of(scene: Scene, uri: str) -> str:
    """The number of a post, by its id."""
    post = await scene.node.db.read(post_by_uri, uri)
    assert post is not None
    return str(post.id)


def to_us(scene: Scene) -> Document:
    """What makes a post a direct one."""
    return {"to": [scene.member.uri], "cc": []}


async def taken(client: Client, one: dict[str, Any], status: str, amount: str | None = "1") -> dict[str, Any]:
    """The answer that the owner's people made of a post."""
    given = {"quantity": {"value": amount}} if amount else {}
    answer = await say(client, f"/requests/{one['id']}/responses/from_status", status_id=status, **given)
    assert answer.status == 200, answer.json
    return dict(answer.json)


async def asked(scene: Scene, client: Client, response: dict[str, Any], **given: Any) -> str:
    """The secret of the links that went to whoever wrote the post."""
    answer = await say(client, f"/responses/{response['id']}/accept", **given)
    assert answer.status == 200, answer.json
    return await sent(scene)


async def sent(scene: Scene) -> str:
    """The secret in what was sent last."""
    await run_jobs(scene.node, "set_out")
    await send_due(scene.node)
    found = [match[1] for one in scene.peer.received if (match := SECRET.search(one.body.decode()))]
    return found[-1]


async def look(scene: Scene, secret: str, answer: str = "agree") -> Answer:
    """What a browser, or a server that makes a preview, gets."""
    return await scene.peer.send("GET", f"{scene.node.urls.base}/confirm/{secret}?answer={answer}", BROWSER)


async def press(scene: Scene, secret: str, answer: str = "agree", **headers: str) -> Answer:
    """The button on the page."""
    form = {"Content-Type": "application/x-www-form-urlencoded", **BROWSER}
    known = {"Origin": "null", "Sec-Fetch-Site": "same-origin"} | {
        name.replace("_", "-"): value for name, value in headers.items()
    }
    url = f"{scene.node.urls.base}/confirm/{secret}"
    return await scene.peer.send("POST", url, form | known, f"answer={answer}".encode())


async def stands(client: Client, response: dict[str, Any]) -> dict[str, Any]:
    """The answer as it is now."""
    return dict((await ask(client.scene, f"/responses/{response['id']}", client)).json)


# --- shut: posts ------------------------------------------------------------------------------------------------


async def test_what_nobody_makes_an_answer_of(scene: Scene) -> None:
    """api.md 5: another's request, a post that is not for the owner, that the owner may not see, of somebody whom it blocks, its own one,
    an Offer's own copy, of somebody who answered by an Offer; by a reader; and a post that is nothing."""
    client, reader = await a_client(scene), await a_client(scene, role="reader")
    other = await an_actor(scene.node, "other")
    them = await a_client(scene, other)
    one = await published(client)
    path = f"/requests/{one['id']}/responses/from_status"
    reply = await heard(scene, one, scene.alice)

    assert (await say(reader, path, status_id=reply)).json["error"] == "insufficient_role"
    assert (await say(them, path, status_id=reply)).json["error"] == "not_a_party"
    assert (await say(client, path)).json["details"]["status_id"][0]["error"] == "ERR_BLANK"
    assert (await say(client, path, status_id="12345")).status == 404
    wrong = await say(client, path, status_id=reply, quantity={"value": "-1"})
    assert wrong.json["details"]["quantity[value]"][0]["error"] == "ERR_INVALID"
    assert (await say(client, path, status_id=reply, quantity={"value": "3"})).json["error"] == "quantity_exhausted"
    mine = (await client.post("/statuses", status="Me", in_reply_to_id=one["companion"]["status_id"])).json["id"]
    assert (await say(client, path, status_id=mine)).json["details"]["status_id"][0]["error"] == "ERR_INVALID"
    elsewhere = (await them.post("/statuses", status="Something else")).json["id"]
    assert (await say(client, path, status_id=elsewhere)).json["details"]["status_id"][0]["error"] == "ERR_INVALID"
    between = (await them.post("/statuses", status="@alice for you", visibility="direct")).json["id"]
    assert (await say(client, path, status_id=between)).status == 404

    await say(them, f"/requests/{one['id']}/responses", content="Signed")
    await process_arrivals(scene.node)
    copy = (await client.get("/notifications")).json[0]["status"]["id"]
    assert (await say(client, path, status_id=copy)).json["details"]["status_id"][0]["error"] == "ERR_INVALID"
    aside = (await them.post("/statuses", status="Also", in_reply_to_id=one["companion"]["status_id"])).json["id"]
    assert (await say(client, path, status_id=aside)).json["error"] == "already_exists"
    assert (await ask(scene, f"/requests/{one['id']}/responses", client)).json[0]["via"] == "coopfed"

    alice = await scene.node.db.read(by_uri, scene.alice.uri)
    assert alice is not None
    assert (await client.post(f"/accounts/{alice.id}/block")).status == 200
    assert (await say(client, path, status_id=reply)).status == 404
    await say(client, f"/requests/{one['id']}/withdraw")
    bob = scene.peer.actor("bob")
    late = await heard(scene, one, bob)
    assert (await say(client, path, status_id=late)).json["error"] == "invalid_state"


async def test_what_a_post_does_by_itself(scene: Scene) -> None:
    """domain 8.4: replies, mentions with the link, quotes and direct messages are shown to the owner's people, the public ones to
    everybody; likes and boosts count; nothing becomes an answer, whatever it says."""
    client = await a_client(scene)
    one = await published(client)
    bob, carol = scene.peer.actor("bob"), scene.peer.actor("carol")
    reply = await heard(scene, one, scene.alice, "Evet")
    link_ = f'<a href="{one["url"]}?lang=it">here</a>'
    named = await heard(scene, one, bob, link_, inReplyTo=None)
    direct = await heard(scene, one, carol, f"Between us: {link_}", inReplyTo=None, **to_us(scene))
    beneath = await heard(scene, one, carol, "ok", **to_us(scene))
    stray = scene.peer.actor("stray")
    await heard(scene, one, stray, "Something else", inReplyTo=None)
    await scene.arrives(bob.says("Announce", one["companion"]["uri"]))
    await scene.arrives(bob.says("Like", one["companion"]["uri"], to=[scene.member.uri], cc=None))

    everybody = (await ask(scene, f"/requests/{one['id']}/comments")).json
    owner = (await ask(scene, f"/requests/{one['id']}/comments", client)).json
    assert {(c["kind"], c["status"]["id"]) for c in everybody} == {("reply", reply), ("mention", named)}
    assert {(c["kind"], c["status"]["id"]) for c in owner} == {
        ("reply", reply),
        ("mention", named),
        ("direct", direct),
        ("direct", beneath),
    }
    assert (await ask(scene, f"/requests/{one['id']}/responses", client)).json == []
    assert (await ask(scene, f"/requests/{one['id']}", client)).json["interest_count"] == 2

    edited = bob.mentioning(scene.member.uri, id=None, content="<p>Never mind</p>", updated="2026-11-24T08:30:00Z")
    edited["id"] = await scene.node.db.read(_uri_of, int(named))
    await scene.arrives(bob.says("Update", edited))
    assert [c["kind"] for c in (await ask(scene, f"/requests/{one['id']}/comments")).json] == ["reply"]


def _uri_of(tx: Tx, number: int) -> str:
    post = by_id(tx, number)
    assert post is not None
    return post.uri


async def test_a_post_that_changes_or_goes_is_not_accepted_as_it_was(scene: Scene) -> None:
    """domain 8.1 (d), 8.4: an edited post is read again first; a deleted one is taken back with its text; nothing is guessed about
    how much it is."""
    client = await a_client(scene)
    one = await published(client)
    note = scene.alice.mentioning(scene.member.uri, content="<p>Two</p>", inReplyTo=one["companion"]["uri"])
    await scene.arrives(scene.alice.create(note))
    status = await number_of(scene, note["id"])
    response = await taken(client, one, status, amount=None)
    assert (response["via"], response["status"], response["status_id"], response["signed"]) == (
        "mastodon-reply",
        "received",
        status,
        False,
    )
    again = await taken(client, one, status)
    assert again["id"] == response["id"]
    wanting = await say(client, f"/responses/{response['id']}/accept")
    assert wanting.json["details"]["quantity[value]"][0]["error"] == "ERR_BLANK"
    path = own(scene, f"/responses/{response['id']}")
    assert (await client.patch(own(scene, f"/responses/{response['id']}"))).json["details"]["quantity[value]"][0][
        "error"
    ] == "ERR_BLANK"
    assert (await client.patch(path, quantity={"value": "9"})).json["error"] == "quantity_exhausted"
    assert (await client.patch(path, quantity={"value": "2"})).json["quantity"]["value"] == "2"

    scene.clock.pass_(60)
    await scene.arrives(
        scene.alice.says("Update", note | {"content": "<p>Three</p>", "updated": "2026-11-24T08:30:00Z"})
    )
    assert (await stands(client, response))["terms_changed"] is True
    assert (await say(client, f"/responses/{response['id']}/accept")).json["error"] == "terms_changed"
    read = await taken(client, one, status)
    assert (read["content"], read["terms_changed"], read["quantity"]["value"]) == ("<p>Three</p>", False, "2")

    await scene.arrives(scene.alice.says("Delete", {"id": note["id"], "type": "Tombstone"}))
    gone = await stands(client, response)
    assert (gone["status"], gone["content"]) == ("withdrawn", "")
    assert (await say(client, f"/responses/{response['id']}/accept")).json["error"] == "invalid_state"


# --- shut: links ------------------------------------------------------------------------------------------------


async def test_a_look_changes_nothing_and_a_link_is_good_once(scene: Scene) -> None:
    """api.md 6, *Guest paths*: previews fetch it; guessed, foreign, used and old links are refused; nobody here can read the secret."""
    client = await a_client(scene)
    one = await published(client)
    response = await taken(client, one, await heard(scene, one, scene.alice))
    secret = await asked(scene, client, response, content="On **Monday**.")

    for answer in ("agree", "refuse", "agree"):
        page = await look(scene, secret, answer)
        assert page.status == 200
        assert "I agree" in page.body.decode()
        assert "On <strong>Monday</strong>." in page.body.decode()
    head = await scene.peer.send("HEAD", f"{scene.node.urls.base}/confirm/{secret}", BROWSER)
    assert head.status == 200
    assert {name: page.headers[name] for name in ("Cache-Control", "Referrer-Policy", "X-Robots-Tag")} == {
        "Cache-Control": "no-store",
        "Referrer-Policy": "no-referrer",
        "X-Robots-Tag": "noindex, nofollow",
    }
    assert "Set-Cookie" not in page.headers
    assert "form-action 'self'" in page.headers["Content-Security-Policy"]
    stored = await stands(client, response)
    assert (stored["status"], (await ask(scene, f"/requests/{one['id']}")).json["status"]) == ("accepted", "open")

    assert (await look(scene, "x" * 43)).status == 410
    assert (await press(scene, "x" * 43)).status == 410
    assert (await press(scene, secret, "perhaps")).status == 422
    assert (await press(scene, secret, Origin="https://elsewhere.example", Sec_Fetch_Site="cross-site")).status == 403
    assert (await press(scene, secret, Sec_Fetch_Site="cross-site")).status == 403
    mine = (await client.get("/accounts/verify_credentials")).json["id"]
    posts = (await client.get(f"/accounts/{mine}/statuses")).json
    talk = (await ask(scene, f"/responses/{response['id']}/messages", client)).json
    assert talk[-1]["visibility"] == "direct"
    assert secret not in str(posts) + str(talk)
    assert not [row for row in await scene.node.db.read(_hashes) if secret.encode() in (row or b"")]
    document = await scene.peer.get(scene.node, talk[-1]["uri"], scene.alice)
    assert secret.encode() not in document.body

    answer = await press(scene, secret)
    assert answer.status == 200
    assert (await look(scene, secret)).status == 410
    assert (await press(scene, secret, "refuse")).status == 410
    assert (await ask(scene, f"/requests/{one['id']}", client)).json["quantity"]["remaining"] == "1"


def _hashes(tx: Tx) -> list[bytes | None]:
    return list(tx.execute(link.select().with_only_columns(link.c.hash)).scalars())


async def test_a_link_is_void_when_what_it_is_about_is_not_so_any_more(scene: Scene) -> None:
    """Changed, of somebody whom the owner blocks, too old, over: nobody agrees to that; they can always say no."""
    client = await a_client(scene)
    one = await published(client, expires_at="2027-06-01T00:00:00Z", quantity={"unit": "one", "available": "9"})
    people = [scene.peer.actor(name) for name in ("changed", "blocked", "old", "over", "no")]
    links = {}
    for person in people:
        response = await taken(client, one, await heard(scene, one, person))
        links[person.name] = (response, await asked(scene, client, response))
    assert (await ask(scene, f"/requests/{one['id']}")).json["quantity"]["remaining"] == "4", (
        "what is proposed is not to be had"
    )
    assert (await press(scene, links["no"][1], "refuse")).status == 200
    assert (await stands(client, links["no"][0]))["status"] == "withdrawn"
    assert (await ask(scene, f"/requests/{one['id']}")).json["quantity"]["remaining"] == "5"

    blocked = await scene.node.db.read(by_uri, people[1].uri)
    assert blocked is not None
    await client.post(f"/accounts/{blocked.id}/block")
    page = await press(scene, links["blocked"][1])
    assert (page.status, "between the two of you" in page.body.decode()) == (409, True)
    scene.clock.pass_(5)
    await client.patch(own(scene, f"/requests/{one['id']}"), content="Other terms")
    page = await look(scene, links["changed"][1])
    assert "says something else" in page.body.decode()
    assert "I agree<" not in page.body.decode()
    assert (await press(scene, links["changed"][1])).status == 409
    now = await stands(client, links["changed"][0])
    assert (now["terms_changed"], now["allowed"]) == (True, ["accept"])
    fresh = await asked(scene, client, now, confirm_terms=True)
    assert (await press(scene, links["changed"][1])).status == 410, "the earlier one is void"
    assert (await press(scene, fresh)).status == 200

    scene.clock.pass_(limits.CONFIRMATION_DAYS * 86_400)
    assert (await look(scene, links["old"][1])).status == 410
    await run_jobs(scene.node, "lapse_link")
    assert (await stands(client, links["old"][0]))["status"] == "lapsed"
    assert (await ask(scene, f"/requests/{one['id']}")).json["quantity"]["remaining"] == "8"


async def test_nothing_is_agreed_on_after_the_end(scene: Scene) -> None:
    """A request that is withdrawn, or whose end has passed by this node's clock, ends what was proposed."""
    client = await a_client(scene)
    for number, end in enumerate(("withdraw", "clock")):
        one = await published(client, expires_at="2026-11-24T09:00:00Z")
        response = await taken(client, one, await heard(scene, one, scene.peer.actor(f"p{number}")))
        secret = await asked(scene, client, response)
        if end == "withdraw":
            await say(client, f"/requests/{one['id']}/withdraw", content="We found one.")
            assert (await stands(client, response))["status"] == "lapsed"
            assert (await press(scene, secret)).status == 410
        else:
            scene.clock.pass_(3_601)
            page = await press(scene, secret)
            assert (page.status, "has ended" in page.body.decode()) == (409, True)
            assert (await press(scene, secret, "refuse")).status == 200


async def test_link_goes_to_nobody_whom_its_post_names_later(scene: Scene) -> None:
    """The owner's people may edit what they sent, and name somebody of theirs: who then asks for the Create does not get the secret."""
    client = await a_client(scene)
    one, bob = await published(client), scene.peer.actor("bob")
    response = await taken(client, one, await heard(scene, one, scene.alice))
    secret = await asked(scene, client, response)
    create = next(got.document["id"] for got in scene.peer.received if secret in got.body.decode())
    post = (await ask(scene, f"/responses/{response['id']}/messages", client)).json[-1]
    edited = await client.put(
        f"/statuses/{post['id']}", status=f"@{scene.alice.name}@{scene.peer.host} @bob@{scene.peer.host} hello"
    )
    assert edited.status == 200, edited.json
    assert "bob" in [named["username"] for named in edited.json["mentions"]]

    assert (await scene.peer.get(scene.node, create, scene.alice)).status == 200
    assert (await scene.peer.get(scene.node, create, bob)).status == 404


async def test_links_are_not_tried_for_ever(scene: Scene) -> None:
    """security 1.6: so many from one address, and not one more."""
    for _ in range(limits.CONFIRMATION_TRIES):
        assert (await look(scene, "x" * 43)).status == 410
    assert (await look(scene, "x" * 43)).status == 429


# --- open -------------------------------------------------------------------------------------------------------


async def test_a_plain_reply_becomes_an_agreement(scene: Scene) -> None:
    """domain 8.4: taken by people, proposed by a direct post to its author alone, agreed by the link; then the request is agreed, and the
    owner's people read of it in any app."""
    client = await a_client(scene)
    one = await published(client, quantity={"unit": "one", "available": "1"})
    response = await taken(client, one, await heard(scene, one, scene.alice))
    comments = (await ask(scene, f"/requests/{one['id']}/comments", client)).json
    assert comments[0]["response_id"] == response["id"]
    assert (await ask(scene, f"/requests/{one['id']}/comments")).json[0]["response_id"] is None
    secret = await asked(scene, client, response)
    create = scene.peer.received[-1].document
    assert (create["type"], create["object"]["to"], create["object"]["cc"]) == ("Create", [scene.alice.uri], [])
    assert create["object"]["inReplyTo"].startswith(f"{scene.peer.base}/notes/")
    assert (await stands(client, response))["allowed"] == []
    late = await say(
        await a_client(scene, await an_actor(scene.node, "other")), f"/requests/{one['id']}/responses", content="Me"
    )
    assert late.json["error"] == "quantity_exhausted"
    known = len((await client.get("/notifications")).json)

    headers = {"Accept": "application/json", "Content-Type": "application/json"}
    answer = await scene.peer.send("POST", f"{scene.node.urls.base}/confirm/{secret}", headers, b'{"answer":"agree"}')

    assert (answer.status, answer.json) == (200, {"status": "active"})
    again = await scene.peer.send("POST", f"{scene.node.urls.base}/confirm/{secret}", headers, b'{"answer":"agree"}')
    assert (again.status, again.json["error"]) == (410, "gone")
    assert (await ask(scene, f"/requests/{one['id']}")).json["status"] == "agreed"
    told = (await client.get("/notifications")).json
    assert len(told) == known + 1
    assert "Gönderdiğiniz bağlantıyla kabul edildi" in told[0]["status"]["content"]


async def test_a_word_of_assent_is_shown_and_taken_by_people_alone(scene: Scene) -> None:
    """domain 8.4: a reply that is only evet, sì, yes or ok is proposed to the owner as confirmation, never taken by itself."""
    client = await a_client(scene)
    one = await published(client)
    response = await taken(client, one, await heard(scene, one, scene.alice))
    secret = await asked(scene, client, response)
    terms = (await ask(scene, f"/responses/{response['id']}/messages", client)).json[-1]["uri"]
    stranger = scene.peer.actor("stranger")
    scene.clock.pass_(1)
    await heard(scene, one, stranger, "Evet", inReplyTo=terms, **to_us(scene))
    assert (await stands(client, response))["suggested_confirmation"] is False, "somebody else's word"
    await heard(scene, one, scene.alice, "Yes, but not on Monday", inReplyTo=terms, **to_us(scene))
    assert (await stands(client, response))["suggested_confirmation"] is False
    scene.clock.pass_(1)
    await heard(scene, one, scene.alice, "@member Evet!", inReplyTo=terms, **to_us(scene))
    now = await stands(client, response)
    assert (now["suggested_confirmation"], now["allowed"]) == (True, ["accept"])
    assert (await ask(scene, f"/requests/{one['id']}")).json["quantity"]["remaining"] == "1"
    assert (await say(client, f"/responses/{response['id']}/accept")).json["suggested_confirmation"] is True

    done = (await say(client, f"/responses/{response['id']}/accept", confirm_terms=True)).json

    assert (done["status"], done["suggested_confirmation"], done["allowed"]) == ("accepted", False, [])
    assert (await press(scene, secret, "refuse")).status == 410, "it is agreed"


async def test_bounds_of_what_is_looked_at(scene: Scene) -> None:
    """security 0, rule 6: of the addresses in a post, and of a long talk, so many and not one more."""
    base = scene.node.urls.base
    addresses = [f"{base}/requests/{number}" for number in range(limits.REQUEST_LINKS + 1)]
    text = "".join(f'<p><a href="{one}?lang=it&amp;a=b">here</a></p>' for one in addresses)
    found = addresses_in(f"{text} {base}.elsewhere.example/requests/1", base)
    assert [one.partition("?")[0] for one in found] == addresses[: limits.REQUEST_LINKS]

    client = await a_client(scene)
    one = await published(client)
    response = await taken(client, one, await heard(scene, one, scene.alice))
    for number in range(limits.RESPONSE_MESSAGES + 1):
        scene.clock.pass_(1)
        answer = await say(client, f"/responses/{response['id']}/messages", content=f"no{number}.")
    said = [one["content"] for one in answer.json]
    assert (len(said), "no1." in said[0], f"no{limits.RESPONSE_MESSAGES}." in said[-1]) == (
        limits.RESPONSE_MESSAGES,
        True,
        True,
    )


async def test_a_program_thanks_once_where_the_owner_wants_it(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """domain 8.4: one short reply, to its author alone; not for direct messages, not to programs, not within a thread, not again, not
    before the owner turned it on, and not to a crowd."""
    client, author = await a_client(scene), await a_client(scene, role="author")
    one = await published(client)
    bob, bot = scene.peer.actor("bob"), scene.peer.actor("bot", changes={"type": "Service"})

    async def thanked() -> list[str]:
        await run_jobs(scene.node)
        await send_due(scene.node)
        found = [one.document for one in scene.peer.received if one.document["type"] == "Create"]
        scene.peer.received.clear()
        assert all(one["object"]["cc"] == [] for one in found)
        return [to for one in found for to in one["object"]["to"] if "Teşekkürler" in one["object"]["content"]]

    await heard(scene, one, scene.alice)
    assert await thanked() == []
    wish = {"settings": {"auto_acknowledge": True}}
    assert (await author.patch(own(scene, "/profile"), **wish)).json["error"] == "insufficient_role"
    assert (await client.patch(own(scene, "/profile"), **wish)).json["settings"]["auto_acknowledge"] is True
    first = await heard(scene, one, scene.alice, "And more")
    assert await thanked() == [scene.alice.uri]
    await heard(scene, one, scene.alice, "And more")
    await heard(scene, one, bot, "I am a program")
    await heard(scene, one, bob, "Between us", **to_us(scene))
    beneath = await scene.node.db.read(_uri_of, int(first))
    await heard(scene, one, bob, "To alice", inReplyTo=beneath)
    assert await thanked() == []

    monkeypatch.setattr(acknowledging, "_ALLOWANCE", Allowance(2, 3600))
    for number in range(3):
        await heard(scene, one, scene.peer.actor(f"crowd{number}"))
    assert len(await thanked()) == 1, limits.ACKNOWLEDGEMENTS
    await client.patch(own(scene, "/profile"), settings={"auto_acknowledge": False})
    scene.clock.pass_(3_600)
    await heard(scene, one, bob)
    assert await thanked() == []


async def test_both_sides_talk(scene: Scene) -> None:
    """api.md 5, *messages*: a direct post to the other side alone, in the request's thread; what comes back belongs to it; others see
    nothing of it."""
    client = await a_client(scene)
    them, third = [await a_client(scene, await an_actor(scene.node, name)) for name in ("other", "third")]
    one = await published(client)
    signed = (await say(them, f"/requests/{one['id']}/responses", content="Possiamo.")).json
    path = f"/responses/{signed['id']}/messages"

    assert (await ask(scene, path, third)).status == 404
    assert (await say(third, path, content="Me")).status == 404
    assert (await say(client, path, content="")).json["details"]["content"][0]["error"] == "ERR_BLANK"
    assert (await say(client, path, content="x" * (limits.REQUEST_CHARACTERS + 1))).status == 422
    first = (await say(client, path, content="When?", language="en")).json
    await process_arrivals(scene.node)
    assert [(m["visibility"], "When?" in m["content"]) for m in first] == [("direct", True)]
    back = (await say(them, path, content="On Monday.")).json
    assert [m["account"]["acct"] for m in back] == [scene.member.handle, "other"]
    assert (await third.get(f"/statuses/{back[0]['id']}")).status == 404
    assert "When?" in (await them.get("/notifications")).json[0]["status"]["content"]

    plain = await taken(client, one, await heard(scene, one, scene.alice))
    path = f"/responses/{plain['id']}/messages"
    await say(client, path, content="Which size?")
    await run_jobs(scene.node, "set_out")
    await send_due(scene.node)
    note = scene.peer.received[-1].document["object"]
    assert note["to"] == [scene.alice.uri]
    await heard(
        scene, one, scene.alice, "Large", inReplyTo=note["id"], published="2026-11-24T08:30:00Z", **to_us(scene)
    )
    talk = (await ask(scene, path, client)).json
    assert ["Which size?" in talk[0]["content"], "Large" in talk[1]["content"], len(talk)] == [True, True, 2]
    said = await say(client, f"/responses/{plain['id']}/reject", content="Too **large**.")
    assert said.json["status"] == "declined"
    await run_jobs(scene.node, "set_out")
    await send_due(scene.node)
    assert scene.peer.types()[-1] == "Create"
    assert "Too large." in scene.peer.received[-1].document["object"]["content"]
