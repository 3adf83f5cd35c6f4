"""Delta tables of a folder, as delta-rs reads them: rows and bytes of the current version, and all that lies there."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
from deltalake import DeltaTable


@dataclass(frozen=True)
class TableSize:
    """A table: its newest version, that version's rows, files and bytes, and the bytes of all versions and the log."""

    container: str
    name: str
    version: int
    rows: int
    files: int
    size_bytes: int
    kept_bytes: int


def table_sizes(root: Path) -> Iterator[TableSize]:
    """The tables below `root/CONTAINER/TABLE`, by container and name."""
    for log in sorted(root.glob("*/*/_delta_log")):
        yield _size_of(log.parent)


def _size_of(folder: Path) -> TableSize:
    table = DeltaTable(str(folder))
    actions = pa.table(table.get_add_actions(flatten=True))
    kept = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    return TableSize(
        folder.parent.name,
        folder.name,
        table.version(),
        _total(actions, "num_records"),
        actions.num_rows,
        _total(actions, "size_bytes"),
        kept,
    )


def _total(actions: pa.Table, name: str) -> int:
    return int(pc.sum(actions[name]).as_py() or 0) if name in actions.column_names else 0
