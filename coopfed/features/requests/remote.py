"""Requests of others: what their Proposals say, as it is stored here; and those that are asked for at their origin."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from actors import umbrellas
from actors.attested import Proof, proof_of
from actors.lookup import ActorRow, by_uris
from actors.remote import known_actor
from coopfed import limits
from coopfed.clock import milliseconds
from coopfed.db.tx import Tx
from coopfed.errors import BadMessage, FetchError, NotFound
from coopfed.features import match_wishes
from coopfed.features.posts import store as posts
from coopfed.features.requests import rules, store
from coopfed.features.requests.rules import Audience, Status
from coopfed.features.requests.store import RequestRow, Translated
from coopfed.net.fetch import fetch_document
from coopfed.node import Node, Stamp
from coopfed.outcomes import Refusal
from coopfed.text.sanitise import line, plain, sanitise
from coopfed.vocab.origin import lies_with, same_authority
from coopfed.vocab.proposals import ProposalRecord, read_proposal
from coopfed.vocab.terms import PUBLIC

Document = dict[str, Any]

_TOLD = (
    ("purpose", ("purpose",)),
    ("title", ("name", "nameMap")),
    ("content", ("content", "contentMap")),
    ("language", ("contentMap", "nameMap", "language")),
    ("translations", ("contentMap", "nameMap")),
    ("category", ("collaborationCategory",)),
    ("codes", ("sector", "region", "acceptsLanguages", "sdg")),
    ("all_or_nothing", ("unitBased",)),
    ("expires_at", ("hasEnd",)),
    ("url", ("url",)),
    ("companion_uri", ("companion",)),
)
"""Which members of a Proposal tell what: an Update that leaves them out, as it may, leaves that as it was. Source: domain research 8.6."""


@dataclass(frozen=True, slots=True)
class Came:
    """A Proposal with its author, as it came."""

    record: ProposalRecord
    author: ActorRow
    document: Document
    raw: bytes


def stored(tx: Tx, came: Came, stamp: Stamp) -> RequestRow | None:
    """Stores the Proposal in place of an older version; None when it is not newer than what is here, or was deleted. A unit of work."""
    record = came.record
    before = store.by_uri(tx, record.id)
    moment = _ms(record.updated or record.published) or stamp.now
    if before is None:
        if posts.is_buried(tx, record.id, came.author.id):
            return None
        row = _row(
            tx, came, RequestRow(stamp.mint(None), record.id, False, came.author.id, created_at=stamp.now), moment
        )
        if not store.add(tx, row):
            return None
        match_wishes.look_soon(tx, row.id, stamp)
        return row
    if before.deleted_at is not None or before.actor_id != came.author.id or moment <= before.updated_at:
        return None
    row = _row(tx, came, before, moment)
    kept = {
        name: getattr(before, name) for name, members in _TOLD if not any(member in came.document for member in members)
    }
    row = replace(row, **kept)
    store.put(tx, row)
    match_wishes.look_soon(tx, row.id, stamp)
    return row


def _row(tx: Tx, came: Came, before: RequestRow, moment: int) -> RequestRow:
    record = came.record
    named = [one for one in (*record.to, *record.cc) if one not in (PUBLIC, came.author.followers_uri)]
    public = PUBLIC in (*record.to, *record.cc)
    named = named[: limits.REQUEST_RECIPIENTS]
    readers = by_uris(tx, named) if not public else {}
    umbrella_id = umbrellas.of_members(tx, named) if not public else None
    audience = Audience.PUBLIC if public else Audience.ACTORS if umbrella_id is None else Audience.NETWORK
    back, wanted = record.reciprocal, record.wanted
    after = replace(
        before,
        purpose=record.purpose,
        status=_status(record),
        title=line(plain(record.title)),
        content=sanitise(record.content),
        language=record.language,
        category=line(record.category) if record.category else None,
        unit=line(wanted.unit) or before.unit or "one",
        value=_amount(wanted.value),
        available=_amount(record.available),
        minimum=_amount(record.minimum),
        all_or_nothing=record.all_or_nothing,
        reciprocal_unit=(line(back.unit) or "one") if back is not None else None,
        reciprocal_value=_amount(back.value) if back is not None else None,
        reciprocal_resource=record.resource,
        audience=audience,
        umbrella_id=umbrella_id,
        url=_at_home(record.url, record.id),
        companion_uri=_at_home(record.companion, record.id),
        document=came.raw,
        published_at=_ms(record.published) or before.published_at or moment,
        updated_at=moment,
        expires_at=_ms(record.expires),
        codes={
            kind: tuple(dict.fromkeys(found for one in codes if (found := line(one))))
            for kind, codes in record.codes.items()
            if codes
        },
        translations={
            tag: Translated(line(plain(title)), sanitise(content))
            for tag, (title, content) in record.translations.items()
        },
        recipients=tuple(row.id for row in readers.values()),
    )
    changed = before.published_at is not None and _terms(before) != _terms(after)
    return replace(after, terms_at=moment if changed else before.terms_at)


def _terms(row: RequestRow) -> tuple[object, ...]:
    return (row.wanted, row.reciprocal_unit, row.reciprocal_value, row.reciprocal_resource, row.content)


def _status(record: ProposalRecord) -> str:
    """What its owner says; what FEP-0837 alone says is that it is there, or finished."""
    known = record.status if record.status in list(Status) and record.status != Status.DRAFT else Status.OPEN
    return Status.WITHDRAWN if record.finished and known in rules.ANSWERABLE else str(known)


def _amount(written: str | None) -> str | None:
    found = rules.quantity(written)
    return rules.plain(found) if found is not None else None


def _ms(moment: datetime | None) -> int | None:
    return None if moment is None else milliseconds(moment)


def _at_home(address: str | None, id: str) -> str | None:
    """An address on the Proposal's own host: nobody names another's post or page as theirs."""
    return address if lies_with(address, id) else None


def check(record: ProposalRecord, author: str, raw: bytes) -> None:
    """BadMessage for a Proposal that is too large, of another author, or on another host than its author's."""
    if len(raw) > limits.REQUEST_BYTES:
        raise BadMessage(f"a Proposal of {len(raw)} bytes", reason="too_large")
    if record.author != author or not same_authority(record.id, author):
        raise BadMessage(f"{record.id} is of {record.author}", reason="not_its_author")


