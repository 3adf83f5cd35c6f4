"""The rows of a run, read once: parsed, typed, checked by the rules, and ranked with what the tables say of their keys.

What a run did not bring is neither parsed nor ranked again: of the table before it only rows of its keys take part.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial, reduce
from typing import Any

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F
from pyspark.sql.types import ArrayType, StructField, StructType

from spark_jobs.lakehouse.definition import TableDefinition
from spark_jobs.lakehouse.lake import Lake
from spark_jobs.lakehouse.sets import TableVersion
from spark_jobs.schemas.tables import MOVIES, RELEASES
from spark_jobs.schemas.typed import FILM_ROWS, RELEASE_ROWS
from spark_jobs.silver.latest import ranked
from spark_jobs.silver.quality.profile import with_broken_rule
from spark_jobs.silver.reading.raw_lines import prefixes, records_of
from spark_jobs.silver.records import films as movies
from spark_jobs.silver.records import parts, releases
from spark_jobs.silver.typed_rows import Typed, read_rows

_GZIP_BYTES = 4_000_000  # a partition's share of what is new
_LEAST_PARTITIONS, _MOST_PARTITIONS = 2, 2_000
_RUN_TIME = re.compile(r"(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z")


@dataclass(frozen=True, slots=True)
class Input:
    """One source and kind of raw data, and what turns an answer into typed rows."""

    source: str
    kind: str
    typed: Typed


@dataclass(frozen=True, slots=True)
class Source:
    """What a silver table is made of: the raw data, its typed rows, and which columns an answer may leave out."""

    table: TableDefinition
    rows: StructType
    inputs: tuple[Input, ...]
    keep: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def key(self) -> str:
        """The column of the id."""
        return str(self.table.key)


def films_source(*, with_sentiment: bool = True) -> Source:
    """What `movies` is made of; without sentiment its columns are null."""
    typed = partial(movies.from_details, with_sentiment=with_sentiment)
    return Source(MOVIES, FILM_ROWS, (Input("tmdb", "details", typed),), parts.COLUMNS)


RECORDS = Source(
    RELEASES,
    RELEASE_ROWS,
    (
        Input("discogs", "search", releases.from_search),
        Input("discogs", "release", releases.from_release),
        Input("discogs", "master", releases.from_master),
    ),
    releases.PARTS,
)


@dataclass(frozen=True, slots=True)
class Ranked:
    """The rows of this run with those that the table had of their keys, ranked (see latest.ranked), worked out once.

    `rows` is None when nothing arrived; `current` is the whole table before the run, None when there was none; `kinds`
    are the kinds of answers that arrived.
    """

    source: Source
    rows: DataFrame | None
    current: DataFrame | None
    before: TableVersion | None
    kinds: frozenset[str] = frozenset()

    @property
    def table(self) -> TableDefinition:
        """The table they are for."""
        return self.source.table

    def latest(self) -> DataFrame:
        """The latest row of each key that this run brought, in the columns of the table."""
        if self.rows is None:
            raise ValueError(f"nothing arrived for {self.table.full_name}")
        return self._of_table(self.rows.where("is_latest"))

    def changed(self, or_else: Column) -> DataFrame:
        """Those of `latest` that the table does not say yet, and those for which `or_else` holds."""
        if self.rows is None:
            raise ValueError(f"nothing arrived for {self.table.full_name}")
        is_changed = F.col("is_new") | F.col("is_removal") | or_else
        return self._of_table(self.rows.where(F.col("is_latest") & is_changed))

    def rest(self) -> DataFrame | None:
        """Rows of the table before whose keys this run did not bring; None when there was no table."""
        if self.current is None or self.rows is None:
            return self.current
        return self.current.join(self.rows.select(self.source.key).distinct(), self.source.key, "left_anti")

    def after(self, lake: Lake) -> DataFrame:
        """The table after this run, whether or not it changes."""
        rest = self.rest()
        if self.rows is None:
            return rest if rest is not None else lake.spark.createDataFrame([], self.table.columns)
        return self.latest() if rest is None else self.latest().unionByName(rest)

    def _of_table(self, best: DataFrame) -> DataFrame:
        if "status" in best.columns:
            is_gone = F.col("removed_at").isNotNull()
            best = best.withColumn("status", F.when(is_gone, movies.REMOVED).otherwise(F.col("status")))
        return best.select([_whole(each) for each in self.table.columns])


def _whole(column: StructField) -> Column:
    """A column of the table; a list that no answer ever gave is empty."""
    if isinstance(column.dataType, ArrayType) and column.name != "outliers":
        return F.coalesce(column.name, F.array().cast(column.dataType)).alias(column.name)
    return F.col(column.name)


def rank(lake: Lake, manifest: dict[str, Any], source: Source) -> Ranked:
    """The new rows of a table and those it had of their keys, ranked within each key."""
    before = lake.version_before(source.table)
    current = lake.tables.read(source.table, before) if before else None
    found = {each.kind: _typed(lake, manifest, each, source.rows) for each in source.inputs}
    typed = {kind: rows for kind, rows in found.items() if rows is not None}
    if not typed:
        return Ranked(source, None, current, before)
    rows = reduce(DataFrame.union, typed.values())
    checked = rows.transform(with_broken_rule, source.table.name, run_time(manifest))
    # Only a refused row needs its raw line; the others travel and are staged without it.
    slim = checked.withColumn("line", F.when(F.col("broken_rule").isNotNull(), F.col("line")))
    known = None
    if current is not None:
        slim = lake.staging.keep(slim)
        known = current.join(slim.select(source.key).distinct(), source.key, "left_semi")
    partitions = partition_count(lake, manifest, source)
    staged = lake.staging.keep(ranked(slim, known, source.key, partitions, source.keep))
    return Ranked(source, staged, current, before, frozenset(typed))


def partition_count(lake: Lake, manifest: dict[str, Any], source: Source) -> int:
    """Number of partitions of the ranked rows, by the size of what arrived."""
    names = [name for each in source.inputs for name in prefixes(manifest, each.source, each.kind)]
    size_bytes = sum(sum(lake.files.sizes("raw", name).values()) for name in names)
    return max(_LEAST_PARTITIONS, min(size_bytes // _GZIP_BYTES, _MOST_PARTITIONS))


def _typed(lake: Lake, manifest: dict[str, Any], source: Input, schema: StructType) -> DataFrame | None:
    names, kind = prefixes(manifest, source.source, source.kind), f"{source.source}/{source.kind}"
    records = records_of(manifest, source.source, source.kind)
    return read_rows(lake, names, kind, source.typed, schema, records)


def run_time(manifest: dict[str, Any]) -> str | None:
    """The time of the run: the manifest's created_at, else the time in the run id; None when neither says."""
    found = _RUN_TIME.match(str(manifest.get("run_id")))
    in_id = "{}-{}-{}T{}:{}:{}Z".format(*found.groups()) if found else None
    return manifest.get("created_at") or in_id
