"""Recorded messages of other software through the real inbox, into the database, out of the client API: what a reader here sees of
them is what was written down by hand when they were read (`tests/coopfed/vocab/expectations`).

Each message arrives signed by its actor, from its own host, over TLS where its ids say https (`network`). The member follows every
author, so that nothing is irrelevant for want of a reader.
"""

import json
import re
from collections.abc import Callable
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import orjson
import pytest
from sqlalchemy import update

from actors.lookup import ActorRow, actor, by_uri
from coopfed.db.models import InboxItem, Job, Reaction, Tombstone
from coopfed.db.tx import Tx, table
from coopfed.features.follows import store as follow_rows
from coopfed.features.posts import details, store
from coopfed.text.sanitise import plain
from coopfed.vocab.terms import AS_CONTEXT, POST_TYPES
from tests.coopfed.api.test_api import Client, a_client
from tests.coopfed.vocab.expectations import Expectation, NotActivityPub, Read, Refused, Stripped
from tests.coopfed.vocab.test_foreign_messages import rows, stored
from tests.foreign.network import Network, a_network
from tests.foreign.outcomes import ABSTRACTS, OUTCOMES
from tests.support.nodes import process_arrivals
from tests.support.peers import Document
from tests.support.scene import Scene

pytestmark = pytest.mark.slow

_URL = re.compile(rb'https?://([^/"\\?#\s<>]+)')
_EMPTIED = (InboxItem, Job, Reaction, Tombstone, store.object_, follow_rows.follow)


def messages(reader: str) -> list[tuple[str, str, int | None, Read]]:
    """Name, place and expectation of every message that this reader reads."""
    found = []
    for row in rows():
        path, number, expected = row.values
        wire = expected.wire if isinstance(expected, Stripped) else expected
        if isinstance(wire, Read) and wire.reader == reader:
            found.append((str(row.id), path, number, wire))
    return found


def sent(folder: Path, path: str, number: int | None) -> Document:
    """The message as its software sends it, with the context that some files lack."""
    document: Document = json.loads(stored(folder, path, number))
    return {"@context": AS_CONTEXT} | document


def hosts(folder: Path) -> set[str]:
    """Every host name in the messages, for which a certificate is made. Slashes in recorded bodies are escaped once or twice."""
    found: set[str] = set()
    for file in folder.rglob("*.json"):
        for name in _URL.findall(file.read_bytes().replace(b"\\", b"")):
            host = name.decode("ascii", "ignore").partition(":")[0].lower()
            if re.fullmatch(r"[a-z0-9_-]+(?:\.[a-z0-9_-]+)*", host):
                found.add(host)
    return found


async def known(scene: Scene, network: Network, uri: str) -> ActorRow:
    """The actor of this id, known here and followed by the member."""
    sender = network.actor(uri)
    row = await scene.node.db.read(by_uri, uri)
    if row is None:
        greeting = sender.says("Like", "https://nowhere.example/1", id=f"{sender.base}/greetings/{hash(uri)}")
        answer = await scene.peer.post(scene.node, greeting, sender)
        assert answer.status == 202, (uri, answer.body)
        await process_arrivals(scene.node)
        row = await scene.node.db.read(by_uri, uri)
        assert row is not None
    await scene.node.db.write(_follows, scene.member.id, row.id)
    return row


def _follows(tx: Tx, follower: int, followed: int) -> None:
    row = {"id": followed, "follower_id": follower, "followed_id": followed, "created_at": 1, "state": "accepted"}
    tx.execute(follow_rows.follow.insert(), row)


_ALIVE = update(actor).values(gone_at=None)


def _emptied(tx: Tx) -> None:
    tx.execute(_ALIVE)
    for kind in _EMPTIED:
        tx.execute((table(kind) if isinstance(kind, type) else kind).delete())


async def arrives(scene: Scene, network: Network, activity: Document, actor: str) -> str:
    """The outcome of an activity that its actor signed; what the door refuses is its status and reason."""
    answer = await scene.peer.post(scene.node, orjson.dumps(activity), network.actor(actor))
    if answer.status != 202:
        return f"{answer.status} {answer.json['error']}"
    [outcome, *_rest] = await process_arrivals(scene.node) or [None]
    return outcome.value if outcome else "later"


