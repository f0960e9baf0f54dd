"""`/memberships/<id>`: who says that somebody is a member of an umbrella, what may be believed of it, and how a stranger checks it."""

from collections.abc import Sequence
from dataclasses import dataclass

from quart import Blueprint, Response

from actors.lookup import ActorRow, by_id, by_ids
from coopfed.codes import tables
from coopfed.db.tx import Tx
from coopfed.errors import NotFound
from coopfed.features.cooperatives.store import level_of
from coopfed.features.memberships import actions, steps, store
from coopfed.features.memberships.rules import Problem, Side, State, Status
from coopfed.features.memberships.store import MembershipRow
from coopfed.node import Node
from coopfed.signing import proofs
from coopfed.text.i18n import mark as _
from coopfed.vocab.strict_json import parse
from coopfed.web.asking import machine_asks, number
from coopfed.web.names import named
from coopfed.web.page import About, elsewhere, page
from coopfed.web.reader import Reader, reader

STATES = {
    State.CONFIRMED: _("Confirmed: both sides signed it, and the umbrella lists the member."),
    State.CLAIMED: _("Not confirmed: so far one side says so."),
    State.DECLARED: _("Declared by the member. The umbrella has no server here that could sign it."),
    State.ENDED: _("It has ended."),
    State.ENDED_BY_ONE_SIDE: _("One side says that it has ended; the other has not followed."),
}
PROBLEMS = {
    Problem.FETCH_FAILED: _("A document, one of the two sides, or the list of members could not be fetched."),
    Problem.PROOF_MISSING: _("A document carries no signature."),
    Problem.PROOF_INVALID: _("A signature does not hold: the document was changed, or somebody else signed it."),
    Problem.WRONG_KEY: _("A document was not signed by a key that its author lists."),
    Problem.SUBJECT_MISMATCH: _("A document is about another member."),
    Problem.OBJECT_MISMATCH: _("A document is about another umbrella."),
    Problem.KIND_MISMATCH: _("The two sides say different kinds of membership."),
    Problem.COUNTERPART_MISMATCH: _("The two documents do not name each other."),
    Problem.NOT_LISTED: _("The umbrella does not list the member."),
    Problem.COLLECTION_MISMATCH: _("The list of members does not say whose it is."),
    Problem.ENDED: _("A document says that the membership has ended."),
    Problem.WRONG_ORIGIN: _("A document does not lie on its author's own server."),
}


@dataclass(frozen=True, slots=True)
class Document:
    """What one side signed: its id, its author, by which key, and the moment that it bears (milliseconds)."""

    uri: str
    author: ActorRow
    key: str
    updated_at: int


@dataclass(frozen=True, slots=True)
class Shown:
    """A membership as its page shows it. `above` are the umbrellas above the umbrella; `body` is the name of one without a node."""

    row: MembershipRow
    member: ActorRow
    umbrella: ActorRow | None
    body: str
    level: str | None
    documents: Sequence[Document]
    above: Sequence[ActorRow]

    @property
    def attested_here(self) -> bool:
        """Whether the umbrella is of this node, and attests it."""
        umbrella = self.umbrella
        return umbrella is not None and umbrella.local and any(one.author.id == umbrella.id for one in self.documents)


def register(pages: Blueprint, node: Node) -> None:
    """Adds the route."""

    @pages.get("/memberships/<id>")
    async def membership(id: str) -> Response:
        found = await node.db.read(_shown, number(id))
        row, who = found.row, reader(node)
        if machine_asks() and found.documents:
            return elsewhere(found.documents[0].uri)
        body = found.umbrella.name if found.umbrella is not None else found.body
        words = who.texts.gettext("%(member)s, member of %(umbrella)s", member=found.member.name, umbrella=body)
        about = About(
            title=words,
            description=who.texts.gettext(STATES[State(row.state)]),
            listed=found.member.discoverable and (found.umbrella is None or found.umbrella.discoverable),
            canonical=node.urls.membership(row.id),
            activity=found.documents[0].uri if found.documents else "",
        )
        actors = [found.member, *([found.umbrella] if found.umbrella is not None else []), *found.above]
        return page(
            node,
            "membership.html",
            about,
            found=found,
            state=STATES[State(row.state)],
            problems=[PROBLEMS[Problem(one)] for one in row.problems.split()],
            kind=tables.label("membership_kind", row.kind, who.language),
            level=tables.label("cooperative_types", found.level, who.language) if found.level else "",
            began=_day(who, row.started_on),
            ended=_day(who, row.ended_on) if row.ended_on else "",
            members=f"{found.umbrella.uri}/members" if found.umbrella is not None and found.umbrella.local else "",
            # Only the umbrella's own server speaks for it: the member's profile leads here, and other servers look whether it leads back,
            # which may be before both sides were heard.
            vouched=row.status == Status.ACTIVE and found.attested_here,
            named=await named(node, actors),
        )


def _day(who: Reader, day: str) -> str:
    return who.day(int(steps.midnight(day).timestamp() * 1000))


def _shown(tx: Tx, id: int) -> Shown:
    """What everybody may know of it. NotFound for what is asked for or was refused, and for whose side is gone."""
    row = store.by_id(tx, id)
    member = by_id(tx, row.member_id) if row is not None else None
    if row is None or member is None or not store.shown(tx, [row]):
        raise NotFound(f"no membership {id} of which everybody may know")
    held, documents = steps.held(tx, row), []
    if held is not None:
        for side in Side:
            signed = held.signed.get(side)
            claim = proofs.claim(parse(signed.document)) if signed is not None else None
            if signed is not None and claim is not None:
                author = held.actor(side)
                documents.append(Document(signed.uri, author, claim.verification_method, signed.updated_at))
    umbrella = held.umbrella if held is not None else None
    numbers = actions.above(tx, umbrella.id) if umbrella is not None else []
    above = by_ids(tx, numbers)
    body = tables.table("umbrella_bodies").get(row.umbrella_code or "")
    level = level_of(tx, [umbrella.id]).get(umbrella.id) if umbrella is not None else None
    return Shown(
        row=row,
        member=member,
        umbrella=umbrella,
        body=body.data["full_name"] if body is not None else row.umbrella_code or "",
        level=level if body is None else body.data.get("type"),
        documents=documents,
        above=[above[one] for one in numbers if one in above],
    )


@dataclass(frozen=True, slots=True)
class Within:
    """An umbrella of which somebody is a member, as a profile tells it: the membership's number, and whether both sides say so."""

    id: int
    name: str
    confirmed: bool


def umbrellas_of(tx: Tx, actor_id: int) -> tuple[Within, ...]:
    """The umbrellas of which the actor is a member now, as far as everybody may know. A unit of work."""
    rows = store.within(tx, actor_id)
    umbrellas = by_ids(tx, [row.umbrella_id for row in rows if row.umbrella_id is not None])
    return tuple(
        Within(
            row.id,
            _named(row, umbrellas),
            row.state == State.CONFIRMED,
        )
        for row in rows
    )


def _named(row: MembershipRow, umbrellas: dict[int, ActorRow]) -> str:
    if row.umbrella_id is not None:
        return umbrellas[row.umbrella_id].name
    return tables.label("umbrella_bodies", row.umbrella_code or "", tables.LANGUAGES[0])
