"""Polls as documents: a Question read and written, and the votes in it.

A vote is a Note with a name and nothing else to say. Mastodon takes also one with a text for a vote; here that is an answer, which its
author wants to be read.
"""

import html
import re
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from coopfed import limits
from coopfed.vocab import values
from coopfed.vocab.build import Document, instant
from coopfed.vocab.contexts import NOTE
from coopfed.vocab.records import OptionRecord, PollRecord, VoteRecord
from coopfed.vocab.texts import text_of

# No bracket within: "<<<<" without an end must not cost the square of its length.
_TAG = re.compile(r"<[^<>]*>")
_MEMBERS = ("oneOf", "anyOf", "endTime", "closed", "votersCount")


def poll_of(doc: Document) -> PollRecord | None:
    """The poll in a canonical Question; None where nothing can be chosen. At most `limits.POLL_OPTIONS_READ` options.

    Pleroma writes both lists, one of them empty, names the voters instead of counting them, and says in `closed` also when it will
    be. Source: ActivityStreams, Question; s2s research 2.9.
    """
    if doc.get("type") != "Question":
        return None
    multiple = bool(doc.get("anyOf"))
    listed = doc["anyOf" if multiple else "oneOf"] if multiple or "oneOf" in doc else []
    options = tuple(_option(node) for node in listed[: limits.POLL_OPTIONS_READ] if _title(node))
    if not options:
        return None
    closed = doc.get("closed", False)
    moment = values.when(closed)
    return PollRecord(
        options, multiple, values.when(doc.get("endTime")) or moment, moment or closed is True, _voters(doc)
    )


def _option(node: Document) -> OptionRecord:
    replies = node.get("replies")
    told = replies.get("totalItems") if isinstance(replies, dict) else None
    return OptionRecord(_title(node), told if told is not None else node.get("_misskey_votes"))


def _title(node: Document) -> str:
    # Cut before it is read: Python refuses a reference to a number of more than 4300 digits, with an exception.
    bare = text_of(node, "name").text or html.unescape(_TAG.sub("", text_of(node, "content").text[: 4 * limits.KIB]))
    return bare.strip()[: limits.NAME_LENGTH]


def _voters(doc: Document) -> int | None:
    counted: int | None = doc.get("votersCount")
    named = doc.get("voters")
    return len(named) if counted is None and isinstance(named, list) else counted


def vote_of(doc: Document) -> VoteRecord | None:
    """The vote in a canonical document; None for what is none. Source: s2s research 2.9."""
    title, poll = text_of(doc, "name").text, doc.get("inReplyTo")
    if doc.get("type") != "Note" or not title or poll is None or text_of(doc, "content").text or doc.get("attachment"):
        return None
    return VoteRecord(poll, title.strip()[: limits.NAME_LENGTH], next(iter(doc.get("attributedTo", ())), None))


def question(
    note: Document,
    options: Iterable[tuple[str, int | None]],
    *,
    multiple: bool,
    ends_at: datetime | None,
    closed: datetime | None,
    voters: int | None,
) -> Document:
    """A Note (or Question) of ours as the Question that asks this. An option's count and `voters` are None while they are hidden:
    then they are left out, as GoToSocial does. Source: ActivityStreams, Question; s2s research 2.9.
    """
    plain_note = {name: value for name, value in note.items() if name not in _MEMBERS}
    asked: Document = {
        "endTime": instant(ends_at) if ends_at else None,
        "closed": instant(closed) if closed else None,
        "votersCount": voters,
    }
    listed = [_written(title, votes) for title, votes in options]
    members = {"anyOf" if multiple else "oneOf": listed} | {
        name: value for name, value in asked.items() if value is not None
    }
    return {**plain_note, "type": "Question", **members}


def _written(title: str, votes: int | None) -> Document:
    option: dict[str, Any] = {"type": "Note", "name": title}
    return option if votes is None else {**option, "replies": {"type": "Collection", "totalItems": votes}}


def cast(id: str, voter: str, poll: str, title: str, author: str, moment: datetime) -> Document:
    """The Create of a vote, for the author of the poll alone. One for each choice: Mastodon reads no more.

    The vote is a part of its Create and is found nowhere else, so its id is a place in that. Source: s2s research 2.9.
    """
    to: Sequence[str] = [author]
    vote = {
        "id": f"{id}#vote",
        "type": "Note",
        "name": title,
        "attributedTo": voter,
        "inReplyTo": poll,
        "published": instant(moment),
        "to": to,
        "cc": [],
    }
    activity = {"@context": list(NOTE), "id": id, "type": "Create", "actor": voter, "object": vote, "to": to, "cc": []}
    return {**activity, "published": instant(moment)}
