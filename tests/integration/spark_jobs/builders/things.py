"""A table of things in a lake of its own: written by the code under test, read by delta-rs."""

from __future__ import annotations

import json
import os
import shutil
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from deltalake import DeltaTable
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql.types import StructType

from spark_jobs.lakehouse.commits import mark_of
from spark_jobs.lakehouse.definition import TableDefinition
from spark_jobs.lakehouse.sets import TableVersion
from spark_jobs.lakehouse.tables import Tables
from spark_jobs.schemas.fields import DOUBLE, LONG, STRING, column

COLUMNS = [
    column("id", LONG, "its number"),
    column("name", STRING, "what it's called"),
    column("rating", DOUBLE, "0 to 10"),
]
THINGS = TableDefinition(
    "silver",
    "things",
    "a thing that isn't a film",
    StructType(COLUMNS),
    key="id",
    required=("id",),
    checks={"rating_of_ten": "rating IS NULL OR rating BETWEEN 0 AND 10"},
)
WITH_COLOUR = replace(THINGS, columns=StructType([*COLUMNS, column("colour", STRING, "as one sees it")]))


@dataclass(frozen=True)
class Things:
    """The table of things under a folder."""

    spark: SparkSession
    root: Path

    @property
    def folder(self) -> Path:
        """Where the table lies."""
        return self.root / "intermediate" / "things"

    @property
    def log(self) -> Path:
        """Where its log lies."""
        return self.folder / "_delta_log"

    def tables(self, run: str, after: str | None = None, days: float = 7.0) -> Tables:
        """The tables as a new process of a run would open them."""
        template, mark = f"{self.root.as_uri()}/{{container}}", mark_of(run, after)
        return Tables(self.spark, "spark_catalog", template, mark=mark, retention_days=days)

    def rows(self, **names: int | None) -> DataFrame:
        """Things by name, each with its number."""
        rows = [(number, name, 1.0) for name, number in names.items()]
        return self.spark.createDataFrame(rows, THINGS.columns).coalesce(1)

    def found(self, version: TableVersion | None = None) -> dict[int, str]:
        """Names by number at a version, as delta-rs reads them."""
        table = DeltaTable(self.folder, version=version.version if version else None)
        return {row["id"]: row["name"] for row in table.to_pyarrow_table().to_pylist()}

    def files(self, version: TableVersion) -> int:
        """How many data files a version has."""
        return len(DeltaTable(self.folder, version=version.version).file_uris())

    def commits(self) -> list[str]:
        """The operations of its log, the oldest first."""
        found = [_info(path) for path in sorted(self.log.glob("*.json"))]
        return [str(info["operation"]) for info in found]

    def copy(self, root: Path) -> Things:
        """The same table elsewhere, where no session has opened it yet."""
        shutil.copytree(self.root, root)
        return Things(self.spark, root)

    def age(self, version: int, seconds: float) -> None:
        """Make a commit older; Delta takes its time from the file's."""
        path = self.log / f"{version:020}.json"
        os.utime(path, (path.stat().st_atime, path.stat().st_mtime - seconds))


def _info(path: Path) -> dict[str, Any]:
    actions = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    return next(action["commitInfo"] for action in actions if "commitInfo" in action)
