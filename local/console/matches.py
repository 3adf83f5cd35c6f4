"""The best matches of a run, read from the lake as any reader would: the pointer first, then its snapshot."""

from __future__ import annotations

import io
import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from azure.core.exceptions import ResourceNotFoundError
from azure.storage.blob import BlobServiceClient, ContainerClient
from rich.markup import escape
from rich.table import Table

SHOWN = 12
COLUMNS = (
    "film_id",
    "film_title",
    "film_year",
    "release_id",
    "release_title",
    "artist",
    "release_year",
    "score",
    "reason",
)
Row = Mapping[str, Any]


def best_matches(connection_string: str, count: int = SHOWN) -> list[Row]:
    """The `count` best rows of the current gold matches, one for each film; none if there is no table."""
    with BlobServiceClient.from_connection_string(connection_string) as service:
        rows = current_rows(service.get_container_client("gold"), "matches", COLUMNS)
    return best_of(rows, count)


def current_rows(container: ContainerClient, table: str, columns: Sequence[str]) -> list[Row]:
    """Rows of a table's current snapshot, empty if it was never published; missing columns are None."""
    try:
        pointer = json.loads(container.download_blob(f"{table}/_current.json").readall())
    except ResourceNotFoundError:
        return []
    names = container.list_blob_names(name_starts_with=f"{pointer['path']}/")
    parts = [container.download_blob(name).readall() for name in names if name.endswith(".parquet")]
    return [row for part in parts for row in _rows(part, columns)]


def best_of(rows: Iterable[Row], count: int) -> list[Row]:
    """The rows of highest score, at most one for each film; ties by film and release id."""
    ordered = sorted(rows, key=lambda row: (-row["score"], row["film_id"], row["release_id"]))
    first_of_film: dict[Any, Row] = {}
    for row in ordered:
        first_of_film.setdefault(row["film_id"], row)
    return list(first_of_film.values())[:count]


def matches_table(rows: Sequence[Row]) -> Table:
    """Matches for a person: film, record, score, evidence."""
    table = Table(title="Best matches" if rows else "No matches", title_justify="left")
    table.add_column("film", overflow="fold")
    table.add_column("record", overflow="fold")
    table.add_column("score", justify="right")
    table.add_column("evidence", overflow="fold")
    for row in rows:
        table.add_row(_film(row), _record(row), f"{row['score']:.3f}", escape(str(row["reason"] or "")))
    return table


def _film(row: Row) -> str:
    return escape(f"{row['film_title']}{_year(row['film_year'])}")


def _record(row: Row) -> str:
    return escape(f"{row['artist']}: {row['release_title']}{_year(row['release_year'])}")


def _year(year: int | None) -> str:
    return f" ({year})" if year else ""


def _rows(parquet: bytes, columns: Sequence[str]) -> list[dict[str, Any]]:
    table: pa.Table = pq.read_table(io.BytesIO(parquet))
    present = [name for name in columns if name in table.column_names]
    nothing = dict.fromkeys(columns)
    return [nothing | row for row in table.select(present).to_pylist()]
