"""What all commands share: the data folder, output for people and for machines, errors, and an open node."""

import asyncio
import json
import os
import sys
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer

from coopfed.clock import utc

if TYPE_CHECKING:
    from coopfed.config import Config
    from coopfed.node import Node

R = TypeVar("R")

_CONTROLS = dict.fromkeys(
    {*range(32), *range(127, 160), *range(0x202A, 0x202F), *range(0x2066, 0x206A)} - {9, 10}, "\ufffd"
)

Json = Annotated[bool, typer.Option("--json", help="Print JSON for machines.")]


@dataclass(slots=True)
class State:
    """What the options before the command said."""

    data: str = ""
    as_json: bool = False


STATE = State()


def configured(*, as_json: bool = False) -> "Config":
    """The configuration in force, and logging set up by it."""
    from coopfed.config import load, process_environment
    from coopfed.observe import logs

    STATE.as_json = as_json
    config = load(process_environment(), Path(STATE.data) if STATE.data else None)
    level = config.log_level if config.log_level in ("debug", "error") else "error"
    logs.configure(level)
    return config


def say(text: str, data: Any, *, as_json: bool) -> None:
    """Prints one result: the text for people, or the data as one JSON document."""
    typer.echo(json.dumps(data, ensure_ascii=False, default=str) if as_json else printable(text))


def table(rows: list[dict[str, Any]], columns: tuple[str, ...], *, as_json: bool) -> None:
    """Prints rows with aligned columns, or as a JSON array."""
    if as_json:
        typer.echo(json.dumps(rows, ensure_ascii=False, default=str))
        return
    cells = [[in_words(row.get(column)) for column in columns] for row in rows]
    widths = [max([len(column), *(len(row[index]) for row in cells)]) for index, column in enumerate(columns)]
    for line in ([column.upper().replace("_", " ") for column in columns], *cells):
        shown = "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        typer.echo(printable(shown).replace("\n", " "))


def moment(milliseconds: Any) -> str | None:
    """A moment for people and machines: UTC to the second."""
    return utc(milliseconds).isoformat(timespec="seconds") if milliseconds else None


def confirmed(question: str, *, yes: bool) -> None:
    """Asks before something is destroyed, unless `yes`; ends the command when the answer is no."""
    if not yes:
        typer.confirm(question, abort=True)


def in_words(value: Any) -> str:
    """A value for people."""
    return "-" if value is None else ("yes" if value else "no") if isinstance(value, bool) else str(value)


def printable(text: str) -> str:
    """The text without what would move the cursor, change colours or turn its direction round: strangers wrote parts of it."""
    return text.translate(_CONTROLS)


def complain(error: Exception) -> bool:
    """Prints an error of ours to standard error. Whether it was one: others are faults and show their traceback."""
    from coopfed.errors import CoopFedError

    if not isinstance(error, CoopFedError):
        return False
    if STATE.as_json or "--json" in sys.argv:
        typer.echo(json.dumps({"error": error.reason, "error_description": str(error)}, ensure_ascii=False), err=True)
    else:
        typer.echo(printable(f"coopfed: {error}"), err=True)
    return True


def with_node(work: "Callable[[Node], Awaitable[R]]", *, as_json: bool = False, signer: bool = True) -> R:
    """Opens the configured node, does the work, closes it. Runs beside a live server."""
    return asyncio.run(_with_node(work, configured(as_json=as_json), signer))


async def _with_node(work: "Callable[[Node], Awaitable[R]]", config: "Config", signer: bool) -> R:
    from actors.local import load_signer
    from coopfed.node import open_node

    node = await open_node(config)
    try:
        if signer:
            await load_signer(node)
        return await work(node)
    finally:
        await node.close()


def is_a_terminal() -> bool:
    """Whether a person watches standard error, for progress bars."""
    return sys.stderr.isatty() and os.environ.get("TERM") != "dumb"
