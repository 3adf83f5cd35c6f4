"""The rows of a run, read once: parsed, typed, checked by the rules, and ranked with the current snapshot."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial, reduce
from typing import Any

from pyspark import StorageLevel
from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F
from pyspark.sql.types import ArrayType, StructField, StructType

from spark_jobs.runtime.lake import Lake
from spark_jobs.schemas.raw import DISCOGS_MASTER, DISCOGS_RELEASE, DISCOGS_SEARCH, TMDB_DETAILS
from spark_jobs.schemas.silver import MOVIES, RELEASES
from spark_jobs.silver.latest import ranked
from spark_jobs.silver.quality.profile import with_broken_rule
from spark_jobs.silver.quality.scores import TableProfile
from spark_jobs.silver.raw_lines import parse_lines, prefixes, read_lines, records_of
from spark_jobs.silver.records import films as movies
from spark_jobs.silver.records import parts, releases

CONTAINER = "intermediate"
_GZIP_BYTES, _ROWS, _MOST_PARTITIONS = (
    4_000_000,
    25_000,
    2_000,
)  # a partition's share of what is new and was there
_RUN_TIME = re.compile(r"(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z")


@dataclass(frozen=True, slots=True)
class Input:
    """One source and kind of raw data, the schema of its body, and what turns it into typed rows."""

    source: str
    kind: str
    body: StructType
    typed: Callable[[DataFrame], DataFrame]


@dataclass(frozen=True, slots=True)
class Table:
    """A silver table: its schema and key, the raw data it is made of, and which columns an answer may leave out."""

    name: str
    key: str
    schema: StructType
    inputs: tuple[Input, ...]
    keep: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


MOVIES_TABLE = Table(
    "movies",
    "film_id",
    MOVIES,
    (Input("tmdb", "details", TMDB_DETAILS, movies.from_details),),
    parts.COLUMNS,
)
RELEASES_TABLE = Table(
    "releases",
    "release_id",
    RELEASES,
    (
        Input("discogs", "search", DISCOGS_SEARCH, releases.from_search),
        Input("discogs", "release", DISCOGS_RELEASE, releases.from_release),
        Input("discogs", "master", DISCOGS_MASTER, releases.from_master),
    ),
)


@dataclass(frozen=True, slots=True)
class Ranked:
    """A table's rows of this run and of the current snapshot, ranked (see latest.ranked), in a cache.

    `rows` is None when nothing arrived; `current` is None when there is no snapshot yet.
    """

    table: Table
    rows: DataFrame | None
    current: DataFrame | None

    def latest(self) -> DataFrame | None:
        """The table after this run: columns of its schema; None when it is as it was, or not there."""
        if self.rows is None:
            return None
        best = self.rows.where("is_latest")
        if "status" in best.columns:
            is_gone = F.col("removed_at").isNotNull()
            best = best.withColumn("status", F.when(is_gone, movies.REMOVED).otherwise(F.col("status")))
        return best.select([_whole(each) for each in self.table.schema])

    def after(self, lake: Lake) -> DataFrame:
        """The table after this run, whether or not it changes."""
        latest = self.latest()
        if latest is not None:
            return latest
        return self.current if self.current is not None else lake.spark.createDataFrame([], self.table.schema)

    def row_count(self, lake: Lake, profile: TableProfile) -> int:
        """How many rows the table has after this run."""
        if self.rows is not None:
            return profile.latest
        pointer = lake.pointer(CONTAINER, self.table.name)
        return pointer.rows if pointer else 0

    def release(self) -> None:
        """Empty the cache."""
        if self.rows is not None:
            self.rows.unpersist()


def _whole(column: StructField) -> Column:
    """A column of the table; a list that no answer ever gave is empty."""
    if isinstance(column.dataType, ArrayType) and column.name != "outliers":
        return F.coalesce(column.name, F.array().cast(column.dataType)).alias(column.name)
    return F.col(column.name)


def rank(lake: Lake, manifest: dict[str, Any], table: Table, *, with_sentiment: bool = True) -> Ranked:
    """The new rows of a table and those of its current snapshot, ranked within each key."""
    run_id = manifest["run_id"]
    before = lake.snapshot_before(CONTAINER, table.name, run_id)
    current = lake.read_snapshot(CONTAINER, table.name, before, table.schema) if before else None
    typed = [
        rows
        for source in table.inputs
        if (rows := _typed(lake, manifest, source, with_sentiment)) is not None
    ]
    if not typed:
        return Ranked(table, None, current)
    rows = reduce(lambda one, other: one.unionByName(other, allowMissingColumns=True), typed)
    checked = rows.transform(with_broken_rule, table.name, run_time(manifest))
    partitions = partition_count(lake, manifest, table, current)
    # Only a refused row needs its raw line; the others travel and are cached without it.
    slim = checked.withColumn("line", F.when(F.col("broken_rule").isNotNull(), F.col("line")))
    rows = ranked(slim, current, table.key, partitions, table.keep).persist(StorageLevel.MEMORY_AND_DISK)
    return Ranked(table, rows, current)


def partition_count(lake: Lake, manifest: dict[str, Any], table: Table, current: DataFrame | None) -> int:
    """Number of partitions of the rows: as many as there are cores, more for much data.

    A cache keeps the number it was filled with, so adaptive execution cannot change it later.
    """
    names = [name for source in table.inputs for name in prefixes(manifest, source.source, source.kind)]
    size_bytes = sum(sum(lake.blob_sizes("raw", name).values()) for name in names)
    pointer = lake.pointer(CONTAINER, table.name) if current is not None else None
    wanted = size_bytes // _GZIP_BYTES + (pointer.rows // _ROWS if pointer else 0)
    cores = lake.spark.sparkContext.defaultParallelism
    return max(cores, min(wanted, _MOST_PARTITIONS))


def _typed(lake: Lake, manifest: dict[str, Any], source: Input, with_sentiment: bool) -> DataFrame | None:
    names, kind = prefixes(manifest, source.source, source.kind), f"{source.source}/{source.kind}"
    lines = read_lines(lake, names, kind, records_of(manifest, source.source, source.kind))
    if lines is None:
        return None
    typed = source.typed
    if source.kind == "details":
        typed = partial(movies.from_details, with_sentiment=with_sentiment)
    return typed(parse_lines(lines, source.body)).withColumn("answer_kind", F.lit(kind))


def run_time(manifest: dict[str, Any]) -> str | None:
    """The time of the run: the manifest's created_at, else the time in the run id; None when neither says."""
    found = _RUN_TIME.match(str(manifest.get("run_id")))
    in_id = "{}-{}-{}T{}:{}:{}Z".format(*found.groups()) if found else None
    return manifest.get("created_at") or in_id
