"""Runs the scenarios and prints their table. See the package's docstring."""

import argparse
import asyncio
import os
import platform
import sqlite3

from tests.benchmarks.scenarios import SCENARIOS

ENGINES = ("sqlite", "postgresql")


def main() -> None:
    """Parses the arguments, runs, prints."""
    parser = argparse.ArgumentParser(prog="./run bench", description=__doc__)
    parser.add_argument("--engine", choices=ENGINES, action="append", help="one engine instead of both")
    parser.add_argument("--only", choices=sorted(SCENARIOS), action="append", help="some scenarios instead of all")
    parser.add_argument("--rounds", type=int, default=1, choices=range(1, 10), help="rounds of each, to see the spread")
    chosen = parser.parse_args()
    engines = chosen.engine or ENGINES
    print(f"Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}, {os.cpu_count()} cores\n")
    print(f"| measure | {' | '.join(engines)} |\n|---|{'---|' * len(engines)}")
    for name in chosen.only or SCENARIOS:
        columns: dict[str, list[list[str]]] = {}
        for _ in range(chosen.rounds):
            for engine in engines:
                for row in asyncio.run(SCENARIOS[name](engine)):
                    columns.setdefault(row.what, [[] for _ in engines])[engines.index(engine)].append(row.figure)
        for what, figures in columns.items():
            print(f"| {what} | {' | '.join(', '.join(found) for found in figures)} |", flush=True)


if __name__ == "__main__":
    main()
