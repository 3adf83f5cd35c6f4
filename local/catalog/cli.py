"""`python -m local.catalog`: reads the arguments, builds the catalog, serves it."""

from __future__ import annotations

import argparse
import asyncio
import logging
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from local.catalog.invented.films import InventedFilms
from local.catalog.invented.releases import InventedReleases
from local.catalog.server.app import Catalog, Settings, build
from local.catalog.stores.directory import CatalogError, load
from local.machine.commands import EXIT_USAGE, OneLineParser, log_to_stderr
from local.machine.serving import PortError, listen, serve


def natural(text: str) -> int:
    """Return a whole number, 0 or more; raise ValueError."""
    number = int(text)
    if number < 0:
        raise ValueError(text)
    return number


def _rate(text: str) -> float:
    number = float(text)
    if not 0 <= number < float("inf"):
        raise ValueError(text)
    return number


def parser() -> argparse.ArgumentParser:
    """Return the argument parser."""
    made = OneLineParser(prog="local.catalog", description="TMDB and Discogs on this machine.")
    made.add_argument("--port", type=natural, default=0, help="0 takes a free one")
    made.add_argument("--data", type=Path, help="a directory of JSON lines instead of an invented catalog")
    add_sizes(made)
    made.add_argument("--tmdb-per-second", type=_rate, default=40.0, help="0 means no limit")
    made.add_argument("--discogs-per-minute", type=_rate, default=60.0, help="0 means no limit")
    made.add_argument("--discogs-ignores-sort", action="store_true", help="searches are never sorted by year")
    made.add_argument("--latency-ms", type=_rate, default=0.0, help="holds every answer back")
    return made


def add_sizes(made: argparse.ArgumentParser) -> None:
    """Add the arguments that say which catalog is invented."""
    made.add_argument("--films", type=natural, default=2000)
    made.add_argument("--releases", type=natural, default=3000)
    made.add_argument("--seed", type=natural, default=1)
    made.add_argument(
        "--dense-days", type=natural, default=0, help="single days with more than 10,000 films each"
    )


def invent(films: int, releases: int, seed: int, dense_days: int) -> Catalog:
    """Return an invented catalog; raise CatalogError where the sizes do not fit each other."""
    if films < 1 and releases:
        raise CatalogError("--releases needs at least one film")
    try:
        made = InventedFilms(films, seed, dense_days)
    except ValueError as error:
        raise CatalogError(f"--dense-days: {error}") from error
    records = InventedReleases(releases, made)
    return Catalog(made, records, records.links())


def main(arguments: Sequence[str] | None = None, environment: Mapping[str, str] = os.environ) -> int:
    """Serve until a signal ends it; return the exit code."""
    options = parser().parse_args(arguments)
    log_to_stderr()
    logging.getLogger("uvicorn.error").addFilter(_is_unintended)
    try:
        settings = _settings(options, environment)
        app = build(_catalog(options), settings)
        serve(lambda: app, listen(options.port))
    except (CatalogError, PortError) as error:
        sys.stderr.write(f"local.catalog: {error}\n")
        return EXIT_USAGE
    return 0


def _settings(options: argparse.Namespace, environment: Mapping[str, str]) -> Settings:
    missing = [name for name in ("TMDB_TOKEN", "DISCOGS_TOKEN") if not environment.get(name)]
    if missing:
        raise CatalogError(f"set {' and '.join(missing)}: the tokens to accept")
    return Settings(
        tmdb_token=environment["TMDB_TOKEN"],
        discogs_token=environment["DISCOGS_TOKEN"],
        tmdb_per_second=options.tmdb_per_second,
        discogs_per_minute=options.discogs_per_minute,
        latency_s=options.latency_ms / 1000,
        discogs_ignores_sort=options.discogs_ignores_sort,
    )


def _catalog(options: argparse.Namespace) -> Catalog:
    if options.data is None:
        return invent(options.films, options.releases, options.seed, options.dense_days)
    return Catalog(*load(options.data))


def _is_unintended(record: logging.LogRecord) -> bool:
    """Return False for errors made on purpose: answers that a fault plan cuts, and those cut by the end."""
    is_cancelled = record.exc_info is not None and isinstance(record.exc_info[1], asyncio.CancelledError)
    return not is_cancelled and "without completing response" not in record.getMessage()
