"""Runs the storms at full size and prints what they showed. See the package's docstring."""

import argparse
import asyncio
import os
import sys

from tests.storms.storms import STORMS

ENGINES = ("sqlite", "postgresql")


def main() -> None:
    """Parses the arguments, runs, prints; ends with 1 when something was not as it must be."""
    parser = argparse.ArgumentParser(prog="./run soak", description=__doc__)
    parser.add_argument("--engine", choices=ENGINES, action="append", help="one engine instead of both")
    parser.add_argument("--only", choices=sorted(STORMS), action="append", help="some storms instead of all")
    parser.add_argument("--size", type=float, default=1.0, help="a part of the full size, e.g. 0.1")
    chosen = parser.parse_args()
    wrong = []
    print(f"{os.cpu_count()} cores, {chosen.size:g} of the full size\n\n| engine | storm | figure |\n|---|---|---|")
    for name in chosen.only or STORMS:
        forecast = STORMS[name]
        for engine in chosen.engine or ENGINES:
            if engine not in forecast.engines:
                continue
            storm = asyncio.run(forecast.run(engine, max(int(forecast.full * chosen.size), forecast.small)))
            for what, figure in storm.rows():
                print(f"| {engine} | {what} | {figure} |", flush=True)
            wrong += [f"{engine}, {name}: {claim}" for claim in storm.wrong]
    if wrong:
        sys.exit("Not as it must be:\n" + "\n".join(wrong))


if __name__ == "__main__":
    main()
