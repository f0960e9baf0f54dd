"""`coopfed demo`: three nodes on this machine follow each other and exchange posts, over real HTTP with real signatures."""

import typer


def register(app: typer.Typer) -> None:
    """Adds the command."""
    app.command("demo")(demo)


def demo(
    folder: str = typer.Option(".demo", help="Where the three nodes keep their data; a second start continues there."),
    port: int = typer.Option(7801, help="Port of the first node; the others take the next two. 0 finds free ones."),
    check: bool = typer.Option(
        False, "--check", help="Verify on each follower's own node what arrived, print figures, end."
    ),
    close: str = typer.Option(
        "", help="Close the inbox of this node (lampara, filizemek or kopruponte): the check must then fail."
    ),
    break_: bool = typer.Option(
        False, "--break", help="Kill a node in the middle of a delivery, show how the others go on and how it recovers."
    ),
    seconds: float = typer.Option(60.0, help="How long --check waits for what is on its way."),
    as_json: bool = typer.Option(False, "--json", help="Print the figures of --check as JSON."),
) -> None:
    """Start three nodes that federate, and show what came. Ctrl-C stops them."""
    import asyncio
    from pathlib import Path

    from coopfed.cli.demo.show import Options, run
    from coopfed.observe import logs

    logs.configure("error")
    options = Options(Path(folder).resolve(), port, check, close, seconds, as_json, break_)
    raise typer.Exit(asyncio.run(run(options)))