def a_create(post: Document, author: str) -> Document:
    """The Create in which the post would have come."""
    base = f"{urlsplit(author).scheme}://{urlsplit(author).netloc}"
    addressed = {name: post[name] for name in ("to", "cc") if name in post}
    return {
        "@context": AS_CONTEXT,
        "id": f"{base}/creates/{abs(hash(str(post.get('id'))))}",
        "type": "Create",
        "actor": author,
        "object": post,
        **addressed,
    }


async def problems_of(scene: Scene, folder: Path, reader: str, tmp: Path, look: Callable[..., Any]) -> dict[str, Any]:
    """What is not as it should be, by message."""
    problems: dict[str, Any] = {}
    async with a_network(scene.node, hosts(folder), tmp) as network:
        client = await a_client(scene)
        for _name, path, number, _expected in messages("post"):
            post = sent(folder, path, number)
            network.documents[post["id"]] = post
            network.actor(_author(post))
        for name, path, number, expected in messages(reader):
            await scene.node.db.write(_emptied)
            found = await look(scene, network, client, name, sent(folder, path, number), expected)
            if found:
                problems[name] = found
    return problems


def told(problems: dict[str, Any]) -> None:
    """Fails with every message that is not as it should be, one a line."""
    assert not problems, "\n" + "\n".join(f"{name}: {found}" for name, found in problems.items())


async def test_posts_are_read_here_as_they_were_meant(scene: Scene, foreign_messages: Path, tmp_path: Path) -> None:
    """Issue of the reader: who, what, to whom, in which language, with which files, in answer to what."""
    told(await problems_of(scene, foreign_messages, "post", tmp_path, a_post))


async def a_post(
    scene: Scene, network: Network, client: Client, name: str, post: Document, expected: Read
) -> dict[str, Any]:
    members = expected.members
    author = members.get("author") or _author(post)
    await known(scene, network, author)
    outcome = await arrives(scene, network, a_create(post, author), author)
    wanted = OUTCOMES.get(name, "accepted")
    if outcome != wanted:
        return {"outcome": outcome, "instead of": wanted, "error": (await scene.outcomes())[-1:]}
    if outcome != "accepted":
        return {}
    # A Proposal is kept as a request, see tests/inbox/test_offers.py.
    return {} if members.get("type") == "Proposal" else await differences(scene, client, members, post["id"])


def _author(post: Document) -> str:
    author = post["attributedTo"]
    while not isinstance(author, str):
        author = author[0] if isinstance(author, list) else author["id"]
    return author


async def differences(scene: Scene, client: Client, members: dict[str, Any], uri: str) -> dict[str, Any]:
    """Where the stored and shown post is not what the row says."""
    post = await scene.node.db.read(store.by_uri, uri)
    if post is None:
        return {"stored": None}
    answer = await client.get(f"/statuses/{post.id}")
    for_member = post.visibility in ("public", "unlisted", "followers")
    if not for_member:
        return {} if answer.status == 404 else {"shown": answer.status}
    status = answer.json
    mentions = await scene.node.db.read(details.mentions_of, [post.id])
    seen = {
        "id": status["uri"],
        "author": status["account"]["uri"],
        "language": status["language"],
        "hashtags": sorted(tag["name"] for tag in status["tags"]),
        "attachments": [file["remote_url"] for file in status["media_attachments"]],
        "descriptions": [file["description"] or "" for file in status["media_attachments"]],
        "mentions": sorted(href for href, _name, _number in mentions.get(post.id, [])),
        "in_reply_to": post.in_reply_to,
        "url": status["url"],
        "options": [
            (option["title"], option["votes_count"]) for option in (status["poll"] or {"options": []})["options"]
        ],
    }
    wanted = {name: members[name] for name in seen if name in members}
    for name in ("hashtags", "mentions"):
        if name in wanted:
            wanted[name] = sorted(wanted[name])
    if "url" in wanted:
        wanted["url"] = wanted["url"] or uri
    found = {name: (seen[name], value) for name, value in wanted.items() if seen[name] != value}
    if members.get("visibility") not in (None, post.visibility) and not (
        members["visibility"] == "direct" and post.visibility == "followers"
    ):
        found["visibility"] = (post.visibility, members["visibility"])
    shown = without_spaces(plain(status["content"]))
    for name in ("name", "begins"):
        beginning = without_spaces(unescape(plain(ABSTRACTS.get(post.uri) or members.get(name) or "")))[:30]
        if beginning not in shown:
            found[name] = (shown[:80], beginning)
    return found


