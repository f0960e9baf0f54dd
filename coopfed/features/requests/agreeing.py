"""The one place where an answer that was accepted becomes an agreement: of ours, with the Accept that says so, and of others' Accepts.

By an answer of ActivityPub it is there at once; by one from a plain post it is proposed, until the responder agrees by a link. Units of
work; whoever calls holds the request.
"""

from decimal import Decimal

import orjson

from actors.lookup import ActorRow, by_id
from coopfed import limits
from coopfed.db.tx import Tx
from coopfed.errors import BadMessage, Conflict, Fault, InvalidFields
from coopfed.features.requests import agreements, answers, documents, rules, telling, terms
from coopfed.features.requests.answers import AgreementRow, ResponseRow
from coopfed.features.requests.rules import Agreement, Confirmation, Response
from coopfed.features.requests.store import RequestRow
from coopfed.node import SigningKey, Stamp
from coopfed.text.sanitise import line, plain
from coopfed.vocab.arrival import Arrival
from coopfed.vocab.origin import lies_with
from coopfed.vocab.proposals import AgreementRecord
from coopfed.vocab.strict_json import parse
from outbox.publish import publish


def agree(
    tx: Tx,
    owner: ActorRow,
    response: ResponseRow,
    row: RequestRow,
    taken: Decimal | None,
    content: str,
    key: SigningKey,
    stamp: Stamp,
) -> AgreementRow:
    """The owner of ours accepts an answer for so much, with a word (`content`, HTML): the agreement, with the signed Accept. An Offer is
    answered by that, and the agreement is active. Where the answer was a plain post nothing is sent, and the agreement is proposed, until
    its responder says so (`confirming`).

    Conflict when whoever answered is gone; InvalidFields for a word that is too long with all its marks.
    """
    responder = by_id(tx, response.actor_id)
    if responder is None or responder.gone_at is not None:
        raise Conflict("whoever answered is gone")
    activity, number = stamp.mint(None), stamp.mint(None)
    uri, code = stamp.urls.object(number), agreements.new_code()
    offered = not response.plain
    document = documents.accept(
        stamp.urls.activity(activity),
        documents.Agreed(uri, stamp.urls.verification(code), taken, digest(response) if offered else None, stamp.now),
        owner,
        responder,
        row,
        response,
        content,
    )
    document = telling.attested(document, key, stamp)
    raw = orjson.dumps(document)
    if len(raw) > limits.RESPONSE_BYTES:
        raise InvalidFields({"content": [Fault.TOO_LONG]})
    made = AgreementRow(
        id=number,
        uri=uri,
        request_id=row.id,
        response_id=response.id,
        status=Agreement.ACTIVE if offered else Agreement.PROPOSED,
        value=rules.plain(taken) if taken is not None else None,
        document=raw,
        created_at=stamp.now,
        updated_at=stamp.now,
        code=code,
        confirmation=_how(response.signed) if offered else None,
        title=row.title,
        category=row.category,
        unit=row.unit or "one",
        reciprocal_unit=row.reciprocal_unit,
        reciprocal_value=documents.returned(row, response) if row.reciprocal_unit is not None else None,
    )
    answers.move(tx, response, Response.ACCEPTED, stamp.now)
    answers.agree(tx, made)
    if offered:
        publish(tx, stamp, owner, activity, document, row.id)
    return made


def digest(response: ResponseRow) -> str | None:
    """The digest of the Offer that an answer came as; None for one that has no canonical form, as a peer may have sent it."""
    try:
        return terms.digest_of(parse(response.document))
    except BadMessage:
        return None


def _how(signed: bool) -> str:
    return (Confirmation.SIGNATURE if signed else Confirmation.TRANSPORT).value


def agreed_elsewhere(
    tx: Tx,
    arrival: Arrival,
    record: AgreementRecord,
    response: ResponseRow,
    row: RequestRow,
    signed: bool,
    stamp: Stamp,
) -> AgreementRow | None:
    """An owner elsewhere accepted an answer of ours; `signed`: with a proof that holds. The agreement, with what was said of it before it
    came; None when its id is another's already. What the Accept does not say is as the request has it."""
    uri, owner = record.id, by_id(tx, row.actor_id)
    if uri is None or owner is None:
        return None
    amount, back = rules.quantity(record.wanted.value), record.reciprocal
    returned = rules.quantity(back.value) if back is not None else rules.quantity(response.reciprocal_value)
    made = AgreementRow(
        id=stamp.mint(None),
        uri=uri,
        request_id=row.id,
        response_id=response.id,
        status=Agreement.ACTIVE,
        value=rules.plain(amount) if amount is not None else None,
        document=arrival.raw,
        created_at=stamp.now,
        updated_at=stamp.now,
        code=_same_code(tx, record.url, owner.uri) or agreements.new_code(),
        confirmation=_how(signed and response.signed),
        title=line(plain(record.title)) or row.title,
        category=line(record.category) if record.category else row.category,
        unit=line(record.wanted.unit) or row.unit or "one",
        reciprocal_unit=row.reciprocal_unit,
        reciprocal_value=rules.plain(returned) if returned is not None else None,
    )
    if not answers.agree(tx, made):
        return None
    answers.move(tx, response, Response.ACCEPTED, stamp.now)
    return agreements.settle(tx, agreements.held(tx, made), stamp.now).row


def _same_code(tx: Tx, page: str | None, owner: str) -> str | None:
    """The code in the page that the owner's node shows the agreement on, so that the one on the paper opens it at both; none that opens
    something else here."""
    if not lies_with(page, owner):
        return None
    code = agreements.read_code(page.rpartition("/")[2])
    return code if code is not None and agreements.by_code(tx, code) is None else None
