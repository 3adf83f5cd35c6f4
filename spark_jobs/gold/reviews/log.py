"""The log of reviews (`control/reviews/log/000001.jsonl` and on) as the table `match_reviews`, each review once.

The app appends to the last part of the log, so a run reads the parts that grew since the run before, a few files of
4 MB at most however many reviews there are, and takes everything else from the table.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import pyarrow as pa
from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F
from pyspark.sql.pandas.types import to_arrow_schema
from pyspark.sql.types import StructField, StructType

from spark_jobs.gold.gold_run import GoldRun
from spark_jobs.gold.reviews.standing import Word, standing
from spark_jobs.runtime.arrow import Batches, without_collector
from spark_jobs.schemas.fields import BOOL, LONG, STRING
from spark_jobs.schemas.tables import MATCH_REVIEWS

log = logging.getLogger(__name__)
AREA, FOLDER = "control", "reviews/log"
VERDICTS = ("yes", "no", "skip", "undo")
_WORDS = ("review_id", "film_id", "verdict", "reviewer")
_LINE = StructType(
    [
        *[StructField(name, LONG) for name in ("film_id", "release_id")],
        *[StructField(name, STRING) for name in ("review_id", "verdict", "reviewer", "why", "reviewed_at")],
    ]
)
_SAID = [name for name in MATCH_REVIEWS.columns.fieldNames() if name not in ("stands", "is_contested")]
_STANDING = StructType(
    [StructField("review_id", STRING), StructField("stands", BOOL), StructField("is_contested", BOOL)]
)


@dataclass(frozen=True, slots=True)
class Reviews:
    """All reviews of the log.

    Args:
        rows: rows of MATCH_REVIEWS.
        count: how many.
        is_new: whether the log has grown since the run before.
        parts: bytes of each part that were read, by name.
        bad_lines: lines of the parts read by this run that are no reviews.
    """

    rows: DataFrame
    count: int
    is_new: bool
    parts: Mapping[str, int]
    bad_lines: int = 0

    @property
    def verdicts(self) -> DataFrame:
        """What stands: film_id, release_id, verdict."""
        return self.rows.where("stands").select("film_id", "release_id", "verdict")


def read_reviews(job: GoldRun) -> Reviews:
    """The reviews as of now; the sizes of the log's parts go into the run's manifest."""
    lake = job.lake
    before, version = _parts_before(job), lake.version_before(MATCH_REVIEWS)
    parts = dict(sorted(lake.files.sizes(AREA, FOLDER).items()))
    job.run.metrics["reviews"] = {"parts": parts}
    grown = [name for name, size in parts.items() if version is None or before.get(name) != size]
    known = lake.read_before(MATCH_REVIEWS)
    if not grown:
        return Reviews(known, version.rows if version else 0, False, parts)
    lines = lake.spark.read.text([lake.files.path(AREA, name) for name in grown])
    fresh = lake.staging.keep(parsed(lines))
    bad_lines = fresh.where(~_is_review()).count()
    if bad_lines:
        log.warning("%s lines of %s are no reviews; all others are obeyed", bad_lines, FOLDER)
    said = known.select(*_SAID).unionByName(fresh.where(_is_review()))
    rows = lake.staging.keep(with_standing(_once(said)))
    return Reviews(rows, rows.count(), True, parts, bad_lines)


def publish_reviews(job: GoldRun, reviews: Reviews) -> None:
    """Publish the table; one that holds them already is kept as it is."""
    before = job.lake.version_before(MATCH_REVIEWS)
    if reviews.is_new or before is None:
        job.publish(MATCH_REVIEWS, reviews.rows, reviews.count)
        return
    with job.run.step(MATCH_REVIEWS.name):
        job.run.tables[MATCH_REVIEWS.name] = job.lake.tables.keep(MATCH_REVIEWS, before)


def parsed(lines: DataFrame) -> DataFrame:
    """Lines of the log (value) as the columns a review has before it is known what stands."""
    body = F.from_json("value", _LINE)
    read = lines.where(F.trim("value") != "").select(
        body.alias("body"), F.get_json_object("value", "$.shown").alias("shown")
    )
    values = {name: F.col(f"body.{name}") for name in _LINE.fieldNames()}
    values |= {
        "reviewed_at": F.expr("try_cast(body.reviewed_at AS timestamp)"),
        "why": F.coalesce("body.why", F.lit("")),
        "shown": F.coalesce("shown", F.lit("{}")),
    }
    return read.select(*[values[name].alias(name) for name in _SAID])


def _is_review() -> Column:
    there = [
        F.col(name).isNotNull() for name in ("review_id", "film_id", "release_id", "reviewer", "reviewed_at")
    ]
    is_known = F.coalesce(F.col("verdict").isin(*VERDICTS), F.lit(False))
    for each in there:
        is_known &= each
    return is_known


def _once(said: DataFrame) -> DataFrame:
    """Each review once, as it was said first."""
    first = Window.partitionBy("review_id").orderBy("reviewed_at")
    return said.withColumn("place", F.row_number().over(first)).where("place = 1").drop("place")


def with_standing(said: DataFrame) -> DataFrame:
    """Reviews with what stands of them: rows of MATCH_REVIEWS."""
    word = F.struct("reviewed_at", *_WORDS)
    by_record = said.groupBy("release_id").agg(F.array_sort(F.collect_list(word)).alias("words"))
    lists = by_record.select(*[F.col(f"words.{name}").alias(name) for name in _WORDS])
    last = lists.mapInArrow(without_collector(_standing_batches), _STANDING)
    marked = said.join(last, "review_id", "left")
    return marked.select(
        *_SAID,
        F.coalesce("stands", F.lit(False)).alias("stands"),
        F.coalesce("is_contested", F.lit(False)).alias("is_contested"),
    )


def _standing_batches(batches: Batches) -> Iterator[pa.RecordBatch]:
    schema = to_arrow_schema(_STANDING)
    for batch in batches:
        found = []
        for row in batch.to_pylist():
            words = [Word(*values) for values in zip(*(row[name] for name in _WORDS), strict=True)]
            found += [
                {"review_id": each.review_id, "stands": each.stands, "is_contested": each.is_contested}
                for each in standing(words)
            ]
        yield pa.RecordBatch.from_pylist(found, schema=schema)


def _parts_before(job: GoldRun) -> Mapping[str, int]:
    """Bytes of each part that the run before has read; {} where it does not say."""
    before = job.lake.before
    manifest = job.lake.files.read_json(AREA, f"gold/{before.run_id}.json") if before else None
    parts: Mapping[str, int] = ((manifest or {}).get("metrics") or {}).get("reviews", {}).get("parts", {})
    return parts
