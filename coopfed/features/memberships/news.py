"""Mails about memberships: who asks to be a member, who invites, what the other side ended or declined, to those who decide on these.

What happens within a quarter of an hour comes in one mail, however many ask; what is settled by then is not told. Source: API contract 8;
RFC 8058.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import bindparam, delete, select
from sqlalchemy.dialects.postgresql import insert

from actors.lookup import ActorRow, by_id, by_ids
from actors.roles import Role, may_sign, may_take_members
from coopfed import limits
from coopfed.db import jobs
from coopfed.db.models import MembershipNews
from coopfed.db.tx import Tx, table
from coopfed.features import mail_wishes
from coopfed.features.accounts import letters, store
from coopfed.features.accounts.letters import Text
from coopfed.features.digests import stopping
from coopfed.features.memberships import store as memberships
from coopfed.features.memberships.rules import Side, Status
from coopfed.features.memberships.store import MembershipRow
from coopfed.node import Node, Stamp
from coopfed.text.i18n import Translator, translator
from coopfed.text.i18n import mark as _
from coopfed.text.sanitise import line

TELL_MEMBERSHIPS = "tell_memberships"
_SIGN = tuple(role for role in Role if may_sign(frozenset({role})))
_TAKE = tuple(role for role in Role if may_take_members(frozenset({role})))


class Event(StrEnum):
    """What the other side did."""

    ASKED = "asked"
    INVITED = "invited"
    ENDED = "ended"
    DECLINED = "declined"


_SENTENCES = {
    Event.ASKED: _("%(other)s asks to be a member."),
    Event.INVITED: _("%(other)s invites you to be a member."),
    Event.ENDED: _("%(other)s ended or suspended the membership."),
    Event.DECLINED: _("%(other)s declined."),
}
_STILL = {Event.ASKED: Status.REQUESTED, Event.INVITED: Status.INVITED}
"""What has to be so yet, that it is worth a mail."""

news = table(MembershipNews)
_NOTE = insert(news).on_conflict_do_nothing()
_OF = (
    select(news.c.membership_id, news.c.event)
    .where(news.c.actor_id == bindparam("whose"))
    .order_by(news.c.membership_id, news.c.event)
)
_TOLD = delete(news).where(news.c.actor_id == bindparam("whose"))


@dataclass(frozen=True, slots=True)
class Item:
    """What the other side did, on which side the reader's actor is."""

    event: Event
    other: ActorRow
    side: Side


def note(tx: Tx, actor: ActorRow, membership_id: int, event: Event, stamp: Stamp) -> None:
    """The other side did something: those who decide for an actor of ours are told by the next mail. A unit of work."""
    if actor.local:
        tx.execute(_NOTE, {"actor_id": actor.id, "membership_id": membership_id, "event": event.value})
        due = stamp.now + stamp.clock.span(limits.DIGEST_SECONDS)
        jobs.enqueue(tx, stamp.mint(None), TELL_MEMBERSHIPS, str(actor.id), due)


async def tell_memberships(node: Node, key: str) -> None:
    """The job `tell_memberships` (key: an actor's number): leaves a mail for each who decides and wants one."""
    await node.db.write(
        _leave, node.secret, node.config.handle_domain, node.config.languages[0], int(key), node.stamp()
    )


def _leave(tx: Tx, secret: bytes, host: str, language: str, number: int, stamp: Stamp) -> None:
    items = _items(tx, number)
    tx.execute(_TOLD, {"whose": number})
    actor = by_id(tx, number)
    if actor is None or actor.gone_at is not None or actor.suspended or not items:
        return
    people: dict[int, set[Side]] = {}
    for side, roles in ((Side.MEMBER, _SIGN), (Side.UMBRELLA, _TAKE)):
        for account_id in mail_wishes.addressees(tx, number, roles, mail_wishes.MEMBERSHIPS):
            people.setdefault(account_id, set()).add(side)
    for account_id, sides in people.items():
        account = store.by_id(tx, account_id)
        mine = [item for item in items if item.side in sides]
        if account is not None and mine:
            stop = f"{stamp.urls.base}/account/mails/{stopping(secret, account)}"
            text = mail(translator(account.language or language), host, stamp.urls.base, actor, mine, stop=stop)
            letters.post(tx, secret, account.email, text, stamp)


def _items(tx: Tx, number: int) -> list[Item]:
    noted = [(row.membership_id, Event(row.event)) for row in tx.execute(_OF, {"whose": number})]
    rows = memberships.among(tx, {id for id, _event in noted})
    others = by_ids(tx, [one for row in rows.values() for one in _parties(row) if one != number])
    found = []
    for id, event in noted:
        row = rows.get(id)
        other = next((others[one] for one in _parties(row) if one in others), None) if row is not None else None
        if row is not None and other is not None and _STILL.get(event, row.status) == row.status:
            found.append(Item(event, other, Side.MEMBER if row.member_id == number else Side.UMBRELLA))
    return found


def _parties(row: MembershipRow) -> Sequence[int]:
    return [one for one in (row.member_id, row.umbrella_id) if one is not None]


def mail(texts: Translator, host: str, base: str, actor: ActorRow, items: Sequence[Item], *, stop: str) -> Text:
    """The mail. A name must not look like lines of ours. Pure."""
    shown, left = items[: limits.DIGEST_ITEMS], len(items) - limits.DIGEST_ITEMS
    told = [
        texts.gettext(_SENTENCES[item.event], other=f"{line(item.other.name)} (@{item.other.acct})") for item in shown
    ]
    if left > 0:
        told.append(texts.ngettext("%(count)s more", "%(count)s more", left))
    subject = texts.gettext("Memberships of @%(handle)s", handle=actor.handle)
    return Text(
        subject=f"{subject} ({host})",
        before="\n".join(told),
        link=f"{base}/account/memberships/{actor.handle}",
        after=texts.gettext("No more such mails: %(page)s", page=stop),
        unsubscribe=stop,
    )
