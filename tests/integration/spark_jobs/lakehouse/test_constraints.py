"""What silver promises of its columns holds for whoever writes."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from deltalake import DeltaTable, write_deltalake
from deltalake.exceptions import DeltaError
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from spark_jobs.lakehouse.commits import mark_of
from spark_jobs.lakehouse.definition import TableDefinition
from spark_jobs.lakehouse.errors import LakeError
from spark_jobs.lakehouse.tables import Tables
from spark_jobs.schemas.tables import (
    CAST_CREDITS,
    CREW_CREDITS,
    GENRE_MAP,
    MOVIES,
    QUARANTINE,
    RELEASES,
    REVIEWS,
)

NAN = float("nan")
FETCHED = {"title": "t", "fetched_at": datetime(2026, 11, 20, tzinfo=UTC), "source_blob": "b"}
OUT: dict[str, dict[str, tuple[float, ...]]] = {
    "movies": {
        "rating": (-0.1, 10.1, NAN),
        "release_month": (0, 13),
        "overview_sentiment": (-1.1, 1.1, NAN),
        "vote_count": (-1,),
        "budget": (-1,),
        "revenue": (-1,),
    },
    "reviews": {"rating": (-0.1, 10.1, NAN), "sentiment": (-1.1, 1.1, NAN)},
    "releases": {"have": (-1,), "want": (-1,)},
}
TABLES = (
    (MOVIES, {"film_id": 1, **FETCHED}),
    (CAST_CREDITS, {"film_id": 1, "position": 1}),
    (CREW_CREDITS, {"film_id": 1, "position": 1}),
    (REVIEWS, {"film_id": 1, "position": 1}),
    (RELEASES, {"release_id": 1, **FETCHED}),
    (GENRE_MAP, {"film_genre": "Drama", "release_genre": "Pop"}),
    (QUARANTINE, {"run_id": "r", "table": "movies", "rule": "no_id"}),
)


@pytest.mark.parametrize(("table", "good"), TABLES, ids=[table.name for table, _ in TABLES])
def test_a_fault_in_any_checked_column_is_refused(
    spark: SparkSession, tmp_path: Path, table: TableDefinition, good: dict[str, Any]
) -> None:
    """Out of range, NaN, and null where a value must be: named, and the version before stays; other nulls may be.

    Spark is shown a fault of each kind, for a write of it takes a second; delta-rs is shown all of them.
    """
    out = OUT.get(table.name, {})
    assert set(out) == {sql.split()[0] for sql in table.checks.values()}
    assert set(good) == set(table.required)
    tables = Tables(
        spark,
        "spark_catalog",
        f"{tmp_path.as_uri()}/{{container}}",
        mark=mark_of("one", None),
        retention_days=7,
    )
    version = tables.replace_all(table, _frame(spark, table, good), None)
    faults = [(name, value) for name, values in out.items() for value in values]
    nulls = [(name, None) for name in table.required]
    for name, value in (*faults[:1], nulls[-1]):
        with pytest.raises(LakeError, match=rf"{table.full_name} is as it was.*{name}"):
            tables.replace_all(table, _frame(spark, table, {**good, name: value}), version)
    stored = DeltaTable(tmp_path / table.container / table.name)
    assert {field.name for field in stored.schema().fields if not field.nullable} == set(table.required)
    assert _broken(spark, stored, table, [{**good, name: value} for name, value in faults]) == [
        [name] for name, _ in faults
    ]
    _refused_by_delta_rs(stored, [{**good, name: value} for name, value in (*faults, *nulls)])
    assert [row.asDict() for row in tables.read(table, version).select(*good).collect()] == [
        row.asDict() for row in _frame(spark, table, good).select(*good).collect()
    ]
    assert len(list(tmp_path.glob("*/*/_delta_log/*.json"))) == version.version + 1


def _frame(spark: SparkSession, table: TableDefinition, *rows: dict[str, Any]) -> DataFrame:
    values = [tuple(row.get(name) for name in table.columns.fieldNames()) for row in rows]
    return spark.createDataFrame(values, table.columns).coalesce(1)


def _broken(
    spark: SparkSession, stored: DeltaTable, table: TableDefinition, rows: list[dict[str, Any]]
) -> list[list[str]]:
    """For each row the columns whose constraint does not hold, as Spark sees the constraints that the table has."""
    settings = stored.metadata().configuration
    checks = [sql for key, sql in settings.items() if key.startswith("delta.constraints.")]
    if not rows:
        assert checks == []
        return []
    held = [F.expr(sql).alias(sql.split()[0]) for sql in checks]
    found = _frame(spark, table, *rows).select(held).collect()
    return [[name for name, holds in row.asDict().items() if holds is not True] for row in found]


def _refused_by_delta_rs(stored: DeltaTable, rows: list[dict[str, Any]]) -> None:
    fields = [field.with_nullable(True) for field in stored.to_pyarrow_dataset().schema]
    for row in rows:
        with pytest.raises(DeltaError, match="failed validation check"):
            write_deltalake(stored, pa.Table.from_pylist([row], pa.schema(fields)), mode="append")
