"""Every documented table, written once as the jobs write it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pyarrow as pa
import pytest
from deltalake import write_deltalake
from pyspark.sql import SparkSession

from spark_jobs.document.documented import DOCUMENTED
from spark_jobs.lakehouse.commits import mark_of
from spark_jobs.lakehouse.definition import TableDefinition
from spark_jobs.lakehouse.sets import TableVersion
from spark_jobs.lakehouse.tables import Tables
from spark_jobs.runtime.parallel import run_parallel
from spark_jobs.schemas.tables import MOVIES
from tests.integration.spark_jobs.conftest import spark

from .rows import rows_of

__all__ = ["spark"]


@dataclass(frozen=True)
class Written:
    """Tables below a folder, and the version of each that holds the rows of `rows_of`."""

    root: Path
    versions: dict[str, TableVersion]

    def path(self, table: TableDefinition) -> str:
        """Where a table lies."""
        return str(self.root / table.container / table.name)

    def version(self, table: TableDefinition) -> int:
        """The version to read."""
        return self.versions[table.full_name].version


@pytest.fixture(scope="session")
def written(spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> Written:
    """All tables; of movies there is a newer version, of another run and without a row."""
    root = tmp_path_factory.mktemp("judged")
    template = f"{root.as_uri()}/{{container}}"
    tables = Tables(spark, "spark_catalog", template, mark=mark_of("run-1", None), retention_days=7)

    def write(table: TableDefinition) -> TableVersion:
        return tables.replace_all(
            table, spark.createDataFrame(rows_of(table), table.columns).coalesce(1), None
        )

    versions = run_parallel({table.full_name: partial(write, table) for table in DOCUMENTED})
    later = Tables(spark, "spark_catalog", template, mark=mark_of("run-2", "run-1"), retention_days=7)
    later.replace_all(MOVIES, spark.createDataFrame([], MOVIES.columns), versions[MOVIES.full_name])
    return Written(root, versions)


@pytest.fixture(scope="session")
def odd_table(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A table of matches whose score is text and that has a column too many."""
    path = str(tmp_path_factory.mktemp("odd") / "matches")
    write_deltalake(path, pa.table({"film_id": [1], "score": ["0.9"], "note": ["?"]}))
    return path
