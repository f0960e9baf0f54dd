"""Which post an app means: it may have a boost in hand, whose number stands for the post that it wraps."""

from quart import Response

from coopfed.api import assemble
from coopfed.api.asking import answer, number
from coopfed.errors import NotFound
from coopfed.features.reactions import reads
from coopfed.node import Node


async def meant(node: Node, id: str, viewer: int) -> int:
    """The number of the post. Whether the viewer may see it is asked by whoever does something with it."""
    boosts = await node.db.read(reads.boosts, [number(id)], viewer)
    return boosts[number(id)].object_id if boosts else number(id)


async def seen(node: Node, id: str, viewer: int) -> int:
    """As `meant`. NotFound when the viewer may not see the post."""
    post = await meant(node, id, viewer)
    if not await node.db.read(assemble.statuses, [post], viewer, node.urls):
        raise NotFound(f"no status {id} for this reader")
    return post


async def shown(node: Node, id: int, viewer: int) -> Response:
    """The Status as it is now. NotFound when the viewer may not see it."""
    found = await node.db.read(assemble.statuses, [id], viewer, node.urls)
    if not found:
        raise NotFound(f"no status {id} for this reader")
    return answer(found[0])
