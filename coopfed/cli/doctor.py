"""`coopfed doctor`: everything that an operator would look at, in one table. What it looks at stands in coopfed/selfcheck."""

import asyncio
from typing import TYPE_CHECKING

import typer

from coopfed.cli.common import Json, configured, table

if TYPE_CHECKING:
    from coopfed.config import Config
    from coopfed.selfcheck.verdict import Check

_WORDS = {True: "ok", False: "NOT OK", None: "not applicable"}


def register(app: typer.Typer) -> None:
    """Adds the command."""
    app.command("doctor")(doctor)


def doctor(
    offline: bool = typer.Option(False, "--offline", help="Only what needs neither a live server nor the network."),
    as_json: Json = False,
) -> None:
    """Look at the node from inside and outside. Says what to do, and fails when something is not as it should be."""
    checks = asyncio.run(_examine(configured(as_json=as_json), offline))
    rows = [{"check": check.name, "ok": check.ok, "detail": check.detail} for check in checks]
    if as_json:
        table(rows, ("check", "ok", "detail"), as_json=True)
    else:
        shown = [{**row, "verdict": _WORDS[check.ok]} for row, check in zip(rows, checks, strict=True)]
        table(shown, ("check", "verdict", "detail"), as_json=False)
    if any(check.ok is False for check in checks):
        raise typer.Exit(1)


async def _examine(config: "Config", offline: bool) -> "list[Check]":
    from actors.local import load_signer
    from coopfed.errors import CoopFedError, SchemaMismatch, StorageError
    from coopfed.node import open_node
    from coopfed.selfcheck.inside import inside
    from coopfed.selfcheck.outside import outside
    from coopfed.selfcheck.verdict import fine, wrong

    mode = " (development: not for the public network)" if config.development else ""
    settings = fine("settings", f"{config.base_url}{mode}")
    try:
        node = await open_node(config)
    except StorageError as error:
        return [settings, wrong("schema" if isinstance(error, SchemaMismatch) else "database", str(error))]
    try:
        checks = [settings, *await inside(node)]
        try:
            await load_signer(node)
        except CoopFedError as error:
            # Without it nothing is fetched or delivered, and no loop-back can be signed.
            return [*checks, wrong("node key", str(error))]
        checks.append(fine("node key", f"{node.signer.key_id} opens with SECRET_KEY"))
        return checks if offline else [*checks, *await outside(node)]
    finally:
        await node.close()
