"""What silver promises of its columns holds for whoever writes."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from py4j.protocol import Py4JJavaError
from pyspark.errors import PySparkException
from pyspark.sql import SparkSession

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
    """Out of range, NaN, and null where a value must be: named, and the version before stays; other nulls may be."""
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
    faults += [(name, None) for name in table.required]
    with pytest.raises(LakeError, match=rf"{table.full_name} is as it was.*{faults[0][0]}"):
        tables.replace_all(table, _frame(spark, table, good | dict(faults[:1])), version)
    with ThreadPoolExecutor(4) as pool:
        errors = list(
            pool.map(lambda fault: _refused(tables, spark, table, {**good, fault[0]: fault[1]}), faults)
        )
    assert [name for (name, _), error in zip(faults, errors, strict=True) if name not in error] == []
    assert [row.asDict() for row in tables.read(table, version).select(*good).collect()] == [
        row.asDict() for row in _frame(spark, table, good).select(*good).collect()
    ]
    assert len(list(tmp_path.glob("*/*/_delta_log/*.json"))) == version.version + 1


def _frame(spark: SparkSession, table: TableDefinition, row: dict[str, Any]):  # type: ignore[no-untyped-def]
    values = tuple(row.get(name) for name in table.columns.fieldNames())
    return spark.createDataFrame([values], table.columns).coalesce(1)


def _refused(tables: Tables, spark: SparkSession, table: TableDefinition, row: dict[str, Any]) -> str:
    try:
        _frame(spark, table, row).writeTo(tables.name(table)).append()
    except (PySparkException, Py4JJavaError) as error:
        return str(error)
    return "written"
