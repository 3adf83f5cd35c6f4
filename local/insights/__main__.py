"""Command line of the ingestion endpoint; `--help` tells its arguments."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from local.insights.api import Ingestion
from local.insights.store import ItemStore
from local.machine.commands import fail, log_to_stderr
from local.machine.serving import PortError, listen, serve


def main(argv: Sequence[str] | None = None) -> None:
    """Check the arguments, listen, serve."""
    parser = argparse.ArgumentParser(
        prog="python -m local.insights", description="An Application Insights ingestion endpoint."
    )
    parser.add_argument("--port", type=int, default=0, help="port on 127.0.0.1 (0: a free one)")
    parser.add_argument("--out", type=Path, required=True, help="directory for items.jsonl")
    arguments = parser.parse_args(argv)
    try:
        listener = listen(arguments.port)
    except PortError as error:
        fail(str(error))
    store = _store(arguments.out)
    log_to_stderr()
    serve(Ingestion(store).app, listener)


def _store(directory: Path) -> ItemStore:
    try:
        return ItemStore(directory)
    except (OSError, ValueError) as error:
        fail(f"--out {directory} cannot be used: {error}")


if __name__ == "__main__":
    main()
