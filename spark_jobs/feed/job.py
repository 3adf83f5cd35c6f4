"""One generation of the feed: what changed since the last one, of the current set of gold.

In this order, so that a kill at any moment leaves the feed that was there whole:

1. the whole files of the generation and the list of what it will leave, in a folder of their own
2. `next.json`, which names the generation
3. the files of films and records that changed, each with what it said before, and the run's changes
4. `index.json`, from which on the generation counts
5. whole files of old generations are removed
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from spark_jobs.export.source import Source
from spark_jobs.feed import index as feed_index
from spark_jobs.feed.causes import Side, differing, reviewed_records, with_reasons
from spark_jobs.feed.documents import FORM, LISTED, documents, planned
from spark_jobs.feed.index import AREA, Changes, File, Index
from spark_jobs.feed.links import LINKS, links
from spark_jobs.feed.writing import write_documents, write_whole
from spark_jobs.lakehouse.definition import TableDefinition
from spark_jobs.lakehouse.errors import LakeError
from spark_jobs.lakehouse.sets import utc_now
from spark_jobs.lakehouse.staging import Staging
from spark_jobs.runtime.parallel import run_parallel
from spark_jobs.schemas.tables import CANDIDATES, MATCH_REVIEWS, MATCHES, MOVIES, RELEASES

log = logging.getLogger(__name__)
TABLES = (MATCHES, MOVIES, RELEASES)
"""What the feed is made of; beside them the index names the reviews, which only say why links changed."""
PARQUET, LIST = "links.parquet", "files.parquet"
WHOLE = (PARQUET, "links.csv.gz", "links.jsonl.gz")
NOTHING = Index(
    generation=0, run="", form=FORM, counts={}, files=(), changes=(), tables={}, matcher=None, published_at=""
)
"""What there is before the first generation."""
_DOCUMENTS_A_TASK = 5_000
_MOST_TASKS = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What is asked for.

    Args:
        is_full: write every file anew.
        tell: hears of each step once it is done.
    """

    is_full: bool = False
    tell: Callable[[str], None] = field(default=lambda step: log.info("feed: %s", step))


def publish(spark: SparkSession, source: Source, request: Request) -> dict[str, Any]:
    """Bring the feed up to date with a run of gold; returns what was done.

    Raises LakeError when gold has no matches, or the feed is damaged.
    """
    since = time.monotonic()
    current = feed_index.read_index(source.files) or NOTHING
    missing = [table.full_name for table in TABLES if table.name not in source.versions]
    if missing:
        raise LakeError(f"the feed is made of {', '.join(missing)}, which is not there: run silver and gold")
    staging = Staging(spark, source.files, "feed")
    try:
        work = _Work(spark=spark, source=source, request=request, current=current, staging=staging)
        figures = work.unchanged() if work.is_unchanged() else work.do()
    finally:
        staging.clear()
    return {"run": source.run, "state": "completed", "seconds": round(time.monotonic() - since, 1), **figures}


