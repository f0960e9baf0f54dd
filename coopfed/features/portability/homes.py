"""Where else an actor is at home, as its admins write it, and moving there. The acts are those of `coopfed.features.moves`."""

from collections.abc import Sequence

from actors.lookup import ActorRow
from coopfed import limits
from coopfed.errors import BadMessage, FetchError, Forbidden, InvalidInput, NotFound
from coopfed.features import lookup
from coopfed.features.accounts import passwords, signing_in
from coopfed.features.accounts import store as accounts
from coopfed.features.moves import actions as moves
from coopfed.node import Node


async def set_aliases(node: Node, actor: ActorRow, written: Sequence[str]) -> tuple[str, ...]:
    """The ids that the actor calls its own from now on: what is written, as ids, addresses or handles, and nothing else. Those that it
    had may be gone meanwhile; whoever is new has to be there. InvalidInput says who is not."""
    asked = [one.strip() for one in written if one.strip()]
    if len(asked) > limits.ALIASES:
        raise InvalidInput(f"at most {limits.ALIASES} aliases can be set")
    uris = [one if one in actor.alias_uris else (await found(node, one)).uri for one in asked]
    return await moves.set_aliases(node, actor, uris)


async def move(node: Node, actor: ActorRow, account_id: int, password: str, written: str, client: str) -> ActorRow:
    """Sends the actor's followers to another actor, which calls it its own; `password` is that of the account that wants it. The target.

    InvalidInput says what is missing, Forbidden (`wrong_password`) that it is not the password; TooMany after too many tries. Raises as
    `moves.move`.
    """
    if not password or not written.strip():
        raise InvalidInput("password and moved_to_uri are needed")
    account = await node.db.read(accounts.by_id, account_id)
    signing_in.refuse_crowds(node, client, account.email if account else "")
    if account is None or not await passwords.is_right(account.password, password):
        raise Forbidden("not the password of the account", reason="wrong_password")
    return await moves.move(node, actor, await found(node, written))


async def found(node: Node, written: str) -> ActorRow:
    """The actor that is meant, asked for where it is not known. InvalidInput when there is none."""
    try:
        stored = await lookup.find(node, written, ask=False) or (await lookup.look_up(node, written)).stored
    except (NotFound, BadMessage, FetchError, Forbidden) as error:
        raise InvalidInput(f"nobody was found at {written[:200]}", reason="nobody_there") from error
    if stored is None or stored.post is not None:
        raise InvalidInput(f"nobody was found at {written[:200]}", reason="nobody_there")
    return stored.actor
