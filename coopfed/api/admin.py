"""What the parts of the admin API share: who may ask, and the shapes of what operators see.

Every route takes a token with an `admin:` scope whose account runs the node (`coopfed account create … --operator`); the actor as
which it speaks is written on reports, the account in the record of acts.
"""

from collections.abc import Sequence
from typing import Any

from actors.lookup import ActorRow, by_id, by_ids
from actors.moderated import limited_among
from coopfed.api import assemble
from coopfed.api.asking import number, speaker
from coopfed.api.people import MEMBER, OPERATOR
from coopfed.api.words import moment
from coopfed.db.tx import Tx
from coopfed.errors import Forbidden, NotFound
from coopfed.features.accounts import store as accounts
from coopfed.features.accounts.store import AccountRow
from coopfed.features.moderation.audit import Operator
from coopfed.features.moderation.people import people_of
from coopfed.ids import Urls
from coopfed.node import Node


async def operator(node: Node, scope: str) -> Operator:
    """Who asks. Raises as `speaker`; Forbidden when the account does not run the node."""
    who = await speaker(node, scope)
    account = await node.db.read(accounts.by_id, who.account_id)
    if account is None or not account.operator:
        raise Forbidden("only operators of the node may do this", reason="insufficient_role")
    return Operator(who.account_id, who.actor.id)


async def known_actor(node: Node, id: str) -> ActorRow:
    """The actor with this number, suspended ones too. NotFound when there is none."""
    row = await node.db.read(by_id, number(id))
    if row is None or row.gone_at is not None:
        raise NotFound(f"no account {id}")
    return row


def admin_accounts(tx: Tx, rows: Sequence[ActorRow], urls: Urls) -> list[dict[str, Any]]:
    """The Admin::Account of each actor. Of ours with the first person who may act as it; addresses (IP) are not kept here."""
    people = people_of(tx, [row.id for row in rows if row.local])
    limited = limited_among(tx, [row.id for row in rows])
    shown = assemble.accounts(tx, rows, urls)
    return [
        _admin_account(row, people.get(row.id, []), account, row.id in limited)
        for row, account in zip(rows, shown, strict=True)
    ]


def by_numbers(tx: Tx, numbers: Sequence[int | None], urls: Urls) -> dict[int, dict[str, Any]]:
    """The Admin::Account of each actor with one of these numbers."""
    known = by_ids(tx, list({number for number in numbers if number is not None}))
    rows = list(known.values())
    return {row.id: shown for row, shown in zip(rows, admin_accounts(tx, rows, urls), strict=True)}


def waiting_account(person: AccountRow) -> dict[str, Any]:
    """The Admin::Account of somebody who asked for an account and waits: no actor is theirs yet, so `account` is null, and the number
    is that of the account itself."""
    return {
        **_person(person),
        "id": str(person.id),
        "username": person.email,
        "domain": None,
        "created_at": moment(person.created_at),
        "silenced": False,
        "suspended": False,
        "sensitized": False,
        "account": None,
    }


def _admin_account(row: ActorRow, people: Sequence[AccountRow], shown: dict[str, Any], limited: bool) -> dict[str, Any]:
    return {
        **_person(people[0] if people else None),
        "id": str(row.id),
        "username": row.handle,
        "domain": None if row.local else row.acct.rpartition("@")[2],
        "created_at": moment(row.created_at),
        "silenced": limited,
        "suspended": row.suspended,
        "sensitized": row.sensitized,
        "account": shown,
    }


def _person(person: AccountRow | None) -> dict[str, Any]:
    return {
        "email": person.email if person is not None else None,
        "ip": None,
        "ips": [],
        "locale": person.language if person is not None else None,
        "invite_request": (person.reason or None) if person is not None else None,
        "role": OPERATOR if person is not None and person.operator else MEMBER,
        "confirmed": person is not None and person.confirmed_at is not None,
        "approved": person is not None and person.approved_at is not None,
        "disabled": person is not None and person.disabled_at is not None,
    }
