"""Rows of groups: their rules, who looks after them, and the software of their followers. Units of work."""

from sqlalchemy import bindparam, delete, exists, literal_column, select, update
from sqlalchemy.dialects.postgresql import insert

from actors.lookup import COLUMNS as ACTOR
from actors.lookup import ActorRow, actor
from coopfed import limits
from coopfed.db.models import GroupModerator, GroupRule, Peer
from coopfed.db.models.groups import ANYONE
from coopfed.db.tx import Tx, table

group_moderator, group_rule, peer = table(GroupModerator), table(GroupRule), table(Peer)

_MODERATES = select(
    exists(
        select(literal_column("1")).where(
            group_moderator.c.group_id == bindparam("whose"), group_moderator.c.actor_id == bindparam("who")
        )
    )
)
_MODERATORS = (
    select(*ACTOR)
    .join(group_moderator, group_moderator.c.actor_id == actor.c.id)
    .where(group_moderator.c.group_id == bindparam("whose"), actor.c.gone_at.is_(None))
    .order_by(group_moderator.c.created_at, actor.c.id)
    .limit(limits.GROUP_MODERATORS)
)
_APPOINT = insert(group_moderator).on_conflict_do_nothing()
_DISMISS = delete(group_moderator).where(
    group_moderator.c.group_id == bindparam("whose"), group_moderator.c.actor_id == bindparam("who")
)
_RULE = select(group_rule.c.posting).where(group_rule.c.group_id == bindparam("whose"))
_SET_RULE = insert(group_rule).values(group_id=bindparam("whose"), posting=bindparam("who_may"))
_SET_RULE = _SET_RULE.on_conflict_do_update(index_elements=["group_id"], set_={"posting": bindparam("who_may")})
_TOUCH = update(actor).where(actor.c.id == bindparam("whose")).values(updated_at=bindparam("now"))
_WRAPS = update(peer).where(peer.c.host == bindparam("which"), ~peer.c.wraps).values(wraps=True)
_SOFTWARE = (
    update(peer)
    .where(peer.c.host == bindparam("which"))
    .values(software=bindparam("named"), wraps=bindparam("understands"))
)
_KNOWN_SOFTWARE = select(peer.c.software, peer.c.wraps).where(peer.c.host == bindparam("which"))


def moderates(tx: Tx, actor_id: int, group_id: int) -> bool:
    """Whether the actor looks after the group."""
    return bool(tx.execute(_MODERATES, {"who": actor_id, "whose": group_id}).scalar_one())


def moderators(tx: Tx, group_id: int) -> list[ActorRow]:
    """Who looks after the group, the first appointed in front."""
    return [ActorRow(*row) for row in tx.execute(_MODERATORS, {"whose": group_id})]


def appoint(tx: Tx, group_id: int, actor_id: int, now: int) -> bool:
    """The actor looks after the group from now on. Whether that is new."""
    row = {"group_id": group_id, "actor_id": actor_id, "created_at": now}
    return bool(tx.execute(_APPOINT, row).rowcount)


def dismiss(tx: Tx, group_id: int, actor_id: int) -> bool:
    """The actor looks after the group no more. Whether it did."""
    return bool(tx.execute(_DISMISS, {"whose": group_id, "who": actor_id}).rowcount)


def posting(tx: Tx, group_id: int) -> str:
    """Who may post to the group: `anyone`, `followers`, `moderators`."""
    return tx.execute(_RULE, {"whose": group_id}).scalar_one_or_none() or ANYONE


def set_posting(tx: Tx, group_id: int, who_may: str, now: int) -> None:
    """Says who may post to the group; its document has changed with it."""
    tx.execute(_SET_RULE, {"whose": group_id, "who_may": who_may})
    tx.execute(_TOUCH, {"whose": group_id, "now": now})


def seen_wrapping(tx: Tx, host: str) -> None:
    """A group of this host passed an activity on whole: so the host understands it too."""
    tx.execute(_WRAPS, {"which": host})


def software(tx: Tx, host: str) -> tuple[str | None, bool]:
    """What the host runs, when it was asked, and whether it reads what is passed on whole."""
    row = tx.execute(_KNOWN_SOFTWARE, {"which": host}).one_or_none()
    return (None, False) if row is None else (row.software, bool(row.wraps))


def set_software(tx: Tx, host: str, named: str, wraps: bool) -> None:
    """What the host runs, and whether it reads what is passed on whole."""
    tx.execute(_SOFTWARE, {"which": host, "named": named, "understands": wraps})
