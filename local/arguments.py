"""The arguments of `make run` and `make up`, and how a signal stops them."""

from __future__ import annotations

import argparse
import math
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

from local.machine.commands import OneLineParser
from local.wiring import StackOptions

CATALOG_SUFFIXES = (".jsonl", ".jsonl.gz")


def stack_parser(program: str, description: str) -> argparse.ArgumentParser:
    """A parser that knows the options of a stack."""
    defaults = StackOptions()
    parser = OneLineParser(prog=program, description=description)
    parser.add_argument("--catalog", type=catalog_dir, metavar="DIR", help="JSON lines to serve as both APIs")
    parser.add_argument("--films", type=_count, default=defaults.films, help="size of the generated catalog")
    parser.add_argument("--releases", type=_count, default=defaults.releases, help="likewise")
    parser.add_argument("--seed", type=int, default=defaults.seed, help="of the generated catalog")
    parser.add_argument("--tmdb-per-second", type=_rate, default=defaults.tmdb_per_s, help="limit of TMDB")
    parser.add_argument(
        "--discogs-per-minute", type=_whole_rate, default=defaults.discogs_per_min, help="of Discogs"
    )
    parser.add_argument("--state-dir", type=Path, default=defaults.state_dir, help="where data and logs lie")
    parser.add_argument("--keep", action="store_true", help="continue with the lake of the last stack")
    parser.add_argument(
        "--mongo", action="store_true", help="export gold to the MongoDB of MONGO_URI, or to one here"
    )
    parser.add_argument("--feed", action="store_true", help="have the feed written, links as files to copy")
    return parser


def options_from(arguments: argparse.Namespace, plan_schedule: str) -> StackOptions:
    """Return the options that the arguments ask for."""
    return StackOptions(
        state_dir=arguments.state_dir,
        catalog_dir=arguments.catalog,
        films=arguments.films,
        releases=arguments.releases,
        seed=arguments.seed,
        tmdb_per_s=arguments.tmdb_per_second,
        discogs_per_min=arguments.discogs_per_minute,
        plan_schedule=plan_schedule,
        keep=arguments.keep,
        warm=True,
        mongo=arguments.mongo,
        feed=arguments.feed,
    )


def catalog_dir(text: str) -> Path:
    """A directory that holds JSON lines; argparse's error names what is wrong otherwise."""
    path = Path(text)
    if not path.is_dir():
        raise argparse.ArgumentTypeError(f"the catalog directory {text} does not exist")
    if not any(found.name.endswith(CATALOG_SUFFIXES) for found in path.iterdir()):
        raise argparse.ArgumentTypeError(f"the catalog directory {text} holds no .jsonl or .jsonl.gz files")
    return path


@contextmanager
def interruptible() -> Iterator[None]:
    """Let SIGINT, SIGTERM and SIGHUP end the block like Ctrl-C, with KeyboardInterrupt.

    SIGINT too: what a script starts in the background inherits that it is ignored.
    """
    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = {number: signal.signal(number, _interrupt) for number in numbers}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _interrupt(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _count(text: str) -> int:
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number of 0 or more")
    return int(text)


def _whole_rate(text: str) -> float:
    if _count(text) < 2:
        raise argparse.ArgumentTypeError(f"{text!r} is less than 2 a minute")
    return float(text)


def _rate(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not 0 < value < math.inf:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number above 0")
    return value
