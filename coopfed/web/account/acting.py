"""Who is signed in, and what they may do as an actor of ours: what the pages about an actor ask before anything else."""

from dataclasses import dataclass

from actors.lookup import ActorRow, local_by_handle
from actors.roles import Role, may_approve, may_give_roles, may_negotiate, may_sign, may_take_members, may_write
from coopfed.db.tx import Tx
from coopfed.errors import Forbidden, NotFound
from coopfed.features.accounts.store import AccountRow, roles_at
from coopfed.node import Node
from coopfed.web import forms


@dataclass(frozen=True, slots=True)
class Acting:
    """An account that is signed in, an actor of ours, and the roles of the one at the other."""

    account: AccountRow
    actor: ActorRow
    roles: frozenset[Role]


async def editor_of(node: Node, handle: str) -> Acting:
    """Whoever is signed in, as an editor of the actor. NotSignedIn; NotFound for no actor; Forbidden for no editor of it."""
    who = await _acting(node, handle)
    if not may_approve(who.roles):
        raise Forbidden(f"the account is no editor of @{handle}", reason="insufficient_role")
    return who


async def admin_of(node: Node, handle: str) -> Acting:
    """As `editor_of`, for those who may give roles."""
    who = await _acting(node, handle)
    if not may_give_roles(who.roles):
        raise Forbidden(f"the account is no admin of @{handle}", reason="insufficient_role")
    return who


async def negotiator_of(node: Node, handle: str) -> Acting:
    """As `editor_of`, for those who answer requests for the actor, and decide about answers to its own."""
    who = await _acting(node, handle)
    if not may_negotiate(who.roles):
        raise Forbidden(f"the account does not negotiate for @{handle}", reason="insufficient_role")
    return who


async def signer_of(node: Node, handle: str) -> Acting:
    """As `editor_of`, of an organisation, for those who sign its memberships in umbrellas or take in its members."""
    who = await _acting(node, handle)
    if who.actor.type != "Organization":
        raise NotFound(f"@{handle} is no organisation")
    if not (may_sign(who.roles) or may_take_members(who.roles)):
        raise Forbidden(f"the account signs nothing for @{handle}", reason="insufficient_role")
    return who


async def officer_of(node: Node, handle: str) -> Acting:
    """As `signer_of`, for those who take in its members."""
    who = await signer_of(node, handle)
    if not may_take_members(who.roles):
        raise Forbidden(f"the account is no officer of @{handle}", reason="insufficient_role")
    return who


async def request_writer_of(node: Node, handle: str) -> Acting:
    """As `editor_of`, for those who write requests of the actor, or negotiate about them."""
    who = await _acting(node, handle)
    if not (may_write(who.roles) or may_negotiate(who.roles)):
        raise Forbidden(f"the account writes nothing for @{handle}", reason="insufficient_role")
    return who


async def speaker_of(node: Node, handle: str) -> Acting:
    """As `editor_of`, for whoever acts as it, if only to read."""
    who = await _acting(node, handle)
    if not who.roles:
        raise Forbidden(f"the account is nobody at @{handle}", reason="insufficient_role")
    return who


def refuse_suspended(actor: ActorRow) -> None:
    """Forbidden for an actor that the operators suspended: by pages it does as little as by apps (see `coopfed.oauth.tokens.person`)."""
    if actor.suspended:
        raise Forbidden("the operators suspended this actor", reason="actor_suspended")


async def _acting(node: Node, handle: str) -> Acting:
    account, _session = await forms.need_account(node)
    actor, roles = await node.db.read(_actor_and_roles, account.id, handle)
    return Acting(account, actor, roles)


def _actor_and_roles(tx: Tx, account_id: int, handle: str) -> tuple[ActorRow, frozenset[Role]]:
    actor = local_by_handle(tx, handle)
    if actor is None or actor.gone_at is not None:
        raise NotFound(f"no @{handle} here")
    return actor, roles_at(tx, account_id).get(actor.id, frozenset())
