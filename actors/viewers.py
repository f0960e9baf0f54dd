"""Who reads our documents: the actor that signed a GET, or a stranger. One answer for every door of the protocol."""

from dataclasses import dataclass

from sqlalchemy import bindparam, func, select

from actors.authenticate import authenticate
from actors.visibility import NOBODY, block
from coopfed.db.tx import Tx
from coopfed.errors import NotFound, Unauthenticated
from coopfed.node import Node
from coopfed.signing.request import Request

_BLOCKS = select(func.count()).where(block.c.actor_id == bindparam("owner"), block.c.target_id == bindparam("viewer"))


@dataclass(frozen=True, slots=True)
class Viewer:
    """Who asks: the signing actor's number and host, or NOBODY and None."""

    actor_id: int
    host: str | None

    @property
    def signed(self) -> bool:
        """Whether it is known who asks; the answer is then for them alone."""
        return self.actor_id != NOBODY


STRANGER = Viewer(NOBODY, None)


async def viewer_of(node: Node, request: Request, client: str) -> Viewer:
    """The actor who signed the GET; STRANGER without a signature.

    Unauthenticated (401) without one where AUTHORIZED_FETCH asks for it; else raises as `authenticate`.
    """
    if request.header("signature") is not None:
        signer = await authenticate(node, request, client)
        return Viewer(signer.actor_id, signer.host)
    if node.config.authorized_fetch:
        raise Unauthenticated("this node answers signed requests only", reason="signature_required")
    return STRANGER


def refuse_blocked_viewer(tx: Tx, owner_id: int, viewer_id: int) -> None:
    """NotFound when the owner blocks the viewer: what is for everybody is not for those. A unit of work."""
    if tx.execute(_BLOCKS, {"owner": owner_id, "viewer": viewer_id}).scalar_one():
        raise NotFound(f"actor {owner_id} blocks the viewer {viewer_id}")
