"""Invitations that an umbrella sends to an address: its reader names the cooperative, which then gets an ordinary invitation. Whoever has
the link can do no more than that: a signatory of the cooperative still says yes. Units of work, and what a page does.
"""

import re
from dataclasses import dataclass
from datetime import date

from sqlalchemy import bindparam, delete, select
from sqlalchemy.dialects.postgresql import insert

from actors.lookup import ActorRow, by_id
from coopfed import limits
from coopfed.clock import DAY_MS
from coopfed.db.models import MailedInvitation
from coopfed.db.tx import Tx, table
from coopfed.errors import AlreadyExists, Gone
from coopfed.features.accounts import letters
from coopfed.features.accounts.letters import Text
from coopfed.features.accounts.secrets import hashed, new_secret
from coopfed.features.memberships import actions
from coopfed.features.memberships.actions import Wanted
from coopfed.features.memberships.store import MembershipRow
from coopfed.net.windows import Allowance
from coopfed.node import Node, Stamp
from coopfed.text.i18n import translator
from coopfed.text.sanitise import line
from webfinger.resolve import find_actor

_PURPOSE, _ADDRESS = "membership_invitation", "invited_address"
_LIKE_A_LINK = re.compile(r"://|@|\w\.\w{2}")
_TRIES = Allowance(20, 3600)
"""Of naming a cooperative by one link: each may ask another server."""

invitation = table(MailedInvitation)
_ADD = insert(invitation).on_conflict_do_nothing(index_elements=["address"])
_FIND = select(
    invitation.c.umbrella_id, invitation.c.name, invitation.c.kind, invitation.c.started_on, invitation.c.created_at
).where(invitation.c.hash == bindparam("hash"))
_USED = delete(invitation).where(invitation.c.hash == bindparam("hash"))
_OLD = delete(invitation).where(invitation.c.created_at < bindparam("before"))
_PURGE = delete(invitation).where(invitation.c.umbrella_id == bindparam("gone"))


@dataclass(frozen=True, slots=True)
class Invited:
    """What a link says: which umbrella invites, by what name it knows the cooperative, as what, since when."""

    umbrella: ActorRow
    name: str
    wanted: Wanted


def send(
    tx: Tx,
    secret: bytes,
    host: str,
    language: str,
    umbrella: ActorRow,
    to: str,
    name: str,
    wanted: Wanted,
    stamp: Stamp,
) -> None:
    """Leaves the mail. AlreadyExists when one went from this umbrella to this address lately. A unit of work."""
    link = new_secret()
    values = {
        "hash": hashed(secret, _PURPOSE, link),
        "address": hashed(secret, _ADDRESS, f"{umbrella.id} {mailbox(to)}"),
        "umbrella_id": umbrella.id,
        "name": name,
        "kind": wanted.kind,
        "started_on": wanted.started_on.isoformat(),
        "created_at": stamp.now,
    }
    if tx.execute(_ADD, values).rowcount != 1:
        raise AlreadyExists(f"an invitation of @{umbrella.handle} went to this address already")
    letters.post(tx, secret, to, mail(language, host, umbrella, name, stamp.urls.invitation(link)), stamp)


def mailbox(address: str) -> str:
    """Where what is sent to an address arrives, as far as can be told: one mailbox has any number of addresses with `+`. Pure."""
    name, _, host = address.lower().rpartition("@")
    return f"{name.partition('+')[0] or name}@{host}"


def _harmless(name: str) -> str:
    """A name as it may stand in a mail to somebody who never asked for one: nothing where mail programs would make a link of it, which
    whoever brings the file could lead anywhere. Pure."""
    found = line(name)[: limits.LEGAL_NAME_CHARACTERS]
    return "" if _LIKE_A_LINK.search(found) else found


def mail(language: str, host: str, umbrella: ActorRow, name: str, link: str) -> Text:
    """What it says. Pure."""
    name, own = _harmless(name), _harmless(umbrella.name) or f"@{umbrella.handle}"
    texts, who = translator(language), f"{own} (@{umbrella.acct})"
    return Text(
        texts.gettext("%(umbrella)s invites your cooperative", umbrella=own) + f" ({host})",
        texts.gettext(
            "%(umbrella)s invites %(name)s to be shown as its member in the network of cooperatives. Both sides sign that, so that "
            "everybody can check it. On this page you say under which name your cooperative takes part there:",
            umbrella=who,
            name=name or texts.gettext("your cooperative"),
        ),
        link,
        texts.gettext(
            "It can be used once, within %(days)s days. If it is not for you, nothing needs to be done.",
            days=limits.INVITATION_DAYS,
        ),
    )


def read(tx: Tx, secret: bytes, link: str, now: int) -> Invited:
    """What a link says. Gone when it was used, is too old, or never was. A unit of work."""
    row = tx.execute(_FIND, {"hash": hashed(secret, _PURPOSE, link)}).one_or_none()
    umbrella = by_id(tx, row.umbrella_id) if row is not None else None
    if row is None or umbrella is None or row.created_at < _oldest(now):
        raise Gone("no such invitation (any more)", reason="link_used")
    if umbrella.gone_at is not None or umbrella.suspended:
        raise Gone("the umbrella is not there any more", reason="link_used")
    return Invited(umbrella, row.name, Wanted(row.kind, date.fromisoformat(row.started_on)))


async def answer(node: Node, link: str, written: str) -> MembershipRow:
    """Invites the cooperative that is named; the link is void then. Raises as `actions.invite` and `find_actor`, and Gone as `read`; then
    the link stays good."""
    found = await node.db.read(read, node.secret, link, node.clock.now())
    node.allow("membership invitation", _TRIES, hashed(node.secret, _PURPOSE, link).hex())
    member = await find_actor(node, written)

    def use(tx: Tx) -> None:
        if tx.execute(_USED, {"hash": hashed(node.secret, _PURPOSE, link)}).rowcount != 1:
            raise Gone("it was used at this moment", reason="link_used")

    return await actions.invite(node, found.umbrella, member, found.wanted, use)


def _oldest(now: int) -> int:
    return now - limits.INVITATION_DAYS * DAY_MS


def forget_old(tx: Tx, now: int) -> None:
    """Links that are too old leave no rows."""
    tx.execute(_OLD, {"before": _oldest(now)})


def purge(tx: Tx, umbrella_id: int) -> None:
    """The umbrella is gone, and nobody is invited any more."""
    tx.execute(_PURGE, {"gone": umbrella_id})
