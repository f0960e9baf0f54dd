"""What operators do to actors: limited, marked as sensitive, suspended, their people shut out; each back again. One write each.

What each means for readers is in the clauses that ask for it: `actors.visibility`, `oauth.tokens`, `inbox.process`.
"""

from collections.abc import Callable

import orjson
from sqlalchemy import Update, bindparam, literal_column, select, update

from actors.lookup import ActorRow, actor, by_id
from actors.remote import PURGE_ACTOR
from coopfed.db import jobs
from coopfed.db.signals import Topic
from coopfed.db.tx import Tx
from coopfed.errors import InvalidInput, NotFound
from coopfed.features.accounts import leaving, letters
from coopfed.features.accounts.store import AccountRow
from coopfed.features.follows import store as follows
from coopfed.features.follows.actions import refuse
from coopfed.features.moderation import audit
from coopfed.features.moderation.audit import Operator
from coopfed.features.moderation.people import people_of
from coopfed.features.moderation.rules import Act, checked, message
from coopfed.features.profiles.actions import announce, delete_actor
from coopfed.node import Node, Stamp
from coopfed.text.i18n import translator


def _set(name: str) -> Update:
    return update(actor).where(actor.c.id == bindparam("who")).values({name: bindparam("value")})


_LIMIT, _SENSITIZE = _set("limited"), _set("sensitized")
_SUSPEND = (
    update(actor)
    .where(actor.c.id == bindparam("who"))
    .values(suspended=bindparam("hidden"), suspended_at=bindparam("since"), updated_at=bindparam("now"))
)
_DOCUMENT = select(actor.c.document).where(actor.c.id == bindparam("who"))
_FOLLOWS_OURS = (
    select(follows.follow.c.followed_id)
    .join(actor, actor.c.id == follows.follow.c.followed_id)
    .where(follows.follow.c.follower_id == bindparam("who"), literal_column("actor.local"))
)
Unit = Callable[[Tx, ActorRow, Stamp], None]


async def limit(node: Node, row: ActorRow, on: bool, by: Operator) -> None:
    """The actor is shown to its followers and to whoever asks for it, nobody else; or as before. InvalidInput as `rules.checked`."""
    await _done(node, row, by, "limit" if on else "unlimit", _setting(_LIMIT, on))


async def mark_sensitive(node: Node, row: ActorRow, on: bool, by: Operator) -> None:
    """Readers are asked before they see the files of the actor, whatever it says of them; or as before."""
    await _done(node, row, by, "sensitize" if on else "unsensitize", _setting(_SENSITIZE, on))


async def suspend(node: Node, row: ActorRow, on: bool, by: Operator) -> None:
    """The actor and what it said are gone from here until it is let back in.

    One of ours says nothing any more, and peers are told so by its document; one of a peer is not heard, and loses the followers'
    view of ours. Source: Mastodon's *suspend*; s2s research 2.12.
    """
    await _done(node, row, by, "suspend" if on else "unsuspend", _suspend if on else _let_back)


async def disable(node: Node, row: ActorRow, on: bool, by: Operator) -> None:
    """Nobody signs in any more who may act as this actor of ours, operators excepted; or they may again. InvalidInput for a remote one."""
    if not row.local:
        raise InvalidInput(f"the people of @{row.acct} sign in elsewhere")
    await _done(node, row, by, "disable" if on else "enable", _shut if on else _open)


async def act(node: Node, row: ActorRow, what: Act, text: str, tell: bool, by: Operator) -> None:
    """Does something to the actor and, with `tell`, mails its people here that it was done, with `text`.

    InvalidInput says what to change.
    """
    said = message(text)
    if tell and not row.local:
        raise InvalidInput(f"the people of @{row.acct} are not known here; they cannot be written to")
    if what is Act.NONE and not (tell and said):
        raise InvalidInput(
            "nothing is done and nothing is said; give a text and send_email_notification, or another type"
        )
    deeds = {Act.SENSITIVE: mark_sensitive, Act.DISABLE: disable, Act.SILENCE: limit, Act.SUSPEND: suspend}
    if what in deeds:
        await deeds[what](node, row, True, by)
    if tell:
        await node.db.write(_tell, node.secret, node.config.handle_domain, row, what, said, by, node.stamp())


