"""`python -m local.purge --source tmdb|discogs [--yes]`: remove from a lake what came from one source.

The lake is that of this machine (`--state-dir`), or the one whose connection string is in LAKE. Without `--yes` it says
what would go.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from azure.core.exceptions import AzureError

from local.inventory.__main__ import storage_of
from local.machine.addresses import read_addresses
from local.machine.commands import OneLineParser
from local.machine.servers import ProcessError
from local.purge.lake import Found, RunActive, find, remove
from local.purge.scope import Scope
from shared.errors import CrossfadeError

VARIABLE = "LAKE"


class NotPossible(Exception):
    """The lake cannot be purged now; the message says what to do."""


def main(argv: Sequence[str] | None = None, environ: Mapping[str, str] = os.environ) -> int:
    """Purge a lake: 0 when done or shown, 1 when it cannot be, 2 for bad arguments."""
    given = _parser().parse_args(argv)
    scope = Scope(given.source)
    try:
        with _storage(given.state_dir, environ) as (connection, folder):
            found = asyncio.run(find(connection, folder, scope))
            sys.stdout.write(_told(found))
            if given.yes and not found.is_nothing:
                asyncio.run(remove(connection, found, scope))
                sys.stdout.write("removed; gold comes back with the next full run\n")
    except (NotPossible, RunActive, ProcessError, AzureError, CrossfadeError) as error:
        sys.stderr.write(f"purge: {str(error).splitlines()[0]}\n")
        return 1
    return 0


@contextmanager
def _storage(state_dir: Path, environ: Mapping[str, str]) -> Iterator[tuple[str, Path | None]]:
    """The lake's connection string, and the folder of this machine's jobs when it is this machine's lake."""
    if connection := environ.get(VARIABLE):
        yield connection, None
        return
    if not (state_dir / "azurite").is_dir():
        raise NotPossible(f"no lake in {state_dir}: name one with --state-dir, or with {VARIABLE}")
    if read_addresses(state_dir):
        raise NotPossible(
            "the parts of this machine run: stop them first, their jobs keep files of their own"
        )
    with storage_of(state_dir) as connection:
        yield connection, state_dir / "databricks"


def _told(found: Found) -> str:
    blobs = [f"{name}: {len(each.blobs):,} blobs\n" for name, each in found.blobs.items() if each.blobs]
    paths = [f"{path}\n" for path in found.paths]
    return "".join([*blobs, *paths]) or "nothing is there\n"


def _parser() -> argparse.ArgumentParser:
    parser = OneLineParser(prog="python -m local.purge", description=__doc__)
    parser.add_argument("--source", required=True, choices=("tmdb", "discogs"), help="whose data goes")
    parser.add_argument("--state-dir", type=Path, default=Path(".local"), help="where data and logs lie")
    parser.add_argument("--yes", action="store_true", help="remove it; without, it is only shown")
    return parser


if __name__ == "__main__":
    sys.exit(main())
