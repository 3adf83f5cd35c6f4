"""A generation of any size of the files that the app answers from, by the gold job's own code over invented rows."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as F
from pyspark.sql.types import StructType

from spark_jobs.gold.gold_run import GoldRun
from spark_jobs.gold.serving_step import write_serving
from spark_jobs.lakehouse.lake import Addresses, open_lake
from spark_jobs.runtime.session import spark_session
from spark_jobs.runtime.stage_run import StageRun
from spark_jobs.schemas.gold import CANDIDATES, MATCHES, UNMATCHED_FILMS, UNMATCHED_RELEASES
from spark_jobs.schemas.silver import MOVIES, RELEASES
from spark_jobs.serving.lookups import Published
from spark_jobs.views.films.history import FILM_HISTORY
from spark_jobs.views.films.trending import TRENDING

RUN = "20261120T063000Z-0001"
SYLLABLES = [f"{c}{v}" for c in "bdfgklmnprstvz" for v in "aeiou"]
MATCHED_OF_TEN = 6


def write_generation_of(folder: Path, films: int, releases: int) -> dict[str, Any]:
    """Write the files under `folder/search`; returns seconds, buckets and bytes."""
    spark = spark_session("crossfade-bench")
    settings = spark._jsc.hadoopConfiguration()  # a child process for each checksum file would be measured
    java: Any = spark._jvm
    java.org.apache.hadoop.fs.FileSystem.getLocal(settings).setWriteChecksum(False)
    addresses = Addresses(f"{(folder / 'tables').as_uri()}/{{container}}", f"{folder}/{{area}}")
    lake = open_lake(spark, addresses, "gold", RUN)
    begun = time.monotonic()
    write_serving(
        GoldRun(lake, StageRun("gold", RUN), {}, {}), _tables(spark, films, releases), [], {"views": {}}
    )
    seconds = round(time.monotonic() - begun, 1)
    lake.staging.clear()
    spark.stop()
    manifest = json.loads((folder / f"search/snapshot={RUN}/manifest.json").read_text())
    sizes = [path.stat().st_size for path in (folder / "search").rglob("*.gz")]
    return {"seconds": seconds, "buckets": manifest["changed"], "mb": round(sum(sizes) / 2**20)}


def _tables(spark: SparkSession, films: int, releases: int) -> Published:
    matches = _matches(spark, films, releases)
    return Published(
        movies=_movies(spark, films),
        releases=_releases(spark, releases),
        candidates=_as(matches, CANDIDATES),
        matches=_as(matches, MATCHES),
        unmatched_films=spark.createDataFrame([], UNMATCHED_FILMS),
        unmatched_releases=_unmatched(spark, releases),
        film_history=spark.createDataFrame([], FILM_HISTORY),
        trending=spark.createDataFrame([], TRENDING),
    )


def _movies(spark: SparkSession, films: int) -> DataFrame:
    number = F.col("id")
    rows = spark.range(1, films + 1).select(
        number.alias("film_id"),
        _title(number).alias("title"),
        _title(number).alias("original_title"),
        (1920 + number % 107).cast("int").alias("release_year"),
        F.format_string("tt%07d", number * 3).alias("imdb_id"),
        F.floor(F.exp((F.hash(number) % 1000) / 120)).alias("vote_count"),
    )
    return _as(rows, MOVIES)


def _releases(spark: SparkSession, releases: int) -> DataFrame:
    number = F.col("id")
    rows = spark.range(1, releases + 1).select(
        (number * 37).alias("release_id"),
        F.floor(number / 2 + 1).alias("master_id"),
        F.concat(_title(F.abs(F.hash(number))), F.lit(" (Original Soundtrack)")).alias("release_title"),
        _words(number + 7, 2).alias("artist"),
        (1950 + number % 77).cast("int").alias("year"),
        F.array(F.lit("Vinyl"), F.lit("LP"), F.lit("Album")).alias("formats"),
        F.array(F.format_string("%013d", number * 7919)).alias("barcodes"),
        (number % 900).alias("have"),
        (number % 400).alias("want"),
        F.concat(F.lit("https://img.invalid/"), number, F.lit(".jpg")).alias("cover_url"),
    )
    return _as(rows, RELEASES)


def _matches(spark: SparkSession, films: int, releases: int) -> DataFrame:
    number, film = F.col("id"), F.abs(F.hash("id")) % films + 1
    probability = F.round(1 - (F.abs(F.xxhash64("id")) % 1000) / 4000, 4)
    return spark.range(1, releases + 1).where(number % 10 < MATCHED_OF_TEN).select(
        (number * 37).alias("release_id"),
        film.cast("bigint").alias("film_id"),
        _title(film).alias("film_title"),
        F.concat(_title(film), F.lit(" (Original Soundtrack)")).alias("release_title"),
        _words(number + 7, 2).alias("artist"),
        (1950 + number % 77).cast("int").alias("release_year"),
        F.lit("score").alias("link_type"),
        F.lit("title exact after removing 'Original Soundtrack'; composer is the artist").alias("reason"),
        F.create_map(F.lit("title"), F.lit(4.0), F.lit("composer"), F.lit(2.5)).alias("contributions"),
        probability.alias("score"),
        probability.alias("probability"),
        F.when(probability >= 0.95, "strong").otherwise("probable").alias("band"),
        F.lit(1).alias("rank"),
        F.lit(0.9).alias("margin"),
    )  # fmt: skip


def _unmatched(spark: SparkSession, releases: int) -> DataFrame:
    number = F.col("id")
    rows = spark.range(1, releases + 1).where(number % 10 >= MATCHED_OF_TEN)
    named = rows.select(
        (number * 37).alias("release_id"),
        _title(F.abs(F.hash(number))).alias("release_title"),
        _words(number + 7, 2).alias("artist"),
        F.lit("no title near it").alias("why"),
    )
    return _as(named, UNMATCHED_RELEASES)


def _title(number: Column) -> Column:
    return F.concat(_words(number, 1), F.lit(" of the "), _words(number + 1, 2))


def _words(number: Column, words: int) -> Column:
    """Invented words of two and three syllables: some common, most rare."""
    syllables = F.array(*map(F.lit, SYLLABLES))

    def syllable(salt: int) -> Column:
        draw = (F.abs(F.xxhash64(number, F.lit(salt))) % 10_000) / 10_000
        return F.get(syllables, F.floor(draw * draw * len(SYLLABLES)).cast("int"))

    made = [F.concat(*[syllable(10 * word + n) for n in range(3)]) for word in range(words)]
    return F.concat_ws(" ", *made)


def _as(rows: DataFrame, schema: StructType) -> DataFrame:
    """All columns of a schema; those that are not invented are unknown."""
    known = set(rows.columns)
    return rows.select(
        *[
            (F.col(field.name) if field.name in known else F.lit(None)).cast(field.dataType).alias(field.name)
            for field in schema
        ]
    )
