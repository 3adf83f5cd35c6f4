"""The best matches of a run, and how the terminal shows them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from rich.markup import escape
from rich.table import Table

from local.console.lake import LakeReader
from local.console.tables import Row, read_rows, tables_in

SHOWN = 12
CURRENT_GOLD = "tables/gold.json"
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


def best_matches(connection_string: str, tables: Path, count: int = SHOWN) -> list[Row]:
    """Return the `count` best rows of the current gold matches, one for each film; none if there is no table.

    `tables` is the folder that all tables lie in.
    """
    with LakeReader(connection_string) as lake:
        matches = tables_in(lake.read("control", CURRENT_GOLD)).get("matches")
    return best_of(read_rows(tables, matches, COLUMNS), count) if matches else []


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
