"""How people go: a role is taken, or an account is shut. An actor is never left without an admin by it."""

from sqlalchemy import bindparam, update

from actors.lookup import actor
from actors.roles import Role
from coopfed.db.signals import Topic
from coopfed.db.tx import Tx
from coopfed.errors import InvalidInput, NotFound
from coopfed.features.accounts import sessions, store

# Writing nothing new, but writing: of two admins who take each other's role at one moment, the second sees what the first did
# (PostgreSQL 13.2.2).
_HOLD = update(actor).where(actor.c.id == bindparam("which")).values(local=actor.c.local)


def take_role(tx: Tx, number: int, actor_id: int, role_name: str) -> None:
    """Takes a role away. InvalidInput (`only_admin`) where nobody could give roles any more; NotFound where it is not there. A unit of
    work; wakes caches."""
    tx.execute(_HOLD, {"which": actor_id})
    if role_name == Role.ADMIN and _is_only_admin(tx, number, actor_id):
        raise InvalidInput("the only admin", reason="only_admin")
    if not store.take_role(tx, number, actor_id, role_name):
        raise NotFound(f"account {number} has no role {role_name[:30]} there")
    tx.wake(Topic.CACHES)


def _is_only_admin(tx: Tx, account_id: int, actor_id: int) -> bool:
    """Whether nobody else could give roles at the actor any more if this account went."""
    admins = {number for number, _email, role in store.people_of(tx, actor_id) if role is Role.ADMIN}
    return admins == {account_id}


def shut(tx: Tx, number: int, now: int | None) -> None:
    """Nobody signs in as this account any more, or (None) may again; what is signed in is signed out. A unit of work; wakes caches."""
    store.set_value(tx, number, "disabled_at", now)
    if now is not None:
        sessions.end_others(tx, number, 0)
        store.end_tokens(tx, number)
    tx.wake(Topic.CACHES)