@dataclass(slots=True, kw_only=True)
class _Work:
    """One generation, being made."""

    spark: SparkSession
    source: Source
    request: Request
    current: Index
    staging: Staging
    generation: int = field(init=False)
    begun: int = field(init=False)

    def __post_init__(self) -> None:
        self.begun = feed_index.begun(self.source.files)
        self.generation = max(self.current.generation, self.begun) + 1

    @property
    def root(self) -> str:
        """The folder of the feed."""
        return self.source.files.path(AREA)

    def is_unchanged(self) -> bool:
        """Whether the tables hold what the feed was made of, and nothing has to be mended."""
        is_whole = not self._is_anew() and self.begun <= self.current.generation
        return is_whole and all(map(self._is_same, TABLES))

    def unchanged(self) -> dict[str, Any]:
        """Name the run in the index; no file is written."""
        if self.current.run != self.source.run:
            feed_index.write_index(self.source.files, self._named())
        self.request.tell("index")
        return {"generation": self.current.generation, "files": 0, "bytes": 0, "changes": 0}

    def do(self) -> dict[str, Any]:
        """Make the generation."""
        new = self.staging.keep(self._links())
        plan = self.staging.keep(self._plan(new))
        is_any_written = not plan.where("is_written").isEmpty()
        if not is_any_written and self.current is not NOTHING:
            return self.unchanged()
        whole = self._whole(new, plan)
        self.request.tell("whole files")
        feed_index.begin(self.source.files, self.generation, self.source.run)
        self.request.tell("next")
        files, size = self._documents(plan)
        changed = self._changes(new)
        index = self._index(plan, whole, changed)
        feed_index.write_index(self.source.files, index)
        self.request.tell("index")
        feed_index.forget_old(self.source.files, index)
        return {
            "generation": self.generation,
            "files": files,
            "bytes": size + sum(each.bytes for each in whole),
            "changes": changed.lines,
            **index.counts,
        }

    def _is_same(self, table: TableDefinition) -> bool:
        now = self.source.versions[table.name]
        before = self.current.tables.get(table.name)
        return before is not None and before.content == now.content and before.version <= now.version

    def _links(self) -> DataFrame:
        matches, movies, releases = map(self._rows, TABLES)
        return links(matches, movies, releases)

    def _rows(self, table: TableDefinition) -> DataFrame:
        return self.source.tables.read(table, self.source.versions[table.name])

    def _plan(self, new: DataFrame) -> DataFrame:
        found = planned(documents(new), self._listed(), self._touched(), self.generation)
        if not self._is_anew():
            return found
        generation = F.lit(self.generation).cast("bigint")
        return found.withColumns({"generation": generation, "is_written": F.lit(True)})

    def _listed(self) -> DataFrame:
        """The list of what the current generation left; empty before the first."""
        if self.current is NOTHING:
            return self.spark.createDataFrame([], LISTED)
        return self._read(self.current.generation, LIST, LISTED)

    def _touched(self) -> DataFrame:
        """Paths that a generation which was begun and did not end may have written."""
        since = self.current.generation
        if self.begun <= since:
            return self.spark.createDataFrame([], LISTED)
        return self._read(self.begun, LIST, LISTED).where(F.col("generation") > since)

    def _read(self, generation: int, name: str, schema: Any) -> DataFrame:
        path = f"{feed_index.folder(generation)}/{name}"
        return self.spark.read.schema(schema).parquet(self.source.files.path(AREA, path))

    def _whole(self, new: DataFrame, plan: DataFrame) -> list[File]:
        folder = feed_index.folder(self.generation)
        listed = plan.select(*LISTED.fieldNames())
        found = run_parallel(
            {
                "links": partial(write_whole, new, "release_id", self.root, _paths(folder, WHOLE)),
                "list": partial(write_whole, listed, "path", self.root, _paths(folder, (LIST,))),
            }
        )
        return [*found["links"], *found["list"]]

    def _documents(self, plan: DataFrame) -> tuple[int, int]:
        rows = plan.where("is_written")
        tasks = min(_MOST_TASKS, 1 + rows.count() // _DOCUMENTS_A_TASK)
        spread = rows.repartition(tasks, "path")
        done = write_documents(spread, self.root, self.generation, self.source.run, self.current.generation)
        self.request.tell("files")
        return done

    def _changes(self, new: DataFrame) -> Changes:
        name = feed_index.changes_name(self.source.run, self.current.changes, self.generation)
        (found,) = write_whole(self._differing(new), "release_id", self.root, {"changes.jsonl": name})
        self.request.tell("changes")
        return Changes(self.source.run, self.generation, name, found.rows, found.bytes, found.sha256)

    def _differing(self, new: DataFrame) -> DataFrame:
        if self.current is NOTHING:
            rows = differing(self.spark.createDataFrame([], LINKS), new)
            return rows.select("release_id", "old", "new", F.array(F.lit("first")).alias("why"))
        rows = differing(self._read(self.current.generation, PARQUET, LINKS), new)
        sides = (self._side("film", MOVIES), self._side("record", RELEASES))
        is_new_matcher = self.current.matcher != self._matcher()
        return with_reasons(rows, sides, self._reviewed(), is_new_matcher=is_new_matcher)

    def _reviewed(self) -> DataFrame | None:
        """Records of which people say something else than when the feed was made last; None: nobody can tell now."""
        if any(table.name not in self.source.versions for table in (CANDIDATES, MATCH_REVIEWS)):
            return self.spark.createDataFrame([], "release_id bigint")
        now, version = self._rows(MATCH_REVIEWS), self.current.tables.get(MATCH_REVIEWS.name)
        try:
            before = self.source.tables.read(MATCH_REVIEWS, version) if version else now.limit(0)
        except LakeError as error:
            log.warning("which links a review changed is not known: %s", error)
            return None
        return reviewed_records(now, before, self._rows(CANDIDATES))

    def _side(self, name: str, table: TableDefinition) -> Side:
        now, version = self._rows(table), self.current.tables[table.name]
        try:
            before = self.source.tables.read(table, version)
        except LakeError as error:
            log.warning("why links changed is not known: %s", error)
            return Side(name, now.where("removed_at IS NULL"), None)
        return Side(name, *(rows.where("removed_at IS NULL") for rows in (now, before)))

    def _matcher(self) -> str | None:
        first = self._rows(MATCHES).select("matcher").limit(1).collect()
        return first[0]["matcher"] if first else None

    def _index(self, plan: DataFrame, whole: list[File], changed: Changes) -> Index:
        return Index(
            generation=self.generation,
            run=self.source.run,
            form=FORM,
            counts=_counts(plan) | {"links": whole[0].rows},
            files=whole,
            changes=self._chain(changed),
            tables=self._versions(),
            matcher=self._matcher(),
        )

    def _named(self) -> Index:
        """The index of before, said of this run."""
        return replace(
            self.current,
            run=self.source.run,
            changes=self._chain(Changes(self.source.run, self.current.generation, None)),
            tables=self._versions(),
            published_at=utc_now(),
        )

    def _chain(self, last: Changes) -> list[Changes]:
        return [*self.current.changes, last][-feed_index.KEPT_CHANGES :]

    def _is_anew(self) -> bool:
        """Whether every file is written, whatever it holds."""
        return self.current is NOTHING or self.request.is_full or self.current.form != FORM

    def _versions(self) -> Mapping[str, Any]:
        names = [table.name for table in (*TABLES, MATCH_REVIEWS)]
        return {name: self.source.versions[name] for name in names if name in self.source.versions}


def _paths(folder: str, names: tuple[str, ...]) -> dict[str, str]:
    return {name: f"{folder}/{name}" for name in names}


def _counts(plan: DataFrame) -> dict[str, int]:
    """Films, IMDb ids and records with a link."""
    kind = F.regexp_extract("path", r"^(.*)/", 1).alias("kind")
    rows = plan.where(F.col("digest").isNotNull()).groupBy(kind).count().collect()
    named = {"films/tmdb": "films", "films/imdb": "imdb_ids", "releases": "releases"}
    return dict.fromkeys(named.values(), 0) | {named[row["kind"]]: row["count"] for row in rows}
