"""The demo as a person sees it: start, script, table of what reached whom, addresses, tokens; and the figures of --check."""

import asyncio
import signal
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson
import typer
from rich.console import Console
from rich.live import Live
from rich.table import Table

from coopfed.cli.demo.check import Checker, Report, settled
from coopfed.cli.demo.ends import Ends
from coopfed.cli.demo.outage import Outage, break_one
from coopfed.cli.demo.processes import Server, client, running, set_up
from coopfed.cli.demo.seed import Script, Seeded, open_nodes
from coopfed.cli.demo.stories import Stories
from coopfed.cli.demo.voices import Voices
from coopfed.cli.demo.world import World, load_world
from coopfed.errors import InvalidInput


@dataclass(frozen=True, slots=True)
class Options:
    """What the command line asked for."""

    folder: Path
    port: int
    check: bool
    close: str
    seconds: float
    as_json: bool
    breaks: bool = False


async def run(options: Options) -> int:
    """Plays the demo. The exit status: 1 when --check found something missing."""
    world, console = load_world(), Console(stderr=options.as_json)
    if options.close and options.close not in {node.id for node in world.nodes}:
        raise InvalidInput(f"--close takes one of: {', '.join(node.id for node in world.nodes)}")
    options.folder.mkdir(parents=True, exist_ok=True)
    started = time.monotonic()
    servers = await set_up(options.folder, world.nodes, options.port)
    async with running(servers):
        console.print(f"Three nodes are up ({time.monotonic() - started:.1f} s):")
        for server in servers:
            place = f"{server.base}   health {server.base}/readyz   data {server.config.data_dir}"
            console.print(f"  {server.node.name:24} {place}", soft_wrap=True)
        return await _play(options, world, console, servers, started)


async def _play(options: Options, world: World, console: Console, servers: list[Server], started: float) -> int:
    seeded = Seeded.load(options.folder)
    nodes = await open_nodes(servers)
    http = client()
    try:
        script = Script(world, seeded, nodes)
        checker = await _perform(script, world, seeded, servers, console, http, options)
        report = await settled(checker, options.seconds if options.check else 10.0)
        report.problems[:0] = script.problems
        outage = await _broken(world, seeded, servers, checker, http, console) if options.breaks else None
        elapsed = time.monotonic() - started
        if options.check:
            return _verdict(report, outage, world, console, elapsed, as_json=options.as_json)
        _explain(console, world, seeded, servers)
        await _watch(checker, world, console)
        return 0
    finally:
        await http.close()
        await asyncio.gather(*(node.close() for node in nodes.values()))


async def _perform(
    script: Script, world: World, seeded: Seeded, servers: list[Server], console: Console, http: Any, options: Options
) -> Checker:
    await script.make_actors()
    _verified(console, await script.verified_actors())
    checker = Checker(world, seeded, servers, script.actors, http)
    with console.status("follows") as status:

        def progress(what: str, done: int, of: int) -> None:
            status.update(f"{what}: {done} of {of}")

        granted = await script.follow_all(progress)
        console.print(f"{granted} of {len(world.follows)} follows granted, {world.crossing()} of them between nodes")
        if options.close:
            await script.close_inbox(options.close)
        await script.write_posts(progress)

        async def arrived(uri: str) -> None:
            post = next(post for post in world.posts if seeded.posts.get(post.id) == uri)
            await checker.has_arrived(uri, world.readers(post), 2.0 if options.close else 10.0)

        await script.delete_posts(arrived)
        voices = Voices(world, seeded, servers, http)
        if not options.close:
            stories = Stories(world, seeded, voices, script.actors)
            await stories.play(progress)
            script.problems += stories.problems
            checker.also = Ends(world, seeded, voices, script.actors).add_to
    console.print(f"{len(seeded.posts)} posts published, {len(seeded.deleted)} of them deleted again")
    console.print(
        f"{len(world.memberships)} memberships asked for and signed, {len(seeded.requests)} requests published"
    )
    return checker


async def _broken(
    world: World, seeded: Seeded, servers: list[Server], checker: Checker, http: Any, console: Console
) -> Outage:
    with console.status("a node dies"):
        outage = await break_one(world, seeded, servers, checker, http)
    table = Table("what", "figure", title="A node is killed, and comes back", title_justify="left")
    for name, value in outage.figures().items():
        if name != "problems":
            table.add_row(name.replace("_", " "), str(value))
    console.print(table)
    for problem in outage.problems:
        console.print(f"  MISSING: {problem}")
    return outage


