"""The life of a request, of a response and of an agreement: states, who may do what when, quantities, the end by the clock. Pure.

State is computed on every node from what the owner said last and from the node's own clock, so that a lost message heals. What is
asked of people (fields, roles) is elsewhere. Source: domain research 8.1.
"""

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from coopfed import limits


class Status(StrEnum):
    """Where a request stands. Source: domain research 8.1."""

    DRAFT = "draft"
    OPEN = "open"
    IN_NEGOTIATION = "in_negotiation"
    AGREED = "agreed"
    COMPLETED = "completed"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"


class Verb(StrEnum):
    """What becomes of a request."""

    PUBLISH = "publish"
    NEGOTIATE = "negotiate"
    """One answer at least is shortlisted."""
    RESUME = "resume"
    """None is any more."""
    SETTLE = "settle"
    REOPEN = "reopen"
    EXTEND = "extend"
    WITHDRAW = "withdraw"
    COMPLETE = "complete"
    DELETE = "delete"


class Response(StrEnum):
    """Where a response stands."""

    RECEIVED = "received"
    SHORTLISTED = "shortlisted"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"
    LAPSED = "lapsed"


class Step(StrEnum):
    """What becomes of a response."""

    SHORTLIST = "shortlist"
    UNSHORTLIST = "unshortlist"
    ACCEPT = "accept"
    REJECT = "reject"
    WITHDRAW = "withdraw"
    LAPSE = "lapse"
    """The request ended."""


class Agreement(StrEnum):
    """Where an agreement stands."""

    PROPOSED = "proposed"
    ACTIVE = "active"
    FULFILLED = "fulfilled"
    CLOSED_UNFULFILLED = "closed_unfulfilled"


class Deed(StrEnum):
    """What becomes of an agreement."""

    CONFIRM = "confirm"
    """The responder agrees by a one-time link."""
    REFUSE = "refuse"
    FULFIL = "fulfil"
    """Both sides say that it was fulfilled."""
    FAIL = "fail"
    """One side says that it was not."""
    CLOSE = "close"


class Ending(StrEnum):
    """What a side says became of an agreement, as receipts on the wire have it. Source: domain research 8.5."""

    FULFILLED = "fulfilled"
    UNFULFILLED = "unfulfilled"


class Party(StrEnum):
    """Whose side of an agreement."""

    OWNER = "owner"
    RESPONDER = "responder"

    @property
    def other(self) -> "Party":
        """The one opposite."""
        return Party.RESPONDER if self is Party.OWNER else Party.OWNER


class Confirmation(StrEnum):
    """How the responder agreed, the strongest first."""

    SIGNATURE = "signature"
    """Both Offer and Accept carry a proof."""
    TRANSPORT = "transport"
    """One of them came without a proof, over an authenticated delivery."""
    LINK = "link"
    """By a one-time link."""
    WORD = "word"
    """By a word of assent, which the owner's people took for that."""


class Reason(StrEnum):
    """Why an answer is refused, as the wire has it. Source: domain research 8.5."""

    CLOSED = "closed"
    EXPIRED = "expired"
    QUANTITY_EXHAUSTED = "quantity-exhausted"
    TERMS_CHANGED = "terms-changed"
    NOT_ELIGIBLE = "not-eligible"
    OTHER = "other"


class Audience(StrEnum):
    """Whom a request is for (rule e)."""

    PUBLIC = "public"
    NETWORK = "network"
    ACTORS = "actors"


class Purpose(StrEnum):
    """Whether something is looked for or given."""

    REQUEST = "request"
    OFFER = "offer"


ANSWERABLE = frozenset({Status.OPEN, Status.IN_NEGOTIATION})
"""Only these take answers (rule a)."""
ENDED = frozenset({Status.WITHDRAWN, Status.EXPIRED, Status.COMPLETED})
PENDING = frozenset({Response.RECEIVED, Response.SHORTLISTED})
"""Responses that wait for the owner: of each responder there is one at most (rule c)."""
LIVE = frozenset({Response.RECEIVED, Response.SHORTLISTED, Response.ACCEPTED})
TAKING = frozenset({Agreement.PROPOSED, Agreement.ACTIVE, Agreement.FULFILLED})
"""Agreements whose quantity is not to be had by others."""

