"""What an actor has, as CSV files that other servers read. The words are GoToSocial's; bookmarks and hosts are ours beside them."""

from quart import Blueprint, Response

from coopfed.api.asking import answer, editor
from coopfed.features.portability.exports import Figures, export, figures
from coopfed.features.portability.formats import FILE_NAMES, Kind, download
from coopfed.node import Node
from coopfed.oauth.tokens import Bearer

_SCOPES = {
    Kind.FOLLOWING: "read:follows",
    Kind.FOLLOWERS: "read:follows",
    Kind.LISTS: "read:lists",
    Kind.BLOCKS: "read:blocks",
    Kind.MUTES: "read:mutes",
    Kind.HOST_BLOCKS: "read:blocks",
    Kind.BOOKMARKS: "read:bookmarks",
}
_UNITS = ("B", "KiB", "MiB", "GiB", "TiB")


def register(api: Blueprint, node: Node) -> None:
    """Adds the routes."""

    @api.get("/api/v1/exports/stats")
    async def stats() -> Response:
        who = await editor(node, "read:accounts")
        return answer(_stats(who, await node.db.read_long(figures, who.actor.id)))

    for kind in Kind:
        _register_file(api, node, kind)


def _register_file(api: Blueprint, node: Node, kind: Kind) -> None:
    @api.get(f"/api/v1/exports/{kind}.csv")
    async def exported() -> Response:
        who = await editor(node, _SCOPES[kind])
        return Response(export(node, who.actor, kind), 200, download(FILE_NAMES[kind]))


def _stats(who: Bearer, found: Figures) -> dict[str, object]:
    """AccountExportStats. Source: GoToSocial API."""
    return {
        "media_storage": _size(found.bytes),
        "followers_count": who.actor.followers_count,
        "following_count": who.actor.following_count,
        "statuses_count": who.actor.posts_count,
        "lists_count": found.lists,
        "blocks_count": found.blocks,
        "mutes_count": found.mutes,
    }


def _size(count: int) -> str:
    amount, unit = float(count), 0
    while amount >= 1024 and unit < len(_UNITS) - 1:
        amount, unit = amount / 1024, unit + 1
    return f"{amount:.0f}{_UNITS[unit]}" if unit == 0 else f"{amount:.1f}{_UNITS[unit]}"
