"""What we write of agreements beside the Accept: receipts, and stories with the consent of the other side. Pure. Shapes: domain research
8.5; API contract 6."""

from typing import Any

from actors.lookup import ActorRow
from coopfed.clock import utc
from coopfed.features.requests.rules import Ending
from coopfed.vocab import build
from coopfed.vocab.contexts import COOPFED, NOTE, STORY

Document = dict[str, Any]


def receipt(
    id: str, receipt_id: str, agreement: str, author: ActorRow, reader: ActorRow, ending: Ending, moment: int
) -> Document:
    """What one side says became of an agreement (its id), for the other alone; its proof still to come."""
    written = build.instant(utc(moment))
    return {
        "@context": list(COOPFED),
        "id": id,
        "type": "Create",
        "actor": author.uri,
        "published": written,
        "to": [reader.uri],
        "cc": [],
        "object": {
            "id": receipt_id,
            "type": "Document",
            "name": "Receipt",
            "attributedTo": author.uri,
            "context": agreement,
            "outcome": ending.value,
            "published": written,
        },
    }


def story(
    id: str, agreement: str, author: ActorRow, reader: ActorRow, content: str, language: str, moment: int
) -> Document:
    """What one side would like to publish of an agreement; its proof still to come. The Note has no id yet: it is none."""
    return {
        "@context": list(COOPFED),
        "id": id,
        "type": "Offer",
        "actor": author.uri,
        "published": build.instant(utc(moment)),
        "context": agreement,
        "to": [reader.uri],
        "cc": [],
        "object": {
            "type": "Note",
            "attributedTo": author.uri,
            "context": agreement,
            "content": content,
            "contentMap": {language: content},
        },
    }


def answer(id: str, author: ActorRow, reader: ActorRow, offer: str, *, agrees: bool, moment: int) -> Document:
    """The other side agrees to a story (the id of its Offer), or does not."""
    return {
        "@context": list(COOPFED if agrees else NOTE),
        "id": id,
        "type": "Accept" if agrees else "Reject",
        "actor": author.uri,
        "published": build.instant(utc(moment)),
        "object": offer,
        "to": [reader.uri],
        "cc": [],
    }


def told(note: Document, offer: str) -> Document:
    """The post, which takes the place of what was offered, so that who agreed to that finds it."""
    return note | {"@context": list(STORY), "supersedes": offer}