REQUEST: dict[tuple[Status, Verb], Status | None] = {
    (Status.DRAFT, Verb.PUBLISH): Status.OPEN,
    (Status.DRAFT, Verb.DELETE): None,
    (Status.OPEN, Verb.NEGOTIATE): Status.IN_NEGOTIATION,
    (Status.OPEN, Verb.SETTLE): Status.AGREED,
    (Status.OPEN, Verb.EXTEND): Status.OPEN,
    (Status.OPEN, Verb.WITHDRAW): Status.WITHDRAWN,
    (Status.IN_NEGOTIATION, Verb.RESUME): Status.OPEN,
    (Status.IN_NEGOTIATION, Verb.SETTLE): Status.AGREED,
    (Status.IN_NEGOTIATION, Verb.EXTEND): Status.IN_NEGOTIATION,
    (Status.IN_NEGOTIATION, Verb.WITHDRAW): Status.WITHDRAWN,
    (Status.AGREED, Verb.REOPEN): Status.OPEN,
    (Status.AGREED, Verb.COMPLETE): Status.COMPLETED,
    (Status.EXPIRED, Verb.EXTEND): Status.OPEN,
    (Status.EXPIRED, Verb.DELETE): None,
    (Status.WITHDRAWN, Verb.DELETE): None,
    (Status.COMPLETED, Verb.DELETE): None,
}
"""From where by what to where; None: it is gone. What is not here is not possible."""

RESPONSE: dict[tuple[Response, Step], Response] = {
    (Response.RECEIVED, Step.SHORTLIST): Response.SHORTLISTED,
    (Response.SHORTLISTED, Step.UNSHORTLIST): Response.RECEIVED,
    **{(one, Step.ACCEPT): Response.ACCEPTED for one in (Response.RECEIVED, Response.SHORTLISTED)},
    **{(one, Step.REJECT): Response.DECLINED for one in (Response.RECEIVED, Response.SHORTLISTED)},
    **{(one, Step.WITHDRAW): Response.WITHDRAWN for one in (Response.RECEIVED, Response.SHORTLISTED)},
    **{(one, Step.LAPSE): Response.LAPSED for one in (Response.RECEIVED, Response.SHORTLISTED)},
}

AGREEMENT: dict[tuple[Agreement, Deed], Agreement] = {
    (Agreement.PROPOSED, Deed.CONFIRM): Agreement.ACTIVE,
    (Agreement.PROPOSED, Deed.REFUSE): Agreement.CLOSED_UNFULFILLED,
    (Agreement.PROPOSED, Deed.CLOSE): Agreement.CLOSED_UNFULFILLED,
    (Agreement.ACTIVE, Deed.FULFIL): Agreement.FULFILLED,
    (Agreement.ACTIVE, Deed.FAIL): Agreement.CLOSED_UNFULFILLED,
    (Agreement.ACTIVE, Deed.CLOSE): Agreement.CLOSED_UNFULFILLED,
    (Agreement.CLOSED_UNFULFILLED, Deed.FULFIL): Agreement.FULFILLED,
}
"""The last line is of receipts that crossed: what both signed as fulfilled is so, in whatever order they were heard."""


def standing(status: Agreement, said: Collection[tuple[Party, Ending]]) -> Agreement:
    """Where an agreement stands by all that its sides said of it so far, `status` being where it stood. The order in which that was
    heard makes no difference, so that both nodes come to the same. Before the responder agreed nothing counts."""
    if status is Agreement.PROPOSED:
        return status
    if all((party, Ending.FULFILLED) in said for party in Party):
        return AGREEMENT.get((status, Deed.FULFIL), status)
    if any(ending is Ending.UNFULFILLED for _party, ending in said):
        return AGREEMENT.get((status, Deed.FAIL), status)
    return status


def completes(status: Status, agreements: Collection[Agreement], left: Decimal | None) -> bool:
    """Whether a request is completed by its agreements: it is agreed, none of them is under way any more, one at least was fulfilled, and
    for each that fell through another came, or all were fulfilled. Source: API contract 6."""
    if status is not Status.AGREED or Agreement.FULFILLED not in agreements:
        return False
    if {Agreement.PROPOSED, Agreement.ACTIVE} & set(agreements):
        return False
    return Agreement.CLOSED_UNFULFILLED not in agreements or settles(left)


def status_at(said: Status, expires_at: int | None, now: int) -> Status:
    """The status at a moment (milliseconds): what its owner said, unless it was open and its end has passed on this node's clock."""
    over = said in ANSWERABLE and expires_at is not None and expires_at <= now
    return Status.EXPIRED if over else said


def after(status: Status, verb: Verb) -> Status | None:
    """Where the verb leads, None when it is gone then. KeyError when it is not possible: see `can`."""
    return REQUEST[status, verb]


def can(status: Status, verb: Verb) -> bool:
    """Whether that may become of a request now."""
    return (status, verb) in REQUEST


def verbs(status: Status) -> tuple[Verb, ...]:
    """What may become of a request now, in the order of `Verb`."""
    return tuple(verb for verb in Verb if can(status, verb))


def reached(status: Status, verb: Verb) -> bool:
    """Whether the request is where the verb leads: then to say it again changes nothing and sends nothing. Source: API contract 1."""
    return verb is not Verb.EXTEND and any(to is status for (_from, said), to in REQUEST.items() if said is verb)


