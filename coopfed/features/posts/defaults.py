"""What an actor of ours says in a new post where its author says nothing else: visibility, language, warning, Markdown, who may quote.

Apps know it as `source` of the account. An edit goes by the post that it edits.
"""

from dataclasses import dataclass, replace

from sqlalchemy import bindparam, delete, select
from sqlalchemy.dialects.postgresql import insert

from actors.lookup import ActorRow
from coopfed.db.models import ActorDefault
from coopfed.db.tx import Tx, table
from coopfed.errors import InvalidInput
from coopfed.features.consent.rules import QuotePolicy
from coopfed.node import Node
from coopfed.text.typed import language_code
from coopfed.vocab.audience import Visibility

actor_default = table(ActorDefault)
_FIELDS = ("visibility", "language", "sensitive", "markdown", "quote_policy")
_OF = select(*(actor_default.c[name] for name in _FIELDS)).where(actor_default.c.actor_id == bindparam("whose"))
_PUT = insert(actor_default)
_PUT = _PUT.on_conflict_do_update(index_elements=["actor_id"], set_={name: _PUT.excluded[name] for name in _FIELDS})
_NEEDS_APPROVAL = select(actor_default.c.needs_approval).where(actor_default.c.actor_id == bindparam("whose"))
_NEED_APPROVAL = insert(actor_default)
_NEED_APPROVAL = _NEED_APPROVAL.on_conflict_do_update(
    index_elements=["actor_id"], set_={"needs_approval": _NEED_APPROVAL.excluded.needs_approval}
)
_ACKNOWLEDGES = select(actor_default.c.acknowledges).where(actor_default.c.actor_id == bindparam("whose"))
_ACKNOWLEDGE = insert(actor_default)
_ACKNOWLEDGE = _ACKNOWLEDGE.on_conflict_do_update(
    index_elements=["actor_id"], set_={"acknowledges": _ACKNOWLEDGE.excluded.acknowledges}
)
_FORGET = delete(actor_default).where(actor_default.c.actor_id == bindparam("whose"))


@dataclass(frozen=True, slots=True)
class Defaults:
    """What goes without saying. Without a `quote_policy` it follows the visibility of the post."""

    visibility: Visibility = Visibility.PUBLIC
    language: str | None = None
    sensitive: bool = False
    markdown: bool = False
    quote_policy: QuotePolicy | None = None


def defaults_of(tx: Tx, actor_id: int) -> Defaults:
    """What the actor says where nothing else is said. A unit of work."""
    row = tx.execute(_OF, {"whose": actor_id}).one_or_none()
    if row is None:
        return Defaults()
    return Defaults(
        visibility=Visibility(row.visibility) if row.visibility else Visibility.PUBLIC,
        language=row.language or None,
        sensitive=bool(row.sensitive),
        markdown=bool(row.markdown),
        quote_policy=QuotePolicy(row.quote_policy) if row.quote_policy else None,
    )


async def set_defaults(node: Node, actor: ActorRow, wanted: Defaults) -> Defaults:
    """Sets all of them for an actor of ours, and gives what is in force. InvalidInput says what cannot be."""
    if not actor.local or actor.uri == node.urls.node_actor:
        raise InvalidInput(f"@{actor.acct} is not an actor that speaks from this node")
    found = checked_defaults(wanted)
    await node.db.write(_put, actor.id, found)
    return found


def checked_defaults(wanted: Defaults) -> Defaults:
    """The defaults as they will be stored. InvalidInput says what cannot be. Pure."""
    if wanted.visibility is Visibility.DIRECT:
        raise InvalidInput(
            "posts go to those whom they name only when somebody says so; use public, unlisted or followers"
        )
    return replace(wanted, language=language_code(wanted.language) if wanted.language else None)


def _put(tx: Tx, actor_id: int, wanted: Defaults) -> None:
    tx.execute(
        _PUT,
        {
            "actor_id": actor_id,
            "visibility": wanted.visibility.value,
            "language": wanted.language or "",
            "sensitive": wanted.sensitive,
            "markdown": wanted.markdown,
            "quote_policy": wanted.quote_policy.value if wanted.quote_policy is not None else "",
        },
    )


def needs_approval(tx: Tx, actor_id: int) -> bool:
    """Whether what the actor's authors write waits for one of its editors. A unit of work."""
    return bool(tx.execute(_NEEDS_APPROVAL, {"whose": actor_id}).scalar_one_or_none())


def set_needs_approval(tx: Tx, actor_id: int, needed: bool) -> None:
    """Whether it does from now on; what waits goes on waiting. A unit of work."""
    plain = {"actor_id": actor_id, "sensitive": False, "markdown": False}
    tx.execute(_NEED_APPROVAL, {**plain, "needs_approval": needed})


def acknowledges(tx: Tx, actor_id: int) -> bool:
    """Whether whoever replies to a request of the actor's is thanked by a program. A unit of work."""
    return bool(tx.execute(_ACKNOWLEDGES, {"whose": actor_id}).scalar_one_or_none())


def set_acknowledges(tx: Tx, actor_id: int, wanted: bool) -> None:
    """Whether they are from now on. A unit of work."""
    plain = {"actor_id": actor_id, "sensitive": False, "markdown": False}
    tx.execute(_ACKNOWLEDGE, {**plain, "acknowledges": wanted})


def forget(tx: Tx, actor_id: int) -> None:
    """The actor is gone. A unit of work."""
    tx.execute(_FORGET, {"whose": actor_id})
