"""The silver job: bronze JSON lines of one run to the tables `movies` and `releases`, and the quarantine.

Run as `python -m spark_jobs.silver --run-id RUN --lake TEMPLATE`, or as the wheel's entry point `silver`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Any

from pyspark import StorageLevel
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F
from pyspark.sql.types import StructType

from spark_jobs import movies, releases
from spark_jobs.bronze import parse_lines, prefixes, read_lines, read_manifest
from spark_jobs.jobs import StageRun, arguments, log_to_stderr
from spark_jobs.lakehouse import Lake, Pointer
from spark_jobs.merge import latest
from spark_jobs.quality import judge, quarantined
from spark_jobs.schemas import DISCOGS_RELEASE, DISCOGS_SEARCH, MOVIES, QUARANTINE, RELEASES, TMDB_DETAILS
from spark_jobs.session import spark_session

CONTAINER = "intermediate"


@dataclass(frozen=True, slots=True)
class Input:
    """One source and kind of raw data, the schema of its body, and what turns it into typed rows."""

    source: str
    kind: str
    body: StructType
    typed: Callable[[DataFrame], DataFrame]


@dataclass(frozen=True, slots=True)
class Table:
    """A silver table: its schema and key, and the raw data it is made of."""

    name: str
    key: str
    schema: StructType
    inputs: tuple[Input, ...]


TABLES = (
    Table("movies", "film_id", MOVIES, (Input("tmdb", "details", TMDB_DETAILS, movies.from_details),)),
    Table(
        "releases",
        "release_id",
        RELEASES,
        (
            Input("discogs", "search", DISCOGS_SEARCH, releases.from_search),
            Input("discogs", "release", DISCOGS_RELEASE, releases.from_release),
        ),
    ),
)


def read_typed(lake: Lake, manifest: dict[str, Any], table: Table) -> DataFrame | None:
    """Typed and judged rows of all that arrived for a table; None when nothing did."""
    found = []
    for source in table.inputs:
        lines = read_lines(lake, prefixes(manifest, source.source, source.kind))
        if lines is not None:
            found.append(source.typed(parse_lines(lines, source.body)))
    if not found:
        return None
    rows = reduce(lambda one, other: one.unionByName(other), found).transform(judge, table.name)
    # Only a quarantined row needs its raw line; the others are cached without it.
    slim = rows.withColumn("line", F.when(F.col("broken_rule").isNotNull(), F.col("line")))
    return slim.persist(StorageLevel.MEMORY_AND_DISK)


def next_table(judged: DataFrame, current: DataFrame, table: Table) -> DataFrame:
    """The table after this run: good new rows merged with the current ones, removed films marked."""
    good = judged.where(F.col("broken_rule").isNull())
    merged = latest(good, current, table.key)
    if table.name == "movies":
        is_gone = F.col("removed_at").isNotNull()
        merged = merged.withColumn("status", F.when(is_gone, movies.REMOVED).otherwise(F.col("status")))
    as_of = F.coalesce("removed_at", "fetched_at")
    return merged.withColumn("fetched_at", as_of).select([field.name for field in table.schema])


def publish_table(
    lake: Lake, run: StageRun, table: Table, judged: DataFrame | None, keep: int
) -> Pointer | None:
    """Publish a table's next snapshot; with nothing new the old one stays, None when there is none either."""
    if judged is None:
        return lake.pointer(CONTAINER, table.name)
    current = lake.read_before(CONTAINER, table.name, run.run_id, table.schema)
    rows = next_table(judged, current, table)
    return lake.publish(CONTAINER, table.name, run.run_id, rows, keep)


def publish_quarantine(lake: Lake, run_id: str, judged: dict[str, DataFrame | None], keep: int) -> int:
    """Write what was refused; returns how many rows."""
    refused = [quarantined(rows, name) for name, rows in judged.items() if rows is not None]
    empty = lake.spark.createDataFrame([], QUARANTINE)
    rows = reduce(lambda one, other: one.unionByName(other), refused, empty).coalesce(1)
    lake.write_snapshot(CONTAINER, "quarantine", run_id, rows)
    lake.prune(CONTAINER, "quarantine", keep)
    return lake.read_snapshot(CONTAINER, "quarantine", run_id, QUARANTINE).count()


def run_silver(spark: SparkSession, run_id: str, template: str, keep_snapshots: int) -> dict[str, Any]:
    """Do the whole job; returns the manifest it wrote. Safe to run again for the same run.

    Raises LakeError when the bronze manifest is missing or unreadable.
    """
    lake, run = Lake(spark, template), StageRun("silver", run_id)
    manifest = read_manifest(lake, run_id)
    run.lineage["inputs"] = {
        "bronze": f"bronze/{run_id}.json",
        "raw": [part["prefix"] for part in manifest["raw"]],
    }
    judged = {table.name: read_typed(lake, manifest, table) for table in TABLES}
    for table in TABLES:
        with run.step(table.name):
            pointer = publish_table(lake, run, table, judged[table.name], keep_snapshots)
        if pointer is not None:
            run.tables[table.name] = pointer
        run.counts[f"silver_{table.name}"] = pointer.rows if pointer else 0
    with run.step("quarantine"):
        run.counts["quarantined"] = publish_quarantine(lake, run_id, judged, keep_snapshots)
    for rows in judged.values():
        if rows is not None:
            rows.unpersist()
    run.lineage["previous"] = {name: pointer.previous for name, pointer in run.tables.items()}
    return run.finish(lake)


def main(argv: Sequence[str] | None = None) -> None:
    """Entry point of `python -m spark_jobs.silver` and of the wheel."""
    log_to_stderr()
    given = arguments("silver", argv)
    run_silver(spark_session("crossfade-silver"), given.run_id, given.lake, given.keep_snapshots)


if __name__ == "__main__":
    main()
