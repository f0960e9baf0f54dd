"""Hosts that the actor shuts out. Clients call a host a domain."""

from quart import Blueprint, Response

from coopfed.api.asking import answer, page_links, parameters, publisher, speaker, stretch
from coopfed.features import host_blocks
from coopfed.node import Node

_USUAL, _MOST = 100, 200


def register(api: Blueprint, node: Node) -> None:
    """Adds the routes."""

    @api.get("/api/v1/domain_blocks")
    async def blocked_hosts() -> Response:
        who, asked = await speaker(node, "read:blocks"), stretch(_MOST, _USUAL)
        rows = await node.db.read(host_blocks.listed, who.actor.id, asked.limit, asked.max_id, asked.above)
        links = page_links(node.urls.base, "/api/v1/domain_blocks", [cursor for cursor, _host in rows], asked.limit)
        return answer([host for _cursor, host in rows], headers=links)

    @api.post("/api/v1/domain_blocks")
    async def block_host() -> Response:
        who = await publisher(node, "write:blocks")
        await host_blocks.shut_out(node, who.actor, await _asked())
        return answer({})

    @api.delete("/api/v1/domain_blocks")
    async def unblock_host() -> Response:
        who = await publisher(node, "write:blocks")
        await host_blocks.let_back(node, who.actor, await _asked())
        return answer({})


async def _asked() -> str:
    return str((await parameters()).get("domain") or "")
