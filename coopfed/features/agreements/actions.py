"""What members do with agreements: say that they were fulfilled, or not, and close those of which the other side says nothing.

Whoever decides holds the request, as with answers. Roles are asked at the edge. Source: API contract 6; domain research 8.5.
"""

from collections.abc import Callable

import orjson

from actors.lookup import ActorRow, by_id
from coopfed import limits
from coopfed.clock import Clock
from coopfed.db.tx import Tx
from coopfed.errors import Conflict, Fault, Forbidden, InvalidFields, NotFound
from coopfed.features.accounts.secrets import new_secret
from coopfed.features.agreements import documents
from coopfed.features.requests import agreements, confirming, proposing, telling
from coopfed.features.requests.agreements import Held, ReceiptRow
from coopfed.features.requests.proposing import Asking
from coopfed.features.requests.rules import Agreement, Ending, Party, Response
from coopfed.node import Node, SigningKey, Stamp
from outbox.publish import publish


def party(tx: Tx, actor: ActorRow, number: int) -> tuple[Held, Party]:
    """The agreement with this number, for one of its two sides, and which. NotFound for anybody else."""
    row = agreements.get(tx, number)
    one = agreements.held(tx, row) if row is not None else None
    side = one.party(actor.id) if one is not None else None
    if one is None or side is None:
        raise NotFound(f"no agreement {number} of @{actor.handle}")
    return one, side


def allowed(one: Held, side: Party, now: int, clock: Clock) -> tuple[str, ...]:
    """What this side may do with the agreement now. Pure."""
    status, verbs = Agreement(one.row.status), []
    if status is Agreement.ACTIVE and not any(party is side for party, _ending in one.said):
        verbs.append("complete")
    if side is Party.OWNER and (status is Agreement.PROPOSED or _may_close(one, now, clock)):
        verbs.append("close")
    return tuple(verbs)


def _may_close(one: Held, now: int, clock: Clock) -> bool:
    """Whether the other side has been silent for thirty days since the owner said that it was done."""
    own = [receipt for receipt in one.receipts if receipt.actor_id == one.request.actor_id]
    silent = clock.span(limits.AGREEMENT_SILENCE_SECONDS)
    return one.row.status == Agreement.ACTIVE and bool(own) and own[0].written_at + silent <= now


async def complete(node: Node, actor: ActorRow, number: int, outcome: object, account_id: int | None = None) -> Held:
    """This side says that it was fulfilled, or that it was not: a receipt with a proof goes to the other, or a link, where they have no
    server that reads it. Said again it changes nothing. NotFound, InvalidFields, Conflict."""
    if outcome not in list(Ending):
        raise InvalidFields({"outcome": [Fault.INVALID if outcome else Fault.BLANK]})
    ending = Ending(str(outcome))

    def decide(one: Held, side: Party, now: int) -> bool:
        if (side, ending) in one.said:
            return False
        if "complete" not in allowed(one, side, now, node.clock):
            raise _impossible(one, side, now, node.clock)
        return True

    return await _say(node, actor, number, ending, decide, account_id)


async def close(node: Node, actor: ActorRow, number: int) -> Held:
    """The owner closes what was only proposed, or of which the other side says nothing: the quantity is free again. NotFound, Forbidden,
    Conflict."""

    def decide(one: Held, side: Party, now: int) -> bool:
        if side is not Party.OWNER:
            raise Forbidden("only the owner of the request closes", reason="not_a_party")
        if one.row.status == Agreement.CLOSED_UNFULFILLED:
            return False
        if "close" not in allowed(one, side, now, node.clock):
            raise _impossible(one, side, now, node.clock)
        return True

    return await _say(node, actor, number, Ending.UNFULFILLED, decide)


def _impossible(one: Held, side: Party, now: int, clock: Clock) -> Conflict:
    possible = list(allowed(one, side, now, clock))
    return Conflict(
        f"an agreement that is {one.row.status} is not ended so",
        details={"status": one.row.status, "allowed": possible},
    )


async def _say(
    node: Node,
    actor: ActorRow,
    number: int,
    ending: Ending,
    decide: Callable[[Held, Party, int], bool],
    account_id: int | None = None,
) -> Held:
    """The receipt of this side, if `decide` says that one is to be given; the agreement after it."""
    await node.db.read(party, actor, number)
    key = await telling.key_of(node, actor)
    asking = Asking(node.secret, "", new_secret(), account_id)

    def unit(tx: Tx, stamp: Stamp) -> Held:
        party(tx, actor, number)
        one = agreements.hold(tx, number)
        assert one is not None
        side = one.party(actor.id)
        assert side is not None
        if not decide(one, side, stamp.now):
            return one
        if one.row.status == Agreement.PROPOSED:
            confirming.close(tx, one.row, one.response, Response.DECLINED, stamp.now)
            return agreements.hold(tx, number) or one
        _give(tx, one, side, actor, ending, key, asking, stamp)
        return settled(tx, one, stamp)

    # As a claim: both sides may be of this node, and say so at one moment.
    return await node.db.claim(unit, node.stamp())


def _give(
    tx: Tx, one: Held, side: Party, actor: ActorRow, ending: Ending, key: SigningKey, asking: Asking, stamp: Stamp
) -> None:
    other = by_id(tx, one.actor(side.other))
    assert other is not None
    activity, number = stamp.mint(None), stamp.mint(None)
    document = documents.receipt(
        stamp.urls.activity(activity), stamp.urls.object(number), one.row.uri, actor, other, ending, stamp.now
    )
    document = telling.attested(document, key, stamp)
    row = ReceiptRow(
        id=number,
        uri=stamp.urls.object(number),
        agreement_uri=one.row.uri,
        actor_id=actor.id,
        outcome=ending.value,
        signed=True,
        document=orjson.dumps(document),
        written_at=stamp.now,
        created_at=stamp.now,
    )
    agreements.add_receipt(tx, row)
    if other.local or not one.response.plain:
        publish(tx, stamp, actor, activity, document, one.request.id)
    elif ending is Ending.FULFILLED:
        proposing.ask_done(tx, one, actor, other, asking, stamp)


def settled(tx: Tx, one: Held, stamp: Stamp) -> Held:
    """The agreement after something was said of it; the owner of ours looks whether the request is completed. A unit of work."""
    after = agreements.settle(tx, one, stamp.now)
    if after.row.status != one.row.status and after.request.local:
        telling.retell_later(tx, after.request, stamp)
    return after