# --- quantities -----------------------------------------------------------------------------------------------------

_QUANTITY = re.compile(rf"[0-9]{{1,{limits.QUANTITY_DIGITS}}}(?:\.[0-9]{{1,{limits.QUANTITY_DECIMALS}}})?")


def quantity(written: object) -> Decimal | None:
    """The amount that is written as the contract has it (no sign, no exponent, at most six decimals, above zero); None for what is
    none."""
    text = str(written) if isinstance(written, str | int) and not isinstance(written, bool) else ""
    if not _QUANTITY.fullmatch(text):
        return None
    found = Decimal(text)
    return found if found > 0 else None


def plain(amount: Decimal) -> str:
    """The amount as it is written: without exponent and without zeros that say nothing."""
    text = f"{amount:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


@dataclass(frozen=True, slots=True)
class Wanted:
    """How much is wanted or given. `value`: of one answer (None: any amount); `available`: in all (None: as `value`, and without that
    without limit); `minimum` of one answer; `all_or_nothing`: an answer is for `value` exactly."""

    value: Decimal | None = None
    available: Decimal | None = None
    minimum: Decimal | None = None
    all_or_nothing: bool = False

    @property
    def total(self) -> Decimal | None:
        """How much in all; None: without limit."""
        return self.available if self.available is not None else self.value


def remaining(wanted: Wanted, taken: Iterable[Decimal]) -> Decimal | None:
    """What is left when so much is taken, never less than nothing; None: without limit."""
    total = wanted.total
    return None if total is None else max(Decimal(0), total - sum(taken, Decimal(0)))


def meant_by(wanted: Wanted, asked: Decimal | None, left: Decimal | None) -> Decimal | None:
    """What an answer is for: the amount that it names, else all that remains. None where nothing is counted."""
    if asked is not None:
        return asked
    return wanted.value if wanted.all_or_nothing and wanted.value is not None else left


def refused(
    status: Status, wanted: Wanted, asked: Decimal | None, left: Decimal | None, closed: Reason = Reason.CLOSED
) -> Reason | None:
    """Why an answer for this amount cannot stand, None when it can (rules a, b). Source: API contract 5."""
    if status is Status.EXPIRED:
        return Reason.EXPIRED
    if status not in ANSWERABLE:
        return closed
    amount = meant_by(wanted, asked, left)
    if left is not None and (left <= 0 or (amount is not None and amount > left)):
        return Reason.QUANTITY_EXHAUSTED
    if amount is None:
        return None
    if wanted.minimum is not None and amount < wanted.minimum:
        return Reason.NOT_ELIGIBLE
    if wanted.all_or_nothing and wanted.value is not None and amount != wanted.value:
        return Reason.NOT_ELIGIBLE
    return None


def settles(left: Decimal | None) -> bool:
    """Whether nothing is left to agree on."""
    return left is not None and left <= 0


# --- answers --------------------------------------------------------------------------------------------------------


def terms_changed(terms_at: int | None, answered: int | None, came: int) -> bool:
    """Whether the terms changed since what the answer was to (rule d): `answered` is the version that it names, else `came`, when it was
    written, counts. All in milliseconds."""
    return terms_at is not None and (came if answered is None else answered) < terms_at


_ASSENT = frozenset(
    {
        *(
            "evet",
            "tamam",
            "olur",
            "kabul",
            "kabul ediyorum",
            "kabul ediyoruz",
            "onaylıyorum",
            "onaylıyoruz",
            "anlaştık",
        ),
        *("sì", "si", "va bene", "d'accordo", "accetto", "accettiamo", "confermo", "confermiamo"),
        *("yes", "ok", "okay", "agreed", "i agree", "we agree", "i accept", "we accept"),
    }
)
"""Words of assent in the languages of our pages. Source: domain research 8.4."""
_NO_WORD = re.compile(r"[^\w\s']+")
_HANDLE = re.compile(r"@[\w.-]+(?:@[\w.:-]+)?")


def is_assent(text: str) -> bool:
    """Whether a text (plain) is a word of assent and nothing else but names, signs and spaces. It is shown to people as that, and taken by
    nobody else."""
    words = _NO_WORD.sub(" ", _HANDLE.sub(" ", text.replace("’", "'"))).split()
    said = " ".join(words)
    return said.replace("İ", "i").lower() in _ASSENT or said.replace("I", "ı").lower() in _ASSENT


def supersedes(new: tuple[int, str], old: tuple[int, str]) -> bool:
    """Whether of two answers of one responder the first one lives (rule c): by when they were written (milliseconds), and within one
    millisecond by their ids, so that whichever comes first all nodes keep the same."""
    return new > old
