"""Attested memberships on the wire: the Relationship that each side signs, the activities that carry it, and the two collections.

A membership is two documents, one on each side's host, each naming the other as its `counterpart`. Source: domain research 9.1.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from coopfed.errors import BadMessage
from coopfed.vocab import values
from coopfed.vocab.build import Document, instant
from coopfed.vocab.contexts import COOPFED, MEMBERSHIPS
from coopfed.vocab.members import required
from coopfed.vocab.terms import PUBLIC

MEMBER_OF: Final = "https://w3id.org/coopfed/ns#memberOf"
_RELATIONS: Final = (MEMBER_OF, "coop:memberOf", "memberOf")
_KIND_LENGTH: Final = 64


@dataclass(frozen=True, slots=True)
class Attestation:
    """What one side says of a membership: `author` is one of `member` and `umbrella`. `counterpart` is the id of what the other side says,
    None as long as it is not known; moments are aware UTC."""

    id: str
    author: str
    member: str
    umbrella: str
    kind: str
    started: datetime
    updated: datetime
    ended: datetime | None = None
    counterpart: str | None = None

    def is_over(self, now: datetime) -> bool:
        """Whether it says that the membership has ended by then."""
        return self.ended is not None and self.ended <= now


def read_attestation(document: dict[str, Any]) -> Attestation:
    """What a canonical document attests. BadMessage when it is no Relationship of a member with its umbrella, or lacks a part.

    Source: domain research 9.1; ActivityStreams, Relationship.
    """
    if document.get("type") != "Relationship" or values.reference(document.get("relationship")) not in _RELATIONS:
        raise BadMessage("no Relationship that says memberOf", reason="bad_relationship")
    authors, named = document.get("attributedTo") or [], document.get("object") or []
    umbrellas = [one if isinstance(one, str) else one.get("id") for one in named]
    kind, started, updated = (
        values.text(document.get("membershipKind")),
        values.when(document.get("startTime")),
        values.when(document.get("updated")),
    )
    if len(authors) != 1 or len(umbrellas) != 1 or umbrellas[0] is None:
        raise BadMessage("a membership has one author and one umbrella", reason="bad_relationship")
    if not kind or len(kind) > _KIND_LENGTH or not kind.isprintable() or started is None or updated is None:
        raise BadMessage("a membership without kind, beginning or date", reason="bad_relationship")
    ended = values.when(document.get("endTime"))
    if ended is None and document.get("endTime") is not None:
        raise BadMessage("an end that is no date", reason="bad_relationship")
    counterpart = document.get("counterpart")
    return Attestation(
        id=required(document, "id", "bad_relationship"),
        author=authors[0],
        member=_named(document.get("subject")),
        umbrella=umbrellas[0],
        kind=kind,
        started=started,
        updated=updated,
        ended=ended,
        counterpart=None if counterpart is None else _named(counterpart),
    )


def _named(value: object) -> str:
    named = values.strict_id(value)
    if named is None:
        raise BadMessage(
            "a membership without its member, or with a counterpart that is no id", reason="bad_relationship"
        )
    return named


def attestation(said: Attestation, page: str | None = None) -> Document:
    """The document, without its proof. `page` is where people read it. The context is the frozen one: proofs cover it."""
    return _present(
        {
            "@context": list(COOPFED),
            "id": said.id,
            "type": "Relationship",
            "attributedTo": said.author,
            "subject": said.member,
            "relationship": MEMBER_OF,
            "object": said.umbrella,
            "membershipKind": said.kind,
            "startTime": instant(said.started),
            "endTime": instant(said.ended) if said.ended else None,
            "updated": instant(said.updated),
            "counterpart": said.counterpart,
            "url": page,
            "to": [PUBLIC],
        }
    )


def offer(id: str, signed: Document, target: str | None, answers: str | None = None) -> Document:
    """A member asks its umbrella to attest what it signed; `target` is the umbrella's `members`, `answers` the Invite."""
    return _activity("Offer", id, signed["subject"], signed["object"], signed, target=target, inReplyTo=answers)


def invite(id: str, umbrella: str, member: str, kind: str, target: str) -> Document:
    """An umbrella asks a cooperative to become its member of a kind."""
    return _activity("Invite", id, umbrella, member, member, target=target, membershipKind=kind)


def accept(id: str, offered: str, result: Document) -> Document:
    """The umbrella's consent, with what it signed."""
    return _activity("Accept", id, result["object"], result["subject"], offered, result=result)


def reject(id: str, actor: str, other: str, asked: str) -> Document:
    """The asked side will not: `asked` is the id of the Offer or Invite."""
    return _activity("Reject", id, actor, other, asked)


def undo(id: str, invited: Document) -> Document:
    """The umbrella takes its Invite back."""
    inner = {name: value for name, value in invited.items() if name != "@context"}
    return {**_activity("Undo", id, invited["actor"], invited["object"], inner), "@context": list(MEMBERSHIPS)}


def update(id: str, signed: Document, other: str) -> Document:
    """What a side signed anew, for the other one."""
    return _activity("Update", id, signed["attributedTo"], other, signed)


def listed(type: str, id: str, umbrella: str, member: str) -> Document:
    """Add or Remove: whom the umbrella's `members` lists from now on, or no more."""
    return _activity(type, id, umbrella, member, member, target=f"{umbrella}/members")


def members_collection(umbrella: str, total: int, *, first: str | None = None) -> Document:
    """The head of an umbrella's `members`, which names it back. Source: FEP-5711 in its manner."""
    return _present(
        {
            "@context": list(MEMBERSHIPS),
            "id": f"{umbrella}/members",
            "type": "OrderedCollection",
            "membersOf": umbrella,
            "attributedTo": umbrella,
            "totalItems": total,
            "first": first,
        }
    )


def names_back(document: dict[str, Any], umbrella: str) -> bool:
    """Whether a canonical collection says that it holds the members of this umbrella."""
    return values.lenient_id(document.get("membersOf")) == umbrella


def collection_of(document: dict[str, Any], name: str) -> str | None:
    """The address of an actor's `members` or `memberships`, from its canonical document."""
    return values.lenient_id(document.get(name))


def _activity(type: str, id: str, actor: str, other: str, object: str | Document, **more: Any) -> Document:
    context = COOPFED if isinstance(object, dict) or "result" in more else MEMBERSHIPS
    said = {"@context": list(context), "id": id, "type": type, "actor": actor, "to": [other], "object": object}
    return _present(said | more)


def _present(document: Document) -> Document:
    return {name: value for name, value in document.items() if value is not None}
