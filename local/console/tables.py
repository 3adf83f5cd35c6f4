"""The tables of this machine, read from disk as any reader of Delta tables does."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from deltalake import DeltaTable

#: The container that the tables of a schema lie in.
CONTAINER_OF = {"silver": "intermediate", "gold": "gold"}
Row = Mapping[str, Any]


@dataclass(frozen=True)
class PublishedTable:
    """A table as a run published it: schema and name, such as silver.movies, Delta version, and rows."""

    table: str
    version: int
    rows: int

    @classmethod
    def of(cls, entry: Mapping[str, Any]) -> Self:
        """One entry of `tables` in a manifest or a set of current tables."""
        return cls(str(entry["table"]), int(entry["version"]), int(entry["rows"]))

    def open(self, folder: Path) -> DeltaTable:
        """Return the table below the folder of all tables, at its version."""
        schema, name = self.table.split(".")
        return DeltaTable(folder / CONTAINER_OF[schema] / name, version=self.version)


def tables_in(document: bytes | None) -> dict[str, PublishedTable]:
    """Return the tables by name in the bytes of a stage's manifest or of its set of current tables; {} for none."""
    tables = json.loads(document or b"{}").get("tables", {})
    return {name: PublishedTable.of(entry) for name, entry in tables.items()}


def read_rows(folder: Path, published: PublishedTable, columns: Sequence[str]) -> list[Row]:
    """Return a table's rows at its version; None for a column that it lacks."""
    table = published.open(folder)
    names = {field.name for field in table.schema().fields}
    rows = table.to_pyarrow_table(columns=[name for name in columns if name in names]).to_pylist()
    return [dict.fromkeys(columns) | row for row in rows]
