"""The search index of films and their records, for the app: gzipped lines in buckets, behind a pointer.

`snapshot=RUN/bucket=N/*.gz` in the area `search` holds a line for each word of a film's titles and of its records'
titles and artists: `word TAB all words TAB film as JSON`, the films most voted on first. A word's bucket is the CRC-32
of its first three letters, modulo the number of buckets, which `_current.json` tells.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pyarrow as pa
from pyspark.sql import DataFrame, Window
from pyspark.sql import functions as F
from pyspark.sql.pandas.functions import arrow_udf

from spark_jobs.lakehouse.lake import Lake
from spark_jobs.lakehouse.sets import utc_now
from spark_jobs.names.search_terms import PREFIX_CHARS, terms
from spark_jobs.schemas.fields import STRINGS

AREA, POINTER = "search", "_current.json"
KEPT = 7
"""Indexes that stay: the app may still read one that was replaced."""
FILMS_PER_BUCKET = 1_000
MAX_BUCKETS = 1_024
PARTITIONS = 64
FILMS_PER_WORD = 3_000
RECORDS_PER_FILM = 5
_RECORD = ("release_id", "title", "artist", "year", "probability", "band", "reason")


def write_search_index(
    lake: Lake, run_id: str, matched: DataFrame, movies: DataFrame, films: int
) -> dict[str, Any]:
    """Publish the index of a run; returns the pointer it wrote.

    `matched` has the columns of MATCHES, `movies` those of MOVIES; `films` is how many rows `movies` has. A run that
    has published its index already leaves it alone.
    """
    before = lake.files.read_json(AREA, POINTER)
    if before and before["snapshot"] == run_id:
        return before
    buckets = min(MAX_BUCKETS, max(1, films // FILMS_PER_BUCKET))
    folder = f"snapshot={run_id}"
    found = lake.staging.keep(documents(matched, movies).withColumn("words", _words("text")))
    common = common_words(found)
    _write(in_buckets(postings(found), common, buckets), lake.files.path(AREA, folder), buckets)
    path = f"{AREA}/{folder}"
    pointer = {"snapshot": run_id, "path": path, "buckets": buckets, "films": films, "common": common}
    lake.files.write_json(AREA, POINTER, pointer | {"published_at": utc_now()})
    for old in [name for name in _indexes(lake) if name != folder][: -KEPT + 1]:
        lake.files.remove(AREA, old)
    return pointer


def _indexes(lake: Lake) -> list[str]:
    """Folders of indexes; the area holds what the app reads of reviews, too."""
    return [name for name in lake.files.folders(AREA, "") if name.startswith("snapshot=")]


def documents(matched: DataFrame, movies: DataFrame) -> DataFrame:
    """Films with `rank` (votes, those with records first), `text` (all that can be searched) and `film` (JSON)."""
    named = {"title": "release_title", "year": "release_year"}
    record = F.struct(*[F.col(named.get(name, name)).alias(name) for name in _RECORD])
    placed = F.struct((-F.col("probability")).alias("down"), "release_id", record.alias("record"))
    by_film = matched.groupBy("film_id").agg(
        F.count("*").alias("release_count"),
        F.slice(F.array_sort(F.collect_list(placed)), 1, RECORDS_PER_FILM)["record"].alias("releases"),
    )
    films = movies.select(
        "film_id", "title", "original_title", F.col("release_year").alias("year"), "vote_count"
    )
    found = films.join(by_film, "film_id", "left").fillna({"release_count": 0, "vote_count": 0})
    shown = F.struct("film_id", "title", "original_title", "year", "release_count", "releases")
    text = F.concat_ws(" ", "title", "original_title", "releases.title", "releases.artist")
    rank = F.struct((F.col("release_count") > 0).alias("has_records"), "vote_count", "film_id")
    return found.select(rank.alias("rank"), text.alias("text"), F.to_json(shown).alias("film"))


def postings(films: DataFrame) -> DataFrame:
    """One row for each different word of a film: word, rank, text (the words in order), film."""
    text = F.array_join("words", " ").alias("text")
    return films.select(F.explode(F.array_distinct("words")).alias("word"), "rank", text, "film")


def common_words(films: DataFrame) -> list[str]:
    """Words with more films than a word's list holds, sorted."""
    words = films.select(F.explode(F.array_distinct("words")).alias("word"))
    counts = words.groupBy("word").agg(F.count("*").alias("films"))
    return sorted(row["word"] for row in counts.where(F.col("films") > FILMS_PER_WORD).collect())


def in_buckets(words: DataFrame, common: Sequence[str], buckets: int) -> DataFrame:
    """Lines with their bucket and rank; of a common word the films of highest rank only."""
    best = Window.partitionBy("word").orderBy(F.col("rank").desc())
    is_common = F.col("word").isin(list(common))
    ranked = words.where(is_common).withColumn("place", F.row_number().over(best))
    first = ranked.where(F.col("place") <= FILMS_PER_WORD).drop("place")
    bucket = F.crc32(F.substring("word", 1, PREFIX_CHARS)) % buckets
    line = F.concat_ws("\t", "word", "text", "film")
    kept = words.where(~is_common).unionByName(first)
    return kept.select(bucket.cast("int").alias("bucket"), "rank", line.alias("line"))


def _write(lines: DataFrame, path: str, buckets: int) -> None:
    """One gzipped file a bucket, best films first."""
    shuffled = lines.repartition(min(buckets, PARTITIONS), "bucket")
    ordered = shuffled.sortWithinPartitions("bucket", F.col("rank").desc()).select("bucket", "line")
    ordered.write.mode("overwrite").option("compression", "gzip").partitionBy("bucket").text(path)


@arrow_udf(STRINGS)  # type: ignore[call-overload, untyped-decorator]
def _words(texts: pa.Array) -> pa.Array:
    return pa.array([terms(text) for text in texts.to_pylist()], pa.list_(pa.string()))
