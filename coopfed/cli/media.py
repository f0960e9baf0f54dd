"""`coopfed media move`."""

from pathlib import Path
from typing import TYPE_CHECKING

import typer

from coopfed.cli.common import Json, say, with_node

if TYPE_CHECKING:
    from coopfed.node import Node


def register(app: typer.Typer) -> None:
    """Adds the command."""
    media = typer.Typer(help="Where uploaded files lie.", no_args_is_help=True)
    media.callback()(lambda: None)
    media.command("move")(move)
    app.add_typer(media, name="media")


def move(as_json: Json = False) -> None:
    """Bring all files from media/ into the bucket. MEDIA_URL names it; safe to repeat."""
    moved, size = with_node(_move, as_json=as_json, signer=False)
    text = (
        f"{moved} files ({size // 1024} KiB) are in the bucket now; media/ of the data folder has none of them any more"
    )
    say(text, {"files": moved, "bytes": size}, as_json=as_json)


async def _move(node: "Node") -> tuple[int, int]:
    from coopfed.errors import ConfigError
    from coopfed.features.media.files import media_type
    from coopfed.net.storage import Folder, folder_of

    if not node.config.media_url:
        raise ConfigError("MEDIA_URL is empty: set it to the bucket first, s3://bucket, with the S3 settings")
    before, moved, size = Folder(folder_of(node.config)), 0, 0
    async for key in before.every():
        path: Path = before.path(key)
        size += await node.storage.put(key, path, media_type(key))
        moved += 1
    return moved, size
