"""Benchmarks of ingestion; prints JSON.

python -m tests.bench.ingest --limits real      share of the permitted rate in steady state, requests over it
python -m tests.bench.ingest --limits none      answers per second, beside a plain httpx loop
python -m tests.bench.ingest --tasks 1000,10000 the fan-in alone: seconds and bytes per task, peak memory
"""

from __future__ import annotations

import argparse
import json
import sys

from tests.bench import fan_in, rates, throughput


def main(argv: list[str] | None = None) -> int:
    """Run what the arguments name; see the module docstring."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--limits", choices=["real", "none"], help="with the APIs' limits, or without any")
    parser.add_argument("--tasks", help="sizes of runs for the fan-in, separated by commas")
    parser.add_argument("--films", type=int, default=None, help="size of the generated catalog")
    parser.add_argument("--releases", type=int, default=None, help="likewise")
    parser.add_argument("--seconds", type=float, default=130.0, help="how long rates are measured")
    parser.add_argument("--hosts", type=int, default=1, help="functions hosts sharing the queues")
    arguments = parser.parse_args(argv)
    if arguments.tasks:
        sizes = [int(size) for size in arguments.tasks.split(",")]
        result = fan_in.measure(sizes)
    elif arguments.limits == "real":
        result = rates.measure(
            arguments.films or 30_000, arguments.releases or 30_000, arguments.seconds, arguments.hosts
        )
    elif arguments.limits == "none":
        result = throughput.measure(arguments.films or 6_000, arguments.releases or 3_000)
    else:
        parser.error("give --limits or --tasks")
    json.dump(result, sys.stdout, indent=2)
    sys.stdout.write("\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
