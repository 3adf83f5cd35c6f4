"""A lake that the last release before Delta wrote (46 invented films and records), converted once."""

from __future__ import annotations

import tarfile
from collections.abc import Iterator
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from deltalake import DeltaTable
from pyspark.sql import SparkSession

from spark_jobs.lakehouse.errors import LakeError
from spark_jobs.migrate import main, migrate
from spark_jobs.schemas.tables import QUARANTINE, SILVER
from spark_jobs.views.catalogue import GOLD
from tests.integration.spark_jobs.builders.bronze_files import Bronze

ARCHIVE = Path(__file__).parent / "data" / "lake_before_delta.tar.gz"
RUN = "20261120T063000Z-0001"


@pytest.fixture(scope="module")
def lakes(spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, Bronze]]:
    """The old lake, and the new one after the command."""
    folder = tmp_path_factory.mktemp("migrated")
    with tarfile.open(ARCHIVE) as archive:
        archive.extractall(folder, filter="data")
    old, new = folder / "lake", Bronze(folder / "new")
    given = ["--tables", new.addresses.tables, "--files", new.addresses.files]
    main(["--from", f"{old.as_uri()}/{{container}}", *given])
    yield old, new


def test_every_table_has_its_rows_under_the_schema_of_today(lakes: tuple[Path, Bronze]) -> None:
    """Rows and values are those of the old snapshot; what it did not have is null."""
    old, new = lakes
    for table in (table for table in (*SILVER, *GOLD) if table != QUARANTINE):
        entry = new.json(f"control/tables/{table.schema}.json")["tables"][table.name]
        found = DeltaTable(new.folder(table.full_name), version=entry["version"]).to_pyarrow_table()
        before = pq.ParquetDataset(old / table.container / table.name / f"snapshot={RUN}").read()
        assert found.column_names == table.columns.fieldNames()
        assert entry["rows"] == found.num_rows == before.num_rows
        common = [name for name in found.column_names if name in before.column_names]
        key = [(str(table.key or common[0]), "ascending")]
        assert str(found.select(common).sort_by(key).to_pylist()) == str(
            before.select(common).sort_by(key).to_pylist()
        )


def test_the_sets_name_the_run_and_a_second_time_is_refused(
    spark: SparkSession, lakes: tuple[Path, Bronze]
) -> None:
    """Nothing is written over what is Delta already, and an address without tables is told."""
    old, new = lakes
    for stage in ("silver", "gold"):
        assert new.json(f"control/tables/{stage}.json")["run_id"] == RUN
    with pytest.raises(LakeError, match="Delta already"):
        migrate(spark, f"{old.as_uri()}/{{container}}", new.addresses)
    with pytest.raises(LakeError, match=r"no tables with a _current\.json"):
        migrate(spark, f"{old.as_uri()}/nowhere/{{container}}", new.addresses)
