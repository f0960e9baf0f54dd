"""What an actor's people see of the answers to a request: as its owner all of them with the posts that may be some, as responder their own.
Units of work, for the pages of signed-in people."""

from collections.abc import Sequence
from dataclasses import dataclass

from actors.lookup import ActorRow, by_ids
from coopfed import limits
from coopfed.clock import Clock
from coopfed.codes import tables
from coopfed.db.tx import Tx
from coopfed.errors import NotFound
from coopfed.features.agreements import actions as completing
from coopfed.features.posts import visible
from coopfed.features.posts.store import PostRow
from coopfed.features.ranges import Range
from coopfed.features.requests import agreements, answers, board, comments, confirming, responding, rules, store, talk
from coopfed.features.requests.answers import AgreementRow, ResponseRow
from coopfed.features.requests.board import Wanted
from coopfed.features.requests.comments import Kind
from coopfed.features.requests.rules import Response, Status, Step
from coopfed.text.i18n import mark as _
from coopfed.text.sanitise import sanitise
from coopfed.web.reader import Reader
from coopfed.web.requests import Shown, shown
from coopfed.web.shown import clean, web_address

CAME = {
    answers.COOPFED: _("an Offer"),
    answers.FEP_0837: _("an Offer"),
    answers.REPLY: _("a reply"),
    answers.DM: _("a direct message"),
    answers.MENTION: _("a mention"),
    answers.QUOTE: _("a quote"),
}
SPEAKS = {
    Kind.REPLY: _("replied"),
    Kind.MENTION: _("mentioned you"),
    Kind.QUOTE: _("quoted it"),
    Kind.DIRECT: _("wrote to you alone"),
}
_BY_OWNER = (Step.SHORTLIST, Step.UNSHORTLIST, Step.ACCEPT, Step.REJECT)


@dataclass(frozen=True, slots=True)
class Said:
    """A post for the page: its clean HTML, its warning, its address when that is harmless; `mine`: by the actor who looks."""

    post: PostRow
    author: ActorRow
    html: str
    url: str | None
    mine: bool
    kind: str = ""


@dataclass(frozen=True, slots=True)
class Given:
    """An answer for the page. `steps` are what may become of it by whoever looks; `waits`: its author is asked by a link; `sure`: that
    and with a word of assent; `changed` as in the API; `unmeasured`: somebody has to say for how much it is. `code` opens the page of what
    was agreed on, and `deeds` are what may become of that."""

    row: ResponseRow
    who: ActorRow
    status: Response
    label: str
    came: str
    html: str
    amount: str
    back: str
    steps: tuple[str, ...]
    waits: bool
    sure: bool
    changed: bool
    unmeasured: bool
    agreed: str
    code: str
    deeds: tuple[str, ...]
    talk: list[Said]


@dataclass(frozen=True, slots=True)
class Answers:
    """A request with its answers, and the posts that nobody has made an answer of (for its owner). `may_answer`: whoever looks may give
    one now; `owner`: the request is theirs; `unit` and `back` name what is counted."""

    request: Shown
    owner: bool
    may_answer: bool
    given: list[Given]
    heard: list[Said]
    unit: str
    back: str


@dataclass(frozen=True, slots=True)
class Overview:
    """The requests of an actor with how many answers wait for it, and the answers that it gave, each with its request."""

    own: list[tuple[Shown, int]]
    sent: list[tuple[Shown, str]]


def overview(tx: Tx, actor: ActorRow, who: Reader, reads: Sequence[str], now: int) -> Overview:
    """What there is to decide and to wait for. A unit of work."""
    told = tuple(one.value for one in Status if one is not Status.DRAFT)
    ids = board.find(tx, Wanted(statuses=told, actor_id=actor.id), actor.id, now, Range(limits.PAGE_ITEMS))
    waiting = answers.pending_counts(tx, ids)
    rows = answers.listed(tx, actor.id, Range(limits.PAGE_ITEMS), limits.NUMBER_MAX, side="sent")
    asked = {one.row.id: one for one in shown(tx, list({row.request_id for row in rows}), who, reads, now)}
    last: dict[int, str] = {}
    for row in rows:
        request = asked[row.request_id].row
        status = responding.shown_status(row, request, now)
        last.setdefault(row.request_id, tables.label("response_status", status.value, who.language))
    return Overview(
        [(one, waiting.get(one.row.id, 0)) for one in shown(tx, ids, who, reads, now)],
        [(asked[id], label) for id, label in last.items()],
    )