def without_spaces(text: str) -> str:
    """The letters alone: where a tag stood between two words there may be a blank or none."""
    return "".join(text.split())


async def test_actors_are_shown_as_they_present_themselves(
    scene: Scene, foreign_messages: Path, tmp_path: Path
) -> None:
    """Handle, name and kind of every recorded actor, in its own words, but with a key of the test."""
    told(await problems_of(scene, foreign_messages, "actor", tmp_path, an_actor_document))


async def an_actor_document(
    scene: Scene, network: Network, client: Client, name: str, document: Document, expected: Read
) -> dict[str, Any]:
    members = expected.members
    uri = members["id"]
    actor = network.actor(uri)
    own = actor.document()
    actor.changes.update(document | {"publicKey": own["publicKey"], "assertionMethod": own["assertionMethod"]})
    row = await known(scene, network, uri)
    update = actor.says("Update", actor.document(), id=f"{actor.base}/updates/{abs(hash(uri))}")
    outcome = await arrives(scene, network, update, uri)
    wanted = OUTCOMES.get(name, "accepted")
    if outcome != wanted or outcome != "accepted":
        return {} if outcome == wanted else {"outcome": outcome, "instead of": wanted}
    account = (await client.get(f"/accounts/{row.id}")).json
    seen = {
        "id": account["uri"],
        "preferred_username": account["username"],
        "name": account["display_name"],
        "type": (await scene.node.db.read(by_uri, uri)).type,  # type: ignore[union-attr]
        "manually_approves": account["locked"],
    }
    wanted_members = {member: members[member] for member in seen if member in members}
    wanted_members["preferred_username"] = members["preferred_username"].lower()
    if not wanted_members.get("name", "x"):
        wanted_members["name"] = members["preferred_username"]
    return {
        member: (seen[member], value)
        for member, value in wanted_members.items()
        if plain(str(seen[member])) != plain(str(value))
    }


async def test_activities_have_the_outcome_that_was_written_down(
    scene: Scene, foreign_messages: Path, tmp_path: Path
) -> None:
    """Every recorded activity of other software ends under a name, and the name is the one that reading it by hand gave."""
    told(await problems_of(scene, foreign_messages, "activity", tmp_path, an_activity))


async def an_activity(
    scene: Scene, network: Network, client: Client, name: str, activity: Document, expected: Read
) -> dict[str, Any]:
    members = expected.members
    embedded = members.get("post")
    wanted = OUTCOMES.get(name, "accepted" if embedded else None)
    if wanted is not None and wanted.startswith("503"):
        outcome = await arrives(scene, network, activity, members["actor"])
        return {} if outcome == wanted else {"outcome": outcome, "instead of": wanted}
    await known(scene, network, members["actor"])
    outcome = await arrives(scene, network, activity, members["actor"])
    if outcome != wanted:
        return {"outcome": outcome, "instead of": wanted, "error": (await scene.outcomes())[-1:]}
    if outcome == "accepted" and isinstance(embedded, Read) and embedded.members.get("type") in POST_TYPES:
        return await differences(scene, client, embedded.members, activity["object"]["id"])
    return {}


async def test_what_is_no_message_is_refused_at_the_door(scene: Scene, foreign_messages: Path, tmp_path: Path) -> None:
    """Refused with 400 and its reason, and nothing of it is stored; never a 500."""
    problems = {}
    async with a_network(scene.node, hosts(foreign_messages), tmp_path) as network:
        actor = network.actor("https://mastodon.local/users/admin")
        await known(scene, network, actor.uri)
        before = await scene.rows()
        for row in rows():
            path, number, expected = row.values
            if isinstance(_wire(expected), Refused) and _wire(expected).by in ("parse", "normalise"):
                raw = stored(foreign_messages, path, number)
                answer = await scene.peer.post(scene.node, raw, actor)
                if answer.status != 400:
                    problems[str(row.id)] = (answer.status, answer.body[:80])
        assert await scene.rows() == before
    told(problems)


def _wire(expected: Expectation) -> Any:
    return (
        expected.wire if isinstance(expected, Stripped) else None if isinstance(expected, NotActivityPub) else expected
    )
