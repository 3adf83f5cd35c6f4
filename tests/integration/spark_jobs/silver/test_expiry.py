"""Rows that no run has seen again for longer than their source permits are removed."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

from pyspark.sql import DataFrame, SparkSession

from spark_jobs.lakehouse.definition import TableDefinition
from spark_jobs.lakehouse.lake import Lake, open_lake
from spark_jobs.lakehouse.sets import TableVersion
from spark_jobs.schemas.tables import MOVIES, RELEASES, REVIEWS
from spark_jobs.silver.expiry import expire
from tests.integration.spark_jobs.builders.exported import FETCHED, ExportLake, film, release

RUN, AT = "20261121T063000Z-0002", "2026-11-21T06:30:00Z"
OLD = {"fetched_at": FETCHED - timedelta(days=180)}
ROWS: list[tuple[TableDefinition, list[dict[str, Any]]]] = [
    (MOVIES, [film(1, "Far Astray", **OLD), film(2, "Marsh")]),
    (REVIEWS, [{"film_id": 1, "position": 1, **OLD}, {"film_id": 2, "position": 1, "fetched_at": FETCHED}]),
    (RELEASES, [release(10, **OLD)]),
]


def test_what_was_not_seen_again_goes_from_all_tables_of_its_source(
    spark: SparkSession, tmp_path: Path
) -> None:
    """Films go with their reviews after 180 days, records stay for 730; the run done again writes nothing."""
    lake = open_lake(spark, ExportLake(spark, tmp_path).addresses, "silver", RUN)
    published = publish(lake)
    kept = {"tmdb": 180.0, "discogs": 730.0}
    expired = expire(lake, published, AT, kept)
    assert {name: version.rows for name, version in expired.items()} == {"movies": 1, "reviews": 1}
    left = lake.tables.read(MOVIES, expired["movies"]).select("film_id").collect()
    assert [row.film_id for row in left] == [2]
    again = open_lake(spark, ExportLake(spark, tmp_path).addresses, "silver", RUN)
    same = publish(again)
    assert {name: version.version for name, version in same.items()} == {
        name: version.version for name, version in {**published, **expired}.items()
    }
    assert expire(again, same, AT, kept) == {}


def publish(lake: Lake) -> dict[str, TableVersion]:
    """The tables of a run; one that it has written already stays."""
    return {
        table.name: lake.tables.replace_all(table, _frame(lake, table, rows), None) for table, rows in ROWS
    }


def _frame(lake: Lake, table: TableDefinition, rows: list[dict[str, Any]]) -> DataFrame:
    whole = [tuple(row.get(name) for name in table.columns.fieldNames()) for row in rows]
    return lake.spark.createDataFrame(whole, table.columns)
