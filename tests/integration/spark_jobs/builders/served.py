"""Small frames of what gold publishes, written as the gold job does, and read from disk as the app reads blobs."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql.pandas.types import to_arrow_schema
from pyspark.sql.types import StructType

from shared.serving.published.index import ServingIndex
from spark_jobs.gold.gold_run import GoldRun
from spark_jobs.gold.serving_step import write_serving
from spark_jobs.lakehouse.lake import open_lake
from spark_jobs.runtime.stage_run import StageRun
from spark_jobs.schemas.gold import CANDIDATES, MATCHES, UNMATCHED_FILMS, UNMATCHED_RELEASES
from spark_jobs.schemas.silver import MOVIES, RELEASES
from spark_jobs.serving.lookups import Published
from spark_jobs.serving.tables import described, view_entries
from spark_jobs.views.films.history import FILM_HISTORY
from spark_jobs.views.films.trending import TRENDING
from spark_jobs.views.kpis import KPIS, VIEWS
from tests.integration.spark_jobs.builders.bronze_files import Bronze

SCHEMAS: Mapping[str, StructType] = {
    "movies": MOVIES,
    "releases": RELEASES,
    "candidates": CANDIDATES,
    "matches": MATCHES,
    "unmatched_films": UNMATCHED_FILMS,
    "unmatched_releases": UNMATCHED_RELEASES,
    "film_history": FILM_HISTORY,
    "trending": TRENDING,
}
Rows = Sequence[Mapping[str, Any]]


class DiskLake:
    """Reads a lake on disk as `shared.adapters.lake.Lake` reads blobs."""

    def __init__(self, root: Path) -> None:
        self._root = root

    async def read_json(self, container: str, name: str) -> Any:
        """A JSON document; None when there is none."""
        file = self._root / container / name
        return json.loads(file.read_text()) if file.exists() else None

    async def read(self, container: str, name: str) -> bytes | None:
        """A file's bytes; None when there is none."""
        file = self._root / container / name
        return file.read_bytes() if file.exists() else None


def write(
    spark: SparkSession, root: Path, run_id: str, tables: Mapping[str, Rows], kpis: Rows = ()
) -> dict[str, Any]:
    """Publish a generation under `root/gold/search`; tables that are not given are empty. Returns its manifest."""

    def frame(rows: Rows, schema: StructType) -> DataFrame:
        whole = [{**dict.fromkeys(schema.names), **row} for row in rows]
        return spark.createDataFrame(pa.Table.from_pylist(whole, to_arrow_schema(schema)), schema)

    lake = open_lake(spark, Bronze(root / "gold").addresses, "gold", run_id)
    job = GoldRun(lake, StageRun("gold", run_id), {}, {})
    frames = {name: frame(tables.get(name, ()), schema) for name, schema in SCHEMAS.items()}
    (view,) = VIEWS
    views = [view_entries(view, frame(kpis, KPIS), len(kpis))]
    write_serving(job, Published(**frames), views, {"views": {view.name: described(view, len(kpis))}})
    lake.staging.clear()
    found: dict[str, Any] = json.loads((root / f"gold/search/snapshot={run_id}/manifest.json").read_text())
    return found


def index_of(root: Path) -> ServingIndex:
    """The index as the app reads it."""
    return ServingIndex(DiskLake(root), lambda: 0.0)  # type: ignore[arg-type]  # it reads what it is asked for
