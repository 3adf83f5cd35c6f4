"""How far columns are filled: the share of the accepted records of a run that have a value.

Scores judge what is there, and say nothing of what is missing: a source that leaves out budgets, or all composers, has
perfect ones. Keys, and columns that are made of others, are left out.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F
from pyspark.sql.types import ArrayType

COLUMNS: Mapping[str, tuple[str, ...]] = {
    "movies": (
        *(
            "original_title",
            "alternative_titles",
            "overview",
            "release_date",
            "genres",
            "rating",
            "vote_count",
        ),
        *(
            "popularity",
            "budget",
            "revenue",
            "runtime_min",
            "language",
            "countries",
            "companies",
            "collection",
        ),
        *("keywords", "directors", "composers", "top_cast", "imdb_id", "status"),
    ),
    "releases": (
        *("master_id", "artists", "year", "country", "formats", "labels", "genres", "styles", "barcodes"),
        *("identifiers", "have", "want"),
    ),
}
_PREFIX = "fill:"


def fill_columns(rows: DataFrame, table: str, counts: Column) -> list[Column]:
    """Aggregates: of the rows that count, how many have a value in each column; an empty list is none."""
    return [
        F.count_if(counts & _has_value(rows, name)).alias(f"{_PREFIX}{name}")
        for name in COLUMNS.get(table, ())
    ]


def _has_value(rows: DataFrame, name: str) -> Column:
    if isinstance(rows.schema[name].dataType, ArrayType):
        return F.coalesce(F.size(name) > 0, F.lit(False))
    return F.col(name).isNotNull()


def fill_rates(counts: Mapping[str, Any], records: int) -> dict[str, float]:
    """Share of the records with a value, by column; nothing when there are no records."""
    found = {name.removeprefix(_PREFIX): n for name, n in counts.items() if name.startswith(_PREFIX)}
    return {name: round((n or 0) / records, 4) for name, n in found.items()} if records else {}
