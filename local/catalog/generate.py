"""`python -m local.catalog.generate --films N --releases M --out DIR`: an invented catalog as files.

Writes tmdb_movies.jsonl.gz, discogs_releases.jsonl.gz and links.csv (tmdb_id, discogs_id, evidence). The same
arguments give the same bytes.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import json
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

from local.catalog.cli import add_sizes, invent
from local.catalog.columns import Record, encode
from local.catalog.server.app import Catalog
from local.catalog.stores.directory import FILMS, LINKS, RELEASES, CatalogError
from local.machine.commands import EXIT_USAGE, OneLineParser

EVIDENCE = "generated"
SAME_TIME = 0


def write(catalog: Catalog, directory: Path) -> dict[str, int]:
    """Write the three files and return how many lines each has."""
    directory.mkdir(parents=True, exist_ok=True)
    films, releases = catalog.films, catalog.releases
    counts = {
        "films": _write(directory / f"{FILMS}.gz", map(films.record, range(len(films.columns.ids)))),
        "releases": _write(
            directory / f"{RELEASES}.gz", map(releases.record, range(len(releases.columns.ids)))
        ),
        "links": len(catalog.links),
    }
    with (directory / LINKS).open("w", newline="", encoding="utf-8") as file:
        rows = csv.writer(file, lineterminator="\n")
        rows.writerow(["tmdb_id", "discogs_id", "evidence"])
        rows.writerows((film_id, release_id, EVIDENCE) for film_id, release_id in catalog.links)
    return counts


def main(arguments: Sequence[str] | None = None) -> int:
    """Write an invented catalog; return the exit code."""
    options = _parser().parse_args(arguments)
    try:
        catalog = invent(options.films, options.releases, options.seed, options.dense_days)
        counts = write(catalog, options.out)
    except (CatalogError, OSError) as error:
        sys.stderr.write(f"local.catalog.generate: {error}\n")
        return EXIT_USAGE
    sys.stdout.write(json.dumps(counts) + "\n")
    return 0


def _parser() -> argparse.ArgumentParser:
    made = OneLineParser(prog="local.catalog.generate", description="Writes an invented catalog.")
    made.add_argument("--out", type=Path, required=True)
    add_sizes(made)
    return made


def _write(path: Path, records: Iterable[Record]) -> int:
    count = 0
    with path.open("wb") as raw, gzip.GzipFile("", "wb", fileobj=raw, mtime=SAME_TIME) as file:
        for record in records:
            file.write(encode(record) + b"\n")
            count += 1
    return count


if __name__ == "__main__":
    sys.exit(main())