def of_request(
    tx: Tx, number: int, actor: ActorRow, who: Reader, reads: Sequence[str], now: int, clock: Clock
) -> Answers:
    """A request as the actor's people deal with it. A unit of work; NotFound for one that the actor may not read."""
    readable = store.readable_among(tx, [number], actor.id)
    found = shown(tx, readable, who, reads, now)
    if not found or found[0].row.published_at is None:
        raise NotFound(f"no request {number} for @{actor.handle}")
    request = found[0]
    row, owner = request.row, request.row.actor_id == actor.id
    side = "received" if owner else "sent"
    rows = answers.listed(tx, actor.id, Range(limits.PAGE_ITEMS), limits.NUMBER_MAX, side=side, request_id=row.id)
    people = by_ids(tx, list({one.actor_id for one in rows}))
    given = [_given(tx, one, people[one.actor_id], request, actor, who, now, clock) for one in rows]
    back = row.reciprocal_unit
    return Answers(
        request,
        owner,
        may_answer=not owner and request.open,
        # What another answer of the same responder took the place of is of no use any more.
        given=[one for one in given if one.row.superseded_by_uri is None],
        heard=_heard(tx, request, actor) if owner else [],
        unit=tables.label("units", row.unit or "one", who.language),
        back="" if back is None else tables.label("units", back, who.language),
    )


def _given(
    tx: Tx, row: ResponseRow, responder: ActorRow, request: Shown, actor: ActorRow, who: Reader, now: int, clock: Clock
) -> Given:
    asked = request.row
    status, owner = responding.shown_status(row, asked, now), asked.actor_id == actor.id
    steps = tuple(step.value for step in (_BY_OWNER if owner else (Step.WITHDRAW,)) if (status, step) in rules.RESPONSE)
    waiting = confirming.of_response(tx, row) if row.plain and status is Response.ACCEPTED else None
    changed = row.pending and responding.terms_changed(tx, row, asked)
    if waiting is not None:
        changed = confirming.changed_since(asked, waiting.link)
    made = answers.agreed_on(tx, [row.id]).get(row.id)
    unit = tables.label("units", asked.unit or "one", who.language)
    back = tables.label("units", asked.reciprocal_unit, who.language) if asked.reciprocal_unit else ""
    return Given(
        row=row,
        who=responder,
        status=status,
        label=tables.label("response_status", status.value, who.language),
        came=who.texts.gettext(CAME[row.via]),
        html=sanitise(row.content),
        amount=f"{row.value} {unit}" if row.value is not None else "",
        back=f"{row.reciprocal_value} {back}" if row.reciprocal_value is not None and back else "",
        steps=steps,
        waits=waiting is not None,
        sure=waiting is not None and confirming.said_yes(tx, waiting),
        changed=changed,
        unmeasured=owner and row.plain and row.pending and row.value is None and asked.wanted.total is not None,
        agreed=tables.label("agreement_status", made.status, who.language) if made is not None else "",
        code=made.code if made is not None else "",
        deeds=_deeds(tx, made, actor, now, clock),
        talk=_posts(tx, talk.numbers(tx, row, actor.id), actor),
    )


def _deeds(tx: Tx, made: AgreementRow | None, actor: ActorRow, now: int, clock: Clock) -> tuple[str, ...]:
    one = agreements.held(tx, made) if made is not None else None
    side = one.party(actor.id) if one is not None else None
    return completing.allowed(one, side, now, clock) if one is not None and side is not None else ()


def _heard(tx: Tx, request: Shown, actor: ActorRow) -> list[Said]:
    found = [one for one in comments.listed(tx, request.row, actor.id) if one.response_id is None]
    kinds = {one.post_id: one.kind for one in found}
    return _posts(tx, list(kinds), actor, kinds, others=True)


def _posts(
    tx: Tx, numbers: list[int], actor: ActorRow, kinds: dict[int, Kind] | None = None, *, others: bool = False
) -> list[Said]:
    found = visible.by_ids(tx, numbers, actor.id)
    people = by_ids(tx, list({post.actor_id for post in found.values()}))
    return [
        Said(
            post,
            people[post.actor_id],
            clean(post),
            web_address(post.url),
            post.actor_id == actor.id,
            SPEAKS[kinds[number]] if kinds is not None else "",
        )
        for number in numbers
        if (post := found.get(number)) is not None and not (others and post.actor_id == actor.id)
    ]
