"""The files of one film or one record: their paths, and what stands in them, as JSON.

`body` is null for a path that was in the feed and has no link any more; `digest` tells bodies apart.
"""

from __future__ import annotations

from functools import reduce

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F
from pyspark.sql.types import LongType, StringType, StructField, StructType

from spark_jobs.views.measures import likeliest_first

FORM = 1
"""Of the files: one more whenever something else is made of the same links, so that all are written anew."""
DOCUMENTS = StructType(
    [
        StructField("path", StringType()),
        StructField("digest", LongType()),
        StructField("body", StringType()),
    ]
)
LISTED = StructType(
    [
        StructField("path", StringType(), True, {"comment": "of a file of one film or record"}),
        StructField("generation", LongType(), True, {"comment": "that wrote it last"}),
        StructField("digest", LongType(), True, {"comment": "of its content; null when it has no link"}),
    ]
)
"""The list of all files of films and records that a generation leaves."""
_LINK = ("kind", "probability", "band", "published", "evidence", "decided_by")
_RECORD = (
    "release_id",
    "master_id",
    "release_title",
    "artist",
    "release_year",
    "country",
    "formats",
    "barcodes",
)
_FILM = ("film_id", "imdb_id", "film_title", "film_year")
_JSON = {"ignoreNullFields": "false"}


def documents(links: DataFrame) -> DataFrame:
    """Rows of DOCUMENTS, of rows of LINKS: by TMDB id, by IMDb id and by Discogs id."""
    films = _films(links).transform(_told)
    with_imdb = films.where(F.col("imdb_id").isNotNull())
    # Where several films of TMDB name one IMDb id, the one with most records counts.
    best = F.max_by("body", F.struct("count", -F.col("film_id"))).alias("body")
    by_imdb = with_imdb.groupBy("imdb_id").agg(best)
    parts = [
        films.select(_path("films/tmdb/", "film_id"), "body"),
        by_imdb.select(_path("films/imdb/", "imdb_id"), "body"),
        _records(links),
    ]
    found = reduce(DataFrame.unionByName, parts)
    return found.select("path", F.xxhash64("body").alias("digest"), "body")


def _films(links: DataFrame) -> DataFrame:
    record = F.struct(*_RECORD, *_LINK)
    return links.groupBy("film_id").agg(
        *[F.max(name).alias(name) for name in _FILM[1:]],
        F.count("*").alias("count"),
        likeliest_first(record).alias("soundtracks"),
    )


def _told(films: DataFrame) -> DataFrame:
    body = F.struct(F.struct(*_FILM).alias("film"), "soundtracks")
    return films.select("film_id", "imdb_id", "count", F.to_json(body, _JSON).alias("body"))


def _records(links: DataFrame) -> DataFrame:
    body = F.struct(F.struct(*_RECORD).alias("release"), F.struct(*_FILM, *_LINK).alias("film"))
    return links.select(_path("releases/", "release_id"), F.to_json(body, _JSON).alias("body"))


def _path(folder: str, name: str) -> Column:
    return F.concat(F.lit(folder), F.col(name).cast("string"), F.lit(".json")).alias("path")


def planned(found: DataFrame, listed: DataFrame, touched: DataFrame, generation: int) -> DataFrame:
    """What a generation does with each path: path, generation, digest, `is_written`, and `body` where it is.

    `listed` is what the current generation left, `touched` are the paths that one which was begun since and did not end
    may have written: of those nobody knows what stands there. Both have the columns of LISTED.
    """
    old = listed.select("path", F.col("generation").alias("_since"), F.col("digest").alias("_old"))
    unsure = touched.select("path", F.lit(True).alias("_is_unsure"))
    rows = found.join(old, "path", "full").join(unsure, "path", "full")
    same = F.col("_since").isNotNull() & F.col("digest").eqNullSafe(F.col("_old"))
    is_written = ~same | F.col("_is_unsure").isNotNull()
    since = F.when(is_written, F.lit(generation)).otherwise(F.col("_since")).cast("bigint")
    body = F.when(is_written, F.col("body")).alias("body")
    return rows.select("path", since.alias("generation"), "digest", body, is_written.alias("is_written"))
