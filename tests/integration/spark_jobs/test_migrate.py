"""A lake that the last release before Delta wrote (46 invented films and records), converted once."""

from __future__ import annotations

import tarfile
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from deltalake import DeltaTable
from pyspark.sql import SparkSession

from spark_jobs.lakehouse.errors import LakeError
from spark_jobs.migrate import main, migrate
from spark_jobs.schemas.tables import SILVER
from spark_jobs.views.catalogue import GOLD
from tests.integration.spark_jobs.builders.bronze_files import Bronze

ARCHIVE = Path(__file__).parent / "data" / "lake_before_delta.tar.gz"
RUN = "20261120T063000Z-0001"
TABLES = (
    *("silver.movies", "silver.cast_credits", "silver.releases"),
    *("gold.matches", "gold.film_history", "gold.kpis"),
)
"""What the archive holds, beside a quarantine."""


@pytest.fixture(scope="module")
def lakes(spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, Bronze]]:
    """The old lake, and the new one after the command."""
    folder = tmp_path_factory.mktemp("migrated")
    with tarfile.open(ARCHIVE) as archive:
        archive.extractall(folder, filter="data")
    old, new = folder / "lake", Bronze(folder / "new")
    given = ["--tables", new.addresses.tables, "--files", new.addresses.files]
    main(["--from", f"{old}/{{container}}", *given])
    yield old, new


def in_order(rows: list[dict[str, Any]]) -> list[str]:
    """Rows as text, sorted; times as the two readers give them, with a zone and without."""
    return sorted(str({name: _plain(value) for name, value in row.items()}) for row in rows)


def _plain(value: Any) -> Any:
    return str(value.replace(tzinfo=None)) if isinstance(value, datetime) else value


def test_every_table_has_its_rows_under_the_schema_of_today(lakes: tuple[Path, Bronze]) -> None:
    """Rows and values are those of the old snapshot; what it did not have is null."""
    old, new = lakes
    migrated = [table for table in (*SILVER, *GOLD) if table.full_name in TABLES]
    assert len(migrated) == len(TABLES)
    for table in migrated:
        entry = new.json(f"control/tables/{table.schema}.json")["tables"][table.name]
        found = DeltaTable(new.folder(table.full_name), version=entry["version"]).to_pyarrow_table()
        before = pq.ParquetDataset(old / table.container / table.name / f"snapshot={RUN}").read()
        assert found.column_names == table.columns.fieldNames()
        assert entry["rows"] == found.num_rows == before.num_rows
        common = [name for name in found.column_names if name in before.column_names]
        then, now = (in_order(rows.select(common).to_pylist()) for rows in (before, found))
        assert now == then


def test_the_sets_name_the_run_and_a_second_time_is_refused(
    spark: SparkSession, lakes: tuple[Path, Bronze]
) -> None:
    """Nothing is written over what is Delta already, and an address without tables is told."""
    old, new = lakes
    for stage in ("silver", "gold"):
        found = new.json(f"control/tables/{stage}.json")
        assert found["run_id"] == RUN
        assert {f"{stage}.{name}" for name in found["tables"]} <= set(TABLES)
    with pytest.raises(LakeError, match="Delta already"):
        migrate(spark, f"{old}/{{container}}", new.addresses)
    with pytest.raises(LakeError, match=r"no tables with a _current\.json"):
        migrate(spark, f"{old}/nowhere/{{container}}", new.addresses)
