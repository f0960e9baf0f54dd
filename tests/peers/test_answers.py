"""An account on somebody else's software answers a request of ours by writing, and agrees by the link that it gets, over TLS: read in the
foreign server's own store and in our rows (domain research 8.4)."""

import re
from typing import Any

import aiohttp
import pytest

from coopfed.db.tx import Tx
from coopfed.features.accounts.store import give_role
from coopfed.features.posts.store import PostRow, by_id
from coopfed.features.requests import actions, answers, comments, responding, store, taking, talk
from coopfed.features.requests.store import RequestRow
from tests.coopfed.api.test_requests import SAID
from tests.peers.process import Authority
from tests.peers.stage import WHOLE, Cooperative, Foreigner
from tests.support.peers import until

pytestmark = pytest.mark.slow

LINK = re.compile(r"https://[^\"'<>\s]+/confirm/([\w-]{40,})\?answer=(agree|refuse)")


async def asked_for(member: Cooperative) -> RequestRow:
    """A request of ours, published."""
    account = await give_role(member.node, "member@mail.example", member.row, "editor")
    wanted: dict[str, Any] = {**SAID, "expires_at": "2028-01-01T00:00:00Z", "quantity": {"available": "1"}}
    draft = await actions.draft(member.node, member.row, account, wanted)
    return await actions.publish(member.node, member.row, account, draft.id)


async def heard(member: Cooperative, uri: str) -> PostRow:
    """A post that came here."""
    await until(lambda: member.post(uri))
    post = await member.post(uri)
    assert post is not None
    return post


def _stands(tx: Tx, request_id: int, response_id: int) -> tuple[str, str, str | None]:
    row, response = store.get(tx, request_id), answers.get(tx, response_id)
    agreement = answers.agreed_on(tx, [response_id]).get(response_id)
    assert row is not None
    assert response is not None
    return row.status, response.status, None if agreement is None else agreement.status


async def proposed_to(member: Cooperative, foreigner: Foreigner, row: RequestRow, uri: str) -> tuple[int, str]:
    """What people here do with the reply: they make an answer of it and accept it. Its number, and the link in what the author got."""
    post = await heard(member, uri)
    response = await taking.take(member.node, member.row, None, row.id, post.id, {"quantity": {"value": "1"}})
    await responding.accept(member.node, member.row, response.id, "Welcome.", confirmed=False)
    (note,) = await member.node.db.read(talk.numbers, response, member.row.id)

    async def got() -> str | None:
        posts = (await foreigner.store())["posts"]
        found = [
            one["content"] for one in posts.values() if one["author"] == member.id and "/confirm/" in one["content"]
        ]
        return found[0] if found else None

    await until(got)
    content = await got()
    assert content is not None
    links = LINK.findall(content)
    assert {answer for _secret, answer in links} == {"agree", "refuse"}
    (secret,) = {secret for secret, _answer in links}
    own = await member.node.db.read(_content, note)
    assert "/confirm?answer=agree" in own
    assert secret not in own
    return response.id, f"{member.node.urls.base}/confirm/{secret}"


def _content(tx: Tx, number: int) -> str:

    post = by_id(tx, number)
    assert post is not None
    return post.content


async def _press(url: str, authority: Authority, **form: str) -> int:
    async with aiohttp.ClientSession() as session:
        if not form:
            async with session.get(url, ssl=authority.client()) as answer:
                return answer.status
        async with session.post(url, data=form, ssl=authority.client()) as answer:
            return answer.status


@pytest.mark.parametrize("server", WHOLE, indirect=True)
async def test_a_plain_reply_ends_in_an_agreement(
    member: Cooperative, foreigner: Foreigner, stranger: Foreigner, authority: Authority
) -> None:
    """domain 8.4: a reply is a comment and nothing more; taken by people, its author gets the links alone; a look at them does nothing,
    pressed once the request is agreed, and they are void."""
    row = await asked_for(member)
    companion = str(row.companion_uri)
    reply = await foreigner.does("post", content="<p>Possiamo ospitare otto giovani.</p>", inReplyTo=companion)
    other = await stranger.does("post", content="<p>ok</p>", inReplyTo=companion)
    await heard(member, other)
    await heard(member, reply)
    known = await member.node.db.read(comments.listed, row, member.row.id)
    assert [(one.kind, one.response_id) for one in known] == [("reply", None), ("reply", None)]

    number, url = await proposed_to(member, foreigner, row, reply)

    assert await member.node.db.read(_stands, row.id, number) == ("open", "accepted", "proposed")
    seen = (await stranger.store())["posts"]
    told = [one["readers"] for one in seen.values() if one["author"] == member.id and "/confirm/" in one["content"]]
    assert told == [[foreigner.name]]
    assert await _press(f"{url}?answer=agree", authority) == 200
    assert await _press(f"{url}x", authority, answer="agree") == 410
    assert await member.node.db.read(_stands, row.id, number) == ("open", "accepted", "proposed")

    assert await _press(url, authority, answer="agree") == 200

    assert await member.node.db.read(_stands, row.id, number) == ("agreed", "accepted", "active")
    assert await _press(url, authority, answer="refuse") == 410
    assert await _press(f"{url}?answer=agree", authority) == 410


@pytest.mark.parametrize("server", WHOLE, indirect=True)
async def test_a_deleted_reply_is_no_answer_any_more(member: Cooperative, foreigner: Foreigner) -> None:
    """domain 8.1, 8.4: its author takes the answer back with the post."""
    row = await asked_for(member)
    reply = await foreigner.does("post", content="<p>We can</p>", inReplyTo=str(row.companion_uri))
    post = await heard(member, reply)
    response = await taking.take(member.node, member.row, None, row.id, post.id, {})

    await foreigner.does("remove", id=reply)

    async def gone() -> bool:
        return (await member.node.db.read(_stands, row.id, response.id))[1] == "withdrawn"

    await until(gone)