async def proofless_or_valid(node: Node, raw: bytes, author: str) -> bool:
    """Whether a document has no proof, or one by its author that holds: one that does not hold was changed on its way."""
    return await proof_of(node, raw, author) is not Proof.INVALID


async def look_up(node: Node, address: str) -> RequestRow:
    """The request that an address leads to: its id, its page, or the post that shows it; asked for at its origin when it is not known here.

    NotFound when it leads to none; FetchError when its host cannot be asked now, PeerBlocked when it is not to be.
    """
    known = await node.db.read(store.named, address)
    if known is not None:
        return known
    if node.urls.is_ours(address):
        raise NotFound(f"{address} is no request")
    budget = node.budget()
    try:
        found = await fetch_document(node.http, address, signer=node.signer, budget=budget)
        about = found.document.get("about")
        if found.document.get("type") != "Proposal" and isinstance(about, str) and same_authority(about, address):
            found = await fetch_document(node.http, about, signer=node.signer, budget=budget)
        record = read_proposal(found.document)
        check(record, record.author, found.raw)
        author = await known_actor(node, record.author, budget)
        if not await proofless_or_valid(node, found.raw, record.author):
            raise NotFound(f"{record.id} carries a proof that does not hold")
    except (BadMessage, Refusal) as error:
        raise NotFound(str(error)) from error
    except FetchError as error:
        if error.status in (404, 410):
            raise NotFound(str(error)) from error
        raise
    came = Came(record, author, found.document, found.raw)
    await node.db.write(stored, came, node.stamp())
    known = await node.db.read(store.by_uri, record.id)
    if known is None or known.deleted_at is not None:
        raise NotFound(f"{record.id} was deleted")
    return known
