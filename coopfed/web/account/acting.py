"""Who is signed in, and what they may do as an actor of ours: what the pages about an actor ask before anything else."""

from collections.abc import Callable
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
    return await _in_role(node, handle, may_approve, "edits nothing of")


async def admin_of(node: Node, handle: str) -> Acting:
    """As `editor_of`, for those who may give roles."""
    return await _in_role(node, handle, may_give_roles, "gives no roles at")


async def negotiator_of(node: Node, handle: str) -> Acting:
    """As `editor_of`, for those who answer requests for the actor, and decide about answers to its own."""
    return await _in_role(node, handle, may_negotiate, "does not negotiate for")


async def signer_of(node: Node, handle: str) -> Acting:
    """As `editor_of`, of an organisation, for those who sign its memberships in umbrellas or take in its members."""
    return _organisation(
        await _in_role(node, handle, lambda roles: may_sign(roles) or may_take_members(roles), "signs nothing for")
    )


async def officer_of(node: Node, handle: str) -> Acting:
    """As `signer_of`, for those who take in its members."""
    return _organisation(await _in_role(node, handle, may_take_members, "takes in no members of"))


async def request_writer_of(node: Node, handle: str) -> Acting:
    """As `editor_of`, for those who write requests of the actor, or negotiate about them."""
    return await _in_role(node, handle, lambda roles: may_write(roles) or may_negotiate(roles), "writes nothing for")


async def speaker_of(node: Node, handle: str) -> Acting:
    """As `editor_of`, for whoever acts as it, if only to read."""
    return await _in_role(node, handle, bool, "is nobody at")


async def _in_role(node: Node, handle: str, may: Callable[[frozenset[Role]], bool], lacks: str) -> Acting:
    """Whoever is signed in, where their roles at the actor allow it; else Forbidden says that the account `lacks` this there."""
    who = await _acting(node, handle)
    if not may(who.roles):
        raise Forbidden(f"the account {lacks} @{handle}", reason="insufficient_role")
    return who


def _organisation(who: Acting) -> Acting:
    if who.actor.type != "Organization":
        raise NotFound(f"@{who.actor.handle} is no organisation")
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
