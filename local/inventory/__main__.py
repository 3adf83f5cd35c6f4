"""`python -m local.inventory`: what lies in the lake of this machine, by container, table and run, with sizes.

Blobs are those of the stack that runs; of a stack that was stopped, storage is started for as long as the listing
takes. Tables and the jobs' files are read from disk.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from azure.core.exceptions import AzureError
from azure.storage.blob import BlobServiceClient
from rich.console import Console
from rich.table import Table

from local.inventory.entries import Entry, grouped, size_text
from local.inventory.tables import TableSize, table_sizes
from local.machine.addresses import read_addresses
from local.machine.commands import OneLineParser
from local.machine.servers import ProcessError, azurite_connection_string, free_port, start_azurite

PLAIN_WIDTH = 120


def main(argv: Sequence[str] | None = None) -> int:
    """List the lake: 0 when done, 1 when there is none or it cannot be read, 2 for bad arguments."""
    given = _parser().parse_args(argv)
    state_dir: Path = given.state_dir
    tables_root = state_dir / "databricks" / "tables"
    if not (state_dir / "azurite").is_dir() and not tables_root.is_dir():
        print(f"inventory: no lake in {state_dir}: start one with make run or make up", file=sys.stderr)
        return 1
    try:
        with storage_of(state_dir) as connection:
            entries = [*blobs(connection)]
    except (ProcessError, AzureError) as error:
        print(f"inventory: {str(error).splitlines()[0]}", file=sys.stderr)
        return 1
    show(_console(), entries, [*table_sizes(tables_root)], state_dir)
    return 0


@contextmanager
def storage_of(state_dir: Path) -> Iterator[str]:
    """The connection string of the storage of a state directory, which is started where it does not run.

    Raises:
        ProcessError: it does not start.
    """
    if url := read_addresses(state_dir).get("azurite"):
        yield azurite_connection_string(url)
        return
    log, location = state_dir / "logs" / "inventory.log", state_dir / "azurite"
    with start_azurite(log, location=location, port=free_port()) as azurite:
        azurite.wait_ready()
        yield azurite_connection_string(azurite.url)


def blobs(connection_string: str) -> Iterator[Entry]:
    """Every blob of the storage, its name and size."""
    with BlobServiceClient.from_connection_string(connection_string) as service:
        for container in service.list_containers():
            for blob in service.get_container_client(container.name).list_blobs():
                yield Entry(container.name, blob.name, blob.size)


def show(console: Console, entries: Sequence[Entry], tables: Sequence[TableSize], state_dir: Path) -> None:
    """Print blobs by container and what they belong to, then tables, then the totals."""
    console.print(_blob_table(entries))
    console.print(_delta_table(tables))
    work = state_dir / "databricks" / "lake"
    copies = sum(path.stat().st_size for path in work.rglob("*") if path.is_file())
    total = sum(entry.size_bytes for entry in entries) + sum(table.kept_bytes for table in tables)
    console.print(
        f"{len(entries):,} blobs and {len(tables)} tables, {size_text(total)}; beside them the jobs' copies of "
        f"files, {size_text(copies)}"
    )


def _blob_table(entries: Sequence[Entry]) -> Table:
    table = Table("container", "of", "", title="blobs", title_justify="left")
    for head in ("blobs", "size"):
        table.add_column(head, justify="right")
    for group in grouped(entries):
        table.add_row(
            group.container, group.kind, group.name, f"{group.count:,}", size_text(group.size_bytes)
        )
    return table


def _delta_table(tables: Sequence[TableSize]) -> Table:
    table = Table("container", "table", title="Delta tables", title_justify="left")
    for head in ("version", "rows", "files", "size", "with older versions"):
        table.add_column(head, justify="right")
    for found in tables:
        numbers = (f"{found.version}", f"{found.rows:,}", f"{found.files:,}")
        table.add_row(
            found.container, found.name, *numbers, size_text(found.size_bytes), size_text(found.kept_bytes)
        )
    return table


def _console() -> Console:
    console = Console(highlight=False)
    return console if console.is_terminal else Console(highlight=False, width=PLAIN_WIDTH)


def _parser() -> argparse.ArgumentParser:
    parser = OneLineParser(prog="python -m local.inventory", description=main.__doc__)
    parser.add_argument("--state-dir", type=Path, default=Path(".local"), help="where data and logs lie")
    return parser


if __name__ == "__main__":
    sys.exit(main())
