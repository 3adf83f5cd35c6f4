"""`python -m local.cost`: what Crossfade costs a month in Azure, and how long a run takes, as Markdown or JSON."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from local.cost.bill import Entry, PriceError, PriceList, bill, price_list, total, with_prices
from local.cost.usage import usage
from local.cost.workload import STAGES, Load, RunTime, assumed, assumptions, run_time
from local.machine.commands import OneLineParser

SMALL = 100


def main(argv: Sequence[str] | None = None) -> int:
    """Print the model's result: 0 when done, 2 for bad arguments or prices."""
    given = _parser().parse_args(argv)
    load = Load(
        given.runs_per_day,
        given.films,
        given.releases,
        given.stage,
        given.private_network,
        has_mongo=given.mongo,
        is_classic=given.classic,
    )
    try:
        prices = price_list()
        if given.region_prices:
            prices = with_prices(prices, given.region_prices)
    except PriceError as error:
        print(f"cost: {error}", file=sys.stderr)
        return 2
    time = run_time(load, assumptions())
    entries = bill(usage(load, assumptions()), prices)
    if given.inputs:
        print("\n".join(_inputs(prices)))
    elif given.json:
        print(json.dumps(_as_json(load, time, entries, prices), indent=2))
    else:
        print("\n".join(_page(load, time, entries, prices)))
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = OneLineParser(prog="python -m local.cost", description="What Crossfade costs a month in Azure.")
    parser.add_argument("--runs-per-day", type=_runs, default=6.0, help="full runs a day")
    parser.add_argument("--films", type=_count, default=10_000, help="films of a run")
    parser.add_argument("--releases", type=_count, default=29_718, help="releases of a run")
    parser.add_argument("--stage", choices=sorted(STAGES), default="prod", help="sizes of the environment")
    parser.add_argument("--private-network", action="store_true", help="with private endpoints")
    parser.add_argument("--mongo", action="store_true", help="with a MongoDB that gold is exported to")
    parser.add_argument("--classic", action="store_true", help="jobs on clusters, not on serverless compute")
    parser.add_argument(
        "--region-prices", type=Path, metavar="FILE", help="JSON object of names and prices that differ"
    )
    parser.add_argument("--inputs", action="store_true", help="the assumptions and the prices instead")
    parser.add_argument("--json", action="store_true", help="the same as JSON")
    return parser


def _count(text: str) -> int:
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number of 0 or more")
    return int(text)


def _runs(text: str) -> float:
    try:
        runs = float(text)
    except ValueError:
        runs = -1.0
    if not 0 <= runs <= 1440:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number from 0 to 1440")
    return runs


def _page(load: Load, time: RunTime, entries: Sequence[Entry], prices: PriceList) -> Iterator[str]:
    compute = "on clusters" if load.is_classic else "serverless"
    what = f"{load.films:,} films and {load.releases:,} releases"
    yield f"{load.runs_per_day:g} runs a day of {what}, {load.stage}, {compute}."
    yield ""
    yield from _time_table(time)
    yield ""
    yield from _cost_table(entries, prices)


def _inputs(prices: PriceList) -> Iterator[str]:
    yield "| assumption | value | why |"
    yield "|---|---|---|"
    for name, entry in assumed().items():
        yield f"| `{name}` | {entry['value']:,} | {entry['why']} |"
    yield ""
    yield f"| price | {prices.currency}, {prices.dated} | for | unit | free a month | what |"
    yield "|---|---|---|---|---|---|"
    for name, price in prices.prices.items():
        amount = f"{price.price:.6f}".rstrip("0")
        free = f"{price.free:,}" if price.free else ""
        yield f"| `{name}` | {amount} | {price.per:,} | {price.unit} | {free} | {price.what} |"


def _time_table(time: RunTime) -> Iterator[str]:
    yield "| a run | seconds | |"
    yield "|---|---|---|"
    yield f"| TMDB | {time.tmdb_s:,.0f} | {time.tmdb_requests:,} requests |"
    yield f"| Discogs, at the same time | {time.discogs_s:,.0f} | {time.discogs_requests:,} requests |"
    yield f"| two starts of compute | {2 * time.start_s:,.0f} | |"
    yield f"| silver | {time.silver_s:,.0f} | |"
    yield f"| gold | {time.gold_s:,.0f} | |"
    yield f"| **all** | **{time.total_s:,.0f}** | {_clock(time.total_s)} |"


def _cost_table(entries: Sequence[Entry], prices: PriceList) -> Iterator[str]:
    yield f"| service | what | a month | unit | {prices.currency} |"
    yield "|---|---|---|---|---|"
    for entry in entries:
        use, price = entry.use, entry.price
        quantity = f"{use.quantity:,.0f}" if use.quantity >= SMALL else f"{use.quantity:,.1f}"
        yield f"| {use.service} | `{use.price}` | {quantity} | {price.unit} | {entry.amount:,.2f} |"
    yield f"| **all** | | | | **{total(entries):,.2f}** |"


def _clock(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s"


def _as_json(load: Load, time: RunTime, entries: Sequence[Entry], prices: PriceList) -> dict[str, Any]:
    lines = [
        {
            "service": entry.use.service,
            "price": entry.use.price,
            "quantity": round(entry.use.quantity, 3),
            "unit": entry.price.unit,
            "amount": round(entry.amount, 2),
        }
        for entry in entries
    ]
    return {
        **vars(load),
        "currency": prices.currency,
        "dated": prices.dated,
        "run_seconds": {**vars(time), "ingest_s": time.ingest_s, "total_s": time.total_s},
        "lines": lines,
        "total": round(total(entries), 2),
    }


if __name__ == "__main__":
    sys.exit(main())
