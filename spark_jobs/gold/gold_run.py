"""What the steps of one gold run share: the lake, the silver tables, and publishing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from pyspark.sql import DataFrame
from pyspark.sql import functions as F
from pyspark.sql.types import StructType

from spark_jobs.runtime.lake import Lake
from spark_jobs.runtime.stage_run import StageRun
from spark_jobs.schemas.silver import MOVIES

SILVER, GOLD = "intermediate", "gold"


@dataclass(frozen=True, slots=True)
class GoldRun:
    """One run of the gold job; `manifest` is the silver manifest it works from."""

    lake: Lake
    run: StageRun
    manifest: dict[str, Any]
    keep_snapshots: int

    @property
    def as_of(self) -> datetime:
        """When silver was published, UTC: views look back from here, so that a rerun sees the same days."""
        return datetime.fromisoformat(self.manifest["created_at"]).astimezone(UTC)

    def snapshot(self, table: str) -> str | None:
        """The snapshot of a silver table; None when silver has no such table."""
        entry = self.manifest["tables"].get(table)
        return entry["snapshot"] if entry else None

    def silver(self, table: str, schema: StructType) -> DataFrame:
        """A silver table as the manifest names it, without what its source removed; empty when there is none."""
        rows = self._whole(table, schema)
        return rows.where("removed_at IS NULL") if "removed_at" in schema.fieldNames() else rows

    def of_living_films(self, table: str, schema: StructType) -> DataFrame:
        """A silver table of films' credits or reviews, without those of films that TMDB removed."""
        gone = self._whole("movies", MOVIES).where("removed_at IS NOT NULL").select("film_id")
        return self.silver(table, schema).join(F.broadcast(gone), "film_id", "left_anti")

    def _whole(self, table: str, schema: StructType) -> DataFrame:
        snapshot = self.snapshot(table)
        if snapshot is None:
            return self.lake.spark.createDataFrame([], schema)
        return self.lake.read_snapshot(SILVER, table, snapshot, schema)

    def publish(self, table: str, rows: DataFrame, schema: StructType) -> DataFrame:
        """Publish a table as this run's snapshot; returns the snapshot as readers see it."""
        run_id = self.run.run_id
        with self.run.step(table):
            self.run.tables[table] = self.lake.publish(GOLD, table, run_id, rows, self.keep_snapshots)
        return self.lake.read_snapshot(GOLD, table, run_id, schema)

    def rows(self, table: str) -> int:
        """Rows of a table published by this run."""
        return self.run.tables[table].rows
