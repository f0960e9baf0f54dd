"""Accounts: people who use this node, the roles they have at actors."""

from sqlalchemy import bindparam, delete, insert, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from actors.lookup import ActorRow
from actors.roles import Role
from coopfed.db.models import Account, OAuthToken
from coopfed.db.models import Role as RoleModel
from coopfed.db.tx import Tx, table
from coopfed.errors import InvalidInput
from coopfed.node import Node, Stamp

account, role, oauth_token = table(Account), table(RoleModel), table(OAuthToken)
_BY_EMAIL = select(account.c.id).where(account.c.email == bindparam("email"))
_ADD = insert(account)
_MAKE_OPERATOR = update(account).where(account.c.id == bindparam("who")).values(operator=True)
_NO_TOKENS = delete(oauth_token).where(oauth_token.c.actor_id == bindparam("which"))
_NO_ROLES = delete(role).where(role.c.actor_id == bindparam("which"))
_GIVE = upsert(role).on_conflict_do_nothing()


def account_by_email(tx: Tx, email: str) -> int | None:
    """The number of the account with this address. A unit of work."""
    number: int | None = tx.execute(_BY_EMAIL, {"email": email.strip().lower()}).scalar_one_or_none()
    return number


async def give_role(node: Node, email: str, actor: ActorRow, role_name: str, *, operator: bool = False) -> int:
    """Gives an account (made when it is new) a role at an actor of ours. Its number. InvalidInput says what to change."""
    address = email.strip().lower()
    if address.count("@") != 1 or address.startswith("@") or address.endswith("@") or any(map(str.isspace, address)):
        raise InvalidInput(f"{email!r} is no email address")
    if role_name not in list(Role):
        raise InvalidInput(f"{role_name!r} is no role; use one of: {', '.join(Role)}")
    if not actor.local:
        raise InvalidInput(f"@{actor.acct} is not an actor of this node")
    return await node.db.write(_give_role, address, actor.id, role_name, operator, node.stamp())


def _give_role(tx: Tx, email: str, actor_id: int, role_name: str, operator: bool, stamp: Stamp) -> int:
    number = account_by_email(tx, email)
    if number is None:
        number = stamp.mint(None)
        tx.execute(_ADD, {"id": number, "email": email, "operator": operator, "created_at": stamp.now})
    elif operator:
        tx.execute(_MAKE_OPERATOR, {"who": number})
    tx.execute(_GIVE, {"account_id": number, "actor_id": actor_id, "role": role_name})
    return number


def nobody_acts_as(tx: Tx, actor_id: int) -> None:
    """Takes away all roles at an actor and all tokens that speak as it. A unit of work."""
    tx.execute(_NO_TOKENS, {"which": actor_id})
    tx.execute(_NO_ROLES, {"which": actor_id})
