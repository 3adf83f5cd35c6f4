"""The lake as one run of a stage sees it."""

from __future__ import annotations

from dataclasses import dataclass

from pyspark.sql import DataFrame, SparkSession

from spark_jobs.lakehouse.commits import mark_of
from spark_jobs.lakehouse.definition import TableDefinition
from spark_jobs.lakehouse.files import Files
from spark_jobs.lakehouse.sets import TableSet, TableVersion, set_before
from spark_jobs.lakehouse.staging import Staging
from spark_jobs.lakehouse.tables import Tables

RETENTION_DAYS = 7.0


@dataclass(frozen=True, slots=True)
class Addresses:
    """Where the lake is.

    Args:
        tables: URI template of the tables, with {container}: abfss://{container}@ACCOUNT.dfs.core.windows.net/tables.
        files: path template of the small files, with {area}: /Volumes/crossfade/files/{area}.
        catalog: catalog the tables are named in; `spark_catalog` where there is no Unity Catalog.
    """

    tables: str
    files: str
    catalog: str = "spark_catalog"


@dataclass(frozen=True, slots=True)
class Lake:
    """Tables, small files and staged frames of one run of a stage; `before` is the set it starts from."""

    spark: SparkSession
    files: Files
    tables: Tables
    staging: Staging
    before: TableSet | None

    def version_before(self, table: TableDefinition) -> TableVersion | None:
        """The version of a table of this stage that the run starts from; None when there is none."""
        return self.before.tables.get(table.name) if self.before else None

    def read_before(self, table: TableDefinition) -> DataFrame:
        """A table of this stage as the run found it; empty when there was none."""
        version = self.version_before(table)
        return self.tables.read(table, version) if version else self.spark.createDataFrame([], table.columns)


def open_lake(
    spark: SparkSession,
    addresses: Addresses,
    stage: str,
    run_id: str,
    retention_days: float = RETENTION_DAYS,
) -> Lake:
    """The lake for one run of a stage. Raises ValueError for an address without its placeholder."""
    files = Files(addresses.files)
    before = set_before(files, stage, run_id)
    mark = mark_of(run_id, before.run_id if before else None)
    tables = Tables(spark, addresses.catalog, addresses.tables, mark=mark, retention_days=retention_days)
    return Lake(spark, files, tables, Staging(spark, files, stage), before)
