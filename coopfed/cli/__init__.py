"""The command line: noun, then verb. Heavy imports stand inside the commands, so that `coopfed --help` answers at once."""

import sys

import typer

from coopfed import __version__
from coopfed.cli import (
    accounts,
    activities,
    actors,
    announcements,
    backup,
    blocks,
    configuration,
    cooperatives,
    deliveries,
    demo,
    doctor,
    emojis,
    followers,
    groups,
    lookup,
    matches,
    media,
    memberships,
    moderation,
    mutes,
    peers,
    posts,
    relays,
    reports,
    requests,
    schema,
    serve,
)
from coopfed.cli.common import STATE, complain

app = typer.Typer(
    name="coopfed",
    help="A federated ActivityPub server for cooperatives.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


@app.callback(invoke_without_command=True)
def _options(
    data: str = typer.Option("", "--data", help="Data folder; else COOPFED_DATA_DIR, else the working folder."),
    version: bool = typer.Option(False, "--version", help="Print the version and leave."),
) -> None:
    STATE.data = data
    if version:
        typer.echo(f"coopfed {__version__}")
        raise typer.Exit


for part in (
    serve,
    configuration,
    doctor,
    schema,
    backup,
    actors,
    accounts,
    posts,
    followers,
    mutes,
    blocks,
    lookup,
    cooperatives,
    memberships,
    requests,
    matches,
    groups,
    moderation,
    announcements,
    peers,
    relays,
    reports,
    emojis,
    media,
    deliveries,
    activities,
    demo,
):
    part.register(app)


def main() -> None:
    """The `coopfed` command: errors go to standard error, say what to do, and end with a non-zero status."""
    try:
        app()
    except Exception as error:
        if not complain(error):
            raise
        sys.exit(1)