async def delete(node: Node, row: ActorRow, by: Operator) -> None:
    """Nothing stays of an actor that is suspended already. InvalidInput for another one: what cannot be undone is done in two steps."""
    if row.suspended_at is None:
        raise InvalidInput(f"@{row.acct} is not suspended; suspend it first")
    if row.local:
        await delete_actor(node, row)
    await node.db.write(_delete, row, by, node.stamp())


def _delete(tx: Tx, row: ActorRow, by: Operator, stamp: Stamp) -> None:
    if not row.local:
        jobs.enqueue(tx, stamp.mint(None), PURGE_ACTOR, str(row.id), stamp.now)
    audit.record(tx, by, "delete", row.uri, stamp)


async def _done(node: Node, row: ActorRow, by: Operator, action: str, unit: Unit) -> None:
    checked(row)

    def work(tx: Tx, stamp: Stamp) -> None:
        now = by_id(tx, row.id)
        if now is None:
            raise NotFound(f"no actor {row.id}")
        unit(tx, now, stamp)
        audit.record(tx, by, action, row.uri, stamp)

    await node.db.write(work, node.stamp(), wakes=(Topic.CACHES,))
    node.memory.forget()


def _setting(statement: Update, on: bool) -> Unit:
    def unit(tx: Tx, row: ActorRow, _stamp: Stamp) -> None:
        tx.execute(statement, {"who": row.id, "value": on})

    return unit


def _suspend(tx: Tx, row: ActorRow, stamp: Stamp) -> None:
    if row.suspended_at is not None:
        return
    if not row.local:
        _end_its_follows(tx, row, stamp)
    tx.execute(_SUSPEND, {"who": row.id, "hidden": True, "since": stamp.now, "now": stamp.now})
    if row.local:
        announce(tx, row.id, stamp)


def _end_its_follows(tx: Tx, row: ActorRow, stamp: Stamp) -> None:
    # Its own host does not suspend it: what it follows here would still be delivered for it, by its neighbours' follows too.
    for followed_id in list(tx.execute(_FOLLOWS_OURS, {"who": row.id}).scalars()):
        following, followed = follows.between(tx, row.id, followed_id), by_id(tx, followed_id)
        if following is not None and followed is not None:
            refuse(tx, following, row, followed, stamp)


def _let_back(tx: Tx, row: ActorRow, stamp: Stamp) -> None:
    if row.suspended_at is None:
        return
    tx.execute(_SUSPEND, {"who": row.id, "hidden": _by_its_host(tx, row), "since": None, "now": stamp.now})
    if row.local:
        announce(tx, row.id, stamp)


def _by_its_host(tx: Tx, row: ActorRow) -> bool:
    """Whether a remote actor's own document says that it is suspended."""
    document = tx.execute(_DOCUMENT, {"who": row.id}).scalar_one_or_none()
    return document is not None and orjson.loads(document).get("suspended") is True


def _shut(tx: Tx, row: ActorRow, stamp: Stamp) -> None:
    for number in _but_operators(tx, row):
        leaving.shut(tx, number, stamp.now)


def _open(tx: Tx, row: ActorRow, _stamp: Stamp) -> None:
    for number in _but_operators(tx, row):
        leaving.shut(tx, number, None)


def _but_operators(tx: Tx, row: ActorRow) -> list[int]:
    """The accounts that may act as the actor and do not run the node."""
    return [account.id for account in _people(tx, row) if not account.operator]


def _people(tx: Tx, row: ActorRow) -> list[AccountRow]:
    return people_of(tx, [row.id]).get(row.id, [])


def _tell(tx: Tx, key: bytes, host: str, row: ActorRow, what: Act, said: str, by: Operator, stamp: Stamp) -> None:
    for account in _people(tx, row):
        text = letters.moderated(translator(account.language or "en"), host, f"@{row.handle}", what.value, said)
        letters.post(tx, key, account.email, text, stamp)
    audit.record(tx, by, "tell", row.uri, stamp, said)
