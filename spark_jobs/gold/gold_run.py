"""What the steps of one gold run share: the lake, the silver tables, and publishing."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from threading import Lock
from typing import Any

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from spark_jobs.lakehouse.definition import TableDefinition
from spark_jobs.lakehouse.lake import Lake
from spark_jobs.lakehouse.layout import ROWS_PER_FILE
from spark_jobs.lakehouse.sets import Versions
from spark_jobs.runtime.stage_run import StageRun
from spark_jobs.schemas.tables import MOVIES


@dataclass(frozen=True, slots=True)
class GoldRun:
    """One run of the gold job; `manifest` is the silver manifest it works from, `silver_tables` are its versions."""

    lake: Lake
    run: StageRun
    manifest: dict[str, Any]
    silver_tables: Versions
    _read: dict[str, DataFrame] = field(default_factory=dict)
    _published: dict[str, DataFrame] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)

    @property
    def as_of(self) -> datetime:
        """When silver was published, UTC: views look back from here, so that a rerun sees the same days."""
        return datetime.fromisoformat(self.manifest["created_at"]).astimezone(UTC)

    def version(self, table: TableDefinition) -> int | None:
        """The version of a silver table; None when silver has no such table."""
        found = self.silver_tables.get(table.name)
        return found.version if found else None

    def silver(self, table: TableDefinition) -> DataFrame:
        """A silver table as the manifest names it, without what its source removed; empty when there is none."""
        rows = self._whole(table)
        return rows.where("removed_at IS NULL") if "removed_at" in table.columns.fieldNames() else rows

    def of_living_films(self, table: TableDefinition) -> DataFrame:
        """A silver table of films' credits or reviews, without those of films that TMDB removed."""
        gone = self._whole(MOVIES).where("removed_at IS NOT NULL").select("film_id")
        return self.silver(table).join(F.broadcast(gone), "film_id", "left_anti")

    def _whole(self, table: TableDefinition) -> DataFrame:
        """A silver table; what is small is staged, for many frames are made of it."""
        with self._lock:
            if table.name not in self._read:
                self._read[table.name] = self._opened(table)
            return self._read[table.name]

    def _opened(self, table: TableDefinition) -> DataFrame:
        version = self.silver_tables.get(table.name)
        if version is None:
            return self.lake.spark.createDataFrame([], table.columns)
        rows = self.lake.tables.read(table, version)
        return self.lake.staging.keep(rows) if version.rows < ROWS_PER_FILE else rows

    def publish(self, table: TableDefinition, rows: DataFrame, expected_rows: int = 0) -> DataFrame:
        """Publish a table of this run, of about `expected_rows`; returns its rows.

        What is small is staged for those who go on with it: the first read of a new version costs more than the rows.
        """
        is_small = expected_rows < ROWS_PER_FILE
        with self.run.step(table.name):
            kept = self.lake.staging.keep(rows) if is_small else rows
            version = self.lake.tables.replace_all(
                table, kept, self.lake.version_before(table), expected_rows
            )
            self.run.tables[table.name] = version
        self._published[table.name] = kept if is_small else self.lake.tables.read(table, version)
        return self._published[table.name]

    def published(self, table: TableDefinition) -> DataFrame:
        """The rows of a table that this run has published."""
        return self._published[table.name]

    def rows(self, table: TableDefinition) -> int:
        """Rows of a table published by this run."""
        return self.run.tables[table.name].rows