def _verified(console: Console, rows: list[dict[str, Any]]) -> None:
    table = Table("handle", "type", "confirmed from", title="Actors as the other nodes find them", title_justify="left")
    handles: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        handles.setdefault(row["handle"], []).append(row)
    for handle, seen in handles.items():
        confirmed = [row["seen_from"] for row in seen if row["confirmed"]]
        table.add_row(handle, seen[0]["type"], ", ".join(confirmed) or "nobody")
    console.print(table)


def _matrix(report: Report, world: World) -> Table:
    table = Table(
        "from \\ at", *(node.name for node in world.nodes), title="Posts in followers' timelines: there / expected"
    )
    for sender in world.nodes:
        cells = []
        for reader in world.nodes:
            found, expected = report.matrix.get((sender.id, reader.id), [0, 0])
            cells.append(f"{found} / {expected}" if expected else "-")
        table.add_row(sender.name, *cells)
    return table


def _explain(console: Console, world: World, seeded: Seeded, servers: list[Server]) -> None:
    console.print("\nWhat they ask of each other and offer, as each node shows it to everybody:")
    for server in servers:
        console.print(f"  {server.base}/requests", soft_wrap=True, highlight=False)
    console.print("\nPages to look at, and an actor of each node with a bearer token for its app:")
    for server in servers:
        actor = next(actor for actor in world.actors.values() if actor.node == server.node.id)
        console.print(
            f"  {server.base}/@{actor.handle}   token {seeded.tokens[actor.id]}", soft_wrap=True, highlight=False
        )
    first = next(actor for actor in world.actors.values() if actor.node == servers[0].node.id)
    token = seeded.tokens[first.id]
    console.print("\nRead the home timeline of the first one, or post as it:", highlight=False)
    header = f'-H "Authorization: Bearer {token}"'
    console.print(f"  curl {header} {servers[0].base}/api/v1/timelines/home", soft_wrap=True, highlight=False)
    console.print(
        f'  curl {header} -d "status=Merhaba! Ciao!" {servers[0].base}/api/v1/statuses', soft_wrap=True, highlight=False
    )
    invite = f"./run coopfed --data {servers[0].config.data_dir} account invite you@example.org"
    console.print("\nSign in on its pages: this prints a link, on which you choose a password:", highlight=False)
    console.print(f"  {invite} --actor {first.handle} --role admin", soft_wrap=True, highlight=False)
    console.print("\nCtrl-C stops the three nodes; the same command continues with them.\n")


async def _watch(checker: Checker, world: World, console: Console) -> None:
    """The live table, until Ctrl-C."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    with Live(_matrix(await checker.report(), world), console=console, auto_refresh=False) as live:
        while not stop.is_set():
            try:
                async with asyncio.timeout(2):
                    await stop.wait()
            except TimeoutError:
                live.update(_matrix(await checker.report(), world), refresh=console.is_terminal)


def _verdict(
    report: Report, outage: Outage | None, world: World, console: Console, elapsed: float, *, as_json: bool
) -> int:
    if outage is not None:
        report.problems += outage.problems
    figures: dict[str, Any] = {
        "complete": report.complete,
        "nodes": len(world.nodes),
        "actors": len(world.actors),
        "follows": len(world.follows),
        "follows_between_nodes": world.crossing(),
        "timeline_entries_expected": report.expected,
        "timeline_entries_found": report.found,
        "of_them_between_nodes": report.crossing_found,
        "answers_linked": report.answers_linked,
        "deleted_gone_everywhere": report.deleted_gone,
        "memberships_confirmed_at_each_node": report.memberships_confirmed,
        "requests_alike_at_each_node": report.requests_agreeing,
        "agreements_verified_by_a_third_node": report.agreements_verified,
        "seconds": round(elapsed, 1),
        "problems": report.problems,
        **({"outage": outage.figures()} if outage is not None else {}),
    }
    if as_json:
        typer.echo(orjson.dumps(figures).decode())
    else:
        console.print(_matrix(report, world))
        for name, value in figures.items():
            if name not in ("problems", "outage"):
                console.print(f"  {name.replace('_', ' ')}: {value}")
        for problem in report.problems[:20]:
            console.print(f"  MISSING: {problem}")
        console.print(
            "All there." if report.complete else f"{len(report.problems)} problems: see node.log in each data folder."
        )
    return 0 if report.complete else 1
